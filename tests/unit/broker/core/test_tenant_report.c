// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* Which tenants are told of, and in which order. */
#include "broker/core/tenant_load.h"

#include "tests/support/suite.h"
#include "tests/unit/broker/core/core_case.h"

#include <stdio.h>

enum { TENANTS = 70 };

static struct lq_tenant_load loads[LQ_ADMIN_LOADS_MAX];

static const char *name_of(uint32_t number)
{
    static char name[16];

    snprintf(name, sizeof name, "t%02u", number);
    return name;
}

/* Tenants t00, t01, ..., of which each has more service time than the one before; but the last. */
static void open_fixture(void)
{
    struct lq_broker_core_config config = lq_core_fixture_config();

    config.tenants_max = TENANTS;
    config.sessions_max = 1000;
    fixture = lq_core_fixture_open(&config);
    struct lq_broker_core *core = (struct lq_broker_core *)fixture->core;
    for (uint32_t number = TENANTS; number-- > 0;) { /* records in another order than names */
        lq_core_fixture_live(fixture, name_of(number), "s", 1, 1);
    }
    for (uint32_t index = 1; index <= TENANTS; index++) {
        uint32_t number = TENANTS - index;
        lq_tenant_load_served(core, index, number == TENANTS - 1 ? 0 : 1000 * number);
    }
}

static bool is_named(const struct lq_tenant_load *load, const char *name)
{
    return lq_view_equal(load->name, lq_view_text(name));
}

START_TEST(test_tenant_report_largest_share_first)
{
    const struct lq_status *status = lq_core_fixture_status(fixture);

    ck_assert_uint_eq(status->tenants_resident, TENANTS);
    ck_assert_uint_eq(status->tenant_count, LQ_STATUS_TENANTS_MAX);
    for (uint32_t place = 0; place < LQ_STATUS_TENANTS_MAX; place++) {
        ck_assert_msg(is_named(&status->tenants[place], name_of(TENANTS - 2 - place)), "place %u",
                      place);
        ck_assert_uint_eq(status->tenants[place].service_us, TENANTS - 2 - place);
        ck_assert(status->tenants[place].resident);
        ck_assert_uint_eq(status->tenants[place].reason_count, 0);
    }
    /* 68 of 0 + 1 + ... + 68 */
    ck_assert_uint_eq(status->tenants[0].share_ppm, 28986);
}
END_TEST

/* With as many tenants as fit, none is left out and the shares add up. */
START_TEST(test_tenant_report_shares_add_up)
{
    struct lq_broker_core_config config = lq_core_fixture_config();
    uint32_t sum = 0;

    lq_core_case_reopen(&config);
    struct lq_broker_core *core = (struct lq_broker_core *)fixture->core;
    for (uint32_t number = 0; number < 3; number++) {
        lq_core_fixture_live(fixture, name_of(number), "s", 1, 1);
        lq_tenant_load_served(core, number + 1, 700);
    }
    const struct lq_status *status = lq_core_fixture_status(fixture);
    ck_assert_uint_eq(status->tenants_resident, 3);
    ck_assert_uint_eq(status->tenant_count, 3);
    for (uint32_t place = 0; place < 3; place++) {
        ck_assert(is_named(&status->tenants[place], name_of(place))); /* equal: by name */
        sum += status->tenants[place].share_ppm;
    }
    ck_assert_uint_ge(sum, 999997);
    ck_assert_uint_le(sum, 1000003);
}
END_TEST

START_TEST(test_tenant_report_pages)
{
    struct lq_broker_loads page = {lq_view_text(""), LQ_ADMIN_LOADS_MAX, 0, false, loads};

    lq_broker_core_loads(fixture->core, fixture->now_ns, &page);
    ck_assert_uint_eq(page.count, LQ_ADMIN_LOADS_MAX);
    ck_assert(page.more);
    for (uint32_t place = 0; place < LQ_ADMIN_LOADS_MAX; place++) {
        ck_assert_msg(is_named(&loads[place], name_of(place)), "place %u", place);
    }
    page.after = lq_view_text("t63");
    lq_broker_core_loads(fixture->core, fixture->now_ns, &page);
    ck_assert_uint_eq(page.count, 6);
    ck_assert(!page.more);
    ck_assert(is_named(&loads[0], "t64"));
    ck_assert(is_named(&loads[5], "t69"));
    page.after = lq_view_text("t68a");
    lq_broker_core_loads(fixture->core, fixture->now_ns, &page);
    ck_assert_uint_eq(page.count, 1);
    page.after = lq_view_text("t69");
    lq_broker_core_loads(fixture->core, fixture->now_ns, &page);
    ck_assert_uint_eq(page.count, 0);
    ck_assert(!page.more);
    page.after = lq_view_text("");
    page.count_max = 1;
    lq_broker_core_loads(fixture->core, fixture->now_ns, &page);
    ck_assert_uint_eq(page.count, 1);
    ck_assert(page.more);
    ck_assert(is_named(&loads[0], "t00"));
}
END_TEST

