#!/usr/bin/python3
# SPDX-License-Identifier: MPL-2.0
# SPDX-FileCopyrightText: The LedgerQuest Engine authors
"""Dead letters through lqctl: no signal leaves a file of a drain, counts agree and say what they count, every letter
that is left alone has its reason, a redrive is followed to its end, and a letter shows what it died of, in every
round, and the world that it died with."""

import json
import os
import signal
import subprocess
import time

from cluster import BIN, WAIT_S, Cluster, check, run_tests, stages_of, wait_until
from test_dead_letters import MarkedCluster, die, letter_name
from wire_client import WireClient, custom, join

DRAINED = 40  # letters: a drain asks for each


def lqctl_text(cluster, *words, **more):
    more.setdefault("cwd", cluster.folder)
    return subprocess.run([str(BIN / "lqctl"), "--config", str(cluster.config), "--no-input", *words], text=True, errors="replace",
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          env=cluster.environment, check=False, timeout=WAIT_S * 2, **more)


def expect(done, code, *texts):
    check(done.returncode == code, f"{done.args}: exit code {done.returncode}, not {code}: {done.stdout}{done.stderr}")
    for text in texts:
        check(text in done.stdout + done.stderr, f"{done.args} does not say \"{text}\": {done.stdout}{done.stderr}")
    return done


def make_letters(cluster, client, count):
    """Letters of as many sessions: three in one would park it."""
    names = [f"s{number}" for number in range(count)]
    cluster.create_sessions("acme", names)
    tags = [client.submit(name, custom("fail")) for name in names]
    client.drain()
    check(client.by_outcome["dead_lettered"] == len(tags), f"{client.by_outcome}")
    return sorted(letter["id"] for letter in cluster.letters())


def no_signal_leaves_a_file():
    """A drain is ended at ever later moments; then its file is not there at all, or is whole. SIGKILL too."""
    with MarkedCluster() as cluster, WireClient(cluster, "acme") as client:
        ids = make_letters(cluster, client, DRAINED)
        folder = cluster.folder / "drained"
        folder.mkdir()
        path = folder / "letters.jsonl"
        cut = whole = 0
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGPIPE, signal.SIGKILL):
            delay_s, step_s = 0.0, 0.004
            while cluster.letters("--state", "open") and delay_s < 1:
                process = cluster.lqctl_process("dlq", "drain", str(path))
                time.sleep(delay_s)  # not for an event: to hit every moment of a drain
                process.send_signal(number)
                process.communicate(timeout=WAIT_S)
                delay_s += step_s
                found = [entry.name for entry in folder.iterdir()]
                check(found in ([], ["letters.jsonl"]), f"{signal.Signals(number).name} left {found}")
                if not found:
                    cut += 1
                    continue
                lines = [json.loads(line) for line in path.read_text().splitlines()]
                check(all(line["commands"] for line in lines), f"not whole: {lines}")
                check(sorted(line["id"] for line in lines) == ids, f"{len(lines)} of {len(ids)} letters")
                path.unlink()
                whole += 1
                break
            if not cluster.letters("--state", "open"):
                ids = make_more(cluster, client)
        check(cut > 0, "no drain was cut short")
        return f"{cut} drains cut short by 5 signals left nothing, {whole} were whole"


def make_more(cluster, client):
    """The numbers of drained commands are free again."""
    for number in range(DRAINED):
        cluster.lqctl("session", "resume", "--all")
        client.submit(f"s{number}", custom("fail"))
    client.drain()
    return sorted(letter["id"] for letter in cluster.letters())


