// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* tick_delta_layout.h - what the two directions of tick_delta.h share. Only for
 * tick_delta_encode.c and tick_delta_decode.c. */
#ifndef LQ_TICK_DELTA_LAYOUT_H
#define LQ_TICK_DELTA_LAYOUT_H

#include "world/canonical_layout.h"
#include "world/tick_delta.h"

enum {
    LQ_TICK_DELTA_MISSED = 1 << 0,
    LQ_TICK_DELTA_PIPELINE = 1 << 1,
    LQ_TICK_DELTA_CONFIG = 1 << 2,
    LQ_TICK_DELTA_STAGES = 1 << 3,
    LQ_TICK_DELTA_COMMANDS = 1 << 4,
    LQ_TICK_DELTA_WINDOWS = 1 << 5,
    LQ_TICK_DELTA_IDS = 1 << 6,
    LQ_TICK_DELTA_PARTS = (1 << 7) - 1
};

/* Beside the kind, which has the lowest four bits. */
#define LQ_TICK_DELTA_KIND 15u
#define LQ_TICK_DELTA_REFUSED 16u
#define LQ_TICK_DELTA_LETTER 32u
#define LQ_TICK_DELTA_STRANGER 64u
#define LQ_TICK_DELTA_NEXT_NUMBER 128u

_Static_assert(LQ_COMMAND_KIND_LAST <= LQ_TICK_DELTA_KIND, "a kind fits");

/* When the tick would be if the grid had stood still at nothing. */
static inline uint64_t lq_tick_delta_wall_time(const struct lq_tick *before,
                                               const struct lq_tick *after)
{
    const struct lq_session_config *config = &after->config;

    if (config->rate_numerator == 0) {
        return before->wall_time_ns;
    }
    return before->wall_time_ns + (uint64_t)after->steps * config->rate_denominator *
                                      UINT64_C(1000000000) / config->rate_numerator;
}

static inline void lq_tick_delta_begin_windows(struct lq_client_windows *windows,
                                               const struct lq_client_windows *before)
{
    windows->count = before->count;
    memcpy(windows->entries, before->entries, before->count * sizeof before->entries[0]);
}

/* What load makes of the windows, as far as the command tells. */
static inline void lq_tick_delta_use(struct lq_client_windows *windows,
                                     const struct lq_command *command, uint64_t frame)
{
    uint64_t used_frame = 0;

    if (lq_client_windows_judge(windows, &command->client, command->sequence, &used_frame) ==
        LQ_WINDOW_EXECUTE) {
        lq_client_windows_use(windows, &command->client, command->sequence, frame);
    }
}

static inline struct lq_world_delta_clock lq_tick_delta_clock(const struct lq_tick *tick)
{
    return (struct lq_world_delta_clock){tick->steps, lq_tick_step_seconds(tick)};
}

#endif
