# SPDX-License-Identifier: MPL-2.0
# SPDX-FileCopyrightText: The LedgerQuest Engine authors
"""Bases of sessions in the mirror's table, read by docs/cloud.md alone ("Base of a session"), and compared with a ledger."""

import hashlib
import re
import struct

import lmdb

HEADER = struct.Struct("<HHIQQQQQQQQIIIIQ32s32s32s32s")
OF_ONE_BASE = ("partition", "tenant", "session", "frame", "first_frame", "sequence", "first_sequence", "segment", "pieces",
               "records", "base_bytes", "hash", "base_digest")
SORT_KEY = re.compile(r"B#(\d{20})#([01])(\d{3})")
MAP_BYTES = 1 << 40


class NoBase(Exception):
    """What lies under these keys is no whole base, or not that of the session's head."""


def demand(holds, what):
    if not holds:
        raise NoBase(what)


def blake(data):
    return hashlib.blake2b(data, digest_size=32).digest()


class Piece:
    def __init__(self, item):
        data, self.body = bytes(item["h"]["B"]), bytes(item["b"]["B"])
        self.place = f"{item['pk']['S']} {item['sk']['S']}"
        (version, zero, self.partition, self.tenant, self.session, self.frame, self.first_frame, self.sequence,
         self.first_sequence, self.segment, self.wall_ns, self.piece, self.pieces, self.records, piece_bytes, self.base_bytes,
         self.hash, self.base_digest, piece_digest, digest) = HEADER.unpack(data)
        demand(version == 1 and zero == 0 and digest == blake(data[:192]), f"{self.place}: header")
        demand(len(self.body) == piece_bytes and blake(self.body) == piece_digest, f"{self.place}: body")
        demand(int(item["n"]["N"]) == self.segment, f"{self.place}: n")
        session, self.slot, number = map(int, SORT_KEY.fullmatch(item["sk"]["S"]).groups())
        demand((session, number) == (self.session, self.piece), f"{self.place}: its key is another one's")

    def identity(self):
        return tuple(getattr(self, name) for name in OF_ONE_BASE)


class Base:
    """All pieces of one; NoBase if they are not."""

    def __init__(self, pieces):
        first = pieces[0]
        demand(first.piece == 0 and len(pieces) >= first.pieces, f"{first.place}: {len(pieces)} of {first.pieces} pieces")
        self.pieces = pieces[:first.pieces]
        demand([piece.piece for piece in self.pieces] == list(range(first.pieces)) and
               len({piece.identity() for piece in self.pieces}) == 1, f"{first.place}: pieces of several bases")
        self.run = b"".join(piece.body for piece in self.pieces)
        demand(len(self.run) == first.base_bytes and blake(self.run) == first.base_digest, f"{first.place}: its bytes")
        each = -(-len(self.run) // first.pieces)
        demand(all(len(piece.body) == each for piece in self.pieces[:-1]), f"{first.place}: it is cut elsewhere")
        self.segment, self.session, self.slot = first.segment, first.session, first.slot
        self.frame, self.sequence, self.hash = first.frame, first.sequence, first.hash
        self.records = list(self.each_record())
        demand(len(self.records) == first.records and self.records[-1][112:144] == self.hash, f"{first.place}: its head")
        demand(self.positions() == list(range(first.first_frame, first.frame + 1)), f"{first.place}: its frames")

    def each_record(self):
        at = 0
        while at < len(self.run):
            count, = struct.unpack_from("<I", self.run, at)
            yield self.run[at + 4:at + 4 + count]
            at += 4 + count

    def positions(self):
        return [struct.unpack_from("<Q", record, 32)[0] for record in self.records]


def read_bases(items):
    """{(pk, session number): newest whole base} of a table's items by (pk, sk); what is not whole is passed over."""
    slots, newest = {}, {}
    for (pk, sk), item in sorted(items.items()):
        if sk.startswith("B#"):
            piece = Piece(item)
            slots.setdefault((pk, piece.session, piece.slot), []).append(piece)
    for (pk, session, _), pieces in slots.items():
        try:
            base = Base(pieces)
        except NoBase:
            continue
        before = newest.get((pk, session))
        demand(before is None or before.segment != base.segment, f"{pk} session {session}: two bases of one segment")
        if before is None or before.segment < base.segment:
            newest[pk, session] = base
    return newest


def read_heads(ledger):
    """{session number: (frame, records from the newest keyframe to the head)}"""
    heads = {}
    with lmdb.open(str(ledger), readonly=True, create=False, max_dbs=12, map_size=MAP_BYTES) as env:
        of_heads, of_records = (env.open_db(name, create=False) for name in (b"heads", b"ledger"))
        with env.begin() as txn:
            for key, value in txn.cursor(of_heads):
                frame, sequence, keyframe = struct.unpack_from("<QQQ", value)
                records = []
                while sequence >= keyframe > 0:
                    record = bytes(txn.get(struct.pack("=Q", sequence), db=of_records))
                    records.insert(0, record)
                    sequence, = struct.unpack_from("<Q", record, 40)
                heads[struct.unpack("=Q", key)[0]] = frame, records
    return heads


def compare_bases(items, ledger):
    """Demand that each session's newest whole base is equal to its head, record by record; (bases, pieces)."""
    bases = {session: base for (_, session), base in read_bases(items).items()}
    for session, (frame, records) in read_heads(ledger).items():
        base = bases.get(session)
        demand(base is not None, f"session {session} has no base")
        demand(base.frame == frame, f"session {session}: its base is of frame {base.frame}, its head of frame {frame}")
        demand(base.records == records, f"session {session}: its base has other records than the ledger")
    return len(bases), sum(len(base.pieces) for base in bases.values())
