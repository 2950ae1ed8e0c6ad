# SPDX-License-Identifier: MPL-2.0
# SPDX-FileCopyrightText: The LedgerQuest Engine authors
"""Loads of bench/noisy: lq-bench processes side by side on one cluster, a tenant each, and C, the quiet
tenant that all of it is about: 10 sessions, 10 commands a second each, by the clock."""

import contextlib
import json
import signal
import time

from disk_probe import DiskProbe

QUIET_SESSIONS, QUIET_RATE = 10, 10
READY_WORDS = "sessions are new"  # lq-bench has made its sessions; its load begins
LOAD_SECONDS = "3600"  # until it is told to stop
WARMUP_S = 1
# 50,000 sessions in a closed loop have as many commands outstanding: more than one tenant may have by default.
ROOM = "    commands_max = 200000\n    tenant_commands_max = 100000\n"


def room(options):
    return ROOM + (f"    batch_us = {options.batch_us}\n" if options.batch_us else "")


class Load:
    """A program beside others, from when its sessions are there until stop() or its own end."""

    def __init__(self, cluster, tenant, *options, program="lq-bench", ready=READY_WORDS, prefix=None):
        self.tenant, self.program, self.ready, self.said = tenant, program, ready, []
        self.process = cluster.start_bench("--tenant", tenant, "--prefix", prefix or tenant, *map(str, options),
                                           program=program)

    def __enter__(self):
        try:
            self.wait_ready()
        except BaseException:
            self.__exit__()
            raise
        return self

    def wait_ready(self):
        if self.ready is None:
            return
        for line in self.process.stderr:
            self.said.append(line.strip())
            if self.ready in line:
                return
        raise self.failure()

    def failure(self):
        self.process.wait()
        return SystemExit(f"noisy: {self.program} of tenant {self.tenant} ended with {self.process.returncode}: "
                          f"{'; '.join(self.said)}")

    def result(self):
        """Its figures, once it has come to its end."""
        output, errors = self.process.communicate()
        self.said += errors.splitlines()
        if self.process.returncode != 0:
            raise self.failure()
        return json.loads(output)

    def stop(self):
        if self.process.poll() is not None:
            raise self.failure()
        self.process.send_signal(signal.SIGINT)  # it tells its figures and takes its last receipts
        return self.result()

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.terminate()
            self.process.wait()


def bench(cluster, tenant, *options, seconds=LOAD_SECONDS, prefix=None):
    return Load(cluster, tenant, "--warmup", WARMUP_S, "--seconds", seconds, *options, prefix=prefix)


def closed_loop(cluster, tenant, sessions, *options, prefix=None):
    return bench(cluster, tenant, "--sessions", sessions, "--closed-loop", *options, prefix=prefix)


def quiet(cluster, options):
    """C for so long, beside whatever else there is; and what the disk did, if that is asked for."""
    probe = DiskProbe(cluster.folder) if options.disk else None
    with probe or contextlib.nullcontext():
        row = measure_quiet(cluster, options.seconds)
    return row | (probe.figures() if probe else {})


def measure_quiet(cluster, seconds):
    with bench(cluster, "c", "--sessions", QUIET_SESSIONS, "--command-rate", QUIET_RATE, seconds=seconds) as load:
        figures = load.result()
    return {"commands": figures["receipts"], "rate": figures["receipts_per_s"],
            "p50_ms": figures["receipt_p50_ms"], "p99_ms": figures["receipt_p99_ms"],
            "max_ms": figures["receipt_max_ms"], "sending_p99_ms": figures["sending_p99_ms"],
            "not_applied": figures["refused"] + figures["dead_lettered"],
            "all_ticks_per_s": figures["ticks_per_s"]}


def make_sessions(cluster, tenant, sessions):
    """They are there, and each has ticked once: a measurement beside them does not pay for their birth."""
    cluster.bench("--tenant", tenant, "--prefix", tenant, "--sessions", str(sessions), "--once")


def set_quotas(cluster, tenant, **limits):
    """limits: by the words of `lqctl tenant quota`, with _ for - and per_s for /s."""
    words = [word for name, limit in limits.items()
             for word in ("--" + name.replace("_per_s", "/s").replace("_", "-"), str(limit))]
    cluster.lqctl("tenant", "quota", tenant, *words)


def loads_of(cluster):
    """What the broker has counted of each tenant that it knows, by name."""
    return {entry["tenant"]: entry for entry in cluster.lqctl("quota", "show")["tenants"]}


def unruly_program(programs):
    """It is not installed: it lies in the object tree."""
    for folder in (programs, programs.parent / "obj" / "bench", programs.parent / "bench"):
        if (folder / "lq-unruly").exists():
            return folder / "lq-unruly"
    raise SystemExit(f"noisy: no lq-unruly beside {programs}")


def settle():
    """What a load has left behind is gone: its last ticks, the debts of its flows (a second)."""
    time.sleep(1.5)
