#!/usr/bin/python3
# SPDX-License-Identifier: MPL-2.0
# SPDX-FileCopyrightText: The LedgerQuest Engine authors
# alone: compares grid points with seconds that went by
"""Time that stands still or jumps: the broker stopped for 10 s under load, and the machine's clock set by an
hour in both directions while everything runs. The ledger's records are the witness: ticks and missed grid
points add up to the time that went by."""

import collections
import contextlib
import glob
import os
import pathlib
import shutil
import sys
import time

from cluster import BIN, ROOT, SANITIZED, SERVERS, SLOWNESS, Cluster, check, run_tests, skip, wait_until
from wire_client import Traffic, WireClient, custom, join, judge

sys.path.insert(0, str(ROOT / "examples" / "verify_in_python"))
import verify_ledger  # noqa: E402  pylint: disable=wrong-import-position

LIVE, BUSY, RATE = 20, 20, 10
PERIOD_S = 1 / RATE
FREEZE_S = 10.0
RESUMED_WITHIN_S = 1.0 * SLOWNESS
HOUR_S = 3600

Tick = collections.namedtuple("Tick", "frame steps step_count missed at_s")


def read_ticks(cluster):
    """The ticks of every session, in the order of frames. at_s: the record's wall time."""
    found = collections.defaultdict(list)
    for _, content in verify_ledger.read_contents(
            str(cluster.ledger), verify_ledger.read_master_key(str(cluster.master_key))):
        found[content.session].append(Tick(content.frame, content.steps, content.step_count, content.missed_count,
                                           content.wall_time_ns / 1e9))
    return found


def grid_of(session, ticks):
    """The grid ticks of a live session. Their count and the missed points never contradict each other."""
    grid = [tick for tick in ticks if tick.steps == 1]
    check(len(grid) > RATE, f"{session}: {len(grid)} grid ticks")
    for before, after in zip(ticks, ticks[1:]):
        check(after.step_count == before.step_count + before.steps and after.missed >= before.missed,
              f"{session}: {before} then {after}")
    return grid


def check_adds_up(session, grid):
    """What was ticked and what was missed is the time that went by; returns the missed points."""
    first, last = grid[0], grid[-1]
    points = (len(grid) - 1) + (last.missed - first.missed)
    elapsed = (last.at_s - first.at_s) / PERIOD_S
    check(abs(points - elapsed) <= 2, f"{session}: {points} points in a time of {elapsed:.1f}: {first} {last}")
    return last.missed - first.missed


def check_not_bunched(session, grid):
    """In no second more ticks than the grid has, but for one that was late and one at the edge."""
    at = [tick.at_s for tick in grid]
    for index in range(RATE + 2, len(at)):
        check(at[index] - at[index - RATE - 2] > 1.0 - PERIOD_S,
              f"{session}: {RATE + 2} ticks in {at[index] - at[index - RATE - 2]:.3f} s")


def start_load(cluster, stack):
    """Sessions with a rate, sessions without, one dormant; a client in a thread. Returns when all is at work."""
    live, busy = [f"live{n}" for n in range(LIVE)], [f"busy{n}" for n in range(BUSY)]
    cluster.create_sessions("acme", live, "--rate", str(RATE))
    cluster.create_sessions("acme", [*busy, "dormant"])
    path = cluster.folder / "receipts"
    single = stack.enter_context(WireClient(cluster, "acme", cluster.folder / "receipts-single"))
    check(single.ask("dormant", join()).outcome == "applied", "the dormant session")
    traffic = stack.enter_context(Traffic(cluster, "acme", live + busy, 2, path, pause_s=0.01))
    go_on(cluster, traffic)
    return live, traffic, single, [path, cluster.folder / "receipts-single"]


def go_on(cluster, traffic, seconds=1.0):
    """Until receipts and grid ticks came for some time."""
    until, seen = time.monotonic() + seconds, len(traffic.client.receipts)
    ticks = cluster.status()["ticks_committed"] + LIVE * RATE
    wait_until(lambda: traffic.error or (time.monotonic() > until and len(traffic.client.receipts) > seen + 200
                                         and cluster.status()["ticks_committed"] > ticks),
               "receipts and ticks go on", pause_s=0.1)


