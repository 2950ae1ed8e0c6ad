#!/usr/bin/python3
# SPDX-License-Identifier: MPL-2.0
# SPDX-FileCopyrightText: The LedgerQuest Engine authors
"""A stage without any of our code: it counts a session's Custom commands into the world's tenant_bytes
(8 bytes, little endian). Needs python3-zmq, python3-protobuf and protobuf-compiler; docs/protocol.md
is what it was written from.

    score.py --config build/etc/ledgerquest.cfg --instance score-1
"""

import argparse
import fcntl
import os
import pathlib
import re
import secrets
import signal
import struct
import subprocess
import sys
import tempfile
import time

import zmq

STAGE, VERSION = "score", 2
CREDIT, ITEMS_MAX, BYTES_MAX = 2, 256, 1 << 20
BODY_BYTES_MAX = 4 << 20
HEARTBEAT_S, READY_AGAIN_S = 0.25, 1.0

# Message kinds: the fourth byte of a header part, behind 'L', 'Q' and the wire version.
READY, RESULT, PAUSED, HEARTBEAT, GOODBYE = 1, 2, 3, 5, 6
WELCOME, DISPATCH = 16, 17


def load_schema():
    """protoc writes the messages' modules into a temporary folder; returns them."""
    proto = pathlib.Path(os.environ.get(
        "LQ_PROTO_DIR", pathlib.Path(__file__).resolve().parents[2] / "proto"))
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(["protoc", f"--proto_path={proto}", f"--python_out={folder}",
                        "ledgerquest/v1/tick.proto", "ledgerquest/v1/actor.proto"], check=True)
        sys.path.insert(0, folder)
        from ledgerquest.v1 import actor_pb2, tick_pb2
    return actor_pb2, tick_pb2


actor_pb2, tick_pb2 = load_schema()


class Failure(Exception):
    """error: a name of our own, not under "States."; command: index of the one at fault."""

    def __init__(self, error, cause, command=None):
        super().__init__(cause)
        self.error, self.cause, self.command = error, cause, command


def step(tick):
    """The stage itself: change `tick`. It must depend on nothing else, or replays differ."""
    old = tick.world.tenant_bytes
    score = struct.unpack("<Q", old)[0] if len(old) == 8 else 0
    counted = 0
    for index, command in enumerate(tick.commands):
        if (command.body.kind, command.outcome) != (tick_pb2.COMMAND_KIND_CUSTOM, tick_pb2.OUTCOME_PENDING):
            continue
        if command.body.custom == b"fail":
            raise Failure("Score.Marked", "the command asks for a failure", index)
        if len(command.body.custom) > 64:
            command.outcome, command.reason = tick_pb2.OUTCOME_REFUSED, "custom: longer than 64 bytes"
            continue
        command.outcome = tick_pb2.OUTCOME_APPLIED
        counted += 1
    if counted:
        tick.world.tenant_bytes = struct.pack("<Q", score + counted)


def work_item(payload, tenant, session, kind):
    """The tick that comes out, encoded."""
    if kind != tick_pb2.EXECUTION_KIND_TICK:
        raise Failure("Payload.Kind", f"this stage works on ticks, not on kind {kind}")
    try:
        tick = tick_pb2.Tick.FromString(payload)
    except Exception as error:  # of several types, by version of python3-protobuf
        raise Failure("Payload.Malformed", str(error)) from error
    if (tick.tenant, tick.session) != (tenant, session):
        raise Failure("Payload.Mismatch", "the tick is of another session")
    step(tick)
    tick.stages.add(name=STAGE, version=VERSION)
    return tick.SerializeToString()


