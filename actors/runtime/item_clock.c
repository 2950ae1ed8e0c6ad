// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "actors/runtime/item_clock.h"

#include "base/contract.h"

void lq_item_clock_init(struct lq_item_clock *clock)
{
    atomic_init(&clock->place, LQ_ITEM_CLOCK_IDLE);
    atomic_init(&clock->started_ns, 0);
}

bool lq_item_clock_move(struct lq_item_clock *clock, uint32_t place, uint64_t now_ns)
{
    uint32_t old = atomic_load_explicit(&clock->place, memory_order_relaxed);

    LQ_ASSERT(place != LQ_ITEM_CLOCK_STOPPED);
    if (old == LQ_ITEM_CLOCK_STOPPED) {
        return false;
    }
    /* The time first: a watcher that sees the old place with the new time waits longer, and one
     * that sees the new place sees its time. */
    atomic_store_explicit(&clock->started_ns, now_ns, memory_order_relaxed);
    return atomic_compare_exchange_strong_explicit(&clock->place, &old, place, memory_order_acq_rel,
                                                   memory_order_relaxed);
}

uint32_t lq_item_clock_read(struct lq_item_clock *clock, uint64_t *started_ns)
{
    uint32_t place = atomic_load_explicit(&clock->place, memory_order_acquire);

    *started_ns = atomic_load_explicit(&clock->started_ns, memory_order_relaxed);
    return place;
}

bool lq_item_clock_stop(struct lq_item_clock *clock, uint32_t place)
{
    LQ_ASSERT(place >= LQ_ITEM_CLOCK_ITEM_BASE || place == LQ_ITEM_CLOCK_END);
    return atomic_compare_exchange_strong_explicit(&clock->place, &place, LQ_ITEM_CLOCK_STOPPED,
                                                   memory_order_acq_rel, memory_order_relaxed);
}
