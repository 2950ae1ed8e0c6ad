# SPDX-License-Identifier: MPL-2.0
# SPDX-FileCopyrightText: The LedgerQuest Engine authors
"""A cluster for tests: started and stopped by ops/ledgerquest in a folder of its own, asked by lqctl, hurt
by signals. LQ_BIN_DIR: where the programs are (default build/bin).

    with Cluster() as cluster:
        cluster.lqctl("tenant", "create", "acme")

On the way out of `with` the cluster is brought down and its folder removed; after a failure the ends of
its logs are printed first."""

import contextlib
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import traceback

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests" / "support"), str(ROOT / "examples" / "verify_in_python")]
from message_proxy import MessageProxy  # noqa: E402  pylint: disable=wrong-import-position
BIN = pathlib.Path(os.environ.get("LQ_BIN_DIR", ROOT / "build" / "bin")).resolve()
SANITIZED = os.environ.get("LQ_VARIANT") == "sanitize"
# How much longer than usual an event may take. LQ_SLOWNESS is for a machine that is slow or busy: it stretches what
# the documents promise in seconds as well.
SLOWNESS = (5 if SANITIZED else 1) * int(os.environ.get("LQ_SLOWNESS", "1"))
WAIT_S = 60 * SLOWNESS  # an upper bound for an event that comes soon; nothing waits it out
EXIT_SKIP = 77
DOWN_MAX_S = 10  # the supervisor kills after 15 s
BUG_WORDS = ("assertion failed", "runtime error:", "ERROR: AddressSanitizer", "ERROR: LeakSanitizer",
             "malloc(): ", "free(): ", "corrupted size", "double free", "Segmentation fault")


class Failed(Exception):
    """What the test is about does not hold."""


class Terminated(BaseException):
    """Somebody lost patience: the cluster comes down all the same."""


def on_sigterm(*_):
    signal.signal(signal.SIGTERM, signal.SIG_IGN)  # a second one would cut that short
    raise Terminated


signal.signal(signal.SIGTERM, on_sigterm)


def check(holds, what):
    if not holds:
        raise Failed(what)


def skip(what):
    print(f"skipped: {what}")
    sys.exit(EXIT_SKIP)


def need(*programs):
    """Skip the test when one of these programs of ours or of the system is missing."""
    for program in programs:
        if not (BIN / program).exists() and shutil.which(program) is None:
            skip(f"no {program} (LQ_BIN_DIR is {BIN})")


def wait_until(condition, what, timeout_s=WAIT_S, pause_s=0.02):
    """The first true value of condition(), asked again and again until the deadline."""
    deadline = time.monotonic() + timeout_s
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise Failed(f"not within {timeout_s} s: {what}")
        time.sleep(pause_s)


def support_program(name):
    """What is built for tests and not installed lies in the object tree."""
    for folder in (BIN, BIN.parent / "obj" / "tests" / "support", BIN.parent / "tests" / "support"):
        if (folder / name).exists():
            return str(folder / name)
    return skip(f"no {name} beside LQ_BIN_DIR: build with ops/build")


def marked_program():
    return support_program("lq-stage-marked")


def pipeline_with(folder, stage, version=1, timeout_ms=900):
    """The engine's pipeline with one Task more, before Persist: paths of document and policy."""
    document = json.loads((ROOT / "pipelines" / "game_loop.asl.json").read_text())
    policy = json.loads((ROOT / "pipelines" / "game_loop.policy.json").read_text())
    states, name = document["States"], stage.capitalize()
    states[name] = dict(states["Ai"], Resource=f"urn:ledgerquest:stage:{stage}", Next="Persist")
    states["Ai"]["Next"] = name
    policy["states"][name] = dict(policy["states"]["Ai"], version=version, timeout_ms=timeout_ms)
    paths = folder / f"with_{stage}.asl.json", folder / f"with_{stage}.policy.json"
    for path, content in zip(paths, (document, policy)):
        path.write_text(json.dumps(content, indent=2))
    return paths


