# SPDX-License-Identifier: MPL-2.0
# SPDX-FileCopyrightText: The LedgerQuest Engine authors
"""The bytes of docs/ledger-format.md: digests, sums and tags, and what the entries of each table hold."""
import hashlib
import re
import struct

FORMAT = 5  # of a partition
FORMATS = (4, FORMAT)  # that are read
KEYFRAME, DELTA = 1, 2  # kinds of records
WHOLE, INPUTS = 1, 2  # forms of a record's body: what its kind says; what stands before the world of a content
STATE = struct.Struct("<2I20Q16s32s")  # 216 bytes; sums and three digests follow
DROPPED = struct.Struct("<4Q")  # 32 bytes of a state of format 5, behind the sums
PROOF = struct.Struct("<H6xQQQQ32s")  # 72 bytes
HEADS = {4: struct.Struct("<6Q32s32s"), 5: struct.Struct("<7Q32s32s32sB7x")}  # 112 bytes, and 160
PREFIX = struct.Struct("<HBBI")  # 8 bytes, of a record of format 5
HEADER = struct.Struct("<HBBI8QII")  # 80 bytes
WRAPPED = struct.Struct("<HBBIQ")  # 16 bytes
OUTBOX = struct.Struct("<HHIQQQQQII")  # 56 bytes
WRAPPED_BYTES, TAG_BYTES, SEAL_BYTES, NONCE_BYTES = 88, 16, 16, 24
META_BEFORE_ATS = {4: 408, 5: 472}  # in the state; its tag and its check are behind
SUMMED = ("ledger", "names", "keys", "outbox", "letters", "cursors", "proofs")  # in the order of the state; format 4 has no proofs
HEADER_BYTES, DIGEST_BYTES, SALT_BYTES = 80, 32, 32
EXTRA_BYTES = 216  # of a record beside its prefix and body
CONTENT_BYTES_MAX = 524288
SPAN_MAX = 64  # records from a keyframe to the last delta on it, both counted
FRAMES_PER_INDEX_ENTRY = 64  # of records that were written in format 4
ALPHABET = re.compile(rb"[A-Za-z0-9._-]+")
TENANT_NAME_BYTES_MAX, SESSION_NAME_BYTES_MAX = 32, 64
OF_TENANT, OF_SESSION = 1, 2  # first byte of a key of `names`
EVENT, TENANT, SESSION, KEY, LETTER, AGAIN, RETENTION, DELETED = range(8)  # kinds of entries of the outbox
QUIET = 1 << 31  # beside an index: no event leaves of the entry


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
        demand(len(data) >= STATE.size, "has %d bytes" % len(data))
        demand(blake2b(data[:-DIGEST_BYTES]) == data[-DIGEST_BYTES:], "its check does not hold")
        (self.format, self.partition, self.writer_epoch, self.transaction, self.next_sequence,
         self.next_tenant, self.next_session, self.next_outbox, self.first_outbox, records, sessions, keys, frames,
         outbox, letters, cursors, self.outbox_bytes, names, *gapless, self.history, self.master_digest) = STATE.unpack_from(data)
        if self.format not in FORMATS:
            raise UnknownFormat("format %d is unknown" % self.format)
        before_at = META_BEFORE_ATS[self.format]
        tag_at, check_at = before_at + DIGEST_BYTES, before_at + 2 * DIGEST_BYTES
        demand(len(data) == check_at + DIGEST_BYTES, "has %d bytes instead of %d" % (len(data), check_at + DIGEST_BYTES))
        demand(min(self.next_sequence, self.next_tenant, self.next_session, self.first_outbox) > 0,
               "a next number is 0")
        # From these numbers on none is missing; below them a restored partition may lack some.
        self.gapless_sequence, self.gapless_tenant, self.gapless_session, self.gapless_outbox = gapless
        summed = [name for name in SUMMED if name != "proofs" or self.format > 4]
        sums_end = STATE.size + DIGEST_BYTES * len(summed)
        proofs = self.dropped = 0
        if self.format > 4:
            proofs, self.dropped, _, _ = DROPPED.unpack_from(data, sums_end)
        demand(records + self.dropped < self.next_sequence and sessions < self.next_session and
               0 <= names - sessions < self.next_tenant and
               outbox <= self.next_outbox - self.first_outbox, "there are more entries than numbers")
        demand(all(0 < first <= end for first, end in zip(gapless, (
            self.next_sequence, self.next_tenant, self.next_session, self.next_outbox))), "a gap beyond the end")
        self.was_restored = any(first > 1 for first in gapless)
        self.sums = {name: data[STATE.size + 32 * index:STATE.size + 32 * (index + 1)]
                     for index, name in enumerate(summed)}
        self.meta_page_before = data[before_at:tag_at]
        self.tagged, self.tag = data[:tag_at], data[tag_at:check_at]
        self.entries = {"ledger": records, "heads": sessions, "names": names, "keys": keys,
                        "frames": frames, "outbox": outbox, "cursors": cursors, "letters": letters, "meta": 1}
        if self.format > 4:
            self.entries["proofs"] = proofs


