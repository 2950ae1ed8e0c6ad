// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "base/latency_histogram.h"
#include "tests/unit/base/base_cases.h"

static struct lq_latency_histogram histogram;

static void clear(void)
{
    lq_latency_histogram_clear(&histogram);
}

START_TEST(empty_is_zero)
{
    ck_assert_uint_eq(lq_latency_histogram_at(&histogram, 500), 0);
    ck_assert_uint_eq(lq_latency_histogram_at(&histogram, 1000), 0);
}
END_TEST

static const uint64_t values[] = {
    0,          1, 63, 64, 65, 127, 128, 1000, 999999, 123456789, UINT64_C(1) << 40, UINT64_MAX - 1,
    UINT64_MAX,
};

/* One value alone is every percentile, exactly: the maximum bounds its bucket. */
START_TEST(one_value_is_exact)
{
    lq_latency_histogram_record(&histogram, values[_i]);
    ck_assert_uint_eq(lq_latency_histogram_at(&histogram, 1), values[_i]);
    ck_assert_uint_eq(lq_latency_histogram_at(&histogram, 1000), values[_i]);
}
END_TEST

/* A bucket is never below its values and at most 1/64 above them. */
START_TEST(error_is_bounded)
{
    lq_latency_histogram_record(&histogram, values[_i]);
    lq_latency_histogram_record(&histogram, UINT64_MAX);
    uint64_t told = lq_latency_histogram_at(&histogram, 500);
    ck_assert_uint_ge(told, values[_i]);
    ck_assert_uint_le(told - values[_i], values[_i] / 64);
}
END_TEST

START_TEST(percentiles_of_a_ramp)
{
    for (uint64_t us = 1; us <= 1000; us++) {
        lq_latency_histogram_record(&histogram, us * 1000);
    }
    ck_assert_double_eq_tol(lq_latency_histogram_at_ms(&histogram, 500), 0.5, 0.5 / 64);
    ck_assert_double_eq_tol(lq_latency_histogram_at_ms(&histogram, 900), 0.9, 0.9 / 64);
    ck_assert_double_eq_tol(lq_latency_histogram_at_ms(&histogram, 990), 0.99, 0.99 / 64);
    ck_assert_uint_eq(lq_latency_histogram_at(&histogram, 1000), 1000000);
}
END_TEST

START_TEST(two_together_are_as_one)
{
    static struct lq_latency_histogram other;

    lq_latency_histogram_clear(&other);
    for (uint64_t us = 1; us <= 1000; us++) {
        lq_latency_histogram_record(us % 2 == 0 ? &histogram : &other, us * 1000);
    }
    lq_latency_histogram_add(&histogram, &other);
    ck_assert_uint_eq(histogram.count, 1000);
    ck_assert_uint_eq(histogram.sum_ns, 500500000);
    ck_assert_double_eq_tol(lq_latency_histogram_at_ms(&histogram, 500), 0.5, 0.5 / 64);
    ck_assert_uint_eq(lq_latency_histogram_at(&histogram, 1000), 1000000);
    lq_latency_histogram_record(&other, 2000000);
    lq_latency_histogram_add(&histogram, &other);
    ck_assert_uint_eq(lq_latency_histogram_at(&histogram, 1000), 2000000);
}
END_TEST

TCase *lq_test_latency_histogram(void)
{
    TCase *tests = tcase_create("latency_histogram");
    int count = sizeof values / sizeof values[0];

    tcase_add_checked_fixture(tests, clear, NULL);
    tcase_add_test(tests, empty_is_zero);
    tcase_add_loop_test(tests, one_value_is_exact, 0, count);
    tcase_add_loop_test(tests, error_is_bounded, 0, count);
    tcase_add_test(tests, percentiles_of_a_ramp);
    tcase_add_test(tests, two_together_are_as_one);
    return tests;
}
