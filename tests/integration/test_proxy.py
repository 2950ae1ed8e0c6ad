#!/usr/bin/python3
# SPDX-License-Identifier: MPL-2.0
# SPDX-FileCopyrightText: The LedgerQuest Engine authors
"""A bad network between peers and broker, and the ledger's independent reader as the judge.

    test_proxy.py [TEST ...] [--seconds S] [--cuts N] [--rate SHARE] [--sessions N] [--seed N] [--json]

tests/support/message_proxy.py drops, duplicates and delays a share of all messages of actors and clients, each, in
both directions, for S seconds under load; the connection of every peer is cut N times, half of them in the
middle of a message. A fifth of the sessions tick at 10 Hz; each receipt goes to a synced file. At the end every
receipt must be found once in the ledger, at its frame; no frame missing, all chains whole, no dead letter,
nobody parked, no command without an answer. The full form: --seconds 60 --cuts 20 --sessions 200."""

import argparse
import collections
import contextlib
import fcntl
import json
import os
import pathlib
import sys
import tempfile
import threading
import time
import types

from cluster import WAIT_S, Cluster, check, run_tests, wait_until
from message_proxy import DOWN, FAULTY, UP, MessageProxy
from wire_client import Traffic, judge, zmq

CLIENTS, DEPTH, PAUSE_S = 2, 2, 0.01
EXIT_TRY_AGAIN, EXIT_CONFIG = 71, 78
COUNTERS = ("retries", "duplicates", "conflicts", "resolves", "stale_results", "resends", "letters_total")
FAULTS = ("dropped", "duplicated", "delayed")

options = None


def parse_options():
    parser = argparse.ArgumentParser()
    parser.add_argument("test", nargs="*", help="only these")
    parser.add_argument("--seconds", type=float, default=8.0)
    parser.add_argument("--cuts", type=int, default=3)
    parser.add_argument("--rate", type=float, default=0.01, help="of each of the three faults")
    parser.add_argument("--sessions", type=int, default=50)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--json", action="store_true", help="the counts as one JSON object on the last line")
    return parser.parse_args()


# ---- the proxy itself: two sockets and nothing of the engine between them ----


class Pair:
    """A ROUTER in the broker's place and a DEALER, with the proxy between them."""

    def __init__(self, **faults):
        self.folder = tempfile.TemporaryDirectory(prefix="lq-proxy-")
        self.path = pathlib.Path(self.folder.name)
        self.proxy = MessageProxy(types.SimpleNamespace(run=self.path, bind_dir=self.path / "behind"),
                                  seed=options.seed, delay_s=(0.001, 0.1))
        self.faults = faults
        self.context = zmq.Context()
        self.broker, self.peer = self.context.socket(zmq.ROUTER), self.context.socket(zmq.DEALER)

    def __enter__(self):
        self.proxy.__enter__()
        for one in (self.broker, self.peer):
            for option in (zmq.LINGER, zmq.SNDHWM, zmq.RCVHWM):
                one.setsockopt(option, 0)
        self.peer.setsockopt(zmq.ROUTING_ID, b"peer")
        self.peer.setsockopt(zmq.RECONNECT_IVL, 10)
        self.peer.setsockopt(zmq.IMMEDIATE, 1)
        self.broker.setsockopt(zmq.ROUTER_HANDOVER, 1)
        self.broker.bind(f"ipc://{self.path}/behind/actors.sock")
        self.peer.connect(f"ipc://{self.path}/runtime/actors.sock")
        self.greet()
        self.proxy.set_faults(**self.faults)
        return self

    def __exit__(self, *_):
        self.proxy.__exit__()
        self.context.destroy(linger=0)
        self.folder.cleanup()

    def greet(self):
        """One message through a connection: after it the broker's side can be sent from."""
        self.peer.send_multipart([b"hello", b""])
        check(self.broker.poll(WAIT_S * 1000), "nothing came through")
        check(self.broker.recv_multipart() == [b"peer", b"hello", b""], "another message than the first")

    def counts(self, direction):
        return self.proxy.stats()["sockets"]["actors"][direction]

    def exchange(self, count, body):
        """`count` messages each way; the numbers that came at the broker and at the peer."""
        before = {direction: self.counts(direction)["messages"] for direction in (UP, DOWN)}
        for number in range(count):
            self.peer.send_multipart([number.to_bytes(4, "big"), body])
            self.broker.send_multipart([b"peer", number.to_bytes(4, "big"), body])
        return [self.receive(self.broker, UP, before[UP] + count, count, body),
                self.receive(self.peer, DOWN, before[DOWN] + count, count, body)]

    def receive(self, end, direction, messages, count, body):
        numbers = []

        def all_came():
            while end.poll(0):
                *_, number, got = end.recv_multipart()
                check(got == body, "a body that nobody sent")
                numbers.append(int.from_bytes(number, "big"))
            counts = self.counts(direction)
            return (counts["messages"] == messages and self.proxy.stats()["held"] == 0
                    and len(numbers) >= count - counts["dropped"] + counts["duplicated"])
        wait_until(all_came, f"{messages} messages {direction}, as the proxy counts them", pause_s=0.005)
        return numbers


