# SPDX-License-Identifier: MPL-2.0
# SPDX-FileCopyrightText: The LedgerQuest Engine authors
"""The machine is lost while clients work, again and again, and comes back from the table alone.

Two tenants: `safe` is mirrored, `loose` is local. In each round work goes on, commands die and leave letters; what the
mirror's status calls mirrored is noted; then all processes are killed and the data folder is removed, of which only a
copy of the master key lies elsewhere. What `lqctl restore` makes of the table serves on, for the same clients.

What has to hold: of `safe` every receipt is in the ledger, at its frame and once, every frame that a receipt or a watcher
was told of has that hash, letters are there, parked sessions are parked, live ones tick. Of `loose` what was mirrored by
then; what else was receipted and is gone is counted."""

import collections
import contextlib
import json
import os
import pathlib
import random
import shutil
import signal
import struct
import sys
import threading
import time

import lmdb

from cloud_cluster import of_mirror
from cluster import ROOT, SLOWNESS, WAIT_S, Failed, check, wait_until
from service_doubles import TABLE, Double
from storm_judge import Judgement
from test_dead_letters import MarkedCluster
from wire_client import Traffic, Watcher, WireClient, custom, judge

sys.path.insert(0, str(ROOT / "examples" / "verify_in_python"))
import verify_ledger  # noqa: E402  pylint: disable=wrong-import-position

SAFE, LOOSE = "safe", "loose"
WORLDS = [f"w{number}" for number in range(4)]
LIVE, MORTAL, DOOMED = "live", "mortal", "doomed"
RECEIPTS_PER_ROUND = 60
DEATHS_THAT_PARK = 3
SUBSCRIBED = "session.*,letter.*,!letter.purged"
UNTOLD_S = 0.5
MAP_BYTES = 1 << 40
RECORD_SEQUENCE_AT = 16  # the tenant's number stands behind it
NAME_OF_TENANT = 1


class LossCluster(MarkedCluster):
    """Its master key lies outside of the data folder; its mirror is supervised."""

    def __init__(self, double, flush_ms):
        super().__init__(f'mirror\n    table = "{TABLE}"\n    flush_ms = {flush_ms}\n', start=False)
        self.master_key = self.folder / "keys" / "master.key"
        del self.environment["LQ_WITHOUT_MIRROR"]
        self.environment.update(of_mirror(double.url), HOME=str(self.folder))
        self.start = True

    def processes(self):
        """All below the supervisor: who has its lock open belongs to the cluster (ops/ledgerquest)."""
        lock, found = str(self.run / ".alive"), []
        for path in pathlib.Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):
                if any(os.readlink(one) == lock for one in (path / "fd").iterdir()):
                    found.append(int(path.name))
        return found

    def lose_machine(self):
        """All at once, the supervisor first so that it starts nothing again; then the disk."""
        deadline = time.monotonic() + WAIT_S
        while pids := self.processes():
            for number in (signal.SIGSTOP, signal.SIGKILL):
                for pid in pids:
                    with contextlib.suppress(ProcessLookupError):
                        os.kill(pid, number)
            check(time.monotonic() < deadline, f"processes do not die: {pids}")
            time.sleep(0.02)
        self.frozen.clear()
        shutil.rmtree(self.run / "data")

    def restore(self):
        code, document, errors = self.try_lqctl("restore", "--from-cloud", "--into", str(self.run / "data"))
        check(code == 0, f"restore: {code}: {errors}{document}")
        return document


class FrameWatcher(threading.Thread):
    """Keeps the hash of each frame that it was told of."""

    def __init__(self, cluster, tenant, sessions):
        super().__init__(daemon=True)
        self.watcher, self.tenant, self.sessions = Watcher(cluster, *((tenant, one) for one in sessions)), tenant, sessions
        self.told, self.halt, self.changed = collections.defaultdict(dict), threading.Event(), []

    def run(self):
        while not self.halt.is_set():
            got = self.watcher.next(0.1)
            if got is not None:
                frames = self.told[self.sessions[got[0]]]
                if frames.setdefault(got[1].frame, got[1].hash.hex()) != got[1].hash.hex():
                    self.changed.append((self.sessions[got[0]], got[1].frame))
        self.watcher.close()

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.halt.set()
        self.join(timeout=WAIT_S)


