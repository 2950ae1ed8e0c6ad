#!/bin/bash
# SPDX-License-Identifier: MPL-2.0
# SPDX-FileCopyrightText: The LedgerQuest Engine authors
# not sanitized: it is about the scripts in ops/
#
# ops/ledgerquest over stand-ins for the programs: start, death, back-off, FAILED, scale, restart,
# a user's stage, two clusters side by side, stop. What the stand-ins do is told by files in $work.
#
# shellcheck disable=SC2086,SC2015  # $one and $two are commands of several words; fail ends the test
set -euo pipefail

ops=$(cd "$(dirname "$0")/../../ops" && pwd)
bin=$(readlink -f "${LQ_BIN_DIR:-$ops/../build/bin}")
LQ_SHARE_DIR=$(dirname "$bin")/share/ledgerquest
stages=$(cut -d ' ' -f 1 "$LQ_SHARE_DIR/stages")
actors=$((2 * $(grep -c urn:ledgerquest:stage: "$LQ_SHARE_DIR/game_loop.asl.json") - 1)) # two of each, and one writer
work=$(mktemp -d)
export LQ_BIN_DIR=$work/bin LQ_SHARE_DIR STAND_IN_DIR=$work LQ_READY_TIMEOUT_MS=20000
one="$ops/ledgerquest --dir $work/one"
two="$ops/ledgerquest --dir $work/two"
passed=0

finish() {
    trap '' INT TERM
    $one down >/dev/null 2>&1 || true
    $two down >/dev/null 2>&1 || true
    rm -rf "$work"
}
trap finish EXIT

# A stand-in is ready at once, stops on SIGTERM and dies before readiness with the code in
# die-INSTANCE. Its pids go to started-INSTANCE, a fifo if the test wants to wait for one.
mkdir "$work/bin"
cat >"$work/bin/stand-in" <<'TEXT'
#!/bin/bash
[ "$1" = --config ] && [ "$3" = --instance ] || exit 2
trap 'exit 0' TERM
[ ! -e "$STAND_IN_DIR/die-$4" ] || exit "$(cat "$STAND_IN_DIR/die-$4")"
echo >&"$LQ_NOTIFY_FD"
eval "exec $LQ_NOTIFY_FD>&-"
echo "$4 $$"
[ ! -p "$STAND_IN_DIR/started-$4" ] || echo "$$" >"$STAND_IN_DIR/started-$4"
while :; do
    sleep 1000 &
    wait
done
TEXT
chmod +x "$work/bin/stand-in"
for name in broker $stages; do
    ln -s stand-in "$work/bin/lq-$name"
done
ln -s "$bin/lq-log" "$work/bin/lq-log"

fail() {
    echo "not ok: $*" >&2
    $one status >&2 || true
    exit 1
}

ok() {
    passed=$((passed + 1))
    echo "ok $passed: $*"
}

pid_of() {
    $1 status -o json | jq -r --arg name "$2" '.instances[] | select(.name == $name) | .pid'
}

field_of() {
    $one status -o json 2>/dev/null | jq -r --arg name "$1" --arg field "$2" \
        '.instances[] | select(.name == $name) | .[$field]'
}

pids_but() {
    $one status -o json | jq -c --arg stage "$1" '[.instances[] | select(.stage != $stage) | .pid]'
}

# says PATTERN COMMAND ...: the command's output, stdout or stderr, has a line that matches.
says() {
    local pattern=$1 output

    shift
    output=$("$@" 2>&1) || true
    grep -qE -- "$pattern" <<<"$output"
}

exit_code() {
    local code=0
    "$@" >/dev/null 2>&1 || code=$?
    echo "$code"
}

[ "$(exit_code $one status)" = 3 ] || fail 'status of a cluster that never was'
[ "$(exit_code $one down)" = 0 ] || fail 'down of a cluster that never was'
ok 'nothing runs: status 3, down 0'

