// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* item_clock.h - what the stage thread works on, and since when, for the thread that watches it.
 *
 *   IDLE --> ITEM 0 --> ITEM 1 ... --> END --> IDLE
 *                \______ stop ______/
 *                          v
 *                       STOPPED
 *
 * The stage thread moves, the watcher may stop. Both go through one atomic word, so either the
 * stage thread has left an item or the watcher has stopped it, never both: a batch that was given
 * back to the broker is not committed behind its back.
 */
#ifndef LQ_ITEM_CLOCK_H
#define LQ_ITEM_CLOCK_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

enum {
    LQ_ITEM_CLOCK_IDLE = 1,
    LQ_ITEM_CLOCK_END, /* the whole batch: a commit, a look-up */
    LQ_ITEM_CLOCK_STOPPED,
    LQ_ITEM_CLOCK_ITEM_BASE /* plus the item's index */
};

struct lq_item_clock {
    _Atomic uint32_t place;
    _Atomic uint64_t started_ns;
};

void lq_item_clock_init(struct lq_item_clock *clock);

/* Stage thread. False: stopped; touch nothing of the batch any more. */
bool lq_item_clock_move(struct lq_item_clock *clock, uint32_t place, uint64_t now_ns);

/* Watcher: the place, and the time it was entered or a later one. */
uint32_t lq_item_clock_read(struct lq_item_clock *clock, uint64_t *started_ns);

/* Watcher: stop at `place`; false when the stage thread has moved on. */
bool lq_item_clock_stop(struct lq_item_clock *clock, uint32_t place);

/* A slow disk is not a crash: END may take so many times as long as an item. */
#define LQ_ITEM_CLOCK_END_FACTOR 10u

/* Watcher: stop what is at its place for longer than an item may take; true: stopped at *place.
 * *next_check_ns is lowered to when to look again. */
bool lq_item_clock_stop_overdue(struct lq_item_clock *clock, uint64_t item_limit_ns,
                                uint64_t now_ns, uint32_t *place, uint64_t *next_check_ns);

#endif
