#!/usr/bin/python3
# SPDX-License-Identifier: MPL-2.0
# SPDX-FileCopyrightText: The LedgerQuest Engine authors
"""Verify a ledger of the LedgerQuest Engine, written only from docs/ledger-format.md.

Needs python3-lmdb; with --master-key also python3-nacl. Exit codes: 0 verified, 7 broken or damaged, 3 nothing
there to verify, 2 usage, 1 anything else, as another master key."""
import argparse
import json
import struct
import sys

from ledger_checks import Refused, Verification
from ledger_content import Content
from ledger_entries import (SESSION, SUMMED, TAG_BYTES, Broken, Cursor, Name, OutboxEntry, Proof, Record, State,
                            UnknownFormat, WrappedKey, blake2b, make_tag, make_tag_key)
from ledger_partition import Damaged, Missing, Partition
import watched_child

EXIT_FAILED, EXIT_NOT_FOUND, EXIT_BROKEN = 1, 3, 7


def complain(what):
    print("verify_ledger: %s" % what, file=sys.stderr)


def read_master_key(path):
    """None: the file holds none."""
    with open(path, "rb") as file:
        text = file.read(66)
    try:
        key = bytes.fromhex(text[:64].decode("ascii"))
    except ValueError:
        return None
    return key if len(text) == 65 and text[64:] == b"\n" and len(key) == 32 else None


def read_contents(folder, master):
    """Every (record, content without its world) of a partition that must verify."""
    contents = []
    partition = Partition(folder)
    verification = Verification(partition, master, on_content=lambda record, content: contents.append(
        (record, content.without_world()))).run()
    partition.close()
    if verification.faults:
        raise Broken(show_fault(verification.faults[0]))
    return contents


def print_commands(record, content):
    for command in content.commands:
        print(json.dumps({"tenant": content.tenant, "session": content.session, "frame": record.frame, **command.shown()}))


def show_fault(fault):
    where = ("%(tenant)s/%(session)s frame %(frame)d" if fault["session"] else "%(tenant)s") % fault
    place = ("%(table)s %(key)s" % fault).strip()
    return "%s: %s (%s)" % (where, fault["what"], place) if where else "%s: %s" % (place, fault["what"])


def report(arguments, totals, faults, state=None, destroyed=()):
    summary = sys.stderr if arguments.commands else sys.stdout
    if arguments.json:
        noted = {"next_sequence": state.next_sequence, "ledger_sum": state.sums["ledger"].hex()} if state else {}
        print(json.dumps({"ok": totals["broken"] == 0, **totals, **noted, "destroyed_tenants": dict(destroyed),
                          "faults": faults}), file=summary)
        return
    for fault in faults:
        print(show_fault(fault), file=sys.stderr)
    for tenant, records in sorted(dict(destroyed).items()):
        print("contents of tenant %s were destroyed (%d records)" % (tenant, records), file=summary)
    print("%(sessions)d sessions, %(records)d records, %(opened)d opened, %(broken)d broken, %(tenants)d tenants, "
          "%(events)d events, %(letters)d letters" % totals, file=summary)
    if state is not None:
        print("to be noted: next sequence %d, sum of the ledger %s" % (
            state.next_sequence, state.sums["ledger"].hex()), file=summary)


def report_damage(arguments, what, table=""):
    """Of a file that could not be read to the end."""
    totals = dict.fromkeys(("sessions", "records", "opened", "destroyed", "broken", "tenants", "events", "letters"), 0)
    fault = {"tenant": "", "session": "", "frame": 0, "table": table, "key": "", "what": what}
    report(arguments, dict(totals, broken=1), [fault])
    return EXIT_BROKEN


