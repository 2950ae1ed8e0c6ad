#!/usr/bin/python3
# SPDX-License-Identifier: MPL-2.0
# SPDX-FileCopyrightText: The LedgerQuest Engine authors
# not sanitized: the mirror's programs are in test_mirror, test_mirror_faults and test_restore
"""A mirror that comes when both outboxes were trimmed, or whose cursor was dropped: the stores tell again what their tables
hold, all records come, and the table restores to what there is; over deaths in the middle of it too."""

import re

from cluster import SLOWNESS, WAIT_S, Cluster, check, run_tests, wait_until
from fault_proxy import FaultProxy
from lost_machine import Loss, broker_is_mirrored, read_mark, remembered, verify
from service_doubles import TABLE, Double
from table_reader import TableCopy
from test_dead_letters import MarkedCluster, die, letter_name
from test_feed import Comings
from wire_client import Traffic, WireClient

DOUBLE = "ministack"
SESSIONS = [f"s{number}" for number in range(6)]
MANY = 170  # sessions: more than a step of what is told again has
OUTBOX_BYTES = 20000
TOLD = re.compile(r"are told again: (\d+) entries")
STORES = "the ledger's tables are told again: ", "the tables of the broker's store are told again: "


def with_small_outbox(cluster):
    cluster.map_bytes += f"\n    outbox_bytes_max = {OUTBOX_BYTES}"  # the line behind it, in the same section
    return cluster


def verify_against_cloud(loss):
    code, document, errors = loss.lqctl("verify", "--against-cloud")
    check(code == 0, f"verify --against-cloud: {code}: {errors} {document}")


def restore_equals(loss, client):
    """The table alone has every record and every name; (records, sessions, document, entries told again)."""
    copy = TableCopy(client, TABLE)
    records, _ = copy.compare(loss.cluster.ledger)
    copy.demand_no_gap(2)
    copy.demand_no_gap(3)
    verify_against_cloud(loss)
    before = loss.cluster.read_ledger()[0]
    loss.lose()
    document, _ = loss.restore(loss.restored)
    found = verify(loss, loss.restored)
    for name in ("records", "sessions", "tenants", "letters"):
        check(found[name] == before[name], f"{name}: {found[name]}, not {before[name]}")
    check(document["records"] == records == before["records"], f"{document}, {records}, {before}")
    return records, before["sessions"], document, told_lines(loss)


def told_lines(loss):
    return [int(number) for number in TOLD.findall(loss.mirror.log())]


def trim_both_outboxes(loss, first):
    """A mirror on another table lets both stores forget what they were told; then it goes for good."""
    loss.mirror.environment["AWS_ENDPOINT_URL"] = first.url
    loss.start_mirror()
    broker_is_mirrored(loss, first.make_table())
    wait_until(lambda: any(one["cursor"] == "mirror" for one in loss.cluster.lqctl("feed", "show")["cursors"]), "its cursor is set")
    loss.mirror.stop()
    loss.cluster.lqctl("--yes", "feed", "drop", "mirror")


def a_table_begun_late_has_all():
    with Double(DOUBLE) as first, Double(DOUBLE) as double, Loss(double, cluster=with_small_outbox(MarkedCluster())) as loss:
        client, cluster = double.make_table(), loss.cluster
        cluster.create_sessions("acme", SESSIONS)
        cluster.create_sessions("acme", ["live"], "--rate", "1/600")
        cluster.lqctl("tenant", "quota", "acme", "--commands/s", "500")
        with WireClient(cluster, "acme") as player:
            letters = [letter_name(die(cluster, player, name).letter_id) for name in ("s0", "s1")]
            for _ in range(3):
                die(cluster, player, "s2")
        trim_both_outboxes(loss, first)
        cluster.mend()
        cluster.wait_serving()
        cluster.lqctl("dlq", "redrive", "--wait", letters[0])
        cluster.lqctl("--yes", "dlq", "purge", letters[1])
        with Comings(cluster, "acme", SESSIONS[3:], 2) as traffic:
            wait_until(lambda: len(traffic.client.receipts) > 400, "the outbox is trimmed")
            check(cluster.lqctl("feed", "show")["first_entry"] > 1, "nothing was trimmed")
            loss.mirror.environment["AWS_ENDPOINT_URL"] = double.url
            loss.start_mirror()
            # The ledger more than once, where a slow mirror has work pushing out what comes behind it.
            wait_until(lambda: all(store in loss.mirror.log() for store in STORES), "both stores are told again")
        before = remembered(cluster)
        broker_is_mirrored(loss, client)
        loss.wait_mirrored(client)
        state = loss.lqctl("mirror", "status")[1]["mirror"]
        check(state["all_again"] == 0, f"{state}")
        records, sessions, document, told = restore_equals(loss, client)
        check(document["broker"]["letters"] == len(before["letters"]), f"{document} {before}")
        check(document["broker"]["live"] == 1 and document["broker"]["parked"] == before["parked"], f"{document} {before}")
        loss.come_up_on(loss.restored)
        after = remembered(cluster)
        check(after == before, f"{after}, not {before}")
        check(cluster.letter(letters[0])["state"] == "done", f"{cluster.letter(letters[0])}")
    return f"{records} records of {sessions} sessions, {len(before['letters'])} letters; told again: {told} entries"


