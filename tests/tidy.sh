#!/bin/sh
# SPDX-License-Identifier: MPL-2.0
# SPDX-FileCopyrightText: The LedgerQuest Engine authors
# tidy.sh - the rules of the source tree that a compiler does not know. They stand in tidy.py.
exec python3 "$(dirname "$0")/tidy.py" "$@"
