# SPDX-License-Identifier: MPL-2.0
# SPDX-FileCopyrightText: The LedgerQuest Engine authors
"""What a write of an item costs, by docs/cloud.md, *What a write costs*: its size in KB, rounded up, where the size is
that of all attribute names and values. Items as boto3 or as a request has them."""

import base64

UNIT_BYTES = 1024


def number_bytes(text):
    """A byte for every two significant digits, and one; one more below zero."""
    digits = text.lstrip("-").replace(".", "").strip("0") if text.strip("-0.") else ""
    return (len(digits) + 1) // 2 + 1 + text.startswith("-")


def value_bytes(value):
    (kind, inner), = value.items()
    if kind == "N":
        return number_bytes(inner)
    if kind == "S":
        return len(inner.encode())
    return len(base64.b64decode(inner) if isinstance(inner, str) else bytes(inner))


def item_bytes(item):
    return sum(len(name.encode()) + value_bytes(value) for name, value in item.items())


def units_of_bytes(count):
    return max(1, -(-count // UNIT_BYTES))


def units_of(item, before=None):
    """Of a put or an update that replaces `before`."""
    return units_of_bytes(max(item_bytes(item), item_bytes(before or {})))
