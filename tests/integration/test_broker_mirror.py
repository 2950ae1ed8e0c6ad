#!/usr/bin/python3
# SPDX-License-Identifier: MPL-2.0
# SPDX-FileCopyrightText: The LedgerQuest Engine authors
"""What the broker's own store was told goes to the control stream of the table: letters, live and parked sessions, quotas, what
operators did; over deaths of broker and mirror; and an old copy of that store alone is refused."""

import pathlib
import random
import shutil
import tempfile
import time

from cluster import WAIT_S, check, marked_program, pipeline_with, run_tests, wait_until
import broker_store_reader
from broker_entries import ACTION, DELETE, EPOCH, PUT, TABLES
from cloud_cluster import CloudCluster
from service_doubles import Double
from test_dead_letters import MarkedCluster, die, letter_name
from wire_client import ADMIN, ADMIN_REPLY, HELLO, WELCOME, WireClient, actor_pb2, client_pb2, custom, header

DOUBLE = "ministack"
SESSIONS = [f"s{number}" for number in range(8)]
SET_BROKER_CURSOR = 18
ROUNDS = 4


class BrokerMirror(CloudCluster):
    """With a stage that dies of marked commands, until mend()."""

    def __init__(self, url, more=""):
        self.documents = tempfile.TemporaryDirectory(prefix="lq-pipe-")
        pipeline, policy = pipeline_with(pathlib.Path(self.documents.name), "marked", timeout_ms=300)
        super().__init__(url, more=more, stages=[("marked", ["env", marked_program()], 2)], pipeline=pipeline, policy=policy)

    mend = MarkedCluster.mend

    def __exit__(self, *words):
        try:
            super().__exit__(*words)
        finally:
            self.documents.cleanup()

    def kill_and_wait(self, instance):
        pid = self.kill(instance)
        self.wait_pid(instance, other_than=pid)

    def is_mirrored(self, client):
        """The broker's entries; sessions with a rate always have frames that are not in the table yet."""
        mark = self.mark(client)
        return mark and mark[2] == self.position()[2]


def ask_administrator(client, **request):
    """A request of administration as lqctl makes it, and nothing around it; the answer."""
    deadline = time.monotonic() + WAIT_S
    client.send_parts([header(HELLO, client_pb2.Hello(client=client.client))])
    while time.monotonic() < deadline:
        if not client.socket.poll(100):
            client.send_parts([header(HELLO, client_pb2.Hello(client=client.client))])
            continue
        kind, body = (parts := client.socket.recv_multipart())[0][3], parts[0][4:]
        if kind == WELCOME:
            client.send_parts([header(ADMIN, client_pb2.AdminRequest(
                epoch=actor_pb2.Welcome.FromString(body).epoch, client=client.client, tag=7, **request))])
        elif kind == ADMIN_REPLY:
            return client_pb2.AdminReply.FromString(body)
    raise TimeoutError(f"no answer to {request}")


def set_broker_cursor(client, name, sequence):
    """As any reader of the broker's outbox does; the answer."""
    return ask_administrator(client, kind=SET_BROKER_CURSOR,
                             cursor=client_pb2.FeedCursor(name=name, outbox_sequence=sequence))


def do_all_there_is(cluster, client, number):
    """A letter is purged, one redriven, a session parked and resumed, another gets a rate, a tenant quotas."""
    purged, redriven, parked = (f"{name}{number}" for name in ("purged", "redriven", "parked"))
    cluster.create_sessions("acme", [purged, redriven, parked])
    cluster.create_sessions("acme", [f"live{number}"], "--rate", "5")
    cluster.lqctl("dlq", "purge", letter_name(die(cluster, client, purged).letter_id), "--yes")
    letter = letter_name(die(cluster, client, redriven).letter_id)
    cluster.lqctl("dlq", "redrive", letter)
    for _ in range(3):
        die(cluster, client, parked)
    wait_until(lambda: cluster.status()["sessions_parked"] == 1, "it is parked")
    check(cluster.lqctl("session", "resume", f"acme/{parked}")["count"] == 1, "resumed")
    cluster.lqctl("tenant", "quota", "acme", "--letters", str(1000 + number))


