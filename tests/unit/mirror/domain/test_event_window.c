// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "mirror/domain/event_window.h"

#include "tests/support/suite.h"

enum { SLOTS = 16, BYTES_MAX = 1000 };

static struct lq_event_slot slots[SLOTS];
static struct lq_event_window window;
static struct lq_event_batch batch;
static uint64_t random_state = 1;

static void make(uint64_t position)
{
    lq_event_window_init(&window, slots, SLOTS, position);
}

/* Events of these sequences that are ready, each of so many bytes; by place, since the ring is new.
 */
static void fill(uint64_t first, uint32_t count, size_t bytes)
{
    for (uint32_t index = 0; index < count; index++) {
        uint32_t place = lq_event_window_add(&window, first + index);
        lq_event_window_ready(&window, place, bytes);
    }
}

static void take(uint64_t now_ms)
{
    lq_event_window_take(&window, BYTES_MAX, now_ms, &batch);
}

static uint64_t sequence_of(uint32_t index)
{
    ck_assert_uint_lt(index, batch.count);
    return slots[batch.places[index]].sequence;
}

static void settle(uint32_t index, enum lq_event_fate fate, uint64_t now_ms)
{
    lq_event_window_settle(&window, batch.places[index], fate, now_ms, &random_state);
}

static const struct {
    uint32_t count;
    size_t bytes;
    uint32_t taken; /* by the first call */
} sizes[] = {
    {9, 1, 9},    {10, 1, 10},   {11, 1, 10}, /* one below, at and above ten */
    {2, 499, 2},  {2, 500, 2},   {2, 501, 1}, /* and the same of the bytes of a call */
    {1, 1000, 1}, {10, 100, 10}, {10, 101, 9},
};

START_TEST(test_window_sizes_of_a_call)
{
    uint32_t rest = sizes[_i].count - sizes[_i].taken;

    make(0);
    fill(1, sizes[_i].count, sizes[_i].bytes);
    take(0);
    ck_assert_uint_eq(batch.count, sizes[_i].taken);
    for (uint32_t index = 0; index < batch.count; index++) {
        ck_assert_uint_eq(sequence_of(index), index + 1);
    }
    take(0);
    ck_assert_uint_eq(batch.count, rest);
    if (rest > 0) {
        ck_assert_uint_eq(sequence_of(0), sizes[_i].taken + 1);
    }
    take(0);
    ck_assert_uint_eq(batch.count, 0);
}
END_TEST

/* One that finds no room ends the call, so that a short one behind it does not go before it. */
START_TEST(test_window_order_stays)
{
    make(0);
    fill(1, 1, 600);
    fill(2, 1, 500);
    fill(3, 1, 10);
    take(0);
    ck_assert_uint_eq(batch.count, 1);
    take(0);
    ck_assert_uint_eq(batch.count, 2);
    ck_assert_uint_eq(sequence_of(0), 2);
    ck_assert_uint_eq(sequence_of(1), 3);
}
END_TEST

START_TEST(test_window_position_follows_the_oldest)
{
    make(5);
    ck_assert_uint_eq(window.position, 5);
    lq_event_window_pass(&window, 7); /* no events in there */
    ck_assert_uint_eq(window.position, 7);
    fill(8, 3, 10);
    lq_event_window_pass(&window, 20);
    ck_assert_uint_eq(window.position, 7);
    take(0);
    settle(1, LQ_EVENT_LEFT, 0);
    settle(2, LQ_EVENT_REFUSED, 0);
    ck_assert_uint_eq(window.position, 7); /* 8 is under way */
    settle(0, LQ_EVENT_AGAIN, 0);
    ck_assert_uint_eq(window.position, 7);
    take(UINT32_MAX);
    ck_assert_uint_eq(batch.count, 1);
    settle(0, LQ_EVENT_LEFT, 0);
    ck_assert_uint_eq(window.position, 20); /* and what was passed over behind them */
    ck_assert(lq_event_window_is_empty(&window));
}
END_TEST

