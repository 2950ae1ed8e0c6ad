#!/usr/bin/python3
# SPDX-License-Identifier: MPL-2.0
# SPDX-FileCopyrightText: The LedgerQuest Engine authors
# not sanitized: the mirror's programs are in test_mirror, test_mirror_faults and test_restore
"""lq-mirror under ops/ledgerquest: it comes and goes with the configuration, has AWS's variables and nobody else has, is
stopped last, and says in the status why it may write no more."""

import os
import pathlib
import stat

from cluster import SLOWNESS, check, run_tests, wait_until
from cloud_cluster import CloudCluster, of_mirror
from service_doubles import KEYS, Double
from test_mirror import Mirror

SESSIONS = [f"s{number}" for number in range(4)]
SECRET = KEYS["aws_secret_access_key"]


def variables(pid):
    entries = pathlib.Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
    return {entry.split(b"=", 1)[0].decode() for entry in entries if entry.startswith(b"AWS_")}


def processes_of(cluster):
    """pid -> words of everything below the supervisor."""
    found = {}
    for entry in pathlib.Path("/proc").iterdir():
        try:
            if entry.name.isdigit() and os.readlink(entry / "fd" / "8") == str(cluster.run / ".alive"):
                found[int(entry.name)] = (entry / "cmdline").read_bytes()
        except OSError:
            continue
    return found


def files_with_secret(cluster):
    found = []
    for path in cluster.run.rglob("*"):
        if path.is_file() and SECRET.encode() in path.read_bytes():
            found.append(path)
    return found


def check_secrets(cluster):
    mirror = cluster.pid("mirror")
    processes = processes_of(cluster)
    check(mirror in processes and len(processes) > 16, f"processes {processes}")
    for pid, words in processes.items():
        check(SECRET.encode() not in words, f"{words} tells the secret to everybody")
        got, wanted = variables(pid), set(of_mirror("")) if pid == mirror else set()
        check(got == wanted, f"{words} has {got}")
    found = files_with_secret(cluster)
    check([path.name for path in found] == ["AWS_SECRET_ACCESS_KEY"], f"the secret is in {found}")
    for path, mode in ((found[0], 0o600), (found[0].parent, 0o700)):
        check(stat.S_IMODE(path.stat().st_mode) == mode, f"{path} has mode {path.stat().st_mode:o}")
    return len(processes)


def refuse(cluster, words, *command):
    code, output = cluster.try_ledgerquest(*command)
    check(code == 2 and words in output, f"{command}: {code}: {output}")


def it_comes_and_goes_with_the_configuration():
    with Double("ministack") as double, CloudCluster(double.url) as cluster:
        client = double.make_table()
        check(list(cluster.instances())[-1] == "mirror", "the mirror is not the last in the status")
        cluster.create_sessions("acme", SESSIONS)
        cluster.wait_mirrored(client)
        count = check_secrets(cluster)
        refuse(cluster, "mirror=2 is refused: the store has one partition", "scale", "mirror=2")
        refuse(cluster, "mirror is a stage or a process of the engine", "add-stage", "mirror", "cat")
        pid = cluster.kill("mirror")
        pid = cluster.wait_pid("mirror", other_than=pid)
        check(cluster.mirror_state()["restarts"] == 1, f"{cluster.mirror_state()}")
        check("mirror: restarted" in cluster.ledgerquest("restart", "mirror"), "restart mirror")
        check(cluster.wait_pid("mirror", other_than=pid) != pid, "restart left it")
        # From a shell that has none of the variables it keeps those it had.
        kept, cluster.environment = cluster.environment, {name: value for name, value in cluster.environment.items()
                                                          if not name.startswith("AWS_")}
        cluster.ledgerquest("restart", "mirror")
        check(variables(cluster.wait_pid("mirror")) == set(of_mirror("")), "it lost its variables")
        cluster.environment = kept
        check('"program":"lq-mirror"' in cluster.ledgerquest("logs", "mirror", "-n", "1"), "logs mirror")
        options, cluster.options = cluster.options, ""
        cluster.write_config()
        check("and the mirror" not in cluster.ledgerquest("up"), "up tells of a mirror that is not wanted")
        check("mirror" not in cluster.instances(), "it is still there")
        check(not files_with_secret(cluster), f"the secret is in {files_with_secret(cluster)}")
        cluster.options = options
        cluster.write_config()
        check("started what was missing" in cluster.ledgerquest("up"), "up does not say that it started it")
        check("already up" in cluster.ledgerquest("up"), "up again")
        cluster.create_sessions("beta", SESSIONS)
        cluster.wait_mirrored(client)
    return f"{count} processes, of which the mirror alone has AWS's variables"


def down_carries_all():
    """With a flush that never comes by itself: what lies in the table, its orderly stop has brought there."""
    with Double("ministack") as double, CloudCluster(double.url, flush_ms=3600000) as cluster:
        client = double.make_table()
        for tenant in ("acme", "beta"):
            cluster.create_sessions(tenant, SESSIONS, "--rate", "20")
        wait_until(lambda: cluster.position()[0] > 200 // SLOWNESS, "sessions tick", pause_s=0.2)
        cluster.ledgerquest("down")
        copy = cluster.copy(client)
        records, entries = copy.compare(cluster.ledger)
        check(records > 200 // SLOWNESS, f"{records} records")
    return f"{records} records and {entries} entries of the outbox, none of them before the cluster was told to stop"


def it_says_why_it_writes_no_more():
    with Double("ministack") as double, CloudCluster(double.url) as cluster:
        client = double.make_table()
        cluster.create_sessions("acme", SESSIONS)
        cluster.wait_mirrored(client)
        with Mirror(cluster, double) as other:
            def claimed():
                cluster.create_sessions("acme", [f"n{claimed.number}"])
                claimed.number += 1
                return cluster.mirror_state()["state"] == "FAILED"
            claimed.number = 0
            wait_until(claimed, "the earlier mirror ends", pause_s=0.3)
            other.stop()
        reason = cluster.mirror_state()["reason"]
        check(reason.startswith("exit code 78: ") and "another writer has claimed the" in reason, f"reason {reason}")
        code, text = cluster.try_ledgerquest("status")
        check(code == 1 and reason in text, f"status: {code}: {text}")
        before = cluster.mirror_state()["restarts"]
        cluster.create_sessions("beta", SESSIONS)
        cluster.ledgerquest("restart", "mirror")
        cluster.wait_mirrored(client)
        check(cluster.mirror_state()["restarts"] == before, "it was started again though it may not write")
        records, entries = cluster.copy(client).compare(cluster.ledger)
    return f"FAILED with the reason: {reason}; {records} records and {entries} entries after `restart mirror`"


if __name__ == "__main__":
    run_tests("test_supervised_mirror", [it_comes_and_goes_with_the_configuration, down_carries_all,
                                         it_says_why_it_writes_no_more])
