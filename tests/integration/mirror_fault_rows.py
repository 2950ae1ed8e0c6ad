# SPDX-License-Identifier: MPL-2.0
# SPDX-FileCopyrightText: The LedgerQuest Engine authors
"""Faults between a whole mirror and a double: each is planted on requests of one kind, and at the end of its row the table
has what the ledger has. Beside them sizes at the limits, of items, events, and of a record that needs several segments.

A row: part, injected, seen, retried, result."""

import base64
import contextlib
import json
import re
import time

from cluster import Failed, check, wait_until
from cloud_cluster import CloudCluster, boto_client
from fault_proxy import FaultProxy, check_requests
from ledger_entries import EXTRA_BYTES
from ledger_partition import Partition
from mirror_probe import KEYS, REGION, Probe, text
from service_doubles import NAMES, TABLE, Double
from wire_client import WireClient, custom, join

TENANT = "acme"
ITEM_BYTES_MAX, EVENTS_BYTES_MAX, EVENTS_MAX = 400 * 1024, 256 * 1024, 10
EVENT_TIME_BYTES = 14
CUSTOM_BYTES = 16384
SLOW_S = 1.5
AFTER_TIMEOUT_S = 11  # the mirror waits ten seconds for an answer


class AimedProxy(FaultProxy):
    """Faults for the next requests of a kind, while all others pass."""

    def __init__(self, behind_port):
        super().__init__(behind_port)
        self.wanted, self.faults, self.of_row = None, [], []

    def aim(self, wanted, faults):
        """wanted(operation, request): of which requests."""
        with self.lock:
            self.wanted, self.faults, self.of_row = wanted, list(faults), []

    def take_fault(self, target, body):
        operation, request = target.rpartition(".")[2], json.loads(body)
        with self.lock:
            self.every.append((target, request, ""))
            if self.wanted is None or not self.wanted(operation, request):
                return ""
            fault = self.faults.pop(0) if self.faults else ""
            self.of_row.append((json.dumps(key_of(request)), fault))
            return fault

    def retried(self):
        """Requests of the kind, beyond one for each key."""
        with self.lock:
            return len(self.of_row) - len({key for key, _ in self.of_row})


def key_of(request):
    item = request.get("Item") or request.get("Key") or request.get("ExpressionAttributeValues")
    return {name: item[name] for name in ("pk", "sk") if name in item} or item


def is_put(request, sk):
    return request.get("Item", {}).get("sk", {}).get("S", "").startswith(sk)


def puts_segment(operation, request):
    return operation == "PutItem" and is_put(request, "L#") and "b" in request["Item"]


def puts_claim(operation, request):
    return operation == "PutItem" and is_put(request, "L#") and "b" not in request["Item"]


def puts_keys(operation, request):
    return operation == "PutItem" and is_put(request, "K")


def puts_state(operation, request):
    return operation == "PutItem" and is_put(request, "M")


def moves_state(operation, _):
    return operation == "UpdateItem"


def reads(operation, _):
    return operation in ("Query", "GetItem")


# What is planted on which requests, and what has to happen for them to be made: a session, a tenant, another mirror.
SHORT = (
    ("a segment", puts_segment, ["throttle"] * 2, "session"),
    ("a segment", puts_segment, ["cut_after"], "session"),
    ("a segment", puts_segment, ["internal"], "session"),
    ("a claim", puts_claim, ["cut_after", "cut_before"], "restart"),
    ("the state", moves_state, [f"delay_after:{SLOW_S}"], "slow"),
    ("keys", puts_keys, ["bare_503"], "tenant"),
)
LONG = SHORT + tuple(("a segment", puts_segment, [fault], "session") for fault in (
    "throttle_429", "limit", "bare_500", "not_json", "not_object", "cut_before", "cut_in_body", "wrong_crc", "bad_crc",
    "delay_before:2", "delay_after:2", "expired_token", "unknown_key", "too_skewed", "too_large", "denied", "no_table",
    f"delay_before:{AFTER_TIMEOUT_S}", f"delay_after:{AFTER_TIMEOUT_S}")) + (
    ("a claim", puts_claim, ["throttle", "cut_in_body"], "restart"),
    ("a claim", puts_claim, [f"delay_before:{AFTER_TIMEOUT_S}"], "restart"),
    ("the newest segment", reads, ["throttle", "cut_in_body", "wrong_crc", "short_page"], "restart"),
    ("the state", puts_state, ["cut_after"], "restart"),
    ("the state", moves_state, ["cut_after"], "session"),
    ("the state", moves_state, ["denied"], "session"),
    ("keys", puts_keys, ["throttle", "cut_after"], "tenant"),
    ("keys", puts_keys, ["denied"], "tenant"),
)


