#!/usr/bin/python3
# SPDX-License-Identifier: MPL-2.0
# SPDX-FileCopyrightText: The LedgerQuest Engine authors
"""A bad network of queues between peers and broker: it drops, duplicates and delays whole messages by seed,
lets later ones overtake delayed ones, and cuts connections, sometimes in the middle of a message.

    with MessageProxy(cluster, seed=1, drop=0.01, duplicate=0.01, delay=0.01) as proxy:
        proxy.cut()          # both sides of every connection of actors and clients
        proxy.stats()        # exact counts, at any time; proxy.stats() after the end: the last ones

The broker binds in cluster.bind_dir (broker/bind_dir), the proxy in cluster.run/runtime, where the peers connect.
It runs in a process of its own and works on the bytes of ZMTP 3: the greeting and the commands pass
untouched; a message is its parts with the MORE flag and the one without. Every connection of a peer has its
own connection to the broker, so identities, credit and ends are the peers' own. When the broker is gone the
peer's connection is closed, so that it tries again and finds the next one. frames.sock passes as it is."""

import argparse
import collections
import contextlib
import functools
import heapq
import itertools
import json
import os
import pathlib
import random
import select
import socket
import struct
import subprocess
import sys
import time

SOCKETS = ("actors", "clients", "frames")
FAULTY = ("actors", "clients")
UP, DOWN = "up", "down"  # peer to broker, broker to peer
GREETING_BYTES = 64
MORE, LONG, COMMAND = 1, 2, 4
READ_BYTES = 256 * 1024
QUEUE_BYTES_MAX = 8 * 1024 * 1024  # beyond, the sender is not read from
SOCKET_BUFFER_BYTES = 1024 * 1024
BUFFERS_PER_SEND = 64
CUT_ARMED_S = 0.2  # a cut in the middle of a message waits so long for one
COUNTS = ("messages", "bytes", "dropped", "duplicated", "delayed", "lost_with_connection")


# ---- the process in the middle ----


class Flow:
    """One direction of a connection: parses what one side says, queues what the other shall hear."""

    def __init__(self, connection, direction, counts, chance):
        self.connection, self.direction = connection, direction
        self.counts, self.chance = counts, chance
        self.source = self.sink = None
        self.queue, self.queue_bytes = collections.deque(), 0
        self.raw_left = GREETING_BYTES  # bytes that pass without being understood
        self.rest = b""  # a frame's head that is not whole yet
        self.body_left = 0  # of the frame at hand
        self.in_message = self.last_frame = False
        self.hold = None  # the message at hand is gathered here, not sent on
        self.verdict = None
        self.due = []  # delayed messages whose time came in the middle of another one
        self.held = 0  # delayed messages that wait for their time
        self.half_left = None  # a cut in the middle: so many bytes still pass
        self.ended = False  # the source has closed
        self.command = False  # the frame at hand is one
        self.mask = select.EPOLLIN  # what the source's end is watched for

    def put(self, data):
        if self.half_left is not None:
            data = data[:self.half_left]
            self.half_left -= len(data)
        if data:
            self.queue.append(data)
            self.queue_bytes += len(data)

    def put_message(self, parts):
        for part in parts:
            self.put(part)

    def begin_message(self, body_bytes):
        faults = self.connection.relay.faults
        self.counts["messages"] += 1
        self.in_message = True
        self.connection.carried = True
        if self.connection.armed and self.half_left is None:
            self.half_left = 2 + body_bytes // 2
            self.connection.half = self
        share = self.chance.random()
        if self.half_left is not None:
            self.verdict = None
        elif share < faults["drop"]:
            self.verdict, self.hold = "dropped", []
        elif share < faults["drop"] + faults["duplicate"]:
            self.verdict, self.hold = "duplicated", []
        elif share < faults["drop"] + faults["duplicate"] + faults["delay"]:
            self.verdict, self.hold = "delayed", []
        else:
            self.verdict = None

    def end_message(self):
        parts, self.hold, self.in_message = self.hold, None, False
        if self.verdict is not None:
            self.counts[self.verdict] += 1
        if self.verdict == "duplicated":
            self.put_message(parts)
            self.put_message(parts)
        elif self.verdict == "delayed":
            self.held += 1
            self.connection.relay.delay(self, parts, self.chance)
        for late in self.due:
            self.put_message(late)
        self.due.clear()

    def release(self, parts):
        """The time of a delayed message has come; it goes between two others."""
        self.held -= 1
        if self.in_message and self.hold is None:
            self.due.append(parts)
        else:
            self.put_message(parts)

    def pass_on(self, data, command):
        if self.hold is not None and not command:
            self.hold.append(data)
        else:
            self.put(data)

    def take(self, chunk):
        """Parse what was read."""
        data = memoryview(self.rest + chunk if self.rest else chunk)
        self.rest, at, end = b"", 0, len(data)
        if self.raw_left:
            at = min(self.raw_left, end)
            self.raw_left -= at
            self.put(data[:at])
        while at < end and self.half_left != 0:
            if self.body_left:
                step = min(self.body_left, end - at)
                self.pass_on(data[at:at + step], self.command)
                self.body_left -= step
                at += step
            else:
                flags = data[at]
                head = 9 if flags & LONG else 2
                if end - at < head:
                    self.rest = bytes(data[at:])
                    return
                self.command = bool(flags & COMMAND)
                self.body_left = (struct.unpack_from(">Q", data, at + 1)[0] if flags & LONG
                                  else data[at + 1])
                if not self.command:
                    if not self.in_message:
                        self.begin_message(self.body_left)
                    self.last_frame = not flags & MORE
                    self.counts["bytes"] += self.body_left
                self.pass_on(data[at:at + head], self.command)
                at += head
            if not self.body_left and not self.command and self.last_frame:
                self.end_message()

    def send(self):
        """As much as the sink takes."""
        while self.queue:
            buffers = list(itertools.islice(self.queue, BUFFERS_PER_SEND))
            try:
                sent = self.sink.sendmsg(buffers)
            except BlockingIOError:
                return
            self.queue_bytes -= sent
            while sent:
                first = self.queue[0]
                if sent >= len(first):
                    sent -= len(first)
                    self.queue.popleft()
                else:
                    self.queue[0] = memoryview(first)[sent:]
                    sent = 0


