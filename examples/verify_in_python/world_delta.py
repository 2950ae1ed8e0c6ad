# SPDX-License-Identifier: MPL-2.0
# SPDX-FileCopyrightText: The LedgerQuest Engine authors
"""The world of a delta: rows that came and went, and columns against what is expected of them.

Columns are lists of the bits of their numbers; floats are made of them only to predict."""
import collections
import math
import struct

from ledger_content import CODES, TABLES, demand

STEPS_MAX = 16  # up to which anything is predicted
ROWS_MAX = 2048
# What is predicted: of which rate a column is the sum, how its floats are written, and its limit.
Moving = collections.namedtuple("Moving", "rate form limit")
MOVING = {"x": Moving("vx", "d", 1e9), "y": Moving("vy", "d", 1e9), "vx": Moving("thrust_x", "f", 1e6),
          "vy": Moving("thrust_y", "f", 1e6), "angle": Moving("spin", None, None)}
WAS, PREDICTED, BY_NEW_RATE, NOTHING = range(4)  # what a column is told against
FOLDED, WITH_LENGTHS = 4, 8
ALL, BITMAP, LISTED, AS_BEFORE = range(4)  # which rows are told

Clock = collections.namedtuple("Clock", "steps seconds")


def unfold(number):
    return number >> 1 if number % 2 == 0 else -(number >> 1) - 1


# ---- predictions ----

def reals(form, bits):
    return struct.unpack("<%d%s" % (len(bits), form), struct.pack("<%d%s" % (len(bits), "Q" if form == "d" else "I"), *bits))


def bits_of(form, values):
    return list(struct.unpack("<%d%s" % (len(values), "Q" if form == "d" else "I"),
                              struct.pack("<%d%s" % (len(values), form), *values)))


def stored(moving, value):
    """In limits, no zero negative, rounded as it is written."""
    value = max(min(value, moving.limit), -moving.limit) + 0.0
    return struct.unpack("<f", struct.pack("<f", value))[0] + 0.0 if moving.form == "f" else value


def turned(angle, turns):
    if not math.isfinite(turns):
        return angle
    return (angle + int((turns - int(turns)) * 4294967296.0)) % 2 ** 32


def predict(name, columns, clock):
    """A column of before, moved by what moves it."""
    moving, column = MOVING[name], columns[name]
    rates = columns[moving.rate]
    above = MOVING.get(moving.rate)  # what moves the rate
    pushes = columns[above.rate] if above is not None else ()
    if not any(rates) and not any(pushes):
        return column
    if name == "angle":
        result = list(column)
        for row, spin in enumerate(reals("f", rates)):
            for _ in range(clock.steps):
                result[row] = turned(result[row], spin * clock.seconds)
        return result
    result = []
    pushes = reals("f", pushes) if above is not None else [0.0] * len(column)
    for value, speed, push in zip(reals(moving.form, column), reals("f", rates), pushes):
        for _ in range(clock.steps):
            now = speed + push * clock.seconds
            value = stored(moving, value + now * clock.seconds)
            speed = stored(above, now) if above is not None else now
        result.append(value)
    return bits_of(moving.form, result)


def predict_by(name, column, rates, clock):
    """The same by rates that are known to be those after the tick. All of one row each."""
    moving, span = MOVING[name], clock.steps * clock.seconds
    if name == "angle":
        return [turned(angle, spin * span) for angle, spin in zip(column, reals("f", rates))]
    result = []
    for value, rate in zip(reals(moving.form, column), reals("f", rates)):
        moved = value + rate * span
        result.append(stored(moving, moved if math.isfinite(moved) else value))
    return bits_of(moving.form, result)


# ---- rows ----

def take_key(reader, before, width):
    return before + reader.varint() if width == 4 else reader.take(16)


def take_rows(reader, keys, width):
    """The first column of a table."""
    if reader.number(1) == 1:
        return take_all_rows(reader, width)
    stayed, at, last = [], 0, 0
    for _ in range(reader.varint()):
        stay = reader.varint()
        stayed += keys[at:at + stay]
        at += stay + 1
    demand(at <= len(keys), "more rows went than there were")
    stayed += keys[at:]
    for _ in range(reader.varint()):
        last = take_key(reader, last, width)
        stayed.append(last)
    return sorted(stayed)


def take_all_rows(reader, width):
    rows, result, last = reader.varint(), [], 0
    demand(rows <= ROWS_MAX, "a table has too many rows")
    for _ in range(reader.varint() if width == 4 else rows):
        last = take_key(reader, last, width)
        result.append(last)
    demand(len(result) <= rows and (result or not rows), "keys are more or less than the rows")
    if len(result) < rows:  # the last step stands for all behind it
        step = result[-1] - (result[-2] if len(result) > 1 else 0)
        result += [last + step * more for more in range(1, rows - len(result) + 1)]
    return result


