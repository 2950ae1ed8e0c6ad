// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* deadline_wheel.h - which of many things is due, a quarter of a second exactly.
 *
 * A wheel of slots, each a list; setting, clearing and taking cost the same with ten things and
 * with ten thousand, and nothing is done for one that is not due. What is due beyond one turn of
 * the wheel comes out at its end, early: the owner looks whether it is due and sets it again.
 *
 * Pure: links are lent, one for each thing; things are known by their index.
 */
#ifndef LQ_DEADLINE_WHEEL_H
#define LQ_DEADLINE_WHEEL_H

#include "base/view.h"

#define LQ_DEADLINE_WHEEL_SLOTS 512u
#define LQ_DEADLINE_WHEEL_SLOT_MS 250u
#define LQ_DEADLINE_WHEEL_NONE UINT32_MAX

struct lq_deadline_link {
    uint32_t next, previous; /* in the slot's ring */
    uint32_t slot;           /* NONE: not set */
};

struct lq_deadline_wheel {
    struct lq_deadline_link *links;
    uint32_t count;
    uint64_t turned; /* slots that have passed since the beginning of time */
    uint32_t first[LQ_DEADLINE_WHEEL_SLOTS];
    uint64_t filled[LQ_DEADLINE_WHEEL_SLOTS / 64]; /* a bit a slot */
};

void lq_deadline_wheel_begin(struct lq_deadline_wheel *wheel, struct lq_deadline_link *links,
                             uint32_t count, uint64_t now_ms);

/* Set, or set anew. It comes out when due_ms has passed, at most a slot later. */
void lq_deadline_wheel_set(struct lq_deadline_wheel *wheel, uint32_t index, uint64_t due_ms);
void lq_deadline_wheel_clear(struct lq_deadline_wheel *wheel, uint32_t index);

/* Take out one that is due; NONE: there is none. */
uint32_t lq_deadline_wheel_take(struct lq_deadline_wheel *wheel, uint64_t now_ms);

/* When to look again; UINT64_MAX: nothing is set. */
uint64_t lq_deadline_wheel_next_ms(const struct lq_deadline_wheel *wheel);

#endif
