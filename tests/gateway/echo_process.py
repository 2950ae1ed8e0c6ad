# SPDX-License-Identifier: MPL-2.0
# SPDX-FileCopyrightText: The LedgerQuest Engine authors
"""lq-echo-server (echo_server.c) as a process, and a WebSocket client of a few lines that can do everything wrong.

    with EchoServer("ping_ms=200", tls=True) as server:
        with server.connect() as player:
            player.send("hello")
            player.receive()                    # (opcode, payload)
        server.counts()["upgraded"]
"""

import os
import pathlib
import resource
import signal
import socket
import ssl
import struct
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "integration"))

from cluster import BIN, BUG_WORDS, WAIT_S, Failed, check, skip  # noqa: E402

KEY = "dGhlIHNhbXBsZSBub25jZQ=="
TEXT, BINARY, CLOSE, PING, PONG = 1, 2, 8, 9, 10


def program():
    """It is built for tests and not installed: it lies in the object tree."""
    for folder in (BIN, BIN.parent / "obj" / "tests" / "gateway"):
        if (folder / "lq-echo-server").exists():
            return str(folder / "lq-echo-server")
    skip("no lq-echo-server beside LQ_BIN_DIR: build with ops/build")


def raise_descriptors(wanted):
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    if hard < wanted:
        skip(f"at most {hard} descriptors, and {wanted} are needed")
    resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def make_certificate(folder, name="localhost"):
    """A key and a certificate that signs itself, of P-256."""
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                    "-days", "2", "-subj", f"/CN={name}", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1",
                    "-keyout", f"{folder}/new.key", "-out", f"{folder}/new.pem"], check=True, capture_output=True)
    os.rename(f"{folder}/new.key", f"{folder}/server.key")
    os.rename(f"{folder}/new.pem", f"{folder}/server.pem")


def request_text(path="/v1/connect", host="localhost", headers=(), upgrade=True):
    lines = [f"GET {path} HTTP/1.1", f"Host: {host}"]
    if upgrade:
        lines += ["Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 13", f"Sec-WebSocket-Key: {KEY}"]
    return ("\r\n".join([*lines, *headers]) + "\r\n\r\n").encode()


class Peer:
    """One connection; whatever it sends is bytes of the test's choice."""

    def __init__(self, port, tls=None, alpn=None, address="127.0.0.1", timeout_s=WAIT_S, source=None):
        self.socket = socket.create_connection((address, port), timeout_s, source)
        self.rest = b""
        if tls:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
            if alpn:
                context.set_alpn_protocols(alpn)
            try:
                self.socket = context.wrap_socket(self.socket, server_hostname="localhost")
            except (OSError, ssl.SSLError):
                self.socket.close()
                raise

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def read(self, count):
        while len(self.rest) < count:
            more = self.socket.recv(65536)
            if not more:
                raise EOFError(self.rest)
            self.rest += more
        taken, self.rest = self.rest[:count], self.rest[count:]
        return taken

    def read_head(self):
        """The head of an answer."""
        while b"\r\n\r\n" not in self.rest:
            more = self.socket.recv(65536)
            if not more:
                raise EOFError(self.rest)
            self.rest += more
        head, self.rest = self.rest.split(b"\r\n\r\n", 1)
        return head.decode()

    def read_all(self):
        """Everything until the end, which may be a reset."""
        try:
            while more := self.socket.recv(65536):
                self.rest += more
        except ConnectionResetError:
            pass
        return self.rest

    def upgrade(self, **request):
        self.socket.sendall(request_text(**request))
        head = self.read_head()
        check(head.startswith("HTTP/1.1 101 "), f"not upgraded: {head}")
        return head

    def frame(self, opcode, payload, fin=True, masked=True, reserved=0):
        head = bytes([(0x80 if fin else 0) | reserved << 4 | opcode])
        size, bit = len(payload), 0x80 if masked else 0
        head += (bytes([bit | size]) if size < 126 else
                 bytes([bit | 126]) + struct.pack(">H", size) if size < 65536 else
                 bytes([bit | 127]) + struct.pack(">Q", size))
        self.socket.sendall(head + (bytes(4) if masked else b"") + payload)

    def send(self, text):
        self.frame(TEXT, text.encode())

    def receive(self):
        first, second = self.read(2)
        size = second & 0x7f
        if size > 125:
            size = int.from_bytes(self.read(2 if size == 126 else 8), "big")
        return first & 15, self.read(size)

    def closed_with(self):
        """The code of the close that comes next, behind whatever else; the connection ends behind it."""
        while True:
            opcode, payload = self.receive()
            if opcode == CLOSE:
                self.read_all()
                return int.from_bytes(payload[:2], "big") if payload else 1005


class EchoServer:
    def __init__(self, *options, tls=False):
        self.folder = tempfile.TemporaryDirectory(prefix="lq-echo-")
        self.errors = open(f"{self.folder.name}/errors", "w+", encoding="utf-8")
        if tls:
            make_certificate(self.folder.name)
            options += (f"certificate_file={self.folder.name}/server.pem", f"key_file={self.folder.name}/server.key")
        self.process = subprocess.Popen([program(), *options], stdout=subprocess.PIPE, stderr=self.errors, text=True)
        line = self.process.stdout.readline().split()
        if len(line) != 3 or line[0] != "ready":
            self.process.wait()
            raise Failed(f"no echo server: {self.said()}")
        self.port, self.tls_port = int(line[1]), int(line[2])

    def said(self):
        self.errors.seek(0)
        return self.errors.read()

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        self.process.terminate()
        try:
            code = self.process.wait(WAIT_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            code = self.process.wait()
        said = self.said()
        self.errors.close()
        self.process.stdout.close()
        self.folder.cleanup()
        if kind is None:
            check(code == 0 and not any(word in said for word in BUG_WORDS), f"the echo server: {code}: {said[-3000:]}")

    def peer(self, tls=False, **options):
        return Peer(self.tls_port if tls else self.port, tls, **options)

    def connect(self, tls=False, **request):
        peer = self.peer(tls)
        peer.upgrade(**request)
        return peer

    def counts(self):
        self.process.send_signal(signal.SIGUSR1)
        return {name: int(value) for name, value in
                (word.split("=") for word in self.process.stdout.readline().split())}

    def drain(self):
        self.process.send_signal(signal.SIGUSR2)

    def private_kib(self):
        """RssAnon."""
        with open(f"/proc/{self.process.pid}/status", encoding="ascii") as file:
            return next(int(line.split()[1]) for line in file if line.startswith("RssAnon"))

    def cpu_s(self):
        with open(f"/proc/{self.process.pid}/stat", encoding="ascii") as file:
            fields = file.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
