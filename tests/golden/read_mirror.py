#!/usr/bin/python3
# SPDX-License-Identifier: MPL-2.0
# SPDX-FileCopyrightText: The LedgerQuest Engine authors
"""read_mirror.py FILE - read the worked example of docs/cloud.md by that page alone; one line an entry.

Exit codes: 0 read, 1 something does not hold.
"""

import hashlib
import struct
import sys

SOURCES = 3  # ledger, outbox, the broker's outbox
FIRST_PIECE, LAST_PIECE = 1, 2
ZEROS = bytes(32)


class Broken(Exception):
    pass


def demand(holds, what):
    if not holds:
        raise Broken(what)


def blake(data):
    return hashlib.blake2b(data, digest_size=32).digest()


def read_header(data):
    """The fields of the table "Header of a segment", in its order."""
    names = ("version kind zero partition tenant number claim writer before_ledger before_outbox before_broker "
             "after_ledger after_outbox after_broker pieces body_bytes wall_ns id_ledger id_outbox id_broker content "
             "body_digest previous digest").split()
    header = dict(zip(names, struct.unpack("<HBBIQQQ16s3Q3QIIQ32s32s32s32s32s32s32s", data)))
    demand(header["version"] == 2 and header["zero"] == 0, "another version")
    demand(header["digest"] == blake(data[:304]), "the digest of a header")
    for kind in ("before", "after"):
        header[kind] = [header[f"{kind}_{source}"] for source in ("ledger", "outbox", "broker")]
    return header


def read_pieces(body):
    at = 0
    while at < len(body):
        kind, flags, zero, count, sequence = struct.unpack_from("<BBHIQ", body, at)
        demand(1 <= kind <= SOURCES and flags <= 3 and zero == 0 and 0 < count <= len(body) - at - 16, "a piece")
        yield kind, flags, sequence, body[at + 16:at + 16 + count]
        at += 16 + count


def show(kind, sequence, entry):
    if kind != 1:
        print(f"note {sequence}, {len(entry)} bytes")
        return
    seal, form, _, _, version, record_kind, _, _, ledger, _, session, frame = struct.unpack_from("<HBBIHBBIQQQQ", entry)
    demand(seal == 1 and form == 1 and version == 2 and record_kind == 1 and ledger == sequence, "a record")
    print(f"record {ledger} of session {session}, frame {frame}")


def read_stream(segments):
    before = None
    unfinished = None  # kind, sequence, bytes so far
    for header_bytes, body in segments:
        header = read_header(header_bytes)
        demand(header["number"] == (before["number"] + 1 if before else 1), "a number")
        demand(header["previous"] == (before["digest"] if before else ZEROS), "the segment before")
        demand(header["before"] == (before["after"] if before else [0] * SOURCES), "where it begins")
        demand(len(body) == header["body_bytes"] and blake(body) == header["body_digest"], "a body")
        covered = list(header["before"])
        if header["kind"] == 1:
            demand(header["claim"] > (before["claim"] if before else 0) and not body, "a claim")
            print(f"claim {header['claim']}")
            unfinished = None
        else:
            demand((header["claim"], header["writer"]) == (before["claim"], before["writer"]), "a writer")
        count = 0
        for kind, flags, sequence, data in read_pieces(body):
            count += 1
            if flags & FIRST_PIECE:
                demand(unfinished is None, "an unfinished entry")
                unfinished = (kind, sequence, b"")
            demand(unfinished is not None and unfinished[:2] == (kind, sequence), "a rest")
            unfinished = (kind, sequence, unfinished[2] + data)
            if flags & LAST_PIECE:
                demand(sequence > covered[kind - 1], "an order")
                covered[kind - 1] = sequence
                show(kind, sequence, unfinished[2])
                unfinished = None
        demand(count == header["pieces"] and covered == header["after"], "what it covers")
        before = header


def read_base(pieces):
    base = b""
    for index, (data, body) in enumerate(pieces):
        names = ("version zero partition tenant session frame first_frame sequence first_sequence segment wall_ns piece "
                 "pieces records piece_bytes base_bytes hash base_digest piece_digest digest").split()
        header = dict(zip(names, struct.unpack("<HHIQQQQQQQQIIIIQ32s32s32s32s", data)))
        demand(header["version"] == 2 and header["digest"] == blake(data[:192]), "the header of a base")
        demand(header["piece"] == index and header["pieces"] == len(pieces), "the pieces of a base")
        demand(blake(body) == header["piece_digest"] and len(body) == header["piece_bytes"], "a piece of a base")
        base += body
    demand(blake(base) == header["base_digest"] and len(base) == header["base_bytes"], "a base")
    at, records = 0, 0
    while at < len(base):
        count, = struct.unpack_from("<I", base, at)
        record = base[at + 4:at + 4 + count]
        at += 4 + count
        records += 1
    demand(records == header["records"] and record[120:152] == header["hash"], "the head of a base")
    print(f"base of session {header['session']} at frame {header['frame']}, {records} record")


