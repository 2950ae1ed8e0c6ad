# SPDX-License-Identifier: MPL-2.0
# SPDX-FileCopyrightText: The LedgerQuest Engine authors
"""Changes of tables, for tamper: what a person with the file could do to names, heads, records, the index of frames,
events and letters."""

import struct

from tamper_changes import KEY, NO_KEY, OWNER, SEALED, UNTAGGED, change, flipped, patched, swap
from ledger_forgery import FORMS, KEYED, entries, integer_key

# In a record of format 5: the seal prefix, then the header, D and H.
GENERATION_OF_SEAL_AT, HEADER_AT, KIND_AT, SEQUENCE_AT, SESSION_AT, FRAME_AT = 4, 8, 10, 16, 32, 40
EXECUTION_AT, CONTENT_BYTES_AT, PARTITION_AT, DIGEST_AT, HASH_AT, NONCE_AT, SEALED_AT = 64, 80, 84, 88, 120, 152, 176
KEYFRAME, DELTA = 1, 2
ROLLING = slice(120, 152)  # of a head


def tenant_key(name):
    return b"\x01" + name.encode()


def session_key(path):
    tenant, session = path.encode().split(b"/")
    return b"\x02" + tenant + b"\0" + session


def number_of(tables, path):
    return struct.unpack_from("<Q", tables["names"][session_key(path)])[0]


def head_key(tables, path):
    return integer_key(number_of(tables, path))


def records_of(tables, path):
    """(sequence, record) of a session, the oldest first."""
    number = number_of(tables, path)
    return sorted((struct.unpack("=Q", key)[0], value) for key, value in tables["ledger"].items()
                  if struct.unpack_from("<Q", value, SESSION_AT)[0] == number)


def digest_of(record):
    return record[DIGEST_AT:HASH_AT]


def hash_of(record):
    return record[HASH_AT:NONCE_AT]


def head_of(record, keyframe_frame, count, rolling):
    """A head whose newest record this is."""
    frame, _, keyframe = struct.unpack_from("<QQQ", record, FRAME_AT)
    return struct.pack("<5Q", frame, struct.unpack_from("<Q", record, SEQUENCE_AT)[0], keyframe, keyframe_frame, count) + record[
        EXECUTION_AT:CONTENT_BYTES_AT] + hash_of(record) + digest_of(record) + rolling + bytes(8)


def without_last(rolling, record):
    """The rolling digest, without this record's H."""
    return struct.pack("<4Q", *((lane - part) % 2**64 for lane, part in zip(struct.unpack("<4Q", rolling),
                                                                          struct.unpack("<4Q", hash_of(record)))))


def keyframe_frame_of(tables, record):
    sequence, = struct.unpack_from("<Q", record, FRAME_AT + 16)
    return struct.unpack_from("<Q", tables["ledger"][integer_key(sequence)], FRAME_AT)[0]


def index_keys(tables, path):
    """Of the entries of a session, the oldest first."""
    number = number_of(tables, path)
    return sorted(key for key in tables["frames"] if struct.unpack(">QQ", key)[0] == number)


def last_key(table):
    return max(table, key=lambda key: struct.unpack("=Q", key)[0])


def hash_again(tables, path, records):
    """A chain of these records as somebody without the key makes it: frames, links and H right; its head, its index."""
    number = number_of(tables, path)
    for key in [key for key in tables["frames"] if struct.unpack(">QQ", key)[0] == number]:
        del tables["frames"][key]
    before, previous, keyframe, total = bytes(32), 0, (0, 0), entries.Sum()
    for frame, (sequence, record) in enumerate(records):
        if record[KIND_AT] == KEYFRAME:
            keyframe = frame, sequence
            tables["frames"][struct.pack(">QQ", number, frame)] = struct.pack("<Q", sequence)
        record = patched(record, SEQUENCE_AT, "<Q", sequence)
        record = patched(record, FRAME_AT, "<QQQ", frame, previous, keyframe[1])
        before = entries.blake2b(before + record[HEADER_AT:HASH_AT])
        record = record[:HASH_AT] + before + record[NONCE_AT:]
        tables["ledger"][integer_key(sequence)] = record
        total.add(before)
        previous = sequence
    tables["heads"][integer_key(number)] = head_of(record, keyframe[0], frame + 1, total.bytes())


