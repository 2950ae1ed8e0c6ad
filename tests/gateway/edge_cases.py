# SPDX-License-Identifier: MPL-2.0
# SPDX-FileCopyrightText: The LedgerQuest Engine authors
"""What comes to the gateway's port beside players: each case is a function that says what it counted."""

import json
import os
import socket
import ssl
import struct
import subprocess
import tempfile
import threading
import time

from cluster import BIN, SANITIZED, WAIT_S, check, wait_until
from echo_process import BINARY, KEY, PING, PONG, TEXT, EchoServer, make_certificate, raise_descriptors, request_text

H2_PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes([0, 0, 0, 4, 0, 0, 0, 0, 0])


def answer_to(server, payload, tls=False):
    with server.peer(tls) as peer:
        peer.socket.sendall(payload)
        return peer.read_all()


def status_of(answer):
    check(answer.startswith(b"HTTP/1.1 "), f"no answer of HTTP/1.1: {answer[:80]}")
    return int(answer[9:12])


def an_http2_frame_is_never_sent():
    """The preface and every form of `Upgrade: h2c` hear HTTP/1.1 in text, a client that offers only h2 an alert."""
    upgrade = "Upgrade: h2c\r\nConnection: Upgrade, HTTP2-Settings\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n"
    attempts = [H2_PREFACE, H2_PREFACE[:24],
                f"GET / HTTP/1.1\r\nHost: localhost\r\n{upgrade}\r\n".encode() + H2_PREFACE,
                f"GET /v1/connect HTTP/1.1\r\nHost: localhost\r\n{upgrade}\r\n".encode(),
                f"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n{upgrade}\r\n".encode(),
                b"GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: h2c\r\n\r\n",
                b"GET / HTTP/1.1\r\nHost: localhost\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n\r\n",
                b"GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket, h2c\r\nConnection: Upgrade\r\n"
                b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: " + KEY.encode() + b"\r\n\r\n"]
    with EchoServer(tls=True) as server:
        for attempt in attempts:
            for tls in (False, True):
                status = status_of(answer_to(server, attempt, tls))
                check(status in (400, 505), f"{attempt[:40]} was answered {status}")
        for offered, taken in ((["h2", "http/1.1"], "http/1.1"), (["http/1.1"], "http/1.1"), (None, None)):
            with server.peer(True, alpn=offered) as peer:
                check(peer.socket.selected_alpn_protocol() == taken, f"of {offered} another was chosen")
                peer.upgrade()
        try:
            with server.peer(True, alpn=["h2"]):
                check(False, "a client of h2 alone got through")
        except ssl.SSLError as error:
            check("NO_APPLICATION_PROTOCOL" in str(error).upper().replace(" ", "_"), f"not the alert: {error}")
        check(server.counts()["upgraded"] == 3, "an upgrade too many")
    return f"{2 * len(attempts)} attempts, 4 offers"


def a_stranger_is_refused():
    rows = [
        (request_text(headers=["Origin: https://evil.example"]), 403),
        (request_text(headers=["Origin: null"]), 403),
        (request_text(headers=["Origin: http://localhost.evil.example"]), 403),
        (request_text(host="evil.example"), 421),
        (request_text(host="localhost.evil.example"), 421),
        (request_text(upgrade=False, host="evil.example"), 421),
        (request_text().replace(b"\r\n", b"\n"), 400),
        (request_text(headers=["Host: localhost"]), 400),
        (request_text(headers=["Transfer-Encoding: chunked"]), 501),
        (request_text(headers=["Content-Length: 4", "Content-Length: 4"]), 400),
        (request_text(headers=["X: a\r\n b"]), 400),
        (request_text(headers=["X: a\x00b"]), 400),
        (request_text(path="http://localhost/v1/connect"), 400),
        (request_text(headers=[f"X{n}: 1" for n in range(80)]), 431),
        (request_text(headers=["X: " + 9000 * "x"]), 431),
        (request_text(path="/" + 1100 * "x"), 414),
        (request_text() + b"\x81\x80\0\0\0\0", 400),  # nothing may come before the 101
        (request_text() + request_text(), 400),
        (request_text().replace(b"Version: 13", b"Version: 8"), 426),
        (b"OPTIONS / HTTP/1.1\r\nHost: localhost\r\n\r\n", 405),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 400),  # TLS on the port without
    ]
    with EchoServer() as server:
        for payload, wanted in rows:
            status = status_of(answer_to(server, payload))
            check(status == wanted, f"{payload[:60]}: {status}, not {wanted}")
        for allowed in ("http://localhost", "https://localhost"):
            with server.connect(headers=[f"Origin: {allowed}"]):
                pass
        counts = server.counts()
        check(counts["requests_refused"] == len(rows), f"counted {counts['requests_refused']}")
    return f"{len(rows)} requests"


