# SPDX-License-Identifier: MPL-2.0
# SPDX-FileCopyrightText: The LedgerQuest Engine authors
"""The bytes of docs/ledger-format.md: digests, sums and tags, and what the entries of each table hold."""
import hashlib
import re
import struct

FORMAT = 4
RECORD_VERSION = 1
KEYFRAME = 1
STATE = struct.Struct("<2I20Q16s32s")  # 216 bytes of 504; six sums and three digests follow
HEAD = struct.Struct("<6Q32s32s")  # 112 bytes
HEADER = struct.Struct("<HBBI8QII")  # 80 bytes
WRAPPED = struct.Struct("<HBBIQ")  # 16 bytes
OUTBOX = struct.Struct("<HHIQQQQQII")  # 56 bytes
STATE_BYTES, WRAPPED_BYTES, TAG_BYTES, SEAL_BYTES, NONCE_BYTES = 504, 88, 16, 16, 24
META_BEFORE_AT, TAG_AT, CHECK_AT = 408, 440, 472  # in the state
SUMMED = ("ledger", "names", "keys", "outbox", "letters", "cursors")  # in the order of the state
CLEAR_BYTES = 144
EXTRA_BYTES = 216
CONTENT_BYTES_MAX = 524288
ALPHABET = re.compile(rb"[A-Za-z0-9._-]+")
TENANT_NAME_BYTES_MAX, SESSION_NAME_BYTES_MAX = 32, 64
OF_TENANT, OF_SESSION = 1, 2  # first byte of a key of `names`
EVENT, TENANT, SESSION, KEY, LETTER, AGAIN = range(6)  # kinds of entries of the outbox
DELETED = 7


class Broken(Exception):
    """What is wrong with an entry."""


class UnknownFormat(Exception):
    """Whole, but not ours to read."""


def demand(holds, what):
    if not holds:
        raise Broken(what)


def blake2b(message, key=b""):
    return hashlib.blake2b(message, digest_size=32, key=key).digest()


class Sum:
    """Four u64, added one by one."""

    def __init__(self):
        self.lanes = (0, 0, 0, 0)

    def add(self, digest):
        self.lanes = tuple((lane + part) % 2**64
                           for lane, part in zip(self.lanes, struct.unpack("<4Q", digest)))

    def bytes(self):
        return struct.pack("<4Q", *self.lanes)


def entry_digest(key, value):
    """E of an entry."""
    return blake2b(struct.pack("<H", len(key)) + key + value)


def make_tag_key(master):
    return blake2b(b"ledgerquest tag key", key=master)


def make_tag(tag_key, database, partition, key, value):
    """T: the whole 32 bytes."""
    return blake2b(database.encode() + b"\0" + struct.pack("<IH", partition, len(key)) + key + value,
                   key=tag_key)


def open_seal(key, nonce, associated, sealed):
    """XChaCha20-Poly1305-IETF."""
    import nacl.bindings
    import nacl.exceptions

    try:
        return nacl.bindings.crypto_aead_xchacha20poly1305_ietf_decrypt(
            sealed, associated, nonce, key)
    except (nacl.exceptions.CryptoError, ValueError):
        raise Broken("seal does not open") from None


def is_name(name, bytes_max):
    return len(name) <= bytes_max and ALPHABET.fullmatch(name) is not None


class State:
    """The state of the partition. Its tag is checked apart: that needs the key."""

    def __init__(self, data):
        demand(len(data) == STATE_BYTES, "has %d bytes instead of %d" % (len(data), STATE_BYTES))
        demand(blake2b(data[:CHECK_AT]) == data[CHECK_AT:], "its check does not hold")
        (self.format, self.partition, self.writer_epoch, self.transaction, self.next_sequence,
         self.next_tenant, self.next_session, self.next_outbox, self.first_outbox, records, sessions, keys, frames,
         outbox, letters, cursors, self.outbox_bytes, names, *gapless, self.history, self.master_digest) = STATE.unpack_from(data)
        if self.format != FORMAT:
            raise UnknownFormat("format %d is unknown" % self.format)
        demand(min(self.next_sequence, self.next_tenant, self.next_session, self.first_outbox) > 0,
               "a next number is 0")
        # From these numbers on none is missing; below them a restored partition may lack some.
        self.gapless_sequence, self.gapless_tenant, self.gapless_session, self.gapless_outbox = gapless
        demand(records < self.next_sequence and sessions < self.next_session and
               0 <= names - sessions < self.next_tenant and
               outbox <= self.next_outbox - self.first_outbox, "there are more entries than numbers")
        demand(all(0 < first <= end for first, end in zip(gapless, (
            self.next_sequence, self.next_tenant, self.next_session, self.next_outbox))), "a gap beyond the end")
        self.sums = {name: data[STATE.size + 32 * index:STATE.size + 32 * (index + 1)]
                     for index, name in enumerate(SUMMED)}
        self.meta_page_before = data[META_BEFORE_AT:TAG_AT]
        self.tagged, self.tag = data[:TAG_AT], data[TAG_AT:CHECK_AT]
        self.entries = {"ledger": records, "heads": sessions, "names": names, "keys": keys,
                        "frames": frames, "outbox": outbox, "cursors": cursors, "letters": letters, "meta": 1}


class Head:
    def __init__(self, data):
        demand(len(data) == HEAD.size, "has %d bytes instead of %d" % (len(data), HEAD.size))
        (self.frame, self.sequence, self.keyframe, self.count, epoch, counter, self.hash,
         self.rolling) = HEAD.unpack(data)
        self.execution = (epoch, counter)


