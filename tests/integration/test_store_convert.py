#!/usr/bin/python3
# SPDX-License-Identifier: MPL-2.0
# SPDX-FileCopyrightText: The LedgerQuest Engine authors
"""lqctl store convert: golden ledgers of every earlier format are refused by name and convert; header, D and H of each record
stay; both verifiers agree; a cluster goes on behind them. Killed at any moment it can be said again; a source that is
damaged leaves nothing behind."""

import fcntl
import os
import shutil
import signal
import struct
import subprocess
import time

import lmdb
from nacl.bindings import crypto_aead_xchacha20poly1305_ietf_encrypt

from cluster import BIN, ROOT, Cluster, check, need, run_tests
from wire_client import WireClient, join, thrust

import ledger_entries
import verify_ledger
from ledger_content import Content
from ledger_partition import Partition

GOLDEN = ROOT / "tests" / "golden"
# By golden file: its format, a session that a player goes on in, frames it has, what both verifiers count.
LEDGERS = {
    "ledger_v1": (1, "acme/a1", 1, {"sessions": 3, "records": 12, "opened": 12}),
    "ledger_v2": (2, "acme/a1", 1, {"sessions": 3, "records": 12, "opened": 12}),
    "ledger_v3": (3, "acme/a1", 1, {"sessions": 3, "records": 12, "opened": 12}),
    "ledger_v4": (4, "acme/a1", 67, {"sessions": 5, "records": 86, "opened": 82}),
    "ledger_v4_restored": (4, "beta/b1", 9, {"sessions": 6, "records": 37, "opened": 33}),
}
FAILED, USAGE, NOT_FOUND, BROKEN, TRY_AGAIN = 1, 2, 3, 7, 75
FORMAT = ledger_entries.FORMAT
MAP_BYTES = 1 << 30
KILLS = int(os.environ.get("LQ_KILLS", "60"))
MANY = 5000  # more than twice what a transaction of the conversion takes
DATABASES = ("ledger", "heads", "names", "keys", "frames", "outbox", "cursors", "letters", "meta")  # of earlier formats


class Convertible(Cluster):
    """A cluster, not started, whose data folder has a golden ledger."""

    def __init__(self, name):
        super().__init__(start=False)
        self.name, self.data = name, self.run / "data"
        self.format, self.path, self.frames, self.counts = LEDGERS[name]
        self.new = self.data / "ledger" / "new"
        self.filling = self.data / "ledger" / "new.converting"

    def __enter__(self):
        super().__enter__()
        subprocess.run(["/usr/bin/python3", GOLDEN / "ledger_dump.py", "make", GOLDEN / f"{self.name}.hex", self.data], check=True)
        return self

    def convert(self, *words):
        """(exit code, document or None, stderr)"""
        return self.try_lqctl("store", "convert", "--from", str(self.ledger), "--to", str(self.new), *words)

    def expect_refused(self, code, *texts, words=()):
        got, _, errors = self.convert(*words)
        check(got == code and all(text in errors for text in texts), f"{self.name}: {got}, not {code}: {errors}")
        check(not self.new.exists() and not self.filling.exists(), f"{self.name}: something was left")

    def put_in_place(self):
        """As docs/operations.md says it."""
        self.ledger.rename(self.data / f"ledger-0.format{self.format}")
        self.new.rename(self.ledger)


def environment(folder):
    return lmdb.open(str(folder), map_size=MAP_BYTES, max_dbs=16)


def table_of(folder, name):
    with environment(folder) as env:
        db = env.open_db(name.encode(), create=False)
        with env.begin() as txn:
            return {bytes(key): bytes(value) for key, value in txn.cursor(db)}


def expect_same_records(cluster):
    before, after = table_of(cluster.ledger, "ledger"), table_of(cluster.new, "ledger")
    check(before.keys() == after.keys() and len(before) == cluster.counts["records"], f"{len(before)}, {len(after)} records")
    for key, value in before.items():
        generation = value[4:8]
        check(after[key] == struct.pack("<HBB", 0, 1, 0) + generation + value, f"record {key.hex()} is another one")


