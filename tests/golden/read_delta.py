#!/usr/bin/python3
# SPDX-License-Identifier: MPL-2.0
# SPDX-FileCopyrightText: The LedgerQuest Engine authors
"""read_delta.py FILE - reads the golden deltas by docs/ledger-format.md, sections "Content" and "Deltas", alone.

Each frame is put together from the one before and its delta, written as a content and summed; the last line says how
many frames there were. Exit code 1: a frame is not what the file says."""
import pathlib
import struct
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "examples" / "verify_in_python"))
import world_columns  # noqa: E402  pylint: disable=wrong-import-position

TABLES = (world_columns.BODIES, world_columns.AGENTS, world_columns.PLAYERS)
FORMS = {"x": "d", "y": "d", "vx": "f", "vy": "f", "spin": "f", "radius": "f", "thrust_x": "f", "thrust_y": "f",
         "agent_strength": "f"}
RATES = {"x": "vx", "y": "vy", "vx": "thrust_x", "vy": "thrust_y", "angle": "spin"}
LIMITS = {"x": 1e9, "y": 1e9, "vx": 1e6, "vy": 1e6}
FIELDS = {1: "bddf", 2: "", 3: "bddfff", 4: "i", 5: "iff", 6: "iff", 7: "biif", 8: "c", 0: ""}
WIDTHS = {"b": 1, "d": 8, "f": 4, "i": 4}
CONFIG = "<QIIIddf"


class Reader:
    def __init__(self, data):
        self.data, self.at = data, 0

    def take(self, count):
        assert self.at + count <= len(self.data)
        self.at += count
        return self.data[self.at - count:self.at]

    def number(self, count):
        return int.from_bytes(self.take(count), "little")

    def varint(self):
        value = shift = 0
        while True:
            byte = self.number(1)
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return value

    def text(self):
        return self.take(self.number(1))


def unfold(number):
    return number >> 1 if number % 2 == 0 else -(number >> 1) - 1


def put(number, count):
    return int(number).to_bytes(count, "little")


# ---- a content ----

def read_command(reader):
    client, number, kind, outcome = reader.take(16), reader.number(8), reader.number(1), reader.number(1)
    letter = reader.number(8) if kind & 128 else 0
    fields = []
    for form in FIELDS[kind & 127]:
        fields.append(reader.take(reader.number(2) if form == "c" else WIDTHS[form]))
    return client, number, kind & 127, outcome, letter, fields, reader.text() if outcome == 3 else b""


def write_command(client, number, kind, outcome, letter, fields, reason):
    out = client + put(number, 8) + put(kind | (128 if letter else 0), 1) + put(outcome, 1)
    out += put(letter, 8) if letter else b""
    for form, field in zip(FIELDS[kind], fields):
        out += put(len(field), 2) * (form == "c") + field
    return out + (put(len(reason), 1) + reason if outcome == 3 else b"")


def read_stages(reader):
    return [(reader.text(), reader.take(4)) for _ in range(reader.number(2))]


def read_windows(reader):
    return {reader.take(16): struct.unpack("<QQQ", reader.take(24)) for _ in range(reader.number(2))}


def read_content(data):
    reader, tick = Reader(data), {}
    version = reader.number(4)
    tick["names"] = (reader.text(), reader.text())
    tick["frame"], tick["steps"], tick["step_count"], tick["missed"], tick["wall"] = struct.unpack(
        "<QIQQQ", reader.take(36))
    tick["pipeline"] = reader.take(32)
    tick["config"] = struct.unpack(CONFIG, reader.take(struct.calcsize(CONFIG)))
    tick["flags"] = reader.number(1) if version == 2 else 0
    tick["stages"] = read_stages(reader)
    tick["commands"] = [read_command(reader) for _ in range(reader.number(2))]
    tick["windows"] = read_windows(reader)
    tick["ids"] = reader.number(4)
    tick["tables"] = []
    for columns in TABLES:
        rows, table = reader.number(2), {}
        for name, form, width in columns:
            if form == "whole" or rows == 0:
                values = [reader.take(width) for _ in range(rows)]
            else:
                written = reader.number(1 if rows <= 255 else 2)
                values = [reader.take(width) for _ in range(written)]
                values += values[-1:] * (rows - written)
            values = [value if width == 16 else int.from_bytes(value, "little") for value in values]
            if form == "steps":
                for row in range(1, rows):
                    values[row] += values[row - 1]
            table[name] = values
        tick["tables"].append(table)
    tick["tenant_bytes"] = reader.take(reader.number(2))
    assert reader.at == len(data)
    return tick


def write_column(form, width, values):
    rows = len(values)
    if form == "steps":
        values = [value - before for value, before in zip(values, [0] + values)]
    out = [value if width == 16 else put(value, width) for value in values]
    if form == "whole" or rows == 0:
        return b"".join(out)
    while len(out) > 1 and out[-1] == out[-2]:
        out.pop()
    return put(len(out), 1 if rows <= 255 else 2) + b"".join(out)