def everything_is_in_the_control_stream_over_deaths():
    draw = random.Random(3)
    with Double(DOUBLE) as double, BrokerMirror(double.url) as cluster:
        table = double.make_table()
        with WireClient(cluster, "acme") as client:
            check(set_broker_cursor(client, "audit", 0).feed.cursors[0].name == "audit", "the outbox is kept, to be compared")
        for number in range(ROUNDS):
            with WireClient(cluster, "acme") as client:
                do_all_there_is(cluster, client, number)
            for instance in draw.sample(("mirror", "broker"), 2):
                cluster.kill_and_wait(instance)
            cluster.wait_serving()
        cluster.mend()
        cluster.wait_serving()
        cluster.lqctl("dlq", "redrive", "--all", "--yes", "--wait")
        cluster.wait_mirrored(table)
        cluster.ledgerquest("down")
        copy = cluster.copy(table)
        entries = broker_store_reader.compare(copy, cluster)
        check(len(broker_store_reader.BrokerStore(cluster.run / "data" / "broker").outbox) == len(entries), "all were compared")
        told = {(entry.kind, TABLES.get(entry.table, entry.texts[2:3])) for entry in entries}
        missing = {(EPOCH, ()), *((kind, name) for kind in (PUT, DELETE) for name in ("letters", "parked")), (PUT, "live"),
                   (PUT, "quotas"), *((ACTION, (name,)) for name in ("letters.purge", "letters.redrive", "session.resume",
                                                                    "quota.set"))} - told
        check(not missing, f"nothing tells of {missing}")
    return f"{len(entries)} entries in {copy.segments} segments, over {ROUNDS} deaths each of broker and mirror"


def a_letter_goes_over_segments():
    with Double(DOUBLE) as double, BrokerMirror(double.url, "    segment_bytes_max = 4096\n") as cluster:
        table = double.make_table()
        cluster.create_sessions("acme", SESSIONS)
        cluster.wait_mirrored(table)
        with WireClient(cluster, "acme") as client:
            for session in SESSIONS:
                client.submit(session, custom("x" * 12000))
                client.submit(session, custom("fail"))
            client.drain()
            check(client.by_outcome["dead_lettered"] > 0, f"{client.by_outcome}")
            die(cluster, client, SESSIONS[0])
            check(set_broker_cursor(client, "audit", 1).feed.cursors[0].name == "audit", "a cursor")
        cluster.kill_and_wait("mirror")
        cluster.wait_mirrored(table)
        copy = cluster.copy(table)
        entries = broker_store_reader.compare(copy, cluster)
        longest = max(len(entry.value) for entry in entries if entry.value)
        cursors = cluster.lqctl("feed", "drop", "audit")["broker"]["cursors"]
        check([cursor["cursor"] for cursor in cursors] == ["mirror"], f"{cursors}")
        code, _, errors = cluster.try_lqctl("feed", "drop", "audit")
        check(code == 3 and "no such cursor" in errors, f"dropped again: {code}: {errors}")
    check(longest > 4096, f"the longest value has {longest} bytes")
    return f"{len(entries)} entries, the longest value {longest} bytes, in segments of 4 KiB"


def an_old_copy_of_the_brokers_store_is_refused():
    with Double(DOUBLE) as double, BrokerMirror(double.url) as cluster:
        table = double.make_table()
        cluster.create_sessions("acme", SESSIONS)
        cluster.wait_mirrored(table)
        store, old = cluster.run / "data" / "broker", cluster.folder / "old"
        cluster.ledgerquest("down")
        shutil.copytree(store, old)
        cluster.ledgerquest("up")
        cluster.lqctl("tenant", "quota", "acme", "--letters", "5")
        cluster.wait_mirrored(table)
        cluster.ledgerquest("down")
        items = cluster.copy(table).items
        shutil.rmtree(store)
        shutil.copytree(old, store)
        cluster.try_ledgerquest("up")
        behind = cluster.wait_mirror_failed(("which this store has not", "behind the table"))
        for number in range(9):  # it goes further than the table, another way
            cluster.lqctl("tenant", "quota", "acme", "--letters", str(10 + number))
        cluster.try_ledgerquest("restart", "mirror")
        different = cluster.wait_mirror_failed(("different from the table",))
        check(cluster.copy(table).items == items, "the table was written")
    return f"{len(items)} items unchanged; {behind[-90:]!r}, {different[-90:]!r}"


if __name__ == "__main__":
    run_tests("test_broker_mirror", [everything_is_in_the_control_stream_over_deaths, a_letter_goes_over_segments,
                                     an_old_copy_of_the_brokers_store_is_refused])
