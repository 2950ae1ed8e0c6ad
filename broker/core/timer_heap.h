// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* timer_heap.h - what is due when: a binary heap of timers that can be moved and stopped.
 *
 * A timer is a number below the capacity; its owner knows what it stands for. Pure; memory comes
 * from the caller's arena.
 */
#ifndef LQ_TIMER_HEAP_H
#define LQ_TIMER_HEAP_H

#include "base/arena.h"
#include "base/contract.h"

#include <stdbool.h>

#define LQ_TIMER_NEVER UINT64_MAX

struct lq_timer_entry {
    uint64_t due_ns;
    uint32_t timer;
};

struct lq_timer_heap {
    struct lq_timer_entry *entries; /* [0] unused; children of i are 2i and 2i+1 */
    uint32_t *positions;            /* by timer; 0: not set */
    uint32_t capacity;
    uint32_t count;
};

size_t lq_timer_heap_bytes(uint32_t capacity);
void lq_timer_heap_init(struct lq_timer_heap *heap, uint32_t capacity, struct lq_arena *arena);

/* Start or move a timer. */
void lq_timer_heap_set(struct lq_timer_heap *heap, uint32_t timer, uint64_t due_ns);

/* Stop a timer; nothing if it is not set. */
void lq_timer_heap_stop(struct lq_timer_heap *heap, uint32_t timer);

/* When the next timer is due; LQ_TIMER_NEVER if none is set. */
uint64_t lq_timer_heap_next_ns(const struct lq_timer_heap *heap);

/* When `timer` is due; LQ_TIMER_NEVER if it is not set. */
uint64_t lq_timer_heap_due_ns(const struct lq_timer_heap *heap, uint32_t timer);

/* Take the next timer that is due at or before now_ns. False: none. */
bool lq_timer_heap_take(struct lq_timer_heap *heap, uint64_t now_ns, uint32_t *timer,
                        uint64_t *due_ns);

#endif