def closed_by(server, act, tls=False):
    with server.connect(tls) as peer:
        act(peer)
        return peer.closed_with()


def endless(peer):
    """Fragments for as long as they are taken."""
    peer.frame(TEXT, b"a", fin=False)
    for _ in range(100):
        peer.frame(0, b"", fin=False)


def a_wrong_frame_ends_it():
    acts = [
        ("unmasked", lambda peer: peer.frame(TEXT, b"x", masked=False), 1002),
        ("reserved bits", lambda peer: peer.frame(TEXT, b"x", reserved=4), 1002),
        ("an opcode", lambda peer: peer.frame(3, b"x"), 1002),
        ("a large ping", lambda peer: peer.frame(PING, bytes(126)), 1002),
        ("no UTF-8", lambda peer: peer.frame(TEXT, b"\xff"), 1007),
        ("too large", lambda peer: peer.frame(TEXT, bytes(65537)), 1009),
        ("endless fragments", endless, 1009),
        ("a huge length", lambda peer: peer.socket.sendall(b"\x82\xff" + struct.pack(">Q", 1 << 62) + 9 * b"x"), 1009),
        ("a close of 1005", lambda peer: peer.frame(8, struct.pack(">H", 1005)), 1002),
        ("a close of 4321", lambda peer: peer.frame(8, struct.pack(">H", 4321)), 4321),
        ("a close without a code", lambda peer: peer.frame(8, b""), 1005),
        ("asked for", lambda peer: peer.send("close 4501"), 4501),
    ]
    with EchoServer(tls=True) as server:
        for name, act, wanted in acts:
            for tls in (False, True):
                code = closed_by(server, act, tls)
                check(code == wanted, f"{name}: {code}, not {wanted}")
        with server.connect() as peer:
            peer.frame(BINARY, bytes(65536))
            check(peer.receive() == (BINARY, bytes(65536)), "the largest message did not come back")
    return f"{2 * len(acts)} connections"


def who_says_nothing_is_let_go():
    """Nothing, half a request, no first message, no pong: each ends in its time, and who answers stays."""
    with EchoServer("handshake_ms=1000", "ping_ms=2000", tls=True) as server:
        with server.peer() as silent, server.peer() as slow, server.connect() as late, server.connect() as deaf, \
                server.connect() as alive:
            with server.peer(True) as half:
                half.socket.sendall(b"GET / HTTP/1.1\r\nHo")
                deaf.send("hello")
                alive.send("hello")
                slow.socket.sendall(b"GET ")
                check(silent.read_all() == b"" and slow.read_all() == b"" and half.read_all() == b"", "an answer")
                check(late.closed_with() == 4010, "no first message")
                check(deaf.receive() == (TEXT, b"hello"), "no echo")
                check(alive.receive() == (TEXT, b"hello"), "no echo")
                pings = 0
                while pings < 3:
                    opcode, payload = alive.receive()
                    check(opcode == PING, f"not a ping: {opcode}")
                    alive.frame(PONG, payload)
                    pings += 1
                check(deaf.closed_with() == 4009, "no pong")
        counts = server.counts()
        check(counts["late"] == 4 and counts["silent"] == 1, f"counted {counts}")
    return "5 connections"