def verify(arguments, master, tell):
    def take_content(record, content):
        tell("")  # whoever reads our output may take his time
        print_commands(record, content)

    tenant, _, session = (arguments.session or arguments.tenant or "").partition("/")
    try:
        partition = Partition(arguments.folder, tell)
        verification = Verification(partition, master, tenant or None, session or None,
                                    take_content if arguments.commands else None, arguments.partition).run()
        partition.close()
        tell("")
    except (Missing, Refused) as trouble:
        complain(trouble)
        return EXIT_NOT_FOUND if isinstance(trouble, Missing) else EXIT_FAILED
    except Damaged as damaged:
        return report_damage(arguments, damaged.what, damaged.database)
    report(arguments, verification.totals, verification.faults, verification.state if verification.whole else None,
           verification.destroyed)
    return EXIT_BROKEN if verification.totals["broken"] else 0


# ---- the worked example of the document ----

def read_golden(path):
    with open(path, encoding="ascii") as file:
        lines = [line.split() for line in file if line.strip() and not line.startswith("#")]
    return {name: bytes.fromhex(value) for name, value in lines}


def open_content(record, key, content=None):
    """What a record holds; of a delta, whose content is told, the delta."""
    salt, body = record.open(key)
    record.check_digest(salt, content or body)
    return body


def see_every_change(data, read):
    for index in range(len(data)):
        changed = bytearray(data)
        changed[index] ^= 1
        try:
            read(bytes(changed))
        except (Broken, UnknownFormat):
            continue
        raise AssertionError("a change of byte %d was not seen" % index)


def test_record(golden):
    """Of format 4, or of 5, which has a delta behind it."""
    form = 5 if "delta" in golden else 4
    record = Record(golden["record"], form)
    key = WrappedKey(struct.pack(">QI", 3, 1), golden["wrapped_key"]).open(golden["master_key"])
    assert key == golden["tenant_key"]
    assert blake2b(b"ledgerquest master key", key=golden["master_key"]) == golden["master_digest"]
    assert (record.header, record.digest, record.hash) == (
        golden["header"], golden["digest"], golden["hash"])
    assert (record.sequence, record.tenant, record.session, record.frame, record.previous,
            record.keyframe, record.execution, record.generation, record.partition) == (
                12, 3, 5, 2, 9, 12, (7, 1001), 1, 0)
    assert record.follows(golden["previous_hash"]) and record.is_keyframe
    assert open_content(record, key) == golden["content"]
    content = Content(golden["content"])
    assert (content.tenant, content.session) == ("demo", "s1")
    see_every_change(golden["record"], lambda data: open_content(Record(data, form), key))
    if form == 5:
        test_delta(golden, key)


def test_delta(golden, key):
    record = Record(golden["delta_record"])
    assert (record.header, record.digest, record.hash) == (
        golden["delta_header"], golden["delta_digest"], golden["delta_hash"])
    assert (record.sequence, record.frame, record.previous, record.keyframe) == (14, 3, 12, 12)
    assert record.follows(golden["hash"]) and not record.is_keyframe and not record.is_indexed
    assert open_content(record, key, golden["delta_content"]) == golden["delta"]
    see_every_change(golden["delta_record"], lambda data: open_content(Record(data), key, golden["delta_content"]))


