# SPDX-License-Identifier: MPL-2.0
# SPDX-FileCopyrightText: The LedgerQuest Engine authors
"""A broker for tests of single actors: it binds the actors' socket, speaks docs/protocol.md and does
nothing of its own accord. Also: a cluster folder, actor processes, generated protobuf modules."""

import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import time
import unittest

import zmq

ROOT = pathlib.Path(__file__).resolve().parents[2]
BIN = pathlib.Path(os.environ.get("LQ_BIN_DIR", ROOT / "build" / "bin")).resolve()

READY, RESULT, PAUSED, RESOLVED, HEARTBEAT, GOODBYE = 1, 2, 3, 4, 5, 6
WELCOME, DISPATCH, RESOLVE = 16, 17, 18
ADMIN, ADMIN_REPLY = 34, 49
DONE, ENDED, FAILED, RETURNED, CONFLICT = 1, 2, 3, 4, 5
TICK, CREATE_TENANT, CREATE_SESSION, QUERY = 1, 2, 3, 4
APPLIED, REFUSED, DUPLICATE, UNUSED = 2, 3, 4, 5
OK, ERR_INVALID, ERR_NOT_FOUND, ERR_EXISTS = 0, 1, 5, 6
WAIT_S = 10  # an upper bound for an event that comes at once; nothing waits it out


def generate_messages():
    """The modules that protoc makes of the schema, in a folder that lives as long as we do."""
    folder = tempfile.TemporaryDirectory(prefix="lq-proto-")
    subprocess.run(
        ["protoc", f"--proto_path={ROOT / 'proto'}", f"--python_out={folder.name}"]
        + [f"ledgerquest/v1/{name}.proto" for name in ("tick", "actor", "client")],
        check=True)
    sys.path.insert(0, folder.name)
    return folder


_FOLDER = generate_messages()
from ledgerquest.v1 import actor_pb2, client_pb2, tick_pb2  # noqa: E402

BODIES = {READY: actor_pb2.Ready, RESULT: actor_pb2.Result, PAUSED: actor_pb2.Paused,
          RESOLVED: actor_pb2.Result, HEARTBEAT: actor_pb2.Heartbeat, GOODBYE: actor_pb2.Heartbeat}


def frame(kind, message):
    return b"LQ\x02" + bytes([kind]) + message.SerializeToString()


class Cluster:
    """A configuration with folders of its own. `with` removes all and ends all processes."""

    def __init__(self, extra="", map_size="256M"):
        self.folder = tempfile.TemporaryDirectory(prefix="lq-")
        root = pathlib.Path(self.folder.name)
        self.runtime, self.data = root / "run", root / "data"
        for path in (self.runtime, self.data):
            path.mkdir(mode=0o700)
        self.config = root / "ledgerquest.cfg"
        self.extra, self.actors = extra, []
        self.write_config(map_size)

    def write_config(self, map_size):
        self.config.write_text(
            f"cluster\n    runtime_dir = {self.runtime}\n    data_dir = {self.data}\n"
            f"store\n    map_bytes = {map_size}\n{self.extra}")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for actor in self.actors:
            actor.end()
        self.folder.cleanup()

    def start(self, program, instance=None):
        command = program if isinstance(program, list) else [str(BIN / program)]
        stage = pathlib.Path(command[-1]).stem.removeprefix("lq-")
        actor = Actor(self, command, instance or f"{stage}-1")
        self.actors.append(actor)
        return actor


