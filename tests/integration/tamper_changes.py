# SPDX-License-Identifier: MPL-2.0
# SPDX-FileCopyrightText: The LedgerQuest Engine authors
"""Changes that a person could think of. A change of tables is made in each of its forms (ledger_forgery.py): bare,
agreeing, keyed; a change of the file has none.

What a reader is to find is `detected`, but for what stands in UNDETECTABLE with the reason: a phrase of
docs/ledger-format.md."""

import dataclasses
import pathlib
import struct
import sys

import lmdb

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "support"))
import ledger_forgery as forgery  # noqa: E402  pylint: disable=wrong-import-position
from ledger_forgery import AGREEING, BARE, FORMS, KEYED, entries, integer_key  # noqa: E402  pylint: disable=wrong-import-position
from ledger_partition import DATABASES  # noqa: E402  pylint: disable=wrong-import-position
from lmdb_pages import FREE_LIST, META_TRANSACTION_AT, LmdbPages  # noqa: E402  pylint: disable=wrong-import-position

FILE = "file"  # the form of a change that is none of tables
KEY, NO_KEY = "key", "no key"
OTHER_KEY = bytes(range(32))
STATE = b"partition"
SEQUENCE_AT, TENANT_AT, SESSION_AT, FRAME_AT, PREVIOUS_AT, KEYFRAME_AT = 8, 16, 24, 32, 40, 48  # in a record

# Phrases of the document.
OLD_COPY = "**an old copy**"
OWNER = "**what its keys' owner does**"
NO_TABLE = "**pages that no table reaches**"
AGREES = "Without the key: all that agrees with itself"
SEALED = "every accident but one to the sealed bytes of a record"
REASONS = (OLD_COPY, OWNER, NO_TABLE, AGREES, SEALED)
# The list under this line has to be the first three of them.
LIST_HEADING = "What no look at a partition can show, with or without the key:"


@dataclasses.dataclass
class Change:
    name: str
    run: object  # of tables: run(tables, older tables); of the file: run(folder, store)
    forms: tuple = FORMS
    nothing: bool = False  # what is left is as if there never was a partition
    refused: bool = False  # taken for another partition: neither verified nor damaged


CHANGES = []
UNDETECTABLE = {}  # reason by (name, form, KEY or NO_KEY)


def change(name, forms=FORMS, accepted=(), refused=False):
    """accepted: (form, KEY or NO_KEY, reason) ..."""
    def take(run):
        CHANGES.append(Change(name, run, forms, refused=refused))
        for form, with_key, reason in accepted:
            UNDETECTABLE[name, form, with_key] = reason
        return run
    return take


def of_file(name, accepted=()):
    return change(name, (FILE,), [(FILE, with_key, reason) for with_key, reason in accepted])


# An outsider may make everything agree that needs no key; with the key in hand the owner can as well.
UNTAGGED = ((AGREEING, NO_KEY, AGREES), (KEYED, NO_KEY, AGREES))


def tenant_key(name):
    return b"\x01" + name.encode()


def session_key(path):
    tenant, session = path.encode().split(b"/")
    return b"\x02" + tenant + b"\0" + session


def number_of(tables, path):
    return struct.unpack_from("<Q", tables["names"][session_key(path)])[0]


def head_key(tables, path):
    return integer_key(number_of(tables, path))


def patched(value, at, layout, *numbers):
    value = bytearray(value)
    struct.pack_into(layout, value, at, *numbers)
    return bytes(value)


def flipped(value, at, bit=0):
    value = bytearray(value)
    value[at] ^= 1 << bit
    return bytes(value)


def swap(table, one, other):
    table[one], table[other] = table[other], table[one]


def records_of(tables, path):
    """(sequence, record) of a session, the oldest first."""
    number = number_of(tables, path)
    return sorted((struct.unpack("=Q", key)[0], value) for key, value in tables["ledger"].items()
                  if struct.unpack_from("<Q", value, SESSION_AT)[0] == number)


def last_key(table):
    return max(table, key=lambda key: struct.unpack("=Q", key)[0])


