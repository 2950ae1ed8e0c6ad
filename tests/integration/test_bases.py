#!/usr/bin/python3
# SPDX-License-Identifier: MPL-2.0
# SPDX-FileCopyrightText: The LedgerQuest Engine authors
# not sanitized: the mirror's programs are in test_mirror, test_mirror_faults and test_restore
"""Bases of sessions and expiry of segments in lq-mirror's table: each base is its session's head after quiet, after a while
and after an orderly stop, and at no time is there none; what sleeps writes nothing; segments expire behind bases only, in
order, and never the newest; the bound of write units delays and loses nothing."""

import random
import re
import struct
import time

import lmdb

from cluster import SLOWNESS, Cluster, check, run_tests, wait_until
from service_doubles import TABLE, Double
from table_bases import read_bases
from table_reader import MAP_BYTES, Breach, TableCopy, read_items
from test_feed import Comings
from test_mirror import Mirror, settled, wait_mirrored
from wire_client import Traffic

DOUBLE = "ministack"
SESSIONS = [f"s{number}" for number in range(10)]
TENANTS = ("acme", "beta")
CROWDED = [f"c{number}" for number in range(4)]
PLAYERS = 20
KILLS = 12
DORMANT_SESSIONS = 400
DAY_S = 86400
REPORT = re.compile(r"(\d+) segments with (\d+) entries and (\d+) bytes, (\d+) requests, (\d+) write units, \d+ conflicts, "
                    r"\d+ refusals; entry \d+ of the broker; (\d+) bases with (\d+) and (\d+) segments that expire, \d+ later "
                    r"than before, with (\d+) write units; (\d+) bases were there")
FIGURES = ("segments", "entries", "bytes", "requests", "units", "bases", "base_units", "expiring", "expiry_units", "found")
NEVER_QUIET = {"base_quiet_ms": 3600000}


class BaseMirror(Mirror):
    """With a configuration of its own beside the cluster's."""

    def __init__(self, cluster, double, **options):
        super().__init__(cluster, double)
        self.path = cluster.run / "mirror.cfg"
        self.configure(**options)

    def configure(self, **options):
        section = "".join(f"    {name} = {value}\n" for name, value in {"flush_ms": 100, **options}.items())
        self.path.write_text(f'{self.cluster.config.read_text()}mirror\n    table = "{TABLE}"\n{section}')

    def start(self, config=None):
        super().start(config or self.path)

    def figures(self):
        """Of its last report."""
        return dict(zip(FIGURES, map(int, REPORT.findall(self.log())[-1])))


def make_sessions(cluster):
    for tenant in TENANTS:
        cluster.create_sessions(tenant, SESSIONS)


