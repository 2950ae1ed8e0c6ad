#!/usr/bin/python3
# SPDX-License-Identifier: MPL-2.0
# SPDX-FileCopyrightText: The LedgerQuest Engine authors
"""lqctl submit, that is the client library: a stream of commands over deaths of the broker, of persist and of
lqctl itself. The independent reader counts what came of it."""

import collections
import json
import signal
import subprocess

from cluster import Cluster, check, run_tests, wait_until

SESSIONS, LINES = 10, 6000


def write_stream(path, lines, sessions=SESSIONS):
    with open(path, "w", encoding="ascii") as file:
        for number in range(lines):
            entry = {"session": f"acme/s{number % sessions}", "kind": "ApplyImpulse", "vx": number % 5, "vy": 1}
            if number < sessions:
                entry = {"session": f"acme/s{number}", "kind": "Join", "x": 5, "y": 5, "radius": 0.5}
            print(json.dumps(entry), file=file)


def read_all(cluster):
    """Commands in the ledger, each of which must be there once."""
    summary, commands = cluster.read_ledger()
    check(summary["ok"], f"{summary}")
    found = collections.Counter((entry["session"], entry["client"], entry["sequence"]) for entry in commands)
    twice = [key for key, count in found.items() if count != 1]
    check(not twice, f"{len(twice)} commands are there more than once: {twice[:3]}")
    return commands


def committed(cluster):
    status = cluster.try_status()
    return status["ticks_committed"] if status else 0


def a_stream_over_deaths():
    with Cluster() as cluster:
        cluster.create_sessions("acme", [f"s{number}" for number in range(SESSIONS)])
        path = cluster.folder / "stream.jsonl"
        write_stream(path, LINES)
        with open(cluster.folder / "out", "w+", encoding="ascii") as output:
            process = cluster.lqctl_process("--timeout", "60s", "submit", str(path), stdout=output)
            kills = 0
            while process.poll() is None and kills < 12:
                instance = ("broker", "persist-1", "load-1", "broker")[kills % 4]
                old = cluster.kill(instance)
                cluster.wait_pid(instance, other_than=old)
                kills += 1
            _, errors = process.communicate()
            output.seek(0)
            *receipts, said = [json.loads(line) for line in output]
        check(process.returncode == 0, f"exit code {process.returncode}: {errors} {str(said)[:300]}")
        check(said["submitted"] == LINES and said["without_receipt"] == 0, f"{str(said)[:300]}")
        check(len(receipts) == LINES, f"{len(receipts)} receipts on stdout")
        check(said["applied"] + said["duplicates"] == LINES, f"{str(said)[:300]}")
        commands = read_all(cluster)
        check(len(commands) == LINES, f"{len(commands)} commands in the ledger")
        return (f"{LINES} lines over {kills} kills: applied {said['applied']}, duplicates {said['duplicates']}, "
                f"resends {said['resends']}; each once in the ledger")


def numbers_are_never_used_twice():
    with Cluster() as cluster:
        cluster.create_sessions("acme", [f"s{number}" for number in range(SESSIONS)])
        path = cluster.folder / "stream.jsonl"
        write_stream(path, 200000)
        for _ in range(3):
            before = committed(cluster)
            process = cluster.lqctl_process("submit", str(path), stdout=subprocess.DEVNULL)
            wait_until(lambda before=before: committed(cluster) > before + 20, "the stream runs")
            process.send_signal(signal.SIGKILL)
            process.communicate()
            # What was under way may commit without its sender.
            wait_until(lambda: cluster.status()["executions_open"] == 0, "idle")
            said = cluster.lqctl("submit", "acme/s1", "ApplyImpulse", "vx=1", "vy=0")
            check((said["applied"], said["duplicates"], said["refused"]) == (1, 0, 0), f"{said}")
        commands = read_all(cluster)
        clients = {entry["client"] for entry in commands}
        check(len(clients) == 1, f"{len(clients)} clients: the state file was not used")
        outcomes = collections.Counter(entry["outcome"] for entry in commands)
        return f"3 kills of lqctl, {dict(outcomes)} under one client id, each number once"


if __name__ == "__main__":
    run_tests("submit", [a_stream_over_deaths, numbers_are_never_used_twice])