def hash_again(tables, path, records):
    """A chain of these records as somebody without the key makes it: frames, links and H right; its head, its index."""
    number = number_of(tables, path)
    for key in [key for key in tables["frames"] if struct.unpack(">QQ", key)[0] == number]:
        del tables["frames"][key]
    before, previous, total = bytes(32), 0, entries.Sum()
    for frame, (sequence, record) in enumerate(records):
        record = patched(record, SEQUENCE_AT, "<Q", sequence)
        record = patched(record, FRAME_AT, "<QQQ", frame, previous, sequence)
        before = entries.blake2b(before + record[:112])
        record = record[:112] + before + record[144:]
        tables["ledger"][integer_key(sequence)] = record
        total.add(before)
        if frame % 64 == 0:
            tables["frames"][struct.pack(">QQ", number, frame)] = struct.pack("<Q", sequence)
        previous = sequence
    tables["heads"][integer_key(number)] = struct.pack(
        "<4Q", frame, previous, previous, frame + 1) + record[56:72] + before + total.bytes()


def cut_suffix(tables, count):
    """The newest records with all that tells of them. They must be of sessions that go on without them."""
    for _ in range(count):
        key = last_key(tables["ledger"])
        record = tables["ledger"].pop(key)
        session, frame, previous = struct.unpack_from("<QQQ", record, SESSION_AT)
        assert frame > 0, "the newest record is a creation"
        front = tables["ledger"][integer_key(previous)]
        head = tables["heads"][integer_key(session)]
        lanes = [(lane - part) % 2**64 for lane, part in zip(struct.unpack_from("<4Q", head, 80),
                                                            struct.unpack("<4Q", record[112:144]))]
        tables["heads"][integer_key(session)] = struct.pack(
            "<4Q", frame - 1, previous, previous, frame) + front[56:72] + front[112:144] + struct.pack("<4Q", *lanes)
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
    (_, _), *_, (sequence, front), (_, last) = records_of(tables, "acme/s00")
    frame, = struct.unpack_from("<Q", front, FRAME_AT)
    key = head_key(tables, "acme/s00")
    lanes = [(lane - part) % 2**64 for lane, part in zip(struct.unpack_from("<4Q", tables["heads"][key], 80),
                                                        struct.unpack("<4Q", last[112:144]))]
    tables["heads"][key] = struct.pack("<4Q", frame, sequence, sequence, frame + 1) + front[56:72] + front[
        112:144] + struct.pack("<4Q", *lanes)


@change("a name points at another session")
def _(tables, _older):
    names = tables["names"]
    names[session_key("acme/s10")] = names[session_key("acme/s11")]


@change("two names are exchanged", accepted=UNTAGGED)
def _(tables, _older):
    swap(tables["names"], session_key("acme/s10"), session_key("acme/s11"))


# ---- A2: outbox and letters ----

@change("50 events are deleted")
def _(tables, _older):
    for number in range(20, 70):
        del tables["outbox"][integer_key(number)]


@change("the newest 50 events are deleted", accepted=(*UNTAGGED, (KEYED, KEY, OWNER)))
def _(tables, _older):
    for _ in range(50):
        del tables["outbox"][last_key(tables["outbox"])]


@change("all events are deleted", accepted=(*UNTAGGED, (KEYED, KEY, OWNER)))
def _(tables, _older):
    tables["outbox"].clear()


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
    tables["outbox"][integer_key(7)] = flipped(tables["outbox"][integer_key(7)], 85)


@change("two events are exchanged")
def _(tables, _older):
    swap(tables["outbox"], integer_key(7), integer_key(8))


@change("two events are exchanged, and their numbers", accepted=UNTAGGED)
def _(tables, _older):
    outbox = tables["outbox"]
    swap(outbox, integer_key(7), integer_key(8))
    for number in (7, 8):
        outbox[integer_key(number)] = patched(outbox[integer_key(number)], 8, "<Q", number)


@change("an event is doubled at the end", accepted=UNTAGGED)
def _(tables, _older):
    number = len(tables["outbox"]) + 1
    tables["outbox"][integer_key(number)] = patched(tables["outbox"][integer_key(7)], 8, "<Q", number)


@change("an event names another frame of its session")
def _(tables, _older):
    tables["outbox"][integer_key(7)] = patched(tables["outbox"][integer_key(7)], 32, "<Q", 0)


# ---- names ----

@change("a session is renamed", accepted=UNTAGGED)
def _(tables, _older):
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
    tables["ledger"][integer_key(700)] = flipped(tables["ledger"][integer_key(700)], 64)


@change("a record has another D")
def _(tables, _older):
    tables["ledger"][integer_key(700)] = flipped(tables["ledger"][integer_key(700)], 80)


