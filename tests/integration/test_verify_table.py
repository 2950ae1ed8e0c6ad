#!/usr/bin/python3
# SPDX-License-Identifier: MPL-2.0
# SPDX-FileCopyrightText: The LedgerQuest Engine authors
"""What judges the mirror from outside, and what makes its table: ops/cloud-table can be run again and refuses what it would
have to change; examples/verify_in_python/verify_table.py finds each fault that is planted in a table or a queue."""

import json
import struct
import subprocess

from cluster import ROOT, SANITIZED, check, run_tests
from cloud_cluster import CloudCluster, boto_client, check_table, of_mirror
from item_units import item_bytes, number_bytes
from ledger_entries import EVENT, OutboxEntry, Record
from service_doubles import TABLE, Double
from table_bases import HEADER
from table_reader import binary, blake
from wire_client import WireClient, join

SESSIONS = [f"s{number}" for number in range(3)]
QUEUE = "game-events"


def cloud_table(double, *words, code=0):
    done = subprocess.run(["/usr/bin/python3", str(ROOT / "ops" / "cloud-table"), "--json", *words], env=of_mirror(double.url),
                          stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    check(done.returncode == code, f"cloud-table {words}: {done.returncode}: {done.stdout}{done.stderr}")
    result = json.loads(done.stdout)
    return result, [step["done"] for step in result["steps"]]


def the_table_is_made_once():
    for name in ("ministack", "moto"):
        with Double(name) as double:
            words = "--table", TABLE, "--bus", "game", "--queue", QUEUE
            first, done = cloud_table(double, *words)
            check(done == ["made"] * 4 + ["is set"], f"{name}: {first}")
            second, done = cloud_table(double, *words)
            check(done == ["there already"] * 4 + ["is set"] and second["queue_url"] == first["queue_url"], f"{name}: {second}")
            tables = double.client("dynamodb")
            expiry = tables.describe_time_to_live(TableName=TABLE)["TimeToLiveDescription"]
            check(expiry["AttributeName"] == "ttl", f"{name}: {expiry}")
            tables.create_table(TableName="other", BillingMode="PAY_PER_REQUEST",
                                AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
                                KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}])
            refused, _ = cloud_table(double, "--table", "other", code=1)
            check("has the keys" in refused["fault"], f"{name}: {refused}")
            double.client("events").put_events(Entries=[{"Source": "ledgerquest", "DetailType": "t", "Detail": "{}",
                                                         "EventBusName": "game"}])
            messages = double.client("sqs").receive_message(QueueUrl=first["queue_url"], WaitTimeSeconds=5)
            check(len(messages.get("Messages", [])) == 1, f"{name}: an event of no tenant does not come")
    return "on two doubles; the second time nothing is made; another table's keys are refused"


# ---- a base and events, as docs/cloud.md has them ----


def base_items(pk, records, slot):
    """Of a session's records up to its head, in two pieces."""
    first, head = records[0], records[-1]
    run = b"".join(struct.pack("<I", len(record.data)) + record.data for record in records)
    half = (len(run) + 1) // 2
    for index, piece in enumerate((run[:half], run[half:])):
        fields = (2, 0, 0, head.tenant, head.session, head.frame, first.frame, head.sequence, first.sequence, 7, 0, index, 2,
                  len(records), len(piece), len(run), head.hash, blake(run), blake(piece), bytes(32))
        data = HEADER.pack(*fields)
        yield {"pk": {"S": pk}, "sk": {"S": f"B#{head.session:020}#{slot}{index:03}"}, "n": {"N": "7"},
               "h": {"B": data[:192] + blake(data[:192])}, "b": {"B": piece}}


def put_bases(client, copy):
    """Of each session its records from the newest keyframe on; the items."""
    runs = {}
    for record in sorted(map(Record, copy.entries(1).values()), key=lambda record: record.frame):
        runs.setdefault(record.session, [])
        runs[record.session] = [record] if record.is_keyframe else runs[record.session] + [record]
    items = [item for run in runs.values() for item in base_items("T#acme#P#0", run, 0)]
    for item in items:
        client.put_item(TableName=TABLE, Item=item)
    return items


def make_events(copy):
    """One for each event of the outbox."""
    hashes = {(record.session, record.frame): record.hash for record in map(Record, copy.entries(1).values())}
    for data in copy.entries(2).values():
        entry = OutboxEntry(data)
        if entry.kind == EVENT:
            root = hashes[entry.session, entry.frame]
            yield {"id": blake(root + struct.pack("<I", entry.index)).hex(), "source": "ledgerquest.acme", "type": "tick.x",
                   "data": {"hash": root.hex()}}


def publish(double, events):
    for event in events:
        double.client("events").put_events(Entries=[{"Source": event["source"], "DetailType": event["type"],
                                                     "Detail": json.dumps(event)}])


# ---- faults ----


def without(client, item):
    client.delete_item(TableName=TABLE, Key={"pk": item["pk"], "sk": item["sk"]})


def with_other(name, change):
    def plant(client, item):
        data = bytearray(binary(item[name]))
        change(data)
        client.put_item(TableName=TABLE, Item={**item, name: {"B": bytes(data)}})
    return plant


