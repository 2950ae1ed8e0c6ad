// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* watch.h - the frames of one session as they commit. Lossy: gaps in the frame numbers show it.
 *
 * A watch is a descriptor, a way to take what is there, and the time of its next timer, as a client
 * is (client.h): it says each second or so that it is still here, and finds a broker that comes
 * anew. All functions on one watch belong to one thread.
 */
#ifndef LQ_WATCH_H
#define LQ_WATCH_H

#include "base/error_message.h"
#include "world/world.h"

typedef struct lq_watch lq_watch_t;

/* All of it is borrowed for the call of lq_watch_new(). */
struct lq_watch_options {
    const char *runtime_dir; /* the cluster's, see lq_client_runtime_dir() */
    const char *tenant, *session;
    bool with_world; /* every frame comes with its world */
};

struct lq_watch_frame {
    uint64_t epoch; /* the broker's */
    uint64_t frame;
    uint8_t hash[32];
    uint32_t steps, command_count;
};

/* Connects in the background, also to a broker that is not there yet. The watch is the caller's;
 * destroyer: lq_watch_destroy(), which takes it and may be called twice. LQ_ERR_INVALID,
 * LQ_ERR_LIMIT: `message` says why. */
LQ_MUST_CHECK enum lq_result lq_watch_new(const struct lq_watch_options *options,
                                          lq_watch_t **watch, struct lq_error_message *message);
void lq_watch_destroy(lq_watch_t **watch);

/* For poll() and its like: readable (POLLIN) when lq_watch_next() may have something. The edge is
 * told once: call lq_watch_next() until it has no more. */
int lq_watch_descriptor(const lq_watch_t *watch);

/* When lq_watch_next() is to be called though nothing was heard, in nanoseconds of CLOCK_MONOTONIC.
 * 0: now. */
uint64_t lq_watch_next_timer_ns(const lq_watch_t *watch);

/* The next frame that is here; sends what is due. Never waits. LQ_ERR_NOT_FOUND: no more at the
 * moment. LQ_ERR_FULL, LQ_ERR_INVALID: the broker refused, for the reason in lq_watch_why(); the
 * watch goes on asking. */
LQ_MUST_CHECK enum lq_result lq_watch_next(lq_watch_t *watch, struct lq_watch_frame *frame);

/* The world after the frame that lq_watch_next() gave last. LQ_ERR_NOT_FOUND: it came without one;
 * LQ_ERR_MALFORMED: it cannot be read. */
LQ_MUST_CHECK enum lq_result lq_watch_world(lq_watch_t *watch, struct lq_world *world);

/* Until lq_watch_next() may have something or a timer is due, at most timeout_ms; a signal ends it
 * too. Blocks, and does nothing else. */
void lq_watch_wait(const lq_watch_t *watch, uint32_t timeout_ms);

/* Whether a broker has answered yet, and why it refused ("" if it did not; lives as long as the
 * watch). */
bool lq_watch_answered(const lq_watch_t *watch);
const char *lq_watch_why(const lq_watch_t *watch);

#endif
