#!/usr/bin/python3
# SPDX-License-Identifier: MPL-2.0
# SPDX-FileCopyrightText: The LedgerQuest Engine authors
"""What comes to the gateway's port beside players (tests/gateway/edge_cases.py), with fewer half-open connections
than tests/gateway/conformance has."""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "gateway"))

from cluster import need, run_tests  # noqa: E402
from edge_cases import CASES, half_open_handshakes  # noqa: E402

need("openssl")
run_tests("gateway edge", [*CASES, half_open_handshakes])