def cut_suffix(tables, count):
    """The newest records with all that tells of them. They must be of sessions that go on without them."""
    for _ in range(count):
        key = last_key(tables["ledger"])
        record = tables["ledger"].pop(key)
        session, frame, previous = struct.unpack_from("<QQQ", record, SESSION_AT)
        assert frame > 0, "the newest record is a creation"
        front = tables["ledger"][integer_key(previous)]
        head = tables["heads"][integer_key(session)]
        tables["heads"][integer_key(session)] = head_of(front, keyframe_frame_of(tables, front), frame,
                                                        without_last(head[ROLLING], record))
        tables["frames"].pop(struct.pack(">QQ", session, frame), None)
        for table, layout in (("outbox", 24), ("letters", 0)):
            for key in [key for key, value in tables[table].items()
                        if struct.unpack_from("<QQ", value, layout) == (session, frame)]:
                del tables[table][key]


# ---- A1: names and heads ----

@change("a tenant is renamed", accepted=())
def _(tables, _older):
    tables["names"][tenant_key("acmf")] = tables["names"].pop(tenant_key("acme"))


@change("a tenant is renamed with all its sessions", accepted=UNTAGGED)
def _(tables, _older):
    names = tables["names"]
    for key in [key for key in names if key[1:].split(b"\0")[0] == b"acme"]:
        names[key.replace(b"acme", b"acmf")] = names.pop(key)


@change("the name of a session goes, a made-up tenant comes")
def _(tables, _older):
    del tables["names"][session_key("acme/s10")]
    tables["names"][tenant_key("made-up")] = struct.pack("<QQQ", 5, 1, 1) + bytes(16)


@change("a head is moved back by one")
def _(tables, _older):
    (_, _), *_, (_, front), (_, last) = records_of(tables, "acme/s00")
    frame, = struct.unpack_from("<Q", front, FRAME_AT)
    key = head_key(tables, "acme/s00")
    tables["heads"][key] = head_of(front, keyframe_frame_of(tables, front), frame + 1,
                                   without_last(tables["heads"][key][ROLLING], last))


@change("a name points at another session")
def _(tables, _older):
    names = tables["names"]
    names[session_key("acme/s10")] = names[session_key("acme/s11")]


@change("two names are exchanged")
def _(tables, _older):
    swap(tables["names"], session_key("acme/s10"), session_key("acme/s11"))


# ---- A2: outbox and letters ----

def event_keys(tables):
    return outbox_keys(tables, entries.EVENT)


def outbox_keys(tables, kind):
    """Of that kind, the oldest first."""
    return [integer_key(number) for number in sorted(
        struct.unpack("=Q", key)[0] for key, value in tables["outbox"].items()
        if struct.unpack_from("<H", value, 2)[0] == kind)]


def replace_note(tables, path, name):
    """The note that says how a session is called."""
    key, = (key for key in outbox_keys(tables, entries.SESSION)
            if struct.unpack_from("<Q", tables["outbox"][key], 24)[0] == number_of(tables, path))
    value = tables["outbox"][key]
    tables["outbox"][key] = value[:56] + name + value[-entries.TAG_BYTES:]


@change("50 entries of the outbox are deleted")
def _(tables, _older):
    for number in range(20, 70):
        del tables["outbox"][integer_key(number)]


@change("the oldest 50 entries of the outbox are deleted", accepted=(*UNTAGGED, (KEYED, KEY, OWNER)))
def _(tables, _older):
    for key in sorted(tables["outbox"], key=lambda key: struct.unpack("=Q", key)[0])[:50]:
        del tables["outbox"][key]


@change("the newest 50 entries of the outbox are deleted", accepted=(*UNTAGGED, (KEYED, KEY, OWNER)))
def _(tables, _older):
    for _ in range(50):
        del tables["outbox"][last_key(tables["outbox"])]


@change("the whole outbox is deleted", accepted=(*UNTAGGED, (KEYED, KEY, OWNER)))
def _(tables, _older):
    tables["outbox"].clear()


@change("a note is given another name")
def _(tables, _older):
    replace_note(tables, "acme/s10", b"x10")


@change("a note tells of another letter", accepted=UNTAGGED)
def _(tables, _older):
    key = outbox_keys(tables, entries.LETTER)[0]
    tables["outbox"][key] = patched(tables["outbox"][key], 56, "<Q", 0x7777)


@change("a note becomes one of another kind")
def _(tables, _older):
    key = outbox_keys(tables, entries.LETTER)[0]
    tables["outbox"][key] = patched(tables["outbox"][key], 2, "<H", entries.SESSION)


@change("two notes are exchanged")
def _(tables, _older):
    swap(tables["outbox"], *outbox_keys(tables, entries.SESSION)[5:7])


