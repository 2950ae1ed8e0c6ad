// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* play_codec.h - what happened in a frame, as players hear of it: a Play, behind the World in the
 * body part of a FRAME. Not framed. */
#ifndef LQ_PLAY_CODEC_H
#define LQ_PLAY_CODEC_H

#include "base/arena.h"
#include "base/result.h"
#include "world/tick.h"

struct lq_play_command {
    struct lq_client_id client;
    uint64_t sequence;
    uint8_t outcome; /* enum lq_outcome: applied, refused */
};

struct lq_play {
    uint64_t frame; /* so no Play is empty */
    uint32_t event_count;
    const struct lq_tick_event *events;
    uint32_t command_count;
    const struct lq_play_command *commands; /* in the order of the frame */
};

/* LQ_ERR_LIMIT: it does not fit into bytes_max. */
LQ_MUST_CHECK enum lq_result lq_play_encode(const struct lq_play *play, uint8_t *to,
                                            size_t bytes_max, size_t *written);

/* LQ_ERR_MALFORMED, LQ_ERR_LIMIT: *where names the field. Rows lie in the arena. */
LQ_MUST_CHECK enum lq_result lq_play_decode(struct lq_view from, struct lq_arena *arena,
                                            struct lq_play *play, const char **where);

#endif
