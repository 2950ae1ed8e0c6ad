# SPDX-License-Identifier: MPL-2.0
# SPDX-FileCopyrightText: The LedgerQuest Engine authors
"""A cluster under a flood of one kind (hostile_peers.py), with a good client, a good watcher and an operator
beside it: how long each of them waited, what the broker took, and what it wrote."""

import contextlib
import pathlib
import subprocess
import sys
import threading
import time

from cluster import SANITIZED, SLOWNESS, WAIT_S, check, wait_until
from wire_client import Traffic, Watcher, WireClient, join

HERE = pathlib.Path(__file__).resolve().parent
MIB = 1 << 20
SERVED_WITHIN_S = 1.0 * SLOWNESS
TURN_MAX_S = 0.25 * SLOWNESS  # of the broker's loop; it calls anything longer a standstill itself
LOG_LINES_MAX = 80  # about one flood, beside one a second of each kind: some are of two (ready, given up)

# Of each flood: how many at full size, in the short form; bytes that the broker may have more of at the worst
# moment, and for good. What libzmq holds for connections that do not read is the larger part.
FLOODS = {
    "watches": (600000, 30000, 64 * MIB, 32 * MIB),
    "subscriptions": (600000, 30000, 16 * MIB, 16 * MIB),
    "readies": (60000, 6000, 32 * MIB, 32 * MIB),
    "submits": (10000, 800, 320 * MIB, 48 * MIB),
    "requests": (60000, 3000, 160 * MIB, 48 * MIB),
    "parts": (40, 4, 128 * MIB, 64 * MIB),
    "silent_clients": (5000, 5000, 96 * MIB, 48 * MIB),
    "silent_frames": (2000, 1200, 96 * MIB, 48 * MIB),
    "silent_actors": (2000, 1200, 96 * MIB, 48 * MIB),
    "greeting_clients": (5000, 4200, 320 * MIB, 48 * MIB),
}


def anon_bytes(pid):
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("RssAnon:"):
            return int(line.split()[1]) * 1024
    return 0


class Peak(threading.Thread):
    """The most that a process had of its own, looked at every few milliseconds."""

    def __init__(self, pid):
        super().__init__(daemon=True)
        self.pid, self.halt, self.bytes = pid, threading.Event(), 0

    def run(self):
        while not self.halt.wait(0.005):
            self.bytes = max(self.bytes, anon_bytes(self.pid))

    def stop(self):
        self.halt.set()
        self.join()
        return self.bytes


class FrameGap(threading.Thread):
    """A watcher of a session with a rate: its longest time without a frame."""

    def __init__(self, cluster, tenant, session):
        super().__init__(daemon=True)
        self.watcher, self.halt = Watcher(cluster, (tenant, session)), threading.Event()
        self.frames, self.longest_gap_s = 0, 0.0

    def run(self):
        last = None
        while not self.halt.is_set():
            got = self.watcher.next(0.1)
            now = time.monotonic()
            if last is not None:
                self.longest_gap_s = max(self.longest_gap_s, now - last)
            if got is not None:
                self.frames, last = self.frames + 1, now

    def stop(self):
        self.halt.set()
        self.join()
        self.watcher.close()
        return self.longest_gap_s


@contextlib.contextmanager
def flood(cluster, kind, epoch, count):
    """Runs beside; yields the function that waits until it has sent everything."""
    process = subprocess.Popen(
        ["/usr/bin/python3", str(HERE / "hostile_peers.py"), kind, str(cluster.run / "runtime"), str(epoch),
         str(count)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def expect(word):
        line = process.stdout.readline().split()
        check(line[:1] == [word], f"{kind}: {line} instead of {word}")
        return int(line[1])
    try:
        expect("ready")
        yield lambda: expect("done")
    finally:
        process.stdin.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(timeout=WAIT_S)
        process.kill()
        process.wait()


def log_lines(cluster):
    return sum(path.read_text(errors="replace").count("\n")
               for path in (cluster.run / "logs" / "broker").glob("*") if path.name[0] in "@c")


def newcomer_s(cluster):
    """How long somebody who was not there before waits for a receipt."""
    begun = time.monotonic()
    with WireClient(cluster, "acme") as client:
        check(client.ask("fresh", join()).outcome in ("applied", "refused"), "a newcomer's command")
    return time.monotonic() - begun


def besiege(cluster, kind, count, patience=1):
    """One flood; the figures. Raises Failed beyond a bound. patience: times may be so much longer, on a machine
    that is busy with other things."""
    served_s, turn_s = SERVED_WITHIN_S * patience, TURN_MAX_S * patience
    peak_max, grown_max = FLOODS[kind][2:]
    pid, before = cluster.pid("broker"), cluster.status()
    lines_before, memory_before = log_lines(cluster), anon_bytes(pid)
    peak, frames = Peak(pid), FrameGap(cluster, "acme", "live")
    traffic = Traffic(cluster, "acme", ["s1", "s2", "s3", "s4"], 4, pause_s=0.01)
    operator = []
    with traffic:
        wait_until(lambda: len(traffic.client.receipts) > 50, "receipts flow")
        peak.start()
        frames.start()
        begun = time.monotonic()
        with flood(cluster, kind, before["epoch"], count) as wait_sent:
            done = threading.Event()
            waiter = threading.Thread(target=lambda: (wait_sent(), done.set()), daemon=True)
            waiter.start()
            while not done.wait(0.2):
                asked = time.monotonic()
                cluster.status()
                operator.append(time.monotonic() - asked)
                check(time.monotonic() - begun < 30 * WAIT_S, f"{kind}: the flood does not end")
            took_s = time.monotonic() - begun
            newcomer = newcomer_s(cluster)
        highest = peak.stop()
        gap = frames.stop()
        client = traffic.stop()
    after = wait_until(lambda: cluster.try_lqctl("status")[1], "status")
    if not SANITIZED:
        wait_until(lambda: anon_bytes(pid) - memory_before < grown_max,
                   f"{kind}: of {(highest - memory_before) >> 20} MiB more it keeps {grown_max >> 20}")
    figures = {
        "flood": kind, "count": count, "seconds": round(took_s, 2), "receipts": len(client.receipts),
        "longest_without_receipt_s": round(client.longest_gap_s, 3), "frames": frames.frames,
        "longest_without_frame_s": round(gap, 3), "newcomer_s": round(newcomer, 3),
        "status_s": round(max(operator, default=0.0), 3), "turn_max_s": after["turn_max_us"] / 1e6,
        "memory_mib": [round(size / MIB, 1) for size in (memory_before, highest, anon_bytes(pid))],
        "log_lines": log_lines(cluster) - lines_before, "connections": after["connections"],
        "refused_connections": after["refused_connections"], "malformed": after["malformed"] - before["malformed"],
    }
    print("  " + " ".join(f"{name}={value}" for name, value in figures.items()), flush=True)
    check(cluster.pid("broker") == pid, f"{kind}: the broker is another one")
    check(client.longest_gap_s < served_s, f"{kind}: {client.longest_gap_s:.2f} s without a receipt")
    check(gap < served_s, f"{kind}: {gap:.2f} s without a frame")
    check(newcomer < served_s, f"{kind}: a newcomer waited for {newcomer:.2f} s")
    check(figures["turn_max_s"] < turn_s, f"{kind}: a turn of the loop took {figures['turn_max_s']} s")
    check(figures["log_lines"] < LOG_LINES_MAX + 5 * took_s, f"{kind}: {figures['log_lines']} lines in the log")
    if not SANITIZED:
        check(highest - memory_before < peak_max, f"{kind}: {(highest - memory_before) >> 20} MiB more at the peak")
    return figures
