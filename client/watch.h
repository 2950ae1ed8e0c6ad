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
    struct lq_view encoded_play;  /* of the events and outcomes; empty without `play` */
};
typedef void (*lq_watch_frame_fn)(void *context, const struct lq_watch_frame *frame);

/* What the broker says to a watch; lives for the call. LQ_OK is handed out where the watch begins,
 * once for each broker and again if one has forgotten it: what came before, in no frame of this
 * watch, is at most `frame`, and each one behind it will come, as far as nothing is lost. So who
 * hears this and then reads the session's head misses nothing. LQ_ERR_FULL, LQ_ERR_INVALID: it
 * refuses, for the reason `why`; the link goes on asking. */
struct lq_watch_answer {
    enum lq_result result;
    uint64_t epoch;  /* the broker's */
    uint64_t frame;  /* the newest that it remembers to have told of; 0: none */
    const char *why; /* "" with LQ_OK */
};
typedef void (*lq_watch_answer_fn)(void *context, const struct lq_watch_answer *answer);

/* All of it is borrowed for the call of lq_watch_new(), but for `context`. */
struct lq_watch_options {
    const char *tenant, *session;
    bool with_world; /* every frame comes with its world */
    bool play;       /* with its world, its events and the outcomes of its commands: as players
                      * need it; an attended session ticks while somebody watches so */
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

/* ---- not installed ---- */

struct lq_play; /* proto/play_codec.h */

/* The events and outcomes of a frame, from within its on_frame; rows live as long as that, or until
 * lq_watch_world(). Results as there. */
LQ_MUST_CHECK enum lq_result
lq_watch_play(const lq_watch_t *watch, const struct lq_watch_frame *frame, struct lq_play *play);

#endif
