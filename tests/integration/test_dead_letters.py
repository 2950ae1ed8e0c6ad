#!/usr/bin/python3
# SPDX-License-Identifier: MPL-2.0
# SPDX-FileCopyrightText: The LedgerQuest Engine authors
"""Commands that a bad version of a stage fails on, dies of, hangs in or turns into garbage: each ends as one
dead letter, and nothing else is touched. What lqctl does with letters; parked sessions."""

import collections
import json
import os
import pathlib
import statistics
import tempfile
import time

from cluster import Cluster, check, marked_program, pipeline_with, run_tests, wait_until
from wire_client import Traffic, WireClient, custom, judge

STAGE_TIMEOUT_MS = 300
# mark -> stage, error, text of the cause. What garbage is only its reader can tell.
MARKS = {
    "fail": ("marked", "Marked.Fail", "marked fail"),
    "fail-unnamed": ("marked", "Marked.FailUnnamed", "marked fail-unnamed"),
    "crash": ("marked", "Actor.Crashed", "died"),
    "hang": ("marked", "States.Timeout", ""),
    "garbage": ("persist", "Payload.Malformed", ""),
    "frame": ("persist", "Payload.Mismatch", "changed the tick's frame"),
}
TRIES = 3
# What is promised, 50 poison commands in 30 s, shows on a quiet machine; one that others use too varies by more
# from turn to turn, and gets the short form.
QUIET = bool(os.environ.get("LQ_QUIET_MACHINE"))
POISON_TURNS, POISON_TURN_S, POISON_RATE = 25 if QUIET else 5, 1.2, 50 / 30
POISON_SESSIONS = POISON_TURNS  # two deaths each: a third in a row would park it, and refuse the poison
POISON_RATIO_MIN = 0.8 if QUIET else 0.5


class MarkedCluster(Cluster):
    """With lq-stage-marked behind the ai, bad until mend()."""

    def __init__(self, options="", start=True):
        self.documents = tempfile.TemporaryDirectory(prefix="lq-pipe-")
        pipeline, policy = pipeline_with(pathlib.Path(self.documents.name), "marked",
                                         timeout_ms=STAGE_TIMEOUT_MS)
        super().__init__(options, stages=[("marked", ["env", marked_program()], 2)], pipeline=pipeline, policy=policy,
                         start=start)

    def __exit__(self, *words):
        try:
            super().__exit__(*words)
        finally:
            self.documents.cleanup()

    def mend(self):
        """The same stage and version, without its faults."""
        self.ledgerquest("remove-stage", "marked")
        self.ledgerquest("add-stage", "-n", "2", "marked", "env", "LQ_MARKED_GOOD=1", marked_program())

    def letters(self, *filters):
        return self.lqctl("dlq", "list", *filters)["letters"]

    def letter(self, letter_id):
        return self.lqctl("dlq", "show", letter_id)

    def kill_broker(self):
        old = self.kill("broker")
        self.wait_pid("broker", other_than=old)
        self.wait_serving()


def letter_name(number):
    return f"dlq_{number:016x}"


def die(cluster, client, session, mark="fail"):
    """One marked command; its receipt."""
    receipt = client.ask(session, custom(mark))
    check(receipt.outcome == "dead_lettered", f"{mark}: {receipt}")
    check(receipt.letter_id != 0, f"{receipt}")
    return receipt


def check_letter(letter, mark, session, client, sequence):
    stage, error, cause = MARKS[mark]
    got = letter["stage"].lower(), letter["error"], letter["state"], letter["session"], letter["tenant"]
    check(got == (stage, error, "open", session, "acme"), f"{mark}: {letter}")
    check(cause in letter["cause"] and letter["cause"], f"{mark}: cause {letter['cause']!r}")
    check(letter["version"] == 1 and letter["tries"] == TRIES and letter["round"] == 0, f"{mark}: {letter}")
    check(0 < letter["first_wall_ns"] <= letter["last_wall_ns"], f"{mark}: times {letter}")
    check(len(letter["commands"]) == 1, f"{mark}: {letter['commands']}")
    held = letter["commands"][0]
    check((held["client"], held["sequence"]) == (client.client.hex(), sequence), f"{mark}: {held}")
    check(letter["payload_bytes"] > 0, f"{mark}: no payload")


