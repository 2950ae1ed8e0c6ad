// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* arena_world.h - the example world: circles in a walled box, some of them with agents that seek,
 * flee and wander. A pure function of its numbers, so two runs with one seed play in the same
 * arena. */
#ifndef LQ_ARENA_WORLD_H
#define LQ_ARENA_WORLD_H

#include "world/tick.h"

struct lq_arena_plan {
    uint64_t seed;
    uint32_t body_count;
    uint32_t agent_count;      /* at most body_count */
    uint32_t rate_numerator;   /* ticks in rate_denominator seconds; 0: no grid */
    uint32_t rate_denominator; /* 1 or more */
};

/* The configuration of session `index` of an arena: a box that leaves each body some room. */
void lq_arena_world_config(const struct lq_arena_plan *plan, uint32_t index,
                           struct lq_session_config *config);

/* Its first world: bodies on a shaken grid, so that none overlap. LQ_ERR_LIMIT: more bodies or
 * agents than a world holds. */
LQ_MUST_CHECK enum lq_result lq_arena_world_make(const struct lq_arena_plan *plan,
                                                 const struct lq_session_config *config,
                                                 struct lq_world *world);

#endif
