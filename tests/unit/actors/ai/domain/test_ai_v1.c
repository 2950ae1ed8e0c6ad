// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "actors/ai/domain/ai_v1.h"

#include "tests/support/suite.h"

#include <math.h>

static struct lq_tick tick;

/* Bodies 1 at (10, 10), 2 at (13, 14), 3 at (10, 10). Body 2 is client 2's. */
static void start(uint32_t steps)
{
    lq_tick_clear(&tick);
    tick.steps = steps;
    tick.config = (struct lq_session_config){7, 10, 1, 1, 100.0, 50.0, 0.5f, false};
    ck_assert_uint_eq(lq_world_add_body(&tick.world, 0, 10.0, 10.0, 1.0f), 0);
    ck_assert_uint_eq(lq_world_add_body(&tick.world, 0, 13.0, 14.0, 1.0f), 1);
    ck_assert_uint_eq(lq_world_add_body(&tick.world, 0, 10.0, 10.0, 1.0f), 2);
    ck_assert_int_eq(lq_world_add_player(&tick.world, &(struct lq_client_id){{2}}, 2), LQ_OK);
}

/* Body 1's agent, and the thrust it sets. */
static const struct {
    uint8_t behavior;
    uint32_t target;
    float thrust_x, thrust_y;
} rows[] = {
    {LQ_BEHAVIOR_IDLE, 0, 0.0f, 0.0f}, {LQ_BEHAVIOR_IDLE, 2, 0.0f, 0.0f},
    {LQ_BEHAVIOR_SEEK, 2, 6.0f, 8.0f}, {LQ_BEHAVIOR_FLEE, 2, -6.0f, -8.0f},
    {LQ_BEHAVIOR_SEEK, 0, 0.0f, 0.0f}, {LQ_BEHAVIOR_FLEE, 0, 0.0f, 0.0f},
    {LQ_BEHAVIOR_SEEK, 1, 0.0f, 0.0f}, {LQ_BEHAVIOR_FLEE, 3, 0.0f, 0.0f},
};

START_TEST(test_behavior)
{
    const char *where = "";

    start(1);
    tick.world.thrust_x[0] = 99.0f;
    tick.world.thrust_x[1] = 99.0f;
    ck_assert_int_eq(lq_world_set_agent(&tick.world, 1, rows[_i].behavior, rows[_i].target, 10.0f),
                     LQ_OK);
    lq_ai_v1_step(&tick);
    ck_assert_float_eq_tol(tick.world.thrust_x[0], rows[_i].thrust_x, 1e-5f);
    ck_assert_float_eq_tol(tick.world.thrust_y[0], rows[_i].thrust_y, 1e-5f);
    ck_assert_float_eq(tick.world.thrust_x[1], 99.0f); /* no agent, no change */
    ck_assert_msg(lq_world_check(&tick.world, &where) == LQ_OK, "%s", where);
}
END_TEST

START_TEST(test_wander)
{
    double sum_x = 0.0;
    double sum_y = 0.0;
    float last_x = 0.0f;

    start(1);
    ck_assert_int_eq(lq_world_set_agent(&tick.world, 1, LQ_BEHAVIOR_WANDER, 0, 5.0f), LQ_OK);
    ck_assert_int_eq(lq_world_set_agent(&tick.world, 3, LQ_BEHAVIOR_WANDER, 0, 5.0f), LQ_OK);
    for (tick.step_count = 0; tick.step_count < 4000; tick.step_count++) {
        lq_ai_v1_step(&tick);
        double x = (double)tick.world.thrust_x[0];
        double y = (double)tick.world.thrust_y[0];
        ck_assert_double_eq_tol(sqrt(x * x + y * y), 5.0, 1e-5);
        ck_assert_float_ne(tick.world.thrust_x[0], last_x);
        ck_assert_float_ne(tick.world.thrust_x[0], tick.world.thrust_x[2]);
        last_x = tick.world.thrust_x[0];
        sum_x += x;
        sum_y += y;
    }
    /* The mean of 4000 directions of length 5: its standard deviation is 5 / sqrt(8000) = 0.056. */
    ck_assert_double_eq_tol(sum_x / 4000.0, 0.0, 0.25);
    ck_assert_double_eq_tol(sum_y / 4000.0, 0.0, 0.25);
}
END_TEST

