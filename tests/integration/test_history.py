#!/usr/bin/python3
# SPDX-License-Identifier: MPL-2.0
# SPDX-FileCopyrightText: The LedgerQuest Engine authors
"""lqctl session history, session diff and command show: what they say is what receipts and worlds said; what cannot
be answered ends with an exit code and a message that says why."""

import collections
import json
import random
import secrets
import subprocess
import threading
import time

from cluster import BIN, WAIT_S, Cluster, check, run_tests, wait_until
from test_dead_letters import MarkedCluster, die, letter_name
from wire_client import WireClient, client_id, command, custom, join, thrust

OK, FAILED, USAGE, NOT_FOUND, PARTLY, UNREACHABLE, TIMEOUT = 0, 1, 2, 3, 5, 69, 99
DESPAWN = 4


def lqctl_lines(cluster, *words, code=OK):
    """(documents, stderr) of a command that prints a line for each."""
    process = cluster.lqctl_process("--no-input", *words)
    output, errors = process.communicate(timeout=WAIT_S * 3)
    check(process.returncode == code, f"{words}: exit code {process.returncode}, not {code}: {errors}")
    return [json.loads(line) for line in output.splitlines()], errors


def history(cluster, path, *words, code=OK):
    return lqctl_lines(cluster, "session", "history", path, *words, code=code)[0]


def show(cluster, client, number, path, *words, code=OK):
    return cluster.lqctl("command", "show", f"{client.hex()}:{number}", "--session", path, *words, code=code)


def text_of(cluster, *words):
    """stdout of a command, as text."""
    return subprocess.run([str(BIN / "lqctl"), "--config", str(cluster.config), *words], stdout=subprocess.PIPE,
                          text=True, env=cluster.environment, timeout=WAIT_S, check=True).stdout


def refused_command():
    return command(DESPAWN, body_id=4711)


def history_tells_the_frames():
    with Cluster() as cluster:
        cluster.create_sessions("acme", ["s1"])
        with WireClient(cluster, "acme") as client:
            receipts = [client.ask("s1", join())]
            receipts += [client.ask("s1", thrust(1.0, 0.5)) for _ in range(150)]
            receipts.append(client.ask("s1", refused_command()))
        told = history(cluster, "acme/s1")
        check([frame["frame"] for frame in told] == list(range(len(receipts) + 1)), "not each frame once")
        for frame, receipt in zip(told[1:], receipts):
            held, = frame["commands"]
            check((frame["frame"], frame["hash"]) == (receipt.frame, receipt.hash), f"{frame} {receipt}")
            check((held["client"], held["sequence"], held["outcome"]) ==
                  (client.client.hex(), frame["frame"], receipt.outcome), f"{held} {receipt}")
            check(held["command"]["kind"] == held["kind"] and frame["record_bytes"] > 224, f"{frame}")
            check(frame["wall_time_ns"] > 10**18 and "world" not in frame, f"{frame}")
        check(told[1]["events"][0]["type"] == "PlayerJoined", f"{told[1]}")
        check(told[-1]["commands"][0]["reason"], f"{told[-1]}")
        some = history(cluster, "acme/s1", "--from", "100", "--to", "140")
        check(some == told[100:141], "a part is not that part of the whole")
        check(history(cluster, "acme/s1", "--from", "7", "--to", "7") == told[7:8], "one frame")
        check(history(cluster, "acme/s1", "--to", "3") == told[:4], "from the first")
        text = text_of(cluster, "session", "history", "acme/s1", "--from", "1", "--to", "152")
        check(f"  command  {client.client.hex()}:1 Join applied\n" in text, text)
        check("  event    PlayerJoined of body 1\n" in text and "Despawn refused: " in text, text)
        return f"{len(told)} frames"


