# SPDX-License-Identifier: MPL-2.0
# SPDX-FileCopyrightText: The LedgerQuest Engine authors
"""Changes of the file, for tamper: databases, meta pages, pages, its length, the whole of it."""

import struct

import lmdb

from tamper_changes import KEY, NO_KEY, NO_TABLE, OLD_COPY, SEALED, flipped, of_file
from ledger_forgery import Forgery
from ledger_partition import DATABASES
from lmdb_pages import FREE_LIST, META_TRANSACTION_AT, LmdbPages


@of_file("the whole store is rolled back", [(KEY, OLD_COPY), (NO_KEY, OLD_COPY)])
def _(folder, store):
    (folder / "data.mdb").write_bytes((store.older / "data.mdb").read_bytes())


@of_file("the whole store is rolled back, all but the state")
def _(folder, store):
    state = Forgery(folder).read()["meta"]
    (folder / "data.mdb").write_bytes((store.older / "data.mdb").read_bytes())
    Forgery(folder).edit(lambda tables: tables.update(meta=state))


# ---- A6: databases ----

def drop_database(name):
    @of_file(f"the database {name} is dropped")
    def _(folder, _store):
        def run(env):
            with env.begin(write=True) as txn:
                txn.drop(env.open_db(name.encode(), txn=txn, create=False))
        Forgery(folder).edit_environment(run)

    @of_file(f"a bit of the name of {name} flips")
    def _(folder, _store):
        path = folder / "data.mdb"
        data = path.read_bytes()
        path.write_bytes(flipped(data, LmdbPages(data).records[name] - 1))  # its last letter


def empty_database(name):
    @of_file(f"the database {name} is emptied")
    def _(folder, _store):
        def run(env):
            with env.begin(write=True) as txn:
                txn.drop(env.open_db(name.encode(), txn=txn, create=False), delete=False)
        Forgery(folder).edit_environment(run)


for _name in DATABASES:
    drop_database(_name)
    if _name != "proofs":  # which the store has none of: its C tests change them (test_ledger_proofs)
        empty_database(_name)


def edit_file(name, accepted=(), nothing=False):
    """run(data, pages) alters the bytes."""
    def take(run):
        @of_file(name, accepted, nothing)
        def _(folder, _store):
            path = folder / "data.mdb"
            data = bytearray(path.read_bytes())
            run(data, LmdbPages(bytes(data)))
            path.write_bytes(data)
        return run
    return take


@of_file("a database is added")
def _(folder, _store):
    Forgery(folder).edit_environment(lambda env: env.open_db(b"ledges"))


@of_file("the unnamed database gets a plain entry")
def _(folder, _store):
    def run(env):
        with env.begin(write=True) as txn:
            txn.put(b"note", b"x")
    Forgery(folder).edit_environment(run)


@of_file("a database is replaced by one of plain entries")
def _(folder, _store):
    def run(env):
        with env.begin(write=True) as txn:
            txn.drop(env.open_db(b"letters", txn=txn, create=False))
            txn.put(b"letters", b"x" * 48)
    Forgery(folder).edit_environment(run)


def set_flags(name, flags):
    @edit_file(f"{name} gets the flags {flags:#x}")
    def _(data, pages):
        data[pages.records[name] + 4] ^= flags


for _name, _flags in (("names", 0x02), ("ledger", 0x04), ("heads", 0x08), ("keys", 0x08), ("letters", 0x02)):
    set_flags(_name, _flags)


@edit_file("the unnamed database gets the flag of reversed keys")
def _(data, pages):
    data[pages.newest * pages.page_bytes + 16 + 24 + 48 + 4] ^= 0x02


@edit_file("the roots of outbox and letters are exchanged")
def _(data, pages):
    one, other = pages.records["outbox"], pages.records["letters"]
    data[one:one + 48], data[other:other + 48] = data[other:other + 48], data[one:one + 48]


@edit_file("the record of outbox says that it is longer than its page")
def _(data, pages):
    data[pages.records["outbox"] - len("outbox") - 8 + 3] ^= 0x20  # of the node's length, its highest byte


@edit_file("LMDB's count of the entries of ledger is one less")
def _(data, pages):
    at = pages.records["ledger"] + 32
    struct.pack_into("<Q", data, at, struct.unpack_from("<Q", data, at)[0] - 1)


# ---- the file ----

@edit_file("the two meta pages are exchanged")
def _(data, pages):
    size = pages.page_bytes
    data[:size], data[size:2 * size] = data[size:2 * size], data[:size]


@edit_file("the older meta page is made the newest")
def _(data, pages):
    older = 1 - pages.newest
    struct.pack_into("<Q", data, older * pages.page_bytes + META_TRANSACTION_AT, pages.transaction + 1)


@edit_file("the older meta page takes the newest's place and number")
def _(data, pages):
    size, older = pages.page_bytes, 1 - pages.newest
    data[pages.newest * size + 16:pages.newest * size + META_TRANSACTION_AT] = data[
        older * size + 16:older * size + META_TRANSACTION_AT]


@edit_file("the newest meta page's number is set back by two")
def _(data, pages):
    struct.pack_into("<Q", data, pages.newest * pages.page_bytes + META_TRANSACTION_AT, pages.transaction - 2)


