#!/usr/bin/python3
# SPDX-License-Identifier: MPL-2.0
# SPDX-FileCopyrightText: The LedgerQuest Engine authors
"""tidy.py - the rules of the source tree that a compiler does not know.

Who may include which system header, calls that are banned and what to use instead, file names, symbol names, files
that documents name, length of functions and files, names that nothing uses, places of unit tests, licence lines,
leftover notes. Which folder may include which: architecture.py. One line a breach: FILE:LINE: what is wrong.
Exceptions are in the tables below, each with its reason; one that nothing needs is a breach too.
Exit codes: 0 clean, 1 not.
"""

import os
import re
import sys
from collections import Counter, defaultdict

from architecture import DOCUMENT, Table
from c_source import functions, includes, strip_c, tree_files

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
FUNCTION_LINES_MAX = 70
SOURCE_LINES_MAX = 800
COLUMNS_MAX = 100  # as in .clang-format

# System header -> folders (or files) that may include it, patterns with | between.
SYSTEM_HEADERS = [
    (r"lmdb\.h", r"store/lmdb/.*|bench/.*|tests/.*", "the store's adapter"),
    # mirror/infrastructure: base64 of binary attributes; the probe: digests of secrets that it must not print
    (r"sodium(/.*)?\.h", r"store/seal/.*|mirror/infrastructure/item_json\.c|tests/integration/mirror_probe\.c|"
     r"gateway/infrastructure/token_signature\.c|gateway/infrastructure/tenant_keys\.c",
     "the seal, base64 of binary attributes, and signatures of tokens"),
    (r"openssl/.*\.h", r"gateway/infrastructure/byte_stream\.c|gateway/infrastructure/tls_context\.c|"
     r"gateway/infrastructure/websocket_accept\.c", "TLS of the gateway"),
    (r"wslay/.*\.h", r"gateway/infrastructure/websocket_link\.c", "the gateway's frames"),
    (r"curl/curl\.h", r"mirror/infrastructure/.*", "the gateways"),
    (r"(ledgerquest/v1/.*\.pb-c|protobuf-c/.*)\.h", r"proto/.*_codec\.c|proto/wire_limits\.[ch]|tests/.*",
     "the codecs"),
    (r"jansson\.h", r"pipeline/document/.*|cli/.*|bench/.*|examples/.*|mirror/infrastructure/.*|gateway/infrastructure/.*|"
     r"tests/property/test_state_text\.c", "the edges"),
    (r"(czmq|zmq)\.h", r"transport/.*|bench/.*|tests/.*", "transport/ alone; lq-limit measures without it"),
    (r"n?curses(w/.*)?\.h", r"cli/.*", "lqctl top"),
]
# assert.h is for static_assert alone; the call assert() is banned below.
PURE_SYSTEM_HEADERS = {
    "assert.h", "endian.h", "float.h", "inttypes.h", "limits.h", "math.h", "stdalign.h", "stdarg.h", "stdbool.h", "stddef.h",
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
     r"base/clock\.c|base/log\.c|bench/transport_calls\.c|bench/unruly_stage\.c|examples/client_in_c/main\.c"),  # CPU time; no base/
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
SAME_NAME_ALLOWED = {"main.c", "chaos", "run", "local.mk", "README.md", ".gitignore", "Makefile.am", "__init__.py", "Makefile"}

# A symbol begins with lq_ and the name of its file, or of a header beside it that the file includes (a
# module whose sources were split), or it is lq_X_encode or lq_X_decode in a codec. Else it stands here.
SYMBOLS = {
    "base/alloc.c": ("lq_alloc", "lq_realloc", "lq_text_copy"),  # named as what they stand in for
    "config/cluster_config.c": ("lq_cluster_",),  # the section of the file that it reads
    "proto/wire_limits.c": ("lq_wire_",),
    "world/client_window.c": ("lq_client_windows_", "lq_client_window_", "lq_window_verdict_"),  # a set of windows; one; their verdict
    "world/command.c": ("lq_command_", "lq_outcome_"),  # what became of a command
    "world/identity.c": ("lq_tenant_name_", "lq_session_name_"),
    "actors/runtime/actor_main.c": ("lq_actor_run_",),  # the two ways to run one, a file each
    "actors/runtime/tick_stage.c": ("lq_actor_run_",),
    # accept4() and accept() stand in for the system's: libzmq calls them
    "transport/accept_gate.c": ("lq_accept_gate_", "accept4", "accept"),
    "transport/router_socket.c": ("lq_router_",),
}

NOTES = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b|\b[Ff]or now\b|\b[Pp]laceholder\b")
NOTES_IGNORED = {"tests/tidy.py", "CONTRIBUTING.md", "LICENSE"}
SPDX_SUFFIXES = (".c", ".h", ".sh", ".py", ".mk", ".am", ".ac", ".m4", ".proto")

