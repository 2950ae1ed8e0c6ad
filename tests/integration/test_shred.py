#!/usr/bin/python3
# SPDX-License-Identifier: MPL-2.0
# SPDX-FileCopyrightText: The LedgerQuest Engine authors
"""lqctl tenant shred: nothing of the tenant opens any more, in the ledger, in the table or after a restore; its chains still
verify, its neighbour notices nothing. Killed at any step, it happened or it did not."""

import os
import random
import time

from cluster import SLOWNESS, WAIT_S, check, run_tests, wait_until
from broker_entries import Entry, Seal, read_master_key
from ledger_entries import WrappedKey
from ledger_partition import Partition
from lost_machine import DOUBLE, FAILED, NOT_FOUND, Loss, broker_is_mirrored, expect_compared, frames_of, entries_of, read_mark, verify
from service_doubles import TABLE, Double
from table_reader import TableCopy, read_items
from test_broker_mirror import ask_administrator
from test_dead_letters import MarkedCluster, die, letter_name
from wire_client import Traffic, WireClient, join

SESSIONS = [f"s{number}" for number in range(4)]
SHREDDED = "Tenant.Shredded"
KILLS = int(os.environ.get("LQ_KILLS", "8"))
NO_ANSWER = 99
SHRED_TENANT, OK = 24, 0  # a kind of request; a result
LETTERS = 3  # the broker's table of them
HEADER_BYTES, SECRET = 16, slice(40, 72)  # of a wrapped key: what is left of it, and the key itself, sealed


def wrapped_keys(folder):
    """{tenant number: [wrapped keys]} of a ledger."""
    partition, found = Partition(str(folder / "ledger" / "0")), {}
    for key, value in partition.walk("keys"):
        found.setdefault(WrappedKey(key, value).tenant, []).append(bytes(value))
    partition.close()
    return found


def expect_destroyed(folder, number):
    keys = wrapped_keys(folder)
    check(all(len(key) == HEADER_BYTES and key[2] == 2 for key in keys[number]), f"{keys[number]}")
    check(all(len(key) > HEADER_BYTES for other, of_it in keys.items() if other != number for key in of_it),
          "another tenant's keys are gone")


def expect_not_in_table(client, secrets):
    for (pk, sk), item in read_items(client, TABLE).items():
        for name, value in item.items():
            data = value.get("B", b"")
            check(not any(secret in bytes(data) for secret in secrets), f"item {pk} {sk}, {name}: a key of the tenant")


def letters_of(copy, seal):
    """Entries of the control stream that have a letter, opened as far as the keys of `seal` go."""
    entries = map(Entry, map(seal.open, entries_of(copy, 3).values()))
    return [entry for entry in entries if entry.table == LETTERS and (entry.is_sealed or entry.value)]


def expect_no_letter(copies, cluster, said):
    """With the master key and whatever keys the table has now, no letter of before opens, in no copy of the table whenever it was
    made; nor does an item have what was in one."""
    seal = Seal(read_master_key(cluster.master_key), copies[-1].wrapped_keys())
    for copy in copies:
        closed = [entry for entry in letters_of(copy, seal) if entry.is_sealed]
        check(closed and all(entry.tenant == said.tenant for entry in closed), f"letters that do not open: {len(closed)}")
        opened = [seal.open(data) for data in entries_of(copy, 3).values()]
        stored = [bytes(value["B"]) for item in copy.items.values() for value in item.values() if "B" in value]
        for letter in said.letters:
            check(not any(letter in data for data in opened + stored), "a letter lies in the table")


class Said:
    """What letters of a tenant say, in a copy of the table from before it was shredded."""

    def __init__(self, copy, cluster, tenant):
        self.tenant = tenant
        found = letters_of(copy, Seal(read_master_key(cluster.master_key), copy.wrapped_keys()))
        check(not any(entry.is_sealed for entry in found), "a letter does not open before the shred")
        self.letters = [entry.value for entry in found if b"acme" in entry.value]
        check(self.letters, "the table has no letter")