def a_dropped_cursor_is_no_end():
    """It was away for longer than both bounds last; sessions and a tenant were made meanwhile, of which nobody told it."""
    with Double(DOUBLE) as double, Loss(double, cluster=with_small_outbox(Cluster())) as loss:
        client, cluster = double.make_table(), loss.cluster
        cluster.create_sessions("acme", SESSIONS)
        loss.start_mirror()
        with Comings(cluster, "acme", SESSIONS, 2) as traffic:
            wait_until(lambda: len(traffic.client.receipts) > 60 // SLOWNESS, "work is done")
        loss.wait_mirrored(client)
        loss.mirror.kill()
        cluster.create_sessions("beta", SESSIONS)
        cluster.create_sessions("acme", ["late"])
        mirrored, told_before = int(read_mark(client)["o"]["N"]), len(told_lines(loss))
        with Comings(cluster, "acme", SESSIONS, 2):
            # Its cursor stands behind what it has, by the time of a request at least: it is dropped before anything is missed.
            wait_until(lambda: cluster.lqctl("feed", "show")["first_entry"] > mirrored + 1, "entries that it lacks are trimmed")
            check("cursor mirror is dropped" in cluster.log_text("persist-1"), "its cursor is dropped")
            loss.start_mirror()
            wait_until(lambda: len(told_lines(loss)) > told_before, "the ledger is told again")
        broker_is_mirrored(loss, client)
        loss.wait_mirrored(client)
        wait_until(lambda: [one["cursor"] for one in cluster.lqctl("feed", "show")["cursors"]] == ["mirror"], "its cursor is set")
        records, sessions, _, told = restore_equals(loss, client)
        check(sessions == 2 * len(SESSIONS) + 1, f"{sessions} sessions")
        loss.come_up_on(loss.restored)
        loss.start_mirror()
        cluster.create_sessions("gamma", ["s0"])
        loss.wait_mirrored(client)
        loss.mirror.stop()
    return f"{records} records of {sessions} sessions; told again: {told} entries; the restored cluster goes on"


def telling(loss):
    """(told, all) as people are told of it; None: nothing is told again."""
    code, document, _ = loss.lqctl("mirror", "status")
    state = document["mirror"] if code == 0 else None
    return (state["told_again"], state["all_again"]) if state and state["all_again"] > 0 else None


def deaths_in_the_middle():
    """persist, the broker and the mirror die while it is told again; the table is slow."""
    with Double(DOUBLE) as first, Double(DOUBLE) as double, FaultProxy(double.port) as proxy, \
            Loss(double, cluster=with_small_outbox(Cluster())) as loss:
        client, cluster = double.make_table(), loss.cluster
        loss.more = "    segment_bytes_max = 1024\n    bodies_max = 8\n"
        loss.write_config()
        cluster.create_sessions("acme", [f"s{number}" for number in range(MANY)])
        for limit in ("500", "600", "700"):
            cluster.lqctl("tenant", "quota", "acme", "--commands/s", limit)
        trim_both_outboxes(loss, first)
        with Traffic(cluster, "acme", SESSIONS, 1) as traffic:
            wait_until(lambda: len(traffic.client.receipts) > 60 // SLOWNESS, "work is done")
        loss.mirror.environment["AWS_ENDPOINT_URL"] = proxy.url
        proxy.always = "delay_before:1.5"
        loss.start_mirror()
        seen = []
        for victim in ("persist-1", "broker", "mirror", "persist-1"):
            wait_until(lambda: telling(loss) is not None and telling(loss)[0] > 0, f"it is told again before {victim} dies")
            seen.append(telling(loss))
            if victim == "mirror":
                loss.mirror.kill()
                loss.start_mirror()
            else:
                pid = cluster.pid(victim)
                cluster.kill(victim)
                cluster.wait_pid(victim, other_than=pid)
                cluster.wait_serving()
            cluster.create_sessions("acme", [f"between{len(seen)}"])
        check(max(told_lines(loss), default=0) < MANY, f"told again before the last death: {told_lines(loss)}")
        proxy.always = ""
        wait_until(lambda: max(told_lines(loss), default=0) > MANY, "the ledger is told again", timeout_s=2 * WAIT_S)
        loss.wait_mirrored(client)
        broker_is_mirrored(loss, client)
        records, sessions, _, told = restore_equals(loss, client)
    return f"{records} records of {sessions} sessions; told so far at each death: {seen}; told again: {told} entries"


if __name__ == "__main__":
    run_tests("test_late_mirror", [a_table_begun_late_has_all, a_dropped_cursor_is_no_end, deaths_in_the_middle])
