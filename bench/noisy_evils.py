# SPDX-License-Identifier: MPL-2.0
# SPDX-FileCopyrightText: The LedgerQuest Engine authors
"""The part `evil` of bench/noisy: C beside tenants that flood, crash and crawl, all with quotas, and C undisturbed
before and after each of them. A stage more in the pipeline, lq-unruly with two actors, does what commands tell it;
C's ticks pass it like all others."""

import contextlib

from cluster_processes import Cluster, say
from noisy_load import (ROOM, Load, bench, closed_loop, judge_rate, quiet, set_quotas, settle, unruly_program)

P99_RATIO_MAX = 1.5
FLOOD_QUOTA, FLOOD_TIMES = 1000, 100  # commands a second, and how many times as many are sent
FLOOD_SECONDS = 3600
POISON_RATE, POISON_SESSIONS = 2, 1000  # crashes a second; each in another session, so that none gets parked
CRAWL_MS, CRAWL_SESSIONS = 50, 20
QUOTAS = {"a": {"commands_per_s": FLOOD_QUOTA}, "b": {"executions": 1}, "d": {"executions": 1}}


def flood_from(connections):
    def start(cluster):
        return Load(cluster, "a", "--connections", connections, "--rate", FLOOD_QUOTA * FLOOD_TIMES, "--seconds",
                    FLOOD_SECONDS, program="lq-flood", ready=None)
    return start


def poison(cluster):
    return bench(cluster, "b", "--sessions", POISON_SESSIONS, "--total-rate", POISON_RATE, "--custom", "crash")


def crawl(cluster):
    return closed_loop(cluster, "d", CRAWL_SESSIONS, "--custom", f"burn {CRAWL_MS}")


# name -> what is started for it
EVILS = {"flood": (flood_from(1),), "flood_of_100": (flood_from(100),), "poison": (poison,), "crawl": (crawl,),
         "all": (flood_from(100), poison, crawl)}


def tell(load, figures):
    """What the evil did, in the same words for all."""
    if load.program == "lq-flood":
        return {"tenant": load.tenant, "sent": figures["sent"], "answered": figures["answered"],
                "reasons": figures["reasons"], "seconds": figures["seconds"]}
    return {"tenant": load.tenant, "applied": figures["applied"], "refused": figures["refused"],
            "dead_lettered": figures["dead_lettered"], "retries": figures["retries"],
            "seconds": figures["seconds"]}


def beside(cluster, name, seconds):
    say(f"evil: C beside {name}")
    with contextlib.ExitStack() as stack:
        loads = [stack.enter_context(start(cluster)) for start in EVILS[name]]
        row = quiet(cluster, seconds)
        row |= {"evil": name, "evils": [tell(load, load.stop()) for load in loads]}
    settle()
    return row


def undisturbed(cluster, seconds):
    say("evil: C undisturbed")
    return dict(quiet(cluster, seconds), evil=None)


def judge(before, row, after):
    """C's figures against the mean of the two calms around them: the machine's speed changes within minutes."""
    calm_p99_ms = (before["p99_ms"] + after["p99_ms"]) / 2
    row["calm_p99_ms"], row["p99_ratio"] = calm_p99_ms, row["p99_ms"] / calm_p99_ms
    missed = []
    if row["p99_ratio"] > P99_RATIO_MAX:
        missed.append(f"evil: C's p99 beside {row['evil']} is {row['p99_ms']:.2f} ms, {row['p99_ratio']:.2f} times the "
                      f"undisturbed {calm_p99_ms:.2f} ms, the target is at most {P99_RATIO_MAX} times")
    alone = min((before, after), key=lambda calm: calm["rate"])
    return missed + judge_rate(f"evil: beside {row['evil']}", row, alone)


def evil(options):
    rows, missed = [], []
    with Cluster(ROOM, stage=("unruly", unruly_program(), 2)) as cluster:
        for tenant, limits in QUOTAS.items():
            cluster.lqctl("tenant", "create", tenant)
            set_quotas(cluster, tenant, **limits)
        rows.append(undisturbed(cluster, options.seconds))
        for name in EVILS:
            rows.append(beside(cluster, name, options.seconds))
            rows.append(undisturbed(cluster, options.seconds))
    for index in range(1, len(rows), 2):
        missed += judge(*rows[index - 1:index + 2])
    return {"rows": rows, "quotas": QUOTAS}, missed