def test_tags(golden):
    tag_key = make_tag_key(golden["master_key"])
    assert tag_key == golden["tag_key"]
    name = Name(golden["name_key"], golden["name_value"])
    assert (name.tenant, name.session, name.number, name.tenant_number) == ("demo", "s1", 5, 3)
    tag = make_tag(tag_key, "names", 0, golden["name_key"], golden["name_value"][:-TAG_BYTES])
    assert tag == golden["name_tag"] and golden["name_value"].endswith(tag[:TAG_BYTES])
    state = State(golden["state"])
    assert (state.partition, state.writer_epoch, state.transaction, state.next_sequence, state.next_tenant,
            state.next_session, state.next_outbox, state.first_outbox) == (0, 7, 21, 13, 4, 6, 9, 3)
    form = state.format
    assert [state.entries[name] for name in ("ledger", "heads", "keys", "frames", "outbox", "letters", "cursors",
                                             "names")] == [12 if form == 4 else 10, 5, 3, 5, 6, 2, 1, 8]
    assert (state.gapless_sequence, state.gapless_tenant, state.gapless_session, state.gapless_outbox) == (10, 1, 2, 4)
    assert (state.outbox_bytes, state.history) == (700, bytes(range(0x10, 0x20)))
    assert state.master_digest == golden["master_digest"]
    sums = b"".join(state.sums[name] for name in SUMMED if name in state.sums)
    assert sums == bytes((0x40 + count) % 256 for count in range(len(sums)))
    if form > 4:
        test_proof(golden, tag_key, state)
    assert state.meta_page_before == bytes(range(0x40, 0x60))
    assert state.tag == make_tag(tag_key, "meta", 0, b"partition", state.tagged) == golden["state_tag"]
    note = OutboxEntry(golden["note"])
    assert (note.kind, note.sequence, note.tenant, note.session, note.ledger_sequence, note.name) == (
        SESSION, 8, 3, 5, 11, "s1")
    assert make_tag(tag_key, "outbox", 0, struct.pack("<Q", 8), golden["note"][:-TAG_BYTES])[:TAG_BYTES] == (
        golden["note"][-TAG_BYTES:])
    cursor = Cursor(b"mirror", golden["cursor_value"])
    assert (cursor.ledger_sequence, cursor.outbox_sequence) == (12, 8)
    assert make_tag(tag_key, "cursors", 0, b"mirror", golden["cursor_value"][:-TAG_BYTES])[:TAG_BYTES] == (
        golden["cursor_value"][-TAG_BYTES:])
    see_every_change(golden["state"], State)


def test_proof(golden, tag_key, state):
    key = struct.pack("<Q", 5)
    proof = Proof(key, golden["proof_value"])
    assert (proof.session, proof.tenant, proof.first, proof.last, proof.sequence, proof.hash, proof.count) == (
        5, 3, 0, 1, 9, golden["previous_hash"], 2)
    assert make_tag(tag_key, "proofs", 0, key, golden["proof_value"][:-TAG_BYTES])[:TAG_BYTES] == golden["proof_value"][-TAG_BYTES:]
    assert (state.entries["proofs"], state.dropped) == (1, 2)


def self_test(path):
    golden = read_golden(path)
    test_record(golden)
    test_tags(golden)
    print("self-test: ok")


def parse_arguments(words):
    parser = argparse.ArgumentParser(description="Verify a ledger without the engine.")
    parser.add_argument("folder", nargs="?", help="of the partition, DATA/ledger/0")
    parser.add_argument("--partition", metavar="N", type=int, default=0, help="its number (0)")
    parser.add_argument("--master-key", metavar="FILE", help="also open every seal and check every tag")
    scope = parser.add_mutually_exclusive_group()
    scope.add_argument("--session", metavar="TENANT/SESSION", help="only this one")
    scope.add_argument("--tenant", metavar="TENANT", help="only this one's sessions")
    parser.add_argument("--json", action="store_true", help="print the counts as JSON")
    parser.add_argument("--commands", action="store_true",
                        help="print every command of the records as a line of JSON")
    parser.add_argument("--self-test", metavar="FILE", help="check a golden file and end")
    arguments = parser.parse_args(words)
    if arguments.self_test is None and arguments.folder is None:
        parser.error("the folder of a partition is missing")
    if arguments.commands and arguments.master_key is None:
        parser.error("--commands needs --master-key")
    if arguments.session is not None and not all(arguments.session.partition("/")):
        parser.error("name one session as TENANT/SESSION")
    if arguments.tenant is not None and (not arguments.tenant or "/" in arguments.tenant):
        parser.error("name one tenant")
    return arguments


def main(words=None):
    arguments = parse_arguments(words)
    if arguments.self_test is not None:
        self_test(arguments.self_test)
        return 0
    master = None
    if arguments.master_key is not None:
        try:
            master = read_master_key(arguments.master_key)
        except OSError as error:
            complain(error)
            return EXIT_FAILED
        if master is None:
            complain("%s must hold 64 hex digits and a newline" % arguments.master_key)
            return EXIT_FAILED
    try:
        return watched_child.run(lambda tell: verify(arguments, master, tell))
    except watched_child.Died as death:
        return report_damage(arguments, str(death))


if __name__ == "__main__":
    sys.exit(main())
