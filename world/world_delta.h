// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* world_delta.h - what changed of a world in a tick, by the columns of columns.def.
 *
 *     3 bytes      a bit a column, in the order of columns.def from the lowest: something of it
 *                  follows. Without it a column is as predicted (column_prediction.h), a table has
 *                  the rows that it had, the tenant bytes are the same
 *     bodies       if the bit of the first column is set: rows (row_delta.h); then, from the last
 *                  column to the second, those whose bit is set (column_delta.h)
 *     agents, players   likewise. A target is the row of its body, from 1, or 0
 *     tenant bytes      varint bytes that stay at the front, varint bytes that stay at the end,
 *                       varint bytes between them, and those
 *
 * Pure; the memory is the caller's. */
#ifndef LQ_WORLD_DELTA_H
#define LQ_WORLD_DELTA_H

#include "world/column_delta.h"

/* Working memory, about 90 KB; nothing of it matters between two calls. */
struct lq_world_delta_scratch {
    struct lq_column_delta column;
    uint16_t from[LQ_BODIES_MAX];
};

/* The time that passed. */
struct lq_world_delta_clock {
    uint32_t steps;
    double step_seconds;
};

/* Both worlds are well formed. `next_body_id` is not part of it. */
void lq_world_delta_put(struct lq_delta_out *out, const struct lq_world *before,
                        const struct lq_world *after, struct lq_world_delta_clock clock,
                        struct lq_world_delta_scratch *scratch);

/* `after` has its next_body_id; whether it is well formed is not looked at. */
void lq_world_delta_take(struct lq_delta_in *in, const struct lq_world *before,
                         struct lq_world *after, struct lq_world_delta_clock clock,
                         struct lq_world_delta_scratch *scratch);

#endif
