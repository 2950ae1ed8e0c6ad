#!/usr/bin/python3
# SPDX-License-Identifier: MPL-2.0
# SPDX-FileCopyrightText: The LedgerQuest Engine authors
# not sanitized: the mirror's programs are in test_mirror, test_mirror_faults and test_restore
"""Events of lq-mirror on a double's bus, by way of a rule in a queue: each event of the ledger's outbox is there at least
once over deaths of mirror, persist and broker, with equal content, under the id that docs/cloud.md says, and never before
the table has its frame; what the bus refuses, or does not answer, holds up nothing else."""

import hashlib
import json
import random
import struct
import tempfile
import threading
import time

from cluster import SLOWNESS, Cluster, Failed, check, run_tests, wait_until
from fault_proxy import FaultProxy, check_requests
from service_doubles import BUS, TABLE, Double
from table_reader import Segment, TableCopy, read_items
from test_dead_letters import MarkedCluster, die, letter_name
from test_feed import Comings, read_feed
from test_mirror import DOUBLE, SESSIONS, Mirror, context_switches, mirrored_cluster, settled
from wire_client import WireClient

TENANTS = ("acme", "beta")
KILLS, FAILURES = 6, 200
OUTBOX_BYTES, ENTRIES_BEYOND = 250000, 4000  # some 1,500 entries
PUT_ITEM, PUT_EVENTS = "DynamoDB_20120810.PutItem", "AWSEvents.PutEvents"


def blake(*parts):
    return hashlib.blake2b(b"".join(parts), digest_size=32).digest()


def event_id(root, index):
    return blake(root, struct.pack("<I", index)).hex()


def plain(value):
    return "".join(letter if letter.isalnum() or letter in "-._~" else "_" for letter in value)


class Queue(threading.Thread):
    """Takes everything out of a queue: by id, its detail; what comes again must be the same."""

    def __init__(self, double):
        super().__init__(daemon=True)
        self.url, self.client = double.make_queue(), double.client("sqs")
        self.events, self.again, self.error = {}, 0, None
        self.halt, self.lock = threading.Event(), threading.Lock()

    def run(self):
        try:
            while not self.halt.is_set():
                self.take()
        except Exception as error:  # pylint: disable=broad-except
            self.error = error

    def take(self):
        got = self.client.receive_message(QueueUrl=self.url, MaxNumberOfMessages=10, WaitTimeSeconds=1).get("Messages", [])
        for message in got:
            entry = json.loads(message["Body"])
            detail = entry["detail"]
            check(entry["source"] == detail["source"] and entry["detail-type"] == detail["type"], f"{entry}")
            with self.lock:
                self.again += detail["id"] in self.events
                known = self.events.setdefault(detail["id"], detail)
            check(known == detail, f"{detail} was {known}")
        if got:
            self.client.delete_message_batch(QueueUrl=self.url, Entries=[
                {"Id": str(index), "ReceiptHandle": message["ReceiptHandle"]} for index, message in enumerate(got)])

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.halt.set()
        self.join()

    def of(self, *types):
        check(self.error is None, f"queue: {self.error}")
        with self.lock:
            return {key: event for key, event in self.events.items() if event["type"].startswith(types)}


class Judge:
    """A reader of the feed whose cursor keeps all of it until the end."""

    def __init__(self, cluster):
        self.cluster, self.entries = cluster, []
        cluster.lqctl("feed", "set", "judge", "0:0")

    def expected(self):
        """The events that all of it tells of, by id."""
        self.entries = read_feed(self.cluster)
        return expected_events(self.entries)[0]


