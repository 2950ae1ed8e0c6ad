// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "actors/runtime/item_clock.h"

#include "base/clock.h"
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

/* Limit, place and age of what is there; whether it is stopped, and when to look again from now. */
START_TEST(test_overdue)
{
    static const struct {
        uint32_t place;
        uint64_t age_ms, again_ms;
        bool stopped;
    } rows[] = {
        {LQ_ITEM_CLOCK_IDLE, 1000000, 5000, false}, {LQ_ITEM_CLOCK_ITEM_BASE, 0, 225, false},
        {LQ_ITEM_CLOCK_ITEM_BASE, 899, 1, false},   {LQ_ITEM_CLOCK_ITEM_BASE, 900, 5000, true},
        {LQ_ITEM_CLOCK_END, 900, 225, false},       {LQ_ITEM_CLOCK_END, 8999, 1, false},
        {LQ_ITEM_CLOCK_END, 9000, 5000, true},
    };
    uint64_t begun_ns = 77 * LQ_NS_PER_S;

    for (size_t index = 0; index < sizeof rows / sizeof rows[0]; index++) {
        struct lq_item_clock clock;
        uint64_t now_ns = begun_ns + rows[index].age_ms * LQ_NS_PER_MS;
        uint64_t next_ns = now_ns + 5 * LQ_NS_PER_S;
        uint32_t place = 0;

        lq_item_clock_init(&clock);
        ck_assert(lq_item_clock_move(&clock, rows[index].place, begun_ns));
        ck_assert_int_eq(
            lq_item_clock_stop_overdue(&clock, 900 * LQ_NS_PER_MS, now_ns, &place, &next_ns),
            rows[index].stopped);
        ck_assert_uint_eq(place, rows[index].place);
        ck_assert_uint_eq(next_ns, now_ns + rows[index].again_ms * LQ_NS_PER_MS);
        ck_assert_int_eq(lq_item_clock_move(&clock, LQ_ITEM_CLOCK_IDLE, now_ns),
                         !rows[index].stopped);
    }
}
END_TEST

TCase *lq_test_item_clock(void);
TCase *lq_test_item_clock(void)
{
    TCase *tc = tcase_create("item_clock");

    tcase_add_test(tc, test_either_moves_or_stops);
    tcase_add_test(tc, test_each_item_has_its_own_start);
    tcase_add_test(tc, test_overdue);
    return tc;
}
