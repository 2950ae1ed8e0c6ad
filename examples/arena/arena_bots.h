// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* arena_bots.h - one bot a session: it joins, thrusts this way and that, pushes itself, and leaves
 * at the end. Commands go out evenly over the second and over the sessions. */
#ifndef LQ_ARENA_BOTS_H
#define LQ_ARENA_BOTS_H

#include "base/latency_histogram.h"
#include "client/client.h"
#include "examples/arena/arena_options.h"

struct lq_arena_bot {
    uint32_t handle;
    bool joined; /* Join is on its way or applied */
};

struct lq_arena_bots {
    const struct lq_arena_options *options;
    lq_link_t *link;
    lq_client_t *client; /* the one on it */
    struct lq_arena_bot *bots;
    double width; /* of each box */
    uint64_t random;
    uint64_t started_at_ns;
    uint64_t commands_due; /* sent or skipped so far */
    uint64_t receipts;     /* of every outcome */
    uint64_t applied, refused, unused, dead_lettered, skipped;
    char last_reason[LQ_REASON_BYTES_MAX];
    struct lq_latency_histogram latency;
};

/* The options for the bots' client: its receipts come here. */
void lq_arena_bots_take_receipt(void *bots, const struct lq_client_receipt *receipt);

/* Handles for all sessions, and a Join in each. Released by lq_arena_bots_release(). */
void lq_arena_bots_start(struct lq_arena_bots *bots, double width);
void lq_arena_bots_release(struct lq_arena_bots *bots);

/* Queue what is due at now_ns; returns the milliseconds until more is (at most 50). */
uint32_t lq_arena_bots_play(struct lq_arena_bots *bots, uint64_t now_ns);

/* Queue a Leave for each bot that joined, so that the arena is as it was before. */
void lq_arena_bots_leave(struct lq_arena_bots *bots);

#endif
