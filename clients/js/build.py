#!/usr/bin/python3
# SPDX-License-Identifier: MPL-2.0
# SPDX-FileCopyrightText: The LedgerQuest Engine authors
"""build.py [--to FILE] - join the modules of src/ into ledgerquest.js, the one file that pages and programs load.

Each module after those that it imports; imports, comments and the word `export` go, what src/ledgerquest.js exports is
exported at the end. So the modules of src/ share one scope: a name at the left margin may be used once in all of them,
an import is one line without renaming. No other tool is needed, and none to use the file, which is committed."""

import pathlib
import re
import sys

HERE = pathlib.Path(__file__).resolve().parent
ENTRY = "ledgerquest.js"
HEAD = """// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
// Made of clients/js/src by clients/js/build.py; types in ledgerquest.d.ts, behaviour in docs/sdk-behaviour.md.
"""
IMPORT = re.compile(r"^import \{ [\w, ]+ \} from '\./([\w.]+)';\n", re.M)
EXPORT_FROM = re.compile(r"^export \{ ([\w, ]+) \} from '\./([\w.]+)';\n", re.M)
TOP_NAME = re.compile(r"^(?:export )?(?:async )?(?:const|let|class|function) (\w+)", re.M)


def strip(text):
    text = IMPORT.sub("", text)
    text = re.sub(r"^[ \t]*//.*\n", "", text, flags=re.M)
    text = re.sub(r"(?<=[;{},]) // .*$", "", text, flags=re.M)
    text = re.sub(r"^export ", "", text, flags=re.M)
    return re.sub(r"\n{3,}", "\n\n", text).strip("\n")


class Bundle:
    def __init__(self):
        self.parts = []
        self.taken = set()
        self.owner_of = {}  # name at the left margin -> module

    def add(self, name):
        if name in self.taken:
            return
        self.taken.add(name)
        text = (HERE / "src" / name).read_text(encoding="utf-8")
        for needed in IMPORT.findall(text):
            self.add(needed)
        for top in TOP_NAME.findall(text):
            if top in self.owner_of:
                sys.exit(f"build.py: {top} stands in {self.owner_of[top]} and in {name}")
            self.owner_of[top] = name
        self.parts.append(strip(text))

    def text(self):
        exports = []
        for names, module in EXPORT_FROM.findall((HERE / "src" / ENTRY).read_text(encoding="utf-8")):
            self.add(module)
            exports += names.split(", ")
        return f"{HEAD}\n" + "\n\n".join(self.parts) + f"\n\nexport {{ {', '.join(sorted(exports))} }};\n"


def main():
    arguments = sys.argv[1:]
    if arguments and (len(arguments) != 2 or arguments[0] != "--to"):
        sys.exit("usage: build.py [--to FILE]")
    to = pathlib.Path(arguments[1]) if arguments else HERE / ENTRY
    to.write_text(Bundle().text(), encoding="utf-8")


main()
