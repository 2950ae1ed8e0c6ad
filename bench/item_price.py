# SPDX-License-Identifier: MPL-2.0
# SPDX-FileCopyrightText: The LedgerQuest Engine authors
"""What a ledger in a table costs, by the sizes of docs/cloud.md and the service's rule: write units a frame, and money.

Prices are those of us-east-1, on demand, as printed by the service's owner since November 2024; another one: --price."""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "examples" / "verify_in_python"))
from item_units import number_bytes, units_of_bytes  # noqa: E402  pylint: disable=wrong-import-position

PRICE = 0.625  # USD for a million write units
SIZES = (600, 1372, 4096, 16384, 65536, 524504)
LARGEST = SIZES[-1]
FRAMES = (1, 10, 100, 1000)
RATES = (1, 5, 10, 20)
SESSIONS = 10  # of a tenant, that play at the same time
BODY_BYTES, PIECE_BYTES = 350000, 16
PK_BYTES, SK_BYTES, BASE_SK_BYTES, HEADER_BYTES, BASE_HEADER_BYTES = 10, 22, 27, 336, 224
TTL = "1799999999"
ITEM_BYTES_MAX = 400 * 1024
SECONDS_PER_DAY = 86400


def segment_bytes(body, ttl=False):
    count = 2 + PK_BYTES + 2 + SK_BYTES + 1 + HEADER_BYTES + 1 + body
    return count + 3 + number_bytes(TTL) if ttl else count


def bodies_of(frames, record):
    """Bytes of the segments that so many frames fill: what does not fit goes on in the next one."""
    left, bodies = frames * (PIECE_BYTES + record), []
    while left > BODY_BYTES:
        bodies.append(BODY_BYTES)
        left -= BODY_BYTES - PIECE_BYTES  # its rest has a piece of its own
    return bodies + [left]


def units_of_frames(frames, record, ttl=False):
    return sum(units_of_bytes(segment_bytes(body, ttl)) for body in bodies_of(frames, record))


def base_units(record):
    """Of the base of a session whose newest record is a keyframe of that size."""
    pieces = -(-(record + 4) // BODY_BYTES)
    each = -(-(record + 4) // pieces)
    beside = 2 + PK_BYTES + 2 + BASE_SK_BYTES + 1 + BASE_HEADER_BYTES + 1 + 1 + number_bytes("123456")
    return pieces * units_of_bytes(beside + each)


def item_and_head(record):
    """An item a frame, and an update of its head: what the table does not do."""
    beside = 2 + PK_BYTES + 2 + SK_BYTES + 1
    return None if beside + record > ITEM_BYTES_MAX else units_of_bytes(beside + record) + units_of_bytes(beside + 112)


def row(*cells):
    return "| " + " | ".join(map(str, cells)) + " |"


def size_name(record):
    return f"{record:,} bytes" + (" (the largest)" if record == LARGEST else "")


def units_table():
    yield row("record", "item and head", *FRAMES)
    yield row(*["---"] * (len(FRAMES) + 2))
    for record in SIZES:
        head = item_and_head(record)
        yield row(size_name(record), "impossible" if head is None else head,
                  *(f"{units_of_frames(frames, record) / frames:.2f}" for frames in FRAMES))


def money_of_day(units, price):
    return f"{units * SECONDS_PER_DAY / 1e6 * price:.2f}"


def price_table(price):
    """Of a session a day, with a segment a second; in brackets what setting a ttl on its segments costs later."""
    yield row("record", *(f"{rate} Hz" for rate in RATES), "units of a base")
    yield row(*["---"] * (len(RATES) + 2))
    for record in SIZES[:-1]:
        cells = []
        for rate in RATES:
            frames = rate * SESSIONS
            cells.append(f"{money_of_day(units_of_frames(frames, record) / SESSIONS, price)} "
                         f"({money_of_day(units_of_frames(frames, record, ttl=True) / SESSIONS, price)})")
        yield row(size_name(record), *cells, base_units(record))


def print_tables(price):
    print("\n".join(units_table()))
    print()
    print("\n".join(price_table(price)))
