#!/usr/bin/python3
# SPDX-License-Identifier: MPL-2.0
# SPDX-FileCopyrightText: The LedgerQuest Engine authors
"""A partition's space is seen coming: status tells what it takes and when it is full, DEGRADED comes before the end
and goes with the cause. The map grows by itself under load, over deaths of its writer, all readers follow, and nothing
acknowledged is lost."""

import contextlib
import json
import random
import subprocess
import time

from cluster import BIN, Cluster, check, run_tests, wait_until
from test_store_full import fill_until_paused, judge_all, on_small_disk, paused_reason
from wire_client import Traffic

SESSIONS = 20
MIB = 1 << 20
FIRST_MAP, GROWN_MAP = "2M", 16 * MIB
KILLS = 12
WINDOW_S = 10

READER = """
import lmdb, sys
env = lmdb.open(sys.argv[1], readonly=True, create=False, max_dbs=12, map_size=1 << 30)
transaction = env.begin()
transaction.get(b"nothing")
print("reads", flush=True)
sys.stdin.readline()
transaction.abort()
"""


def store(cluster, **options):
    """Further lines of the section store, behind the size of the map."""
    size, cluster.reserve_hours = options.pop("map_bytes"), 24
    cluster.map_bytes = "\n    ".join([size, *(f"{key} = {value}" for key, value in options.items())])
    cluster.write_config()


def space(cluster):
    """Of the one partition, as status tells it, and whether the cluster is healthy."""
    status = cluster.status()
    part, = status["partitions"]
    check("fault" not in part, f"{part}")
    return dict(part, healthy=status["healthy"])


def names_of(count=SESSIONS):
    return [f"s{number}" for number in range(count)]


@contextlib.contextmanager
def playing(cluster, path, depth=2):
    cluster.create_sessions("acme", names_of())
    with Traffic(cluster, "acme", names_of(), depth, path) as traffic:
        yield traffic


def wait_map(cluster, traffic, size):
    def grown():
        check(traffic.error is None, f"client: {traffic.error}")
        found = space(cluster)
        return found if found["map_bytes"] >= size else None
    return wait_until(grown, f"a map of {size} bytes", 120, 0.1)


def grows_under_load():
    """Twice and more; readers that were opened before go on: two loads, a top, a reader of the feed, a verify."""
    with Cluster(start=False) as cluster:
        store(cluster, map_bytes=FIRST_MAP, map_bytes_max="256M")
        cluster.ledgerquest("up")
        pids, path = cluster.pids(), cluster.folder / "receipts"
        with playing(cluster, path) as traffic:
            pictures = cluster.folder / "pictures"
            with open(pictures, "w", encoding="utf-8") as file:
                top = cluster.lqctl_process("top", "--batch", "--interval", "200ms", stdout=file)
            feed = cluster.lqctl_process("feed", "read", "--follow", stdout=subprocess.DEVNULL)
            before = space(cluster)["map_bytes"]
            found = wait_map(cluster, traffic, GROWN_MAP)
            check([top.poll(), feed.poll()] == [None, None], "a reader ended")
            cluster.lqctl("verify")
            traffic.stop()
            top.terminate()
            feed.terminate()
            top.communicate()
            feed.communicate()
        lines = [json.loads(line) for line in pictures.read_text().splitlines() if line.endswith("}")]
        sizes = sorted({line["partitions"][0]["map_bytes"] for line in lines})
        check(cluster.pids() == pids, "somebody had to be started again")
        check(before < GROWN_MAP <= sizes[-1], f"{before}, {sizes}")
        check(cluster.log_text("persist-1").count("the map grew from") >= 2, "persist says it")
        counts = judge_all(cluster, path)
        check(found["used_bytes"] <= found["map_bytes"] <= found["map_bytes_max"] == 256 * MIB, f"{found}")
        return f"{before} to {found['map_bytes']} bytes, top saw {sizes}; {counts['applied']} applied, none lost"


def grows_over_deaths():
    """kill -9 of the writer at random moments while the map grows: what was acknowledged is there."""
    with Cluster(start=False) as cluster:
        store(cluster, map_bytes=FIRST_MAP, map_bytes_max="256M")
        cluster.ledgerquest("up")
        path, draw = cluster.folder / "receipts", random.Random(20261129)
        with playing(cluster, path) as traffic:
            for _ in range(KILLS):
                time.sleep(draw.uniform(0.05, 0.6))
                cluster.kill("persist-1")
            cluster.wait_pid("persist-1")
            found = wait_map(cluster, traffic, GROWN_MAP)
            traffic.stop()
        counts = judge_all(cluster, path)
        cluster.lqctl("verify")
        return f"{KILLS} deaths, then {found['map_bytes']} bytes; {counts['applied']} applied, none lost"


