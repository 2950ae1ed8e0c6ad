#!/usr/bin/python3
# SPDX-License-Identifier: MPL-2.0
# SPDX-FileCopyrightText: The LedgerQuest Engine authors
"""Peers that flood a broker, each a process of its own so that it does not slow down who watches over it:

    hostile_peers.py KIND SOCKET-FOLDER EPOCH COUNT

says "ready" when its connections stand, "done N" when it has sent what it has, and stays as it is until its
stdin ends. KIND is a function below."""

import contextlib
import errno
import pathlib
import resource
import secrets
import select
import socket
import sys
import time

import zmq

from wire_client import (ADMIN, HELLO, SUBMIT, WATCH, actor_pb2, client_pb2, custom, header)

READY = 1
CONNECTIONS = 16
# ZMTP 3.0, mechanism NULL, as a client; then the READY command of a DEALER.
GREETING = b"\xff" + bytes(8) + b"\x7f\x03\x00NULL" + bytes(16) + bytes(1) + bytes(31)
ZMTP_READY = b"\x04\x1c\x05READY\x0bSocket-Type\x00\x00\x00\x06DEALER"


def dealers(path, count):
    """Of which nobody reads what comes."""
    context = zmq.Context()
    made = []
    for _ in range(count):
        dealer = context.socket(zmq.DEALER)
        dealer.linger = 0
        dealer.sndhwm = 1000
        dealer.rcvhwm = 1
        dealer.connect(f"ipc://{path}")
        made.append(dealer)
    return made


def send_all(sockets, messages):
    """Round and round, each waiting for room where it must."""
    sent = 0
    for message in messages:
        sockets[sent % len(sockets)].send_multipart(message)
        sent += 1
    return sent


def watches(folder, _, count):
    """Ever other sessions, far more than may be watched; and one of 10 MB."""
    sockets = dealers(folder / "frames.sock", CONNECTIONS)
    large = dealers(folder / "frames.sock", 1)[0]
    yield len(sockets)
    large.send(header(WATCH, client_pb2.WatchRequest(tag=1, tenant="a" * 10000000, session="b")))
    yield send_all(sockets, ([header(WATCH, client_pb2.WatchRequest(tag=number, tenant="acme", session=f"w{number}",
                                                             world=True))] for number in range(count)))


def subscriptions(folder, _, count):
    """What a ZeroMQ subscriber would send: no socket of this engine is for it."""
    context = zmq.Context()
    subscriber = context.socket(zmq.SUB)
    subscriber.linger, subscriber.sndhwm = 0, 0
    subscriber.connect(f"ipc://{folder}/frames.sock")
    yield 1
    for number in range(count):
        subscriber.setsockopt(zmq.SUBSCRIBE, b"acme\0%d\0" % number)
    yield count


def readies(folder, epoch, count):
    """Actors of a stage that nobody needs; no pid, so that nothing can be killed for it."""
    sockets = dealers(folder / "actors.sock", CONNECTIONS)
    yield len(sockets)
    yield send_all(sockets, ([header(READY, actor_pb2.Ready(epoch=epoch, stage="nobody", version=1, credit=1,
                                                            instance=f"nobody-{number % 64}", items_max=1,
                                                            bytes_max=1000))] for number in range(count)))


def submits(folder, epoch, count):
    """A thousand commands each, refused each with a reason; and bodies of which one command is kept."""
    sockets = dealers(folder / "clients.sock", CONNECTIONS)
    yield len(sockets)
    full = client_pb2.Submit(epoch=epoch, client=secrets.token_bytes(16), tenant="acme", session=["b/d"] * 1024,
                             sequence=range(1, 1025), tag=range(1024), command_bytes=[0] * 1024)
    body = custom("x" * 16000)

    def messages():
        for number in range(count):
            if number % 8:
                yield [header(SUBMIT, full)]
                continue
            lengths = [len(body)] * 200
            yield [header(SUBMIT, client_pb2.Submit(
                epoch=epoch, client=secrets.token_bytes(16), tenant="nobody", session=["s"] + ["b/d"] * 199,
                sequence=range(1, 201), tag=range(200), command_bytes=lengths)), body * 200]
    yield send_all(sockets, messages())