@change("a record has another H")
def _(tables, _older):
    tables["ledger"][integer_key(700)] = flipped(tables["ledger"][integer_key(700)], 112)


@change("a record has another nonce", accepted=[(form, NO_KEY, SEALED) for form in FORMS])
def _(tables, _older):
    tables["ledger"][integer_key(700)] = flipped(tables["ledger"][integer_key(700)], 150)


@change("a bit of a sealed content flips", accepted=[(form, NO_KEY, SEALED) for form in FORMS])
def _(tables, _older):
    tables["ledger"][integer_key(700)] = flipped(tables["ledger"][integer_key(700)], 300)


@change("a record grows by a byte")
def _(tables, _older):
    tables["ledger"][integer_key(700)] += b"\0"


@change("a record is of another partition")
def _(tables, _older):
    tables["ledger"][integer_key(700)] = patched(tables["ledger"][integer_key(700)], 76, "<I", 1)


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
    hash_again(tables, "acme/s10", [(sequence, record[:72] + theirs[72:76] + record[76:80] + theirs[80:])
                                    for (sequence, record), (_, theirs) in zip(one, other)])


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
    tables["heads"][one], tables["heads"][other] = first[:80] + second[80:], second[:80] + first[80:]


@change("an entry of the index leads to another frame")
def _(tables, _older):
    key = struct.pack(">QQ", number_of(tables, "acme/s00"), 64)
    tables["frames"][key] = struct.pack("<Q", records_of(tables, "acme/s00")[63][0])


@change("an entry of the index leads to another session")
def _(tables, _older):
    key = struct.pack(">QQ", number_of(tables, "acme/s00"), 64)
    tables["frames"][key] = tables["frames"][struct.pack(">QQ", number_of(tables, "acme/s01"), 64)]


@change("an entry of the index is deleted")
def _(tables, _older):
    del tables["frames"][struct.pack(">QQ", number_of(tables, "acme/s00"), 64)]


@change("the index gets an entry too many")
def _(tables, _older):
    tables["frames"][struct.pack(">QQ", number_of(tables, "acme/s00"), 65)] = struct.pack(
        "<Q", records_of(tables, "acme/s00")[65][0])


@change("an entry of the index is moved above the head")
def _(tables, _older):
    number = number_of(tables, "acme/s00")
    tables["frames"][struct.pack(">QQ", number, 6400)] = tables["frames"].pop(struct.pack(">QQ", number, 64))


# ---- keys ----

@change("two wrapped keys are exchanged")
def _(tables, _older):
    swap(tables["keys"], struct.pack(">QI", 1, 1), struct.pack(">QI", 2, 1))


@change("two wrapped keys are exchanged, and their numbers", accepted=UNTAGGED)
def _(tables, _older):
    keys = tables["keys"]
    swap(keys, struct.pack(">QI", 1, 1), struct.pack(">QI", 2, 1))
    for tenant in (1, 2):
        key = struct.pack(">QI", tenant, 1)
        keys[key] = patched(keys[key], 8, "<Q", tenant)


@change("a wrapped key is deleted")
def _(tables, _older):
    del tables["keys"][struct.pack(">QI", 1, 1)]


@change("a bit of a wrapped key flips", accepted=UNTAGGED)
def _(tables, _older):
    key = struct.pack(">QI", 1, 1)
    tables["keys"][key] = flipped(tables["keys"][key], 50)


@change("a key is declared destroyed", accepted=(*UNTAGGED, (KEYED, KEY, OWNER)))
def _(tables, _older):
    key = struct.pack(">QI", 1, 1)
    tables["keys"][key] = patched(tables["keys"][key][:16], 2, "<B", 2)


@change("a key gets a second generation", accepted=UNTAGGED)
def _(tables, _older):
    tables["keys"][struct.pack(">QI", 1, 2)] = patched(tables["keys"][struct.pack(">QI", 1, 1)], 4, "<I", 2)


# ---- the state, meta, cursors ----

@change("an old state is replayed", forms=(BARE,))
def _(tables, older):
    tables["meta"][STATE] = older["meta"][STATE]


@change("the state is deleted", forms=(BARE,))
def _(tables, _older):
    del tables["meta"][STATE]


@change("the state loses its end", forms=(BARE,))
def _(tables, _older):
    tables["meta"][STATE] = tables["meta"][STATE][:336]


