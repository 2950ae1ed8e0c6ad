#!/usr/bin/python3
# SPDX-License-Identifier: MPL-2.0
# SPDX-FileCopyrightText: The LedgerQuest Engine authors
"""The short form of tamper: every named change, and a few flips; LQ_SEED=n repeats one. And the readers on a cluster
that goes on writing, and what verify_ledger.py says when its own reading dies."""

import argparse
import json
import os
import signal
import subprocess
import sys
import time

from cluster import ROOT, SANITIZED, Cluster, check, run_tests
from tamper_run import run
from wire_client import Traffic

sys.path.insert(0, str(ROOT / "examples" / "verify_in_python"))
import watched_child  # noqa: E402  pylint: disable=wrong-import-position

FLIPS, STRUCTURAL = (30, 20) if SANITIZED else (150, 50)
SHOWN = 60
LOOKS, SESSIONS = 10, 5


def readers_see_changes():
    options = argparse.Namespace(flips=FLIPS, structural=STRUCTURAL, changes="", processes=2, keep=False, verbose=False,
                                 seed=int(os.environ.get("LQ_SEED", time.time())))
    text, breaches = run(options)
    for breach in breaches[:SHOWN]:
        print(f"BREACH {breach}")
    check(not breaches, text)
    return text


def look_in_python(cluster, *words):
    done = subprocess.run(
        [sys.executable, str(ROOT / "examples" / "verify_in_python" / "verify_ledger.py"), str(cluster.ledger), "--json",
         *words], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    check(done.returncode == 0, f"verify_ledger.py {words}: {done.returncode}: {done.stdout[:600]}")
    return json.loads(done.stdout)


def readers_verify_while_it_writes():
    """Entries newer than the state that was read are left out, whatever they are of."""
    seen = []
    with Cluster() as cluster:
        names = [f"s{number}" for number in range(SESSIONS)]
        cluster.create_sessions("acme", names)
        with Traffic(cluster, "acme", names, pause_s=0.02) as traffic:
            for number in range(LOOKS):
                cluster.lqctl("session", "create", f"acme/new{number}")
                for words in ((), ("--master-key", str(cluster.master_key))):
                    found = look_in_python(cluster, *words)
                    check(found["opened"] == (found["records"] if words else 0), f"{found}")
                    check(found["next_sequence"] == found["records"] + 1, f"{found}")
                    seen.append(found["records"])
                found = cluster.lqctl("verify")
                check(found["verified"] and found["opened"] == found["records"], f"{found}")
                seen.append(found["records"])
                check(traffic.error is None, f"client: {traffic.error}")
        check(seen == sorted(seen) and seen[-1] > seen[0], f"records: {seen}")
    return f"{len(seen)} looks while the ledger grew from {seen[0]} to {seen[-1]} records, all verified"


def a_reader_outlives_its_child():
    def die(number):
        def work(tell):
            tell("names, entry 7")
            os.kill(os.getpid(), number)
            return 0
        return work

    def hang(tell):
        tell("names, entry 8")
        signal.pause()

    told = []
    watched_child.SILENCE_S = 0.2
    for work in (die(signal.SIGBUS), die(signal.SIGSEGV), die(signal.SIGABRT), hang):
        try:
            watched_child.run(work)
        except watched_child.Died as death:
            told.append(str(death))
    for text, expected in zip(told, ("SIGBUS, while reading names, entry 7", "SIGSEGV, while", "SIGABRT, while",
                                     "no progress for 0 s, while reading names, entry 8")):
        check(expected in text, f"{text!r} instead of {expected!r}")
    check(len(told) == 4, f"{told}")
    check(watched_child.run(lambda tell: 5) == 5, "the exit code of a child that lives")
    return "three signals and a hang told of"


run_tests("test_tamper", [a_reader_outlives_its_child, readers_verify_while_it_writes, readers_see_changes])
