#!/usr/bin/python3
# SPDX-License-Identifier: MPL-2.0
# SPDX-FileCopyrightText: The LedgerQuest Engine authors
"""A full map or disk is trouble of the house: commands wait or are refused with that reason, nothing becomes a
dead letter, nothing acknowledged is lost, and work goes on when there is room again."""

import os
import subprocess

from cluster import Cluster, check, run_tests, wait_until
from wire_client import Traffic, judge

SESSIONS = 20
SMALL_MAP, LARGE_MAP = "2M", "1G"
SMALL_DISK = "size=24m"


def paused_reason(cluster):
    """Why persist takes no work; None if it does."""
    for actor in cluster.status()["actors"]:
        if actor["stage"] == "persist" and actor["state"] == "paused":
            return actor["reason"]
    return None


def fill_until_paused(cluster, traffic):
    def stuck():
        check(traffic.error is None, f"client: {traffic.error}")
        return paused_reason(cluster)
    return wait_until(stuck, "the store is full", 120, 0.1)


def goes_on(cluster, traffic):
    seen = len(traffic.client.receipts)
    wait_until(lambda: len(traffic.client.receipts) > seen + 100, "work goes on by itself")
    client = traffic.stop()
    status = cluster.wait_serving()
    check(status["letters_total"] == 0, f"letters: {cluster.lqctl('dlq', 'list')}")
    check(paused_reason(cluster) is None, "still paused")
    check(all(entry["state"] == "ready" for entry in cluster.instances().values()), "a process is not ready")
    return client


def judge_all(cluster, path):
    summary, commands = cluster.read_ledger()
    check(summary["ok"], f"{summary}")
    return judge([path], commands)


def a_full_map():
    with Cluster(start=False) as cluster:
        cluster.map_bytes = SMALL_MAP
        cluster.write_config()
        cluster.ledgerquest("up")
        names = [f"s{number}" for number in range(SESSIONS)]
        cluster.create_sessions("acme", names)
        path = cluster.folder / "receipts"
        with Traffic(cluster, "acme", names, 2, path) as traffic:
            reason = fill_until_paused(cluster, traffic)
            cluster.map_bytes = LARGE_MAP
            cluster.write_config()
            cluster.ledgerquest("restart", "persist", "load")
            client = goes_on(cluster, traffic)
        counts = judge_all(cluster, path)
        return (f"paused for {reason!r}; then {counts['applied']} applied, {client.came_again} said again "
                f"after a refusal, no letter")


def a_full_disk():
    with Cluster(start=False) as cluster:
        data = cluster.run / "data"
        data.mkdir(parents=True)
        if os.geteuid() != 0 or subprocess.run(["mount", "-t", "tmpfs", "-o", f"{SMALL_DISK},mode=700", "tmpfs",
                                                str(data)], check=False, capture_output=True).returncode != 0:
            return "left out: no right to mount a small file system"
        try:
            return fill_disk(cluster, data)
        finally:
            cluster.ledgerquest("down")
            subprocess.run(["umount", str(data)], check=True)


def fill_disk(cluster, data):
    ballast = data / "ballast"
    ballast.write_bytes(b"x" * (16 << 20))
    cluster.ledgerquest("up")
    names = [f"s{number}" for number in range(SESSIONS)]
    cluster.create_sessions("acme", names)
    path = cluster.folder / "receipts"
    with Traffic(cluster, "acme", names, 2, path) as traffic:
        reason = fill_until_paused(cluster, traffic)
        ballast.unlink()
        client = goes_on(cluster, traffic)
    counts = judge_all(cluster, path)
    return (f"paused for {reason!r}; then {counts['applied']} applied, {client.came_again} said again "
            f"after a refusal, no letter")


if __name__ == "__main__":
    run_tests("store_full", [a_full_map, a_full_disk])