def history_of_a_session_that_ticks_has_an_end():
    with Cluster() as cluster:
        cluster.create_sessions("acme", ["live"], "--rate", "100")
        wait_until(lambda: cluster.session("acme/live")["frame"] > 200, "200 frames")
        before = cluster.session("acme/live")["frame"]
        told = history(cluster, "acme/live", "--from", "1")
        after = cluster.session("acme/live")["frame"]
        numbers = [frame["frame"] for frame in told]
        check(numbers == list(range(1, len(told) + 1)), "a gap")
        check(before <= numbers[-1] <= after, f"{before} {numbers[-1]} {after}")
        return f"{len(told)} frames of a session at 100 ticks/s"


BODY_FIELDS = ("kind", "x", "y", "angle", "vx", "vy", "spin", "radius", "thrust_x", "thrust_y")
AGENT_FIELDS = ("behavior", "target", "strength")


def rows_of(world):
    """{(of, name): {field: value}} of a world as session state prints it."""
    rows = {("body", body["id"]): {field: body[field] for field in BODY_FIELDS} for body in world["bodies"]}
    rows |= {("agent", body["id"]): {field: body["agent"][field] for field in AGENT_FIELDS}
             for body in world["bodies"] if "agent" in body}
    rows |= {("player", player["client"]): {"body": player["body"]} for player in world["players"]}
    return rows


def expected_differences(first, second):
    before, after = rows_of(first), rows_of(second)
    for name in before.keys() | after.keys():
        if name not in after or name not in before:
            yield (*name, "added" if name in after else "removed", None, None, None)
            continue
        for field, value in before[name].items():
            if value != after[name][field]:
                yield (*name, "changed", field, value, after[name][field])


def told_differences(document):
    for one in document["differences"]:
        if one["of"] != "world":
            yield (one["of"], one.get("body", one.get("client")), one["kind"], one.get("field"), one.get("before"),
                   one.get("after"))