@change("the writer epoch is raised", accepted=(*UNTAGGED, (KEYED, KEY, OWNER)))
def _(tables, _older):
    tables["meta"][STATE] = flipped(tables["meta"][STATE], 8, 5)


@change("the state is that of another partition", forms=(BARE,))
def _(tables, _older):
    tables["meta"][STATE] = patched(tables["meta"][STATE], 4, "<I", 1)


@change("the state is that of another partition, its check made right", forms=(AGREEING, KEYED), refused=True)
def _(tables, _older):
    tables["meta"][STATE] = patched(tables["meta"][STATE], 4, "<I", 1)


@change("the state has another format", forms=(BARE,))
def _(tables, _older):
    tables["meta"][STATE] = patched(tables["meta"][STATE], 0, "<I", 3)


@change("the state has another format, its check made right", forms=(AGREEING, KEYED), refused=True)
def _(tables, _older):
    tables["meta"][STATE] = patched(tables["meta"][STATE], 0, "<I", 3)


@change("a bit of the state's check flips", forms=(BARE,))
def _(tables, _older):
    tables["meta"][STATE] = flipped(tables["meta"][STATE], 340)


@change("a bit of the state's tag flips, its check made right", forms=(BARE,), accepted=[(BARE, NO_KEY, AGREES)])
def _(tables, _older):
    state = flipped(tables["meta"][STATE], 310)[:336]
    tables["meta"][STATE] = state + entries.blake2b(state)


@change("counts and sums of the state are those of before, its check made right", forms=(BARE,))
def _(tables, older):
    front = tables["meta"][STATE][:24] + older["meta"][STATE][24:272] + tables["meta"][STATE][272:304]
    tables["meta"][STATE] = forgery.close_state(front)


@change("the state names another meta page before")
def _(tables, _older):
    tables["meta"][STATE] = flipped(tables["meta"][STATE], 280)


@change("the digest of the master key is another one's", forms=(AGREEING, KEYED), accepted=UNTAGGED, refused=True)
def _(tables, _older):
    state = tables["meta"][STATE]
    tables["meta"][STATE] = state[:80] + entries.blake2b(b"ledgerquest master key", OTHER_KEY) + state[112:]


@change("the state is tagged by another key", forms=(BARE,), accepted=[(BARE, NO_KEY, AGREES)])
def _(tables, _older):
    tables["meta"][STATE] = forgery.close_state(tables["meta"][STATE][:304], OTHER_KEY)


@change("meta gets an entry")
def _(tables, _older):
    tables["meta"][b"note"] = b"x"


@change("cursors gets an entry")
def _(tables, _older):
    tables["cursors"][b"reader"] = integer_key(7)


# ---- roll back one table, or the whole store ----

def roll_back(name):
    def run(tables, older):
        assert tables[name] != older[name], name
        tables[name] = dict(older[name])
    # Of letters every state is one that an outsider can make agree; the owner can sign it.
    change(f"the table {name} is rolled back",
           accepted=(*UNTAGGED, (KEYED, KEY, OWNER)) if name in ("letters", "outbox") else ())(run)


for _name in ("ledger", "heads", "names", "keys", "frames", "outbox", "letters"):
    roll_back(_name)


@of_file("the whole store is rolled back", [(KEY, OLD_COPY), (NO_KEY, OLD_COPY)])
def _(folder, store):
    (folder / "data.mdb").write_bytes((store.older / "data.mdb").read_bytes())


@of_file("the whole store is rolled back, all but the state")
def _(folder, store):
    state = forgery.Forgery(folder).read()["meta"]
    (folder / "data.mdb").write_bytes((store.older / "data.mdb").read_bytes())
    forgery.Forgery(folder).edit(lambda tables: tables.update(meta=state))


# ---- A6: databases ----

def drop_database(name):
    @of_file(f"the database {name} is dropped")
    def _(folder, _store):
        def run(env):
            with env.begin(write=True) as txn:
                txn.drop(env.open_db(name.encode(), txn=txn, create=False))
        forgery.Forgery(folder).edit_environment(run)

    @of_file(f"the database {name} is emptied", [(KEY, NO_TABLE), (NO_KEY, NO_TABLE)] if name == "cursors" else ())
    def _(folder, _store):
        def run(env):
            with env.begin(write=True) as txn:
                txn.drop(env.open_db(name.encode(), txn=txn, create=False), delete=False)
        forgery.Forgery(folder).edit_environment(run)

    @of_file(f"a bit of the name of {name} flips")
    def _(folder, _store):
        path = folder / "data.mdb"
        data = path.read_bytes()
        path.write_bytes(flipped(data, LmdbPages(data).records[name] - 1))  # its last letter


