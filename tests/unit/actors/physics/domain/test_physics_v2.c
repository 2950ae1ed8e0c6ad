// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "actors/physics/domain/physics_v2.h"

#include "actors/physics/domain/physics_v1.h"
#include "tests/support/suite.h"

static struct lq_tick tick;
static struct lq_tick other;

static const struct lq_client_id one = {{7, [15] = 1}}, two = {{7, [15] = 2}};
static const struct lq_client_id other_player = {{8, [15] = 3}};

static void start(void)
{
    lq_tick_clear(&tick);
    tick.steps = 1;
    tick.config = (struct lq_session_config){1, 10, 1, 1, 100.0, 50.0, 0.5f, false};
}

static struct lq_command *add(const struct lq_client_id *client, uint8_t kind)
{
    struct lq_command *command = &tick.commands[tick.command_count++];

    *command = (struct lq_command){.client = *client,
                                   .kind = kind,
                                   .outcome = LQ_OUTCOME_PENDING,
                                   .x = 10.0,
                                   .y = 10.0,
                                   .radius = 1.0f};
    return command;
}

START_TEST(test_a_player_has_one_body)
{
    start();
    add(&one, LQ_COMMAND_JOIN);
    add(&two, LQ_COMMAND_JOIN);
    add(&two, LQ_COMMAND_SET_THRUST)->vx = 3.0f;
    struct lq_command *impulse = add(&two, LQ_COMMAND_APPLY_IMPULSE);
    impulse->body_id = 1;
    add(&other_player, LQ_COMMAND_DESPAWN)->body_id = 1;
    lq_physics_v2_step(&tick);
    ck_assert_int_eq(tick.commands[0].outcome, LQ_OUTCOME_APPLIED);
    ck_assert_str_eq(tick.commands[1].reason, "client: has joined already, with body 1");
    ck_assert_int_eq(tick.commands[2].outcome, LQ_OUTCOME_APPLIED);
    ck_assert_int_eq(impulse->outcome, LQ_OUTCOME_APPLIED);
    ck_assert_str_eq(tick.commands[4].reason, "body_id: body 1 is another player's");
    ck_assert_uint_eq(tick.world.player_count, 1);
    ck_assert_uint_eq(tick.world.body_count, 1);
    /* The incarnation that joined stays there: a command that is refused changes nothing. */
    ck_assert(lq_client_id_equal(&tick.world.player_client[0], &one));
}
END_TEST

START_TEST(test_any_incarnation_leaves)
{
    start();
    add(&one, LQ_COMMAND_JOIN);
    add(&two, LQ_COMMAND_LEAVE);
    add(&one, LQ_COMMAND_LEAVE);
    add(&two, LQ_COMMAND_JOIN);
    lq_physics_v2_step(&tick);
    ck_assert_int_eq(tick.commands[1].outcome, LQ_OUTCOME_APPLIED);
    ck_assert_str_eq(tick.commands[2].reason, "client: has not joined");
    ck_assert_int_eq(tick.commands[3].outcome, LQ_OUTCOME_APPLIED);
    ck_assert_uint_eq(tick.event_count, 3);
    ck_assert_str_eq(tick.events[1].type, "PlayerLeft");
    ck_assert(lq_client_id_equal(&tick.events[1].client, &one));
    ck_assert_uint_eq(tick.world.player_count, 1);
    ck_assert(lq_client_id_equal(&tick.world.player_client[0], &two));
}
END_TEST

/* Of ids that differ in their first half both versions make the same. */
START_TEST(test_moves_as_version_1)
{
    start();
    for (uint8_t client = 1; client < 20; client++) {
        struct lq_client_id id = {{client}};
        struct lq_command *join = add(&id, LQ_COMMAND_JOIN);
        join->x = 1.0 + 5.0 * client;
        add(&id, LQ_COMMAND_SET_THRUST)->vy = (float)client;
    }
    other = tick;
    for (int step = 0; step < 50; step++) {
        lq_physics_v1_step(&tick);
        lq_physics_v2_step(&other);
    }
    ck_assert_uint_eq(tick.world.player_count, 19);
    ck_assert_int_eq(memcmp(&tick.world, &other.world, sizeof tick.world), 0);
}
END_TEST

TCase *lq_test_physics_v2(void);
TCase *lq_test_physics_v2(void)
{
    TCase *tcase = tcase_create("physics_v2");

    tcase_add_test(tcase, test_a_player_has_one_body);
    tcase_add_test(tcase, test_any_incarnation_leaves);
    tcase_add_test(tcase, test_moves_as_version_1);
    return tcase;
}