class Connection:
    """A peer's connection and ours to the broker on its behalf."""

    def __init__(self, relay, name, number, peer, broker):
        self.relay, self.name, self.number = relay, name, number
        self.sockets = {UP: peer, DOWN: broker}  # by the direction in which they are read
        self.pid = struct.unpack("3i", peer.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))[0]
        self.armed = self.carried = False
        self.half = None
        self.flows = {}
        for direction, other in ((UP, DOWN), (DOWN, UP)):
            chance = random.Random(f"{relay.seed}/{name}/{number}/{direction}")
            flow = Flow(self, direction, relay.counts[name][direction], chance)
            flow.source, flow.sink = self.sockets[direction], self.sockets[other]
            if name not in FAULTY:
                flow.raw_left = sys.maxsize
            self.flows[direction] = flow
        self.closed = False


class Relay:
    """The loop."""

    def __init__(self, listen_dir, broker_dir, seed, faults, delay_s):
        self.broker_dir, self.seed = pathlib.Path(broker_dir), seed
        self.faults, self.delay_s = faults, delay_s
        self.counts = {name: {direction: dict.fromkeys(COUNTS, 0) for direction in (UP, DOWN)}
                       for name in SOCKETS}
        self.events = {name: {"connections": 0, "refused": 0, "cut": 0, "cut_in_the_middle": 0}
                       for name in SOCKETS}
        self.cuts_of = collections.Counter()
        self.connections = {}  # alive, in the order of their coming
        self.timers, self.order = [], itertools.count()
        self.poll = select.epoll()
        self.handlers = {}  # by file descriptor
        for name in SOCKETS:
            path = pathlib.Path(listen_dir) / f"{name}.sock"
            path.unlink(missing_ok=True)
            listener = socket.socket(socket.AF_UNIX)
            listener.bind(str(path))
            listener.listen(4096)
            listener.setblocking(False)
            self.watch(listener.fileno(), self.accept, listener, name)
        self.order_bytes = b""
        self.watch(sys.stdin.fileno(), self.read_orders)
        self.running = True

    def watch(self, descriptor, handler, *arguments):
        self.handlers[descriptor] = functools.partial(handler, *arguments)
        self.poll.register(descriptor, select.EPOLLIN)

    # ---- connections ----

    def accept(self, listener, name, _):
        while True:
            try:
                peer, _ = listener.accept()
            except BlockingIOError:
                return
            broker = socket.socket(socket.AF_UNIX)
            broker.setblocking(False)
            try:
                broker.connect(str(self.broker_dir / f"{name}.sock"))
            except OSError:
                self.events[name]["refused"] += 1  # no broker is there: the peer shall try again
                broker.close()
                peer.close()
                continue
            peer.setblocking(False)
            for end in (peer, broker):
                end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SOCKET_BUFFER_BYTES)
            self.events[name]["connections"] += 1
            number = self.events[name]["connections"]
            connection = Connection(self, name, number, peer, broker)
            self.connections[connection] = None
            for direction in (UP, DOWN):
                flow = connection.flows[direction]
                self.watch(flow.source.fileno(), self.on_event, connection, direction)

    def close(self, connection):
        if connection.closed:
            return
        connection.closed = True
        del self.connections[connection]
        for direction in (UP, DOWN):
            flow, end = connection.flows[direction], connection.sockets[direction]
            flow.counts["lost_with_connection"] += flow.held + len(flow.due)
            del self.handlers[end.fileno()]
            end.close()  # leaves the epoll set with it

    def interest(self, connection):
        """What to wait for at each end."""
        for direction, other in ((UP, DOWN), (DOWN, UP)):
            flow, back = connection.flows[direction], connection.flows[other]
            reads = not flow.ended and flow.queue_bytes < QUEUE_BYTES_MAX
            # The source of this direction is where the other one writes to.
            mask = (select.EPOLLIN if reads else 0) | (select.EPOLLOUT if back.queue else 0)
            if flow.ended and flow.mask is not None:
                flow.mask = None  # its hang-up would be told for ever
                self.poll.unregister(flow.source.fileno())
            elif not flow.ended and mask != flow.mask:
                flow.mask = mask
                self.poll.modify(flow.source.fileno(), mask)

    def on_event(self, connection, direction, events):
        flow, back = connection.flows[direction], connection.flows[DOWN if direction == UP else UP]
        try:
            if events & (select.EPOLLIN | select.EPOLLHUP | select.EPOLLERR) and not flow.ended:
                chunk = flow.source.recv(READ_BYTES)
                if chunk:
                    flow.take(chunk)
                else:
                    flow.ended = True
                flow.send()
            if events & select.EPOLLOUT:
                back.send()
        except BlockingIOError:
            pass
        except OSError:
            # This end is gone: what the other one is still owed goes out as far as it can at once.
            with contextlib.suppress(OSError):
                flow.send()
            self.close(connection)
            return
        self.settle(connection)

    def settle(self, connection):
        """After something was queued or sent: is it at its end?"""
        if connection.half is not None and connection.half.half_left == 0:
            with contextlib.suppress(OSError):
                connection.half.send()
            self.count_cut(connection, True)
            self.close(connection)
        elif any(flow.ended and not flow.queue for flow in connection.flows.values()):
            self.close(connection)
        else:
            self.interest(connection)

    # ---- delays ----

    def delay(self, flow, parts, chance):
        due = time.monotonic() + chance.uniform(*self.delay_s)
        heapq.heappush(self.timers, (due, next(self.order), flow, parts))

    def run_timers(self):
        """Returns the seconds until the next one."""
        now = time.monotonic()
        while self.timers and self.timers[0][0] <= now:
            _, _, flow, what = heapq.heappop(self.timers)
            if isinstance(flow, Connection):
                if not flow.closed:  # no message came to be cut in the middle of
                    self.count_cut(flow, False)
                    self.close(flow)
            elif not flow.connection.closed:
                flow.release(what)
                try:
                    flow.send()
                except OSError:
                    self.close(flow.connection)
                    continue
                self.settle(flow.connection)
        return max(0.0, self.timers[0][0] - now) if self.timers else -1

    # ---- orders ----

    def count_cut(self, connection, middle):
        self.events[connection.name]["cut"] += 1
        self.events[connection.name]["cut_in_the_middle"] += middle
        self.cuts_of[f"{connection.name} {connection.pid}"] += 1

    def cut(self, names, middle, only):
        """Those that carried a message; returns [socket, pid] of each."""
        chosen = [connection for connection in self.connections
                  if connection.name in names and (connection.carried or connection.name == "frames")]
        if only is not None and chosen:
            chosen = [chosen[only % len(chosen)]]
        for connection in chosen:
            chance = connection.flows[UP].chance
            if connection.name in FAULTY and chance.random() < middle:
                connection.armed = True
                heapq.heappush(self.timers, (time.monotonic() + CUT_ARMED_S, next(self.order), connection, None))
            else:
                self.count_cut(connection, False)
                self.close(connection)
        return [[connection.name, connection.pid] for connection in chosen]

    def report(self):
        return {"sockets": {name: {**self.events[name], **self.counts[name]} for name in SOCKETS},
                "open": [[connection.name, connection.pid] for connection in self.connections
                         if connection.carried or connection.name == "frames"],
                "cpu_s": time.process_time(), "armed": sum(connection.armed for connection in self.connections),
                "cuts_of": dict(self.cuts_of), "held": sum(flow.held for connection in self.connections
                                                           for flow in connection.flows.values())}

    def obey(self, order):
        if order["do"] == "cut":
            return self.cut(order["names"], order["middle"], order["only"])
        if order["do"] == "faults":
            self.faults = order["faults"]
        elif order["do"] == "end":
            self.running = False
        return self.report()

    def read_orders(self, _):
        chunk = os.read(sys.stdin.fileno(), 65536)
        if not chunk:
            self.running = False  # whoever started us is gone
        self.order_bytes += chunk
        while b"\n" in self.order_bytes:
            line, self.order_bytes = self.order_bytes.split(b"\n", 1)
            print(json.dumps(self.obey(json.loads(line))), flush=True)

    def run(self):
        while self.running:
            wait_s = self.run_timers()
            for descriptor, events in self.poll.poll(wait_s):
                handler = self.handlers.get(descriptor)
                if handler is not None:  # else closed by an event before it
                    handler(events)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--listen", required=True)
    parser.add_argument("--broker", required=True)
    parser.add_argument("--seed", required=True)
    parser.add_argument("--faults", type=json.loads, required=True)
    parser.add_argument("--delay", type=float, nargs=2, required=True)
    options = parser.parse_args()
    os.umask(0o077)
    relay = Relay(options.listen, options.broker, options.seed, options.faults, options.delay)
    print(json.dumps({"ready": True}), flush=True)
    relay.run()


