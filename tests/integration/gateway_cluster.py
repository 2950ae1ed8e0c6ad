# SPDX-License-Identifier: MPL-2.0
# SPDX-FileCopyrightText: The LedgerQuest Engine authors
"""A cluster with gateways, and what tests of players ask of it."""

import base64
import collections
import json
import os
import signal
import socket
import struct
import time

from cluster import Cluster, check, wait_until
from gateway_player import GatewayPlayer, TenantKey


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class GatewayCluster(Cluster):
    def __init__(self, tenant="acme", rules=None, gateways=1, broker="", **gateway):
        """rules: the tenant's template. gateway: keys of that section. broker: lines of that one."""
        self.port = free_port()
        lines = "".join(f"    {name} = {value}\n" for name, value in gateway.items())
        super().__init__(f"gateway\n    port = {self.port}\n    connections_per_address_max = 0\n"
                         f"    pending_per_address_max = 0\n{lines}")
        self.broker_lines = broker
        self.tenant, self.rules, self.gateways, self.key = tenant, rules, gateways, None

    def write_config(self):
        super().write_config()
        text = self.config.read_text()
        self.config.write_text(text.replace("broker\n", "broker\n" + self.broker_lines, 1))

    def __enter__(self):
        super().__enter__()
        try:
            self.key = TenantKey(self.run / "data", self.tenant)
            if self.rules is not None:
                self.write_rules(self.rules)
            if self.gateways != 1:
                self.ledgerquest("scale", f"gateway={self.gateways}")
        except BaseException as error:
            self.__exit__(type(error), error, None)
            raise
        return self

    def write_rules(self, rules):
        folder = self.run / "data" / "gateway" / "templates"
        folder.mkdir(mode=0o700, exist_ok=True)
        (folder / f"{self.tenant}.json").write_text(json.dumps(rules))

    def create_tenant(self, tenant):
        code, _, errors = self.try_lqctl("tenant", "create", tenant)
        check(code in (0, 1), errors)

    def player(self, sub, session, **hello):
        return GatewayPlayer(self.port, self.key.token(sub), session, **hello)

    def kill_gateway(self, instance):
        pid = self.wait_pid(instance)
        os.kill(pid, signal.SIGKILL)
        self.wait_pid(instance, other_than=pid)

    def log_has(self, words, timeout_s=20):
        def found():
            return any(words in self.log_text(name) for name in self.names() if name.startswith("gateway"))
        return wait_until(found, f"{words} in a gateway's log", timeout_s)

    def attendance(self):
        """How many players are attached, and how many cut, by the files of all gateways (attendance_page.h)."""
        counts = collections.Counter()
        for path in (self.run / "data" / "gateway" / "attached").glob("[!.]*"):
            try:
                page = path.read_bytes()
            except FileNotFoundError:
                continue  # its process has ended, or another took it over
            used = struct.unpack_from("=8sQII", page)[3]
            counts.update(struct.unpack_from("=I", page, 64 + 160 * at)[0] for at in range(used))
        return {name: counts[state] for state, name in ((1, "attached"), (2, "cut")) if counts[state]}

    def head(self, session):
        return self.session(f"{self.tenant}/{session}")["frame"]

    def stop_session(self, session):
        """No grid tick comes any more; the frame that is the newest then. What follows is commands."""
        self.ledgerquest("scale", "physics=0")
        frame = self.head(session)
        while True:
            time.sleep(0.3)
            newest = self.head(session)
            if newest == frame:
                return frame
            frame = newest

    def judge_commands(self, session, records):
        """Each answered command is in the ledger once, with the answer that it got, by the independent reader."""
        _, commands = self.read_ledger()
        found = {}
        for command in commands:
            if command["tenant"] == self.tenant and command["session"] == session:
                found.setdefault((command["client"], command["sequence"]), []).append(command)
        for record in records:
            if record.outcome in ("applied", "refused", "duplicate"):
                client = record.player + record.incarnation
                there = found.get((client, record.number), [])
                check(len(there) == 1, f"{client} {record.number} is {len(there)} times in the ledger: {record.receipt}")
                if record.outcome != "duplicate":
                    check(there[0]["outcome"] == record.outcome, f"{there[0]} {record.receipt}")
                    check(there[0]["frame"] == record.receipt["frame"], f"{there[0]} {record.receipt}")
        return found


def player_world(cluster, session, frame):
    """The state of a session as lqctl reads it."""
    document = cluster.lqctl("session", "state", f"{cluster.tenant}/{session}", "--frame", str(frame))
    return document.get("world", document)


def f32(value):
    return struct.unpack("<f", struct.pack("<f", value))[0]


def same_world(held, world):
    """Column by column: what a client holds of states, and a world as lqctl prints it."""
    check(set(held.bodies) == {body["id"] for body in world["bodies"]},
          f"bodies {sorted(held.bodies)} are not {sorted(body['id'] for body in world['bodies'])}")
    agents = {}
    for row, body in enumerate(held.agents["body"]):
        agents[body] = {name: held.agents[name][row] for name in ("behavior", "target", "strength")}
    for body in world["bodies"]:
        mine = held.bodies[body["id"]]
        for name in ("kind", "x", "y", "angle"):
            check(mine[name] == body[name], f"body {body['id']}: {name} is {mine[name]}, not {body[name]}")
        for name in ("vx", "vy", "spin", "radius", "thrust_x", "thrust_y"):
            check(f32(mine[name]) == f32(body[name]), f"body {body['id']}: {name} is {mine[name]}, not {body[name]}")
        agent = body.get("agent")
        check((agent is None) == (body["id"] not in agents), f"body {body['id']}: agent {agent}")
        if agent is not None:
            other = agents[body["id"]]
            check((agent["behavior"], agent.get("target", 0)) == (other["behavior"], other["target"]) and
                  f32(agent["strength"]) == f32(other["strength"]), f"{agent} {other}")
    players = sorted((player["client"][:16], player["body"]) for player in world["players"])
    mine = sorted(zip(held.players["player"], held.players["body"]))
    check(mine == players, f"players {mine} are not {players}")
    check(base64.b64decode(held.world["tenant_bytes"]) == base64.b64decode(world.get("tenant_bytes", "")) or
          base64.b64decode(held.world["tenant_bytes"]).hex() == world.get("tenant_bytes"), "tenant bytes")
