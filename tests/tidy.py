#!/usr/bin/python3
# SPDX-License-Identifier: MPL-2.0
# SPDX-FileCopyrightText: The LedgerQuest Engine authors
"""tidy.py - the rules of the source tree that a compiler does not know.

Who may include what, calls that are banned and what to use instead, file names, symbol names, length of
functions and files, licence lines, leftover notes. One line a breach: FILE:LINE: what is wrong.
Exceptions are in the tables below, each with its reason. Exit codes: 0 clean, 1 not.
"""

import os
import re
import sys
from collections import defaultdict

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
FUNCTION_LINES_MAX = 70
SOURCE_LINES_MAX = 800

PURE = r"world|pipeline|broker/core|store/core|replay|actors/[a-z_]+/domain"
PURE_INCLUDES = r"base|world|pipeline|broker/core|store/core|replay|actors/[a-z_]+/domain"

# Folder -> folders whose headers it may include. The first match counts; tests may include anything.
INCLUDES = [
    (r"base", r"base"),
    (r"world", r"base|world"),
    # The core speaks of messages by the plain structs of proto/; the linker proves that it calls no codec.
    (r"broker/core", PURE_INCLUDES + r"|proto"),
    (r"store/core|replay|actors/[a-z_]+/domain", PURE_INCLUDES),
    (r"proto", r"base|world|proto"),
    (r"config", r"base|config"),
    (r"logger", r"base|logger"),
    (r"store/seal", r"base|world|store/core|store/seal"),
    (r"store/lmdb", r"base|world|store/core|store/seal|store/lmdb"),
    (r"pipeline", r"base|world|pipeline"),
    (r"pipeline/document", r"base|pipeline|pipeline/document|store/seal"),
    (r"broker/io", r"base|world|proto|config|pipeline(/document)?|broker/core|broker/io|store/lmdb|store/seal|store/core"),
    (r"client", r"base|world|proto|config|client"),
    (r"actors/runtime", r"base|world|proto|config|actors/runtime"),
    (r"actors/[a-z_]+(/infrastructure)?",
     r"base|world|proto|config|store/[a-z]+|actors/runtime|actors/ledger|actors/SAME(/.*)?"),
    (r"cli", r"base|world|proto|config|client|store/[a-z]+|replay|actors/[a-z_]+/domain|cli"),
    (r"bench", r".*"),
    (r"examples/[a-z_]+", r"base|world|proto|config|client|actors/runtime|examples/[a-z_]+"),
    (r"tests(/.*)?", r".*"),
]

# System header -> folders (or files) that may include it.
SYSTEM_HEADERS = [
    (r"lmdb\.h", r"store/lmdb/.*|bench/.*|tests/.*", "the store's adapter"),
    (r"sodium(/.*)?\.h", r"store/seal/.*|tests/.*", "the seal"),
    (r"(ledgerquest/v1/.*\.pb-c|protobuf-c/.*)\.h", r"proto/.*_codec\.c|proto/wire_limits\.[ch]|tests/.*",
     "the codecs"),
    (r"jansson\.h", r"broker/io/.*|pipeline/document/.*|cli/.*|bench/.*|config/.*|examples/.*|tests/.*", "the edges"),
    (r"(czmq|zmq)\.h", r"config/.*|broker/io/.*|client/.*|actors/.*|cli/.*|bench/.*|examples/.*|tests/.*",
     "the shells"),
    (r"n?curses(w/.*)?\.h", r"cli/.*", "lqctl top"),
]
# assert.h is for static_assert alone; the call assert() is banned below.
PURE_SYSTEM_HEADERS = {
    "assert.h", "float.h", "inttypes.h", "limits.h", "math.h", "stdalign.h", "stdarg.h", "stdbool.h", "stddef.h",
    "stdint.h", "stdio.h", "string.h",
}
PURE_SYSTEM_HEADERS_OF_FILE = {
    # It sets the rounding and denormal mode that every pure computation relies on.
    "world/float_mode.h": {"fenv.h", "xmmintrin.h"},
}