def what_is_not_hurt_passes_untouched():
    sizes = (0, 1, 251, 252, 70000)
    with Pair() as pair:
        for size in sizes:
            for numbers in pair.exchange(500, b"b" * size):
                check(numbers == list(range(500)), f"bodies of {size} bytes: not all, or not in order")
        for direction in (UP, DOWN):
            counts = pair.counts(direction)
            expected = 500 * len(sizes) + (direction == UP)
            check(counts["messages"] == expected, f"{counts}, sent were {expected}")
            check(not any(counts[fault] for fault in FAULTS), f"{counts}")
    return f"{500 * len(sizes)} messages each way, in order"


def its_counts_are_what_the_sockets_saw():
    sent = 3000
    with Pair(drop=0.1, duplicate=0.1, delay=0.1) as pair:
        overtaken = 0
        for direction, numbers in zip((UP, DOWN), pair.exchange(sent, b"b" * 300)):
            counts, seen = pair.counts(direction), collections.Counter(numbers)
            check(sent - len(seen) == counts["dropped"] > 0, f"{sent - len(seen)} did not come, {counts}")
            twice = sum(times == 2 for times in seen.values())
            check(twice == counts["duplicated"] > 0, f"{twice} came twice, {counts}")
            check(max(seen.values()) == 2, "one came more than twice")
            late = sum(number < largest for number, largest in zip(numbers, running_maximum(numbers)))
            check(0 < late <= counts["delayed"], f"{late} were overtaken, {counts}")
            overtaken += late
    return f"{sent} messages each way, {overtaken} overtaken"


def running_maximum(numbers):
    largest = -1
    for number in numbers:
        largest = max(largest, number)
        yield largest


def a_cut_closes_both_sides():
    with Pair() as pair:
        for number in range(10):
            pair.proxy.cut(middle=float(number % 2))
            # Half of the first is all that comes of a connection that is cut within it.
            pair.peer.send_multipart([b"cut", b"c" * 100000])
            wait_until(lambda cuts=number + 1: pair.proxy.stats()["sockets"]["actors"]["cut"] == cuts, "the cut")
            pair.proxy.set_faults()

            def back():
                with contextlib.suppress(zmq.Again):
                    pair.peer.send_multipart([b"back"], zmq.DONTWAIT)
                while pair.broker.poll(20):
                    _, first, *rest = pair.broker.recv_multipart()
                    check(rest in ([], [b"c" * 100000]), "a part of a message came through")
                    if first == b"back":
                        return True
                return False
            wait_until(back, "connected again")
        stats = pair.proxy.stats()["sockets"]["actors"]
        check(stats["cut"] == 10 and stats["connections"] == 11, f"{stats}")
        check(stats["cut_in_the_middle"] == 5, f"{stats}")
    return "10 cuts, 5 of them in the middle of a message"


def a_broker_that_goes_is_found_again():
    with Pair() as pair:
        pair.broker.close()
        wait_until(lambda: not pair.proxy.stats()["open"], "the peer's connection is closed")
        wait_until(lambda: pair.proxy.stats()["sockets"]["actors"]["refused"] > 0, "the peer tries again")
        pair.broker = pair.context.socket(zmq.ROUTER)
        pair.broker.bind(f"ipc://{pair.path}/behind/actors.sock")
        pair.greet()
        refused = pair.proxy.stats()["sockets"]["actors"]["refused"]
    return f"refused {refused} times while it was gone"


