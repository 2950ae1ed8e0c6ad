#!/usr/bin/python3
# SPDX-License-Identifier: MPL-2.0
# SPDX-FileCopyrightText: The LedgerQuest Engine authors
"""What lqctl says when something is wrong: what, where, and what would be right. Watching a cluster that is not
there or goes away, configurations that are missing, files as editors write them, mistyped fields, sessions that
exist, and every option and argument of every command mistyped in ten ways."""

import codecs
import json
import os
import re
import signal
import subprocess
import time

from cluster import BIN, WAIT_S, Cluster, check, run_tests, wait_until

SPAWN = {"kind": "Spawn", "x": 1, "y": 1, "radius": 0.5}
EXIT_CODES = {0, 1, 2, 3, 5, 7, 69, 75, 99}


def lqctl(*words, environment=None, config=None, cwd=None, give=None, timeout_s=WAIT_S * 2):
    words = [*(["--config", str(config)] if config else []), *words]
    return subprocess.run([str(BIN / "lqctl"), *words], text=True, errors="replace", cwd=cwd, timeout=timeout_s,
                          input=give or "", stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment,
                          check=False)


def expect(done, code, *texts):
    said = done.stdout + done.stderr
    check(done.returncode == code, f"{done.args}: exit code {done.returncode}, not {code}: {said}")
    for text in texts:
        check(text in said, f"{done.args} does not say \"{text}\": {said}")
    return done


def watching_what_is_not_there():
    with Cluster() as cluster:
        cluster.create_sessions("acme", ["quiet"])
        for name in ("acme/nosuch", "nosuch/x"):
            expect(lqctl("watch", name, config=cluster.config), 3, f"{name}: ", "no such tenant or session")
        watcher = subprocess.Popen([str(BIN / "lqctl"), "--config", str(cluster.config), "watch", "acme/quiet"],
                                   text=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE)
        try:
            return watch_until_it_ends(cluster, watcher)
        finally:
            watcher.kill()
            watcher.wait()


def watch_until_it_ends(cluster, watcher):
    # A broker that comes back in time is no reason to end: the watcher hears the frames of the next one.
    old = cluster.kill("broker")
    cluster.wait_pid("broker", other_than=old)
    cluster.wait_serving()

    def heard():
        cluster.lqctl("submit", "acme/quiet", "Spawn", "x=1", "y=1", "radius=0.5")
        os.set_blocking(watcher.stdout.fileno(), False)
        return watcher.stdout.readline()
    wait_until(heard, "a frame of the next broker")
    # One that goes away for good is: nobody else would say so.
    cluster.ledgerquest("down")
    begun = time.monotonic()
    _, errors = watcher.communicate(timeout=WAIT_S)
    check(watcher.returncode == 69 and "is the cluster up?" in errors, f"{watcher.returncode}: {errors}")
    took_s = time.monotonic() - begun
    begun = time.monotonic()
    expect(lqctl("watch", "acme/quiet", config=cluster.config), 69, "no broker serves in", "is the cluster up?")
    dead_s = time.monotonic() - begun
    check(dead_s >= 1.9, f"it gave up after {dead_s:.1f} s: a broker that restarts is not back yet")
    expect(lqctl("--timeout", "300ms", "watch", "acme/quiet", config=cluster.config), 69, "no broker answers")
    cluster.ledgerquest("up")
    return f"unknown 3; gone while watched 69 after {took_s:.1f} s; dead 69 after {dead_s:.1f} s"


def configurations_that_are_missing():
    with Cluster(start=False) as cluster:
        bare = {name: value for name, value in os.environ.items() if name != "LQ_CONFIG"}
        empty = cluster.folder / "empty"
        empty.mkdir()
        for environment, words, *texts in (
                (bare, [], "./run/ledgerquest.cfg: No such file", "-c FILE or LQ_CONFIG"),
                (dict(bare, LQ_CONFIG=""), [], "./run/ledgerquest.cfg: No such file", "-c FILE or LQ_CONFIG"),
                (dict(bare, LQ_CONFIG="/nowhere"), [], "/nowhere: No such file", "named by LQ_CONFIG"),
                (bare, ["-c", "/nowhere"], "/nowhere: No such file", "named by -c"),
                (dict(bare, LQ_CONFIG="/other"), ["-c", "/nowhere"], "/nowhere: No such file", "named by -c"),
                (bare, ["-c", ""], "--config needs the name of a file"),
                (bare, ["-c", str(empty)], str(empty), "named by -c")):
            for command in (["status"], ["watch", "a/b"], ["verify"], ["replay"], ["submit", "a/b", "Leave"]):
                expect(lqctl(*words, *command, environment=environment, cwd=empty), 2, *texts)
        arena = subprocess.run([str(BIN / "lq-arena")], env=dict(bare, LQ_CONFIG=""), cwd=empty, text=True,
                               stderr=subprocess.PIPE, check=False)
        check(arena.returncode == 2 and "./run/ledgerquest.cfg" in arena.stderr, arena.stderr)
        return "7 ways by 5 commands"


