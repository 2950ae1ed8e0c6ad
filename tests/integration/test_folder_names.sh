#!/bin/bash
# SPDX-License-Identifier: MPL-2.0
# SPDX-FileCopyrightText: The LedgerQuest Engine authors
# not sanitized: it is about the scripts in ops/
#
# A cluster's folder may have any name that the configuration, a socket's address and JSON can carry: what is
# not refused (test_supervisor.sh) works with the real programs, from up to down.
#
# shellcheck disable=SC2015,SC2016
set -euo pipefail

ops=$(cd "$(dirname "$0")/../../ops" && pwd)
LQ_BIN_DIR=$(readlink -f "${LQ_BIN_DIR:-$ops/../build/bin}")
export LQ_BIN_DIR
work=$(mktemp -d)
run=$work/none
passed=0

finish() {
    trap '' INT TERM
    "$ops/ledgerquest" --dir "$run" down >/dev/null 2>&1 || true
    rm -rf "$work"
}
trap finish EXIT
trap 'exit 1' INT TERM

fail() {
    echo "not ok: ${run@Q}: $*" >&2
    cat "$work/out" >&2 || true
    exit 1
}

for name in 'a b' "it's" 'a#b' 'a\b' '$HOME`x`' 'a*[b]?' 'é' '-x' 'a=b' '%s%d' 'a,b;c&d|e' 'a ' '~' '@RUN@&@SHARE@'; do
    run=$work/$name
    (cd "$work" && "$ops/ledgerquest" --dir "./$name" up) >"$work/out" 2>&1 || fail 'up'
    "$LQ_BIN_DIR/lqctl" --config "$run/ledgerquest.cfg" --timeout 60s tenant create acme >"$work/out" 2>&1 || fail 'lqctl'
    [ "$("$ops/ledgerquest" --dir "$run" status -o json | jq -r .dir)" = "$run" ] || fail 'status -o json'
    [ "$("$ops/ledgerquest" --dir "$run" logs all -n 100000 | jq -s length)" -gt 8 ] || fail 'logs'
    "$ops/ledgerquest" --dir "$run" down >"$work/out" 2>&1 || fail 'down'
    [ -z "$(find /proc/[0-9]*/fd -maxdepth 1 -lname "$work/*" 2>/dev/null)" ] || fail 'processes are left'
    passed=$((passed + 1))
    echo "ok $passed: ${name@Q}"
done
echo "folder_names: $passed tests, 0 failed"
