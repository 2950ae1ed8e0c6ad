#!/usr/bin/python3
# SPDX-License-Identifier: MPL-2.0
# SPDX-FileCopyrightText: The LedgerQuest Engine authors
"""Players who come again and again, each time as another incarnation: nobody hears that the session is full, each
has its own single body, and no frame knows more than 256 players. Copies of what earlier incarnations said are
refused. Judged by the reader of the ledger that shares no code with the engine."""

import collections

from cluster import Cluster, check, run_tests
from incarnation_judge import WINDOWS_MAX, judge_ledger
from wire_client import LEAVE, WireClient, client_id, command, join, judge, thrust

PLAYERS, RELOADS, VISITORS, AT_ONCE = 200, 50, 2000, 50
SESSION = "hall"


def player(number):
    return number.to_bytes(8, "big")


class Hall:
    """Commands of many players over one connection, and all of their numbers."""

    def __init__(self, wire):
        self.wire, self.next = wire, collections.Counter()
        self.answers = collections.Counter()

    def say(self, client, *bodies):
        for body in bodies:
            self.next[client] += 1
            self.wire.submit(SESSION, body, self.next[client], client)

    def settle(self):
        """Wait for all answers; those that are not 'applied', by outcome and first word of the reason."""
        before = len(self.wire.receipts)
        self.wire.drain()
        counts = collections.Counter((receipt.outcome, receipt.reason.partition(":")[0])
                                     for receipt in self.wire.receipts[before:])
        self.answers += counts
        return counts

    def reload(self, numbers, incarnation):
        """Each player comes as this incarnation, and plays."""
        clients = [client_id(player(number), incarnation) for number in numbers]
        for client in clients:
            self.say(client, join(x=1.0 + client[7] % 90, y=5.0), thrust(1.0, 0.5))
        return clients


def come_again(hall):
    """RELOADS incarnations of each player: the first joins, the others have joined already."""
    for incarnation in range(1, RELOADS + 1):
        hall.reload(range(PLAYERS), incarnation)
        expected = {("applied", ""): 2 * PLAYERS} if incarnation == 1 else {
            ("applied", ""): PLAYERS, ("refused", "client"): PLAYERS}
        counts = hall.settle()
        check(counts == expected, f"incarnation {incarnation}: {counts}")


def copies_are_superseded(hall):
    """What earlier incarnations said comes once more, and so does what the newest said."""
    for number in range(PLAYERS):
        for incarnation in (1, RELOADS // 2, RELOADS - 1):
            hall.wire.submit(SESSION, thrust(9.0, 9.0), 2, client_id(player(number), incarnation))
    counts = hall.settle()
    check(counts == {("unused", "SUPERSEDED"): 3 * PLAYERS}, f"{counts}")
    for number in range(PLAYERS):
        hall.wire.submit(SESSION, thrust(9.0, 9.0), 2, client_id(player(number), RELOADS))
    counts = hall.settle()
    check(counts == {("duplicate", ""): PLAYERS}, f"{counts}")


def visitors_come_and_go(hall):
    for first in range(0, VISITORS, AT_ONCE):
        for number in range(first, first + AT_ONCE):
            client = client_id(player(1000 + number), RELOADS + 1 + number)
            hall.say(client, join(), thrust(1.0, 0.0), command(LEAVE))
        counts = hall.settle()
        check(counts == {("applied", ""): 3 * AT_ONCE}, f"visitors from {first} on: {counts}")


def evicted_players_come_again(hall):
    """The visitors' incarnations are above all of the players': none of these has a window any more."""
    for number in range(PLAYERS):
        hall.wire.submit(SESSION, thrust(9.0, 9.0), 2, client_id(player(number), RELOADS))
    counts = hall.settle()
    check(counts == {("unused", "INCARNATION_TOO_OLD"): PLAYERS}, f"{counts}")
    hall.reload(range(PLAYERS), RELOADS + VISITORS + 1)
    counts = hall.settle()
    check(counts == {("applied", ""): PLAYERS, ("refused", "client"): PLAYERS}, f"{counts}")
    hall.wire.submit(SESSION, thrust(9.0, 9.0), 1, bytes(range(1, 17)))  # 128 random bits, as clients of before
    counts = hall.settle()
    check(counts == {("unused", "INCARNATION_TOO_OLD"): 1}, f"{counts}")


def incarnations_of_many_players():
    with Cluster() as cluster:
        cluster.create_sessions("acme", [SESSION], "--rate", "0")
        path = cluster.folder / "receipts"
        with WireClient(cluster, "acme", path) as wire:
            hall = Hall(wire)
            come_again(hall)
            copies_are_superseded(hall)
            visitors_come_and_go(hall)
            evicted_players_come_again(hall)
            check("CLIENTS_FULL" not in hall.wire.refusals, f"{hall.wire.refusals}")
        judged = judge_ledger(cluster)
        check(len(judged.last.windows) == WINDOWS_MAX, f"{len(judged.last.windows)} windows in the end")
        check({client[:8] for client, _ in judged.last.players} == {player(number) for number in range(PLAYERS)},
              f"{len(judged.last.players)} players in the end")
        check(len(judged.last.bodies) == PLAYERS, f"{len(judged.last.bodies)} bodies in the end")
        replayed = cluster.lqctl("replay", f"acme/{SESSION}")
        check(replayed["equal"] == replayed["frames"] == judged.records - 1, f"{replayed}")
        counts = judge([path], cluster.read_ledger()[1])
        return (f"{judged.records} records, {judged.windows_max} windows at most, {counts['in_ledger']} commands once; "
                f"all replayed; answers {dict(hall.answers)}")


if __name__ == "__main__":
    run_tests("incarnations", [incarnations_of_many_players])
