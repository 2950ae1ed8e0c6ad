#!/usr/bin/python3
# SPDX-License-Identifier: MPL-2.0
# SPDX-FileCopyrightText: The LedgerQuest Engine authors
# not sanitized: the mirror's programs are in test_mirror, test_mirror_faults and test_restore
"""Tenants whose durability is `mirrored`: nothing that tells of a frame comes before the table has the frame, whatever becomes
of the table, the broker and the mirror; tenants that are `local` do not notice."""

import struct
import time

from cluster import SLOWNESS, WAIT_S, Cluster, check, run_tests, wait_until
from cloud_cluster import CloudCluster
from fault_proxy import FaultProxy
from service_doubles import TABLE, Double
from table_reader import Segment
from wire_client import Traffic, Watcher, WireClient, join, thrust

SESSIONS = [f"s{number}" for number in range(6)]
MIRRORED, LOCAL = "acme", "beta"
HELD_MAX = 40
QUIET_S = 2 * SLOWNESS
# What stalled requests are asked again after, by the mirror and by its gateway.
BACK_S = 60 * SLOWNESS
RECORD = struct.Struct("<HBBI8QII")


class TenantStream:
    """What the table has of a tenant's records, read on whenever it is asked."""

    def __init__(self, client, tenant):
        self.client, self.pk = client, f"T#{tenant}#P#0"
        self.last, self.unfinished = "L#", b""
        self.frames, self.sessions = {}, {}  # H -> (session number, frame); session number -> newest frame

    def read_on(self):
        between = {":p": {"S": self.pk}, ":a": {"S": self.last + "0"}, ":b": {"S": "L#~"}}
        page = self.client.query(TableName=TABLE, ConsistentRead=True, ExpressionAttributeValues=between,
                                 KeyConditionExpression="pk = :p AND sk BETWEEN :a AND :b")
        for item in page["Items"]:
            self.take(Segment(item))
        check("LastEvaluatedKey" not in page, "more than a page of segments at a time")

    def take(self, segment):
        self.last = segment.sk
        for kind, flags, _, data in segment.each_piece():
            self.unfinished = data if flags & 1 else self.unfinished + data
            if flags & 2 and kind == 1:
                header = RECORD.unpack_from(self.unfinished, 8)
                session, frame = header[6], header[7]
                self.frames[self.unfinished[120:152].hex()] = (session, frame)
                self.sessions[session] = max(self.sessions.get(session, 0), frame)

    def has(self, block_hash):
        if block_hash not in self.frames:
            self.read_on()
        return block_hash in self.frames


class Suspicious(WireClient):
    """Looks into the table at each receipt."""

    stream = None

    def keep(self, taken):
        for receipt in taken:
            if receipt.outcome in ("applied", "refused"):
                check(self.stream.has(receipt.hash), f"{receipt} before the table has its frame")
                self.numbers[receipt.session] = self.stream.frames[receipt.hash][0]
            elif receipt.outcome == "duplicate" and receipt.session in self.numbers:
                number = self.numbers[receipt.session]
                if self.stream.sessions[number] < receipt.frame:
                    self.stream.read_on()
                check(self.stream.sessions[number] >= receipt.frame, f"{receipt} before the table has its frame")
        super().keep(taken)

    numbers = {}


class Doubter(Traffic):
    """A tenant's traffic whose receipts are looked up in the table as they come."""

    def __init__(self, cluster, client, tenant, sessions, depth):
        super().__init__(cluster, tenant, sessions, depth)
        self.client.close()
        self.client = Suspicious(cluster, tenant)
        self.client.stream, self.client.numbers = TenantStream(client, tenant), {}


def stalled(proxy, cluster):
    """Nothing more gets into the table; with what was under way told."""
    proxy.always = "throttle"
    wait_until(lambda: proxy.seen and proxy.seen[-1][2] == "throttle", "the table stalls", 3 * WAIT_S)
    return cluster


def status_of(cluster, tenant):
    document = cluster.lqctl("mirror", "status")
    return document, next((row for row in document["tenants"] if row["tenant"] == tenant), None)


def prepare(cluster, sessions=tuple(SESSIONS)):
    """Both tenants with their sessions, the one mirrored from the start."""
    cluster.lqctl("tenant", "create", MIRRORED)
    shown = cluster.lqctl("tenant", "durability", MIRRORED, "mirrored", "--flush-ms", "100")
    check(shown["durability"] == {"policy": "mirrored", "own": True, "flush_ms": 100, "history_days": None}, f"{shown}")
    for tenant in (MIRRORED, LOCAL):
        cluster.create_sessions(tenant, list(sessions))


