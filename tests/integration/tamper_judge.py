# SPDX-License-Identifier: MPL-2.0
# SPDX-FileCopyrightText: The LedgerQuest Engine authors
"""Readers of a damaged partition, and what they say: each run as a user runs it. And what the partition holds as
far as LMDB can tell, read in a child that may die of it."""

import dataclasses
import hashlib
import os
import re
import select
import shutil
import signal
import subprocess
import sys
import time
import traceback

import lmdb

from cluster import BIN, BUG_WORDS, ROOT, SLOWNESS

sys.path.insert(0, str(ROOT / "examples" / "verify_in_python"))
from ledger_partition import DATABASES  # noqa: E402  pylint: disable=wrong-import-position
import ledger_entries  # noqa: E402  pylint: disable=wrong-import-position
import verify_ledger  # noqa: E402  pylint: disable=wrong-import-position

DETECTED, ACCEPTED, REFUSED = "detected", "accepted", "refused"
EXIT_REFUSED, EXIT_NOT_FOUND, EXIT_BROKEN, EXIT_CONFIG = 1, 3, 7, 78
STARTS = "starts"
HANG_S = 100 * SLOWNESS
DUMP_S = 20
COVERED = slice(8, 152)  # of a record: header, D and H, which the sums are over
KEY, NO_KEY = "key", "no key"
# What a message that says where has to have one of.
PLACES = re.compile(r"data\.mdb|meta|page|unnamed|names|heads|ledger|keys|frames|outbox|letters|cursors|database|/s\d\d|"
                    r"partition|session|record|head|event|letter|map|file")
UNREADABLE = "unreadable"


@dataclasses.dataclass
class Verdict:
    reader: str
    with_key: str
    code: object  # None: it hung; negative: a signal
    text: str

    @property
    def kind(self):
        return {STARTS: STARTS, 0: ACCEPTED, EXIT_BROKEN: DETECTED, EXIT_REFUSED: REFUSED}.get(self.code, f"ended with {self.code}")

    def wrong(self):
        """What no reader may do, whatever it is given; None if it did not."""
        if self.code is None:
            return f"hangs for {HANG_S} s"
        if isinstance(self.code, str):
            return None if self.code == STARTS else f"ended with {self.code}"
        if not 0 <= self.code <= 125:
            return f"ended by signal {-self.code if self.code < 0 else self.code - 128}"
        bug = next((words for words in BUG_WORDS if words in self.text), None)
        if bug and self.code != EXIT_BROKEN:  # of a child that died, a reader that says 7 may tell
            return f"{bug!r} in what it says"
        if self.code == EXIT_BROKEN and not PLACES.search(self.text):
            return "does not say where"
        return None

    def __str__(self):
        return f"{self.reader} with {self.with_key}: {self.kind}: {self.text.strip()[-300:]}"


def reader_environment():
    environment = dict(os.environ)
    if "ASAN_OPTIONS" in environment:  # what a damaged page leads to is the reader's to tell
        environment["ASAN_OPTIONS"] += ":handle_segv=0:handle_sigbus=0:handle_abort=0:handle_sigfpe=0:detect_leaks=0"
    return environment


class Bench:
    """A copy of a store, to be damaged and judged."""

    def __init__(self, folder, store):
        self.folder, self.store = folder, store
        self.partition, self.broker = folder / "data" / "ledger" / "0", folder / "data" / "broker"
        self.data = self.partition / "data.mdb"
        self.config = folder / "ledgerquest.cfg"
        shutil.copytree(store.partition, self.partition)
        (folder / "data" / "keys").mkdir()
        self.key = folder / "data" / "keys" / "master.key"
        shutil.copy(store.key, self.key)
        self.config.write_text(
            f'cluster\n    name = "tamper"\n    runtime_dir = "{folder}/runtime"\n    data_dir = "{folder}/data"\n'
            f'broker\n    pipeline = "{ROOT}/pipelines/game_loop.asl.json"\n'
            f'    policy = "{ROOT}/pipelines/game_loop.policy.json"\n'
            f'keys\n    master_key_file = "{self.key}"\nstore\n    map_bytes = 1G\n')

    def restore(self):
        shutil.rmtree(self.partition)
        shutil.copytree(self.store.partition, self.partition)

    def restore_broker(self):
        shutil.rmtree(self.broker, ignore_errors=True)
        shutil.copytree(self.store.broker, self.broker)

    def lqctl(self, with_key, *words):
        """stdout and stderr of lqctl."""
        with subprocess.Popen([str(BIN / "lqctl"), "--config", str(self.config), *words], stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=reader_environment(),
                              start_new_session=True) as process:
            try:
                output, _ = process.communicate(timeout=HANG_S)
                code = process.returncode
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                output, _ = process.communicate()
                code = None
        return Verdict(f"lqctl {words[0]}", with_key, code, output.decode(errors="replace"))

    def verify_ledger(self, with_key, *words):
        """As from the command line, without starting Python anew."""
        def work(writing):
            os.setsid()
            os.dup2(writing, 1)
            os.dup2(writing, 2)
            code = verify_ledger.main([str(self.partition), *words])
            sys.stdout.flush()
            sys.stderr.flush()
            return code
        code, output = in_child(work, HANG_S)
        return Verdict("verify_ledger.py", with_key, code, output.decode(errors="replace"))

    def open_as_writer(self, program="lq-persist", data=None):
        """A program that writes its store as soon as it has it: STARTS when it took it over, else its exit code; and
        what it logged."""
        data = data or self.data
        before = data.read_bytes() if data.exists() else b""
        (self.folder / "runtime").mkdir(mode=0o700, exist_ok=True)
        with open(self.folder / "log", "w+b") as log, subprocess.Popen(
                [str(BIN / program), "--config", str(self.config)], stdin=subprocess.DEVNULL, stdout=log,
                stderr=log, env=reader_environment(), start_new_session=True) as process:
            deadline = time.monotonic() + HANG_S
            while process.poll() is None and data.read_bytes() == before and time.monotonic() < deadline:
                time.sleep(0.005)
            code = process.poll()
            touched = data.exists() and data.read_bytes() != before
            if code is None:
                code = STARTS if touched else None
                process.kill()
            elif touched:
                code = f"{code}, and touched the file"
            process.wait()
            log.seek(0)
            return Verdict(program, KEY, code, log.read().decode(errors="replace"))

    def verdicts(self):
        """Of both readers, with the key and without it."""
        yield self.lqctl(KEY, "verify")
        yield self.lqctl(NO_KEY, "verify", "--no-key")
        yield self.verify_ledger(KEY, "--master-key", str(self.key))
        yield self.verify_ledger(NO_KEY)


