// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* arena_options.h - the command line of lq-arena. */
#ifndef LQ_ARENA_OPTIONS_H
#define LQ_ARENA_OPTIONS_H

#include "world/tick.h"

struct lq_arena_options {
    const char *config_path;
    const char *tenant;
    const char *prefix;
    uint32_t session_count;
    uint32_t body_count;
    uint32_t agent_count;
    uint32_t rate_numerator, rate_denominator;
    double seconds;             /* 0: until Ctrl-C */
    double commands_per_second; /* of each session */
    uint64_t seed;
    bool json;
};

/* 0: go on. Else exit with *code: help was printed, or the mistake was said on stderr. */
bool lq_arena_options_read(int argc, char **argv, struct lq_arena_options *options, int *code);

#endif
