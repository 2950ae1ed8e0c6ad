# SPDX-License-Identifier: MPL-2.0
# SPDX-FileCopyrightText: The LedgerQuest Engine authors
"""The mirror's table, read by boto3 and docs/cloud.md alone, and the ledger by lmdb: what the one has of the other.

The comparison is byte by byte: every record and every entry of the outbox is found in exactly one stream, once, in order."""

import hashlib
import struct

import lmdb

KINDS = {1: "ledger", 2: "outbox", 3: "broker"}
NOTE_AGAIN, BROKER_AGAIN = 5, 6  # kinds of entries behind which all is told again
HEADER = struct.Struct("<HBBIQQQ16s3Q3QIIQ32s32s32s32s32s32s32s")
MAP_BYTES = 1 << 40


class Breach(Exception):
    """The table is not what the document says, or not what the ledger has."""


def demand(holds, what):
    if not holds:
        raise Breach(what)


def blake(data):
    return hashlib.blake2b(data, digest_size=32).digest()


def binary(attribute):
    value = attribute["B"]
    return value if isinstance(value, bytes) else bytes(value)


class Segment:
    def __init__(self, item):
        self.pk, self.sk = item["pk"]["S"], item["sk"]["S"]
        data = binary(item["h"])
        self.body = binary(item["b"]) if "b" in item else b""
        (version, self.kind, _, self.partition, self.tenant, self.number, self.claim, self.writer, *rest) = \
            HEADER.unpack(data)
        self.before, self.after = list(rest[0:3]), list(rest[3:6])
        self.pieces, body_bytes = rest[6], rest[7]
        body_digest, self.previous, self.digest = rest[13], rest[14], rest[15]
        demand(version in (1, 2) and self.digest == blake(data[:304]), f"{self.pk} {self.sk}: header")
        demand(len(self.body) == body_bytes and blake(self.body) == body_digest, f"{self.pk} {self.sk}: body")
        demand(self.sk == f"L#{self.number:020}", f"{self.pk} {self.sk}: number {self.number}")

    def each_piece(self):
        at = 0
        while at < len(self.body):
            kind, flags, _, count, sequence = struct.unpack_from("<BBHIQ", self.body, at)
            yield kind, flags, sequence, self.body[at + 16:at + 16 + count]
            at += 16 + count


def read_items(client, table):
    """All items by (pk, sk)."""
    items, more = {}, {}
    while True:
        page = client.scan(TableName=table, ConsistentRead=True, **more)
        for item in page["Items"]:
            items[item["pk"]["S"], item["sk"]["S"]] = item
        if "LastEvaluatedKey" not in page:
            return items
        more = {"ExclusiveStartKey": page["LastEvaluatedKey"]}


def read_stream(segments):
    """{(kind, sequence): bytes} of a stream's segments, in the order of their numbers; what is wrong is a Breach."""
    entries, before, unfinished = {}, None, None
    for segment in segments:
        place = f"{segment.pk} {segment.sk}"
        demand(segment.number == (before.number + 1 if before else 1), f"{place}: a gap before it")
        demand(segment.previous == (before.digest if before else bytes(32)), f"{place}: not behind the one before")
        demand(segment.before == (before.after if before else [0, 0, 0]), f"{place}: begins elsewhere")
        covered, count = list(segment.before), 0
        if segment.kind == 1:
            demand(segment.claim > (before.claim if before else 0), f"{place}: claim {segment.claim}")
            unfinished = None
        else:
            demand((segment.claim, segment.writer) == (before.claim, before.writer), f"{place}: another writer")
        for kind, flags, sequence, data in segment.each_piece():
            count += 1
            unfinished = (kind, sequence, data) if flags & 1 else (kind, sequence, unfinished[2] + data)
            if flags & 2:
                demand(sequence > covered[kind - 1], f"{place}: {KINDS[kind]} {sequence} is out of order")
                covered[kind - 1] = sequence
                entries[kind, sequence] = unfinished[2]
        demand(count == segment.pieces and covered == segment.after, f"{place}: does not cover what it says")
        before = segment
    return entries