def expect_verified(cluster, folder):
    """By both, with the key and without; they count the same."""
    for key in (None, verify_ledger.read_master_key(str(cluster.master_key))):
        partition = Partition(str(folder))
        verified = verify_ledger.Verification(partition, key, on_content=lambda *_: None).run()
        partition.close()
        check(verified.totals["broken"] == 0, f"{cluster.name}: {verified.faults[:3]}")
        check(key is None or all(verified.totals[what] == count for what, count in cluster.counts.items()), f"{verified.totals}")
    return verified


def expect_converted(cluster, document):
    expect_same_records(cluster)
    verified = expect_verified(cluster, cluster.new)
    check(verified.state.format == FORMAT, f"{verified.state.format}")
    check(document["sum"] == verified.state.sums["ledger"].hex() and document["format"] == cluster.format, f"{document}")
    check(document["next_ledger_sequence"] == verified.state.next_sequence, f"{document}")
    check(document["tenants"] == verified.totals["tenants"] and document["letters"] == verified.totals["letters"], f"{document}")


def every_format_converts():
    need("lqctl")
    for name in LEDGERS:
        with Convertible(name) as cluster:
            before = (cluster.ledger / "data.mdb").read_bytes()
            code, _, errors = cluster.try_lqctl("verify")
            check(code == FAILED and "lqctl store convert" in errors and f"format {cluster.format}" in errors, f"{code} {errors}")
            code, document, errors = cluster.convert("--dry-run")
            check(code == 0 and document["dry_run"] and not cluster.new.exists() and not cluster.filling.exists(), f"{code} {errors}")
            code, document, errors = cluster.convert()
            check(code == 0, f"{name}: {code}: {errors}")
            expect_converted(cluster, document)
            check(not cluster.filling.exists() and (cluster.ledger / "data.mdb").read_bytes() == before, "the source was changed")
            code, _, errors = cluster.convert()
            check(code == FAILED and "is there already" in errors, f"{code} {errors}")
            code, _, errors = cluster.try_lqctl("store", "convert", "--from", str(cluster.new), "--to", str(cluster.new) + "er")
            check(code == FAILED and f"has format {FORMAT} already" in errors, f"{code} {errors}")
            cluster.put_in_place()
            code, document, errors = cluster.try_lqctl("verify")
            check(code == 0 and document["records"] == cluster.counts["records"], f"{name}: {code}: {errors} {document}")
            cluster.lqctl("verify", "--no-key")
    return f"{len(LEDGERS)} ledgers of formats 1 to 4, each with its records' header, D, H and seal"


def expect_on_top(cluster, players):
    """What came after it: how many of them are deltas. A writer that has just begun has no content to make one against."""
    tenant, session = cluster.path.split("/")
    partition, found = Partition(str(cluster.ledger)), []
    verify_ledger.Verification(partition, verify_ledger.read_master_key(str(cluster.master_key)), tenant, session,
                               on_content=lambda record, content: found.append((record, content))).run()
    partition.close()
    check([record.frame for record, _ in found][-players - 1:] == list(range(cluster.frames, cluster.frames + players + 1)), "frames")
    new = [record for record, _ in found[-players:]]
    check(not any(record.is_converted for record in new) and found[-players - 1][0].is_converted, "headers")
    return sum(not record.is_keyframe for record in new)


def a_cluster_goes_on():
    counts = []
    for name in LEDGERS:
        with Convertible(name) as cluster:
            code, _, errors = cluster.convert()
            check(code == 0, errors)
            cluster.put_in_place()
            cluster.ledgerquest("up")
            cluster.wait_serving()
            tenant, session = cluster.path.split("/")
            # The broker's store is a new one, so the epochs of before come again: one that none of them had.
            cluster.ledgerquest("restart", "all")
            cluster.wait_serving()
            check(cluster.session(cluster.path)["frame"] == cluster.frames, f"{cluster.session(cluster.path)}")
            with WireClient(cluster, tenant) as player:
                for number in range(5):
                    receipt = player.ask(session, join(x=7.0) if number == 0 else thrust(0.1, 0.1 * number))
                    check(receipt.outcome == "applied", f"{name}: {receipt}")
            old = cluster.lqctl("session", "state", cluster.path, "--frame", str(cluster.frames - 1))
            check(old["frame"] == cluster.frames - 1, f"{old}")
            replayed = cluster.lqctl("replay", cluster.path)
            check(replayed["differing"] == replayed["unreadable"] == 0, f"{replayed}")
            cluster.ledgerquest("down")
            cluster.counts = {}
            expect_verified(cluster, cluster.ledger)
            cluster.lqctl("verify")
            counts.append(expect_on_top(cluster, 5))
    check(all(deltas > 0 for deltas in counts), f"deltas: {counts}")
    return f"5 frames behind each of {len(counts)} ledgers, {sum(counts)} of them deltas"


