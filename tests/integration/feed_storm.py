# SPDX-License-Identifier: MPL-2.0
# SPDX-FileCopyrightText: The LedgerQuest Engine authors
"""Readers of the change feed, each killed again and again while the cluster works: what a reader is told before its death and
after it has to be everything, in order, and the same where it is told twice."""

import json
import random
import signal
import threading

from cluster import Cluster, Failed, check
from test_feed import Comings, position_of

SESSIONS = [f"s{number}" for number in range(12)]
READERS = ("audit", "billing", "search")
LIFE_S = (0.05, 0.6)  # of a reader


class Follower(threading.Thread):
    """lqctl feed follow NAME, over and over, each one killed; what it printed is kept."""

    def __init__(self, cluster, name, kills, seed):
        super().__init__()
        self.cluster, self.name_of_cursor, self.kills, self.draw = cluster, name, kills, random.Random(seed)
        self.kept, self.again, self.newest, self.error = {}, 0, (0, 0), None

    def run(self):
        try:
            for _ in range(self.kills):
                self.live(self.draw.uniform(*LIFE_S))
        except (Failed, ValueError, OSError) as error:
            self.error = error

    def catch_up(self, place):
        for _ in range(100):
            if self.newest >= place:
                return
            self.live(0.5)
        raise Failed(f"{self.name_of_cursor} stays at {self.newest}, and the feed has come to {place}")

    def live(self, seconds):
        process = self.cluster.lqctl_process("feed", "follow", self.name_of_cursor)
        timer = threading.Timer(seconds, process.send_signal, (signal.SIGKILL,))
        timer.start()
        last = None
        for line in process.stdout:
            if not line.endswith("\n"):
                break  # cut by its death
            entry = json.loads(line)
            position = position_of(entry["position"])
            check(last is None or position > last, f"{self.name_of_cursor}: {entry} behind {last}")
            last = position
            self.take(entry, position)
        timer.cancel()
        errors = process.communicate()[1]
        check(process.returncode in (-signal.SIGKILL, 69, 75), f"{self.name_of_cursor}: {process.returncode}: {errors}")

    def take(self, entry, position):
        key = entry["kind"] == "record", entry["sequence"]
        if key in self.kept:
            self.again += 1
            check(self.kept[key] == entry, f"{self.name_of_cursor}: {entry} was {self.kept[key]}")
            return
        # What is new follows what is newest: nothing is left out on the way.
        expected = (self.newest[0] + 1, self.newest[1]) if key[0] else (self.newest[0], self.newest[1] + 1)
        check(position == expected, f"{self.name_of_cursor}: {entry} behind {self.newest}")
        self.kept[key], self.newest = entry, position


def run(kills, seed):
    with Cluster() as cluster:
        cluster.create_sessions("acme", SESSIONS)
        for name in READERS:
            cluster.lqctl("feed", "set", name, "0:0")
        followers = [Follower(cluster, name, kills, seed + number) for number, name in enumerate(READERS)]
        with Comings(cluster, "acme", SESSIONS, 2) as traffic:
            for follower in followers:
                follower.start()
            for follower in followers:
                follower.join()
                check(follower.error is None, f"{follower.error}")
            receipts = len(traffic.client.receipts)
        newest = position_of(cluster.lqctl("feed", "show")["position"])
        for follower in followers:
            follower.catch_up(newest)
        left = cluster.lqctl("feed", "show")["entries"]
        check(left < newest[1], f"all {left} entries are kept, though every reader has passed them")
    return {"readers": len(READERS), "kills of each": kills, "receipts meanwhile": receipts, "records": newest[0],
            "entries of the outbox": newest[1], "told again": sum(follower.again for follower in followers),
            "entries left in the outbox": left}
