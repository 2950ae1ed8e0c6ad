#!/usr/bin/python3
# SPDX-License-Identifier: MPL-2.0
# SPDX-FileCopyrightText: The LedgerQuest Engine authors
"""Verify a ledger of the LedgerQuest Engine, written only from docs/ledger-format.md.

Needs python3-lmdb; with --master-key also python3-nacl. Exit codes: 0 whole, 7 broken, 2 usage,
4 no such session or ledger, 1 anything else.
"""
import argparse
import hashlib
import json
import os
import struct
import sys

import lmdb

FORMAT = 1
RECORD_VERSION = 1
HEADER = struct.Struct("<HBBIQQQQQQQQII")  # 80 bytes
HEAD = struct.Struct("<QQQQQQ32s4Q")  # 112 bytes
STATE = struct.Struct("<IIQQQQQ")  # 48 bytes
WRAPPED = struct.Struct("<HBBIQ")  # 16 bytes
CLEAR_BYTES = 144
EXTRA_BYTES = 216
FRAMES_PER_INDEX_ENTRY = 64
DATABASES = ("ledger", "heads", "names", "keys", "frames", "outbox", "letters", "meta")
INTEGER_KEYS = ("ledger", "heads", "outbox", "letters")
EXIT_BROKEN, EXIT_NOT_FOUND = 7, 4


class Broken(Exception):
    """A fault of the ledger."""


def blake2b(message, key=b""):
    return hashlib.blake2b(message, digest_size=32, key=key).digest()


def open_seal(key, nonce, associated, sealed):
    import nacl.bindings
    import nacl.exceptions

    try:
        return nacl.bindings.crypto_aead_xchacha20poly1305_ietf_decrypt(
            sealed, associated, nonce, key)
    except nacl.exceptions.CryptoError:
        raise Broken("seal does not open") from None


class Record:
    """The clear part of a record, and its bytes."""

    def __init__(self, data):
        if len(data) < EXTRA_BYTES:
            raise Broken("record is too short")
        (version, kind, zero, self.generation, self.sequence, self.tenant, self.session, self.frame,
         self.previous, self.keyframe, epoch, counter, content_bytes,
         self.partition) = HEADER.unpack_from(data)
        if version != RECORD_VERSION or kind != 1 or zero != 0:
            raise Broken("record has an unknown version or kind")
        if len(data) != EXTRA_BYTES + content_bytes:
            raise Broken("record has a wrong length")
        self.execution = (epoch, counter)
        self.data = bytes(data)
        self.header = self.data[:80]
        self.digest = self.data[80:112]
        self.hash = self.data[112:144]

    def follows(self, previous_hash):
        return blake2b(previous_hash + self.header + self.digest) == self.hash

    def open(self, key):
        """The content; its seal and its D are checked."""
        plain = open_seal(key, self.data[144:168], self.data[:CLEAR_BYTES], self.data[168:])
        if blake2b(plain[32:], key=plain[:32]) != self.digest:
            raise Broken("D is not that of the content")
        return plain[32:]


def unwrap_key(master, wrapped, tenant, generation):
    if len(wrapped) < WRAPPED.size:
        raise Broken("wrapped key is too short")
    version, state, _, own_generation, own_tenant = WRAPPED.unpack_from(wrapped)
    if version != 1 or own_generation != generation or own_tenant != tenant:
        raise Broken("wrapped key is another one's")
    if state == 2:
        return None
    return open_seal(master, wrapped[16:40], wrapped[:16], wrapped[40:])


def read_master_key(path):
    with open(path, "rb") as file:
        text = file.read()
    if len(text) != 65 or text[64:] != b"\n":
        raise SystemExit("verify_ledger: %s must hold 64 hex digits and a newline" % path)
    return bytes.fromhex(text[:64].decode("ascii"))