def it_is_fast_enough():
    """For the load of a cluster: 2,000 messages of 100 KB in a second of its processor time."""
    count, body = 4000, b"b" * 100000
    with Pair() as pair:
        begun, begun_cpu_s = time.monotonic(), pair.proxy.stats()["cpu_s"]
        sender = threading.Thread(target=lambda: [pair.peer.send_multipart([b"", body]) for _ in range(count)])
        sender.start()
        for _ in range(count):
            check(pair.broker.poll(WAIT_S * 1000), "no more comes")
            pair.broker.recv_multipart()
        sender.join()
        rate = count / (time.monotonic() - begun)
        cpu_rate = count / (pair.proxy.stats()["cpu_s"] - begun_cpu_s)
    check(cpu_rate > 2000, f"only {cpu_rate:.0f} messages of 100 KB in a second of processor time")
    return f"{rate:.0f} messages/s of 100 KB, {cpu_rate:.0f} in a second of its processor time"


# ---- a cluster behind it ----


def cut_all(cluster, cuts_of):
    """Cut every connection of actors and of our clients, once each of them is there; count by instance."""
    def all_connected():
        stats = cluster.proxy.stats()
        there = collections.Counter(tuple(entry) for entry in stats["open"])
        pids = {pid: name for name, pid in cluster.pids().items() if name != "broker"}
        return (stats["armed"] == 0 and all(there["actors", pid] for pid in pids)
                and there["clients", os.getpid()] == CLIENTS and pids)
    names = wait_until(all_connected, "every peer is connected")
    for socket, pid in cluster.proxy.cut():
        cuts_of[names.get(pid, "another") if socket == "actors" else "clients"] += 1
    wait_until(lambda: cluster.proxy.stats()["armed"] == 0, "the cuts")


def hurt(cluster, begun):
    """The plan: faults all the time, the cuts spread evenly over it."""
    cuts_of = collections.Counter()
    cluster.proxy.set_faults(drop=options.rate, duplicate=options.rate, delay=options.rate)
    for number in range(options.cuts):
        wait_for(begun + (number + 0.5) * options.seconds / options.cuts)
        cut_all(cluster, cuts_of)
    wait_for(begun + options.seconds)
    if options.rate > 0:  # a short run of few messages goes on until each fault has happened
        wait_until(lambda: not unhurt(cluster.proxy.stats()["sockets"]), "a fault of each kind in each direction",
                   3 * WAIT_S)
    return cuts_of


def unhurt(sockets):
    return [f"nothing {fault}: {name} {direction}" for name in FAULTY for direction in (UP, DOWN)
            for fault in FAULTS if sockets[name][direction][fault] == 0]


def wait_for(moment):
    """The plan has its times; nothing is waited for but them."""
    time.sleep(max(0.0, moment - time.monotonic()))


def describe(result):
    print(f"receipts: {result['receipts']}; in the ledger {result['ledger']}")
    for name in FAULTY:
        counts = result["proxy"][name]
        for direction, whither in ((UP, "to the broker"), (DOWN, "from it")):
            said = ", ".join(f"{count} {counts[direction][count]}" for count in counts[direction])
            print(f"{name}, {whither}: {said}")
        print(f"{name}: {counts['connections']} connections, {counts['cut']} cut, {counts['cut_in_the_middle']} "
              "of them in the middle of a message")
    print(f"cuts of each: {result['cuts_of']}")
    print(f"broker: {result['broker']}")
    print(f"clients: {result['clients']}")


def the_folder_behind_is_checked_and_locked():
    """broker/bind_dir: its paths fit a socket address, and it serves one broker."""
    with Cluster(start=False, proxied={"seed": options.seed}) as cluster:
        (cluster.run / "data").mkdir(mode=0o700)

        def refused(expected, *words):
            cluster.write_config()
            code, output = cluster.try_program("lq-broker")
            check(code == expected, f"exit code {code}: {output}")
            check(all(word in output for word in words), output)
        cluster.bind_dir = cluster.run / ("b" * 100)
        cluster.bind_dir.mkdir(mode=0o700)
        refused(EXIT_CONFIG, "broker/bind_dir", "107")
        cluster.bind_dir = cluster.run / "nowhere"
        refused(EXIT_CONFIG, "nowhere", "0700")
        cluster.bind_dir = cluster.run / "behind"
        with open(cluster.bind_dir / "broker.lock", "w", encoding="ascii") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            refused(EXIT_TRY_AGAIN, "behind/broker.lock", "another broker serves this folder")
    return "too long, missing, locked by another broker"


