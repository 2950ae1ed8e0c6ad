#!/bin/bash
# SPDX-License-Identifier: MPL-2.0
# SPDX-FileCopyrightText: The LedgerQuest Engine authors
# not sanitized: it is about the scripts in ops/
#
# Stopping needs no disk: `down` leaves no process where the disk was full at `up`, got full later, or is
# read-only; and the next `up`, once there is room, is a cluster as ever. Small file systems are mounted in a
# mount namespace of this script's own. Ends with 77 where that is not permitted.
#
# shellcheck disable=SC2015
set -euo pipefail

if [ "${1:-}" != inside ]; then
    for options in -m -rm; do
        # shellcheck disable=SC2016
        if unshare "$options" sh -c 'd=$(mktemp -d) && mount -t tmpfs t "$d" && umount "$d" && rmdir "$d"' 2>/dev/null; then
            exec unshare "$options" "$0" inside
        fi
    done
    echo 'a small file system cannot be mounted here: neither root nor a user namespace'
    exit 77
fi

ops=$(cd "$(dirname "$0")/../../ops" && pwd)
LQ_BIN_DIR=$(readlink -f "${LQ_BIN_DIR:-$ops/../build/bin}")
export LQ_BIN_DIR
# Two of each stage of the pipeline, and one writer.
actors=$((2 * $(grep -c urn:ledgerquest:stage: "$LQ_BIN_DIR/../share/ledgerquest/game_loop.asl.json") - 1))
work=$(mktemp -d)
disk=$work/disk
run=$disk/c
passed=0
mkdir "$disk"

finish() {
    trap '' INT TERM
    "$ops/ledgerquest" --dir "$run" down >/dev/null 2>&1 || true
    umount "$disk" 2>/dev/null || umount -l "$disk" 2>/dev/null || true
    umount "$disk" 2>/dev/null || true
    rm -rf "$work"
}
trap finish EXIT
trap 'exit 1' INT TERM

fail() {
    echo "not ok: $*" >&2
    cat "$work/out" >&2 || true
    exit 1
}

ok() {
    passed=$((passed + 1))
    echo "ok $passed: $*"
}

# Whatever still stands in the folder, by its working folder, its files or its command line.
left_over() {
    find /proc/[0-9]*/{fd,cwd} -maxdepth 1 -lname "$disk/*" 2>/dev/null | cut -d/ -f3 | sort -u
}

must_stop() {
    "$ops/ledgerquest" --dir "$run" down >"$work/out" 2>&1 || fail "$1: down"
    [ -z "$(left_over)" ] || fail "$1: processes are left: $(left_over | tr '\n' ' ')"
    "$ops/ledgerquest" --dir "$run" status >"$work/out" 2>&1 && fail "$1: status after down" || [ $? = 3 ] || fail "$1: status"
}

must_start() {
    "$ops/ledgerquest" --dir "$run" up >"$work/out" 2>&1 || fail "$1: up"
    grep -q "^started: broker and $actors actors ready" "$work/out" || fail "$1: what up said"
    "$LQ_BIN_DIR/lqctl" --config "$run/ledgerquest.cfg" --timeout 60s tenant list >"$work/out" 2>&1 || fail "$1: lqctl"
}

# Full from the first file on, at the key, at the stages, at the service folders, among the processes.
for size in 4k 8k 24k 100k 200k 400k 1m; do
    mount -t tmpfs -o "size=$size" t "$disk"
    if "$ops/ledgerquest" --dir "$run" up >"$work/out" 2>&1; then
        [ "$size" = 1m ] || fail "$size: up on a full disk"
    fi
    [ ! -e "$run/data/keys/master.key" ] || [ "$(wc -c <"$run/data/keys/master.key")" = 65 ] || fail "$size: half a key"
    must_stop "$size"
    mount -o remount,size=400m t "$disk" # with its source: else mount adds options that a user namespace refuses
    must_start "$size, then room"
    must_stop "$size, then room"
    umount "$disk"
    ok "a disk of $size that is full during up: down stops all, the next up with room works"
