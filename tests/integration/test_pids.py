#!/usr/bin/python3
# SPDX-License-Identifier: MPL-2.0
# SPDX-FileCopyrightText: The LedgerQuest Engine authors
# not sanitized: it is about processes and what the kernel says of them
"""A number in a READY is not a process: nobody is killed or watched by what a message says, only by what the
kernel says of its sender. And the broker's log tells who died, and who pauses."""

import os
import re
import signal
import subprocess
import sys

import zmq

from cluster import BIN, ROOT, WAIT_S, Cluster, Failed, check, run_tests, wait_until
from wire_client import Traffic, actor_pb2, header

READY, HEARTBEAT, WELCOME = 1, 5, 16
SILENCE_MS = 3000  # broker/silence_ms
OF_NO_POLICY = 99  # a version that gets no work
REPEATS = 600  # more than the broker can watch


class Pretender:
    """A connection that says READY under any name and pid, and then nothing."""

    def __init__(self, cluster, context):
        self.socket = context.socket(zmq.DEALER)
        self.socket.setsockopt(zmq.LINGER, 0)
        self.socket.connect(f"ipc://{cluster.run}/runtime/actors.sock")
        self.epoch = 0
        self.say(HEARTBEAT, actor_pb2.Heartbeat(epoch=0))
        self.epoch = self.welcome()

    def say(self, kind, message):
        self.socket.send(header(kind, message))

    def welcome(self):
        while True:
            check(self.socket.poll(WAIT_S * 1000), "no WELCOME")
            parts = self.socket.recv_multipart()
            if parts[0][3] == WELCOME:
                return actor_pb2.Welcome.FromString(parts[0][4:]).epoch
            check(parts[0][3] == HEARTBEAT, f"no WELCOME: {parts[0][:4]!r}")

    def ready(self, instance, pid, stage="physics", version=OF_NO_POLICY):
        self.say(READY, actor_pb2.Ready(epoch=self.epoch, stage=stage, version=version, instance=instance, pid=pid,
                                        credit=1, items_max=1, bytes_max=1 << 20))
        self.welcome()


def actor(cluster, instance):
    return next((entry for entry in cluster.status()["actors"] if entry["instance"] == instance), None)


def broker_says(cluster, pattern, what):
    return wait_until(lambda: re.search(pattern, cluster.log_text("broker")), what)


def parent_of(pid):
    with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as file:
        return int(file.read().rsplit(")", 1)[1].split()[1])


def no_stranger_is_killed():
    with Cluster() as cluster, subprocess.Popen(["sleep", "600"]) as stranger, zmq.Context() as context:
        try:
            broker, before = cluster.wait_pid("broker"), cluster.pids()
            supervisor = parent_of(broker)
            pids = {"stranger": stranger.pid, "broker": broker, "supervisor": supervisor,
                    "scanner": parent_of(supervisor), "persist": before["persist-1"], "init": 1, "nobody": 0,
                    "huge": 2 ** 31 + stranger.pid, "last": 2 ** 32 - 1, "thisone": parent_of(os.getpid())}
            pretenders = []
            for name, pid in pids.items():
                for stage in ("physics", "nosuch"):
                    pretenders.append((f"{name}-{stage}", Pretender(cluster, context)))
                    pretenders[-1][1].ready(pretenders[-1][0], pid, stage)
            # Where all this takes its time, the first are given up by now: what the log says of them is seen below.
            listed = {entry["instance"]: entry for entry in cluster.status()["actors"]}
            for instance, _ in pretenders:
                check(instance not in listed or listed[instance]["remote"], f"{instance} counts as local")
            check("is not proven" in cluster.log_text("broker"), "the log says that a pid is not proven")
            for instance, _ in pretenders:
                broker_says(cluster, rf"{instance} \(stage \w+, pid \d+\) is given up: it was silent too long, and is "
                            "remote", f"{instance} is given up")
            check("ms: killed" not in cluster.log_text("broker"), "the broker killed somebody")
            check(stranger.poll() is None, f"the stranger is dead: {stranger.returncode}")
            check(cluster.pids() == before and parent_of(broker) == supervisor, f"{before} became {cluster.pids()}")
            for _, pretender in pretenders:
                pretender.socket.close()
            return f"{len(pids)} pids, each under a stage that there is and one that there is not: nobody killed"
        finally:
            stranger.kill()


