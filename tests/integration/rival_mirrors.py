# SPDX-License-Identifier: MPL-2.0
# SPDX-FileCopyrightText: The LedgerQuest Engine authors
"""Two clusters on copies of one data folder, whose mirrors work on one table and whose requests are late.

    tally = run(rounds=100, delay_s=5, seed=7, receipts=False, say=print)

Of each round: one mirror goes on and its ledger is in the table, the other one ends with 78; started again it is told that
its store is behind or different; so is an old copy that is put in its place; and neither writes anything. Where both end,
because each met what the other one had written, one of them goes on when it is started again."""

import random
import shutil
import time

from cluster import WAIT_S, Failed, check, wait_until
from cloud_cluster import CloudCluster, boto_client
from ledger_entries import Record
from request_tally import RequestTally
from service_doubles import Double
from table_reader import read_items
from test_feed import Comings

DOUBLE = "ministack"
TENANT = "acme"
SESSIONS = [f"s{number}" for number in range(4)]
FLUSH_MS = 100
SETTLE_S = 2 * WAIT_S
BEHIND = ("behind the table", "different from the table", "which this store has not")
ENDED = (*BEHIND, "writer has claimed")


class LateTally(RequestTally):
    """Of each five requests two are late on their way to the table, two on their way back."""

    def __init__(self, behind_port, chance, delay_s):
        super().__init__(behind_port)
        self.chance, self.delay_s = chance, delay_s

    def fault_of(self, target):
        kind = self.chance.choice(("", "delay_before", "delay_before", "delay_after", "delay_after"))
        return kind and f"{kind}:{self.chance.uniform(0, self.delay_s)}"


class Players(Comings):
    """Who does not wait for the receipts of a cluster that may give none any more."""

    def run(self):
        try:
            while not self.halt.is_set():
                self.fill()
                self.client.turn()
                self.halt.wait(0.05)
        except Exception as error:  # pylint: disable=broad-except
            self.error = error
        finally:
            self.client.close()


class Side:
    """One of the two clusters."""

    def __init__(self, double, table, chance, delay_s):
        self.tally = LateTally(double.port, chance, delay_s)
        self.cluster = CloudCluster(self.tally.url, FLUSH_MS, table=table, start=False)
        self.receipts, self.reason = [], None

    def __enter__(self):
        self.tally.__enter__()
        self.cluster.__enter__()
        return self

    def __exit__(self, *error):
        self.cluster.__exit__(*error)
        self.tally.__exit__()

    def put_data(self, folder):
        shutil.rmtree(self.cluster.run / "data", ignore_errors=True)
        shutil.copytree(folder, self.cluster.run / "data", symlinks=True)

    def is_over(self):
        state = self.cluster.mirror_state()
        if state["state"] == "FAILED":
            self.reason = state["reason"]
            check(any(words in self.reason for words in ENDED), f"the mirror ended for another reason: {self.reason}")
        return state["state"] == "FAILED"

    def is_settled(self, client):
        return self.is_over() or self.cluster.is_mirrored(client)

    def make_session(self, name):
        """If it is made within a second: of a mirrored tenant that waits for the table, and is refused in the end."""
        process = self.cluster.lqctl_process("--no-input", "--timeout", "1s", "session", "create", f"{TENANT}/{name}")
        process.communicate()

    def standing(self, client):
        return self.reason or f"the table's state says {self.cluster.mark(client)}, the ledger is at {self.cluster.position()}"

    def restart_mirror(self):
        """The end of its first life is known; ready it gets, whatever it finds in the table."""
        self.reason = None
        self.cluster.try_ledgerquest("restart", "mirror")

    def must_be_told(self, client, items):
        """It ends with the word that this store is not the table's, and the table is as it was."""
        reason = self.cluster.wait_mirror_failed(BEHIND, SETTLE_S)
        now = read_items(client, self.cluster.table)
        changed = [key for key in items.keys() | now.keys() if items.get(key) != now.get(key)]
        check(not changed, f"a mirror that was refused ({reason}) has changed {changed[:3]}")
        return reason


class Template:
    """A data folder that is in a table, and the items of that table."""

    def __init__(self, double, folder, receipts):
        client = boto_client(double.url, "dynamodb")
        double.make_table("template")
        with CloudCluster(double.url, FLUSH_MS, table="template") as cluster:
            cluster.create_sessions(TENANT, SESSIONS)
            if receipts:
                cluster.lqctl("tenant", "durability", TENANT, "mirrored")
            cluster.wait_mirrored(client)
            cluster.ledgerquest("down")
            self.folder = folder / "template"
            shutil.copytree(cluster.run / "data", self.folder, symlinks=True)
        self.items = read_items(client, "template")

    def make_table(self, double, name):
        client = double.make_table(name)
        for item in self.items.values():
            client.put_item(TableName=name, Item=item)
        return boto_client(double.url, "dynamodb")


