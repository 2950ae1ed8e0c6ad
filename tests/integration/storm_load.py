# SPDX-License-Identifier: MPL-2.0
# SPDX-FileCopyrightText: The LedgerQuest Engine authors
"""The load of a storm: three tenants, different in weight and number of sessions, the fewest with the most
weight. Each has an lq-bench, and clients without our code on the same sessions that append each receipt to a
synced file."""

import contextlib
import dataclasses
import subprocess

from cluster import BIN, BUG_WORDS, WAIT_S, check, wait_until
from wire_client import Traffic

PREFIX = "world"
WEIGHTS = {"many": 1, "some": 2, "few": 4}
SHARES = {"many": 0.5, "some": 0.3}  # of the sessions; the rest is of the few
CLIENTS, DEPTH, PER_TURN, PAUSE_S = 2, 2, 3, 0.01


@dataclasses.dataclass(frozen=True)
class Tenant:
    name: str
    weight: int
    sessions: int

    def names(self):
        return [f"{PREFIX}-{number + 1:05}" for number in range(self.sessions)]

    def receipt_paths(self, cluster):
        return [cluster.folder / f"receipts-{self.name}-{number}" for number in range(CLIENTS)]


def make_tenants(sessions):
    """So many sessions in all, at least one each."""
    counts = {name: max(1, int(sessions * share)) for name, share in SHARES.items()}
    counts["few"] = max(1, sessions - sum(counts.values()))
    return [Tenant(name, weight, counts[name]) for name, weight in WEIGHTS.items()]


class Bench:
    """lq-bench beside the judged clients: it makes the sessions and commands them; its receipts are its own."""

    def __init__(self, cluster, tenant):
        self.name, self.stderr_path = tenant.name, cluster.folder / f"bench-{tenant.name}"
        with open(self.stderr_path, "wb") as stderr:
            self.process = subprocess.Popen(
                [str(BIN / "lq-bench"), "--config", str(cluster.config), "--tenant", tenant.name,
                 "--prefix", PREFIX, "--sessions", str(tenant.sessions), "--bodies", "8", "--agents", "4",
                 "--rate", "1", "--command-rate", "1", "--warmup", "0", "--seconds", "3600"],
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=stderr)

    def __enter__(self):
        try:
            wait_until(lambda: "are new" in self.said(), "lq-bench has made the sessions", 3 * WAIT_S)
        except BaseException:
            self.stop()
            raise
        return self

    def said(self):
        return self.stderr_path.read_text(errors="replace")

    def stop(self):
        """It has no figures to tell: the broker it began with is gone."""
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(timeout=WAIT_S)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()

    def __exit__(self, *_):
        self.stop()

    def check(self):
        code = self.process.returncode
        check(code in (0, 1), f"lq-bench of {self.name} ended with {code}: {self.said()}")
        check(not any(words in self.said() for words in BUG_WORDS), f"lq-bench: {self.said()[:500]}")


class StormLoad:
    """All of it; inside `with`. `traffic`: by tenant's name, its clients in their threads."""

    def __init__(self, cluster, tenants):
        self.cluster, self.tenants = cluster, tenants
        self.benches, self.traffic, self.stack = [], {}, contextlib.ExitStack()

    def __enter__(self):
        with contextlib.ExitStack() as stack:
            for tenant in self.tenants:
                self.cluster.lqctl("tenant", "create", tenant.name)
                self.cluster.lqctl("tenant", "quota", tenant.name, "--weight", str(tenant.weight))
                self.benches.append(stack.enter_context(Bench(self.cluster, tenant)))
            for tenant in self.tenants:
                self.traffic[tenant.name] = [
                    stack.enter_context(Traffic(self.cluster, tenant.name, tenant.names(), DEPTH, path, PAUSE_S,
                                                PER_TURN)) for path in tenant.receipt_paths(self.cluster)]
            self.stack = stack.pop_all()
        return self

    def __exit__(self, *words):
        return self.stack.__exit__(*words)

    def clients(self, tenant=None):
        """Of one tenant, or all."""
        return [one.client for name, traffic in self.traffic.items() for one in traffic
                if tenant is None or tenant.name == name]

    def receipts(self):
        return sum(len(client.receipts) for client in self.clients())

    def stop(self, judgement):
        """Nobody submits more; all receipts are there."""
        for one in self.benches:
            one.stop()
        for traffic in self.traffic.values():
            for one in traffic:
                judgement.of("clients", one.stop)

    def check(self, judgement):
        for one in self.benches:
            judgement.of("storm", one.check)


def tell_clients(clients):
    return {
        "clients": len(clients),
        "resends": sum(client.resends for client in clients),
        "came_again": sum(client.came_again for client in clients),
        "epochs": max(client.epochs for client in clients),
        "longest_gap_s": round(max(client.longest_gap_s for client in clients), 2),
    }
