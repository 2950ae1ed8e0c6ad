#!/usr/bin/python3
# SPDX-License-Identifier: MPL-2.0
# SPDX-FileCopyrightText: The LedgerQuest Engine authors
"""Answers that come twice, late, under another lease or for another epoch are dropped: what they are about is
in the ledger once. And two clients that say the same number."""

from cluster import ROOT, Cluster, check, run_tests
from wire_client import WireClient, custom, join, judge, thrust

EXAMPLE = ROOT / "examples" / "stage_in_python"
ROUNDS = {"twice": 3, "late": 1, "other-lease": 3, "other-epoch": 3}  # late waits for the end of a lease


def unbelievable_answers_are_dropped():
    with Cluster(stages=[("score", [str(ROOT / "tests" / "support" / "unruly_stage.py")], 1)],
                 pipeline=EXAMPLE / "with_score.asl.json", policy=EXAMPLE / "with_score.policy.json") as cluster:
        cluster.create_sessions("acme", ROUNDS)
        path = cluster.folder / "receipts"
        dropped = {}
        with WireClient(cluster, "acme", path) as client:
            for mark in ROUNDS:
                for _ in range(ROUNDS[mark]):
                    before = cluster.status()
                    receipt = client.ask(mark, custom(mark))
                    check(receipt.outcome == "applied", f"{receipt}")
                    after = cluster.status()
                    dropped[mark] = dropped.get(mark, 0) + after["stale_results"] - before["stale_results"]
                frame = cluster.session(f"acme/{mark}")["frame"]
                check(frame == ROUNDS[mark], f"{mark}: frame {frame}")
        status = cluster.status()
        check(all(dropped[mark] >= ROUNDS[mark] for mark in ("twice", "late", "other-lease")),
              f"dropped {dropped}")
        check(status["letters_total"] == 0, f"{cluster.lqctl('dlq', 'list')}")
        check(status["healthy"] and len(status["actors"]) == 8, f"{status['actors']}")
        summary, commands = cluster.read_ledger()
        check(summary["ok"], f"{summary}")
        counts = judge([path], commands)
        return f"{counts['applied']} applied once; answers dropped as stale {dropped}"


def copies_of_a_command_are_applied_once():
    with Cluster() as cluster, WireClient(cluster, "acme") as client:
        cluster.create_sessions("acme", ["s1"])
        # Two connections of the same incarnation: the second says everything again.
        path = cluster.folder / "receipts"
        with WireClient(cluster, "acme", path, client.client) as other:
            # A copy takes the answer away from the one before it, which must ask again.
            client.repeat_s = other.repeat_s = 0.2
            for number in range(1, 101):
                body = join() if number == 1 else thrust(float(number % 3), 1.0)
                for one in (client, other, other):
                    one.submit("s1", body, number)
                client.turn(0)
                other.turn(0)
                if number % 25 == 0:
                    client.drain()
                    other.drain()
            client.drain()
            other.drain()
            outcomes = client.by_outcome + other.by_outcome
            again = other.ask("s1", thrust(0.0, 0.0), 35)
            check((again.outcome, again.reason[:16]) == ("unused", "SEQUENCE_TOO_OLD"), f"below the window: {again}")
            far = other.ask("s1", thrust(0.0, 0.0), 100 + 65)
            check(far.outcome == "unused", f"beyond the window: {far}")
            back = other.ask("s1", thrust(0.0, 0.0), 36)
            check(back.outcome == "duplicate", f"the oldest in the window: {back}")
        summary, commands = cluster.read_ledger()
        check(summary["ok"], f"{summary}")
        counts = judge([path], commands)
        check(counts["in_ledger"] == 100, f"{counts}")
        return f"300 sent, {dict(outcomes)}, 100 in the ledger"


if __name__ == "__main__":
    run_tests("fences", [unbelievable_answers_are_dropped, copies_of_a_command_are_applied_once])
