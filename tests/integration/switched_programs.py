# SPDX-License-Identifier: MPL-2.0
# SPDX-FileCopyrightText: The LedgerQuest Engine authors
"""Programs without one of their rules, so that a judge can show that it sees what the rule is for. The programs carry
no such switch: a copy of the tree is patched by tests/switches/NAME.patch and built."""

import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
EXIT_USAGE = 2


class Copy:
    """Of the tree, to be patched and built; built again, only what a patch touches is compiled."""

    def __enter__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="lq-switch-"))
        self.source = self.folder / "source"
        shutil.copytree(ROOT, self.source, symlinks=True, ignore=self.ignored)
        return self

    def __exit__(self, *_):
        shutil.rmtree(self.folder, ignore_errors=True)

    @staticmethod
    def ignored(folder, names):
        top = pathlib.Path(folder) == ROOT
        return [name for name in names if name in ("__pycache__", "autom4te.cache") or
                top and (name == ".git" or name.startswith("build") and name != "build-aux")]

    def command(self, what, *words):
        done = subprocess.run([str(word) for word in words], cwd=self.source, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
        if done.returncode != 0:
            print(f"{what}: {done.stdout}", file=sys.stderr)
            sys.exit(EXIT_USAGE)

    def patch(self, name, *words):
        path = self.source / "tests" / "switches" / f"{name}.patch"
        self.command(f"{name}.patch does not apply", "patch", "-p1", "-F0", "-s", "--no-backup-if-mismatch",
                     "-i", path, *words)

    def build(self, name):
        """The folder of the programs without the rule."""
        self.patch(name)
        self.command(f"without {name} nothing builds", self.source / "ops" / "build", "--into", self.folder / "b")
        return self.folder / "b" / "bin"


def run_with(programs, words):
    """(exit code, stdout). When we are ended, so is the storm, with its cluster."""
    with subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True,
                          env=dict(os.environ, LQ_BIN_DIR=str(programs))) as process:
        try:
            output, _ = process.communicate()
        except BaseException:
            process.terminate()
            process.wait()
            raise
    return process.returncode, output
