#!/usr/bin/python3
# SPDX-License-Identifier: MPL-2.0
# SPDX-FileCopyrightText: The LedgerQuest Engine authors
# not sanitized: test_restore goes the same way back
"""The machine is lost and its ledger restored from the table, twice; cloud_loss is the long form."""

import loss_storm
from cluster import check, run_tests

ROUNDS, SEED = 2, 2


def the_machine_is_lost_and_restored():
    counts, breaches = loss_storm.run(ROUNDS, SEED, lambda text: None)
    check(not breaches, "; ".join(breaches))
    check(counts["rounds"] == ROUNDS and counts["letters"] > ROUNDS, f"{counts}")
    return (f"{ROUNDS} losses: {counts['applied']} receipts of a mirrored tenant and {counts['hashes_told']} hashes that were "
            f"told, all there; of a local one {counts['local_lost']} of {counts['local_receipts']} receipts lost")


if __name__ == "__main__":
    run_tests("test_cloud_loss", [the_machine_is_lost_and_restored])