def write_content(tick):
    out = put(2 if tick["flags"] else 1, 4) + b"".join(put(len(name), 1) + name for name in tick["names"])
    out += struct.pack("<QIQQQ", tick["frame"], tick["steps"], tick["step_count"], tick["missed"], tick["wall"])
    out += tick["pipeline"] + struct.pack(CONFIG, *tick["config"]) + (b"\1" if tick["flags"] else b"")
    out += put(len(tick["stages"]), 2) + b"".join(put(len(name), 1) + name + version for name, version in tick["stages"])
    out += put(len(tick["commands"]), 2) + b"".join(write_command(*command) for command in tick["commands"])
    out += put(len(tick["windows"]), 2)
    out += b"".join(client + struct.pack("<QQQ", *tick["windows"][client]) for client in sorted(tick["windows"]))
    out += put(tick["ids"], 4)
    for columns, table in zip(TABLES, tick["tables"]):
        out += put(len(table[columns[0][0]]), 2)
        out += b"".join(write_column(form, width, table[name]) for name, form, width in columns)
    return out + put(len(tick["tenant_bytes"]), 2) + tick["tenant_bytes"]


# ---- windows, as load 2 uses numbers (world/client_window.h has the drawing) ----

def use_number(windows, client, number, frame):
    known = sorted(other for other in windows if other[:8] == client[:8])
    own = max(known, key=lambda other: (other[8:], other == client)) if known else None
    if number == 0:
        return
    if own == client:
        highest, used, _ = windows[client]
        if highest < number <= highest + 64:
            used = (used << (number - highest) | 1 << (number - highest - 1)) & (1 << 64) - 1
            windows[client] = (number, used, frame)
        elif number < highest <= number + 64 and not used >> (highest - 1 - number) & 1:
            windows[client] = (highest, used | 1 << (highest - 1 - number), frame)
        return
    if number > 64 or (own and client[8:] <= own[8:]):
        return
    assert own or len(windows) < 256, "no golden frame has a full table"
    if own:
        del windows[own]
    windows[client] = (number, 0, frame)


# ---- a delta ----

def take_command(reader, windows):
    head = reader.number(1)
    kind, outcome = head & 15, 3 if head & 16 else 2
    if head & 64:
        client, number = reader.take(16), reader.varint()
    else:
        client = sorted(windows)[reader.varint()]
        number = windows[client][0] + (1 if head & 128 else unfold(reader.varint()))
    letter = reader.number(8) if head & 32 else 0
    fields = []
    for form in FIELDS[kind]:
        if form == "i":
            fields.append(put(reader.varint(), 4))
        else:
            fields.append(reader.take(reader.varint() if form == "c" else WIDTHS[form]))
    return client, number % 2 ** 64, kind, outcome, letter, fields, reader.text() if outcome == 3 else b""


def take_rows(reader, keys, is_id):
    def key(before):
        return before + reader.varint() if is_id else reader.take(16)
    last = 0
    if reader.number(1) == 1:
        rows, result = reader.varint(), []
        written = reader.varint() if is_id else rows
        for row in range(written):
            last = key(last)
            result.append(last)
        step = result[-1] - (result[-2] if written > 1 else 0) if is_id and rows else 0
        while len(result) < rows:
            result.append(result[-1] + step)
        return result
    stayed, at = [], 0
    for _ in range(reader.varint()):
        stay = reader.varint()
        stayed += keys[at:at + stay]
        at += stay + 1
    stayed += keys[at:]
    for _ in range(reader.varint()):
        last = key(last)
        stayed.append(last)
    return sorted(stayed)


def real(name, bits):
    return struct.unpack("<" + FORMS[name], put(bits, 8 if FORMS[name] == "d" else 4))[0]


def stored(name, value):
    value = max(min(value, LIMITS[name]), -LIMITS[name]) + 0.0
    return struct.unpack("<f", struct.pack("<f", value))[0] + 0.0 if FORMS[name] == "f" else value


def bits(name, value):
    return int.from_bytes(struct.pack("<" + FORMS[name], value), "little")


def turned(angle, turns):
    return (angle + int((turns - int(turns)) * 4294967296.0)) % 2 ** 32


def predicted(name, was, row, steps, seconds):
    rate = RATES[name]
    speed = real(rate, was[rate][row])
    if name == "angle":
        angle = was[name][row]
        for _ in range(steps):
            angle = turned(angle, speed * seconds)
        return angle
    value = real(name, was[name][row])
    for _ in range(steps):
        now = speed + (real(RATES[rate], was[RATES[rate]][row]) * seconds if rate in RATES else 0.0)
        value = stored(name, value + now * seconds)
        speed = stored(rate, now) if rate in RATES else now
    return bits(name, value)


def predicted_by(name, was, row, rate, steps, seconds):
    if name == "angle":
        return turned(was[name][row], rate * (steps * seconds))
    return bits(name, stored(name, real(name, was[name][row]) + rate * (steps * seconds)))


def take_told(reader, form, rows, told):
    if form == 3:
        return told
    if form == 0:
        return list(range(rows))
    if form == 1:
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


