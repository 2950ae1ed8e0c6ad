#!/usr/bin/python3
# SPDX-License-Identifier: MPL-2.0
# SPDX-FileCopyrightText: The LedgerQuest Engine authors
"""A full map or disk is trouble of the house: commands wait or are refused with that reason, nothing becomes a
dead letter, nothing acknowledged is lost, and work goes on when there is room again. Letters without room wait as
well."""

import os
import subprocess

from cluster import Cluster, check, run_tests, wait_until
from test_dead_letters import MarkedCluster, letter_name
from wire_client import Traffic, WireClient, custom, judge

SESSIONS = 20
SMALL_MAP, LARGE_MAP = "2M", "1G"
SMALL_DISK = "size=24m"
BROKER_MAP, LETTERS, LONG_COMMAND = "1M", 60, b"y" * 16000


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


def refused_meanwhile(cluster):
    """A command that comes now is refused with the reason; status, lists and what is stored stay readable."""
    with WireClient(cluster, "acme") as client:
        client.submit("s0", custom("x"))
        def heard():
            client.turn()
            return client.came_again > 0 or not client.waiting
        wait_until(heard, "the command is refused as too early, or taken")
        check(cluster.session("acme/s0")["frame"] > 0 and not cluster.status()["healthy"], "status")
        return client.came_again > 0


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
        cluster.map_bytes = f"{SMALL_MAP}\n    map_bytes_max = {SMALL_MAP}"  # in the same section
        cluster.write_config()
        cluster.ledgerquest("up")
        names = [f"s{number}" for number in range(SESSIONS)]
        cluster.create_sessions("acme", names)
        path = cluster.folder / "receipts"
        with Traffic(cluster, "acme", names, 2, path) as traffic:
            reason = fill_until_paused(cluster, traffic)
            said_early = refused_meanwhile(cluster)
            cluster.map_bytes = LARGE_MAP
            cluster.write_config()
            cluster.ledgerquest("restart", "persist", "load")
            client = goes_on(cluster, traffic)
        counts = judge_all(cluster, path)
        check(said_early, "nobody was refused while it was paused")
        check("cannot be written: map full" in cluster.log_text("persist-1") or "map full" in reason, "no message")
        return (f"paused for {reason!r}; then {counts['applied']} applied, {client.came_again} said again "
                f"after a refusal, no letter")


def on_small_disk(cluster, test):
    """test(cluster, its data folder), which is a small file system of its own."""
    data = cluster.run / "data"
    data.mkdir(parents=True, exist_ok=True)
    if os.geteuid() != 0 or subprocess.run(["mount", "-t", "tmpfs", "-o", f"{SMALL_DISK},mode=700", "tmpfs",
                                            str(data)], check=False, capture_output=True).returncode != 0:
        return "left out: no right to mount a small file system"
    try:
        return test(cluster, data)
    finally:
        cluster.ledgerquest("down")
        subprocess.run(["umount", str(data)], check=True)


def a_full_disk():
    with Cluster(start=False) as cluster:
        return on_small_disk(cluster, fill_disk)


def fill_disk(cluster, data):
    ballast = data / "ballast"
    ballast.write_bytes(b"x" * (16 << 20))
    cluster.ledgerquest("up")
    names = [f"s{number}" for number in range(SESSIONS)]
    cluster.create_sessions("acme", names)
    path = cluster.folder / "receipts"
    with Traffic(cluster, "acme", names, 2, path) as traffic:
        reason = fill_until_paused(cluster, traffic)
        pids = cluster.pids()
        refused_meanwhile(cluster)
        ballast.unlink()
        client = goes_on(cluster, traffic)
        check(cluster.pids() == pids, "somebody had to be started again")
    counts = judge_all(cluster, path)
    return (f"paused for {reason!r}; then {counts['applied']} applied, {client.came_again} said again "
            f"after a refusal, no letter")


# ---- no room for letters ----

def fill_letters(cluster, client, names):
    """A poisoned command for each session, and a long one beside it: the letter holds what the stage was given.
    Until the broker's store has no room; how many letters had some."""
    for name in names:
        client.submit(name, custom("fail"))
        client.submit(name, custom(LONG_COMMAND))
    wait_until(lambda: client.turn() or "letters wait, nothing is dropped" in cluster.log_text("broker"),
               "the broker's store is full")
    stored = client.by_outcome["dead_lettered"]
    check(stored < len(names), "there was room for all")
    return stored


def letters_find_room(cluster, client, names, others=0):
    client.drain()
    done = client.by_outcome["applied"] + client.by_outcome["duplicate"]
    check((client.by_outcome["dead_lettered"], done) == (len(names), len(names) + others), f"{client.by_outcome}")
    ids = {letter_name(receipt.letter_id) for receipt in client.receipts if receipt.letter_id}
    check({letter["id"] for letter in cluster.letters()} == ids and len(ids) == len(names), "letters")
    check(cluster.status()["letters_open"] == len(names), f"{cluster.status()['letters_open']} open")


def letters_on_a_full_disk(cluster, data):
    cluster.ledgerquest("up")
    names = [f"s{number}" for number in range(LETTERS)]
    cluster.create_sessions("acme", [*names, "live"])
    pids = cluster.pids()
    ballast = data / "ballast"
    with open(ballast, "wb", buffering=0) as file:
        try:
            while True:
                file.write(b"x" * 4096)
        except OSError:
            pass
    with WireClient(cluster, "acme") as client:
        stored = fill_letters(cluster, client, names)
        ballast.unlink()
        letters_find_room(cluster, client, names)
    check(cluster.pids() == pids, "somebody had to be started again")
    return f"{len(names) - stored} of {len(names)} letters waited for room on the disk, none was lost"


def letters_wait_for_the_disk():
    with MarkedCluster(start=False) as cluster:
        return on_small_disk(cluster, letters_on_a_full_disk)


def letters_wait_for_the_map():
    """The broker's own map: raise broker/store_map_bytes and restart the broker. What waited is said again."""
    with MarkedCluster(f"broker\n    store_map_bytes = {BROKER_MAP}\n") as cluster, \
            WireClient(cluster, "acme") as client:
        names = [f"s{number}" for number in range(LETTERS)]
        cluster.create_sessions("acme", [*names, "live"])
        stored = fill_letters(cluster, client, names)
        client.submit("live", custom("x"))
        wait_until(lambda: client.turn() is not None and client.per_session["live"] == 0,
                   "a session beside those that wait goes on")
        cluster.options = ""
        cluster.write_config()
        cluster.ledgerquest("restart", "broker")
        letters_find_room(cluster, client, names, 1)
        return f"{len(names) - stored} of {len(names)} letters waited for a larger map, none was lost"


if __name__ == "__main__":
    run_tests("store_full", [a_full_map, a_full_disk, letters_wait_for_the_disk, letters_wait_for_the_map])
