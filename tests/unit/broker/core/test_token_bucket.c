// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "broker/core/token_bucket.h"

#include "tests/support/suite.h"

static const uint64_t rates[] = {1, 2, 3, 7, 10, 1000, 999983, LQ_TOKEN_BUCKET_RATE_MAX};
enum { RATES = sizeof rates / sizeof rates[0], START_S = 5000 };

static uint64_t take_all(struct lq_token_bucket *bucket, uint64_t rate, uint64_t now_ns)
{
    uint64_t taken = 0;

    while (taken < 3000 && lq_token_bucket_take(bucket, rate, now_ns)) {
        taken++;
    }
    return taken;
}

/* A full one has the tokens of a second, and no more however long nothing is taken. */
START_TEST(test_token_bucket_burst_is_a_second)
{
    struct lq_token_bucket bucket = {0};
    uint64_t rate = rates[_i];
    uint64_t now_ns = START_S * LQ_NS_PER_S;
    uint64_t most = rate < 3000 ? rate : 3000;

    ck_assert_uint_eq(lq_token_bucket_tokens(&bucket, rate, now_ns), rate);
    ck_assert_uint_eq(take_all(&bucket, rate, now_ns), most);
    ck_assert_uint_eq(lq_token_bucket_tokens(&bucket, rate, now_ns), rate - most);
    now_ns += 100 * LQ_NS_PER_S;
    ck_assert_uint_eq(lq_token_bucket_tokens(&bucket, rate, now_ns), rate);
}
END_TEST

/* The time that it names is the first at which there is a token: not a nanosecond before. */
START_TEST(test_token_bucket_names_the_time)
{
    struct lq_token_bucket bucket = {0};
    uint64_t rate = rates[_i];
    uint64_t now_ns = START_S * LQ_NS_PER_S;

    if (rate > 1000) {
        bucket = (struct lq_token_bucket){rate * LQ_NS_PER_S, now_ns}; /* empty */
    } else {
        take_all(&bucket, rate, now_ns);
    }
    for (uint32_t count = 0; count < 1000; count++) {
        uint64_t wait_ns = lq_token_bucket_wait_ns(&bucket, rate, now_ns);
        ck_assert_uint_gt(wait_ns, 0);
        ck_assert_uint_le(wait_ns, LQ_NS_PER_S / rate + 1);
        ck_assert_uint_eq(lq_token_bucket_tokens(&bucket, rate, now_ns), 0);
        ck_assert(!lq_token_bucket_take(&bucket, rate, now_ns + wait_ns - 1));
        now_ns += wait_ns;
        ck_assert_uint_eq(lq_token_bucket_tokens(&bucket, rate, now_ns), 1);
        ck_assert(lq_token_bucket_take(&bucket, rate, now_ns));
    }
}
END_TEST

/* Whoever takes what there is before it is full again gets burst + rate x seconds, to the token:
 * nothing is lost by rounding, however often it is looked into. */
START_TEST(test_token_bucket_is_exact)
{
    struct lq_token_bucket bucket = {0};
    uint64_t rate = rates[_i] == 1 || rates[_i] > 1000 ? 1000 : rates[_i];
    uint64_t begin_ns = START_S * LQ_NS_PER_S;
    uint64_t taken = 0;

    for (uint64_t at_ns = begin_ns; at_ns <= begin_ns + 7 * LQ_NS_PER_S; at_ns += 700001) {
        taken += take_all(&bucket, rate, at_ns);
    }
    taken += take_all(&bucket, rate, begin_ns + 7 * LQ_NS_PER_S);
    ck_assert_uint_eq(taken, 8 * rate);
}
END_TEST

/* A rate that was lowered leaves no debt of the time before. */
START_TEST(test_token_bucket_of_a_lowered_rate)
{
    struct lq_token_bucket bucket = {0};
    uint64_t now_ns = START_S * LQ_NS_PER_S;

    take_all(&bucket, 1000, now_ns);
    ck_assert(!lq_token_bucket_take(&bucket, 2, now_ns));
    ck_assert_uint_eq(lq_token_bucket_wait_ns(&bucket, 2, now_ns), LQ_NS_PER_S / 2);
    ck_assert(lq_token_bucket_take(&bucket, 2, now_ns + LQ_NS_PER_S / 2));
}
END_TEST

TCase *lq_test_token_bucket(void);
TCase *lq_test_token_bucket(void)
{
    TCase *tc = tcase_create("token_bucket");

    tcase_add_loop_test(tc, test_token_bucket_burst_is_a_second, 0, RATES);
    tcase_add_loop_test(tc, test_token_bucket_names_the_time, 0, RATES);
    tcase_add_loop_test(tc, test_token_bucket_is_exact, 0, RATES);
    tcase_add_test(tc, test_token_bucket_of_a_lowered_rate);
    return tc;
}