breaches = []
needed = set()  # (what is banned, pattern of the exception)
TABLE = Table(open(os.path.join(ROOT, DOCUMENT), encoding="utf-8").read())


def breach(path, line, text):
    breaches.append(f"{path}:{line}: {text}")


def is_exception(what, patterns, path):
    found = [pattern for pattern in (patterns or "").split("|") if re.fullmatch(pattern, path)]
    needed.update((what, pattern) for pattern in found)
    return bool(found)


def check_exceptions():
    """One that nothing needs would let in what nobody has looked at."""
    granted = [(what, pattern) for what, patterns, _ in SYSTEM_HEADERS for pattern in patterns.split("|")]
    granted += [(what, pattern) for what, _, patterns in BANNED if patterns for pattern in patterns.split("|")]
    granted += [("symbols", f"{path} {prefix}") for path, prefixes in SYMBOLS.items() for prefix in prefixes]
    for what, pattern in granted:
        if (what, pattern) not in needed:
            breach("tests/tidy.py", 1, f"nothing needs the exception {pattern} from the rule for {what}")


GENERATED = re.compile(r"(configure~?|aclocal\.m4|Makefile\.in|config\.h\.in~?|.*\.tar\.gz)")


def read_text(path):
    with open(os.path.join(ROOT, path), "rb") as file:
        content = file.read()
    if b"\0" in content:
        return None
    return content.decode("utf-8", "replace")


def is_pure(folder):
    row = TABLE.row_of(folder)
    return row is not None and row.pure


def check_includes(path, text, stripped):
    pure = is_pure(os.path.dirname(path))
    for include in includes(text, stripped):
        header = include.header
        check_system_header(path, include.line, header)
        if include.system:
            more = PURE_SYSTEM_HEADERS_OF_FILE.get(path, set())
            if pure and header not in PURE_SYSTEM_HEADERS | more:
                breach(path, include.line, f"a pure folder must not include <{header}>")
        elif header != "config.h" and "/" not in header:
            breach(path, include.line, f"include \"{header}\" by its path from the top of the tree")


def check_system_header(path, number, header):
    for pattern, users, who in SYSTEM_HEADERS:
        if re.fullmatch(pattern, header) and not is_exception(pattern, users, path):
            breach(path, number, f"{header} is for {who}")


def check_calls(path, stripped):
    folder = os.path.dirname(path)
    rules = BANNED + [(names, instead, None) for names, instead in BANNED_IN_PURE if is_pure(folder)]
    every = re.compile(r"(?<![\w.>])(" + "|".join(names for names, _, _ in rules) + r")\s*\(")
    for number, line in enumerate(stripped.split("\n"), 1):
        if line.lstrip().startswith("#"):
            continue
        for match in every.finditer(line):
            # A declaration or a member of that name is a breach of taste, not of this rule.
            names, instead, users = next(rule for rule in rules if re.fullmatch(rule[0], match.group(1)))
            if not is_exception(names, users, path):
                breach(path, number, f"{match.group(1)}(): use {instead}")


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
    for name, head, number, length, _ in functions(stripped):
        if length > FUNCTION_LINES_MAX:
            breach(path, number, f"{name} has {length} lines, at most {FUNCTION_LINES_MAX}")
        if library and name != "?" and not re.search(r"\bstatic\b", head):
            prefixes = SYMBOLS.get(path) or symbol_prefixes(path, stem)
            needed.update(("symbols", f"{path} {prefix}") for prefix in prefixes if name.startswith(prefix))
            codec = stem.endswith("_codec") and re.fullmatch(r"lq_\w+_(encode|decode)", name)
            if name != f"lq_{stem}" and not name.startswith(prefixes) and not codec:
                breach(path, number, f"{name}: a symbol of this file begins with {' or '.join(prefixes)}")


def check_c(path, text, stripped):
    check_includes(path, text, stripped)
    check_calls(path, stripped)
    check_functions(path, stripped)
    if path.endswith(".c") and text.count("\n") > SOURCE_LINES_MAX:
        breach(path, SOURCE_LINES_MAX, f"{text.count(chr(10))} lines, at most {SOURCE_LINES_MAX}")


def check_use(sources):
    """What a header declares and nothing uses. Enums are named for the reader; libraries export for people outside."""
    words = Counter(word for text in sources.values() for word in re.findall(r"\w+", text))
    bodies = {function.name for path, text in sources.items() if path.endswith(".c") for function in functions(text)}
    joined = tuple(set(re.findall(r"\b(LQ_\w+_)##", "\n".join(sources.values()))))  # beginnings of names, by macros
    for path, text in sources.items():
        if not path.endswith(".h"):
            continue
        here = Counter(re.findall(r"\w+", text))
        for match in re.finditer(r"\b(lq_\w+)\(|\b(?:struct|union) (lq_\w+) {|# *define (LQ_\w+)", text):
            name = match.group(1) or match.group(2) or match.group(3)
            declared = match.group(1) is not None and name in bodies and here[name] == 1
            if words[name] <= 1 + declared and not name.endswith("_H") and not name.startswith(joined):
                breach(path, text[:match.start()].count("\n") + 1, f"nothing uses {name}")


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


