#!/bin/bash
# SPDX-License-Identifier: MPL-2.0
# SPDX-FileCopyrightText: The LedgerQuest Engine authors
#
# Logs: every line of every instance is one JSON object that begins with its time, whoever wrote it (a stage
# that prints text, half lines, bytes that are no text; libraries of the real broker); `logs` merges by time.
#
# shellcheck disable=SC2015
set -euo pipefail

ops=$(cd "$(dirname "$0")/../../ops" && pwd)
LQ_BIN_DIR=$(readlink -f "${LQ_BIN_DIR:-$ops/../build/bin}")
work=$(mktemp -d)
export LQ_BIN_DIR WORK=$work
run=$work/c
passed=0

finish() {
    trap '' INT TERM
    "$ops/ledgerquest" --dir "$run" down >/dev/null 2>&1 || true
    rm -rf "$work"
}
trap finish EXIT
trap 'exit 1' INT TERM

fail() {
    echo "not ok: $*" >&2
    exit 1
}

ok() {
    passed=$((passed + 1))
    echo "ok $passed: $*"
}

lq() {
    "$ops/ledgerquest" --dir "$run" "$@"
}

# A line a file: jq would also take several objects on one line, or one on several.
must_be_objects() {
    local file=$1

    [ -s "$file" ] || fail "$file is empty"
    # shellcheck disable=SC2016
    jq -Rne '[inputs | (fromjson | type == "object" and (.time | type == "string")) and startswith("{\"time\":\"20")] | all' "$file" \
        >/dev/null || fail "not one JSON object a line: $file: $(grep -v '^{"time".*}$' "$file" | head -n 3)"
}

times_rise() {
    cut -c10-36 "$work/out" | sort -c || fail 'not in order of time'
}

cat >"$work/talker" <<'TEXT'
#!/bin/bash
# Two instances take turns by fifos, so that their lines lie between each other in time.
exec 4>&2
if [ "$4" = talker-1 ]; then mine=$WORK/to-1 other=$WORK/to-2; else mine=$WORK/to-2 other=$WORK/to-1; fi
echo 'plain text, "quoted", with a \ and a tab	' >&2
echo >&2
printf '\xff\xfe\x00 no text\n' >&2
echo '{"half": ' >&2
echo '{"own":"object"}' >&2
echo 'on stdout'
echo >&"$LQ_NOTIFY_FD"
exec 5<>"$mine" 6<>"$other"
[ "$4" = talker-1 ] || echo go >&6
for turn in 1 2 3 4 5; do
    read -r _ <&5
    echo "$4 turn $turn" >&2
    # The logger gives a line its time.
    until grep -q "$4 turn $turn\"" "$WORK/c/logs/$4/current"; do sleep 0.01; done
    echo go >&6
done
touch "$WORK/$4-done"
until [ -e "$WORK/more" ]; do sleep 0.05; done
echo "$4 more" >&2
printf 'half a line at the end' >&2
exec sleep 100000
TEXT
chmod +x "$work/talker"
mkfifo "$work/to-1" "$work/to-2"

lq add-stage -n 2 talker "$work/talker" >/dev/null
lq up >/dev/null || fail 'up'
until [ -e "$work/talker-1-done" ] && [ -e "$work/talker-2-done" ]; do sleep 0.05; done
until grep -q 'turn 5' "$run/logs/talker-1/current" && grep -q 'turn 5' "$run/logs/talker-2/current"; do sleep 0.05; done
for file in "$run"/logs/*/current; do
    must_be_objects "$file"
done
grep -qF '"level":"info","program":"lq-talker","instance":"talker-1","message":"plain text, \"quoted\", with a \\ and a tab\u0009"' \
    "$run/logs/talker-1/current" || fail 'plain text'
grep -qF '"message":"\ufffd\ufffd\u0000 no text"' "$run/logs/talker-1/current" || fail 'no text'
grep -qF '"message":"{\"half\": "' "$run/logs/talker-1/current" || fail 'half an object'
grep -qE '^\{"time":"[^"]*","own":"object"\}$' "$run/logs/talker-1/current" || fail 'an object of its own'
grep -qF '"message":"on stdout"' "$run/logs/talker-1/current" || fail 'stdout'
ok 'every line is one JSON object with its time, whoever wrote it'

lq logs all -n 100000 >"$work/out"
times_rise
[ "$(wc -l <"$work/out")" = "$(cat "$run"/logs/*/current | wc -l)" ] || fail 'lines are missing'
for name in broker load-1 persist-1 talker-1 talker-2; do
    grep -q "\"instance\":\"$name\"" "$work/out" || fail "no line of $name"
