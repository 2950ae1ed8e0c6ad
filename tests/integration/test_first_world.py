#!/usr/bin/python3
# SPDX-License-Identifier: MPL-2.0
# SPDX-FileCopyrightText: The LedgerQuest Engine authors
"""docs/first-world.md, word by word: its blocks of commands are run in their order, in one shell and a fresh
folder, and each must print what the document shows below it. The build itself is there already: ops/build and
ops/install-packages are stood in for, all else is the real thing."""

import contextlib
import os
import pathlib
import re
import select
import shutil
import subprocess
import tempfile
import time
import tty

from cluster import ROOT, WAIT_S, check, need, run_tests
from outside_build import COMPILER_FLAGS, PREFIX, demand_installed

DOCUMENT = ROOT / "docs" / "first-world.md"
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
ANYTHING = "..."
MARK = "-- 8< --"


def blocks():
    """(commands, what they print or None) in order."""
    found = []
    for language, text in BLOCK.findall(DOCUMENT.read_text()):
        if language == "sh":
            found.append([text, None])
        else:
            check(language == "" and found and found[-1][1] is None, f"a block that is nothing's output: {text}")
            found[-1][1] = text
    return found


def line_pattern(line):
    if line == ANYTHING:
        return r"(?:.*\n)*?"
    return re.escape(line).replace(re.escape(ANYTHING), ".*") + "\n"


def print_as_shown(shown, printed):
    return re.fullmatch("".join(map(line_pattern, shown.splitlines())), printed) is not None


def stand_in(folder):
    """A repository as after `ops/build`: the example's sources, and a build that is the one under test."""
    repository = folder / "ledgerquest"
    (repository / "ops").mkdir(parents=True)
    (repository / "build").symlink_to(PREFIX)
    (repository / "examples").symlink_to(ROOT / "examples")
    for name in ("build", "install-packages"):
        check((ROOT / "ops" / name).exists(), f"no ops/{name}")
        script = repository / "ops" / name
        script.write_text("#!/bin/sh\nexit 0\n")
        script.chmod(0o700)


def compiler_folder(folder):
    """Where the document's cc is found: a sanitized library wants a sanitized program."""
    compiler = folder / "compiler" / "cc"
    compiler.parent.mkdir()
    compiler.write_text(f"#!/bin/sh\nexec {shutil.which('cc')} {' '.join(COMPILER_FLAGS)} \"$@\"\n")
    compiler.chmod(0o700)
    return compiler.parent


def script_of(parts):
    """All in one shell that stops at the first failure; before each block the mark."""
    return "set -euo pipefail\n" + "".join(f"printf %s '{MARK}'\n{commands}" for commands, _ in parts)


def run_on_terminal(script, folder, environment):
    """(exit code, what was printed): both streams to a terminal, as whoever types this sees them."""
    master, slave = os.openpty()
    tty.setraw(slave)
    shell = subprocess.Popen(["bash", "-c", script], cwd=folder, env=environment, stdin=subprocess.DEVNULL,
                             stdout=slave, stderr=slave)
    os.close(slave)
    printed, deadline = b"", time.monotonic() + 2 * WAIT_S
    with contextlib.suppress(OSError):  # EIO: nobody has the terminal open any more
        while select.select([master], [], [], max(0, deadline - time.monotonic()))[0]:
            printed += os.read(master, 65536)
    os.close(master)
    if time.monotonic() > deadline:
        shell.kill()
    return shell.wait(), printed.decode()


def word_by_word():
    demand_installed()
    need("jq", "s6-svscan")
    parts = blocks()
    check(len(parts) >= 8, f"only {len(parts)} blocks of commands in {DOCUMENT}")
    with tempfile.TemporaryDirectory(prefix="lq-") as name:
        folder = pathlib.Path(name)
        stand_in(folder)
        environment = {key: value for key, value in os.environ.items() if not key.startswith("LQ_")}
        environment["PATH"] = f"{compiler_folder(folder)}:{environment['PATH']}"
        environment["XDG_STATE_HOME"] = str(folder / "state")
        try:
            code, printed = run_on_terminal(script_of(parts), folder, environment)
        finally:
            subprocess.run([PREFIX / "bin" / "ledgerquest", "--dir", folder / "first-world" / "run", "down"],
                           stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
    told = printed.split(MARK)[1:]
    for (commands, shown), said in zip(parts, told):
        check(shown is None or print_as_shown(shown, said),
              f"after\n{commands}\nshown is\n{shown}\nprinted was\n{said}")
    check(code == 0 and len(told) == len(parts), f"exit code {code} after\n{parts[len(told) - 1][0]}{told[-1]}")
    replayed = re.search(r"frames (\d+)  equal (\d+)  differing 0  as recorded (\d+)", printed)
    frames, equal, recorded = map(int, replayed.groups())
    check(equal > 0 and recorded > 60 and equal + recorded == frames, replayed.group(0))
    return f"{len(parts)} blocks; {replayed.group(0)}"


if __name__ == "__main__":
    run_tests("first_world", [word_by_word])
