# SPDX-License-Identifier: MPL-2.0
# SPDX-FileCopyrightText: The LedgerQuest Engine authors
"""A client without any of our code, by docs/protocol.md: pyzmq, and protobuf modules that protoc makes at
import. It keeps every command until its receipt, sends all that have none again on a new epoch or after
silence, and appends each receipt to a file that is synced before the receipt counts."""

import collections
import itertools
import json
import os
import pathlib
import secrets
import shutil
import struct
import subprocess
import sys
import tempfile
import threading
import time

from cluster import EXIT_SKIP, ROOT, WAIT_S, Failed

try:
    import google.protobuf  # noqa: F401
    import zmq
except ImportError as missing:
    print(f"skipped: {missing}")
    sys.exit(EXIT_SKIP)
if shutil.which("protoc") is None:
    print("skipped: no protoc (package protobuf-compiler)")
    sys.exit(EXIT_SKIP)


def load_schema():
    with tempfile.TemporaryDirectory(prefix="lq-proto-") as folder:
        subprocess.run(["protoc", f"--proto_path={ROOT / 'proto'}", f"--python_out={folder}",
                        "ledgerquest/v1/tick.proto", "ledgerquest/v1/client.proto",
                        "ledgerquest/v1/actor.proto"], check=True)
        sys.path.insert(0, folder)
        from ledgerquest.v1 import actor_pb2, client_pb2, tick_pb2  # pylint: disable=import-error
    return actor_pb2, client_pb2, tick_pb2


actor_pb2, client_pb2, tick_pb2 = load_schema()

WELCOME, HELLO, SUBMIT, ADMIN, WATCH = 16, 32, 33, 34, 35
RECEIPT, ADMIN_REPLY, FRAME, WATCHING = 48, 49, 50, 51
APPLIED, REFUSED, DUPLICATE, UNUSED, DEAD_LETTERED = 2, 3, 4, 5, 6
OUTCOMES = {APPLIED: "applied", REFUSED: "refused", DUPLICATE: "duplicate", UNUSED: "unused",
            DEAD_LETTERED: "dead_lettered"}
JOIN, LEAVE, SPAWN, DESPAWN, SET_THRUST, APPLY_IMPULSE, SET_BEHAVIOR, CUSTOM = range(1, 9)
# UNUSED for these reasons: nothing is wrong with the command, and it comes again under its number.
COMES_AGAIN = ("BROKER_PAUSED", "BROKER_FULL", "MAILBOX_FULL", "TENANT_QUOTA", "CLIENT_QUOTA",
               "MIRROR_BEHIND")
# UNUSED for these reasons: what became of the command is not known any more.
SAYS_NOTHING = ("SEQUENCE_TOO_OLD", "SUPERSEDED", "INCARNATION_TOO_OLD")
COMMANDS_PER_SUBMIT = 256
OUTSTANDING_PER_SESSION_MAX = 32  # the ledger remembers 64 numbers below a client's highest
HELLO_EVERY_S, SILENCE_S, COMES_AGAIN_S = 0.25, 0.75, 0.05
YEAR_2020_MS = 1577836800000


def header(kind, message):
    return b"LQ\x02" + bytes([kind]) + message.SerializeToString()


def command(kind, **fields):
    return tick_pb2.Command(kind=kind, **fields).SerializeToString()


def join(x=5.0, y=5.0, radius=0.5):
    return command(JOIN, x=x, y=y, radius=radius)


def thrust(vx, vy):
    return command(SET_THRUST, vx=vx, vy=vy)


def custom(text):
    return command(CUSTOM, custom=text.encode() if isinstance(text, str) else text)


class Receipt:
    def __init__(self, sent, outcome, frame, block_hash, reason, letter_id):
        self.client, self.session, self.sequence = sent.client, sent.session, sent.sequence
        self.outcome, self.frame, self.hash = OUTCOMES.get(outcome, str(outcome)), frame, block_hash
        self.reason, self.letter_id, self.sends = reason, letter_id, sent.sends

    def __repr__(self):
        return (f"{self.session}#{self.sequence} {self.outcome} frame {self.frame}"
                f"{' ' + self.reason if self.reason else ''}")