def take_table(reader, columns, was, told_bits, clock, bodies):
    key = columns[0][0]
    keys = take_rows(reader, was[key], columns[0][2] == 4) if told_bits & 1 else was[key]
    origin = {value: row for row, value in enumerate(was[key])}
    origins = [origin.get(value) for value in keys]
    now, told = {key: keys}, None
    steps, seconds = clock
    bodies = keys if bodies is None else bodies
    rows_of = {0: 0, **{value: row + 1 for row, value in enumerate(bodies)}}
    for index in range(len(columns) - 1, 0, -1):
        name, _, width = columns[index]
        moves = name in RATES and 1 <= steps <= 16

        def against(which):
            result = []
            for row, at in enumerate(origins):
                if at is None:
                    result.append(0)
                elif which == 0 or not moves:
                    result.append(was[name][at])
                elif which == 1:
                    result.append(predicted(name, was, at, steps, seconds))
                else:
                    result.append(predicted_by(name, was, at, real(RATES[name], now[RATES[name]][row]), steps, seconds))
            return [rows_of.get(value, 0) for value in result] if name == "agent_target" else result
        values = against(1)
        if told_bits >> index & 1:
            header = reader.number(1)
            if header & 3 == 3:
                values = [reader.number(width) for _ in range(reader.varint())]
                values += values[-1:] * (len(keys) - len(values))
            else:
                values = against(header & 3)
                told = take_told(reader, header >> 4, len(keys), told)
                for row, number in zip(told, take_numbers(reader, header & 8, len(told))):
                    values[row] = (values[row] + unfold(number)) % 256 ** width if header & 4 else values[row] ^ number
        now[name] = [0 if value == 0 else bodies[value - 1] for value in values] if name == "agent_target" else values
    return now


def apply_delta(before, data):
    reader, tick = Reader(data), dict(before)
    assert reader.number(1) == 1
    tick["frame"] = before["frame"] + 1
    assert reader.number(2) == tick["frame"] % 65536
    parts = reader.number(1)
    tick["step_count"] = before["step_count"] + before["steps"]
    tick["steps"] = reader.varint()
    late = unfold(reader.varint())
    tick["missed"] = before["missed"] + (reader.varint() if parts & 1 else 0)
    tick["pipeline"] = reader.take(32) if parts & 2 else before["pipeline"]
    if parts & 4:
        tick["config"] = struct.unpack(CONFIG, reader.take(struct.calcsize(CONFIG)))
        tick["flags"] = reader.number(1)
    tick["stages"] = read_stages(reader) if parts & 8 else before["stages"]
    numerator, denominator = tick["config"][1:3]
    period = tick["steps"] * denominator * 10 ** 9 // numerator if numerator else 0
    tick["wall"] = (before["wall"] + period + late) % 2 ** 64
    tick["windows"], tick["commands"] = dict(before["windows"]), []
    for _ in range(reader.varint() if parts & 16 else 0):
        command = take_command(reader, tick["windows"])
        tick["commands"].append(command)
        use_number(tick["windows"], command[0], command[1], tick["frame"])
    if parts & 32:
        tick["windows"] = read_windows(reader)
    tick["ids"] = (before["ids"] + (unfold(reader.varint()) if parts & 64 else 0)) % 2 ** 32
    told, tick["tables"], bodies = reader.number(3), [], None
    clock = (tick["steps"], denominator / numerator if numerator else 1 / 60)
    for columns, was in zip(TABLES, before["tables"]):
        tick["tables"].append(take_table(reader, columns, was, told, clock, bodies))
        bodies = tick["tables"][0]["body_id"]
        told >>= len(columns)
    if told & 1:
        front, end, between = reader.varint(), reader.varint(), reader.varint()
        old = before["tenant_bytes"]
        tick["tenant_bytes"] = old[:front] + reader.take(between) + old[len(old) - end:]
    assert reader.at == len(data)
    return tick


def targets_as(tick, table):
    """The same tick with targets as ids, or as rows."""
    bodies = tick["tables"][0]["body_id"]
    rows = {0: 0, **{value: row + 1 for row, value in enumerate(bodies)}}
    agents = dict(tick["tables"][1])
    agents["agent_target"] = [rows[value] if table == "rows" else ([0] + bodies)[value]
                              for value in agents["agent_target"]]
    return {**tick, "tables": [tick["tables"][0], agents, tick["tables"][2]]}


def content_sum(content):
    total = 0xcbf29ce484222325
    for byte in content:
        total = (total ^ byte) * 0x100000001b3 % 2 ** 64
    return total


def main():
    lines = [line.split() for line in pathlib.Path(sys.argv[1]).read_text(encoding="ascii").splitlines()]
    first = bytes.fromhex(lines[0][1])
    tick = targets_as(read_content(first), "ids")
    assert write_content(targets_as(tick, "rows")) == first
    frames = 0
    for (_, delta), (frame, total) in zip(lines[1::2], lines[2::2]):
        tick = apply_delta(tick, bytes.fromhex(delta))
        if content_sum(write_content(targets_as(tick, "rows"))) != int(total, 16):
            print(f"frame {frame} differs")
            return 1
        frames += 1
    print(f"{frames} frames")
    return 0


if __name__ == "__main__":
    sys.exit(main())
