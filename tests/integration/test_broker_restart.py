#!/usr/bin/python3
# SPDX-License-Identifier: MPL-2.0
# SPDX-FileCopyrightText: The LedgerQuest Engine authors
# alone with gcc: judges in seconds how soon sessions tick again
"""The broker's death and return; second processes on a taken folder; starts that must be refused with a
clear message while nothing is touched."""

import json
import os
import time

from cluster import ROOT, SERVERS, SLOWNESS, Cluster, check, run_tests, wait_until
from wire_client import Watcher, WireClient, custom, join

LIVE, RATE = 20, 10
REARMED_WITHIN_S = 1.0 * SLOWNESS
EXIT_CONFIG = 78

def live_sessions_are_armed_again():
    with Cluster() as cluster:
        names = [f"live{number}" for number in range(LIVE)]
        cluster.create_sessions("acme", names, "--rate", str(RATE))
        with Watcher(cluster, *[("acme", name) for name in names]) as watcher, \
                WireClient(cluster, "acme") as client:
            client.ask("live0", join())
            seen = set()
            while len(seen) < LIVE:
                seen.add(watcher.next()[0])
            slowest = 0.0
            for _ in range(3):
                epoch = cluster.status()["epoch"]
                old = cluster.kill("broker")
                cluster.wait_pid("broker", other_than=old)
                ready, seen = time.monotonic(), {}
                while len(seen) < LIVE:
                    got = watcher.next()
                    check(got is not None, f"{len(seen)} of {LIVE} sessions tick again")
                    if got[1].epoch > epoch:
                        seen.setdefault(got[0], time.monotonic() - ready)
                slowest = max(slowest, *seen.values())
                check(client.ask("live0", custom("x")).outcome == "refused", "a command after the restart")
            # One period of the grid passes in any case, and the subscriptions have to come again.
            check(slowest <= REARMED_WITHIN_S, f"the last session ticked after {slowest:.2f} s")
            status = cluster.status()
            check(status["sessions_live"] == LIVE and status["letters_total"] == 0, f"{status}")
        shown = [cluster.session(f"acme/{name}") for name in names]
        missed = sum(entry["missed"] for entry in shown)
        summary, _ = cluster.read_ledger()
        check(summary["ok"] and summary["sessions"] == LIVE, f"{summary}")
        return f"3 kills, all {LIVE} sessions ticked at most {slowest:.2f} s after readiness, {missed} missed"


def what_was_created_is_there():
    """Tenants and sessions created while broker and persist die: each answer holds, each name once."""
    with Cluster() as cluster, Watcher(cluster, ("acme", "last")) as watcher:
        cluster.create_sessions("acme", [])
        names = [f"s{number}" for number in range(12)]
        for number, name in enumerate(names):
            process = cluster.lqctl_process("session", "create", f"acme/{name}", "--rate", "5")
            cluster.kill(("broker", "persist-1")[number % 2])
            _, errors = process.communicate()
            # 1: its first try was carried out, the answer lost, and the second finds the name taken.
            check(process.returncode == 0 or (process.returncode == 1 and "exists" in errors),
                  f"{name}: {process.returncode} {errors}")
        cluster.lqctl("session", "create", "acme/last", "--rate", "20")
        cluster.kill("broker")
        check(watcher.next() is not None, "a session that was just created does not tick")
        status = cluster.wait_serving()
        check(status["sessions_live"] == len(names) + 1, f"{status['sessions_live']} live sessions")
        listed = cluster.lqctl("session", "list", "acme")
        check(sorted(entry["session"] for entry in listed["sessions"]) == sorted([*names, "last"]), f"{listed}")
        wait_until(lambda: all(cluster.session(f"acme/{name}")["frame"] > 0 for name in names), "all tick")
        summary, _ = cluster.read_ledger()
        check(summary["ok"] and summary["sessions"] == len(names) + 1, f"{summary}")
        return f"{len(names)} sessions over {len(names)} kills, all live"


def a_second_process_is_refused():
    with Cluster() as cluster, WireClient(cluster, "acme") as client:
        cluster.create_sessions("acme", ["s1"])
        client.ask("s1", join())
        before, epoch = cluster.pids(), cluster.status()["epoch"]
        said = []
        for program, instance in (("lq-broker", "broker"), ("lq-broker", "broker-2"),
                                  ("lq-persist", "persist-1"), ("lq-persist", "persist-2"),
                                  ("lq-physics", "physics-1")):
            code, output = cluster.try_program(program, "--instance", instance)
            check(code not in (None, 0), f"{instance}: exit code {code}: {output}")
            message = last_error(output)
            check(message, f"{instance} says nothing: {output}")
            said.append(f"{instance} {code}")
            check(client.ask("s1", custom("a")).outcome == "refused", "the first is disturbed")
        check(cluster.pids() == before, f"{before} became {cluster.pids()}")
        status = cluster.status()
        check(status["epoch"] == epoch and status["retries"] == 0, f"{status}")
        check(client.resends == 0, f"{client.resends} resends")
        summary, _ = cluster.read_ledger()
        check(summary["ok"], f"{summary}")
        return ", ".join(said) + "; the first ones undisturbed"


