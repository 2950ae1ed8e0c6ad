# SPDX-License-Identifier: MPL-2.0
# SPDX-FileCopyrightText: The LedgerQuest Engine authors
"""A cluster whose machine is lost: nothing is left of it but the table and a copy of the master key, and lqctl restores it.
What is asked of such a cluster, and of what was restored."""

import json
import os
import shutil
import struct
import subprocess

from cluster import BIN, ROOT, SLOWNESS, WAIT_S, Cluster, check, need, wait_until
from service_doubles import TABLE
from test_mirror import Mirror

DOUBLE = "ministack"
BROKEN, NOT_FOUND, TRY_AGAIN, FAILED, USAGE = 7, 3, 75, 1, 2  # exit codes of lqctl


class Loss:
    """A cluster and, on a configuration of its own that names the table, its mirror and lqctl; the master key lies outside of
    the data folder."""

    def __init__(self, double, flush_ms=100, cluster=None):
        need("lqctl", "lq-mirror")
        self.double, self.flush_ms = double, flush_ms
        self.cluster = cluster or Cluster()
        self.cluster.master_key = self.cluster.folder / "kept" / "master.key"
        self.mirror = Mirror(self.cluster, double)
        self.config = self.cluster.folder / "cloud.cfg"
        self.table, self.more = TABLE, ""

    def __enter__(self):
        self.cluster.master_key.parent.mkdir(mode=0o700)
        self.cluster.__enter__()
        self.write_config()
        return self

    def __exit__(self, *words):
        if self.mirror.process is not None and self.mirror.process.poll() is None:
            self.mirror.kill()
        if words[0] is not None and self.mirror.process is not None:
            print(self.mirror.log()[-4000:])
        self.cluster.__exit__(*words)

    def write_config(self, master_key=None):
        text = self.cluster.config.read_text(encoding="utf-8")
        if master_key is not None:
            text = text.replace(str(self.cluster.master_key), str(master_key))
        self.config.write_text(f'{text}mirror\n    table = "{self.table}"\n    flush_ms = {self.flush_ms}\n{self.more}', encoding="utf-8")

    def start_mirror(self):
        self.mirror.start(self.config)

    def wait_mirrored(self, client):
        def mirrored():
            check(self.mirror.process.poll() is None, f"lq-mirror ended: {self.mirror.log()[-2000:]}")
            mark = read_mark(client)
            return mark is not None and f"{mark['l']['N']}:{mark['o']['N']}" == self.cluster.lqctl("feed", "show")["position"]
        wait_until(mirrored, "all is mirrored", timeout_s=2 * WAIT_S)

    def lqctl(self, *words):
        """(exit code, document or None, stderr)"""
        done = subprocess.run([str(BIN / "lqctl"), "--config", str(self.config), "-o", "json", *map(str, words)],
                              env=self.mirror.environment, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              timeout=300 * SLOWNESS, check=False)
        check(done.returncode >= 0, f"lqctl {words}: {done.returncode} {done.stderr}")
        return done.returncode, json.loads(done.stdout) if done.stdout else None, done.stderr

    def restore(self, into, *words, code=0):
        got, document, errors = self.lqctl("restore", "--from-cloud", "--into", into, *words)
        check(got == code, f"restore {words}: exit code {got}, not {code}: {errors} {document}")
        return document, errors

    def lose(self):
        """The machine is gone: nothing of it is left but the copy of the master key."""
        if self.mirror.process.poll() is None:
            self.mirror.kill()
        self.cluster.ledgerquest("down")
        shutil.rmtree(self.cluster.run / "data")
        check(self.cluster.master_key.exists(), "the copy of the master key is gone")

    def come_up_on(self, folder):
        """The cluster goes on with another data folder in the place of the one that was lost."""
        os.rename(folder, self.cluster.run / "data")
        self.cluster.ledgerquest("up")
        self.cluster.wait_serving()

    @property
    def restored(self):
        return self.cluster.folder / "restored"


def read_mark(client):
    return client.get_item(TableName=TABLE, Key={"pk": {"S": "P#0"}, "sk": {"S": "M"}}, ConsistentRead=True).get("Item")


def verify(loss, folder):
    """Both verifiers, on a restored data folder."""
    config = loss.cluster.folder / "restored.cfg"
    config.write_text(loss.config.read_text(encoding="utf-8").replace(str(loss.cluster.run / "data"), str(folder)),
                      encoding="utf-8")
    done = subprocess.run([str(BIN / "lqctl"), "-c", str(config), "verify"], capture_output=True, text=True, check=False)
    check(done.returncode == 0, f"lqctl verify: {done.returncode}: {done.stdout} {done.stderr}")
    done = subprocess.run(
        ["/usr/bin/python3", str(ROOT / "examples" / "verify_in_python" / "verify_ledger.py"), str(folder / "ledger" / "0"),
         "--master-key", str(loss.cluster.master_key), "--json"], capture_output=True, text=True, check=False)
    check(done.returncode == 0, f"verify_ledger.py: {done.returncode}: {done.stdout} {done.stderr}")
    return json.loads(done.stdout)


def entries_of(copy, kind):
    return {sequence: data for stream in copy.streams.values() for (one, sequence), data in stream.items() if one == kind}


def frames_of(records):
    """{session number: newest frame}"""
    newest = {}
    for data in records.values():
        session, frame = struct.unpack_from("<QQ", data, 32)
        newest[session] = max(frame, newest.get(session, 0))
    return newest


def remembered(cluster):
    return {"letters": {one["id"]: (one["state"], one["session"]) for one in cluster.letters()},
            "parked": cluster.status()["sessions_parked"], "live": cluster.status()["sessions_live"],
            "quota": [(one["name"], one["limit"]) for one in cluster.lqctl("quota", "show", "acme")["tenants"][0]["quotas"]]}


def broker_is_mirrored(loss, client):
    """Whatever the broker has told by now is in the table."""
    def mirrored():
        check(loss.mirror.process.poll() is None, f"lq-mirror ended: {loss.mirror.log()[-2000:]}")
        mark, feed = read_mark(client), loss.cluster.lqctl("feed", "show")
        return mark is not None and "q" in mark and int(mark["q"]["N"]) >= feed["broker"]["entry"]
    wait_until(mirrored, "what the broker has told is mirrored", timeout_s=2 * WAIT_S)


def expect_compared(loss, code, words=(), **wanted):
    got, document, errors = loss.lqctl("verify", "--against-cloud")
    check(got == code, f"verify --against-cloud: exit code {got}, not {code}: {errors} {document}")
    text = errors + " ".join(document["faults"] if document else [])
    check(all(word in text for word in words), f"{words} are not in: {text}")
    check(all(document[name] == value for name, value in wanted.items()), f"{wanted}: {document}")
    return document