class Head:
    def __init__(self, data, form=FORMAT):
        """form: the partition's format."""
        demand(len(data) == HEADS[form].size, "has %d bytes instead of %d" % (len(data), HEADS[form].size))
        self.digest, self.keyframe_frame, self.deleted = None, None, False
        if form == 4:
            (self.frame, self.sequence, self.keyframe, self.count, epoch, counter, self.hash,
             self.rolling) = HEADS[form].unpack(data)
        else:
            (self.frame, self.sequence, self.keyframe, self.keyframe_frame, self.count, epoch, counter, self.hash,
             self.digest, self.rolling, state) = HEADS[form].unpack(data)
            demand(state <= 1 and data[-7:] == bytes(7), "has an unknown state")
            self.deleted = state == 1
        self.execution = (epoch, counter)

    def is_of(self, record, keyframe):
        """Whether this is the head of a session whose newest record and newest keyframe are these."""
        return (self.frame, self.sequence, self.hash, self.execution, self.keyframe) == (
            record.frame, record.sequence, record.hash, record.execution, keyframe.sequence) and (
                self.digest in (None, record.digest) and self.keyframe_frame in (None, keyframe.frame))


class Proof:
    """What was dropped of the front of a session's chain."""

    def __init__(self, key, value):
        demand(len(key) == 8 and len(value) == PROOF.size + TAG_BYTES, "has a wrong length")
        self.session, = struct.unpack("=Q", key)
        version, self.tenant, self.first, self.last, self.sequence, self.hash = PROOF.unpack_from(value)
        demand(version == 1 and value[2:8] == bytes(6), "has an unknown version")
        demand(self.first <= self.last and self.sequence > 0, "says what cannot be")

    @property
    def count(self):
        return self.last - self.first + 1


