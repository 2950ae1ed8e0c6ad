#!/usr/bin/python3
# SPDX-License-Identifier: MPL-2.0
# SPDX-FileCopyrightText: The LedgerQuest Engine authors
"""The change feed as a consumer sees it: complete and in one order over the deaths of persist, broker and himself; what
he has passed is trimmed, what a dead one holds is bounded; and both verifications hold beside all of it."""

import json
import random
import signal
import subprocess
import threading

from cluster import ROOT, SLOWNESS, WAIT_S, Cluster, check, run_tests, wait_until
from test_dead_letters import MarkedCluster, die, letter_name
from wire_client import LEAVE, Traffic, WireClient, command, join

SESSIONS = [f"s{number}" for number in range(12)]
KILLS = 6
EVENTS, OUTBOX_BYTES = 600, 20000  # of some 140 bytes each


def position_of(text):
    return tuple(map(int, text.split(":")))


class Comings(Traffic):
    """Players join and leave: each command has an event."""

    def body(self, sequence):
        return join() if sequence % 2 else command(LEAVE)


def try_read(cluster, *words):
    """(exit code, entries, stderr)"""
    process = cluster.lqctl_process("feed", "read", *words)
    output, errors = process.communicate()
    return process.returncode, [json.loads(line) for line in output.splitlines()], errors


def read_feed(cluster, *words):
    code, entries, errors = try_read(cluster, *words)
    check(code == 0, f"feed read {words}: {code}: {errors}")
    return entries


def check_order(entries):
    """Records and entries of the outbox by their sequences, each entry behind its record."""
    at = [0, 0]
    for entry in entries:
        of_record = entry["kind"] == "record"
        at[not of_record] += 1
        check(entry["sequence"] == at[not of_record], f"behind {at}: {entry}")
        check(position_of(entry["position"]) == tuple(at), f"position {entry['position']} is not {at}")
        check(of_record or entry["after_record"] == at[0], f"{entry} stands behind record {at[0]}")


def verify(cluster):
    cluster.lqctl("verify")
    subprocess.run(["/usr/bin/python3", ROOT / "examples" / "verify_in_python" / "verify_ledger.py", cluster.ledger,
                    "--master-key", cluster.master_key, "--json"], check=True, stdout=subprocess.DEVNULL)


class Consumer(threading.Thread):
    """Reads on from its cursor, keeps what it has read, then moves the cursor; sometimes it dies in between."""

    def __init__(self, cluster, seed):
        super().__init__()
        self.cluster, self.draw, self.kept, self.again = cluster, random.Random(seed), {}, 0
        self.stopped, self.error = threading.Event(), None

    def run(self):
        try:
            while not self.stopped.is_set():
                self.take()
        except Exception as error:  # pylint: disable=broad-except
            self.error = error

    def take(self):
        entries = read_feed(self.cluster, "--cursor", "consumer", "-n", "1000")
        for entry in entries:
            key = entry["kind"] == "record", entry["sequence"]
            self.again += key in self.kept
            check(self.kept.setdefault(key, entry) == entry, f"{entry} was {self.kept[key]} before")
        if entries and self.draw.random() < 0.7:
            code, output, errors = self.cluster.try_lqctl("feed", "set", "consumer", entries[-1]["position"])
            check(code in (0, 5, 75), f"feed set: {code}: {output} {errors}")