# ---- the test's end of it ----


class MessageProxy:
    """cluster: anything with `run` (its folder; peers connect in run/runtime) and `bind_dir` (where the broker
    binds). drop, duplicate, delay: shares of all messages of actors and clients, in both directions."""

    def __init__(self, cluster, seed, drop=0.0, duplicate=0.0, delay=0.0, delay_s=(0.02, 1.5)):
        self.listen_dir, self.broker_dir = cluster.run / "runtime", cluster.bind_dir
        self.seed, self.delay_s = seed, delay_s
        self.faults = {"drop": drop, "duplicate": duplicate, "delay": delay}
        self.process = self.last = None

    def __enter__(self):
        for folder in (self.listen_dir, self.broker_dir):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.process = subprocess.Popen(
            [sys.executable, os.path.abspath(__file__), "--listen", str(self.listen_dir),
             "--broker", str(self.broker_dir), "--seed", str(self.seed),
             "--faults", json.dumps(self.faults), "--delay", *map(str, self.delay_s)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        if not self.process.stdout.readline():
            raise RuntimeError("the proxy did not start")
        return self

    def __exit__(self, *_):
        if self.process is None:
            return
        with contextlib.suppress(OSError, RuntimeError):
            self.last = self.ask(do="end")
        self.process.stdin.close()
        self.process.wait()
        self.process.stdout.close()
        self.process = None

    def ask(self, **order):
        self.process.stdin.write(json.dumps(order).encode() + b"\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError("the proxy died")
        return json.loads(line)

    def set_faults(self, drop=0.0, duplicate=0.0, delay=0.0):
        """From now on; without arguments the network is a good one."""
        self.faults = {"drop": drop, "duplicate": duplicate, "delay": delay}
        return self.ask(do="faults", faults=self.faults)

    def cut(self, names=FAULTY, middle=0.5, only=None):
        """Close both sides of every connection that carried a message, a share `middle` of them within a
        message. only: just one, the only-th of them. Returns [socket, pid] of each."""
        return self.ask(do="cut", names=names, middle=middle, only=only)

    def stats(self):
        """{"sockets": {name: {connections, refused, cut, cut_in_the_middle, up: {...}, down: {...}}},
        "open": [[socket, pid]...] that carried a message, "armed": those of them that are about to be cut,
        "cpu_s": of the proxy's process, "cuts_of": {"socket pid": n}, "held": messages that are late at the moment}"""
        return self.ask(do="stats") if self.process is not None else self.last

    def total(self, count, stats=None):
        """One of COUNTS, of both directions and all sockets with faults."""
        stats = stats or self.stats()
        return sum(stats["sockets"][name][direction][count] for name in FAULTY for direction in (UP, DOWN))


if __name__ == "__main__":
    main()
