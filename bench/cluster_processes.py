# SPDX-License-Identifier: MPL-2.0
# SPDX-FileCopyrightText: The LedgerQuest Engine authors
"""A cluster of its own for a measurement, and what each of its processes uses by /proc.

LQ_BIN_DIR: where the programs are (default build/bin)."""

import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[1]
BIN = pathlib.Path(os.environ.get("LQ_BIN_DIR", ROOT / "build" / "bin")).resolve()
MEMORY_KEYS = ("RssAnon", "RssShmem", "RssFile")


def say(text):
    print(text, file=sys.stderr, flush=True)


class Cluster:
    """Up inside `with`; down and removed behind it. options: more text for the configuration."""

    def __init__(self, options=""):
        if not (BIN / "lq-bench").exists():
            subprocess.run([ROOT / "ops" / "build"], check=True)
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="lqb-"))
        self.run = self.folder / "c"
        self.options = options

    def ledgerquest(self, *words):
        subprocess.run([ROOT / "ops" / "ledgerquest", "--dir", self.run, *words], check=True,
                       stdout=sys.stderr, env=dict(os.environ, LQ_BIN_DIR=str(BIN)))

    def __enter__(self):
        try:
            if self.options:
                self.write_config()
            self.ledgerquest("up")
        except BaseException:
            self.__exit__()
            raise
        return self

    def write_config(self):
        self.run.mkdir()
        (self.run / "ledgerquest.cfg").write_text(
            f'cluster\n    name = "bench"\n    runtime_dir = "{self.run}/runtime"\n'
            f'    data_dir = "{self.run}/data"\n'
            f'broker\n    pipeline = "{ROOT}/pipelines/game_loop.asl.json"\n'
            f'    policy = "{ROOT}/pipelines/game_loop.policy.json"\n{self.options}'
            f'keys\n    master_key_file = "{self.run}/data/keys/master.key"\n')

    def __exit__(self, *_):
        try:
            self.ledgerquest("down")
        finally:
            shutil.rmtree(self.folder, ignore_errors=True)

    def start_bench(self, *options):
        return subprocess.Popen([BIN / "lq-bench", "--config", self.run / "ledgerquest.cfg", "--json",
                                 *options], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def bench(self, *options):
        """The result of lq-bench."""
        process = self.start_bench(*options)
        output, errors = process.communicate()
        if process.returncode != 0:
            raise SystemExit(f"lq-bench failed with {process.returncode}: {errors.strip()}")
        return json.loads(output)

    def status(self):
        done = subprocess.run([BIN / "lqctl", "--config", self.run / "ledgerquest.cfg", "status", "-o",
                               "json"], check=False, stdout=subprocess.PIPE)
        if done.returncode not in (0, 1):  # 1: an actor is missing; the counters are there all the same
            raise SystemExit(f"lqctl status failed with {done.returncode}")
        return json.loads(done.stdout)

    def ticks_committed(self):
        return self.status()["ticks_committed"]

    def processes(self):
        """pid -> name of every process below the supervisor, itself included. The supervisor, its
        children and their loggers are all called `supervision`."""
        parents, names = {}, {}
        for entry in pathlib.Path("/proc").iterdir():
            if not entry.name.isdigit():
                continue
            try:
                parents[int(entry.name)] = int((entry / "stat").read_text().rsplit(")", 1)[1].split()[1])
                names[int(entry.name)] = (entry / "cmdline").read_bytes().decode().split("\0")
            except (FileNotFoundError, ProcessLookupError):
                continue
        found = {pid for pid, words in names.items()
                 if os.path.basename(words[0]) == "s6-svscan" and f"{self.run}/services" in words}
        size = 0
        while size != len(found):
            size = len(found)
            found |= {pid for pid, parent in parents.items() if parent in found}
        return {pid: instance_of(names[pid]) for pid in found}


def instance_of(words):
    if not os.path.basename(words[0]).startswith("lq-"):
        return "supervision"
    if "--instance" in words[:-1]:
        return words[words.index("--instance") + 1]
    return os.path.basename(words[0])


def cpu_ns(pid):
    """What all its threads have used, by the kernel's own count."""
    total = 0
    for thread in pathlib.Path(f"/proc/{pid}/task").iterdir():
        total += int((thread / "schedstat").read_text().split()[0])
    return total


def memory_bytes(pid):
    """RssAnon, RssShmem, RssFile."""
    found = {}
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        key, _, value = line.partition(":")
        if key in MEMORY_KEYS:
            found[key] = int(value.split()[0]) * 1024
    return found


def descriptor_count(pid):
    return len(os.listdir(f"/proc/{pid}/fd"))


def sum_by_name(processes, figure):
    """name -> sum of figure(pid) over its processes, in the order of names."""
    sums = {}
    for pid, name in sorted(processes.items(), key=lambda item: (item[1], item[0])):
        sums[name] = sums.get(name, 0) + figure(pid)
    return sums
