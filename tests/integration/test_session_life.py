#!/usr/bin/python3
# SPDX-License-Identifier: MPL-2.0
# SPDX-FileCopyrightText: The LedgerQuest Engine authors
"""A session after its creation: stopped, started, given another rate, deleted. What was answered holds over any
death of broker and persist, and the ledger says from which frame on a rate is in force."""

import json
import threading
import time

from cluster import Cluster, check, run_tests, wait_until
from test_dead_letters import MarkedCluster, die
from wire_client import WireClient, custom, join, thrust


def frame_of(cluster, path):
    return cluster.session(path)["frame"]


def stands_still(cluster, path):
    """No tick opens any more: one that was under way has ended by now."""
    def settled():
        before = frame_of(cluster, path)
        time.sleep(0.3)
        return frame_of(cluster, path) == before
    wait_until(settled, f"{path} stands still")


def kill_broker(cluster):
    old = cluster.kill("broker")
    cluster.wait_pid("broker", other_than=old)
    return cluster.wait_serving()


def a_stopped_session_executes_nothing():
    with Cluster() as cluster, WireClient(cluster, "acme") as client:
        cluster.create_sessions("acme", ["live", "other"], "--rate", "20")
        cluster.create_sessions("acme", ["idle"])
        applied = client.ask("live", join())
        check(applied.outcome == "applied", f"{applied}")
        for name in ("live", "idle"):
            for _ in range(2):  # it may be said again
                told = cluster.lqctl("session", "stop", f"acme/{name}")
                check(told["stopped"] and not told["dry_run"], f"{told}")
            stands_still(cluster, f"acme/{name}")
            shown = cluster.session(f"acme/{name}")
            check(shown["stopped"] and shown["parked_by"] is None, f"{shown}")
        stood = {name: frame_of(cluster, f"acme/{name}") for name in ("live", "idle")}
        for name in stood:
            refused = client.ask(name, join())
            check(refused.outcome == "unused" and refused.reason.startswith("SESSION_STOPPED:"), f"{refused}")
        for _ in range(3):
            status = kill_broker(cluster)
            check(status["sessions_stopped"] == 2, f"{status['sessions_stopped']} are stopped")
            check(client.ask("live", custom("x")).reason.startswith("SESSION_STOPPED:"), "executed after a restart")
        check(cluster.status()["sessions_live"] == 2, "its rate is forgotten")
        check({name: frame_of(cluster, f"acme/{name}") for name in stood} == stood, "a stopped session ticked")
        wait_until(lambda: frame_of(cluster, "acme/other") > 5, "others tick")
        kept = cluster.lqctl("--dry-run", "session", "start", "acme/live")
        check(kept["dry_run"] and cluster.session("acme/live")["stopped"], f"{kept}")
        for name in stood:
            told = cluster.lqctl("session", "start", f"acme/{name}")
            check(not told["stopped"], f"{told}")
            receipt = client.ask(name, join() if name == "idle" else thrust(1, 0))
            check(receipt.outcome == "applied", f"{name} after it was started: {receipt}")
        wait_until(lambda: frame_of(cluster, "acme/live") > stood["live"] + 5, "it ticks again")
        missed = cluster.session("acme/live")["missed"]
        status = kill_broker(cluster)
        check(status["sessions_stopped"] == 0 and status["sessions_live"] == 2, f"{status}")
        code, _, errors = cluster.try_lqctl("session", "stop", "acme/nosuch")
        check(code == 3 and "no such tenant or session" in errors, f"{code} {errors}")
        summary, _ = cluster.read_ledger()
        check(summary["ok"], f"{summary}")
        return f"2 sessions stopped over 3 deaths, {missed} grid points missed"


