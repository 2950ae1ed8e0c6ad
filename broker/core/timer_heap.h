// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* timer_heap.h - what is due when: a binary heap of timers that can be moved and stopped.
 *
 * A timer is one record's of one kind. Pure; memory is lent by the caller.
 */
#ifndef LQ_TIMER_HEAP_H
#define LQ_TIMER_HEAP_H

#include "base/contract.h"

#include <stdbool.h>
#include <stdint.h>

#define LQ_TIMER_NEVER UINT64_MAX

enum lq_timer_kind {
    LQ_TIMER_SESSION, /* its next grid point */
    LQ_TIMER_TASK,    /* a retry's delay, or the wait for an answer to RESOLVE */
    LQ_TIMER_BATCH,   /* its lease */
    LQ_TIMER_ACTOR,   /* silence, or the wait for its next incarnation */
    LQ_TIMER_TENANT,  /* its next token for a tick */
    LQ_TIMER_QUEUE,   /* how long a few tasks wait for more */
    LQ_TIMER_KINDS
};

struct lq_timer {
    enum lq_timer_kind kind;
    uint32_t index; /* of the record whose timer it is */
};

static inline struct lq_timer lq_timer_of(enum lq_timer_kind kind, uint32_t index)
{
    return (struct lq_timer){kind, index};
}

struct lq_timer_entry {
    uint64_t due_ns;
    struct lq_timer timer;
};

struct lq_timer_heap {
    struct lq_timer_entry *entries;     /* [0] unused; children of i are 2i and 2i+1 */
    uint32_t *positions;                /* by kind, then index; 0: not set */
    uint32_t kinds[LQ_TIMER_KINDS + 1]; /* where the positions of a kind begin */
    uint32_t count;
};

/* A heap without timers, for indexes below `counts` of each kind. Its memory: an entry more than
 * there are timers in all, and a position for each, zeroed. */
void lq_timer_heap_init(struct lq_timer_heap *heap, const uint32_t counts[LQ_TIMER_KINDS],
                        struct lq_timer_entry *entries, uint32_t *positions);

/* Start or move a timer. */
void lq_timer_heap_set(struct lq_timer_heap *heap, struct lq_timer timer, uint64_t due_ns);

/* Stop a timer; nothing if it is not set. */
void lq_timer_heap_stop(struct lq_timer_heap *heap, struct lq_timer timer);

/* When the next timer is due; LQ_TIMER_NEVER if none is set. */
uint64_t lq_timer_heap_next_ns(const struct lq_timer_heap *heap);

/* When `timer` is due; LQ_TIMER_NEVER if it is not set. */
uint64_t lq_timer_heap_due_ns(const struct lq_timer_heap *heap, struct lq_timer timer);

/* Take the next timer that is due at or before now_ns. False: none. */
bool lq_timer_heap_take(struct lq_timer_heap *heap, uint64_t now_ns, struct lq_timer *timer,
                        uint64_t *due_ns);

#endif
