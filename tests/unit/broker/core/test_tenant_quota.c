// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* Each quota at its bound: what is above it is named, and nobody else hears of it. */
#include "tests/support/suite.h"
#include "tests/unit/broker/core/core_case.h"

START_TEST(test_tenant_quota_admits_what_the_pool_has)
{
    struct lq_broker_core_config config = lq_core_fixture_config();
    uint32_t before = lq_broker_core_admits(fixture->core, lq_view_text("t"), fixture->now_ns);

    lq_core_fixture_submit(fixture, "t", "s", 1, 1);
    ck_assert_uint_le(before, config.commands_max);
    ck_assert_uint_lt(lq_broker_core_admits(fixture->core, lq_view_text("t"), fixture->now_ns),
                      before);
}
END_TEST

TCase *lq_test_tenant_quota(void);
TCase *lq_test_tenant_quota(void)
{
    TCase *tc = tcase_create("tenant_quota");

    tcase_add_checked_fixture(tc, lq_core_case_open, lq_core_case_close);
    tcase_add_test(tc, test_tenant_quota_admits_what_the_pool_has);
    return tc;
}