done

# What a process maps from a full disk would be a SIGBUS at its first store, without a word.
mount -t tmpfs -o size=64k t "$disk"
mkdir -m 700 "$disk/runtime" "$disk/data"
printf 'cluster\n    runtime_dir = "%s/runtime"\n    data_dir = "%s/data"\n' "$disk" "$disk" >"$work/alone.cfg"
cat /dev/zero >"$disk/ballast" 2>/dev/null || true
code=0
"$LQ_BIN_DIR/lq-physics" --config "$work/alone.cfg" --instance physics-1 >"$work/out" 2>&1 || code=$?
[ "$code" = 71 ] && grep -q 'progress cell .*: no room on the disk' "$work/out" || fail "an actor on a full disk: $code"
umount "$disk"
ok 'an actor that finds no room for its progress cell says so'

# A stage that says more than a pipe holds: with a log that is not read it would stand still in the middle.
cat >"$work/talker" <<'TEXT'
#!/bin/bash
echo >&"$LQ_NOTIFY_FD"
until [ -e "$TALKER/talk" ]; do sleep 0.05; done
for line in {1..20000}; do echo "line $line of one that talks" >&2; done
touch "$TALKER/talked"
until [ -e "$TALKER/again" ]; do sleep 0.05; done
echo 'the last line' >&2
touch "$TALKER/said"
exec sleep 100000
TEXT
chmod +x "$work/talker"
export TALKER=$work

wait_for() {
    until [ -e "$1" ]; do sleep 0.05; done
}

mount -t tmpfs -o size=64m t "$disk"
must_start 'before it fills'
"$ops/ledgerquest" --dir "$run" add-stage -n 1 talker "$work/talker" >"$work/out" 2>&1 || fail 'add-stage'
cat /dev/zero >"$disk/ballast" 2>/dev/null || true
[ "$(df --output=avail "$disk" | tail -n 1)" -eq 0 ] || fail 'the disk is not full'
touch "$work/talk"
wait_for "$work/talked"
"$LQ_BIN_DIR/lqctl" --config "$run/ledgerquest.cfg" --timeout 60s status >"$work/out" 2>&1 || [ $? = 1 ] || fail 'lqctl status'
rm "$disk/ballast"
touch "$work/again"
wait_for "$work/said"
"$ops/ledgerquest" --dir "$run" remove-stage talker >"$work/out" 2>&1 || fail 'remove-stage'
grep -qE 'message":"[0-9]+ lines were lost here: the log could not be written: No space left on device"' \
    "$run/logs/talker-1/current" || fail 'the log does not say what it lost'
grep -q '"message":"the last line"' "$run/logs/talker-1/current" || fail 'the log did not go on'
ok 'a full disk holds up nobody who writes a log; the log says how many lines it lost'

cat /dev/zero >"$disk/ballast" 2>/dev/null || true
[ "$(df --output=avail "$disk" | tail -n 1)" -eq 0 ] || fail 'the disk is not full again'
pid=$(cat "$run/instances/ai-1/pid")
"$ops/ledgerquest" --dir "$run" restart ai-1 >"$work/out" 2>&1 && fail 'restart without room'
grep -q 'is the disk full?' "$work/out" && kill -0 "$pid" || fail 'restart without room took ai-1 away'
must_stop 'full while it ran'
rm "$disk/ballast"
must_start 'room again'
ok 'a disk that fills while it runs: down stops all, the next up with room works'

# A file system with open files cannot be made read-only, another view of it can: that is what the tools see.
mount --bind "$disk" "$disk"
mount -o remount,bind,ro "$disk" "$disk"
(: >"$disk/x") 2>/dev/null && fail 'not read-only'
must_stop 'read-only'
umount "$disk"
must_start 'writable again'
must_stop 'writable again'
umount "$disk"
ok 'a read-only disk: down stops all, the next up works'

echo "stop_without_room: $passed tests, 0 failed"