says "^started: broker and $actors actors" $one up || fail 'up'
[ "$($one status -o json | jq '[.instances[] | select(.state == "ready")] | length')" = $((actors + 1)) ] || fail 'ready'
[ "$(stat -c %a "$work/one/data/keys/master.key")" = 600 ] || fail 'mode of the key'
grep -qxE '[0-9a-f]{64}' "$work/one/data/keys/master.key" || fail 'form of the key'
[ "$(stat -c %a "$work/one/runtime")" = 700 ] || fail 'mode of the runtime folder'
ok 'up waits for all and makes the key'

before=$(pids_but none)
echo '# mine' >>"$work/one/ledgerquest.cfg"
says '^already up' $one up || fail 'second up'
[ "$(pids_but none)" = "$before" ] || fail 'second up changed processes'
grep -q '# mine' "$work/one/ledgerquest.cfg" || fail 'second up rewrote the configuration'
ok 'up is idempotent'

others=$(pids_but ai)
s6-svc -wD -d "$work/one/instances/ai-1"
says "^started what was missing: broker and $actors actors" $one up || fail 'up beside one that was down'
[ "$(field_of ai-1 state)" = ready ] || fail 'ai-1 after up'
[ "$(pids_but ai)" = "$others" ] || fail 'up changed what was there'
says '^already up' $one up || fail 'up when all is there'
before=$(pids_but none)
ok 'up starts what is missing, and says so'

$two up >/dev/null
[ "$(pid_of "$two" broker)" != "$(pid_of "$one" broker)" ] || fail 'two clusters, one broker'
cmp -s "$work/one/data/keys/master.key" "$work/two/data/keys/master.key" && fail 'two clusters, one key'
says '^stopped' $two down || fail 'down of the second'
[ "$(pids_but none)" = "$before" ] || fail 'the second cluster disturbed the first'
ok 'two clusters side by side'

# A stage that the pipeline does not name has no instances, until it is asked for.
sed 's/stage:ai"/stage:mine"/' "$LQ_SHARE_DIR/game_loop.asl.json" >"$work/without_ai.asl.json"
rm -rf "$work/two" && mkdir "$work/two"
printf 'broker\n    pipeline = "%s"\n' "$work/without_ai.asl.json" >"$work/two/ledgerquest.cfg"
says '^started: .* ai=0 persist=1' $two up || fail 'a stage that the pipeline does not name is started'
says 'ai: 1 ready' $two scale ai=1 || fail 'scale of a stage that the pipeline does not name'
$two down >/dev/null
ok 'a stage that the pipeline does not name waits to be asked for'

# Ten deaths in a row, each right after readiness: all come back at once, and none counts as early.
mkfifo "$work/started-physics-1"
exec 5<>"$work/started-physics-1"
pid=$(pid_of "$one" physics-1)
slowest=0 quickest=1000000
for _ in 1 2 3 4 5 6 7 8 9 10; do
    from=$(date +%s%N)
    kill -KILL "$pid"
    read -r -t 10 pid <&5 || fail 'no restart after kill -9'
    took=$((($(date +%s%N) - from) / 1000000))
    [ "$took" -le "$slowest" ] || slowest=$took
    [ "$took" -ge "$quickest" ] || quickest=$took
done
rm "$work/started-physics-1"
# s6 itself waits a second between two starts. A busy machine may be slower than that now and then, not always.
[ "$quickest" -lt 1000 ] || fail "no restart took less than $quickest ms"
[ "$(field_of physics-1 restarts)" = 10 ] || fail 'count of restarts'
ok "kill -9 after readiness: back after $quickest to $slowest ms, ten times"

