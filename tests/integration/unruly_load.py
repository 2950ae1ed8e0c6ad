# SPDX-License-Identifier: MPL-2.0
# SPDX-FileCopyrightText: The LedgerQuest Engine authors
"""One lq-load more in a running cluster, behind a relay that makes an unruly actor of it: many of its answers
are said again, some milliseconds later, when the work is at the next stage already or done; and now and then
it claims that an item failed which did not. Never twice for the same execution: no retry is the last one.

    with UnrulyLoad(cluster, seed) as unruly:
        ...
        unruly.said_again, unruly.failures"""

import contextlib
import heapq
import itertools
import random
import signal
import subprocess
import threading
import time

import zmq

from cluster import BIN, SLOWNESS, Failed, wait_until
from wire_client import actor_pb2, header

INSTANCE = "load-9"
RESULT = 2  # kind of message
DONE, FAILED = 1, 3  # verdicts
AGAIN_SHARE, AGAIN_LATE_SHARE = 0.5, 0.1
AGAIN_S, AGAIN_LATE_S = (0.0, 0.02), (0.1, 1.5)
FAILURE_EVERY_S = 0.5
POLL_MS_MAX = 50


class UnrulyLoad(threading.Thread):
    def __init__(self, cluster, seed):
        super().__init__(daemon=True)
        self.cluster, self.chance = cluster, random.Random(seed)
        self.said_again = self.failures = 0
        self.blamed, self.failure_at = set(), 0.0
        self.waiting, self.order = [], itertools.count()  # (when, order, parts)
        self.halt, self.error, self.process = threading.Event(), None, None
        self.folder = cluster.folder / "u"
        self.context = zmq.Context()

    def __enter__(self):
        runtime, config = self.folder / "runtime", self.folder / "unruly.cfg"
        runtime.mkdir(parents=True, mode=0o700)
        config.write_text(self.cluster.config.read_text().replace(
            f'runtime_dir = "{self.cluster.run}/runtime"', f'runtime_dir = "{runtime}"'))
        self.actor, self.broker = (self.context.socket(zmq.DEALER) for _ in range(2))
        for one in (self.actor, self.broker):
            one.setsockopt(zmq.LINGER, 0)
            one.setsockopt(zmq.RECONNECT_IVL, 10)
            one.setsockopt(zmq.RECONNECT_IVL_MAX, 100)
        self.actor.bind(f"ipc://{runtime}/actors.sock")
        self.broker.connect(f"ipc://{self.cluster.run}/runtime/actors.sock")
        self.start()
        self.log = open(self.folder / "log", "wb")
        self.process = subprocess.Popen(
            [str(BIN / "lq-load"), "--config", str(config), "--instance", INSTANCE],
            stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log)
        try:
            wait_until(self.is_known, f"{INSTANCE} is ready")
        except BaseException:
            self.stop()
            raise
        return self

    def is_known(self):
        return INSTANCE in [actor["instance"] for actor in self.cluster.status()["actors"]]

    def stop(self):
        """It says goodbye, so nothing of its work hangs."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(timeout=10 * SLOWNESS)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.halt.set()
        self.join()
        if self.error:
            raise Failed(f"unruly load: {self.error}") from self.error

    def __exit__(self, *_):
        self.stop()
        self.log.close()

    # ---- the relay ----

    @staticmethod
    def pass_on(socket, parts):
        """An actor or broker that is gone needs nothing any more."""
        with contextlib.suppress(zmq.Again):
            socket.send_multipart(parts, zmq.DONTWAIT)

    def claim_failure(self, result, body):
        """Of one item that is done."""
        candidates = [index for index, verdict in enumerate(result.verdict)
                      if verdict == DONE and (result.epoch, result.execution[index]) not in self.blamed]
        if not candidates:
            return body
        index = self.chance.choice(candidates)
        self.blamed.add((result.epoch, result.execution[index]))
        begin = sum(result.payload_bytes[:index])
        end = begin + result.payload_bytes[index]
        result.verdict[index], result.payload_bytes[index], result.frame[index] = FAILED, 0, 0
        result.failures.add(item=index, error="Test.Unruly", cause="so it says")
        self.failures += 1
        self.failure_at = time.monotonic() + FAILURE_EVERY_S
        return body[:begin] + body[end:]

    def pass_result(self, parts):
        result = actor_pb2.Result.FromString(parts[0][4:])
        if time.monotonic() >= self.failure_at:
            body = self.claim_failure(result, parts[1] if len(parts) > 1 else b"")
            parts = [header(RESULT, result)] + ([body] if body else [])
        self.pass_on(self.broker, parts)
        share = self.chance.random()
        if share < AGAIN_SHARE + AGAIN_LATE_SHARE:
            delay_s = self.chance.uniform(*(AGAIN_S if share < AGAIN_SHARE else AGAIN_LATE_S))
            heapq.heappush(self.waiting, (time.monotonic() + delay_s, next(self.order), parts))

    def turn(self):
        wait_ms = POLL_MS_MAX
        if self.waiting:
            wait_ms = min(wait_ms, max(0, int((self.waiting[0][0] - time.monotonic()) * 1000)))
        zmq.zmq_poll([(self.actor, zmq.POLLIN), (self.broker, zmq.POLLIN)], wait_ms)
        while self.broker.poll(0):
            self.pass_on(self.actor, self.broker.recv_multipart())
        while self.actor.poll(0):
            parts = self.actor.recv_multipart()
            if parts[0][3] == RESULT:
                self.pass_result(parts)
            else:
                self.pass_on(self.broker, parts)
        while self.waiting and self.waiting[0][0] <= time.monotonic():
            self.pass_on(self.broker, heapq.heappop(self.waiting)[2])
            self.said_again += 1

    def run(self):
        try:
            while not self.halt.is_set():
                self.turn()
        except BaseException as error:  # pylint: disable=broad-except
            self.error = error
        finally:
            self.actor.close()
            self.broker.close()
            self.context.term()