def flip(at):
    def change(data):
        data[at] ^= 1
    return change


def forged(client, item):
    """Another content in a segment that agrees with itself: only the ledger tells."""
    header, body = bytearray(binary(item["h"])), bytearray(binary(item["b"]))
    body[-1] ^= 1
    header[240:272] = blake(bytes(body))
    header[304:336] = blake(bytes(header[:304]))
    client.put_item(TableName=TABLE, Item={**item, "h": {"B": bytes(header)}, "b": {"B": bytes(body)}})


def newest_data(items, pk):
    return max((item for (of, sk), item in items.items() if of == pk and sk.startswith("L#") and "b" in item),
               key=lambda item: item["sk"]["S"])


def each_fault_is_found():
    with Double("ministack") as double, CloudCluster(double.url, flush_ms=50) as cluster:
        queue = cloud_table(double, "--table", TABLE, "--queue", QUEUE)[0]["queue_url"]
        client = boto_client(double.url, "dynamodb")
        cluster.lqctl("feed", "set", "audit", "0:0")
        for session in SESSIONS:
            cluster.create_sessions("acme", [session])
            with WireClient(cluster, "acme") as player:
                player.submit(session, join())
                player.drain()
            cluster.wait_mirrored(client)
        result = check_table(cluster, double.url, "--wait", "30")
        check(result["lag"] == 0 and result["records"] == 2 * len(SESSIONS) and result["segments"] > 3, f"{result}")
        check(result["outbox_entries"] == result["outbox_entries_compared"], f"{result}")
        copy = cluster.copy(client)
        of_tenant, of_control = (newest_data(copy.items, pk) for pk in ("T#acme#P#0", "P#0"))
        keys, state = copy.items["T#acme", "K"], copy.items["P#0", "M"]
        faults = [("a segment is missing", without, of_tenant), ("of the control stream", without, of_control),
                  ("its header", with_other("h", flip(20)), of_tenant), ("its body", with_other("b", flip(40)), of_tenant),
                  ("its content, with digests to match", forged, of_tenant), ("a key", with_other("b", flip(30)), keys),
                  ("the keys are missing", without, keys), ("the state lags", None, {**state, "l": {"N": "1"}})]
        for name, plant, item in faults:
            if plant:
                plant(client, item)
            else:
                client.put_item(TableName=TABLE, Item=item)
            fault = check_table(cluster, double.url, code=7)["fault"]
            check(fault, name)
            client.put_item(TableName=TABLE, Item=copy.items[item["pk"]["S"], item["sk"]["S"]])
        check_table(cluster, double.url)
        count = len(faults) + bases_are_judged(cluster, double, client, copy) + events_are_judged(cluster, double, copy, queue)
    return f"{count} faults, each found"


def bases_are_judged(cluster, double, client, copy):
    check_table(cluster, double.url, "--bases", code=7)
    items = put_bases(client, copy)
    result = check_table(cluster, double.url, "--bases")
    check(result["bases"] == result["bases_equal_to_heads"] == len(SESSIONS), f"{result}")
    for plant in (without, with_other("b", flip(9)), with_other("h", flip(24))):
        plant(client, items[1])
        check_table(cluster, double.url, code=7)
        client.put_item(TableName=TABLE, Item=items[1])
    # A slot that a dead writer left half done is passed over when the other one is whole.
    other = {**items[1], "sk": {"S": items[1]["sk"]["S"].replace("#0001", "#1001")}}
    client.put_item(TableName=TABLE, Item=other)
    check_table(cluster, double.url, "--bases")
    return 4


def events_are_judged(cluster, double, copy, queue):
    words = "--queue", queue, "--events"
    events = list(make_events(copy))
    check(len(events) == len(SESSIONS), f"{len(events)} events")
    publish(double, events[1:])
    check("1 of 3 events" in check_table(cluster, double.url, *words, code=7)["fault"], "a missing event")
    publish(double, [*events, events[0]])
    result = check_table(cluster, double.url, *words)
    check((result["events_there"], result["events_repeated"]) == (len(events), 1), f"{result}")
    publish(double, [*events, {**events[0], "id": "0" * 64, "data": {"hash": "ab" * 32}}])
    check("not in the table" in check_table(cluster, double.url, *words, code=7)["fault"], "an event of another history")
    publish(double, [*events, {**events[0], "type": "tick.y"}])
    check("two events have this id" in check_table(cluster, double.url, *words, code=7)["fault"], "one id, two events")
    return 3


def sizes_follow_the_rule():
    for text, wanted in (("0", 1), ("1", 2), ("10", 2), ("123", 3), ("1800000000", 2), ("1799999999", 6), ("-12", 3)):
        check(number_bytes(text) == wanted, f"{text}: {number_bytes(text)}")
    check(item_bytes({"pk": {"S": "é"}, "b": {"B": b"123"}, "n": {"N": "7"}}) == 2 + 2 + 1 + 3 + 1 + 2, "an item")
    return "as mirror/domain/write_units.h"


if __name__ == "__main__":
    # What is judged here is not compiled: with the sanitized programs the shortest does.
    run_tests("test_verify_table", [sizes_follow_the_rule] + ([] if SANITIZED else [the_table_is_made_once, each_fault_is_found]))