def stages_of(path):
    """The stages that a tick passes by a pipeline's document, in order."""
    document = json.loads(path.read_text())
    state = document["States"][document["StartAt"]]
    stages = [state["Resource"].rpartition(":")[2]]
    while "Next" in state:
        state = document["States"][state["Next"]]
        stages.append(state["Resource"].rpartition(":")[2])
    return tuple(stages)


def built_in_stages():
    """Of this build's table, actors/stages.def: what ops/ledgerquest starts."""
    path = BIN.parent / "share" / "ledgerquest" / "stages"
    if not path.exists():
        skip(f"no {path}: build with ops/build")
    return [line.split()[0] for line in path.read_text().splitlines()]


STAGES = stages_of(ROOT / "pipelines" / "game_loop.asl.json")
SERVERS = ("lq-broker", *(f"lq-{stage}" for stage in built_in_stages()))
ACTORS_STARTED = 2 * len(STAGES) - 1  # two of each, and one writer


class Cluster:
    def __init__(self, options="", stages=(), pipeline=None, policy=None, start=True, proxied=None):
        """options: text for the configuration. stages: (name, command, instances) of user's stages.
        pipeline, policy: paths, else the engine's own. start: whether `with` starts it.
        proxied: the arguments of a MessageProxy that stands between peers and broker, as `proxy`."""
        need(*SERVERS, "lqctl", "s6-svscan", "s6-svstat")
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="lq-"))
        self.run = self.folder / "c"
        self.config = self.run / "ledgerquest.cfg"
        self.master_key = self.run / "data" / "keys" / "master.key"
        self.ledger = self.run / "data" / "ledger" / "0"
        self.options, self.start, self.user_stages = options, start, stages
        self.bind_dir = self.run / "behind" if proxied is not None else None
        self.proxy = MessageProxy(self, **proxied) if proxied is not None else None
        self.map_bytes = "4G"
        self.reserve_hours = 0  # the disk of who runs the tests makes no cluster DEGRADED
        self.pipeline = pipeline or ROOT / "pipelines" / "game_loop.asl.json"
        self.policy = policy or ROOT / "pipelines" / "game_loop.policy.json"
        self.environment = dict(os.environ, LQ_BIN_DIR=str(BIN), LQ_SHARE_DIR=str(BIN.parent / "share" / "ledgerquest"),
                                LQ_WITHOUT_MIRROR="1", XDG_STATE_HOME=str(self.folder / "state"))
        self.frozen = set()

    # ---- life ----

    def write_config(self):
        """From the attributes; takes effect when processes start again."""
        self.run.mkdir(exist_ok=True)
        self.config.write_text(
            f'cluster\n    name = "test"\n    runtime_dir = "{self.run}/runtime"\n'
            f'    data_dir = "{self.run}/data"\n'
            f'broker\n    pipeline = "{self.pipeline}"\n    policy = "{self.policy}"\n'
            + (f'    bind_dir = "{self.bind_dir}"\n' if self.bind_dir else "") +
            f'store\n    map_bytes = {self.map_bytes}\n    reserve_hours = {self.reserve_hours}\n'
            f'keys\n    master_key_file = "{self.master_key}"\n'
            f'{self.options}')

    def __enter__(self):
        try:
            self.write_config()
            if self.proxy:
                self.proxy.__enter__()
            for name, command, instances in self.user_stages:
                self.ledgerquest("add-stage", "-n", str(instances), name, *command)
            if self.start:
                self.ledgerquest("up")
        except BaseException:
            self.__exit__(*sys.exc_info())
            raise
        return self

    def __exit__(self, kind, *_):
        for pid in self.frozen:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)
        failed = kind is not None and kind is not SystemExit
        if failed:
            self.print_logs()
        begun = time.monotonic()
        code, output = self.try_ledgerquest("down")
        if self.proxy:
            self.proxy.__exit__()
        took = time.monotonic() - begun
        if code != 0:
            print(f"down: exit code {code}: {output}", file=sys.stderr)
        slow = took > DOWN_MAX_S
        if slow:
            print(f"down took {took:.1f} s", file=sys.stderr)
            self.print_logs()
        bugs = self.find_bugs()
        for line in bugs[:20]:
            print(f"a bug in the logs: {line}", file=sys.stderr)
        if failed and os.environ.get("LQ_KEEP"):
            print(f"kept: {self.folder}", file=sys.stderr)
            return
        shutil.rmtree(self.folder, ignore_errors=True)
        if code != 0 and not failed:
            raise Failed("the cluster did not come down")
        if slow and not failed and not SANITIZED:  # the search for leaks at exit takes its time
            raise Failed(f"down took {took:.1f} s: a process did not end when it was asked to")
        if bugs and not failed:
            raise Failed(f"the logs tell of bugs: {bugs[0]}")

    def print_logs(self, lines=15):
        for path in sorted((self.run / "logs").glob("*/current")):
            print(f"---- {path.parent.name}", file=sys.stderr)
            for line in path.read_text(errors="replace").splitlines()[-lines:]:
                print(f"  {line[:400]}", file=sys.stderr)

    def find_bugs(self):
        """Failed assertions and reports of sanitizers: the supervisor restarts over them."""
        return [f"{path.parent.name}: {line[:300]}" for path in sorted((self.run / "logs").glob("*/*"))
                if path.name == "current" or path.name.startswith("@")
                for line in path.read_text(errors="replace").splitlines()
                if any(words in line for words in BUG_WORDS)]

    def log_text(self, instance):
        path = self.run / "logs" / instance / "current"
        return path.read_text(errors="replace") if path.exists() else ""

    # ---- the supervisor's script ----

    def try_ledgerquest(self, *words):
        """(exit code, stdout and stderr)"""
        done = subprocess.run([str(ROOT / "ops" / "ledgerquest"), "--dir", str(self.run), *words],
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              text=True, env=self.environment, check=False)
        return done.returncode, done.stdout

    def ledgerquest(self, *words):
        code, output = self.try_ledgerquest(*words)
        check(code == 0, f"ledgerquest {' '.join(words)}: exit code {code}: {output}")
        return output

    def instances(self):
        """What the supervisor says of every instance, by name."""
        _, output = self.try_ledgerquest("status", "-o", "json")
        return {entry["name"]: entry for entry in json.loads(output)["instances"]}

    # ---- processes ----

    def pid(self, instance):
        """Of a process that is up and told that it is ready; else None."""
        done = subprocess.run(["s6-svstat", "-o", "up,ready,pid", str(self.run / "instances" / instance)],
                              stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=False)
        words = done.stdout.split()
        return int(words[2]) if words[:2] == ["true", "true"] else None

    def wait_pid(self, instance, other_than=None, timeout_s=WAIT_S):
        def ready():
            pid = self.pid(instance)
            return pid if pid != other_than else None
        return wait_until(ready, f"{instance} is ready again", timeout_s)

    def names(self):
        """All supervised instances."""
        return sorted(path.name for path in (self.run / "services").iterdir()
                      if not path.name.startswith("."))

    def pids(self):
        return {name: self.pid(name) for name in self.names()}

    def kill(self, instance, number=signal.SIGKILL):
        """Send a signal to the process; returns its pid."""
        pid = self.wait_pid(instance)
        os.kill(pid, number)
        return pid

    def freeze(self, instance):
        """Stop the process; its pid."""
        pid = int((self.run / "instances" / instance / "pid").read_text())
        os.kill(pid, signal.SIGSTOP)
        self.frozen.add(pid)
        return pid

    def thaw(self, pid):
        self.frozen.discard(pid)
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGCONT)

    def try_program(self, program, *words, timeout_s=WAIT_S, config=None):
        """Run one of our programs by hand: (exit code, stdout and stderr). None: it did not end."""
        try:
            done = subprocess.run([str(BIN / program), "--config", str(config or self.config), *words],
                                  stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                  stderr=subprocess.STDOUT, text=True, env=self.environment,
                                  timeout=timeout_s, check=False)
        except subprocess.TimeoutExpired as late:
            return None, (late.stdout or b"").decode()
        return done.returncode, done.stdout

    # ---- lqctl ----

    def lqctl_process(self, *words, stdout=subprocess.PIPE):
        return subprocess.Popen([str(BIN / "lqctl"), "--config", str(self.config), "-o", "json", *words],
                                stdin=subprocess.DEVNULL, stdout=stdout, stderr=subprocess.PIPE,
                                text=True, env=self.environment)

    def try_lqctl(self, *words):
        """(exit code, document or None, stderr)"""
        process = self.lqctl_process("--no-input", "--timeout", f"{WAIT_S}s", *words)
        output, errors = process.communicate()
        return process.returncode, json.loads(output) if output else None, errors

    def lqctl(self, *words, code=0):
        """The document that lqctl prints; its exit code must be `code`."""
        got, document, errors = self.try_lqctl(*words)
        check(got == code, f"lqctl {' '.join(words)}: exit code {got}, not {code}: {errors}{document}")
        return document

    def try_status(self):
        """The status, also of a cluster that is DEGRADED (exit code 1); None: no answer."""
        code, document, _ = self.try_lqctl("status")
        check(document is None or code == (0 if document["healthy"] else 1), f"exit code {code}: {document}")
        return document

    def status(self):
        code, document, errors = self.try_lqctl("status")
        check(document is not None and code == (0 if document["healthy"] else 1),
              f"no status: exit code {code}: {errors} {document}")
        return document

    def wait_serving(self, timeout_s=WAIT_S):
        """Until every stage of the pipeline has an actor; returns the status."""
        def healthy():
            document = self.try_status()
            return document if document is not None and document["healthy"] else None
        return wait_until(healthy, "every stage has an actor", timeout_s)

    def create_sessions(self, tenant, names, *options):
        code, _, errors = self.try_lqctl("tenant", "create", tenant)
        check(code in (0, 1), errors)  # 1: it is there already
        for name in names:
            self.lqctl("session", "create", f"{tenant}/{name}", *options)

    def session(self, path):
        return self.lqctl("session", "show", path)

    # ---- the independent reader ----

    def read_ledger(self):
        """(summary, commands): what verify_ledger.py says, which shares no code with the engine."""
        done = subprocess.run(
            ["/usr/bin/python3", str(ROOT / "examples" / "verify_in_python" / "verify_ledger.py"),
             str(self.ledger), "--master-key", str(self.master_key), "--commands", "--json"],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False)
        check(done.returncode in (0, 7), f"verify_ledger.py: {done.returncode}: {done.stderr}")
        return json.loads(done.stderr), [json.loads(line) for line in done.stdout.splitlines()]


def run_tests(name, tests):
    """Run functions one after the other; each returns what it counted, as text. Ends the process."""
    failed = 0
    wanted = sys.argv[1:]
    chosen = [test for test in tests if not wanted or test.__name__ in wanted]
    for test in chosen:
        begun = time.monotonic()
        try:
            counted = test()
            print(f"ok    {time.monotonic() - begun:5.1f} s  {test.__name__}: {counted}", flush=True)
        except Exception as error:  # pylint: disable=broad-except
            failed += 1
            print(f"FAIL  {time.monotonic() - begun:5.1f} s  {test.__name__}: {error}", flush=True)
            if not isinstance(error, Failed):
                traceback.print_exc()
    print(f"{name}: {len(chosen)} tests, {failed} failed")
    sys.exit(1 if failed else 0)
