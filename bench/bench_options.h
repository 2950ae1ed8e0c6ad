// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* bench_options.h - the command line of lq-bench. */
#ifndef LQ_BENCH_OPTIONS_H
#define LQ_BENCH_OPTIONS_H

#include "base/option_table.h"

/* How load is made. */
enum lq_bench_mode {
    LQ_BENCH_CLOSED = 1, /* one command of a session outstanding, the next on its receipt */
    LQ_BENCH_PACED,      /* commands by the clock, whatever comes back */
    LQ_BENCH_FREE,       /* no commands; a grid that ticks as fast as the cluster can */
    LQ_BENCH_ONCE,       /* one command for each session, then the end */
    LQ_BENCH_WAKE        /* one command at a time, for `wakes` sessions that exist already */
};

struct lq_bench_options {
    char config[LQ_OPTION_TEXT_BYTES_MAX];
    char tenant[LQ_OPTION_TEXT_BYTES_MAX];
    char prefix[LQ_OPTION_TEXT_BYTES_MAX];
    uint64_t sessions, bodies, agents;
    uint64_t rate; /* of the sessions' grid, Hz; 0: none */
    uint64_t closed_loop, command_rate, total_rate, once, wakes;
    char custom[LQ_OPTION_TEXT_BYTES_MAX]; /* of each command; "": pushes and thrusts */
    uint64_t seconds, warmup;
    uint64_t json;
    enum lq_bench_mode mode; /* follows from the others */
};

/* Ends the process when the command line is not understood. */
void lq_bench_options_read(int argc, char **argv, struct lq_bench_options *options);

#endif
