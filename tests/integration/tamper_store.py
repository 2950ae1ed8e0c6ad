# SPDX-License-Identifier: MPL-2.0
# SPDX-FileCopyrightText: The LedgerQuest Engine authors
"""The partition that tamper works on: written by a real cluster in a short run and stopped. 100 sessions of three
tenants, a fourth tenant without any, more than 64 frames in some sessions, events, decided letters, and a copy of the
partition as it was halfway."""

import shutil

import lmdb

from cluster import check, wait_until
from test_dead_letters import MarkedCluster, die, letter_name
from wire_client import WireClient, custom, join

TENANTS = {"acme": 60, "beta": 38, "gamma": 2}  # sessions by tenant
NO_SESSIONS = "nobody"
LONG_SESSIONS, LONG_FRAMES = 3, 130
ROUNDS = 5
LETTERS = 2
MAP_BYTES = 4 << 30


class Store:
    """Where the originals lie."""

    def __init__(self, folder):
        self.folder = folder
        self.partition, self.older, self.key = folder / "partition", folder / "older", folder / "master.key"
        self.broker = folder / "broker"


def create_all(cluster):
    for tenant, count in TENANTS.items():
        cluster.create_sessions(tenant, [f"s{number:02}" for number in range(count)])
    cluster.lqctl("tenant", "create", NO_SESSIONS)


def play(clients, rounds):
    for number in range(rounds):
        for tenant, client in clients.items():
            for session in range(TENANTS[tenant]):
                client.submit(f"s{session:02}", join(5.0 + session, 5.0 + number) if number == 0 else custom(f"r{number}"))
        for client in clients.values():
            client.drain()


def play_long(client):
    for number in range(LONG_FRAMES):
        for session in range(LONG_SESSIONS):
            client.submit(f"s{session:02}", custom(f"long {number}"))
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
        create_all(cluster)
        clients = {tenant: WireClient(cluster, tenant) for tenant in TENANTS}
        try:
            play(clients, 1)
            dead = [die(cluster, clients["gamma"], f"s{number:02}") for number in range(LETTERS)]
            copy_partition(cluster, store.older)
            play(clients, ROUNDS - 1)
            play_long(clients["acme"])
            decide_letters(cluster, [letter_name(receipt.letter_id) for receipt in dead])
        finally:
            for client in clients.values():
                client.close()
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
