# SPDX-License-Identifier: MPL-2.0
# SPDX-FileCopyrightText: The LedgerQuest Engine authors
"""What was installed, as people outside use it: pkg-config, headers, libraries, and folders of examples
that are copied away from the tree and built there."""

import os
import pathlib
import shutil
import subprocess

from cluster import BIN, ROOT, SANITIZED, Failed, need

PREFIX = BIN.parent
LIBRARIES = ("lqstage", "lqclient")
HEADERS = PREFIX / "include" / "ledgerquest"
# A sanitized library wants a sanitized program.
COMPILER_FLAGS = ["-fsanitize=address,undefined"] if SANITIZED else []


def demand_installed():
    need("cc", "c++", "make", "pkg-config", "nm", "readelf", "ldd")
    if not HEADERS.is_dir():
        raise Failed(f"no headers in {HEADERS}: LQ_BIN_DIR has to be the bin/ of an installation")


def environment():
    return dict(os.environ, PKG_CONFIG_PATH=str(PREFIX / "lib" / "pkgconfig"))


def call(*command, text=None, folder=None):
    """The output of a command that has to succeed."""
    ended = subprocess.run([str(word) for word in command], input=text, cwd=folder, env=environment(), text=True,
                           stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    if ended.returncode != 0:
        raise Failed(f"{' '.join(map(str, command))}: {ended.returncode}: {ended.stdout}")
    return ended.stdout


def copy_example(name, to):
    """examples/NAME in a folder where nothing else of the tree is."""
    return pathlib.Path(shutil.copytree(ROOT / "examples" / name, pathlib.Path(to) / name))


def build(folder, program, static):
    """Made as its README says; the program, and what it loads."""
    call("make", "clean", folder=folder)
    words = ["STATIC=yes"] if static else []
    if COMPILER_FLAGS:
        words += [f"LDFLAGS={' '.join(COMPILER_FLAGS)}"]
    call("make", *words, folder=folder)
    return folder / program, call("ldd", folder / program)
