#!/usr/bin/python3
# SPDX-License-Identifier: MPL-2.0
# SPDX-FileCopyrightText: The LedgerQuest Engine authors
"""What poisoned commands leave behind: who is charged, what becomes of letters when the broker dies in the middle
of an operator's request, what full letters and parked sessions say; and that what is not there leaves nothing."""

import collections
import json
import pathlib
import subprocess
import tempfile
import threading
import time

import zmq

from cluster import BIN, SANITIZED, SLOWNESS, WAIT_S, Cluster, check, run_tests, wait_until
from test_dead_letters import MARKS, TRIES, MarkedCluster, check_letter, die, letter_name
from wire_client import WireClient, client_pb2, custom

ADMIN, ADMIN_REPLY = 34, 49
LIST, SHOW, ACKNOWLEDGE, REDRIVE, PURGE = 9, 10, 11, 12, 13
UNKNOWN, UNKNOWN_AT_ONCE, GROWTH_KIB_MAX = 10000, 500, 1024


def wall_ns():
    return time.time_ns()


def stage_of(status, name):
    return next(stage for stage in status["stages"] if stage["name"].lower() == name)


# ---- who is charged ----

def neighbours_are_not_charged():
    """One SUBMIT: a, the marked command and b in one tick, and ticks of other sessions in the same dispatch.
    A named command costs three tries. An unnamed one costs three for its tick and, when the tick is cut,
    three for itself; a neighbour that was charged would make them more."""
    with MarkedCluster() as cluster, WireClient(cluster, "acme") as client:
        neighbours = [f"n{number}" for number in range(20)]
        cluster.create_sessions("acme", [*MARKS, *neighbours])
        client.repeat_s = 60  # a copy of a command would be a duplicate, and blur the counts
        counted = {}
        for mark in MARKS:
            before, begun = cluster.status(), wall_ns()
            for text in ("a", mark, "b"):
                tag = client.submit(mark, custom(text))
                if text == mark:
                    sequence = client.waiting[tag].sequence
            for name in neighbours:
                client.submit(name, custom("n"))
            seen = len(client.receipts)
            client.drain()
            outcomes = collections.Counter(receipt.outcome for receipt in client.receipts[seen:])
            check(outcomes == {"applied": 2 + len(neighbours), "dead_lettered": 1}, f"{mark}: {outcomes}")
            dead = next(receipt for receipt in client.receipts[seen:] if receipt.outcome == "dead_lettered")
            letter = cluster.letter(letter_name(dead.letter_id))
            check_letter(letter, mark, mark, client, sequence)
            check(begun <= letter["first_wall_ns"] <= letter["last_wall_ns"] <= wall_ns(), f"{mark}: {letter}")
            after = wait_until(lambda: (status := cluster.status())["executions_open"] == 0 and status, "idle")
            stage = MARKS[mark][0]
            failures = stage_of(after, stage)["failures"] - stage_of(before, stage)["failures"]
            retries = after["retries"] - before["retries"]
            expected = TRIES if mark == "fail" else 2 * TRIES
            counted[mark] = failures
            check(failures >= expected and retries >= expected - expected // TRIES,
                  f"{mark}: {failures} failures, {retries} retries")
            # A slow build's healthy ticks may run out of their 300 ms.
            check(SANITIZED or (failures, retries) == (expected, expected - expected // TRIES),
                  f"{mark}: somebody else was charged: {failures} failures, {retries} retries")
            check(after["letters_total"] - before["letters_total"] == 1, f"{mark}: letters")
            frames = {cluster.session(f"acme/{name}")["frame"] for name in neighbours}
            check(len(frames) == 1, f"{mark}: the neighbours' frames {frames}")
        return f"charged tries by mark {counted}, {len(neighbours)} neighbours in one dispatch never"


# ---- the broker dies in the middle of an operator's request ----

class DyingBroker(threading.Thread):
    """Stands between lqctl and the broker, and kills that once at a request of one kind: `before` it is
    passed on, `during` (it was passed on just now), or `after` the answer came, which is then lost."""

    def __init__(self, cluster, kind, step):
        super().__init__(daemon=True)
        self.cluster, self.kind, self.step = cluster, kind, step
        self.folder = pathlib.Path(tempfile.mkdtemp(dir=cluster.folder))
        self.config = self.folder / "c.cfg"
        self.config.write_text(cluster.config.read_text().replace(
            f'runtime_dir = "{cluster.run}/runtime"', f'runtime_dir = "{self.folder}"'))
        self.halt, self.killed, self.tags = threading.Event(), None, set()
        self.context = zmq.Context()
        self.front = self.context.socket(zmq.ROUTER)
        self.back = self.context.socket(zmq.DEALER)
        for socket in (self.front, self.back):
            socket.setsockopt(zmq.LINGER, 0)
        self.back.setsockopt(zmq.RECONNECT_IVL, 10)
        self.back.setsockopt(zmq.RECONNECT_IVL_MAX, 50)
        self.front.bind(f"ipc://{self.folder}/clients.sock")
        self.back.connect(f"ipc://{cluster.run}/runtime/clients.sock")
        self.peer = None

    def kill(self):
        self.killed = self.cluster.kill("broker")

    def on_request(self, parts):
        self.peer = parts[0]
        meant = False
        if parts[1][3] == ADMIN:
            request = client_pb2.AdminRequest.FromString(parts[1][4:])
            meant = self.killed is None and request.kind == self.kind
            if meant:
                self.tags.add(request.tag)
        if meant and self.step == "before":
            self.kill()
        self.back.send_multipart(parts[1:])
        if meant and self.step == "during":
            self.kill()

    def on_answer(self, parts):
        if (parts[0][3] == ADMIN_REPLY and self.step == "after" and self.killed is None
                and client_pb2.AdminReply.FromString(parts[0][4:]).tag in self.tags):
            self.kill()
            return
        if self.peer is not None:
            self.front.send_multipart([self.peer, *parts])

    def run(self):
        poller = zmq.Poller()
        for socket in (self.front, self.back):
            poller.register(socket, zmq.POLLIN)
        while not self.halt.is_set():
            ready = dict(poller.poll(20))
            if self.front in ready:
                self.on_request(self.front.recv_multipart())
            if self.back in ready:
                self.on_answer(self.back.recv_multipart())

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.halt.set()
        self.join()
        self.front.close()
        self.back.close()
        self.context.term()

    def lqctl(self, *words):
        """(exit code, document, stderr) of lqctl through this."""
        done = subprocess.run([str(BIN / "lqctl"), "--config", str(self.config), "-o", "json", "--no-input",
                               "--timeout", f"{WAIT_S}s", *words], stdin=subprocess.DEVNULL, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=self.cluster.environment,
                              check=False)
        check(self.killed is not None, f"{words}: the broker was not asked for kind {self.kind}")
        self.cluster.wait_pid("broker", other_than=self.killed)
        check(done.returncode == 0, f"{self.step} {words}: {done.returncode}: {done.stderr}{done.stdout}")
        return json.loads(done.stdout)


STEPS = ("before", "during", "after")


def letters_over_a_dying_broker():
    """Each request of list, show, drain, redrive and purge, with the broker killed before, during and after it:
    each says that it did what it did, and did it once."""
    with MarkedCluster() as cluster:
        work = [("list", LIST), ("show", SHOW), ("drain", LIST), ("drain", SHOW), ("drain", ACKNOWLEDGE),
                ("redrive", REDRIVE), ("purge", PURGE)]
        names = [f"{verb}-{kind}-{step}" for verb, kind in work for step in STEPS]
        cluster.create_sessions("acme", names)
        path = cluster.folder / "receipts"
        with WireClient(cluster, "acme", path) as client:
            for name in names:
                client.submit(name, custom("fail"))
            client.drain()
            ids = {receipt.session: letter_name(receipt.letter_id) for receipt in client.receipts}
            check(client.by_outcome == {"dead_lettered": len(names)}, f"{client.by_outcome}")
            cluster.mend()
            cluster.wait_serving()
            left = dict(ids)
            for verb, kind in work:
                for step in STEPS:
                    name = f"{verb}-{kind}-{step}"
                    with DyingBroker(cluster, kind, step) as broker:
                        try_letter(cluster, broker, verb, name, ids, left)
                    got = {letter["id"] for letter in cluster.letters("--state", "open")}
                    check(got == set(left.values()), f"{name}: open {got ^ set(left.values())}")
            status = cluster.status()
            check(status["letters_open"] == len(left), f"{status['letters_open']} open, {len(left)} expected")
            for name in names:
                state = client.ask(name, custom("fail"), 1)
                wanted = ("dead_lettered" if name in left else
                          "duplicate" if name.startswith("redrive") else "applied")
                check(state.outcome == wanted, f"{name}: {state}, not {wanted}")
        summary, commands = cluster.read_ledger()
        check(summary["ok"], f"{summary}")
        redriven = collections.Counter(entry["session"] for entry in commands if entry.get("letter_id"))
        check(redriven == {name: 1 for name in names if name.startswith("redrive")}, f"{redriven}")
        return f"{len(work) * len(STEPS)} SIGKILLs of the broker at {len(STEPS)} steps of {len(work)} requests"


def try_letter(cluster, broker, verb, name, ids, left):
    letter_id, session = ids[name], f"acme/{name}"
    if verb == "list":
        listed = {letter["id"] for letter in broker.lqctl("dlq", "list", "--state", "open")["letters"]}
        check(listed == set(left.values()), f"{name}: {listed ^ set(left.values())}")
    elif verb == "show":
        shown = broker.lqctl("dlq", "show", letter_id)
        check((shown["id"], shown["session"], shown["tries"]) == (letter_id, name, TRIES), f"{shown}")
    elif verb == "drain":
        file = cluster.folder / f"{name}.jsonl"
        done = broker.lqctl("dlq", "drain", "--session", session, str(file))
        check((done["exported"], done["acknowledged"]) == (1, 1), f"{name}: {done}")
        lines = [json.loads(line) for line in file.read_text().splitlines()]
        check([line["id"] for line in lines] == [letter_id], f"{name}: {lines}")
        del left[name]
    elif verb == "redrive":
        done = broker.lqctl("dlq", "redrive", letter_id)
        check(done["count"] == 1, f"{name}: {done}")
        wait_until(lambda: cluster.letter(letter_id)["state"] == "done", f"{name} is done")
        del left[name]
    else:
        done = broker.lqctl("--yes", "dlq", "purge", letter_id)
        check((done["selected"], done["count"]) == (1, 1), f"{name}: {done}")
        cluster.lqctl("dlq", "show", letter_id, code=3)
        del left[name]


def full_letters_can_be_purged():
    """As many letters as a tenant may have, half of all, each of them in a redrive that waits: an operator gets out."""
    with MarkedCluster("broker\n    letters_max = 4\n") as cluster, WireClient(cluster, "acme") as client:
        cluster.create_sessions("acme", ["s1", "s2", "s3"])
        ids = [letter_name(die(cluster, client, name).letter_id) for name in ("s1", "s2")]
        client.submit("s3", custom("fail"))
        def waits():
            client.turn()
            status = cluster.status()
            return status["executions_open"] == 1 and stage_of(status, "marked")["failures"] >= 3 * TRIES
        wait_until(waits, "the third waits for room")
        check(not client.receipts[2:], f"{client.receipts[2:]}")
        wait_until(lambda: "the dead letters are full" in cluster.log_text("broker"), "the log says so")
        check("1 sessions wait" in cluster.status().get("notice", ""), f"{cluster.status()}")
        cluster.ledgerquest("scale", "load=0")
        wait_until(lambda: stage_of(cluster.status(), "load")["actors"] == 0, "no load")
        check(cluster.lqctl("dlq", "redrive", *ids)["count"] == 2, "redrive")
        code, plan, errors = cluster.try_lqctl("--dry-run", "dlq", "purge", *ids)
        check(code == 0 and plan["count"] == 2 and "2 of them are being redriven" in errors, f"{plan} {errors}")
        code, done, errors = cluster.try_lqctl("--yes", "dlq", "purge", "--all")
        check(done["count"] == 0 and "were left out" in errors, f"{done} {errors}")
        code, done, errors = cluster.try_lqctl("--yes", "dlq", "purge", *ids)
        check(code == 0 and done["count"] == 2 and "2 of them are being redriven" in errors, f"{done} {errors}")
        client.drain()
        check(client.receipts[2].outcome == "dead_lettered", f"{client.receipts[2]}")
        cluster.mend()
        cluster.ledgerquest("scale", "load=2")
        cluster.wait_serving()
        for name in ("s1", "s2"):  # purged on their way, and applied all the same
            wait_until(lambda name=name: cluster.session(f"acme/{name}")["frame"] == 1, f"{name} goes on")
            check(client.ask(name, custom("fail"), 1).outcome == "duplicate", f"{name}")
        check(cluster.status()["letters_open"] == 1 and len(cluster.letters()) == 1, "letters")
        return "2 letters purged out of their redrives, the third found room, the redriven are in the ledger once"


def a_parked_session_tells_the_truth():
    """What is in the ledger is a duplicate, not `unused`, also while the session is parked."""
    with MarkedCluster() as cluster, WireClient(cluster, "acme") as client, \
            WireClient(cluster, "acme") as poisoner:
        cluster.create_sessions("acme", ["s1"])
        applied = client.ask("s1", custom("a"))
        for _ in range(3):
            die(cluster, poisoner, "s1")
        check(cluster.status()["sessions_parked"] == 1, "not parked")
        for turn in range(2):
            again = client.ask("s1", custom("a"), 1)  # its receipt was lost on the way
            check((again.outcome, again.frame) == ("duplicate", applied.frame), f"{turn}: {again}")
            other = client.ask("s1", custom("b"), 2)
            check(other.outcome == "unused" and other.reason.startswith("SESSION_PARKED"), f"{turn}: {other}")
            if turn == 0:
                cluster.kill_broker()
        check(cluster.session("acme/s1")["frame"] == applied.frame, "a parked session ticked")
        cluster.lqctl("session", "resume", "acme/s1")
        check(client.ask("s1", custom("b"), 2).outcome == "applied", "after resume")
        return "the committed one is a duplicate before and after a SIGKILL, the new one unused"


# ---- nothing is left of what is not there ----

def anonymous_kib(pid):
    with open(f"/proc/{pid}/status", encoding="ascii") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("RssAnon:"))