def what_was_committed_is_told():
    """A copy of a command that was applied before the stop hears of its frame, and a new one keeps its number."""
    with Cluster() as cluster, WireClient(cluster, "acme") as client:
        cluster.create_sessions("acme", ["s1"])
        first = client.ask("s1", join())
        cluster.lqctl("session", "stop", "acme/s1")
        copy = client.ask("s1", join(), sequence=1)
        check((copy.outcome, copy.frame) == ("duplicate", first.frame), f"{copy}, not frame {first.frame}")
        refused = client.ask("s1", custom("x"), sequence=2)
        check(refused.outcome == "unused", f"{refused}")
        cluster.lqctl("session", "start", "acme/s1")
        applied = client.ask("s1", thrust(1, 0), sequence=2)
        check(applied.outcome == "applied", f"number 2 was used up: {applied}")
        return f"duplicate of frame {copy.frame}, then {applied.outcome}"


def a_rate_begins_with_a_frame():
    with Cluster() as cluster, WireClient(cluster, "acme") as client:
        cluster.create_sessions("acme", ["s1"], "--rate", "10")
        cluster.create_sessions("acme", ["idle"])
        client.ask("s1", join())
        told = cluster.lqctl("session", "rate", "acme/s1", "40")
        check(told["next_rate"] in (None, {"numerator": 40, "denominator": 1}), f"{told}")
        wait_until(lambda: cluster.session("acme/s1")["config"]["rate_numerator"] == 40, "the record has the rate")
        begun = frame_of(cluster, "acme/s1")
        started = time.monotonic()
        wait_until(lambda: frame_of(cluster, "acme/s1") > begun + 60, "it ticks")
        rate = 60 / (time.monotonic() - started)
        check(rate > 15, f"{rate:.1f} ticks a second, not 40")
        cluster.lqctl("session", "rate", "acme/idle", "1/10")
        wait_until(lambda: cluster.session("acme/idle")["config"]["rate_denominator"] == 10, "idle has a rate")
        check(cluster.status()["sessions_live"] == 2, "two are live")
        kill_broker(cluster)
        check(cluster.status()["sessions_live"] == 2, "two are live after a restart")
        cluster.lqctl("session", "rate", "acme/s1", "0")
        wait_until(lambda: cluster.status()["sessions_live"] == 1, "s1 is off its grid")
        stands_still(cluster, "acme/s1")
        check(cluster.session("acme/s1")["config"]["rate_numerator"] == 0, "its record has no rate")
        before = frame_of(cluster, "acme/s1")
        cluster.lqctl("session", "rate", "acme/s1", "0")  # again: nothing is left to do
        wait_until(lambda: cluster.session("acme/s1")["next_rate"] is None, "it is settled")
        check(frame_of(cluster, "acme/s1") == before, "a frame for a rate that it had")
        cluster.lqctl("session", "stop", "acme/s1")
        told = cluster.lqctl("session", "rate", "acme/s1", "5")
        check(told["stopped"] and told["next_rate"] == {"numerator": 5, "denominator": 1}, f"{told}")
        kill_broker(cluster)
        check(frame_of(cluster, "acme/s1") == before, "a stopped session made a frame")
        cluster.lqctl("session", "start", "acme/s1")
        wait_until(lambda: cluster.session("acme/s1")["config"]["rate_numerator"] == 5, "started, it has its rate")
        wait_until(lambda: frame_of(cluster, "acme/s1") > before + 3, "and ticks")
        for words, said in ((("0/0",), "rate_denominator"), (("2000",), "ticks a second"), (("x",), "say N"),
                            (("-1",), "")):
            code, _, errors = cluster.try_lqctl("session", "rate", "acme/s1", *words)
            check(code != 0 and said in errors, f"{words}: {code} {errors}")
        summary, _ = cluster.read_ledger()
        check(summary["ok"], f"{summary}")
        code, replayed, errors = cluster.try_lqctl("replay", "acme/s1")
        check(code == 0, f"{replayed} {errors}")
        return f"10, 40, none and 5 ticks a second, {rate:.0f} measured of 40"


