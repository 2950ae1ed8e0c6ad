#!/usr/bin/python3
# SPDX-License-Identifier: MPL-2.0
# SPDX-FileCopyrightText: The LedgerQuest Engine authors
"""The short form of tamper: every named change, and a few flips. LQ_SEED=n repeats one."""

import argparse
import os
import time

from cluster import SANITIZED, check, run_tests
from tamper_run import run

FLIPS, STRUCTURAL = (30, 20) if SANITIZED else (150, 50)
SHOWN = 20


def readers_see_changes():
    options = argparse.Namespace(flips=FLIPS, structural=STRUCTURAL, changes="", processes=2, keep=False, verbose=False,
                                 seed=int(os.environ.get("LQ_SEED", time.time())))
    text, breaches = run(options)
    for breach in breaches[:SHOWN]:
        print(f"BREACH {breach}")
    check(not breaches, text)
    return text


run_tests("test_tamper", [readers_see_changes])
