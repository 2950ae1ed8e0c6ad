#!/usr/bin/python3
# SPDX-License-Identifier: MPL-2.0
# SPDX-FileCopyrightText: The LedgerQuest Engine authors
"""A tenant that floods, above its quota: it is answered in runs, nothing of it is kept, and nobody else loses a
receipt; how many connections of one client are served; a client of ours waits for its quota and keeps the order."""

import json
import signal
import subprocess
import time

from cluster import BIN, SANITIZED, WAIT_S, Cluster, check, run_tests, wait_until
from wire_client import (HELLO, RECEIPT, SUBMIT, UNUSED, WELCOME, Traffic, WireClient, actor_pb2, client_pb2, header,
                         join, thrust)

QUOTA = 200  # commands a second
CONNECTIONS_OF_A_CLIENT_MAX = 8
BODY_BYTES = 16384
GROWTH_KIB_MAX = 40 * 1024  # behind the flood: nothing of it is kept, but up to 32 MiB of free heap
CALM = [f"calm{number}" for number in range(5)]


def broker_kib(cluster):
    """What is its own; of the sanitized build, what is not freed yet is the larger part."""
    for line in open(f"/proc/{cluster.pid('broker')}/status", encoding="utf-8"):
        if line.startswith("RssAnon:"):
            return int(line.split()[1])
    return 0


def flood(cluster, *words):
    done = subprocess.run([BIN / "lq-flood", "--config", cluster.config, "--json", *words], check=False,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=3 * WAIT_S)
    check(done.returncode == 0, f"lq-flood: {done.returncode}: {done.stderr}")
    return json.loads(done.stdout)


def set_quota(cluster, tenant, rate=QUOTA):
    code, _, errors = cluster.try_lqctl("tenant", "create", tenant)
    check(code in (0, 1), errors)
    cluster.lqctl("tenant", "quota", tenant, "--commands/s", str(rate))


def check_flood(result, took):
    told = f"{result}"
    answered = result["answered"]
    # A number that is said again before its answer has one answer: more of them the slower the broker is.
    check(result["unanswered"] <= result["sent"] / 10, told)
    kept = answered["applied"] + answered["refused"] + answered["duplicate"]  # of 16 KiB: no stage takes those
    check(answered["unused"] > 10 * kept > 0, told)
    check(result["reasons"]["TENANT_QUOTA: commands/s"] == answered["unused"], told)
    check(kept <= QUOTA * (took + 1), told)  # a second's worth at once
    # One answer a message, two for a message in which the quota ran out, and those to what was kept.
    check(result["answers"] <= 2 * result["messages"] + kept, told)


def a_flood_is_its_senders():
    """From one connection and from a hundred, with short commands and with the longest."""
    with Cluster() as cluster:
        set_quota(cluster, "loud")
        cluster.create_sessions("calm", CALM)
        told = []
        with Traffic(cluster, "calm", CALM, depth=2) as calm:
            wait_until(lambda: len(calm.client.receipts) > 50, "receipts flow")
            before = broker_kib(cluster)
            for connections, words in ((1, ()), (100, ("--custom-bytes", str(BODY_BYTES), "--commands", "16"))):
                seen = len(calm.client.receipts)
                begun = time.monotonic()
                result = flood(cluster, "--tenant", "loud", "--connections", str(connections), "--seconds", "2",
                               *words)
                check_flood(result, time.monotonic() - begun)
                check(len(calm.client.receipts) > seen + 50, f"{connections}: the other tenant stands still")
                told.append(f"{connections}: {result['sent']} commands, {result['answers']} answers")
            wait_until(lambda: broker_kib(cluster) - before <= GROWTH_KIB_MAX or SANITIZED, "nothing is kept")
            client = calm.stop()
        check(set(client.by_outcome) == {"applied"}, f"{client.by_outcome}")
        check(len(client.receipts) == calm.submitted, f"{len(client.receipts)} of {calm.submitted}")
        return f"{'; '.join(told)}; beside them {len(client.receipts)} receipts"