def expect_refused(cluster):
    """Whoever asks for the tenant hears why not, and nothing of it ticks."""
    with WireClient(cluster, "acme") as player:
        for session in ("s0", "live", "s2"):
            receipt = player.ask(session, join())
            check(receipt.outcome == "unused" and receipt.reason.startswith(SHREDDED), f"{session}: {receipt}")
    code, _, errors = cluster.try_lqctl("session", "show", "acme/s0")
    check(code == FAILED and "were destroyed" in errors, f"{code} {errors}")
    code, _, errors = cluster.try_lqctl("session", "create", "acme/new")
    check(code == FAILED and "were destroyed" in errors, f"{code} {errors}")
    code, _, errors = cluster.try_lqctl("tenant", "create", "acme")
    check(code == FAILED and "exists already" in errors, f"{code} {errors}")
    check(cluster.lqctl("tenant", "show", "acme")["shredded"] is True, "tenant show")
    check([one["shredded"] for one in cluster.lqctl("tenant", "list")["tenants"]] == [True, False], "tenant list")
    wait_until(lambda: (cluster.status()["sessions_live"], cluster.status()["sessions_parked"]) == (0, 0),
               "no session of it is live or parked")
    check(not cluster.letters("--tenant", "acme"), "letters are left")


def expect_verified(loss, folder, records):
    """Both verifiers, with the key and without it."""
    found = verify(loss, folder)
    check(found["destroyed"] == records and found["destroyed_tenants"] == {"acme": records}, f"{found}, {records} records")
    config = loss.cluster.folder / "restored.cfg"
    code, text = loss.cluster.try_program("lqctl", "verify", config=config)
    check(code == 0 and f"contents of tenant acme were destroyed ({records} records)" in text, f"{code} {text}")
    code, text = loss.cluster.try_program("lqctl", "verify", "--no-key", config=config)
    check(code == 0, f"{code} {text}")
    return found


def make_things(cluster):
    """A live session, a parked one, letters."""
    cluster.create_sessions("acme", SESSIONS)
    cluster.create_sessions("beta", SESSIONS)
    cluster.create_sessions("acme", ["live"], "--rate", "20")
    with WireClient(cluster, "acme") as player:
        die(cluster, player, "s1")
        for _ in range(3):
            die(cluster, player, "s2")
    check(cluster.status()["sessions_parked"] == 1 and cluster.status()["sessions_live"] == 1, f"{cluster.status()}")


def shred_under_load(loss):
    cluster = loss.cluster
    code, _, errors = cluster.try_lqctl("tenant", "shred", "acme")
    check(code == FAILED and "--yes" in errors, f"{code} {errors}")
    code, _, errors = cluster.try_lqctl("tenant", "shred", "nobody", "--yes")
    check(code == NOT_FOUND, f"{code} {errors}")
    planned = cluster.lqctl("tenant", "shred", "acme", "--dry-run")
    check(planned["letters"] == 4 and planned["resumed"] == 1 and not planned["was_shredded"], f"{planned}")
    check(cluster.session("acme/s0")["frame"] >= 0, "a dry run has destroyed something")
    done = cluster.lqctl("tenant", "shred", "acme", "--yes")
    check((done["letters"], done["resumed"], done["was_shredded"]) == (4, 1, False), f"{done}")
    return done


def nothing_of_it_opens():
    with Double(DOUBLE) as double, Loss(double, cluster=MarkedCluster()) as loss:
        client, cluster = double.make_table(), loss.cluster
        make_things(cluster)
        loss.start_mirror()
        with Traffic(cluster, "acme", ["s0", "s3"], 1) as doomed, Traffic(cluster, "beta", SESSIONS, 1) as other:
            wait_until(lambda: len(doomed.client.receipts) > 30 and len(other.client.receipts) > 30 and
                       int((read_mark(client) or {"l": {"N": 0}})["l"]["N"]) > 30, "work is done and mirrored")
            number = cluster.lqctl("tenant", "show", "acme")["number"]
            secrets = [key[SECRET] for key in wrapped_keys(cluster.run / "data")[number]]
            broker_is_mirrored(loss, client)
            before = TableCopy(client, TABLE)
            said, old_keys = Said(before, cluster, number), before.items["T#acme", "K"]
            shred_under_load(loss)
            wait_until(lambda: doomed.client.refusals.get(SHREDDED, 0) > 5, "its clients hear of it")
            receipts = len(other.client.receipts)
            wait_until(lambda: len(other.client.receipts) > receipts + 30, "its neighbour goes on")
        check(set(other.client.by_outcome) == {"applied"}, f"{other.client.by_outcome}")
        expect_refused(cluster)
        expect_destroyed(cluster.run / "data", number)
        again = cluster.lqctl("tenant", "shred", "acme", "--yes")
        check(again["was_shredded"] and again["letters"] == 0, f"{again}")
        loss.wait_mirrored(client)
        broker_is_mirrored(loss, client)
        expect_not_in_table(client, secrets)
        expect_no_letter([before, TableCopy(client, TABLE)], cluster, said)
        records = sum(frame + 1 for session, frame in frames_of(entries_of(TableCopy(client, TABLE), 1)).items()
                      if session in sessions_of(cluster, "acme"))
        compared = expect_compared(loss, 0, records_behind=0)
        check([one["tenant"] for one in compared["streams"] if one["shredded"]] == ["acme"], f"{compared}")
        cluster.ledgerquest("restart", "all")
        cluster.wait_serving()
        expect_refused(cluster)
        loss.mirror.stop()
        expect_verified(loss, cluster.run / "data", records)
        come_back(loss, client, number, records, secrets, old_keys)
    return f"{records} records of acme verify and open nowhere, beta went on"