def killed_it_is_said_again():
    """At ever later moments. What is there under its name is whole."""
    with Convertible("ledger_v4") as cluster:
        words = [str(BIN / "lqctl"), "--config", str(cluster.config), "store", "convert", "--from", str(cluster.ledger),
                 "--to", str(cluster.new)]
        begun = time.monotonic()
        subprocess.run(words, stdout=subprocess.DEVNULL, env=cluster.environment, check=True)
        took_s = time.monotonic() - begun
        killed = left = whole = 0
        for step in range(KILLS):
            if cluster.new.exists():
                expect_verified(cluster, cluster.new)
                whole += 1
                shutil.rmtree(cluster.new)
            process = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=cluster.environment)
            time.sleep(1.3 * took_s * step / KILLS)  # not for an event: to hit every moment of it
            process.kill()
            killed += process.wait() == -signal.SIGKILL
            left += cluster.filling.exists()
            check(not (cluster.filling.exists() and cluster.new.exists()), "it is there twice")
        shutil.rmtree(cluster.new, ignore_errors=True)
        shutil.rmtree(cluster.filling, ignore_errors=True)
        check(left > 0 and whole > 0, f"{killed} killed, {left} left something, {whole} were whole")
        # What one left is named, and goes; a folder of somebody else's does not.
        cluster.filling.mkdir()
        for name in ("data.mdb", "lock.mdb", "writer.lock"):
            (cluster.filling / name).write_bytes(b"\0" * 5000)
        with open(cluster.filling / "writer.lock", "rb") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            code, _, errors = cluster.convert()
            check(code == TRY_AGAIN and "another conversion is at work" in errors, f"{code} {errors}")
        (cluster.filling / "mine").write_text("mine")
        code, _, errors = cluster.convert()
        check(code == FAILED and "new.converting" in errors and "remove it" in errors, f"{code} {errors}")
        check((cluster.filling / "mine").exists(), "somebody else's file is gone")
        (cluster.filling / "mine").unlink()
        code, _, errors = cluster.convert()
        check(code == 0 and (not errors or "begun anew" in errors), f"{code} {errors}")
        expect_verified(cluster, cluster.new)
    return f"{killed} killed, {left} of them on the way, {whole} whole"


def change(cluster, edit):
    """edit(tables) changes dictionaries of a copy of the golden ledger; its state says nothing of that. Two transactions, so
    that the newest meta page is where it was."""
    kept = cluster.folder / "kept.mdb"
    if not kept.exists():
        shutil.copy(cluster.ledger / "data.mdb", kept)
    shutil.copy(kept, cluster.ledger / "data.mdb")
    with environment(cluster.ledger) as env:
        db = {name: env.open_db(name.encode(), create=False) for name in DATABASES}
        with env.begin() as txn:
            tables = {name: {bytes(key): bytes(value) for key, value in txn.cursor(db[name])} for name in db}
        before = {name: dict(table) for name, table in tables.items()}
        edit(tables)
        with env.begin(write=True) as txn:
            for name, table in tables.items():
                for key in before[name].keys() - table.keys():
                    txn.delete(key, db=db[name])
                for key, value in table.items():
                    txn.put(key, value, db=db[name])


def renew(tables, master, front):
    """A state whose first bytes are these, by whoever has the key."""
    tag = ledger_entries.make_tag(ledger_entries.make_tag_key(master), "meta", 0, b"partition", front)
    tables["meta"][b"partition"] = front + tag + ledger_entries.blake2b(front + tag)