def work(cluster, count, *, depth=1):
    """So many receipts and more, of all sessions of both tenants."""
    with Comings(cluster, TENANTS[0], SESSIONS, depth) as one, Comings(cluster, TENANTS[1], SESSIONS, depth) as other:
        wait_until(lambda: min(len(one.client.receipts), len(other.client.receipts)) > count // SLOWNESS, "work is done")
        one.stop()
        other.stop()


def read_heads(ledger):
    """{session number: (frame, records from the newest keyframe to the head)}"""
    heads = {}
    with lmdb.open(str(ledger), readonly=True, create=False, max_dbs=12, map_size=MAP_BYTES) as env:
        of_heads, of_records = (env.open_db(name, create=False) for name in (b"heads", b"ledger"))
        with env.begin() as txn:
            for key, value in txn.cursor(of_heads):
                frame, sequence, keyframe = struct.unpack_from("<QQQ", value)
                records = []
                while sequence >= keyframe > 0:
                    record = bytes(txn.get(struct.pack("=Q", sequence), db=of_records))
                    records.insert(0, record)
                    sequence, = struct.unpack_from("<Q", record, 48)
                heads[struct.unpack("=Q", key)[0]] = frame, records
    return heads


def compare_with_heads(items, ledger):
    """Each session's newest whole base has the very records of its head; (bases, pieces)."""
    bases = {session: found for (_, session), found in read_bases(items).items()}
    for session, (frame, records) in read_heads(ledger).items():
        base, found = bases.get(session, (None, None))
        if base is None or base.head_frame != frame or found != records:
            raise Breach(f"session {session}: the base of its head, frame {frame}, is not there")
    return len(bases), sum(base.pieces for base, _ in bases.values())


def have_bases(client, cluster):
    try:
        return compare_with_heads(read_items(client, TABLE), cluster.ledger)
    except Breach:
        return None


def wait_bases(client, cluster, mirror):
    def have():
        check(mirror.process.poll() is None, f"lq-mirror ended: {mirror.log()[-2000:]}")
        return have_bases(client, cluster)
    return wait_until(have, "each session has its base", pause_s=0.2)


def wait_rest(mirror):
    wait_until(lambda: settled(mirror.process.pid, -1), "it rests")


def wait_based(client):
    """Until the item of the partition says that all records have bases."""
    def based():
        mark = client.get_item(TableName=TABLE, Key={"pk": {"S": "P#0"}, "sk": {"S": "M"}}, ConsistentRead=True)["Item"]
        return mark.get("s") == mark["l"]
    wait_until(based, "the partition's item says that all have bases", pause_s=0.1)


def after_quiet():
    with Double(DOUBLE) as double, Cluster() as cluster:
        client = double.make_table()
        make_sessions(cluster)
        with BaseMirror(cluster, double, base_quiet_ms=500) as mirror:
            work(cluster, 100)
            count, _ = wait_bases(client, cluster, mirror)
            wait_based(client)
            wait_rest(mirror)
            items = read_items(client, TABLE)
            mirror.stop()
            check(read_items(client, TABLE) == items, "the stop wrote something")
            first = mirror.figures()
            # It comes back to a ledger that sleeps: claims and the partition's item, and not one base.
            mirror.start()
            wait_mirrored(cluster, client, mirror)
            wait_rest(mirror)
            mirror.stop()
            again = mirror.figures()
        check(first["bases"] >= count and first["base_units"] >= first["bases"], f"{first}")
        check((again["bases"], again["found"], again["base_units"]) == (0, 0, 0), f"{again}")
        TableCopy(client, TABLE).compare(cluster.ledger)
    return (f"{count} bases are their sessions' heads, {first['base_units']} of {first['units']} write units for "
            f"{first['bases']}; started again it wrote and looked for none")


def while_it_ticks():
    with Double(DOUBLE) as double, Cluster() as cluster:
        client = double.make_table()
        make_sessions(cluster)
        with BaseMirror(cluster, double, base_every_s=1, **NEVER_QUIET) as mirror:
            with Comings(cluster, TENANTS[0], SESSIONS, 1) as traffic:
                frames, rises = {}, 0
                while rises < 4 * len(SESSIONS):
                    check(traffic.error is None and mirror.process.poll() is None, f"{traffic.error}")
                    for key, (base, _) in read_bases(read_items(client, TABLE)).items():
                        check(base.head_frame >= frames.get(key, 0), f"the base of {key} went back to {base.head_frame}")
                        rises += base.head_frame > frames.get(key, 0)
                        frames[key] = base.head_frame
                traffic.stop()
            wait_bases(client, cluster, mirror)
            mirror.stop()
        copy = TableCopy(client, TABLE)
        copy.compare(cluster.ledger)
    return f"{rises} times a base of {len(frames)} rose while its session made frames"


def at_the_stop():
    with Double(DOUBLE) as double, Cluster() as cluster:
        client = double.make_table()
        make_sessions(cluster)
        with BaseMirror(cluster, double, **NEVER_QUIET) as mirror:
            work(cluster, 100)
            wait_mirrored(cluster, client, mirror)
            check(not read_bases(read_items(client, TABLE)), "there are bases before the stop")
            mirror.stop()
            count, _ = compare_with_heads(read_items(client, TABLE), cluster.ledger)
            wait_based(client)
    return f"{count} bases are their sessions' heads, all written at the stop"


def what_was_owed_is_found_again():
    """Sessions fell quiet before a mirror was killed: the next one writes their bases, and none that is there."""
    with Double(DOUBLE) as double, Cluster() as cluster:
        client = double.make_table()
        make_sessions(cluster)
        with BaseMirror(cluster, double, **NEVER_QUIET) as mirror:
            work(cluster, 50)
            wait_mirrored(cluster, client, mirror)
            mirror.kill()
            mirror.configure(base_quiet_ms=300)
            mirror.start()
            count, _ = wait_bases(client, cluster, mirror)
            wait_based(client)
            mirror.stop()
            # As if the partition's item were from a mirror that knew no bases: it looks at all, and writes none.
            client.update_item(TableName=TABLE, Key={"pk": {"S": "P#0"}, "sk": {"S": "M"}}, UpdateExpression="REMOVE #s",
                               ExpressionAttributeNames={"#s": "s"})
            before = {key: item for key, item in read_items(client, TABLE).items() if key[1].startswith("B#")}
            mirror.start()
            wait_based(client)
            mirror.stop()
            figures = mirror.figures()
            check((figures["found"], figures["bases"]) == (count, 0), f"{figures}")
            after = {key: item for key, item in read_items(client, TABLE).items() if key[1].startswith("B#")}
            check(before == after, "a base that was there was written again")
    return f"{count} bases owed by a mirror that was killed; then {count} were found to be there, and none was written"


def at_no_time_is_there_none():
    """Pieces of 1 KiB, killed at random: once a session has a whole base, it always has one, and never an older one."""
    draw = random.Random(7)
    frames, torn = {}, 0
    with Double(DOUBLE) as double, Cluster() as cluster:
        client = double.make_table()
        cluster.create_sessions(TENANTS[0], CROWDED)
        for _ in range(PLAYERS):
            with Traffic(cluster, TENANTS[0], CROWDED) as joins:
                wait_until(lambda: len(joins.client.receipts) >= len(CROWDED), "a player joined")
                joins.stop()
        with BaseMirror(cluster, double, segment_bytes_max=1024, base_every_s=1, base_quiet_ms=100) as mirror:
            wait_bases(client, cluster, mirror)
            with Traffic(cluster, TENANTS[0], CROWDED, pause_s=0.2) as traffic:
                for _ in range(KILLS):
                    until = time.monotonic() + draw.uniform(0.5, 2.5) * SLOWNESS
                    while time.monotonic() < until:
                        look_at_bases(client, frames)
                    mirror.kill()
                    torn += look_at_bases(client, frames)
                    mirror.start()
                traffic.stop()
            count, pieces = wait_bases(client, cluster, mirror)
            mirror.stop()
        check(pieces >= 2 * count, f"{pieces} pieces of {count} bases")
        TableCopy(client, TABLE).compare(cluster.ledger)
    check(len(frames) == len(CROWDED), f"only {len(frames)} sessions had bases before the end")
    return f"{count} bases in {pieces} pieces, {KILLS} kills, {torn} slots with pieces of two bases after them"


def look_at_bases(client, frames):
    """How many slots are not whole."""
    items = read_items(client, TABLE)
    bases = {key: base for key, (base, _) in read_bases(items).items()}
    for key, frame in frames.items():
        check(key in bases and bases[key].head_frame >= frame, f"{key} had a base of frame {frame}, and now {bases.get(key)}")
    frames.update({key: base.head_frame for key, base in bases.items()})
    slots = {(pk, sk[:24]) for pk, sk in items if sk.startswith("B#")}
    return sum(not_whole(items, slot) for slot in slots)


def not_whole(items, slot):
    kinds = {item["n"]["N"] for (pk, sk), item in items.items() if (pk, sk[:24]) == slot}
    return len(kinds) > 1


def many_that_sleep():
    with Double(DOUBLE) as double, Cluster() as cluster:
        client = double.make_table()
        names = [f"d{number}" for number in range(DORMANT_SESSIONS)]
        for begin in range(0, len(names), 100):
            cluster.create_sessions("acme", names[begin:begin + 100])
        # With room for few at a time, the others are found by the walk.
        with BaseMirror(cluster, double, base_quiet_ms=200, sessions_max=64) as mirror:
            count, _ = wait_bases(client, cluster, mirror)
            wait_based(client)
            wait_rest(mirror)
            items = read_items(client, TABLE)
            time.sleep(3)
            check(read_items(client, TABLE) == items, "something was written while all slept")
            mirror.stop()
            figures = mirror.figures()
            mirror.start()
            wait_mirrored(cluster, client, mirror)
            wait_rest(mirror)
            mirror.stop()
            again = mirror.figures()
        check(count == DORMANT_SESSIONS and again["bases"] + again["found"] == 0, f"{count}: {again}")
    return (f"{count} sessions that sleep have bases ({figures['base_units']} write units, {figures['found']} looked for twice), "
            "with room for 64 at a time; then 0 write units in 3 s")


# ---- expiry ----

def segments_of(items, pk):
    return [item for (one, sk), item in sorted(items.items()) if one == pk and sk.startswith("L#")]


def ttls_of(items, pk):
    return [int(item["ttl"]["N"]) if "ttl" in item else None for item in segments_of(items, pk)]


def pk_of(tenant):
    return f"T#{tenant}#P#0"


def all_but_newest_expire(client, tenants=TENANTS):
    items = read_items(client, TABLE)
    return all(None not in ttls_of(items, pk_of(tenant))[:-1] for tenant in tenants)


def check_ttls(client, before_s, history_days):
    """In order, a day ahead at least, as old as its history, never the newest, never of the control stream."""
    items, count = read_items(client, TABLE), 0
    check(set(ttls_of(items, "P#0")) == {None}, "a segment of the control stream expires")
    check(not [key for key, item in items.items() if "ttl" in item and not key[1].startswith("L#")], "not only segments expire")
    for tenant in TENANTS:
        ttls = ttls_of(items, pk_of(tenant))
        check(ttls[-1] is None, f"the newest segment of {tenant} expires")
        border = ttls.index(None)
        check(set(ttls[border:]) == {None}, f"{tenant}: out of order: {ttls}")
        for item, ttl in zip(segments_of(items, pk_of(tenant)), ttls[:border]):
            made_s = int.from_bytes(bytes(item["h"]["B"])[104:112], "little") // 10**9
            check(ttl >= before_s + DAY_S, f"{tenant}: a ttl {ttl} is less than a day ahead")
            check(history_days == 1 or ttl == made_s + history_days * DAY_S, f"{tenant}: ttl {ttl}, made {made_s}")
        count += border
    return count


def segments_expire_behind_bases():
    begun_s = int(time.time())
    with Double(DOUBLE) as double, Cluster() as cluster:
        client = double.make_table()
        make_sessions(cluster)
        with BaseMirror(cluster, double, flush_ms=50, history_days=7, **NEVER_QUIET) as mirror:
            for _ in range(10):
                work(cluster, 30)
            wait_mirrored(cluster, client, mirror)
            wait_rest(mirror)
            items = read_items(client, TABLE)
            # The claims expire, and nothing that has a record without a base.
            check([ttls_of(items, pk_of(tenant))[1:] for tenant in TENANTS] ==
                  [[None] * (len(ttls_of(items, pk_of(tenant))) - 1) for tenant in TENANTS], "one expires before its bases")
            mirror.kill()
            mirror.configure(flush_ms=50, history_days=7, base_quiet_ms=300)
            mirror.start()
            wait_bases(client, cluster, mirror)
            wait_until(lambda: all_but_newest_expire(client), "all but the newest expire", pause_s=0.2)
            count = check_ttls(client, begun_s, 7)
            wait_rest(mirror)
            mirror.stop()
            figures = mirror.figures()
            check(figures["expiring"] > 0 and figures["expiry_units"] >= figures["expiring"], f"{figures}")
            gone = go_on_after_removal(cluster, client, mirror)
    return (f"{count} segments of {len(TENANTS)} tenants got a ttl, {figures['expiry_units']} write units; {gone} removed as the "
            "service would, and it went on behind them")


def go_on_after_removal(cluster, client, mirror):
    """What has a ttl goes, in any order; whoever comes then finds how far it is."""
    items, gone = read_items(client, TABLE), 0
    for number, (key, item) in enumerate(sorted(items.items())):
        if "ttl" in item and number % 3:
            client.delete_item(TableName=TABLE, Key={"pk": {"S": key[0]}, "sk": {"S": key[1]}})
            gone += 1
    mirror.start()
    work(cluster, 20)
    wait_bases(client, cluster, mirror)
    wait_until(lambda: all_but_newest_expire(client), "all but the newest expire again", pause_s=0.2)
    items = read_items(client, TABLE)
    check(not [key for key, item in items.items() if key[1].startswith("L#") and "h" not in item], "an item of a ttl alone")
    mirror.stop()
    return gone


def nothing_expires_while_nobody_says(cluster, client, mirror):
    """Without a broker no policy is known, though each claim makes one more segment that may expire."""
    before = read_items(client, TABLE)
    cluster.ledgerquest("down")
    mirror.start()
    wait_until(lambda: len(read_items(client, TABLE)) == len(before) + len(TENANTS) + 1, "the streams are claimed")
    time.sleep(3)
    after = read_items(client, TABLE)
    check(all(ttls_of(after, pk_of(tenant))[:-1] == ttls_of(before, pk_of(tenant)) for tenant in TENANTS), "one expires")
    mirror.kill()


def a_tenants_own_days():
    """Its own policy counts, and not the configuration's: for ever, then 30 days, from when on it is known."""
    begun_s = int(time.time())
    with Double(DOUBLE) as double, Cluster() as cluster:
        client = double.make_table()
        make_sessions(cluster)
        cluster.lqctl("tenant", "durability", "beta", "local")
        with BaseMirror(cluster, double, flush_ms=50, history_days=1, base_quiet_ms=300) as mirror:
            for _ in range(3):
                work(cluster, 30)
            wait_bases(client, cluster, mirror)
            wait_until(lambda: all_but_newest_expire(client, ["acme"]), "all but the newest of acme expire", pause_s=0.2)
            wait_rest(mirror)
            check(set(ttls_of(read_items(client, TABLE), pk_of("beta"))) == {None}, "beta's expire, which are kept for ever")
            cluster.lqctl("tenant", "durability", "beta", "local", "--history-days", "30")
            wait_until(lambda: all_but_newest_expire(client), "beta's expire too", pause_s=0.2)
            ttls = ttls_of(read_items(client, TABLE), pk_of("beta"))[:-1]
            check(min(ttls) >= begun_s + 30 * DAY_S, f"beta's expire too early: {ttls}")
            renewed = keep_longer(cluster, client, begun_s)
            mirror.stop()
            nothing_expires_while_nobody_says(cluster, client, mirror)
    return (f"{len(ttls)} segments of 30 days beside those of the configuration's one day; none while it said for ever; "
            f"{renewed} ttls moved to 90 days and then for ever")


def keep_longer(cluster, client, begun_s):
    """What has its ttl already gets a later one."""
    def ttls():
        return ttls_of(read_items(client, TABLE), pk_of("beta"))[:-1]
    before = ttls()
    cluster.lqctl("tenant", "durability", "beta", "local", "--history-days", "90")
    wait_until(lambda: min(ttls()) >= begun_s + 90 * DAY_S, "all of beta's are kept for 90 days", pause_s=0.2)
    cluster.lqctl("tenant", "durability", "beta", "local")
    wait_until(lambda: min(ttls()) >= begun_s + 365000 * DAY_S, "all of beta's are kept for ever", pause_s=0.2)
    check(len(ttls()) == len(before), "another number of segments has a ttl")
    return len(before)


# ---- the bound of write units ----

def the_bound_delays_and_loses_nothing():
    bound = 4  # this double counts a unit for each write, of whatever size
    with Double(DOUBLE) as double, Cluster() as cluster:
        client = double.make_table()
        make_sessions(cluster)
        with BaseMirror(cluster, double, flush_ms=20, base_quiet_ms=300, write_units_per_second=bound) as mirror:
            begun = time.monotonic()
            work(cluster, 600, depth=2)
            wait_mirrored(cluster, client, mirror)
            wait_bases(client, cluster, mirror)
            mirror.stop()
            took = time.monotonic() - begun
            figures = mirror.figures()
        copy = TableCopy(client, TABLE)
        records, entries = copy.compare(cluster.ledger)
        largest = max(len(bytes(item["b"]["B"])) for item in copy.items.values() if "b" in item)
        check(figures["units"] > 4 * bound, f"the bound was never felt: {figures}")
        # A second's worth at the begin, and what may leave it in debt: a put of each stream, and the partition's item.
        check(figures["units"] <= bound * (took + 1) + len(TENANTS) + 2, f"{figures} in {took:.1f} s")
    return (f"{figures['units']} write units in {took:.1f} s with a bound of {bound} a second; {records} records and {entries} "
            f"entries in {figures['segments']} segments, the largest of {largest} bytes")


if __name__ == "__main__":
    run_tests("test_bases", [after_quiet, while_it_ticks, at_the_stop, what_was_owed_is_found_again, at_no_time_is_there_none,
                             many_that_sleep, segments_expire_behind_bases, a_tenants_own_days,
                             the_bound_delays_and_loses_nothing])
