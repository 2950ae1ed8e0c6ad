# SPDX-License-Identifier: MPL-2.0
# SPDX-FileCopyrightText: The LedgerQuest Engine authors
"""Every record of a ledger of one session, read by the reader that shares no code with the engine: who has a window in
it, and who a body."""

import collections

from cluster import check

import verify_ledger

WINDOWS_MAX = 256


class IncarnationJudge:
    """A player has one window and one body at a time, whatever its incarnation; a body is one player's."""

    def __init__(self, kept=()):
        """kept: frames whose content is kept in `at`."""
        self.records, self.windows_max, self.last, self.at = 0, 0, None, {}
        self.kept, self.bodies_of = set(kept), collections.defaultdict(set)  # by player, over all records

    def __call__(self, record, content):
        self.records += 1
        self.windows_max = max(self.windows_max, len(content.windows))
        for what, clients in (("windows", list(content.windows)),
                              ("players", [client for client, _ in content.players]),
                              ("bodies", [body for _, body in content.players])):
            halves = {client[:8] for client in clients} if what != "bodies" else set(clients)
            check(len(halves) == len(clients), f"frame {record.frame}: one player has two {what}")
        check({body for _, body in content.players} <= set(content.bodies), f"frame {record.frame}: no such body")
        for client, body in content.players:
            self.bodies_of[client[:8]].add(body)
        self.last = content
        if content.frame in self.kept:
            self.at[content.frame] = content


def judge_ledger(cluster, kept=()):
    judged = IncarnationJudge(kept)
    partition = verify_ledger.Partition(str(cluster.ledger))
    verification = verify_ledger.Verification(partition, verify_ledger.read_master_key(str(cluster.master_key)),
                                              on_content=judged).run()
    partition.close()
    check(verification.totals["broken"] == 0, f"{verification.faults[:3]}")
    check(judged.windows_max <= WINDOWS_MAX, f"{judged.windows_max} windows")
    return judged