def only_the_marked_command_dies():
    with MarkedCluster() as cluster:
        marks = list(MARKS)
        neighbours = [f"n{number}" for number in range(4)]
        cluster.create_sessions("acme", marks + neighbours)
        path = cluster.folder / "receipts"
        with WireClient(cluster, "acme", path) as client:
            marked = {}
            for mark in marks:
                # One SUBMIT: they meet in one tick and in one dispatch.
                for text in ("a", mark, "b"):
                    tag = client.submit(mark, custom(text))
                    if text == mark:
                        marked[mark] = client.waiting[tag].sequence
                for name in neighbours:
                    client.submit(name, custom("n"))
                client.drain()
            dead = {receipt.session: receipt for receipt in client.receipts
                    if receipt.outcome == "dead_lettered"}
            check(sorted(dead) == sorted(marks), f"dead: {dead}")
            check(all(dead[mark].sequence == marked[mark] for mark in marks), f"{dead} against {marked}")
            check(client.by_outcome["applied"] == len(marks) * (2 + len(neighbours)), f"{client.by_outcome}")
            before = cluster.letters()
            check(len(before) == len(marks), f"{len(before)} letters: {before}")
            for mark in marks:
                letter = cluster.letter(letter_name(dead[mark].letter_id))
                check_letter(letter, mark, mark, client, marked[mark])
            cluster.kill_broker()
            check(cluster.letters() == before, "the letters changed with the broker")
            for mark in marks:
                again = client.ask(mark, custom(mark), marked[mark])
                check((again.outcome, again.letter_id) == ("dead_lettered", dead[mark].letter_id),
                      f"said again: {again}")
            status = cluster.status()
            check(status["letters_open"] == len(marks) and status["sessions_parked"] == 0, f"{status}")
            states = {entry["state"] for entry in cluster.instances().values()}
            check(states == {"ready"}, f"states {states}")
        summary, commands = cluster.read_ledger()
        check(summary["ok"], f"{summary}")
        counts = judge([path], commands)
        return f"{len(marks)} letters, {counts['applied']} neighbours applied, the letters survived the broker"


def lqctl_handles_letters():
    with MarkedCluster() as cluster, WireClient(cluster, "acme") as client:
        names = [f"s{number}" for number in range(4)]
        cluster.create_sessions("acme", names)
        ids = {name: letter_name(die(cluster, client, name, mark).letter_id)
               for name, mark in zip(names, ("fail", "fail", "fail-unnamed", "fail"))}

        def listed(*filters):
            return sorted(letter["id"] for letter in cluster.letters(*filters))
        check(listed() == sorted(ids.values()), "list")
        check(listed("--error", "Marked.FailUnnamed") == [ids["s2"]], "list --error")
        check(listed("--session", "acme/s1") == [ids["s1"]], "list --session")
        check(listed("--stage", "persist") == [], "list of none")
        cluster.lqctl("dlq", "list", "--tenant", "other", code=3)
        cluster.lqctl("dlq", "show", letter_name(0x7777), code=3)

        # drain: exactly what it wrote is taken off, durable, and never over an old file.
        path = cluster.folder / "drained.jsonl"
        plan = cluster.lqctl("--dry-run", "dlq", "drain", "--session", "acme/s0", str(path))
        check(plan["selected"] == 1 and not path.exists() and len(listed()) == 4, f"{plan}")
        done = cluster.lqctl("dlq", "drain", "--session", "acme/s0", str(path))
        check((done["exported"], done["acknowledged"]) == (1, 1), f"{done}")
        lines = [json.loads(line) for line in path.read_text().splitlines()]
        check([line["id"] for line in lines] == [ids["s0"]] and lines[0]["commands"], f"{lines}")
        check(cluster.try_lqctl("dlq", "drain", str(path))[0] == 1, "drain over an old file")
        cluster.kill_broker()
        check(listed() == sorted(set(ids.values()) - {ids["s0"]}), "after drain and SIGKILL")

        # purge: says how many, asks, deletes.
        plan = cluster.lqctl("--dry-run", "dlq", "purge", ids["s1"])
        check(plan["count"] == 1 and ids["s1"] in listed(), f"{plan}")
        code, _, errors = cluster.try_lqctl("dlq", "purge", ids["s1"])
        check(code == 1 and ids["s1"] in listed(), f"purge without an answer: {code} {errors}")
        done = cluster.lqctl("--yes", "dlq", "purge", ids["s1"])
        check(done["count"] == 1, f"{done}")
        cluster.kill_broker()
        check(listed() == sorted([ids["s2"], ids["s3"]]), "after purge and SIGKILL")
        check(cluster.status()["letters_open"] == 2, "open letters after purge")
        # Its number is free again: the command is decided anew.
        again = client.ask("s1", custom("good"), 1)
        check(again.outcome == "applied", f"after purge: {again}")

        # redrive into the same bad version: the same letter, one round more.
        plan = cluster.lqctl("--dry-run", "dlq", "redrive", ids["s3"])
        check(plan["count"] == 1 and cluster.letter(ids["s3"])["round"] == 0, f"{plan}")
        cluster.lqctl("dlq", "redrive", ids["s3"])
        wait_until(lambda: cluster.letter(ids["s3"])["state"] == "open", "it dies again")
        letter = cluster.letter(ids["s3"])
        check(letter["round"] == 1 and letter["first_wall_ns"] < letter["last_wall_ns"], f"{letter}")
        check(len(listed()) == 2, "a second letter")
        return "list, show, drain, purge, redrive, each over a SIGKILL of the broker"


