# SPDX-License-Identifier: MPL-2.0
# SPDX-FileCopyrightText: The LedgerQuest Engine authors
"""The content of a record: its commands, client windows, and whose bodies there are."""
import itertools
import struct

import world_columns
from ledger_entries import Broken

KINDS = {0: "Unreadable", 1: "Join", 2: "Leave", 3: "Spawn", 4: "Despawn", 5: "SetThrust",
         6: "ApplyImpulse", 7: "SetBehavior", 8: "Custom"}
OF_LETTER = 0x80  # of the kind byte: the id of a dead letter follows
OUTCOMES = {2: "applied", 3: "refused"}
# Bytes of the fields of each kind, in the order of the format; Custom has a length of its own.
FIELD_BYTES = {0: 0, 1: 1 + 20, 2: 0, 3: 1 + 20 + 8, 4: 4, 5: 4 + 8, 6: 4 + 8, 7: 1 + 4 + 4 + 4}


class Content:
    """The front of a content: names at once, the rest, in order, when asked for."""

    def __init__(self, data):
        self.data = data
        self.at = 0
        self.version = self.take("<I")
        if self.version not in (1, 2):
            raise Broken("content has an unknown version")
        self.tenant = self.take_text()
        self.session = self.take_text()

    def take(self, layout):
        value = struct.unpack_from(layout, self.data, self.at)
        self.at += struct.calcsize(layout)
        return value[0] if len(value) == 1 else value

    def take_bytes(self, count):
        if self.at + count > len(self.data):
            raise Broken("content is too short")
        self.at += count
        return self.data[self.at - count:self.at]

    def take_text(self):
        return self.take_bytes(self.take("<B")).decode()

    def read_to_commands(self):
        self.frame, self.steps, self.step_count, self.missed_count, self.wall_time_ns = self.take(
            "<QIQQQ")
        self.pipeline_hash = self.take_bytes(32)
        self.config = self.take("<QIIIddf")
        self.attended = self.version == 2
        if self.attended and self.take("<B") != 1:
            raise Broken("configuration has unknown flags")
        self.stages = [(self.take_text(), self.take("<I")) for _ in range(self.take("<H"))]
        self.commands = [self.take_command() for _ in range(self.take("<H"))]

    def read_to_players(self):
        """After read_to_commands(): windows (client, highest, map, frame), the ids of bodies, and players (client,
        body)."""
        self.windows = [(self.take_bytes(16), *self.take("<QQQ")) for _ in range(self.take("<H"))]
        self.next_body_id = self.take("<I")
        self.bodies = self.take_table(world_columns.BODIES)["body_id"]
        self.agents = self.take_table(world_columns.AGENTS)["agent_body"]
        players = self.take_table(world_columns.PLAYERS)
        clients = [client for client, in struct.iter_unpack("16s", players["player_client"])]
        self.players = list(zip(clients, (body for body, in struct.iter_unpack("<I", players["player_body"]))))

    def take_table(self, columns):
        """A column's name and its bytes, as many rows as the table has; of steps the numbers they add up to."""
        rows = self.take("<H")
        table = {}
        for name, form, width in columns:
            written = rows if form == "whole" or rows == 0 else self.take("<B" if rows <= 255 else "<H")
            column = self.take_bytes(width * written)
            column += column[-width:] * (rows - written)
            if form == "steps":
                column = list(itertools.accumulate(step for step, in struct.iter_unpack("<I", column)))
            table[name] = column
        return table

    def take_command(self):
        client = self.take_bytes(16).hex()
        sequence, kind, outcome = self.take("<QBB")
        letter_id = self.take("<Q") if kind & OF_LETTER else 0
        kind &= ~OF_LETTER
        if kind not in KINDS or outcome not in OUTCOMES:
            raise Broken("command has an unknown kind or outcome")
        self.take_bytes(self.take("<H") if kind == 8 else FIELD_BYTES[kind])
        command = {"client": client, "sequence": sequence, "outcome": OUTCOMES[outcome],
                   "kind": KINDS[kind]}
        if letter_id != 0:
            command["letter_id"] = letter_id
        if outcome == 3:
            command["reason"] = self.take_text()
        return command
