#!/usr/bin/python3
# SPDX-License-Identifier: MPL-2.0
# SPDX-FileCopyrightText: The LedgerQuest Engine authors
# alone with gcc: floods, and judges who is served meanwhile in seconds
"""Messages that nobody of ours would send, to running processes: nested 10,000 deep, 524,288 unknown fields,
fields that a decoder would blow up 70 times, truncated, of wrong kinds and sizes and numbers of parts. Each
is refused and counted, memory stays where it was, and who works beside it does not notice. Floods, in the
short form of the command `hostile`; what the wire's document promises to those who keep to it."""

import collections
import contextlib
import random
import resource
import secrets
import socket
import subprocess
import time

import zmq

import fake_broker
from cluster import BIN, SANITIZED, SLOWNESS, STAGES, WAIT_S, Cluster, check, run_tests, wait_until
from hostile_siege import FLOODS, Peak, anon_bytes, besiege
from test_actor_stages import Engine
from wire_client import (ADMIN, ADMIN_REPLY, HELLO, RECEIPT, SUBMIT, UNUSED, APPLIED, REFUSED, Traffic, WireClient,
                         actor_pb2, client_pb2, custom, header, join, judge)

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
BUSY_MACHINE = 5  # the command `hostile` is exact about times
WIRE_VERSION, FOREIGN_VERSIONS = 2, (0, 3)
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
    return b"LQ" + bytes([WIRE_VERSION, kind]) + message


