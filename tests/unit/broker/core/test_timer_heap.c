// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "broker/core/timer_heap.h"

#include "tests/support/suite.h"

#define CAPACITY (16u * LQ_TIMER_KINDS)

static struct lq_timer_heap new_heap(void)
{
    static struct lq_timer_entry entries[CAPACITY + 1];
    static uint32_t positions[CAPACITY];
    static const uint32_t counts[LQ_TIMER_KINDS] = {16, 16, 16, 16, 16, 16};
    struct lq_timer_heap heap;

    memset(positions, 0, sizeof positions);
    lq_timer_heap_init(&heap, counts, entries, positions);
    return heap;
}

/* Sixteen of each kind, by one number. */
static struct lq_timer timer_of(uint32_t number)
{
    return lq_timer_of(number / 16, number % 16);
}

static uint32_t number_of(struct lq_timer timer)
{
    return (uint32_t)timer.kind * 16 + timer.index;
}

START_TEST(test_timer_heap_gives_what_is_due_in_order)
{
    struct lq_timer_heap heap = new_heap();
    struct lq_timer timer;
    uint64_t due_ns;

    ck_assert(lq_timer_heap_next_ns(&heap) == LQ_TIMER_NEVER);
    lq_timer_heap_set(&heap, timer_of(3), 30);
    lq_timer_heap_set(&heap, timer_of(0), 10);
    lq_timer_heap_set(&heap, timer_of(63), 20);
    ck_assert_uint_eq(lq_timer_heap_next_ns(&heap), 10);
    ck_assert(!lq_timer_heap_take(&heap, 9, &timer, &due_ns));
    ck_assert(lq_timer_heap_take(&heap, 10, &timer, &due_ns));
    ck_assert_uint_eq(number_of(timer), 0);
    ck_assert_uint_eq(due_ns, 10);
    ck_assert(lq_timer_heap_take(&heap, 100, &timer, &due_ns));
    ck_assert_uint_eq(number_of(timer), 63);
    ck_assert(lq_timer_heap_take(&heap, 100, &timer, &due_ns));
    ck_assert_uint_eq(number_of(timer), 3);
    ck_assert(!lq_timer_heap_take(&heap, 100, &timer, &due_ns));
}
END_TEST

START_TEST(test_timer_heap_moves_and_stops)
{
    struct lq_timer_heap heap = new_heap();
    struct lq_timer timer;
    uint64_t due_ns;

    lq_timer_heap_set(&heap, timer_of(1), 10);
    lq_timer_heap_set(&heap, timer_of(2), 20);
    lq_timer_heap_set(&heap, timer_of(1), 30);
    ck_assert_uint_eq(lq_timer_heap_due_ns(&heap, timer_of(1)), 30);
    ck_assert_uint_eq(lq_timer_heap_next_ns(&heap), 20);
    lq_timer_heap_stop(&heap, timer_of(2));
    lq_timer_heap_stop(&heap, timer_of(2));
    ck_assert(lq_timer_heap_due_ns(&heap, timer_of(2)) == LQ_TIMER_NEVER);
    ck_assert(lq_timer_heap_take(&heap, 30, &timer, &due_ns));
    ck_assert_uint_eq(number_of(timer), 1);
    ck_assert(lq_timer_heap_next_ns(&heap) == LQ_TIMER_NEVER);
}
END_TEST

START_TEST(test_timer_heap_keeps_kinds_apart)
{
    struct lq_timer_heap heap = new_heap();

    lq_timer_heap_set(&heap, lq_timer_of(LQ_TIMER_TASK, 5), 10);
    for (uint32_t kind = 0; kind < LQ_TIMER_KINDS; kind++) {
        ck_assert((lq_timer_heap_due_ns(&heap, lq_timer_of(kind, 5)) == 10) ==
                  (kind == LQ_TIMER_TASK));
    }
    lq_timer_heap_stop(&heap, lq_timer_of(LQ_TIMER_BATCH, 5));
    ck_assert_uint_eq(lq_timer_heap_next_ns(&heap), 10);
}
END_TEST

/* Against a plain array: the earliest of those set. */
START_TEST(test_timer_heap_agrees_with_a_list)
{
    struct lq_timer_heap heap = new_heap();
    uint64_t list[CAPACITY] = {0}; /* 0: not set */
    uint32_t random = 12345;

    for (uint32_t step = 0; step < 20000; step++) {
        random = random * 1664525u + 1013904223u;
        uint32_t timer = random >> 26;
        if ((random & 3) == 0) {
            lq_timer_heap_stop(&heap, timer_of(timer));
            list[timer] = 0;
        } else if ((random & 3) == 1) {
            struct lq_timer taken;
            uint64_t due_ns;
            uint64_t earliest = LQ_TIMER_NEVER;
            for (uint32_t index = 0; index < CAPACITY; index++) {
                earliest = list[index] != 0 && list[index] < earliest ? list[index] : earliest;
            }
            ck_assert_uint_eq(lq_timer_heap_next_ns(&heap), earliest);
            if (lq_timer_heap_take(&heap, LQ_TIMER_NEVER - 1, &taken, &due_ns)) {
                ck_assert_uint_eq(due_ns, earliest);
                ck_assert_uint_eq(list[number_of(taken)], earliest);
                list[number_of(taken)] = 0;
            }
        } else {
            list[timer] = 1 + ((random >> 8) & 0xff);
            lq_timer_heap_set(&heap, timer_of(timer), list[timer]);
        }
    }
}
END_TEST

TCase *lq_test_timer_heap(void);
TCase *lq_test_timer_heap(void)
{
    TCase *tc = tcase_create("timer_heap");

    tcase_add_test(tc, test_timer_heap_gives_what_is_due_in_order);
    tcase_add_test(tc, test_timer_heap_moves_and_stops);
    tcase_add_test(tc, test_timer_heap_keeps_kinds_apart);
    tcase_add_test(tc, test_timer_heap_agrees_with_a_list);
    return tc;
}