def told_before_the_map_is_full():
    """DEGRADED with the reason while work still goes on; healthy again when nothing grows any more."""
    with Cluster(start=False) as cluster:
        # What grew behind persist's last sample counts until it is little by the reserve: a matter of the map's size.
        store(cluster, map_bytes=FIRST_MAP, map_bytes_max="4G", growth_window_s=WINDOW_S)
        cluster.ledgerquest("up")
        with playing(cluster, cluster.folder / "receipts", 1) as traffic:
            def degraded():
                check(traffic.error is None, f"client: {traffic.error}")
                found = space(cluster)
                return found if not found["healthy"] else None
            found = wait_until(degraded, "DEGRADED", 60, 0.2)
            check(found["short_of"] == "map" and found["map_full_s"] < 24 * 3600, f"{found}")
            check(found["growth_bytes_per_hour"] > 0 and found["growth_span_ms"] >= WINDOW_S * 100, f"{found}")
            check(paused_reason(cluster) is None, "work still goes on")
            code, text = cluster.try_program("lqctl", "status")
            check(code == 1 and "DEGRADED\npartition 0: the map is full in " in text, f"{code} {text}")
            code, text = cluster.try_ledgerquest("status")
            check(code == 1 and "DEGRADED: partition 0: the map is full in " in text.splitlines()[0], f"{code} {text}")
            wait_until(lambda: "the map is full in" in cluster.log_text("persist-1"), "the log says it")
            traffic.stop()
        wait_until(lambda: space(cluster)["healthy"], "nothing grows any more", 60, 0.5)
        said = cluster.log_text("persist-1").count("the map is full in")
        check(said == 1, f"the log said it {said} times")
        return f"at {found['growth_bytes_per_hour']} bytes an hour, {found['map_full_s']} s ahead"


def told_before_the_disk_is_full():
    with Cluster(start=False) as cluster:
        return on_small_disk(cluster, disk_that_fills)


def disk_that_fills(cluster, data):
    """A warning first; at the end it waits, and goes on when there is room, as ever."""
    store(cluster, map_bytes=FIRST_MAP, map_bytes_max="1G", growth_window_s=WINDOW_S)
    ballast = data / "ballast"
    ballast.write_bytes(b"x" * (8 << 20))
    cluster.ledgerquest("up")
    path = cluster.folder / "receipts"
    with playing(cluster, path) as traffic:
        def degraded():
            check(traffic.error is None, f"client: {traffic.error}")
            found = space(cluster)
            return found if found["short_of"] is not None else None
        found = wait_until(degraded, "DEGRADED", 60, 0.1)
        check(found["short_of"] == "disk" and not found["healthy"] and found["disk_full_s"] < 24 * 3600, f"{found}")
        reason = fill_until_paused(cluster, traffic)
        check("disk full" in reason, reason)
        ballast.unlink()
        wait_until(lambda: paused_reason(cluster) is None, "work goes on")
        traffic.stop()
    counts = judge_all(cluster, path)
    return f"{found['disk_full_s']} s ahead; then {reason!r}; {counts['applied']} applied, none lost"


def who_is_behind():
    """The oldest reader by process and age, and each cursor; also while the writer stands still."""
    with Cluster(start=False) as cluster:
        store(cluster, map_bytes="64M", growth_window_s=WINDOW_S)
        cluster.ledgerquest("up")
        with playing(cluster, cluster.folder / "receipts") as traffic:
            cluster.lqctl("feed", "set", "audit", "0:0")
            with subprocess.Popen(["/usr/bin/python3", "-c", READER, str(cluster.ledger)], text=True,
                                  stdin=subprocess.PIPE, stdout=subprocess.PIPE) as reader:
                check(reader.stdout.readline() == "reads\n", "the reader")
                def behind():
                    found = space(cluster)["oldest_reader"]
                    return found if found and found["pid"] == reader.pid and found["transactions_behind"] > 20 else None
                oldest = wait_until(behind, "the reader is behind")
                reader.communicate("\n")
            traffic.stop()
        found = space(cluster)
        cursor, = found["cursors"]
        check(found["oldest_reader"] is None, f"{found}")
        check(cursor["cursor"] == "audit" and cursor["records_behind"] > 20, f"{cursor}")
        pid = cluster.freeze("persist-1")
        frozen = space(cluster)
        check([frozen[key] for key in ("used_bytes", "map_bytes", "cursors")] ==
              [found[key] for key in ("used_bytes", "map_bytes", "cursors")], f"{frozen}, {found}")
        check(frozen["growth_bytes_per_hour"] is not None, f"{frozen}")
        cluster.thaw(pid)
        cluster.ledgerquest("down")
        code, text = cluster.try_program("lqctl", "--timeout", "200ms", "status")
        check(code == 69, f"{code} {text}")
        return f"a reader {oldest['transactions_behind']} transactions behind, a cursor {cursor['records_behind']} records"


if __name__ == "__main__":
    check((BIN / "lqctl").exists(), "build first")
    run_tests("map_growth", [grows_under_load, grows_over_deaths, told_before_the_map_is_full,
                             told_before_the_disk_is_full, who_is_behind])