# Call -> what to use instead. The file pattern names who may call it all the same, and why.
BANNED = [
    (r"strcpy|strcat|strncpy|strncat|stpcpy", "snprintf or memcpy with a checked length", r"tests/.*"),
    (r"sprintf|vsprintf", "snprintf", None),
    (r"gets|strtok", "a bounded reader", None),
    (r"atoi|atol|atoll|atof", "strtoull or strtod with their checks", None),
    (r"rand|srand|random|srandom|drand48|rand_r", "a counter-based generator or the seal's randomness", None),
    (r"assert", "LQ_ASSERT", None),
    (r"alloca", "a bounded array", None),
    (r"system|popen", "posix_spawn", r"tests/.*"),
    (r"tmpnam|mktemp|tempnam", "mkstemp or mkdtemp", None),
    (r"sleep|usleep|nanosleep", "an event or a deadline of the loop", None),
    (r"localtime|gmtime|asctime|ctime", "the _r form", None),
    (r"time|gettimeofday|clock_gettime", "lq_clock_monotonic_ns or lq_clock_wall_ns",
     r"base/(clock|log)\.c|bench/.*"),
    (r"malloc|calloc|realloc", "lq_alloc or lq_realloc", r"base/alloc\.c|tests/.*"),
    (r"strdup|strndup", "lq_text_copy", r"tests/.*"),
    (r"setjmp|longjmp", "a result", None),
    (r"tcase_set_timeout", "nothing: tests/support/suite.c guards every test against hanging", r"tests/support/suite\.c"),
]
BANNED_IN_PURE = [
    (r"lq_alloc|lq_realloc|lq_text_copy|free", "memory that the caller lends"),
    (r"lq_clock_[a-z_]+", "time as an argument"),
    (r"lq_log_[a-z]+", "a result or an effect"),
    (r"getenv|secure_getenv", "an argument"),
    (r"printf|fprintf|puts|putchar|fputs|fopen|fclose|fread|fwrite|scanf|fscanf|sscanf|perror",
     "an effect; of stdio only snprintf"),
    (r"qsort|bsearch", "an explicit, stable order (qsort may allocate)"),
    (r"sin|cos|tan|asin|acos|atan|atan2|pow|exp|log|cbrt|hypot|fmod|round|lround|fma",
     "the domain's own polynomial: libm differs between machines, sqrt does not"),
]

DRAWERS = {"util", "utils", "helper", "helpers", "common", "misc", "core", "type", "types", "manager",
           "data", "stuff", "lib", "tools", "shared", "general", "base"}
LIBC_HEADERS = {"assert", "check", "ctype", "endian", "errno", "fcntl", "float", "limits", "locale", "math",
                "sched", "search", "signal", "string", "strings", "stdio", "stdlib", "time", "unistd"}
SAME_NAME_ALLOWED = {"main.c", "run", "local.mk", "README.md", ".gitignore", "Makefile.am", "__init__.py"}

# A symbol begins with lq_ and the name of its file, or of a header beside it that the file includes (a
# module whose sources were split), or it is lq_X_encode or lq_X_decode in a codec. Else it stands here.
SYMBOLS = {
    "base/alloc.c": ("lq_alloc", "lq_realloc", "lq_text_copy"),  # named as what they stand in for
    "config/cluster_config.c": ("lq_cluster_",),  # the section of the file that it reads
    "proto/wire_limits.c": ("lq_wire_",),
    "world/client_window.c": ("lq_client_windows_", "lq_window_verdict_"),  # a set of windows; their verdict
    "world/command.c": ("lq_command_", "lq_outcome_"),  # what became of a command
    "world/identity.c": ("lq_identity_", "lq_tenant_name_", "lq_session_name_"),
    "actors/runtime/actor_main.c": ("lq_actor_run_",),  # the two ways to run one, a file each
    "actors/runtime/tick_stage.c": ("lq_actor_run_",),
    # accept4() and accept() stand in for the system's: libzmq calls them
    "broker/io/accept_gate.c": ("lq_accept_gate_", "accept4", "accept"),
    "broker/io/router_socket.c": ("lq_router_",),
}

NOTES = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b|\b[Ff]or now\b|\b[Pp]laceholder\b")
NOTES_IGNORED = {"tests/tidy.py", "CONTRIBUTING.md", "LICENSE"}
SPDX_SUFFIXES = (".c", ".h", ".sh", ".py", ".mk", ".am", ".ac", ".m4", ".proto")

