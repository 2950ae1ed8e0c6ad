// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "mirror/domain/expiry_search.h"

#include "tests/support/suite.h"

/* How many segments it looks at until it has found that those up to `border` expire. */
static uint32_t search(uint64_t newest, uint64_t border)
{
    struct lq_expiry_search search;
    uint32_t looks = 0;
    uint64_t number;

    lq_expiry_search_start(&search, newest);
    while ((number = lq_expiry_search_probe(&search)) != 0) {
        ck_assert_uint_ge(number, 1);
        ck_assert_uint_lt(number, newest);
        lq_expiry_search_tell(&search, number, number <= border);
        looks++;
    }
    ck_assert_uint_eq(search.low, border);
    return looks;
}

START_TEST(test_search_finds_each_border)
{
    for (uint64_t newest = 1; newest < 70; newest++) {
        for (uint64_t border = 0; border < newest; border++) {
            search(newest, border);
        }
    }
}
END_TEST

START_TEST(test_search_is_short)
{
    ck_assert_uint_eq(search(1, 0), 0); /* the newest never expires */
    ck_assert_uint_eq(search(1000000, 999999), 1);
    ck_assert_uint_le(search(1000000, 999990), 8);
    ck_assert_uint_le(search(1000000, 996400), 24);
    ck_assert_uint_le(search(1000000, 0), 40);
    ck_assert_uint_le(search(1000000, 1), 40);
}
END_TEST

TCase *lq_test_expiry_search(void);
TCase *lq_test_expiry_search(void)
{
    TCase *tc = tcase_create("expiry_search");

    tcase_add_test(tc, test_search_finds_each_border);
    tcase_add_test(tc, test_search_is_short);
    return tc;
}
