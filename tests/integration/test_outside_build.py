#!/usr/bin/python3
# SPDX-License-Identifier: MPL-2.0
# SPDX-FileCopyrightText: The LedgerQuest Engine authors
# not sanitized: it builds its own programs
"""People outside the tree build on what is installed and on nothing else: every header compiles alone, the
libraries export what their headers declare and no more, and the examples are built in a folder far away,
shared and static, and work in a cluster."""

import pathlib
import re
import subprocess
import tempfile

from cluster import Cluster, check, run_tests
from outside_build import COMPILER_FLAGS, HEADERS, LIBRARIES, PREFIX, build, call, copy_example, demand_installed
from test_user_stages import ScoreCluster, stage_counts
from wire_client import WireClient, custom

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
    const struct lq_link_options of_link = {.runtime_dir = "/nowhere", .clients_max = 1};
    const struct lq_client_options options = {.tenant = "acme"};
    struct lq_error_message message;
    lq_link_t *link = NULL;
    lq_client_t *client = NULL;

    if (lq_link_open(&of_link, &link, &message) != LQ_OK ||
        lq_client_new(link, &options, &client, &message) != LQ_OK || lq_link_turn(link) != 0) {
        return 1;
    }
    lq_link_close(&link);
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


MEDDLER = """
#include <ledgerquest/tick_stage.h>
#include <stdlib.h>

static bool says(const struct lq_command *command, const char *word)
{
    return lq_view_equal(command->custom, lq_view_text(word));
}

static enum lq_result step(struct lq_tick *tick, struct lq_stage_failure *failure)
{
    for (uint32_t index = 0; index < tick->command_count; index++) {
        struct lq_command *command = &tick->commands[index];

        command->outcome = LQ_OUTCOME_APPLIED;
        tick->frame += says(command, "frame") ? 5 : 0;
        tick->steps += says(command, "steps") ? 1 : 0;
        command->sequence += says(command, "renumber") ? 1 : 0;
        if (says(command, "drop")) {
            tick->command_count = 0;
        }
        if (says(command, "exit")) {
            exit(78); /* what the supervisor takes for a configuration error of who is not ready yet */
        }
        if (says(command, "blame")) {
            failure->command_at_fault = 1000;
            return LQ_ERR_INVALID;
        }
    }
    return LQ_OK;
}

int main(int argc, char **argv)
{
    return lq_actor_run_tick_stage(argc, argv, "score", 1, step);
}
"""


def a_stage_that_meddles():
    """What is not for a stage to change fails its item, by name, and nobody else's."""
    demand_installed()
    with tempfile.TemporaryDirectory(prefix="lq-") as name:
        folder = pathlib.Path(name)
        (folder / "meddler.c").write_text(MEDDLER)
        words = [*COMPILER_FLAGS, *call("pkg-config", "--cflags", "--libs", "lqstage").split()]
        call("cc", "meddler.c", "-o", "meddler", *words, f"-Wl,-rpath,{PREFIX / 'lib'}", folder=folder)
        errors = {"frame": "Payload.Mismatch", "steps": "Payload.Mismatch", "renumber": "Payload.Mismatch",
                  "drop": "Payload.Mismatch", "blame": "Stage.Unnamed", "exit": "Actor.Crashed"}
        with ScoreCluster([str(folder / "meddler")], "stage_in_c") as cluster:
            cluster.create_sessions("acme", [*errors, "good"])
            with WireClient(cluster, "acme", cluster.folder / "receipts") as client:
                for word, error in errors.items():
                    receipt = client.ask(word, custom(word))
                    check(receipt.outcome == "dead_lettered", f"{word}: {receipt}")
                    letter = cluster.lqctl("dlq", "show", f"dlq_{receipt.letter_id:016x}")
                    check((letter["stage"], letter["error"]) == ("score", error), f"{word}: {letter}")
                    receipt = client.ask("good", custom("x"))
                    check(receipt.outcome == "applied", f"{receipt}")
            check(cluster.status()["conflicts"] == 0, "conflicts")
        return f"{len(errors)} ways, a letter each"


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
    run_tests("outside_build", [headers_alone, symbols, both_in_one_program, a_stage_that_meddles,
                                stage_shared, stage_static, client_shared, client_static])
