// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "broker/io/answer_groups.h"

/* The slot of the peer's group, or the free one where it belongs. Half of all are always free. */
static uint16_t find_slot(const struct lq_answer_groups *groups, uint32_t peer)
{
    uint32_t slot = (peer * UINT32_C(2654435769)) >> 16 & (LQ_ANSWER_GROUPS_SLOTS - 1);

    while (groups->slots[slot] != 0 && groups->groups[groups->slots[slot] - 1].peer != peer) {
        slot = (slot + 1) & (LQ_ANSWER_GROUPS_SLOTS - 1);
    }
    return (uint16_t)slot;
}

uint32_t lq_answer_groups_last(const struct lq_answer_groups *groups, uint32_t peer)
{
    uint16_t number = groups->slots[find_slot(groups, peer)];

    return number == 0 ? LQ_ANSWER_GROUPS_NONE : groups->groups[number - 1].last;
}

uint32_t lq_answer_groups_add(struct lq_answer_groups *groups, uint32_t peer)
{
    uint16_t slot = find_slot(groups, peer);

    LQ_ASSERT(groups->member_count < LQ_ANSWER_GROUPS_MEMBERS_MAX);
    uint16_t member = (uint16_t)groups->member_count++;
    groups->next[member] = LQ_ANSWER_GROUPS_NONE;
    if (groups->slots[slot] == 0) {
        groups->groups[groups->group_count++] =
            (struct lq_answer_group){.peer = peer, .first = member, .last = member, .slot = slot};
        groups->slots[slot] = (uint16_t)groups->group_count;
        return member;
    }
    struct lq_answer_group *group = &groups->groups[groups->slots[slot] - 1];
    groups->next[group->last] = member;
    group->last = member;
    return member;
}

void lq_answer_groups_clear(struct lq_answer_groups *groups)
{
    for (uint32_t index = 0; index < groups->group_count; index++) {
        groups->slots[groups->groups[index].slot] = 0;
    }
    groups->group_count = 0;
    groups->member_count = 0;
}