class MirrorRows:
    """One cluster, whose ledger grows from row to row."""

    def __init__(self, double, proxy, cluster):
        self.proxy, self.cluster, self.number = proxy, cluster, 0
        self.client = boto_client(double.url, "dynamodb")

    def name(self):
        self.number += 1
        return f"n{self.number}"

    def work(self, kind):
        if kind == "tenant":
            self.cluster.create_sessions(self.name(), ["s"])
        elif kind == "restart":
            self.cluster.ledgerquest("restart", "mirror")
            self.cluster.create_sessions(TENANT, [self.name()])
        elif kind == "slow":
            # More comes while the answer about what there was is on its way.
            self.cluster.create_sessions(TENANT, [self.name()])
            wait_until(lambda: self.proxy.of_row, "the table's state is moved")
            self.cluster.create_sessions(TENANT, [self.name()])
            wait_until(lambda: self.proxy.retried() > 0, "it is moved again")
        else:
            self.cluster.create_sessions(TENANT, [self.name()])

    def row(self, what, wanted, faults, kind):
        begun, said = time.monotonic(), len(self.cluster.log_text("mirror"))
        self.proxy.aim(wanted, faults)
        self.work(kind)
        wait_until(lambda: not self.proxy.faults, f"{what}: {faults} are planted")
        self.cluster.wait_mirrored(self.client)
        records, entries = self.cluster.copy(self.client).compare(self.cluster.ledger)
        return {"part": "27 mirror", "injected": f"{what}: {' '.join(faults)}", "seen": seen_in(self.cluster.log_text("mirror")[said:]),
                "retried": self.proxy.retried(),
                "result": f"{records} records, {entries} entries equal, {time.monotonic() - begun:.1f} s"}


def seen_in(log):
    """The first complaint of the mirror; what it says rarely, it may not say of each row."""
    said = [json.loads(line) for line in log.splitlines()]
    found = next((line["message"] for line in said if line["level"] in ("warning", "error")), "")
    return (re.sub(r"^.*attempt \d+: |^the table: ", "", found) or "repeated without a word")[:50]


@contextlib.contextmanager
def faulty_mirror():
    with Double("ministack") as double, AimedProxy(double.port) as proxy:
        double.make_table()
        with CloudCluster(proxy.url) as cluster:
            rows = MirrorRows(double, proxy, cluster)
            cluster.create_sessions(TENANT, ["s"])
            cluster.wait_mirrored(rows.client)
            yield rows
            check_requests(proxy.every)


# ---- sizes ----


def newest_content(cluster):
    with contextlib.closing(Partition(str(cluster.ledger))) as partition:
        return len(partition.record(partition.read_state().next_sequence - 1).data) - EXTRA_BYTES


def submit_at_once(player, last):
    """Commands of 16 KiB and one of `last` bytes in one message: in how many frames they are."""
    before = len(player.receipts)
    for size in [CUSTOM_BYTES] * 31 + [last]:
        player.submit("s", custom(b"x" * size))
    player.drain()
    return len({receipt.frame for receipt in player.receipts[before:]})


