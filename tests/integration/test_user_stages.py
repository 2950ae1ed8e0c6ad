#!/usr/bin/python3
# SPDX-License-Identifier: MPL-2.0
# SPDX-FileCopyrightText: The LedgerQuest Engine authors
"""The examples of users' stages, in C and in Python, each as a fifth Task of a running cluster: what they
count arrives in the world, and replay takes their frames as recorded."""

import struct

from cluster import BIN, ROOT, WAIT_S, Cluster, check, need, run_tests
from wire_client import Watcher, WireClient, custom, judge

EXAMPLES = ROOT / "examples"
COUNTED = 25


class ScoreCluster(Cluster):
    def __init__(self, command, folder):
        super().__init__(stages=[("score", command, 2)], pipeline=EXAMPLES / folder / "with_score.asl.json",
                         policy=EXAMPLES / folder / "with_score.policy.json")


def score_of(watcher, client, session):
    """The score in the world of the first frame that is seen; the command that makes it is counted."""
    sent = 0
    while True:
        receipt = client.ask(session, custom("+1"))
        check(receipt.outcome == "applied", f"{receipt}")
        sent += 1
        seen = watcher.next(0.05 if sent < 100 else WAIT_S)
        while seen is not None and seen[1].frame < receipt.frame:
            seen = watcher.next()
        if seen is not None:
            return struct.unpack("<Q", seen[2].tenant_bytes)[0], sent
        check(sent < 200, "no world was published")


def stage_counts(command, folder, version):
    with ScoreCluster(command, folder) as cluster:
        cluster.create_sessions("acme", ["s1", "s2"])
        path = cluster.folder / "receipts"
        with WireClient(cluster, "acme", path) as client, \
                Watcher(cluster, ("acme", "s1", True)) as watcher:
            for _ in range(COUNTED):
                client.submit("s1", custom("+1"))
                client.submit("s2", custom("+1"))
            client.drain()
            too_long = client.ask("s1", custom("x" * 65))
            check(too_long.outcome == "refused" and "custom" in too_long.reason, f"{too_long}")
            score, sent = score_of(watcher, client, "s1")
            check(score == COUNTED + sent, f"score {score}, {COUNTED + sent} commands counted")
            failed = client.ask("s2", custom("fail"))
            check(failed.outcome == "dead_lettered", f"{failed}")
            letter = cluster.lqctl("dlq", "show", f"dlq_{failed.letter_id:016x}")
            check((letter["error"], letter["version"]) == ("Score.Marked", version), f"{letter}")
        stage, = [entry for entry in cluster.status()["stages"] if entry["resource"].endswith("score")]
        check(stage["actors"] == 2 and stage["version"] == version, f"{stage}")
        summary, commands = cluster.read_ledger()
        check(summary["ok"], f"{summary}")
        counts = judge([path], commands)
        replayed = cluster.lqctl("replay", "acme/s1")
        frames = cluster.session("acme/s1")["frame"]
        check((replayed["frames"], replayed["as_recorded"], replayed["equal"], replayed["differing"]) ==
              (frames, frames, 0, 0), f"replay: {replayed}")
        check(cluster.lqctl("verify")["verified"] is True, "verify")
        return (f"score {score}, {counts['applied']} applied, {counts['refused']} refused, 1 letter; replay: "
                f"{replayed['as_recorded']} of {frames} frames as recorded, 0 equal")


def a_stage_in_c():
    need("lq-stage-score")
    return stage_counts([str(BIN / "lq-stage-score")], "stage_in_c", 1)


def a_stage_in_python():
    return stage_counts(["/usr/bin/python3", str(EXAMPLES / "stage_in_python" / "score.py")],
                        "stage_in_python", 2)


if __name__ == "__main__":
    run_tests("user_stages", [a_stage_in_c, a_stage_in_python])
