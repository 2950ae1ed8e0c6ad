#!/usr/bin/python3
# SPDX-License-Identifier: MPL-2.0
# SPDX-FileCopyrightText: The LedgerQuest Engine authors
"""The short form of tests/gateway/reloads: few players, and more visitors than a session remembers."""

import json
import subprocess

from cluster import ROOT, check, run_tests

COMMAND = [str(ROOT / "tests" / "gateway" / "reloads"), "--players", "12", "--reloads", "5", "--visitors", "280",
           "--grace-ms", "1500"]


def players_come_again():
    done = subprocess.run(COMMAND, stdout=subprocess.PIPE, text=True, check=False)
    check(done.returncode == 0, f"exit code {done.returncode}: {done.stdout}")
    figures = json.loads(done.stdout.splitlines()[-1])
    check(figures["windows_max"] == 256, f"nobody was evicted: {figures}")
    return f"{sum(figures['welcomes'])} welcomes at {len(figures['welcomes'])} gateways, {figures['commands']} commands, " \
           f"{figures['records']} records, {figures['windows_max']} windows at most, {figures['bodies_last']} bodies left"


if __name__ == "__main__":
    run_tests("gateway_reloads", [players_come_again])
