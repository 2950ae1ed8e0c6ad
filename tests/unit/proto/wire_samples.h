// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* wire_samples.h - one message of every kind, for all tests that want to try something on each:
 * round trips, truncation, mutation, golden bytes, fuzzing. */
#ifndef LQ_WIRE_SAMPLES_H
#define LQ_WIRE_SAMPLES_H

#include "base/arena.h"
#include "base/view.h"
#include "proto/actor_codec.h"
#include "proto/admin_codec.h"
#include "proto/client_codec.h"
#include "proto/tick_codec.h"

struct ProtobufCMessageDescriptor;

#define LQ_WIRE_SAMPLE_BYTES_MAX (1024u * 1024u)
#define LQ_WIRE_SAMPLE_ARENA_BYTES (8u * 1024u * 1024u)

enum lq_wire_family { LQ_WIRE_TICK = 1, LQ_WIRE_ACTOR, LQ_WIRE_CLIENT, LQ_WIRE_ADMIN };

struct lq_wire_sample {
    const char *name; /* as in tests/golden/wire_v2.txt */
    enum lq_wire_family family;
    enum lq_message_kind kind; /* 0: a payload, without framing */
    const struct ProtobufCMessageDescriptor *descriptor;
    enum lq_result (*encode)(uint8_t *to, size_t bytes_max, size_t *written);
    /* Decode a message (behind the framing) and encode what came out, framing included. Only LQ_OK
     * of the decoding may be followed by an error of the encoding: LQ_ERR_LIMIT. */
    enum lq_result (*again)(struct lq_view message, struct lq_arena *arena, uint8_t *to,
                            size_t bytes_max, size_t *written, const char **where);
};

extern const struct lq_wire_sample lq_wire_samples[];
extern const size_t lq_wire_sample_count;

/* The message of a header part or payload that `sample` made: what stands behind the framing. */
struct lq_view lq_wire_sample_message(const struct lq_wire_sample *sample, struct lq_view part);

/* A well-formed tick of that size. */
void lq_wire_sample_tick(struct lq_tick *tick, uint32_t bodies, uint32_t agents, uint32_t commands,
                         uint32_t windows);

/* Full batches; `items`, `outcomes` and names belong to the samples and live for the process. */
void lq_wire_sample_dispatch(struct lq_dispatch *dispatch, uint32_t count);
void lq_wire_sample_result(struct lq_result_batch *batch, uint32_t count,
                           uint32_t outcomes_per_item);

#endif
