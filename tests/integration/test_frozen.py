#!/usr/bin/python3
# SPDX-License-Identifier: MPL-2.0
# SPDX-FileCopyrightText: The LedgerQuest Engine authors
"""The short form of frozen, and what it does not look at: what status says meanwhile, who is left alone, and a
stage without any of our code.

    test_frozen.py [TEST ...] [--seed N]"""

import argparse
import json
import os
import signal
import struct
import subprocess
import sys
import time

import freezing
from cluster import BIN, ROOT, SLOWNESS, WAIT_S, Cluster, check, run_tests, wait_until
from test_user_stages import ScoreCluster
from wire_client import WireClient, custom, join

ROUNDS, SESSIONS = 5, 20
SILENCE_S = 3.0  # broker/silence_ms
WITHIN_S = SILENCE_S + 10.0 * SLOWNESS  # frozen itself is strict
SIGN_AT = 16  # in a progress cell

options = None


def parse_options():
    parser = argparse.ArgumentParser()
    parser.add_argument("test", nargs="*", help="only these")
    parser.add_argument("--seed", type=int, default=int(time.time()))
    return parser.parse_args()


def a_few_rounds_lose_nothing():
    result = freezing.run(freezing.Options(options.seed, ROUNDS, SESSIONS, WITHIN_S), print)
    check(not result["breaches"], f"{len(result['breaches'])} breaches: {result['breaches'][:2]}")
    return (f"{result['rounds']} rounds, the slowest took {result['slowest_s']} s, "
            f"{result['receipts']} receipts, every one once in the ledger")


def states(cluster):
    code, document, _ = cluster.try_lqctl("status")
    if document is None:
        return code, None, {}
    return code, document["healthy"], {entry["instance"]: entry for entry in document["actors"]}


def sign_of(cluster, instance):
    content = (cluster.run / "runtime" / "progress" / instance).read_bytes()
    return struct.unpack_from("<Q", content, SIGN_AT)[0]


def status_names_the_silent():
    """Before the limit: DEGRADED, and who; thawed it says READY and keeps its process."""
    with Cluster(options="broker\n    silence_ms = 120000\n") as cluster:
        before = cluster.pids()
        pids = [cluster.freeze("persist-1"), cluster.freeze("physics-2")]
        cluster.kill("broker")

        def both():
            _, healthy, actors = states(cluster)
            silent = sorted(name for name, entry in actors.items() if entry["state"] == "silent")
            return healthy is False and silent == ["persist-1", "physics-2"] and actors
        actors = wait_until(both, "status names the silent")
        check(actors["physics-2"]["pid"] == pids[1] and actors["physics-2"]["stage"] == "physics", f"{actors}")
        code, text = cluster.try_ledgerquest("status")
        check(code == 1 and "DEGRADED: silent: " in text and "persist-1" in text.splitlines()[0], f"{code} {text}")
        entries = cluster.instances()
        said = sorted(name for name, entry in entries.items() if entry["state"] == "silent")
        check(said == ["persist-1", "physics-2"], f"{entries}")
        text = subprocess.run([str(BIN / "lqctl"), "--config", str(cluster.config), "status"], text=True,
                              stdout=subprocess.PIPE, env=cluster.environment, check=False).stdout
        check("DEGRADED" in text and f"persist-1 (pid {pids[0]}) is silent" in text, text)
        for pid in pids:
            cluster.thaw(pid)
        cluster.wait_serving()
        wait_until(lambda: states(cluster)[2].get("physics-2", {}).get("state") == "ready", "physics-2 is ready")
        after = cluster.pids()
        check({name: pid for name, pid in after.items() if name != "broker"}
              == {name: pid for name, pid in before.items() if name != "broker"}, f"{before} became {after}")
        code, text = cluster.try_ledgerquest("status")
        check(code == 0 and "DEGRADED" not in text, f"{code} {text}")
        check("killed" not in cluster.log_text("broker"), "the broker killed somebody")
        return "two silent ones named by lqctl and ledgerquest, none once they were thawed, none killed"


def a_frozen_broker_is_named():
    with Cluster() as cluster:
        pid = cluster.freeze("broker")
        code, text = cluster.try_ledgerquest("status")
        check(code == 1 and "DEGRADED: silent: broker" in text.splitlines()[0], f"{code} {text}")
        cluster.thaw(pid)
        cluster.wait_serving()
        code, text = cluster.try_ledgerquest("status")
        check(code == 0 and "silent" not in text, f"{code} {text}")
        return "named while it stood, not afterwards"


def thawed_while_there_was_no_broker():
    """It stood longer than the limit, but it moves when the next broker looks."""
    with Cluster() as cluster, WireClient(cluster, "acme") as client:
        cluster.create_sessions("acme", ["s1"])
        client.ask("s1", join())
        before = {name: pid for name, pid in cluster.pids().items() if name != "broker"}
        subprocess.run(["s6-svc", "-wd", "-T", str(1000 * WAIT_S), "-d", str(cluster.run / "instances" / "broker")],
                       check=True)
        pids = {name: cluster.freeze(name) for name in before}
        longest = SILENCE_S + 1.0
        wait_until(lambda: all(time.monotonic_ns() - sign_of(cluster, name) > longest * 1e9 for name in pids),
                   "they stood for longer than the limit")
        for pid in pids.values():
            cluster.thaw(pid)
        cluster.ledgerquest("up")
        cluster.wait_serving()
        check(client.ask("s1", custom("x")).outcome == "refused", "service")
        after = {name: pid for name, pid in cluster.pids().items() if name != "broker"}
        check(before == after, f"{before} became {after}")
        check("killed" not in cluster.log_text("broker"), "the broker killed somebody")
        return f"{len(pids)} actors stood for {longest} s without a broker, and kept their processes"


