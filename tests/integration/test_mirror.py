#!/usr/bin/python3
# SPDX-License-Identifier: MPL-2.0
# SPDX-FileCopyrightText: The LedgerQuest Engine authors
"""lq-mirror against a double of DynamoDB: everything in the ledger is in the table byte by byte, in order, over deaths of the
mirror and of the cluster's processes; a second writer, an old copy and another history write nothing."""

import json
import os
import shutil
import signal
import subprocess

import mirror_storm
from cluster import BIN, SLOWNESS, Cluster, Failed, check, need, run_tests, wait_until
from fault_proxy import FaultProxy
from service_doubles import KEYS, REGION, TABLE, Double
from table_reader import TableCopy
from test_feed import Comings
from wire_client import Traffic

DOUBLE = "ministack"
SESSIONS = [f"s{number}" for number in range(10)]
KILLS = 8
EXIT_OVER = 78


class Mirror:
    """A process of lq-mirror on a cluster's ledger; ended in order on the way out."""

    def __init__(self, cluster, double):
        need("lq-mirror")
        self.cluster, self.log_path = cluster, cluster.folder / "mirror.log"
        self.environment = {**{name: value for name, value in os.environ.items() if not name.startswith("AWS_")},
                            "AWS_ACCESS_KEY_ID": KEYS["aws_access_key_id"],
                            "AWS_SECRET_ACCESS_KEY": KEYS["aws_secret_access_key"], "AWS_REGION": REGION,
                            "AWS_ENDPOINT_URL": double.url, "HOME": str(cluster.folder)}
        self.process = None

    def start(self, config=None):
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen([str(BIN / "lq-mirror"), "--config", str(config or self.cluster.config)],
                                            env=self.environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log)

    def log(self):
        return self.log_path.read_text(errors="replace")

    def kill(self):
        self.process.kill()
        self.process.wait()

    def stop(self, code=0):
        self.process.send_signal(signal.SIGTERM)
        got = self.process.wait(60 * SLOWNESS)
        check(got == code, f"lq-mirror ended with {got}: {self.log()[-2000:]}")

    def wait_end(self):
        """Its exit code, by itself."""
        return self.process.wait(60 * SLOWNESS)

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, kind, *_):
        if self.process.poll() is None:
            self.kill()
        if kind is not None:
            print(self.log()[-4000:])


def mirrored_cluster(flush_ms=100):
    cluster = Cluster()
    cluster.options = f'mirror\n    table = "{TABLE}"\n    flush_ms = {flush_ms}\n'
    return cluster


def is_mirrored(cluster, client):
    """Whether the table's state says that all is there."""
    feed = cluster.lqctl("feed", "show")
    mark = client.get_item(TableName=TABLE, Key={"pk": {"S": "P#0"}, "sk": {"S": "M"}}, ConsistentRead=True).get("Item")
    return (mark is not None and f"{mark['l']['N']}:{mark['o']['N']}" == feed["position"]
            and int(mark["q"]["N"]) == feed["broker"]["entry"])


def wait_mirrored(cluster, client, mirror):
    def mirrored():
        check(mirror.process.poll() is None, f"lq-mirror ended: {mirror.log()[-2000:]}")
        return is_mirrored(cluster, client)
    wait_until(mirrored, "all is mirrored")


def the_table_has_all_over_deaths():
    result = mirror_storm.run(KILLS, 5, print)
    return (f"{result['records']} records and {result['outbox_entries']} entries of the outbox in {result['segments']} segments "
            f"beside {result['claims']} claims; {result['killed']} deaths, {result['segments_again']} segments put again")


