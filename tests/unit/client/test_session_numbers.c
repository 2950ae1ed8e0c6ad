// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "client/session_numbers.h"
#include "tests/unit/client/client_cases.h"

static struct lq_session_numbers numbers;

static void begin(void)
{
    numbers = (struct lq_session_numbers){.next = 1};
}

static uint64_t take(void)
{
    uint64_t sequence = 0;

    ck_assert_int_eq(lq_session_numbers_take(&numbers, &sequence), LQ_OK);
    return sequence;
}

START_TEST(numbers_start_at_one)
{
    ck_assert_uint_eq(take(), 1);
    ck_assert_uint_eq(take(), 2);
}
END_TEST

/* 64 unanswered numbers are the window; the 65th waits for the oldest, not for any. */
START_TEST(stops_at_the_window)
{
    uint64_t sequence = 0;

    for (uint64_t expected = 1; expected <= 64; expected++) {
        ck_assert_uint_eq(take(), expected);
    }
    ck_assert_int_eq(lq_session_numbers_take(&numbers, &sequence), LQ_ERR_FULL);
    lq_session_numbers_answer(&numbers, 33, false);
    ck_assert_int_eq(lq_session_numbers_take(&numbers, &sequence), LQ_ERR_FULL);
    lq_session_numbers_answer(&numbers, 1, false);
    ck_assert_uint_eq(take(), 65);
    ck_assert_int_eq(lq_session_numbers_take(&numbers, &sequence), LQ_ERR_FULL);
    lq_session_numbers_answer(&numbers, 2, false);
    ck_assert_uint_eq(take(), 66);
}
END_TEST

START_TEST(an_unused_number_is_taken_again)
{
    ck_assert_uint_eq(take(), 1);
    lq_session_numbers_answer(&numbers, 1, true);
    ck_assert_uint_eq(take(), 1);
    lq_session_numbers_answer(&numbers, 1, false);
    ck_assert_uint_eq(take(), 2);
}
END_TEST

/* Refused without end, a client stays where it is. */
START_TEST(a_thousand_refusals_do_not_leave_the_window)
{
    for (int round = 0; round < 1000; round++) {
        ck_assert_uint_eq(take(), 1);
        ck_assert_uint_eq(take(), 2);
        ck_assert_uint_eq(take(), 3);
        lq_session_numbers_answer(&numbers, 1, true);
        lq_session_numbers_answer(&numbers, 2, true);
        lq_session_numbers_answer(&numbers, 3, true);
    }
    ck_assert_uint_eq(numbers.next, 1);
}
END_TEST

START_TEST(a_number_below_a_used_one_is_not_taken_again)
{
    take();
    take();
    lq_session_numbers_answer(&numbers, 1, true);
    ck_assert_uint_eq(numbers.next, 3); /* 2 has no answer yet */
    lq_session_numbers_answer(&numbers, 2, false);
    ck_assert_uint_eq(take(), 3);
}
END_TEST

START_TEST(unanswered_ones_keep_their_places_when_numbers_go_back)
{
    take();
    take();
    take();
    lq_session_numbers_answer(&numbers, 3, true);
    ck_assert_uint_eq(numbers.next, 3);
    lq_session_numbers_answer(&numbers, 1, false);
    lq_session_numbers_answer(&numbers, 2, false);
    ck_assert_uint_eq(numbers.unanswered, 0);
    ck_assert_uint_eq(take(), 3);
}
END_TEST

TCase *lq_test_session_numbers(void)
{
    TCase *tests = tcase_create("session_numbers");

    tcase_add_checked_fixture(tests, begin, NULL);
    tcase_add_test(tests, numbers_start_at_one);
    tcase_add_test(tests, stops_at_the_window);
    tcase_add_test(tests, an_unused_number_is_taken_again);
    tcase_add_test(tests, a_thousand_refusals_do_not_leave_the_window);
    tcase_add_test(tests, a_number_below_a_used_one_is_not_taken_again);
    tcase_add_test(tests, unanswered_ones_keep_their_places_when_numbers_go_back);
    return tests;
}
