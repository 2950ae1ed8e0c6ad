#!/usr/bin/python3
# SPDX-License-Identifier: MPL-2.0
# SPDX-FileCopyrightText: The LedgerQuest Engine authors
"""Messages that nobody of ours would send, to running processes: nested 10,000 deep, 524,288 unknown fields,
fields that a decoder would blow up 70 times, truncated, of wrong kinds and sizes and numbers of parts. Each
is refused and counted, memory stays where it was, and who works beside it does not notice."""

import contextlib
import pathlib
import random
import secrets
import socket
import threading
import time

import zmq

import fake_broker
from cluster import SANITIZED, SLOWNESS, Cluster, check, run_tests, wait_until
from test_actor_stages import Engine
from wire_client import HELLO, SUBMIT, Traffic, WireClient, actor_pb2, client_pb2, custom, header, join, judge

ADMIN = 34
READY, RESULT, PAUSED, RESOLVED, HEARTBEAT, GOODBYE, WELCOME, DISPATCH, RESOLVE = 1, 2, 3, 4, 5, 6, 16, 17, 18
FOR_CLIENTS = {HELLO: client_pb2.Hello, SUBMIT: client_pb2.Submit, ADMIN: client_pb2.AdminRequest}
FOR_ACTORS = {READY: actor_pb2.Ready, RESULT: actor_pb2.Result, PAUSED: actor_pb2.Paused,
              RESOLVED: actor_pb2.Result, HEARTBEAT: actor_pb2.Heartbeat, GOODBYE: actor_pb2.Heartbeat}
FROM_BROKER = {WELCOME: actor_pb2.Welcome, DISPATCH: actor_pb2.Dispatch, RESOLVE: actor_pb2.Resolve,
               HEARTBEAT: actor_pb2.Heartbeat}
HEADER_BYTES_MAX, BODY_BYTES_MAX = 256 * 1024, 4 * 1024 * 1024
LEVELS, UNKNOWN_FIELDS = 10000, 524288
# Of a process, after a first round of everything: malloc keeps a few messages of the largest size.
GROWN_BYTES_MAX = 3 * BODY_BYTES_MAX
PEAK_BYTES_MAX = 8 * BODY_BYTES_MAX  # of the broker meanwhile
ROUNDS = 2 if SANITIZED else 8
UNKNOWN_NUMBER = 1000  # of a field that no message has


# ---- hostile bytes ----

def varint(value):
    out = bytearray()
    while value > 0x7f:
        out.append(value & 0x7f | 0x80)
        value >>= 7
    return bytes(out) + bytes([value])


def key(number, wire_type):
    return varint(number << 3 | wire_type)


def nested(number, levels=LEVELS):
    """A message inside a message of the same field, and so on."""
    pieces, size = [], 0
    for _ in range(levels):
        piece = key(number, 2) + varint(size)
        pieces.append(piece)
        size += len(piece)
    return b"".join(reversed(pieces))


