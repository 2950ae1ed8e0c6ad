# SPDX-License-Identifier: MPL-2.0
# SPDX-FileCopyrightText: The LedgerQuest Engine authors
"""The mirror, persist and the broker are killed at random while clients work; then the table is held against the ledger.

    result = run(kills=200, seed=7, say=print)

Of the kills a quarter each hits persist and the broker, the rest the mirror. mirror_kill is the long form of it, the first
test of test_mirror.py the short one."""

import random
import threading
import time

from cluster import SLOWNESS, check, wait_until
import broker_store_reader
from cloud_cluster import CloudCluster, boto_client
from event_queue import EventQueue, compare_events
from ledger_entries import Record
from request_tally import RequestTally
from service_doubles import BUS, Double
from test_feed import Comings

DOUBLE = "ministack"
SESSIONS = [f"s{number}" for number in range(10)]
TENANTS = ("acme", "beta")
RECEIPTS_BETWEEN = 50 // SLOWNESS
FLUSH_MS = 1000  # so it is mostly killed with something read that is not in the table yet
PAUSE_S = 0.8
TURN_S = 0.2  # of a client: a double takes some hundred events a second
EVENTS_S = 600


def make_plan(kills, chance):
    others = kills // 4
    plan = ["persist-1"] * others + ["broker"] * others + ["mirror"] * (kills - 2 * others)
    chance.shuffle(plan)
    return plan


class Storm:
    def __init__(self, cluster, loads, seed):
        self.cluster, self.loads, self.chance = cluster, loads, random.Random(seed)
        self.killed = dict.fromkeys(("mirror", "persist", "broker"), 0)
        self.slowest_s = 0.0

    def receipts(self):
        return sum(len(load.client.receipts) for load in self.loads)

    def check_loads(self):
        errors = [str(load.error) for load in self.loads if load.error]
        check(not errors, f"clients: {errors}")

    def work_goes_on(self):
        before = self.receipts()

        def more():
            self.check_loads()
            return self.receipts() > before + RECEIPTS_BETWEEN
        wait_until(more, "work goes on")
        time.sleep(self.chance.uniform(0, PAUSE_S))  # another point of its work

    def kill(self, instance):
        begun = time.monotonic()
        pid = self.cluster.kill(instance)
        self.cluster.wait_pid(instance, other_than=pid)
        self.slowest_s = max(self.slowest_s, time.monotonic() - begun)
        self.killed[instance.split("-")[0]] += 1

    def run(self, kills, say):
        for number, instance in enumerate(make_plan(kills, self.chance), 1):
            self.work_goes_on()
            self.kill(instance)
            if number % 20 == 0:
                say(f"{number} kills, {self.receipts()} receipts")


class Emptier(threading.Thread):
    """Takes out of the queue what comes: a double is slow with a long one."""

    def __init__(self, queue):
        super().__init__(daemon=True)
        self.queue, self.halt, self.error = queue, threading.Event(), None

    def run(self):
        try:
            while not self.halt.is_set():
                self.queue.take()
        except Exception as error:  # pylint: disable=broad-except
            self.error = error

    def rest(self):
        """The queue, when it has no more."""
        self.halt.set()
        self.join()
        check(self.error is None, f"the queue: {self.error}")
        self.queue.drain()
        return self.queue


def have_left(cluster, client):
    """Whether the table's state says that all events have."""
    item = client.get_item(TableName=cluster.table, Key={"pk": {"S": "P#0"}, "sk": {"S": "M"}}, ConsistentRead=True)["Item"]
    return "e" in item and int(item["e"]["N"]) >= cluster.position()[1]


def judge(cluster, client, tally, queue):
    """What the table has of the ledger, byte by byte, and of the broker's store."""
    copy = cluster.copy(client)
    records, entries = copy.compare(cluster.ledger)
    check(copy.demand_no_gap(1) == records, "the table has other records")
    check(copy.demand_no_gap(2) == entries, "the outbox was trimmed, or the table has entries that it has not")
    events = compare_events(copy, [Record(data) for data in copy.entries(1).values()], queue, True)
    broker_entries = len(broker_store_reader.compare(copy, cluster))
    return {"records": records, "outbox_entries": entries, "broker_entries": broker_entries, **events,
            "segments": copy.segments - copy.claims, "claims": copy.claims, "requests": sum(tally.requests.values()), "writes": sum(tally.writes.values()),
            "segments_again": tally.segments_again(), "conditions_failed": tally.refused["ConditionalCheckFailedException"]}


def run(kills, seed, say):
    """What was done and found; Failed or Breach when something does not hold."""
    with Double(DOUBLE) as double, RequestTally(double.port) as tally, CloudCluster(
            tally.url, FLUSH_MS, more=f'    bus = "{BUS}"\n') as cluster:
        double.make_table()
        queue = Emptier(EventQueue(double.client("sqs"), double.make_queue()))
        client = boto_client(double.url, "dynamodb")
        cluster.lqctl("feed", "set", "audit", "0:0")  # the outbox is kept, to be compared
        for tenant in TENANTS:
            cluster.create_sessions(tenant, SESSIONS)
        begun = time.monotonic()
        queue.start()
        with Comings(cluster, TENANTS[0], SESSIONS, 2, pause_s=TURN_S) as one, \
                Comings(cluster, TENANTS[1], SESSIONS, 1, pause_s=TURN_S) as other:
            storm = Storm(cluster, (one, other), seed)
            storm.run(kills, say)
            for load in storm.loads:
                load.stop()
        took_s = time.monotonic() - begun
        cluster.wait_serving()
        cluster.wait_mirrored(client)
        wait_until(lambda: have_left(cluster, client), "all events have left", EVENTS_S, pause_s=0.2)
        result = {"seed": seed, "seconds": round(took_s, 1), "kills": sum(storm.killed.values()), "killed": storm.killed,
                  "slowest_back_s": round(storm.slowest_s, 2), "receipts": storm.receipts(), **judge(cluster, client, tally, queue.rest())}
        cluster.lqctl("verify")
        check(result["claims"] >= len(TENANTS) + 1, f"{result['claims']} claims")
        check(result["events_of_stages"] > 0, "no events")
    return result
