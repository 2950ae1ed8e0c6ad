// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "store/core/digest_sum.h"

#include "tests/support/suite.h"

static const uint8_t one[LQ_HASH_BYTES] = {1, [8] = 2, [31] = 0x80};
static const uint8_t other[LQ_HASH_BYTES] = {0xff, 0xff, [8] = 7, [24] = 9};

START_TEST(test_digest_sum_adds_in_lanes_without_carry)
{
    struct lq_digest_sum sum = {{UINT64_MAX, 0, 5, 0}};

    lq_digest_sum_add(&sum, one);
    ck_assert_uint_eq(sum.lanes[0], 0);
    ck_assert_uint_eq(sum.lanes[1], 2);
    ck_assert_uint_eq(sum.lanes[2], 5);
    ck_assert_uint_eq(sum.lanes[3], UINT64_C(1) << 63);
}
END_TEST

/* Order does not matter, and what is taken away was never there. */
START_TEST(test_digest_sum_is_of_a_set)
{
    struct lq_digest_sum forth = {{0}};
    struct lq_digest_sum back = {{0}};

    lq_digest_sum_add(&forth, one);
    lq_digest_sum_add(&forth, other);
    lq_digest_sum_add(&back, other);
    ck_assert(!lq_digest_sum_equal(&forth, &back));
    lq_digest_sum_add(&back, one);
    ck_assert(lq_digest_sum_equal(&forth, &back));
    lq_digest_sum_subtract(&back, other);
    lq_digest_sum_subtract(&back, one);
    lq_digest_sum_join(&back, &forth);
    ck_assert(lq_digest_sum_equal(&forth, &back));
    lq_digest_sum_join(&back, &forth);
    lq_digest_sum_part(&back, &forth);
    ck_assert(lq_digest_sum_equal(&forth, &back));
}
END_TEST

START_TEST(test_digest_sum_as_bytes)
{
    const struct lq_digest_sum sum = {{1, 0x0200, 3, UINT64_C(4) << 56}};
    struct lq_digest_sum read;
    uint8_t bytes[LQ_DIGEST_SUM_BYTES];

    lq_digest_sum_put(&sum, bytes);
    ck_assert_uint_eq(bytes[0], 1);
    ck_assert_uint_eq(bytes[9], 2);
    ck_assert_uint_eq(bytes[31], 4);
    lq_digest_sum_get(bytes, &read);
    ck_assert(lq_digest_sum_equal(&sum, &read));
}
END_TEST

TCase *lq_test_digest_sum(void);
TCase *lq_test_digest_sum(void)
{
    TCase *tc = tcase_create("digest_sum");

    tcase_add_test(tc, test_digest_sum_adds_in_lanes_without_carry);
    tcase_add_test(tc, test_digest_sum_is_of_a_set);
    tcase_add_test(tc, test_digest_sum_as_bytes);
    return tc;
}
