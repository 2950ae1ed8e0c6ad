# SPDX-License-Identifier: MPL-2.0
# SPDX-FileCopyrightText: The LedgerQuest Engine authors
"""Changes that a person could think of: what a change is, and what is to come of it. The changes of tables are in
tamper_tables.py, each made in its forms (ledger_forgery.py): bare, agreeing, keyed; those of the file are in
tamper_files.py and have none.

What a reader is to find is `detected`, but for what stands in UNDETECTABLE with the reason: a phrase of
docs/ledger-format.md."""

import dataclasses
import pathlib
import struct
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "support"))
from ledger_forgery import AGREEING, FORMS, KEYED  # noqa: E402  pylint: disable=wrong-import-position

FILE = "file"  # the form of a change that is none of tables
KEY, NO_KEY = "key", "no key"

# Phrases of the document.
OLD_COPY = "**an old copy**"
OWNER = "**what its keys' owner does**"
NO_TABLE = "**pages that no table reaches**"
AGREES = "Without the key: all that agrees with itself"
SEALED = "every accident but one to the sealed bytes of a record"
REASONS = (OLD_COPY, OWNER, NO_TABLE, AGREES, SEALED)
# The list under this line has to be the first three of them.
LIST_HEADING = "What no look at a partition can show, with or without the key:"


@dataclasses.dataclass
class Change:
    name: str
    run: object  # of tables: run(tables, older tables); of the file: run(folder, store)
    forms: tuple = FORMS
    nothing: bool = False  # what is left is as if there never was a partition
    refused: bool = False  # taken for another partition: neither verified nor damaged


CHANGES = []
UNDETECTABLE = {}  # reason by (name, form, KEY or NO_KEY)


def change(name, forms=FORMS, accepted=(), refused=False, nothing=False):
    """accepted: (form, KEY or NO_KEY, reason) ..."""
    def take(run):
        CHANGES.append(Change(name, run, forms, nothing, refused))
        for form, with_key, reason in accepted:
            UNDETECTABLE[name, form, with_key] = reason
        return run
    return take


def of_file(name, accepted=(), nothing=False):
    """accepted: (KEY or NO_KEY, reason) ..."""
    return change(name, (FILE,), [(FILE, with_key, reason) for with_key, reason in accepted], nothing=nothing)


# An outsider may make everything agree that needs no key; with the key in hand the owner can as well.
UNTAGGED = ((AGREEING, NO_KEY, AGREES), (KEYED, NO_KEY, AGREES))


# ---- bytes ----

def patched(value, at, layout, *numbers):
    value = bytearray(value)
    struct.pack_into(layout, value, at, *numbers)
    return bytes(value)


def swap(table, one, other):
    table[one], table[other] = table[other], table[one]


def flipped(value, at, bit=0):
    value = bytearray(value)
    value[at] ^= 1 << bit
    return bytes(value)