def requests(folder, epoch, count):
    """About letters, about sessions, as long as a message may be, and under an old epoch."""
    sockets = dealers(folder / "clients.sock", CONNECTIONS)
    yield len(sockets)
    world = b"x" * 200000
    kinds = [client_pb2.AdminRequest(epoch=epoch, tag=1, kind=9, count_max=256),
             client_pb2.AdminRequest(epoch=epoch, tag=2, kind=6, tenant="acme", count_max=256),
             client_pb2.AdminRequest(epoch=epoch, tag=3, kind=4, count_max=256, after=world.decode()),
             client_pb2.AdminRequest(epoch=epoch - 1, tag=4, kind=2, tenant="of-an-old-epoch"),
             client_pb2.AdminRequest(epoch=epoch, tag=5, kind=1)]
    encoded = [[header(ADMIN, kind)] for kind in kinds]
    yield send_all(sockets, (encoded[number % len(encoded)] for number in range(count)))


def parts(folder, _, count):
    """Messages of very many parts."""
    sockets = dealers(folder / "clients.sock", 4)
    yield len(sockets)
    hello = header(HELLO, client_pb2.Hello(client=bytes(16)))
    yield send_all(sockets, ([hello] + [b""] * 100000 for _ in range(count)))


def connect_raw(path, count, first=b""):
    """Connections of the kernel's; those that are refused or closed meanwhile are opened again, as a stubborn
    peer would."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    held = []
    while len(held) < count:
        raw = socket.socket(socket.AF_UNIX)
        try:
            raw.connect(str(path))
            raw.sendall(first)
        except OSError as error:
            raw.close()
            if error.errno not in (errno.EAGAIN, errno.ECONNREFUSED, errno.ENOENT, errno.EPIPE, errno.ECONNRESET):
                raise
            continue
        held.append(raw)
    return held


def keep_connected(path, held, first=b""):
    """Until stdin ends: whoever is closed comes again."""
    poller = select.poll()
    by_number = {raw.fileno(): raw for raw in held}
    for number in by_number:
        poller.register(number, select.POLLIN | select.POLLHUP)
    poller.register(sys.stdin.fileno(), select.POLLIN | select.POLLHUP)
    while True:
        ended = []
        for number, _ in poller.poll(1000):
            if number == sys.stdin.fileno():
                return
            with contextlib.suppress(OSError):
                if by_number[number].recv(65536):
                    continue
            ended.append(number)
        for number in ended:
            poller.unregister(number)
            by_number.pop(number).close()
        if ended:
            time.sleep(0.05)  # a bound on how often the silent come back, not a wait for anything
            for raw in connect_raw(path, len(ended), first):
                by_number[raw.fileno()] = raw
                poller.register(raw.fileno(), select.POLLIN | select.POLLHUP)


def silent(name, first=b""):
    def connections(folder, _, count):
        path = folder / name
        held = connect_raw(path, count, first)
        yield len(held)
        yield len(held)
        keep_connected(path, held, first)
    return connections


STUBBORN = ("silent_clients", "silent_frames", "silent_actors", "greeting_clients")
KINDS = {function.__name__: function for function in (watches, subscriptions, readies, submits, requests, parts)}
for socket_name in ("clients", "frames", "actors"):
    KINDS[f"silent_{socket_name}"] = silent(f"{socket_name}.sock")
KINDS["greeting_clients"] = silent("clients.sock", GREETING + ZMTP_READY)


def main():
    kind, folder, epoch, count = sys.argv[1:]
    steps = KINDS[kind](pathlib.Path(folder), int(epoch), int(count))
    print(f"ready {next(steps)}", flush=True)
    print(f"done {next(steps)}", flush=True)
    if kind in STUBBORN:
        next(steps, None)
    sys.stdin.read()  # what steps holds stays open


if __name__ == "__main__":
    main()