others=$(pids_but physics)
says 'physics: 4 ready' $one scale physics=4 || fail 'scale up'
[ "$(field_of physics-4 state)" = ready ] || fail 'physics-4'
$one scale physics=1 >/dev/null
[ -z "$(field_of physics-2 state)" ] || fail 'scale down'
[ "$(pids_but physics)" = "$others" ] || fail 'scale changed other processes'
[ "$(exit_code $one scale persist=2)" = 2 ] || fail 'persist=2'
[ "$(exit_code $one scale broker=2)" = 2 ] || fail 'broker=2'
[ "$(exit_code $one scale nothing=2)" = 2 ] || fail 'nothing=2'
[ "$(exit_code $one scale ai=x)" = 2 ] || fail 'ai=x'
[ "$(exit_code $one scale ai=08)" = 2 ] || fail 'ai=08'
says 'no actor serves ai' $one scale ai=0 || fail 'ai=0'
$one scale ai=2 physics=2 >/dev/null || fail 'scale of two stages'
ok 'scale: one stage only, refusals'

pid=$(pid_of "$one" load-1)
kept=$(pid_of "$one" load-2)
$one restart load-1 >/dev/null
[ "$(pid_of "$one" load-1)" != "$pid" ] && [ "$(pid_of "$one" load-2)" = "$kept" ] || fail 'restart'
[ "$(field_of load-1 restarts)" = 0 ] || fail 'an asked restart was counted'
$one restart all >/dev/null || fail 'restart all'
ok 'restart'

echo 78 >"$work/die-ai-2"
[ "$(exit_code $one restart ai-2)" = 1 ] || fail 'restart into a configuration error'
[ "$(field_of ai-2 state)" = FAILED ] || fail "78 gives $(field_of ai-2 state)"
[ "$(exit_code $one status)" = 1 ] || fail 'exit code of status with a FAILED instance'
says 'ai-2 .*FAILED .*exit code 78: configuration error' $one status || fail 'reason in status'
printf '%s\n' 'said "no" \ twice' >"$work/one/instances/ai-2/failed"
[ "$(field_of ai-2 reason)" = 'said "no" \ twice' ] || fail 'a reason that JSON has to escape'
rm "$work/die-ai-2"
$one up >/dev/null || fail 'up after the cause is gone'
[ "$(field_of ai-2 state)" = ready ] || fail 'ai-2 after up'
ok 'exit code 78: FAILED at once, a new try with up'

echo 1 >"$work/die-load-2"
from=$(date +%s)
[ "$(exit_code $one restart load-2)" = 1 ] || fail 'restart into early deaths'
[ "$(field_of load-2 state)" = FAILED ] || fail "early deaths give $(field_of load-2 state)"
[ "$(field_of load-2 restarts)" = 5 ] || fail "gave up after $(field_of load-2 restarts)"
[ $(($(date +%s) - from)) -ge 4 ] || fail 'no back-off'
rm "$work/die-load-2"
$one restart load-2 >/dev/null || fail 'restart after the cause is gone'
ok 'five deaths before readiness: back-off, then FAILED'

(cd "$work/bin" && $one add-stage -n 1 weather ./stand-in >/dev/null) || fail 'add-stage'
[ "$(field_of weather-1 state)" = ready ] || fail 'weather-1'
$one scale weather=2 >/dev/null || fail 'scale of a user stage'
[ "$(exit_code $one add-stage persist true)" = 2 ] || fail 'add-stage persist'
says 'all means every process and cannot be the name of a stage' $one add-stage all true || fail 'add-stage all'
says '"level":"info".*"instance":"weather-2","message":"weather-2 [0-9]+"' $one logs weather || fail 'logs'
[ "$(exit_code $one add-stage rain ./nowhere)" = 69 ] || fail 'add-stage of nothing'
says "add-stage: ./nowhere does not exist \(in $PWD\)" $one add-stage rain ./nowhere || fail 'a wrong path'
says "add-stage: $work is not a file" $one add-stage rain "$work" || fail 'a folder as a command'
says 'ledgerquest.cfg is not executable' $one add-stage rain "$work/one/ledgerquest.cfg" || fail 'no program'
says 'no command nowhere in PATH; a file in this folder is ./nowhere' $one add-stage rain nowhere || fail 'a wrong name'
# Words of the shell and functions of the script are no commands of the system.
says 'no command say in PATH' $one add-stage rain say || fail "the script's own function as a command"
[ ! -e "$work/one/stages/rain" ] || fail 'a refused stage left its folder'
$one down >/dev/null
says 'weather=2' $one up || fail 'a user stage is forgotten by down'
$one remove-stage weather >/dev/null || fail 'remove-stage'
[ -z "$(field_of weather-1 state)" ] || fail 'weather-1 is still there'
ok "a user's stage"

