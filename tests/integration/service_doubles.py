# SPDX-License-Identifier: MPL-2.0
# SPDX-FileCopyrightText: The LedgerQuest Engine authors
"""Doubles of DynamoDB and EventBridge: MiniStack and moto (PyPI), dynalite (npm), at the versions and digests of doubles/.

    with Double("moto") as double:
        double.client("dynamodb")...      boto3
        double.url

Each is installed once into build/doubles/, beside whoever else wants it. What cannot be had is skipped by name: its
registry is the only place that has it."""

import contextlib
import fcntl
import hashlib
import os
import shutil
import socket
import subprocess
import sys
import tempfile

from cluster import EXIT_SKIP, ROOT, SLOWNESS, Failed, Terminated, skip, wait_until

try:
    import boto3
    import botocore.config
except ImportError:
    skip("no boto3 (Debian: python3-boto3)")

PINS = ROOT / "tests" / "integration" / "doubles"
CACHE = ROOT / "build" / "doubles"
TABLE, BUS, REGION = "ledger", "default", "eu-west-1"
KEYS = {"aws_access_key_id": "AKIDTEST", "aws_secret_access_key": "hush-secret-of-the-test"}
START_S = 60 * SLOWNESS
INSTALL_S = 300
NAMES = ("ministack", "moto", "dynalite")


def not_to_be_had(what, why):
    """ops/check lets a step that says so go, with CI=true too."""
    print(f"not to be had: {what}: {why}")
    sys.exit(EXIT_SKIP)


def run_installer(command, what, folder):
    try:
        done = subprocess.run(command, cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              timeout=INSTALL_S, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        not_to_be_had(what, error)
    if done.returncode != 0:
        lines = (done.stderr.strip() or done.stdout.strip() or "no reason given").splitlines()
        not_to_be_had(what, next((line for line in lines if "ERR" in line.upper()), lines[-1])[:200])


def install_from_pypi(name, folder):
    run_installer(["/usr/bin/python3", "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-compile",
                   "--root-user-action", "ignore", "--no-deps", "--require-hashes", "--only-binary", ":all:",
                   "--target", str(folder), "-r", str(PINS / f"{name}.txt")], f"{name} (PyPI)", folder)


def install_from_npm(name, folder):
    if shutil.which("npm") is None or shutil.which("node") is None:
        not_to_be_had(f"{name} (npm)", "no node and npm")
    for file in ("package.json", "package-lock.json"):
        shutil.copy(PINS / file, folder)
    run_installer(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"], f"{name} (npm)", folder)


def installed(name):
    """The folder of the double, made now if it is not there yet."""
    pins = PINS / ("package-lock.json" if name == "dynalite" else f"{name}.txt")
    folder = CACHE / f"{name}-{hashlib.sha256(pins.read_bytes()).hexdigest()[:16]}"
    CACHE.mkdir(parents=True, exist_ok=True)
    with open(CACHE / f"{name}.lock", "w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.exists():
            with tempfile.TemporaryDirectory(dir=CACHE) as made:
                inner = os.path.join(made, "it")
                os.mkdir(inner)
                (install_from_npm if name == "dynalite" else install_from_pypi)(name, inner)
                os.rename(inner, folder)
    return folder


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Double:
    def __init__(self, name):
        self.name = name
        self.tells_old_items = name != "dynalite"
        self.has_events = name != "dynalite"
        self.has_expiry = name != "dynalite"
        self.pages_by_bytes = name != "ministack"
        self.sizes_items = name == "dynalite"  # as the service does, to the byte
        self.is_atomic = name != "moto"  # its threads look at a condition and write without a lock around both
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.work = tempfile.TemporaryDirectory(prefix="lq-double-")
        self.process, self.log = None, None

    def command(self):
        folder, port = installed(self.name), str(self.port)
        if self.name == "dynalite":
            return ["node", str(folder / "node_modules" / ".bin" / "dynalite"), "--host", "127.0.0.1", "--port", port,
                    "--createTableMs", "1"], {}
        python = {"PYTHONPATH": str(folder), "PYTHONDONTWRITEBYTECODE": ""}
        if self.name == "moto":
            return ["/usr/bin/python3", "-m", "moto.server", "-H", "127.0.0.1", "-p", port], python
        return ["/usr/bin/python3", "-m", "ministack"], {
            **python, "GATEWAY_PORT": port, "EDGE_PORT": port, "BIND_HOST": "127.0.0.1", "IOT_MTLS_ENABLED": "0",
            "LOG_LEVEL": "WARNING", "STATE_DIR": self.work.name, "S3_DATA_DIR": self.work.name}

    def __enter__(self):
        command, variables = self.command()
        self.log = tempfile.TemporaryFile()
        kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
        self.process = subprocess.Popen(command, env={**kept, **variables}, cwd=self.work.name, stdin=subprocess.DEVNULL,
                                        stdout=self.log, stderr=subprocess.STDOUT)
        try:
            wait_until(self.is_up, f"{self.name} answers", START_S, 0.1)
        except BaseException:
            self.__exit__(Failed)
            raise
        return self

    def __exit__(self, kind, value=None, *_):
        if kind is not None and getattr(value, "code", 1) != 0:
            self.log.seek(0)
            print(f"---- {self.name}:\n{self.log.read()[-3000:].decode('utf-8', 'replace')}")
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.log.close()
        self.work.cleanup()

    def client(self, service):
        return boto3.client(service, endpoint_url=self.url, region_name=REGION, **KEYS, config=botocore.config.Config(
            retries={"max_attempts": 0}, connect_timeout=5, read_timeout=30 * SLOWNESS, proxies={}))

    def is_up(self):
        if self.process.poll() is not None:
            raise Failed(f"{self.name} ended with {self.process.returncode}")
        try:
            self.client("dynamodb").list_tables()
            return True
        except Exception:  # pylint: disable=broad-except
            return False

    def make_table(self, name=TABLE):
        client = self.client("dynamodb")
        client.create_table(
            TableName=name, BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"} for key in ("pk", "sk")],
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}])
        wait_until(lambda: client.describe_table(TableName=name)["Table"]["TableStatus"] == "ACTIVE", "the table is there")
        return client

    def make_queue(self, name="events"):
        """A queue that all events of the engine go to; its URL."""
        queues, events = self.client("sqs"), self.client("events")
        url = queues.create_queue(QueueName=name)["QueueUrl"]
        arn = queues.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        events.put_rule(Name=name, EventPattern='{"source": [{"prefix": "ledgerquest"}]}')
        events.put_targets(Rule=name, Targets=[{"Id": "1", "Arn": arn}])
        return url


def main():
    """For scripts: service_doubles.py NAME prints the double's address, and ends it with standard input."""
    with Double(sys.argv[1] if len(sys.argv) > 1 else NAMES[0]) as double, contextlib.suppress(Terminated):
        print(double.url, flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    main()