def newest_records(folder):
    """The newest ledger sequence of each tenant, by its name."""
    newest, names = collections.Counter(), {}
    with lmdb.open(str(folder), readonly=True, create=False, max_dbs=12, map_size=MAP_BYTES) as env:
        tables = {name: env.open_db(name, create=False) for name in (b"ledger", b"names")}
        with env.begin() as txn:
            for key, value in txn.cursor(tables[b"names"]):
                if key[0] == NAME_OF_TENANT:
                    names[struct.unpack_from("<Q", value)[0]] = key[1:].decode()
            for _, value in txn.cursor(tables[b"ledger"]):
                sequence, tenant = struct.unpack_from("<QQ", value, RECORD_SEQUENCE_AT)
                newest[names[tenant]] = max(newest[names[tenant]], sequence)
    return newest


class Loss:
    def __init__(self, cluster, chance, judgement):
        self.cluster, self.chance, self.judgement = cluster, chance, judgement
        self.counts = collections.Counter()
        self.letters, self.loose_paths = set(), []
        self.restore_s = []

    # ---- one round ----

    def mirrored(self):
        """The ledger sequence up to which each tenant is in the table, as the mirror's status says."""
        status = self.cluster.lqctl("mirror", "status")
        return {entry["tenant"]: int(entry["ledger_sequence"] or 0) for entry in status["tenants"]}

    def kill_a_command(self):
        """One more letter, receipted."""
        with WireClient(self.cluster, SAFE) as client:
            receipt = client.ask(MORTAL, custom("fail"))
            check(receipt.outcome == "dead_lettered", f"{receipt}")
            self.letters.add(f"dlq_{receipt.letter_id:016x}")
            client.ask(MORTAL, custom("fine"))  # deaths in a row would park it

    def play(self, number, safe):
        path = self.cluster.folder / f"receipts-loose-{number}"
        self.loose_paths.append(path)
        with Traffic(self.cluster, LOOSE, WORLDS, 1, path, 0.01) as loose:
            before = len(safe.client.receipts), len(loose.client.receipts)
            self.kill_a_command()
            wait_until(lambda: len(safe.client.receipts) >= before[0] + RECEIPTS_PER_ROUND // SLOWNESS,
                       "receipts of the mirrored tenant go on", 2 * WAIT_S)
            wait_until(lambda: len(loose.client.receipts) >= before[1] + RECEIPTS_PER_ROUND // SLOWNESS,
                       "receipts of the local tenant go on", 2 * WAIT_S)
            time.sleep(self.chance.uniform(0.0, 0.5))  # anywhere between two segments
            noted, epoch = self.mirrored(), self.last_epoch(safe.client)
            self.cluster.lose_machine()
            loose.halt.set()  # its client goes with the machine: its numbers may be too far ahead
            loose.join(timeout=0.1)
        begun = time.monotonic()
        self.cluster.restore()
        self.restore_s.append(time.monotonic() - begun)
        self.check_restored(noted)
        self.cluster.ledgerquest("up")
        self.cluster.wait_serving()
        self.check_serving(epoch)

    def last_epoch(self, client):
        """Of the broker that is about to be lost: every other time one of which the table has not heard, to which the clients
        have said again what the table has not."""
        if self.chance.random() < 0.5:
            self.cluster.freeze("mirror")
            time.sleep(UNTOLD_S)  # frames that are committed, and told to nobody
            old = self.cluster.kill("broker")
            self.cluster.wait_pid("broker", other_than=old)
            epoch = self.cluster.wait_serving()["epoch"]
            wait_until(lambda: client.epoch == epoch, "the client has heard of the new broker")
            time.sleep(UNTOLD_S)  # what would be told of them has the time to be
            self.counts["brokers_the_table_had_not_heard_of"] += 1
        return self.cluster.status()["epoch"]

    def check_restored(self, noted):
        newest = newest_records(self.cluster.ledger)
        for tenant, sequence in noted.items():
            self.judgement.demand(newest[tenant] >= sequence,
                                  f"{tenant} was mirrored to {sequence}, restored to {newest[tenant]}")
        self.judgement.of("verify", self.cluster.lqctl, "verify")

    def check_serving(self, epoch):
        serving = self.cluster.status()["epoch"]
        self.judgement.demand(serving > epoch, f"epoch {serving} comes after {epoch}: ids are given twice")
        there = {letter["id"] for letter in self.cluster.lqctl("dlq", "list")["letters"]}
        self.judgement.demand(self.letters <= there, f"letters {sorted(self.letters - there)} are gone")
        events = self.cluster.lqctl("tenant", "events", SAFE)["events"]
        self.judgement.demand(events == SUBSCRIBED, f"{SAFE} subscribes to {events}")
        parked = self.cluster.status()["sessions_parked"]
        self.judgement.demand(parked == 1, f"{parked} sessions are parked, not {DOOMED} alone")
        frame = self.cluster.session(f"{SAFE}/{LIVE}")["frame"]
        self.judgement.of("live", wait_until, lambda: self.cluster.session(f"{SAFE}/{LIVE}")["frame"] > frame,
                          f"{LIVE} ticks after the restore")

    # ---- all of it ----

    def prepare(self):
        for tenant, policy in ((SAFE, "mirrored"), (LOOSE, "local")):
            self.cluster.lqctl("tenant", "create", tenant)
            self.cluster.lqctl("tenant", "durability", tenant, policy)
            self.cluster.create_sessions(tenant, WORLDS)
        self.cluster.lqctl("tenant", "events", SAFE, SUBSCRIBED)
        self.cluster.create_sessions(SAFE, [MORTAL, DOOMED])
        self.cluster.create_sessions(SAFE, [LIVE], "--rate", "5")
        with WireClient(self.cluster, SAFE) as client:
            for _ in range(DEATHS_THAT_PARK):
                self.letters.add(f"dlq_{client.ask(DOOMED, custom('fail')).letter_id:016x}")
        wait_until(lambda: self.cluster.status()["sessions_parked"] == 1, "three deaths park")

    def run(self, rounds, say):
        self.prepare()
        path = self.cluster.folder / "receipts-safe"
        with FrameWatcher(self.cluster, SAFE, WORLDS) as watched:
            with Traffic(self.cluster, SAFE, WORLDS, 1, path, 0.01) as safe:
                for number in range(rounds):
                    self.play(number, safe)
                    say(f"{number + 1} losses: {len(safe.client.receipts)} receipts of the mirrored tenant, "
                        f"restored in {self.restore_s[-1]:.1f} s, {len(self.judgement.breaches)} breaches")
                    if self.judgement.breaches:
                        break
                self.judgement.of("clients", safe.stop)
        self.cluster.ledgerquest("down")
        self.judge(path, watched)

    def judge(self, safe_path, watched):
        hashes, _ = self.read_hashes()
        _, commands = self.cluster.read_ledger()
        of_safe = [entry for entry in commands if entry["tenant"] == SAFE]
        counts = self.judgement.of("receipts of the mirrored tenant", judge, [safe_path], of_safe)
        self.counts.update(counts or {})
        told = [(session, frame, value) for session, frames in watched.told.items() for frame, value in frames.items()]
        for line in safe_path.read_bytes().splitlines():
            receipt = json.loads(line)
            if receipt["outcome"] == "applied":
                told.append((receipt["session"], receipt["frame"], receipt["hash"]))
        wrong = [one for one in told if hashes.get((SAFE, *one[:2])) != one[2]]
        self.judgement.demand(not wrong, f"{len(wrong)} of {len(told)} hashes that were told are not in the chain: {wrong[:3]}")
        self.judgement.demand(not watched.changed, f"frames were told twice, with other hashes: {watched.changed[:3]}")
        self.counts["hashes_told"] = len(told)
        self.counts["letters"] = len(self.letters)
        self.count_lost(commands)

    def read_hashes(self):
        hashes = {}
        contents = verify_ledger.read_contents(str(self.cluster.ledger),
                                               verify_ledger.read_master_key(str(self.cluster.master_key)))
        for record, content in contents:
            hashes[content.tenant, content.session, record.frame] = record.hash.hex()
        return hashes, len(contents)

    def count_lost(self, commands):
        there = {(entry["session"], entry["client"], entry["sequence"]) for entry in commands if entry["tenant"] == LOOSE}
        for path in self.loose_paths:
            for line in path.read_bytes().splitlines():
                receipt = json.loads(line)
                if receipt["outcome"] == "applied":
                    self.counts["local_receipts"] += 1
                    self.counts["local_lost"] += (receipt["session"], receipt["client"], receipt["sequence"]) not in there


def run(rounds, seed, say, flush_ms=200):
    """(counts, breaches)"""
    judgement = Judgement()
    with Double("ministack") as double, LossCluster(double, flush_ms) as cluster:
        double.make_table()
        loss = Loss(cluster, random.Random(seed), judgement)
        try:
            loss.run(rounds, say)
        except Failed as failure:
            judgement.breaches.append(f"it does not go on: {failure}")
    counts = dict(loss.counts, rounds=len(loss.restore_s))
    if loss.restore_s:
        counts.update(restore_s_median=round(sorted(loss.restore_s)[len(loss.restore_s) // 2], 2),
                      restore_s_longest=round(max(loss.restore_s), 2))
    return counts, judgement.breaches
