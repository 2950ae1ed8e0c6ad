#!/usr/bin/python3
# SPDX-License-Identifier: MPL-2.0
# SPDX-FileCopyrightText: The LedgerQuest Engine authors
"""Days go by in seconds, under load and kills of the writer: frames that are older than they are kept go, no younger one
does, the file stays as large as it is, and what is left verifies. LQ_DAYS=n plays n days."""

import contextlib
import json
import os
import re

from cluster import Cluster, check, run_tests, wait_until
from test_clock import fake_clock, find_library, remove_remains, set_clock

DAY_S = 86400
KEPT_DAYS = 2
DAYS = int(os.environ.get("LQ_DAYS", "8"))
SESSIONS, RATE, KEYFRAME_EVERY = 6, 50, 64
FRAMES_A_DAY = 100
KILLS_A_DAY = 2
VERIFIED_BESIDE = 3


def names():
    return [f"s{number}" for number in range(SESSIONS)]


@contextlib.contextmanager
def faked(**store):
    """A cluster whose wall clock is a file's; not yet up."""
    library = find_library()
    with contextlib.ExitStack() as stack:
        stack.callback(remove_remains)
        cluster = stack.enter_context(Cluster(start=False))
        cluster.map_bytes = "\n    ".join(["1G", *(f"{key} = {value}" for key, value in store.items())])
        cluster.write_config()
        offset = fake_clock(cluster, library)
        cluster.ledgerquest("up")
        yield cluster, offset


def heads(cluster):
    return {name: cluster.session(f"acme/{name}")["frame"] for name in names()}


def play(cluster, frames):
    """Until every session has so many frames more. Returns its head of then."""
    begun = heads(cluster)

    def played():
        now = heads(cluster)
        return now if all(now[name] >= begun[name] + frames for name in now) else None
    return wait_until(played, f"{frames} frames of each session", 120, 0.1)


def text(cluster, *words, code=0):
    """What lqctl prints for people."""
    got, output = cluster.try_program("lqctl", "--no-input", *words)
    check(got == code, f"lqctl {' '.join(words)}: exit code {got}, not {code}: {output}")
    return output


def oldest(cluster, name):
    """The first frame that is kept, by what a question for one that is not is told."""
    code, _, errors = cluster.try_lqctl("session", "state", f"acme/{name}", "--frame", "0")
    if code == 0:
        return 0
    found = re.search(r"the oldest that is kept is ([0-9]+)", errors)
    check(code == 3 and found, f"{code} {errors}")
    return int(found.group(1))


def in_use(cluster):
    return cluster.status()["partitions"][0]["used_bytes"]


def accept(cluster):
    document = cluster.lqctl("store", "clock", "accept")
    check(document["changed"], f"{document}")