def subject_of(path):
    """The file that a unit test is about: test_FILE or test_FILE_ASPECT stands where FILE stands, below tests/unit;
    or beside FILE, when that is itself part of the tests."""
    folder = os.path.dirname(path)
    words = os.path.basename(path).split(".")[0].split("_")[1:]
    for count in range(len(words), 0, -1):
        for where in (os.path.relpath(folder, "tests/unit"), folder):
            for suffix in (".c", ".h", ".py", ""):
                file = f"{where}/{'_'.join(words[:count])}{suffix}"
                if os.path.isfile(os.path.join(ROOT, file)):
                    return file
    return None


def check_unit_tests(paths):
    """Each is named after what it tests, and each pure folder has some."""
    subjects = {path: subject_of(path) for path in paths if re.fullmatch(r"tests/unit/.*/test_\w+\.(c|py)", path)}
    for path, subject in subjects.items():
        if subject is None:
            breach(path, 1, "no such file where it stands: tests/unit/FOLDER/test_FILE[_ASPECT].c is about FOLDER/FILE")
    pure = TABLE.pure_folders({os.path.dirname(path) for path in paths if path.endswith(".c")})
    for folder in sorted(pure - {os.path.dirname(subject) for subject in subjects.values() if subject}):
        breach(f"{folder}/", 1, f"a pure folder without tests in tests/unit/{folder}/")


def check_licence(path, text):
    first = text[:400]
    if path.endswith(SPDX_SUFFIXES) or text.startswith("#!"):
        if "SPDX-License-Identifier: MPL-2.0" not in first:
            breach(path, 1, "no SPDX-License-Identifier: MPL-2.0 in its first lines")
    if path.endswith((".c", ".h")) and "SPDX-FileCopyrightText: The LedgerQuest Engine authors" not in first:
        breach(path, 1, "no SPDX-FileCopyrightText line")


def check_columns(path, text):
    """clang-format leaves comments as they are, because drawings stand in them."""
    for number, line in enumerate(text.split("\n"), 1):
        if len(line) > COLUMNS_MAX:
            breach(path, number, f"{len(line)} columns, at most {COLUMNS_MAX}")


def check_notes(path, text):
    if path in NOTES_IGNORED:
        return
    for number, line in enumerate(text.split("\n"), 1):
        match = NOTES.search(line)
        if match:
            breach(path, number, f"\"{match.group(0)}\" is a note for later: do it or file it")


def check_named_files(path, text, paths):
    """A file that a document names is there; an installed header is one of the tree by its last name. Capitals
    stand for any name; decisions and changes tell of the past."""
    if not path.endswith(".md") or path.startswith("docs/decisions/") or path == "CHANGELOG.md":
        return
    for number, line in enumerate(text.split("\n"), 1):
        for word in re.findall(r"`([a-z0-9_./-]+\.(?:c|h|py|sh|mk|def|proto))`", line):
            word = re.sub(r"^(build/include/)?ledgerquest/(?=[a-z_]+\.h$)", "", word)
            if word not in paths and not any(other.endswith("/" + word) for other in paths):
                breach(path, number, f"the tree has no {word}")


def check_distributed(paths):
    """make dist has what lists alone name: documents, planted faults."""
    listed = set()
    for path in paths:
        if path.endswith(".mk"):
            listed.update(re.findall(r"[\w.-]+", read_text(path)))
    for path in paths:
        if path.startswith("docs/") or path.endswith(".patch"):
            if os.path.basename(path) not in listed and not path.endswith(".mk"):
                breach(path, 1, "no local.mk names it, so it is in no distribution")


def main():
    seen = defaultdict(list)
    count = 0
    paths = [path for path in tree_files(ROOT)
             if not GENERATED.fullmatch(path) and not path.startswith("build-aux/")]
    sources = {}
    check_unit_tests(paths)
    check_distributed(paths)
    for path in paths:
        check_name(path, seen)
        text = read_text(path)
        if text is None:
            continue
        count += 1
        check_licence(path, text)
        check_notes(path, text)
        check_named_files(path, text, paths)
        if path.endswith((".c", ".h")):
            sources[path] = strip_c(text)
            check_columns(path, text)
            check_c(path, text, sources[path])
        elif path.endswith((".def", ".map")):
            sources[path] = text
    check_use(sources)
    check_exceptions()
    for name, paths in seen.items():
        if len(paths) > 1:
            breach(paths[1], 1, f"its name is taken by {paths[0]}")
    for line in sorted(breaches):
        print(line)
    print(f"{count} files, {len(breaches)} breaches")
    return 1 if breaches else 0


if __name__ == "__main__":
    sys.exit(main())
