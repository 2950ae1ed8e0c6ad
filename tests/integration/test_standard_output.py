#!/usr/bin/python3
# SPDX-License-Identifier: MPL-2.0
# SPDX-FileCopyrightText: The LedgerQuest Engine authors
"""What a program prints arrives, or it says why not and ends with 1: every program and every command of lqctl,
as text and as JSON, to a full device, a closed descriptor, a file that must not grow, and a pipe without a
reader. A command or program that is not in the tables below fails the test."""

import json
import os
import pathlib
import re
import resource
import signal
import subprocess

from cluster import BIN, SERVERS, WAIT_S, Cluster, check, run_tests, skip
from test_dead_letters import MarkedCluster, die, letter_name
from wire_client import WireClient, join

# Of each command: words; {n} is a new number in each run, {letter} an open letter's id, {command} an applied command,
# {folder} the test's. Letters are not changed, so that each run finds them.
COMMANDS = {
    "status": ["status"],
    "top": ["top", "-b", "-n", "2", "-i", "10ms"],
    "tenant create": ["tenant", "create", "t{n}"],
    "tenant list": ["tenant", "list"],
    "tenant show": ["tenant", "show", "acme"],
    "tenant quota": ["tenant", "quota", "acme"],
    "tenant durability": ["tenant", "durability", "acme"],
    "tenant retention": ["tenant", "retention", "acme", "--frames", "forever"],
    "store clock": ["store", "clock", "accept"],
    "tenant delete": ["--dry-run", "tenant", "delete", "acme"],
    "tenant shred": ["--dry-run", "tenant", "shred", "acme"],
    "mirror status": ["mirror", "status"],
    "quota show": ["quota", "show"],
    "session create": ["session", "create", "acme/c{n}"],
    "session list": ["session", "list", "acme"],
    "session show": ["session", "show", "acme/live"],
    "session state": ["session", "state", "acme/live"],
    "session history": ["session", "history", "acme/live"],
    "session export": ["session", "export", "acme/live", "{folder}/export-{n}", "--frames", "0..1"],
    "session diff": ["session", "diff", "acme/live", "--frames", "0..1"],
    "session stop": ["--dry-run", "session", "stop", "acme/live"],
    "session start": ["session", "start", "acme/live"],
    "session rate": ["--dry-run", "session", "rate", "acme/live", "10"],
    "session delete": ["--dry-run", "session", "delete", "acme/stopped"],
    "session resume": ["session", "resume", "--all"],
    "submit": ["submit", "acme/s1", "Spawn", "x=1", "y=1", "radius=0.5"],
    "command show": ["command", "show", "{command}", "--session", "acme/s1"],
    "watch": ["watch", "acme/live", "-n", "2"],
    "dlq list": ["dlq", "list"],
    "dlq show": ["dlq", "show", "{letter}"],
    "dlq drain": ["--dry-run", "dlq", "drain", "/tmp/no-such-file-{n}"],
    "dlq redrive": ["--dry-run", "dlq", "redrive", "--all"],
    "dlq purge": ["--dry-run", "dlq", "purge", "--all"],
    "feed show": ["feed", "show"],
    "feed read": ["feed", "read", "-n", "20"],
    "feed set": ["feed", "set", "reader", "0:0"],
    "feed drop": ["--dry-run", "feed", "drop", "reader"],
    "token key": ["token", "key", "list", "acme"],
    "token issue": ["token", "issue", "acme", "somebody"],
    "token ticket": ["token", "ticket", "acme", "somebody"],
    "verify": ["verify"],
    "replay": ["replay", "acme/s1"],
    "restore": ["restore", "--help"],  # with a table: test_restore
    "help": ["help"],
    "version": ["version"],
}

# Of each program that is installed: what it prints beside --help and --version.
BENCH = ["--config", "{config}", "--sessions", "2", "--seconds", "1", "--warmup", "0"]
ARENA = ["--config", "{config}", "--sessions", "2", "--seconds", "0.2"]
FLOOD = ["--config", "{config}", "--sessions", "2", "--seconds", "1", "--rate", "100"]
LIMIT = ["--sessions", "2", "--seconds", "1", "--warmup", "0", "--actors", "1"]
PROGRAMS = {
    "lqctl": [],
    **{name: [] for name in SERVERS}, "lq-stage-score": [],
    "lq-mirror": [], "lq-gateway": [],
    "lq-log": [],  # prints nothing else: it writes its folder
    "lq-bench": [BENCH + ["--json"], BENCH, BENCH + ["--once", "--json"]],
    "lq-arena": [ARENA + ["--json"], ARENA],
    "lq-flood": [FLOOD + ["--json"], FLOOD],
    "lq-limit": [LIMIT + ["--json"], LIMIT],
}