@change("a cursor is moved on", accepted=UNTAGGED)
def _(tables, _older):
    tables["cursors"][b"mirror"] = patched(tables["cursors"][b"mirror"], 0, "<Q", 7)


@change("a cursor is moved beyond the end")
def _(tables, _older):
    tables["cursors"][b"mirror"] = patched(tables["cursors"][b"mirror"], 8, "<Q", 1 << 40)


@change("a cursor is deleted", accepted=(*UNTAGGED, (KEYED, KEY, OWNER)))
def _(tables, _older):
    del tables["cursors"][b"mirror"]


@change("a cursor is made up", accepted=UNTAGGED)
def _(tables, _older):
    tables["cursors"][b"reader"] = struct.pack("<QQ", 1, 5) + bytes(16)


@change("a letter is made up", accepted=UNTAGGED)
def _(tables, _older):
    tables["letters"][integer_key(0x7777)] = struct.pack("<QQ", 1, 1) + bytes(16)


@change("a letter of a session that does not exist is made up")
def _(tables, _older):
    tables["letters"][integer_key(0x7777)] = struct.pack("<QQ", 4000, 1) + bytes(16)


@change("a letter is deleted", accepted=(*UNTAGGED, (KEYED, KEY, OWNER)))
def _(tables, _older):
    del tables["letters"][min(tables["letters"])]


@change("a letter names another frame", accepted=UNTAGGED)
def _(tables, _older):
    key = min(tables["letters"])
    tables["letters"][key] = patched(tables["letters"][key], 8, "<Q", 0)


@change("a letter lies under another id", accepted=UNTAGGED)
def _(tables, _older):
    tables["letters"][integer_key(0x7777)] = tables["letters"].pop(min(tables["letters"]))


@change("two letters are exchanged", accepted=UNTAGGED)
def _(tables, _older):
    swap(tables["letters"], *sorted(tables["letters"])[:2])


@change("a bit of a sealed event flips", accepted=UNTAGGED)
def _(tables, _older):
    key = event_keys(tables)[7]
    tables["outbox"][key] = flipped(tables["outbox"][key], 85)


@change("two events are exchanged")
def _(tables, _older):
    swap(tables["outbox"], *event_keys(tables)[7:9])


@change("two events of neighbours are exchanged, and what lies in clear of them", accepted=UNTAGGED)
def _(tables, _older):
    outbox = tables["outbox"]
    one, other = event_keys(tables)[7:9]
    outbox[one], outbox[other] = (outbox[one][:56] + outbox[other][56:], outbox[other][:56] + outbox[one][56:])


@change("an event is doubled at the end")
def _(tables, _older):
    last = last_key(tables["outbox"])
    number, = struct.unpack("=Q", last)
    event = event_keys(tables)[-1]
    tables["outbox"][integer_key(number + 1)] = patched(tables["outbox"][event], 8, "<Q", number + 1)


@change("an event names another frame of its session")
def _(tables, _older):
    key = event_keys(tables)[7]
    tables["outbox"][key] = patched(tables["outbox"][key], 32, "<Q", 0)


# ---- names ----

@change("a session is renamed")
def _(tables, _older):
    tables["names"][session_key("acme/x10")] = tables["names"].pop(session_key("acme/s10"))


@change("a session is renamed, and in its note", accepted=UNTAGGED)
def _(tables, _older):
    replace_note(tables, "acme/s10", b"x10")
    tables["names"][session_key("acme/x10")] = tables["names"].pop(session_key("acme/s10"))


@change("a session is given to another tenant")
def _(tables, _older):
    names = tables["names"]
    names[session_key("gamma/s10")] = names.pop(session_key("acme/s10"))


@change("a session's name names another tenant's number")
def _(tables, _older):
    key = session_key("acme/s10")
    tables["names"][key] = patched(tables["names"][key], 8, "<Q", 2)


@change("a tenant without sessions is deleted")
def _(tables, _older):
    number, = struct.unpack_from("<Q", tables["names"].pop(tenant_key("nobody")))
    del tables["keys"][struct.pack(">QI", number, 1)]


@change("a tenant is made up", accepted=())
def _(tables, _older):
    tables["names"][tenant_key("made-up")] = struct.pack("<QQQ", 5, 1, 1) + bytes(16)


@change("a session is made up")
def _(tables, _older):
    number = len(tables["heads"]) + 1
    tables["names"][session_key("acme/made-up")] = struct.pack("<QQ", number, 1) + bytes(16)
    tables["heads"][integer_key(number)] = tables["heads"][integer_key(1)]


