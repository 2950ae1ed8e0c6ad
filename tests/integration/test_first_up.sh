#!/bin/bash
# SPDX-License-Identifier: MPL-2.0
# SPDX-FileCopyrightText: The LedgerQuest Engine authors
# not sanitized: it is about the scripts in ops/
#
# `ledgerquest up` two or three times at once on a folder that does not exist yet: one whole key, one
# configuration, one working cluster, and who came second says what it did. The tools with which files are
# made stop for a moment here and there, so that what is not held together by a lock comes apart.
#
# shellcheck disable=SC2015
set -euo pipefail

ops=$(cd "$(dirname "$0")/../../ops" && pwd)
LQ_BIN_DIR=$(readlink -f "${LQ_BIN_DIR:-$ops/../build/bin}")
export LQ_BIN_DIR
# Two of each stage of the pipeline, and one writer.
actors=$((2 * $(grep -c urn:ledgerquest:stage: "$LQ_BIN_DIR/../share/ledgerquest/game_loop.asl.json") - 1))
rounds=${LQ_ROUNDS:-20}
work=$(mktemp -d)
run=$work/c

finish() {
    trap '' INT TERM
    "$ops/ledgerquest" --dir "$run" down >/dev/null 2>&1 || true
    rm -rf "$work"
}
trap finish EXIT
trap "exit 1" INT TERM

fail() {
    echo "not ok: round $round: $*" >&2
    cat "$work"/out.* >&2
    exit 1
}

mkdir "$work/slow"
for tool in od ln sync flock; do
    real=$(type -P "$tool")
    cat >"$work/slow/$tool" <<TEXT
#!/bin/bash
sleep 0.0\$((RANDOM % 10))
exec $real "\$@"
TEXT
    chmod +x "$work/slow/$tool"
done

# out.N gets what the N-th `up` said.
start_at_once() {
    local starts=() index

    for index in $(seq "$1"); do
        PATH=$work/slow:$PATH "$ops/ledgerquest" --dir "$run" up >"$work/out.$index" 2>&1 &
        starts+=($!)
    done
    for index in "${starts[@]}"; do
        wait "$index" || fail 'an up failed'
    done
}

for round in $(seq "$rounds"); do
    rm -rf "$run" "$work"/out.*
    start_at_once $((2 + round % 2))
    key=$run/data/keys/master.key
    [ "$(wc -c <"$key")" = 65 ] && grep -qxE '[0-9a-f]{64}' "$key" || fail "the key has $(wc -c <"$key") bytes"
    [ "$(find "$run" -name '*.new' | wc -l)" = 0 ] || fail 'temporary files are left'
    [ "$(cat "$work"/out.* | grep -c "^started: broker and $actors actors ready")" = 1 ] || fail 'not one has started it'
    [ "$(cat "$work"/out.* | grep -c "^already up: broker and $actors actors ready")" = $((1 + round % 2)) ] ||
        fail 'who came later does not say so'
    # The key that is there is the one that the writer has read.
    "$LQ_BIN_DIR/lqctl" --config "$run/ledgerquest.cfg" --timeout 60s tenant create acme >/dev/null || fail 'no tenant'
    "$LQ_BIN_DIR/lqctl" --config "$run/ledgerquest.cfg" verify >/dev/null || fail 'the ledger is not verified'
    "$ops/ledgerquest" --dir "$run" down >/dev/null || fail 'down'
done
echo "first_up: $rounds tests, 0 failed"
