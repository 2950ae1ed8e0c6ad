#!/usr/bin/python3
# SPDX-License-Identifier: MPL-2.0
# SPDX-FileCopyrightText: The LedgerQuest Engine authors
"""Kill processes of a working cluster, and let the ledger's independent reader be the judge.

    test_kill.py [TEST ...] [--kills N] [--seconds S] [--freezes N] [--sessions N] [--seed N]

Clients keep commands in flight on all sessions, a fifth of which tick at 10 Hz; each receipt goes to a
synced file. SIGKILL hits a process chosen by the seed, N times in S seconds (one every 300 ms), each seen as
a changed pid; then SIGSTOP holds a process for 5 s, for each of the freezes. At the end every receipt must be
found once in the ledger, at its frame; no frame missing, all chains whole, no dead letter."""

import argparse
import collections
import contextlib
import json
import random
import struct
import sys
import tempfile
import time

from cluster import SLOWNESS, WAIT_S, Cluster, Failed, check, run_tests, wait_until
from wire_client import Traffic, judge

KINDS = ("broker", "load", "physics", "ai", "persist")
FREEZE_S = 5.0
CONFLICT_ROUNDS_MAX = 20
CLIENTS, DEPTH, PAUSE_S = 2, 2, 0.01
COUNTERS = ("retries", "duplicates", "conflicts", "resolves", "stale_results", "resends", "letters_total")

options = None


def parse_options():
    parser = argparse.ArgumentParser()
    parser.add_argument("test", nargs="*", help="only these")
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seconds", type=float, help="time for the kills (0.3 a kill)")
    parser.add_argument("--freezes", type=int, default=0)
    parser.add_argument("--sessions", type=int, default=50)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    return parser.parse_args()


def make_plan(seed, kills, freezes):
    """Every program once as long as there are enough, the rest by chance."""
    chance = random.Random(seed)
    kinds = list(KINDS[:kills]) + [chance.choice(KINDS) for _ in range(kills - len(KINDS))]
    chance.shuffle(kinds)
    held = list(("persist", "broker")[:freezes]) + [chance.choice(KINDS) for _ in range(freezes - 2)]
    chance.shuffle(held)

    def instance(kind):
        return kind if kind == "broker" else f"{kind}-{1 if kind == 'persist' else chance.choice((1, 2))}"
    return [instance(kind) for kind in kinds], [instance(kind) for kind in held]


def kill_one(cluster, instance):
    """Returns how long it took until the next incarnation was ready."""
    begun = time.monotonic()
    old = cluster.kill(instance)
    new = cluster.wait_pid(instance, other_than=old)
    check(new != old, f"{instance} kept its pid")
    return time.monotonic() - begun


def freeze_one(cluster, instance):
    """Held for 5 s, or until the broker killed it because of its silence."""
    cluster.wait_pid(instance)
    begun = time.monotonic()
    pid = cluster.freeze(instance)
    while time.monotonic() - begun < FREEZE_S and cluster.pid(instance) == pid:
        time.sleep(0.05)  # between two looks; what is waited for is the time itself, or the kill
    cluster.thaw(pid)
    cluster.wait_pid(instance)
    return cluster.pid(instance) != pid


class Storm:
    """Carries out a plan of kills and freezes, and counts."""

    def __init__(self, cluster):
        self.cluster = cluster
        self.killed, self.slowest_s, self.died_frozen = collections.Counter(), 0.0, 0
        self.by_epoch = {}

    def sample(self):
        """The broker's counters die with it: taken before each of its deaths, they add up."""
        code, status, _ = self.cluster.try_lqctl("status")
        if code == 0:
            self.by_epoch[status["epoch"]] = {name: status[name] for name in COUNTERS}

    def counters(self):
        return {name: sum(counters[name] for counters in self.by_epoch.values()) for name in COUNTERS}

    def run(self, kills, freezes, seconds):
        begun = time.monotonic()
        for number, instance in enumerate(kills):
            if instance == "broker":
                self.sample()
            delay = begun + number * seconds / len(kills) - time.monotonic()
            if delay > 0:
                time.sleep(delay)  # the plan spreads the kills evenly over its time
            self.slowest_s = max(self.slowest_s, kill_one(self.cluster, instance))
            self.killed[instance.split("-")[0]] += 1
        for instance in freezes:
            self.sample()
            self.died_frozen += freeze_one(self.cluster, instance)
        self.cluster.wait_serving()


