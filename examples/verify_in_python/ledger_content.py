# SPDX-License-Identifier: MPL-2.0
# SPDX-FileCopyrightText: The LedgerQuest Engine authors
"""The content of a frame: read whole, and written again byte by byte, which is what D is over."""
import collections
import copy
import itertools
import struct

import world_columns
from ledger_entries import Broken, demand

KINDS = {0: "Unreadable", 1: "Join", 2: "Leave", 3: "Spawn", 4: "Despawn", 5: "SetThrust",
         6: "ApplyImpulse", 7: "SetBehavior", 8: "Custom"}
OF_LETTER = 0x80  # of the kind byte: the id of a dead letter follows
APPLIED, REFUSED = 2, 3
OUTCOMES = {APPLIED: "applied", REFUSED: "refused"}
# The fields of each kind, in the order of the format: bytes of each, an id of a body, or the bytes of Custom.
ID, CUSTOM = "id", "custom"
FIELDS = {0: (), 1: (1, 8, 8, 4), 2: (), 3: (1, 8, 8, 4, 4, 4), 4: (ID,), 5: (ID, 4, 4), 6: (ID, 4, 4),
          7: (1, ID, ID, 4), 8: (CUSTOM,)}
ATTENDED = 1  # flag of the configuration
TICK = struct.Struct("<QIQQQ32s")
CONFIG = struct.Struct("<QIIIddf")
WINDOW = struct.Struct("<16sQQQ")
TABLES = (world_columns.BODIES, world_columns.AGENTS, world_columns.PLAYERS)
CODES = {1: "B", 2: "H", 4: "I", 8: "Q", 16: "16s"}  # of an entry of so many bytes, as struct names them

MALFORMED = (struct.error, IndexError, KeyError, ValueError, OverflowError)  # what reading rubbish raises


class Command(collections.namedtuple("Command", "client sequence kind outcome letter fields reason")):
    """fields: the bytes of each."""

    def shown(self):
        """For people."""
        shown = {"client": self.client.hex(), "sequence": self.sequence, "outcome": OUTCOMES[self.outcome],
                 "kind": KINDS[self.kind]}
        if self.letter != 0:
            shown["letter_id"] = self.letter
        if self.outcome == REFUSED:
            shown["reason"] = self.reason.decode()
        return shown


class Reader:
    """Bytes, taken from the front."""

    def __init__(self, data):
        self.data, self.at = data, 0

    def take(self, count):
        demand(self.at + count <= len(self.data), "content or delta is too short")
        self.at += count
        return self.data[self.at - count:self.at]

    def number(self, count):
        return int.from_bytes(self.take(count), "little")

    def fields(self, layout):
        return layout.unpack(self.take(layout.size))

    def text(self):
        return self.take(self.number(1))

    def varint(self):
        value = 0
        for shift in range(0, 70, 7):
            byte = self.number(1)
            value |= (byte & 127) << shift
            if byte < 128:
                return value
        raise Broken("a number is too long")

    def stages(self):
        return tuple((self.text(), self.number(4)) for _ in range(self.number(2)))

    def windows(self):
        """{client: (highest, map, frame)}"""
        windows = {}
        for _ in range(self.number(2)):
            client, *window = self.fields(WINDOW)
            windows[client] = tuple(window)
        return windows

    def command(self):
        client, sequence, kind, outcome = self.take(16), self.number(8), self.number(1), self.number(1)
        letter = self.number(8) if kind & OF_LETTER else 0
        kind &= ~OF_LETTER
        demand(kind in KINDS and outcome in OUTCOMES, "command has an unknown kind or outcome")
        fields = [self.take(self.number(2) if what == CUSTOM else 4 if what == ID else what) for what in FIELDS[kind]]
        return Command(client, sequence, kind, outcome, letter, fields, self.text() if outcome == REFUSED else b"")

    def table(self, columns):
        """{name: its numbers, or clients, one a row}"""
        rows, table = self.number(2), {}
        for name, form, width in columns:
            written = rows if form == "whole" or rows == 0 else self.number(1 if rows <= 255 else 2)
            column = list(struct.unpack("<" + CODES[width] * written, self.take(width * written)))
            column += column[-1:] * (rows - written)
            table[name] = list(itertools.accumulate(column)) if form == "steps" else column
        return table


