# SPDX-License-Identifier: MPL-2.0
# SPDX-FileCopyrightText: The LedgerQuest Engine authors
"""What has to hold after a storm. The judge is the reader of examples/verify_in_python: every receipt once in
the ledger, at its frame; no frame missing, all chains whole, each frame by all stages; no dead letter,
nobody parked; and lqctl replay finds each frame equal."""

import sys

from cluster import ROOT, STAGES, WAIT_S, Failed, check
from wire_client import judge

sys.path.insert(0, str(ROOT / "examples" / "verify_in_python"))
import verify_ledger  # noqa: E402  pylint: disable=wrong-import-position


def check_stages(cluster):
    """Every frame but the first names the pipeline's stages, in order: none was skipped, none came twice."""
    odd, frames = [], 0
    for record, content in verify_ledger.read_contents(
            str(cluster.ledger), verify_ledger.read_master_key(str(cluster.master_key))):
        if record.frame == 0:
            continue
        frames += 1
        names = [name for name, _ in content.stages]
        if names != list(STAGES):
            odd.append(f"{content.tenant}/{content.session} frame {content.frame}: {' '.join(names)}")
    check(not odd, f"{len(odd)} of {frames} frames are not by all stages: {'; '.join(odd[:3])}")
    return frames


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


def judge_ledger(cluster, judgement, clients, paths, sessions, result):
    summary, commands = cluster.read_ledger()
    result["ledger"] = {name: summary[name] for name in ("sessions", "records", "opened", "broken")}
    judgement.demand(summary["ok"], f"the ledger is broken: {summary['faults'][:5]}")
    judgement.demand(summary["sessions"] == sessions, f"{summary['sessions']} sessions in the ledger")
    counts = judgement.of("receipts against ledger", judge, paths, commands)
    result["judged"] = counts = dict(counts) if counts is not None else {}
    own = {client.client.hex() for client in clients}
    result["ledger"]["commands"] = len(commands)
    result["ledger"]["commands_of_bench"] = sum(entry["client"] not in own for entry in commands)
    result["ledger"]["frames_by_all_stages"] = judgement.of("stages", check_stages, cluster)
    result["replay"] = judgement.of("replay", check_replay, cluster)
    return counts


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
    gap = result["clients"]["longest_gap_s"]
    judgement.demand(gap < WAIT_S, f"{gap:.1f} s without a receipt")
