# SPDX-License-Identifier: MPL-2.0
# SPDX-FileCopyrightText: The LedgerQuest Engine authors
"""Parts of bench/noisy: a quiet tenant beside floods, tenants by weights, a grid beside a flood. Each has a cluster of its
own and returns its figures and what they miss, as texts."""

import contextlib
import time


from cluster_processes import Cluster, say
from noisy_load import (ROOM, bench, closed_loop, judge_rate, loads_of, make_sessions, median_row, quiet,
                        set_quotas, settle)

FLOODS = (1000, 10_000, 50_000)
QUIET_P99_MS_MAX = 20.0
GRID_SESSIONS, GRID_RATE, GRID_FLOOD = 500, 10, 10_000
GRID_LATENESS_P99_MS_MAX = 25.0
WEIGHTS, WEIGHTED_SESSIONS, SHARE_ERROR_MAX = (1, 2, 4), 3000, 0.05


def beside_flood(cluster, sessions, seconds):
    say(f"flood: C beside {sessions} sessions of A in a closed loop")
    with closed_loop(cluster, "a", sessions) as load:
        row = quiet(cluster, seconds)
        figures = load.stop()
    settle()
    return dict(row, flood_sessions=sessions, flood_per_s=figures["receipts_per_s"],
                flood_p99_ms=figures["receipt_p99_ms"])


def alone(cluster, seconds):
    say("flood: C alone")
    return dict(quiet(cluster, seconds), flood_sessions=0, flood_per_s=0.0, flood_p99_ms=0.0)


def flood(options):
    """C alone, then beside A's closed loops, the larger after the smaller, on one cluster."""
    rounds = []
    with Cluster(ROOM) as cluster:
        say(f"flood: {max(FLOODS)} sessions of A are made")
        make_sessions(cluster, "a", max(FLOODS))
        for _ in range(options.rounds):
            rounds.append([alone(cluster, options.seconds)] +
                          [beside_flood(cluster, sessions, options.seconds) for sessions in FLOODS])
    rows = [median_row(of_all) for of_all in zip(*rounds)]
    missed = []
    for row in rows[1:]:
        name = f"flood: beside {row['flood_sessions']:.0f} sessions"
        if row["p99_ms"] > QUIET_P99_MS_MAX:
            missed.append(f"{name} C's p99 is {row['p99_ms']:.1f} ms, the target is at most {QUIET_P99_MS_MAX:.0f} ms")
        missed += judge_rate(name, row, rows[0])
    return {"rows": rows}, missed


def growth(before, after, tenant):
    return {key: after[tenant][key] - before[tenant][key] for key in ("service_us", "ticks")}


def weights(options):
    """Tenants in closed loops, each with more sessions than its share can serve at a time, so that all have work
    waiting at any time."""
    with Cluster(ROOM) as cluster, contextlib.ExitStack() as stack:
        tenants = [f"w{weight}" for weight in WEIGHTS]
        for tenant, weight in zip(tenants, WEIGHTS):
            make_sessions(cluster, tenant, WEIGHTED_SESSIONS)
            set_quotas(cluster, tenant, weight=weight)
        say(f"weights: {len(WEIGHTS)} tenants of {WEIGHTED_SESSIONS} sessions each in a closed loop")
        loads = [stack.enter_context(closed_loop(cluster, tenant, WEIGHTED_SESSIONS)) for tenant in tenants]
        time.sleep(2)
        before, begun = loads_of(cluster), time.monotonic()
        time.sleep(options.seconds)
        after, took = loads_of(cluster), time.monotonic() - begun
        for load in loads:
            load.stop()
    grown = {tenant: growth(before, after, tenant) for tenant in tenants}
    rows, missed = [], []
    for tenant, weight in zip(tenants, WEIGHTS):
        share = grown[tenant]["service_us"] / sum(figures["service_us"] for figures in grown.values())
        due = weight / sum(WEIGHTS)
        rows.append({"weight": weight, "sessions": WEIGHTED_SESSIONS, "share": share, "due_share": due,
                     "error": share / due - 1, "ticks_per_s": grown[tenant]["ticks"] / took})
        if abs(share / due - 1) > SHARE_ERROR_MAX:
            missed.append(f"weights: the share of weight {weight} is {share:.3f}, due is {due:.3f}, at most "
                          f"{SHARE_ERROR_MAX:.0%} off")
    return {"rows": rows, "seconds": took}, missed


def grid(options):
    """The broker's lateness counts all grid ticks since its start: here those of one tenant, all beside the flood,
    since its sessions are made when the flood is there, and sampled while it still is."""
    with Cluster(ROOM) as cluster:
        make_sessions(cluster, "a", GRID_FLOOD)
        say(f"grid: {GRID_SESSIONS} sessions at {GRID_RATE} Hz beside {GRID_FLOOD} sessions of A in a closed loop")
        with closed_loop(cluster, "a", GRID_FLOOD) as load:
            with bench(cluster, "g", "--sessions", GRID_SESSIONS, "--rate", GRID_RATE, seconds=options.seconds) as ticking:
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