def a_day_goes_by(cluster, offset, day):
    """Under load and kills; the clock then stands a day later, and is believed."""
    for _ in range(KILLS_A_DAY):
        play(cluster, FRAMES_A_DAY // KILLS_A_DAY)
        old = cluster.kill("persist-1")
        cluster.wait_pid("persist-1", other_than=old)
        cluster.wait_serving()
    end = heads(cluster)
    set_clock(offset, (day + 1) * DAY_S)
    play(cluster, 2)
    accept(cluster)
    return end


def check_kept(cluster, ends):
    """No frame of the last days went; of what is older, less than a keyframe's worth is left."""
    for name in names():
        first = oldest(cluster, name)
        check(first <= ends[-KEPT_DAYS][name] + 1, f"{name}: kept from frame {first} on, {ends[-KEPT_DAYS - 1:]}")
        check(first > ends[-KEPT_DAYS - 1][name] - 2 * KEYFRAME_EVERY, f"{name}: kept from frame {first} on, {ends}")


def days_go_by():
    with faked(frames_hours=24 * KEPT_DAYS) as (cluster, offset):
        cluster.create_sessions("acme", names(), "--rate", str(RATE))
        ends, sizes = [], []
        for day in range(DAYS):
            ends.append(a_day_goes_by(cluster, offset, day))
            sizes.append(in_use(cluster))
            print(f"day {day + 1}: {sizes[-1]} bytes in use", flush=True)
        play(cluster, 10)
        check_kept(cluster, ends)
        for _ in range(VERIFIED_BESIDE):
            document = cluster.lqctl("verify")  # beside ticks
            check(document["verified"] and document["dropped"] > 0, f"{document}")
        cluster.ledgerquest("down")
        document = cluster.lqctl("verify")
        check(document["verified"], f"{document}")
        said = text(cluster, "verify", "--session", "acme/s0")
        check("complete up to frame " in said and ", contents kept from frame " in said, said)
        text(cluster, "replay", "acme/s0")
        settled = sizes[KEPT_DAYS + 1]
        check(max(sizes[KEPT_DAYS + 1:]) <= settled * 1.3, f"{sizes}")
        return f"{DAYS} days, {DAYS * KILLS_A_DAY} kills: {document['dropped']} records dropped, {sizes[-1]} bytes in use"


def doubt(cluster):
    return cluster.status()["partitions"][0]["frames_wait_for_clock"]


def a_clock_that_jumped_is_said():
    """Nothing is dropped, status says why and is DEGRADED, also after a restart, until it is accepted."""
    with faked(frames_hours=1) as (cluster, offset):
        cluster.create_sessions("acme", names(), "--rate", str(RATE))
        play(cluster, 2 * KEYFRAME_EVERY)
        check(not doubt(cluster), "a clock that nobody set is doubted")
        set_clock(offset, 3 * DAY_S)
        wait_until(lambda: doubt(cluster), "the doubt", 60, 0.2)
        check(not cluster.status()["healthy"], "it is said to be well")
        code, said = cluster.try_program("lqctl", "status")
        check(code == 1 and "DEGRADED" in said and "lqctl store clock accept" in said, said)
        old = cluster.kill("persist-1")
        cluster.wait_pid("persist-1", other_than=old)
        play(cluster, 10)
        wait_until(lambda: doubt(cluster), "the doubt of before", 60, 0.2)
        check(oldest(cluster, "s0") == 0, "a frame went")
        accept(cluster)
        wait_until(lambda: oldest(cluster, "s0") > 0 and not doubt(cluster), "what is too old to go", 60, 0.2)
        cluster.wait_serving()
        check("was believed already" in text(cluster, "store", "clock", "accept"), "accepted twice")
        return f"kept from frame {oldest(cluster, 's0')} on"


def a_tenant_has_its_own():
    with faked() as (cluster, offset):
        cluster.create_sessions("acme", names(), "--rate", str(RATE))
        check("7d  (as configured for all)" in text(cluster, "tenant", "retention", "acme"), "the configured one")
        code, _, errors = cluster.try_lqctl("tenant", "retention", "acme", "--frames", "1h")
        check(code == 1, f"{code} {errors}")
        document = cluster.lqctl("tenant", "retention", "acme")
        check(document["frames_s"] == 7 * DAY_S and not document["own"], f"{document}")
        document = cluster.lqctl("tenant", "retention", "acme", "--frames", "1h", "--yes")
        check(document["changed"] and document["frames_s"] == 3600, f"{document}")
        document = cluster.lqctl("tenant", "retention", "acme", "--frames", "1h")
        check(not document["changed"] and document["own"], f"{document}")
        code, _, errors = cluster.try_lqctl("tenant", "retention", "nobody", "--frames", "forever")
        check(code == 3, f"{code} {errors}")
        noted = [line for line in text(cluster, "feed", "read").splitlines() if "retention" in line]
        check(len(noted) == 1 and "kept for 1h" in noted[0], f"{noted}")
        play(cluster, 2 * KEYFRAME_EVERY)
        set_clock(offset, 7200)
        wait_until(lambda: doubt(cluster), "the doubt", 60, 0.2)
        accept(cluster)
        wait_until(lambda: oldest(cluster, "s0") > 0, "what is too old to go", 60, 0.2)
        check(cluster.lqctl("verify")["verified"], "what is left does not verify")
        return f"kept from frame {oldest(cluster, 's0')} on"


def deleted_sessions_make_room():
    """Of nine deleted sessions in ten everything goes but what proves it; the tenth plays on in their room."""
    with Cluster() as cluster:
        played = [f"d{number}" for number in range(10)]
        cluster.create_sessions("acme", played, "--rate", str(RATE))

        def frame():
            return cluster.session("acme/d0")["frame"]
        wait_until(lambda: frame() > 300, "300 frames", 60, 0.2)
        for name in played[1:]:
            cluster.lqctl("session", "stop", f"acme/{name}")
            cluster.lqctl("--yes", "session", "delete", f"acme/{name}")
        size, begun = in_use(cluster), frame()

        def left():
            return cluster.lqctl("verify")
        wait_until(lambda: left()["dropped"] >= 9 * 250, "the records of deleted sessions to go", 60, 0.5)
        wait_until(lambda: frame() > begun + 600, "600 frames more", 60, 0.2)
        document = left()
        check(document["verified"] and in_use(cluster) <= size * 1.1, f"{size} bytes, then {in_use(cluster)}: {document}")
        said = text(cluster, "verify", "--session", "acme/d1")
        check(", all contents dropped" in said, said)
        cluster.ledgerquest("down")
        check(cluster.lqctl("verify")["verified"], "what is left does not verify")
        return f"{document['dropped']} records dropped, {size} bytes in use before, {document['records']} records kept"


if __name__ == "__main__":
    run_tests("retention", [deleted_sessions_make_room, days_go_by, a_clock_that_jumped_is_said, a_tenant_has_its_own])
