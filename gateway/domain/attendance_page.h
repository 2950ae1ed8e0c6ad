// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* attendance_page.h - the file in which a gateway leaves who is attached to it, as it lies in
 * memory that is shared with other gateways.
 *
 *     head (64 bytes) | slot 0 | slot 1 | ...
 *
 *   FREE --attach--> ATTACHED --cut--> CUT --leaves, or is back--> FREE
 *
 * One process writes; others read at any time, and take what they cannot understand for free. It is
 * read on this machine alone, so numbers lie as the machine has them. A slot's state is written
 * last and counts; `changes` grows with each. Pure.
 */
#ifndef LQ_ATTENDANCE_PAGE_H
#define LQ_ATTENDANCE_PAGE_H

#include "base/result.h"
#include "world/identity.h"
#include "world/world_limits.h"

#define LQ_ATTENDANCE_MAGIC "LQATT01"

enum lq_attendance_state { LQ_ATTENDANCE_FREE = 0, LQ_ATTENDANCE_ATTACHED, LQ_ATTENDANCE_CUT };

struct lq_attendance_head {
    char magic[8];
    uint64_t changes;
    uint32_t slots, used_below; /* no slot from there on was ever used */
    uint8_t unused[40];
};
_Static_assert(sizeof(struct lq_attendance_head) == 64, "the slots begin at 64");

struct lq_attendance_slot {
    uint32_t state; /* enum lq_attendance_state */
    uint32_t reserved;
    uint64_t incarnation; /* of its connection */
    uint64_t leave_at_ms; /* CUT: by the wall clock */
    uint8_t player[8];
    char tenant[LQ_TENANT_NAME_BYTES_MAX + 1];
    char session[LQ_SESSION_NAME_BYTES_MAX + 1];
    uint8_t unused[30];
};
_Static_assert(sizeof(struct lq_attendance_slot) == 160, "a slot has 160 bytes");

static inline size_t lq_attendance_page_bytes(uint32_t slots)
{
    return sizeof(struct lq_attendance_head) + slots * sizeof(struct lq_attendance_slot);
}

static inline struct lq_attendance_slot *lq_attendance_page_slots(void *page)
{
    struct lq_attendance_head *head = page;

    return (struct lq_attendance_slot *)(head + 1);
}

/* An empty page in `slots` slots of zeroed memory. */
void lq_attendance_page_make(void *page, uint32_t slots);

/* Whether `bytes` of memory begin with a page; *used is how many slots are to be looked at. */
LQ_MUST_CHECK enum lq_result lq_attendance_page_open(const void *page, size_t bytes,
                                                     uint32_t *used);

/* A copy of a slot that another process may be writing. False: it is free, or not whole. */
bool lq_attendance_page_read(const struct lq_attendance_slot *slot,
                             struct lq_attendance_slot *copy);

/* Write a slot: everything, then the state. */
void lq_attendance_page_write(void *page, uint32_t index, const struct lq_attendance_slot *slot);

#endif
