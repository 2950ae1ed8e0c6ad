// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* limit_spawn.h - the other processes of lq-limit: this program again, each with a role. */
#ifndef LQ_LIMIT_SPAWN_H
#define LQ_LIMIT_SPAWN_H

#include "bench/limit_plan.h"

#include <stdbool.h>
#include <sys/types.h>

struct lq_limit_spawn {
    uint32_t count;
    struct lq_limit_process {
        char role[16]; /* "broker", or the number of a stage, a dot, the number of the actor */
        char name[24]; /* "broker", "physics-1" */
        pid_t pid;
    } processes[1 + LQ_LIMIT_STAGES * LQ_LIMIT_ACTORS_MAX];
};

extern const char *const lq_limit_stage_names[LQ_LIMIT_STAGES];

void lq_limit_spawn_start(struct lq_limit_spawn *spawn, const struct lq_limit_plan *plan);

/* Asks all to end and waits for them. False: one had failed. */
bool lq_limit_spawn_end(struct lq_limit_spawn *spawn);

#endif