def judge_ledger(cluster, paths, sessions):
    summary, commands = cluster.read_ledger()
    check(summary["ok"], f"the ledger is broken: {summary['faults'][:5]}")
    check(summary["sessions"] == sessions, f"{summary['sessions']} sessions in the ledger")
    return summary, judge(paths, commands)


def check_calm(cluster):
    """After the storm: no letter, nobody parked, everything serves."""
    status = cluster.wait_serving()
    check(status["letters_open"] == 0 and status["letters_total"] == 0,
          f"dead letters: {cluster.lqctl('dlq', 'list')}")
    check(status["sessions_parked"] == 0, f"{status['sessions_parked']} sessions parked")
    failed = [name for name, entry in cluster.instances().items() if entry["state"] != "ready"]
    check(not failed, f"not ready at the end: {failed}")


def report(storm, clients, counts, summary, freezes):
    gap = max(client.longest_gap_s for client in clients)
    print(f"receipts: applied {counts['applied']}, refused {counts['refused']}, duplicate "
          f"{counts['duplicate']}, unused {counts['unused']}; in the ledger {counts['in_ledger']} "
          f"commands, {summary['records']} records")
    print(f"clients: {sum(client.resends for client in clients)} resends, "
          f"{sum(client.came_again for client in clients)} said again after a refusal, "
          f"{max(client.epochs for client in clients)} epochs")
    print("broker, as sampled: " + ", ".join(f"{name} {value}" for name, value in storm.counters().items()))
    print(f"kills: {dict(storm.killed)}, slowest back after {storm.slowest_s:.2f} s; freezes {len(freezes)}, "
          f"{storm.died_frozen} killed for their silence; longest time without a receipt {gap:.2f} s")
    check(gap < WAIT_S, f"{gap:.1f} s without a receipt")


def kills_lose_nothing():
    kills, freezes = make_plan(options.seed, options.kills, options.freezes)
    seconds = options.seconds if options.seconds is not None else 0.3 * options.kills
    print(f"seed {options.seed}; kills: {' '.join(kills)}; freezes: {' '.join(freezes) or 'none'}", flush=True)
    names = [f"s{number}" for number in range(options.sessions)]
    with Cluster() as cluster, contextlib.ExitStack() as stack:
        live = len(names) // 5
        cluster.create_sessions("acme", names[:live], "--rate", "10")
        cluster.create_sessions("acme", names[live:])
        paths = [cluster.folder / f"receipts-{number}" for number in range(CLIENTS)]
        traffic = [stack.enter_context(Traffic(cluster, "acme", names, depth=DEPTH, receipts_path=path,
                                               pause_s=PAUSE_S)) for path in paths]
        storm = Storm(cluster)
        begun = time.monotonic()
        storm.run(kills, freezes, seconds)
        clients = [one.stop() for one in traffic]
        took = time.monotonic() - begun
        storm.sample()
        check_calm(cluster)
        cluster.ledgerquest("down")
        summary, counts = judge_ledger(cluster, paths, len(names))
        receipts = sum(len(client.receipts) for client in clients)
        report(storm, clients, counts, summary, freezes)
        check(sum(storm.killed.values()) == len(kills), f"{storm.killed}")
        check(counts["applied"] > 0 and counts["dead_lettered"] == 0, f"{counts}")
        check(receipts == sum(counts[name] for name in ("applied", "refused", "duplicate", "unused")),
              f"{receipts} receipts, {counts} in the files")
        return f"{receipts} receipts in {took:.1f} s, every one once in the ledger"


def freeze_at_work(cluster, instance):
    """Stopped right after its progress cell named an item: with a batch in its hands, most of the time."""
    cell = cluster.run / "runtime" / "progress" / instance
    wait_until(lambda: struct.unpack("<QQ", cell.read_bytes())[1] != 0, f"{instance} works", pause_s=0)
    return cluster.freeze(instance)