def what_only_looks_like_a_cell_is_nothing():
    """Files that nobody holds, of any content; and the locks of a process that gives no signs."""
    with Cluster() as cluster:
        folder = cluster.run / "runtime" / "progress"
        before = cluster.pids()
        (folder / "physics-7").write_bytes(b"")
        (folder / "physics-8").write_bytes(os.urandom(1 << 16))
        (folder / "physics-9").symlink_to("/dev/zero")
        os.mkfifo(folder / "physics-10")
        (folder / "physics-11").mkdir()
        holder = subprocess.Popen([sys.executable, "-c", HOLD, str(folder / "persist-2")], text=True,
                                  stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        try:
            check(holder.stdout.readline() == "held\n", "the lock is held")
            old = cluster.kill("broker")
            cluster.wait_pid("broker", other_than=old)
            looks = cluster.wait_serving()["uptime_ms"] + (SILENCE_S + 1.0) * 1000
            wait_until(lambda: cluster.status()["uptime_ms"] > looks, "the broker has looked for long enough")
            check(holder.poll() is None, "a process that gives no signs was killed")
            check(cluster.status()["healthy"], f"{cluster.status()}")
            check({**cluster.pids(), "broker": 0} == {**before, "broker": 0}, "somebody else was killed")
        finally:
            holder.kill()
            holder.communicate()
        return "5 files and a lock: nobody killed, nothing silent"


HOLD = """
import fcntl, struct, sys
file = open(sys.argv[1], "w+b", buffering=0)
file.write(struct.pack("<QQQQ32s", 0, 0, 0, 0, b"persist"))
fcntl.lockf(file, fcntl.LOCK_EX)
print("held", flush=True)
sys.stdin.read()
"""


FREEZE = """
import sys
sys.path[:0] = [sys.argv[1]]
import fcntl, os, signal, struct, time, types, zmq
from test_pids import Pretender
file = open(f"{sys.argv[2]}/runtime/progress/{sys.argv[3]}", "w+b", buffering=0)
file.write(struct.pack("<QQQQ32s", 0, 0, time.monotonic_ns(), 0, b"physics"))
fcntl.lockf(file, fcntl.LOCK_EX)
if sys.argv[4] == "between":
    cluster = types.SimpleNamespace(run=sys.argv[2])
    pretender = Pretender(cluster, zmq.Context())
print("held", flush=True)
while sys.argv[4] == "busy":
    os.pwrite(file.fileno(), struct.pack("<Q", time.monotonic_ns()), 16)
    time.sleep(0.25)
os.kill(os.getpid(), signal.SIGSTOP)
"""


def frozen_before_it_is_ready():
    """Under a broker that lives: before its first word, and between READY(0) and READY(e). One that is busy (its
    store takes long to open) gives signs of life, and is left alone."""
    with Cluster() as cluster:
        processes = {way: subprocess.Popen(
            [sys.executable, "-c", FREEZE, str(ROOT / "tests" / "integration"), str(cluster.run), f"physics-{way}", way],
            text=True, stdout=subprocess.PIPE) for way in ("mute", "between", "busy")}
        try:
            for way, process in processes.items():
                check(process.stdout.readline() == "held\n", f"{way}: the cell is held")
            for way in ("mute", "between"):
                code = processes[way].wait(WAIT_S)
                check(code == -signal.SIGKILL, f"{way}: ended with {code}")
                pid = processes[way].pid
                check(f"physics-{way} (pid {pid}) has been silent" in cluster.log_text("broker"), f"{way}: the log")
            check(processes["busy"].poll() is None, "the busy one was killed")
            check(cluster.status()["healthy"], "one that is busy makes nothing DEGRADED")
        finally:
            for process in processes.values():
                process.kill()
                process.communicate()
        return "two killed, the busy one left alone"


def a_stage_in_python_is_replaced():
    program = ROOT / "examples" / "stage_in_python" / "score.py"
    with ScoreCluster([sys.executable, str(program)], "stage_in_python") as cluster, \
            WireClient(cluster, "acme") as client:
        cluster.create_sessions("acme", ["s1"])
        remote = [entry["instance"] for entry in cluster.status()["actors"] if entry["remote"]]
        check(not remote, f"remote: {remote}")
        pids = {name: cluster.freeze(name) for name in ("score-1", "score-2")}
        cluster.kill("broker")
        for name, pid in pids.items():
            cluster.wait_pid(name, other_than=pid)
            cluster.frozen.discard(pid)
        check(client.ask("s1", custom("+1")).outcome == "applied", "it counts")
        code, text = cluster.try_ledgerquest("down")
        check(code == 0, text)
        return json.dumps(sorted(pids))


if __name__ == "__main__":
    options = parse_options()
    sys.argv[1:] = options.test
    run_tests("frozen", [a_few_rounds_lose_nothing, status_names_the_silent, a_frozen_broker_is_named,
                         thawed_while_there_was_no_broker, what_only_looks_like_a_cell_is_nothing,
                         frozen_before_it_is_ready, a_stage_in_python_is_replaced])