START_TEST(test_wander_depends_on_seed_and_step_only)
{
    float first;

    start(1);
    ck_assert_int_eq(lq_world_set_agent(&tick.world, 1, LQ_BEHAVIOR_WANDER, 0, 5.0f), LQ_OK);
    tick.step_count = 41;
    lq_ai_v1_step(&tick);
    first = tick.world.thrust_x[0];
    lq_ai_v1_step(&tick);
    ck_assert_float_eq(tick.world.thrust_x[0], first);
    tick.config.seed++;
    lq_ai_v1_step(&tick);
    ck_assert_float_ne(tick.world.thrust_x[0], first);
}
END_TEST

START_TEST(test_no_step_no_thought)
{
    start(0);
    tick.world.thrust_x[0] = 99.0f;
    tick.command_count = 1;
    tick.commands[0] = (struct lq_command){.client = {{1}},
                                           .kind = LQ_COMMAND_SET_BEHAVIOR,
                                           .outcome = LQ_OUTCOME_PENDING,
                                           .body_id = 1,
                                           .behavior = LQ_BEHAVIOR_WANDER,
                                           .strength = 5.0f};
    lq_ai_v1_step(&tick);
    ck_assert_int_eq(tick.commands[0].outcome, LQ_OUTCOME_APPLIED);
    ck_assert_uint_eq(tick.world.agent_count, 1);
    ck_assert_float_eq(tick.world.thrust_x[0], 99.0f);
}
END_TEST

static const struct {
    uint8_t client;
    uint32_t body_id, target_id;
    const char *reason;
} commands[] = {
    {1, 1, 0, NULL},
    {1, 1, 2, NULL},
    {2, 0, 1, NULL},
    {1, 0, 0, "body_id: the client has no player"},
    {1, 9, 0, "body_id: there is no body 9"},
    {1, 2, 0, "body_id: body 2 is another player's"},
    {1, 1, 9, "target_id: there is no body 9"},
};

START_TEST(test_set_behavior)
{
    start(0);
    tick.command_count = 2;
    tick.commands[0] = (struct lq_command){.client = {{commands[_i].client}},
                                           .kind = LQ_COMMAND_SET_BEHAVIOR,
                                           .outcome = LQ_OUTCOME_PENDING,
                                           .body_id = commands[_i].body_id,
                                           .target_id = commands[_i].target_id,
                                           .behavior = LQ_BEHAVIOR_SEEK,
                                           .strength = 5.0f};
    tick.commands[1] = (struct lq_command){.kind = LQ_COMMAND_JOIN, .outcome = LQ_OUTCOME_PENDING};
    lq_ai_v1_step(&tick);
    if (commands[_i].reason == NULL) {
        ck_assert_int_eq(tick.commands[0].outcome, LQ_OUTCOME_APPLIED);
        ck_assert_uint_eq(tick.world.agent_target[0], commands[_i].target_id);
    } else {
        ck_assert_int_eq(tick.commands[0].outcome, LQ_OUTCOME_REFUSED);
        ck_assert_str_eq(tick.commands[0].reason, commands[_i].reason);
        ck_assert_uint_eq(tick.world.agent_count, 0);
    }
    ck_assert_int_eq(tick.commands[1].outcome, LQ_OUTCOME_PENDING);
}
END_TEST

TCase *lq_test_ai_v1(void);
TCase *lq_test_ai_v1(void)
{
    TCase *tcase = tcase_create("ai_v1");

    tcase_add_loop_test(tcase, test_behavior, 0, sizeof rows / sizeof rows[0]);
    tcase_add_test(tcase, test_wander);
    tcase_add_test(tcase, test_wander_depends_on_seed_and_step_only);
    tcase_add_test(tcase, test_no_step_no_thought);
    tcase_add_loop_test(tcase, test_set_behavior, 0, sizeof commands / sizeof commands[0]);
    return tcase;
}
