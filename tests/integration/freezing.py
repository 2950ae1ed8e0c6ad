# SPDX-License-Identifier: MPL-2.0
# SPDX-FileCopyrightText: The LedgerQuest Engine authors
"""Actors frozen around a broker's death, while clients work. Used by frozen (the full form) and test_frozen.py
(the short one).

A round freezes one actor (SIGSTOP) and kills the broker (SIGKILL):

    before   frozen, then the broker dies; persist inside its transaction if it can be caught there
    during   the broker dies, and the actor is frozen before the next broker is ready
    after    frozen a moment after the next broker is ready: before its READY, between two, behind it
    first    the actor dies too, and its next incarnation is frozen before or around its first READY
    twice    frozen, and two brokers die one after the other, before either could have called it silent

Nobody thaws it. A round ends when another process of the instance is ready, every stage is served, and each
client has receipts for what it submitted afterwards. What has to hold at the end is in storm_judge.py."""

import contextlib
import dataclasses
import fcntl
import os
import random
import signal
import struct
import time

from cluster import STAGES, WAIT_S, Cluster, Failed, check, wait_until
from storm import in_transaction, is_stopped
from storm_judge import Judgement, check_calm, check_replay, check_stages
from wire_client import Traffic, judge

KINDS = ("before", "during", "after", "first", "twice")
TENANT, RATE, DEPTH, PER_TURN, PAUSE_S = "frozen", 2, 2, 8, 0.01
TRANSACTION_TRIES = 200
RECEIPTS_AFTER = 20  # a round: the service goes on


@dataclasses.dataclass
class Options:
    seed: int
    rounds: int
    sessions: int
    within_s: float  # of the later of freeze and last death: so long may the service stand


def make_plan(options):
    """Each actor in each way, in an order that the seed gives; then again."""
    chance = random.Random(options.seed)
    whole = [(stage, kind) for kind in KINDS for stage in STAGES]
    plan = []
    while len(plan) < options.rounds:
        # The first rounds cover every stage and every way, however few they are.
        turn = [(STAGES[(number + chance.randrange(4)) % len(STAGES)], kind) for number, kind in enumerate(KINDS)]
        rest = [pair for pair in whole if pair not in turn]
        chance.shuffle(rest)
        plan += turn + rest
    return plan[:options.rounds]


def holder_of_cell(cluster, instance):
    """Of the record lock on its progress cell, by the kernel; 0: nobody."""
    form = "hhqqi4x"  # struct flock
    with open(cluster.run / "runtime" / "progress" / instance, "rb") as file:
        lock = fcntl.fcntl(file, fcntl.F_GETLK, struct.pack(form, fcntl.F_WRLCK, os.SEEK_SET, 0, 0, 0))
    kind, _, _, _, pid = struct.unpack(form, lock)
    return 0 if kind == fcntl.F_UNLCK else pid