class Record:
    """The clear part of a record, and its bytes."""

    def __init__(self, data):
        demand(len(data) >= EXTRA_BYTES, "record is too short")
        (version, kind, zero, self.generation, self.sequence, self.tenant, self.session, self.frame,
         self.previous, self.keyframe, epoch, counter, content_bytes,
         self.partition) = HEADER.unpack_from(data)
        demand((version, kind, zero) == (RECORD_VERSION, KEYFRAME, 0),
               "record has an unknown version or kind")
        demand(content_bytes <= CONTENT_BYTES_MAX and len(data) == EXTRA_BYTES + content_bytes,
               "record has a wrong length")
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
        demand(blake2b(plain[32:], key=plain[:32]) == self.digest, "D is not that of the content")
        return plain[32:]


class WrappedKey:
    def __init__(self, key, data):
        """key: of the entry."""
        demand(len(key) == 12, "key of an entry has %d bytes instead of 12" % len(key))
        self.tenant, self.generation = struct.unpack(">QI", key)
        demand(len(data) >= WRAPPED.size, "wrapped key is too short")
        version, state, zero, generation, tenant = WRAPPED.unpack_from(data)
        demand((version, zero) == (1, 0) and state in (1, 2), "wrapped key has an unknown version or state")
        demand((tenant, generation) == (self.tenant, self.generation), "wrapped key is another one's")
        self.destroyed = state == 2
        demand(len(data) == (WRAPPED.size if self.destroyed else WRAPPED_BYTES),
               "wrapped key has a wrong length")
        self.data = data

    def open(self, master):
        """The tenant's key; None: destroyed."""
        if self.destroyed:
            return None
        return open_seal(master, self.data[16:40], self.data[:16], self.data[40:])


class OutboxEntry:
    """An event, sealed; or a note, whose body lies in clear."""

    def __init__(self, data):
        demand(len(data) >= OUTBOX.size + TAG_BYTES, "entry is too short")
        (version, self.kind, self.generation, self.sequence, self.tenant, self.session, self.frame,
         self.ledger_sequence, self.index, body_bytes) = OUTBOX.unpack_from(data)
        demand(version == 1 and self.kind in (*range(AGAIN + 1), DELETED), "entry has an unknown version or kind")
        beside = OUTBOX.size + (NONCE_BYTES + SEAL_BYTES if self.kind == EVENT else TAG_BYTES)
        demand(len(data) == beside + body_bytes, "entry has a wrong length")
        self.again = self.kind != EVENT and self.index == 1
        self.is_deletion = self.kind == DELETED
        demand(self.sequence > 0 and (self.tenant > 0) == (self.kind != AGAIN) and self.has_fields_of_its_kind(),
               "entry has a field that its kind has not")
        self.data = data
        self.name = self.execution = self.letter = None
        if self.kind != EVENT:
            self.read_body(data[OUTBOX.size:-TAG_BYTES])

    def has_fields_of_its_kind(self):
        of_session = self.session > 0 and self.ledger_sequence > 0
        of_tenant = self.session == 0 and self.frame == 0
        keyed = self.generation > 0
        return (self.kind == EVENT or self.index <= 1) and {
            EVENT: of_session, TENANT: of_tenant and not keyed,
            SESSION: of_session and not keyed and (self.frame == 0 or self.again), KEY: of_tenant and keyed,
            LETTER: of_session and not keyed, DELETED: of_session and not keyed,
            AGAIN: of_tenant and not keyed and self.again}[self.kind]

    def read_body(self, body):
        if self.kind == TENANT:
            demand(len(body) > 16, "note is too short")
            self.execution, self.name = struct.unpack_from("<QQ", body), body[16:]
        elif self.kind == SESSION:
            self.name = body
        elif self.kind in (KEY, AGAIN):
            demand(body == b"", "note has a body")
        elif self.kind == DELETED:
            demand(len(body) == 40, "note of a deletion has a wrong length")
        else:
            demand(len(body) == 8, "note of a letter has a wrong length")
            self.letter, = struct.unpack("<Q", body)
            demand(self.letter > 0, "letter id is 0")
        if self.name is not None:
            demand(is_name(self.name, TENANT_NAME_BYTES_MAX if self.kind == TENANT else SESSION_NAME_BYTES_MAX),
                   "name breaks its alphabet")
            self.name = self.name.decode()

    def open(self, key):
        """The event."""
        return open_seal(key, self.data[56:80], self.data[:56], self.data[80:])


class Cursor:
    """How far somebody has followed records and outbox."""

    def __init__(self, key, value):
        demand(is_name(key, TENANT_NAME_BYTES_MAX), "name breaks its alphabet")
        demand(len(value) == 16 + TAG_BYTES, "has %d bytes instead of 32" % len(value))
        self.ledger_sequence, self.outbox_sequence = struct.unpack_from("<QQ", value)


class Name:
    """An entry of `names`: of a tenant (session is None) or of a session."""

    def __init__(self, key, value):
        demand(key[:1] in (b"\x01", b"\x02"), "is neither of a tenant nor of a session")
        tenant, zero, session = key[1:].partition(b"\0")
        of_session = key[0] == OF_SESSION
        demand(of_session == (zero != b""), "key is malformed")
        demand(is_name(tenant, TENANT_NAME_BYTES_MAX) and
               (not of_session or is_name(session, SESSION_NAME_BYTES_MAX)), "name breaks its alphabet")
        expected = (16 if of_session else 24) + TAG_BYTES
        demand(len(value) == expected, "has %d bytes instead of %d" % (len(value), expected))
        self.tenant = tenant.decode()
        self.session = session.decode() if of_session else None
        self.number, self.tenant_number = struct.unpack_from("<QQ", value)
        if not of_session:
            self.tenant_number = self.number
