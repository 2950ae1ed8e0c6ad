// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* watch.h - the frames of one session as they commit, on a link. Lossy: gaps in the frame numbers
 * show it.
 *
 * The link says each second or so that it is still here, and finds a broker that comes anew. Any
 * number of watches share a connection.
 */
#ifndef LQ_WATCH_H
#define LQ_WATCH_H

#include "client/link.h"
#include "world/world.h"

typedef struct lq_watch lq_watch_t;

/* Lives for the call, as what it points to. */
struct lq_watch_frame {
    uint64_t epoch; /* the broker's */
    uint64_t frame;
    uint8_t hash[32];
    uint32_t steps, command_count;
    struct lq_view encoded_world; /* for lq_watch_world(); empty: it came without one */
    struct lq_view encoded_play;  /* an encoded Play; empty: it came without one */
};
typedef void (*lq_watch_frame_fn)(void *context, const struct lq_watch_frame *frame);

/* The broker has answered. LQ_OK: from the next frame on each will come, as far as nothing is lost;
 * said once for each broker (`epoch`), before its first frame. LQ_ERR_FULL, LQ_ERR_INVALID: it
 * refuses, for the reason `why`; the link goes on asking. */
typedef void (*lq_watch_answer_fn)(void *context, enum lq_result result, uint64_t epoch,
                                   const char *why);

/* All of it is borrowed for the call of lq_watch_new(), but for `context`. */
struct lq_watch_options {
    const char *tenant, *session;
    bool with_world; /* every frame comes with its world */
    bool for_play;   /* with its world and a Play; an attended session ticks while there is one */
    lq_watch_frame_fn on_frame;
    lq_watch_answer_fn on_answer; /* may be NULL */
    void *context;                /* of both */
};

/* Ended by lq_watch_destroy(), which takes it and may be called twice, also from its own on_frame.
 * LQ_ERR_INVALID: `message` says why; LQ_ERR_FULL: watches_max of the link. */
LQ_MUST_CHECK enum lq_result lq_watch_new(lq_link_t *link, const struct lq_watch_options *options,
                                          lq_watch_t **watch, struct lq_error_message *message);
void lq_watch_destroy(lq_watch_t **watch);

/* The world after a frame, from within its on_frame; what it points to lives as long as that.
 * LQ_ERR_NOT_FOUND: it came without one; LQ_ERR_MALFORMED: it cannot be read. */
LQ_MUST_CHECK enum lq_result
lq_watch_world(const lq_watch_t *watch, const struct lq_watch_frame *frame, struct lq_world *world);

#endif
