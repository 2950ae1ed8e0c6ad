// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "store/core/content_prefix.h"

#include "tests/support/suite.h"

static const uint8_t content[] = {1, 0, 0, 0, 4, 'd', 'e', 'm', 'o', 2, 's', '1', 99};

START_TEST(test_content_prefix_names)
{
    struct lq_session_names names;

    ck_assert_int_eq(lq_content_prefix_read(lq_view_of(content, sizeof content), &names), LQ_OK);
    ck_assert(lq_view_equal(names.tenant, lq_view_text("demo")));
    ck_assert(lq_view_equal(names.session, lq_view_text("s1")));
}
END_TEST

START_TEST(test_content_prefix_too_short)
{
    struct lq_session_names names;

    for (size_t bytes = 0; bytes < sizeof content - 1; bytes++) {
        ck_assert_int_eq(lq_content_prefix_read(lq_view_of(content, bytes), &names),
                         LQ_ERR_MALFORMED);
    }
}
END_TEST

START_TEST(test_content_prefix_matches_both_names)
{
    struct lq_view view = lq_view_of(content, sizeof content);

    ck_assert(lq_content_prefix_matches(view, lq_session_names_of("demo", "s1")));
    ck_assert(!lq_content_prefix_matches(view, lq_session_names_of("dem", "s1")));
    ck_assert(!lq_content_prefix_matches(view, lq_session_names_of("demo", "s2")));
    ck_assert(!lq_content_prefix_matches(view, lq_session_names_of("demo", "s")));
}
END_TEST

TCase *lq_test_content_prefix(void);
TCase *lq_test_content_prefix(void)
{
    TCase *tc = tcase_create("content_prefix");

    tcase_add_test(tc, test_content_prefix_names);
    tcase_add_test(tc, test_content_prefix_too_short);
    tcase_add_test(tc, test_content_prefix_matches_both_names);
    return tc;
}