START_TEST(test_window_failed_entries_alone)
{
    make(0);
    fill(1, 10, 10);
    take(0);
    for (uint32_t index = 0; index < 10; index++) {
        settle(index, index % 3 == 0 ? LQ_EVENT_AGAIN : LQ_EVENT_LEFT, 1000);
    }
    take(1000);
    ck_assert_uint_eq(batch.count, 0); /* not at once */
    uint64_t due_ms = lq_event_window_due_ms(&window);
    ck_assert_uint_gt(due_ms, 1000);
    ck_assert_uint_le(due_ms, 1000 + LQ_RETRY_RULE_FIRST_MS);
    take(due_ms - 1);
    ck_assert_uint_eq(batch.count, 0);
    take(1000 + LQ_RETRY_RULE_FIRST_MS);
    ck_assert_uint_eq(batch.count, 4);
    for (uint32_t index = 0; index < 4; index++) {
        ck_assert_uint_eq(sequence_of(index), 3 * index + 1);
        settle(index, LQ_EVENT_LEFT, 2000);
    }
    ck_assert_uint_eq(window.position, 10);
    ck_assert_uint_eq(lq_event_window_due_ms(&window), UINT64_MAX);
}
END_TEST

/* A call that one of its events spoils: each goes on in its own, what came later as before. */
START_TEST(test_window_spoiled_call)
{
    make(0);
    fill(1, 3, 10);
    take(0);
    for (uint32_t index = 0; index < 3; index++) {
        settle(index, LQ_EVENT_ALONE, 0);
    }
    fill(4, 2, 10);
    for (uint64_t sequence = 1; sequence <= 3; sequence++) {
        take(0);
        ck_assert_uint_eq(batch.count, 1);
        ck_assert_uint_eq(sequence_of(0), sequence);
        settle(0, sequence == 2 ? LQ_EVENT_REFUSED : LQ_EVENT_LEFT, 0);
        ck_assert_uint_eq(window.position, sequence);
    }
    take(0);
    ck_assert_uint_eq(batch.count, 2);
    ck_assert_uint_eq(sequence_of(0), 4);
}
END_TEST

START_TEST(test_window_waits_for_its_segment)
{
    uint64_t cursor = 0;
    uint32_t place;

    make(0);
    uint32_t first = lq_event_window_add(&window, 1);
    uint32_t second = lq_event_window_add(&window, 2);
    uint32_t third = lq_event_window_add(&window, 3);
    take(0);
    ck_assert_uint_eq(batch.count, 0);
    lq_event_window_ready(&window, second, 10); /* of another stream than the first */
    take(0);
    ck_assert_uint_eq(batch.count, 1);
    settle(0, LQ_EVENT_LEFT, 0);
    ck_assert_uint_eq(window.position, 0);
    ck_assert(lq_event_window_next_waiting(&window, &cursor, &place));
    ck_assert_uint_eq(place, first);
    ck_assert(lq_event_window_next_waiting(&window, &cursor, &place));
    ck_assert_uint_eq(place, third);
    ck_assert(!lq_event_window_next_waiting(&window, &cursor, &place));
    lq_event_window_drop(&window, first); /* its key was destroyed */
    ck_assert_uint_eq(window.position, 2);
    lq_event_window_drop(&window, third);
    ck_assert_uint_eq(window.position, 3);
}
END_TEST

START_TEST(test_window_is_bounded_and_goes_round)
{
    uint64_t sequence = 0;

    make(0);
    for (int round = 0; round < 5; round++) {
        ck_assert_uint_eq(lq_event_window_room(&window), SLOTS);
        fill(sequence + 1, SLOTS, 10);
        sequence += SLOTS;
        ck_assert_uint_eq(lq_event_window_room(&window), 0);
        while (lq_event_window_due_ms(&window) != UINT64_MAX) {
            take(0);
            ck_assert_uint_gt(batch.count, 0);
            for (uint32_t index = batch.count; index > 0; index--) {
                settle(index - 1, LQ_EVENT_LEFT, 0);
            }
        }
        ck_assert_uint_eq(window.position, sequence);
    }
}
END_TEST

TCase *lq_test_event_window(void);
TCase *lq_test_event_window(void)
{
    TCase *tc = tcase_create("event_window");

    tcase_add_loop_test(tc, test_window_sizes_of_a_call, 0, (int)(sizeof sizes / sizeof sizes[0]));
    tcase_add_test(tc, test_window_order_stays);
    tcase_add_test(tc, test_window_position_follows_the_oldest);
    tcase_add_test(tc, test_window_failed_entries_alone);
    tcase_add_test(tc, test_window_spoiled_call);
    tcase_add_test(tc, test_window_waits_for_its_segment);
    tcase_add_test(tc, test_window_is_bounded_and_goes_round);
    return tc;
}
