#!/usr/bin/python3
# SPDX-License-Identifier: MPL-2.0
# SPDX-FileCopyrightText: The LedgerQuest Engine authors
"""architecture.py [--against COMMIT] [TREE] - the tree as it is, held against docs/architecture.md.

Prints the folders and which folder includes which, then the longest functions, files and parameter lists and
their distribution; with --against, beside those of another commit. A breach is: an arrow that the table of
docs/architecture.md does not allow, one that it allows and nobody uses, a folder that it lacks or that the
tree lacks, a row that uses one below it, a function with more than 6 parameters; with --against, a median or
90th percentile above that commit's. Exit codes: 0 none, 1 some, 2 usage.

The table: a row names one folder, "*" stands for one name and in its third column for the same one. The third
column lists each folder that the row may include, or says "anything"; <ledgerquest/...> is an arrow to library/.
In parentheses stands what is allowed although nobody uses it. The row that names a folder exactly counts before one with "*".
"""

import argparse
import os
import re
import subprocess
import sys
import tempfile
from collections import defaultdict, namedtuple

from c_source import functions, includes, strip_c, tree_files

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
DOCUMENT = "docs/architecture.md"
PARAMETERS_MAX = 6
LONGEST_SHOWN = 3
UNLISTED = {"build-aux", "m4", "docs", ".ci"}  # no part of the architecture

Row = namedtuple("Row", "line folder pure anything uses unused")


class Table:
    """The table of docs/architecture.md: which folders there are, what each may include."""

    def __init__(self, text):
        self.rows = []
        columns = None
        for line, words in enumerate(text.split("\n"), 1):
            cells = [cell.strip() for cell in words.strip().strip("|").split("|")]
            if columns is None:
                columns = cells if cells[0] == "folder" and cells[-1] == "may use" else None
            elif not words.startswith("|"):
                break
            elif not cells[0].startswith("---"):
                self.rows.append(self.read_row(line, cells))

    @staticmethod
    def read_row(line, cells):
        folder = cells[0].strip("`").rstrip("/")
        uses = re.findall(r"`([^`]*)/`", cells[2])
        unused = re.findall(r"\(`([^`]*)/`\)", cells[2])
        return Row(line, folder, "**pure**" in cells[1], cells[2] == "anything", uses, unused)

    def row_of(self, folder):
        for row in self.rows:
            if row.folder == folder or (row.anything and folder.startswith(row.folder + "/")):
                return row
        for row in self.rows:
            if "*" in row.folder and match_folder(row.folder, folder) is not None:
                return row
        return None

    def entry_for(self, row, folder, target):
        """The entry of the row's third column that lets `folder` include `target`, or None."""
        star = match_folder(row.folder, folder) or "*"
        return next((use for use in row.uses if match_folder(use.replace("*", star), target) is not None), None)

    def pure_folders(self, folders):
        return {folder for folder in folders if (row := self.row_of(folder)) and row.pure}


def match_folder(pattern, folder):
    """What "*" stands for, "" where the pattern has none; None where it does not match."""
    match = re.fullmatch(re.escape(pattern).replace(r"\*", "([^/]+)", 1).replace(r"\*", "[^/]+"), folder)
    return None if match is None else "".join(match.groups()[:1])


class Tree:
    """What the C files of a checkout say: folders, arrows, lengths."""

    def __init__(self, root):
        self.arrows = defaultdict(dict)  # folder -> folder that it includes -> "FILE:LINE" of the first
        self.folders = {}  # -> number of C files
        self.tops = set()
        self.files = []  # (lines, path)
        self.functions = []  # (Function, path)
        for path in tree_files(root):
            if "/" in path:
                self.tops.add(path.split("/")[0])
            if path.endswith((".c", ".h")):
                with open(os.path.join(root, path), encoding="utf-8") as file:
                    self.read(path, file.read())

    def read(self, path, text):
        folder = os.path.dirname(path)
        stripped = strip_c(text)
        self.folders[folder] = self.folders.get(folder, 0) + 1
        self.files.append((text.count("\n"), path))
        self.functions += [(function, path) for function in functions(stripped)]
        for include in includes(text, stripped):
            target = os.path.dirname(include.header)
            if include.system:
                target = "library" if target == "ledgerquest" else ""
            if target not in ("", folder) and not include.header.endswith(".pb-c.h"):
                self.arrows[folder].setdefault(target, f"{path}:{include.line}")


def check_arrows(tree, table):
    used = set()
    for folder in sorted(tree.folders):
        row = table.row_of(folder)
        if row is None:
            yield f"{DOCUMENT}:1: no row for the folder {folder}/"
            continue
        for target, place in sorted(tree.arrows[folder].items()):
            entry = table.entry_for(row, folder, target)
            used.add((row.folder, entry))
            if entry is None and not row.anything:
                yield f"{place}: {folder}/ must not include {target}/ ({DOCUMENT}:{row.line})"
    for row in table.rows:
        for use in row.uses:
            if ((row.folder, use) in used) == (use in row.unused):
                yield f"{DOCUMENT}:{row.line}: {row.folder}/ " + (
                    f"uses {use}/, no parentheses then" if use in row.unused
                    else f"may use {use}/, which nobody does: drop it, or put it in parentheses")


