# SPDX-License-Identifier: MPL-2.0
# SPDX-FileCopyrightText: The LedgerQuest Engine authors
"""A partition's file, opened read-only: its databases, read in short transactions, also while a writer works.

A damaged file makes LMDB return errors, which become `Damaged`, or end the process by a signal or an assertion:
whoever has to survive that reads in a child process (watched_child.py)."""
import contextlib
import os
import struct
import time

import lmdb

from ledger_entries import FORMAT, Broken, Record, State, blake2b, demand

INTEGER_KEYS = ("ledger", "heads", "outbox", "letters", "proofs")
DATABASES = INTEGER_KEYS + ("names", "keys", "frames", "cursors", "meta")
MAP_BYTES = 1 << 40  # addresses only; a writer that makes the file grow does not outgrow them
ADDRESSES_MAX = 1 << 47  # of a process
BATCH_ENTRIES, BATCH_BYTES = 256, 4 << 20  # of one transaction
META_TRIES, META_PAUSE_S = 5, 0.005

# LMDB 0.9, 64 bits: a meta page is a page header of 16 bytes, then magic, version, two pointers, two descriptions
# of databases of 48 bytes (the first begins with the size of a page), the last page, the transaction: 152 bytes.
META = struct.Struct("<16xII16xI92xQQ")
META_MAGIC, META_VERSION = 0xBEEFC0DE, 1


class Missing(Exception):
    """There is nothing of that name."""


class Damaged(Exception):
    """Nothing sensible can be read any more. database: where; None: the file."""

    def __init__(self, database, what):
        super().__init__("%s: %s" % (database or "data.mdb", what))
        self.database, self.what = database or "data.mdb", what


@contextlib.contextmanager
def reading(database):
    """What LMDB says of a damaged file becomes Damaged; trouble of the machine stays what it is."""
    try:
        yield
    except (lmdb.MemoryError, lmdb.DiskError, lmdb.LockError, lmdb.ReadersFullError):
        raise
    except lmdb.Error as error:
        raise Damaged(database, "cannot be read: %s" % error) from None


def read_meta_pages(path):
    """(transaction, digest) of the two meta pages."""
    with open(path, "rb") as file:
        first = file.read(META.size)
        demand(len(first) == META.size, "data.mdb is too short for a meta page")
        page_bytes = META.unpack(first)[2]
        file.seek(page_bytes)
        second = file.read(META.size)
    demand(len(second) == META.size, "data.mdb is too short for two meta pages")
    for index, page in enumerate((first, second)):
        magic, version, own_page_bytes, last_page, _ = META.unpack(page)
        demand((magic, version, own_page_bytes) == (META_MAGIC, META_VERSION, page_bytes),
               "meta page %d is none" % index)
        demand(last_page * page_bytes < ADDRESSES_MAX, "meta page %d has an impossible last page" % index)
    return [(META.unpack(page)[4], blake2b(page)) for page in (first, second)]


def are_as_stated(pages, state):
    """Neighbours, the even one first; the older one as the state says, unless a writer wrote it meanwhile."""
    (first, _), (second, _) = pages
    older, digest = min(pages)
    return first % 2 == 0 and second % 2 == 1 and abs(first - second) == 1 and older + 1 >= state.transaction and (
        older >= state.transaction or digest == state.meta_page_before)


def databases_of(form):
    return [name for name in DATABASES if name != "proofs" or form != 4]