def write_command(command):
    kind = command.kind | (OF_LETTER if command.letter else 0)
    out = [command.client, struct.pack("<QBB", command.sequence, kind, command.outcome)]
    if command.letter:
        out.append(struct.pack("<Q", command.letter))
    for what, field in zip(FIELDS[command.kind], command.fields):
        out.append(struct.pack("<H", len(field)) + field if what == CUSTOM else field)
    if command.outcome == REFUSED:
        out.append(bytes([len(command.reason)]) + command.reason)
    return b"".join(out)


def write_column(form, width, column):
    rows = len(column)
    if form == "steps":
        column = [number - before for number, before in zip(column, [0] + column)]
    if form == "whole" or rows == 0:
        return struct.pack("<" + CODES[width] * rows, *column)
    written = rows
    while written > 1 and column[written - 1] == column[written - 2]:
        written -= 1
    return struct.pack("<" + ("B" if rows <= 255 else "H") + CODES[width] * written, written, *column[:written])


class Content:
    """Of a frame. Its names are read at once, all else when it is asked for.

    A column is a list that is never changed, only replaced: so frames share what stays, and what was written of it."""

    def __init__(self, data):
        self.reader = Reader(data)
        version = self.reader.number(4)
        demand(version in (1, 2), "content has an unknown version")
        self.flags = ATTENDED if version == 2 else 0
        self.names = self.reader.text(), self.reader.text()
        self.tenant, self.session = (name.decode(errors="replace") for name in self.names)
        self.written = {}  # by column: (the list, its bytes)
        self.has_inputs = self.has_world = False  # as far as it was read

    @property
    def is_at_end(self):
        return self.reader.at == len(self.reader.data)

    def read_inputs(self):
        """All before the world."""
        reader, self.has_inputs = self.reader, True
        (self.frame, self.steps, self.step_count, self.missed_count, self.wall_time_ns,
         self.pipeline_hash) = reader.fields(TICK)
        self.config = reader.fields(CONFIG)
        demand(self.flags == 0 or reader.number(1) == ATTENDED, "configuration has unknown flags")
        self.stages = reader.stages()
        self.commands = [reader.command() for _ in range(reader.number(2))]
        self.windows = reader.windows()

    def read(self):
        """All that was not read yet."""
        if not self.has_inputs:
            self.read_inputs()
        if not self.has_world and not self.is_at_end:
            self.read_world()

    def read_world(self):
        reader, self.has_world = self.reader, True
        self.next_body_id = reader.number(4)
        self.columns = {}
        for columns in TABLES:
            self.columns.update(reader.table(columns))
        self.tenant_bytes = reader.take(reader.number(2))
        demand(self.is_at_end, "content has bytes behind its end")

    def without_world(self):
        """All else of it, for who keeps many."""
        light = copy.copy(self)
        light.columns, light.tenant_bytes, light.written, light.has_world = {}, b"", {}, False
        return light

    @property
    def attended(self):
        return self.flags == ATTENDED

    @property
    def bodies(self):
        """Their ids."""
        return self.columns["body_id"]

    @property
    def players(self):
        """(client, body)"""
        return list(zip(self.columns["player_client"], self.columns["player_body"]))

    def write(self):
        """What read() has read, or a delta has made."""
        out = [struct.pack("<I", 2 if self.flags else 1)] + [bytes([len(name)]) + name for name in self.names]
        out.append(TICK.pack(self.frame, self.steps, self.step_count, self.missed_count, self.wall_time_ns,
                             self.pipeline_hash))
        out.append(CONFIG.pack(*self.config) + (bytes([self.flags]) if self.flags else b""))
        out.append(struct.pack("<H", len(self.stages)))
        out += [bytes([len(name)]) + name + struct.pack("<I", version) for name, version in self.stages]
        out.append(struct.pack("<H", len(self.commands)))
        out += [write_command(command) for command in self.commands]
        out.append(struct.pack("<H", len(self.windows)))
        out += [WINDOW.pack(client, *self.windows[client]) for client in sorted(self.windows)]
        out.append(struct.pack("<I", self.next_body_id))
        for columns in TABLES:
            out.append(struct.pack("<H", len(self.columns[columns[0][0]])))
            out += [self.write_column(*column) for column in columns]
        out.append(struct.pack("<H", len(self.tenant_bytes)) + self.tenant_bytes)
        return b"".join(out)

    def write_column(self, name, form, width):
        column = self.columns[name]
        of, written = self.written.get(name, (None, b""))
        if of is not column:
            written = write_column(form, width, column)
            self.written[name] = column, written
        return written
