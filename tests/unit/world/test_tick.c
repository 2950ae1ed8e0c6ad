// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "world/tick.h"

#include "tests/support/suite.h"

#include <stdio.h>

static struct lq_tick tick;

START_TEST(test_step_seconds)
{
    lq_tick_clear(&tick);
    ck_assert_double_eq(lq_tick_step_seconds(&tick), 1.0 / 60.0);
    tick.config.rate_numerator = 10;
    ck_assert_double_eq(lq_tick_step_seconds(&tick), 0.1);
    tick.config.rate_numerator = 60000;
    tick.config.rate_denominator = 1001;
    ck_assert_double_eq(lq_tick_step_seconds(&tick), 1001.0 / 60000.0);
}
END_TEST

START_TEST(test_events)
{
    struct lq_client_id client = {{4}};

    lq_tick_clear(&tick);
    lq_tick_emit(&tick, "PlayerJoined", 3, &client);
    lq_tick_emit(&tick, "AnEventWithANameLongerThanThereIsRoom", 0, NULL);
    ck_assert_uint_eq(tick.event_count, 2);
    ck_assert_str_eq(tick.events[0].type, "PlayerJoined");
    ck_assert_uint_eq(tick.events[0].body_id, 3);
    ck_assert(lq_client_id_equal(&tick.events[0].client, &client));
    ck_assert_str_eq(tick.events[1].type, "AnEventWithANameLongerThanThere");
    for (int index = 2; index < LQ_EVENTS_PER_TICK_MAX; index++) {
        lq_tick_emit(&tick, "Filler", 1, NULL);
    }
    ck_assert_str_eq(tick.events[LQ_EVENTS_PER_TICK_MAX - 1].type, "Filler");
    lq_tick_emit(&tick, "OneTooMany", 1, NULL);
    ck_assert_uint_eq(tick.event_count, LQ_EVENTS_PER_TICK_MAX);
    ck_assert_str_eq(tick.events[LQ_EVENTS_PER_TICK_MAX - 1].type, "EventsDropped");
}
END_TEST

START_TEST(test_stages)
{
    lq_tick_clear(&tick);
    for (uint32_t version = 1; version <= LQ_STAGES_MAX; version++) {
        ck_assert_int_eq(lq_tick_add_stage(&tick, "physics", version), LQ_OK);
    }
    ck_assert_int_eq(lq_tick_add_stage(&tick, "ai", 1), LQ_ERR_LIMIT);
    ck_assert_uint_eq(tick.stage_count, LQ_STAGES_MAX);
    ck_assert_str_eq(tick.stages[1].name, "physics");
    ck_assert_uint_eq(tick.stages[1].version, 2);
}
END_TEST

START_TEST(test_conclude)
{
    lq_tick_clear(&tick);
    tick.command_count = 3;
    tick.commands[0] =
        (struct lq_command){.kind = LQ_COMMAND_CUSTOM, .outcome = LQ_OUTCOME_PENDING};
    tick.commands[1] = (struct lq_command){.kind = LQ_COMMAND_JOIN, .outcome = LQ_OUTCOME_APPLIED};
    tick.commands[2] =
        (struct lq_command){.kind = LQ_COMMAND_JOIN, .outcome = LQ_OUTCOME_DUPLICATE};
    lq_tick_conclude(&tick);
    ck_assert_int_eq(tick.commands[0].outcome, LQ_OUTCOME_REFUSED);
    ck_assert_str_eq(tick.commands[0].reason, "no stage takes Custom");
    ck_assert_int_eq(tick.commands[1].outcome, LQ_OUTCOME_APPLIED);
    ck_assert_int_eq(tick.commands[2].outcome, LQ_OUTCOME_DUPLICATE);
}
END_TEST

TCase *lq_test_tick(void);
TCase *lq_test_tick(void)
{
    TCase *tcase = tcase_create("tick");

    tcase_add_test(tcase, test_step_seconds);
    tcase_add_test(tcase, test_events);
    tcase_add_test(tcase, test_stages);
    tcase_add_test(tcase, test_conclude);
    return tcase;
}
