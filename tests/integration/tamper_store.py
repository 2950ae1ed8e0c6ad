# SPDX-License-Identifier: MPL-2.0
# SPDX-FileCopyrightText: The LedgerQuest Engine authors
"""The partition that tamper works on: written by a real cluster in a short run and stopped. 100 sessions of three
tenants, a fourth tenant without any, more than 64 frames in some sessions, events, decided letters. And a copy of the
partition as it was before the last sessions and most of the frames."""

import shutil

import lmdb

from cluster import check, wait_until
from test_dead_letters import MarkedCluster, die, letter_name
from wire_client import SPAWN, WireClient, command, custom, join

EARLY = {"acme": 60, "gamma": 2}  # sessions by tenant
LATE = {"beta": 38}
TENANTS = {**EARLY, **LATE}
NO_SESSIONS = "nobody"
LONG_SESSIONS, LONG_FRAMES = 3, 130
ROUNDS = 4
LARGE, BODIES = "s05", 60
LETTERS = 2
MAP_BYTES = 4 << 30


class Store:
    """Where the originals lie."""

    def __init__(self, folder):
        self.folder = folder
        self.partition, self.older, self.key = folder / "partition", folder / "older", folder / "master.key"
        self.broker = folder / "broker"


def play(cluster, clients, tenants, rounds, first=False):
    """Commands for every session of these tenants; in the first round they are made, and joined."""
    for tenant, count in tenants.items() if first else ():
        cluster.create_sessions(tenant, [f"s{number:02}" for number in range(count)])
    for number in range(rounds):
        for tenant, count in tenants.items():
            for session in range(count):
                body = join(5.0 + session, 5.0) if first and number == 0 else custom(f"r{number}")
                clients[tenant].submit(f"s{session:02}", body)
        for client in clients.values():
            client.drain()


def play_long(client):
    for number in range(LONG_FRAMES):
        for session in range(LONG_SESSIONS):
            client.submit(f"s{session:02}", custom(f"long {number}"))
        client.drain()


def fill_world(client):
    """Many bodies, and a record that does not fit into a page of LMDB."""
    for index in range(BODIES):
        if not client.can_submit(LARGE):
            client.drain()
        client.submit(LARGE, command(SPAWN, x=2.0 + 1.5 * index, y=20.0, radius=0.5))
    client.drain()
    client.submit(LARGE, custom("x" * 6000))
    client.drain()


def copy_partition(cluster, to):
    """A consistent copy, with the numbers of the transactions, while the cluster runs."""
    to.mkdir()
    with lmdb.open(str(cluster.ledger), readonly=True, map_size=MAP_BYTES, max_dbs=12) as env:
        env.copy(str(to))


def make_store(folder):
    """Returns the Store in `folder`."""
    store = Store(folder)
    with MarkedCluster() as cluster:
        cluster.wait_serving()
        clients = {tenant: WireClient(cluster, tenant) for tenant in TENANTS}
        try:
            play(cluster, clients, EARLY, 2, first=True)
            dead = [die(cluster, clients["gamma"], f"s{number:02}") for number in range(LETTERS)]
            copy_partition(cluster, store.older)
            cluster.lqctl("tenant", "create", NO_SESSIONS)
            play(cluster, clients, LATE, 1, first=True)
            fill_world(clients["acme"])
            play(cluster, clients, TENANTS, ROUNDS)
            play_long(clients["acme"])
            decide_letters(cluster, [letter_name(receipt.letter_id) for receipt in dead])
        finally:
            for client in clients.values():
                client.close()
        cluster.lqctl("feed", "set", "mirror", "2:4")  # entries before the fifth are trimmed
        cluster.ledgerquest("down")
        shutil.copytree(cluster.ledger, store.partition)
        (store.partition / "lock.mdb").unlink(missing_ok=True)
        shutil.copytree(cluster.run / "data" / "broker", store.broker)
        shutil.copy(cluster.master_key, store.key)
    return store


def decide_letters(cluster, ids):
    cluster.mend()
    cluster.wait_serving()
    check(cluster.lqctl("dlq", "redrive", *ids)["count"] == len(ids), "redrive")
    for one in ids:
        wait_until(lambda one=one: cluster.letter(one)["state"] == "done", f"{one} is done")