def a_late_writer_is_found_out():
    """Persist frozen with work in hand. The broker dies, its successor lets the commands come again, then the
    writer goes on with the old work: conflicts. And frozen for good: it is killed, and doubts are resolved."""
    with Cluster() as cluster:
        names = [f"s{number}" for number in range(50)]
        cluster.create_sessions("acme", names)
        path = cluster.folder / "receipts"
        with Traffic(cluster, "acme", names, 4, path) as traffic:
            def receipts_go_on():
                seen = len(traffic.client.receipts)
                wait_until(lambda: len(traffic.client.receipts) > seen + 500, "receipts go on")

            def stuck():
                """All that can be under way waits for persist."""
                stage, = [entry for entry in cluster.status()["stages"] if entry["resource"].endswith("persist")]
                return stage["in_flight"] + stage["queued"] >= len(names)
            receipts_go_on()
            conflicts = rounds = 0
            while conflicts == 0 and rounds < CONFLICT_ROUNDS_MAX:
                rounds += 1
                pid = freeze_at_work(cluster, "persist-1")
                wait_until(stuck, "the work piles up before persist", 2 * SLOWNESS)
                old = cluster.kill("broker")
                cluster.wait_pid("broker", other_than=old)
                wait_until(stuck, "it piles up before the next broker", 2 * SLOWNESS)
                cluster.thaw(pid)
                receipts_go_on()
                check(cluster.pid("persist-1") == pid, "persist was killed although it is back in time")
                conflicts = cluster.status()["conflicts"]
            pid = freeze_at_work(cluster, "persist-1")
            cluster.wait_pid("persist-1", other_than=pid)
            cluster.thaw(pid)
            receipts_go_on()
            client = traffic.stop()
        status = cluster.wait_serving()
        check(status["letters_total"] == 0, f"{status}")
        check(conflicts > 0, f"no conflict in {rounds} rounds")
        check(status["resolves"] > 0, "nothing was in doubt")
        summary, commands = cluster.read_ledger()
        check(summary["ok"], f"{summary}")
        counts = judge([path], commands)
        check(counts["duplicate"] > 0, f"{counts}")
        return (f"{len(client.receipts)} receipts; {conflicts} conflicts in round {rounds}, {status['resolves']} "
                f"doubts resolved, {counts['duplicate']} duplicates, every command once in the ledger")


def the_judge_can_find_faults():
    """A test of loss that cannot fail shows nothing."""
    entry = {"tenant": "t", "session": "s", "client": "c", "sequence": 1, "frame": 5, "outcome": "applied"}
    receipt = dict(entry, reason="", letter=0)
    cases = {
        "missing": (receipt, []),
        "twice": (receipt, [entry, dict(entry, frame=6)]),
        "in another frame": (receipt, [dict(entry, frame=6)]),
        "with another outcome": (receipt, [dict(entry, outcome="refused")]),
        "a duplicate of nothing": (dict(receipt, outcome="duplicate"), []),
        "a duplicate of what comes later": (dict(receipt, outcome="duplicate", frame=4), [entry]),
        "refused and there": (dict(receipt, outcome="unused"), [entry]),
        "a dead letter and there": (dict(receipt, outcome="dead_lettered"), [entry]),
    }
    with tempfile.NamedTemporaryFile("w", suffix=".jsonl") as file:
        def verdict(one):
            file.seek(0)
            file.truncate()
            print(json.dumps(one), file=file, flush=True)
            return lambda commands: judge([file.name], commands)
        verdict(receipt)([entry])
        for name, (said, commands) in cases.items():
            try:
                verdict(said)(commands)
            except Failed:
                continue
            raise Failed(f"not found out: {name}")
    return f"{len(cases)} kinds of faults"


if __name__ == "__main__":
    options = parse_options()
    sys.argv[1:] = options.test
    run_tests("kill", [kills_lose_nothing, a_late_writer_is_found_out, the_judge_can_find_faults])
