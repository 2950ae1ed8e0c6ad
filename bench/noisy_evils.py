# SPDX-License-Identifier: MPL-2.0
# SPDX-FileCopyrightText: The LedgerQuest Engine authors
"""The part `evil` of bench/noisy: C beside tenants that flood, crash and crawl, all with quotas, and C undisturbed
before and after each of them. A stage more in the pipeline, lq-unruly with two actors, does what commands tell it;
C's ticks pass it like all others."""

import contextlib
import itertools

from cluster_processes import BIN, Cluster, say
from noisy_load import Load, bench, closed_loop, quiet, room, set_quotas, settle, unruly_program
from noisy_targets import compare_calm, median_row, miss_evil

FLOOD_QUOTA, FLOOD_TIMES = 1000, 100  # commands a second, and how many times as many are sent
FLOOD_SECONDS = 3600
POISON_RATE, POISON_SESSIONS = 2, 1000  # crashes a second; each in another session, so that none gets parked
CRAWL_MS, CRAWL_SESSIONS = 50, 20
QUOTAS = {"a": {"commands_per_s": FLOOD_QUOTA}, "b": {"executions": 1}, "d": {"executions": 1}}


# Each start has sessions of its own: those of an earlier one are parked by crashes or full of its clients.
starts = itertools.count(1)


def own_prefix(tenant):
    return f"{tenant}{next(starts)}"


def flood_from(connections):
    def start(cluster):
        return Load(cluster, "a", "--connections", connections, "--rate", FLOOD_QUOTA * FLOOD_TIMES, "--seconds",
                    FLOOD_SECONDS, program="lq-flood", ready=None, prefix=own_prefix("a"))
    return start


def poison(cluster):
    return bench(cluster, "b", "--sessions", POISON_SESSIONS, "--total-rate", POISON_RATE, "--custom", "crash",
                 prefix=own_prefix("b"))


def crawl(cluster):
    return closed_loop(cluster, "d", CRAWL_SESSIONS, "--custom", f"burn {CRAWL_MS}", prefix=own_prefix("d"))


# name -> what is started for it
EVILS = {"flood": (flood_from(1),), "flood_of_100": (flood_from(100),), "poison": (poison,), "crawl": (crawl,),
         "all": (flood_from(100), poison, crawl)}


def tell(load, figures):
    """What the evil did, in the same words for all; and how much of what it is there for, a second."""
    told = {"tenant": load.tenant, "seconds": figures["seconds"]}
    if load.program == "lq-flood":
        applied = figures["answered"]["applied"]
        return told | {"sent": figures["sent"], "answered": figures["answered"], "reasons": figures["reasons"],
                       "done_per_s": applied / figures["seconds"], "due_per_s": FLOOD_QUOTA}
    told |= {key: figures[key] for key in ("applied", "refused", "dead_lettered", "retries")}
    if load.tenant == "b":
        return told | {"done_per_s": figures["dead_lettered"] / figures["seconds"], "due_per_s": POISON_RATE}
    return told | {"done_per_s": figures["receipts_per_s"], "due_per_s": 1000 / CRAWL_MS}


def beside(cluster, name, options):
    say(f"evil: C beside {name}")
    with contextlib.ExitStack() as stack:
        loads = [stack.enter_context(start(cluster)) for start in EVILS[name]]
        row = quiet(cluster, options)
        row |= {"evil": name, "evils": [tell(load, load.stop()) for load in loads]}
    settle()
    return row


def undisturbed(cluster, options):
    say("evil: C undisturbed")
    return dict(quiet(cluster, options), evil=None)


def measure(cluster, options):
    """name -> its rounds; None: all that were calm."""
    rounds = {None: [undisturbed(cluster, options)]}
    for _ in range(options.rounds):
        for name in EVILS:
            row = beside(cluster, name, options)
            rounds[None].append(undisturbed(cluster, options))
            rounds.setdefault(name, []).append(compare_calm(rounds[None][-2], row, rounds[None][-1]))
    return rounds


def evil(options):
    with Cluster(room(options), stage=("unruly", unruly_program(BIN), 2)) as cluster:
        for tenant, limits in QUOTAS.items():
            cluster.lqctl("tenant", "create", tenant)
            set_quotas(cluster, tenant, **limits)
        rounds = measure(cluster, options)
    rows = [dict(median_row(of_one), evil=name) for name, of_one in rounds.items()]
    return {"rows": rows, "quotas": QUOTAS}, miss_evil(rows)