def a_deleted_session_is_gone():
    with MarkedCluster() as cluster, WireClient(cluster, "acme") as client:
        cluster.create_sessions("acme", ["s1", "s2"], "--rate", "20")
        client.ask("s1", join())
        die(cluster, client, "s1")
        check(len(cluster.letters()) == 1, "a letter of s1")
        code, _, errors = cluster.try_lqctl("--yes", "session", "delete", "acme/s1")
        check(code == 1 and "not stopped" in errors, f"{code} {errors}")
        cluster.lqctl("session", "stop", "acme/s1")
        stands_still(cluster, "acme/s1")
        last = cluster.session("acme/s1")
        counted = cluster.lqctl("--dry-run", "session", "delete", "acme/s1")
        check(counted["dry_run"] and counted["letters"] == 1 and not counted["was_deleted"], f"{counted}")
        code, _, errors = cluster.try_lqctl("session", "delete", "acme/s1")
        check(code != 0 and not cluster.session("acme/s1").get("deleted"), f"deleted unasked: {code} {errors}")
        told = cluster.lqctl("--yes", "session", "delete", "acme/s1")
        check((told["frame"], told["hash"], told["letters"]) == (last["frame"], last["hash"], 1), f"{told}, not {last}")
        check(cluster.letters() == [], "its letters are there")
        for again in range(2):
            shown = cluster.session("acme/s1")
            check(shown["deleted"] and shown["frame"] == last["frame"] and shown["hash"] == last["hash"], f"{shown}")
            listed = cluster.lqctl("session", "list", "acme")["sessions"]
            check({entry["session"]: entry["deleted"] for entry in listed} == {"s1": True, "s2": False}, f"{listed}")
            refused = client.ask("s1", custom("x"))
            check(refused.outcome == "unused" and refused.reason.startswith("Session.Deleted"), f"{refused}")
            code, _, errors = cluster.try_lqctl("session", "create", "acme/s1", "--rate", "20")
            check(code != 0 and f"deleted at frame {last['frame']}" in errors, f"{code} {errors}")
            for words in (("session", "state", "acme/s1"), ("session", "history", "acme/s1"),
                          ("session", "start", "acme/s1"), ("session", "rate", "acme/s1", "5")):
                code, _, errors = cluster.try_lqctl(*words)
                check(code != 0 and ("Session.Deleted" in errors or "was deleted" in errors), f"{words}: {code} {errors}")
            repeated = cluster.lqctl("--yes", "session", "delete", "acme/s1")
            check(repeated["was_deleted"] and repeated["frame"] == last["frame"], f"{repeated}")
            status = cluster.status()
            check((status["sessions_stopped"], status["sessions_live"]) == (0, 1), f"{status}")
            if again == 0:
                for instance in ("persist-1", "load-1", "broker"):
                    cluster.wait_pid(instance, other_than=cluster.kill(instance))
                cluster.wait_serving()
        check(client.ask("s2", join()).outcome == "applied", "the other session")
        summary, _ = cluster.read_ledger()
        check(summary["ok"], f"{summary}")
        cluster.lqctl("verify")
        return f"deleted at frame {last['frame']}"


def a_deleted_tenant_is_gone():
    with Cluster() as cluster, WireClient(cluster, "acme") as client, WireClient(cluster, "beta") as other:
        names = [f"s{number}" for number in range(5)]
        cluster.create_sessions("acme", names, "--rate", "20")
        cluster.create_sessions("beta", ["s0"], "--rate", "20")
        client.ask("s0", join())
        counted = cluster.lqctl("--dry-run", "tenant", "delete", "acme")
        check(counted["sessions"] == len(names) and counted["dry_run"], f"{counted}")
        told = cluster.lqctl("--yes", "tenant", "delete", "acme")
        check(told["sessions"] == len(names), f"{told}")
        for _ in range(2):
            listed = cluster.lqctl("session", "list", "acme")["sessions"]
            check(len(listed) == len(names) and all(entry["deleted"] for entry in listed), f"{listed}")
            refused = client.ask("s0", custom("x"))
            check(refused.outcome == "unused" and refused.reason.startswith("Session.Deleted"), f"{refused}")
            check(cluster.try_lqctl("tenant", "create", "acme")[0] != 0, "its name is free")
            code, _, errors = cluster.try_lqctl("session", "create", "acme/new")
            check(code != 0 and "destroyed" in errors, f"{code} {errors}")
            again = cluster.lqctl("--yes", "tenant", "delete", "acme")
            check(again["sessions"] == 0 and again["was_shredded"], f"{again}")
            kill_broker(cluster)
        check(other.ask("s0", join()).outcome == "applied", "the other tenant")
        check(cluster.status()["sessions_live"] == 1, "its sessions are on their grids")
        summary, _ = cluster.read_ledger()
        check(summary["ok"], f"{summary}")
        return f"{len(names)} sessions"