def unknown_sessions_leave_nothing():
    with Cluster() as cluster, WireClient(cluster, "acme") as client, WireClient(cluster, "nobody") as other:
        cluster.create_sessions("acme", ["s1"])
        client.ask("s1", custom("a"))
        cluster.lqctl("session", "list", "acme")

        def submit(first, count):
            for begin in range(first, first + count, UNKNOWN_AT_ONCE):
                for number in range(begin, begin + UNKNOWN_AT_ONCE):
                    (client if number % 2 else other).submit(f"x{number}", custom("a"))
                while client.waiting or other.waiting:
                    client.turn(1)
                    other.turn(1)
            return wait_until(lambda: (status := cluster.status())["executions_open"] == 0 and status, "idle")
        before = submit(0, 2000)  # the pools' pages, and those of the stages, are touched once
        pid = cluster.pid("broker")
        rss = anonymous_kib(pid)
        after = submit(2000, UNKNOWN)
        growth = anonymous_kib(pid) - rss
        receipts = client.receipts[1:] + other.receipts
        reasons = {receipt.reason for receipt in receipts}
        check(len(receipts) == 2000 + UNKNOWN and {receipt.outcome for receipt in receipts} == {"unused"},
              f"{client.by_outcome} {other.by_outcome}")
        check(after["letters_total"] == 0 and cluster.lqctl("dlq", "list")["count"] == 0, "letters")
        for what in ("sessions_resident", "sessions_live", "sessions_parked", "executions_open", "payload_bytes"):
            check(after[what] == before[what] == 0, f"{what}: {before[what]} became {after[what]}")
        check([entry["session"] for entry in cluster.lqctl("session", "list", "acme")["sessions"]] == ["s1"],
              "sessions appeared")
        check(cluster.pid("broker") == pid, "the broker died")
        check(SANITIZED or growth <= GROWTH_KIB_MAX, f"the broker grew by {growth} KiB")
        return (f"{UNKNOWN} refused ({', '.join(sorted(reasons))}), no letter, no session; RssAnon of the broker "
                f"{rss} KiB, {growth:+d} KiB")