def submit_raw(client, round_, count):
    """A SUBMIT of so many new commands; the answers to it: (tags, details) of each RECEIPT until all have one."""
    tags = [client.submit("s1", thrust(0.5, 0.5)) for _ in range(count)]
    client.to_send = []
    commands = [client.waiting[tag] for tag in tags]
    client.send_parts([header(SUBMIT, client_pb2.Submit(
        epoch=client.epoch, client=client.client, tenant=client.tenant, session=["s1"] * count, tag=tags, round=round_,
        sequence=[sent.sequence for sent in commands], command_bytes=[len(sent.body) for sent in commands])),
        b"".join(sent.body for sent in commands)])
    answered, refused = set(), {}
    while len(answered) < count:
        check(client.socket.poll(WAIT_S * 1000), f"no answer to {count - len(answered)} of {count}")
        parts = client.socket.recv_multipart()
        if parts[0][3] != RECEIPT:
            continue
        message = client_pb2.Receipt.FromString(parts[0][4:])
        details = {detail.index: detail for detail in message.details}
        for index, tag in enumerate(message.tag):
            detail = details.get(index)
            run = range(tag, detail.last_tag + 1) if detail and detail.last_tag else [tag]
            answered |= set(run)
            refused.update({one: detail for one in run if message.outcome[index] == UNUSED})
    for tag in tags:
        del client.waiting[tag]
    return [refused.get(tag) for tag in tags]


def a_round_is_refused_as_a_whole():
    """What is behind a refused command is refused until its sender begins again, though there is room by then."""
    with Cluster() as cluster:
        cluster.create_sessions("loud", ["s1"])
        set_quota(cluster, "loud", 20)
        with WireClient(cluster, "loud") as client:
            client.ask("s1", join())
            first = submit_raw(client, 1, 40)
            accepted = first.index(next(detail for detail in first if detail))
            check(0 < accepted <= 21 and None not in first[accepted:], f"{first}")
            check({detail.reason for detail in first[accepted:]} == {"TENANT_QUOTA: commands/s"}, f"{first}")
            check(all(0 < detail.again_ms <= 50 for detail in first[accepted:]), f"{first}")
            client.next_sequence["s1"] -= 40 - accepted  # they are free
            time.sleep(0.2)  # the bucket has some again
            check(None not in submit_raw(client, 1, 2), "accepted behind one that was refused")
            client.next_sequence["s1"] -= 2
            check(submit_raw(client, 2, 2) == [None, None], "the next round is refused")
            check(submit_raw(client, 2, 1) == [None], "and the same one again")
            time.sleep(0.1)
            check(submit_raw(client, 0, 1) == [None], "who does not count rounds is refused")
        return f"{accepted} of 40 accepted"


class Knocking(WireClient):
    """One of many connections of one client: keeps what it was told."""

    refused = ""

    def on_welcome(self, welcome):
        if welcome.epoch:
            super().on_welcome(welcome)
        self.refused = welcome.refused

    def knock(self):
        """Say HELLO, and wait for the answer to it."""
        self.send_parts([header(HELLO, client_pb2.Hello(client=self.client))])
        check(self.socket.poll(WAIT_S * 1000), "no answer to HELLO")
        parts = self.socket.recv_multipart()
        check(parts[0][3] == WELCOME, f"{parts[0][:4]}")
        self.on_welcome(actor_pb2.Welcome.FromString(parts[0][4:]))
        return self.refused == ""


def connections_of_a_client_are_bounded():
    """One too many is told so, and not served; there is room at once when the others are gone."""
    with Cluster() as cluster:
        cluster.create_sessions("acme", ["s1"])
        crowd = [Knocking(cluster, "acme", client=b"0123456789abcdef") for _ in range(CONNECTIONS_OF_A_CLIENT_MAX + 3)]
        served = []
        for one in crowd:
            wait_until(lambda one=one: one.socket.poll(0, 2), "connected")  # POLLOUT
            served.append(one.knock())
        check(served == [True] * CONNECTIONS_OF_A_CLIENT_MAX + [False] * 3, f"{served}")
        late = crowd[-1]
        check(late.epoch == 0 and late.refused.startswith("CLIENT_QUOTA: "), late.refused)
        late.epoch = crowd[0].epoch
        late.submit("s1", join())
        late.flush()
        check(crowd[0].ask("s1", join(), sequence=2).outcome == "applied", "the others are served")
        check(not late.socket.poll(200), "an answer to who is not served")
        check("another one is not served" in cluster.log_text("broker"), "nothing in the log")
        with WireClient(cluster, "acme") as another:
            check(another.ask("s1", join()).outcome == "applied", "another client is served")
        for one in crowd[:-1]:
            one.close()
        begun = time.monotonic()
        wait_until(late.knock, "room comes back")
        took = time.monotonic() - begun
        check(late.ask("s1", thrust(1.0, 0.0), sequence=3).outcome == "applied", "served now")
        late.close()
        # Cut and there again, many times: always served at once.
        for number in range(4 * CONNECTIONS_OF_A_CLIENT_MAX):
            with Knocking(cluster, "acme", client=b"0123456789abcdef") as again:
                wait_until(lambda again=again: again.socket.poll(0, 2), "connected")
                wait_until(again.knock, f"served after cut number {number}")
        return f"{CONNECTIONS_OF_A_CLIENT_MAX} served, room after {took * 1000:.0f} ms"


