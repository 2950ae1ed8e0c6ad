#!/usr/bin/python3
# SPDX-License-Identifier: MPL-2.0
# SPDX-FileCopyrightText: The LedgerQuest Engine authors
"""lqctl restore against a double of DynamoDB: a machine that is lost under load is there again from the table, byte by byte,
and goes on; whatever cannot be restored is named, and changes neither table nor disk."""

import contextlib
import json
import os
import shutil
import stat
import struct
import subprocess

from cluster import BIN, SLOWNESS, check, run_tests, wait_until
from lost_machine import BROKEN, DOUBLE, FAILED, NOT_FOUND, TRY_AGAIN, USAGE, Loss, broker_is_mirrored, entries_of, \
    expect_compared, frames_of, read_mark, remembered, verify
from service_doubles import TABLE, Double
from table_reader import TableCopy, blake, read_items
from test_dead_letters import MarkedCluster, die, letter_name
from test_feed import Comings
from test_mirror import EXIT_OVER
from wire_client import Traffic, WireClient, join, thrust

from nacl.bindings import crypto_aead_xchacha20poly1305_ietf_encrypt

SESSIONS = [f"s{number}" for number in range(6)]
TENANTS = ("acme", "beta")
EPOCHS = 65536


def work_and_lose(loss, client):
    """Both tenants at work, in the middle of which the mirror dies and, somewhat later, the rest."""
    for tenant in TENANTS:
        loss.cluster.create_sessions(tenant, SESSIONS)
    loss.start_mirror()
    with Comings(loss.cluster, TENANTS[0], SESSIONS, 2) as one, Traffic(loss.cluster, TENANTS[1], SESSIONS, 1) as other:
        wait_until(lambda: min(len(one.client.receipts), len(other.client.receipts)) > 300 // SLOWNESS and
                   int((read_mark(client) or {"l": {"N": 0}})["l"]["N"]) > 100 // SLOWNESS, "work is done and mirrored")
        loss.mirror.kill()
        loss.cluster.create_sessions("late", ["s0"])
        before = len(one.client.receipts)
        wait_until(lambda: len(one.client.receipts) > before + 60 // SLOWNESS, "work goes on without a mirror")
        check(one.error is None and other.error is None, f"{one.error} {other.error}")
    receipts = len(one.client.receipts) + len(other.client.receipts)
    loss.lose()
    return receipts


def a_lost_machine_comes_back():
    with Double(DOUBLE) as double, Loss(double) as loss:
        client = double.make_table()
        receipts = work_and_lose(loss, client)
        before = TableCopy(client, TABLE)
        records = entries_of(before, 1)
        dry, _ = loss.restore(loss.restored, "--dry-run")
        check(TableCopy(client, TABLE).items == before.items and not loss.restored.exists(), "a dry run changed something")
        full = subprocess.run([str(BIN / "lqctl"), "-c", str(loss.config), "--dry-run", "restore", "--from-cloud", "--into",
                               str(loss.restored)], env=loss.mirror.environment, stdout=open("/dev/full", "wb"),
                              stderr=subprocess.PIPE, check=False)
        check(full.returncode == 1 and b"standard output" in full.stderr, f"{full}")
        document, errors = loss.restore(loss.restored)
        check(document["records"] == dry["records"] == len(records), f"{document} {dry} {len(records)}")
        check(document["tenants"] == 2 and document["sessions"] == 2 * len(SESSIONS), f"{document} {errors}")
        found = verify(loss, loss.restored)
        check(found["records"] == len(records) < receipts + 2 * len(SESSIONS), f"{found}, {receipts} receipts")
        after = TableCopy(client, TABLE)
        same, entries = after.compare(loss.restored / "ledger" / "0")
        check(same == len(records), f"{same} of {len(records)} records are the table's")
        check(read_mark(client)["h"]["B"][56:72].hex() == document["history"], "the table has another history")
        loss.come_up_on(loss.restored)
        frames = frames_of(records)
        go_on(loss, client, sorted(frames.values()))
    return (f"{len(records)} records and {entries} entries of the outbox are the table's byte by byte, {receipts} receipts before "
            f"the loss; {document['left_out']}; the cluster and its mirror went on")


def go_on(loss, client, frames):
    """Sessions go on at the frame after their last, with the next epoch; the mirror takes them up; all of it verifies."""
    cluster = loss.cluster
    shown = sorted(cluster.session(f"{tenant}/{name}")["frame"] for tenant in TENANTS for name in SESSIONS)
    check(shown == frames, f"sessions stand at {shown}, the table at {frames}")
    check(cluster.status()["epoch"] > EPOCHS, f"epoch {cluster.status()['epoch']}")
    with WireClient(cluster, "acme") as player:
        receipt = player.ask("s0", join())
        check(receipt.frame > 0, f"{receipt}")
    cluster.create_sessions("late", ["s0"])
    loss.start_mirror()
    with Comings(cluster, "acme", SESSIONS, 2) as traffic:
        wait_until(lambda: len(traffic.client.receipts) > 60 // SLOWNESS, "work goes on")
    loss.wait_mirrored(client)
    loss.mirror.stop()
    TableCopy(client, TABLE).compare(cluster.ledger)
    cluster.lqctl("verify")


def submit_file(cluster, path):
    """The summary of a stream of commands."""
    output, errors = cluster.lqctl_process("submit", str(path)).communicate()
    check(output != "", errors)
    return json.loads(output.splitlines()[-1])


def clients_go_on_under_a_new_id():
    """lqctl submit keeps a client's id and numbers: most of what it was told of is lost, and it goes on all the same."""
    with Double(DOUBLE) as double, Loss(double) as loss, contextlib.ExitStack() as stack:
        client, cluster = double.make_table(), loss.cluster
        cluster.create_sessions("acme", ["s0", "s1"])
        spawn = cluster.folder / "spawn"
        spawn.write_text('{"kind":"Spawn","x":1,"y":1,"radius":0.1,"session":"acme/s0"}\n' * 100, encoding="ascii")
        loss.start_mirror()
        player = stack.enter_context(WireClient(cluster, "acme"))
        check(player.ask("s1", join()).outcome == "applied", "s1 joins")
        check(cluster.lqctl("submit", "acme/s0", "Spawn", "x=1", "y=1", "radius=0.1")["applied"] == 1, "before the loss")
        loss.wait_mirrored(client)
        loss.mirror.kill()
        check(submit_file(cluster, spawn)["applied"] == 100, "without a mirror")
        for number in range(100):  # beyond the window of the numbers that the restored ledger knows
            check(player.ask("s1", thrust(1.0, number)).outcome == "applied", "without a mirror")
        loss.lose()
        loss.restore(loss.restored)
        loss.come_up_on(loss.restored)
        check(cluster.session("acme/s0")["bodies"] == 1, "the hundred are lost")
        first = cluster.lqctl("submit", "acme/s0", "Spawn", "x=1", "y=1", "radius=0.1")
        check(first["applied"] == 1 and first["receipts"][0]["sequence"] == 1, f"{first}")
        second = cluster.lqctl("submit", "acme/s0", "Spawn", "x=1", "y=1", "radius=0.1")
        check(second["applied"] == 1 and second["receipts"][0]["sequence"] == 2, f"{second}")
        check(submit_file(cluster, spawn)["applied"] == 100, "and a hundred more")
        check(cluster.session("acme/s0")["bodies"] == 103, f"{cluster.session('acme/s0')}")
        wait_until(lambda: player.turn() or player.histories == 1, "the other client hears of another history")
        check(player.ask("s1", join()).outcome == "applied", f"the other client does not go on: {player.receipts[-1]}")
        check(player.receipts[-1].sequence == 1, f"{player.receipts[-1]}")
    return "numbers from 1 under a new id, 102 of 102 commands applied behind 100 that were lost"


def an_earlier_writer_is_fenced_off():
    """The machine was not lost at all: its mirror writes nothing more."""
    with Double(DOUBLE) as double, Loss(double) as loss:
        client = double.make_table()
        loss.cluster.create_sessions("acme", SESSIONS)
        loss.start_mirror()
        with Comings(loss.cluster, "acme", SESSIONS, 2) as traffic:
            wait_until(lambda: len(segments_of(read_items(client, TABLE), "T#acme#P#0")) > 3, "work is mirrored")
            loss.restore(loss.restored)
            items = TableCopy(client, TABLE)
            before = len(traffic.client.receipts)
            check(loss.mirror.wait_end() == EXIT_OVER, f"the mirror ended with {loss.mirror.process.returncode}")
            wait_until(lambda: len(traffic.client.receipts) > before, "the cluster itself goes on")
        check(TableCopy(client, TABLE).items == items.items, "the earlier writer has written")
        check(items.compare(loss.restored / "ledger" / "0")[0] == len(entries_of(items, 1)), "not all of it was restored")
        verify(loss, loss.restored)
        # The next restore is the one that the table goes on with; the first one's mirror is told.
        document, _ = loss.restore(loss.cluster.folder / "again")
        check(document["claim"] == 3, f"{document}")
        loss.cluster.ledgerquest("down")
        shutil.rmtree(loss.cluster.run / "data")
        loss.come_up_on(loss.restored)
        loss.start_mirror()
        check(loss.mirror.wait_end() == EXIT_OVER and "another history" in loss.mirror.log(), loss.mirror.log()[-600:])
    return "an earlier writer and a restored store that another restore has overtaken write nothing"


def one_tenant_to_look_at():
    with Double(DOUBLE) as double, Loss(double) as loss:
        client = double.make_table()
        for tenant in TENANTS:
            loss.cluster.create_sessions(tenant, SESSIONS)
        loss.start_mirror()
        with Traffic(loss.cluster, "beta", SESSIONS, 1) as traffic:
            wait_until(lambda: len(traffic.client.receipts) > 60 // SLOWNESS and
                       len(segments_of(read_items(client, TABLE), "T#beta#P#0")) > 2, "work is done and mirrored")
            items = TableCopy(client, TABLE)
            document, _ = loss.restore(loss.restored, "--tenant", "beta")
        check(document["tenants"] == 1 and document["sessions"] == len(SESSIONS) and document["claim"] == 0, f"{document}")
        check(len(items.items) <= len(TableCopy(client, TABLE).items) and loss.mirror.process.poll() is None,
              "the mirror was ended")
        found = verify(loss, loss.restored)
        check(found["records"] == document["records"] and found["tenants"] == 1, f"{found}")
        document, errors = loss.restore(loss.cluster.folder / "none", "--tenant", "gamma", code=NOT_FOUND)
        check("no tenant gamma" in errors and not (loss.cluster.folder / "none").exists(), errors)
        loss.wait_mirrored(client)
        loss.mirror.stop()
    return f"{found['records']} records of one tenant of a cluster at work, whose mirror went on"


def the_letters_of_one_tenant():
    """A copy to look at has the tenant's dead letters as they were, and nobody else's."""
    with Double(DOUBLE) as double, Loss(double, cluster=MarkedCluster()) as loss:
        client, cluster = double.make_table(), loss.cluster
        for tenant in TENANTS:
            cluster.create_sessions(tenant, SESSIONS)
        loss.start_mirror()
        with WireClient(cluster, "acme") as one, WireClient(cluster, "beta") as other:
            kept, gone = (letter_name(die(cluster, one, name).letter_id) for name in ("s0", "s1"))
            die(cluster, other, "s0")
        cluster.lqctl("--yes", "dlq", "purge", gone)
        broker_is_mirrored(loss, client)
        shown = cluster.letter(kept)
        document, _ = loss.restore(loss.restored, "--tenant", "acme")
        check(document["broker"]["letters"] == 1, f"{document}")
        whole, _ = loss.restore(loss.cluster.folder / "whole", "--dry-run")
        check(whole["broker"]["letters"] == 2, f"{whole}")
        loss.mirror.stop()
        loss.lose()
        loss.come_up_on(loss.restored)
        check([one["id"] for one in cluster.letters()] == [kept], f"{cluster.letters()}")
        check(cluster.letter(kept) == shown, f"{cluster.letter(kept)}, not {shown}")
    return f"{kept} of acme is there as it was; one that was purged and one of beta are not"


def what_the_broker_remembers():
    """Dead letters, live and parked sessions and quotas are there again, and go on."""
    with Double(DOUBLE) as double, Loss(double, cluster=MarkedCluster()) as loss:
        client, cluster = double.make_table(), loss.cluster
        cluster.create_sessions("acme", SESSIONS)
        cluster.create_sessions("acme", ["live"], "--rate", "20")
        cluster.lqctl("tenant", "quota", "acme", "--commands/s", "500")
        with WireClient(cluster, "acme") as player:
            letters = [letter_name(die(cluster, player, name).letter_id) for name in ("s0", "s1")]
            for _ in range(3):
                die(cluster, player, "s2")
        cluster.lqctl("--yes", "dlq", "purge", letters[1])
        before = remembered(cluster)
        check(letters[0] in before["letters"] and letters[1] not in before["letters"] and before["parked"] == 1, f"{before}")
        loss.start_mirror()
        broker_is_mirrored(loss, client)
        epoch = cluster.status()["epoch"]
        loss.lose()
        document, _ = loss.restore(loss.restored)
        check(document["broker"]["letters"] == len(before["letters"]) and document["broker"]["live"] == 1, f"{document}")
        check(document["epoch"] == epoch + EPOCHS, f"{document}, epoch {epoch}")
        loss.come_up_on(loss.restored)
        check(cluster.status()["epoch"] == epoch + EPOCHS, f"epoch {cluster.status()['epoch']}")
        after = remembered(cluster)
        check(after == before, f"{after}, not {before}")
        frame = cluster.session("acme/live")["frame"]
        wait_until(lambda: cluster.session("acme/live")["frame"] > frame, "the live session ticks")
        cluster.mend()
        cluster.wait_serving()
        cluster.lqctl("dlq", "redrive", "--wait", letters[0])
        check(cluster.letter(letters[0])["state"] == "done", f"{cluster.letter(letters[0])}")
        with WireClient(cluster, "acme") as player:
            check(player.ask("s0", join()).frame > 0, "s0 goes on")
        loss.start_mirror()
        broker_is_mirrored(loss, client)
        loss.mirror.stop()
        cluster.lqctl("verify")
    return f"{len(before['letters'])} letters, 1 live and 1 parked session, a quota; epoch {epoch} went on as {document['epoch']}"


def lost_twice():
    """A session whose name was in the table and whose frame 0 was not is left out, and is no damage to the next restore, when its
    stream has gone beyond it."""
    with Double(DOUBLE) as double, Loss(double) as loss:
        client, cluster = double.make_table(), loss.cluster
        cluster.create_sessions("acme", SESSIONS)
        loss.start_mirror()
        loss.wait_mirrored(client)
        before, mark = segments_of(read_items(client, TABLE), "T#acme#P#0"), read_mark(client)
        cluster.create_sessions("acme", ["late"])
        loss.wait_mirrored(client)
        loss.mirror.kill()
        after = segments_of(read_items(client, TABLE), "T#acme#P#0")
        for item in after[len(before):]:  # as if the mirror had died between the name's put and this one
            remove(client, item)
        put_back(client, {**read_mark(client), "l": mark["l"]})
        loss.lose()
        document, _ = loss.restore(loss.restored)
        check(document["sessions"] == len(SESSIONS) and document["left_out"]["sessions"] == 1, f"{document}")
        loss.come_up_on(loss.restored)
        cluster.create_sessions("acme", ["later"])
        loss.start_mirror()
        loss.wait_mirrored(client)
        loss.mirror.stop()
        expect_compared(loss, 0)
        loss.lose()
        for options in (["--dry-run"], []):
            document, _ = loss.restore(loss.restored, *options)
            check(document["sessions"] == len(SESSIONS) + 1 and document["left_out"]["sessions"] == 1, f"{options}: {document}")
            for item in segments_of(read_items(client, TABLE), "T#acme#P#0")[:-1]:  # they expire; each session has its base
                remove(client, item)
        verify(loss, loss.restored)
    return "what the first loss took was no damage to the second restore"


# ---- what has expired ----

def let_expire(client, copy, count):
    """The first segments of a stream go, as the service removes them. The bases that the mirror has left, and the numbers of
    sessions that are nowhere else."""
    segments = segments_of(copy.items, "T#acme#P#0")[:count]
    end = struct.unpack_from("<Q", segments[-1]["h"]["B"], 72)[0]
    gone, later = set(), set()
    for sequence, data in entries_of(copy, 1).items():
        (gone if sequence <= end else later).add(struct.unpack_from("<Q", data, 32)[0])
    for item in segments:
        remove(client, item)
    bases = [item for (_, sk), item in sorted(copy.items.items()) if sk.startswith("B#")]
    check(gone <= {session_of(item) for item in bases}, "a session has no base")
    return bases, gone - later


def session_of(item):
    return int(item["sk"]["S"].split("#")[1])


def what_has_expired_is_in_bases():
    """A session that sleeps is there again though all its segments are gone; others begin with what is left of them."""
    with Double(DOUBLE) as double, Loss(double) as loss:
        client, cluster = double.make_table(), loss.cluster
        cluster.create_sessions("acme", [*SESSIONS, "asleep"])
        loss.start_mirror()
        with WireClient(cluster, "acme") as sleeper:
            for _ in range(3):
                sleeper.ask("asleep", join() if _ == 0 else thrust(1.0, 1.0))
        loss.wait_mirrored(client)
        with Comings(cluster, "acme", SESSIONS, 2) as traffic:
            wait_until(lambda: len(traffic.client.receipts) > 400 // SLOWNESS and
                       len(segments_of(read_items(client, TABLE), "T#acme#P#0")) > 8, "work is done")
        loss.wait_mirrored(client)
        expect_compared(loss, 0)
        loss.mirror.stop()
        copy = TableCopy(client, TABLE)
        bases, asleep = let_expire(client, copy, 6)
        check(len(asleep) == 1, f"only in bases: {asleep}")
        expect_compared(loss, 0, records_behind=0)
        loss.lose()
        sleepers, = (item for item in bases if session_of(item) in asleep)
        remove(client, sleepers)
        refused(loss, client, ["T#acme#P#0", "has neither a record nor a base"], BROKEN)
        put_back(client, sleepers)
        bases = [item for item in bases if item is not sleepers]
        remove(client, bases[0])
        refused(loss, client, ["1 sessions have no base"], BROKEN)
        put_back(client, damaged(bases[0], "b", 100))
        refused(loss, client, ["1 sessions have no base"], BROKEN)
        put_back(client, {**bases[0], "sk": {"S": bases[0]["sk"]["S"][:-4] + "1000"}})  # but the other slot is whole
        document, _ = loss.restore(loss.restored)
        check(document["sessions"] == len(SESSIONS) + 1 and document["records"] < len(entries_of(copy, 1)), f"{document}")
        verify(loss, loss.restored)
        loss.come_up_on(loss.restored)
        check(cluster.session("acme/asleep")["frame"] == 3, f"{cluster.session('acme/asleep')}")
        cluster.lqctl("verify", "acme/asleep")
        replayed = cluster.lqctl("replay")
        check(replayed["differing"] == replayed["unreadable"] == 0 < replayed["equal"], f"{replayed}")
        with WireClient(cluster, "acme") as player:
            check(player.ask("asleep", join()).frame == 4, "it wakes up at the next frame")
        loss.start_mirror()
        with Comings(cluster, "acme", SESSIONS, 2) as traffic:
            wait_until(lambda: len(traffic.client.receipts) > 60 // SLOWNESS, "work goes on")
        loss.wait_mirrored(client)
        loss.mirror.stop()
        expect_compared(loss, 0, records_behind=0)
        verify(loss, cluster.run / "data")
    return (f"{document['records']} of {len(entries_of(copy, 1))} records are left, {len(asleep)} session from its base; "
            f"{replayed['equal']} frames replayed")


# ---- what is refused ----

def put_back(client, item):
    client.put_item(TableName=TABLE, Item=item)


def remove(client, item):
    client.delete_item(TableName=TABLE, Key={"pk": item["pk"], "sk": item["sk"]})


def damaged(item, attribute, at):
    data = bytearray(item[attribute]["B"])
    data[at] ^= 1
    return {**item, attribute: {"B": bytes(data)}}


def segments_of(items, pk):
    return [items[key] for key in sorted(items) if key[0] == pk and key[1].startswith("L#")]


def refused(loss, client, words, code, *options):
    """The restore says so, and neither table nor disk has changed."""
    before = read_items(client, TABLE)
    _, errors = loss.restore(loss.restored, *options, code=code)
    check(all(word in errors for word in words), f"{words} are not in: {errors}")
    check(read_items(client, TABLE) == before, f"{words}: the table was written")
    left = [path.name for path in loss.cluster.folder.iterdir() if path.name.startswith("restored")]
    check(left == [], f"{words}: {left} was left")


def damage_is_refused_and_changes_nothing():
    with Double(DOUBLE) as double, Loss(double) as loss:
        client = double.make_table()
        for tenant in TENANTS:
            loss.cluster.create_sessions(tenant, SESSIONS)
        loss.start_mirror()
        with Comings(loss.cluster, "acme", SESSIONS, 2) as one, Comings(loss.cluster, "beta", SESSIONS, 1) as other:
            wait_until(lambda: min(len(one.client.receipts), len(other.client.receipts)) > 200 // SLOWNESS and
                       len(segments_of(read_items(client, TABLE), "T#acme#P#0")) > 4, "work is done")
        loss.wait_mirrored(client)
        loss.lose()
        count = refuse_all(loss, client) + refuse_targets(loss, client)
        document, _ = loss.restore(loss.restored)
        verify(loss, loss.restored)
    return f"{count} refusals, each named, after which all {document['records']} records were restored"


def refuse_all(loss, client):
    items = read_items(client, TABLE)
    acme, control, mark = segments_of(items, "T#acme#P#0"), segments_of(items, "P#0"), items["P#0", "M"]
    keys = items["T#acme", "K"]
    changes = [
        (damaged(acme[2], "b", 100), ["T#acme#P#0", "segment 3", "its body is not what its header says"]),
        (damaged(acme[2], "h", 60), ["T#acme#P#0", "segment 3", "its header"]),
        (damaged(control[1], "b", 30), ["stream P#0", "segment 2", "its body"]),
        (damaged(mark, "h", 20), ["item M", "damaged"]),
        (damaged(keys, "b", 50), ["item K of tenant acme"]),
        ({**acme[1], "sk": acme[3]["sk"], "pk": acme[3]["pk"]}, ["T#acme#P#0", "segment 4"]),
        (None, acme[2], ["T#acme#P#0", "segment 4", "a segment is missing"]),
        (None, control[0], ["P#0", "the segments before it are missing"]),
    ]
    for change in changes:
        item = change[-2]
        original = items[item["pk"]["S"], item["sk"]["S"]]
        if change[0] is None:
            remove(client, original)
        else:
            put_back(client, item)
        refused(loss, client, change[-1], BROKEN)
        put_back(client, original)
    for item in acme[:3]:
        remove(client, item)
    refused(loss, client, ["T#acme#P#0 of the table, segment 4", "the segments before it are missing", "have no base"], BROKEN)
    for item in acme[:3]:
        put_back(client, item)
    return len(changes) + 1 + refuse_ends(loss, client, items) + refuse_others(loss, client, mark)


def a_map_that_is_full():
    """It is said to be that, not that a key is missing; with room the same table is restored."""
    with Double(DOUBLE) as double, Loss(double) as loss:
        client, world = double.make_table(), loss.cluster.folder / "world.json"
        bodies = [{"x": 1 + number % 40 * 2.01, "y": 1 + number // 40 * 2.03, "radius": 0.5} for number in range(1600)]
        world.write_text(json.dumps({"bodies": bodies}), encoding="ascii")
        loss.cluster.create_sessions("acme", [f"large{number}" for number in range(40)], "--world", str(world))
        loss.start_mirror()
        loss.wait_mirrored(client)
        loss.mirror.stop()
        loss.lose()
        config = loss.config.read_text(encoding="utf-8")
        loss.config.write_text(config.replace(f"map_bytes = {loss.cluster.map_bytes}", "map_bytes = 1M\n    map_bytes_max = 1M"), encoding="utf-8")
        refused(loss, client, ["the ledger: map full (raise store/map_bytes_max)"], TRY_AGAIN)
        loss.write_config()
        document, _ = loss.restore(loss.restored)
        check(document["sessions"] == 40, f"{document}")
    return f"{document['records']} records of {len(bodies)} bodies"


def refuse_targets(loss, client):
    """A folder that could not be replaced in the end is refused before anything is claimed; so is what nobody can have meant."""
    folder, before = loss.cluster.folder, read_items(client, TABLE)
    (folder / "empty").mkdir(mode=0o755)
    os.symlink(folder / "empty", folder / "link")
    os.symlink(folder / "nowhere", folder / "dangling")
    rows = [(folder / "link", "is a link", FAILED), (folder / "dangling", "is a link", FAILED),
            (f"{folder}/empty/.", "cannot be replaced", FAILED), (folder / "no" / "such", "No such file or directory", FAILED),
            (folder / "kept" / "master.key", "Not a directory", FAILED), ("", "the path of a folder is missing", USAGE)]
    for into, words, wanted in rows:
        code, _, errors = loss.lqctl("restore", "--from-cloud", "--into", into)
        check(code == wanted and words in errors, f"{into}: exit code {code}, not {wanted}: {errors}")
    for names in ("", "acme,", "acme,,beta", ".hidden", "acme beta"):
        code, _, errors = loss.lqctl("restore", "--from-cloud", "--into", loss.restored, "--without", names)
        check(code == USAGE and "names of tenants" in errors, f"--without {names}: {code} {errors}")
    loss.restore(folder / "empty", "--dry-run")
    check(stat.S_IMODE((folder / "empty").stat().st_mode) == 0o755 and not list((folder / "empty").iterdir()), "it is as it was")
    check(not list(folder.glob("*restoring*")) and read_items(client, TABLE) == before, "something was left, or claimed")
    return len(rows) + 5


def refuse_ends(loss, client, items):
    """Both streams of tenants end too early: the table's own state says so."""
    ends = [segments_of(items, f"T#{tenant}#P#0")[-1] for tenant in TENANTS]
    for end in ends:
        remove(client, end)
    refused(loss, client, ["the newest segments of a stream are missing"], BROKEN)
    for end in ends:
        put_back(client, end)
    return 1


def refuse_others(loss, client, mark):
    folder = loss.cluster.folder
    other_key = folder / "other.key"
    other_key.write_text(bytes(range(32)).hex() + "\n", encoding="ascii")
    other_key.chmod(0o600)
    for key, words in ((other_key, ["another master key"]), (folder / "no.key", ["no.key"])):
        loss.write_config(master_key=key)
        refused(loss, client, words, FAILED)
        check(key.exists() == (key == other_key), "a master key was made")
    loss.write_config()
    loss.restored.mkdir()
    (loss.restored / "something").write_text("is there", encoding="ascii")
    _, errors = loss.restore(loss.restored, code=FAILED)
    check("is not empty" in errors and [path.name for path in loss.restored.iterdir()] == ["something"], errors)
    shutil.rmtree(loss.restored)
    loss.table = "elsewhere"
    loss.write_config()
    refused(loss, client, ["table elsewhere", "ResourceNotFoundException"], NOT_FOUND)
    loss.table = TABLE
    loss.write_config()
    put_back(client, with_format(mark, 9))
    refused(loss, client, ["format 9"], BROKEN)
    put_back(client, mark)
    remove(client, mark)
    refused(loss, client, ["has no partition 0"], NOT_FOUND)
    put_back(client, mark)
    return 6


def with_format(mark, number, history=None):
    data = bytes(mark["h"]["B"])
    data = data[:8] + struct.pack("<I", number) + data[12:56] + (history or data[56:72]) + data[72:104]
    return {**mark, "h": {"B": data + blake(data)}}


def a_tenant_without_keys():
    """Its creation is in the table and its key is not: it gets another one, unless something was sealed under that."""
    with Double(DOUBLE) as double, Loss(double) as loss:
        client = double.make_table()
        loss.cluster.create_sessions("acme", SESSIONS)
        loss.cluster.create_sessions("bare", [])
        loss.start_mirror()
        loss.wait_mirrored(client)
        loss.lose()
        for tenant in ("acme", "bare"):
            client.delete_item(TableName=TABLE, Key={"pk": {"S": f"T#{tenant}"}, "sk": {"S": "K"}})
        document, errors = loss.restore(loss.restored, code=5)
        check(document["tenants"] == 1 and document["keys_made"] == 1 and document["left_out"]["tenants"] == 1, f"{document}")
        check("1 tenants are left out" in errors, errors)
        verify(loss, loss.restored)
        loss.come_up_on(loss.restored)
        loss.cluster.create_sessions("bare", SESSIONS)
        loss.start_mirror()
        loss.wait_mirrored(client)
        loss.mirror.stop()
        # Of the tenant that was left out the table has a stream that the ledger knows nothing of.
        check(("T#bare", "K") in TableCopy(client, TABLE).items, "the new key is not in the table")
        loss.cluster.lqctl("verify")
    return "a tenant without records went on under a new key, one with records was left out"


def a_key_that_is_missing():
    """Sealed under a generation that item K lacks: the tenant is named; without it the others are restored."""
    with Double(DOUBLE) as double, Loss(double) as loss:
        client = double.make_table()
        for tenant in TENANTS:
            loss.cluster.create_sessions(tenant, SESSIONS)
        loss.start_mirror()
        loss.wait_mirrored(client)
        loss.mirror.stop()
        loss.lose()
        item = read_items(client, TABLE)["T#acme", "K"]
        put_back(client, with_generation(item, 2, bytes.fromhex(loss.cluster.master_key.read_text(encoding="ascii"))))
        refused(loss, client, ["T#acme#P#0", "item K of tenant acme lacks it", "--without acme"], BROKEN)
        refused(loss, client, ["no tenant gamma"], NOT_FOUND, "--without", "acme,gamma")
        refused(loss, client, ["exclude each other"], USAGE, "--without", "acme", "--tenant", "beta")
        document, errors = loss.restore(loss.restored, "--without", "acme", code=5)
        check(document["tenants"] == 1 and document["sessions"] == len(SESSIONS), f"{document}")
        check(document["left_out"]["tenants"] == 1 and "left out: as asked" in errors, f"{document} {errors}")
        verify(loss, loss.restored)
        loss.come_up_on(loss.restored)
        loss.start_mirror()
        with WireClient(loss.cluster, "beta") as player:
            check(player.ask("s0", join()).outcome == "applied", "beta goes on")
        loss.wait_mirrored(client)
        loss.mirror.stop()
    return "named, and left out as asked; the other tenant and the mirror went on"


def with_generation(item, generation, master):
    """Item K with one key, which opens: of that generation."""
    body, header = bytes(item["b"]["B"]), bytes(item["h"]["B"])
    clear = body[4:8] + struct.pack("<I", generation) + body[12:20]
    nonce = bytes(24)
    wrapped = clear + nonce + crypto_aead_xchacha20poly1305_ietf_encrypt(bytes(32), clear, nonce, master)
    body = struct.pack("<I", len(wrapped)) + wrapped
    header = header[:24] + struct.pack("<II", 1, len(body))
    return {**item, "b": {"B": body}, "h": {"B": header + blake(header + blake(body))}}


# ---- verify --against-cloud ----

def the_ledger_against_the_table():
    with Double(DOUBLE) as double, Loss(double) as loss:
        client = double.make_table()
        loss.cluster.create_sessions("acme", SESSIONS)
        loss.start_mirror()
        with Comings(loss.cluster, "acme", SESSIONS, 2) as traffic:
            wait_until(lambda: len(traffic.client.receipts) > 100 // SLOWNESS and
                       len(segments_of(read_items(client, TABLE), "T#acme#P#0")) > 4, "work is done")
            while_at_work = expect_compared(loss, 0)
        loss.wait_mirrored(client)
        loss.mirror.stop()
        document = expect_compared(loss, 0, records_behind=0, entries_behind=0, broken=0)
        copy = TableCopy(client, TABLE)
        check(document["records"] == len(entries_of(copy, 1)) and document["segments"] == copy.segments, f"{document}")
        loss.cluster.create_sessions("acme", ["more"])
        expect_compared(loss, 0, records_behind=1, entries_behind=1)
        count = compare_damaged(loss, client, read_items(client, TABLE)) + compare_bases(loss, client, document)
        loss.table = "elsewhere"
        loss.write_config()
        code, _, errors = loss.lqctl("verify", "--against-cloud")
        check(code == NOT_FOUND and "ResourceNotFoundException" in errors, f"no table: {code} {errors}")
    return (f"{document['records']} records and {document['entries']} entries equal, "
            f"{while_at_work['records_behind']} behind while at work; {count} faults named")


def compare_damaged(loss, client, items):
    acme, keys = segments_of(items, "T#acme#P#0"), items["T#acme", "K"]
    changes = [
        (damaged(acme[2], "b", 100), ["T#acme#P#0", "segment 3", "its body"]),
        (damaged(keys, "b", 60), ["item K of tenant acme"]),
        (damaged(keys, "h", 20), ["item K of tenant acme", "its header cannot be read"]),
        ({**keys, "n": {"N": "1000000"}}, ["item K of tenant acme", "its n is not the counter"]),
        ({**items["P#0", "M"], "n": {"N": "0"}}, ["item M of partition 0"]),
        (None, keys, ["item K of tenant acme is not in the table"]),
        (None, acme[2], ["segment 4", "a segment is missing"]),
        (None, acme[-1], ["T#acme#P#0", "that should be in the table are not"]),
        (with_other_record(acme[-1]), ["T#acme#P#0", "is another one in the ledger"]),
        (with_format(items["P#0", "M"], 5, history=bytes(16)), ["another history"]),
    ]
    for change in changes:
        item = change[-2]
        original = items[item["pk"]["S"], item["sk"]["S"]]
        if change[0] is None:
            remove(client, original)
        else:
            put_back(client, item)
        expect_compared(loss, BROKEN, change[-1])
        put_back(client, original)
    expect_compared(loss, 0)
    return len(changes)


def compare_bases(loss, client, document):
    """At its orderly end the mirror left a base of each head; what is done to them is found."""
    count = len(SESSIONS)
    check((document["bases"], document["bases_at_head"], document["bases_unfinished"]) == (count, count, 0), f"{document}")
    items = read_items(client, TABLE)
    bases = [item for (_, sk), item in sorted(items.items()) if sk.startswith("B#")]
    for change in (damaged(bases[0], "b", 100), damaged(bases[0], "h", 30)):  # then it is none, and no dead writer left that
        put_back(client, change)
        expect_compared(loss, BROKEN, [f"base of session number {session_of(bases[0])}: a piece is not what its header says"],
                        bases=count - 1, bases_unfinished=1)
    put_back(client, with_other_base(bases[0]))
    expect_compared(loss, BROKEN, ["T#acme#P#0", "base of session number", "is another one in the ledger"])
    put_back(client, bases[0])
    first = segments_of(items, "T#acme#P#0")[0]
    second = segments_of(items, "T#acme#P#0")[1]
    for item in (first, second, bases[0]):  # as if they had expired; but a base is missing
        remove(client, item)
    expect_compared(loss, BROKEN, [f"session number {session_of(bases[0])} is in no segment, and no base has it"])
    put_back(client, bases[0])
    expect_compared(loss, 0, bases=count)
    return 2


def with_other_base(item):
    """A base in one piece that agrees with itself, whose last record has another H."""
    run, header = bytearray(item["b"]["B"]), bytearray(item["h"]["B"])
    at = last = 0
    while at < len(run):
        at, last = at + 4 + struct.unpack_from("<I", run, at)[0], at
    run[last + 4 + 120] ^= 1
    header[96:128] = run[last + 4 + 120:last + 4 + 152]
    header[128:160] = header[160:192] = blake(bytes(run))
    header[192:224] = blake(bytes(header[:192]))
    return {**item, "b": {"B": bytes(run)}, "h": {"B": bytes(header)}}


def with_other_record(item):
    """A segment that agrees with itself, in which a record has another H: made by somebody who may write to the table."""
    body, header = bytearray(item["b"]["B"]), bytearray(item["h"]["B"])
    at = 0
    while body[at] != 1:
        at += 16 + struct.unpack_from("<I", body, at + 4)[0]
    body[at + 16 + 128] ^= 1
    last = struct.unpack_from("<Q", header, 72)[0]
    if struct.unpack_from("<Q", body, at + 8)[0] == last:
        header[112:144] = body[at + 16 + 120:at + 16 + 152]
    header[240:272] = blake(bytes(body))
    header[304:336] = blake(bytes(header[:304]))
    return {**item, "b": {"B": bytes(body)}, "h": {"B": bytes(header)}}


if __name__ == "__main__":
    run_tests("test_restore", [a_lost_machine_comes_back, lost_twice, what_the_broker_remembers, what_has_expired_is_in_bases,
                               clients_go_on_under_a_new_id, an_earlier_writer_is_fenced_off, one_tenant_to_look_at,
                               damage_is_refused_and_changes_nothing, a_map_that_is_full, a_tenant_without_keys,
                               a_key_that_is_missing, the_letters_of_one_tenant, the_ledger_against_the_table])