def rubbish(kinds):
    """Parts of messages that are not framed as ours, or whose kind is not for this socket."""
    whole = sized(HELLO, b"")
    messages = [[b""], [b"L"], [b"LQ\x02"], [b"QL\x01 "], [b"\xff" * 4],
                *([b"LQ" + bytes([version]) + b" "] for version in FOREIGN_VERSIONS),
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


def check_only_versions_refused(attacker):
    """What is answered of all the rubbish: a foreign version, in its framing and in the broker's, if at all."""
    answered = []
    while attacker.socket.poll(0):
        parts = attacker.socket.recv_multipart()
        check(len(parts) == 1 and parts[0][3] == WELCOME and b"is not spoken here" in parts[0],
              f"an answer to a hostile message: {parts}")
        answered.append(parts[0][2])
    allowed = collections.Counter(FOREIGN_VERSIONS + (WIRE_VERSION,) * len(FOREIGN_VERSIONS))
    check(not collections.Counter(answered) - allowed, f"answers in the framing of versions {answered}")


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
        check_only_versions_refused(attacker)
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


# ---- floods ----

def floods_beside_a_good_client():
    """In their short form, one after the other, on one broker."""
    with Cluster() as cluster:
        cluster.create_sessions("acme", ["live"], "--rate", "20")
        cluster.create_sessions("acme", ["s1", "s2", "s3", "s4", "fresh"])
        figures = [besiege(cluster, kind, FLOODS[kind][1], BUSY_MACHINE) for kind in FLOODS]
    return (f"{len(figures)} floods; longest without a receipt "
            f"{max(each['longest_without_receipt_s'] for each in figures)} s, without a frame "
            f"{max(each['longest_without_frame_s'] for each in figures)} s, a newcomer's wait "
            f"{max(each['newcomer_s'] for each in figures)} s, longest turn {figures[-1]['turn_max_s']} s")


# ---- limits of descriptors ----

EXIT_CONFIG = 78


def with_limits(cluster, words, soft, hard):
    def lower():
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    return subprocess.run(words, preexec_fn=lower, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                          env=cluster.environment, check=False, timeout=WAIT_S)


def soft_limit(pid):
    soft, _ = resource.prlimit(pid, resource.RLIMIT_NOFILE)
    return soft


def descriptors_suffice_or_the_start_is_refused():
    """A hard limit below the options stops every program with a word; a soft one is raised."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    options = "broker\n    clients_max = 500\n    watchers_max = 100\n"
    with Cluster(start=False) as cluster:
        cluster.config.write_text(cluster.config.read_text().replace("broker\n", options, 1))
        (cluster.run / "runtime").mkdir(mode=0o700)
        for program, instance in (("lq-broker", "broker"), *((f"lq-{stage}", f"{stage}-1") for stage in STAGES)):
            limit = 1024 if program == "lq-broker" else 40
            done = with_limits(cluster, [str(BIN / program), "--config", str(cluster.config), "--instance", instance],
                               limit, limit)
            check(done.returncode == EXIT_CONFIG and "hard limit" in done.stderr,
                  f"{program}: {done.returncode} {done.stderr}")
            if program == "lq-broker":
                check("clients_max (500)" in done.stderr and "watchers_max (100)" in done.stderr, done.stderr)
        done = with_limits(cluster, [str(BIN / "lqctl"), "-c", str(cluster.config), "status"], 40, 40)
        check(done.returncode not in (0, -6) and "hard limit" in done.stderr, f"lqctl: {done}")
        resource.setrlimit(resource.RLIMIT_NOFILE, (256, hard))  # for the supervisor and what it starts
        cluster.ledgerquest("up")
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
        cluster.wait_serving()
        raised = soft_limit(cluster.pid("broker"))
        check(2000 < raised <= hard, f"the broker's soft limit is {raised}")
        return f"6 programs refused, a soft limit of 256 raised to {raised}"


# ---- what docs/protocol.md says ----

def admin_request(epoch, **fields):
    return [header(ADMIN, client_pb2.AdminRequest(epoch=epoch, client=bytes(16), **fields))]


def administration_of_another_epoch_is_dropped():
    """It may have been meant for the broker before: WELCOME, and nothing else happens."""
    with Cluster() as cluster:
        epoch = cluster.wait_serving()["epoch"]
        with Attacker(cluster.run / "runtime" / "clients.sock") as peer:
            requests = [dict(kind=2, tenant="late"), dict(kind=3, tenant="late", session="s"), dict(kind=13, all=True),
                        dict(kind=8, all=True), dict(kind=1)]
            for wrong in (0, epoch - 1, epoch + 1):
                for tag, fields in enumerate(requests):
                    peer.send(admin_request(wrong, tag=tag + 1, **fields))
                    check(peer.socket.poll(WAIT_S * 1000), f"no answer to {fields} of epoch {wrong}")
                    answer = peer.socket.recv()
                    check(answer[3] == WELCOME and actor_pb2.Welcome.FromString(answer[4:]).epoch == epoch,
                          f"{fields} of epoch {wrong}: an answer of kind {answer[3]}")
            peer.send(admin_request(epoch, tag=1, kind=5, tenant="late"))
            check(peer.socket.poll(WAIT_S * 1000), "no answer under the right epoch")
            answer = peer.socket.recv()
            check(answer[3] == ADMIN_REPLY and client_pb2.AdminReply.FromString(answer[4:]).result != 0,
                  "the tenant was created")
        return f"{3 * len(requests)} requests dropped and answered with WELCOME"


def names_with_a_dot_first_are_none():
    with Cluster() as cluster:
        cluster.create_sessions("acme", ["s1"])
        epoch = cluster.status()["epoch"]
        bad = (".", "..", ".hidden")
        with Attacker(cluster.run / "runtime" / "clients.sock") as peer:
            for name in bad:
                for kind, fields in ((2, dict(tenant=name)), (3, dict(tenant=name, session="s")),
                                     (3, dict(tenant="acme", session=name)), (5, dict(tenant=name)),
                                     (7, dict(tenant="acme", session=name))):
                    peer.send(admin_request(epoch, tag=1, kind=kind, **fields))
                    check(peer.socket.poll(WAIT_S * 1000), f"no answer to {kind} {fields}")
                    reply = client_pb2.AdminReply.FromString(peer.socket.recv()[4:])
                    check(reply.result == 1 and "no dot first" in reply.message, f"{kind} {fields}: {reply}")
        for name in bad:
            with WireClient(cluster, name) as client:
                receipt = client.ask("s1", join())
                check(receipt.outcome == "unused" and receipt.reason.startswith("INVALID_NAME"), f"{receipt}")
            with WireClient(cluster, "acme") as client:
                receipt = client.ask(name, join())
                check(receipt.outcome == "unused" and receipt.reason.startswith("INVALID_NAME"), f"{receipt}")
            for words in (("tenant", "create", name), ("session", "create", f"acme/{name}"),
                          ("session", "create", f"{name}/s1"), ("watch", f"{name}/s1")):
                code, _, _ = cluster.try_lqctl(*words)
                check(code == 2, f"{words}: exit code {code}")
        return f"{len(bad)} names, at every door"


def receipts_of(socket_, count, timeout_s=WAIT_S):
    """By tag: (outcome, reason, frame), until so many have come. Tags of a SUBMIT count up: so do those of a run."""
    found, deadline = {}, time.monotonic() + timeout_s
    while len(found) < count:
        check(time.monotonic() < deadline, f"{len(found)} of {count} receipts")
        if socket_.poll(100):
            part = socket_.recv()
            if part[3] == RECEIPT:
                message = client_pb2.Receipt.FromString(part[4:])
                details = {detail.index: detail for detail in message.details}
                for index, tag in enumerate(message.tag):
                    detail = details.get(index, client_pb2.ReceiptDetail())
                    found.update((of_run, (message.outcome[index], detail.reason, message.frame[index]))
                                 for of_run in range(tag, max(tag, detail.last_tag) + 1))
    return found


def submit(epoch, client, session, sequences, body):
    return [header(SUBMIT, client_pb2.Submit(
        epoch=epoch, client=client, tenant="acme", session=[session] * len(sequences), sequence=sequences,
        tag=sequences, command_bytes=[len(body)] * len(sequences))), body * len(sequences)]


def sixty_four_of_a_client_for_a_session():
    """More are refused, and their numbers stay free. Order is that of arrival, whatever the numbers are."""
    with Cluster() as cluster:
        cluster.create_sessions("acme", ["s1", "s2"])
        epoch = cluster.wait_serving()["epoch"]
        client, body = secrets.token_bytes(16), custom("x")
        with Attacker(cluster.run / "runtime" / "clients.sock") as peer:
            peer.send(submit(epoch, client, "s1", range(1, 201), body))
            answers = receipts_of(peer.socket, 200)
            outcomes = collections.Counter(outcome for outcome, _, _ in answers.values())
            unused = {tag for tag, (outcome, reason, _) in answers.items()
                      if outcome == UNUSED and reason.startswith("CLIENT_QUOTA")}
            check(outcomes == {REFUSED: 64, UNUSED: 136} and unused == set(range(65, 201)), f"{outcomes}")
            peer.send(submit(epoch, client, "s1", range(65, 129), body))
            check({outcome for outcome, _, _ in receipts_of(peer.socket, 64).values()} == {REFUSED}, "numbers 65 on")
            peer.send(submit(epoch, client, "s2", [1, 3, 5], join()))
            first = receipts_of(peer.socket, 3)
            peer.send(submit(epoch, client, "s2", [4, 2], join()))
            later = receipts_of(peer.socket, 2)
            check(first[1][0] == APPLIED and {first[tag][0] for tag in (3, 5)} | {later[tag][0] for tag in (2, 4)} ==
                  {REFUSED}, f"{first} {later}")  # one player: the second Join is refused
            check(min(later[tag][2] for tag in (2, 4)) >= max(first[tag][2] for tag in (1, 3, 5)), f"{first} {later}")
        return "64 of 200 at once; gaps and order as they came"


def words_of_an_actor_do_not_spoil_answers():
    """A reason as long as the wire allows is told whole; of an error longer than a receipt may tell, whole characters
    are kept: half of one would make the answer malformed that it stands in."""
    with Cluster() as cluster, contextlib.ExitStack() as stack:
        cluster.create_sessions("acme", ["s1"])
        epoch = cluster.wait_serving()["epoch"]
        actors = cluster.run / "runtime" / "actors.sock"
        for number in range(4):
            peer = stack.enter_context(Attacker(actors))
            peer.send([header(READY, actor_pb2.Ready(epoch=epoch, stage="physics", version=2, credit=1, items_max=1,
                                                     bytes_max=1000, instance=f"spoil-{number}"))])
            check(peer.socket.poll(WAIT_S * 1000), "READY is not answered")
            reason = "x" * number + "\u00e4\U0001f3b2" * 19
            peer.send([header(PAUSED, actor_pb2.Paused(epoch=epoch, paused=True, reason=reason))])
            told = wait_until(lambda name=f"spoil-{number}": next(
                (each["reason"] for each in cluster.status()["actors"]
                 if each["instance"] == name and each["reason"]), None), "the reason is told")
            check(told == reason, f"{told!r}")
        return "4 reasons of up to 117 bytes, told whole"


class DocumentClient:
    """Section 5 of docs/protocol.md and nothing else: HELLO every 250 ms while it waits; a command without an
    answer again after 2 s, then after twice as long; all of them after silence or under a new epoch."""

    def __init__(self, cluster):
        self.peer, self.client = Attacker(cluster.run / "runtime" / "clients.sock"), secrets.token_bytes(16)
        self.epoch, self.hello_at, self.welcomes, self.sends = 0, 0.0, 0, 0

    def say(self, session, sequence, body, lose_first):
        waiting_since, again_s, answer = None, 2.0, None
        heard_at = time.monotonic()
        while answer is None:
            now = time.monotonic()
            if now - self.hello_at >= 0.25:
                self.hello_at = now
                self.peer.send([header(HELLO, client_pb2.Hello(client=self.client))])
            if self.epoch and (waiting_since is None or now - waiting_since >= again_s or now - heard_at >= 0.5):
                again_s = again_s if waiting_since is None else 2 * again_s
                waiting_since = heard_at = now
                parts = submit(self.epoch, self.client, session, [sequence], body)
                # Lost on its way: the broker cannot make anything of it.
                self.peer.send(parts + [b"lost"] if lose_first and self.sends == 0 else parts)
                self.sends += 1
            check(self.sends < 10, "said again and again")
            if self.peer.socket.poll(20):
                part, heard_at = self.peer.socket.recv(), time.monotonic()
                if part[3] == WELCOME:
                    self.welcomes += 1
                    self.epoch = actor_pb2.Welcome.FromString(part[4:]).epoch
                elif part[3] == RECEIPT:
                    answer = client_pb2.Receipt.FromString(part[4:]).outcome[0]
        return answer


def a_client_by_the_document_says_a_lost_command_again():
    """Although the broker lives and answers every HELLO: that is no answer to a command."""
    with Cluster() as cluster:
        cluster.create_sessions("acme", ["s1"])
        client = DocumentClient(cluster)
        outcome = client.say("s1", 1, join(), lose_first=True)
        client.peer.close()
        check(outcome == APPLIED and client.sends == 2, f"outcome {outcome} after {client.sends} tries")
        check(client.welcomes >= 4, f"{client.welcomes} WELCOMEs: the broker was heard all the time")
        return f"lost once, applied by the second copy, {client.welcomes} WELCOMEs meanwhile"


if __name__ == "__main__":
    run_tests("hostile", [refused_and_counted, actors_refuse_too, floods_beside_a_good_client,
                          descriptors_suffice_or_the_start_is_refused, administration_of_another_epoch_is_dropped,
                          names_with_a_dot_first_are_none, sixty_four_of_a_client_for_a_session, words_of_an_actor_do_not_spoil_answers,
                          a_client_by_the_document_says_a_lost_command_again])
