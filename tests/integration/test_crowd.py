#!/usr/bin/python3
# SPDX-License-Identifier: MPL-2.0
# SPDX-FileCopyrightText: The LedgerQuest Engine authors
# not sanitized: the link of many clients is in test_client_library, and in every gateway
"""Many clients of several tenants on one link (lq-crowd): over deaths of the broker, a broker that is frozen,
one client that floods, one tenant whose quota is used up. Each command has one answer, the ledger has it once and
where the answer says, and commands of a client are there in order."""

import collections
import contextlib
import json
import subprocess
import time

from cluster import WAIT_S, Cluster, check, run_tests, support_program
from wire_client import judge

TENANTS = ("north", "south", "east", "west")
SESSIONS = ("s1", "s2", "s3")
CLIENTS, SECONDS, RATE = 200, 8, 10
KILLS = 4


class Crowd:
    """One lq-crowd over a cluster; `told` is its last line, `receipts` what it heard, by client."""

    def __init__(self, cluster, *extra, tenants=TENANTS):
        self.cluster, self.extra, self.tenants = cluster, extra, tenants
        self.path = cluster.folder / "crowd.receipts"
        for tenant in tenants:
            cluster.create_sessions(tenant, SESSIONS, "--rate", "20")

    def __enter__(self):
        words = [support_program("lq-crowd"), str(self.cluster.run / "runtime"), ",".join(self.tenants),
                 str(CLIENTS), str(SECONDS), *self.extra]
        self.out = open(self.path, "wb")  # pylint: disable=consider-using-with
        self.process = subprocess.Popen(words, stdout=self.out, stderr=subprocess.PIPE, text=True)
        return self

    def __exit__(self, kind, *_):
        if kind is not None:
            self.process.kill()
            self.process.communicate()
            self.out.close()
            return
        _, errors = self.process.communicate(timeout=SECONDS + 60 + WAIT_S)
        self.out.close()
        lines = errors.splitlines() or [""]
        check(self.process.returncode == 0, f"lq-crowd: {self.process.returncode}: {errors}")
        self.told = json.loads(lines[-1])
        self.receipts = collections.Counter()
        for line in self.path.read_text().splitlines():
            receipt = json.loads(line)
            self.receipts[receipt["tenant"], receipt["client"]] += 1

    def judge(self):
        summary, commands = self.cluster.read_ledger()
        check(summary["ok"], f"{summary}")
        counts = judge([self.path], commands)
        check(counts["in_ledger"] + self.told["freed"] == self.told["submitted"] == self.told["receipts"],
              f"{counts}, {self.told}")
        last = collections.Counter()
        for entry in commands:  # frames ascend, and the order of a frame is that of its record
            key = entry["tenant"], entry["session"], entry["client"]
            check(entry["sequence"] > last[key],
                  f"{key}: command {entry['sequence']} is in the ledger behind {last[key]}")
            last[key] = entry["sequence"]
        return counts


def the_broker_dies():
    with Cluster() as cluster:
        with Crowd(cluster, "watch") as crowd:
            for _ in range(KILLS):
                time.sleep(SECONDS / (KILLS + 1))
                old = cluster.kill("broker")
                cluster.wait_pid("broker", other_than=old)
        counts = crowd.judge()
        told = crowd.told
        check(len(crowd.receipts) == CLIENTS, f"{len(crowd.receipts)} clients were heard")
        check(told["watches"] == len(TENANTS) * len(SESSIONS), f"{told}")
        check(told["least_frames"] > 0 and told["least_brokers"] > 1, f"{told}")
        return (f"{CLIENTS} clients over {KILLS} kills: {counts['in_ledger']} commands, {told['resends']} sent "
                f"again, {counts['duplicate']} duplicates; every watch heard {told['least_brokers']} brokers")


def the_broker_is_frozen():
    with Cluster() as cluster:
        with Crowd(cluster) as crowd:
            time.sleep(SECONDS / 4)
            frozen = cluster.freeze("broker")
            time.sleep(2)
            with contextlib.suppress(ProcessLookupError):
                cluster.thaw(frozen)
        counts = crowd.judge()
        return (f"{counts['in_ledger']} commands, {crowd.told['freed']} refused, {crowd.told['resends']} sent again, "
                f"{counts['duplicate']} duplicates")


def one_client_floods():
    with Cluster() as cluster:
        with Crowd(cluster, "flood") as crowd:
            pass
        counts = crowd.judge()
        (_, most), *_ = crowd.receipts.most_common(1)
        least = min(crowd.receipts.values())
        check(len(crowd.receipts) == CLIENTS, f"{len(crowd.receipts)} clients were heard")
        check(most > 2 * SECONDS * RATE, f"the flood was {most} commands")
        check(least * 4 > SECONDS * RATE, f"one client had {least} of {SECONDS * RATE} receipts beside a flood")
        return f"{most} commands of one, at least {least} of each other, {counts['in_ledger']} in all"


def one_tenant_waits_for_its_quota():
    """What it has waits and comes in order; the others do not wait."""
    with Cluster() as cluster:
        crowd = Crowd(cluster)
        cluster.lqctl("tenant", "quota", TENANTS[0], "--commands/s", "300")
        begun = time.monotonic()
        with crowd:
            pass
        took = time.monotonic() - begun
        counts = crowd.judge()
        by_tenant = collections.Counter()
        for (tenant, _), count in crowd.receipts.items():
            by_tenant[tenant] += count
        for tenant in TENANTS[1:]:
            check(4 * by_tenant[tenant] > CLIENTS / len(TENANTS) * SECONDS * RATE, f"{by_tenant}")
        check(by_tenant[TENANTS[0]] <= 300 * (took + 2), f"{by_tenant} in {took:.1f} s")
        return f"{dict(by_tenant)} in {took:.1f} s, {counts['in_ledger']} in all"


if __name__ == "__main__":
    run_tests("crowd", [the_broker_dies, the_broker_is_frozen, one_client_floods,
                        one_tenant_waits_for_its_quota])
