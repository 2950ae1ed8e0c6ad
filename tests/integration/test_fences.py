#!/usr/bin/python3
# SPDX-License-Identifier: MPL-2.0
# SPDX-FileCopyrightText: The LedgerQuest Engine authors
"""Answers that come twice, late, under another lease or for another epoch are dropped: what they are about is
in the ledger once. Two clients that say the same number. And starts that are refused: they say why, and touch
nothing."""

import hashlib
import json
import os
import shutil
import subprocess

from cluster import ACTORS_STARTED, BIN, ROOT, SERVERS, Cluster, check, run_tests, wait_until
from wire_client import Traffic, WireClient, custom, join, judge, thrust

EXAMPLE = ROOT / "examples" / "stage_in_python"
ROUNDS = {"twice": 3, "late": 1, "other-lease": 3, "other-epoch": 3}  # late waits for the end of a lease


def unbelievable_answers_are_dropped():
    with Cluster(stages=[("score", [str(ROOT / "tests" / "support" / "unruly_stage.py")], 1)],
                 pipeline=EXAMPLE / "with_score.asl.json", policy=EXAMPLE / "with_score.policy.json") as cluster:
        cluster.create_sessions("acme", ROUNDS)
        path = cluster.folder / "receipts"
        dropped = {}
        with WireClient(cluster, "acme", path) as client:
            for mark in ROUNDS:
                for _ in range(ROUNDS[mark]):
                    before = cluster.status()
                    receipt = client.ask(mark, custom(mark))
                    check(receipt.outcome == "applied", f"{receipt}")
                    after = cluster.status()
                    dropped[mark] = dropped.get(mark, 0) + after["stale_results"] - before["stale_results"]
                frame = cluster.session(f"acme/{mark}")["frame"]
                check(frame == ROUNDS[mark], f"{mark}: frame {frame}")
        status = cluster.status()
        check(all(dropped[mark] >= ROUNDS[mark] for mark in ("twice", "late", "other-lease")),
              f"dropped {dropped}")
        check(status["letters_total"] == 0, f"{cluster.lqctl('dlq', 'list')}")
        check(status["healthy"] and len(status["actors"]) == ACTORS_STARTED + 1, f"{status['actors']}")
        summary, commands = cluster.read_ledger()
        check(summary["ok"], f"{summary}")
        counts = judge([path], commands)
        return f"{counts['applied']} applied once; answers dropped as stale {dropped}"


def copies_of_a_command_are_applied_once():
    with Cluster() as cluster, WireClient(cluster, "acme") as client:
        cluster.create_sessions("acme", ["s1"])
        # Two connections of the same incarnation: the second says everything again.
        path = cluster.folder / "receipts"
        with WireClient(cluster, "acme", path, client.client) as other:
            # A copy takes the answer away from the one before it, which must ask again.
            client.repeat_s = other.repeat_s = 0.2
            for number in range(1, 101):
                body = join() if number == 1 else thrust(float(number % 3), 1.0)
                for one in (client, other, other):
                    one.submit("s1", body, number)
                client.turn(0)
                other.turn(0)
                if number % 25 == 0:
                    client.drain()
                    other.drain()
            client.drain()
            other.drain()
            outcomes = client.by_outcome + other.by_outcome
            again = other.ask("s1", thrust(0.0, 0.0), 35)
            check((again.outcome, again.reason[:16]) == ("unused", "SEQUENCE_TOO_OLD"), f"below the window: {again}")
            far = other.ask("s1", thrust(0.0, 0.0), 100 + 65)
            check(far.outcome == "unused", f"beyond the window: {far}")
            back = other.ask("s1", thrust(0.0, 0.0), 36)
            check(back.outcome == "duplicate", f"the oldest in the window: {back}")
        summary, commands = cluster.read_ledger()
        check(summary["ok"], f"{summary}")
        counts = judge([path], commands)
        check(counts["in_ledger"] == 100, f"{counts}")
        return f"300 sent, {dict(outcomes)}, 100 in the ledger"


# ---- refused starts ----