class Freezer:
    def __init__(self, cluster, traffic, options):
        self.cluster, self.traffic, self.options = cluster, traffic, options
        self.chance = random.Random(options.seed + 1)
        self.slowest_s, self.caught_in_transaction = 0.0, 0
        self.rounds = {}

    def freeze(self, instance, transaction=False):
        """Its pid. transaction: persist shall own the ledger's write lock, if that can be had."""
        for tries in range(TRANSACTION_TRIES):
            pid = self.cluster.freeze(instance)
            wait_until(lambda: is_stopped(pid), f"{instance} stands still", pause_s=0.0005)
            if not transaction:
                return pid
            if in_transaction(self.cluster, pid):
                self.caught_in_transaction += 1
                return pid
            if tries == TRANSACTION_TRIES - 1:
                break
            self.cluster.thaw(pid)
            time.sleep(self.chance.uniform(0.0, 0.005))  # another point of its work
        return pid

    def kill_broker(self):
        """Returns when another one is ready."""
        old = self.cluster.kill("broker")
        self.cluster.wait_pid("broker", other_than=old)

    def freeze_next_incarnation(self, instance):
        """As soon as it holds its cell: before that it holds nothing that others wait for."""
        old = self.cluster.kill(instance)
        new = wait_until(lambda: holder_of_cell(self.cluster, instance) not in (0, old)
                         and holder_of_cell(self.cluster, instance), f"{instance} starts again", pause_s=0.0005)
        time.sleep(self.chance.choice((0.0, 0.0, 0.005, 0.02)))  # before its READY, or around it
        os.kill(new, signal.SIGSTOP)
        self.cluster.frozen.add(new)
        return new

    def hurt(self, instance, kind):
        """(pid of the frozen, when it was frozen or the broker died for the last time)"""
        if kind == "before":
            pid = self.freeze(instance, instance.startswith("persist"))
            time.sleep(self.chance.uniform(0.0, 2.0))  # the old broker sees some of the silence, not enough
            begun = time.monotonic()
            self.kill_broker()
        elif kind == "during":
            begun = time.monotonic()
            self.cluster.kill("broker")
            pid = self.freeze(instance)
        elif kind == "after":
            self.kill_broker()
            time.sleep(self.chance.choice((0.0, 0.01, 0.1, 0.3)))
            begun = time.monotonic()
            pid = self.freeze(instance)
        elif kind == "first":
            pid = self.freeze_next_incarnation(instance)
            begun = time.monotonic()
            self.kill_broker()
        else:
            pid = self.freeze(instance)
            self.kill_broker()
            time.sleep(self.chance.uniform(0.3, 0.9))  # it lives, and cannot have seen enough
            begun = time.monotonic()
            self.kill_broker()
        return pid, begun

    def receipts(self):
        return [len(one.client.receipts) for one in self.traffic]

    def run_round(self, stage, kind):
        instance = f"{stage}-{1 if stage == 'persist' else self.chance.choice((1, 2))}"
        pid, begun = self.hurt(instance, kind)
        with contextlib.suppress(Failed):
            self.cluster.wait_pid(instance, other_than=pid, timeout_s=self.options.within_s + WAIT_S)
        check(self.cluster.pid(instance) not in (pid, None), f"{kind}: {instance} ({pid}) was never replaced")
        self.cluster.frozen.discard(pid)
        self.cluster.wait_serving()
        seen = self.receipts()
        wait_until(lambda: all(new >= old + RECEIPTS_AFTER for new, old in zip(self.receipts(), seen)),
                   f"{kind}: receipts go on after {instance} froze")
        took = time.monotonic() - begun
        self.slowest_s = max(self.slowest_s, took)
        self.rounds[f"{kind} {stage}"] = max(round(took, 1), self.rounds.get(f"{kind} {stage}", 0))
        check(took <= self.options.within_s, f"{kind}: {instance}: {took:.1f} s until the service went on")


def judge_ledger(cluster, judgement, paths, sessions):
    summary, commands = cluster.read_ledger()
    judgement.demand(summary["ok"] and summary["sessions"] == sessions, f"the ledger: {summary}")
    counts = judgement.of("receipts against ledger", judge, paths, commands)
    judgement.of("stages", check_stages, cluster)
    judgement.of("replay", check_replay, cluster)
    return dict(counts or {})


def run(options, say):
    """What was done and seen; `breaches` is empty when all holds."""
    plan, judgement = make_plan(options), Judgement()
    names = [f"s{number}" for number in range(options.sessions)]
    result = {"seed": options.seed, "rounds": len(plan)}
    say(f"seed {options.seed}; {len(plan)} rounds: {', '.join(f'{kind} {stage}' for stage, kind in plan)}")
    with Cluster() as cluster, contextlib.ExitStack() as stack:
        cluster.create_sessions(TENANT, names, "--rate", str(RATE))
        paths = [cluster.folder / f"receipts-{number}" for number in range(2)]
        traffic = [stack.enter_context(Traffic(cluster, TENANT, names, DEPTH, path, PAUSE_S, PER_TURN))
                   for path in paths]
        freezer = Freezer(cluster, traffic, options)
        for stage, kind in plan:
            judgement.of("round", freezer.run_round, stage, kind)
        for one in traffic:
            judgement.of("clients", one.stop)
        judgement.of("calm", check_calm, cluster)
        killed = cluster.log_text("broker").count("ms: killed")
        cluster.ledgerquest("down")
        result.update(rounds_s=freezer.rounds, slowest_s=round(freezer.slowest_s, 1),
                      persist_in_transaction=freezer.caught_in_transaction, killed_by_broker=killed,
                      receipts=sum(freezer.receipts()),
                      judged=judge_ledger(cluster, judgement, paths, options.sessions))
    judgement.demand(result["receipts"] >= len(plan) * 2 * RECEIPTS_AFTER, f"too weak: {result['receipts']} receipts")
    result["breaches"] = judgement.breaches
    return result