breaches = []


def breach(path, line, text):
    breaches.append(f"{path}:{line}: {text}")


def tree_files():
    for folder, folders, names in os.walk(ROOT):
        folders[:] = sorted(
            name for name in folders
            if name not in {".git", "__pycache__", "autom4te.cache", "run"}
            and not (folder == ROOT and (name.startswith("build") or name.startswith("ledgerquest-")))
        )
        for name in sorted(names):
            full = os.path.join(folder, name)
            if not os.path.islink(full):
                yield os.path.relpath(full, ROOT)


GENERATED = re.compile(r"(configure~?|aclocal\.m4|Makefile\.in|config\.h\.in~?|.*\.tar\.gz)")


def read_text(path):
    with open(os.path.join(ROOT, path), "rb") as file:
        content = file.read()
    if b"\0" in content:
        return None
    return content.decode("utf-8", "replace")


def strip_c(text):
    """Comments and string contents become spaces; lines stay where they are."""
    pattern = re.compile(r"//[^\n]*|/\*.*?\*/|\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*'", re.DOTALL)

    def blank(match):
        token = match.group(0)
        if token[0] in "\"'":
            return token[0] + " " * (len(token) - 2) + token[0]
        return re.sub(r"[^\n]", " ", token)

    return pattern.sub(blank, text)


def is_pure(folder):
    return re.fullmatch(PURE, folder) is not None


def allowed_includes(folder):
    for pattern, allowed in INCLUDES:
        if re.fullmatch(pattern, folder):
            parts = folder.split("/")
            return allowed.replace("SAME", parts[1] if len(parts) > 1 else "")
    return None


def check_includes(path, text, stripped):
    folder = os.path.dirname(path)
    allowed = allowed_includes(folder)
    if allowed is None:
        breach(path, 1, f"no include rule for the folder {folder} (INCLUDES in tests/tidy.py)")
        return
    lines = stripped.split("\n")
    for number, line in enumerate(text.split("\n"), 1):
        match = re.match(r"\s*#\s*include\s+([<\"])([^>\"]+)[>\"]", line)
        if not match or not lines[number - 1].strip():
            continue
        header = match.group(2)
        check_system_header(path, number, header)
        if match.group(1) == "<":
            more = PURE_SYSTEM_HEADERS_OF_FILE.get(path, set())
            if is_pure(folder) and header not in PURE_SYSTEM_HEADERS | more:
                breach(path, number, f"a pure folder must not include <{header}>")
        elif header not in {"config.h"} and not header.endswith(".pb-c.h"):
            target = os.path.dirname(header)
            if not target:
                breach(path, number, f"include \"{header}\" by its path from the top of the tree")
            elif not re.fullmatch(allowed, target):
                breach(path, number, f"{folder} must not include {target}/")


def check_system_header(path, number, header):
    for pattern, users, who in SYSTEM_HEADERS:
        if re.fullmatch(pattern, header) and not re.fullmatch(users, path):
            breach(path, number, f"{header} is for {who}")


def check_calls(path, stripped):
    folder = os.path.dirname(path)
    rules = [(names, instead) for names, instead, users in BANNED
             if users is None or not re.fullmatch(users, path)]
    if is_pure(folder):
        rules += BANNED_IN_PURE
    every = re.compile(r"(?<![\w.>])(" + "|".join(names for names, _ in rules) + r")\s*\(")
    for number, line in enumerate(stripped.split("\n"), 1):
        if line.lstrip().startswith("#"):
            continue
        for match in every.finditer(line):
            # A declaration or a member of that name is a breach of taste, not of this rule.
            instead = next(text for names, text in rules if re.fullmatch(names, match.group(1)))
            breach(path, number, f"{match.group(1)}(): use {instead}")


def functions(stripped):
    """Yields (line of the brace, head, number of lines) of every function: its braces are in column 0."""
    lines = stripped.split("\n")
    opened = None
    head = ""
    for number, line in enumerate(lines, 1):
        if line == "{":
            start = number - 1
            while start > 0 and lines[start - 1].strip() and lines[start - 1][0] not in "#}" \
                    and not lines[start - 1].rstrip().endswith(";"):
                start -= 1
            head = " ".join(lines[start:number - 1])
            opened = number
        elif line.startswith("}") and opened is not None:
            yield opened, head, number - opened + 1
            opened = None


