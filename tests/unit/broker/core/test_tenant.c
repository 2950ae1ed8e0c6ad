// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* Tenants stay known while they pause, and make room for others in the right order. */
#include "broker/core/tenant.h"

#include "tests/support/suite.h"
#include "tests/unit/broker/core/core_case.h"

#include <stdio.h>

enum { TENANTS_MAX = 4, RECORDS = 2 * TENANTS_MAX };

static void open_fixture(void)
{
    struct lq_broker_core_config config = lq_core_case_without_retries();

    config.tenants_max = TENANTS_MAX;
    lq_core_case_reopen(&config);
}

static uint32_t find(const char *tenant)
{
    struct lq_hashed_names key = lq_hashed_names_of(lq_session_names_of(tenant, ""));

    return lq_tenant_find(fixture->core, &key);
}

/* One command, and no session left of it. */
static void visit(const char *tenant)
{
    lq_core_fixture_submit(fixture, tenant, "s", 1, fixture->next_tag + 1);
    lq_core_fixture_settle(fixture);
}

static void visit_others(uint32_t count)
{
    char name[16];

    for (uint32_t number = 0; number < count; number++) {
        snprintf(name, sizeof name, "other-%u", number);
        visit(name);
    }
}

START_TEST(test_tenant_stays_known_while_it_pauses)
{
    visit("t");
    ck_assert_uint_eq(lq_core_fixture_status(fixture)->sessions_resident, 0);
    ck_assert_uint_ne(find("t"), 0);
    visit_others(RECORDS - 1);
    ck_assert_uint_ne(find("t"), 0);
    ck_assert(lq_broker_core_next_wakeup_ns(fixture->core) > fixture->now_ns + 900000000);
}
END_TEST

START_TEST(test_tenant_idle_longest_goes_first)
{
    visit("a");
    visit("b");
    visit("a"); /* b is idle longer now */
    visit_others(RECORDS - 2);
    ck_assert_uint_ne(find("a"), 0);
    ck_assert_uint_ne(find("b"), 0);
    visit("one-more");
    ck_assert_uint_eq(find("b"), 0);
    ck_assert_uint_ne(find("a"), 0);
    visit("yet-one");
    ck_assert_uint_eq(find("a"), 0);
}
END_TEST

START_TEST(test_tenant_with_letters_goes_last)
{
    lq_core_case_die_once("s", 1, 1); /* of t */
    lq_core_fixture_letter_event(fixture, LQ_ON_LETTER_KNOWN, &fixture->letters[0]);
    visit_others(3 * RECORDS);
    ck_assert_uint_ne(find("t"), 0);
    ck_assert_uint_gt(fixture->core->tenants[find("t")].letters, 0);
}
END_TEST

/* Letters of a tenant that was forgotten are still those of the cluster, and go without harm. */
START_TEST(test_tenant_letters_outlive_its_record)
{
    struct lq_fixture_letter letter = {.id = 1, .has_command = true};
    char name[16];

    for (uint32_t number = 0; number < RECORDS + 1; number++) {
        snprintf(name, sizeof name, "late-%u", number);
        letter.id = number + 1;
        letter.session = lq_ledger_model_session(&fixture->ledger, name, "s");
        letter.command.sequence = number + 1;
        lq_core_fixture_letter_event(fixture, LQ_ON_LETTER_KNOWN, &letter);
    }
    ck_assert_uint_eq(find("late-0"), 0);
    ck_assert_uint_eq(lq_core_fixture_status(fixture)->letters_open, RECORDS + 1);
    letter.id = 1;
    letter.session = lq_ledger_model_session(&fixture->ledger, "late-0", "s");
    letter.command.sequence = 1;
    lq_core_fixture_letter_event(fixture, LQ_ON_LETTER_GONE, &letter);
    ck_assert_uint_eq(lq_core_fixture_status(fixture)->letters_open, RECORDS);
}
END_TEST

START_TEST(test_tenant_with_a_quota_is_never_forgotten)
{
    lq_core_fixture_quota(fixture, "t", LQ_QUOTA_WEIGHT, 7);
    visit_others(3 * RECORDS);
    ck_assert_uint_ne(find("t"), 0);
    lq_core_fixture_quota(fixture, "t", LQ_QUOTA_WEIGHT, 0); /* given back */
    visit_others(3 * RECORDS);
    ck_assert_uint_eq(find("t"), 0);
}
END_TEST

/* As many may have quotas as may be at work, and neither keeps the others out. */
START_TEST(test_tenant_quotas_leave_room_for_those_at_work)
{
    char name[16];

    for (uint32_t number = 0; number < TENANTS_MAX; number++) {
        snprintf(name, sizeof name, "q-%u", number);
        ck_assert(lq_broker_core_has_room_for_quota(fixture->core, lq_view_text(name)));
        lq_core_fixture_quota(fixture, name, LQ_QUOTA_LETTERS, 5);
    }
    ck_assert(!lq_broker_core_has_room_for_quota(fixture->core, lq_view_text("more")));
    ck_assert(lq_broker_core_has_room_for_quota(fixture->core, lq_view_text("q-1")));
    for (uint32_t number = 0; number < TENANTS_MAX; number++) {
        snprintf(name, sizeof name, "w-%u", number);
        uint64_t tag = lq_core_fixture_submit(fixture, name, "s", 1, 1);
        ck_assert_ptr_null(lq_core_fixture_answer(fixture, tag));
    }
    uint64_t tag = lq_core_fixture_submit(fixture, "q-1", "s", 1, 1);
    ck_assert_ptr_nonnull(lq_core_fixture_answer(fixture, tag)); /* too many are at work */
    lq_core_fixture_settle(fixture);
    tag = lq_core_fixture_submit(fixture, "q-1", "s", 1, 2);
    lq_core_fixture_settle(fixture);
    ck_assert_uint_eq(lq_core_fixture_answer(fixture, tag)->outcome, LQ_OUTCOME_APPLIED);
}
END_TEST

TCase *lq_test_tenant(void);
TCase *lq_test_tenant(void)
{
    TCase *tc = tcase_create("tenant");

    tcase_add_checked_fixture(tc, open_fixture, lq_core_case_close);
    tcase_add_test(tc, test_tenant_stays_known_while_it_pauses);
    tcase_add_test(tc, test_tenant_idle_longest_goes_first);
    tcase_add_test(tc, test_tenant_with_letters_goes_last);
    tcase_add_test(tc, test_tenant_letters_outlive_its_record);
    tcase_add_test(tc, test_tenant_with_a_quota_is_never_forgotten);
    tcase_add_test(tc, test_tenant_quotas_leave_room_for_those_at_work);
    return tc;
}