def read_partition(data):
    version, zero, partition, ledger_format, zero_again, claim, segment = struct.unpack_from("<HHIIIQQ", data)
    demand(version == 1 and zero == 0 and zero_again == 0 and len(data) == 136, "the item of a partition")
    demand(data[104:] == blake(data[:104]) and ledger_format == 2 and segment > 0, "the item of a partition")
    print(f"partition {partition}, claim {claim}")


def read_keys(data, body):
    version, zero, _, tenant, counter, keys, count, digest = struct.unpack("<HHIQQII32s", data)
    demand(version == 1 and zero == 0 and counter > 0 and count == len(body), "the item of keys")
    demand(digest == blake(data[:32] + blake(body)), "the item of keys")
    at, generations = 0, []
    while at < len(body):
        length, = struct.unpack_from("<I", body, at)
        generations.append(struct.unpack_from("<I", body, at + 4 + 4)[0])
        at += 4 + length
    demand(len(generations) == keys, "the item of keys")
    print(f"keys of tenant {tenant}: {keys}, of generation {generations[-1]}")


def read_broker_entry(master, plain, sealed):
    """Header and nonce; what is sealed opens with XChaCha20-Poly1305, which Python does not have."""
    version, kind, table, count, sequence, epoch, _ = struct.unpack_from("<HBBIQQQ", plain)
    demand(version == 1 and count == len(plain) - 32 == len(sealed) - 72, "an entry of the broker")
    nonce_key = hashlib.blake2b(b"ledgerquest broker nonce key", key=master, digest_size=32).digest()
    nonce = hashlib.blake2b(plain, key=nonce_key, digest_size=32).digest()[:24]
    demand(sealed[:56] == plain[:32] + nonce, "the seal of an entry of the broker")
    print(f"entry {sequence} of epoch {epoch}: {['epoch', 'put into', 'delete from'][kind - 1]} table {table}")


def keyed(key, message):
    return hashlib.blake2b(message, key=key, digest_size=32).digest()


def read_letter(values):
    """What is sealed under the key of a tenant, in what is sealed under the master key; nonces and the identity tell."""
    plain, inner, sealed = values["letter_plain"], values["letter_inner"], values["letter_sealed"]
    _, kind, table, count, sequence, epoch, _ = struct.unpack_from("<HBBIQQQ", plain)
    key_bytes, = struct.unpack_from("<H", plain, 32)
    front = 34 + key_bytes
    demand((kind, table) == (2, 3) and count == len(plain) - 32 and len(inner) == len(plain) + 52, "a letter")
    tenant, generation = struct.unpack_from("<QI", inner, front)
    demand(inner[:front] == b"\2" + plain[1:front], "a letter's entry")
    nonce_key = keyed(values["letter_tenant_key"], b"ledgerquest letter nonce key")
    nonce = keyed(nonce_key, inner[:front + 12] + plain[front:])[:24]
    demand(inner[front + 12:front + 36] == nonce, "the seal of a letter")
    nonce = keyed(keyed(values["broker_master_key"], b"ledgerquest broker nonce key"), inner)[:24]
    demand(sealed[:56] == inner[:32] + nonce and len(sealed) == len(inner) + 40, "the seal of a letter's entry")
    demand(values["letter_identity"] == blake(sealed[:32]), "the identity of a letter's entry")
    print(f"entry {sequence} of epoch {epoch}: a letter of tenant {tenant}, generation {generation}")


def main():
    with open(sys.argv[1], encoding="ascii") as file:
        lines = dict(line.split() for line in file if not line.startswith("#"))
    values = {name: bytes.fromhex(digits) for name, digits in lines.items()}
    try:
        read_stream([(values[f"segment_{number}_h"], values.get(f"segment_{number}_b", b"")) for number in (1, 2, 3, 4)])
        read_base([(values[f"base_{piece}_h"], values[f"base_{piece}_b"]) for piece in (0, 1)])
        read_partition(values["partition_h"])
        read_keys(values["keys_h"], values["keys_b"])
        read_broker_entry(values["broker_master_key"], values["broker_plain"], values["broker_sealed"])
        read_letter(values)
    except Broken as broken:
        print(f"{broken} is not what the document says")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
