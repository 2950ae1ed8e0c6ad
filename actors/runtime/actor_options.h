// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* actor_options.h - how an actor was started: the command line and its part of the configuration.
 */
#ifndef LQ_ACTOR_OPTIONS_H
#define LQ_ACTOR_OPTIONS_H

#include "actors/runtime/actor_runtime.h"
#include "base/log.h"

/* What the file says under actor/. */
struct lq_actor_settings {
    uint64_t credit;    /* batches in flight */
    uint64_t items_max; /* per batch */
    uint64_t bytes_max; /* payload bytes per batch */
    uint64_t log_level; /* enum lq_log_level */
};

struct lq_actor_options {
    char program[LQ_STAGE_NAME_BYTES_MAX + 8]; /* "lq-physics" */
    char instance[LQ_SESSION_NAME_BYTES_MAX + 1];
    const char *config_path;
    struct lq_actor_settings settings;
    struct lq_cluster_config cluster;
};

#define LQ_ACTOR_CREDIT_MAX 8u

/* Exit codes. 64, 71 and 78 as in sysexits.h. */
enum {
    LQ_ACTOR_EXIT_OK = 0,
    LQ_ACTOR_EXIT_USAGE = 64,
    LQ_ACTOR_EXIT_ITEM_TIMEOUT = 70,
    LQ_ACTOR_EXIT_TROUBLE = 71, /* of the house: to be tried again */
    LQ_ACTOR_EXIT_CONFIG = 78
};

/* Read the command line and the file; logs what is wrong. True: go on. False: exit with *exit_code
 * (--help, a bad option, a bad file). */
bool lq_actor_options_read(struct lq_actor_options *options, const struct lq_batch_stage *stage,
                           int argc, char **argv, int *exit_code);

#endif