def our_client_waits_and_keeps_the_order():
    """lqctl hears nothing but receipts: each command once, in the order of its lines, also over a new broker."""
    lines = [{"session": "s1", "kind": "Join", "x": 5, "y": 5, "radius": 0.5}]
    lines += [{"session": "s1", "kind": "SetThrust", "vx": number % 7} for number in range(1, 4 * QUOTA)]
    with Cluster() as cluster:
        cluster.create_sessions("loud", ["s1"])
        set_quota(cluster, "loud")
        path = cluster.folder / "lines"
        path.write_text("".join(json.dumps(line) + "\n" for line in lines))
        process = cluster.lqctl_process("submit", str(path), "--tenant", "loud", "--timeout", f"{WAIT_S}s")
        wait_until(lambda: cluster.status()["receipts"] > QUOTA + 20, "it waits for its quota")
        cluster.kill("broker")
        output, errors = process.communicate(timeout=2 * WAIT_S)
        documents = [json.loads(line) for line in output.splitlines()]
        check(process.returncode == 0, f"{process.returncode}: {errors}{documents[-1:]}")
        receipts = [one for one in documents if one["schema"].startswith("lqctl.receipt")]
        outcomes = {one["outcome"] for one in receipts}
        check(outcomes <= {"applied", "duplicate"}, f"{outcomes}")
        receipts.sort(key=lambda one: one["sequence"])
        check([one["sequence"] for one in receipts] == list(range(1, len(lines) + 1)), "each number once")
        frames = [one["frame"] for one in receipts if one["outcome"] == "applied"]
        check(frames == sorted(frames), "out of order")
        return f"{len(receipts)} receipts at {QUOTA} commands/s, {documents[-1]['resends']} said again"


def who_interrupts_a_wait_may_come_again():
    """What waited for the quota frees its numbers, and nothing is sent behind it: the next command is in the window."""
    lines = [{"session": "s1", "kind": "SetThrust", "vx": number % 7} for number in range(250)]
    with Cluster() as cluster:
        cluster.create_sessions("loud", ["s1"])
        set_quota(cluster, "loud", 5)
        path = cluster.folder / "lines"
        path.write_text("".join(json.dumps(line) + "\n" for line in lines))
        process = cluster.lqctl_process("submit", str(path), "--tenant", "loud", "--timeout", f"{WAIT_S}s")
        wait_until(lambda: cluster.status()["receipts"] >= 7, "it waits for its quota")
        process.send_signal(signal.SIGINT)
        output, errors = process.communicate(timeout=WAIT_S)
        documents = [json.loads(line) for line in output.splitlines()]
        summary = documents[-1]
        check(summary["without_receipt"] == 0, f"{summary} {errors}")
        used = [one["sequence"] for one in documents[:-1] if one["outcome"] != "unused"]
        check(used == list(range(1, len(used) + 1)) and len(used) < 40, f"{used}")
        receipt = cluster.lqctl("submit", "loud/s1", "Join", "x=1", "y=1", "radius=0.5")["receipts"][0]
        check(receipt["sequence"] == len(used) + 1 and receipt["outcome"] in ("applied", "refused"), f"{receipt}")
        return f"{len(used)} of {len(lines)} used, the next number is {receipt['sequence']}"


if __name__ == "__main__":
    run_tests("flood", [a_flood_is_its_senders, a_round_is_refused_as_a_whole, connections_of_a_client_are_bounded,
                        our_client_waits_and_keeps_the_order, who_interrupts_a_wait_may_come_again])
