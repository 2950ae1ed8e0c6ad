# SPDX-License-Identifier: MPL-2.0
# SPDX-FileCopyrightText: The LedgerQuest Engine authors
"""Parts of bench/noisy: a quiet tenant beside floods, a grid beside a flood. Each has a cluster of its own and returns
its figures and what they miss, as texts."""

from cluster_processes import Cluster, say
from noisy_load import ROOM, Load, closed_loop, make_sessions, quiet

FLOODS = (1000, 10_000, 50_000)
QUIET_P99_MS_MAX = 20.0
RATE_SHARE_MIN = 0.98  # of the rate alone: by the clock, but the last receipts may fall behind the measured time
GRID_SESSIONS, GRID_RATE, GRID_FLOOD = 500, 10, 10_000
GRID_LATENESS_P99_MS_MAX = 25.0


def judge_rate(name, row, alone):
    missed = []
    if row["rate"] < RATE_SHARE_MIN * alone["rate"]:
        missed.append(f"{name}: C's rate is {row['rate']:.1f}/s, alone {alone['rate']:.1f}/s")
    if row["not_applied"] > 0:
        missed.append(f"{name}: {row['not_applied']} commands of C were not applied")
    return missed


def flood(options):
    """C alone, then beside A's closed loops, the larger after the smaller, on one cluster."""
    rows, missed = [], []
    with Cluster(ROOM) as cluster:
        say("flood: C alone")
        alone = dict(quiet(cluster, options.seconds), flood_sessions=0, flood_per_s=0.0)
        rows.append(alone)
        say(f"flood: {max(FLOODS)} sessions of A are made")
        make_sessions(cluster, "a", max(FLOODS))
        for sessions in FLOODS:
            say(f"flood: C beside {sessions} sessions of A in a closed loop")
            with closed_loop(cluster, "a", sessions) as load:
                row = quiet(cluster, options.seconds)
                figures = load.stop()
            row |= {"flood_sessions": sessions, "flood_per_s": figures["receipts_per_s"],
                    "flood_p99_ms": figures["receipt_p99_ms"]}
            rows.append(row)
            if row["p99_ms"] > QUIET_P99_MS_MAX:
                missed.append(f"flood: C's p99 beside {sessions} sessions is {row['p99_ms']:.1f} ms, the target is at "
                              f"most {QUIET_P99_MS_MAX:.0f} ms")
            missed += judge_rate(f"flood of {sessions}", row, alone)
    return {"rows": rows}, missed


def grid(options):
    """The broker's lateness counts all grid ticks since its start: here those of one tenant, all beside the flood,
    since its sessions are made when the flood is there, and sampled while it still is."""
    with Cluster(ROOM) as cluster:
        make_sessions(cluster, "a", GRID_FLOOD)
        say(f"grid: {GRID_SESSIONS} sessions at {GRID_RATE} Hz beside {GRID_FLOOD} sessions of A in a closed loop")
        with closed_loop(cluster, "a", GRID_FLOOD) as load:
            with Load(cluster, "g", "--sessions", GRID_SESSIONS, "--rate", GRID_RATE, seconds=options.seconds) as ticking:
                figures = ticking.result()
            skipped = cluster.status()["missed_ticks"]
            others = load.stop()
    result = {"sessions": GRID_SESSIONS, "rate": GRID_RATE, "flood_sessions": GRID_FLOOD,
              "seconds": figures["seconds"], "lateness_p99_ms": figures["lateness_p99_ms"], "skipped": skipped,
              "flood_per_s": others["receipts_per_s"], "all_ticks_per_s": figures["ticks_per_s"]}
    missed = []
    if result["lateness_p99_ms"] > GRID_LATENESS_P99_MS_MAX:
        missed.append(f"grid: lateness p99 is {result['lateness_p99_ms']:.1f} ms, the target is at most "
                      f"{GRID_LATENESS_P99_MS_MAX:.0f} ms")
    if skipped > 0:
        missed.append(f"grid: {skipped} points of the grid were skipped")
    return result, missed