def expected_events(entries):
    """What has to be told of the feed, by id; of session.created, by its name: its id needs the store's own bytes."""
    records = {entry["sequence"]: entry for entry in entries if entry["kind"] == "record"}
    events, created = {}, {}
    for entry in entries:
        frame = records.get(entry.get("after_record"))
        if entry.get("quiet"):
            continue
        if entry["kind"] == "event":
            data = {"name": entry["type"], "frame": entry["frame"], "index": entry["index"], "hash": frame["hash"],
                    **({"body": entry["body"]} if entry["body"] else {}),
                    **{name: entry[name] for name in ("client", "other", "x", "y", "impulse", "count") if name in entry}}
            events[event_id(bytes.fromhex(frame["hash"]), entry["index"])] = {
                "source": f"ledgerquest.{frame['tenant']}", "type": "tick." + plain(entry["type"]),
                "subject": frame["session"], "sequence": f"{entry['sequence']:020}", "data": data}
        elif entry["kind"] == "session":
            created[frame["tenant"], entry["name"]] = {"frame": 0, "hash": frame["hash"]}
    return events, created


def rounded(value):
    """An impulse is a float, which each writes with digits of its own."""
    if not isinstance(value, dict) or "impulse" not in value:
        return value
    return {**value, "impulse": struct.pack("<f", value["impulse"])}


def compare(queue, entries, copy):
    """All that the feed and the table tell is in the queue, and nothing else."""
    events, created = expected_events(entries)
    found = queue.of("tick.")
    missing = [key for key in events if key not in found]
    check(not missing, f"{len(missing)} of {len(events)} events are missing: {events[missing[0]] if missing else ''}")
    for key, event in found.items():
        check(key in events, f"the ledger tells of no {event}")
        for name, value in events[key].items():
            check(rounded(event[name]) == rounded(value), f"{name} of {event}: not {value}")
        check(event["specversion"] == "1.0" and event["time"].endswith("Z"), f"{event}")
    told = {(event["source"].partition(".")[2], event["subject"]): event["data"] for event in queue.of("session.created").values()}
    check(told == created, f"sessions {set(created) ^ set(told)}")
    audited = compare_audits(queue, copy)
    return len(events), len(created), audited


def compare_audits(queue, copy):
    """Each segment with records was told of, as it is."""
    wanted = {}
    for (pk, sk), item in copy.items.items():
        if pk.startswith("T#") and sk.startswith("L#"):
            segment = Segment(item)
            sessions = {}
            for kind, flags, sequence, _ in segment.each_piece():
                if kind == 1 and flags & 2:
                    record = copy.streams[pk][1, sequence]
                    session, frame = struct.unpack_from("<QQ", record, 32)
                    first = sessions.get(session, {"first_frame": frame})["first_frame"]
                    sessions[session] = {"session": session, "first_frame": first, "last_frame": frame,
                                         "hash": record[120:152].hex()}
            if sessions:
                wanted[event_id(segment.digest, 0)] = {"segment": segment.number, "claim": segment.claim,
                                                       "sessions": list(sessions.values())}
    told = {key: event["data"] for key, event in queue.of("frames.audited").items()}
    check(told == wanted, f"audits: {len(told)} of {len(wanted)} segments")
    return len(wanted)


def published_cluster(flush_ms=100):
    cluster = mirrored_cluster(flush_ms)
    cluster.options += f'    bus = "{BUS}"\n'
    return cluster


def mark_of(client):
    item = client.get_item(TableName=TABLE, Key={"pk": {"S": "P#0"}, "sk": {"S": "M"}}, ConsistentRead=True).get("Item", {})
    return {name: int(value["N"]) for name, value in item.items() if "N" in value}


def wait_published(cluster, client, mirror):
    """Until the table's state says that all is mirrored, and has left."""
    def published():
        check(mirror.process.poll() is None, f"lq-mirror ended: {mirror.log()[-2000:]}")
        feed = cluster.lqctl("feed", "show")
        ledger, outbox = map(int, feed["position"].split(":"))
        mark = mark_of(client)
        published.state = f"{mark} at {ledger}:{outbox}, {feed['broker']}"
        return [mark.get(name) for name in "loqefa"] == [ledger, outbox, feed["broker"]["entry"], outbox,
                                                         feed["broker"]["entry"], ledger]
    try:
        wait_until(published, "all is published", pause_s=0.1)
    except Failed as error:
        raise Failed(f"{error}: {published.state}") from error


