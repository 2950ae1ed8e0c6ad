# SPDX-License-Identifier: MPL-2.0
# SPDX-FileCopyrightText: The LedgerQuest Engine authors
"""A player at a gateway, as docs/gateway-protocol.md asks for one: numbers, receipts, settling after a cut, and a
copy of the world made of states. One thread turns any number of them:

    player = GatewayPlayer(port, token, "arena-1")
    player.command("SetThrust", vx=1.0, vy=0.0)     # a record; record.outcome is set when it is settled
    turn([player, ...], 0.05)
"""

import base64
import hashlib
import hmac
import json
import os
import select
import time

from websocket_client import Closed, Refused, WebSocket

SUBPROTOCOL = "v1.json.ledgerquest"
WINDOW = 64
MOTION = ("x", "y", "angle", "vx", "vy", "spin")


# ---- signing in ----

def url64(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


class TenantKey:
    """A key of a tenant (HS256), as `lqctl token key add` makes it, so that tests may sign what they like."""

    def __init__(self, data_dir, tenant, audience="test", kid="k1"):
        self.tenant, self.audience, self.kid = tenant, audience, kid
        self.secret = os.urandom(32)
        self.path = data_dir / "gateway" / "tenants" / f"{tenant}.json"
        self.write([self])

    def write(self, keys):
        for folder in (self.path.parent.parent, self.path.parent):
            folder.mkdir(mode=0o700, exist_ok=True)
        document = {"version": 1, "keys": [{"kid": key.kid, "alg": "HS256", "created": int(time.time()),
                                            "secret": url64(key.secret)} for key in keys]}
        new = self.path.with_name(f".{self.tenant}.{os.getpid()}.new")
        with open(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as file:
            json.dump(document, file)
        new.rename(self.path)

    def token(self, sub, sessions=("*",), rights=("play", "watch"), life_s=3600, **changed):
        now = int(time.time())
        claims = {"iss": self.tenant, "aud": self.audience, "sub": sub, "tenant": self.tenant,
                  "sessions": list(sessions), "rights": list(rights), "iat": now - 1, "nbf": now - 1,
                  "exp": now + life_s, **changed}
        head = url64(json.dumps({"alg": "HS256", "kid": self.kid, "typ": "JWT"}).encode())
        signed = f"{head}.{url64(json.dumps(claims).encode())}"
        return f"{signed}.{url64(hmac.new(self.secret, signed.encode(), hashlib.sha256).digest())}"


# ---- numbers (client/session_numbers.h) ----

class Numbers:
    def __init__(self):
        self.next, self.unanswered, self.unused = 1, 0, 0

    def take(self):
        if self.unanswered >> 63:
            return None
        number = self.next
        self.next += 1
        self.unanswered = (self.unanswered << 1 | 1) & (1 << 64) - 1
        self.unused = self.unused << 1 & (1 << 64) - 1
        return number

    def answer(self, number, reusable):
        bit = 1 << self.next - 1 - number
        assert self.unanswered & bit, f"number {number} is not outstanding"
        self.unanswered &= ~bit
        if reusable:
            self.unused |= bit
        while self.unused & 1:
            self.next -= 1
            self.unused >>= 1
            self.unanswered >>= 1


class Command:
    """What was sent, and what became of it: applied, refused, duplicate, dead-lettered, unused, error, unknown."""

    def __init__(self, message):
        self.message = message
        self.player = self.incarnation = None  # under which it was numbered
        self.number = self.outcome = self.receipt = None
        self.sent_at = self.settled_at = None


class World:
    """The copy: rows by id, and the lists."""

    def __init__(self):
        self.bodies, self.agents, self.players, self.world = {}, {}, {}, {}
        self.frame = self.hash = self.state = None

    def take(self, message):
        if message["base"] is None:
            self.bodies = {}
        for body in message.get("gone", ()):
            del self.bodies[body]
        bodies = message.get("bodies", {"id": []})
        names = [name for name in bodies if name != "id"]
        for row, body in enumerate(bodies["id"]):
            self.bodies[body] = {name: bodies[name][row] for name in names}
        moved = message.get("moved", {"id": []})
        for row, body in enumerate(moved["id"]):
            self.bodies[body].update({name: moved[name][row] for name in MOTION})
        for name in ("agents", "players", "world"):
            if name in message:
                setattr(self, name, message[name])
        self.frame, self.hash, self.state = message["frame"], message["hash"], message["state"]

    def body_of(self, player):
        rows = self.players.get("player", [])
        return self.players["body"][rows.index(player)] if player in rows else None


class GatewayPlayer:
    def __init__(self, port, token, session, join=True, **hello):
        self.port, self.token, self.session, self.hello = port, token, session, hello
        self.wants_join = join
        self.socket = self.welcome = self.resume = None
        self.numbers, self.outstanding, self.waiting, self.settling = Numbers(), {}, [], {}
        self.world, self.events, self.gaps = World(), [], []
        self.settled, self.closes, self.states, self.errors = [], [], 0, []
        self.is_joined = False
        self.connects = 0
        self.connect_at = 0.0
        self.is_over = False
        self.welcomed = False
        self.receipts_twice = 0
        self.tokens = {}  # incarnation -> resume token
        self.needs_join = False

    # ---- connecting ----

    def sign_in(self):
        return [SUBPROTOCOL, f"resume.{self.resume}" if self.resume else f"bearer.{self.token}"]

    def connect(self):
        hello = {"type": "hello", "session": self.session, **self.hello}
        unsettled = [*self.settling.values(), *self.outstanding.values()]
        resume = self.tokens.get(unsettled[0].incarnation) if unsettled else self.resume
        if resume:
            hello["resume"] = resume
        if self.world.frame is not None and "view" not in hello:
            hello["have"] = {"frame": self.world.frame, "hash": self.world.hash}
        self.welcomed = False
        try:
            self.socket = WebSocket(self.port, self.sign_in(), timeout_s=5)
        except (OSError, Refused):
            self.socket, self.connect_at = None, time.monotonic() + 0.1
            return
        self.connects += 1
        self.socket.send(hello)

    def lose(self, code, reason):
        self.closes.append((code, reason))
        self.socket.socket.close()  # the gateway waits for that, some time
        self.socket = None
        self.welcomed = False
        self.is_over = self.is_over or code >= 4500
        self.connect_at = time.monotonic() + (0.02 if code in (4000, 4008, 1006) else 0.2)

    def cut(self):
        if self.socket:
            self.socket.cut()
            self.lose(1006, "cut here")

    def leave_for_good(self):
        """Ends without a word about the body."""
        if self.socket:
            self.socket.close()
        self.socket, self.is_over = None, True

    # ---- commands ----

    def command(self, kind, **fields):
        if kind in ("Join", "Leave"):
            message = {"type": kind.lower(), **fields}
        else:
            message = {"type": "command", "kind": kind, **fields}
        record = Command(message)
        self.waiting.append(record)
        self.send_waiting()
        return record

    def pending(self):
        return len(self.waiting) + len(self.outstanding) + len(self.settling)

    def send_waiting(self):
        while self.welcomed and not self.settling and self.waiting:
            number = self.numbers.take()
            if number is None:
                return
            record = self.waiting.pop(0)
            record.number, record.incarnation = number, self.welcome["incarnation"]
            record.player = self.welcome["player"]
            record.sent_at = record.sent_at or time.monotonic()
            self.outstanding[number] = record
            self.socket.send({**record.message, "number": number})

    def settle(self, record, outcome, message=None):
        record.outcome, record.receipt, record.settled_at = outcome, message, time.monotonic()
        self.settled.append(record)
        if record.message["type"] == "join" and (
                outcome == "applied" or "has joined already" in (message or {}).get("reason", "")):
            self.is_joined = True
        if record.message["type"] == "leave" and outcome == "applied":
            self.is_joined = False

    def take_answer(self, message):
        number = message["number"]
        outcome = message.get("outcome", "error")
        if message.get("previous"):
            record = self.settling.pop(number, None)
            if record is None:
                self.receipts_twice += 1
                return
            self.settle(record, "unknown" if outcome in ("unused", "error") else outcome, message)
            self.begin_anew()
            return
        record = self.outstanding.pop(number, None)
        if record is None:
            self.receipts_twice += 1
            return
        self.numbers.answer(number, outcome in ("unused", "error"))
        self.settle(record, outcome, message)
        self.send_waiting()

    # ---- messages ----

    def take_welcome(self, message):
        self.welcome, self.resume = message, message.get("resume")
        self.tokens[message["incarnation"]] = self.resume
        self.session = message["session"]
        unsettled = {**self.settling, **self.outstanding}
        self.numbers, self.outstanding, self.settling = Numbers(), {}, {}
        if "previous" in message:
            for number in sorted(unsettled):
                record = unsettled[number]
                if record.incarnation == message["previous"]:
                    self.settling[number] = record
                    self.socket.send({**record.message, "number": number, "previous": True})
                else:
                    self.settle(record, "unknown")
        else:
            for record in unsettled.values():
                self.settle(record, "unknown")
        self.welcomed = True
        self.needs_join = self.wants_join
        self.begin_anew()

    def begin_anew(self):
        if self.settling:
            return
        if self.needs_join:
            self.needs_join = False
            self.waiting.insert(0, Command({"type": "join"}))
        self.send_waiting()

    def take(self, message):
        kind = message["type"]
        if kind == "state":
            self.world.take(message)
            self.states += 1
            self.socket.send({"type": "ack", "state": message["state"]})
        elif kind == "receipt" or (kind == "error" and "number" in message):
            if kind == "error":
                self.errors.append(message)
            self.take_answer(message)
        elif kind == "welcome":
            self.take_welcome(message)
        elif kind == "event":
            if "gap" in message:
                self.gaps.append(message["gap"])
            else:
                self.events.append((message["frame"], message["events"]))
        elif kind == "error":
            self.errors.append(message)

    def turn(self):
        """Whatever there is to do now."""
        if self.is_over:
            return
        if self.socket is None:
            if time.monotonic() >= self.connect_at:
                self.connect()
            return
        self.socket.read_more()
        try:
            while self.socket:
                message = self.socket.next_message()
                if message is None:
                    return
                self.take(message)
        except Closed as closed:
            self.lose(closed.code, closed.reason)


def turn(players, wait_s=0.05):
    """One turn of all of them; waits until something comes, at most wait_s."""
    for player in players:
        player.turn()
    open_sockets = [player.socket for player in players if player.socket and not player.socket.closed]
    if open_sockets:
        select.select(open_sockets, [], [], wait_s)
    else:
        time.sleep(wait_s)


def turn_until(players, condition, timeout_s=60):
    """Turns until condition() is true; whether it became so."""
    deadline = time.monotonic() + timeout_s
    while not condition():
        if time.monotonic() > deadline:
            return False
        turn(players)
    return True
