// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* frame_replay.h - recompute the frames of a session from its ledger and compare them, digest by
 * digest. Each frame starts from the recorded one before it, so a difference does not spread. */
#ifndef LQ_FRAME_REPLAY_H
#define LQ_FRAME_REPLAY_H

#include "base/error_message.h"
#include "cli/invocation.h"
#include "store/lmdb/ledger.h"
#include "world/tick.h"
#include "world/world_difference.h"

struct lq_frame_difference {
    uint64_t frame;
    uint8_t recorded[LQ_HASH_BYTES]; /* D of the record */
    uint8_t recomputed[LQ_HASH_BYTES];
    struct lq_world_difference world; /* its field is NULL: the worlds are the same */
};

struct lq_frame_replay_counts {
    uint64_t frames; /* looked at */
    uint64_t equal;  /* recomputed, and the digest is the recorded one */
    uint64_t differing;
    uint64_t as_recorded; /* a stage of it cannot be run here: nothing was compared */
    struct lq_frame_difference first;
    char missing_stage[LQ_STAGE_NAME_BYTES_MAX + 16]; /* "name version 2", the first one missing */
};

/* Working memory; too large for a stack. */
struct lq_frame_replay {
    struct lq_tick ticks[2];
    uint8_t contents[2][LQ_TICK_BYTES_MAX];
    uint8_t recomputed[LQ_TICK_BYTES_MAX];
};

/* The frames of a range, from 1 or more; `to` beyond the head means the head. Read transactions of
 * its own, one a frame. `message` names the frame that could not be read. LQ_ERR_NOT_FOUND,
 * LQ_ERR_CORRUPT, LQ_ERR_KEY. */
LQ_MUST_CHECK enum lq_result
lq_frame_replay_session(struct lq_frame_replay *replay, lq_ledger_t *ledger,
                        struct lq_session_names names, struct lq_frame_range range,
                        struct lq_frame_replay_counts *counts, struct lq_error_message *message);

/* Recompute the frame of `info`, whose content is `recorded`, from `before`, the one before it, and
 * count what came of it. `before` is used up; `recorded` stays and is the next frame's start. */
void lq_frame_replay_compare(struct lq_frame_replay *replay, struct lq_tick *before,
                             const struct lq_record_info *info, const struct lq_tick *recorded,
                             struct lq_frame_replay_counts *counts);

#endif