ACTORS = SERVERS[1:]


def digests(cluster):
    """Of every file that outlives a process. LMDB's lock files are its memory of readers, no more."""
    return {str(path): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in sorted((cluster.run / "data").rglob("*")) if path.is_file() and path.name != "lock.mdb"}


def refused(cluster, program, words, config=None, instance=()):
    """It ends, not with 0, and its last error names what is wrong. The exit code."""
    code, output = cluster.try_program(program, *instance, config=config)
    entries = [json.loads(line) for line in output.splitlines() if line.startswith("{")]  # czmq speaks too
    errors = [entry["message"] for entry in entries if entry["level"] == "error"]
    check(code not in (None, 0), f"{program}: exit code {code}: {output}")
    check(errors and all(word in errors[-1] for word in words), f"{program} {code}: {errors} lacks {words}")
    return code


def bad_files(cluster):
    """(what, file, its wrong content or None for no file, its mode, who refuses it, words of the message)"""
    config = cluster.config.read_text()
    at = config.count("\n") + 2
    broker_key = cluster.run / "data" / "broker" / "broker.key"
    key = os.urandom(32).hex() + "\n"
    return [
        ("another master key", cluster.master_key, key, 0o600, ("lq-persist", "lq-load"), ("master key",)),
        ("a short master key", cluster.master_key, "12345\n", 0o600, ("lq-persist", "lq-load"), ("master.key",)),
        ("no master key", cluster.master_key, None, 0, ("lq-persist", "lq-load"), ("master.key", "No such file")),
        ("a master key for all", cluster.master_key, cluster.master_key.read_text(), 0o644,
         ("lq-persist", "lq-load"), ("master.key", "0600")),
        ("another broker key", broker_key, key, 0o600, ("lq-broker",), ("broker.key",)),
        ("no broker key", broker_key, None, 0, ("lq-broker",), ("broker.key", "No such file")),
        ("an unknown option", cluster.config, config + "store\n    map_bites = 5\n", 0o600, SERVERS,
         (f"ledgerquest.cfg:{at}:",)),
        ("a number that is none", cluster.config, config + "store\n    map_bytes = many\n", 0o600, SERVERS,
         (f"ledgerquest.cfg:{at}:",)),
        ("a line of rubbish", cluster.config, config + "store\n \x01\x02\n", 0o600, SERVERS,
         (f"ledgerquest.cfg:{at}:",)),
    ]


def bad_files_are_refused_and_nothing_is_touched():
    with Cluster() as cluster:
        cluster.create_sessions("acme", ["s1"])
        with WireClient(cluster, "acme") as client:
            client.ask("s1", join())
        cluster.ledgerquest("down")
        runtime = cluster.run / "runtime"
        runtime.mkdir(mode=0o700, exist_ok=True)
        before, said = digests(cluster), []
        for what, path, content, mode, programs, words in bad_files(cluster):
            good, good_mode = path.read_bytes(), path.stat().st_mode & 0o777
            path.unlink()
            if content is not None:
                path.write_text(content)
                path.chmod(mode)
            bad = digests(cluster)
            codes = {refused(cluster, program, words) for program in programs}
            check(codes <= {71, 78} and ("broker key" in what or codes == {78}), f"{what}: {codes}")
            check(digests(cluster) == bad, f"{what}: {set(digests(cluster).items()) ^ set(bad.items())}")
            if path == cluster.config:
                done = subprocess.run([str(BIN / "lqctl"), "--config", str(path), "status"], text=True,
                                      capture_output=True, check=False)
                check(done.returncode != 0 and words[0] in done.stderr, f"lqctl: {what}: {done}")
            path.unlink(missing_ok=True)
            path.write_bytes(good)
            path.chmod(good_mode)
            said.append(what)
        check(digests(cluster) == before, "not as it was")
        cluster.ledgerquest("up")
        with WireClient(cluster, "acme") as client:
            check(client.ask("s1", join()).outcome == "applied", "after mending")
        return f"{', '.join(said)}: refused, checksums of {len(before)} files unchanged"