# ---- columns ----

def take_told(reader, which, rows, told):
    """The rows that a column tells of."""
    if which == AS_BEFORE:
        demand(told is not None, "no column was told before")
        return told
    if which == ALL:
        return range(rows)
    if which == BITMAP:
        bitmap = reader.take((rows + 7) // 8)
        return [row for row in range(rows) if bitmap[row // 8] >> row % 8 & 1]
    result, at = [], 0
    for _ in range(reader.varint()):
        at += reader.varint()
        result.append(at)
        at += 1
    return result


def take_numbers(reader, with_lengths, count):
    if with_lengths:
        lengths = reader.take((count + 1) // 2)
        return [reader.number(lengths[index // 2] >> index % 2 * 4 & 15) for index in range(count)]
    planes, numbers = reader.number(1), [0] * count
    for plane in range(8):
        if planes >> plane & 1:
            numbers = [number | byte << plane * 8 for number, byte in zip(numbers, reader.take(count))]
    return numbers


class Table:
    """A table on the way from one frame to the next."""

    def __init__(self, columns, was, clock, bodies_were):
        """columns: their names, forms and widths; was: the columns of before by name; bodies_were: the ids of bodies."""
        self.columns, self.was, self.clock, self.bodies_were = columns, was, clock, bodies_were
        self.moves = 1 <= clock.steps <= STEPS_MAX
        self.now, self.told = {}, None

    def take(self, reader, told, bodies):
        """bodies: the ids there are now; None: this is their table."""
        key, _, width = self.columns[0]
        self.now[key] = take_rows(reader, self.was[key], width) if told & 1 else self.was[key]
        self.bodies = self.now[key] if bodies is None else bodies
        self.origins = None  # rows are where they were
        if told & 1:
            origin = {value: row for row, value in enumerate(self.was[key])}
            self.origins = [origin.get(value) for value in self.now[key]]
        for index in range(len(self.columns) - 1, 0, -1):
            name, _, width = self.columns[index]
            self.now[name] = self.take_column(reader, name, width) if told >> index & 1 else self.expected(name, PREDICTED)
        return self.now

    def placed(self, column):
        """A column of before in the rows of now; 0 in those that came."""
        if self.origins is None:
            return column
        return [0 if origin is None else column[origin] for origin in self.origins]

    def expected(self, name, against):
        if name == "agent_target":
            return self.expected_targets()
        if name not in MOVING or not self.moves or against == WAS:
            return self.placed(self.was[name])
        if against == PREDICTED:
            return self.placed(predict(name, self.was, self.clock))
        result = predict_by(name, self.placed(self.was[name]), self.now[MOVING[name].rate], self.clock)
        if self.origins is not None:
            result = [0 if origin is None else value for origin, value in zip(self.origins, result)]
        return result

    def expected_targets(self):
        """Rows of the bodies of now, from 1."""
        if self.bodies is self.bodies_were:
            return self.placed(self.was["agent_target"])
        rows = {body: row for row, body in enumerate(self.bodies, 1)}
        return self.placed([rows.get(self.bodies_were[target - 1], 0) if target else 0
                            for target in self.was["agent_target"]])

    def take_column(self, reader, name, width):
        header, rows = reader.number(1), len(self.now[self.columns[0][0]])
        against = header & 3
        if against == NOTHING:
            demand(header == NOTHING, "a column's header has unknown bits")
            column = list(struct.unpack("<" + CODES[width] * (count := reader.varint()), reader.take(width * count)))
            return column + column[-1:] * (rows - count)
        demand(header < 64 and (against == WAS or name in MOVING), "a column's header has unknown bits")
        column = list(self.expected(name, against))
        self.told = take_told(reader, header >> 4, rows, self.told)
        for row, number in zip(self.told, take_numbers(reader, header & WITH_LENGTHS, len(self.told))):
            column[row] = (column[row] + unfold(number)) % 256 ** width if header & FOLDED else column[row] ^ number
        return column


def take_world(reader, before, clock):
    """(columns by name, tenant bytes)"""
    told, now, bodies, bodies_were = reader.number(3), {}, None, before.columns["body_id"]
    for columns in TABLES:
        now.update(Table(columns, before.columns, clock, bodies_were).take(reader, told, bodies))
        bodies = now["body_id"]
        told >>= len(columns)
    demand(told in (0, 1), "unknown columns are told")
    if told == 0:
        return now, before.tenant_bytes
    front, end, between = reader.varint(), reader.varint(), reader.varint()
    old = before.tenant_bytes
    demand(front + end <= len(old), "more tenant bytes are kept than there were")
    return now, old[:front] + reader.take(between) + old[len(old) - end:]