def a_redrive_is_applied_once():
    with MarkedCluster() as cluster:
        names = ["old", "young", "killed"]
        cluster.create_sessions("acme", names)
        path = cluster.folder / "receipts"
        with WireClient(cluster, "acme", path) as client:
            dead = {name: die(cluster, client, name) for name in names}
            for _ in range(200):
                client.submit("old", custom("on"))
                while not client.can_submit("old"):
                    client.turn()
            client.drain()
            cluster.mend()
            cluster.wait_serving()
            ids = {name: letter_name(receipt.letter_id) for name, receipt in dead.items()}
            check(cluster.lqctl("dlq", "redrive", ids["old"], ids["young"])["count"] == 2, "redrive")
            check(cluster.lqctl("dlq", "redrive", ids["killed"])["count"] == 1, "redrive of one")
            cluster.kill_broker()
            for name in names:
                wait_until(lambda name=name: cluster.letter(ids[name])["state"] == "done", f"{name} is done")
            check(cluster.status()["letters_open"] == 0, "open letters")
            again = cluster.try_lqctl("dlq", "redrive", ids["old"])
            check(again[0] == 3 or again[1]["count"] == 0, f"redrive of a done one: {again}")
            repeated = client.ask("young", custom("fail"), dead["young"].sequence)
            check(repeated.outcome == "duplicate", f"said again after the redrive: {repeated}")
            repeated = client.ask("old", custom("fail"), dead["old"].sequence)
            check(repeated.outcome in ("unused", "refused"), f"below the window: {repeated}")
            frames = {name: cluster.letter(ids[name])["done_frame"] for name in names}
        summary, commands = cluster.read_ledger()
        check(summary["ok"], f"{summary}")
        found = collections.defaultdict(list)
        for entry in commands:
            if entry.get("letter_id"):
                found[entry["session"]].append(entry)
        for name in names:
            check([(entry["sequence"], entry["frame"], entry["outcome"], letter_name(entry["letter_id"]))
                   for entry in found[name]] == [(dead[name].sequence, frames[name], "applied", ids[name])],
                  f"{name}: {found[name]}, its letter says frame {frames[name]}")
        done = cluster.lqctl("--yes", "dlq", "purge", "--state", "done")
        check(done["count"] == 3, f"purge of tombstones: {done}")
        return f"3 letters done in frames {frames}, each once in the ledger, one over a SIGKILL"


def three_deaths_park_a_session():
    with MarkedCluster() as cluster, WireClient(cluster, "acme") as client:
        cluster.create_sessions("acme", ["s1"])
        cluster.create_sessions("acme", ["live"], "--rate", "20")
        for session in ("s1", "live"):
            client.ask(session, custom("a"))
        for number in range(3):
            letter = cluster.letter(letter_name(die(cluster, client, "s1").letter_id))
            check(letter["parked"] == (number == 2), f"letter {number}: {letter}")
        refused = client.ask("s1", custom("b"))
        check(refused.outcome == "unused" and refused.reason.startswith("SESSION_PARKED"), f"{refused}")
        check(client.ask("live", custom("b")).outcome == "applied", "another session")
        cluster.kill_broker()
        check(cluster.status()["sessions_parked"] == 1, "parked after SIGKILL")
        refused = client.ask("s1", custom("c"))
        check(refused.reason.startswith("SESSION_PARKED"), f"{refused}")
        check(cluster.lqctl("--dry-run", "session", "resume", "acme/s1")["count"] == 1, "resume --dry-run")
        check(cluster.status()["sessions_parked"] == 1, "a dry run resumed it")
        check(cluster.lqctl("session", "resume", "--parked-by", "load")["count"] == 0, "resume by load")
        check(cluster.lqctl("session", "resume", "--parked-by", "marked")["count"] == 1, "resume by stage")
        applied = client.ask("s1", custom("d"))
        check(applied.outcome == "applied", f"after resume: {applied}")
        cluster.kill_broker()
        check(cluster.status()["sessions_parked"] == 0, "parked again after SIGKILL")
        return "parked by the third letter, over a SIGKILL, until resumed"


