# SPDX-License-Identifier: MPL-2.0
# SPDX-FileCopyrightText: The LedgerQuest Engine authors
"""A storm over a cluster of its own while clients work. Used by chaos (the full form) and test_kill.py (the
short one).

Load: three tenants of storm_load.py, whose sessions tick once a second besides; one load actor is unruly. The moves, in an order that the seed gives:

    kill          SIGKILL; done when another pid is ready
    freeze        SIGSTOP for 5 s, or until the broker kills what is silent for 3 s. Kills of others go on
                  meanwhile. Persist is held inside its transaction: its thread owns the ledger's write lock
    stall         SIGSTOP for 1 to 2.5 s: nobody kills, the process goes on with what it had in hand
    late-writer   persist is held inside its transaction; the broker dies, its successor gets the commands
                  again; then the writer goes on and commits the old work: conflicts
    two-brokers   the ledger's write lock is held, as if the disk took so long; the broker dies twice; then
                  persist finds work of three brokers in its hands, the last two of them young, so that
                  their executions have the same numbers

What has to hold afterwards, and who judges it, is in storm_judge.py."""

import collections
import contextlib
import dataclasses
import os
import pathlib
import random
import re
import struct
import threading
import time

import lmdb

from cluster import STAGES, WAIT_S, Cluster, Failed, check, need, wait_until
from storm_judge import Judgement, check_calm, check_weights, demand_counts, judge_ledger
from storm_load import StormLoad, make_tenants, tell_clients
from unruly_load import UnrulyLoad

KINDS = ("broker", *STAGES)
FREEZE_S = 5.0
STALL_S = (1.0, 2.5)  # below the silence that is taken for death
KILL_EVERY_S = 0.3
ROUNDS_MAX = 20
TRANSACTION_TRIES_MAX = 2000
PILE = 10  # executions before persist that make it a pile
LOCK_HELD_S_MAX = 6.0  # a commit may take 9 s
COUNTERS = ("retries", "duplicates", "conflicts", "resolves", "stale_results", "resends", "letters_total")
WRITER_MUTEX_AT = 64  # in LMDB's lock file; the first word of glibc's robust mutex is its owner's thread id
WRITER_MASK = 0x3FFFFFFF


@dataclasses.dataclass
class Options:
    seed: int
    kills: int
    freezes: int
    stalls: int
    late_writers: int
    two_brokers: int
    sessions: int
    receipts: int  # at least so many
    seconds: float = 0.0  # over which the kills are spread; 0: one every 300 ms
    rate: float = 0.0  # of all messages that a MessageProxy drops, duplicates and delays, each


@dataclasses.dataclass
class Move:
    kind: str
    instance: str = ""
    seconds: float = 0.0

    def __str__(self):
        return f"{self.kind}{' ' if self.instance else ''}{self.instance}" + (
            f" {self.seconds:.1f} s" if self.kind == "stall" else "")


def make_plan(options):
    """Every program is killed once as long as there are enough kills, the rest is chance; persist and broker
    are among the frozen."""
    chance = random.Random(options.seed)

    def instance(kind):
        return kind if kind == "broker" else f"{kind}-{1 if kind == 'persist' else chance.choice((1, 2))}"

    def kinds(first, count):
        return (list(first) + [chance.choice(KINDS) for _ in range(count)])[:count]
    moves = [Move("kill", instance(kind)) for kind in kinds(KINDS, options.kills)]
    moves += [Move("freeze", instance(kind), FREEZE_S) for kind in kinds(("persist", "broker"), options.freezes)]
    moves += [Move("stall", instance(kind), chance.uniform(*STALL_S)) for kind in kinds((), options.stalls)]
    moves += [Move("late-writer") for _ in range(options.late_writers)]
    moves += [Move("two-brokers") for _ in range(options.two_brokers)]
    chance.shuffle(moves)
    return moves


def in_transaction(cluster, pid):
    """Whether a thread of this process owns the ledger's write lock: only meaningful while it is stopped."""
    with open(cluster.ledger / "lock.mdb", "rb") as file:
        word, = struct.unpack_from("<I", file.read(WRITER_MUTEX_AT + 4), WRITER_MUTEX_AT)
    try:
        return str(word & WRITER_MASK) in os.listdir(f"/proc/{pid}/task")
    except FileNotFoundError:
        return False


def is_stopped(pid):
    """SIGSTOP takes hold of all threads at its own time."""
    with contextlib.suppress(FileNotFoundError):
        states = [path.read_text().rsplit(")", 1)[1].split()[0]
                  for path in pathlib.Path(f"/proc/{pid}/task").glob("*/stat")]
        return all(state in "TtZX" for state in states)
    return True