class Cell:
    """RUNTIME/progress/INSTANCE, held while we live: a broker that never heard of us finds there who we are,
    and by our signs of life whether we are frozen. Which item is at work (the first 16 bytes) we do not say."""

    def __init__(self, runtime_dir, instance):
        folder = pathlib.Path(runtime_dir) / "progress"
        folder.mkdir(mode=0o700, exist_ok=True)
        self.file = os.open(folder / instance, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(self.file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            sys.exit(f"{instance} runs already")
        os.pwrite(self.file, struct.pack("<QQQQ32s", 0, 0, time.monotonic_ns(), 0, STAGE.encode()), 0)
        fcntl.lockf(self.file, fcntl.LOCK_EX | fcntl.LOCK_NB)

    def sign(self):
        os.pwrite(self.file, struct.pack("<Q", time.monotonic_ns()), 16)

    def leave(self):
        os.pwrite(self.file, struct.pack("<Q", 1), 24)


class Actor:
    def __init__(self, runtime_dir, instance):
        self.cell = Cell(runtime_dir, instance)
        self.instance, self.epoch, self.registered = instance, 0, False
        self.ready_sent = self.beat_due = 0.0
        self.retiring = False
        self.socket = zmq.Context.instance().socket(zmq.DEALER)
        # A new identity for each process, so that the broker never takes two of them for one.
        self.socket.setsockopt(zmq.ROUTING_ID, b"p" + secrets.token_bytes(15))
        self.socket.setsockopt(zmq.IMMEDIATE, 1)
        self.socket.setsockopt(zmq.LINGER, 1000)
        self.socket.setsockopt(zmq.RECONNECT_IVL, 20)
        self.socket.setsockopt(zmq.RECONNECT_IVL_MAX, 200)
        self.socket.setsockopt(zmq.MAXMSGSIZE, BODY_BYTES_MAX)
        self.socket.connect(f"ipc://{runtime_dir}/actors.sock")

    def send(self, kind, message, body=b""):
        parts = [b"LQ\x02" + bytes([kind]) + message.SerializeToString()]
        try:
            self.socket.send_multipart(parts + ([body] if body else []), zmq.DONTWAIT)
        except zmq.Again:
            pass  # no broker: what it dispatched comes again from its next incarnation

    def send_ready(self):
        self.registered, self.ready_sent = False, time.monotonic()
        self.send(READY, actor_pb2.Ready(
            epoch=self.epoch, stage=STAGE, version=VERSION, instance=self.instance,
            pid=os.getpid(), credit=CREDIT, items_max=ITEMS_MAX, bytes_max=BYTES_MAX))

    def beat(self):
        now = time.monotonic()
        if self.epoch and not self.registered and now - self.ready_sent > READY_AGAIN_S:
            self.send_ready()
        if now >= self.beat_due:
            self.beat_due = now + HEARTBEAT_S
            self.send(HEARTBEAT, actor_pb2.Heartbeat(epoch=self.epoch))

    def on_epoch(self, epoch, is_welcome):
        if epoch != self.epoch:
            self.epoch = epoch
            self.send_ready()
        elif is_welcome and not self.registered:
            self.registered = True
            notify_supervisor()
        elif is_welcome and time.monotonic() - self.ready_sent > HEARTBEAT_S:
            self.send_ready()  # it does not know us

    def on_dispatch(self, dispatch, body):
        if dispatch.epoch != self.epoch or sum(dispatch.payload_bytes) != len(body):
            return
        result = actor_pb2.Result(epoch=self.epoch, batch=dispatch.batch, last=True)
        begun, at, payloads, used = time.monotonic(), 0, [], 0
        for index, execution in enumerate(dispatch.execution):
            payload = body[at:at + dispatch.payload_bytes[index]]
            at += len(payload)
            out, verdict = b"", actor_pb2.ITEM_VERDICT_RETURNED
            if not self.retiring:
                try:
                    out = work_item(payload, dispatch.tenant[index], dispatch.session[index], dispatch.kind[index])
                    verdict = actor_pb2.ITEM_VERDICT_DONE
                except Failure as failure:
                    verdict = actor_pb2.ITEM_VERDICT_FAILED
                    result.failures.add(
                        item=index, error=failure.error, cause=failure.cause[:200],
                        command=0 if failure.command is None else failure.command + 1)
            if used + len(out) > BODY_BYTES_MAX:
                out, verdict = b"", actor_pb2.ITEM_VERDICT_RETURNED  # the answer is full: to come again
            used += len(out)
            payloads.append(out)
            result.execution.append(execution)
            result.lease.append(dispatch.lease[index])
            result.verdict.append(verdict)
            result.payload_bytes.append(len(out))
            result.frame.append(0)
            result.outcome_count.append(0)
        result.service_us = int((time.monotonic() - begun) * 1e6)
        self.send(RESULT, result, b"".join(payloads))

    def receive(self):
        header, *rest = self.socket.recv_multipart()
        if len(header) < 4 or header[:3] != b"LQ\x02" or len(rest) > 1:
            return
        kind, message = header[3], header[4:]
        if kind == WELCOME:
            self.on_epoch(actor_pb2.Welcome.FromString(message).epoch, True)
        elif kind == HEARTBEAT:
            self.on_epoch(actor_pb2.Heartbeat.FromString(message).epoch, False)
        elif kind == DISPATCH:
            self.on_dispatch(actor_pb2.Dispatch.FromString(message), rest[0] if rest else b"")

    def retire(self, *_):
        self.retiring = True

    def run(self):
        # Wakes the poll below; a signal handler alone would not.
        wake_read, wake_write = os.pipe()
        os.set_blocking(wake_write, False)
        signal.set_wakeup_fd(wake_write)
        signal.signal(signal.SIGTERM, self.retire)
        signal.signal(signal.SIGINT, self.retire)
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        poller = zmq.Poller()
        poller.register(self.socket, zmq.POLLIN)
        poller.register(wake_read, zmq.POLLIN)
        while not self.retiring:
            self.cell.sign()
            self.beat()
            if self.socket in dict(poller.poll(HEARTBEAT_S * 1000)):
                self.receive()
        self.cell.leave()
        # One thread: nothing is in hand here. What comes in between is returned.
        self.send(PAUSED, actor_pb2.Paused(epoch=self.epoch, paused=True, retiring=True, reason="retiring"))
        while self.socket.poll(0):
            self.receive()
        self.send(GOODBYE, actor_pb2.Heartbeat(epoch=self.epoch))
        self.socket.close()


def notify_supervisor():
    descriptor = os.environ.pop("LQ_NOTIFY_FD", None)
    if descriptor:
        os.write(int(descriptor), b"\n")
        os.close(int(descriptor))


def read_runtime_dir(path):
    """cluster/runtime_dir of a ZPL file."""
    section = ""
    for line in pathlib.Path(path).read_text().splitlines():
        if re.match(r"\w", line):
            section = line.split("#")[0].strip()
        found = re.match(r"    runtime_dir\s*=\s*[\"']?([^\"'#]+?)[\"']?\s*(#.*)?$", line)
        if section == "cluster" and found:
            return found.group(1)
    sys.exit(f"{path}: cluster/runtime_dir is not set")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--config", required=True)
    parser.add_argument("--instance", default=f"{STAGE}-1")
    options = parser.parse_args()
    Actor(read_runtime_dir(options.config), options.instance).run()


if __name__ == "__main__":
    main()