def a_home_that_is_nothing():
    with Cluster() as cluster:
        cluster.create_sessions("acme", ["s1"])
        words = ("submit", "acme/s1", "Spawn", "x=1", "y=1", "radius=0.5")
        bare = {name: value for name, value in os.environ.items() if name not in ("HOME", "XDG_STATE_HOME")}
        for more in ({}, {"HOME": ""}, {"HOME": "somewhere"}, {"HOME": "", "XDG_STATE_HOME": ""},
                     {"XDG_STATE_HOME": "somewhere"}):
            expect(lqctl(*words, config=cluster.config, environment=dict(bare, **more), cwd=cluster.folder), 1,
                   "neither XDG_STATE_HOME nor HOME is set to an absolute path")
        check(not (cluster.folder / "somewhere").exists(), "a relative folder was made")
        home = cluster.folder / "home"
        expect(lqctl(*words, config=cluster.config, environment=dict(bare, HOME=str(home))), 0, "applied")
        check(list(home.glob(".local/state/ledgerquest/*/default.json")), "no state")
        return "5 of nothing, 1 of something"


def files_as_editors_write_them():
    mark = codecs.BOM_UTF8
    with Cluster() as cluster:
        cluster.create_sessions("acme", ["s1"])
        line = json.dumps(dict(SPAWN, session="acme/s1")).encode()
        stream, world = cluster.folder / "stream", cluster.folder / "world"

        def submit(content, code, *texts):
            stream.write_bytes(content)
            return expect(lqctl("submit", str(stream), config=cluster.config, environment=cluster.environment), code,
                          *texts)
        submit(mark + line + b"\r\n" + line, 0, "2 applied")
        submit(line + b"\n" + mark + line, 5, "1 applied", "line 2: ")
        submit(line + b"\0" + line, 1, "line 1: end of file expected")
        submit(codecs.BOM_UTF16_LE + line.decode().encode("utf-16-le"), 1, "line 1: ")
        submit(b"", 0)
        submit(mark, 0)
        submit(b"[1]\n", 1, "line 1: is no JSON object")
        submit(line[:-2], 1, "line 1: ")
        document = json.dumps({"bodies": [{"x": 1, "y": 1}]}).encode()
        for number, (content, code, text) in enumerate((
                (mark + document, 0, "1 bodies"), (document, 0, "1 bodies"),
                (codecs.BOM_UTF16_LE + document.decode().encode("utf-16-le"), 2, f"{world}:1:"),
                (mark + b"{", 2, f"{world}:1:"), (b"", 2, f"{world}:1:"), (b"[]", 2, f"{world}: the file holds"),
                (b'{"bodies":[{"x":1}]}', 2, f"{world}: body 1: "), (b" " * (4 << 20) + document, 2, "longer than 4 MiB"))):
            world.write_bytes(content)
            expect(lqctl("session", "create", f"acme/w{number}", "--world", str(world), config=cluster.config), code,
                   text)
        for path, text in (("/nowhere", "/nowhere: No such file"), (str(cluster.folder), "Is a directory")):
            expect(lqctl("session", "create", "acme/x", "--world", path, config=cluster.config), 2, text)
        expect(lqctl("session", "create", "acme/stdin", "--world", "-", config=cluster.config,
                     give=(mark + document).decode()), 0, "1 bodies")
        for path, text in (("/nowhere", "/nowhere: No such file"), (str(cluster.folder), "Is a directory")):
            done = lqctl("submit", path, config=cluster.config, environment=cluster.environment)
            check(done.returncode in (1, 2) and text in done.stderr, f"submit {path}: {done.stderr}")
        return "byte order marks passed by in streams and worlds, 17 others told with file or line"


