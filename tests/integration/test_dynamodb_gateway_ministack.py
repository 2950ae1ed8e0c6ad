#!/usr/bin/python3
# SPDX-License-Identifier: MPL-2.0
# SPDX-FileCopyrightText: The LedgerQuest Engine authors
"""The mirror's gateways on ministack: dynamodb_suite.py."""

import dynamodb_suite

dynamodb_suite.run("ministack")
