#!/bin/bash
# SPDX-License-Identifier: MPL-2.0
# SPDX-FileCopyrightText: The LedgerQuest Engine authors
#
# lqctl without a cluster: help, usage errors, exit codes, what goes to stdout and what to stderr.
set -euo pipefail

root=$(cd "$(dirname "$0")/../.." && pwd)
lqctl=${LQ_BIN_DIR:-$root/build/bin}/lqctl
[ -x "$lqctl" ] || { echo "skipped: no $lqctl"; exit 77; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export XDG_STATE_HOME=$work/state
unset LQ_CONFIG
mkdir -m 700 "$work/run" "$work/data"
printf 'cluster\n    runtime_dir = "%s"\n    data_dir = "%s"\n' "$work/run" "$work/data" >"$work/c.cfg"
passed=0

fail() {
    echo "FAIL: $*"
    sed 's/^/  stdout: /' "$work/out"
    sed 's/^/  stderr: /' "$work/err"
    exit 1
}

# run CODE ARGUMENT...: the exit code must be CODE.
run() {
    local wanted=$1 code=0
    shift
    "$lqctl" "$@" >"$work/out" 2>"$work/err" </dev/null || code=$?
    [ "$code" = "$wanted" ] || fail "lqctl $*: exit code $code, not $wanted"
    passed=$((passed + 1))
}
says() { grep -q -- "$1" "$work/out" || fail "stdout lacks: $1"; }
tells() { grep -q -- "$1" "$work/err" || fail "stderr lacks: $1"; }
silent_out() { [ ! -s "$work/out" ] || fail "stdout is not empty"; }
silent_err() { [ ! -s "$work/err" ] || fail "stderr is not empty"; }

# help goes to stdout when asked for, to stderr when the line was wrong
run 0 help; says '^commands:'; silent_err
run 0 --help; says '^commands:'
run 2; tells '^usage:'; silent_out
for words in status top "tenant create" "session create" submit watch "dlq drain" verify replay version; do
    # shellcheck disable=SC2086  # words are words
    run 0 help $words; says "^usage: lqctl $words"
    # shellcheck disable=SC2086
    run 0 $words --help; says "^usage: lqctl $words"
done
run 0 help dlq; says 'dlq redrive'
run 2 help nonsense; tells 'unknown command nonsense'; silent_out
run 0 version; says '^lqctl [0-9]'
run 0 version -o json; says '^{"schema":"lqctl.version/v1"'

# the manual page knows every command and every exit code
if [ -f "$root/docs/man/lqctl.1" ] && command -v mandoc >/dev/null; then
    mandoc -Tascii "$root/docs/man/lqctl.1" | sed 's/.\x08//g' >"$work/manual"
    "$lqctl" help | sed -n '/^commands:/,/^$/s/^  \([a-z]\+\( [a-z]\+\)\?\)  .*/\1/p' >"$work/commands"
    [ "$(wc -l <"$work/commands")" -ge 20 ] || fail "help lists too few commands"
    while read -r noun verb; do
        grep -q "$noun" "$work/manual" || fail "the manual lacks $noun"
        [ -z "$verb" ] || grep -q "$verb" "$work/manual" || fail "the manual lacks $noun $verb"
    done <"$work/commands"
    passed=$((passed + 1))
fi

# usage errors: 2, a message on stderr, nothing on stdout
usage() { run 2 "$@"; [ -s "$work/err" ] || fail "lqctl $*: no message"; silent_out; }
usage statsu; tells 'did you mean status'
usage dlq; usage dlq lits; tells 'did you mean dlq list'
usage status --nope; usage status -o yaml; usage status extra --config "$work/c.cfg"
usage tenant create; usage tenant create 'a b'; usage tenant show a b
usage session create demo; usage session create demo/s1 --rate x; usage session create demo/s1 --seed -1
usage session create demo/s1 --restitution 7; usage session create demo/s1 --world "$work/none.json"
usage session resume; usage session resume demo/s1 --all
usage submit; usage submit demo Join; usage submit demo/s1 Jump; usage submit demo/s1 Join x=far
usage submit "$work/none.jsonl"; usage watch demo; usage watch demo/s1 -n x
usage dlq show; usage dlq show 7; usage dlq list --state dead; usage dlq drain
usage dlq redrive; usage dlq purge; usage dlq purge --all --stage ai; usage dlq redrive dlq_1
usage store convert --to x; usage verify --session demo; usage replay demo; usage replay demo/s1 --from 0
usage replay demo/s1 --from 5 --to 4; usage replay --key k
usage session history demo; usage session history demo/s1 --from 5 --to 4; usage session diff demo/s1
usage tenant retention; usage tenant retention demo --frames 7; tells 'is no span'; usage tenant retention demo --frames 0d; tells 'out of range'
usage store clock; usage store clock set
usage session export demo/s1 "$work/part"; usage command show demo/s1; usage command show 7 --session demo/s1

# a configuration that is missing or wrong: 2, and it is named
run 2 status --config "$work/none.cfg"; tells "$work/none.cfg"
printf 'cluster\n    runtime = "x"\n' >"$work/bad.cfg"
run 2 status --config "$work/bad.cfg"; tells "$work/bad.cfg:2"
LQ_CONFIG=$work/bad.cfg run 2 status; tells "$work/bad.cfg:2"

# no broker: 69 within the time-out, data only on stdout
alone() { run 69 --config "$work/c.cfg" --timeout 300ms "$@"; tells 'is the cluster up'; }
alone status; silent_out
alone status -o json; silent_out
alone tenant create demo; alone session create demo/s1; alone session list; alone dlq list
alone dlq purge --all --yes; alone top -b -n 1
alone session history demo/s1; silent_out; alone session diff demo/s1 --frames 1..2
alone command show 00112233445566778899aabbccddeeff:1 --session demo/s1; silent_out
alone dlq drain "$work/letters"; [ ! -e "$work/letters" ] || fail "drain left a file"
alone submit demo/s1 Join x=1 y=1 radius=0.5
echo '{"session":"s1","kind":"Leave"}' >"$work/lines"
alone submit "$work/lines" --tenant demo

# refused here, before anything is sent: 1
run 1 --config "$work/c.cfg" submit demo/s1 Join x=1 y=1 radius=-1; tells radius
run 2 --config "$work/c.cfg" submit demo/s1 Join x=1 y=1 x=2; tells 'x is given twice'
echo x >"$work/there"
run 1 --config "$work/c.cfg" dlq drain "$work/there"; tells 'never overwrites'

# a dry run needs no broker where nothing has to be counted
run 0 --config "$work/c.cfg" tenant create demo --dry-run; says 'would be created'
run 0 --config "$work/c.cfg" session create demo/s1 --rate 10 --dry-run -o json; says '"dry_run":true'

# numbers are on disk as used before they are sent: two tries that nobody answered, two numbers gone
state=$(find "$work/state" -name default.json)
grep -q '"demo/s1":[23]' "$state" || fail "numbers were not kept: $(cat "$state")"

# no ledger on this host: 3
run 3 --config "$work/c.cfg" verify; run 3 --config "$work/c.cfg" replay

echo "lqctl usage: $passed checks"
