# SPDX-License-Identifier: MPL-2.0
# SPDX-FileCopyrightText: The LedgerQuest Engine authors
"""Loads of bench/noisy: lq-bench processes side by side on one cluster, a tenant each, and C, the quiet
tenant that all of it is about: 10 sessions, 10 commands a second each, by the clock."""

import json
import signal

QUIET_SESSIONS, QUIET_RATE = 10, 10
READY_WORDS = "sessions are new"  # lq-bench has made its sessions; its load begins
LOAD_SECONDS = "3600"  # until it is told to stop
WARMUP_S = 1
# 50,000 sessions in a closed loop have as many commands outstanding: more than one tenant may have by default.
ROOM = "    commands_max = 200000\n    tenant_commands_max = 100000\n"


class Load:
    """An lq-bench beside others; measured from a second after its sessions are there until stop()."""

    def __init__(self, cluster, tenant, *options, seconds=LOAD_SECONDS):
        self.tenant, self.said = tenant, []
        self.process = cluster.start_bench("--tenant", tenant, "--prefix", tenant, "--warmup", str(WARMUP_S),
                                           "--seconds", str(seconds), *map(str, options))

    def __enter__(self):
        try:
            for line in self.process.stderr:
                self.said.append(line.strip())
                if READY_WORDS in line:
                    return self
            raise self.failure()
        except BaseException:
            self.__exit__()
            raise

    def failure(self):
        self.process.wait()
        return SystemExit(f"noisy: lq-bench of tenant {self.tenant} ended with {self.process.returncode}: "
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


def quiet(cluster, seconds, tenant="c"):
    """C for so long, beside whatever else there is."""
    with Load(cluster, tenant, "--sessions", QUIET_SESSIONS, "--command-rate", QUIET_RATE, seconds=seconds) as load:
        figures = load.result()
    return {"commands": figures["receipts"], "rate": figures["receipts_per_s"],
            "p50_ms": figures["receipt_p50_ms"], "p99_ms": figures["receipt_p99_ms"],
            "max_ms": figures["receipt_max_ms"], "sending_p99_ms": figures["sending_p99_ms"],
            "not_applied": figures["refused"] + figures["dead_lettered"],
            "all_ticks_per_s": figures["ticks_per_s"]}


def closed_loop(cluster, tenant, sessions):
    return Load(cluster, tenant, "--sessions", sessions, "--closed-loop")


def make_sessions(cluster, tenant, sessions):
    """They are there, and each has ticked once: a measurement beside them does not pay for their birth."""
    cluster.bench("--tenant", tenant, "--prefix", tenant, "--sessions", str(sessions), "--once")
