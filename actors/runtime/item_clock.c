// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "actors/runtime/item_clock.h"

#include "base/clock.h"
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

bool lq_item_clock_stop_overdue(struct lq_item_clock *clock, uint64_t item_limit_ns,
                                uint64_t now_ns, uint32_t *place, uint64_t *next_check_ns)
{
    uint64_t started_ns;

    *place = lq_item_clock_read(clock, &started_ns);
    if (*place == LQ_ITEM_CLOCK_IDLE || *place == LQ_ITEM_CLOCK_STOPPED) {
        return false;
    }
    uint64_t factor = *place == LQ_ITEM_CLOCK_END ? LQ_ITEM_CLOCK_END_FACTOR : 1;
    uint64_t due_ns = started_ns + item_limit_ns * factor;
    if (now_ns >= due_ns) {
        if (lq_item_clock_stop(clock, *place)) {
            return true;
        }
        due_ns = now_ns + item_limit_ns; /* it has just moved on */
    }
    /* An item that begins right after this look must not run much longer than its time. */
    uint64_t soon_ns =
        now_ns + (item_limit_ns / 4 > LQ_NS_PER_MS ? item_limit_ns / 4 : LQ_NS_PER_MS);
    due_ns = due_ns < soon_ns ? due_ns : soon_ns;
    *next_check_ns = due_ns < *next_check_ns ? due_ns : *next_check_ns;
    return false;
}