def poison_does_not_slow_the_others():
    """The other tenant's rate, in turns without and with poison commands in the same stage."""
    with MarkedCluster() as cluster, WireClient(cluster, "poisoner") as poisoner:
        names = [f"s{number}" for number in range(20)]
        poisoned = [f"p{number}" for number in range(POISON_SESSIONS)]
        cluster.create_sessions("acme", names)
        cluster.create_sessions("poisoner", poisoned)
        rates, died = {False: [], True: []}, 0
        with Traffic(cluster, "acme", names, 2) as traffic:
            wait_until(lambda: len(traffic.client.receipts) > 1000, "the traffic runs")
            for turn in range(2 * POISON_TURNS):
                poison = turn % 2 == 1
                begun, seen = time.monotonic(), len(traffic.client.receipts)
                while time.monotonic() - begun < POISON_TURN_S:
                    due = (time.monotonic() - begun) * POISON_RATE
                    if poison and died < (turn // 2) * POISON_TURN_S * POISON_RATE + due:
                        poisoner.submit(poisoned[died % POISON_SESSIONS],
                                        custom(("crash", "fail", "garbage")[died % 3]))
                        died += 1
                    poisoner.turn(5)
                rates[poison].append((len(traffic.client.receipts) - seen) / (time.monotonic() - begun))
                poisoner.drain()
                states = {entry["state"] for entry in cluster.instances().values()}
                check("FAILED" not in states, f"turn {turn}: states {states}")
            client = traffic.stop()
        check(poisoner.by_outcome == {"dead_lettered": died}, f"{poisoner.by_outcome}")
        check(died == round(POISON_TURNS * POISON_TURN_S * POISON_RATE), f"{died} poison commands")
        check(set(client.by_outcome) == {"applied"}, f"{client.by_outcome}")
        check(len(cluster.letters("--tenant", "acme")) == 0, "letters of the other tenant")
        states = {entry["state"] for entry in cluster.instances().values()}
        check(states == {"ready"}, f"states {states}")
        ratio = statistics.median(bad / good for bad, good in zip(rates[True], rates[False]))
        check(ratio >= POISON_RATIO_MIN, f"the others' rate falls to {ratio:.2f}")
        return (f"{died} poison commands ({dict(poisoner.by_outcome)}); the others' rate with to without "
                f"{ratio:.2f}, {statistics.median(rates[False]):.0f} receipts a second")


def a_stopped_actor_is_no_ones_fault_but_a_stopper_is():
    with MarkedCluster() as cluster, WireClient(cluster, "acme") as client:
        cluster.create_sessions("acme", ["s1", "s2"])
        client.ask("s1", custom("a"))
        receipt = client.ask("s1", custom("stop"))
        check(receipt.outcome == "dead_lettered", f"{receipt}")
        letter = cluster.letter(letter_name(receipt.letter_id))
        check(letter["tries"] == TRIES and letter["error"] in ("States.Timeout", "Actor.Crashed"), f"{letter}")
        for instance in ("marked-1", "marked-2"):
            cluster.wait_pid(instance)
        pid = cluster.freeze("marked-1")
        other = cluster.freeze("marked-2")
        after = client.ask("s2", custom("b"))
        check(after.outcome == "applied", f"{after}")
        cluster.thaw(pid)
        cluster.thaw(other)
        check(cluster.status()["letters_total"] == 1, "a letter for a frozen actor")
        return f"{letter['error']} after {letter['tries']} tries; a command waited for frozen actors"


if __name__ == "__main__":
    run_tests("dead_letters", [
        only_the_marked_command_dies, lqctl_handles_letters, a_redrive_is_applied_once,
        three_deaths_park_a_session, poison_does_not_slow_the_others,
        a_stopped_actor_is_no_ones_fault_but_a_stopper_is])