def a_second_process_leaves_the_first_alone():
    """A broker in the same folder, one with a runtime folder of its own over the same data, a second persist:
    refused while the first ones work, whose files stay as they are when they are idle."""
    with Cluster() as cluster:
        cluster.create_sessions("acme", ["s1"])
        other = cluster.folder / "other.cfg"
        (cluster.folder / "other").mkdir(mode=0o700)
        other.write_text(cluster.config.read_text().replace(f'"{cluster.run}/runtime"',
                                                            f'"{cluster.folder}/other"'))
        attempts = [("lq-broker", None, "broker", "another broker serves"),
                    ("lq-broker", other, "broker", "another process writes"),
                    ("lq-persist", None, "persist-1", "persist-1"),
                    ("lq-persist", None, "persist-2", "another process writes"),
                    ("lq-persist", other, "persist-1", "another process writes")]
        with WireClient(cluster, "acme") as client:
            client.ask("s1", join())
        status, pids = cluster.status(), cluster.pids()
        sockets = {path: path.stat().st_ino for path in (cluster.run / "runtime").glob("*.sock")}
        before, codes = digests(cluster), []
        for program, config, instance, words in attempts:
            codes.append(refused(cluster, program, (words,), config, ("--instance", instance)))
        check(digests(cluster) == before, f"touched: {set(digests(cluster).items()) ^ set(before.items())}")
        check({path: path.stat().st_ino for path in sockets} == sockets, "a socket was bound again")
        path = cluster.folder / "receipts"
        with Traffic(cluster, "acme", ["s1"], 2, path) as traffic:
            for program, config, instance, words in attempts:
                seen = len(traffic.client.receipts)
                refused(cluster, program, (words,), config, ("--instance", instance))
                wait_until(lambda seen=seen: len(traffic.client.receipts) > seen, "the first goes on")
            client = traffic.stop()
        after = cluster.status()
        check((after["epoch"], after["letters_total"], after["retries"]) == (status["epoch"], 0, 0), f"{after}")
        check(cluster.pids() == pids and client.epochs == 1, f"{pids} became {cluster.pids()}")
        summary, commands = cluster.read_ledger()
        check(summary["ok"], f"{summary}")
        counts = judge([path], commands)
        return (f"{len(attempts)} second processes ended with {sorted(set(codes))}, {len(before)} files unchanged; "
                f"{counts['applied']} applied beside them")


def a_bad_line_is_no_silence():
    """status asks the broker through lqctl, which cannot read the configuration: nobody is called silent for it."""
    with Cluster() as cluster:
        with open(cluster.config, "a", encoding="ascii") as file:
            file.write("    map_bites = 1\n")
        _, output = cluster.try_ledgerquest("status")
        check("the configuration cannot be read" in output and "silent" not in output, output)
        cluster.write_config()
        check("cannot be read" not in cluster.ledgerquest("status"), "the line is gone")
    return "said, and the broker is ready"


def a_lost_ledger_is_not_made_anew():
    with Cluster() as cluster:
        cluster.create_sessions("acme", ["s1"])
        cluster.ledgerquest("down")
        kept = cluster.ledger.parent.with_name("kept")
        cluster.ledger.parent.rename(kept)
        code, output = cluster.try_ledgerquest("up")
        check(code != 0 and "it had been made" in cluster.log_text("persist-1"), f"{code}: {output}")
        cluster.ledgerquest("down")
        if cluster.ledger.parent.exists():
            shutil.rmtree(cluster.ledger.parent)
        kept.rename(cluster.ledger.parent)
        cluster.ledgerquest("up")
        cluster.wait_serving()
        check(cluster.session("acme/s1")["frame"] == 0, "the session is there")
    return "refused, then found again"


if __name__ == "__main__":
    run_tests("fences", [
        a_bad_line_is_no_silence, a_lost_ledger_is_not_made_anew,
        unbelievable_answers_are_dropped, copies_of_a_command_are_applied_once,
        bad_files_are_refused_and_nothing_is_touched, a_second_process_leaves_the_first_alone])
