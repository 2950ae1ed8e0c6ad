# SPDX-License-Identifier: MPL-2.0
# SPDX-FileCopyrightText: The LedgerQuest Engine authors
"""c_source.py - what the scripts that look at the tree read from a C file: includes, functions.

No parser: it rests on .clang-format, under which a function's braces stand in column 0 and no other
brace is a line of its own there.
"""

import os
import re
from collections import namedtuple

Function = namedtuple("Function", "name head line lines parameters")
Include = namedtuple("Include", "line system header")

SKIPPED_FOLDERS = {".git", "__pycache__", "autom4te.cache", "run"}
TOKENS = re.compile(r"//[^\n]*|/\*.*?\*/|\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*'", re.DOTALL)
ATTRIBUTE = re.compile(r"__attribute__\s*\(\(.*?\)\)|\b(?:_Alignas|alignas)\s*\([^()]*\)")


def tree_files(root):
    """Paths below `root`, in order; not what a build has made, and no links."""
    for folder, folders, names in os.walk(root):
        folders[:] = sorted(
            name for name in folders
            if name not in SKIPPED_FOLDERS
            and not (folder == root and (name.startswith("build") or name.startswith("ledgerquest-")))
        )
        for name in sorted(names):
            full = os.path.join(folder, name)
            if not os.path.islink(full):
                yield os.path.relpath(full, root)


def strip_c(text):
    """Comments and string contents become spaces; lines stay where they are."""

    def blank(match):
        token = match.group(0)
        if token[0] in "\"'":
            return token[0] + " " * (len(token) - 2) + token[0]
        return re.sub(r"[^\n]", " ", token)

    return TOKENS.sub(blank, text)


def includes(text, stripped):
    lines = stripped.split("\n")
    for number, line in enumerate(text.split("\n"), 1):
        match = re.match(r"\s*#\s*include\s+([<\"])([^>\"]+)[>\"]", line)
        if match and lines[number - 1].strip():
            yield Include(number, match.group(1) == "<", match.group(2))


def name_and_parameters(head):
    """("lq_arena_new", 2) of a head without its body; ("?", 0) where it is none that this style knows."""
    head = ATTRIBUTE.sub(" ", head)
    match = re.search(r"(\w+)\s*\(", head)
    if not match:
        return "?", 0
    depth = 0
    commas = 0
    for at in range(match.end() - 1, len(head)):
        depth += (head[at] in "([{") - (head[at] in ")]}")
        commas += head[at] == "," and depth == 1
        if depth == 0:
            inside = head[match.end():at].strip()
            if match.group(1) == "START_TEST":
                return inside, 0
            if inside.startswith("*"):  # returns a pointer to a function
                return name_and_parameters(inside)
            return match.group(1), 0 if inside in ("", "void") else commas + 1
    return "?", 0


def functions(stripped):
    """Every function with a body: the line of its brace, its lines from there, its parameters."""
    lines = stripped.split("\n")
    opened = None
    head = ""
    for number, line in enumerate(lines, 1):
        if line == "{":
            start = number - 1
            while start > 0 and lines[start - 1].strip() and lines[start - 1][0] not in "#}" \
                    and not lines[start - 1].rstrip().endswith((";", "\\")):
                start -= 1
            head = " ".join(lines[start:number - 1])
            opened = number
        elif line.startswith("}") and opened is not None:
            name, parameters = name_and_parameters(head)
            yield Function(name, head, opened, number - opened + 1, parameters)
            opened = None
