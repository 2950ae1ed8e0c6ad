#!/usr/bin/python3
# SPDX-License-Identifier: MPL-2.0
# SPDX-FileCopyrightText: The LedgerQuest Engine authors
"""persist waits or stands still inside its transaction for longer than all tries of what it holds. Nobody guesses:
every doubt ends by RESOLVE, ledger and letters agree."""

import os
import select
import subprocess
import time

from cluster import WAIT_S, Cluster, Failed, check, run_tests, wait_until
from wire_client import Traffic, judge

SESSIONS = 10
LONGER_THAN_ALL_TRIES_S = 8  # three tries of 900 ms, their delays, and a RESOLVE that is asked again after 5 s
SHORT_HOLDS_S = (1.2,) * 3  # as many as a command has tries, each longer than one


HOLD = """
import lmdb, sys
env = lmdb.open(sys.argv[1], map_size=4 << 30, max_dbs=12)
transaction = env.begin(write=True)
print("held", flush=True)
sys.stdin.readline()
transaction.abort()
"""


class HeldStore:
    """Another process in the ledger's write transaction: it takes LMDB's lock as a writer does."""

    def __init__(self, cluster, patience_s=WAIT_S):
        self.process = subprocess.Popen(["/usr/bin/python3", "-c", HOLD, str(cluster.ledger)], text=True,
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        ready, _, _ = select.select([self.process.stdout], [], [], patience_s)
        self.held = bool(ready) and self.process.stdout.readline() == "held\n"

    def release(self):
        if self.process.poll() is None:
            if self.held:
                self.process.stdin.write("\n")
                self.process.stdin.flush()
            else:
                self.process.kill()
        self.process.communicate()

    def __enter__(self):
        check(self.held, "the ledger's write lock cannot be had")
        return self

    def __exit__(self, *_):
        self.release()


def freeze_inside_transaction(cluster):
    """SIGSTOP persist when it holds the write lock: nobody else gets it. Its pid."""
    for _ in range(200):
        cluster.wait_pid("persist-1")
        pid = cluster.freeze("persist-1")
        other = HeldStore(cluster, 0.4)
        other.release()
        if not other.held:
            return pid
        cluster.thaw(pid)
    raise Failed("200 stops, none of them inside a transaction")


def ledger_and_letters_agree(cluster, traffic, path, seen):
    wait_until(lambda: len(traffic.client.receipts) > seen + 100, "work goes on")
    client = traffic.stop()
    status = cluster.wait_serving()
    check(status["letters_total"] == 0, f"{cluster.lqctl('dlq', 'list')}")
    check(set(client.by_outcome) <= {"applied", "refused", "duplicate"}, f"{client.by_outcome}")
    check(status["resolves"] > 0, "nothing was in doubt")
    summary, commands = cluster.read_ledger()
    check(summary["ok"], f"{summary}")
    counts = judge([path], commands)
    check(counts["in_ledger"] == traffic.submitted, f"{counts} of {traffic.submitted} submitted")
    return f"{counts['applied'] + counts['refused']} receipts, {status['resolves']} RESOLVEs, 0 letters"


def pass_time(seconds):
    """What is tested here is that nothing happens for so long."""
    end = time.monotonic() + seconds
    wait_until(lambda: time.monotonic() > end, "time passes", seconds + 1)


def a_held_store_makes_no_letter():
    """persist's stage thread waits for the lock inside its commit while its heartbeats go on: for longer than
    all tries, and then more often than an execution has tries."""
    with Cluster() as cluster:
        names = [f"s{number}" for number in range(SESSIONS)]
        cluster.create_sessions("acme", names)
        path = cluster.folder / "receipts"
        with Traffic(cluster, "acme", names, 2, path) as traffic:
            wait_until(lambda: len(traffic.client.receipts) > 200, "the traffic runs")
            for hold_s in (LONGER_THAN_ALL_TRIES_S, *SHORT_HOLDS_S):
                with HeldStore(cluster):
                    seen = len(traffic.client.receipts)
                    pass_time(hold_s)
                    check(len(traffic.client.receipts) <= seen + 2 * SESSIONS, "a commit went past the lock")
                    states = {actor["state"] for actor in cluster.status()["actors"]}
                    check(states == {"ready"}, f"the heartbeats stopped: {states}")
            return ledger_and_letters_agree(cluster, traffic, path, len(traffic.client.receipts))


def stopped_inside_its_transaction(options, stays):
    with Cluster(options) as cluster:
        names = [f"s{number}" for number in range(SESSIONS)]
        cluster.create_sessions("acme", names)
        path = cluster.folder / "receipts"
        with Traffic(cluster, "acme", names, 2, path) as traffic:
            wait_until(lambda: len(traffic.client.receipts) > 200, "the traffic runs")
            pid = freeze_inside_transaction(cluster)
            begun = time.monotonic()
            if stays:
                pass_time(LONGER_THAN_ALL_TRIES_S)
                check(os.path.exists(f"/proc/{pid}"), "somebody killed it")
            else:
                cluster.wait_pid("persist-1", other_than=pid)
            stood = time.monotonic() - begun
            seen = len(traffic.client.receipts)
            cluster.thaw(pid)
            return f"stood for {stood:.1f} s; {ledger_and_letters_agree(cluster, traffic, path, seen)}"


def persist_stopped_inside_its_transaction_is_killed():
    return stopped_inside_its_transaction("", stays=False)


def persist_stopped_inside_its_transaction_goes_on():
    """Nobody takes it for dead, as on another host: its leases run out, and it goes on with its commit."""
    return stopped_inside_its_transaction("broker\n    silence_ms = 600000\n", stays=True)


if __name__ == "__main__":
    run_tests("held_store", [
        a_held_store_makes_no_letter, persist_stopped_inside_its_transaction_is_killed,
        persist_stopped_inside_its_transaction_goes_on])