def finish(cluster, traffic, single, pids, paths):
    """Nothing lost, doubled, parked or dead, nobody restarted; the ticks of the ledger, and counts."""
    check(single.ask("dormant", custom("awake")).outcome == "refused", "the dormant session")
    client = traffic.stop()
    status = cluster.wait_serving()
    for name in ("letters_total", "sessions_parked", "retries", "conflicts"):
        check(status[name] == 0, f"{name} {status[name]}: {cluster.lqctl('dlq', 'list')}")
    check(cluster.pids() == pids, f"{pids} became {cluster.pids()}")
    cluster.ledgerquest("down")
    summary, commands = cluster.read_ledger()
    check(summary["ok"] and summary["sessions"] == LIVE + BUSY + 1, f"{summary}")
    counts = judge(paths, commands)
    check(counts["dead_lettered"] == 0, f"{counts}")
    return read_ticks(cluster), client, counts, status


def freeze_broker(cluster, traffic):
    """Stopped for its time; returns how long after it went on the first receipt came."""
    begun = time.monotonic()
    pid = cluster.freeze("broker")
    while time.monotonic() - begun < FREEZE_S:
        time.sleep(0.1)  # what is waited for is the time itself
    seen, thawed = len(traffic.client.receipts), time.monotonic()
    cluster.thaw(pid)
    wait_until(lambda: len(traffic.client.receipts) > seen, "a receipt", pause_s=0.001)
    return time.monotonic() - thawed


def check_gap(session, grid):
    """The freeze is one gap, and the record behind it counts what was lost in it. Returns the count."""
    before, after = max(zip(grid, grid[1:]), key=lambda pair: pair[1].at_s - pair[0].at_s)
    gap_s = after.at_s - before.at_s
    check(gap_s > FREEZE_S - 2 * PERIOD_S, f"{session}: the longest gap is {gap_s:.2f} s")
    missed = after.missed - before.missed
    check(abs(missed + 1 - gap_s / PERIOD_S) <= 2, f"{session}: {missed} missed in {gap_s:.2f} s")
    return missed


def a_frozen_broker_goes_on():
    with Cluster() as cluster, contextlib.ExitStack() as stack:
        live, traffic, single, paths = start_load(cluster, stack)
        pids = cluster.pids()
        resumed_s = freeze_broker(cluster, traffic)
        check(resumed_s < RESUMED_WITHIN_S, f"the first receipt came {resumed_s:.2f} s after SIGCONT")
        begun = time.monotonic()
        single.ask("dormant", custom("after"))
        woken_s = time.monotonic() - begun
        check(woken_s < RESUMED_WITHIN_S, f"the dormant session answered after {woken_s:.2f} s")
        go_on(cluster, traffic)
        ticks, client, counts, status = finish(cluster, traffic, single, pids, paths)
        in_gap, missed, ticked = [], 0, 0
        for session in live:
            grid = grid_of(session, ticks[session])
            missed += check_adds_up(session, grid)
            check_not_bunched(session, grid)
            in_gap.append(check_gap(session, grid))
            ticked += len(grid)
        recorded = sum(ticks[session][-1].missed for session in live)
        check(recorded <= status["missed_ticks"] + LIVE * RATE * SLOWNESS and status["missed_ticks"] <= recorded + LIVE * 2,
              f"the broker counts {status['missed_ticks']} missed ticks, the records {recorded}")
        return (f"first receipt {resumed_s * 1000:.0f} ms after SIGCONT; {sum(counts.values()) - counts['in_ledger']} "
                f"receipts, {client.resends} resends, {counts['duplicate']} duplicates; {ticked} grid ticks, "
                f"{min(in_gap)} to {max(in_gap)} points missed in the freeze, {missed} in all")


# ---- the machine's clock ----

def find_library():
    found = sorted(glob.glob("/usr/lib/*/faketime/libfaketimeMT.so.1"))
    return found[0] if found else skip("no libfaketime (package libfaketime)")


def fake_clock(cluster, library):
    """Servers whose wall clock follows a file; their monotonic clock is the machine's: no administrator
    can set that one. Returns the file."""
    folder, offset = cluster.folder / "bin", cluster.folder / "offset"
    folder.mkdir()
    offset.write_text("+0\n")
    options = os.environ.get("ASAN_OPTIONS", "")
    for program in SERVERS:
        (folder / program).write_text(
            f"#!/bin/sh\nexport LD_PRELOAD='{library}' FAKETIME_TIMESTAMP_FILE='{offset}' FAKETIME_NO_CACHE=1\n"
            "export FAKETIME_DONT_FAKE_MONOTONIC=1 DONT_FAKE_MONOTONIC=1 NO_FAKE_STAT=1\n"
            f"export ASAN_OPTIONS='{options}:verify_asan_link_order=0'\n"
            f"exec '{BIN / program}' \"$@\"\n")
        (folder / program).chmod(0o755)
    (folder / "lq-log").symlink_to(BIN / "lq-log")
    cluster.environment.update(LQ_BIN_DIR=str(folder), LQ_SHARE_DIR=str(BIN.parent / "share" / "ledgerquest"))
    return offset