@change("a tenant's creation has another id", accepted=UNTAGGED)
def _(tables, _older):
    tables["names"][tenant_key("acme")] = flipped(tables["names"][tenant_key("acme")], 8)


@change("the tag of a name is emptied", accepted=UNTAGGED)
def _(tables, _older):
    key = session_key("acme/s10")
    tables["names"][key] = tables["names"][key][:16] + bytes(16)


@change("two tenants exchange their names' entries")
def _(tables, _older):
    swap(tables["names"], tenant_key("acme"), tenant_key("beta"))


@change("a name leaves its alphabet")
def _(tables, _older):
    tables["names"][session_key("acme/s 10")] = tables["names"].pop(session_key("acme/s10"))


# ---- records ----

@change("two records are exchanged")
def _(tables, _older):
    swap(tables["ledger"], integer_key(700), integer_key(701))


@change("two records are exchanged, and their numbers")
def _(tables, _older):
    ledger = tables["ledger"]
    swap(ledger, integer_key(700), integer_key(701))
    for number in (700, 701):
        ledger[integer_key(number)] = patched(ledger[integer_key(number)], SEQUENCE_AT, "<Q", number)


@change("a record in the middle is deleted")
def _(tables, _older):
    del tables["ledger"][integer_key(700)]


@change("the newest record is deleted")
def _(tables, _older):
    del tables["ledger"][last_key(tables["ledger"])]


@change("the newest records are deleted, and all that tells of them",
        accepted=(*UNTAGGED, (KEYED, KEY, OWNER)))
def _(tables, _older):
    cut_suffix(tables, 20)


@change("a record is doubled at the end")
def _(tables, _older):
    number = len(tables["ledger"]) + 1
    tables["ledger"][integer_key(number)] = patched(tables["ledger"][integer_key(700)], SEQUENCE_AT, "<Q", number)


@change("a record is replaced by another session's")
def _(tables, _older):
    tables["ledger"][integer_key(700)] = tables["ledger"][integer_key(650)]


@change("a record's execution id is changed")
def _(tables, _older):
    tables["ledger"][integer_key(700)] = flipped(tables["ledger"][integer_key(700)], EXECUTION_AT)


@change("a record has another D")
def _(tables, _older):
    tables["ledger"][integer_key(700)] = flipped(tables["ledger"][integer_key(700)], DIGEST_AT)


@change("a record has another H")
def _(tables, _older):
    tables["ledger"][integer_key(700)] = flipped(tables["ledger"][integer_key(700)], HASH_AT)


@change("a record has another nonce", accepted=[(form, NO_KEY, SEALED) for form in FORMS])
def _(tables, _older):
    tables["ledger"][integer_key(700)] = flipped(tables["ledger"][integer_key(700)], NONCE_AT)


@change("a bit of a sealed content flips", accepted=[(form, NO_KEY, SEALED) for form in FORMS])
def _(tables, _older):
    tables["ledger"][integer_key(700)] = flipped(tables["ledger"][integer_key(700)], SEALED_AT)


@change("a record's seal is said to be of another key", accepted=[(form, NO_KEY, SEALED) for form in FORMS])
def _(tables, _older):
    tables["ledger"][integer_key(700)] = patched(tables["ledger"][integer_key(700)], GENERATION_OF_SEAL_AT, "<I", 2)


@change("a record's seal is said to be of the format before")
def _(tables, _older):
    tables["ledger"][integer_key(700)] = patched(tables["ledger"][integer_key(700)], 0, "<H", 0)


@change("a record is of another kind", accepted=())
def _(tables, _older):
    record = tables["ledger"][integer_key(700)]
    tables["ledger"][integer_key(700)] = patched(record, KIND_AT, "<B", 3 - record[KIND_AT])


def of_kind(tables, kind):
    """The key of a record of that kind, not among the first."""
    return next(key for key in map(integer_key, range(50, len(tables["ledger"]))) if tables["ledger"][key][KIND_AT] == kind)


@change("a keyframe grows by a byte")
def _(tables, _older):
    tables["ledger"][of_kind(tables, KEYFRAME)] += b"\0"


@change("a delta grows by a byte", accepted=[(form, NO_KEY, SEALED) for form in FORMS])
def _(tables, _older):
    tables["ledger"][of_kind(tables, DELTA)] += b"\0"


@change("a record is of another partition")
def _(tables, _older):
    tables["ledger"][integer_key(700)] = patched(tables["ledger"][integer_key(700)], PARTITION_AT, "<I", 1)


