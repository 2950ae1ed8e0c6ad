// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "broker/core/wait_histogram.h"

#include "tests/support/suite.h"

/* A wait, the bucket that it is counted in, and what a percentile says of that bucket. */
static const struct {
    uint64_t ns;
    uint32_t bucket, top_us;
} rows[] = {
    {0, 0, 15},
    {15999, 0, 15},
    {16000, 1, 19},
    {19999, 1, 19},
    {20000, 2, 23},
    {28000, 4, 31},
    {31999, 4, 31},
    {32000, 5, 39},
    {1000000, 24, 1023},
    {1024000, 25, 1279},
    {20000000, 41, 20479},
    {250000000, 56, 262143},
    {UINT64_C(67108863999), 88, 67108863},
    {UINT64_C(67108864000), 89, 67108864},
    {UINT64_C(3600000000000), 89, 67108864},
    {UINT64_MAX, 89, 67108864},
};

START_TEST(test_wait_histogram_bucket)
{
    uint32_t bucket = lq_wait_histogram_bucket(rows[_i].ns);

    ck_assert_uint_eq(bucket, rows[_i].bucket);
    ck_assert_uint_eq(lq_wait_histogram_top_us(bucket), rows[_i].top_us);
}
END_TEST

START_TEST(test_wait_histogram_tops_are_where_buckets_end)
{
    for (uint32_t bucket = 0; bucket < LQ_WAIT_HISTOGRAM_BUCKETS - 1; bucket++) {
        uint64_t top_us = lq_wait_histogram_top_us(bucket);
        ck_assert_uint_eq(lq_wait_histogram_bucket(top_us * 1000), bucket);
        ck_assert_uint_eq(lq_wait_histogram_bucket((top_us + 1) * 1000), bucket + 1);
    }
}
END_TEST

START_TEST(test_wait_histogram_percentile)
{
    struct lq_wait_histogram one = {{0}};
    struct lq_wait_histogram other = {{0}};

    ck_assert_uint_eq(lq_wait_histogram_at_us(&one, &other, 990), 0);
    lq_wait_histogram_add(&one, 5000000);
    ck_assert_uint_eq(lq_wait_histogram_at_us(&one, &other, 500), 5119);
    ck_assert_uint_eq(lq_wait_histogram_at_us(&other, &one, 990), 5119);
    for (uint32_t count = 0; count < 99; count++) {
        lq_wait_histogram_add(&other, 100000);
    }
    /* 100 waits: the 99th is a short one, the 100th the long one */
    ck_assert_uint_eq(lq_wait_histogram_at_us(&one, &other, 500), 111);
    ck_assert_uint_eq(lq_wait_histogram_at_us(&one, &other, 990), 111);
    ck_assert_uint_eq(lq_wait_histogram_at_us(&one, &other, 991), 5119);
    ck_assert_uint_eq(lq_wait_histogram_at_us(&one, &other, 1000), 5119);
}
END_TEST

TCase *lq_test_wait_histogram(void);
TCase *lq_test_wait_histogram(void)
{
    TCase *tc = tcase_create("wait_histogram");

    tcase_add_loop_test(tc, test_wait_histogram_bucket, 0, sizeof rows / sizeof rows[0]);
    tcase_add_test(tc, test_wait_histogram_tops_are_where_buckets_end);
    tcase_add_test(tc, test_wait_histogram_percentile);
    return tc;
}