def hold_half_open(port, count, stop, held):
    """Handshakes that go on by a byte now and then; what the server ends begins anew."""
    peers = []
    while not stop.is_set():
        while len(peers) < count and not stop.is_set():
            try:
                peer = socket.create_connection(("127.0.0.1", port), 5, (f"127.0.0.{2 + len(peers) % 200}", 0))
                peer.setblocking(False)
                peers.append(peer)
            except OSError:
                break
        held[0] = max(held[0], len(peers))
        alive = []
        for peer in peers:
            try:
                peer.send(b"G")
                if peer.recv(1) == b"":
                    raise ConnectionResetError
                alive.append(peer)
            except BlockingIOError:
                alive.append(peer)
            except OSError:
                peer.close()
        peers = alive
        stop.wait(1)
    for peer in peers:
        peer.close()


def half_open_handshakes_delay_nobody(count=2000, rounds=20):
    raise_descriptors(count + 200)
    with EchoServer("pending_max=5000", "connections_max=6000", tls=True) as server:
        stop, held = threading.Event(), [0]
        threads = [threading.Thread(target=hold_half_open, args=(port, count // 2, stop, held))
                   for port in (server.port, server.tls_port)]
        for thread in threads:
            thread.start()
        try:
            wait_until(lambda: server.counts()["pending"] >= count * 9 // 10, "half-open connections")
            worst = 0
            for number in range(rounds):
                begun = time.monotonic()
                with server.connect(tls=number % 2 == 1) as player:
                    player.send("hello")
                    check(player.receive() == (TEXT, b"hello"), "no echo")
                worst = max(worst, time.monotonic() - begun)
            pending = server.counts()["pending"]
        finally:
            stop.set()
            for thread in threads:
                thread.join()
        # That it is below 1 s is measured by tests/gateway/conformance; here the machine may be busy.
        check(worst < WAIT_S, f"a player waited {worst:.1f} s")
        wait_until(lambda: server.counts()["pending"] == 0, "the end of the half-open")
    return f"{pending} half-open, slowest of {rounds} players {worst * 1000:.0f} ms", worst


def who_crowds_makes_room_for_others():
    """Beyond a bound the oldest that has sent nothing goes; open ones stay, and count."""
    with EchoServer("pending_per_address_max=5", "connections_per_address_max=8", "connections_max=12") as server:
        idle = [server.peer() for _ in range(10)]
        check(server.counts()["pending"] == 5, "more pending than may be")
        ended = [peer.read_all() for peer in idle[:5]]
        check(ended == 5 * [b""], "the oldest did not go")
        players = [server.connect() for _ in range(8)]
        check(server.counts()["open"] == 8, "not all were let in")
        with server.peer() as another:
            check(another.read_all() == b"", "one too many of an address")
        for player in players:
            player.send("x")
            check(player.receive() == (TEXT, b"x"), "an open one went")
        with server.peer(source=("127.0.0.9", 0)) as other:
            other.upgrade()
            other.send("x")
            check(other.receive() == (TEXT, b"x"), "another address")
        counts = server.counts()
        check(counts["refused_address"] == 1 and counts["evicted"] >= 5, f"counted {counts}")
        for peer in idle + players:
            peer.socket.close()
    return "19 connections of two addresses"


def a_slow_reader_is_let_go():
    """One byte a second: what waits for it is bounded, and then it ends; states wait for room instead."""
    with EchoServer("output_bytes_max=262144", "ping_ms=1500", tls=True) as server:
        for tls in (False, True):
            with server.connect(tls) as peer:
                before = server.private_kib()
                peer.send("flood 60000")
                wait_until(lambda: server.counts()["open"] == 0, "the end of who does not read")
                grown = server.private_kib() - before
                check(SANITIZED or grown < 2048, f"{grown} KiB more for one that does not read")
        with server.connect() as peer:
            peer.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            peer.send("latest 20000")
            deadline = time.monotonic() + WAIT_S
            while server.counts()["open"] == 1 and time.monotonic() < deadline:
                peer.socket.recv(1)
                time.sleep(0.2)  # a reader of some bytes a second is what this is about
            counts = server.counts()
            check(counts["open"] == 0, "a reader of some bytes a second stayed")
            check(counts["messages_out"] < 400, f"{counts['messages_out']} states were made for it")
    return f"{counts['slow']} too slow, {counts['silent']} silent"


def a_state_is_made_when_there_is_room():
    """A reader that goes away and comes back hears the newest, not all that it has missed."""
    with EchoServer() as server, server.connect() as peer:
        peer.send("latest 60000")
        first = peer.receive()[1]
        # While there is room, each turn of the server's loop makes a state, and each look takes a turn.
        wait_until(lambda: server.counts()["messages_out"] == server.counts()["messages_out"], "no room")
        waiting = server.counts()["messages_out"]
        numbers = [int(peer.receive()[1].split()[0]) for _ in range(200)]
        check(first.startswith(b"1 ") and numbers == list(range(2, 202)), "states out of order")
    return f"{waiting} states until there was no room, {len(numbers)} more"


def who_is_held_is_read_later():
    """Nothing is lost of what comes meanwhile, and nobody is taken for silent."""
    with EchoServer("ping_ms=200", tls=True) as server:
        for tls in (False, True):
            with server.connect(tls) as peer:
                peer.send("hold 1000")
                begun = time.monotonic()
                for number in range(3000):
                    peer.send(f"{number}")
                numbers = []
                while len(numbers) < 3000:
                    opcode, payload = peer.receive()
                    if opcode == PING:
                        peer.frame(PONG, payload)
                    else:
                        numbers.append(int(payload))
                        check(len(numbers) > 1 or time.monotonic() - begun > 0.9, "it was not held")
                check(numbers == list(range(3000)), "something was lost")
    return "6,000 messages"


def post(server, path, headers=(), body=b""):
    lines = [f"POST {path} HTTP/1.1", "Host: localhost", f"Content-Length: {len(body)}", *headers]
    answer = answer_to(server, "\r\n".join(lines).encode() + b"\r\n\r\n" + body)
    return status_of(answer), answer.split(b"\r\n\r\n", 1)[1]


def pages_and_tickets():
    with tempfile.TemporaryDirectory(prefix="lq-pages-") as place:
        data, pages = f"{place}/data", f"{place}/pages"
        os.makedirs(f"{data}/gateway", 0o700)
        os.makedirs(f"{pages}/play")
        page = os.urandom(300000).hex().encode()
        for name, content in (("index.html", b"<p>"), ("large.js", page), ("secret", b"x")):
            with open(f"{pages}/play/{name}", "wb") as file:
                file.write(content)
        with open(f"{place}/cluster.cfg", "w", encoding="ascii") as file:
            file.write(f'cluster\n    name = "cluster"\n    runtime_dir = "{place}/run"\n    data_dir = "{data}"\n')
        for words in (["key", "add", "demo"], ["issue", "demo", "alice"]):
            done = subprocess.run([str(BIN / "lqctl"), "-c", f"{place}/cluster.cfg", "-q", "token", *words], check=True,
                                  capture_output=True, text=True)
        bearer = f"Authorization: Bearer {done.stdout.strip()}"
        with EchoServer(f"data={data}/gateway", f"pages={pages}", tls=True) as server:
            rows = [("/play", 200), ("/play/large.js", 200), ("/play/secret", 404), ("/play/../play/secret", 404), ("/", 404),
                    ("/v1/ticket", 405), ("/v1/connect", 426), ("/etc/passwd", 404)]
            for path, wanted in rows:
                status = status_of(answer_to(server, request_text(path, upgrade=False)))
                check(status == wanted, f"{path}: {status}, not {wanted}")
            for tls in (False, True):
                answer = answer_to(server, request_text("/play/large.js", upgrade=False), tls)
                head, body = answer.split(b"\r\n\r\n", 1)
                check(body == page, f"{len(body)} bytes of {len(page)}")
            tag = head.split(b"ETag: ")[1].split(b"\r\n")[0].decode()
            again = answer_to(server, request_text("/play/large.js", upgrade=False, headers=[f"If-None-Match: {tag}"]))
            check(status_of(again) == 304 and again.endswith(b"\r\n\r\n"), "not the same page")
            status, body = post(server, "/v1/ticket", [bearer])
            check(status == 201 and len(json.loads(body)["ticket"]) == 32, f"no ticket: {status} {body}")
            for headers, path in (([], "/v1/ticket"), (["Authorization: Bearer x.y.z"], "/v1/ticket"),
                                  ([bearer], "/v1/ticket?x=1"), (["Cookie: session=1"], "/v1/ticket")):
                check(post(server, path, headers)[0] == 401, f"a ticket for {headers}")
            check(post(server, "/play")[0] == 405, "a page took a POST")
    return f"{len(rows) + 9} requests"


def a_new_certificate_is_taken():
    with EchoServer(tls=True) as server:
        def shown():
            with server.peer(True) as peer:
                return peer.socket.getpeercert(True)

        first = shown()
        with server.connect(True) as old:
            make_certificate(server.folder.name, "second")
            wait_until(lambda: shown() != first, "the new certificate")
            second = shown()
            old.send("still")
            check(old.receive() == (TEXT, b"still"), "who was connected went")
        with open(f"{server.folder.name}/server.pem", "w", encoding="ascii") as file:
            file.write("no certificate\n")
        wait_until(lambda: "the certificate stays as it was" in server.said(), "a word on a bad certificate")
        check(shown() == second, "a bad certificate changed something")
    return "2 certificates"


def a_server_that_stops_says_so():
    with EchoServer() as server:
        players = [server.connect() for _ in range(20)]
        with server.peer() as pending:
            server.drain()
            check(all(player.closed_with() == 4000 for player in players), "not told to come again")
            check(pending.read_all() == b"", "one that had not asked")
        try:
            server.peer(timeout_s=5)
            check(False, "somebody was let in")
        except ConnectionRefusedError:
            pass
    return "20 players"


def two_processes_share_a_port():
    with EchoServer() as first, EchoServer(f"port={first.port}") as second:
        check(second.port == first.port, "another port")
        for _ in range(200):
            with first.connect() as peer:
                peer.send("x")
                check(peer.receive() == (TEXT, b"x"), "no echo")
        shares = first.counts()["upgraded"], second.counts()["upgraded"]
        check(sum(shares) == 200 and min(shares) > 0, f"shares {shares}")
    return f"200 connections, {shares[0]} and {shares[1]}"


def nothing_is_left_behind():
    """Descriptors and memory after hundreds of connections of every kind are those of before."""
    with EchoServer(tls=True) as server:
        def descriptors():
            return len(os.listdir(f"/proc/{server.process.pid}/fd"))

        def visit(count):
            for number in range(count):
                try:
                    with server.peer(number % 3 == 0) as peer:
                        if number % 5 != 0:
                            peer.upgrade()
                            peer.send("x" * (number % 2000))
                            peer.receive()
                        if number % 7 == 0:
                            peer.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                except OSError:
                    pass

        visit(150)
        wait_until(lambda: server.counts()["open"] + server.counts()["pending"] == 0, "the end of all")
        before = descriptors(), server.private_kib()
        visit(450)
        wait_until(lambda: server.counts()["open"] + server.counts()["pending"] == 0, "the end of all")
        check(descriptors() == before[0], f"{descriptors() - before[0]} descriptors more")
        grown = server.private_kib() - before[1]
        check(SANITIZED or grown < 1024, f"{grown} KiB more")
    return f"600 connections, {grown} KiB"


def half_open_handshakes():
    return half_open_handshakes_delay_nobody(400, 10)[0]


CASES = [an_http2_frame_is_never_sent, a_stranger_is_refused, a_wrong_frame_ends_it, who_says_nothing_is_let_go,
         who_crowds_makes_room_for_others, a_slow_reader_is_let_go, a_state_is_made_when_there_is_room,
         who_is_held_is_read_later, pages_and_tickets, a_new_certificate_is_taken, a_server_that_stops_says_so, two_processes_share_a_port, nothing_is_left_behind]