def last_error(output):
    """The text of the last error line of a log."""
    texts = []
    for line in output.splitlines():
        try:
            entry = json.loads(line)
        except ValueError:
            continue
        if entry.get("level") == "error":
            texts.append(entry["message"])
    return texts[-1] if texts else None


def refused(cluster, program, *wanted):
    code, output = cluster.try_program(program)
    message = last_error(output)
    check(code == EXIT_CONFIG, f"{program}: exit code {code}: {output}")
    check(message is not None and all(word in message for word in wanted), f"{program}: {message!r} lacks {wanted}")
    return message


def a_corrupt_configuration_is_refused():
    with Cluster(start=False) as cluster:
        cluster.ledgerquest("up")
        cluster.ledgerquest("down")
        good = cluster.config.read_text()
        lines = good.count("\n")
        bad = {"store\n    map_bites = 5\n": 2, "store\n    map_bytes = many\n": 2, "store\n   odd = indent\n": 2}
        for text, at in bad.items():
            cluster.config.write_text(good + text)
            for program in SERVERS:
                refused(cluster, program, f"ledgerquest.cfg:{lines + at}:")
        code, output = cluster.try_ledgerquest("up")
        check(code != 0 and "FAILED" in output and "ledgerquest.cfg:" in output, f"up: {code} {output}")
        states = {entry["state"] for name, entry in cluster.instances().items() if name == "broker"}
        check(states == {"FAILED"}, f"{states}")
        cluster.config.write_text(good)
        cluster.ledgerquest("up")
        check(cluster.wait_serving()["healthy"], "after mending")
        return f"{len(bad)} bad lines, {len(SERVERS)} programs: exit code {EXIT_CONFIG} with file and line"


def a_wrong_master_key_is_refused():
    with Cluster() as cluster:
        cluster.create_sessions("acme", ["s1"])
        with WireClient(cluster, "acme") as client:
            client.ask("s1", join())
        cluster.ledgerquest("down")
        before = (cluster.ledger / "data.mdb").read_bytes()
        good = cluster.master_key.read_text()
        said = []
        for key, what in ((os.urandom(32).hex() + "\n", "another key"), ("12345\n", "a short key")):
            cluster.master_key.write_text(key)
            for program in ("lq-persist", "lq-load"):
                said.append(refused(cluster, program, "key"))
        check((cluster.ledger / "data.mdb").read_bytes() == before, "the ledger was touched")
        cluster.master_key.write_text(good)
        cluster.ledgerquest("up")
        with WireClient(cluster, "acme") as client:
            check(client.ask("s1", join()).outcome == "applied", "after the right key is back")
        return f"exit code {EXIT_CONFIG}: {said[0]}"


def a_pipeline_with_a_choice_is_refused():
    with Cluster(start=False) as cluster:
        document = json.loads((ROOT / "pipelines" / "game_loop.asl.json").read_text())
        document["States"]["Load"]["Next"] = "Which"
        document["States"]["Which"] = {"Type": "Choice", "Choices": [], "Default": "Physics"}
        path = cluster.folder / "choice.asl.json"
        path.write_text(json.dumps(document, indent=1))
        number = next(index for index, line in enumerate(path.read_text().splitlines(), 1) if "Choice\"" in line)
        cluster.run.mkdir(exist_ok=True)
        cluster.pipeline = path
        cluster.write_config()
        for folder in ("runtime", "data"):
            (cluster.run / folder).mkdir(mode=0o700)
        message = refused(cluster, "lq-broker", "choice.asl.json:", "Which", "Choice")
        check(f":{number}:" in message, f"line {number}: {message}")
        return f"exit code {EXIT_CONFIG}: {message}"


if __name__ == "__main__":
    run_tests("broker_restart", [
        live_sessions_are_armed_again, what_was_created_is_there, a_second_process_is_refused,
        a_corrupt_configuration_is_refused, a_wrong_master_key_is_refused, a_pipeline_with_a_choice_is_refused])