def sessions_of(cluster, tenant):
    partition, found = Partition(str(cluster.ledger)), set()
    for key, value in partition.walk("names"):
        if key.startswith(b"\2" + tenant.encode() + b"\0"):
            found.add(int.from_bytes(value[:8], "little"))
    partition.close()
    return found


def come_back(loss, client, number, records, secrets, old_keys):
    """After a restore it is as dead, in a file that never had its key; the other tenant goes on. Also where item K is one of before:
    its mirror died too early to overwrite it, or a backup was put back."""
    cluster = loss.cluster
    loss.lose()
    document, errors = loss.restore(loss.restored, "--dry-run")
    check(document["destroyed_tenants"] == [{"tenant": "acme", "records": records, "letters": 0}], f"{document} {errors}")
    check(document["keys_destroyed"] == 0, f"{document}")
    client.put_item(TableName=TABLE, Item=old_keys)
    document, errors = loss.restore(loss.restored)
    check(document["destroyed_tenants"] == [{"tenant": "acme", "records": records, "letters": 0}], f"{document} {errors}")
    check(document["left_out"]["tenants"] == 0 and document["broker"]["letters"] == 0, f"{document}")
    check(document["keys_destroyed"] == 1 and "were destroyed before" in errors, f"{document} {errors}")
    expect_not_in_table(client, secrets)
    data = (loss.restored / "ledger" / "0" / "data.mdb").read_bytes()
    check(not any(secret in data for secret in secrets), "the restored file has a key of the tenant")
    expect_destroyed(loss.restored, number)
    expect_verified(loss, loss.restored, records)
    loss.come_up_on(loss.restored)
    expect_refused(cluster)
    with WireClient(cluster, "beta") as player:
        check(player.ask("s0", join()).outcome in ("applied", "refused"), "beta does not go on")
    loss.start_mirror()
    loss.wait_mirrored(client)
    loss.mirror.stop()
    expect_compared(loss, 0, records_behind=0)


def letters_nobody_opens():
    """The keys are gone and the letters were not purged yet: whoever shredded it died before. They are put without their contents
    from then on, the mirror knows its own entries again, and none is restored."""
    with Double(DOUBLE) as double, Loss(double, cluster=MarkedCluster()) as loss:
        client, cluster = double.make_table(), loss.cluster
        cluster.create_sessions("acme", SESSIONS)
        cluster.create_sessions("beta", SESSIONS)
        loss.start_mirror()
        with WireClient(cluster, "acme") as player, WireClient(cluster, "beta") as other:
            die(cluster, other, "s0")
            letters = [letter_name(die(cluster, player, session).letter_id) for session in ("s0", "s1")]
            broker_is_mirrored(loss, client)
            before = TableCopy(client, TABLE)
            said = Said(before, cluster, cluster.lqctl("tenant", "show", "acme")["number"])
            reply = ask_administrator(player, kind=SHRED_TENANT, tenant="acme")
            check(reply.result == OK, f"{reply}")
        loss.wait_mirrored(client)
        loss.mirror.kill()  # the newest entry of the broker in the table is a letter that nobody can seal again
        loss.start_mirror()
        cluster.try_lqctl("dlq", "redrive", letters[0])
        broker_is_mirrored(loss, client)
        loss.wait_mirrored(client)
        after = TableCopy(client, TABLE)
        without = [entry for entry in letters_of(after, Seal(read_master_key(cluster.master_key))) if entry.is_sealed and entry.generation == 0]
        check(without, "no letter was put after the shred")
        expect_no_letter([before, after], cluster, said)
        left = len(cluster.letters("--tenant", "acme"))
        check(left > 0 and len(cluster.letters("--tenant", "beta")) == 1, f"{cluster.letters()}")
        loss.lose()
        document, errors = loss.restore(loss.restored)
        destroyed = {one["tenant"]: one["letters"] for one in document["destroyed_tenants"]}
        check(destroyed == {"acme": left} and document["broker"]["letters"] == 1, f"{document} {errors}")
        loss.come_up_on(loss.restored)
        check([one["tenant"] for one in cluster.letters()] == ["beta"], f"{cluster.letters()}")
        loss.start_mirror()
        loss.wait_mirrored(client)
        loss.mirror.stop()
    return f"{len(said.letters)} entries with letters before, {len(without)} without their contents after; {left} letters left out"


