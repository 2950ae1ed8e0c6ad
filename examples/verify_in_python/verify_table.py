#!/usr/bin/python3
# SPDX-License-Identifier: MPL-2.0
# SPDX-FileCopyrightText: The LedgerQuest Engine authors
"""Hold the mirror's table against the ledger that it is a copy of, by boto3 and docs/cloud.md alone.

Every record and every entry of the outbox lies in the segments once, byte by byte, in order, without a gap; keys are
those of the ledger; bases, where there are any, are runs of the ledger's records; events in a queue tell of frames
that are in the table. Exit codes: 0 all holds, 7 something does not, 2 usage, 1 anything else."""

import argparse
import contextlib
import json
import os
import struct
import sys
import time

import boto3
import botocore.config
import botocore.exceptions

from event_queue import EventQueue, compare_events
from item_units import units_of
from ledger_entries import Broken, Head, Name, Record
from ledger_partition import Damaged, Missing, Partition
from table_bases import compare_bases, read_bases
from table_reader import Breach, TableCopy

EXIT_FAILED, EXIT_BROKEN = 1, 7
# Segments are read from the beginning on: this is for tables whose segments have not begun to expire.


def client(service):
    """As the mirror finds its services; botocore of Debian 12 does not know these variables yet."""
    of_service = {"dynamodb": "DYNAMODB", "sqs": "SQS"}[service]
    url = os.environ.get(f"AWS_ENDPOINT_URL_{of_service}") or os.environ.get("AWS_ENDPOINT_URL")
    return boto3.client(service, endpoint_url=url, region_name=os.environ.get("AWS_REGION"),
                        config=botocore.config.Config(retries={"max_attempts": 4}, read_timeout=60))


def newest(folder):
    """The partition's state, and the newest ledger and outbox sequence of its store."""
    with contextlib.closing(Partition(folder)) as partition:
        state = partition.read_state()
    return state, (state.next_sequence - 1, state.next_outbox - 1)


def lag_of(options):
    """(records, entries of the outbox) that the partition's item does not claim yet."""
    state, there = newest(options.ledger)
    item = client("dynamodb").get_item(TableName=options.table, Key={"pk": {"S": f"P#{state.partition}"}, "sk": {"S": "M"}},
                                       ConsistentRead=True).get("Item")
    mark = (int(item["l"]["N"]), int(item["o"]["N"])) if item else (0, 0)
    return [sequence - told for sequence, told in zip(there, mark)]


def wait_for_all(options):
    """Until the mirror lags by nothing; the seconds it took."""
    begun = time.monotonic()
    while any(lag_of(options)):
        if time.monotonic() - begun > options.wait:
            raise Breach(f"after {options.wait} s the mirror lags by {lag_of(options)} records and entries")
        time.sleep(0.2)
    return round(time.monotonic() - begun, 2)


def heads_and_streams(folder, state):
    """{session number: Head}, {tenant number: pk}"""
    with contextlib.closing(Partition(folder)) as partition:
        heads = {struct.unpack("=Q", key)[0]: Head(value, state.format) for key, value in partition.walk("heads")}
        names = [Name(key, value) for key, value in partition.walk("names")]
    return heads, {name.number: f"T#{name.tenant}#P#{state.partition}" for name in names if name.session is None}


def verify(options):
    waited = wait_for_all(options)
    if options.only_wait:
        return {"lag": 0, "waited_s": waited}
    state, _ = newest(options.ledger)
    heads, streams = heads_and_streams(options.ledger, state)
    copy = TableCopy(client("dynamodb"), options.table)
    records, entries = copy.compare(options.ledger, state.partition)
    found = {sequence: Record(data, state.format) for sequence, data in copy.entries(1).items()}
    result = {"records": records, "outbox_entries": copy.demand_no_gap(2), "outbox_entries_compared": entries,
              "broker_entries": copy.demand_no_gap(3), "streams": len(copy.streams), "segments": copy.segments - copy.claims,
              "claims": copy.claims, "items": len(copy.items),
              "item_units": sum(units_of(item) for item in copy.items.values()), "lag": sum(lag_of(options)), "waited_s": waited}
    if copy.demand_no_gap(1) != records:
        raise Breach(f"the table has {len(found)} records, the ledger {records}")
    bases = read_bases(copy.items)
    result["bases"] = len(bases)
    result["bases_equal_to_heads"] = compare_bases(bases, found, heads, streams, options.bases)
    if options.queue:
        queue = EventQueue(client("sqs"), options.queue)
        queue.drain()
        result.update(compare_events(copy, found.values(), queue, options.events))
    return result


def tell(result):
    for name, value in result.items():
        print(f"{name.replace('_', ' '):22} {value}")


def main(words=None):
    parser = argparse.ArgumentParser(prog="verify_table", description=__doc__.split("\n\n", maxsplit=1)[0])
    parser.add_argument("table")
    parser.add_argument("ledger", help="folder of the partition: DATA/ledger/0")
    parser.add_argument("--wait", type=float, default=0.0, metavar="S", help="at most so long until the table has all")
    parser.add_argument("--only-wait", action="store_true", help="and look at nothing else")
    parser.add_argument("--bases", action="store_true", help="every session has a base, equal to its head")
    parser.add_argument("--queue", metavar="URL", help="a queue of events; its messages are taken out")
    parser.add_argument("--events", action="store_true", help="every event of the outbox is in the queue")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args(words)
    if options.events and not options.queue:
        parser.error("--events wants a --queue")
    code, result = 0, {}
    try:
        result = {"ok": True, **verify(options)}
    except (Breach, Broken, Damaged) as breach:
        code, result = EXIT_BROKEN, {"ok": False, "fault": str(breach)}
    except (Missing, OSError, botocore.exceptions.BotoCoreError, botocore.exceptions.ClientError) as error:
        code, result = EXIT_FAILED, {"ok": False, "fault": str(error)}
    if code != 0:
        print(f"verify_table: {result['fault']}", file=sys.stderr)
    if options.json:
        print(json.dumps(result))
    elif code == 0:
        tell(result)
    sys.exit(code)


if __name__ == "__main__":
    main()
