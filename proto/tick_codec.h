// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* tick_codec.h - ticks, tick requests, commands and worlds on the wire.
 *
 * Encoders write to memory of the caller and fail with LQ_ERR_LIMIT when it does not suffice.
 * Decoders use `arena` for the unpacked message; views in their results (custom bytes, bodies) live
 * as long as it is not reset. LQ_ERR_MALFORMED and LQ_ERR_LIMIT: *where names the field (static
 * text).
 */
#ifndef LQ_TICK_CODEC_H
#define LQ_TICK_CODEC_H

#include "base/arena.h"
#include "proto/session_life.h"
#include "world/tick.h"

LQ_MUST_CHECK enum lq_result lq_tick_encode(const struct lq_tick *tick, uint8_t *to,
                                            size_t bytes_max, size_t *written);
/* Checks counts, names and ranges (lq_world_check); `tick` is undefined on error. */
LQ_MUST_CHECK enum lq_result lq_tick_decode(struct lq_view payload, struct lq_arena *arena,
                                            struct lq_tick *tick, const char **where);

/* What the broker tells load of a tick. */
struct lq_tick_request {
    uint32_t steps;
    uint64_t missed;
    uint64_t wall_time_ns;
    uint8_t pipeline_hash[32];
    struct lq_session_rate rate; /* of the session from this frame on; denominator 0: it stays */
    uint32_t command_count;
    struct lq_client_id clients[LQ_COMMANDS_PER_TICK_MAX];
    uint64_t sequences[LQ_COMMANDS_PER_TICK_MAX];
    uint64_t letter_ids[LQ_COMMANDS_PER_TICK_MAX];
    struct lq_view bodies[LQ_COMMANDS_PER_TICK_MAX]; /* encoded Command messages */
};
LQ_MUST_CHECK enum lq_result lq_tick_request_encode(const struct lq_tick_request *request,
                                                    uint8_t *to, size_t bytes_max, size_t *written);
LQ_MUST_CHECK enum lq_result lq_tick_request_decode(struct lq_view payload, struct lq_arena *arena,
                                                    struct lq_tick_request *request,
                                                    const char **where);

/* The body of a command: all but client, sequence, letter, outcome and reason. decode leaves those
 * alone, sets kind 0 and returns LQ_ERR_MALFORMED for anything it cannot read. */
LQ_MUST_CHECK enum lq_result lq_command_encode(const struct lq_command *command, uint8_t *to,
                                               size_t bytes_max, size_t *written);
LQ_MUST_CHECK enum lq_result lq_command_decode(struct lq_view body, struct lq_arena *arena,
                                               struct lq_command *command, const char **where);

LQ_MUST_CHECK enum lq_result lq_world_encode(const struct lq_world *world, uint8_t *to,
                                             size_t bytes_max, size_t *written);
LQ_MUST_CHECK enum lq_result lq_world_decode(struct lq_view message, struct lq_arena *arena,
                                             struct lq_world *world, const char **where);

/* An outbox event as stored: protobuf TickEvent. */
LQ_MUST_CHECK enum lq_result lq_tick_event_encode(const struct lq_tick_event *event, uint8_t *to,
                                                  size_t bytes_max, size_t *written);
/* LQ_ERR_MALFORMED. */
LQ_MUST_CHECK enum lq_result lq_tick_event_decode(struct lq_view message,
                                                  struct lq_tick_event *event);

#endif