def the_feed_is_complete_over_deaths():
    with Cluster() as cluster:
        cluster.create_sessions("acme", SESSIONS)
        cluster.lqctl("feed", "set", "consumer", "0:0")
        consumer = Consumer(cluster, 7)
        with Comings(cluster, "acme", SESSIONS, 2) as traffic:
            consumer.start()
            for number in range(KILLS):
                instance = ("persist-1", "broker", "load-1")[number % 3]
                before, pid = len(traffic.client.receipts), cluster.pid(instance)
                cluster.kill(instance)
                cluster.wait_pid(instance, other_than=pid)
                wait_until(lambda: len(traffic.client.receipts) > before + 100 // SLOWNESS, f"work goes on after {instance}")
                check(consumer.error is None, f"consumer: {consumer.error}")
                verify(cluster)
        cluster.wait_serving()
        newest = position_of(cluster.lqctl("feed", "show")["position"])
        wait_until(lambda: consumer.error or ((True, newest[0]) in consumer.kept and (False, newest[1]) in consumer.kept),
                   "the consumer has read all")
        consumer.stopped.set()
        consumer.join()
        check(consumer.error is None, f"consumer: {consumer.error}")
        for of_record, last in zip((True, False), newest):
            missing = [number for number in range(1, last + 1) if (of_record, number) not in consumer.kept]
            check(not missing, f"{'records' if of_record else 'entries'} {missing[:5]} were never read")
        named = {entry["name"] for entry in consumer.kept.values() if entry["kind"] == "session"}
        check(named == set(SESSIONS), f"sessions {named}")
        verify(cluster)
        last = cluster.lqctl("feed", "show")
        check(last["entries"] < newest[1], "what the consumer has passed was not trimmed")
    return (f"{newest[0]} records and {newest[1]} entries over {KILLS} kills, none missing, {consumer.again} read again; "
            f"{last['entries']} entries left")


def one_order_with_notes_of_all_kinds():
    with MarkedCluster() as cluster:
        cluster.wait_serving()
        cluster.create_sessions("acme", ["s0", "s1"])
        with WireClient(cluster, "acme") as client:
            receipt = die(cluster, client, "s0")
        name = letter_name(receipt.letter_id)
        cluster.mend()
        cluster.wait_serving()
        cluster.lqctl("dlq", "redrive", name, "--wait")
        entries = read_feed(cluster)
        check_order(entries)
        kinds = {entry["kind"] for entry in entries}
        check(kinds >= {"record", "tenant", "session", "key", "letter"}, f"kinds {kinds}")
        check([entry["letter"] for entry in entries if entry["kind"] == "letter"] == [name], "the letter is told")
        sealed = read_feed(cluster, "--no-key")
        check([entry["position"] for entry in sealed] == [entry["position"] for entry in entries], "sealed, the same")
        check(not any("tenant" in entry for entry in sealed), "sealed, no names of records")
    return f"{len(entries)} entries of kinds {', '.join(sorted(kinds))}"


def a_dropped_follower_ends():
    """It stands still for longer than the bound lasts, and is told so when it goes on."""
    cluster = Cluster()
    cluster.map_bytes += f"\n    outbox_bytes_max = {OUTBOX_BYTES}"
    with cluster:
        cluster.create_sessions("acme", SESSIONS)
        follower = cluster.lqctl_process("feed", "follow", "still")
        wait_until(lambda: cluster.lqctl("feed", "show")["cursors"], "its cursor is set")
        cluster.create_sessions("acme", ["late"])
        first = json.loads(follower.stdout.readline())
        follower.send_signal(signal.SIGSTOP)
        with Comings(cluster, "acme", SESSIONS, 2) as traffic:
            wait_until(lambda: "cursor still is dropped" in cluster.log_text("persist-1"), "its cursor is dropped")
            before = len(traffic.client.receipts)
            follower.send_signal(signal.SIGCONT)
            output, errors = follower.communicate(timeout=WAIT_S)
            wait_until(lambda: len(traffic.client.receipts) > before + 20, "work goes on")
        told = any(text in errors for text in ("was dropped", "was trimmed", "keeps the latter from"))
        check(follower.returncode == 3 and told, f"{follower.returncode}: {errors}")
    return f"from {first['position']} on, {len(output.splitlines())} entries, then: {errors.strip()}"


def followers_over_their_deaths():
    import feed_storm  # which uses this module  # pylint: disable=import-outside-toplevel
    return ", ".join(f"{name} {count}" for name, count in feed_storm.run(8 // SLOWNESS, 5).items())


def a_dead_consumer_does_not_fill_the_disk():
    cluster = Cluster()
    cluster.map_bytes += f"\n    outbox_bytes_max = {OUTBOX_BYTES}"  # the line behind it, in the same section
    with cluster:
        cluster.create_sessions("acme", SESSIONS)
        cluster.lqctl("feed", "set", "dead", "0:0")
        with Comings(cluster, "acme", SESSIONS, 2) as traffic:
            wait_until(lambda: len(traffic.client.receipts) > EVENTS, "events come")
        state = cluster.lqctl("feed", "show")
        check(state["bytes"] <= OUTBOX_BYTES, f"{state['bytes']} bytes of outbox")
        check(state["cursors"] == [], f"cursors {state['cursors']}")
        check(cluster.log_text("persist-1").count("cursor dead is dropped") == 1, "the log names the cursor once")
        code, _, errors = try_read(cluster, "--after", "0:0")
        check(code == 3 and "was trimmed" in errors, f"{code}: {errors}")
        read_feed(cluster, "--after", f"0:{state['first_entry'] - 1}")
        verify(cluster)
    return f"{state['position']} with at most {state['bytes']} bytes of outbox"


if __name__ == "__main__":
    run_tests("test_feed", [one_order_with_notes_of_all_kinds, the_feed_is_complete_over_deaths,
                            a_dead_consumer_does_not_fill_the_disk, a_dropped_follower_ends, followers_over_their_deaths])