def both_work(sides):
    """Until one of the mirrors has ended; the names of sessions make the control streams differ."""
    loads = [Players(side.cluster, TENANT, SESSIONS) for side in sides]
    for load in loads:
        load.start()
    begun, number = time.monotonic(), 0
    try:
        while not any([side.is_over() for side in sides]):
            for side in sides:
                side.make_session(f"n{number}")
            number += 1
            check(time.monotonic() < begun + SETTLE_S, "both mirrors go on")
    finally:
        for side, load in zip(sides, loads):
            load.halt.set()
            load.join(WAIT_S)
            side.receipts = load.client.receipts
    check(not any(load.error for load in loads), f"clients: {[load.error for load in loads]}")


def settle(sides, client):
    try:
        wait_until(lambda: all([side.is_settled(client) for side in sides]), "each mirror has ended, or has all in the table",
                   SETTLE_S, pause_s=0.3)
    except Failed as late:
        raise Failed(f"{late}: {[side.standing(client) for side in sides]}") from late


def choose_survivor(sides, client, tally):
    settle(sides, client)
    if all(side.reason for side in sides):
        tally["rounds_both_ended"] += 1
        for side in sides:
            side.tally.delay_s = 0
            side.restart_mirror()
            settle([side], client)
    over = [side for side in sides if side.reason]
    check(len(over) == 1, f"{len(over)} of two mirrors have ended: {[side.reason for side in sides]}")
    return next(side for side in sides if not side.reason), over[0]


def check_receipts(side, copy):
    """What a client was told of lies in the table."""
    hashes = {Record(data).hash.hex() for data in copy.entries(1).values()}
    told = [receipt for receipt in side.receipts if receipt.outcome == "applied"]
    lost = [receipt for receipt in told if receipt.hash not in hashes]
    check(not lost, f"{len(lost)} of {len(told)} receipts tell of frames that the table has not: {lost[:2]}")
    return len(told)


def one_round(double, template, number, chance, options, tally):
    table = f"ledger{number}"
    client = template.make_table(double, table)
    with Side(double, table, chance, options["delay_s"]) as one, Side(double, table, chance, options["delay_s"]) as other:
        for side in (one, other):
            side.put_data(template.folder)
        first = chance.choice((one, other))
        for side in (first, other if first is one else one):
            side.cluster.ledgerquest("up")
        both_work((one, other))
        survivor, loser = choose_survivor((one, other), client, tally)
        copy = survivor.cluster.copy(client)
        records, _ = copy.compare(survivor.cluster.ledger)
        tally["records"] += records
        tally["first_went_on"] += survivor is first
        tally["conditions_failed"] += sum(side.tally.refused["ConditionalCheckFailedException"] for side in (one, other))
        tally["requests"] += sum(sum(side.tally.requests.values()) for side in (one, other))
        if options["receipts"]:
            tally["receipts"] += check_receipts(loser, copy) + check_receipts(survivor, copy)
        survivor.cluster.ledgerquest("down")
        items = read_items(client, table)
        loser.restart_mirror()
        tally["told: " + why(loser.must_be_told(client, items))] += 1
        loser.cluster.ledgerquest("down")
        loser.put_data(template.folder)
        loser.cluster.try_ledgerquest("up")
        loser.must_be_told(client, items)
        tally["old_copies_refused"] += 1
    client.delete_table(TableName=table)


def why(reason):
    return next(words for words in BEHIND if words in reason)


def run(rounds, delay_s, seed, receipts, say):
    """Counts; Failed or Breach when something does not hold."""
    chance = random.Random(seed)
    tally = dict.fromkeys(("records", "requests", "conditions_failed", "first_went_on", "rounds_both_ended", "old_copies_refused",
                           "receipts", *("told: " + words for words in BEHIND)), 0)
    begun = time.monotonic()
    with Double(DOUBLE) as double, CloudCluster(double.url, start=False) as store:
        template = Template(double, store.folder, receipts)
        for number in range(rounds):
            try:
                one_round(double, template, number, chance, {"delay_s": delay_s, "receipts": receipts}, tally)
            except Failed as failure:
                raise Failed(f"round {number + 1}: {failure}") from failure
            say(f"round {number + 1} of {rounds}: {time.monotonic() - begun:.0f} s")
    return {"seed": seed, "rounds": rounds, "seconds": round(time.monotonic() - begun, 1), **tally}
