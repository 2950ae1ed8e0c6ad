#!/usr/bin/python3
# SPDX-License-Identifier: MPL-2.0
# SPDX-FileCopyrightText: The LedgerQuest Engine authors
"""The short form of chaos: 20 kills and one of each other move of storm.py, and a judge that can find faults.

    test_kill.py [TEST ...] [--seed N]"""

import argparse
import json
import subprocess
import sys
import tempfile
import time

import storm
from cluster import ROOT, SLOWNESS, Failed, check, need, run_tests
from wire_client import judge

KILLS, SESSIONS, RECEIPTS = 20, 50, 4000
STORMS_MAX = 4

options = None


def parse_options():
    parser = argparse.ArgumentParser()
    parser.add_argument("test", nargs="*", help="only these")
    parser.add_argument("--seed", type=int, default=int(time.time()))
    return parser.parse_args()


def a_short_storm_loses_nothing():
    for number in range(STORMS_MAX):
        result = storm.run(storm.Options(options.seed + number, kills=KILLS, freezes=1, stalls=1, late_writers=1,
                                         two_brokers=1, sessions=SESSIONS, receipts=RECEIPTS // SLOWNESS), print)
        storm.tell(result, print)
        if not all(breach.startswith("too weak") for breach in result["breaches"]) or not result["breaches"]:
            break  # what a short storm happens not to provoke is no fault: the next one may
    check(not result["breaches"], f"{len(result['breaches'])} breaches, the first: {result['breaches'][:1]}")
    return (f"{result['storm']['kills_total']} kills, {result['receipts']} receipts in "
            f"{result['storm']['seconds']} s, every one once in the ledger")


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


def the_switches_apply():
    """What chaos --switch-off takes out is still where the patches expect it."""
    need("patch")
    patches = sorted((ROOT / "tests" / "switches").glob("*.patch"))
    for path in patches:
        done = subprocess.run(["patch", "--dry-run", "-p1", "-F0", "-s", "-i", str(path)], cwd=ROOT, text=True,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, check=False)
        check(done.returncode == 0, f"{path.name}: {done.stdout}")
    return f"{len(patches)} patches"


if __name__ == "__main__":
    options = parse_options()
    sys.argv[1:] = options.test
    run_tests("kill", [a_short_storm_loses_nothing, the_judge_can_find_faults, the_switches_apply])