for _name in DATABASES:
    drop_database(_name)
# What is empty already is not changed by emptying it.
CHANGES[:] = [one for one in CHANGES if one.name != "the database cursors is emptied"]
for _with_key in (KEY, NO_KEY):
    del UNDETECTABLE["the database cursors is emptied", FILE, _with_key]


def edit_file(name, accepted=()):
    """run(data, pages) alters the bytes."""
    def take(run):
        @of_file(name, accepted)
        def _(folder, _store):
            path = folder / "data.mdb"
            data = bytearray(path.read_bytes())
            run(data, LmdbPages(bytes(data)))
            path.write_bytes(data)
        return run
    return take


@of_file("a database is added")
def _(folder, _store):
    forgery.Forgery(folder).edit_environment(lambda env: env.open_db(b"ledges"))


@of_file("the unnamed database gets a plain entry")
def _(folder, _store):
    def run(env):
        with env.begin(write=True) as txn:
            txn.put(b"note", b"x")
    forgery.Forgery(folder).edit_environment(run)


@of_file("a database is replaced by one of plain entries")
def _(folder, _store):
    def run(env):
        with env.begin(write=True) as txn:
            txn.drop(env.open_db(b"letters", txn=txn, create=False))
            txn.put(b"letters", b"x" * 48)
    forgery.Forgery(folder).edit_environment(run)


def set_flags(name, flags):
    @edit_file(f"{name} gets the flags {flags:#x}")
    def _(data, pages):
        data[pages.records[name] + 4] ^= flags


for _name, _flags in (("names", 0x02), ("ledger", 0x04), ("heads", 0x08), ("keys", 0x08), ("letters", 0x02)):
    set_flags(_name, _flags)


@edit_file("the unnamed database gets the flag of reversed keys")
def _(data, pages):
    data[pages.newest * pages.page_bytes + 16 + 24 + 48 + 4] ^= 0x02


@edit_file("the roots of outbox and letters are exchanged")
def _(data, pages):
    one, other = pages.records["outbox"], pages.records["letters"]
    data[one:one + 48], data[other:other + 48] = data[other:other + 48], data[one:one + 48]


@edit_file("LMDB's count of the entries of ledger is one less")
def _(data, pages):
    at = pages.records["ledger"] + 32
    struct.pack_into("<Q", data, at, struct.unpack_from("<Q", data, at)[0] - 1)


# ---- the file ----

@edit_file("the two meta pages are exchanged")
def _(data, pages):
    size = pages.page_bytes
    data[:size], data[size:2 * size] = data[size:2 * size], data[:size]


@edit_file("the older meta page is made the newest")
def _(data, pages):
    older = 1 - pages.newest
    struct.pack_into("<Q", data, older * pages.page_bytes + META_TRANSACTION_AT, pages.transaction + 1)


@edit_file("the older meta page takes the newest's place and number")
def _(data, pages):
    size, older = pages.page_bytes, 1 - pages.newest
    data[pages.newest * size + 16:pages.newest * size + META_TRANSACTION_AT] = data[
        older * size + 16:older * size + META_TRANSACTION_AT]


@edit_file("the newest meta page's number is set back by two")
def _(data, pages):
    struct.pack_into("<Q", data, pages.newest * pages.page_bytes + META_TRANSACTION_AT, pages.transaction - 2)


@edit_file("the newest meta page has another magic number")
def _(data, pages):
    data[pages.newest * pages.page_bytes + 16] ^= 1


@edit_file("the newest meta page has another version")
def _(data, pages):
    data[pages.newest * pages.page_bytes + 20] ^= 2


@edit_file("both meta pages are zeroed")
def _(data, pages):
    data[:2 * pages.page_bytes] = bytes(2 * pages.page_bytes)


@edit_file("the newest meta page is zeroed")
def _(data, pages):
    at = pages.newest * pages.page_bytes
    data[at:at + pages.page_bytes] = bytes(pages.page_bytes)