def hostile_messages(message_class):
    """By name; none is a message of this class that may be taken."""
    fields = message_class.DESCRIPTOR.fields
    known = next(field for field in fields if field.label != field.LABEL_REPEATED)
    found = {
        "nested": nested(UNKNOWN_NUMBER),
        "unknown fields": (key(15 if len(fields) < 15 else 31, 0) + b"\1") * (HEADER_BYTES_MAX // 4),
        "more unknown fields than a header may hold": b"\x78\x01" * UNKNOWN_FIELDS,
        "an endless number": key(known.number, 0) + b"\xff" * 11,
        "a group": key(known.number, 3),
        "a length beyond the end": key(known.number, 2) + varint(1 << 30),
        "a length beyond all": key(known.number, 2) + b"\xff" * 9 + b"\x01",
        "half a key": b"\x80",
        "field 0": b"\0\0",
    }
    for field in fields:
        if field.label == field.LABEL_REPEATED and field.message_type or field.type == field.TYPE_STRING:
            # With one entry, or none, protobuf-c needs 70 times the memory.
            found[f"empty {field.name}"] = (key(field.number, 2) + b"\0") * 60000
        if field.message_type:
            found[f"nested {field.name}"] = nested(field.number)
    if "empty reason" in found:  # a singular string that comes often counts once
        del found["empty reason"]
    return found


def sized(kind, message):
    return b"LQ\x01" + bytes([kind]) + message


def rubbish(kinds):
    """Parts of messages that are not framed as ours, or whose kind is not for this socket."""
    whole = sized(HELLO, b"")
    messages = [[b""], [b"L"], [b"LQ\x01"], [b"QL\x01 "], [b"LQ\x00 "], [b"LQ\x02 "], [b"\xff" * 4],
                [whole, b"", b""], [whole] * 10, [whole] + [b"x"] * 1000, [b""] * 1000,
                [whole + bytes(HEADER_BYTES_MAX)], [whole + bytes(HEADER_BYTES_MAX), b"body"],
                [bytes(BODY_BYTES_MAX)], [b"", bytes(BODY_BYTES_MAX)]]
    return messages + [[sized(kind, b"")] for kind in range(256) if kind not in kinds]


# ---- who sends them ----

class Attacker:
    """A raw DEALER."""

    def __init__(self, path, identity=None):
        self.context = zmq.Context()
        self.socket = self.context.socket(zmq.DEALER)
        self.socket.setsockopt(zmq.LINGER, 0)
        self.socket.setsockopt(zmq.SNDTIMEO, 20000 * SLOWNESS)
        if identity:
            self.socket.setsockopt(zmq.IDENTITY, identity)
        self.socket.connect(f"ipc://{path}")
        self.sent = self.sent_bytes = 0

    def send(self, parts):
        self.socket.send_multipart(parts)
        self.sent += 1
        self.sent_bytes += sum(len(part) for part in parts)

    def close(self):
        self.socket.close()
        self.context.term()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def anon_bytes(pid):
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("RssAnon:"):
            return int(line.split()[1]) * 1024
    return 0


class Peak(threading.Thread):
    """The most that a process had of its own, looked at every few milliseconds."""

    def __init__(self, pid):
        super().__init__(daemon=True)
        self.pid, self.halt, self.bytes = pid, threading.Event(), 0

    def run(self):
        while not self.halt.wait(0.005):
            self.bytes = max(self.bytes, anon_bytes(self.pid))

    def stop(self):
        self.halt.set()
        self.join()
        return self.bytes


def attack(cluster, path, kinds):
    """One round of everything; waits until the broker counted each. How many messages and bytes."""
    before = cluster.status()["malformed"]
    with Attacker(path) as attacker:
        for kind, message_class in kinds.items():
            for message in hostile_messages(message_class).values():
                attacker.send([sized(kind, message)])
        for parts in rubbish(kinds):
            attacker.send(parts)
        wait_until(lambda: cluster.status()["malformed"] - before >= attacker.sent,
                   f"all {attacker.sent} are counted", pause_s=0.01)
        counted = cluster.status()["malformed"] - before
        check(counted == attacker.sent, f"{attacker.sent} sent, {counted} counted")
        check(not attacker.socket.poll(0), "an answer to a hostile message")
        return attacker.sent, attacker.sent_bytes


def truncations(cluster):
    """A message of a client cut at each byte, and one whose body is too short or too long."""
    epoch = cluster.status()["epoch"]
    body = custom("truncated")
    submit = client_pb2.Submit(epoch=epoch, client=secrets.token_bytes(16), tenant="acme", session=["nobody"],
                               sequence=[1], tag=[1], command_bytes=[len(body)])
    whole = header(SUBMIT, submit)
    for end in range(4, len(whole)):
        yield [whole[:end], body]
    yield [whole]
    for wrong in (body[:-1], body + b"x", b"", bytes(BODY_BYTES_MAX)):
        yield [whole, wrong]
    submit.command_bytes[0] = (1 << 32) - 1
    yield [header(SUBMIT, submit), body]


def attack_truncated(cluster, path):
    before = cluster.status()["malformed"]
    with Attacker(path) as attacker:
        for parts in truncations(cluster):
            attacker.send(parts)
        wait_until(lambda: cluster.status()["malformed"] - before >= attacker.sent, "all are counted")
        check(cluster.status()["malformed"] - before == attacker.sent, "a truncated message was taken")
        return attacker.sent


def attack_connection(path, seed):
    """What libzmq itself refuses: bytes that are no handshake, a part of more than 4 MiB, a long routing id."""
    chance = random.Random(seed)
    for length in (0, 1, 10, 64, 1000, 100000):
        with contextlib.suppress(BrokenPipeError, ConnectionResetError), socket.socket(socket.AF_UNIX) as raw:
            raw.connect(str(path))
            raw.sendall(chance.randbytes(length))
    for size in (BODY_BYTES_MAX + 1, 4 * BODY_BYTES_MAX):
        with Attacker(path) as attacker:
            attacker.send([sized(HELLO, b""), bytes(size)])
            check(not attacker.socket.poll(50), "an answer to an oversize part")
    with Attacker(path, b"i" * 255) as attacker:
        attacker.send([header(HELLO, client_pb2.Hello(client=bytes(16)))])
        check(not attacker.socket.poll(50), "an answer to a routing id of 255 bytes")


def hostile_bodies():
    """Encoded commands as large as one may be."""
    return [nested(1, 5000), nested(UNKNOWN_NUMBER, 3000), b"\x78\x01" * 8000, b"\xff" * 16000, b"\x0a\x00" * 8000,
            bytes(16000), key(3, 1) + b"\0\0\0\0\0\0\xf8\x7f", b"\x80"]


def refused_and_counted():
    """The broker, attacked at both sockets while a client works."""
    seed = int(time.time())
    with Cluster() as cluster, contextlib.ExitStack() as stack:
        names = [f"s{n}" for n in range(20)]
        cluster.create_sessions("acme", names[:10], "--rate", "10")
        cluster.create_sessions("acme", names[10:])
        paths = [cluster.folder / "receipts", cluster.folder / "receipts-hostile"]
        hostile = stack.enter_context(WireClient(cluster, "acme", paths[1]))
        traffic = stack.enter_context(Traffic(cluster, "acme", names, 1, paths[0], pause_s=0.02))
        wait_until(lambda: len(traffic.client.receipts) > 100, "receipts flow")
        pids, sockets = cluster.pids(), cluster.run / "runtime"

        def everything():
            sent = [attack(cluster, sockets / "clients.sock", FOR_CLIENTS),
                    attack(cluster, sockets / "actors.sock", FOR_ACTORS)]
            for name in ("clients.sock", "actors.sock"):
                attack_connection(sockets / name, seed)
            for body in hostile_bodies():
                receipt = hostile.ask("s19", body)
                check(receipt.outcome == "refused", f"{body[:8]!r}: {receipt}")
            return [sum(column) for column in zip(*sent)]
        everything()
        before, seen = {name: anon_bytes(pid) for name, pid in pids.items()}, len(traffic.client.receipts)
        peak = Peak(pids["broker"])
        peak.start()
        messages = size = 0
        for _ in range(ROUNDS):
            count, count_bytes = everything()
            messages, size = messages + count, size + count_bytes
        highest = peak.stop()
        truncated = attack_truncated(cluster, sockets / "clients.sock")
        wait_until(lambda: len(traffic.client.receipts) > seen + 100, "receipts flow")
        client = traffic.stop()
        grown = {name: anon_bytes(pid) - before[name] for name, pid in pids.items()}
        check(cluster.pids() == pids, f"{pids} became {cluster.pids()}")
        status = cluster.wait_serving()
        check(status["letters_total"] == 0 and status["sessions_parked"] == 0 and status["retries"] == 0, f"{status}")
        check(hostile.ask("s19", join()).outcome == "applied", "after all that, a good command")
        check(client.longest_gap_s < 1.0 * SLOWNESS, f"{client.longest_gap_s:.2f} s without a receipt")
        if not SANITIZED:
            check(max(grown.values()) < GROWN_BYTES_MAX, f"RssAnon grew by {grown}")
            check(highest - before["broker"] < PEAK_BYTES_MAX, f"RssAnon of the broker was {highest} bytes")
        lines = cluster.log_text("broker").count("malformed")
        check(0 < lines < 60 * SLOWNESS, f"{lines} lines about {status['malformed']} messages in the log")
        cluster.ledgerquest("down")
        summary, commands = cluster.read_ledger()
        check(summary["ok"], f"{summary}")
        counts = judge(paths, commands)
        return (f"{messages} messages, {size >> 20} MiB, {truncated} truncated, {status['malformed']} counted, {lines} "
                f"lines in the log; RssAnon: broker {grown['broker'] / 1024:+.0f} KiB, most of an actor "
                f"{max(grown.values()) / 1024:+.0f} KiB, broker's peak {(highest - before['broker']) / 2**20:+.1f} MiB; "
                f"{sum(counts.values()) - counts['in_ledger']} receipts, longest time without one "
                f"{client.longest_gap_s * 1000:.0f} ms")


# ---- actors ----

def hostile_payloads():
    """Of a TickRequest or Tick in a DISPATCH that is well formed otherwise."""
    return [nested(8), nested(UNKNOWN_NUMBER), b"\x78\x01" * 100000, b"\x3a\x00" * 50000, b"\x52\x00" * 50000,
            b"\xff" * 1000, b"", b"\x80"]


def attack_actor(broker, instance):
    """Every hostile header, every kind of rubbish; then hostile payloads, of which each fails alone."""
    identity = broker.identities[instance]
    sent = 0
    for kind, message_class in FROM_BROKER.items():
        for message in hostile_messages(message_class).values():
            broker.socket.send_multipart([identity, sized(kind, message)])
            sent += 1
    for parts in rubbish(FROM_BROKER):
        broker.socket.send_multipart([identity, *parts])
        sent += 1
    payloads = hostile_payloads()
    base = broker.batch * 1000 + 1000
    answers = broker.work(instance, [
        {"execution": base + index, "payload": payload, "tenant": "acme", "session": "s1"}
        for index, payload in enumerate(payloads)])
    check(all(answer["verdict"] in (fake_broker.FAILED, fake_broker.ENDED) for answer in answers),
          f"{instance}: {[(answer['verdict'], answer.get('error')) for answer in answers]}")
    return sent + len(payloads)


def actors_refuse_too():
    """The four actors, under a broker that has lost its mind."""
    with fake_broker.Cluster() as cluster, fake_broker.Broker(cluster) as broker:
        engine = Engine(cluster, broker)
        engine.create_tenant()
        engine.create_session()
        pids = {f"{program.removeprefix('lq-')}-1": actor.pid for program, actor in engine.actors.items()}

        def measure():
            """After a good tick: an actor holds the message at hand, of whatever size."""
            check(engine.run(steps=1)["verdict"] == fake_broker.DONE, "a good tick after all that")
            return {name: anon_bytes(pid) for name, pid in pids.items()}
        for instance in pids:
            attack_actor(broker, instance)
        before = measure()
        sent = sum(attack_actor(broker, instance) for _ in range(ROUNDS) for instance in pids)
        grown = {name: now - before[name] for name, now in measure().items()}
        dead = [name for name, actor in engine.actors.items() if actor.process.poll() is not None]
        check(not dead, f"dead: {dead}")
        if not SANITIZED:
            check(max(grown.values()) < GROWN_BYTES_MAX, f"RssAnon grew by {grown}")
        return f"{sent} messages; RssAnon {', '.join(f'{name} {grew / 1024:+.0f} KiB' for name, grew in grown.items())}"


if __name__ == "__main__":
    run_tests("hostile", [refused_and_counted, actors_refuse_too])
