# SPDX-License-Identifier: MPL-2.0
# SPDX-FileCopyrightText: The LedgerQuest Engine authors
"""lq-mirror-probe (mirror_probe.c) from a script: questions in, answers by tag out.

    with Probe("gateway", "ledger", "default", environment={...}) as probe:
        answer = probe.ask(do="get", pk="T#a", sk="K")

The environment of the probe holds no variable of AWS's tools but those that are given."""

import json
import os
import selectors
import subprocess
import tempfile
import time

from cluster import BIN, BUG_WORDS, WAIT_S, Failed, check, skip

KEYS = {"AWS_ACCESS_KEY_ID": "AKIDPROBE", "AWS_SECRET_ACCESS_KEY": "hush-secret-of-the-probe"}
REGION = {"AWS_REGION": "eu-west-1"}


def program():
    """It is built for tests and not installed: it lies in the object tree."""
    for folder in (BIN, BIN.parent / "obj" / "tests" / "integration"):
        if (folder / "lq-mirror-probe").exists():
            return str(folder / "lq-mirror-probe")
    skip("no lq-mirror-probe beside LQ_BIN_DIR: build with ops/build")


def clean_environment(environment):
    kept = {name: value for name, value in os.environ.items()
            if not name.startswith("AWS_") and not name.lower().endswith("_proxy") and name != "HOME"}
    return {**kept, "HOME": "/nonexistent", **environment}


class Probe:
    def __init__(self, *arguments, environment):
        self.errors = tempfile.TemporaryFile(mode="w+")
        self.process = subprocess.Popen([program(), *map(str, arguments)], env=clean_environment(environment),
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.errors)
        self.answers, self.rest, self.tag = {}, b"", 0
        self.printed = []  # every line of stdout
        self.selector = selectors.DefaultSelector()
        self.selector.register(self.process.stdout, selectors.EVENT_READ)

    def __enter__(self):
        return self

    def __exit__(self, kind, value=None, *_):
        if getattr(value, "code", 1) == 0:
            kind = None  # the orderly end of a test script
        if kind is not None:
            print(self.log()[-4000:])
        if self.process.poll() is None:
            self.process.stdin.close()
            try:
                self.process.wait(WAIT_S)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.process.stdout.close()
        words = [word for word in BUG_WORDS if word in self.log()]
        self.selector.close()
        self.errors.close()
        if kind is None:
            check(not words, f"the probe's stderr has {words}")
            check(self.process.returncode in (0, 1), f"the probe ended with {self.process.returncode}")

    def log(self):
        self.errors.seek(0)
        return self.errors.read()

    def send(self, **question):
        """Ask without waiting; the tag."""
        self.tag += 1
        question.setdefault("tag", self.tag)
        self.process.stdin.write(json.dumps(question).encode() + b"\n")
        self.process.stdin.flush()
        return question["tag"]

    def write(self, data):
        self.process.stdin.write(data)
        self.process.stdin.flush()

    def line(self, timeout_s=WAIT_S):
        """The next line of stdout, as JSON."""
        deadline = time.monotonic() + timeout_s
        while b"\n" not in self.rest:
            if not self.selector.select(max(0, deadline - time.monotonic())):
                raise Failed(f"no answer of the probe within {timeout_s} s")
            got = os.read(self.process.stdout.fileno(), 1 << 20)
            if not got:
                raise Failed(f"the probe ended: {self.log()[-2000:]}")
            self.rest += got
        line, self.rest = self.rest.split(b"\n", 1)
        self.printed.append(line.decode())
        return json.loads(line)

    def take(self, tag, timeout_s=WAIT_S):
        while tag not in self.answers:
            answer = self.line(timeout_s)
            self.answers[answer.get("tag")] = answer
        return self.answers.pop(tag)

    def ask(self, timeout_s=WAIT_S, **question):
        return self.take(self.send(**question), timeout_s)

    def count(self):
        self.send(do="count")
        return self.take(None)


def run_credentials(environment):
    """(exit code, answer, stderr) of one run of `lq-mirror-probe credentials`."""
    done = subprocess.run([program(), "credentials"], env=clean_environment(environment), stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, timeout=WAIT_S, check=False)
    check(not any(word in done.stderr for word in BUG_WORDS), done.stderr)
    return done.returncode, json.loads(done.stdout) if done.stdout else {}, done.stderr


def text(value):
    return {"S": value}


def number(value):
    return {"N": str(value)}


__all__ = ["Probe", "KEYS", "REGION", "run_credentials", "text", "number"]