def client_id(player=None, incarnation=None):
    """16 bytes: a player, a new one if none is named, and its incarnation, by the time if none is named."""
    by_time = (time.time_ns() // 1_000_000 - YEAR_2020_MS << 16) + secrets.randbits(16)
    return (player or secrets.token_bytes(8)) + struct.pack(">Q", by_time if incarnation is None else incarnation)


class Sent:
    __slots__ = ("client", "session", "sequence", "body", "sends", "again_at", "message")

    def __init__(self, client, session, sequence, body):
        self.client, self.session, self.sequence, self.body = client, session, sequence, body
        self.sends, self.again_at = 0, None
        self.message = ()  # the tags of the last SUBMIT that it was in, in its order


class WireClient:
    """One client of one tenant, which can bring commands of others of it too; for one thread."""

    repeat_s = 2.0  # what has no receipt for so long is said again although the broker lives

    def __init__(self, cluster, tenant, receipts_path=None, client=None):
        self.tenant, self.client = tenant, client or client_id()
        self.epoch, self.epochs = 0, 0
        self.history, self.histories = b"", 0  # of the broker's store; how many came after the first
        self.next_sequence = collections.defaultdict(lambda: 1)
        self.waiting = collections.OrderedDict()  # by tag, in the order of submission
        self.per_session = collections.Counter()
        self.to_send = []  # tags
        self.last_tag = secrets.randbits(48)
        self.resends, self.came_again, self.runs = 0, 0, 0
        self.receipts = []
        self.by_outcome = collections.Counter()
        self.refusals = collections.Counter()  # by the first word of the reason
        self.hello_at = self.heard_at = 0.0
        self.repeated_at = time.monotonic()
        self.last_receipt_at, self.longest_gap_s = None, 0.0
        self.file = open(receipts_path, "ab") if receipts_path else None
        self.context = zmq.Context()
        self.socket = self.context.socket(zmq.DEALER)
        self.socket.setsockopt(zmq.LINGER, 0)
        self.socket.setsockopt(zmq.IMMEDIATE, 1)  # nothing is queued for a broker that is not there
        self.socket.setsockopt(zmq.RECONNECT_IVL, 10)
        self.socket.setsockopt(zmq.RECONNECT_IVL_MAX, 100)
        self.socket.connect(f"ipc://{cluster.run}/runtime/clients.sock")

    def close(self):
        self.socket.close()
        self.context.term()
        if self.file:
            self.file.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def submit(self, session, body, sequence=None, client=None):
        """Queue a command; its tag. With `sequence`, an old number is said again. With `client`, it is that one's,
        and its number is given."""
        if sequence is None:
            sequence = self.next_sequence[session]
            self.next_sequence[session] += 1
        self.last_tag += 1
        self.waiting[self.last_tag] = Sent(client or self.client, session, sequence, body)
        self.per_session[session] += 1
        self.to_send.append(self.last_tag)
        return self.last_tag

    def can_submit(self, session):
        return self.per_session[session] < OUTSTANDING_PER_SESSION_MAX

    # ---- sending ----

    def send_parts(self, parts):
        try:
            self.socket.send_multipart(parts, zmq.DONTWAIT)
            return True
        except zmq.Again:
            return False

    def flush(self):
        while self.epoch and self.to_send:
            sender = self.waiting[self.to_send[0]].client  # a message is of one client
            tags = list(itertools.takewhile(lambda tag: self.waiting[tag].client == sender,
                                            self.to_send[:COMMANDS_PER_SUBMIT]))
            commands = [self.waiting[tag] for tag in tags]
            message = client_pb2.Submit(
                epoch=self.epoch, client=sender, tenant=self.tenant,
                session=[sent.session for sent in commands],
                sequence=[sent.sequence for sent in commands], tag=tags,
                command_bytes=[len(sent.body) for sent in commands])
            if not self.send_parts([header(SUBMIT, message), b"".join(sent.body for sent in commands)]):
                return
            del self.to_send[:len(tags)]
            for sent in commands:
                self.resends += sent.sends > 0
                sent.sends += 1
                sent.message = tags

    def repeat_all(self):
        """All commands without a receipt again, in order."""
        self.to_send = [tag for tag, sent in self.waiting.items() if sent.again_at is None]
        self.repeated_at = time.monotonic()

    def keep_alive(self):
        now = time.monotonic()
        if now - max(self.hello_at, self.heard_at) > HELLO_EVERY_S:
            self.hello_at = now
            self.send_parts([header(HELLO, client_pb2.Hello(client=self.client))])
        last = max(self.repeated_at, self.last_receipt_at or 0.0)
        silent = now - self.heard_at > SILENCE_S and now - self.repeated_at > SILENCE_S
        if self.waiting and (silent or now - last > self.repeat_s):
            self.repeat_all()
        for tag, sent in self.waiting.items():
            if sent.again_at is not None and sent.again_at <= now:
                sent.again_at = None
                self.came_again += 1
                self.to_send.append(tag)

    # ---- receiving ----

    def take_new_id(self):
        """The broker was restored: it may lack frames that this client has receipts of, so its numbers could be too far ahead.
        What was sent is said again under the old id; the rest, and all that comes, has numbers of a new one."""
        self.client = client_id()
        self.next_sequence.clear()
        for sent in self.waiting.values():
            if sent.sends == 0:
                sent.client, sent.sequence = self.client, self.next_sequence[sent.session]
                self.next_sequence[sent.session] += 1

    def on_welcome(self, welcome):
        if welcome.history and welcome.history != self.history:
            if self.history:
                self.histories += 1
                self.take_new_id()
            self.history = welcome.history
        if welcome.epoch != self.epoch:
            self.epoch = welcome.epoch
            self.epochs += 1
            self.repeat_all()

    def each_answer(self, message):
        """(index, tag, detail) of each command that is answered; a run names but its ends."""
        details = {detail.index: detail for detail in message.details}
        for index, tag in enumerate(message.tag):
            detail = details.get(index)
            last = detail.last_tag if detail else 0
            tags = self.waiting[tag].message if last and tag in self.waiting else ()
            if last in tags:
                self.runs += 1
                for of_run in tags[tags.index(tag):tags.index(last) + 1]:
                    yield index, of_run, detail
            elif not last:
                yield index, tag, detail

    def on_receipts(self, message):
        taken = []
        for index, tag, detail in self.each_answer(message):
            sent = self.waiting.get(tag)
            reason = detail.reason if detail else ""
            outcome = message.outcome[index]
            if sent is None:
                continue  # the answer to a copy
            if outcome == UNUSED and message.epoch != self.epoch:
                continue  # a copy is on its way to the new broker
            if outcome == UNUSED:
                self.refusals[reason.partition(":")[0]] += 1
            if outcome == UNUSED and reason.startswith(COMES_AGAIN):
                if sent.again_at is None and tag not in self.to_send:
                    sent.again_at = time.monotonic() + COMES_AGAIN_S
                continue
            taken.append(Receipt(sent, outcome, message.frame[index],
                                 message.hash[index * 32:index * 32 + 32].hex(), reason,
                                 detail.letter_id if detail else 0))
            del self.waiting[tag]
            self.per_session[sent.session] -= 1
        gone = {tag for tag in self.to_send if tag not in self.waiting}
        if gone:
            self.to_send = [tag for tag in self.to_send if tag not in gone]
        self.keep(taken)
        return taken

    def keep(self, taken):
        """A receipt counts when it is on the disk."""
        if not taken:
            return
        if self.file:
            for receipt in taken:
                self.file.write(json.dumps({
                    "tenant": self.tenant, "client": receipt.client.hex(), "session": receipt.session,
                    "sequence": receipt.sequence, "outcome": receipt.outcome, "frame": receipt.frame,
                    "hash": receipt.hash, "reason": receipt.reason, "letter": receipt.letter_id,
                }).encode() + b"\n")
            self.file.flush()
            os.fsync(self.file.fileno())
        now = time.monotonic()
        if self.last_receipt_at is not None:
            self.longest_gap_s = max(self.longest_gap_s, now - self.last_receipt_at)
        self.last_receipt_at = now
        self.receipts += taken
        for receipt in taken:
            self.by_outcome[receipt.outcome] += 1

    def turn(self, timeout_ms=20):
        """Send what is queued, receive what is there, repeat what needs it; the new receipts."""
        self.flush()
        taken = []
        if self.socket.poll(timeout_ms):
            while self.socket.poll(0):
                parts = self.socket.recv_multipart()
                self.heard_at = time.monotonic()
                if parts[0][:3] != b"LQ\x02":
                    raise Failed(f"not our framing: {parts[0][:4]!r}")
                if parts[0][3] == WELCOME:
                    self.on_welcome(actor_pb2.Welcome.FromString(parts[0][4:]))
                elif parts[0][3] == RECEIPT:
                    taken += self.on_receipts(client_pb2.Receipt.FromString(parts[0][4:]))
        self.keep_alive()
        self.flush()
        return taken

    def drain(self, timeout_s=3 * WAIT_S):
        """Until every command has its receipt."""
        deadline = time.monotonic() + timeout_s
        while self.waiting:
            self.turn()
            if time.monotonic() > deadline:
                left = [f"{sent.session}#{sent.sequence}" for sent in self.waiting.values()]
                raise Failed(f"{len(left)} commands without a receipt: {left[:10]}")

    def ask(self, session, body, sequence=None):
        """Submit one command and wait for its receipt, and for all others."""
        sent = self.waiting[self.submit(session, body, sequence)]
        before = len(self.receipts)
        self.drain()
        return next(receipt for receipt in self.receipts[before:] if
                    (receipt.client, receipt.session, receipt.sequence) == (sent.client, sent.session, sent.sequence))


class Traffic(threading.Thread):
    """A client in a thread of its own that keeps `depth` commands in flight for each session."""

    def __init__(self, cluster, tenant, sessions, depth=1, receipts_path=None, pause_s=0.0, per_turn=None):
        """per_turn: at most so many new commands between two looks at the socket."""
        super().__init__(daemon=True)
        self.client = WireClient(cluster, tenant, receipts_path)
        self.sessions, self.depth, self.pause_s = sessions, depth, pause_s
        self.per_turn, self.turn_of = per_turn or len(sessions) * depth, 0
        self.halt = threading.Event()
        self.error = None
        self.submitted = 0

    def body(self, sequence):
        """Of the command with this number."""
        return join() if sequence == 1 else thrust(sequence % 7 - 3.0, sequence % 5 - 2.0)

    def fill(self):
        """The sessions take turns."""
        left = self.per_turn
        for _ in self.sessions:
            session = self.sessions[self.turn_of % len(self.sessions)]
            while left > 0 and self.client.per_session[session] < self.depth:
                sequence = self.client.next_sequence[session]
                self.client.submit(session, self.body(sequence))
                self.submitted += 1
                left -= 1
            if left == 0:
                return
            self.turn_of += 1

    def run(self):
        try:
            while not self.halt.is_set():
                self.fill()
                self.client.turn()
                if self.pause_s:
                    self.halt.wait(self.pause_s)
            self.client.drain()
        except BaseException as error:  # pylint: disable=broad-except
            self.error = error
        finally:
            self.client.close()

    def __enter__(self):
        self.start()
        return self

    def stop(self):
        """Submit no more, wait for all receipts; the client."""
        self.halt.set()
        self.join(timeout=4 * WAIT_S)
        if self.is_alive():
            raise Failed("the client did not come to its end")
        if self.error:
            raise Failed(f"client: {self.error}") from self.error
        return self.client

    def __exit__(self, *_):
        if not self.halt.is_set():
            self.halt.set()
            self.join(timeout=WAIT_S)


class Watcher:
    """A watcher of frames. watched: (tenant, session) or (tenant, session, True) for its worlds as well; the
    tag of each is its place in the list."""

    say_every_s = 0.25

    def __init__(self, cluster, *watched):
        self.watched, self.answers, self.said_at = watched, {}, 0.0
        self.context = zmq.Context()
        self.socket = self.context.socket(zmq.DEALER)
        self.socket.setsockopt(zmq.LINGER, 0)
        self.socket.setsockopt(zmq.IMMEDIATE, 1)
        self.socket.setsockopt(zmq.RECONNECT_IVL, 10)
        self.socket.setsockopt(zmq.RECONNECT_IVL_MAX, 100)
        self.socket.connect(f"ipc://{cluster.run}/runtime/frames.sock")

    def say(self, tag, stop=False):
        tenant, session, *world = self.watched[tag]
        message = client_pb2.WatchRequest(tag=tag, tenant=tenant, session=session, world=bool(world), stop=stop)
        try:
            self.socket.send(header(WATCH, message), zmq.DONTWAIT)
            return True
        except zmq.Again:
            return False

    def keep_alive(self):
        """What could not be sent is said again soon, all else now and then."""
        if time.monotonic() - self.said_at > self.say_every_s:
            if all(self.say(tag) for tag in range(len(self.watched))):
                self.said_at = time.monotonic()

    def next(self, timeout_s=WAIT_S):
        """(tag, notice, world or None), or None after the time."""
        deadline = time.monotonic() + timeout_s
        while True:
            self.keep_alive()
            left_s = deadline - time.monotonic()
            if self.socket.poll(max(0, min(left_s, 0.02)) * 1000):
                head, *world = self.socket.recv_multipart()
                if head[:4] == b"LQ\x02" + bytes([FRAME]):
                    notice = client_pb2.FrameNotice.FromString(head[4:])
                    return notice.tag, notice, tick_pb2.World.FromString(world[0]) if world else None
                if head[:4] != b"LQ\x02" + bytes([WATCHING]):
                    raise Failed(f"neither frame nor answer: {head[:4]!r}")
                answer = client_pb2.Watching.FromString(head[4:])
                self.answers[answer.tag] = answer
            elif left_s <= 0:
                return None

    def wait_answered(self, timeout_s=WAIT_S):
        """Until each WATCH has its answer; the answers by tag. Frames that come meanwhile are dropped."""
        deadline = time.monotonic() + timeout_s
        while len(self.answers) < len(self.watched):
            self.next(0.01)
            if time.monotonic() > deadline:
                raise Failed(f"{len(self.answers)} of {len(self.watched)} WATCH were answered")
        return self.answers

    def close(self):
        self.socket.close()
        self.context.term()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def judge(receipt_paths, commands):
    """Compare receipts with what the independent reader found in the ledger. Returns counts; raises
    Failed with the first breaches. commands: of Cluster.read_ledger()."""
    found = collections.defaultdict(list)
    for entry in commands:
        found[entry["tenant"], entry["session"], entry["client"], entry["sequence"]].append(entry)
    twice = [key for key, entries in found.items() if len(entries) != 1]
    breaches = [f"{key} is {len(found[key])} times in the ledger" for key in twice]
    counts = collections.Counter()
    for path in receipt_paths:
        for line in pathlib.Path(path).read_bytes().splitlines():
            receipt = json.loads(line)
            key = (receipt["tenant"], receipt["session"], receipt["client"], receipt["sequence"])
            entries, outcome = found.get(key, []), receipt["outcome"]
            counts[outcome] += 1
            if outcome in ("applied", "refused"):
                if [(entry["frame"], entry["outcome"]) for entry in entries] != [
                        (receipt["frame"], outcome)]:
                    breaches.append(f"{receipt}: in the ledger {entries}")
            elif outcome == "duplicate":
                if len(entries) != 1 or entries[0]["frame"] > receipt["frame"]:
                    breaches.append(f"{receipt}: in the ledger {entries}")
            elif entries and not receipt["reason"].startswith(SAYS_NOTHING):
                breaches.append(f"{receipt}: in the ledger {entries}")
    if breaches:
        raise Failed(f"{len(breaches)} breaches, the first: {'; '.join(breaches[:3])}")
    counts["in_ledger"] = len(found)
    return counts
