#!/usr/bin/python3
# SPDX-License-Identifier: MPL-2.0
# SPDX-FileCopyrightText: The LedgerQuest Engine authors
"""Frames as they commit: lqctl watch, the raw topics, worlds only for who asked, nothing for topics that are
not exact."""

import json

from cluster import WAIT_S, Cluster, check, run_tests
from wire_client import Watcher, WireClient, join, thrust, topic

NOT_EXACT = (b"", b"acme", b"acme\0", b"acme\0live", b"acme\0live\0wor", b"acme\0live\0other\0",
             b"acme\0live\0world\0more")


def next_of(watcher, least_frame=0):
    while True:
        got = watcher.next()
        check(got is not None, "no frame came")
        if got[1].frame >= least_frame:
            return got


def watches_with_lqctl():
    with Cluster() as cluster:
        cluster.create_sessions("acme", ["live"], "--rate", "20")
        process = cluster.lqctl_process("watch", "acme/live", "-n", "5")
        output, errors = process.communicate(timeout=WAIT_S)
        frames = [json.loads(line) for line in output.splitlines()]
        check(process.returncode == 0 and len(frames) == 5, f"{process.returncode}: {output}{errors}")
        numbers = [frame["frame"] for frame in frames]
        check(numbers == sorted(set(numbers)), f"frames {numbers}")
        check(all(frame["steps"] == 1 and len(frame["hash"]) == 64 for frame in frames), output)
        process = cluster.lqctl_process("watch", "acme/live", "--world", "-n", "2")
        output, errors = process.communicate(timeout=WAIT_S)
        check(process.returncode == 0 and len(output.splitlines()) == 2, errors)
        document = json.loads(output.splitlines()[0])
        check("bodies" in json.dumps(document), output[:300])
        return f"frames {numbers[0]} to {numbers[-1]}, 2 worlds"


def receipts_and_notices_agree():
    with Cluster() as cluster:
        cluster.create_sessions("acme", ["s1"])
        with WireClient(cluster, "acme") as client, Watcher(cluster, topic("acme", "s1")) as frames, \
                Watcher(cluster, topic("acme", "s1", world=True)) as worlds:
            # A subscription takes its time to arrive: commands until the first frame is seen.
            tries, first = 0, None
            while first is None and tries < 200:
                client.ask("s1", join() if tries == 0 else thrust(1.0, 0.0))
                tries += 1
                first = frames.next(0.05)
            check(first is not None, "no frame came")
            seen = worlds.next(1)
            while seen is None:
                client.ask("s1", thrust(1.0, 0.0))
                seen = worlds.next(0.05)
            receipt = client.ask("s1", thrust(2.0, 0.0))
            name, notice, world = next_of(frames, receipt.frame)
            check(world is None, "a world came to who did not ask")
            check((notice.frame, notice.hash.hex(), notice.command_count) ==
                  (receipt.frame, receipt.hash, 1), f"{notice} against {receipt}")
            name, notice, world = next_of(worlds, receipt.frame)
            check(notice.frame == receipt.frame and len(world.body_id) == 1, f"{name} {notice} {world}")
            check(abs(world.thrust_x[0] - 2.0) < 1e-6, f"thrust {world.thrust_x}")
            return f"{len(client.receipts)} receipts, frame {receipt.frame} the same in all three"


def topics_that_are_not_exact_deliver_nothing():
    with Cluster() as cluster:
        cluster.create_sessions("acme", ["live", "live2"], "--rate", "20")
        with Watcher(cluster, *NOT_EXACT) as none, Watcher(cluster, topic("acme", "live")) as exact:
            topics = {next_of(exact)[0] for _ in range(20)}
            check(len(topics) == 1, f"topics {topics}")
            got = none.next(0)
            check(got is None, f"delivered: {got}")
        return f"20 frames on the exact topic, none on {len(NOT_EXACT)} others"


if __name__ == "__main__":
    run_tests("watch", [watches_with_lqctl, receipts_and_notices_agree,
                        topics_that_are_not_exact_deliver_nothing])
