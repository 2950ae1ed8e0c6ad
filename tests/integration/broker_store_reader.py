# SPDX-License-Identifier: MPL-2.0
# SPDX-FileCopyrightText: The LedgerQuest Engine authors
"""The broker's store, read by lmdb and nacl: its tables and its outbox in clear; and what the table has of it."""

import struct

import lmdb
import nacl.bindings

from cluster import check
from broker_entries import EPOCH, TABLES, Entry, Seal, read_master_key, tables_after

NUMBERS = {"live": 1, "parked": 2, "letters": 3, "quotas": 4, "outbox": 5, "cursors": 6}
MAP_BYTES = 1 << 40


class BrokerStore:
    def __init__(self, folder):
        self.key = bytes.fromhex((folder / "broker.key").read_text().strip())
        with lmdb.open(str(folder), readonly=True, create=False, max_dbs=12, map_size=MAP_BYTES) as env:
            databases = {name: env.open_db(name.encode(), create=False) for name in NUMBERS}
            with env.begin() as txn:
                found = {name: {key: self.open(name, key, value) for key, value in txn.cursor(databases[name])}
                         for name in NUMBERS}
        self.tables = {name: found[name] for name in TABLES.values()}
        self.outbox = {struct.unpack(">Q", key)[0]: value for key, value in found["outbox"].items()}
        self.cursors = {key.decode(): struct.unpack("<Q", value)[0] for key, value in found["cursors"].items()}

    def open(self, name, key, value):
        check(value[:4] == struct.pack("<HBB", 1, NUMBERS[name], 0), f"{name}: the front of a value")
        return nacl.bindings.crypto_aead_xchacha20poly1305_ietf_decrypt(value[28:], value[:4] + key, value[4:28], self.key)


def compare(copy, cluster, partition=0):
    """Every entry that the broker ever told is in the control stream, once, in order and equal to what its outbox still has; and
    all of them together amount to its tables. The entries."""
    seal = Seal(read_master_key(cluster.master_key), copy.wrapped_keys())
    store = BrokerStore(cluster.run / "data" / "broker")
    stream = copy.streams[f"P#{partition}"]
    sealed = {sequence: data for (kind, sequence), data in stream.items() if kind == 3}
    check(list(sealed) == list(range(1, len(sealed) + 1)), f"sequences of the broker's entries: {list(sealed)[:20]}")
    others = [pk for pk, entries in copy.streams.items() for kind, _ in entries if kind == 3 and pk != f"P#{partition}"]
    check(not others, f"entries of the broker are in {others}")
    plain = {sequence: seal.open(data) for sequence, data in sealed.items()}
    entries = [Entry(data) for data in plain.values()]
    check([entry.sequence for entry in entries] == list(plain), "a header names another sequence")
    bare = [entry.sequence for entry in map(Entry, map(seal.open_outer, sealed.values())) if entry.table == 3 and entry.value]
    check(not bare, f"letters that the master key alone opens: {bare}")
    for sequence, data in store.outbox.items():
        check(plain.get(sequence) == data, f"entry {sequence} of the outbox is not the one in the table")
    epochs = [entry.epoch for entry in entries if entry.kind == EPOCH]
    check(epochs == list(range(1, len(epochs) + 1)), f"epochs {epochs}")
    check([entry.epoch for entry in entries] == sorted(entry.epoch for entry in entries), "epochs go back")
    for name, table in tables_after(entries).items():
        check(table == store.tables[name], f"{name}: {len(table)} entries in the table, {len(store.tables[name])} in the store")
    return entries