def what_is_not_there_is_said():
    with Cluster(start=False) as cluster:
        begun = time.monotonic()
        done = subprocess.run([str(BIN / "lqctl"), "--config", str(cluster.config), "status"], text=True,
                              capture_output=True, env=cluster.environment, check=False)
        took = time.monotonic() - begun
        check(done.returncode == 69 and "no broker serves in" in done.stderr, f"{done}")
        check(took < 3 * SLOWNESS, f"status without a broker took {took:.1f} s")
        cluster.ledgerquest("up")
        cluster.create_sessions("acme", ["s1"])
        for name in ("acme/s2", "other/s1"):
            code, _, errors = cluster.try_lqctl("watch", name)
            check(code == 3 and "no such" in errors, f"watch {name}: {code} {errors}")
        for program in ("lq-stage-score", "lq-physics", "lq-persist"):
            done = subprocess.run([str(BIN / program), "--help"], text=True, capture_output=True, check=False)
            check(f"{program} --config" in done.stdout.splitlines()[0], f"{done.stdout.splitlines()[0]}")
        return f"status without a broker: exit code 69 after {took:.1f} s; watch of an unknown session: 3"


if __name__ == "__main__":
    run_tests("poison", [
        neighbours_are_not_charged, letters_over_a_dying_broker, full_letters_can_be_purged, a_parked_session_tells_the_truth,
        unknown_sessions_leave_nothing, what_is_not_there_is_said])
