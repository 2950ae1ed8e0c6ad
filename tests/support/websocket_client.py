# SPDX-License-Identifier: MPL-2.0
# SPDX-FileCopyrightText: The LedgerQuest Engine authors
"""A WebSocket client (RFC 6455) of the standard library alone, for tests: text messages of JSON objects.

    socket = WebSocket(port, protocols=["v1.json.ledgerquest", "bearer." + token])
    socket.send({"type": "hello", "session": "arena"})
    message = socket.receive(5)          # a dict; Closed when the other side ends it; None: nothing came
"""

import base64
import hashlib
import json
import os
import select
import socket as sockets
import struct
import time

GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
TEXT, CLOSE, PING, PONG = 1, 8, 9, 10


class Closed(Exception):
    """The connection has ended: `code` and `reason` of its close frame; 1006 when there was none."""

    def __init__(self, code, reason=""):
        super().__init__(f"closed: {code} {reason}")
        self.code, self.reason = code, reason


class Refused(Exception):
    """The handshake was answered with another status."""

    def __init__(self, status, body):
        super().__init__(f"refused: {status} {body[:200]}")
        self.status = status


class WebSocket:
    parse = staticmethod(json.loads)  # of a text message

    def __init__(self, port, protocols=("v1.json.ledgerquest",), path="/v1/connect", headers=(), host="127.0.0.1",
                 timeout_s=20):
        self.buffer = b""
        self.closed = None
        self.socket = sockets.create_connection((host, port), timeout=timeout_s)
        self.socket.setsockopt(sockets.IPPROTO_TCP, sockets.TCP_NODELAY, 1)
        key = base64.b64encode(os.urandom(16)).decode()
        lines = [f"GET {path} HTTP/1.1", f"Host: {host}:{port}", "Upgrade: websocket", "Connection: Upgrade",
                 f"Sec-WebSocket-Key: {key}", "Sec-WebSocket-Version: 13", *headers]
        if protocols:
            lines.append("Sec-WebSocket-Protocol: " + ", ".join(protocols))
        self.socket.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
        head = self.read_head()
        status = int(head.split(b" ", 2)[1]) if head.startswith(b"HTTP/") else 0
        if status != 101:
            raise Refused(status, head + self.buffer)
        accepted = base64.b64encode(hashlib.sha1(key.encode() + GUID).digest())
        if b"sec-websocket-accept: " + accepted.lower() not in head.lower():
            raise Refused(101, b"wrong Sec-WebSocket-Accept")
        self.protocol = next((line.split(b":", 1)[1].strip().decode() for line in head.split(b"\r\n")
                              if line.lower().startswith(b"sec-websocket-protocol:")), None)
        self.socket.setblocking(False)

    def read_head(self):
        while b"\r\n\r\n" not in self.buffer:
            piece = self.socket.recv(65536)
            if not piece:
                head, self.buffer = self.buffer, b""
                return head
            self.buffer += piece
        head, self.buffer = self.buffer.split(b"\r\n\r\n", 1)
        return head + b"\r\n"

    def fileno(self):
        return self.socket.fileno()

    # ---- sending ----

    def send(self, message):
        self.send_text(json.dumps(message, separators=(",", ":")).encode())

    def send_text(self, data):
        self.send_frame(TEXT, data)

    def send_frame(self, opcode, data):
        mask = os.urandom(4)
        length = len(data)
        head = bytes([0x80 | opcode])
        if length < 126:
            head += bytes([0x80 | length])
        elif length < 65536:
            head += bytes([0x80 | 126]) + struct.pack(">H", length)
        else:
            head += bytes([0x80 | 127]) + struct.pack(">Q", length)
        repeated = mask * (length // 4 + 1)
        masked = (int.from_bytes(data, "big") ^ int.from_bytes(repeated[:length], "big")).to_bytes(length, "big")
        self.send_all(head + mask + masked)

    def send_all(self, data):
        while data:
            try:
                data = data[self.socket.send(data):]
            except BlockingIOError:
                select.select([], [self.socket], [], 5)
            except OSError as error:
                self.closed = self.closed or Closed(1006, str(error))
                return

    # ---- receiving ----

    def take_frame(self):
        """(opcode, data) of the next whole frame in the buffer; None: there is none yet."""
        if len(self.buffer) < 2:
            return None
        opcode, length, at = self.buffer[0] & 15, self.buffer[1] & 127, 2
        if length == 126:
            if len(self.buffer) < 4:
                return None
            length, at = struct.unpack(">H", self.buffer[2:4])[0], 4
        elif length == 127:
            if len(self.buffer) < 10:
                return None
            length, at = struct.unpack(">Q", self.buffer[2:10])[0], 10
        if len(self.buffer) < at + length:
            return None
        data, self.buffer = self.buffer[at:at + length], self.buffer[at + length:]
        return opcode, data

    def read_more(self):
        """What is there, without waiting; the end of the connection is kept in `closed`."""
        try:
            while True:
                piece = self.socket.recv(262144)
                if not piece:
                    self.closed = self.closed or Closed(1006, "the socket ended")
                    return
                self.buffer += piece
        except BlockingIOError:
            pass
        except OSError as error:
            self.closed = self.closed or Closed(1006, str(error))

    def next_message(self):
        """The next whole message in the buffer as a dict; None: there is none. Closed: it ends here."""
        while True:
            frame = self.take_frame()
            if frame is None:
                if self.closed:
                    raise self.closed
                return None
            opcode, data = frame
            if opcode == TEXT:
                return self.parse(data)
            if opcode == PING:
                self.send_frame(PONG, data)
            elif opcode == CLOSE:
                code = struct.unpack(">H", data[:2])[0] if len(data) >= 2 else 1005
                self.closed = Closed(code, data[2:].decode())
                self.send_frame(CLOSE, data[:2])
                raise self.closed

    def receive(self, timeout_s):
        deadline = time.monotonic() + timeout_s
        while True:
            message = self.next_message()
            if message is not None:
                return message
            left = deadline - time.monotonic()
            if left <= 0:
                return None
            select.select([self.socket], [], [], left)
            self.read_more()

    def receive_type(self, kind, timeout_s):
        """The next message of a type; others before it are passed over."""
        deadline = time.monotonic() + timeout_s
        while True:
            message = self.receive(max(0, deadline - time.monotonic()))
            if message is None or message["type"] == kind:
                return message

    def receive_close(self, timeout_s):
        """The code and reason of the close that comes; None: none came."""
        deadline = time.monotonic() + timeout_s
        try:
            while time.monotonic() < deadline:
                self.receive(max(0, deadline - time.monotonic()))
        except Closed as closed:
            return closed.code, closed.reason
        return None

    def close(self, code=1000):
        self.send_frame(CLOSE, struct.pack(">H", code))
        self.socket.close()

    def cut(self):
        """As when the network is gone: nothing is said."""
        self.socket.setsockopt(sockets.SOL_SOCKET, sockets.SO_LINGER, struct.pack("ii", 1, 0))
        self.socket.close()
        self.closed = Closed(1006, "cut here")