def fit(cluster, state, master, tables):
    """The state of format 4 for the transaction that is next, as whoever has the key makes it."""
    state, data = bytearray(state[:440]), (cluster.ledger / "data.mdb").read_bytes()
    pages = [data[place:place + 152] for place in (0, struct.unpack_from("<I", data, 40)[0])]
    newest = max(pages, key=lambda page: struct.unpack_from("<Q", page, 144)[0])
    struct.pack_into("<Q", state, 16, struct.unpack_from("<Q", newest, 144)[0] + 1)
    state[408:440] = ledger_entries.blake2b(newest)
    renew(tables, master, bytes(state))


def lengthened(master, count):
    """So many frames more of acme/a1, as its last one."""
    def edit(tables):
        number, = struct.unpack_from("<Q", tables["names"][b"\x02acme\0a1"])
        head = ledger_entries.Head(tables["heads"][struct.pack("=Q", number)], 4)
        last = ledger_entries.Record(tables["ledger"][struct.pack("=Q", head.sequence)], 4)
        wrapped = struct.pack(">QI", last.tenant, last.generation)
        key = ledger_entries.WrappedKey(wrapped, tables["keys"][wrapped]).open(master)
        salt, body = last.open(key)
        content = Content(body)
        content.read()
        rolling, total, before, previous = ledger_entries.Sum(), ledger_entries.Sum(), last.hash, last.sequence
        state = bytearray(tables["meta"][b"partition"][:440])
        rolling.lanes, total.lanes = struct.unpack("<4Q", head.rolling), struct.unpack_from("<4Q", state, 216)
        next_sequence, = struct.unpack_from("<Q", state, 24)
        for frame in range(head.frame + 1, head.frame + 1 + count):
            header = last.header[:8] + struct.pack("<Q", next_sequence) + last.header[16:32] + struct.pack(
                "<QQQ", frame, previous, next_sequence) + last.header[56:]
            content.frame = frame
            digest = ledger_entries.blake2b(content.write(), key=salt)
            before = ledger_entries.blake2b(before + header + digest)
            clear, nonce = header + digest + before, struct.pack("<Q16x", frame)
            tables["ledger"][struct.pack("=Q", next_sequence)] = clear + nonce + crypto_aead_xchacha20poly1305_ietf_encrypt(
                salt + content.write(), clear, nonce, key)
            if frame % 64 == 0:
                tables["frames"][struct.pack(">QQ", number, frame)] = struct.pack("<Q", next_sequence)
            rolling.add(before)
            total.add(before)
            previous, next_sequence = next_sequence, next_sequence + 1
        tables["heads"][struct.pack("=Q", number)] = struct.pack("<4Q", frame, previous, previous, head.count + count) + last.header[
            56:72] + before + rolling.bytes()
        struct.pack_into("<Q", state, 24, next_sequence)
        struct.pack_into("<Q", state, 64, len(tables["ledger"]))
        struct.pack_into("<Q", state, 88, len(tables["frames"]))
        state[216:248] = total.bytes()
        tables["meta"][b"partition"] = bytes(state)
    return edit


def many_transactions_make_it():
    """A ledger of more entries than one transaction takes, and more pages than the new map begins with."""
    with Convertible("ledger_v4") as cluster:
        cluster.map_bytes = "1M"
        cluster.write_config()
        master = verify_ledger.read_master_key(str(cluster.master_key))

        def edit(tables):
            lengthened(master, MANY)(tables)
            fit(cluster, tables["meta"][b"partition"], master, tables)
        change(cluster, edit)
        cluster.counts = {**cluster.counts, **{what: cluster.counts[what] + MANY for what in ("records", "opened")}}
        expect_verified(cluster, cluster.ledger)
        code, document, errors = cluster.convert()
        check(code == 0, f"{code}: {errors}")
        expect_converted(cluster, document)
    return f"{cluster.counts['records']} records"