def a_drain_says_why_not():
    with MarkedCluster() as cluster, WireClient(cluster, "acme") as client:
        make_letters(cluster, client, 3)
        folder = cluster.folder
        for words, code, text in (
                (["-"], 2, "cannot be made sure of: name a file"),
                ([str(folder)], 1, "exists; a drain never overwrites"),
                ([str(folder / "no" / "such")], 1, "No such file or directory"),
                ([str(folder / "x") + "/"], 1, "Is a directory"),
                ([""], 2, "name one file"), ([], 2, "name one file"), (["a", "b"], 2, "name one file"),
                (["/dev/stdout"], 1, "never overwrites"), (["/dev/full"], 1, "never overwrites")):
            expect(lqctl_text(cluster, "dlq", "drain", *words), code, text)
        (folder / "dangling").symlink_to(folder / "nothing")
        expect(lqctl_text(cluster, "dlq", "drain", str(folder / "dangling")), 1, "never overwrites")

        def limit():
            import resource
            resource.setrlimit(resource.RLIMIT_FSIZE, (300, 300))
        expect(lqctl_text(cluster, "dlq", "drain", str(folder / "big"), preexec_fn=limit), 1, "File too large",
               "nothing was")
        check(not (folder / "big").exists() and len(cluster.letters()) == 3, "a drain that failed took letters")
        done = expect(lqctl_text(cluster, "dlq", "drain", "./-", cwd=folder), 0, "3 acknowledged")
        check(len((folder / "-").read_text().splitlines()) == 3, f"{done}")
        check(cluster.lqctl("dlq", "list")["count"] == 0, "letters")
        return "11 targets refused with the reason, one file named -"


def counts_agree():
    with MarkedCluster() as cluster, WireClient(cluster, "acme") as client:
        ids = make_letters(cluster, client, 3)
        cluster.mend()
        cluster.wait_serving()
        done = cluster.lqctl("dlq", "redrive", "--wait", ids[0])
        check((done["count"], done["done"], done["open_again"]) == (1, 1, 0), f"{done}")
        listed = cluster.lqctl("dlq", "list")
        counts = listed["count"], listed["open"], listed["redriving"], listed["done"]
        check(counts == (3, 2, 0, 1), f"{counts}")
        check(cluster.status()["letters_open"] == listed["open"] + listed["redriving"], "status and list differ")
        expect(lqctl_text(cluster, "dlq", "list"), 0, "3 letters: 2 open, 0 being redriven, 1 done (kept until purged)")
        expect(lqctl_text(cluster, "status"), 0, "2 dead letters open or being redriven")

        # What is left alone has a reason.
        expect(lqctl_text(cluster, "dlq", "redrive", ids[0]), 1, f"{ids[0]}: is done: its command was decided in frame",
               "0 of 1 dead letters put back into work")
        gone = letter_name(0x123456)
        expect(lqctl_text(cluster, "dlq", "redrive", gone), 3, f"{gone}: no such letter", "0 of 1")
        expect(lqctl_text(cluster, "dlq", "purge", gone, "--yes"), 3, f"{gone}: no such letter", "0 of 1")
        expect(lqctl_text(cluster, "--dry-run", "dlq", "redrive", ids[1], ids[1], gone), 5, "was named twice",
               "no such letter", "1 of 3")
        document = cluster.lqctl("--dry-run", "dlq", "redrive", ids[0], ids[1], code=5)
        check([entry["id"] for entry in document["refused"]] == [ids[0]], f"{document}")
        expect(lqctl_text(cluster, "dlq", "redrive", "--state", "done"), 2, "only open letters")

        # --all and filters go together: all that fit.
        check(cluster.lqctl("--yes", "dlq", "purge", "--all", "--state", "done")["count"] == 1, "purge of tombstones")
        check(cluster.lqctl("dlq", "list")["count"] == 2, "purge took more")
        expect(lqctl_text(cluster, "dlq", "purge", "--all", ids[1]), 2, "by ids, or by filters; not by both")
        expect(lqctl_text(cluster, "dlq", "purge"), 2, "ids, or filters", "--all")
        expect(lqctl_text(cluster, "dlq", "purge", "--all"), 1, "say --yes")
        check(cluster.lqctl("--yes", "dlq", "purge", "--all")["count"] == 2, "purge of all")
        check(cluster.status()["letters_open"] == 0, "status after the purge")
        return "list and status agree, 7 letters left alone with a reason"


