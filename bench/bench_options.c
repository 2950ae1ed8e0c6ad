// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "bench/bench_options.h"

#include "bench/bench_sender.h"
#include "bench/command_line.h"
#include "world/identity.h"
#include "world/world_limits.h"

#include <stdbool.h>
#include <stdlib.h>

enum { EXIT_USAGE = 2 };

#define TEXT(key, field, usual, help)                                                              \
    {                                                                                              \
        key, LQ_OPTION_TEXT, offsetof(struct lq_bench_options, field), "", 0, 0, usual, help       \
    }
#define NUMBER(key, field, unit, least, most, usual, help)                                         \
    {                                                                                              \
        key, LQ_OPTION_NUMBER, offsetof(struct lq_bench_options, field), unit, least, most, usual, \
            help                                                                                   \
    }

static const struct lq_option table[] = {
    TEXT("config", config, "", "configuration file of the cluster; required"),
    TEXT("tenant", tenant, "bench", "made if it does not exist"),
    TEXT("prefix", prefix, "bench", "sessions are PREFIX-00001 and so on; made if missing"),
    NUMBER("sessions", sessions, "", 1, LQ_BENCH_SESSIONS_MAX, "1000", "worlds"),
    NUMBER("bodies", bodies, "", 1, LQ_BODIES_MAX, "20", "of each world"),
    NUMBER("agents", agents, "", 0, LQ_AGENTS_MAX, "10",
           "of each world, at most as many as bodies"),
    NUMBER("rate", rate, "Hz", 0, LQ_RATE_HZ_MAX, "0", "of each world's ticks; 0: no grid"),
    NUMBER("closed-loop", closed_loop, "flag", 0, 1, "0",
           "one command of each session outstanding, the next on its receipt"),
    NUMBER("command-rate", command_rate, "commands/s", 0, 1000, "0", "of each session"),
    NUMBER("total-rate", total_rate, "commands/s", 0, 1000000, "0", "of all sessions, in turn"),
    TEXT("custom", custom, "", "each command is a Custom of this text, for a stage of one's own"),
    NUMBER("once", once, "flag", 0, 1, "0", "one command for each session, then the end"),
    NUMBER("wakes", wakes, "", 0, LQ_BENCH_SESSIONS_MAX, "0",
           "so many of the sessions, which exist, get one command each, one after the other"),
    NUMBER("seconds", seconds, "s", 1, 3600, "10", "measured"),
    NUMBER("warmup", warmup, "s", 0, 3600, "2", "under the same load, before that"),
    NUMBER("json", json, "flag", 0, 1, "0", "one JSON object on stdout"),
};

static void demand(bool holds, const char *what)
{
    if (!holds) {
        fprintf(stderr, "lq-bench: %s; see --help\n", what);
        exit(EXIT_USAGE);
    }
}

void lq_bench_options_read(int argc, char **argv, struct lq_bench_options *options)
{
    lq_command_line_read(argc, argv,
                         "load on a cluster, and what it costs. Without --closed-loop and a rate\n"
                         "of commands worlds tick freely: at --rate, or as fast as they can.",
                         table, sizeof table / sizeof table[0], options);
    demand(options->config[0] != '\0', "--config FILE is required");
    demand(lq_tenant_name_valid(lq_view_text(options->tenant)), "--tenant is no name of a tenant");
    demand(lq_session_name_valid(lq_view_text(options->prefix)) &&
               strlen(options->prefix) + strlen("-00001") <= LQ_SESSION_NAME_BYTES_MAX,
           "--prefix does not begin the name of a session");
    demand((options->closed_loop != 0) + (options->command_rate != 0) + (options->total_rate != 0) +
                   (options->once != 0) + (options->wakes != 0) <=
               1,
           "--closed-loop, --command-rate, --total-rate, --once and --wakes exclude each other");
    demand(options->wakes <= options->sessions, "--wakes are at most as many as --sessions");
    if (options->agents > options->bodies) {
        options->agents = options->bodies;
    }
    options->mode = LQ_BENCH_FREE;
    if (options->closed_loop != 0) {
        options->mode = LQ_BENCH_CLOSED;
    } else if (options->command_rate != 0 || options->total_rate != 0) {
        options->mode = LQ_BENCH_PACED;
    } else if (options->once != 0) {
        options->mode = LQ_BENCH_ONCE;
    } else if (options->wakes != 0) {
        options->mode = LQ_BENCH_WAKE;
    } else if (options->rate == 0) {
        options->rate = LQ_RATE_HZ_MAX;
    }
}