def deletions_hold_over_deaths():
    """Sessions are deleted while broker and persist die in turn: what was answered holds, and each ends once."""
    with Cluster() as cluster:
        names = [f"s{number}" for number in range(24)]
        cluster.create_sessions("acme", names, "--rate", "20")
        over = threading.Event()
        kills = 0

        def kill():
            nonlocal kills
            while not over.wait(0.05):
                instance = ("broker", "persist-1")[kills % 2]
                cluster.wait_pid(instance, other_than=cluster.kill(instance))
                kills += 1
        killer = threading.Thread(target=kill)
        killer.start()
        last = {}
        try:
            for name in names:
                cluster.lqctl("session", "stop", f"acme/{name}")
                for _ in range(20):  # an answer may be lost, and then it is said again
                    code, told, errors = cluster.try_lqctl("--yes", "session", "delete", f"acme/{name}")
                    if code == 0:
                        break
                check(code == 0, f"{name}: {code} {errors}")
                last[name] = told["frame"], told["hash"]
        finally:
            over.set()
            killer.join()
        cluster.wait_serving()
        for name, (frame, digest) in last.items():
            shown = cluster.session(f"acme/{name}")
            check(shown["deleted"] and (shown["frame"], shown["hash"]) == (frame, digest), f"{shown}")
        notes = [json.loads(line) for line in cluster.lqctl_process("feed", "read").communicate()[0].splitlines()]
        check(sum(note["kind"] == "deleted" for note in notes) == len(names), "each is noted once")
        summary, _ = cluster.read_ledger()
        check(summary["ok"], f"{summary}")
        return f"{len(names)} sessions over {kills} deaths"


def answers_hold_over_deaths():
    """Stop, start and rate said while the broker dies at any moment: what was answered holds."""
    with Cluster() as cluster:
        cluster.create_sessions("acme", ["s1"], "--rate", "20")
        over = threading.Event()
        kills = 0

        def kill():
            nonlocal kills
            while not over.wait(0.1):
                cluster.wait_pid("broker", other_than=cluster.kill("broker"))
                kills += 1
        killer = threading.Thread(target=kill)
        killer.start()
        try:
            for turn in range(30):
                wanted = turn % 2 == 0
                told = cluster.lqctl("session", "stop" if wanted else "start", "acme/s1")
                check(told["stopped"] == wanted, f"{told}")
                check(cluster.session("acme/s1")["stopped"] == wanted, f"turn {turn}: an answer was taken back")
                cluster.lqctl("session", "rate", "acme/s1", str(10 + turn))
        finally:
            over.set()
            killer.join()
        cluster.wait_serving()
        wait_until(lambda: cluster.session("acme/s1")["config"]["rate_numerator"] == 39, "the last rate holds")
        wait_until(lambda: cluster.session("acme/s1")["next_rate"] is None, "and is settled")
        summary, _ = cluster.read_ledger()
        check(summary["ok"], f"{summary}")
        code, replayed, errors = cluster.try_lqctl("replay", "acme/s1")
        check(code == 0, f"{replayed} {errors}")
        return f"60 decisions over {kills} deaths of the broker"


run_tests("session_life", [a_stopped_session_executes_nothing, what_was_committed_is_told, a_rate_begins_with_a_frame,
                           a_deleted_session_is_gone, a_deleted_tenant_is_gone, answers_hold_over_deaths,
                           deletions_hold_over_deaths])
