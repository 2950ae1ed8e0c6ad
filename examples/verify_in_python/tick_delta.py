# SPDX-License-Identifier: MPL-2.0
# SPDX-FileCopyrightText: The LedgerQuest Engine authors
"""A content out of the one before it and a delta: docs/ledger-format.md, *Deltas*. Windows follow from the commands."""
import copy

from ledger_content import (APPLIED, ATTENDED, CONFIG, CUSTOM, FIELDS, ID, MALFORMED, REFUSED, Broken, Command, Reader,
                            demand)
from world_delta import Clock, take_world, unfold

VERSION = 1
MISSED, PIPELINE, CONFIGURATION, STAGES, COMMANDS, WINDOWS, IDS = (1 << bit for bit in range(7))
OF_REFUSAL, OF_LETTER, OF_STRANGER, IS_NEXT = 16, 32, 64, 128  # of a command's first byte; the kind is below
WINDOW_NUMBERS, WINDOWS_MAX = 64, 256
PLAYER_BYTES = 8  # of a client; its incarnation is behind


def incarnation_of(client):
    return 0 if client[PLAYER_BYTES] else int.from_bytes(client[PLAYER_BYTES:], "big")


def use_of_own(windows, client, number, frame):
    """A client's number, by its own window."""
    highest, used, _ = windows[client]
    if highest < number <= highest + WINDOW_NUMBERS:
        by = number - highest
        windows[client] = number, (used << by | 1 << by - 1) % 2 ** 64, frame
    elif number < highest <= number + WINDOW_NUMBERS and not used >> (highest - 1 - number) & 1:
        windows[client] = highest, used | 1 << (highest - 1 - number), frame


def use_number(windows, client, number, frame):
    """What load does with the number of a command that is recorded."""
    of_player = [other for other in windows if other[:PLAYER_BYTES] == client[:PLAYER_BYTES]]
    newest = max(of_player, key=lambda other: (incarnation_of(other), other == client), default=None)
    if newest == client:
        use_of_own(windows, client, number, frame)
        return
    if not 1 <= number <= WINDOW_NUMBERS:
        return
    gone = newest
    if newest is None and len(windows) == WINDOWS_MAX:
        gone = min(sorted(windows), key=lambda other: (incarnation_of(other), windows[other][2]))
    if gone is not None:
        if incarnation_of(client) <= incarnation_of(gone):
            return
        del windows[gone]
    windows[client] = number, 0, frame


def take_command(reader, windows):
    head = reader.number(1)
    kind, outcome = head & 15, REFUSED if head & OF_REFUSAL else APPLIED
    demand(kind in FIELDS, "command has an unknown kind")
    if head & OF_STRANGER:
        client, number = reader.take(16), reader.varint()
    else:
        client = sorted(windows)[reader.varint()]
        number = windows[client][0] + (1 if head & IS_NEXT else unfold(reader.varint()))
    letter = reader.number(8) if head & OF_LETTER else 0
    fields = []
    for what in FIELDS[kind]:
        if what == ID:
            fields.append(reader.varint().to_bytes(4, "little"))
        else:
            fields.append(reader.take(reader.varint() if what == CUSTOM else what))
    return Command(client, number % 2 ** 64, kind, outcome, letter, fields,
                   reader.text() if outcome == REFUSED else b"")


def apply(reader, before):
    demand(reader.number(1) == VERSION, "delta has an unknown version")
    demand(reader.number(2) == (before.frame + 1) % 2 ** 16, "delta is against another frame")
    after = copy.copy(before)
    after.written = dict(before.written)
    after.frame = before.frame + 1
    after.step_count = before.step_count + before.steps
    parts = reader.number(1)
    after.steps = reader.varint()
    late = unfold(reader.varint())
    if parts & MISSED:
        after.missed_count += reader.varint()
    if parts & PIPELINE:
        after.pipeline_hash = reader.take(32)
    if parts & CONFIGURATION:
        after.config, after.flags = reader.fields(CONFIG), reader.number(1)
        demand(after.flags in (0, ATTENDED), "configuration has unknown flags")
    if parts & STAGES:
        after.stages = reader.stages()
    numerator, denominator = after.config[1:3]
    period = after.steps * denominator * 10 ** 9 // numerator if numerator else 0
    after.wall_time_ns = (before.wall_time_ns + period + late) % 2 ** 64
    after.commands = []
    if parts & COMMANDS:
        after.windows = dict(before.windows)
        for _ in range(reader.varint()):
            after.commands.append(take_command(reader, after.windows))
            use_number(after.windows, after.commands[-1].client, after.commands[-1].sequence, after.frame)
    if parts & WINDOWS:
        after.windows = reader.windows()
    if parts & IDS:
        after.next_body_id = (before.next_body_id + unfold(reader.varint())) % 2 ** 32
    clock = Clock(after.steps, denominator / numerator if numerator else 1 / 60)
    after.columns, after.tenant_bytes = take_world(reader, before, clock)
    demand(reader.at == len(reader.data), "delta has bytes behind its end")
    return after


def content_after(before, delta):
    """The content behind `before`, which read() has read or this has made. Broken: it is no delta against that."""
    try:
        return apply(Reader(delta), before)
    except MALFORMED:
        raise Broken("delta is malformed") from None
