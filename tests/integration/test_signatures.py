#!/usr/bin/python3
# SPDX-License-Identifier: MPL-2.0
# SPDX-FileCopyrightText: The LedgerQuest Engine authors
"""What the mirror's client sends is signed as botocore signs it, and keeps the rules that libcurl's signer needs. The
full form: signatures --count 10000."""

import time

from cluster import check, run_tests, skip

try:
    import botocore  # noqa: F401  pylint: disable=unused-import
except ImportError:
    skip("no botocore (Debian: python3-botocore)")

from cluster import SANITIZED
from signature_capture import breaches, run_calls

GOOD = [("Host", "h"), ("X-Amz-Date", "d"), ("Authorization", "a"), ("Content-Type", "c"), ("X-Amz-Target", "t"),
        ("Accept", "*/*"), ("Content-Length", "1")]


def equal_to_botocore():
    seed = int(time.time())
    counted = run_calls(60 if SANITIZED else 300, seed)
    check(counted["equal"] == counted["calls"], f"{counted}")
    return f"seed {seed}: {counted}"


def rules_are_seen():
    """The judge of the rules sees each of them broken."""
    planted = {
        "header expect": GOOD + [("Expect", "100-continue")],
        "header date": GOOD + [("Date", "d")],
        "header x-amz-content-sha256": GOOD + [("X-Amz-Content-Sha256", "x")],
        "x-amz-date more than once": GOOD + [("x-amz-date", "other")],
        "content-type more than once": GOOD + [("Content-Type", "c")],
        "x-amz-security-token is empty": GOOD + [("X-Amz-Security-Token", "")],
        "no accept": [pair for pair in GOOD if pair[0] != "Accept"],
    }
    check(breaches(GOOD) == [], "good headers are refused")
    check(breaches(GOOD + [("X-Amz-Security-Token", "t")]) == [], "a session token is refused")
    for wanted, headers in planted.items():
        check(breaches(headers) == [wanted], f"{wanted}: seen was {breaches(headers)}")
    return f"{len(planted)} planted breaches, all seen"


run_tests("signatures", [equal_to_botocore, rules_are_seen])