def a_letter_keeps_every_round():
    with MarkedCluster() as cluster, WireClient(cluster, "acme") as client:
        cluster.create_sessions("acme", ["s1"])
        check(client.ask("s1", join()).outcome == "applied", "join")
        letter_id = letter_name(die(cluster, client, "s1", "fail").letter_id)
        first = cluster.letter(letter_id)
        check(first["rounds"] == [] and first["commands"][0]["command"]["custom"] == "fail", f"{first}")
        world = first["input"]["world"]
        check(first["input"]["form"] == "tick" and len(world["bodies"]) == 1 and len(world["players"]) == 1,
              f"{first['input']}")
        done = cluster.lqctl("dlq", "redrive", "--wait", letter_id, code=1)
        check((done["count"], done["done"], done["open_again"]) == (1, 0, 1), f"{done}")
        done = lqctl_text(cluster, "dlq", "redrive", letter_id, "--wait")
        expect(done, 1, "1 of 1 dead letters put back into work", f"{letter_id} is open again, round 2: Marked.Fail",
               "0 done, 1 open again")
        cluster.kill_broker()
        letter = cluster.letter(letter_id)
        check((letter["round"], letter["died_round"], letter["state"]) == (2, 2, "open"), f"{letter}")
        deaths = [(entry["round"], entry["stage"], entry["error"], entry["tries"]) for entry in letter["rounds"]]
        check(deaths == [(0, "marked", "Marked.Fail", 3), (1, "marked", "Marked.Fail", 3)], f"{deaths}")
        check(letter["rounds"][0]["wall_ns"] == first["last_wall_ns"], f"{letter['rounds']}")
        shown = expect(lqctl_text(cluster, "dlq", "show", letter_id), 0, "round 0", "round 1", "round 2", "as above",
                       '"custom":"fail"', "1 bodies, 0 agents, 1 players", "body 1  kind")
        check("payload_hex" not in shown.stdout, shown.stdout)
        cluster.mend()
        cluster.wait_serving()
        done = cluster.lqctl("dlq", "redrive", letter_id, "--wait")
        check((done["done"], done["open_again"]) == (1, 0), f"{done}")
        letter = cluster.letter(letter_id)
        check(letter["state"] == "done" and len(letter["rounds"]) == 2 and letter["input"] is None, f"{letter}")
        expect(lqctl_text(cluster, "dlq", "show", letter_id), 0, "round 0", "not kept: the letter is done")

        # Bytes that are no text stay digits.
        letter_id = letter_name(client.ask("s1", custom(b"fail\0\x01")).letter_id)
        if letter_id != letter_name(0):
            check(cluster.letter(letter_id)["commands"][0]["command"]["custom_hex"].startswith("6661696c"), letter_id)
        return "2 redrives that died again, over a SIGKILL of the broker, and one that did not"


