# SPDX-License-Identifier: MPL-2.0
# SPDX-FileCopyrightText: The LedgerQuest Engine authors
"""What has to hold after a storm. The judge is the reader of examples/verify_in_python: every receipt once in
the ledger, at its frame; no frame missing, all chains whole, each frame by all stages; no dead letter,
nobody parked; and lqctl replay finds each frame equal. So for each tenant, and in all; and the weights that were
set before the storm are set after it."""

import collections
import sys

from cluster import ROOT, STAGES, WAIT_S, Failed, check
from storm_load import tell_clients
from wire_client import judge

sys.path.insert(0, str(ROOT / "examples" / "verify_in_python"))
import verify_ledger  # noqa: E402  pylint: disable=wrong-import-position

TENANT_SHARE_MIN = 0.1  # of the receipts that a storm wants in all


def check_stages(cluster):
    """Every frame but the first names the pipeline's stages, in order: none was skipped, none came twice. The
    number of frames by tenant, and its sessions."""
    odd, frames, sessions = [], collections.Counter(), collections.defaultdict(set)
    for record, content in verify_ledger.read_contents(
            str(cluster.ledger), verify_ledger.read_master_key(str(cluster.master_key))):
        sessions[content.tenant].add(content.session)
        if record.frame == 0:
            continue
        frames[content.tenant] += 1
        names = [name.decode() for name, _ in content.stages]
        if names != list(STAGES):
            odd.append(f"{content.tenant}/{content.session} frame {content.frame}: {' '.join(names)}")
    check(not odd, f"{len(odd)} of {frames.total()} frames are not by all stages: {'; '.join(odd[:3])}")
    return frames, sessions


def check_replay(cluster):
    code, document, errors = cluster.try_lqctl("replay")
    check(document is not None, f"lqctl replay: exit code {code}: {errors}")
    counts = {name: document[name] for name in
              ("sessions", "frames", "equal", "differing", "as_recorded", "unreadable")}
    check(code == 0 and counts["equal"] == counts["frames"] > 0, f"replay: {counts}")
    return counts


def check_calm(cluster):
    """After the storm: no letter, nobody parked, everything serves."""
    status = cluster.wait_serving()
    check(status["letters_open"] == 0 and status["letters_total"] == 0,
          f"{status['letters_open']} dead letters: {str(cluster.lqctl('dlq', 'list'))[:600]}")
    check(status["sessions_parked"] == 0, f"{status['sessions_parked']} sessions parked")
    failed = [name for name, entry in cluster.instances().items() if entry["state"] != "ready"]
    check(not failed, f"not ready at the end: {failed}")


class Judgement:
    """Gathers what does not hold instead of stopping at the first."""

    def __init__(self):
        self.breaches = []

    def of(self, what, function, *arguments):
        try:
            return function(*arguments)
        except Exception as error:  # pylint: disable=broad-except
            kind = "" if isinstance(error, Failed) else f"{type(error).__name__}: "
            self.breaches.append(f"{what}: {kind}{error}")
            return None

    def demand(self, holds, what):
        if not holds:
            self.breaches.append(what)


def check_weights(cluster, tenants):
    """What was set before the first broker died still holds."""
    for tenant in tenants:
        quotas = cluster.lqctl("tenant", "quota", tenant.name)["quotas"]
        check(quotas["weight"] == {"limit": tenant.weight, "own": True},
              f"{tenant.name} has weight {quotas['weight']}, {tenant.weight} was set")


def judge_tenant(cluster, judgement, load, tenant, commands):
    """Its receipts against its part of the ledger; what is to be told of it."""
    clients = load.clients(tenant)
    counts = judgement.of(f"receipts of {tenant.name} against ledger", judge, tenant.receipt_paths(cluster),
                          [entry for entry in commands if entry["tenant"] == tenant.name])
    return {"weight": tenant.weight, "sessions": tenant.sessions, **tell_clients(clients),
            "receipts": sum(len(client.receipts) for client in clients),
            "judged": dict(counts) if counts is not None else {}}


def judge_ledger(cluster, judgement, load, result):
    summary, commands = cluster.read_ledger()
    result["ledger"] = {name: summary[name] for name in ("sessions", "records", "opened", "broken")}
    judgement.demand(summary["ok"], f"the ledger is broken: {summary['faults'][:5]}")
    sessions = sum(tenant.sessions for tenant in load.tenants)
    judgement.demand(summary["sessions"] == sessions, f"{summary['sessions']} sessions in the ledger")
    paths = [path for tenant in load.tenants for path in tenant.receipt_paths(cluster)]
    counts = judgement.of("receipts against ledger", judge, paths, commands)
    result["judged"] = counts = dict(counts) if counts is not None else {}
    own = {client.client.hex() for client in load.clients()}
    result["ledger"]["commands"] = len(commands)
    result["ledger"]["commands_of_bench"] = sum(entry["client"] not in own for entry in commands)
    result["tenants"] = {tenant.name: judge_tenant(cluster, judgement, load, tenant, commands)
                         for tenant in load.tenants}
    seen = judgement.of("stages", check_stages, cluster)
    if seen is not None:
        frames, in_ledger = seen
        result["ledger"]["frames_by_all_stages"] = frames.total()
        for tenant in load.tenants:
            result["tenants"][tenant.name]["frames"] = frames[tenant.name]
            judgement.demand(len(in_ledger[tenant.name]) == tenant.sessions,
                             f"{len(in_ledger[tenant.name])} sessions of {tenant.name} in the ledger")
    result["replay"] = judgement.of("replay", check_replay, cluster)
    return counts


def demand_tenants(judgement, options, result):
    """None of them was left alone, and together they are all there is."""
    tenants = result["tenants"]
    for name, figures in tenants.items():
        least = int(TENANT_SHARE_MIN * options.receipts)
        judgement.demand(figures["receipts"] >= least,
                         f"too weak: {figures['receipts']} receipts of {name}, not {least}")
        judgement.demand(figures["longest_gap_s"] < WAIT_S,
                         f"{figures['longest_gap_s']:.1f} s without a receipt of {name}")
    for kind in result["judged"]:
        by_tenant = sum(figures["judged"].get(kind, 0) for figures in tenants.values())
        judgement.demand(by_tenant == result["judged"][kind],
                         f"{kind}: {by_tenant} of the tenants, {result['judged'][kind]} in all")


def demand_counts(judgement, options, storm, counts, result):
    """The storm was one: what it had to provoke was seen. And the counts agree."""
    broker = result["broker"]
    for name, value, least in (
            ("kills", sum(storm.killed.values()), options.kills),
            ("freezes", sum(storm.frozen.values()), options.freezes),
            ("stalls", sum(storm.stalled.values()), options.stalls),
            ("receipts", result["receipts"], options.receipts),
            ("retries", broker["retries"], 1),
            ("repeated sends", result["clients"]["resends"], 1),
            ("duplicates", counts.get("duplicate", 0) if counts else broker["duplicates"], 1),
            ("conflicts", broker["conflicts"], 1),
            ("stale results", broker["stale_results"], 1)):
        judgement.demand(value >= least, f"too weak: {value} {name}, not {least}")
    judgement.demand(broker["letters_total"] == 0, f"{broker['letters_total']} dead letters in all")
    judgement.demand(counts.get("dead_lettered", 0) == 0, "a receipt tells of a dead letter")
    seen = sum(counts.get(name, 0) for name in ("applied", "refused", "duplicate", "unused"))
    judgement.demand(not counts or seen == result["receipts"],
                     f"{result['receipts']} receipts, {seen} in the files")
    demand_tenants(judgement, options, result)
