# SPDX-License-Identifier: MPL-2.0
# SPDX-FileCopyrightText: The LedgerQuest Engine authors
"""Entries of the broker's outbox, by docs/cloud.md alone: as they lie in the table, opened with the master key and the keys of
tenants, and the tables that they amount to."""

import hashlib
import pathlib
import struct

import nacl.bindings
import nacl.exceptions

EPOCH, PUT, DELETE, ACTION, QUOTA, AGAIN, TOLD = range(1, 8)
TABLES = {1: "live", 2: "parked", 3: "letters", 4: "quotas"}
HEADER = struct.Struct("<HBBIQQQ")
NONCE_BYTES, TAG_BYTES = 24, 16
SEALED = 2  # the version of an entry whose value is sealed under a key of its tenant
OWNER = struct.Struct("<QI")
WRAPPED_HEADER_BYTES = 16


class Broken(Exception):
    """What is wrong with an entry."""


def demand(holds, what):
    if not holds:
        raise Broken(what)


def keyed(key, message):
    return hashlib.blake2b(message, key=key, digest_size=32).digest()


def read_master_key(path):
    return bytes.fromhex(pathlib.Path(path).read_text(encoding="ascii").strip())


def take_text(body):
    """(text, rest)"""
    demand(len(body) >= 2, "a text is cut")
    count, = struct.unpack_from("<H", body)
    demand(len(body) >= 2 + count, "a text is cut")
    return body[2:2 + count], body[2 + count:]


class Entry:
    """An entry in clear, but for a value that is sealed."""

    def __init__(self, data):
        demand(len(data) >= HEADER.size, "an entry is cut")
        version, self.kind, self.table, count, self.sequence, self.epoch, self.wall_ns = HEADER.unpack_from(data)
        self.is_sealed = version == SEALED
        demand(version in (1, SEALED) and EPOCH <= self.kind <= TOLD, "the header of an entry")
        demand(self.is_sealed or len(data) == HEADER.size + count, "the length of an entry")
        demand(not self.is_sealed or (self.table == 3 and self.kind in (PUT, TOLD)), "an entry that has no letter")
        demand(self.table in (TABLES if self.kind in (PUT, DELETE, TOLD) else (0,)), f"table {self.table} of kind {self.kind}")
        rest, self.key, self.value, self.texts, self.numbers = data[HEADER.size:], None, None, (), ()
        if self.kind == TOLD:
            self.after, rest = take_text(rest)
        if self.kind in (PUT, DELETE, TOLD):
            self.key, rest = take_text(rest)
        if self.is_sealed:
            self.front, clear = len(data) - len(rest) + OWNER.size, count - (len(data) - len(rest) - HEADER.size)
            demand(len(rest) >= OWNER.size, "an entry is cut")
            self.tenant, self.generation = OWNER.unpack_from(rest)
            self.box, rest = rest[OWNER.size:], b""
            demand(len(self.box) == (clear + NONCE_BYTES + TAG_BYTES if self.generation else 0), "the length of a sealed letter")
        elif self.kind in (PUT, TOLD):
            self.value, rest = rest, b""
        for _ in range({ACTION: 5, QUOTA: 2}.get(self.kind, 0)):
            text, rest = take_text(rest)
            self.texts += (text.decode(),)
        if self.kind == QUOTA:
            demand(len(rest) == 16, "the numbers of a quota")
            self.numbers, rest = struct.unpack("<QQ", rest), b""
        demand(not rest, "an entry is longer than what it says")


def decrypt(box, associated, key, what):
    try:
        return nacl.bindings.crypto_aead_xchacha20poly1305_ietf_decrypt(box[NONCE_BYTES:], associated, box[:NONCE_BYTES], key)
    except nacl.exceptions.CryptoError:
        raise Broken(f"{what} does not open") from None


def open_keys(master, wrapped):
    """{(tenant number, generation): key} of wrapped keys, without those that were destroyed."""
    keys = {}
    for one in wrapped:
        _, state, _, generation, tenant = struct.unpack_from("<HBBIQ", one)
        if state == 1:
            keys[tenant, generation] = decrypt(one[WRAPPED_HEADER_BYTES:], one[:WRAPPED_HEADER_BYTES], master, "a key")
    return keys


class Seal:
    """Opens what lies in the table, under the keys that follow from the master key; letters with keys of their tenants."""

    def __init__(self, master, wrapped=()):
        self.key = keyed(master, b"ledgerquest broker seal key")
        self.nonce_key = keyed(master, b"ledgerquest broker nonce key")
        self.tenants = open_keys(master, wrapped)

    def open_outer(self, sealed):
        """What the master key alone opens."""
        demand(len(sealed) >= HEADER.size + NONCE_BYTES + TAG_BYTES, "a sealed entry is cut")
        header, nonce = sealed[:HEADER.size], sealed[HEADER.size:HEADER.size + NONCE_BYTES]
        body = decrypt(sealed[HEADER.size:], header, self.key, "an entry")
        demand(keyed(self.nonce_key, header + body)[:NONCE_BYTES] == nonce, "the nonce of an entry")
        return header + body

    def open(self, sealed):
        """The bytes of the entry as the broker wrote it; of one whose letter nobody can open, what the master key opens."""
        data = self.open_outer(sealed)
        entry = Entry(data)
        if not entry.is_sealed or (entry.tenant, entry.generation) not in self.tenants:
            return data
        tenant, front = self.tenants[entry.tenant, entry.generation], data[:entry.front]
        letter = decrypt(entry.box, front, keyed(tenant, b"ledgerquest letter seal key"), "a letter")
        nonce = keyed(keyed(tenant, b"ledgerquest letter nonce key"), front + letter)[:NONCE_BYTES]
        demand(nonce == entry.box[:NONCE_BYTES], "the nonce of a letter")
        return struct.pack("<H", 1) + data[2:entry.front - OWNER.size] + letter


def tables_after(entries):
    """{table: {key: value}} of entries in their order."""
    tables, again = {name: {} for name in TABLES.values()}, False
    for entry in entries:
        again = again or entry.kind == AGAIN
        if entry.kind == PUT:
            tables[TABLES[entry.table]][entry.key] = entry.value
        elif entry.kind == DELETE:
            demand(again or entry.key in tables[TABLES[entry.table]], f"entry {entry.sequence} deletes what is not there")
            tables[TABLES[entry.table]].pop(entry.key, None)
        elif entry.kind == TOLD:
            table = tables[TABLES[entry.table]]
            for key in [key for key in table if entry.after < key and (not entry.key or key < entry.key)]:
                del table[key]
            if entry.key:
                table[entry.key] = entry.value
    return tables
