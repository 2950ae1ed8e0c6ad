# SPDX-License-Identifier: MPL-2.0
# SPDX-FileCopyrightText: The LedgerQuest Engine authors
"""The content of a record: its commands, client windows, and whose bodies there are."""
import itertools
import struct

from ledger_entries import Broken

KINDS = {0: "Unreadable", 1: "Join", 2: "Leave", 3: "Spawn", 4: "Despawn", 5: "SetThrust",
         6: "ApplyImpulse", 7: "SetBehavior", 8: "Custom"}
OF_LETTER = 0x80  # of the kind byte: the id of a dead letter follows
OUTCOMES = {2: "applied", 3: "refused"}
# Bytes of the fields of each kind, in the order of the format; Custom has a length of its own.
FIELD_BYTES = {0: 0, 1: 1 + 20, 2: 0, 3: 1 + 20 + 8, 4: 4, 5: 4 + 8, 6: 4 + 8, 7: 1 + 4 + 4 + 4}


# Bytes of an entry of each short column: of bodies behind their ids, and of agents behind their bodies' ids.
BODY_COLUMNS, AGENT_COLUMNS = (1, 8, 8, 4, 4, 4, 4, 4, 4, 4), (1, 2, 4)


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
        self.bodies = self.take_table(BODY_COLUMNS)
        self.agents = self.take_table(AGENT_COLUMNS)
        count = self.take("<H")
        clients = [self.take_bytes(16) for _ in range(count)]
        self.players = list(zip(clients, struct.unpack("<%dI" % count, self.take_bytes(4 * count))))

    def take_table(self, widths):
        """The ids of the rows, which are the first of its columns; the others are skipped."""
        rows = self.take("<H")
        if rows == 0:
            return []
        steps = [step for step, in struct.iter_unpack("<I", self.take_short(rows, 4))]
        steps += steps[-1:] * (rows - len(steps))
        for width in widths:
            self.take_short(rows, width)
        return list(itertools.accumulate(steps))

    def take_short(self, rows, width):
        return self.take_bytes(width * self.take("<B" if rows <= 255 else "<H"))

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
