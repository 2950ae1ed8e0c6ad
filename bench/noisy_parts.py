# SPDX-License-Identifier: MPL-2.0
# SPDX-FileCopyrightText: The LedgerQuest Engine authors
"""Parts of bench/noisy: a quiet tenant beside floods, tenants by weights, a grid beside a flood. Each has a cluster of
its own and returns its figures and what they miss, as texts."""

import contextlib
import time

from cluster_processes import BIN, Cluster, say
from noisy_load import ROOM, bench, closed_loop, loads_of, make_sessions, quiet, room, set_quotas, settle
from noisy_targets import compare_throughput, median_row, miss_flood, miss_grid, miss_weights, share_rows

FLOODS = (1000, 10_000, 50_000)
GRID_SESSIONS, GRID_RATE, GRID_FLOOD = 500, 10, 10_000
WEIGHTS, WEIGHTED_SESSIONS = (1, 2, 4), 3000


def alone(cluster, options):
    return dict(quiet(cluster, options), flood_sessions=0, flood_per_s=0.0, flood_p99_ms=0.0)


def beside_flood(cluster, sessions, options):
    with closed_loop(cluster, "a", sessions) as load:
        row = quiet(cluster, options)
        figures = load.stop()
    settle()
    return dict(row, flood_sessions=sessions, flood_per_s=figures["receipts_per_s"],
                flood_p99_ms=figures["receipt_p99_ms"])


def measure_flood(clusters, sessions, options, number):
    """The same measurement on each cluster; who goes first changes with the round's number."""
    rows = {}
    for name in sorted(clusters, reverse=number % 2 == 1):
        say(f"flood: C {'alone' if sessions == 0 else f'beside {sessions} sessions of A in a closed loop'}" +
            (f", build {name}" if len(clusters) > 1 else ""))
        if sessions == 0:
            rows[name] = alone(clusters[name], options)
        else:
            rows[name] = beside_flood(clusters[name], sessions, options)
    return compare_throughput(rows["now"], rows["before"]) if "before" in rows else rows["now"]


def flood(options):
    """C alone, then beside A's closed loops, the larger after the smaller, on one cluster; with --before on one of that
    build in turn."""
    programs = {"now": BIN} | ({"before": options.before} if options.before else {})
    rounds = []
    with contextlib.ExitStack() as stack:
        clusters = {name: stack.enter_context(Cluster(room(options) if name == "now" else ROOM, programs=folder))
                    for name, folder in programs.items()}
        for cluster in clusters.values():
            say(f"flood: {max(FLOODS)} sessions of A are made")
            make_sessions(cluster, "a", max(FLOODS))
        for number in range(options.rounds):
            rounds.append([measure_flood(clusters, sessions, options, number) for sessions in (0, *FLOODS)])
    rows = [median_row(of_all) for of_all in zip(*rounds)]
    return {"rows": rows}, miss_flood(rows)


def growth(before, after, tenant):
    return {key: after[tenant][key] - before[tenant][key] for key in ("service_us", "ticks")}


def weights(options):
    """Tenants in closed loops, each with more sessions than its share can serve at a time, so that all have work
    waiting at any time."""
    with Cluster(room(options)) as cluster, contextlib.ExitStack() as stack:
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
    rows = [dict(row, sessions=WEIGHTED_SESSIONS, ticks_per_s=grown[tenant]["ticks"] / took) for tenant, row in
            zip(tenants, share_rows(WEIGHTS, [grown[tenant]["service_us"] for tenant in tenants]))]
    return {"rows": rows, "seconds": took}, miss_weights(rows)


def grid(options):
    """The broker's lateness is of all grid ticks of the last seconds: here those of one tenant, all beside the flood,
    which is there before its sessions are made and until they are sampled."""
    with Cluster(room(options)) as cluster:
        make_sessions(cluster, "a", GRID_FLOOD)
        say(f"grid: {GRID_SESSIONS} sessions at {GRID_RATE} Hz beside {GRID_FLOOD} sessions of A in a closed loop")
        with closed_loop(cluster, "a", GRID_FLOOD) as load:
            with bench(cluster, "g", "--sessions", GRID_SESSIONS, "--rate", GRID_RATE,
                       seconds=options.seconds) as ticking:
                figures = ticking.result()
            skipped = cluster.status()["missed_ticks"]
            others = load.stop()
    result = {"sessions": GRID_SESSIONS, "rate": GRID_RATE, "flood_sessions": GRID_FLOOD,
              "seconds": figures["seconds"], "lateness_p99_ms": figures["lateness_p99_ms"], "skipped": skipped,
              "flood_per_s": others["receipts_per_s"], "all_ticks_per_s": figures["ticks_per_s"]}
    return result, miss_grid(result)