class Ledger:
    """A partition, in one read transaction."""

    def __init__(self, folder, master=None):
        if not os.path.exists(os.path.join(folder, "data.mdb")):
            raise LookupError("no ledger in %s" % folder)
        self.env = lmdb.open(folder, readonly=True, max_dbs=12, create=False)
        self.db = {name: self.env.open_db(name.encode(), create=False,
                                          integerkey=name in INTEGER_KEYS) for name in DATABASES}
        self.txn = self.env.begin()
        self.master = master
        self.keys = {}
        state = self.get("meta", b"partition")
        if state is None or len(state) != STATE.size:
            raise Broken("state of the partition is missing")
        (version, self.partition, self.writer_epoch, self.next_sequence, self.next_tenant,
         self.next_session, _) = STATE.unpack(state)
        if version != FORMAT:
            raise SystemExit("verify_ledger: format %d is unknown" % version)
        if master is not None:
            if self.get("meta", b"master") != blake2b(b"ledgerquest master key", key=master):
                raise SystemExit("verify_ledger: the ledger was made with another master key")

    def get(self, database, key):
        return self.txn.get(key, db=self.db[database])

    def count(self, database):
        return self.txn.stat(self.db[database])["entries"]

    def record(self, sequence):
        data = self.get("ledger", struct.pack("=Q", sequence))
        if data is None:
            raise Broken("record %d is missing" % sequence)
        record = Record(data)
        if record.sequence != sequence or record.partition != self.partition:
            raise Broken("record %d lies in another's place" % sequence)
        return record

    def sessions(self):
        """(tenant, session, session number, tenant number), in the order of names."""
        cursor = self.txn.cursor(db=self.db["names"])
        found = cursor.set_range(b"\x02")
        while found:
            key, value = cursor.item()
            if key[:1] != b"\x02":
                break
            tenant, _, session = key[1:].partition(b"\0")
            number, tenant_number = struct.unpack("<QQ", value)
            yield tenant.decode(), session.decode(), number, tenant_number
            found = cursor.next()

    def tenant_key(self, tenant, generation):
        """None: destroyed."""
        name = (tenant, generation)
        if name not in self.keys:
            wrapped = self.get("keys", struct.pack(">QI", tenant, generation))
            if wrapped is None:
                raise Broken("key %d.%d is missing" % name)
            self.keys[name] = unwrap_key(self.master, bytes(wrapped), tenant, generation)
        return self.keys[name]


class Verifier:
    def __init__(self, ledger, commands=None):
        self.ledger = ledger
        self.commands = commands  # a function that takes one command, or None
        self.totals = {"sessions": 0, "records": 0, "opened": 0, "destroyed": 0, "broken": 0}
        self.faults = []

    def fault(self, tenant, session, frame, what):
        self.totals["broken"] += 1
        self.faults.append({"tenant": tenant, "session": session, "frame": frame, "what": what})

    def partition(self):
        ledger = self.ledger
        sessions = ledger.next_session - 1
        for database, expected in (("ledger", ledger.next_sequence - 1), ("heads", sessions),
                                   ("names", sessions + ledger.next_tenant - 1)):
            if ledger.count(database) != expected:
                self.fault("", "", 0, "%s has %d entries instead of %d" % (
                    database, ledger.count(database), expected))

    def session(self, tenant, session, number, tenant_number):
        self.totals["sessions"] += 1
        value = self.ledger.get("heads", struct.pack("=Q", number))
        if value is None or len(value) != HEAD.size:
            self.fault(tenant, session, 0, "head is missing")
            return
        frame, sequence, keyframe, count, epoch, counter, head_hash, *rolling = HEAD.unpack(value)
        if not self.chain(tenant, session, number, tenant_number, frame, sequence, count, rolling):
            return
        newest = self.ledger.record(sequence)
        if (newest.hash, newest.execution, newest.keyframe) != (
                head_hash, (epoch, counter), keyframe):
            self.fault(tenant, session, frame, "head does not fit its record")

    def chain(self, tenant, session, number, tenant_number, frame, sequence, count, rolling):
        """Walk from the head to frame 0; False if the walk cannot go on."""
        above = None
        lanes = [0, 0, 0, 0]
        records = 0
        sequences = []
        while True:
            try:
                record = self.ledger.record(sequence)
                self.place(record, number, tenant_number, frame)
            except Broken as broken:
                self.fault(tenant, session, frame, str(broken))
                return False
            if above is not None and not above.follows(record.hash):
                self.fault(tenant, session, frame + 1, "H does not follow")
            if frame == 0 and not record.follows(bytes(32)):
                self.fault(tenant, session, 0, "H does not follow")
            lanes = [(lane + part) % 2**64
                     for lane, part in zip(lanes, struct.unpack("<4Q", record.hash))]
            records += 1
            sequences.append(sequence)
            if frame == 0:
                break
            above, sequence, frame = record, record.previous, frame - 1
        self.totals["records"] += records
        if records != count or lanes != rolling:
            self.fault(tenant, session, records - 1, "count or rolling digest is not the head's")
        if self.ledger.master is not None:
            for own_sequence in reversed(sequences):
                self.content(tenant, session, self.ledger.record(own_sequence))
        return True

    def place(self, record, number, tenant_number, frame):
        if (record.session, record.tenant, record.frame) != (number, tenant_number, frame):
            raise Broken("record is another session's or frame's")
        if record.previous >= record.sequence or (record.previous == 0) != (frame == 0):
            raise Broken("chain ends at the wrong frame")
        if frame % FRAMES_PER_INDEX_ENTRY == 0:
            entry = self.ledger.get("frames", struct.pack(">QQ", number, frame))
            if entry is None or struct.unpack("<Q", entry)[0] != record.sequence:
                raise Broken("index of frames does not lead to the record")

    def content(self, tenant, session, record):
        try:
            key = self.ledger.tenant_key(record.tenant, record.generation)
            if key is None:
                self.totals["destroyed"] += 1
                return
            content = Content(record.open(key))
            if (content.tenant, content.session) != (tenant, session):
                raise Broken("names inside the seal are another session's")
            self.totals["opened"] += 1
            if self.commands is not None:
                content.read_to_commands()
                if content.frame != record.frame:
                    raise Broken("frame inside the seal is another one")
                for command in content.commands:
                    self.commands({"tenant": tenant, "session": session, "frame": record.frame,
                                   **command})
        except Broken as broken:
            self.fault(tenant, session, record.frame, str(broken))
        except (struct.error, IndexError, UnicodeDecodeError):
            self.fault(tenant, session, record.frame, "content is malformed")


