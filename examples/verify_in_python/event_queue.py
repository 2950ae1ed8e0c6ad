# SPDX-License-Identifier: MPL-2.0
# SPDX-FileCopyrightText: The LedgerQuest Engine authors
"""Events of the bus in a queue that a rule fills, held against the table by docs/cloud.md alone."""

import collections
import json
import struct

from ledger_entries import EVENT, OutboxEntry
from table_reader import blake, demand

EMPTY_LOOKS = 2  # in a row, a second each: then the queue has no more
IDS = "0123456789abcdef"


class EventQueue:
    """What came of a queue: how often each id, and the event. Messages are deleted."""

    def __init__(self, queues, url):
        self.queues, self.url = queues, url
        self.times, self.events = collections.Counter(), {}

    def take(self):
        """How many messages came, within a second."""
        messages = self.queues.receive_message(QueueUrl=self.url, MaxNumberOfMessages=10, WaitTimeSeconds=1).get("Messages", [])
        for message in messages:
            entry = json.loads(message["Body"])
            event = entry["detail"]
            demand(len(event["id"]) == 64 and not event["id"].strip(IDS), f"an event with the id {event['id']}")
            demand((entry["source"], entry["detail-type"]) == (event["source"], event["type"]), f"{event['id']}: the entry differs")
            demand(self.events.setdefault(event["id"], event) == event, f"{event['id']}: two events have this id")
            self.times[event["id"]] += 1
        if messages:
            self.queues.delete_message_batch(QueueUrl=self.url, Entries=[
                {"Id": str(index), "ReceiptHandle": message["ReceiptHandle"]} for index, message in enumerate(messages)])
        return len(messages)

    def drain(self):
        empty = 0
        while empty < EMPTY_LOOKS:
            empty = 0 if self.take() else empty + 1


def ids_of_frames(copy, records):
    """The ids of all events of stages that a tenant subscribes to, as the streams of the table have them. records: those of the table."""
    hashes = {(record.session, record.frame): record.hash for record in records}
    ids = set()
    for data in copy.entries(2).values():
        entry = OutboxEntry(data)
        if entry.kind == EVENT and not entry.quiet:
            ids.add(blake(hashes[entry.session, entry.frame] + struct.pack("<I", entry.index)).hex())
    return ids


def compare_events(copy, records, queue, demanded):
    """What the queue has of the table's events; what tells of a frame that the table has not is a breach. demanded: each
    event of the streams is there."""
    wanted, times, events = ids_of_frames(copy, records), queue.times, queue.events
    hashes = {record.hash.hex() for record in records}
    for event in events.values():
        told = event.get("data", {}).get("hash")
        demand(told is None or told in hashes, f"{event['id']} ({event['type']}) tells of a frame that is not in the table")
    missing = wanted - set(times)
    demand(not demanded or not missing, f"{len(missing)} of {len(wanted)} events are not in the queue")
    return {"events_of_stages": len(wanted), "events_there": len(wanted) - len(missing), "events_in_queue": len(times),
            "events_repeated": sum(times.values()) - len(times)}