done
lq logs talker -n 10000 | sed -n 's/.*"message":"talker-\([12]\) turn .*/\1/p' | tr -d '\n' >"$work/turns"
[ "$(cat "$work/turns")" = 1212121212 ] || fail "turns: $(cat "$work/turns")"
[ "$(lq logs all -n 7 | wc -l)" = 7 ] || fail '-n 7'
[ "$(lq logs all -n 0 | wc -l)" = 0 ] || fail '-n 0'
[ "$(lq logs all talker talker-1 -n 100000 | wc -l)" = "$(wc -l <"$work/out")" ] || fail 'lines twice'
[ "$(lq logs talker-1 -n 1)" = "$(tail -n 1 "$run/logs/talker-1/current")" ] || fail 'the last line of one'
ok 'logs: merged by time, the last N of all'

code=0
lq logs broker nosuch >"$work/out" 2>&1 || code=$?
[ "$code" = 3 ] && grep -q 'no logs of nosuch' "$work/out" || fail 'an unknown name beside a known one'
ok 'logs: a name without logs is said'

mkfifo "$work/follow"
"$ops/ledgerquest" --dir "$run" logs talker -f -n 4 >"$work/follow" &
follower=$!
exec 7<"$work/follow"
for name in 1 2 1 2; do
    IFS= read -r line <&7
    [[ $line == *"talker-$name turn "* ]] || fail "followed: $line"
done
touch "$work/more"
# shellcheck disable=SC2001
more=$(for _ in 1 2; do IFS= read -r line <&7 && sed 's/.*"message":"\([^"]*\)".*/\1/' <<<"$line"; done | sort | tr '\n' ',')
[ "$more" = 'talker-1 more,talker-2 more,' ] || fail "followed: $more"
kill "$follower"
wait "$follower" 2>/dev/null || true
ok 'logs -f: the last lines of all by time, then what comes'

# Older files count as well: right after a rotation `current` is nearly empty.
mv "$run/logs/talker-1/current" "$work/before"
head -n 3 "$work/before" >"$run/logs/talker-1/0000000001.log"
tail -n +4 "$work/before" >"$run/logs/talker-1/current"
[ "$(lq logs talker-1 -n 100000)" = "$(cat "$work/before")" ] || fail 'older files'
ok 'logs: older files too'

# Half a line at the end of one life, and the beginning of the next.
lq restart talker-2 >/dev/null &
restart=$!
until grep -q 'half a line at the end' "$run/logs/talker-2/current"; do sleep 0.05; done
wait "$restart" || fail 'restart'
must_be_objects "$run/logs/talker-2/current"
lq remove-stage talker >/dev/null
ok 'half a line does not spoil the next'

# A real program that cannot start says why, as an object.
cp "$run/ledgerquest.cfg" "$work/good"
printf '  odd\n' >>"$run/ledgerquest.cfg"
lq restart load-1 >"$work/out" 2>&1 && fail 'restart with a bad configuration'
must_be_objects "$run/logs/load-1/current"
grep -q "ledgerquest.cfg:[0-9]*: not well formed" "$run/logs/load-1/current" || fail 'the bad line is not named'
cp "$work/good" "$run/ledgerquest.cfg"
sed -i '1s/^/\xef\xbb\xbf/' "$run/ledgerquest.cfg"
lq restart load-1 >"$work/out" 2>&1 || fail 'a byte order mark in the configuration'
ok 'a line that is not well formed is named; a byte order mark in the configuration is skipped'

echo "logs: $passed tests, 0 failed"