def symbol_prefixes(path, stem):
    folder = os.path.dirname(path)
    stems = [stem]
    waiting = [path]
    while waiting:
        text = read_text(waiting.pop()) or ""
        for name in re.findall(rf'#include "{folder}/(\w+)\.h"', text):
            header = f"{folder}/{name}.h"
            if name not in stems and os.path.exists(os.path.join(ROOT, header)):
                stems.append(name)
                waiting.append(header)
    return tuple(f"lq_{name}_" for name in stems)


def check_functions(path, stripped):
    stem = os.path.splitext(os.path.basename(path))[0]
    library = path.endswith(".c") and stem != "main" and not re.match(r"tests/|examples/|bench/", path)
    for number, head, length in functions(stripped):
        match = re.search(r"(\w+)\s*\(", head)
        name = match.group(1) if match else "?"
        if name == "START_TEST":
            name = head[head.index("(") + 1:].split(")")[0]
        if length > FUNCTION_LINES_MAX:
            breach(path, number, f"{name} has {length} lines, at most {FUNCTION_LINES_MAX}")
        if library and name != "?" and not re.search(r"\bstatic\b", head):
            prefixes = SYMBOLS.get(path) or symbol_prefixes(path, stem)
            codec = stem.endswith("_codec") and re.fullmatch(r"lq_\w+_(encode|decode)", name)
            if name != f"lq_{stem}" and not name.startswith(prefixes) and not codec:
                breach(path, number, f"{name}: a symbol of this file begins with {' or '.join(prefixes)}")


def check_c(path, text):
    stripped = strip_c(text)
    check_includes(path, text, stripped)
    check_calls(path, stripped)
    check_functions(path, stripped)
    if path.endswith(".c") and text.count("\n") > SOURCE_LINES_MAX:
        breach(path, SOURCE_LINES_MAX, f"{text.count(chr(10))} lines, at most {SOURCE_LINES_MAX}")


def check_name(path, seen):
    name = os.path.basename(path)
    stem = name.split(".")[0]
    if path.endswith((".c", ".h", ".py", ".sh")) or "." not in name:
        if stem.lower() in DRAWERS and not path.startswith(".git"):
            breach(path, 1, f"{name} is the name of a drawer: call it after the thing that is in it")
    if path.endswith(".h") and stem in LIBC_HEADERS:
        breach(path, 1, f"{name} is a header of libc or libcheck")
    code = name.endswith((".c", ".h", ".py", ".sh", ".proto", ".md")) or "." not in name
    if code and name not in SAME_NAME_ALLOWED and not path.startswith(("tests/golden/", "tests/fuzz/")):
        seen[name].append(path)


def check_licence(path, text):
    first = text[:400]
    if path.endswith(SPDX_SUFFIXES) or text.startswith("#!"):
        if "SPDX-License-Identifier: MPL-2.0" not in first:
            breach(path, 1, "no SPDX-License-Identifier: MPL-2.0 in its first lines")
    if path.endswith((".c", ".h")) and "SPDX-FileCopyrightText: The LedgerQuest Engine authors" not in first:
        breach(path, 1, "no SPDX-FileCopyrightText line")


def check_notes(path, text):
    if path in NOTES_IGNORED:
        return
    for number, line in enumerate(text.split("\n"), 1):
        match = NOTES.search(line)
        if match:
            breach(path, number, f"\"{match.group(0)}\" is a note for later: do it or file it")


def main():
    seen = defaultdict(list)
    count = 0
    for path in tree_files():
        if GENERATED.fullmatch(path) or path.startswith("build-aux/"):
            continue
        check_name(path, seen)
        text = read_text(path)
        if text is None:
            continue
        count += 1
        check_licence(path, text)
        check_notes(path, text)
        if path.endswith((".c", ".h")):
            check_c(path, text)
    for name, paths in seen.items():
        if len(paths) > 1:
            breach(paths[1], 1, f"its name is taken by {paths[0]}")
    for line in sorted(breaches):
        print(line)
    print(f"{count} files, {len(breaches)} breaches")
    return 1 if breaches else 0


if __name__ == "__main__":
    sys.exit(main())
