# SPDX-License-Identifier: MPL-2.0
# SPDX-FileCopyrightText: The LedgerQuest Engine authors
"""The pages of an LMDB file (0.9, 64 bits, little endian): which of them belong to which database, and where in
them structure lies and where data. Read from the bytes, without LMDB, so that damage can be aimed.

    meta page     header, magic, version, address, map size, two databases (free list, unnamed), last page, transaction
    branch, leaf  header, u16 offsets of nodes from 16 on, nodes at the end
    node          u16 low, u16 high, u16 flags, u16 key bytes, key, data; in a branch the first three are a page
    overflow      header with a count of pages, then the data of one big value"""
import dataclasses
import struct

HEADER = struct.Struct("<QHHHH")  # number, pad, flags, lower, upper
HEADER_BYTES, NODE_BYTES = 16, 8
DATABASE = struct.Struct("<IHHQQQQQ")  # pad, flags, depth, branch, leaf, overflow pages, entries, root
META = struct.Struct("<IIQQ48s48sQQ")
BRANCH, LEAF, OVERFLOW = 0x01, 0x02, 0x04
BIG_DATA, SUB_DATABASE = 0x01, 0x02
NO_PAGE = 2**64 - 1
META_TRANSACTION_AT = 144
UNNAMED, FREE_LIST = "", "(free)"


@dataclasses.dataclass
class Span:
    """Bytes of the file."""
    kind: str  # meta, header, offset, node, key, value
    page: int
    at: int
    count: int


def page_size(data):
    return struct.unpack_from("<I", data, HEADER_BYTES + 24)[0]


def newest_meta(data):
    """(index of the page, its transaction)"""
    numbers = [struct.unpack_from("<Q", data, index * page_size(data) + META_TRANSACTION_AT)[0] for index in (0, 1)]
    return numbers.index(max(numbers)), max(numbers)


class LmdbPages:
    def __init__(self, data):
        self.data = data
        self.page_bytes = page_size(data)
        self.newest = newest_meta(data)[0]
        meta = META.unpack_from(data, HEADER_BYTES + self.newest * self.page_bytes)
        self.last_page, self.transaction = meta[6], meta[7]
        self.owners = {0: "(meta)", 1: "(meta)"}  # database by page
        self.kinds = {0: "meta", 1: "meta"}  # meta, branch, leaf, overflow
        self.spans = [Span("meta", index, index * self.page_bytes, HEADER_BYTES + META.size) for index in (0, 1)]
        self.records = {}  # where the 48 bytes of a named database lie
        self.free_pages = set()
        self.entries = {}  # (key, value, where the node begins) by database
        for owner, record in ((FREE_LIST, meta[4]), (UNNAMED, meta[5])):
            self.walk(owner, DATABASE.unpack(record)[7])
        for key, value, at in self.entries[UNNAMED]:
            name = key.decode()
            self.records[name] = at + NODE_BYTES + len(key)
            self.walk(name, DATABASE.unpack(value)[7])
        for _, value, _ in self.entries[FREE_LIST]:
            numbers = struct.unpack(f"<{len(value) // 8}Q", value)
            self.free_pages |= set(numbers[1:1 + numbers[0]])

    def used_pages(self):
        return sorted(self.owners)

    def pages_of(self, owner, kind=None):
        return [page for page in self.used_pages()
                if self.owners[page] == owner and kind in (None, self.kinds[page])]

    def take(self, owner, page, kind):
        assert page not in self.owners and page <= self.last_page, (owner, page)
        self.owners[page], self.kinds[page] = owner, kind

    def walk(self, owner, root):
        self.entries.setdefault(owner, [])
        if root != NO_PAGE:
            self.walk_page(owner, root)

    def walk_page(self, owner, page):
        base = page * self.page_bytes
        number, _, flags, lower, _ = HEADER.unpack_from(self.data, base)
        assert number == page, (owner, page, number)
        self.take(owner, page, "branch" if flags & BRANCH else "leaf")
        self.spans.append(Span("header", page, base, HEADER_BYTES))
        count = (lower - HEADER_BYTES) // 2
        self.spans.append(Span("offset", page, base + HEADER_BYTES, 2 * count))
        for offset in struct.unpack_from(f"<{count}H", self.data, base + HEADER_BYTES):
            low, high, node_flags, key_bytes = struct.unpack_from("<HHHH", self.data, base + offset)
            at = base + offset
            key = self.data[at + NODE_BYTES:at + NODE_BYTES + key_bytes]
            self.spans.append(Span("node", page, at, NODE_BYTES))
            if key_bytes:
                self.spans.append(Span("key", page, at + NODE_BYTES, key_bytes))
            if flags & BRANCH:
                self.walk_page(owner, low | high << 16 | node_flags << 32)
            else:
                self.take_entry(owner, page, at, bytes(key), low | high << 16, node_flags)

    def take_entry(self, owner, page, at, key, value_bytes, flags):
        value_at = at + NODE_BYTES + len(key)
        if flags & BIG_DATA:
            self.spans.append(Span("node", page, value_at, 8))
            first, = struct.unpack_from("<Q", self.data, value_at)
            base = first * self.page_bytes
            count, = struct.unpack_from("<I", self.data, base + 12)
            for index in range(count):
                self.take(owner, first + index, "overflow")
            self.spans.append(Span("header", first, base, HEADER_BYTES))
            value_at, page = base + HEADER_BYTES, first
        self.spans.append(Span("node" if flags & SUB_DATABASE else "value", page, value_at, value_bytes))
        self.entries[owner].append((key, bytes(self.data[value_at:value_at + value_bytes]), at))

    def structural_spans(self):
        """What holds the tables together: all but keys and values of leaves; keys of branches and of the unnamed
        database's leaf count as structure."""
        def is_structural(span):
            return span.kind not in ("key", "value") or (
                span.kind == "key" and (self.kinds[span.page] == "branch" or self.owners[span.page] == UNNAMED))
        return [span for span in self.spans if span.count and is_structural(span)]