KINDS = {0: "Unreadable", 1: "Join", 2: "Leave", 3: "Spawn", 4: "Despawn", 5: "SetThrust",
         6: "ApplyImpulse", 7: "SetBehavior", 8: "Custom"}
OF_LETTER = 0x80  # of the kind byte: the id of a dead letter follows
OUTCOMES = {2: "applied", 3: "refused"}
# Bytes of the fields of each kind, in the order of the format; Custom has a length of its own.
FIELD_BYTES = {0: 0, 1: 1 + 20, 2: 0, 3: 1 + 20 + 8, 4: 4, 5: 4 + 8, 6: 4 + 8, 7: 1 + 4 + 4 + 4}


class Content:
    """The front of a content: names at once, the commands when asked for."""

    def __init__(self, data):
        self.data = data
        self.at = 0
        if self.take("<I") != 1:
            raise Broken("content has an unknown version")
        self.tenant = self.take_text()
        self.session = self.take_text()

    def take(self, layout):
        value = struct.unpack_from(layout, self.data, self.at)
        self.at += struct.calcsize(layout)
        return value[0] if len(value) == 1 else value

    def take_bytes(self, count):
        if self.at + count > len(self.data):
            raise Broken("content is too short")
        self.at += count
        return self.data[self.at - count:self.at]

    def take_text(self):
        return self.take_bytes(self.take("<B")).decode()

    def read_to_commands(self):
        self.frame, self.steps, self.step_count, self.missed_count, self.wall_time_ns = self.take(
            "<QIQQQ")
        self.pipeline_hash = self.take_bytes(32)
        self.config = self.take("<QIIIddf")
        self.stages = [(self.take_text(), self.take("<I")) for _ in range(self.take("<H"))]
        self.commands = [self.take_command() for _ in range(self.take("<H"))]

    def take_command(self):
        client = self.take_bytes(16).hex()
        sequence, kind, outcome = self.take("<QBB")
        letter_id = self.take("<Q") if kind & OF_LETTER else 0
        kind &= ~OF_LETTER
        if kind not in KINDS or outcome not in OUTCOMES:
            raise Broken("command has an unknown kind or outcome")
        self.take_bytes(self.take("<H") if kind == 8 else FIELD_BYTES[kind])
        command = {"client": client, "sequence": sequence, "outcome": OUTCOMES[outcome],
                   "kind": KINDS[kind]}
        if letter_id != 0:
            command["letter_id"] = letter_id
        if outcome == 3:
            command["reason"] = self.take_text()
        return command


