// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "base/descriptor_limit.h"
#include "base/error_message.h"
#include "tests/unit/base/base_cases.h"

#include <string.h>
#include <sys/resource.h>

static struct rlimit before;

static void lower(void)
{
    ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &before), 0);
    ck_assert_uint_ge(before.rlim_max, 600);
    const struct rlimit low = {256, before.rlim_max};
    ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &low), 0);
}

static void restore(void)
{
    ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &before), 0);
}

static uint64_t soft_limit(void)
{
    struct rlimit now;

    ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &now), 0);
    return now.rlim_cur;
}

START_TEST(test_raised_as_far_as_needed)
{
    struct lq_error_message message = {""};

    ck_assert_int_eq(lq_descriptor_limit_raise(100, &message), LQ_OK);
    ck_assert_uint_eq(soft_limit(), 256);
    ck_assert_int_eq(lq_descriptor_limit_raise(600, &message), LQ_OK);
    ck_assert_uint_eq(soft_limit(), 600);
    ck_assert_str_eq(message.text, "");
}
END_TEST

START_TEST(test_beyond_the_hard_limit)
{
    struct lq_error_message message = {""};

    ck_assert_int_eq(lq_descriptor_limit_raise(before.rlim_max + 1, &message), LQ_ERR_LIMIT);
    ck_assert_ptr_nonnull(strstr(message.text, "hard limit"));
    ck_assert_uint_eq(soft_limit(), 256);
}
END_TEST

TCase *lq_test_descriptor_limit(void)
{
    TCase *tc = tcase_create("descriptor_limit");

    tcase_add_checked_fixture(tc, lower, restore);
    tcase_add_test(tc, test_raised_as_far_as_needed);
    tcase_add_test(tc, test_beyond_the_hard_limit);
    return tc;
}