def filters_know_their_names():
    with MarkedCluster() as cluster, WireClient(cluster, "acme") as client:
        make_letters(cluster, client, 2)
        cluster.create_sessions("acme", ["quiet"])
        cluster.create_sessions("empty", [])
        file = str(cluster.folder / "never")
        commands = (["dlq", "list"], ["dlq", "drain", file], ["--dry-run", "dlq", "redrive"], ["--yes", "dlq", "purge"])
        for command in commands:
            for words, code, *texts in (
                    (["--session", "acme/nosuch"], 3, "acme/nosuch: ", "no such tenant or session"),
                    (["--session", "nosuch"], 2, "say TENANT/SESSION"),
                    (["--tenant", "nosuch"], 3, "nosuch: ", "no such tenant"),
                    (["--tenant", "no such"], 2, "no name of a tenant"),
                    (["--tenant", ""], 2, "no name of a tenant"),
                    (["--tenant", "empty", "--session", "acme/s0"], 2, "of two tenants"),
                    (["--stage", "nosuch"], 3, f"no such stage; the pipeline has {', '.join(stages_of(cluster.pipeline))}"),
                    (["--stage", ""], 2, "no name of a stage"),
                    (["--stage", "x" * 33], 2, "no name of a stage"),
                    (["--error", ""], 2, "1 to 63 bytes"),
                    (["--error", b"\xff"], 2, "UTF-8"),
                    (["--stage", b"\xff"], 2, "UTF-8"),
                    (["--state", "nosuch"], 2, "open, redriving or done") if "redrive" not in command else
                    (["--state", "OPEN"], 2, "open, redriving or done"),
                    # What exists and has no letters is no mistake.
                    (["--session", "acme/quiet"], 0), (["--tenant", "empty"], 0), (["--stage", "physics"], 0),
                    (["--error", "No.Such"], 0, "others died of Marked.Fail")):
                expect(lqctl_text(cluster, *command, *words), code, *texts)
        check(cluster.lqctl("dlq", "list")["open"] == 2, "a mistyped filter touched a letter")
        for stage in ("marked", "Marked", "MARKED"):
            check(cluster.lqctl("dlq", "list", "--stage", stage)["count"] == 2, f"--stage {stage}")
        check(cluster.lqctl("dlq", "list", "--tenant", "acme", "--session", "s1")["count"] == 1, "--tenant --session")
        for words, code, *texts in (
                (["--tenant", "nosuch"], 3, "no such tenant"), (["--parked-by", "nosuch"], 3, "no such stage"),
                (["acme/nosuch"], 3, "no such tenant or session"), (["--tenant", ""], 2, "no name of a tenant"),
                (["--parked-by", "Marked"], 0, "0 sessions"), (["acme/quiet"], 0, "0 sessions"), (["--all"], 0)):
            expect(lqctl_text(cluster, "session", "resume", *words), code, *texts)
        for words, code, *texts in (
                (["session", "list", "nosuch"], 3, "no such tenant"), (["session", "list", "empty"], 0, "0 sessions"),
                (["session", "list", "a b"], 2, "name one tenant"), (["session", "list", "a", "b"], 2, "name one"),
                (["session", "show", "acme/nosuch"], 3, "no such"),
                (["session", "show", "nosuch/x"], 3, "no such"), (["tenant", "show", "nosuch"], 3, "no such tenant"),
                (["dlq", "list", "x"], 2, "takes no argument, not x"), (["status", "x"], 2, "takes no argument"),
                (["tenant", "list", "x"], 2, "takes no argument"), (["version", "x"], 2, "takes no argument")):
            expect(lqctl_text(cluster, *words), code, *texts)
        # Nobody who could know it: told, and no error.
        cluster.ledgerquest("scale", "load=0")
        wait_until(lambda: not cluster.try_lqctl("status")[1]["healthy"], "no load")
        expect(lqctl_text(cluster, "dlq", "list", "--tenant", "nosuch"), 0, "whether nosuch exists is not known")
        return "17 filters on 4 commands, 18 of other commands"


def health_is_an_exit_code():
    with Cluster() as cluster:
        expect(lqctl_text(cluster, "status"), 0, "HEALTHY")
        cluster.lqctl("status", code=0)
        cluster.ledgerquest("scale", "ai=0")
        wait_until(lambda: not cluster.try_lqctl("status")[1]["healthy"], "no ai")
        expect(lqctl_text(cluster, "status"), 1, "DEGRADED")
        check(cluster.lqctl("status", code=1)["healthy"] is False, "healthy")
        return "0 when healthy, 1 when not"


if __name__ == "__main__":
    os.umask(0o077)
    run_tests("lqctl_letters", [no_signal_leaves_a_file, a_drain_says_why_not, counts_agree, a_letter_keeps_every_round,
                                filters_know_their_names, health_is_an_exit_code])