def zero_page(name, kind):
    @edit_file(f"a {kind} page of {name} is zeroed")
    def _(data, pages):
        at = pages.pages_of(name, kind)[0] * pages.page_bytes
        data[at:at + pages.page_bytes] = bytes(pages.page_bytes)


for _name, _kind in (("ledger", "branch"), ("ledger", "leaf"), ("heads", "leaf"), ("names", "leaf"), ("keys", "leaf"),
                     ("frames", "leaf"), ("outbox", "leaf"), ("letters", "leaf"), ("meta", "leaf"), ("", "leaf")):
    zero_page(_name, _kind)


@edit_file("a big record's page is zeroed", [(NO_KEY, SEALED)])
def _(data, pages):
    at = (pages.pages_of("ledger", "overflow")[0] + 0) * pages.page_bytes
    data[at + 16 + 1000:at + pages.page_bytes] = bytes(pages.page_bytes - 1016)


@edit_file("a leaf of ledger is replaced by its neighbour")
def _(data, pages):
    size = pages.page_bytes
    one, other = pages.pages_of("ledger", "leaf")[3:5]
    data[one * size + 8:(one + 1) * size] = data[other * size + 8:(other + 1) * size]


@edit_file("two leaves of names are exchanged")
def _(data, pages):
    size = pages.page_bytes
    one, other = pages.pages_of("names", "leaf")[:2]
    data[one * size + 8:(one + 1) * size], data[other * size + 8:(other + 1) * size] = (
        data[other * size + 8:(other + 1) * size], data[one * size + 8:(one + 1) * size])


@edit_file("a branch page leads to itself")
def _(data, pages):
    page = pages.pages_of("ledger", "branch")[0]
    base = page * pages.page_bytes
    offset, = struct.unpack_from("<H", data, base + 16 + 2)
    struct.pack_into("<HH", data, base + offset, page & 0xffff, page >> 16)


@edit_file("a root lies outside of the file")
def _(data, pages):
    struct.pack_into("<Q", data, pages.records["outbox"] + 40, 1 << 40)


@edit_file("a root lies behind the last page")
def _(data, pages):
    struct.pack_into("<Q", data, pages.records["outbox"] + 40, pages.last_page + 1)


@edit_file("the last page lies before the root", [])
def _(data, pages):
    struct.pack_into("<Q", data, pages.newest * pages.page_bytes + 136, 3)


@edit_file("the list of free pages is damaged", [(KEY, NO_TABLE), (NO_KEY, NO_TABLE)])
def _(data, pages):
    for page in pages.pages_of(FREE_LIST, "leaf"):
        at = page * pages.page_bytes
        data[at + 16:at + pages.page_bytes] = b"\xa5" * (pages.page_bytes - 16)


@edit_file("a free page is overwritten", [(KEY, NO_TABLE), (NO_KEY, NO_TABLE)])
def _(data, pages):
    page = min(page for page in pages.free_pages if page not in pages.owners)
    at = page * pages.page_bytes
    data[at:at + pages.page_bytes] = b"\xa5" * pages.page_bytes


def truncate(name, bytes_of):
    @edit_file(f"the file is cut {name}")
    def _(data, pages):
        del data[bytes_of(data, pages):]


def last_of_tables(pages):
    return max(page for page in pages.used_pages() if pages.owners[page] != FREE_LIST) * pages.page_bytes


truncate("by the last page of a table", lambda _data, pages: last_of_tables(pages))
truncate("to half of the last page of a table", lambda _data, pages: last_of_tables(pages) + 100)
truncate("to a half", lambda data, pages: len(data) // 2 // pages.page_bytes * pages.page_bytes)
truncate("to two pages", lambda _data, pages: 2 * pages.page_bytes)
truncate("to one page", lambda _data, pages: pages.page_bytes)
truncate("to a part of a page", lambda _data, _pages: 100)
truncate("to nothing", lambda _data, _pages: 0)
CHANGES[-1].nothing = True


@of_file("the file is other bytes")
def _(folder, _store):
    path = folder / "data.mdb"
    path.write_bytes(bytes(index * 7 % 251 for index in range(path.stat().st_size)))


@of_file("the partition is copied compactly, which numbers transactions anew")
def _(folder, _store):
    other = folder / "compact"
    other.mkdir()
    with lmdb.open(str(folder), readonly=True, max_dbs=12) as env:
        env.copy(str(other), compact=True)
    (other / "data.mdb").replace(folder / "data.mdb")