/* The last of a page that is exactly full is the last of all. */
START_TEST(test_tenant_report_page_that_is_full)
{
    struct lq_broker_loads page = {lq_view_text("t59"), 10, 0, false, loads};

    lq_broker_core_loads(fixture->core, fixture->now_ns, &page);
    ck_assert_uint_eq(page.count, 10);
    ck_assert(!page.more);
}
END_TEST

START_TEST(test_tenant_report_of_one_that_is_not_here)
{
    struct lq_broker_core_config config = lq_core_fixture_config();
    struct lq_tenant_wait wait;

    config.tenant_quotas[LQ_QUOTA_COMMANDS] = 300;
    config.tenant_quotas[LQ_QUOTA_WEIGHT] = 2;
    lq_core_case_reopen(&config);
    lq_broker_core_load(fixture->core, lq_view_text("nobody"), fixture->now_ns, &loads[0], &wait);
    ck_assert(is_named(&loads[0], "nobody"));
    ck_assert(!loads[0].resident);
    ck_assert_uint_eq(loads[0].weight, 2);
    ck_assert_uint_eq(loads[0].stage_count, 0);
    ck_assert_uint_eq(loads[0].quotas[LQ_QUOTA_COMMANDS].limit, 300);
    ck_assert_uint_eq(loads[0].quotas[LQ_QUOTA_COMMANDS].left, 300);
    ck_assert(!loads[0].quotas[LQ_QUOTA_COMMANDS].own);
    ck_assert_uint_eq(loads[0].quotas[LQ_QUOTA_LETTERS].limit, LQ_QUOTA_NO_LIMIT);
    ck_assert_uint_eq(lq_core_fixture_status(fixture)->tenants_resident,
                      0); /* asked for, not made */
}
END_TEST

/* What is used of each quota. */
START_TEST(test_tenant_report_quotas)
{
    struct lq_broker_core_config config = lq_core_fixture_config();
    struct lq_tenant_wait wait;

    config.tenant_quotas[LQ_QUOTA_COMMANDS] = 10;
    config.tenant_quotas[LQ_QUOTA_SESSIONS_LIVE] = 5;
    config.tenant_quotas[LQ_QUOTA_MAILBOX_BYTES] = 1 << 20;
    lq_core_case_reopen(&config);
    lq_core_case_submit_sessions(4);
    lq_core_fixture_turn(fixture);
    lq_broker_core_load(fixture->core, lq_view_text("t"), fixture->now_ns, &loads[0], &wait);
    const struct lq_quota_use *quotas = loads[0].quotas;
    ck_assert_uint_eq(loads[0].quota_count, LQ_QUOTA_KINDS);
    for (uint32_t kind = 0; kind < LQ_QUOTA_KINDS; kind++) {
        ck_assert(lq_view_equal(quotas[kind].name,
                                lq_view_text(lq_quota_name((enum lq_quota_kind)kind))));
    }
    ck_assert_uint_eq(quotas[LQ_QUOTA_COMMANDS].used, 4);
    ck_assert_uint_eq(quotas[LQ_QUOTA_COMMANDS].left, 6);
    ck_assert_uint_eq(quotas[LQ_QUOTA_COMMANDS].next_ms, 0);
    ck_assert_uint_eq(quotas[LQ_QUOTA_EXECUTIONS].used, 4);
    ck_assert_uint_eq(quotas[LQ_QUOTA_EXECUTIONS].left, config.tenant_executions_max - 4);
    ck_assert_uint_eq(quotas[LQ_QUOTA_SESSIONS_LIVE].used, 4);
    ck_assert_uint_eq(quotas[LQ_QUOTA_SESSIONS_LIVE].left, 1);
    ck_assert_uint_gt(quotas[LQ_QUOTA_MAILBOX_BYTES].used, 0);
    ck_assert_uint_eq(quotas[LQ_QUOTA_MAILBOX_BYTES].used + quotas[LQ_QUOTA_MAILBOX_BYTES].left,
                      1 << 20);
    ck_assert_uint_eq(quotas[LQ_QUOTA_WEIGHT].limit, 1);
    ck_assert_uint_eq(loads[0].sessions, 4);
}
END_TEST

TCase *lq_test_tenant_report(void);
TCase *lq_test_tenant_report(void)
{
    TCase *tc = tcase_create("tenant_report");

    tcase_add_checked_fixture(tc, open_fixture, lq_core_case_close);
    tcase_add_test(tc, test_tenant_report_largest_share_first);
    tcase_add_test(tc, test_tenant_report_shares_add_up);
    tcase_add_test(tc, test_tenant_report_pages);
    tcase_add_test(tc, test_tenant_report_page_that_is_full);
    tcase_add_test(tc, test_tenant_report_of_one_that_is_not_here);
    tcase_add_test(tc, test_tenant_report_quotas);
    return tc;
}
