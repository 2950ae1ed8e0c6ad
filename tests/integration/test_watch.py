#!/usr/bin/python3
# SPDX-License-Identifier: MPL-2.0
# SPDX-FileCopyrightText: The LedgerQuest Engine authors
"""Frames as they commit: lqctl watch, WATCH and its answers, worlds only for who asked, an error for who asks
for too much, no more for who falls silent."""

import collections
import contextlib
import json
import time

from cluster import WAIT_S, Cluster, check, run_tests
from wire_client import Watcher, WireClient, join, thrust

NO_NAMES = (("", ""), ("acme", ""), ("", "live"), ("acme", "li/ve"), ("ac me", "live"), ("..", "live"),
            ("acme", "."))
ERR_INVALID, ERR_LIMIT, ERR_FULL = 1, 2, 9  # enum lq_result
PER_CONNECTION_MAX, WATCHES_MAX, FORGET_S = 1024, 16384, 10


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
        with WireClient(cluster, "acme") as client, Watcher(cluster, ("acme", "s1")) as frames, \
                Watcher(cluster, ("acme", "s1", True)) as worlds:
            # Once WATCH is answered, no frame is missed.
            for watcher in (frames, worlds):
                answer = watcher.wait_answered()[0]
                check((answer.result, answer.message) == (0, ""), f"{answer}")
            first = client.ask("s1", join())
            check(frames.next()[1].frame == first.frame, "the first frame was missed")
            receipt = client.ask("s1", thrust(2.0, 0.0))
            name, notice, world = next_of(frames, receipt.frame)
            check(world is None, "a world came to who did not ask")
            check((notice.frame, notice.hash.hex(), notice.command_count) ==
                  (receipt.frame, receipt.hash, 1), f"{notice} against {receipt}")
            name, notice, world = next_of(worlds, receipt.frame)
            check(notice.frame == receipt.frame and len(world.body_id) == 1, f"{name} {notice} {world}")
            check(abs(world.thrust_x[0] - 2.0) < 1e-6, f"thrust {world.thrust_x}")
            return f"{len(client.receipts)} receipts, frame {receipt.frame} the same in all three"


def who_asks_for_no_session_is_told():
    with Cluster() as cluster:
        cluster.create_sessions("acme", ["live", "live2"], "--rate", "20")
        with Watcher(cluster, *NO_NAMES) as none, Watcher(cluster, ("acme", "live")) as exact:
            answers = none.wait_answered()
            check({answer.result for answer in answers.values()} == {ERR_INVALID}, f"{answers}")
            tags = {next_of(exact)[0] for _ in range(20)}
            check(tags == {0}, f"tags {tags}")
            check(none.next(0) is None, "a frame without a watch")
        return f"{len(NO_NAMES)} names that are none"


def too_many_are_refused_and_room_comes_back():
    """Of one connection, then of all; who stops or falls silent makes room."""
    with Cluster() as cluster:
        cluster.create_sessions("acme", ["live"], "--rate", "20")
        names = [("acme", f"s{number}") for number in range(PER_CONNECTION_MAX + 1)]
        with Watcher(cluster, *names) as first:
            results = [first.wait_answered()[tag].result for tag in range(len(names))]
            check(results == [0] * PER_CONNECTION_MAX + [ERR_LIMIT], f"{collections.Counter(results)}")
            check(cluster.status()["watches"] == PER_CONNECTION_MAX, "counted")
            first.say(0, stop=True)
            first.watched, first.answers = first.watched[1:], {}
            first.said_at = 0
            results = [first.wait_answered()[tag].result for tag in range(len(first.watched))]
            check(set(results) == {0}, "room after a stop")
        # The connections are gone, and nothing is published to find that out: silence does.
        with contextlib.ExitStack() as stack:
            for _ in range(WATCHES_MAX // PER_CONNECTION_MAX):
                watcher = stack.enter_context(Watcher(cluster, *names[:PER_CONNECTION_MAX]))
                watcher.wait_answered()
            with Watcher(cluster, ("acme", "live")) as late:
                answer = late.wait_answered()[0]
                check(answer.result == ERR_FULL and "as many" in answer.message, f"{answer}")
                check(cluster.status()["watches"] <= WATCHES_MAX, "counted")
                process = cluster.lqctl_process("watch", "acme/live", "-n", "1")
                _, errors = process.communicate(timeout=WAIT_S)
                check(process.returncode == 1 and "as many" in errors, f"{process.returncode}: {errors}")
                stack.close()
                begun = time.monotonic()
                check(late.next(3 * FORGET_S) is not None, "no room came back")
                return f"refused at {PER_CONNECTION_MAX} and {WATCHES_MAX}, room again after " \
                       f"{time.monotonic() - begun:.1f} s of silence"


if __name__ == "__main__":
    run_tests("watch", [watches_with_lqctl, receipts_and_notices_agree, who_asks_for_no_session_is_told,
                        too_many_are_refused_and_room_comes_back])