class TableCopy:
    """All that the streams of a table have, and the items beside them."""

    def __init__(self, client, table):
        self.items = read_items(client, table)
        streams = {}
        for (pk, sk), item in sorted(self.items.items()):
            if sk.startswith("L#"):
                streams.setdefault(pk, []).append(Segment(item))
        self.segments = sum(map(len, streams.values()))
        self.claims = sum(segment.kind == 1 for stream in streams.values() for segment in stream)
        self.streams = {pk: read_stream(stream) for pk, stream in streams.items()}
        # Of the outbox: what stands before, notes tell again behind it, and events may be lost.
        self.again = max((sequence for sequence, data in self.entries(2).items() if data[2] == NOTE_AGAIN), default=0)

    def compare(self, ledger, partition=0):
        """With a ledger's folder; (records, entries of the outbox) that are equal."""
        counts = {"ledger": 0, "outbox": 0}
        with lmdb.open(str(ledger), readonly=True, create=False, max_dbs=12, map_size=MAP_BYTES) as env:
            names = {}
            db = {name: env.open_db(name.encode(), create=False) for name in ("names", "ledger", "outbox", "keys", "meta")}
            with env.begin() as txn:
                form, = struct.unpack_from("<I", txn.get(b"partition", db=db["meta"]))
                tenant_at = {"ledger": 16 if form == 4 else 24, "outbox": 16}  # a record has a prefix from format 5 on
                for key, value in txn.cursor(db["names"]):
                    if key[0] == 1:
                        names[struct.unpack_from("<Q", value)[0]] = key[1:].decode()
                for kind, table in ((1, "ledger"), (2, "outbox")):
                    for key, value in txn.cursor(db[table]):
                        tenant, = struct.unpack_from("<Q", value, tenant_at[table])
                        self.find((kind, struct.unpack("=Q", key)[0]), value, names.get(tenant), partition)
                        counts[table] += 1
                self.check_keys(txn.cursor(db["keys"]), names)
        total = sum(len(stream) for stream in self.streams.values())
        self.extra = total - counts["ledger"] - counts["outbox"]  # trimmed from the outbox since
        return counts["ledger"], counts["outbox"]

    def entries(self, kind):
        """{sequence: bytes} over all streams: 1, records; 2, entries of the ledger's outbox; 3, of the broker's."""
        return {sequence: data for stream in self.streams.values() for (of_kind, sequence), data in stream.items()
                if of_kind == kind}

    def demand_no_gap(self, kind):
        """Sequences of this kind begin at 1 and have no gap, but before what is told again; how many there are."""
        found = self.entries(kind)
        missing = [sequence for sequence in range(1, max(found, default=0) + 1) if sequence not in found]
        if kind == 2:
            missing = [sequence for sequence in missing if sequence > self.again]
        elif kind == 3:
            missing = [sequence for sequence in missing
                       if found[min(later for later in found if later > sequence)][2] != BROKER_AGAIN]
        demand(not missing, f"{KINDS[kind]}: {len(missing)} of {len(found) + len(missing)} are missing, from {missing[:3]} on")
        return len(found)

    def mark(self, partition=0):
        """(ledger sequence, outbox sequence) up to which the partition's item says that all is there."""
        item = self.items.get((f"P#{partition}", "M"))
        return (int(item["l"]["N"]), int(item["o"]["N"])) if item else (0, 0)

    def find(self, entry, value, tenant, partition):
        kind, sequence = entry
        of_control = kind == 2 and struct.unpack_from("<H", value, 2)[0] != 0
        pk = f"P#{partition}" if of_control else f"T#{tenant}#P#{partition}"
        where = [one for one, entries in self.streams.items() if (kind, sequence) in entries]
        if of_control and sequence < self.again and not where:
            return
        demand(where == [pk], f"{KINDS[kind]} {sequence} is in {where}, not in {pk}")
        demand(self.streams[pk][kind, sequence] == bytes(value), f"{KINDS[kind]} {sequence} has other bytes")

    def wrapped_keys(self):
        """Of all tenants, as their items K have them."""
        for (_, sk), item in self.items.items():
            at, body = 0, binary(item["b"]) if sk == "K" else b""
            while at < len(body):
                count, = struct.unpack_from("<I", body, at)
                yield body[at + 4:at + 4 + count]
                at += 4 + count

    def check_keys(self, keys, names):
        wrapped = {}
        for key, value in keys:
            number, = struct.unpack_from(">Q", key)
            wrapped[number] = wrapped.get(number, b"") + struct.pack("<I", len(value)) + bytes(value)
        for number, name in names.items():
            item = self.items.get((f"T#{name}", "K"))
            demand(item is not None and binary(item["b"]) == wrapped[number], f"the keys of {name}")
            header = binary(item["h"])
            demand(header[32:64] == blake(header[:32] + blake(wrapped[number])), f"the header of {name}'s keys")