def fields_and_sessions():
    with Cluster() as cluster:
        cluster.create_sessions("acme", ["s1"])

        def submit(code, words, *texts, session="acme/s1"):
            return expect(lqctl("submit", session, *words, config=cluster.config, environment=cluster.environment),
                          code, *texts)
        every = "body_id, body_kind, x, y, radius, vx, vy, behavior, target_id, strength, custom and custom_hex"
        number = "a finite number"
        for word, text in (
                ("z=1", "a command has no field z; it has " + every), ("=1", "has no field ; it has"),
                ("x", "x is not KEY=VALUE"), ("x=five", "x=five: x is " + number), ("x=", "x=: x is " + number),
                ("x=nan", number), ("x=1e999", number), ("radius=1e99", "single precision"),
                ("body_id=-1", "0 to 4294967295"), ("body_id=1.5", "0 to 4294967295"), ("body_kind=256", "0 to 255"),
                ("behavior=run", "idle, seek, flee, wander"), ("custom_hex=0", "even number of hexadecimal digits"),
                ("custom_hex=xx", "even number"), ("custom=" + "x" * 16385, "at most 16384 bytes")):
            submit(2, ["Spawn", word], text)
        submit(2, ["Spwan"], "Spwan is no kind of command", "Spawn")
        stream = cluster.folder / "stream"
        for more, text in (({"z": 1}, "no field z; it has " + every), ({"x": "five"}, '"x" is ' + number),
                           ({"body_id": -1}, '"body_id" is a whole number'), ({"custom": 5}, '"custom" is a string'),
                           ({"custom_hex": "0"}, '"custom_hex" is a string: an even number')):
            stream.write_text(json.dumps(dict(SPAWN, session="acme/s1", **more)))
            expect(lqctl("submit", str(stream), config=cluster.config, environment=cluster.environment), 1, "line 1: ",
                   text)

        # One word for one thing: unused is not refused.
        done = submit(3, ["Join", "radius=0.5"], "unused", "0 refused, 1 unused", session="acme/nosuch")
        check("refused  " not in done.stdout, done.stdout)
        done = submit(1, ["Despawn", "body_id=77"], "refused", "1 refused, 0 unused")
        document = json.loads(lqctl("-o", "json", "submit", "acme/nosuch", "Leave", config=cluster.config,
                                    environment=cluster.environment).stdout)
        check((document["refused"], document["unused"]) == (0, 1), f"{document}")

        # A session that exists: the same as asked for, or not.
        create = ("session", "create", "acme/there")
        expect(lqctl(*create, "--rate", "10", config=cluster.config), 0, "created")
        expect(lqctl(*create, "--rate", "10", config=cluster.config), 1, "exists already, with this configuration")
        expect(lqctl(*create, "--rate", "20/3", config=cluster.config), 1,
               "exists already, with another configuration: rate 10/1, not 20/3")
        expect(lqctl(*create, "--rate", "10", "--seed", "18446744073709551615", "--width", "50", config=cluster.config),
               1, "seed 1, not 18446744073709551615; width 100, not 50")
        return "15 fields on the command line, 5 in lines, 4 creations"


def every_option_mistyped():
    """Whatever is typed: one of the exit codes of the manual, a reason on stderr, and never a signal."""
    values = ["", " ", "-1", "99999999999999999999999999", "five", b"\xff\xfe", "x" * 5000, "/nowhere/at/all", "/tmp",
              "a/b/c", "..", "%s%n", "1e400", "0x", "nan"]
    listed = lqctl("help").stdout.split("commands:\n")[1].split("\n\n")[0]
    names = [re.match(r"  ([a-z]+( [a-z]+)?)  ", line).group(1).split() for line in listed.splitlines()]
    runs = 0
    with Cluster() as cluster:
        cluster.create_sessions("acme", ["s1"])

        def attempt(*words):
            nonlocal runs
            runs += 1
            process = subprocess.Popen(
                [str(BIN / "lqctl"), "--config", str(cluster.config), "--timeout", "500ms", "--dry-run", "--no-input",
                 "-o", "json", *words], cwd=cluster.folder, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                env=cluster.environment)
            try:
                errors = process.communicate(timeout=WAIT_S)[1].decode(errors="replace")
            except subprocess.TimeoutExpired:
                process.send_signal(signal.SIGKILL)
                process.communicate()
                raise AssertionError(f"{words} does not end") from None
            check(process.returncode in EXIT_CODES, f"{words}: exit code {process.returncode}: {errors}")
            check(process.returncode == 0 or errors, f"{words}: exit code {process.returncode} without a word")
            check("assertion" not in errors, f"{words}: {errors}")
        for name in names:
            text, shared = lqctl("help", *name).stdout.split("options of every command:")
            text += shared if name == ["status"] else ""
            options = re.findall(r"^  (?:-\w, )?(--[a-z-]+) \S", text, re.MULTILINE)
            ending = ["-n", "1"] if name[0] in ("top", "watch") else []
            for value in values:
                if name[0] != "help":
                    attempt(*name, *ending, value)
                    attempt(*name, *ending, value, value)
                for option in options:
                    if option not in ("--count", "--config"):
                        attempt(*name, *ending, option, value)
                        attempt(*name, "acme/s1", *ending, option, value)
            attempt(*name, "--nosuch")
            attempt(*name, *options[-1:])
        left = sorted(path.name for path in cluster.folder.iterdir())
        check(set(left) <= {"c", "state"}, f"files were made: {left}")
        check(cluster.session("acme/s1")["frame"] == 0, "a dry run made a frame")
    return f"{len(names)} commands, {runs} runs"


if __name__ == "__main__":
    run_tests("lqctl_messages", [watching_what_is_not_there, configurations_that_are_missing, a_home_that_is_nothing,
                                 files_as_editors_write_them, fields_and_sessions, every_option_mistyped])