def check_rows(tree, table):
    above = []
    known = set(tree.folders) | tree.tops
    for row in table.rows:
        for use in row.uses:
            if use not in above:
                yield f"{DOCUMENT}:{row.line}: {row.folder}/ may use {use}/, which is no row above it"
        above.append(row.folder)
        if all(match_folder(row.folder, folder) is None for folder in known):
            yield f"{DOCUMENT}:{row.line}: the tree has no folder {row.folder}/"
    tops = {row.folder.split("/")[0] for row in table.rows}
    with_files = {folder.split("/")[0] for folder in tree.folders}
    for top in sorted(tree.tops - tops - with_files - UNLISTED):
        yield f"{DOCUMENT}:1: no row for the folder {top}/"


def check_parameters(tree):
    for function, path in tree.functions:
        if function.name == "?":
            yield f"{path}:{function.line}: the head of this function cannot be read"
        elif function.parameters > PARAMETERS_MAX:
            yield f"{path}:{function.line}: {function.name} has {function.parameters} parameters, " \
                  f"at most {PARAMETERS_MAX}"


def print_arrows(tree, table):
    for folder in sorted(tree.folders):
        row = table.row_of(folder)
        arrows = "anything" if row and row.anything else " ".join(sorted(tree.arrows[folder])) or "-"
        print(f"{folder + '/':<24}{tree.folders[folder]:>4} files  -> {arrows}")


def percentile(values, percent):
    """The least value that so many of all do not exceed."""
    return sorted(values)[max(0, -(-len(values) * percent // 100) - 1)] if values else 0


def distribution(tree):
    """Name -> value, of the programs (bench and examples among them) and of the tests."""
    figures = {}
    for where, in_tests in (("programs", False), ("tests", True)):
        lines = [f.lines for f, path in tree.functions if path.startswith("tests/") == in_tests]
        parameters = [f.parameters for f, path in tree.functions if path.startswith("tests/") == in_tests]
        sources, headers = ([n for n, path in tree.files if path.startswith("tests/") == in_tests and path[-1] == end]
                            for end in "ch")
        figures[where] = {
            "functions": len(lines), "lines of a function: median": percentile(lines, 50),
            "lines of a function: 90 %": percentile(lines, 90), "lines of a function: most": max(lines, default=0),
            "sources": len(sources), "lines of a source: median": percentile(sources, 50),
            "lines of a source: 90 %": percentile(sources, 90), "lines of a source: most": max(sources, default=0),
            "headers": len(headers), "lines of a header: median": percentile(headers, 50),
            "lines of a header: 90 %": percentile(headers, 90), "lines of a header: most": max(headers, default=0),
            "parameters: most": max(parameters, default=0),
        }
    return figures


def print_lengths(now, before):
    heads = [f"{where}{suffix}" for where in now for suffix in (["", " before"] if before else [""])]
    print(f"{'':<28}" + "".join(f"{head:>18}" for head in heads))
    for name in now["programs"]:
        cells = [figures[where][name] for where in now for figures in ([now, before] if before else [now])]
        print(f"{name:<28}" + "".join(f"{cell:>18}" for cell in cells))


def print_longest(tree):
    by_lines = sorted(tree.functions, key=lambda pair: -pair[0].lines)[:LONGEST_SHOWN]
    by_parameters = sorted(tree.functions, key=lambda pair: -pair[0].parameters)[:LONGEST_SHOWN]
    print("longest functions: " + ", ".join(f"{f.name} {f.lines} ({path})" for f, path in by_lines))
    print("longest files: " + ", ".join(f"{path} {n}" for n, path in sorted(tree.files)[:-LONGEST_SHOWN - 1:-1]))
    print("longest parameter lists: " + ", ".join(f"{f.name} {f.parameters} ({path})" for f, path in by_parameters))


def check_distribution(now, before):
    for where, figures in now.items():
        for name, value in figures.items():
            if name.endswith(("median", "90 %")) and value > before[where][name]:
                yield f"{where}: {name} was {before[where][name]}, is {value}"


def tree_of_commit(root, commit):
    with tempfile.TemporaryDirectory() as folder:
        archive = subprocess.Popen(["git", "-C", root, "archive", commit], stdout=subprocess.PIPE)
        subprocess.run(["tar", "-x", "-C", folder], stdin=archive.stdout, check=True)
        if archive.wait() != 0:
            sys.exit(2)
        return Tree(folder)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--against", metavar="COMMIT")
    parser.add_argument("tree", metavar="TREE", nargs="?", default=ROOT)
    options = parser.parse_args()
    root = os.path.abspath(options.tree)
    with open(os.path.join(root, DOCUMENT), encoding="utf-8") as file:
        table = Table(file.read())
    tree = Tree(root)
    now = distribution(tree)
    before = distribution(tree_of_commit(root, options.against)) if options.against else None
    print_arrows(tree, table)
    print_lengths(now, before)
    print_longest(tree)
    breaches = [*check_arrows(tree, table), *check_rows(tree, table), *check_parameters(tree)]
    if before:
        breaches += check_distribution(now, before)
    for line in breaches:
        print(line)
    print(f"{len(tree.folders)} folders, {sum(map(len, tree.arrows.values()))} arrows, {len(breaches)} breaches")
    return 1 if breaches else 0


if __name__ == "__main__":
    sys.exit(main())