def a_large_record_goes_over_segments():
    with Double(DOUBLE) as double, mirrored_cluster() as cluster:
        cluster.options = f'mirror\n    table = "{TABLE}"\n    flush_ms = 50\n    segment_bytes_max = 4096\n'
        cluster.write_config()
        client = double.make_table()
        cluster.create_sessions("acme", SESSIONS)
        with Mirror(cluster, double) as mirror:
            with Comings(cluster, "acme", SESSIONS, 4) as traffic:
                wait_until(lambda: len(traffic.client.receipts) > 400 // SLOWNESS, "work is done")
            wait_mirrored(cluster, client, mirror)
            mirror.stop()
            copy = TableCopy(client, TABLE)
            records, entries = copy.compare(cluster.ledger)
    check(copy.segments > records // 6, f"{copy.segments} segments of 4 KiB for {records} records")
    return f"{records} records and {entries} entries in {copy.segments} segments of 4 KiB"


def one_writer_only():
    with Double(DOUBLE) as double, mirrored_cluster() as cluster:
        client = double.make_table()
        cluster.create_sessions("acme", SESSIONS)
        with Mirror(cluster, double) as first:
            wait_mirrored(cluster, client, first)
            with Mirror(cluster, double) as second:
                def later_one_serves():
                    cluster.create_sessions("acme", [f"n{later_one_serves.number}"])
                    later_one_serves.number += 1
                    return first.process.poll() is not None
                later_one_serves.number = 0
                wait_until(later_one_serves, "the first mirror ends", pause_s=0.3)
                check(first.wait_end() == EXIT_OVER, f"the first mirror: {first.process.returncode}")
                wait_mirrored(cluster, client, second)
                second.stop()
        copy = TableCopy(client, TABLE)
        records, entries = copy.compare(cluster.ledger)
    return f"the earlier of two ended with {EXIT_OVER} at its next write; {records} records and {entries} entries, each once"


def an_old_copy_writes_nothing():
    with Double(DOUBLE) as double, mirrored_cluster() as cluster:
        client = double.make_table()
        cluster.create_sessions("acme", SESSIONS)
        with Mirror(cluster, double) as mirror:
            wait_mirrored(cluster, client, mirror)
            mirror.stop()
        cluster.ledgerquest("down")
        shutil.copytree(cluster.run / "data", cluster.folder / "old", symlinks=True)
        cluster.ledgerquest("up")
        cluster.create_sessions("beta", SESSIONS)
        with Mirror(cluster, double) as mirror:
            wait_mirrored(cluster, client, mirror)
            mirror.stop()
        cluster.ledgerquest("down")
        items = TableCopy(client, TABLE).items
        shutil.rmtree(cluster.run / "data")
        shutil.copytree(cluster.folder / "old", cluster.run / "data", symlinks=True)
        cluster.ledgerquest("up")
        said = refused_mirror(cluster, double)
        check("which this store has not" in said or "behind the table" in said, said[-500:])
        cluster.ledgerquest("down")
        for words, kept in (("another history", ["keys"]), ("another master key", [])):
            begin_anew(cluster, kept)
            said = refused_mirror(cluster, double)
            check(words in said, said[-500:])
        check(TableCopy(client, TABLE).items == items, "the table was written")
    return f"neither an old copy nor another store, under the same key or another, changed one of {len(items)} items"


def begin_anew(cluster, kept):
    """Another store in the place of this one, which has of it only what is kept."""
    cluster.ledgerquest("down")
    for path in (cluster.run / "data").iterdir():
        if path.name not in kept:
            (shutil.rmtree if path.is_dir() else os.unlink)(path)
    cluster.ledgerquest("up")
    cluster.create_sessions("acme", SESSIONS)
    cluster.create_sessions("beta", SESSIONS)


def refused_mirror(cluster, double):
    """What lq-mirror says when it ends by itself."""
    with Mirror(cluster, double) as mirror:
        before = len(mirror.log())
        try:
            code = mirror.wait_end()
        except subprocess.TimeoutExpired:
            raise Failed(f"lq-mirror goes on: {mirror.log()[-1000:]}") from None
        check(code == EXIT_OVER, f"lq-mirror ended with {code}: {mirror.log()[-1000:]}")
        return mirror.log()[max(0, before - 200):]


class Stall(FaultProxy):
    """Puts of one stream get no answer while they are stalled."""

    stalled = None

    def take_fault(self, target, body):
        fault = super().take_fault(target, body)
        key = json.loads(body).get("Item", {}).get("pk", {}).get("S")
        return "hold" if key is not None and key == self.stalled else fault


def a_stalled_stream_holds_up_no_other():
    """A tenant's put is on its way for good while its records go on: another, mirrored, hears of its own as before."""
    with Double(DOUBLE) as double, Stall(double.port) as proxy, mirrored_cluster() as cluster:
        cluster.options = f'mirror\n    table = "{TABLE}"\n    flush_ms = 50\n    segment_bytes_max = 16384\n'
        cluster.write_config()
        client = double.make_table()
        cluster.create_sessions("acme", SESSIONS[:2])
        cluster.create_sessions("beta", SESSIONS[:1])
        cluster.lqctl("tenant", "durability", "beta", "mirrored")
        with Mirror(cluster, proxy) as mirror:
            wait_mirrored(cluster, client, mirror)
            proxy.stalled = "T#acme#P#0"
            with Traffic(cluster, "acme", SESSIONS[:2], 1) as one, Traffic(cluster, "beta", SESSIONS[:1], 2) as other:
                wait_until(lambda: len(one.client.receipts) > 200, "far more than two segments of the one tenant wait")
                before = len(other.client.receipts)
                wait_until(lambda: len(other.client.receipts) > before + 20, "the other tenant hears that its frames are there")
                waiting = {name: state for name, state in tenants_waiting(cluster).items() if name == "beta"}
                held = len(one.client.receipts)
            proxy.stalled = None
            proxy.let_go.set()
            wait_mirrored(cluster, client, mirror)
            mirror.stop()
        records, entries = TableCopy(client, TABLE).compare(cluster.ledger)
    return f"{records} records and {entries} entries; {held} receipts of a tenant whose put was stalled, {before} + 20 of another; {waiting}"


def tenants_waiting(cluster):
    """{tenant: ms that its oldest entry waits for the table}"""
    return {one["tenant"]: one["waiting_ms"] for one in cluster.lqctl("mirror", "status")["tenants"]}


def no_secret_and_no_timer():
    """While nothing is committed it uses no processor time; what it has logged tells no secret."""
    with Double(DOUBLE) as double, mirrored_cluster() as cluster:
        client = double.make_table()
        cluster.create_sessions("acme", SESSIONS)
        with Mirror(cluster, double) as mirror:
            wait_mirrored(cluster, client, mirror)
            before = context_switches(mirror.process.pid)
            wait_until(lambda: settled(mirror.process.pid, before), "it rests")
            mirror.stop()
        check(KEYS["aws_secret_access_key"] not in mirror.log(), "the log has the secret key")
    return "asleep without a timer; no secret in its log"


def context_switches(pid):
    with open(f"/proc/{pid}/status", encoding="ascii") as status:
        return sum(int(line.split()[1]) for line in status if "ctxt_switches" in line)


def settled(pid, state):
    """Ten looks in a row, 0.2 s apart, at which it has not run."""
    settled.seen = getattr(settled, "seen", {})
    last, count = settled.seen.get(pid, (state, 0))
    now = context_switches(pid)
    settled.seen[pid] = (now, count + 1 if now == last else 0)
    return settled.seen[pid][1] >= 20


if __name__ == "__main__":
    run_tests("test_mirror", [the_table_has_all_over_deaths, a_large_record_goes_over_segments, one_writer_only,
                              an_old_copy_writes_nothing, a_stalled_stream_holds_up_no_other, no_secret_and_no_timer])