class Actor:
    def __init__(self, cluster, command, instance):
        self.instance = instance
        self.ready_read, ready_write = os.pipe()
        self.log = open(cluster.runtime / f"{instance}.log", "ab+")
        self.process = subprocess.Popen(
            command + ["--config", str(cluster.config), "--instance", instance],
            stderr=self.log, pass_fds=[ready_write],
            env=dict(os.environ, LQ_NOTIFY_FD=str(ready_write)))
        os.close(ready_write)

    @property
    def pid(self):
        return self.process.pid

    def signal(self, number):
        self.process.send_signal(number)

    def wait(self, timeout_s=WAIT_S):
        return self.process.wait(timeout_s)

    def is_ready(self):
        """Whether it told its supervisor; blocks until it did or ended."""
        return os.read(self.ready_read, 1) == b"\n"

    def log_text(self):
        self.log.seek(0)
        return self.log.read().decode()

    def end(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        os.close(self.ready_read)
        self.log.close()


class Broker:
    def __init__(self, cluster, epoch=1):
        self.epoch = epoch
        self.context = zmq.Context()
        self.socket = self.context.socket(zmq.ROUTER)
        self.socket.linger = 0
        self.socket.bind(f"ipc://{cluster.runtime}/actors.sock")
        self.identities = {}  # by instance
        self.held = []        # messages received while another was awaited
        self.batch = 0
        self.heartbeats = 0

    def close(self):
        self.socket.close()
        self.context.term()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def send(self, identity, kind, message, body=None):
        self.socket.send_multipart([identity, frame(kind, message)] + ([body] if body is not None
                                                                       else []))

    def welcome(self, identity):
        self.send(identity, WELCOME, actor_pb2.Welcome(
            epoch=self.epoch, commands_per_message_max=1024, message_bytes_max=1 << 20,
            mailbox_commands_max=64))

    def receive(self, kind, timeout_s=WAIT_S, instance=None):
        """The next message of `kind`: (identity, message, body). Answers heartbeats meanwhile, with
        WELCOME for whom it does not know."""
        for index, (identity, got, message, body) in enumerate(self.held):
            if got == kind and instance in (None, self.name_of(identity)):
                del self.held[index]
                return identity, message, body
        end = time.monotonic() + timeout_s
        while True:
            left = end - time.monotonic()
            if left <= 0 or not self.socket.poll(left * 1000):
                raise TimeoutError(f"no message of kind {kind}")
            identity, header, *rest = self.socket.recv_multipart()
            assert header[:3] == b"LQ\x02", header
            got = header[3]
            message = BODIES[got].FromString(header[4:])
            if got == HEARTBEAT:
                self.heartbeats += 1
                if identity in self.identities.values() and message.epoch == self.epoch:
                    self.send(identity, HEARTBEAT, actor_pb2.Heartbeat(epoch=self.epoch))
                else:
                    self.welcome(identity)
            if got == kind and instance in (None, self.name_of(identity)):
                return identity, message, rest[0] if rest else b""
            if got != HEARTBEAT:
                self.held.append((identity, got, message, rest[0] if rest else b""))

    def name_of(self, identity):
        return next((name for name, known in self.identities.items() if known == identity), None)

    def register(self, timeout_s=WAIT_S):
        """Await a READY and take it."""
        identity, ready, _ = self.receive(READY, timeout_s)
        self.identities[ready.instance] = identity
        self.welcome(identity)
        return ready

    def dispatch(self, instance, items, timeout_ms=900):
        """items: dicts of execution, payload, tenant, session; optional lease, kind, flags, events."""
        self.batch += 1
        message = actor_pb2.Dispatch(epoch=self.epoch, batch=self.batch, item_timeout_ms=timeout_ms)
        for item in items:
            message.execution.append(item["execution"])
            message.lease.append(item.get("lease", 1))
            message.kind.append(item.get("kind", TICK))
            message.flags.append(item.get("flags", 0))
            message.payload_bytes.append(len(item["payload"]))
            message.tenant.append(item["tenant"])
            message.session.append(item["session"])
            if any("events" in one for one in items):
                message.events.append(item.get("events", ""))
        self.send(self.identities[instance], DISPATCH, message,
                  b"".join(item["payload"] for item in items))
        return self.batch

    def work(self, instance, items, timeout_ms=900):
        """Dispatch and await the result: a list of dicts, an item each."""
        batch = self.dispatch(instance, items, timeout_ms)
        answers = []
        while True:
            _, result, body = self.receive(RESULT, instance=instance)
            assert result.batch == batch, (result.batch, batch)
            answers += split_result(result, body)
            if result.last:
                return answers


def split_result(result, body):
    """Result columns as a list of dicts."""
    items, at, outcome_at = [], 0, 0
    for index, execution in enumerate(result.execution):
        payload_bytes, count = result.payload_bytes[index], result.outcome_count[index]
        items.append({
            "execution": execution, "lease": result.lease[index],
            "verdict": result.verdict[index], "frame": result.frame[index],
            "payload": body[at:at + payload_bytes],
            "hash": result.hash[32 * index:32 * index + 32],
            "outcomes": list(result.outcome[outcome_at:outcome_at + count]),
            "reasons": {detail.index - outcome_at: detail for detail in result.details
                        if outcome_at <= detail.index < outcome_at + count}})
        at += payload_bytes
        outcome_at += count
    assert at == len(body)
    for failure in result.failures:
        items[failure.item].update(error=failure.error, cause=failure.cause,
                                   command=failure.command)
    return items


CLIENT = bytes(range(16))


def config(rate=0):
    return tick_pb2.SessionConfig(seed=7, rate_numerator=rate, rate_denominator=1,
                                  steps_per_command=1, width=100, height=100, restitution=0.5)


def tick(bodies=1, steps=1, frame_number=1, tenant="acme", session="s1"):
    """A tick as load makes it."""
    message = tick_pb2.Tick(tenant=tenant, session=session, frame=frame_number, steps=steps,
                            pipeline_hash=bytes(32), config=config())
    message.stages.add(name="load", version=1)
    world = message.world
    world.next_body_id = bodies + 1
    for index in range(bodies):
        world.body_id.append(index + 1)
        world.body_kind += b"\0"
        world.x.append(5 + 7 * (index % 13))
        world.y.append(5 + 7 * (index // 13))
        world.angle.append(0)
        for column, value in ((world.vx, 1), (world.vy, 2), (world.spin, 0), (world.radius, 0.5),
                              (world.thrust_x, 0), (world.thrust_y, 0)):
            column.append(value)
    return message


def item(execution, message, **more):
    return dict({"execution": execution, "payload": message.SerializeToString(),
                 "tenant": message.tenant, "session": message.session}, **more)


def kill(actor):
    actor.signal(signal.SIGKILL)
    actor.wait()


def run_tests(name):
    """The main() of a test script; its last line is the one that ops/check adds up."""
    program = unittest.main(module="__main__", exit=False, verbosity=2)
    result = program.result
    bad = len(result.failures) + len(result.errors)
    print(f"{name}: {result.testsRun} tests, {bad} failed")
    sys.exit(1 if bad else 0)
