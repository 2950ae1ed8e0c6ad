#!/usr/bin/python3
# SPDX-License-Identifier: MPL-2.0
# SPDX-FileCopyrightText: The LedgerQuest Engine authors
"""Readers of a ledger in use: one that stands still inside its transaction is named in log and status; those of lqctl copy
out and compute outside of it, so that wherever they are stopped they seldom hold a page."""

import contextlib
import os
import random
import signal
import subprocess
import time

import lmdb

from cluster import Cluster, Failed, check, run_tests, wait_until
from wire_client import Traffic

SESSIONS = 20
STOPS = 40
HELD_MAX = STOPS // 2   # a reader that computed inside its transaction was caught there nearly each time
TRIES_MAX = 20 * STOPS
RECORDS_MIN = 10000    # so that a reader is long at it

HOLD = """
import lmdb, sys
env = lmdb.open(sys.argv[1], readonly=True, max_dbs=12, create=False)
transaction = env.begin()
print("reads", flush=True)
sys.stdin.readline()
"""


def persist_reason(cluster):
    return next(actor["reason"] for actor in cluster.status()["actors"] if actor["stage"] == "persist")


def a_reader_that_stands_still_is_named():
    with Cluster() as cluster:
        names = [f"s{number}" for number in range(SESSIONS)]
        cluster.create_sessions("acme", names)
        with Traffic(cluster, "acme", names, 2) as traffic:
            holder = subprocess.Popen(["/usr/bin/python3", "-c", HOLD, str(cluster.ledger)], text=True,
                                      stdin=subprocess.PIPE, stdout=subprocess.PIPE)
            check(holder.stdout.readline() == "reads\n", "the reader reads")
            words = f"reader with pid {holder.pid} is "
            def named():
                check(traffic.error is None, f"client: {traffic.error}")
                return words in persist_reason(cluster)
            wait_until(named, "the reader that stands still is named in the status", 120)
            check(cluster.status()["healthy"], "work goes on all the same")
            holder.communicate("\n")
            wait_until(lambda: persist_reason(cluster) == "", "it is gone from the status")
        check(cluster.log_text("persist-1").count(words) == 1, "named once in persist's log")
    return "a reader that lags is named in status and log, once, and forgotten when it ends"


def holds_a_transaction(environment, pid):
    """LMDB's table of readers: pid, thread, transaction or -."""
    lines = [line.split() for line in environment.readers().splitlines()[1:]]
    return any(fields[0] == str(pid) and fields[2] != "-" for fields in lines if len(fields) >= 3)


def count_held(cluster, environment, words, stops, seed):
    """Stop the reader at random moments of its work."""
    draw, held, counted = random.Random(seed), 0, 0
    for _ in range(TRIES_MAX):
        if counted == stops:
            return held
        process = cluster.lqctl_process(*words, stdout=subprocess.DEVNULL)
        time.sleep(0.005 + draw.random() * 0.02)  # no event to wait for: any moment of its work will do
        while process.poll() is None and counted < stops:
            process.send_signal(signal.SIGSTOP)
            with contextlib.suppress(ChildProcessError):  # it had ended, and poll() has seen it
                os.waitid(os.P_PID, process.pid, os.WSTOPPED | os.WEXITED | os.WNOWAIT)
            if process.poll() is not None:
                break
            held += holds_a_transaction(environment, process.pid)
            counted += 1
            process.send_signal(signal.SIGCONT)
            time.sleep(draw.random() * 0.005)
        process.kill()
        process.communicate()
    raise Failed(f"{' '.join(words)} was stopped {counted} times in {TRIES_MAX} runs")


def lqctl_computes_outside_of_its_transactions():
    with Cluster() as cluster:
        names = [f"s{number}" for number in range(SESSIONS)]
        cluster.create_sessions("acme", names)
        with Traffic(cluster, "acme", names, 4) as traffic:
            wait_until(lambda: traffic.error or cluster.status()["ticks_committed"] > RECORDS_MIN,
                       "there is something to read", 120)
            check(traffic.error is None, f"client: {traffic.error}")
        environment = lmdb.open(str(cluster.ledger), readonly=True, max_dbs=12, create=False)
        counts = {words[0]: count_held(cluster, environment, words, STOPS, 7)
                  for words in (("replay",), ("verify",))}
        environment.close()
    for name, held in counts.items():
        check(held <= HELD_MAX, f"{name} held a transaction at {held} of {STOPS} stops")
    return ", ".join(f"{name}: {held} of {STOPS} stops inside a transaction" for name, held in counts.items())


if __name__ == "__main__":
    run_tests("readers", [a_reader_that_stands_still_is_named, lqctl_computes_outside_of_its_transactions])
