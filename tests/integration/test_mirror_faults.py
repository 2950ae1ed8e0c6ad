#!/usr/bin/python3
# SPDX-License-Identifier: MPL-2.0
# SPDX-FileCopyrightText: The LedgerQuest Engine authors
"""The short form of mirror_faults: faults on the requests of a whole mirror, one of each kind, and sizes of events. What the
gateways do by themselves: test_mirror_gateway_faults.py, test_dynamodb_gateway_*.py."""

import mirror_fault_rows as rows
from cluster import run_tests


def the_table_has_all_over_faults():
    with rows.faulty_mirror() as mirror:
        done = [mirror.row(*row) for row in rows.SHORT]
    for row in done:
        print(f"      {row['injected']:40} {row['seen']:52} {row['retried']} again  {row['result']}")
    return f"{len(done)} rows"


def events_end_at_their_limits():
    return f"{len(list(rows.event_sizes()))} sizes"


if __name__ == "__main__":
    run_tests("test_mirror_faults", [the_table_has_all_over_faults, events_end_at_their_limits])