# The worst case: supervisors killed, their processes left behind.
scanner=$(pgrep -f "^s6-svscan -d 3 $work/one/services")
supervisor=$(pgrep -P "$scanner" -fx 's6-supervise ai-1')
orphan=$(pid_of "$one" ai-1)
kill -KILL "$scanner" "$supervisor"
kill -0 "$orphan" || fail 'the orphan is gone too early'
$one down >/dev/null || fail 'down without a scanner'
flock -n "$work/one/.alive" true || fail 'something holds the lock'
[[ "$(ps -o stat= -p "$orphan")" =~ ^(Z.*)?$ ]] || fail 'orphan'
ok 'down after the supervisors were killed'

# A logger and a supervisor that stand still (a debugger, a frozen disk) hold nothing up for ever.
$one up >/dev/null || fail 'up again'
scanner=$(pgrep -f "^s6-svscan -d 3 $work/one/services")
kill -STOP "$(pgrep -f "^$work/bin/lq-log .* --instance ai-2 ")" "$(pgrep -P "$scanner" -fx 's6-supervise load-2')"
orphan=$(pid_of "$one" load-2)
says '^stopped' $one down || fail 'down with a frozen logger'
[[ "$(ps -o stat= -p "$orphan")" =~ ^(Z.*)?$ ]] || fail 'down left the process of a frozen supervisor'
flock -n "$work/one/.alive" true || fail 'something holds the lock'
ok 'down with a frozen logger and a frozen supervisor'

# Deleted while it runs: what it was is still known by its lock.
$one up >/dev/null || fail 'up again'
orphan=$(pid_of "$one" ai-1)
rm -rf "$work/one"
says '^stopped' $one down || fail 'down of a deleted folder'
[[ "$(ps -o stat= -p "$orphan")" =~ ^(Z.*)?$ ]] || fail 'down left what ran in a deleted folder'
[ ! -e "$work/one" ] || fail 'down made the deleted folder again'
$one up >/dev/null || fail 'up in a deleted folder'
orphan=$(pid_of "$one" ai-1)
rm -rf "$work/one"
says 'stopping them first' $one up || fail 'up did not see what ran in the deleted folder'
[[ "$(ps -o stat= -p "$orphan")" =~ ^(Z.*)?$ ]] || fail 'up left what ran in the deleted folder'
ok 'a folder deleted while it runs: down and up stop what is left'

# Sockets that are gone do not come back: who has them open is started again, too.
rm -rf "$work/one/runtime"
orphan=$(pid_of "$one" ai-1)
says 'stopping them first' $one up || fail 'up without the sockets'
[[ "$(ps -o stat= -p "$orphan")" =~ ^(Z.*)?$ ]] || fail 'what has lost its sockets is still there'
[ "$(stat -c %a "$work/one/runtime")" = 700 ] || fail 'mode of the new runtime folder'
rm -rf "$work/one/runtime"
says "^started: broker and $actors actors" $one up || fail 'what up said of a cluster without its sockets'
ok 'the runtime folder deleted while it runs: up starts all again'