def self_test(path):
    """The worked example of the document."""
    with open(path, encoding="ascii") as file:
        lines = [line.split() for line in file if line.strip() and not line.startswith("#")]
    golden = {name: bytes.fromhex(value) for name, value in lines}
    record = Record(golden["record"])
    key = unwrap_key(golden["master_key"], golden["wrapped_key"], 3, 1)
    assert key == golden["tenant_key"]
    assert blake2b(b"ledgerquest master key", key=golden["master_key"]) == golden["master_digest"]
    assert (record.header, record.digest, record.hash) == (
        golden["header"], golden["digest"], golden["hash"])
    assert (record.sequence, record.tenant, record.session, record.frame, record.previous,
            record.keyframe, record.execution, record.generation, record.partition) == (
                12, 3, 5, 2, 9, 12, (7, 1001), 1, 0)
    assert record.follows(golden["previous_hash"])
    assert record.open(key) == golden["content"]
    content = Content(golden["content"])
    assert (content.tenant, content.session) == ("demo", "s1")
    for index in range(len(golden["record"])):
        changed = bytearray(golden["record"])
        changed[index] ^= 1
        try:
            Record(changed).open(key)
        except Broken:
            continue
        raise AssertionError("a change of byte %d was not seen" % index)
    print("self-test: ok")


def parse_arguments():
    parser = argparse.ArgumentParser(description="Verify a ledger without the engine.")
    parser.add_argument("folder", nargs="?", help="of the partition, DATA/ledger/0")
    parser.add_argument("--master-key", metavar="FILE", help="also open every record")
    parser.add_argument("--session", metavar="TENANT/SESSION", help="only this one")
    parser.add_argument("--json", action="store_true", help="print the counts as JSON")
    parser.add_argument("--commands", action="store_true",
                        help="print every command of the records as a line of JSON")
    parser.add_argument("--self-test", metavar="FILE", help="check a golden file and end")
    arguments = parser.parse_args()
    if arguments.self_test is None and arguments.folder is None:
        parser.error("the folder of a partition is missing")
    if arguments.commands and arguments.master_key is None:
        parser.error("--commands needs --master-key")
    return arguments


def verify(arguments):
    master = read_master_key(arguments.master_key) if arguments.master_key else None
    ledger = Ledger(arguments.folder, master)
    verifier = Verifier(ledger, (lambda command: print(json.dumps(command)))
                        if arguments.commands else None)
    wanted = tuple(arguments.session.split("/", 1)) if arguments.session else None
    if wanted is None:
        verifier.partition()
    for tenant, session, number, tenant_number in ledger.sessions():
        if wanted is None or wanted == (tenant, session):
            verifier.session(tenant, session, number, tenant_number)
    if wanted is not None and verifier.totals["sessions"] == 0:
        raise LookupError("no session %s" % arguments.session)
    return verifier


def main():
    arguments = parse_arguments()
    if arguments.self_test is not None:
        self_test(arguments.self_test)
        return 0
    try:
        verifier = verify(arguments)
    except LookupError as missing:
        print("verify_ledger: %s" % missing, file=sys.stderr)
        return EXIT_NOT_FOUND
    except Broken as broken:
        print("verify_ledger: %s" % broken, file=sys.stderr)
        return EXIT_BROKEN
    summary = sys.stderr if arguments.commands else sys.stdout
    if arguments.json:
        print(json.dumps({"ok": verifier.totals["broken"] == 0, **verifier.totals,
                          "faults": verifier.faults[:100]}), file=summary)
    else:
        for fault in verifier.faults:
            print("%(tenant)s/%(session)s frame %(frame)d: %(what)s" % fault, file=sys.stderr)
        print("%(sessions)d sessions, %(records)d records, %(opened)d opened, %(broken)d broken"
              % verifier.totals, file=summary)
    return EXIT_BROKEN if verifier.totals["broken"] else 0


if __name__ == "__main__":
    sys.exit(main())
