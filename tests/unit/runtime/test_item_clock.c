// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "actors/runtime/item_clock.h"

#include "tests/support/suite.h"

START_TEST(test_either_moves_or_stops)
{
    struct lq_item_clock clock;
    uint64_t started_ns = 0;
    uint32_t first = LQ_ITEM_CLOCK_ITEM_BASE;

    lq_item_clock_init(&clock);
    ck_assert_uint_eq(lq_item_clock_read(&clock, &started_ns), LQ_ITEM_CLOCK_IDLE);
    ck_assert(lq_item_clock_move(&clock, first, 100));
    ck_assert_uint_eq(lq_item_clock_read(&clock, &started_ns), first);
    ck_assert_uint_eq(started_ns, 100);
    ck_assert(lq_item_clock_move(&clock, first + 1, 200));
    ck_assert(!lq_item_clock_stop(&clock, first)); /* it has left that item */
    ck_assert(lq_item_clock_stop(&clock, first + 1));
    ck_assert(!lq_item_clock_move(&clock, first + 2, 300));
    ck_assert(!lq_item_clock_move(&clock, LQ_ITEM_CLOCK_END, 300));
    ck_assert_uint_eq(lq_item_clock_read(&clock, &started_ns), LQ_ITEM_CLOCK_STOPPED);
}
END_TEST

/* An item's time runs from its own start, not from the batch's. */
START_TEST(test_each_item_has_its_own_start)
{
    struct lq_item_clock clock;
    uint64_t started_ns = 0;

    lq_item_clock_init(&clock);
    for (uint32_t item = 0; item < 3; item++) {
        uint32_t place = LQ_ITEM_CLOCK_ITEM_BASE + item;
        ck_assert(lq_item_clock_move(&clock, place, 100 * (item + 1)));
        ck_assert_uint_eq(lq_item_clock_read(&clock, &started_ns), place);
        ck_assert_uint_eq(started_ns, 100 * (item + 1));
    }
}
END_TEST

TCase *lq_test_item_clock(void);
TCase *lq_test_item_clock(void)
{
    TCase *tc = tcase_create("item_clock");

    tcase_add_test(tc, test_either_moves_or_stops);
    tcase_add_test(tc, test_each_item_has_its_own_start);
    return tc;
}