class Record:
    """The clear part of a record, and its bytes."""

    def __init__(self, data, form=FORMAT):
        """form: the partition's format."""
        data = bytes(data)
        prefix_bytes = 0 if form == 4 else PREFIX.size
        demand(len(data) >= prefix_bytes + EXTRA_BYTES, "record is too short")
        self.body_bytes = len(data) - prefix_bytes - EXTRA_BYTES
        (version, self.kind, zero, self.generation, self.sequence, self.tenant, self.session, self.frame,
         self.previous, self.keyframe, epoch, counter, self.content_bytes,
         self.partition) = HEADER.unpack_from(data, prefix_bytes)
        self.execution = (epoch, counter)
        self.is_converted = version == 1  # was written in format 4
        demand(zero == 0 and (version, self.kind) in ([(1, KEYFRAME)] if form == 4 else
                                                      [(1, KEYFRAME), (2, KEYFRAME), (2, DELTA)]),
               "record has an unknown version or kind")
        self.form, self.associated_at = WHOLE, 0
        if form != 4:
            self.read_prefix(data)
        demand(self.content_bytes <= CONTENT_BYTES_MAX and self.body_fits(), "record has a wrong length")
        self.clear = data[prefix_bytes:prefix_bytes + HEADER_BYTES + 2 * DIGEST_BYTES]
        self.header = self.clear[:HEADER_BYTES]
        self.digest = self.clear[HEADER_BYTES:HEADER_BYTES + DIGEST_BYTES]
        self.hash = self.clear[HEADER_BYTES + DIGEST_BYTES:]
        self.data, self.clear_bytes = data, prefix_bytes + len(self.clear)

    def read_prefix(self, data):
        """It says what the seal is of now; the header what it was of at first."""
        seal_version, self.form, zero, generation = PREFIX.unpack_from(data)
        demand(seal_version <= 1 and zero == 0 and self.form in (WHOLE, INPUTS), "record has an unknown seal or form")
        if seal_version == 0:  # that of format 4, which knew no prefix
            demand(self.is_converted and self.form == WHOLE and generation == self.generation,
                   "the seal of format 4 is of another record")
            self.associated_at = PREFIX.size
        self.generation = generation

    def body_fits(self):
        """A delta is at most nine tenths of its content."""
        if self.form == INPUTS:
            return 0 < self.body_bytes <= self.content_bytes
        if self.kind == DELTA:
            return 0 < self.body_bytes * 10 <= self.content_bytes * 9
        return self.body_bytes == self.content_bytes

    @property
    def is_keyframe(self):
        return self.kind == KEYFRAME

    @property
    def is_indexed(self):
        """Whether `frames` has an entry for it."""
        return self.is_keyframe and (not self.is_converted or self.frame % FRAMES_PER_INDEX_ENTRY == 0)

    def follows(self, previous_hash):
        return blake2b(previous_hash + self.header + self.digest) == self.hash

    def open(self, key):
        """(salt, body); the seal is checked."""
        sealed_at = self.clear_bytes + NONCE_BYTES
        plain = open_seal(key, self.data[self.clear_bytes:sealed_at], self.data[self.associated_at:self.clear_bytes],
                          self.data[sealed_at:])
        return plain[:SALT_BYTES], plain[SALT_BYTES:]

    def check_digest(self, salt, content):
        demand(len(content) == self.content_bytes and blake2b(content, key=salt) == self.digest,
               "D is not that of the content")


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
        self.quiet, self.index = self.index >= QUIET, self.index % QUIET
        demand(version == 1 and self.kind <= DELETED, "entry has an unknown version or kind")
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
        may_be_quiet = self.kind == EVENT or self.kind in (SESSION, DELETED) and not self.again
        return (self.kind == EVENT or self.index <= 1) and (may_be_quiet or not self.quiet) and {
            EVENT: of_session, TENANT: of_tenant and not keyed,
            SESSION: of_session and not keyed and (self.frame == 0 or self.again), KEY: of_tenant and keyed,
            LETTER: of_session and not keyed, DELETED: of_session and not keyed,
            AGAIN: of_tenant and not keyed and self.again, RETENTION: of_tenant and not keyed}[self.kind]

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
            demand(len(body) == 8, "note has a wrong length")
            number, = struct.unpack("<Q", body)
            demand(number > 0 or self.kind == RETENTION, "letter id is 0")
            self.letter = number if self.kind == LETTER else None
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
        # A tenant may have a retention of its own behind.
        expected = [bytes_of + TAG_BYTES for bytes_of in ((16,) if of_session else (24, 32))]
        demand(len(value) in expected, "has %d bytes instead of %d" % (len(value), expected[0]))
        self.tenant = tenant.decode()
        self.session = session.decode() if of_session else None
        self.number, self.tenant_number = struct.unpack_from("<QQ", value)
        if not of_session:
            self.tenant_number = self.number
