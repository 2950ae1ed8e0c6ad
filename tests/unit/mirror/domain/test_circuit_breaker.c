// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "mirror/domain/circuit_breaker.h"
#include "tests/support/suite.h"

TCase *lq_test_circuit_breaker(void);

static void fail_times(struct lq_circuit_breaker *breaker, uint32_t count, uint64_t now_ms)
{
    while (count-- > 0) {
        lq_circuit_breaker_failed(breaker, now_ms);
    }
}

START_TEST(test_opens_after_failures_in_a_row)
{
    struct lq_circuit_breaker breaker;

    lq_circuit_breaker_init(&breaker);
    fail_times(&breaker, LQ_CIRCUIT_BREAKER_FAILURES - 1, 100);
    ck_assert(lq_circuit_breaker_take(&breaker, 100));
    lq_circuit_breaker_succeeded(&breaker); /* the row is broken */
    fail_times(&breaker, LQ_CIRCUIT_BREAKER_FAILURES - 1, 100);
    ck_assert_int_eq(breaker.state, LQ_CIRCUIT_CLOSED);
    lq_circuit_breaker_failed(&breaker, 100);
    ck_assert_int_eq(breaker.state, LQ_CIRCUIT_OPEN);
    ck_assert(!lq_circuit_breaker_take(&breaker, 100));
    ck_assert(!lq_circuit_breaker_take(&breaker, 100 + LQ_CIRCUIT_BREAKER_FIRST_MS - 1));
    ck_assert_int_eq(breaker.state, LQ_CIRCUIT_OPEN);
}
END_TEST

START_TEST(test_one_probe)
{
    struct lq_circuit_breaker breaker;
    uint64_t later = 100 + LQ_CIRCUIT_BREAKER_FIRST_MS;

    lq_circuit_breaker_init(&breaker);
    fail_times(&breaker, LQ_CIRCUIT_BREAKER_FAILURES, 100);
    ck_assert(lq_circuit_breaker_would_allow(&breaker, later));
    ck_assert(lq_circuit_breaker_take(&breaker, later));
    ck_assert_int_eq(breaker.state, LQ_CIRCUIT_HALF_OPEN);
    ck_assert(!lq_circuit_breaker_would_allow(&breaker, later + 1000000));
    ck_assert(!lq_circuit_breaker_take(&breaker, later + 1000000));
    lq_circuit_breaker_succeeded(&breaker);
    ck_assert_int_eq(breaker.state, LQ_CIRCUIT_CLOSED);
    ck_assert(lq_circuit_breaker_take(&breaker, later));
    ck_assert(lq_circuit_breaker_take(&breaker, later));
}
END_TEST

START_TEST(test_opens_longer_each_time)
{
    struct lq_circuit_breaker breaker;
    uint64_t now = 0, last = LQ_CIRCUIT_BREAKER_FIRST_MS / 2;

    lq_circuit_breaker_init(&breaker);
    fail_times(&breaker, LQ_CIRCUIT_BREAKER_FAILURES, now);
    for (int round = 0; round < 20; round++) {
        uint64_t length = breaker.open_until_ms - now;
        ck_assert(length == 2 * last || length == LQ_CIRCUIT_BREAKER_LAST_MS);
        last = length;
        now = breaker.open_until_ms;
        ck_assert(lq_circuit_breaker_take(&breaker, now));
        lq_circuit_breaker_failed(&breaker, now);
        ck_assert_int_eq(breaker.state, LQ_CIRCUIT_OPEN);
    }
    ck_assert_uint_eq(last, LQ_CIRCUIT_BREAKER_LAST_MS);
    now = breaker.open_until_ms;
    ck_assert(lq_circuit_breaker_take(&breaker, now));
    lq_circuit_breaker_succeeded(&breaker);
    fail_times(&breaker, LQ_CIRCUIT_BREAKER_FAILURES, now); /* the first time again */
    ck_assert_uint_eq(breaker.open_until_ms - now, LQ_CIRCUIT_BREAKER_FIRST_MS);
}
END_TEST

/* Of calls that were sent before it opened. */
START_TEST(test_late_outcomes)
{
    struct lq_circuit_breaker breaker;

    lq_circuit_breaker_init(&breaker);
    fail_times(&breaker, LQ_CIRCUIT_BREAKER_FAILURES, 100);
    uint64_t until = breaker.open_until_ms;
    fail_times(&breaker, 3 * LQ_CIRCUIT_BREAKER_FAILURES, 200);
    ck_assert_uint_eq(breaker.open_until_ms, until);
    lq_circuit_breaker_succeeded(&breaker);
    ck_assert_int_eq(breaker.state, LQ_CIRCUIT_CLOSED);
}
END_TEST

TCase *lq_test_circuit_breaker(void)
{
    TCase *tcase = tcase_create("circuit_breaker");

    tcase_add_test(tcase, test_opens_after_failures_in_a_row);
    tcase_add_test(tcase, test_one_probe);
    tcase_add_test(tcase, test_opens_longer_each_time);
    tcase_add_test(tcase, test_late_outcomes);
    return tcase;
}
