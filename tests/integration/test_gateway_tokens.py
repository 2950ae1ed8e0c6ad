#!/usr/bin/python3
# SPDX-License-Identifier: MPL-2.0
# SPDX-FileCopyrightText: The LedgerQuest Engine authors
"""The short form of tests/gateway/tokens."""

import subprocess
import sys

from cluster import ROOT

done = subprocess.run([str(ROOT / "tests" / "gateway" / "tokens"), "--tokens", "1000", "--tickets", "100", *sys.argv[1:]],
                      check=False)
sys.exit(done.returncode)
