# SPDX-License-Identifier: MPL-2.0
# SPDX-FileCopyrightText: The LedgerQuest Engine authors
"""A stopped partition in the hands of somebody who may write its file: tables are edited through LMDB, and the state of
the partition is made to agree as far as that somebody can.

    bare      the state stays as it was, and so does LMDB's transaction number: only the tables changed
    agreeing  counts, next numbers, sums, transaction and check of the state are made right; no key, so not its tag
    keyed     the tag of the state too, as if the key were there; tags of entries stay what the change made of them

Knows docs/ledger-format.md through the reader of examples/verify_in_python."""
import pathlib
import struct
import sys

import lmdb

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "examples" / "verify_in_python"))
import ledger_entries as entries  # noqa: E402  pylint: disable=wrong-import-position
from ledger_partition import DATABASES, INTEGER_KEYS  # noqa: E402  pylint: disable=wrong-import-position
from lmdb_pages import META_TRANSACTION_AT, newest_meta, page_size  # noqa: E402  pylint: disable=wrong-import-position

BARE, AGREEING, KEYED = FORMS = ("bare", "agreeing", "keyed")
MAP_BYTES = 1 << 30
PROOFS_AT, META_BEFORE_AT, TAG_AT, CHECK_AT = 440, 472, 504, 536  # in a state of format 5
STATE_KEY = b"partition"


def integer_key(number):
    return struct.pack("=Q", number)


def summed(digests):
    total = entries.Sum()
    for digest in digests:
        total.add(digest)
    return total.bytes()


def sum_of_entries(table):
    return summed(entries.entry_digest(key, value) for key, value in table.items())


def hash_of(record):
    return record[120:152]


def add_tag(master, database, partition, key, value):
    return value + entries.make_tag(entries.make_tag_key(master), database, partition, key,
                                    value)[:entries.TAG_BYTES]


def close_state(front, master=None, old_tag=bytes(32)):
    """The 568 bytes of a state whose first 504 are `front`."""
    tag = old_tag if master is None else entries.make_tag(
        entries.make_tag_key(master), "meta", struct.unpack_from("<I", front, 4)[0], STATE_KEY, front)
    return front + tag + entries.blake2b(front + tag)


def agree(tables, state, transaction):
    """The first 504 bytes of a state that fits the tables."""
    last = {name: max((struct.unpack("=Q", key)[0] for key in tables[name] if len(key) == 8), default=0)
            for name in ("ledger", "outbox")}
    outbox = tables["outbox"]
    first = min((struct.unpack("=Q", key)[0] for key in outbox if len(key) == 8), default=last["outbox"] + 1)
    if not outbox:  # whoever empties it says that all of it was trimmed
        last["outbox"] = struct.unpack_from("<Q", state, 48)[0] - 1
        first = last["outbox"] + 1
    tenants = sum(1 for key in tables["names"] if key[:1] == b"\x01")
    sessions = sum(1 for key in tables["names"] if key[:1] == b"\x02")
    return state[:16] + struct.pack(
        "<15Q", transaction, last["ledger"] + 1, tenants + 1, sessions + 1, last["outbox"] + 1, first,
        *(len(tables[name]) for name in ("ledger", "heads", "keys", "frames", "outbox", "letters", "cursors")),
        sum(len(key) + len(value) for key, value in outbox.items()), len(tables["names"])) + state[136:216] + summed(
            hash_of(record) for record in tables["ledger"].values()) + b"".join(
                sum_of_entries(tables[name]) for name in entries.SUMMED[1:]) + struct.pack(
                    "<2Q", len(tables["proofs"]), sum(entries.Proof(*entry).count for entry in tables["proofs"].items())) + state[
                        PROOFS_AT + 16:TAG_AT]


class Forgery:
    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.path = self.folder / "data.mdb"

    def open(self):
        (self.folder / "lock.mdb").unlink(missing_ok=True)
        return lmdb.open(str(self.folder), map_size=MAP_BYTES, max_dbs=24, sync=False)

    def read(self):
        """Every table as a dictionary."""
        with self.open() as env:
            db = {name: env.open_db(name.encode(), create=False) for name in DATABASES}
            with env.begin() as txn:
                return {name: {bytes(key): bytes(value) for key, value in txn.cursor(db[name])}
                        for name in DATABASES}

    def edit(self, change, form=BARE, master=None):
        """change(tables) alters the dictionaries of read()."""
        before = self.read()
        after = {name: dict(table) for name, table in before.items()}
        change(after)
        if form != BARE and STATE_KEY in after["meta"]:
            old = before["meta"][STATE_KEY]
            transaction = newest_meta(self.path.read_bytes())[1]
            after["meta"][STATE_KEY] = close_state(
                agree(after, after["meta"][STATE_KEY], transaction), master if form == KEYED else None, old[TAG_AT:CHECK_AT])

        def run(env):
            db = {name: env.open_db(name.encode(), create=False) for name in DATABASES}
            with env.begin(write=True) as txn:
                self.put(txn, db, before, after)
        self.edit_environment(run)

    def put(self, txn, db, before, after):
        for name in DATABASES:
            for key in before[name]:
                if key not in after[name]:
                    txn.delete(key, db=db[name])
            for key, value in after[name].items():
                if before[name].get(key) != value:
                    txn.put(key, value, db=db[name])

    def edit_environment(self, change):
        """change(env) does what it likes in write transactions. Afterwards they pass as the one that was the newest:
        its number stands in the meta page again, and the older meta page is as it was."""
        data = self.path.read_bytes()
        newest, transaction = newest_meta(data)
        size = page_size(data)
        older = data[(1 - newest) * size:(2 - newest) * size]
        with self.open() as env:
            with env.begin():  # what the older meta page leads to is not used again while somebody reads
                change(env)
                if (env.info()["last_txnid"] - transaction) % 2:
                    with env.begin(write=True) as txn:  # into the meta page that is to be the newest
                        txn.put(b"x", b"")
                        txn.delete(b"x")
        data = bytearray(self.path.read_bytes())
        data[(1 - newest) * size:(2 - newest) * size] = older
        struct.pack_into("<Q", data, newest * size + META_TRANSACTION_AT, transaction)
        self.path.write_bytes(data)


__all__ = ["AGREEING", "BARE", "FORMS", "INTEGER_KEYS", "KEYED", "Forgery", "add_tag", "close_state", "integer_key"]