def a_bad_network_loses_nothing():
    print(f"seed {options.seed}; {options.seconds:g} s, {options.rate:.1%} of all messages dropped, duplicated, delayed "
          f"each; {options.cuts} cuts of every peer; {options.sessions} sessions", flush=True)
    names = [f"s{number}" for number in range(options.sessions)]
    with Cluster(proxied={"seed": options.seed}) as cluster, contextlib.ExitStack() as stack:
        live = len(names) // 5
        cluster.create_sessions("acme", names[:live], "--rate", "10")
        cluster.create_sessions("acme", names[live:])
        before = cluster.pids()
        paths = [cluster.folder / f"receipts-{number}" for number in range(CLIENTS)]
        traffic = [stack.enter_context(Traffic(cluster, "acme", names, depth=DEPTH, receipts_path=path,
                                               pause_s=PAUSE_S)) for path in paths]
        begun = time.monotonic()
        cuts_of = hurt(cluster, begun)
        clients = [one.stop() for one in traffic]
        took = time.monotonic() - begun
        stats = cluster.proxy.set_faults()
        status = cluster.wait_serving()
        restarted = sorted(name for name, pid in cluster.pids().items() if pid != before[name])
        check(status["letters_total"] == 0, f"dead letters: {cluster.lqctl('dlq', 'list')}")
        check(status["sessions_parked"] == 0, f"{status['sessions_parked']} sessions parked")
        cluster.ledgerquest("down")
        summary, commands = cluster.read_ledger()
        check(summary["ok"], f"the ledger is broken: {summary['faults'][:5]}")
        check(summary["sessions"] == len(names), f"{summary['sessions']} sessions in the ledger")
        counts = judge(paths, commands)
        result = {
            "seed": options.seed, "seconds": round(took, 2), "sessions": len(names),
            "receipts": {name: counts[name] for name in ("applied", "refused", "duplicate", "unused", "dead_lettered")},
            "ledger": {"commands": counts["in_ledger"], "records": summary["records"]},
            "proxy": {name: stats["sockets"][name] for name in FAULTY}, "cuts_of": dict(sorted(cuts_of.items())),
            "broker": dict({name: status[name] for name in COUNTERS}, restarted=restarted),
            "clients": {"resends": sum(client.resends for client in clients),
                        "said_again": sum(client.came_again for client in clients),
                        "longest_gap_s": round(max(client.longest_gap_s for client in clients), 2)},
        }
        describe(result)
        check_figures(result, sum(one.submitted for one in traffic), before)
    if options.json:
        print(json.dumps(result))
    return f"{sum(result['receipts'].values())} receipts in {took:.1f} s, every one once in the ledger"


def check_figures(result, submitted, instances):
    """Every fault happened, in each direction; every command has its answer."""
    receipts = result["receipts"]
    check(sum(receipts.values()) == submitted, f"{submitted} commands, receipts {receipts}")
    check(receipts["applied"] > 0 and receipts["dead_lettered"] == 0, f"{receipts}")
    check(options.rate == 0 or not unhurt(result["proxy"]), f"{unhurt(result['proxy'])}")
    check(options.cuts == 0 or any(result["proxy"][name]["cut_in_the_middle"] for name in FAULTY),
          "no cut in the middle")
    for name in instances:
        check(name == "broker" or result["cuts_of"].get(name, 0) >= options.cuts, f"{name} was not cut so often")
    check(result["cuts_of"].get("clients", 0) >= CLIENTS * options.cuts, "the clients were not cut so often")
    check(options.rate == 0 or result["clients"]["resends"] > 0, "clients: nothing was sent again")


if __name__ == "__main__":
    options = parse_options()
    sys.argv[1:] = options.test
    run_tests("proxy", [what_is_not_hurt_passes_untouched, its_counts_are_what_the_sockets_saw,
                        a_cut_closes_both_sides, a_broker_that_goes_is_found_again, it_is_fast_enough,
                        the_folder_behind_is_checked_and_locked, a_bad_network_loses_nothing])