def no_event_is_missing_over_deaths():
    draw = random.Random(11)
    with Double(DOUBLE) as double, FaultProxy(double.port) as proxy, published_cluster(flush_ms=300) as cluster:
        client = double.make_table()
        judge = Judge(cluster)
        with Queue(double) as queue:
            for tenant in TENANTS:
                cluster.create_sessions(tenant, SESSIONS)
            with Mirror(cluster, proxy) as mirror:
                with Comings(cluster, TENANTS[0], SESSIONS, 2) as one, Comings(cluster, TENANTS[1], SESSIONS, 1) as other:
                    for number in range(KILLS):
                        before, left = len(one.client.receipts), len(queue.events)
                        wait_until(lambda: len(one.client.receipts) > before + 200 // SLOWNESS, "work goes on")
                        # Each other time it dies with something that has left, and of which the table says nothing yet.
                        wait_until(lambda: number % 2 or len(queue.events) > left, "events leave")
                        if number % 2:
                            instance = draw.choice(("persist-1", "broker"))
                            pid = cluster.pid(instance)
                            cluster.kill(instance)
                            cluster.wait_pid(instance, other_than=pid)
                        mirror.kill()
                        mirror.start()
                    check(one.error is None and other.error is None, f"{one.error} {other.error}")
                cluster.wait_serving()
                wait_published(cluster, client, mirror)
                mirror.stop()
            events = judge.expected()
            wait_until(lambda: len(queue.of("tick.")) >= len(events), "the queue has given all")
            copy = TableCopy(client, TABLE)
            wait_until(lambda: audits_are_there(queue, copy), "and all audits")
            counts = compare(queue, judge.entries, copy)
            check_order_of_publishing(proxy)
            requests = check_requests(proxy.every)
    return (f"{counts[0]} events, {counts[1]} sessions, {counts[2]} segments told of over {KILLS} deaths of the mirror; "
            f"{queue.again} came again, the same; {requests} requests in botocore's model")


def audits_are_there(queue, copy):
    try:
        return compare_audits(queue, copy) >= 0
    except Failed:
        return False


def check_order_of_publishing(proxy):
    """No event was sent before a put of the segment that has its frame: by all requests, in the order in which they came."""
    there, begun = set(), {}
    for target, request, _ in proxy.every:
        if target == PUT_ITEM and "b" in request["Item"] and request["Item"]["sk"]["S"].startswith("L#"):
            item = {key: ({"B": decode(value["B"])} if "B" in value else value) for key, value in request["Item"].items()}
            for kind, flags, sequence, data in Segment(item).each_piece():
                if kind == 1:
                    begun[sequence] = data if flags & 1 else begun[sequence] + data  # it may end in another segment
                    if flags & 2:
                        there.add(begun[sequence][120:152].hex())
        elif target == PUT_EVENTS:
            for entry in request["Entries"]:
                data = json.loads(entry["Detail"]).get("data", {})
                check("hash" not in data or data["hash"] in there, f"an event before its frame: {entry}")


def decode(text):
    import base64
    return base64.b64decode(text)


def nothing_leaves_while_the_table_stalls():
    """Frames that the table has not are not told of, though the ledger has them."""
    with Double(DOUBLE) as double, FaultProxy(double.port) as proxy, published_cluster(flush_ms=50) as cluster:
        client = double.make_table()
        cluster.create_sessions("acme", SESSIONS)
        judge = Judge(cluster)
        with Queue(double) as queue, Mirror(cluster, proxy) as mirror:
            wait_published(cluster, client, mirror)
            wait_until(lambda: len(queue.of("session.created")) == len(SESSIONS), "sessions are told of")
            proxy.hold(PUT_ITEM)
            with Comings(cluster, "acme", SESSIONS, 1) as traffic:
                wait_until(lambda: len(traffic.client.receipts) > 200 // SLOWNESS, "work is done")
                time.sleep(2)  # the fault itself: what would leave has the time to
            sent = [entry for target, request, _ in proxy.every if target == PUT_EVENTS for entry in request["Entries"]
                    if entry["DetailType"].startswith("tick.")]
            in_table = sum(segment_has_events(item) for item in read_items(client, TABLE).values())
            check(in_table == 0 and not sent, f"{len(sent)} events left, the table has {in_table} segments of them")
            proxy.release()
            wait_published(cluster, client, mirror)
            mirror.stop()
            expected = judge.expected()
            wait_until(lambda: len(queue.of("tick.")) >= len(expected), "then all leave")
    return f"none in 2 s of a table that stalls; then {len(queue.of('tick.'))}"


def segment_has_events(item):
    if not item["sk"]["S"].startswith("L#") or not item["pk"]["S"].startswith("T#"):
        return False
    return any(kind == 2 for kind, *_ in Segment(item).each_piece())


def what_fails_alone_is_put_again_alone():
    """Entries that fail in a call come again without the healthy ones; ones that the bus takes never stop no others."""
    with Double(DOUBLE) as double, FaultProxy(double.port) as proxy, published_cluster() as cluster:
        client = double.make_table()
        draw = random.Random(3)
        left = [FAILURES]

        def fail_some(count):
            failing = sorted(draw.sample(range(count), min(left[0], draw.randint(0, count))))
            left[0] -= len(failing)
            return failing
        proxy.fail_entries = fail_some
        cluster.create_sessions("acme", SESSIONS)
        judge = Judge(cluster)
        with Queue(double) as queue, Mirror(cluster, proxy) as mirror:
            with Comings(cluster, "acme", SESSIONS, 2) as traffic:
                wait_until(lambda: len(traffic.client.receipts) > 600 // SLOWNESS, "work is done")
            wait_published(cluster, client, mirror)
            mirror.stop()
            expected = judge.expected()
            wait_until(lambda: len(queue.of("tick.")) >= len(expected), "all events have left")
            sent, failed = {}, {}
            for target, request, fault in proxy.every:
                if target == PUT_EVENTS:
                    held_back = json.loads(fault.partition(":")[2] or "[]")
                    for index, entry in enumerate(request["Entries"]):
                        key = json.loads(entry["Detail"])["id"]
                        sent[key] = sent.get(key, 0) + 1
                        failed[key] = failed.get(key, 0) + (index in held_back)
            check(all(count == failed[key] + 1 for key, count in sent.items()), "a healthy entry was put again")
            check(queue.again == 0, f"{queue.again} came twice")
    return f"{len(sent)} events, {sum(failed.values())} failures of single entries, none sent twice"


def what_the_bus_never_takes_stops_no_other():
    """A call is refused for one of its events: the others leave, that one is counted and left out."""
    with Double(DOUBLE) as double, FaultProxy(double.port) as proxy, published_cluster() as cluster:
        client = double.make_table()
        proxy.spoils = lambda entry: json.loads(entry["Detail"]).get("subject") == SESSIONS[3]
        judge = Judge(cluster)
        cluster.create_sessions("acme", SESSIONS)
        with Queue(double) as queue, Mirror(cluster, proxy) as mirror:
            with Comings(cluster, "acme", SESSIONS, 1) as traffic:
                wait_until(lambda: len(traffic.client.receipts) > 100, "work is done")
            wait_published(cluster, client, mirror)
            mirror.stop()
            expected = judge.expected()
            spoiled = {key for key, event in expected.items() if event["subject"] == SESSIONS[3]}
            wait_until(lambda: len(queue.of("tick.")) >= len(expected) - len(spoiled), "the others have left")
            check(set(queue.of("tick.")) == set(expected) - spoiled, "not all others, or one of them")
            check(len(queue.of("session.created")) == len(SESSIONS) - 1, f"{len(queue.of('session.created'))} sessions")
            check(f" {len(spoiled) + 1} refused," in mirror.log(), mirror.log()[-1000:])
    return f"{len(spoiled) + 1} of {len(expected) + len(SESSIONS)} events are refused, all others left"


def what_is_trimmed_is_said_and_passed_over():
    """The bus is away for longer than the outbox's bound lasts: what is lost is said, what follows leaves."""
    cluster = published_cluster()
    cluster.map_bytes += f"\n    outbox_bytes_max = {OUTBOX_BYTES}"  # the line behind it, in the same section
    with Double(DOUBLE) as double, FaultProxy(double.port) as proxy, cluster:
        client = double.make_table()
        cluster.create_sessions("acme", SESSIONS)
        with Queue(double) as queue, Mirror(cluster, proxy) as mirror:
            wait_published(cluster, client, mirror)
            proxy.hold(PUT_EVENTS)
            mirror.kill()
            mirror.start()
            begun = mark_of(client)["o"]
            with Comings(cluster, "acme", SESSIONS, 1):
                wait_until(lambda: mark_of(client)["o"] > begun + ENTRIES_BEYOND, "the table goes on, beyond the bound")
            check(mark_of(client)["e"] < cluster.lqctl("feed", "show")["first_entry"], "nothing was trimmed")
            mirror.kill()  # what it held in memory goes with it
            proxy.release()
            mirror.start()
            wait_published(cluster, client, mirror)
            check("were trimmed before their events had left" in mirror.log(), mirror.log()[-1000:])
            last = cluster.lqctl("feed", "show")
            check([cursor["cursor"] for cursor in last["cursors"]] == ["mirror"], f"{last['cursors']}")
            before = len(queue.of("tick."))
            with Comings(cluster, "acme", SESSIONS, 1) as traffic:
                wait_until(lambda: len(traffic.client.receipts) > 50, "work goes on")
            wait_published(cluster, client, mirror)
            wait_until(lambda: len(queue.of("tick.")) >= before + 50, "what follows leaves")
            mirror.stop()
            said = [json.loads(line)["message"] for line in mirror.log().splitlines() if "were trimmed before" in line]
    return f"{len(said)} times, at last: {said[-1]}"


def what_may_leave_leaves_at_the_stop():
    """Asked to stop, the mirror flushes, and publishes what it has flushed."""
    with Double(DOUBLE) as double, published_cluster(flush_ms=3600000) as cluster:
        client = double.make_table()
        judge = Judge(cluster)
        cluster.create_sessions("acme", SESSIONS)
        with Queue(double) as queue, Mirror(cluster, double) as mirror:
            with Comings(cluster, "acme", SESSIONS, 1) as traffic:
                wait_until(lambda: len(traffic.client.receipts) > 200 // SLOWNESS, "work is done")
            check(not queue.of("tick."), "something left before the flush")
            begun = time.monotonic()
            mirror.stop()
            took = time.monotonic() - begun
            expected, mark = judge.expected(), mark_of(client)
            check(mark["e"] == mark["o"] == max(entry["sequence"] for entry in judge.entries if entry["kind"] != "record"),
                  f"{mark}")
            wait_until(lambda: set(queue.of("tick.")) == set(expected), "all have left")
    return f"{len(expected)} events within {took:.1f} s of SIGTERM"


def what_nobody_subscribes_to_does_not_leave():
    """Over deaths of all: of each tenant's doings those leave that it subscribes to, once by id, and no others. A list holds
    from its answer on. Of collisions that nobody wants nothing is written; of other events a reader has them all the same."""
    bodies = [{"x": x, "y": 15, "radius": 0.5, "vx": vx, "vy": 0} for x, vx in ((3, 20), (17, -20))]
    with Double(DOUBLE) as double, published_cluster() as cluster, tempfile.NamedTemporaryFile("w", suffix=".json") as world:
        client = double.make_table()
        json.dump({"bodies": bodies}, world)
        world.flush()
        judge = Judge(cluster)
        for tenant in TENANTS:
            cluster.lqctl("tenant", "create", tenant)
        check(cluster.lqctl("tenant", "events", "acme")["events"] == "*,!tick.Collision*", "not the usual list")
        lists = ["tick.Collision,session.parked", "!*"]
        check(cluster.lqctl("tenant", "events", "acme", lists[0])["own"], "not its own")
        for tenant in TENANTS:
            cluster.create_sessions(tenant, SESSIONS[:2], "--steps-per-command", "10", "--restitution", "1", "--width", "20",
                                    "--height", "20", "--world", world.name)
        with Queue(double) as queue, Mirror(cluster, double) as mirror:
            with Comings(cluster, TENANTS[0], SESSIONS[:2], 1) as one, Comings(cluster, TENANTS[1], SESSIONS[:2], 1) as other:
                for instance in ("persist-1", "broker", None):
                    before = len(queue.of("tick.Collision"))
                    wait_until(lambda: len(queue.of("tick.Collision")) > before + 20 // SLOWNESS, "collisions leave")
                    mirror.kill()
                    if instance is not None:
                        pid = cluster.pid(instance)
                        cluster.kill(instance)
                        cluster.wait_pid(instance, other_than=pid)
                    mirror.start()
                cluster.wait_serving()
                check(cluster.lqctl("tenant", "events", "acme")["events"] == lists[0], "forgotten over the broker's death")
                cluster.lqctl("tenant", "events", "acme", lists[1])
                last = {session: cluster.session(f"acme/{session}")["frame"] + 1 for session in SESSIONS[:2]}  # one under way
                wait_until(lambda: all(cluster.session(f"acme/{session}")["frame"] > frame + 20 for session, frame in last.items()),
                           "frames go on")
                check(one.error is None and other.error is None, f"{one.error} {other.error}")
            wait_published(cluster, client, mirror)
            mirror.stop()
            expected = judge.expected()
            wait_until(lambda: len(queue.of("tick.")) >= len(expected), "all have left")
            copy = TableCopy(client, TABLE)
            wait_until(lambda: audits_are_there(queue, copy), "and all audits")
            counts = compare(queue, judge.entries, copy)
            told = types_of(queue)
            check(told["ledgerquest.acme"] == {"tick.Collision", "operator.action", "frames.audited"}, f"{told}")
            check(told["ledgerquest.beta"] == {"tick.PlayerJoined", "tick.PlayerLeft", "session.created", "frames.audited"}, f"{told}")
            check(all(event["data"]["frame"] <= last[event["subject"]] for event in queue.of("tick.Collision").values()),
                  "one left behind the change")
            set_to = {event["data"]["detail"] for event in queue.of("operator.action").values()}
            check(set_to == set(lists), f"told of as done by an operator: {set_to}")
            kept = {(TENANTS[entry["tenant_number"] - 1], entry["type"], entry.get("quiet", False)) for entry in judge.entries
                    if entry["kind"] == "event"}
            check(kept == {("acme", "Collision", False), ("acme", "PlayerJoined", True), ("acme", "PlayerLeft", True),
                           ("beta", "PlayerJoined", False), ("beta", "PlayerLeft", False)}, f"{kept}")
    return f"{counts[0]} events of {len(judge.entries)} entries left; {queue.again} came again, the same"


def restart_broker(cluster):
    pid = cluster.pid("broker")
    cluster.kill("broker")
    cluster.wait_pid("broker", other_than=pid)
    cluster.wait_serving()


def a_deletion_is_told_of_as_it_is_wanted():
    with Cluster() as cluster:
        for tenant in TENANTS:
            cluster.create_sessions(tenant, ["s0"])
        cluster.lqctl("tenant", "events", "acme", "*,!session.ended")
        cluster.lqctl("feed", "set", "reader", "0:0")
        for tenant in TENANTS:
            cluster.lqctl("session", "stop", f"{tenant}/s0")
            cluster.lqctl("session", "delete", f"{tenant}/s0", "--yes")
        process = cluster.lqctl_process("feed", "follow", "reader", "-n", "10")
        entries = [json.loads(line) for line in process.communicate()[0].splitlines()]
        quiet = [entry.get("quiet", False) for entry in entries if entry["kind"] == "deleted"]
        check(quiet == [True, False], f"{entries}")
        check([entry["frame"] for entry in entries if entry["kind"] == "deleted"] == [0, 0], f"{entries}")
        cluster.lqctl("verify")
    return f"of {len(entries)} entries of the feed two are deletions, and one leaves"


def lists_are_checked_and_kept():
    """What is no list changes nothing and is named; what was set is there after the broker's death."""
    with Cluster() as cluster:
        cluster.lqctl("tenant", "create", "acme")
        cluster.lqctl("tenant", "events", "acme", "letter.*,!letter.purged")
        for words, code, text in ((("acme", "letters.*"), 2, "letters.*: there is no such event"), (("acme", ""), 2, "1 to 240"),
                                  (("acme", "tick.*,"), 2, "empty pattern"), (("acme", "operator.action"), 2, "no such event"),
                                  (("acme", "a", "b"), 2, "name one tenant"), ((".x", "*"), 2, "name one tenant"),
                                  (("nobody", "*"), 3, "nobody"), (("nobody",), 3, "nobody")):
            got, _, errors = cluster.try_lqctl("tenant", "events", *words)
            check(got == code and text in errors, f"{words}: {got}: {errors}")
        tried = cluster.lqctl("tenant", "events", "acme", "*", "--dry-run")
        check(tried["dry_run"] and tried["events"] == "*", f"{tried}")
        restart_broker(cluster)
        kept = cluster.lqctl("tenant", "events", "acme")
        check(kept["own"] and kept["events"] == "letter.*,!letter.purged", f"{kept}")
        given_back = cluster.lqctl("tenant", "events", "acme", "default")
        check(not given_back["own"] and given_back["events"] == "*,!tick.Collision*", f"{given_back}")
        restart_broker(cluster)
        check(not cluster.lqctl("tenant", "events", "acme")["own"], "back again")
    return "8 refused by name, one tried, one kept, one given back"


def types_of(queue):
    """Of each source, what it told of."""
    types = {}
    for event in queue.of("").values():
        types.setdefault(event["source"], set()).add(event["type"])
    return types


def the_table_goes_on_without_the_bus():
    """A bus that is away costs the outbox's room and nothing else; then everything leaves, over a restart too."""
    with Double(DOUBLE) as double, FaultProxy(double.port) as proxy, published_cluster() as cluster:
        client = double.make_table()
        cluster.create_sessions("acme", SESSIONS)
        judge = Judge(cluster)
        with Queue(double) as queue, Mirror(cluster, proxy) as mirror:
            wait_published(cluster, client, mirror)
            proxy.hold(PUT_EVENTS)
            with Comings(cluster, "acme", SESSIONS, 2) as traffic:
                wait_until(lambda: len(traffic.client.receipts) > 1000 // SLOWNESS, "work goes on")
            feed = cluster.lqctl("feed", "show")
            ledger, outbox = map(int, feed["position"].split(":"))
            wait_until(lambda: (mark_of(client)["l"], mark_of(client)["o"]) == (ledger, outbox), "the table has all")
            mark = mark_of(client)
            check(mark["e"] < mark["o"], f"{mark}")
            cursors = {cursor["cursor"]: cursor["position"] for cursor in cluster.lqctl("feed", "show")["cursors"]}
            check(cursors["mirror"].endswith(f":{mark['e']}"), f"the cursor passed what has not left: {cursors}, {mark}")
            mirror.kill()
            proxy.release()
            mirror.start()
            wait_published(cluster, client, mirror)
            before = context_switches(mirror.process.pid)
            wait_until(lambda: settled(mirror.process.pid, before), "it rests")
            mirror.stop()
            events = judge.expected()
            wait_until(lambda: all(key in queue.events for key in events), "all events have left")
            copy = TableCopy(client, TABLE)
            wait_until(lambda: audits_are_there(queue, copy), "and all audits")
            audits = compare_audits(queue, copy)
            requests = check_requests(proxy.every)
    return f"{len(events)} events and {audits} audits left after the bus was back; {requests} requests in botocore's model"


def what_the_broker_tells_leaves_too():
    """Letters, parked sessions and what operators did, over deaths of mirror and broker."""
    with Double(DOUBLE) as double, MarkedCluster(f'mirror\n    table = "{TABLE}"\n    flush_ms = 100\n    bus = "{BUS}"\n') as cluster:
        client = double.make_table()
        with Queue(double) as queue, Mirror(cluster, double) as mirror:
            cluster.wait_serving()
            with WireClient(cluster, "acme") as player:
                cluster.create_sessions("acme", ["purged", "redriven", "parked", "ended"])
                cluster.lqctl("session", "stop", "acme/ended")
                ended = cluster.lqctl("session", "delete", "acme/ended", "--yes")
                purged = die(cluster, player, "purged").letter_id
                cluster.lqctl("dlq", "purge", letter_name(purged), "--yes")
                redriven = die(cluster, player, "redriven").letter_id
                letters = {purged, redriven, *(die(cluster, player, "parked").letter_id for _ in range(3))}
                wait_until(lambda: cluster.status()["sessions_parked"] == 1, "it is parked")
                mirror.kill()
                cluster.kill_broker()
                cluster.lqctl("session", "resume", "acme/parked")
                mirror.start()
            cluster.mend()
            cluster.wait_serving()
            cluster.lqctl("dlq", "redrive", letter_name(redriven), "--wait")
            cluster.lqctl("tenant", "quota", "acme", "--letters", "50", "--commands/s", "5")
            with Comings(cluster, "acme", ["purged"], 4):
                wait_until(lambda: queue.of("quota.exceeded"), "the quota is exceeded")
            wait_published(cluster, client, mirror)
            mirror.stop()
            wait_until(lambda: {event["data"]["action"] for event in queue.of("operator.action").values()} >=
                       {"letters.purge", "session.resume", "letters.redrive", "quota.set"}, "actions are told of")
            wait_until(lambda: letters_of(queue, "letter.stored") == letters, "all letters are told of")
            check(letters_of(queue, "letter.purged") == {purged}, f"{queue.of('letter.purged')}")
            done, = queue.of("letter.redriven").values()
            frame = cluster.session("acme/redriven")["frame"]
            check(done["data"]["letter"] == redriven and done["data"]["frame"] == frame, f"{done}, frame {frame}")
            event, = queue.of("session.ended").values()
            check((event["source"], event["subject"]) == ("ledgerquest.acme", "ended") and
                  event["data"] == {"frame": ended["frame"], "hash": ended["hash"]}, f"{event}, not {ended}")
            for kind in ("session.parked", "session.resumed"):
                event, = queue.of(kind).values()
                check((event["source"], event["subject"]) == ("ledgerquest.acme", "parked"), f"{event}")
            exceeded = next(iter(queue.of("quota.exceeded").values()))
            check(exceeded["source"] == "ledgerquest.acme" and exceeded["data"]["quota"] == "commands/s" and
                  exceeded["data"]["limit"] == 5 and exceeded["data"]["refused"] > 0, f"{exceeded}")
            told = queue.of("letter.", "session.", "operator.", "quota.")
    return f"{len(told)} events of the broker's outbox, {queue.again} came again"


def letters_of(queue, kind):
    return {event["data"]["letter"] for event in queue.of(kind).values() if event["source"] == "ledgerquest.acme"}


if __name__ == "__main__":
    run_tests("test_events", [no_event_is_missing_over_deaths, nothing_leaves_while_the_table_stalls,
                              what_fails_alone_is_put_again_alone, what_the_bus_never_takes_stops_no_other,
                              the_table_goes_on_without_the_bus, what_is_trimmed_is_said_and_passed_over,
                              what_may_leave_leaves_at_the_stop, what_nobody_subscribes_to_does_not_leave,
                              a_deletion_is_told_of_as_it_is_wanted, lists_are_checked_and_kept,
                              what_the_broker_tells_leaves_too])