def nobody_speaks_for_another():
    """Under the name of a living actor and its own pid: that one is displaced for a moment, not killed."""
    with Cluster() as cluster, zmq.Context() as context:
        before = cluster.pids()
        pretender = Pretender(cluster, context)
        pretender.ready("physics-1", before["physics-1"])
        wait_until(lambda: not (actor(cluster, "physics-1") or {"remote": True})["remote"], "the real one is back")
        until = cluster.status()["uptime_ms"] + 2 * SILENCE_MS
        wait_until(lambda: cluster.status()["uptime_ms"] > until, "the pretender is silent for long enough")
        check(cluster.pids() == before, f"{before} became {cluster.pids()}")
        check(actor(cluster, "physics-1")["state"] == "ready", f"{actor(cluster, 'physics-1')}")
        pretender.socket.close()
        return "displaced and back, with the same process"


HONEST = """
import sys
sys.path[:0] = [sys.argv[1]]
import os, time, types, zmq
from test_pids import Pretender
cluster = types.SimpleNamespace(run=sys.argv[2])
pretender = Pretender(cluster, zmq.Context())
for _ in range(int(sys.argv[3])):
    pretender.ready("physics-9", os.getpid(), sys.argv[4])
print("ready", flush=True)
sys.stdin.read()
"""


