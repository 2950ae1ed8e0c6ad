// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* answer_groups.h - which of the answers of a turn go to the same peer, in their order.
 *
 * Groups are found by hash, their members linked: a turn that answers a thousand clients once each
 * takes a thousand steps.
 */
#ifndef LQ_ANSWER_GROUPS_H
#define LQ_ANSWER_GROUPS_H

#include "base/contract.h"

#include <stdint.h>

#define LQ_ANSWER_GROUPS_MEMBERS_MAX 4096u
#define LQ_ANSWER_GROUPS_SLOTS 8192u /* a power of two, twice as many as members */
#define LQ_ANSWER_GROUPS_NONE UINT16_MAX

struct lq_answer_group {
    uint32_t peer;
    uint16_t first, last; /* members */
    uint16_t slot;
};

/* All zeroes: empty. */
struct lq_answer_groups {
    uint32_t member_count, group_count;
    struct lq_answer_group groups[LQ_ANSWER_GROUPS_MEMBERS_MAX]; /* in the order of their first */
    uint16_t next[LQ_ANSWER_GROUPS_MEMBERS_MAX];                 /* by member */
    uint16_t slots[LQ_ANSWER_GROUPS_SLOTS];                      /* number of a group plus one */
};

/* The newest member of the peer's group, or LQ_ANSWER_GROUPS_NONE. */
uint32_t lq_answer_groups_last(const struct lq_answer_groups *groups, uint32_t peer);

/* Another member, by number from 0. There must be room. */
uint32_t lq_answer_groups_add(struct lq_answer_groups *groups, uint32_t peer);

/* Costs as much as there are groups. */
void lq_answer_groups_clear(struct lq_answer_groups *groups);

#endif
