#!/usr/bin/python3
# SPDX-License-Identifier: MPL-2.0
# SPDX-FileCopyrightText: The LedgerQuest Engine authors
"""The short form of two_writers: one round, requests late by up to half a second."""

import rival_mirrors
from cluster import run_tests

SEED = 11


def one_of_two_goes_on():
    result = rival_mirrors.run(1, 0.5, SEED, False, print)
    told = [name for name, count in result.items() if name.startswith("told: ") and count]
    return f"{result['requests']} requests, {result['conditions_failed']} conditions failed; the other one was {told[0]}"


if __name__ == "__main__":
    run_tests("test_two_writers", [one_of_two_goes_on])