def largest_contents(rows):
    """Of as many bytes of commands as one frame takes, and of one byte more."""
    cluster = rows.cluster
    rows.proxy.aim(None, [])
    with WireClient(cluster, TENANT) as player:
        player.ask("s", join())
        fits, above = 1, CUSTOM_BYTES
        check(submit_at_once(player, fits) == 1, "31 commands of 16 KiB are more than a frame")
        largest = newest_content(cluster)
        check(submit_at_once(player, above) > 1, "512 KiB of commands are in one frame")
        while above - fits > 1:
            tried = (fits + above) // 2
            if submit_at_once(player, tried) == 1:
                fits, largest = tried, newest_content(cluster)
            else:
                above = tried
    cluster.wait_mirrored(rows.client)
    copy = cluster.copy(rows.client)
    records, _ = copy.compare(cluster.ledger)
    check(largest > ITEM_BYTES_MAX, f"the largest content has {largest} bytes")
    for size, result in ((fits, f"one frame, content of {largest} bytes, over segments"), (above, "two frames or more")):
        yield {"part": "28 sizes", "injected": f"{31 * CUSTOM_BYTES + size} bytes of commands at once", "seen": "segments of 350 KB",
               "retried": 0, "result": f"{result}; {records} records equal"}


def item_of(bytes_, sk):
    return {"pk": text("S"), "sk": text(sk), "b": {"B": base64.b64encode(
        bytes(bytes_ - len("pk") - len("S") - len("sk") - len(sk) - len("b"))).decode()}}


def item_sizes(name):
    """An item at the limit, one byte below, one above, and keys of texts that are longer in bytes than in letters."""
    with Double(name) as double, Probe("gateway", TABLE, "default", environment={
            **KEYS, **REGION, "AWS_ENDPOINT_URL": double.url}) as probe:
        double.make_table()
        for size, sk in ((ITEM_BYTES_MAX - 1, "below"), (ITEM_BYTES_MAX, "limit"), (ITEM_BYTES_MAX + 1, "above")):
            answer = probe.ask(do="put", item=item_of(size, sk), **{"if": "absent"})
            of_us = "local" in answer
            check(of_us == (size > ITEM_BYTES_MAX), f"{size} bytes: {answer}")
            check(of_us or answer["verdict"] == "done" or not double.sizes_items, f"{size} bytes: {answer}")
            yield row_of_size(f"item of {size} bytes, {name}", answer)
        for size in (1024, 1026):
            answer = probe.ask(do="put", item={"pk": text("K"), "sk": text("é" * (size // 2))}, **{"if": "absent"})
            check(("local" in answer) == (size > 1024), f"sk of {size} bytes: {answer}")
            yield row_of_size(f"sk of {size // 2} letters in {size} bytes, {name}", answer)


def row_of_size(what, answer):
    return {"part": "28 sizes", "injected": what, "seen": "refused before it was sent" if "local" in answer else
            answer.get("code") or answer["verdict"], "retried": 0, "result": answer.get("local") or answer["verdict"]}


def event_of(bytes_):
    """One of exactly so many bytes, as the bus counts; letters of two bytes up to the edge."""
    source, kind = "ledgerquest.a", "t"
    rest = bytes_ - EVENT_TIME_BYTES - len(source) - len(kind) - len('{"x":""}')
    return {"source": source, "type": kind, "time": 1_700_000_000, "detail": '{"x":"' + "é" * (rest // 2) + "x" * (rest % 2) + '"}'}


def event_sizes():
    with Double("ministack") as double, Probe("gateway", TABLE, "default", environment={
            **KEYS, **REGION, "AWS_ENDPOINT_URL": double.url}) as probe:
        for size in (EVENTS_BYTES_MAX - 1, EVENTS_BYTES_MAX, EVENTS_BYTES_MAX + 1):
            answer = probe.ask(do="events", entries=[event_of(size)])
            check(("local" in answer) == (size > EVENTS_BYTES_MAX), f"an event of {size} bytes: {answer}")
            yield row_of_size(f"event of {size} bytes", answer)
        for count in (EVENTS_MAX, EVENTS_MAX + 1):
            answer = probe.ask(do="events", entries=[event_of(100)] * count)
            check(("local" in answer) == (count > EVENTS_MAX), f"{count} events: {answer}")
            yield row_of_size(f"{count} events in a call", answer)


def all_item_sizes():
    for name in NAMES:
        yield from item_sizes(name)


def rows_of(wanted):
    """Rows of a generator; a failure says behind which row."""
    last = "the first"
    try:
        for row in wanted:
            last = row["injected"]
            yield row
    except Failed as failure:
        raise Failed(f"behind {last}: {failure}") from failure