# An older version, or a crash in it, may have left half a key: it is named and stays as it is.
$one down >/dev/null
key=$work/one/data/keys/master.key
cp "$key" "$work/key"
printf a >"$key"
says "$key is not a whole key .*it has 1 bytes" $one up || fail 'half a key is not named'
[ "$(exit_code $one up)" = 78 ] || fail 'exit code with half a key'
[ "$(cat "$key")" = a ] || fail 'half a key was replaced'
rm "$key"
mkdir -p "$work/one/data/ledger/0"
touch "$work/one/data/ledger/0/data.mdb"
says "$key is missing, and .* cannot be read with another" $one up || fail 'a new key for an old ledger'
[ ! -e "$key" ] || fail 'a new key for an old ledger was made'
rm -r "$work/one/data/ledger"
cp "$work/key" "$key"
$one up >/dev/null || fail 'up with the key back'
cmp -s "$work/key" "$key" || fail 'the key changed'
ok 'half a key, or a key missing beside its ledger: named, never made anew'

says '^stopped' $one down || fail 'down'
[ -z "$(pgrep -f -- "$work/one/ledgerquest.cfg|s6-.*$work/one" || true)" ] || fail 'processes are left'
[ "$(exit_code $one status)" = 3 ] || fail 'status after down'
[ "$($one status -o json 2>/dev/null | jq -c '[.running, .instances]')" = '[false,[]]' ] || fail 'status after down, as JSON'
ok 'down leaves nothing'

long=$work/$(printf 'x%.0s' {1..90})
says 'path of a socket would have' "$ops/ledgerquest" --dir "$long" up || fail 'long path'
[ "$(exit_code "$ops/ledgerquest" --dir "$long" up)" = 78 ] || fail 'exit code of a long path'
ok 'a path too long for a socket is refused'

for name in 'q"q' $'a\nb' $'a\tb' $'a\x7f' $'\xff'; do
    for command in up 'add-stage x true' status down; do
        # shellcheck disable=SC2086
        [ "$(exit_code "$ops/ledgerquest" --dir "$work/$name" $command)" = 78 ] || fail "$command in ${name@Q}"
    done
    [ ! -e "$work/$name" ] || fail "${name@Q} was made"
done
says 'has a double quote in its name' "$ops/ledgerquest" --dir "$work/q\"q" up || fail 'reason of a double quote'
[ "$(LQ_SHARE_DIR="$work/q\"q" exit_code "$ops/ledgerquest" --dir "$work/share" up)" = 78 ] || fail 'LQ_SHARE_DIR with a quote'
[ ! -e "$work/share" ] || fail 'LQ_SHARE_DIR with a quote: the folder was made'
ok 'a name that the configuration or JSON cannot carry is refused before anything is made'

for words in '--dir' '--dir=' '--nope' '' 'nope' 'up x' 'down x' 'scale' 'scale x' 'restart' 'logs' 'logs -n' \
    'logs all -n x' 'logs all -n -1' 'logs --nope' 'add-stage' 'add-stage x' 'add-stage -n x y z' 'add-stage X true' 'remove-stage'; do
    # shellcheck disable=SC2086
    [ "$(exit_code "$ops/ledgerquest" $words)" = 2 ] || fail "exit code of: $words"
    # shellcheck disable=SC2086
    says '^ledgerquest: ' "$ops/ledgerquest" $words || fail "no sentence for: $words"
done
[ "$(HOME='' exit_code env -u LQ_DIR "$ops/ledgerquest" --dir "$work/nowhere" down)" = 0 ] || fail 'without a HOME'
[ "$(LQ_READY_TIMEOUT_MS=soon exit_code $one down)" = 2 ] || fail 'LQ_READY_TIMEOUT_MS=soon'
for words in 'build --nope' 'build --into' 'check nope' 'check --quick x' 'install-packages' 'install-packages a b' \
    'quickstart --nope' 'quickstart --seconds' 'quickstart --seconds x' 'quickstart --sessions 0' 'quickstart --dir'; do
    # shellcheck disable=SC2086
    [ "$(exit_code "$ops/"$words)" = 2 ] || fail "exit code of: $words"
    # shellcheck disable=SC2086
    says "^${words%% *}: " "$ops/"$words || fail "no sentence for: $words"
done
ok 'what cannot be meant ends with 2 and a sentence'

echo "supervisor: $passed tests, 0 failed"
