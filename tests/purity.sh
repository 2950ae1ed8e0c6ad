#!/bin/bash
# SPDX-License-Identifier: MPL-2.0
# SPDX-FileCopyrightText: The LedgerQuest Engine authors
#
# purity.sh OBJ_DIR - what the pure libraries of a build call from outside is on a list.
#
# Clock, heap, files, sockets and random numbers are not on it, and neither are those functions of base/
# that reach them. Each line of the output is an object and the symbol that it must not need.
set -euo pipefail

obj=${1:?usage: purity.sh OBJ_DIR}
allowed='mem(cpy|move|set|cmp|chr)|str(len|nlen|cmp|ncmp|chr|rchr|str|spn|cspn)|v?snprintf|sqrt'
allowed="$allowed|__(mem(cpy|move|set)|v?snprintf)_chk|__stack_chk_fail|_GLOBAL_OFFSET_TABLE_|abs|labs|__u?(div|mod)ti3"
ours_banned='lq_(alloc|realloc|text_copy|clock_[a-z_]*|log_[a-z_]*|readiness_[a-z_]*|option_table_[a-z_]*)'
bad=0
seen=0
for library in "$obj"/{world,pipeline,broker/core,store/core,replay,actors/*/domain,mirror/domain,gateway/domain}/lib*.a; do
    [ -e "$library" ] || continue
    seen=$((seen + 1))
    if nm -A -u "$library" | awk '{print $1, $NF}' |
        grep -Ev " (($allowed)|lq_[a-z0-9_]+)$"; then
        bad=1
    fi
    if nm -A -u "$library" | awk '{print $1, $NF}' | grep -E " $ours_banned$"; then
        bad=1
    fi
done
[ "$seen" -gt 0 ] || { echo "no pure library in $obj"; exit 1; }
[ "$bad" = 0 ] || { echo 'pure libraries call what they must not'; exit 1; }
echo "$seen pure libraries"
