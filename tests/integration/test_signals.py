#!/usr/bin/python3
# SPDX-License-Identifier: MPL-2.0
# SPDX-FileCopyrightText: The LedgerQuest Engine authors
"""What each signal does to broker and actors: the table of docs/operations.md."""

import os
import re
import signal
import subprocess
import sys
import time

from cluster import BIN, ROOT, STAGES, WAIT_S, Cluster, check, run_tests, wait_until
from test_user_stages import ScoreCluster
from wire_client import WireClient, custom, join

PROGRAMS = ("broker", *(f"{stage}-1" for stage in STAGES))
NAMED = (signal.SIGHUP, signal.SIGUSR1, signal.SIGUSR2)
IGNORED = (signal.SIGPIPE, signal.SIGWINCH, signal.SIGCHLD, signal.SIGURG, signal.SIGCONT)
ORDERLY = (signal.SIGTERM, signal.SIGINT)
CRASHES = (signal.SIGQUIT, signal.SIGABRT, signal.SIGALRM)
OFTEN = 500


def send_until_named(cluster, instance, number):
    """A line a second at most: what came too soon after another is said again."""
    def named():
        cluster.kill(instance, number)
        return f"{number.name} is ignored" in cluster.log_text(instance)
    wait_until(named, f"the log of {instance} names {number.name}")


def nothing_happens():
    with Cluster() as cluster, WireClient(cluster, "acme") as client:
        cluster.create_sessions("acme", ["s1"])
        client.ask("s1", join())
        before = cluster.pids()
        for number in NAMED + IGNORED:
            for instance in PROGRAMS:
                if number in NAMED:
                    send_until_named(cluster, instance, number)
                else:
                    cluster.kill(instance, number)
            check(client.ask("s1", custom("x")).outcome == "refused", f"service after {number.name}")
        check(cluster.pids() == before, f"{before} became {cluster.pids()}")
        check(cluster.status()["healthy"], "status")
        return f"{len(NAMED + IGNORED)} signals, {len(PROGRAMS)} programs: the same processes, {len(NAMED)} named in logs"


def a_flood_does_not_flood_the_log():
    with Cluster() as cluster:
        for instance in PROGRAMS:
            pid = cluster.wait_pid(instance)
            begun = time.monotonic()
            for _ in range(OFTEN):
                os.kill(pid, signal.SIGHUP)
                time.sleep(0.001)  # one of a kind waits at a time
            send_until_named(cluster, instance, signal.SIGHUP)
            lines = cluster.log_text(instance).count("SIGHUP is ignored")
            seconds = time.monotonic() - begun
            check(lines <= seconds + 1, f"{instance}: {lines} lines in {seconds:.1f} s")
        return f"{OFTEN} SIGHUP each"


def before_it_is_ready_too():
    """A stage that waits for its store is told as well, and ends when it is asked to."""
    with Cluster() as cluster:
        cluster.ledgerquest("down")
        process = subprocess.Popen([str(BIN / "lq-physics"), "--config", str(cluster.config), "--instance", "physics-1"],
                                   stderr=subprocess.PIPE, text=True)
        try:
            wait_until(lambda: "SigBlk" in open(f"/proc/{process.pid}/status", encoding="ascii").read()
                       and blocks_signals(process.pid), "it has its signals in hand")
            process.send_signal(signal.SIGHUP)
            process.send_signal(signal.SIGTERM)
            _, errors = process.communicate(timeout=WAIT_S)
        finally:
            process.kill()
            process.wait()
        check(process.returncode == 0, f"exit code {process.returncode}: {errors}")
        return "without a broker: SIGHUP ignored, SIGTERM ends with 0"


def blocks_signals(pid):
    with open(f"/proc/{pid}/status", encoding="ascii") as file:
        mask = int(re.search(r"SigBlk:\s*([0-9a-f]+)", file.read()).group(1), 16)
    return mask >> signal.SIGHUP - 1 & 1


def asked_to_end_they_end():
    """In order, and the supervisor starts the next; a signal that means a crash is one."""
    with Cluster() as cluster, WireClient(cluster, "acme") as client:
        cluster.create_sessions("acme", ["s1"])
        client.ask("s1", join())
        for number in ORDERLY + CRASHES:
            for instance in PROGRAMS:
                old = cluster.kill(instance, number)
                cluster.wait_pid(instance, other_than=old)
                text = cluster.log_text(instance)
                if number in ORDERLY and instance == "broker":
                    check("stops as asked" in text, f"{number.name}: {instance}")
                elif number in ORDERLY:
                    check(f"retiring on signal {int(number)}" in text and "ends with 0" in text,
                          f"{number.name}: {instance}")
            cluster.wait_serving()
            check(client.ask("s1", custom("x")).outcome == "refused", f"service after {number.name}")
        summary, _ = cluster.read_ledger()
        check(summary["ok"], f"{summary}")
        return f"{len(ORDERLY)} in order, {len(CRASHES)} as a crash, each {len(PROGRAMS)} times"


def a_stage_in_python_too():
    program = ROOT / "examples" / "stage_in_python" / "score.py"
    with ScoreCluster([sys.executable, str(program)], "stage_in_python") as cluster, \
            WireClient(cluster, "acme") as client:
        cluster.create_sessions("acme", ["s1"])
        before = cluster.pids()
        cluster.kill("score-1", signal.SIGHUP)
        check(client.ask("s1", custom("+1")).outcome == "applied", "it counts")
        check(cluster.pids() == before, f"{before} became {cluster.pids()}")
        return "SIGHUP ignored"


if __name__ == "__main__":
    run_tests("signals", [nothing_happens, a_flood_does_not_flood_the_log, before_it_is_ready_too,
                          asked_to_end_they_end, a_stage_in_python_too])
