// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* random_world.h - well-formed ticks drawn from a seed, for property tests. */
#ifndef LQ_RANDOM_WORLD_H
#define LQ_RANDOM_WORLD_H

#include "world/tick.h"

/* A generator's state; any value will do. */
struct lq_random_world {
    uint64_t state;
};

/* A number below `below`, which is above 0. */
uint64_t lq_random_world_number(struct lq_random_world *random, uint64_t below);

/* A number from `low` to below `high`. */
double lq_random_world_real(struct lq_random_world *random, double low, double high);

/* A tick with names, configuration, stages and up to `bodies_max` bodies with agents and players,
 * without commands. Bodies stand inside the walls. */
void lq_random_world_fill(struct lq_random_world *random, struct lq_tick *tick,
                          uint32_t bodies_max);

/* A command of any kind, mostly in range, from one of 8 clients; pending. */
void lq_random_world_command(struct lq_random_world *random, const struct lq_tick *tick,
                             struct lq_command *command);

#endif