class Storm:
    """Carries out a plan, and counts."""

    def __init__(self, cluster, load, chance):
        self.cluster, self.load, self.chance = cluster, load, chance
        self.killed, self.frozen, self.stalled = (collections.Counter() for _ in range(3))
        self.died_frozen = self.died_stalled = self.in_transaction = 0
        self.late_writers = self.late_writer_rounds = self.two_brokers = self.samples = 0
        self.slowest_s = 0.0
        self.by_epoch = {}
        self.holding = None  # (thread, instance)
        self.hold_error = None

    # ---- what the broker counted ----

    def sample(self):
        """The broker's counters die with it: taken before each of its deaths, they add up."""
        status = self.cluster.try_status()
        if status is not None:
            self.samples += 1
            self.by_epoch[status["epoch"]] = {name: status[name] for name in COUNTERS}
        return status

    def counters(self):
        return {name: sum(counters[name] for counters in self.by_epoch.values()) for name in COUNTERS}

    def receipts_go_on(self, count=100):
        seen = self.load.receipts()
        wait_until(lambda: self.load.receipts() >= seen + count, "receipts go on", 2 * WAIT_S)

    def piled_up(self):
        """All that can be under way waits for persist."""
        status = self.cluster.try_status()
        stages = [entry for entry in status["stages"] if entry["resource"].endswith("persist")] if status else []
        return sum(stage["in_flight"] + stage["queued"] for stage in stages) >= PILE

    # ---- moves ----

    def join_hold(self):
        if self.holding is not None:
            self.holding[0].join()
            self.holding = None
        if self.hold_error is not None:
            raise self.hold_error

    def free(self, instance):
        """What is held is left alone."""
        if self.holding is not None and (self.holding[1] == instance or not self.holding[0].is_alive()):
            self.join_hold()

    def kill(self, instance):
        """Until the next incarnation is ready."""
        begun = time.monotonic()
        old = self.cluster.kill(instance)
        new = self.cluster.wait_pid(instance, other_than=old)
        check(new != old, f"{instance} kept its pid")
        if self.holding is None or self.holding[1] != "broker":  # nobody gets ready without it
            self.slowest_s = max(self.slowest_s, time.monotonic() - begun)
        self.killed[instance.split("-")[0]] += 1

    def stop(self, instance):
        """SIGSTOP; persist is caught inside its transaction."""
        for _ in range(TRANSACTION_TRIES_MAX if instance.startswith("persist") else 1):
            self.cluster.wait_pid(instance)
            pid = self.cluster.freeze(instance)
            wait_until(lambda: is_stopped(pid), f"{instance} stands still", pause_s=0.0005)
            if not instance.startswith("persist"):
                return pid
            if in_transaction(self.cluster, pid):
                self.in_transaction += 1
                return pid
            self.cluster.thaw(pid)
            time.sleep(self.chance.uniform(0.0, 0.005))  # another point of its work
        raise Failed(f"{instance} was never caught inside a transaction")

    def hold(self, move):
        instance = move.instance
        pid = self.stop(instance)
        until = time.monotonic() + move.seconds
        while time.monotonic() < until and self.cluster.pid(instance) == pid:
            time.sleep(0.05)  # between two looks; what is waited for is the time itself, or the kill
        self.cluster.thaw(pid)
        self.cluster.wait_pid(instance)
        died = self.cluster.pid(instance) != pid
        kind = instance.split("-")[0]
        if move.kind == "freeze":
            self.frozen[kind] += 1
            self.died_frozen += died
        else:
            self.stalled[kind] += 1
            self.died_stalled += died

    def hold_aside(self, move):
        def work():
            try:
                self.hold(move)
            except BaseException as error:  # pylint: disable=broad-except
                self.hold_error = error
        self.join_hold()
        self.sample()
        thread = threading.Thread(target=work, daemon=True)
        self.holding = thread, move.instance
        thread.start()

    def late_writer(self):
        before = self.counters()["conflicts"]
        for _ in range(ROUNDS_MAX):
            self.late_writer_rounds += 1
            pid = self.stop("persist-1")
            with contextlib.suppress(Failed):  # not in time: then without a pile
                wait_until(self.piled_up, "work piles up before persist", 1.0)
            self.sample()
            self.kill("broker")
            wait_until(self.piled_up, "it piles up before the next broker", WAIT_S)
            self.cluster.thaw(pid)
            self.receipts_go_on()
            self.sample()
            if self.counters()["conflicts"] > before:
                self.late_writers += 1
                return
        raise Failed(f"no conflict by a late writer in {ROUNDS_MAX} rounds")

    def two_brokers_die(self):
        self.cluster.wait_serving()
        environment = lmdb.open(str(self.cluster.ledger), map_size=1 << 32, max_dbs=12, create=False)
        begun = time.monotonic()
        transaction = environment.begin(write=True)
        try:
            for _ in range(2):
                left = LOCK_HELD_S_MAX - (time.monotonic() - begun)
                with contextlib.suppress(Failed):
                    wait_until(self.piled_up, "work piles up before the locked ledger", max(left, 0.1))
                self.sample()
                self.kill("broker")
            left = LOCK_HELD_S_MAX - (time.monotonic() - begun)
            with contextlib.suppress(Failed):
                wait_until(self.piled_up, "work piles up before the locked ledger", max(left, 0.1))
        finally:
            transaction.abort()
            environment.close()
        self.receipts_go_on()
        self.two_brokers += 1

    def carry_out(self, move):
        if move.kind == "kill":
            self.free(move.instance)
            if move.instance == "broker":
                self.sample()
            self.kill(move.instance)
        elif move.kind in ("freeze", "stall"):
            self.hold_aside(move)
        else:
            self.join_hold()
            (self.late_writer if move.kind == "late-writer" else self.two_brokers_die)()

    def run(self, plan, kill_every_s):
        due = time.monotonic()
        for move in plan:
            if move.kind == "kill":
                time.sleep(max(0.0, due - time.monotonic()))  # the plan spreads the kills over its time
                due = time.monotonic() + kill_every_s
            self.carry_out(move)
        self.join_hold()
        self.cluster.wait_serving()