def damage_leaves_nothing():
    with Convertible("ledger_v4") as cluster:
        master = verify_ledger.read_master_key(str(cluster.master_key))
        first = struct.pack("=Q", 1)

        def at(table, key, place, count=1):
            """These bits of an entry are others. The state is that of the transaction that does it."""
            def edit(tables):
                value = bytearray(tables[table][key])
                value[place] ^= count
                tables[table][key] = bytes(value)
                agree(tables)
            return edit

        def agree(tables):
            """As to transaction and meta page: what is to be found lies elsewhere."""
            fit(cluster, tables["meta"][b"partition"], master, tables)

        def without(table, key):
            def edit(tables):
                del tables[table][key]
                agree(tables)
            return edit
        tables = {name: table_of(cluster.ledger, name) for name in ("names", "letters", "keys")}
        tenth, = (key for key, value in table_of(cluster.ledger, "ledger").items() if struct.unpack_from("<Q", value, 32) == (10,))
        name, letter = min(tables["names"]), min(tables["letters"])
        rows = [
            (lambda tables: tables["cursors"].update({b"x": bytes(32)}), ["older state"], BROKEN),
            (without("ledger", tenth), ['"ledger" has 85 entries instead of 86'], BROKEN),
            (without("heads", first), ['"heads" has'], BROKEN),
            (without("frames", min(table_of(cluster.ledger, "frames"))), ['"frames" has'], BROKEN),
            (at("names", name, -1), ['"names"', "tag"], BROKEN),
            (at("letters", letter, 8), ['"letters"', "tag"], BROKEN),
            (at("keys", min(tables["keys"]), 50), ['"keys" are not those of its state'], BROKEN),
            (at("ledger", first, 2, 8), ['"ledger"', "no record"], BROKEN),
            (at("ledger", first, 120), ['"ledger" are not those of its state'], BROKEN),  # its H
            (at("ledger", first, 90), ["H does not follow", "nothing was converted"], BROKEN),  # its D
            (at("ledger", first, 200), ["nothing was converted"], BROKEN),  # sealed: only the key tells
            (at("heads", first, 80), ["nothing was converted"], BROKEN),  # its rolling digest
            (at("heads", first, 8), ["its record is not there"], BROKEN),
        ]
        for edit, texts, code in rows:
            change(cluster, edit)
            cluster.expect_refused(code, *texts)
        change(cluster, lambda tables: renew(tables, master, b"\x09" + tables["meta"][b"partition"][1:440]))
        cluster.expect_refused(FAILED, "has format 9, which this program does not know")
        change(cluster, agree)
        code, _, errors = cluster.convert()  # so the rows were refused for what they say
        check(code == 0, errors)
    return f"{len(rows) + 1} kinds of damage, nothing was left"


def what_is_wrong_is_named():
    with Convertible("ledger_v4") as cluster:
        key = cluster.master_key.read_text()
        cluster.master_key.write_text("00" * 32 + "\n")
        cluster.expect_refused(FAILED, "made with another master key")
        cluster.master_key.unlink()
        cluster.expect_refused(FAILED, "master.key")
        check(not cluster.master_key.exists(), "a key was made")
        cluster.master_key.write_text(key)
        cluster.master_key.chmod(0o600)
        code, _, errors = cluster.try_lqctl("store", "convert", "--from", str(cluster.folder / "none"), "--to", str(cluster.new))
        check(code == NOT_FOUND and "none" in errors, f"{code} {errors}")
        code, _, errors = cluster.try_lqctl("store", "convert", "--from", str(cluster.ledger))
        check(code == USAGE and "--to DIR" in errors, f"{code} {errors}")
        code, _, errors = cluster.try_lqctl("store", "convert", "--from", str(cluster.ledger), "--to",
                                            str(cluster.folder / "no" / "such" / "place"))
        check(code == 0 or "no" in errors, f"{code} {errors}")
        with open(cluster.ledger / "data.mdb", "r+b") as file:
            file.truncate(3 * 4096)
        cluster.expect_refused(BROKEN, "damaged")
    return "keys, folders, a file cut short"


if __name__ == "__main__":
    run_tests("test_store_convert", [every_format_converts, a_cluster_goes_on, killed_it_is_said_again, many_transactions_make_it,
                                     damage_leaves_nothing, what_is_wrong_is_named])