@change("a frame is taken out, and the whole chain hashed again", accepted=UNTAGGED)
def _(tables, _older):
    path = "acme/s00"
    records = records_of(tables, path)
    sequences = [sequence for sequence, _ in records]
    kept = records[:50] + records[51:]
    # Frame 50 goes; the last place in the ledger is filled by making the newest frame twice.
    hash_again(tables, path, list(zip(sequences, [record for _, record in kept] + [kept[-1][1]])))


@change("a session's content is replaced by another session's, and hashed again", accepted=UNTAGGED)
def _(tables, _older):
    one, other = records_of(tables, "acme/s10"), records_of(tables, "acme/s11")
    hash_again(tables, "acme/s10", [
        (sequence, theirs[:SEQUENCE_AT] + record[SEQUENCE_AT:CONTENT_BYTES_AT] + theirs[CONTENT_BYTES_AT:PARTITION_AT] +
         record[PARTITION_AT:DIGEST_AT] + theirs[DIGEST_AT:]) for (sequence, record), (_, theirs) in zip(one, other)])


@change("one session is rolled back")
def _(tables, older):
    key = head_key(tables, "acme/s00")
    frame, = struct.unpack_from("<Q", older["heads"][key])
    for sequence, record in records_of(tables, "acme/s00"):
        if struct.unpack_from("<Q", record, FRAME_AT)[0] > frame:
            del tables["ledger"][integer_key(sequence)]
    number = number_of(tables, "acme/s00")
    for key_of_frame in [one for one in tables["frames"] if struct.unpack(">QQ", one) > (number, frame)
                         and struct.unpack(">QQ", one)[0] == number]:
        del tables["frames"][key_of_frame]
    tables["heads"][key] = older["heads"][key]


# ---- heads and the index of frames ----

@change("one head is rolled back")
def _(tables, older):
    key = head_key(tables, "acme/s00")
    tables["heads"][key] = older["heads"][key]


@change("two heads are exchanged")
def _(tables, _older):
    swap(tables["heads"], head_key(tables, "acme/s10"), head_key(tables, "acme/s11"))


@change("a head is deleted")
def _(tables, _older):
    del tables["heads"][head_key(tables, "acme/s10")]


@change("a head is made up")
def _(tables, _older):
    tables["heads"][integer_key(4000)] = tables["heads"][integer_key(1)]


@change("a head has another execution id")
def _(tables, _older):
    key = head_key(tables, "acme/s10")
    tables["heads"][key] = flipped(tables["heads"][key], 40)


@change("a head has another count")
def _(tables, _older):
    key = head_key(tables, "acme/s10")
    tables["heads"][key] = flipped(tables["heads"][key], 24)


@change("two heads exchange parts of their rolling digests")
def _(tables, _older):
    one, other = head_key(tables, "acme/s10"), head_key(tables, "acme/s11")
    first, second = tables["heads"][one], tables["heads"][other]
    tables["heads"][one], tables["heads"][other] = first[:120] + second[120:], second[:120] + first[120:]


@change("an entry of the index leads to another frame")
def _(tables, _older):
    key = index_keys(tables, "acme/s00")[1]
    tables["frames"][key] = struct.pack("<Q", records_of(tables, "acme/s00")[struct.unpack(">QQ", key)[1] - 1][0])


@change("an entry of the index leads to another session")
def _(tables, _older):
    key, other = (index_keys(tables, path)[1] for path in ("acme/s00", "acme/s01"))
    tables["frames"][key] = tables["frames"][other]


@change("an entry of the index is deleted")
def _(tables, _older):
    del tables["frames"][index_keys(tables, "acme/s00")[1]]


@change("the index gets an entry too many")
def _(tables, _older):
    number, frame = struct.unpack(">QQ", index_keys(tables, "acme/s00")[1])
    tables["frames"][struct.pack(">QQ", number, frame + 1)] = struct.pack("<Q", records_of(tables, "acme/s00")[frame + 1][0])


@change("an entry of the index is moved above the head")
def _(tables, _older):
    key = index_keys(tables, "acme/s00")[1]
    tables["frames"][struct.pack(">QQ", struct.unpack(">QQ", key)[0], 6400)] = tables["frames"].pop(key)


# ---- roll back one table ----

def roll_back(name):
    def run(tables, older):
        assert tables[name] != older[name], name
        tables[name] = dict(older[name])
    # Of letters every state is one that an outsider can make agree; the owner can sign it.
    change(f"the table {name} is rolled back",
           accepted=(*UNTAGGED, (KEYED, KEY, OWNER)) if name in ("letters", "outbox") else ())(run)


for _name in ("ledger", "heads", "names", "keys", "frames", "outbox", "letters"):
    roll_back(_name)