def in_order(receipts):
    """Each command once; applied ones of a session in the order of their numbers."""
    seen, frames = set(), {}
    for receipt in sorted(receipts, key=lambda one: one.sequence):
        key = receipt.session, receipt.sequence
        check(key not in seen, f"two receipts for {key}")
        seen.add(key)
        if receipt.outcome == "applied":
            check(receipt.frame >= frames.get(receipt.session, 0), f"{receipt} behind {frames}")
            frames[receipt.session] = receipt.frame
    return len(seen)


def nothing_tells_of_a_frame_before_the_table_has_it():
    with Double("ministack") as double, FaultProxy(double.port) as proxy, \
            CloudCluster(proxy.url, flush_ms=200, options=f"broker\n    held_answers_max = {HELD_MAX}\n") as cluster:
        client = double.make_table()
        prepare(cluster)
        watched = TenantStream(client, MIRRORED)
        watcher = Watcher(cluster, (MIRRORED, SESSIONS[0]), (MIRRORED, SESSIONS[1], True))
        notices = 0
        with Doubter(cluster, client, MIRRORED, SESSIONS, 6) as ours, Traffic(cluster, LOCAL, SESSIONS, 1) as others:
            wait_until(lambda: len(ours.client.receipts) > 200 // SLOWNESS or ours.error, "mirrored receipts", 3 * WAIT_S)
            look_for_error(ours)
            notices += look_at_notices(watcher, watched, 60)
            stalled(proxy, cluster)
            # Alone it may hold half of them.
            wait_until(lambda: status_of(cluster, MIRRORED)[1]["held"] >= HELD_MAX // 2, "the bound", BACK_S, pause_s=0.2)
            late = WireClient(cluster, MIRRORED)
            late.submit(SESSIONS[0], thrust(1, 1))
            wait_until(lambda: late.turn() or late.refusals["MIRROR_BEHIND"] > 0, "MIRROR_BEHIND")
            held = status_of(cluster, MIRRORED)[1]
            before, of_others = len(ours.client.receipts), len(others.client.receipts)
            cluster.kill("broker")
            cluster.wait_serving()
            wait_until(lambda: len(others.client.receipts) > of_others + 100 // SLOWNESS, "the others go on", 3 * WAIT_S)
            time.sleep(QUIET_S)  # nothing shall happen: there is nothing to wait for
            check(len(ours.client.receipts) == before, f"{len(ours.client.receipts) - before} receipts from a stalled table")
            check(others.client.refusals["MIRROR_BEHIND"] == 0, f"the others were refused: {others.client.refusals}")
            proxy.always = ""
            wait_until(lambda: len(ours.client.receipts) > before + 200 // SLOWNESS or ours.error, "receipts again", BACK_S)
            look_for_error(ours)
            notices += look_at_notices(watcher, watched, 60)
            late.drain()
            mine = ours.stop()
            others.stop()
        cluster.wait_mirrored(client)
        watcher.close()
        late.close()
        count = in_order(mine.receipts)
        check(count == ours.submitted, f"{count} receipts for {ours.submitted} commands")
        document, row = status_of(cluster, MIRRORED)
        check(document["held"] == 0 and row["waiting"] == 0, f"{document}")
    return (f"{count} receipts, {mine.by_outcome['duplicate']} of them duplicates, and {notices} notices, each behind its frame; "
            f"{held['held']} held while the table stood still, {late.refusals['MIRROR_BEHIND']} refusals, none for the other tenant")


def look_for_error(traffic):
    """Whatever it has seen ends it, and everything else would wait in vain."""
    if traffic.error:
        traffic.stop()


def look_at_notices(watcher, stream, count):
    """Each frame that is told of is in the table."""
    for _ in range(count):
        told = watcher.next(2 * WAIT_S)
        check(told is not None, "no notice of a frame")
        check(stream.has(told[1].hash.hex()), f"frame {told[1].frame} was told before the table has it")
    return count


def a_new_broker_is_told_of_a_table_at_rest():
    """No frame is made after the broker has gone: the mirror tells the next one all the same."""
    with Double("ministack") as double, CloudCluster(double.url, flush_ms=100) as cluster:
        client = double.make_table()
        prepare(cluster, SESSIONS[:1])
        with WireClient(cluster, MIRRORED) as mine:
            first = mine.ask(SESSIONS[0], join())
            cluster.wait_mirrored(client)
            pid = cluster.pid("broker")
            cluster.kill("broker")
            cluster.wait_pid("broker", other_than=pid)
            again = mine.ask(SESSIONS[0], join(), sequence=1)
        check(again.outcome == "duplicate" and again.frame == first.frame, f"{first}, then {again}")
        document, row = status_of(cluster, MIRRORED)
        check(document["mirror"] is not None and row["durability"]["policy"] == "mirrored", f"{document}")
        code, text = cluster.try_program("lqctl", "mirror", "status")
        check(code == 0 and text.startswith("claim ") and MIRRORED in text, f"{code} {text}")
    return "the durability is kept, and a duplicate is told of at once"


def what_is_held_is_let_go_by_another_durability():
    with Double("ministack") as double, FaultProxy(double.port) as proxy, CloudCluster(proxy.url, flush_ms=100) as cluster:
        client = double.make_table()
        prepare(cluster)
        with WireClient(cluster, MIRRORED) as mine:
            mine.ask(SESSIONS[0], thrust(1, 1))
            stalled(proxy, cluster)
            for session in SESSIONS:
                mine.submit(session, thrust(1, 2))
            wait_until(lambda: mine.turn() or status_of(cluster, MIRRORED)[1]["held"] >= len(SESSIONS), "answers are held")
            check(len(mine.receipts) == 1, f"{mine.receipts[1:]} from a stalled table")
            code, document, errors = cluster.try_lqctl("session", "create", f"{MIRRORED}/late", "-t", "2s")
            check(code != 0, f"created although the table stalls: {document}")
            check("is mirrored: answers are held" in errors, errors)
            cluster.lqctl("tenant", "durability", MIRRORED, "local")
            mine.drain()
            created = cluster.lqctl("session", "create", f"{LOCAL}/late")
            check(created["session"] is not None, f"{created}")
        proxy.always = ""
        cluster.wait_mirrored(client, BACK_S)
        count = in_order(mine.receipts)
    return f"{count} receipts, all but one when the tenant became local while the table stood still"


def without_a_mirror_it_is_said_why():
    with Cluster() as cluster:
        cluster.create_sessions(MIRRORED, SESSIONS[:1])
        cluster.lqctl("tenant", "durability", MIRRORED, "mirrored")
        session = f"{MIRRORED}/{SESSIONS[0]}"
        for words in (["submit", session, "Join", "x=1", "y=1", "radius=0.5"], ["session", "create", f"{MIRRORED}/late"]):
            code, document, errors = cluster.try_lqctl("-t", "2s", *words)
            check(code != 0 and "no mirror has reported to this broker" in errors and
                  f"lqctl tenant durability {MIRRORED} local" in errors, f"{words}: {code} {document} {errors}")
        cluster.lqctl("tenant", "durability", MIRRORED, "local")
        check(cluster.lqctl("submit", session, "Spawn", "x=1", "y=1", "radius=0.1")["applied"] == 1, "it goes on")
    return "a command and a creation that nobody answers: who holds them, and what to do"


def a_lost_claim_stops_mirrored_tenants():
    with Double("ministack") as double, CloudCluster(double.url, flush_ms=100) as cluster:
        client = double.make_table()
        prepare(cluster)
        stream = TenantStream(client, MIRRORED)
        with WireClient(cluster, MIRRORED) as mine, WireClient(cluster, LOCAL) as other:
            mine.ask(SESSIONS[0], thrust(1, 1))
            cluster.wait_mirrored(client)
            stream.read_on()
            number = int(stream.last[2:]) + 1
            client.put_item(TableName=TABLE, Item={"pk": {"S": stream.pk}, "sk": {"S": f"L#{number:020}"}, "h": {"B": b"somebody's"}})
            mine.submit(SESSIONS[0], thrust(1, 2))
            wait_until(lambda: mine.turn() or cluster.lqctl("mirror", "status")["mirror"]["over"], "the mirror is over", 3 * WAIT_S)
            cluster.wait_mirror_failed(["what is there cannot be read"])
            mine.submit(SESSIONS[1], thrust(1, 2))
            wait_until(lambda: mine.turn() or mine.refusals["BROKER_PAUSED"] > 0, "BROKER_PAUSED")
            check(len(mine.receipts) == 1, f"{mine.receipts[1:]} without a mirror")
            check(other.ask(SESSIONS[0], join()).outcome == "applied", "the other tenant")
    return "BROKER_PAUSED for the mirrored tenant, receipts for the other"


if __name__ == "__main__":
    run_tests("test_mirrored_receipts", [nothing_tells_of_a_frame_before_the_table_has_it, a_new_broker_is_told_of_a_table_at_rest,
                                         what_is_held_is_let_go_by_another_durability, without_a_mirror_it_is_said_why,
                                         a_lost_claim_stops_mirrored_tenants])