@edit_file("the newest meta page has another magic number")
def _(data, pages):
    data[pages.newest * pages.page_bytes + 16] ^= 1


@edit_file("the newest meta page has another version")
def _(data, pages):
    data[pages.newest * pages.page_bytes + 20] ^= 2


@edit_file("both meta pages are zeroed")
def _(data, pages):
    data[:2 * pages.page_bytes] = bytes(2 * pages.page_bytes)


@edit_file("the newest meta page is zeroed")
def _(data, pages):
    at = pages.newest * pages.page_bytes
    data[at:at + pages.page_bytes] = bytes(pages.page_bytes)


def zero_page(name, kind):
    @edit_file(f"a {kind} page of {name} is zeroed")
    def _(data, pages):
        at = pages.pages_of(name, kind)[0] * pages.page_bytes
        data[at:at + pages.page_bytes] = bytes(pages.page_bytes)


for _name, _kind in (("ledger", "branch"), ("ledger", "leaf"), ("heads", "leaf"), ("names", "leaf"), ("keys", "leaf"),
                     ("frames", "leaf"), ("outbox", "leaf"), ("letters", "leaf"), ("meta", "leaf"), ("", "leaf")):
    zero_page(_name, _kind)


@edit_file("a big record's page is zeroed", [(NO_KEY, SEALED)])
def _(data, pages):
    at = (pages.pages_of("ledger", "overflow")[0] + 0) * pages.page_bytes
    data[at + 16 + 1000:at + pages.page_bytes] = bytes(pages.page_bytes - 1016)


@edit_file("a leaf of ledger is replaced by its neighbour")
def _(data, pages):
    size = pages.page_bytes
    one, other = pages.pages_of("ledger", "leaf")[3:5]
    data[one * size + 8:(one + 1) * size] = data[other * size + 8:(other + 1) * size]


@edit_file("two leaves of names are exchanged")
def _(data, pages):
    size = pages.page_bytes
    one, other = pages.pages_of("names", "leaf")[:2]
    data[one * size + 8:(one + 1) * size], data[other * size + 8:(other + 1) * size] = (
        data[other * size + 8:(other + 1) * size], data[one * size + 8:(one + 1) * size])


@edit_file("a branch page leads to itself")
def _(data, pages):
    page = pages.pages_of("ledger", "branch")[0]
    base = page * pages.page_bytes
    offset, = struct.unpack_from("<H", data, base + 16 + 2)
    struct.pack_into("<HH", data, base + offset, page & 0xffff, page >> 16)


@edit_file("a root lies outside of the file")
def _(data, pages):
    struct.pack_into("<Q", data, pages.records["outbox"] + 40, 1 << 40)


@edit_file("a root lies behind the last page")
def _(data, pages):
    struct.pack_into("<Q", data, pages.records["outbox"] + 40, pages.last_page + 1)


@edit_file("the last page lies before the root", [])
def _(data, pages):
    struct.pack_into("<Q", data, pages.newest * pages.page_bytes + 136, 3)


@edit_file("the list of free pages is damaged", [(KEY, NO_TABLE), (NO_KEY, NO_TABLE)])
def _(data, pages):
    for page in pages.pages_of(FREE_LIST, "leaf"):
        at = page * pages.page_bytes
        data[at + 16:at + pages.page_bytes] = b"\xa5" * (pages.page_bytes - 16)


@edit_file("a free page is overwritten", [(KEY, NO_TABLE), (NO_KEY, NO_TABLE)])
def _(data, pages):
    page = min(page for page in pages.free_pages if page not in pages.owners)
    at = page * pages.page_bytes
    data[at:at + pages.page_bytes] = b"\xa5" * pages.page_bytes


def truncate(name, bytes_of, nothing=False):
    @edit_file(f"the file is cut {name}", nothing=nothing)
    def _(data, pages):
        del data[bytes_of(data, pages):]


def last_of_tables(pages):
    return max(page for page in pages.used_pages() if pages.owners[page] != FREE_LIST) * pages.page_bytes


truncate("by the last page of a table", lambda _data, pages: last_of_tables(pages))
truncate("to half of the last page of a table", lambda _data, pages: last_of_tables(pages) + 100)
truncate("to a half", lambda data, pages: len(data) // 2 // pages.page_bytes * pages.page_bytes)
truncate("to two pages", lambda _data, pages: 2 * pages.page_bytes)
truncate("to one page", lambda _data, pages: pages.page_bytes)
truncate("to a part of a page", lambda _data, _pages: 100)
truncate("to nothing", lambda _data, _pages: 0, nothing=True)


@of_file("the file is other bytes")
def _(folder, _store):
    path = folder / "data.mdb"
    path.write_bytes(bytes(index * 7 % 251 for index in range(path.stat().st_size)))


@of_file("the partition is copied compactly, which numbers transactions anew")
def _(folder, _store):
    other = folder / "compact"
    other.mkdir()
    with lmdb.open(str(folder), readonly=True, max_dbs=12) as env:
        env.copy(str(other), compact=True)
    (other / "data.mdb").replace(folder / "data.mdb")
