#!/usr/bin/python3
# SPDX-License-Identifier: MPL-2.0
# SPDX-FileCopyrightText: The LedgerQuest Engine authors
"""People outside the tree build on what is installed and on nothing else: every header compiles alone, the
libraries export what their headers declare and no more, and the examples are built in a folder far away,
shared and static, and work in a cluster."""

import pathlib
import re
import subprocess
import tempfile

from cluster import Cluster, check, run_tests
from outside_build import COMPILER_FLAGS, HEADERS, LIBRARIES, PREFIX, build, call, copy_example, demand_installed
from test_user_stages import stage_counts

PLAYERS = 20
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


BOTH = """
#include <ledgerquest/client.h>
#include <ledgerquest/tick_stage.h>
#include <stdio.h>

void *lq_alloc(size_t count, size_t bytes); /* a name of the engine's own, which nobody outside sees */
void *lq_alloc(size_t count, size_t bytes)
{
    (void)count;
    (void)bytes;
    return NULL;
}

static enum lq_result step(struct lq_tick *tick, struct lq_stage_failure *failure)
{
    (void)failure;
    lq_tick_clear(tick);
    return LQ_OK;
}

int main(int argc, char **argv)
{
    const struct lq_client_options options = {.runtime_dir = "/nowhere", .tenant = "acme"};
    struct lq_error_message message;
    lq_client_t *client = NULL;

    if (lq_client_new(&options, &client, &message) != LQ_OK || lq_client_turn(client) != 0) {
        return 1;
    }
    lq_client_destroy(&client);
    printf("%s\\n", lq_result_text(LQ_ERR_STALE));
    fflush(stdout);
    return lq_actor_run_tick_stage(argc, argv, "both", 3, step);
}
"""


def both_in_one_program():
    """What both libraries export does not clash, and nothing else of theirs is there to clash with."""
    demand_installed()
    with tempfile.TemporaryDirectory(prefix="lq-") as name:
        folder = pathlib.Path(name)
        (folder / "both.c").write_text(BOTH)
        flags = ["-Wall", "-Wextra", "-Werror", *COMPILER_FLAGS, *call("pkg-config", "--cflags", *LIBRARIES).split()]
        shared = call("pkg-config", "--libs", *LIBRARIES).split()
        static = [re.sub("^-l(lq.*)", r"-l:lib\1.a", word)
                  for word in call("pkg-config", "--static", "--libs", *LIBRARIES).split()]
        for libraries in (shared, static):
            call("cc", *flags, "both.c", "-o", "both", *libraries, f"-Wl,-rpath,{PREFIX / 'lib'}", folder=folder)
            said = call("./both", "--version", folder=folder)
            check(said.startswith("stale\nboth "), said)
    return "shared and static"


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


def a_client(static):
    demand_installed()
    with tempfile.TemporaryDirectory(prefix="lq-") as folder, Cluster() as cluster:
        program, loads = build(copy_example("client_in_c", folder), "lq-players", static)
        check(("liblqclient.so.0" in loads) is not static, f"loads: {loads}")
        cluster.create_sessions("acme", ["yard"], "--rate", "20")
        output = call(program, cluster.config, "acme/yard", PLAYERS, 2)
        said = re.match(r"(\d+) players, (\d+) bodies at most\n(\d+) commands, (\d+) applied, (\d+) not applied\n"
                        r"(\d+) frames seen", output)
        check(said, output)
        players, bodies, commands, applied, refused, frames = map(int, said.groups())
        check((players, bodies, refused, applied) == (PLAYERS, PLAYERS, 0, commands), output)
        check(commands > 2 * PLAYERS and frames > 2, output)
        summary, recorded = cluster.read_ledger()
        check(summary["ok"], f"{summary}")
        check(len(recorded) == commands, f"{len(recorded)} commands in the ledger, {commands} sent")
        wrong = subprocess.run([program, cluster.config, "acme", "1", "1"], stderr=subprocess.PIPE, text=True,
                               check=False)
        check(wrong.returncode == 2 and "TENANT/SESSION" in wrong.stderr, f"{wrong}")
        return output.replace("\n", "; ").strip("; ")


def client_shared():
    return a_client(False)


def client_static():
    return a_client(True)


if __name__ == "__main__":
    run_tests("outside_build", [headers_alone, symbols, both_in_one_program,
                                stage_shared, stage_static, client_shared, client_static])