def honest_process(cluster, repeats=1, stage="physics"):
    process = subprocess.Popen([sys.executable, "-c", HONEST, str(ROOT / "tests" / "integration"), str(cluster.run),
                                str(repeats), stage], text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    try:
        check(process.stdout.readline() == "ready\n", "it says READY")
    except Failed:
        process.kill()
        raise
    return process


def what_is_proven_is_killed():
    """An actor that leaves no cell: its connection tells who it is."""
    with Cluster() as cluster:
        process = honest_process(cluster)
        try:
            check(not actor(cluster, "physics-9")["remote"], "its pid is not believed")
            check(process.wait(WAIT_S) == -signal.SIGKILL, f"it ended with {process.returncode}")
        finally:
            process.kill()
            process.communicate()
        broker_says(cluster, rf"physics-9 \(pid {process.pid}\) has been silent for 3000 ms: killed", "the log says so")
        return "silent for 3 s, then killed"


def of_no_stage_it_is_not_even_watched():
    """What it says of itself is true; but nothing waits for it, so its silence is nobody's business."""
    with Cluster() as cluster:
        process = honest_process(cluster, stage="nosuch")
        try:
            check(actor(cluster, "physics-9")["remote"], "it is watched")
            broker_says(cluster, r"physics-9 \(stage nosuch, pid \d+\) is given up", "it is given up")
            check(process.poll() is None, f"it was killed: {process.returncode}")
        finally:
            process.kill()
            process.communicate()
        return "given up after 3 s, not killed"


def said_often_it_is_watched_once():
    with Cluster() as cluster:
        folder = f"/proc/{cluster.wait_pid('broker')}/fd"
        before = len(os.listdir(folder))
        process = honest_process(cluster, REPEATS)
        try:
            grown = len(os.listdir(folder)) - before
        finally:
            process.kill()
            process.communicate()
        lines = cluster.log_text("broker").count("physics-9 is ready")
        check(lines == 1, f"{lines} lines of {REPEATS} READYs that say the same")
        check(grown <= 4, f"{grown} descriptors more after {REPEATS} READYs of one process")
        wait_until(lambda: len(os.listdir(folder)) <= before + 2, "its death gives them back")
        # There is room for others: one that starts now is watched.
        old = cluster.kill("physics-1")
        cluster.wait_pid("physics-1", other_than=old)
        check(not actor(cluster, "physics-1")["remote"], "no room to watch another")
        return f"{REPEATS} READYs, {grown} descriptors more"


def another_pid_namespace_kills_nobody():
    """There, an actor's own number is 1, which is somebody else here."""
    command = ["unshare", "--pid", "--fork"] if os.geteuid() == 0 else ["unshare", "-r", "--pid", "--fork"]
    if subprocess.run([*command, "true"], stderr=subprocess.DEVNULL, check=False).returncode != 0:
        return "not tried: no pid namespaces here"
    with Cluster() as cluster:
        before = cluster.pids()
        process = subprocess.Popen([*command, str(BIN / "lq-physics"), "--config", str(cluster.config),
                                    "--instance", "physics-9"], stderr=subprocess.DEVNULL)
        try:
            wait_until(lambda: (actor(cluster, "physics-9") or {}).get("state") == "ready", "it is ready")
            entry = actor(cluster, "physics-9")
            check(entry["pid"] == 1 and entry["remote"], f"{entry}")
            with open(f"/proc/{process.pid}/task/{process.pid}/children", encoding="ascii") as file:
                inner = int(file.read().split()[0])
            os.kill(inner, signal.SIGSTOP)
            # Its cell is another witness, and tells the number that it has here.
            broker_says(cluster, r"physics-9 .*given up: it was silent too long, and is remote", "it is given up")
            broker_says(cluster, rf"physics-9 \(pid {inner}\) has been silent", "it is found by its cell")
            process.wait(WAIT_S)
        finally:
            process.kill()
            process.wait()
        check(cluster.pids() == before, f"{before} became {cluster.pids()}")
        return "given up under pid 1, found under its own"


def behind_a_proxy_the_cell_tells():
    with Cluster(proxied=dict(seed=1, drop=0, duplicate=0, delay=0)) as cluster:
        cluster.wait_serving()
        remote = [entry["instance"] for entry in cluster.status()["actors"] if entry["remote"]]
        check(not remote, f"remote: {remote}")
        pid = cluster.freeze("persist-1")
        cluster.wait_pid("persist-1", other_than=pid)
        cluster.frozen.discard(pid)
        broker_says(cluster, rf"persist-1 \(pid {pid}\) has been silent for 3000 ms: killed", "the log says so")
        return "all local, the frozen one killed"


def the_log_tells_who_died_and_who_pauses():
    with Cluster() as cluster:
        names = [f"s{number}" for number in range(50)]
        cluster.create_sessions("acme", names, "--rate", "20")
        with Traffic(cluster, "acme", names, depth=4) as traffic:
            held = 0
            for turn in range(20):  # in turn: while one of them has enough to do, the other one has nothing
                victim = f"physics-{1 + turn % 2}"
                old = cluster.kill(victim)
                cluster.wait_pid(victim, other_than=old)
                found = broker_says(cluster, rf"{victim} \(stage physics, pid {old}\) is given up: its process ended; "
                                    r"it held (\d+) items", "its death stands in the log")
                held += int(found.group(1))
                if held:
                    break
            check(held > 0, "it never held an item")
            retiring = cluster.wait_pid("physics-2")
            cluster.ledgerquest("scale", "physics=1")
            broker_says(cluster, r"physics-2 pauses: retiring", "who retires stands in the log")
            wait_until(lambda: not os.path.exists(f"/proc/{retiring}"), "it ends")
            traffic.stop()
            check(f"physics-2 (stage physics, pid {retiring})" not in cluster.log_text("broker"),
                  "an orderly end is no death")
        return f"{held} items held"


if __name__ == "__main__":
    run_tests("pids", [no_stranger_is_killed, nobody_speaks_for_another, what_is_proven_is_killed,
                       of_no_stage_it_is_not_even_watched, said_often_it_is_watched_once, another_pid_namespace_kills_nobody,
                       behind_a_proxy_the_cell_tells, the_log_tells_who_died_and_who_pauses])
