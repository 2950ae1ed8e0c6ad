# SPDX-License-Identifier: MPL-2.0
# SPDX-FileCopyrightText: The LedgerQuest Engine authors
"""Bases of sessions in the mirror's table, by docs/cloud.md alone: the records from a session's newest keyframe to its
head, in pieces, in one of two slots."""

import struct

from table_reader import Breach, binary, blake, demand

HEADER = struct.Struct("<HHI8QIIIIQ32s32s32s32s")
# What may differ between pieces of one base: wall time; piece, its bytes; digests of the piece and of the header.
OF_PIECE = slice(64, 76), slice(84, 88), slice(160, 224)


class Piece:
    def __init__(self, item):
        self.place = f"{item['pk']['S']} {item['sk']['S']}"
        data, self.body = binary(item["h"]), binary(item["b"])
        demand(len(data) == HEADER.size, f"{self.place}: header of {len(data)} bytes")
        (version, zero, self.partition, self.tenant, self.session, self.head_frame, self.first_frame, self.head_sequence,
         self.first_sequence, self.segment, _, self.piece, self.pieces, self.records, body_bytes, self.run_bytes, self.hash,
         self.run_digest, digest, check) = HEADER.unpack(data)
        demand(version in (1, 2) and zero == 0 and check == blake(data[:192]), f"{self.place}: header")
        demand(len(self.body) == body_bytes and blake(self.body) == digest, f"{self.place}: body")
        demand(int(item["n"]["N"]) == self.segment, f"{self.place}: n")
        same = bytearray(data)
        for part in OF_PIECE:
            same[part] = bytes(len(same[part]))
        self.of_base = bytes(same)

    def is_at(self, session, slot, piece):
        return (self.session, self.piece) == (session, piece) and self.place.endswith(f"B#{session:020}#{slot}{piece:03}")


def read_slot(pieces, session, slot):
    """(piece 0, run) of a slot; None: it has pieces of two bases, or not all."""
    first = pieces.get(0)
    if first is None:
        return None
    whole = [pieces.get(index) for index in range(first.pieces)]
    if any(piece is None or piece.of_base != first.of_base for piece in whole):
        return None
    demand(all(piece.is_at(session, slot, index) for index, piece in enumerate(whole)), f"{first.place}: not its place")
    run = b"".join(piece.body for piece in whole)
    demand(len(run) == first.run_bytes and blake(run) == first.run_digest, f"{first.place}: run")
    return first, run


def records_of(base, run):
    at, records = 0, []
    while at < len(run):
        count, = struct.unpack_from("<I", run, at)
        records.append(run[at + 4:at + 4 + count])
        at += 4 + count
    demand(at == len(run) and len(records) == base.records, f"{base.place}: {len(records)} records")
    return records


def read_bases(items):
    """{(pk, session number): (piece 0, records)} of the newest whole base of each session."""
    slots = {}
    for (pk, sk), item in items.items():
        if sk.startswith("B#"):
            _, session, slot_and_piece = sk.split("#")
            pieces = slots.setdefault((pk, int(session)), {}).setdefault(int(slot_and_piece[0]), {})
            pieces[int(slot_and_piece[1:])] = Piece(item)
    bases = {}
    for (pk, session), of_slot in slots.items():
        whole = [found for found in (read_slot(pieces, session, slot) for slot, pieces in of_slot.items()) if found]
        demand(whole, f"{pk}: session {session} has no whole base")
        newest, run = max(whole, key=lambda found: found[0].segment)
        bases[pk, session] = newest, records_of(newest, run)
    return bases


def compare_bases(bases, records, heads, streams, demanded):
    """Each base is a run of the ledger's records up to a frame of its session; how many are equal to the head.
    records: {sequence: Record}. heads: {session number: Head}. streams: {tenant number: pk}. demanded: each session has one, equal to its head."""
    equal = 0
    for (pk, session), (base, found) in bases.items():
        sequence = base.head_sequence
        for data in reversed(found):
            record = records.get(sequence)
            demand(record is not None and record.data == data and record.session == session,
                   f"{base.place}: its record {sequence} is not the ledger's")
            sequence = record.previous
        head, last = heads.get(session), records[base.head_sequence]
        demand(head is not None and pk == streams[last.tenant], f"{base.place}: no such session")
        demand((last.frame, last.hash) == (base.head_frame, base.hash), f"{base.place}: its head is another record")
        demand(record.sequence == base.first_sequence == record.keyframe, f"{base.place}: its first record")
        equal += (head.frame, head.hash) == (base.head_frame, base.hash)
    if demanded:
        have = {session for _, session in bases}
        missing = sorted(set(heads) - have)
        if missing or equal != len(heads):
            raise Breach(f"{len(missing)} sessions have no base, the first {missing[:3]}; {len(bases) - equal} bases are not "
                         "their session's head")
    return equal
