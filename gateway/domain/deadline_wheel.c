// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "gateway/domain/deadline_wheel.h"

#include "base/contract.h"

void lq_deadline_wheel_begin(struct lq_deadline_wheel *wheel, struct lq_deadline_link *links,
                             uint32_t count, uint64_t now_ms)
{
    wheel->links = links;
    wheel->count = count;
    wheel->turned = now_ms / LQ_DEADLINE_WHEEL_SLOT_MS;
    for (uint32_t slot = 0; slot < LQ_DEADLINE_WHEEL_SLOTS; slot++) {
        wheel->first[slot] = LQ_DEADLINE_WHEEL_NONE;
    }
    memset(wheel->filled, 0, sizeof wheel->filled);
    for (uint32_t index = 0; index < count; index++) {
        links[index].slot = LQ_DEADLINE_WHEEL_NONE;
    }
}

void lq_deadline_wheel_clear(struct lq_deadline_wheel *wheel, uint32_t index)
{
    LQ_ASSERT(index < wheel->count);
    struct lq_deadline_link *link = &wheel->links[index];
    uint32_t slot = link->slot;

    if (slot == LQ_DEADLINE_WHEEL_NONE) {
        return;
    }
    if (link->next == index) {
        wheel->first[slot] = LQ_DEADLINE_WHEEL_NONE;
        wheel->filled[slot / 64] &= ~(UINT64_C(1) << slot % 64);
    } else {
        wheel->links[link->next].previous = link->previous;
        wheel->links[link->previous].next = link->next;
        if (wheel->first[slot] == index) {
            wheel->first[slot] = link->next;
        }
    }
    link->slot = LQ_DEADLINE_WHEEL_NONE;
}

void lq_deadline_wheel_set(struct lq_deadline_wheel *wheel, uint32_t index, uint64_t due_ms)
{
    LQ_ASSERT(index < wheel->count);
    struct lq_deadline_link *link = &wheel->links[index];
    uint64_t at = due_ms / LQ_DEADLINE_WHEEL_SLOT_MS + 1;

    lq_deadline_wheel_clear(wheel, index);
    at = at <= wheel->turned ? wheel->turned + 1 : at;
    if (at >= wheel->turned + LQ_DEADLINE_WHEEL_SLOTS) {
        at = wheel->turned + LQ_DEADLINE_WHEEL_SLOTS - 1;
    }
    uint32_t slot = (uint32_t)(at % LQ_DEADLINE_WHEEL_SLOTS);
    uint32_t first = wheel->first[slot];
    link->slot = slot;
    if (first == LQ_DEADLINE_WHEEL_NONE) {
        link->next = link->previous = index;
        wheel->first[slot] = index;
        wheel->filled[slot / 64] |= UINT64_C(1) << slot % 64;
        return;
    }
    link->next = first;
    link->previous = wheel->links[first].previous;
    wheel->links[link->previous].next = index;
    wheel->links[first].previous = index;
}

/* Slots from the next one to the first that is filled; SLOTS: none is. */
static uint32_t slots_to_go(const struct lq_deadline_wheel *wheel)
{
    uint32_t ahead = 1;

    while (ahead < LQ_DEADLINE_WHEEL_SLOTS) {
        uint32_t slot = (uint32_t)((wheel->turned + ahead) % LQ_DEADLINE_WHEEL_SLOTS);
        uint64_t word = wheel->filled[slot / 64] >> slot % 64;
        if (word != 0) {
            ahead += (uint32_t)__builtin_ctzll(word);
            return ahead < LQ_DEADLINE_WHEEL_SLOTS ? ahead : LQ_DEADLINE_WHEEL_SLOTS;
        }
        ahead += 64 - slot % 64;
    }
    return LQ_DEADLINE_WHEEL_SLOTS;
}

uint32_t lq_deadline_wheel_take(struct lq_deadline_wheel *wheel, uint64_t now_ms)
{
    uint64_t passed = now_ms / LQ_DEADLINE_WHEEL_SLOT_MS;
    uint32_t ahead = slots_to_go(wheel);

    if (ahead == LQ_DEADLINE_WHEEL_SLOTS || wheel->turned + ahead > passed) {
        /* Nothing lies between here and now, so the wheel may stand at now. */
        wheel->turned = passed > wheel->turned ? passed : wheel->turned;
        return LQ_DEADLINE_WHEEL_NONE;
    }
    /* One short of its slot: the rest of it, and what is set meanwhile, lies ahead. */
    wheel->turned += ahead - 1;
    uint32_t index = wheel->first[(wheel->turned + 1) % LQ_DEADLINE_WHEEL_SLOTS];
    LQ_ASSERT(index != LQ_DEADLINE_WHEEL_NONE);
    lq_deadline_wheel_clear(wheel, index);
    return index;
}

uint64_t lq_deadline_wheel_next_ms(const struct lq_deadline_wheel *wheel)
{
    uint32_t ahead = slots_to_go(wheel);

    return ahead == LQ_DEADLINE_WHEEL_SLOTS ? UINT64_MAX
                                            : (wheel->turned + ahead) * LQ_DEADLINE_WHEEL_SLOT_MS;
}
