// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* What a tenant subscribes to goes to persist, and to nobody else. */
#include "broker/core/tenant_events.h"

#include "broker/core/tenant.h"
#include "tests/support/suite.h"
#include "tests/unit/broker/core/core_case.h"

#include <stdio.h>

/* NULL: give it back. */
static void set(const char *tenant, const char *list)
{
    struct lq_event_subscription events = {.own = list != NULL};
    struct lq_broker_event event = {
        .kind = LQ_ON_EVENTS, .names = lq_session_names_of(tenant, ""), .subscription = &events};

    snprintf(events.text, sizeof events.text, "%s", list != NULL ? list : "");
    lq_core_fixture_step(fixture, &event);
}

static void shows(const char *tenant, bool own, const char *list)
{
    struct lq_event_subscription events;

    lq_broker_core_subscription(fixture->core, lq_view_text(tenant), &events);
    ck_assert_int_eq(events.own, own);
    ck_assert_str_eq(events.text, list);
}

/* A command of the tenant on its way through all stages: with what it comes to each. */
static void ck_passes(const char *tenant, const char *list)
{
    lq_core_fixture_submit(fixture, tenant, "s", 1, fixture->next_tag + 1);
    for (uint32_t state = LQ_LOAD; state <= LQ_PERSIST; state++) {
        lq_core_fixture_bring_to(fixture, state);
        struct lq_fixture_batch *batch = lq_core_fixture_batch_at(fixture, state);
        ck_assert_str_eq(batch->items[0].events, state == LQ_PERSIST ? list : "");
    }
    lq_core_fixture_settle(fixture);
}

START_TEST(test_tenant_events_go_to_persist)
{
    ck_passes("t", "");
    set("t", "tick.Collision");
    ck_passes("t", "tick.Collision");
    ck_passes("u", "");
    set("t", "!*");
    ck_passes("t", "!*");
    set("t", NULL);
    ck_passes("t", "");
}
END_TEST

/* One that is on its way takes what is in force when it is given to persist. */
START_TEST(test_tenant_events_change_on_the_way)
{
    lq_core_fixture_submit(fixture, "t", "s", 1, fixture->next_tag + 1);
    lq_core_fixture_bring_to(fixture, LQ_AI);
    set("t", "tick.Collision");
    lq_core_fixture_bring_to(fixture, LQ_PERSIST);
    struct lq_fixture_batch *batch = lq_core_fixture_batch_at(fixture, LQ_PERSIST);
    ck_assert_str_eq(batch->items[0].events, "tick.Collision");
    lq_core_fixture_settle(fixture);
}
END_TEST

START_TEST(test_tenant_events_are_shown)
{
    shows("t", false, "");
    set("t", "letter.*");
    shows("t", true, "letter.*");
    shows("u", false, "");
    set("u", NULL); /* it has none, and is not made known */
    shows("u", false, "");
    set("t", NULL);
    shows("t", false, "");
}
END_TEST

/* A tenant with a list of its own keeps its record; as many may have one as may be at work. */
START_TEST(test_tenant_events_are_not_forgotten)
{
    struct lq_broker_core_config config = lq_core_case_without_retries();
    char name[16];

    config.tenants_max = 2;
    lq_core_case_reopen(&config);
    set("t", "letter.*");
    for (uint32_t number = 0; number < 8; number++) {
        snprintf(name, sizeof name, "other-%u", number);
        lq_core_fixture_submit(fixture, name, "s", 1, fixture->next_tag + 1);
        lq_core_fixture_settle(fixture);
    }
    shows("t", true, "letter.*");
    ck_assert(lq_broker_core_has_room_for_quota(fixture->core, lq_view_text("u")));
    set("u", "!*");
    ck_assert(!lq_broker_core_has_room_for_quota(fixture->core, lq_view_text("v")));
    ck_assert(lq_broker_core_has_room_for_quota(fixture->core, lq_view_text("t")));
    set("t", NULL);
    ck_assert(lq_broker_core_has_room_for_quota(fixture->core, lq_view_text("v")));
}
END_TEST

TCase *lq_test_tenant_events(void);
TCase *lq_test_tenant_events(void)
{
    TCase *tc = tcase_create("tenant_events");

    tcase_add_checked_fixture(tc, lq_core_case_open, lq_core_case_close);
    tcase_add_test(tc, test_tenant_events_go_to_persist);
    tcase_add_test(tc, test_tenant_events_change_on_the_way);
    tcase_add_test(tc, test_tenant_events_are_shown);
    tcase_add_test(tc, test_tenant_events_are_not_forgotten);
    return tc;
}
