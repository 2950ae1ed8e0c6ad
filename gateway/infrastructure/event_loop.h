// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* event_loop.h - one thread that waits for descriptors (epoll) and times.
 *
 *     turn:  wait -> ready() of each descriptor -> due() of each timer -> turn() of each hook
 *
 * Level-triggered. Sources, timers and hooks are the caller's memory and stay where they are while
 * they are in the loop; each may be taken out at any time, also by a callback of the same turn, and
 * is not called again then. A descriptor that is edge-triggered by nature (ZMQ_FD) has a hook that
 * looks at it in every turn.
 */
#ifndef LQ_EVENT_LOOP_H
#define LQ_EVENT_LOOP_H

#include "base/error_message.h"
#include "base/result.h"

#include <stdbool.h>
#include <stdint.h>

#define LQ_EVENT_NEVER UINT64_MAX

enum { LQ_EVENT_READ = 1, LQ_EVENT_WRITE = 2, LQ_EVENT_HANGUP = 4 /* told unasked */ };

struct lq_event_source {
    int fd;
    void (*ready)(void *context, uint32_t events);
    void *context;
    uint32_t wanted; /* the loop's */
};

struct lq_event_timer {
    void (*due)(void *context, uint64_t now_ns); /* the timer is off then; set it again at will */
    void *context;
    uint64_t due_at_ns; /* the loop's: LQ_EVENT_NEVER while off */
    struct lq_event_timer *next;
};

/* Called at the end of every turn. `due` says when it wants the next one at the latest (monotonic;
 * LQ_EVENT_NEVER: only when something happens); it is asked when all hooks have had theirs, since a
 * later one may leave something for an earlier one. */
struct lq_event_hook {
    void (*turn)(void *context, uint64_t now_ns);
    uint64_t (*due)(const void *context);
    void *context;
    struct lq_event_hook *next;
};

typedef struct lq_event_loop lq_event_loop_t;

LQ_MUST_CHECK enum lq_result lq_event_loop_open(lq_event_loop_t **loop,
                                                struct lq_error_message *message);
void lq_event_loop_close(lq_event_loop_t **loop);

/* `wanted`: of LQ_EVENT_READ and LQ_EVENT_WRITE, or 0. Adding one descriptor twice is a bug. */
void lq_event_loop_add(lq_event_loop_t *loop, struct lq_event_source *source, uint32_t wanted);
void lq_event_loop_change(lq_event_loop_t *loop, struct lq_event_source *source, uint32_t wanted);
void lq_event_loop_remove(lq_event_loop_t *loop,
                          struct lq_event_source *source); /* before close() */

/* Some tens of timers: each turn looks at all that are set. */
void lq_event_loop_set_timer(lq_event_loop_t *loop, struct lq_event_timer *timer,
                             uint64_t due_at_ns);
void lq_event_loop_stop_timer(lq_event_loop_t *loop, struct lq_event_timer *timer);

/* The last added is called first: whoever serves others is opened before them and closes the
 * turn. */
void lq_event_loop_add_hook(lq_event_loop_t *loop, struct lq_event_hook *hook);
void lq_event_loop_remove_hook(lq_event_loop_t *loop, struct lq_event_hook *hook);

/* The time of this turn, monotonic. */
uint64_t lq_event_loop_now_ns(const lq_event_loop_t *loop);

/* One turn that waits until something happens, at most wait_ns. */
void lq_event_loop_turn(lq_event_loop_t *loop, uint64_t wait_ns);

/* Turns until lq_event_loop_stop(), which a callback calls. */
void lq_event_loop_run(lq_event_loop_t *loop);
void lq_event_loop_stop(lq_event_loop_t *loop);

#endif
