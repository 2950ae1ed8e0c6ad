// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* event_window.h - the events of one outbox on their way to the bus, in its order: which of them
 * wait for their segment, which are under way, and up to where all have left.
 *
 *     add --> WAITING --ready--> READY --batch--> FLYING --left, or refused for good--> GONE
 *                                  ^                |
 *                                  +--again, alone--+
 *
 * The position moves over what is GONE at the front. A slot's place is the caller's handle until
 * its event is GONE; what belongs to the event lies with the caller.
 *
 * Pure: the memory is the caller's, the time an argument. Depends on base/, event_fate.h and
 * retry_rule.h.
 */
#ifndef LQ_EVENT_WINDOW_H
#define LQ_EVENT_WINDOW_H

#include "base/result.h"
#include "mirror/domain/event_fate.h"

enum { LQ_EVENT_BATCH_MAX = 10 /* events of a call, by the service */ };

enum lq_event_state { LQ_EVENT_WAITING = 1, LQ_EVENT_READY, LQ_EVENT_FLYING, LQ_EVENT_GONE };

struct lq_event_slot {
    uint64_t sequence;
    enum lq_event_state state;
    size_t bytes;      /* from READY on: what it counts for in a call */
    uint32_t attempts; /* that failed */
    uint64_t due_ms;   /* READY: not before */
    bool is_alone;     /* in a call of its own: one of its batch spoils the call */
};

struct lq_event_window {
    struct lq_event_slot *slots; /* the caller's, slot_max of them, used as a ring */
    uint32_t slot_max;
    uint64_t first, end;  /* slots from .. to, counted from the beginning of time */
    uint64_t position;    /* all events up to this sequence are gone */
    uint64_t newest;      /* the last sequence that was added or passed over */
    uint32_t ready_count; /* in state READY */
    uint32_t waiting_count;
};

/* position  where it was left off: all events up to it are gone. */
void lq_event_window_init(struct lq_event_window *window, struct lq_event_slot *slots,
                          uint32_t slot_max, uint64_t position);

/* Events that may still be added. */
uint32_t lq_event_window_room(const struct lq_event_window *window);

/* Add an event, above all before it; needs room. The place of its slot. */
uint32_t lq_event_window_add(struct lq_event_window *window, uint64_t sequence);

/* All up to `sequence` that was not added makes no event. */
void lq_event_window_pass(struct lq_event_window *window, uint64_t sequence);

/* WAITING: it may leave, and counts for so many bytes. */
void lq_event_window_ready(struct lq_event_window *window, uint32_t place, size_t bytes);

/* WAITING: it cannot be told. */
void lq_event_window_drop(struct lq_event_window *window, uint32_t place);

/* The next WAITING event at or behind *cursor, which begins at 0 and moves on. False: none. */
bool lq_event_window_next_waiting(const struct lq_event_window *window, uint64_t *cursor,
                                  uint32_t *place);

/* The next call: events that are READY and due, in order, together within bytes_max, which each of
 * them is. They are FLYING then. count 0: none is due. */
struct lq_event_batch {
    uint32_t count;
    uint32_t places[LQ_EVENT_BATCH_MAX];
};
void lq_event_window_take(struct lq_event_window *window, size_t bytes_max, uint64_t now_ms,
                          struct lq_event_batch *batch);

/* FLYING: what became of it. *random: as of lq_retry_rule_backoff_ms(). */
void lq_event_window_settle(struct lq_event_window *window, uint32_t place, enum lq_event_fate fate,
                            uint64_t now_ms, uint64_t *random);

/* When the next READY event is due, which may be past. UINT64_MAX: none is READY. */
uint64_t lq_event_window_due_ms(const struct lq_event_window *window);

static inline bool lq_event_window_is_empty(const struct lq_event_window *window)
{
    return window->first == window->end;
}

#endif
