#!/usr/bin/python3
# SPDX-License-Identifier: MPL-2.0
# SPDX-FileCopyrightText: The LedgerQuest Engine authors
"""Kill processes of a working cluster, and let the ledger's independent reader be the judge.

    test_kill.py [--kills N] [--seconds S] [--freezes N] [--sessions N] [--seed N]

Clients keep commands in flight on all sessions, a fifth of which tick at 10 Hz; each receipt goes to a
synced file. SIGKILL hits a process chosen by the seed, N times in S seconds (one every 300 ms), each seen as
a changed pid; then SIGSTOP holds a process for 5 s, for each of the freezes. At the end every receipt must be found once in
the ledger, at its frame; no frame missing, all chains whole, no dead letter."""

import argparse
import collections
import contextlib
import random
import sys
import time

from cluster import WAIT_S, Cluster, check, run_tests
from wire_client import Traffic, judge

KINDS = ("broker", "load", "physics", "ai", "persist")
FREEZE_S = 5.0
CLIENTS, DEPTH, PAUSE_S = 2, 2, 0.01
COUNTERS = ("retries", "duplicates", "conflicts", "resolves", "stale_results", "resends", "letters_total")

options = None


def parse_options():
    parser = argparse.ArgumentParser()
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
    begun = time.monotonic()
    pid = cluster.freeze(instance)
    while time.monotonic() - begun < FREEZE_S and cluster.pid(instance) == pid:
        time.sleep(0.05)
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
                time.sleep(delay)
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


if __name__ == "__main__":
    options = parse_options()
    sys.argv[1:] = []
    run_tests("kill", [kills_lose_nothing])