def in_child(work, seconds):
    """(exit code as of subprocess, or None: it had to be ended; what it wrote). work(descriptor to write to) -> code"""
    sys.stdout.flush()
    sys.stderr.flush()
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        code = EXIT_REFUSED
        try:
            code = work(writing)
        except BaseException:  # pylint: disable=broad-except
            os.write(writing, traceback.format_exc().encode())
        finally:
            os._exit(code)
    os.close(writing)
    deadline, output, ended = time.monotonic() + seconds, b"", False
    while not ended and select.select([reading], [], [], max(0.0, deadline - time.monotonic()))[0]:
        part = os.read(reading, 65536)
        output += part
        ended = not part
    if not ended:
        for kill, number in ((os.killpg, os.getpgid(pid)), (os.kill, pid)):
            if number != os.getpgid(0):
                kill(number, signal.SIGKILL)
    os.close(reading)
    _, status = os.waitpid(pid, 0)
    return os.waitstatus_to_exitcode(status) if ended else None, output


def read_all(folder):
    """Digest of all that the partition holds, and digest of it without the sealed bytes of records."""
    digests = hashlib.sha256(), hashlib.sha256()

    def take(word, without_sealed=None):
        for digest, part in zip(digests, (word, word if without_sealed is None else without_sealed)):
            digest.update(len(part).to_bytes(4, "big") + part)

    def walk(name, txn, db):
        take(name + repr(sorted(db.flags(txn).items())).encode())
        last = None
        for key, value in txn.cursor(db=db):
            if key == last:
                raise RuntimeError("a cursor that stands still")
            last = key
            take(key + (b"+" if txn.get(key, db=db) == value else b"-"))
            take(value, value[COVERED] if name == b"ledger" else None)
        take(b"end")

    (folder / "lock.mdb").unlink(missing_ok=True)
    env = lmdb.open(str(folder), readonly=True, max_dbs=24, map_size=1 << 40)
    main = env.open_db(None)
    with env.begin() as txn:
        take(str(txn.id()).encode())
        take(repr(sorted(main.flags(txn).items())).encode())
        names = [key for key, _ in txn.cursor(db=main)]
    for name in names:
        db = env.open_db(name, create=False)
        with env.begin() as txn:
            walk(name, txn, db)
    return "%s %s" % tuple(digest.hexdigest() for digest in digests)


def is_seen_at_open(folder, master):
    """Whether a writer that looks at the databases, their counts and the state has to refuse this partition. None: it
    cannot be read so far."""
    def look():
        (folder / "lock.mdb").unlink(missing_ok=True)
        with lmdb.open(str(folder), readonly=True, max_dbs=24, map_size=1 << 40) as env:
            try:
                db = {name: env.open_db(name.encode(), create=False) for name in DATABASES}
                with env.begin() as txn:
                    value = txn.get(b"partition", db=db["meta"])
                    counts = {name: txn.stat(db[name])["entries"] for name in db}
                state = ledger_entries.State(value or b"")
            except (lmdb.NotFoundError, lmdb.IncompatibleError, ledger_entries.Broken, ledger_entries.UnknownFormat):
                return True
        tag = ledger_entries.make_tag(ledger_entries.make_tag_key(master), "meta", 0, b"partition", state.tagged)
        return state.partition != 0 or counts != state.entries or state.tag != tag

    def work(writing):
        os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
        os.write(writing, b"yes" if look() else b"no")
        return 0
    code, output = in_child(work, DUMP_S)
    return output == b"yes" if code == 0 else None


def dump(folder):
    """What read_all says; of an error, a death or a hang UNREADABLE twice."""
    def work(writing):
        os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
        os.write(writing, read_all(folder).encode())
        return 0
    code, output = in_child(work, DUMP_S)
    parts = output.decode(errors="replace").split()
    return tuple(parts) if code == 0 and len(parts) == 2 else (UNREADABLE, UNREADABLE)
