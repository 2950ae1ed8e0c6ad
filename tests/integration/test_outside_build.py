#!/usr/bin/python3
# SPDX-License-Identifier: MPL-2.0
# SPDX-FileCopyrightText: The LedgerQuest Engine authors
"""People outside the tree build on what is installed and on nothing else: every header compiles alone, the
libraries export what their headers declare and no more, and the examples are built in a folder far away,
shared and static, and work in a cluster."""

import re
import tempfile

from cluster import check, run_tests
from outside_build import HEADERS, LIBRARIES, PREFIX, build, call, copy_example, demand_installed
from test_user_stages import stage_counts

STRICT = ["-Wall", "-Wextra", "-pedantic", "-Werror", "-fsyntax-only"]
DECLARATION = re.compile(r"^(?:[\w \*]+\s)?\*?(lq_\w+)\((?!\*)", re.MULTILINE)


def functions(header):
    """The functions that a header declares, but for those it defines itself."""
    text = re.sub(r"/\*.*?\*/", "", header.read_text(), flags=re.DOTALL)
    text = re.sub(r"\\\n", " ", text)
    text = re.sub(r"^#.*$", "", text, flags=re.MULTILINE)
    text = re.sub(r"LQ_(MUST_CHECK|NORETURN)", "", text)
    text = re.sub(r"^static inline .*?^}", "", text, flags=re.DOTALL | re.MULTILINE)
    return set(DECLARATION.findall(text))


def headers_alone():
    demand_installed()
    headers = sorted(HEADERS.glob("*.h"))
    for header in headers:
        line = f"#include <ledgerquest/{header.name}>\n"
        flags = call("pkg-config", "--cflags", *LIBRARIES).split()
        call("cc", "-std=c17", *STRICT, *flags, "-x", "c", "-", text=line)
        call("c++", "-std=c++17", *STRICT, *flags, "-x", "c++", "-", text=line)
    check(len(headers) > 10, f"only {len(headers)} headers in {HEADERS}")
    return f"{len(headers)} headers, as C17 and as C++17"


def exported(library):
    """The names in the dynamic table of a shared library, after a look at how they are versioned."""
    node = f"{library.upper()}_0"
    names = set()
    for line in call("nm", "-D", "--defined-only", PREFIX / "lib" / f"lib{library}.so.0").splitlines():
        name = line.split()[-1]
        if name != node:
            base, _, version = name.partition("@@")
            check(re.fullmatch(r"lq_[a-z0-9_]+", base) and version == node, f"lib{library} exports {name}")
            names.add(base)
    return names


def symbols():
    demand_installed()
    declared = set().union(*(functions(header) for header in HEADERS.glob("*.h")))
    everywhere = set()
    for library in LIBRARIES:
        shared = PREFIX / "lib" / f"lib{library}.so.0"
        check(f"[lib{library}.so.0]" in call("readelf", "-d", shared), "soname")
        names = exported(library)
        in_archive = {line.split()[-1] for line in
                      call("nm", "-g", "--defined-only", PREFIX / "lib" / f"lib{library}.a").splitlines()
                      if len(line.split()) == 3}
        check(names == in_archive, f"lib{library}: shared and static differ in {names ^ in_archive}")
        check(names <= declared, f"lib{library} exports without a declaration: {names - declared}")
        everywhere |= names
    check(declared == everywhere, f"declared, exported nowhere: {declared - everywhere}")
    return f"{len(everywhere)} functions"


def a_stage(static):
    demand_installed()
    with tempfile.TemporaryDirectory(prefix="lq-") as folder:
        program, loads = build(copy_example("stage_in_c", folder), "lq-stage-score", static)
        check(("liblqstage.so.0" in loads) is not static, f"loads: {loads}")
        return stage_counts([str(program)], "stage_in_c", 1)


def stage_shared():
    return a_stage(False)


def stage_static():
    return a_stage(True)


if __name__ == "__main__":
    run_tests("outside_build", [headers_alone, symbols, stage_shared, stage_static])