def remove_remains():
    """libfaketime's shared memory of processes that were killed."""
    for path in pathlib.Path("/dev/shm").glob("*faketime_s*"):
        pid = path.name.rpartition("_")[2]
        if pid.isdigit() and not pathlib.Path(f"/proc/{pid}").exists():
            path.unlink(missing_ok=True)


def set_clock(offset, seconds):
    """In one step: a reader finds the old time or the new one."""
    new = offset.with_suffix(".new")
    new.write_text(f"{seconds:+d}\n")
    shutil.move(new, offset)


def take_out_jumps(ticks, begun_s):
    """(ticks as if nobody had set the clock, the hours by which it was off)"""
    hours = [round((tick.at_s - begun_s) / HOUR_S) for tick in ticks]
    return [tick._replace(at_s=tick.at_s - hour * HOUR_S) for tick, hour in zip(ticks, hours)], set(hours)


def a_clock_that_jumps_disturbs_nobody():
    library = find_library()
    with contextlib.ExitStack() as stack:
        stack.callback(remove_remains)
        cluster = stack.enter_context(Cluster(start=False))
        offset = fake_clock(cluster, library)
        begun_s = time.time()
        cluster.ledgerquest("up")
        live, traffic, single, paths = start_load(cluster, stack)
        pids = cluster.pids()
        for seconds in (HOUR_S, -HOUR_S, 0):
            set_clock(offset, seconds)
            go_on(cluster, traffic)
            check(single.ask("dormant", custom(f"{seconds}")).outcome == "refused", "the dormant session")
        ticks, client, counts, status = finish(cluster, traffic, single, pids, paths)
        check(client.longest_gap_s < RESUMED_WITHIN_S, f"{client.longest_gap_s:.2f} s without a receipt")
        missed, ticked, slowest_s = 0, 0, 0.0
        for session in live:
            grid, hours = take_out_jumps(grid_of(session, ticks[session]), begun_s)
            check(hours == {-1, 0, 1}, f"{session}: the records' clock was off by {hours} hours")
            missed += check_adds_up(session, grid)
            check_not_bunched(session, grid)
            ticked += len(grid)
            slowest_s = max(slowest_s, max(after.at_s - before.at_s for before, after in zip(grid, grid[1:])))
        check(SANITIZED or missed <= ticked // 20, f"{missed} points missed beside {ticked} ticks")
        return (f"+1 h, -1 h, back: {sum(counts.values()) - counts['in_ledger']} receipts, longest time without "
                f"one {client.longest_gap_s * 1000:.0f} ms; {ticked} grid ticks, {missed} missed, longest "
                f"distance {slowest_s * 1000:.0f} ms")


def processes_start_under_any_clock():
    """Killed and started again under a clock that went back an hour: epochs and ids do not come from it."""
    library = find_library()
    with contextlib.ExitStack() as stack:
        stack.callback(remove_remains)
        cluster = stack.enter_context(Cluster(start=False))
        offset = fake_clock(cluster, library)
        cluster.ledgerquest("up")
        _, traffic, single, paths = start_load(cluster, stack)
        epoch = cluster.status()["epoch"]
        kills = (-HOUR_S, "broker"), (-HOUR_S, "persist-1"), (HOUR_S, "broker"), (HOUR_S, "load-1")
        for seconds, instance in kills:
            set_clock(offset, seconds)
            old = cluster.kill(instance)
            cluster.wait_pid(instance, other_than=old)
            go_on(cluster, traffic, 0)
        client = traffic.stop()
        check(single.ask("dormant", custom("x")).outcome == "refused", "the dormant session")
        status = cluster.wait_serving()
        check(status["epoch"] > epoch and status["letters_total"] == 0 and status["sessions_parked"] == 0, f"{status}")
        cluster.ledgerquest("down")
        summary, commands = cluster.read_ledger()
        check(summary["ok"], f"{summary}")
        counts = judge(paths, commands)
        return f"{len(kills)} kills, {len(client.receipts)} receipts, {counts['duplicate']} duplicates, every command once"


if __name__ == "__main__":
    run_tests("clock", [a_frozen_broker_goes_on, a_clock_that_jumps_disturbs_nobody, processes_start_under_any_clock])