def tell_storm(storm, unruly, took_s):
    return {
        "seconds": round(took_s, 1),
        "kills": dict(storm.killed), "kills_total": sum(storm.killed.values()),
        "slowest_back_s": round(storm.slowest_s, 2),
        "freezes": dict(storm.frozen), "freezes_total": sum(storm.frozen.values()),
        "killed_for_silence": storm.died_frozen,
        "stalls": dict(storm.stalled), "stalls_total": sum(storm.stalled.values()),
        "stalls_that_died": storm.died_stalled,
        "persist_held_in_transaction": storm.in_transaction,
        "late_writers": storm.late_writers, "late_writer_rounds": storm.late_writer_rounds,
        "two_brokers": storm.two_brokers,
        "unruly_answers_again": unruly.said_again, "unruly_failures": unruly.failures,
    }


def blow(cluster, options, plan, judgement, result):
    """The storm itself; returns it and its load, whose clients are at their end."""
    with contextlib.ExitStack() as stack:
        load = stack.enter_context(StormLoad(cluster, make_tenants(options.sessions)))
        unruly = stack.enter_context(UnrulyLoad(cluster, options.seed))
        storm = Storm(cluster, load, random.Random(options.seed + 1))
        begun = time.monotonic()
        every_s = options.seconds / options.kills if options.seconds and options.kills else KILL_EVERY_S
        judgement.of("storm", storm.run, plan, every_s)
        judgement.of("storm", wait_until, lambda: load.receipts() >= options.receipts,
                     f"{options.receipts} receipts", 6 * WAIT_S)
        load.stop(judgement)
        took_s = time.monotonic() - begun
        judgement.of("storm", unruly.stop)
        judgement.of("storm", storm.sample)
        load.check(judgement)
        result.update(storm=tell_storm(storm, unruly, took_s), broker=storm.counters(),
                      receipts=load.receipts(), clients=tell_clients(load.clients()))
        return storm, load


def run(options, say):
    """Everything: what was done and seen, as a dictionary; `breaches` is empty when all holds."""
    need("lq-bench")
    plan = make_plan(options)
    judgement = Judgement()
    result = {"seed": options.seed, "plan": [str(move) for move in plan]}
    say(f"seed {options.seed}; plan of {len(plan)} moves: {', '.join(result['plan'])}")
    bad_network = dict(seed=options.seed, **dict.fromkeys(("drop", "duplicate", "delay"), options.rate))
    try:
        with Cluster(proxied=bad_network if options.rate else None) as cluster:
            storm, load = blow(cluster, options, plan, judgement, result)
            judgement.of("calm", check_calm, cluster)
            judgement.of("weights", check_weights, cluster, load.tenants)
            cluster.ledgerquest("down")
            if options.rate:
                result["network"] = {name: cluster.proxy.total(name) for name in
                                     ("messages", "dropped", "duplicated", "delayed")}
            counts = judge_ledger(cluster, judgement, load, result)
            demand_counts(judgement, options, storm, counts, result)
    except Failed as error:  # of the cluster on its way out, too
        judgement.breaches.append(f"cluster: {error}")
    result["breaches"] = judgement.breaches
    return result


def tell_figures(figures):
    return re.sub("[{}]", "", ", ".join(f"{name} {value}" for name, value in figures.items()))


def tell(result, say):
    """The result as text."""
    for title in ("storm", "network", "clients", "broker", "ledger", "judged", "replay"):
        if result.get(title):
            say(f"{title}: {tell_figures(result[title])}")
    for name, figures in result.get("tenants", {}).items():
        say(f"tenant {name}: {tell_figures(figures)}")
    say(f"receipts: {result.get('receipts', 0)}")
    for breach in result["breaches"]:
        say(f"DOES NOT HOLD: {breach}")
