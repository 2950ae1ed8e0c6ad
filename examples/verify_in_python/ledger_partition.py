# SPDX-License-Identifier: MPL-2.0
# SPDX-FileCopyrightText: The LedgerQuest Engine authors
"""A partition's file, opened read-only: its databases, read in short transactions, also while a writer works.

A damaged file makes LMDB return errors, which become `Damaged`, or end the process by a signal or an assertion:
whoever has to survive that reads in a child process (watched_child.py)."""
import contextlib
import os
import struct

import lmdb

from ledger_entries import Broken, Record, State, demand

INTEGER_KEYS = ("ledger", "heads", "outbox", "letters")
DATABASES = INTEGER_KEYS + ("names", "keys", "frames", "cursors", "meta")
MAP_BYTES = 1 << 40  # addresses only; a writer that makes the file grow does not outgrow them
ADDRESSES_MAX = 1 << 47  # of a process
BATCH_ENTRIES, BATCH_BYTES = 256, 4 << 20  # of one transaction
META_TRIES = 100

# LMDB 0.9, 64 bits: a meta page is a page header of 16 bytes, then magic, version, two pointers, two descriptions
# of databases of 48 bytes (of the free list, which begins with the size of a page, and of the unnamed one; both end
# with the page of their root), the last page, the transaction.
META = struct.Struct("<16xII16xI44x40xQQQ")
META_MAGIC, META_VERSION = 0xBEEFC0DE, 1
NO_PAGE = 2**64 - 1
# Other pages: header, then as many u16 offsets of nodes as the header's `lower` has room for. A node: three u16 (low and
# high half of the value's length; flags), u16 length of the key, key, value. In a branch the three are a page.
PAGE_HEADER, BRANCH, NODE = struct.Struct("<8x2xHH2x"), 0x01, struct.Struct("<HHHH")
DATABASE_BYTES = 48
DEPTH_MAX = 32


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


class MetaPages:
    """The two meta pages, and what they lead to, read from the bytes: LMDB itself shows the newer one only."""

    def __init__(self, path):
        with open(path, "rb") as self.file:
            first = self.file.read(META.size)
            demand(len(first) == META.size, "data.mdb is too short for a meta page")
            self.page_bytes = META.unpack(first)[2]
            self.file.seek(self.page_bytes)
            second = self.file.read(META.size)
            demand(len(second) == META.size, "data.mdb is too short for two meta pages")
            self.transactions, self.roots = [], []
            for index, page in enumerate((first, second)):
                magic, version, page_bytes, root, last_page, transaction = META.unpack(page)
                demand((magic, version, page_bytes) == (META_MAGIC, META_VERSION, self.page_bytes),
                       "meta page %d is none" % index)
                demand(last_page * page_bytes < ADDRESSES_MAX, "meta page %d has an impossible last page" % index)
                self.transactions.append(transaction)
                self.roots.append(root)
            self.stated = [self.stated_transaction(root) for root in self.roots]

    def look_up(self, page, key):
        """The value of a key in the tree that has its root there; None: not found. Values as short as ours lie in
        the leaf."""
        for _ in range(DEPTH_MAX):
            self.file.seek(page * self.page_bytes)
            data = self.file.read(self.page_bytes)
            flags, lower = PAGE_HEADER.unpack_from(data)
            found = None
            for offset in struct.unpack_from("<%dH" % ((lower - 16) // 2), data, 16):
                low, high, upper, key_bytes = NODE.unpack_from(data, offset)
                own_key = data[offset + 8:offset + 8 + key_bytes]
                if flags & BRANCH and (found is None or own_key <= key):  # the first key of a branch is empty
                    found = low | high << 16 | upper << 32
                elif not flags & BRANCH and own_key == key:
                    at = offset + 8 + key_bytes
                    return data[at:at + (low | high << 16)]
            if found is None:
                return None
            page = found
        return None

    def stated_transaction(self, root):
        """What the state says that this root leads to; None: there is none."""
        try:
            database = self.look_up(root, b"meta") if root != NO_PAGE else None
            if database is None or len(database) != DATABASE_BYTES:
                return None
            state = self.look_up(struct.unpack_from("<Q", database, 40)[0], b"partition")
            return struct.unpack_from("<Q", state, 16)[0] if state is not None else None
        except (struct.error, OverflowError, ValueError, OSError):
            return None

    def agree(self):
        """Neighbours, the even one first, each with a state of its own number; before the first commit there is none."""
        first, second = self.transactions
        return (first % 2 == 0 and second % 2 == 1 and abs(first - second) == 1 and
                all(stated == own or (own == 0 and stated is None)
                    for own, stated in zip(self.transactions, self.stated)))


class Partition:
    def __init__(self, folder, on_progress=lambda what: None):
        """on_progress(what): called with what will be read next."""
        self.path = os.path.join(folder, "data.mdb")
        self.on_progress = on_progress
        if not os.path.exists(self.path):
            raise Missing("no ledger in %s" % folder)
        on_progress("data.mdb, its meta pages")
        try:
            MetaPages(self.path)
        except (Broken, OverflowError) as broken:
            raise Damaged(None, str(broken)) from None
        with reading(None):
            self.env = lmdb.open(folder, readonly=True, create=False, max_dbs=len(DATABASES),
                                 map_size=MAP_BYTES)
        self.db = {name: self.open_database(name) for name in DATABASES}

    def open_database(self, name):
        self.on_progress("the database %s" % name)
        try:
            with reading(name):
                return self.env.open_db(name.encode(), create=False)
        except lmdb.Error as error:
            raise Damaged(name, str(error)) from None

    def close(self):
        self.env.close()

    def meta_pages_agree(self, transaction):
        """Whether both meta pages are as they should be, the newer one of this transaction. A writer may change
        them while they are read: then they are read again, and may be newer."""
        for _ in range(META_TRIES):
            with self.env.begin() as txn:
                before = txn.id()
            pages = MetaPages(self.path)
            with self.env.begin() as txn:
                is_quiet = txn.id() == before
            if is_quiet:
                return pages.agree() and max(pages.transactions) == before >= transaction
        return True  # of a cluster that commits all the time, a look at a copy tells

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
            yield from batch
            if not batch:
                return
            after = batch[-1][0]

    def snapshot(self):
        """(transaction, state's value or None, entries of heads, counts by database), of one transaction."""
        self.on_progress("meta and heads")
        try:
            with reading("meta"), self.env.begin() as txn:
                state = txn.get(b"partition", db=self.db["meta"])
                counts = {name: txn.stat(self.db[name])["entries"] for name in DATABASES}
                with reading("heads"):
                    heads = self.batch(txn, "heads", None)
                return txn.id(), state, heads, counts
        except Broken as broken:
            raise Damaged("heads", str(broken)) from None

    def get(self, name, key):
        self.on_progress("%s, entry %s" % (name, key.hex()))
        with reading(name), self.env.begin() as txn:
            return txn.get(key, db=self.db[name])

    def record(self, sequence):
        data = self.get("ledger", struct.pack("=Q", sequence))
        demand(data is not None, "record %d is missing" % sequence)
        return Record(data)

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