REASONS = {"full": "No space left on device", "closed": "Bad file descriptor", "limited": "File too large"}


def limit_file():
    """As a disk that fills: there is room for half a line."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (4, 4))


def run(words, where, environment=None, folder="/tmp"):
    """(exit code or minus a signal, stderr), with stdout as `where` says: a key of REASONS, or "good"."""
    options = {"stdin": subprocess.DEVNULL, "stderr": subprocess.PIPE, "timeout": WAIT_S * 3, "check": False,
               "env": environment}
    if where == "good":
        done = subprocess.run(words, stdout=subprocess.PIPE, **options)
        check(done.stdout, f"{words} prints nothing: {done.stderr}")
    elif where == "full":
        with open("/dev/full", "wb") as full:
            done = subprocess.run(words, stdout=full, **options)
    elif where == "closed":
        done = subprocess.run(words, preexec_fn=lambda: os.close(1), **options)
    else:
        with open(pathlib.Path(folder) / "limited", "wb") as file:
            done = subprocess.run(words, stdout=file, preexec_fn=limit_file, **options)
    return done.returncode, done.stderr.decode()


def expect_failure(words, where, **more):
    code, errors = run(words, where, **more)
    check(code == 1, f"{' '.join(words)} to {where}: exit code {code}: {errors}")
    said = f"{pathlib.Path(words[0]).name}: standard output: {REASONS[where]}"
    check(said in errors, f"{' '.join(words)} to {where} does not say \"{said}\": {errors}")


def every_command_of_lqctl():
    listed = subprocess.run([str(BIN / "lqctl"), "help"], stdout=subprocess.PIPE, text=True, check=True).stdout
    block = listed.split("commands:\n")[1].split("\n\n")[0]
    names = {re.match(r"  ([a-z]+( [a-z]+)?)  ", line).group(1) for line in block.splitlines()}
    check(names == set(COMMANDS), f"not in both: {names ^ set(COMMANDS)}")
    number, runs = 0, 0
    with MarkedCluster() as cluster, WireClient(cluster, "acme") as client:
        cluster.create_sessions("acme", ["s1", "s2"])
        cluster.create_sessions("acme", ["live"], "--rate", "20")
        cluster.create_sessions("acme", ["stopped"])
        cluster.lqctl("session", "stop", "acme/stopped")
        cluster.lqctl("token", "key", "add", "acme")
        client.ask("s1", join())
        command = f"{client.client.hex()}:1"
        letter = letter_name(die(cluster, client, "s2").letter_id)
        base = [str(BIN / "lqctl"), "--config", str(cluster.config)]
        names = {"letter": letter, "command": command, "folder": cluster.folder}
        for words in COMMANDS.values():
            for form in ("text", "json"):
                for where in ("good", "full", "closed"):
                    number += 1
                    line = base + ["-o", form] + [word.format(n=number, **names) for word in words]
                    if where == "good":
                        code, errors = run(line, where, environment=cluster.environment)
                        check(code == 0, f"{line}: exit code {code}: {errors}")
                    else:
                        expect_failure(line, where, environment=cluster.environment)
                    runs += 1
        check(len(cluster.letters()) == 1, "a letter was changed")
        long_outputs_stop(cluster, letter)
    return f"{len(COMMANDS)} commands, {runs} runs"


def long_outputs_stop(cluster, letter):
    """What only prints ends with the first write that fails, and not with the last picture or frame."""
    base = [str(BIN / "lqctl"), "--config", str(cluster.config)]
    where_and_how = {"environment": cluster.environment, "folder": cluster.folder}
    for words in (["watch", "acme/live"], ["-o", "json", "watch", "acme/live"], ["top", "-b", "-i", "10ms"],
                  ["-o", "json", "top", "-i", "10ms"], ["session", "history", "acme/live"]):
        for where in REASONS:
            expect_failure(base + words, where, **where_and_how)
    for words in (["dlq", "show", letter], ["-o", "json", "status"], ["session", "list"]):
        expect_failure(base + words, "limited", **where_and_how)
    # A stream of commands ends when no receipt can be told; its numbers are not used again.
    stream = cluster.folder / "stream"
    stream.write_text('{"kind":"Spawn","x":1,"y":1,"radius":0.5,"session":"acme/s1"}\n' * 2000)
    expect_failure(base + ["submit", str(stream)], "full", **where_and_how)
    last = cluster.lqctl("submit", "acme/s1", "Spawn", "x=1", "y=1", "radius=0.5")
    check(last["applied"] == 1 and last["receipts"][0]["sequence"] < 1500, f"{last}")


def every_program():
    found = {path.name for path in BIN.iterdir() if path.name.startswith("lq") and os.access(path, os.X_OK)}
    check(found == set(PROGRAMS), f"not in both: {found ^ set(PROGRAMS)}")
    runs = 0
    with Cluster() as cluster:
        for name, lines in PROGRAMS.items():
            for words in [["--help"], ["--version"], *lines]:
                line = [str(BIN / name)] + [word.format(config=cluster.config) for word in words]
                code, errors = run(line, "good")
                check(code == 0, f"{line}: exit code {code}: {errors}")
                # The stores of lq-limit may not be limited.
                for where in ("full", "closed") if name == "lq-limit" and words in lines else REASONS:
                    expect_failure(line, where, folder=cluster.folder)
                    runs += 1
    return f"{len(found)} programs, {runs} runs"


def a_reader_that_goes_away():
    for name in sorted(PROGRAMS):
        for ignored in (False, True):
            reading, writing = os.pipe()
            os.close(reading)
            # Python ignores SIGPIPE and gives its children the default again, unless told not to.
            done = subprocess.run([str(BIN / name), "--help"], stdout=writing, stderr=subprocess.PIPE,
                                  restore_signals=not ignored, timeout=WAIT_S, check=False)
            os.close(writing)
            errors = done.stderr.decode()
            if ignored:
                check(done.returncode == 1 and "standard output: Broken pipe" in errors,
                      f"{name}, SIGPIPE ignored: {done.returncode} {errors}")
            else:
                check((done.returncode, errors) == (-signal.SIGPIPE, ""), f"{name}: {done.returncode} {errors}")
    return f"{len(PROGRAMS)} programs end quietly by SIGPIPE, or say so where it is ignored"


def closed_descriptors_are_never_taken():
    """Whatever of 0, 1 and 2 is closed: no file and no socket gets its number, so nothing is printed into one."""
    with Cluster() as cluster:
        cluster.create_sessions("acme", ["s1"])
        base = [str(BIN / "lqctl"), "--config", str(cluster.config)]
        spawn = base + ["-o", "json", "submit", "acme/s1", "Spawn", "x=1", "y=1", "radius=0.5"]
        ways = ((0,), (1,), (2,), (0, 1), (1, 2), (0, 2), (0, 1, 2))
        for closed in ways:
            def close_them(closed=closed):
                for number in closed:
                    os.close(number)
            done = subprocess.run(spawn, env=cluster.environment, preexec_fn=close_them, stdout=subprocess.DEVNULL,
                                  stderr=subprocess.DEVNULL, timeout=WAIT_S, check=False)
            check(done.returncode == (1 if 1 in closed else 0), f"closed {closed}: exit code {done.returncode}")
            for state in (cluster.folder / "state").rglob("*.json"):
                json.loads(state.read_text())
                taken = (state.parent / f"{state.name}.lock").read_text()
                check(taken == "", f"closed {closed}: the lock file holds {taken}")
        done = subprocess.run(base + ["nonsense"], preexec_fn=lambda: os.close(2), check=False)
        check(done.returncode == 2, f"stderr closed: exit code {done.returncode}")
        shown = cluster.session("acme/s1")
        check(shown["bodies"] == len(ways), f"not each was applied once: {shown}")
    return f"{len(ways)} ways to close them, {len(ways)} commands applied"


if __name__ == "__main__":
    if not os.path.exists("/dev/full"):
        skip("no /dev/full")
    run_tests("standard_output", [every_command_of_lqctl, every_program, a_reader_that_goes_away,
                                  closed_descriptors_are_never_taken])