def an_item_in_the_way():
    """An item K that only says it is newer keeps no destroyed key in the table: a mirrored tenant is not told that it is shredded
    before the key is gone there."""
    with Double(DOUBLE) as double, Loss(double) as loss:
        client, cluster = double.make_table(), loss.cluster
        cluster.create_sessions("acme", SESSIONS)
        cluster.lqctl("tenant", "durability", "acme", "mirrored")
        loss.start_mirror()
        loss.wait_mirrored(client)
        number = cluster.lqctl("tenant", "show", "acme")["number"]
        secrets = [key[SECRET] for key in wrapped_keys(cluster.run / "data")[number]]
        item = read_items(client, TABLE)["T#acme", "K"]
        client.put_item(TableName=TABLE, Item={**item, "n": {"N": "1000000"}})
        code, _, errors = loss.lqctl("--timeout", f"{2 * SLOWNESS}s", "tenant", "shred", "acme", "--yes")
        check(code == NO_ANSWER, f"exit code {code}, not {NO_ANSWER}: {errors}")
        wait_until(lambda: f"item K of tenant number {number} is in the way" in loss.mirror.log(), "the mirror's log says why")
        client.delete_item(TableName=TABLE, Key={name: item[name] for name in ("pk", "sk")})
        done = cluster.lqctl("tenant", "shred", "acme", "--yes")
        check(done["was_shredded"], f"{done}")
        expect_not_in_table(client, secrets)
        expect_compared(loss, 0)
        loss.mirror.stop()
    return "said, waited for, and gone when it was out of the way"


def killed_at_any_step():
    """Persist, broker or lqctl killed around the request: afterwards the tenant is whole or shredded, and a second try shreds it."""
    chance = random.Random(34)
    shredded = 0
    with MarkedCluster() as cluster:
        for kill in range(KILLS):
            tenant = f"t{kill}"
            cluster.create_sessions(tenant, ["s0"])
            with WireClient(cluster, tenant) as player:
                check(player.ask("s0", join()).outcome == "applied", "s0 joins")
            victim = chance.choice(["persist-1", "broker", "lqctl"])
            process = cluster.lqctl_process("--timeout", f"{WAIT_S}s", "tenant", "shred", tenant, "--yes")
            time.sleep(chance.uniform(0, 0.06))
            if victim == "lqctl":
                process.kill()
            else:
                old = cluster.kill(victim)
                cluster.wait_pid(victim, other_than=old)
            process.communicate(timeout=3 * WAIT_S)
            cluster.wait_serving()
            is_shredded = cluster.lqctl("tenant", "show", tenant)["shredded"]
            shredded += is_shredded
            check(is_shredded or process.returncode != 0, f"{tenant}: lqctl said that it was shredded")
            with WireClient(cluster, tenant) as player:
                receipt = player.ask("s0", join())
                check(receipt.reason.startswith(SHREDDED) == is_shredded, f"{tenant}: {is_shredded}, {receipt}")
            cluster.lqctl("tenant", "shred", tenant, "--yes")
            check(cluster.lqctl("tenant", "show", tenant)["shredded"], f"{tenant} is not shredded")
        document = cluster.lqctl("verify")
        check(document["destroyed"] >= 2 * KILLS and document["broken"] == 0, f"{document}")
    return f"{KILLS} kills: {shredded} had been shredded, {KILLS - shredded} were whole; all verify"


if __name__ == "__main__":
    run_tests("test_shred", [nothing_of_it_opens, letters_nobody_opens, an_item_in_the_way, killed_at_any_step])