def diffs_are_those_of_the_worlds():
    with Cluster() as cluster:
        cluster.create_sessions("acme", ["s1"], "--rate", "50")
        with WireClient(cluster, "acme") as client, WireClient(cluster, "acme") as other:
            client.ask("s1", join())
            client.ask("s1", thrust(3.0, 1.0))
            client.ask("s1", command(3, x=20.0, y=20.0, radius=0.5, vx=1.0))
            client.ask("s1", command(7, body_id=2, behavior=2, target_id=1, strength=2.0))
            other.ask("s1", join(30.0, 30.0))
            client.ask("s1", command(DESPAWN, body_id=2))
        head = cluster.session("acme/s1")["frame"]
        differing = 0
        for first, second in ((0, head), (1, 2), (head - 1, head), (head // 2, head), (head, head)):
            document = cluster.lqctl("session", "diff", "acme/s1", "--frames", f"{first}..{second}")
            worlds = [cluster.lqctl("session", "state", "acme/s1", "--frame", str(frame)) for frame in (first, second)]
            check([document["from_hash"], document["to_hash"]] == [world["hash"] for world in worlds], f"{document}")
            check(document["count"] == len(document["differences"]), f"{document}")
            check(document["steps"] == worlds[1]["step_count"] - worlds[0]["step_count"], f"{document}")
            told = sorted(told_differences(document), key=repr)
            expected = sorted(expected_differences(*(world["world"] for world in worlds)), key=repr)
            check(told == expected, f"{first}..{second}: told {told}, expected {expected}")
            differing += len(told)
        text = text_of(cluster, "session", "diff", "acme/s1", "--frames", f"0..{head}")
        check("body 1" in text and "added" in text, text)
        return f"{differing} differences"


def commands_are_found():
    with Cluster() as cluster:
        cluster.create_sessions("acme", ["s1", "s2"])
        with WireClient(cluster, "acme") as client:
            receipts = {1: client.ask("s1", join())}
            for number in range(2, 200):
                receipts[number] = client.ask("s1", refused_command() if number % 50 == 0 else thrust(1.0, 0.0))
        for number in (1, 50, 100, 134, 135, 136, 198, 199):
            found = show(cluster, client.client, number, "acme/s1")
            receipt = receipts[number]
            check(found["answer"] == receipt.outcome, f"{number}: {found}")
            check((found["found"]["frame"], found["found"]["hash"]) == (receipt.frame, receipt.hash), f"{found}")
            check((found["found"]["reason"] != "") == (receipt.outcome == "refused"), f"{found}")
            # 199 is the highest; the 64 below it are remembered
            check(found["window"]["number"] == ("used" if number >= 135 else "below"), f"{number}: {found}")
        short = show(cluster, client.client, 1, "acme/s1", "--frames", "100", code=PARTLY)
        check(short["answer"] == "undecided" and short["search"] == {"from": 100, "to": 199, "oldest": 0}, f"{short}")
        free = show(cluster, client.client, 200, "acme/s1", code=NOT_FOUND)
        check((free["answer"], free["window"]["number"], free["search"]) == ("never seen", "free", None), f"{free}")
        nobody = show(cluster, secrets.token_bytes(16), 1, "acme/s1", code=NOT_FOUND)
        check(nobody["answer"] == "never seen" and nobody["window"]["number"] == "no client", f"{nobody}")
        elsewhere = show(cluster, client.client, 1, "acme/s2", code=NOT_FOUND)
        check(elsewhere["answer"] == "never seen", f"{elsewhere}")
        text = text_of(cluster, "command", "show", f"{client.client.hex()}:50", "--session", "acme/s1")
        check("answer     refused in frame 50: " in text and "window     after frame 199: " in text, text)
        receipt, = cluster.lqctl("submit", "acme/s2", "Spawn", "x=1", "y=1", "radius=0.5")["receipts"]
        found = show(cluster, bytes.fromhex(receipt["client"]), receipt["sequence"], "acme/s2")
        check((found["answer"], found["found"]["frame"]) == ("applied", receipt["frame"]), f"{found} {receipt}")
        return incarnations_are_told_apart(cluster)


def incarnations_are_told_apart(cluster):
    cluster.create_sessions("acme", ["s3"])
    player = secrets.token_bytes(8)
    with WireClient(cluster, "acme", client=client_id(player, 5)) as first:
        receipt = first.ask("s3", join())
    with WireClient(cluster, "acme", client=client_id(player, 6)) as second:
        second.ask("s3", thrust(1.0, 0.0))
    found = show(cluster, first.client, 1, "acme/s3")
    check((found["answer"], found["found"]["frame"]) == ("applied", receipt.frame), f"{found}")
    check(found["window"]["number"] == "later", f"{found}")
    gone = show(cluster, first.client, 2, "acme/s3", code=NOT_FOUND)
    check(gone["answer"] == "never seen" and gone["search"] == {"from": 0, "to": 2, "oldest": 0}, f"{gone}")
    later = show(cluster, client_id(player, 7), 1, "acme/s3", code=NOT_FOUND)
    check(later["window"]["number"] == "no client", f"{later}")
    return "10 kinds of answers"


def commands_under_way_are_seen():
    with Cluster() as cluster:
        cluster.create_sessions("acme", ["s1"])
        with WireClient(cluster, "acme") as client:
            client.ask("s1", join())
            frozen = [cluster.freeze(name) for name in cluster.names() if name.startswith("physics")]
            client.submit("s1", thrust(1.0, 0.0))
            client.flush()

            def under_way():
                found = show_any(cluster, client.client, 2)
                return found if found["answer"] == "under way" else None
            found = wait_until(under_way, "the command is at physics")
            check(found["broker"]["stage"] == "physics" and found["window"]["number"] == "free", f"{found}")
            for _ in range(2):
                client.submit("s1", thrust(0.0, 1.0))
            client.flush()

            def waiting():
                found = show_any(cluster, client.client, 4)
                return found if found["answer"] == "waiting" else None
            found = wait_until(waiting, "the command waits")
            check(found["broker"]["place"] == "mailbox" and found["broker"]["ahead"] == 1, f"{found}")
            for pid in frozen:
                cluster.thaw(pid)
            client.drain()
        for number in (2, 3, 4):
            check(show(cluster, client.client, number, "acme/s1")["answer"] == "applied", f"{number}")
        return "under way, waiting, applied"


def show_any(cluster, client, number):
    _, found, errors = cluster.try_lqctl("command", "show", f"{client.hex()}:{number}", "--session", "acme/s1")
    check(found is not None, errors)
    return found


def thaw_all(cluster, pids):
    for pid in pids:
        cluster.thaw(pid)


def no_command_is_lost_from_sight():
    """On its way from the mailbox into a frame each is somewhere, whenever it is asked for."""
    on_its_way = collections.Counter()
    with Cluster() as cluster:
        cluster.create_sessions("acme", ["s1"])
        physics = [name for name in cluster.names() if name.startswith("physics")]
        with WireClient(cluster, "acme") as client:
            client.ask("s1", join())
            for number in range(2, 26):
                frozen = [cluster.freeze(name) for name in physics]
                client.submit("s1", thrust(1.0, 0.0))
                client.flush()
                later = threading.Timer(random.uniform(0, 0.15), thaw_all, [cluster, frozen])
                later.start()
                seen, deadline = False, time.monotonic() + WAIT_S
                while time.monotonic() < deadline:
                    answer = show_any(cluster, client.client, number)["answer"]
                    check(not (seen and answer == "never seen"), f"{number} was seen, and then never")
                    seen = seen or answer != "never seen"
                    on_its_way[answer] += 1
                    if answer == "applied":
                        break
                later.join()
                check(answer == "applied", f"{number}: {answer}")
            client.drain()
    check(on_its_way["under way"] > 0, f"none was seen on its way: {on_its_way}")
    check(set(on_its_way) <= {"never seen", "waiting", "under way", "applied"}, f"{on_its_way}")
    return ", ".join(f"{count} {answer}" for answer, count in sorted(on_its_way.items()))


def dead_letters_are_named():
    with MarkedCluster() as cluster:
        cluster.create_sessions("acme", ["s1"])
        with WireClient(cluster, "acme") as client:
            receipt = die(cluster, client, "s1")
            name = letter_name(receipt.letter_id)
            found = show(cluster, client.client, 1, "acme/s1")
            check(found["answer"] == "dead-lettered" and found["broker"]["letter"] == name, f"{found}")
            check(found["letters"] == {"count": 1, "cut": False, "letter": name, "state": "open"}, f"{found}")
            client.ask("s1", custom("good"))
            check(show(cluster, client.client, 2, "acme/s1")["answer"] == "applied", "the next one")
            cluster.mend()
            cluster.wait_serving()
            cluster.lqctl("dlq", "redrive", name, "--wait")
            found = show(cluster, client.client, 1, "acme/s1")
            check(found["answer"] == "applied" and found["letters"]["state"] == "done", f"{found}")
            check(found["found"]["frame"] == cluster.letter(name)["done_frame"], f"{found}")
            cluster.lqctl("dlq", "purge", name, "--yes")
            found = show(cluster, client.client, 1, "acme/s1")
            check(found["answer"] == "applied" and found["letters"]["letter"] is None, f"{found}")
        return name


def answers_of_mirrored_tenants_are_held():
    with Cluster() as cluster:
        cluster.create_sessions("acme", ["s1"])
        with WireClient(cluster, "acme") as client:
            client.ask("s1", join())
            cluster.lqctl("tenant", "durability", "acme", "mirrored")
            client.submit("s1", thrust(1.0, 0.0))
            client.flush()

            def held():
                code, found, _ = cluster.try_lqctl("--timeout", "1s", "command", "show", f"{client.client.hex()}:2",
                                                   "--session", "acme/s1")
                return found if code == PARTLY and found["answer"] == "held" else None
            found = wait_until(held, "the answer is held", pause_s=0.2)
            check(found["window"] is None, f"{found}")
            for words in (["session", "history", "acme/s1"], ["session", "diff", "acme/s1", "--frames", "0..0"]):
                code, _, errors = cluster.try_lqctl("--timeout", "1s", *words)
                check(code == TIMEOUT and "mirror" in errors, f"{words}: {code} {errors}")
        return "held"


CLIENT = "00112233445566778899aabbccddeeff"
HUGE = str(2**64 - 1)
# words, exit code, a part of what is said
HOSTILE = [
    (["session", "history"], USAGE, "needs a session"),
    (["session", "history", "acme"], USAGE, "is no session"),
    (["session", "history", "acme/s1/x"], USAGE, "is no session"),
    (["session", "history", "../s1"], USAGE, "is no session"),
    (["session", "history", "acme/s1", "acme/s2"], USAGE, "takes one session"),
    (["session", "history", "acme/s1", "--from", "9", "--to", "3"], USAGE, "--from 9 is behind --to 3"),
    (["session", "history", "acme/s1", "--from", "-1"], USAGE, "no whole number"),
    (["session", "history", "acme/s1", "--from", "1e3"], USAGE, "no whole number"),
    (["session", "history", "acme/s1", "--to", "18446744073709551616"], USAGE, "no whole number"),
    (["session", "history", "acme/s9"], NOT_FOUND, "no such tenant or session"),
    (["session", "history", "other/s1"], NOT_FOUND, "no such tenant or session"),
    (["session", "history", "acme/s1", "--from", "100"], NOT_FOUND, "the newest is frame 3"),
    (["session", "history", "acme/s1", "--to", "4"], NOT_FOUND, "there is no frame 4; the newest is frame 3"),
    (["session", "history", "acme/s1", "--from", "0", "--to", HUGE], NOT_FOUND, f"there is no frame {HUGE}"),
    (["session", "history", "acme/s1", "--from", HUGE, "--to", HUGE], NOT_FOUND, f"there is no frame {HUGE}"),
    (["session", "diff", "acme/s1"], USAGE, "--frames A..B"),
    (["session", "diff", "acme/s1", "--frames", "1"], USAGE, "not two frames"),
    (["session", "diff", "acme/s1", "--frames", "1.."], USAGE, "not two frames"),
    (["session", "diff", "acme/s1", "--frames", "..1"], USAGE, "not two frames"),
    (["session", "diff", "acme/s1", "--frames", "1...3"], USAGE, "not two frames"),
    (["session", "diff", "acme/s1", "--frames", " 1..3"], USAGE, "not two frames"),
    (["session", "diff", "acme/s1", "--frames", "1..-3"], USAGE, "not two frames"),
    (["session", "diff", "acme/s1", "--frames", "3..1"], USAGE, "the first is behind the second"),
    (["session", "diff", "acme/s1", "--frames", "0..18446744073709551616"], USAGE, "not two frames"),
    (["session", "diff", "acme/s1", "--frames", f"0..{HUGE}"], NOT_FOUND, "the newest is frame 3"),
    (["session", "diff", "acme/s9", "--frames", "0..1"], NOT_FOUND, "no such tenant or session"),
    (["session", "diff", "other/s1", "--frames", "0..1"], NOT_FOUND, "no such tenant or session"),
    (["session", "state", "acme/s1", "--frame", "4"], NOT_FOUND, "frame 4: the newest is 3"),
    (["command", "show"], USAGE, "takes one command"),
    (["command", "show", f"{CLIENT}:1"], USAGE, "--session TENANT/SESSION"),
    (["command", "show", f"{CLIENT}:1", "--session", "acme"], USAGE, "acme: say of which session"),
    (["command", "show", f"{CLIENT}:0", "--session", "acme/s1"], USAGE, "from 1 on"),
    (["command", "show", f"{CLIENT}:x", "--session", "acme/s1"], USAGE, "from 1 on"),
    (["command", "show", "me:1", "--session", "acme/s1"], USAGE, "hexadecimal digits"),
    (["command", "show", f"{CLIENT}:1", f"{CLIENT}:2", "--session", "acme/s1"], USAGE, "takes one command"),
    (["command", "show", f"{CLIENT}:1", "--session", "acme/s1", "--frames", "0"], USAGE, "no whole number"),
    (["command", "show", f"{CLIENT}:1", "--session", "acme/s9"], NOT_FOUND, "no such tenant or session"),
    (["command", "show", f"{CLIENT}:1", "--session", "other/s1"], NOT_FOUND, "no such tenant or session"),
]


def what_cannot_be_answered_says_why():
    with Cluster() as cluster:
        cluster.create_sessions("acme", ["s1"])
        with WireClient(cluster, "acme") as client:
            for _ in range(3):
                client.ask("s1", join())
        for words, wanted, said in HOSTILE:
            code, document, errors = cluster.try_lqctl(*words)
            check((code, document) == (wanted, None), f"{words}: exit code {code}: {errors} {document}")
            check(said in errors and errors.count("\n") == 1, f"{words}: {errors}")
        return f"{len(HOSTILE)} ways to ask wrongly"


def answers_while_processes_die():
    questions = (["session", "history", "acme/s1"], ["session", "diff", "acme/s1", "--frames", "0..50"])
    with Cluster() as cluster:
        cluster.create_sessions("acme", ["s1"])
        with WireClient(cluster, "acme") as client:
            client.ask("s1", join())
            for _ in range(99):
                client.ask("s1", thrust(1.0, 0.0))
        whole = history(cluster, "acme/s1")
        # The writer is not needed to read.
        pid = cluster.freeze("persist-1")
        check(history(cluster, "acme/s1") == whole, "without persist")
        cluster.lqctl(*questions[1])
        check(show(cluster, client.client, 3, "acme/s1")["answer"] == "applied", "without persist")
        cluster.thaw(pid)
        cluster.wait_serving()
        # An answer waits for a load actor, or says that it did not come.
        for words in (*questions, ["command", "show", f"{client.client.hex()}:3", "--session", "acme/s1"]):
            # Anew for each: what is frozen for long is killed, and another one answers.
            frozen = [cluster.freeze(name) for name in cluster.names() if name.startswith("load")]
            code, document, errors = cluster.try_lqctl("--timeout", "1s", *words)
            check((code, document) == (TIMEOUT, None) and "no answer came within 1000 ms" in errors,
                  f"{words}: {code} {errors}")
            for pid in frozen:
                cluster.thaw(pid)
            cluster.wait_serving()
        killed = kill_while_asking(cluster, whole)
        cluster.ledgerquest("down")
        for words in questions:
            told, errors = lqctl_lines(cluster, *words, code=UNREACHABLE)
            check(told == [] and "no broker serves" in errors, f"{words}: {told} {errors}")
        return f"{killed} brokers and actors of load killed under questions"


def kill_while_asking(cluster, whole):
    """Each answer is whole, whoever dies under it."""
    killed = 0
    for victim in ("broker", "load-1", "broker", "load-1"):
        asking = [cluster.lqctl_process("--timeout", f"{WAIT_S}s", "session", "history", "acme/s1") for _ in range(3)]
        time.sleep(0.01)
        old = cluster.kill(victim)
        for process in asking:
            output, errors = process.communicate(timeout=WAIT_S * 3)
            check(process.returncode == OK, f"{victim} killed: {process.returncode} {errors}")
            check([json.loads(line) for line in output.splitlines()] == whole, f"{victim} killed: another history")
        cluster.wait_pid(victim, other_than=old)
        cluster.wait_serving()
        killed += 1
    return killed


if __name__ == "__main__":
    run_tests("history", [history_tells_the_frames, history_of_a_session_that_ticks_has_an_end,
                          diffs_are_those_of_the_worlds, commands_are_found, commands_under_way_are_seen,
                          no_command_is_lost_from_sight, dead_letters_are_named, answers_of_mirrored_tenants_are_held,
                          what_cannot_be_answered_says_why, answers_while_processes_die])
