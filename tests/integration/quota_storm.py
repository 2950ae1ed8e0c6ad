# SPDX-License-Identifier: MPL-2.0
# SPDX-FileCopyrightText: The LedgerQuest Engine authors
"""Quotas are set while the broker dies, again and again, between any two steps of setting them.

Each round sends a few changes, one after the other without waiting, and kills the broker a random moment later.
What is on the disk then is what the first so many of them make of what was there before: at least all that were
acknowledged, and no part of one. Every round compares that with what the next broker says of each tenant."""

import dataclasses
import os
import pathlib
import random
import signal
import time

from cluster import Cluster, Failed, check, wait_until
from wire_client import ADMIN, ADMIN_REPLY, WireClient, client_pb2, header

SET_QUOTA = 14
NONE = 2 ** 64 - 1
KINDS = {"commands/s": 10 ** 9, "ticks/s": 10 ** 9, "executions": 65535, "mailbox-bytes": 2 ** 40,
         "sessions-live": 4000000, "payload-bytes": 2 ** 40, "letters": 10000000, "weight": 100}
NAMES = tuple(KINDS)
TENANTS = ("acme", "beta", "coda", "dune")
CHANGES_MAX = 6
KILL_WITHIN_S = 0.006  # a change is on the disk after a millisecond or a few


@dataclasses.dataclass
class Change:
    tenant: str
    values: dict  # by name: a limit, or None: back to the default

    def message(self, epoch, tag, client):
        quota = client_pb2.Quota(limits=[self.values.get(name) or 0 for name in NAMES])
        for number, name in enumerate(NAMES):
            if name in self.values:
                quota.given |= 1 << number
                quota.own |= (self.values[name] is not None) << number
        return client_pb2.AdminRequest(epoch=epoch, tag=tag, client=client, kind=SET_QUOTA, tenant=self.tenant,
                                       quota=quota)

    def apply(self, quotas):
        """Own limits by tenant and name."""
        own = dict(quotas[self.tenant])
        for name, value in self.values.items():
            if value is None:
                own.pop(name, None)
            else:
                own[name] = value
        return {**quotas, self.tenant: own}


class QuotaClient(WireClient):
    """Sends ADMIN messages and gathers the replies that have come, by tag."""

    def __init__(self, cluster):
        super().__init__(cluster, "acme")
        self.replies = {}

    def welcome(self, other_than=0):
        self.epoch = other_than
        wait_until(lambda: self.turn() is not None and self.epoch not in (0, other_than), "a new WELCOME")

    def send(self, change):
        self.last_tag += 1
        self.send_parts([header(ADMIN, change.message(self.epoch, self.last_tag, self.client))])
        return self.last_tag

    def gather(self, timeout_ms):
        while self.socket.poll(timeout_ms):
            parts = self.socket.recv_multipart()
            if parts[0][3] == ADMIN_REPLY:
                reply = client_pb2.AdminReply.FromString(parts[0][4:])
                self.replies[reply.tag] = reply

    def own(self, tenant):
        """The tenant's own limits as the broker says."""
        tag = self.send(Change(tenant, {}))
        wait_until(lambda: self.gather(20) or tag in self.replies, f"the quotas of {tenant}")
        reply = self.replies.pop(tag)
        check(reply.result == 0, f"{tenant}: {reply}")
        return {name: reply.quota.limits[number] for number, name in enumerate(NAMES)
                if reply.quota.own >> number & 1}


def any_change(chance):
    values = {}
    for name in chance.sample(NAMES, chance.randint(1, 3)):
        values[name] = chance.choice((None, chance.randint(1, KINDS[name]), chance.randint(1, KINDS[name]),
                                      None if name == "weight" else NONE))
    return Change(chance.choice(TENANTS), values)


def pid_of_broker(cluster):
    """This cluster's, and nothing else's."""
    pid = cluster.wait_pid("broker")
    words = pathlib.Path(f"/proc/{pid}/cmdline").read_bytes().decode().split("\0")
    check(pid > 1 and str(cluster.config) in words and "lq-broker" in words[0], f"{pid} is {words}")
    return pid


def play_round(cluster, client, chance, quotas, tally):
    """Quotas as they are after it."""
    changes = [any_change(chance) for _ in range(chance.randint(1, CHANGES_MAX))]
    pid = pid_of_broker(cluster)
    deadline = time.monotonic() + chance.random() * KILL_WITHIN_S
    tags = []
    for change in changes:
        tags.append(client.send(change))
        client.gather(0)
    while time.monotonic() < deadline:
        client.gather(0)  # what has come when the broker dies goes with its connection
    os.kill(pid, signal.SIGKILL)
    cluster.wait_pid("broker", other_than=pid)
    acknowledged = [tag in client.replies for tag in tags]
    refused = [client.replies[tag] for tag in tags if tag in client.replies and client.replies[tag].result != 0]
    check(not refused, f"refused: {refused}")
    count = sum(acknowledged)
    check(acknowledged[:count] == [True] * count, f"acknowledged out of turn: {acknowledged}")
    client.replies.clear()
    client.welcome(other_than=client.epoch)
    shown = {tenant: client.own(tenant) for tenant in TENANTS}
    states = [quotas]
    for change in changes:
        states.append(change.apply(states[-1]))
    if shown not in states[count:]:
        raise Failed(f"{count} of {len(changes)} were acknowledged, but after the kill there is {shown}; before: "
                     f"{quotas}; changes: {changes}")
    durable = max(index for index, state in enumerate(states) if state == shown)
    tally["changes"] += len(changes)
    tally["acknowledged"] += count
    tally["nothing was on the disk"] += durable == 0
    tally["all was on the disk"] += durable == len(changes)
    tally["some was on the disk"] += 0 < durable < len(changes)
    tally["on the disk and not acknowledged"] += max(0, durable - count)
    return shown


def run(kills, seed, say):
    """What was counted, by name."""
    chance = random.Random(seed)
    tally = dict.fromkeys(("changes", "acknowledged", "nothing was on the disk", "some was on the disk",
                           "all was on the disk", "on the disk and not acknowledged"), 0)
    with Cluster() as cluster:
        for tenant in TENANTS:
            cluster.lqctl("tenant", "create", tenant)
        client = QuotaClient(cluster)
        with client:
            client.welcome()
            quotas = {tenant: {} for tenant in TENANTS}
            for number in range(kills):
                quotas = play_round(cluster, client, chance, quotas, tally)
                if (number + 1) % 20 == 0:
                    say(f"{number + 1} kills: {tally}")
        for tenant in TENANTS:  # and lqctl says the same
            document = cluster.lqctl("tenant", "quota", tenant)["quotas"]
            own = {name: NONE if entry["limit"] is None else int(entry["limit"])
                   for name, entry in document.items() if entry["own"]}
            check(own == quotas[tenant], f"{tenant}: lqctl says {own}, the broker {quotas[tenant]}")
        cluster.lqctl("verify")
    return tally