class Partition:
    def __init__(self, folder, on_progress=lambda what: None):
        """on_progress(what): called with what will be read next."""
        self.path = os.path.join(folder, "data.mdb")
        self.on_progress = on_progress
        if not os.path.exists(self.path):
            raise Missing("no ledger in %s" % folder)
        on_progress("data.mdb, its meta pages")
        try:
            read_meta_pages(self.path)
        except (Broken, OverflowError) as broken:
            raise Damaged(None, str(broken)) from None
        with reading(None):
            self.env = lmdb.open(folder, readonly=True, create=False, max_dbs=len(DATABASES),
                                 map_size=MAP_BYTES)
        self.db = {"meta": self.open_database("meta")}
        state = self.get("meta", b"partition") or b""
        self.format = struct.unpack_from("<I", state)[0] if len(state) >= 4 else FORMAT
        self.db.update((name, self.open_database(name)) for name in databases_of(self.format) if name != "meta")

    def open_database(self, name):
        self.on_progress("the database %s" % name)
        try:
            with reading(name):
                return self.env.open_db(name.encode(), create=False)
        except lmdb.Error as error:
            raise Damaged(name, str(error)) from None

    def close(self):
        self.env.close()

    def meta_pages_agree(self, state):
        """A writer may change them while they are read: then they are read again."""
        for _ in range(META_TRIES):
            if are_as_stated(read_meta_pages(self.path), state):
                return True
            time.sleep(META_PAUSE_S)
        return False

    def flags_are_right(self, name):
        with reading(name), self.env.begin() as txn:
            flags = self.db[name].flags(txn)
        return all(is_set == (flag == "integerkey" and name in INTEGER_KEYS) for flag, is_set in flags.items())

    def database_names(self):
        """What the unnamed database holds."""
        self.on_progress("the unnamed database")
        with reading("unnamed database"), self.env.begin() as txn:
            return [key for key, _ in self.batch(txn, None, None)]

    def number_of(self, name, key):
        """Integer keys are compared as numbers, others byte by byte."""
        if name not in INTEGER_KEYS:
            return key
        demand(len(key) == 8, "a key has %d bytes instead of 8" % len(key))
        return struct.unpack("=Q", key)[0]

    def batch(self, txn, name, after, entries_max=None):
        """The (key, value) after the key `after`, copied. Broken: they are out of order, or not found by key."""
        cursor = txn.cursor(db=self.db.get(name))
        last = None if after is None else self.number_of(name, after)
        found = cursor.first() if after is None else cursor.set_range(after)
        if found and after is not None and cursor.key() == after:
            found = cursor.next()
        batch, batch_bytes = [], 0
        while found:
            key, value = cursor.item()
            self.on_progress("%s, behind entry %s" % (name or "unnamed database", key.hex()))
            number = self.number_of(name, key)
            demand(last is None or number > last, "keys are out of order at %s" % show_key(name, key))
            demand(name is None or txn.get(key, db=self.db[name]) == value,
                   "a look-up does not find %s" % show_key(name, key))
            last = number
            batch.append((key, value))
            batch_bytes += len(value)
            if entries_max is not None and (len(batch) >= entries_max or batch_bytes >= BATCH_BYTES):
                break
            found = cursor.next()
        return batch

    def walk(self, name):
        """Every (key, value) from the first to the last, in short transactions."""
        after = None
        while True:
            self.on_progress("%s, %s" % (name, "from its begin" if after is None else "behind " + after.hex()))
            try:
                with reading(name), self.env.begin() as txn:
                    batch = self.batch(txn, name, after, BATCH_ENTRIES)
            except Broken as broken:
                raise Damaged(name, str(broken)) from None
            self.on_progress("")  # what is made of them may take its time
            yield from batch
            if not batch:
                return
            after = batch[-1][0]

    def snapshot(self):
        """(transaction, state's value or None, entries of heads, cursors and proofs by name, counts by database), of one
        transaction."""
        self.on_progress("meta and heads")
        tables, name = {}, "meta"
        try:
            with reading("meta"), self.env.begin() as txn:
                state = txn.get(b"partition", db=self.db["meta"])
                counts = {name: txn.stat(db)["entries"] for name, db in self.db.items()}
                for name in ("heads", "cursors", "proofs"):
                    with reading(name):
                        tables[name] = self.batch(txn, name, None) if name in self.db else []
                return txn.id(), state, tables, counts
        except Broken as broken:
            raise Damaged(name, str(broken)) from None

    def proofs_at_once(self):
        """(state's value, entries of proofs), of one transaction."""
        self.on_progress("meta and proofs")
        try:
            with reading("proofs"), self.env.begin() as txn:
                proofs = self.batch(txn, "proofs", None) if "proofs" in self.db else []
                return txn.get(b"partition", db=self.db["meta"]), proofs
        except Broken as broken:
            raise Damaged("proofs", str(broken)) from None

    def outbox_at_once(self):
        """(state's value, all entries), of one transaction."""
        self.on_progress("meta and outbox")
        try:
            with reading("outbox"), self.env.begin() as txn:
                return txn.get(b"partition", db=self.db["meta"]), self.batch(txn, "outbox", None)
        except Broken as broken:
            raise Damaged("outbox", str(broken)) from None

    def get(self, name, key):
        self.on_progress("%s, entry %s" % (name, key.hex()))
        with reading(name), self.env.begin() as txn:
            return txn.get(key, db=self.db[name])

    def record(self, sequence):
        data = self.get("ledger", struct.pack("=Q", sequence))
        demand(data is not None, "record %d is missing" % sequence)
        return Record(data, self.format)

    def read_state(self):
        """For those who want no more; the verification reads it in its snapshot."""
        return State(self.get("meta", b"partition"))


def show_key(name, key):
    """As people read it."""
    if name in INTEGER_KEYS and len(key) == 8:
        return str(struct.unpack("=Q", key)[0])
    if name == "keys" and len(key) == 12:
        return "%d.%d" % struct.unpack(">QI", key)
    if name == "frames" and len(key) == 16:
        return "%d.%d" % struct.unpack(">QQ", key)
    if name == "names" and key[:1] in (b"\x01", b"\x02"):
        return "/".join(part.decode(errors="replace") for part in key[1:].split(b"\0", 1))
    return key.decode() if key.isascii() and key.decode().isprintable() else key.hex()
