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
    """Up inside `with`; down and removed behind it. options: more text for the configuration, of the broker first.
    stage: (name, program, actors) of a stage more, which gets a state of its own before Persist.
    programs: their folder, when it is another build's. environment: more of it, for the supervisor and the mirror."""

    def __init__(self, options="", stage=None, programs=BIN, environment=None):
        if not (programs / "lq-bench").exists():
            subprocess.run([ROOT / "ops" / "build"], check=True)
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="lqb-"))
        self.run = self.folder / "c"
        self.options, self.stage, self.programs = options, stage, programs
        self.environment = {**{name: value for name, value in os.environ.items() if not name.startswith("AWS_")},
                            "LQ_BIN_DIR": str(programs), **(environment or {})}

    def ledgerquest(self, *words):
        subprocess.run([ROOT / "ops" / "ledgerquest", "--dir", self.run, *words], check=True,
                       stdout=sys.stderr, env=self.environment)

    def __enter__(self):
        try:
            if self.options or self.stage:
                self.run.mkdir()
                self.write_config()
            if self.stage:
                name, program, actors = self.stage
                self.ledgerquest("add-stage", "-n", str(actors), name, program)
            self.ledgerquest("up")
        except BaseException:
            self.__exit__()
            raise
        return self

    def write_pipeline(self):
        """Paths of document and policy: the engine's, or with one Task more."""
        paths = [ROOT / "pipelines" / f"game_loop.{part}.json" for part in ("asl", "policy")]
        if self.stage is None:
            return paths
        document, policy = (json.loads(path.read_text()) for path in paths)
        states, state = document["States"], self.stage[0].capitalize()
        states[state] = dict(states["Ai"], Resource=f"urn:ledgerquest:stage:{self.stage[0]}", Comment="")
        states["Ai"]["Next"] = state
        policy["states"][state] = dict(policy["states"]["Ai"], version=1)
        paths = [self.folder / path.name for path in paths]
        for path, content in zip(paths, (document, policy)):
            path.write_text(json.dumps(content, indent=2))
        return paths

    def write_config(self):
        pipeline, policy = self.write_pipeline()
        (self.run / "ledgerquest.cfg").write_text(
            f'cluster\n    name = "bench"\n    runtime_dir = "{self.run}/runtime"\n'
            f'    data_dir = "{self.run}/data"\n'
            f'broker\n    pipeline = "{pipeline}"\n    policy = "{policy}"\n{self.options}'
            f'keys\n    master_key_file = "{self.run}/data/keys/master.key"\n')

    def __exit__(self, *_):
        try:
            self.ledgerquest("down")
        finally:
            shutil.rmtree(self.folder, ignore_errors=True)

    def start_bench(self, *options, program="lq-bench"):
        return subprocess.Popen([self.programs / program, "--config", self.run / "ledgerquest.cfg", "--json", *options],
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def bench(self, *options):
        """The result of lq-bench."""
        process = self.start_bench(*options)
        output, errors = process.communicate()
        if process.returncode != 0:
            raise SystemExit(f"lq-bench failed with {process.returncode}: {errors.strip()}")
        return json.loads(output)

    def lqctl(self, *words, codes=(0,)):
        """The document that it prints."""
        done = subprocess.run([self.programs / "lqctl", "--config", self.run / "ledgerquest.cfg", "-o", "json", *words],
                              check=False, stdout=subprocess.PIPE)
        if done.returncode not in codes:
            raise SystemExit(f"lqctl {' '.join(words)} failed with {done.returncode}")
        return json.loads(done.stdout)

    def status(self):
        return self.lqctl("status", codes=(0, 1))  # 1: an actor is missing; the counters are there all the same

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
