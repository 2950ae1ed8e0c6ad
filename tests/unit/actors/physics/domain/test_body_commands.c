// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "actors/physics/domain/body_commands.h"

#include "tests/support/suite.h"

static struct lq_tick tick;

#define JOIN(at_x, at_y, of_radius)                                                                \
    {                                                                                              \
        .kind = LQ_COMMAND_JOIN, .x = at_x, .y = at_y, .radius = of_radius, .body_kind = 4         \
    }
#define OF(name, ...)                                                                              \
    {                                                                                              \
        .kind = LQ_COMMAND_##name, __VA_ARGS__                                                     \
    }

/* A world 100 by 50: body 1 is client 1's, body 2 client 2's, body 3 (mass 4) nobody's. */
static const struct {
    uint8_t client;
    struct lq_command command;
    const char *reason; /* NULL: applied */
    uint32_t bodies, players;
    const char *event;
} rows[] = {
    {3, JOIN(10.0, 10.0, 1.0f), NULL, 4, 3, "PlayerJoined"},
    {3, JOIN(0.0, 50.0, 25.0f), NULL, 4, 3, "PlayerJoined"},
    {1, JOIN(10.0, 10.0, 1.0f), "client: has joined already, with body 1", 3, 2, NULL},
    {3, JOIN(-0.1, 10.0, 1.0f), "x: outside the walls", 3, 2, NULL},
    {3, JOIN(100.1, 10.0, 1.0f), "x: outside the walls", 3, 2, NULL},
    {3, JOIN(10.0, 50.1, 1.0f), "y: outside the walls", 3, 2, NULL},
    {3, JOIN(10.0, 10.0, 25.1f), "radius: does not fit between the walls", 3, 2, NULL},
    {1, OF(LEAVE), NULL, 2, 1, "PlayerLeft"},
    {3, OF(LEAVE), "client: has not joined", 3, 2, NULL},
    {3, OF(SPAWN, .x = 1, .y = 1, .radius = 1.0f, .vx = 3.0f), NULL, 4, 2, NULL},
    {3, OF(SPAWN, .x = 101, .y = 1, .radius = 1.0f), "x: outside the walls", 3, 2, NULL},
    {3, OF(DESPAWN, .body_id = 3), NULL, 2, 2, NULL},
    {1, OF(DESPAWN), NULL, 2, 1, "PlayerLeft"},
    {2, OF(DESPAWN, .body_id = 1), "body_id: body 1 is another player's", 3, 2, NULL},
    {2, OF(DESPAWN, .body_id = 9), "body_id: there is no body 9", 3, 2, NULL},
    {1, OF(SET_THRUST, .vx = 3.0f), NULL, 3, 2, NULL},
    {3, OF(SET_THRUST, .vx = 3.0f), "body_id: the client has no player", 3, 2, NULL},
    {3, OF(APPLY_IMPULSE, .body_id = 3, .vx = 3.0f), NULL, 3, 2, NULL},
    {3, OF(APPLY_IMPULSE, .body_id = 1), "body_id: body 1 is another player's", 3, 2, NULL},
};

static void start(void)
{
    lq_tick_clear(&tick);
    tick.config = (struct lq_session_config){1, 10, 1, 1, 100.0, 50.0, 0.5f, false};
    ck_assert_uint_eq(lq_world_add_body(&tick.world, 0, 10.0, 10.0, 1.0f), 0);
    ck_assert_uint_eq(lq_world_add_body(&tick.world, 0, 20.0, 10.0, 1.0f), 1);
    ck_assert_uint_eq(lq_world_add_body(&tick.world, 0, 30.0, 10.0, 2.0f), 2);
    ck_assert_int_eq(lq_world_add_player(&tick.world, &(struct lq_client_id){{1}}, 1), LQ_OK);
    ck_assert_int_eq(lq_world_add_player(&tick.world, &(struct lq_client_id){{2}}, 2), LQ_OK);
}

static const struct lq_command *take(uint8_t client, const struct lq_command *command)
{
    tick.command_count = 1;
    tick.commands[0] = *command;
    tick.commands[0].client = (struct lq_client_id){{client}};
    tick.commands[0].outcome = LQ_OUTCOME_PENDING;
    lq_body_commands_take(&tick, LQ_PLAYER_FIRST_HALF);
    return &tick.commands[0];
}

START_TEST(test_take)
{
    const char *where = "";

    start();
    const struct lq_command *taken = take(rows[_i].client, &rows[_i].command);
    if (rows[_i].reason == NULL) {
        ck_assert_msg(taken->outcome == LQ_OUTCOME_APPLIED, "row %d: %s", _i, taken->reason);
    } else {
        ck_assert_msg(taken->outcome == LQ_OUTCOME_REFUSED, "row %d is not refused", _i);
        ck_assert_str_eq(taken->reason, rows[_i].reason);
    }
    ck_assert_uint_eq(tick.world.body_count, rows[_i].bodies);
    ck_assert_uint_eq(tick.world.player_count, rows[_i].players);
    ck_assert_uint_eq(tick.event_count, rows[_i].event != NULL);
    if (rows[_i].event != NULL) {
        ck_assert_str_eq(tick.events[0].type, rows[_i].event);
        ck_assert_uint_eq(tick.events[0].client.bytes[0], rows[_i].client);
    }
    ck_assert_msg(lq_world_check(&tick.world, &where) == LQ_OK, "%s", where);
}
END_TEST

START_TEST(test_effects)
{
    struct lq_command impulse = OF(APPLY_IMPULSE, .body_id = 3, .vx = 2.0f, .vy = -4.0f);
    struct lq_command thrust = OF(SET_THRUST, .vx = 2.0f, .vy = -3.0f);
    struct lq_command spawn = OF(SPAWN, .x = 5, .y = 6, .radius = 2.0f, .vx = -3.0f, .vy = 1.0f);

    start();
    (void)take(1, &impulse);
    ck_assert_float_eq(tick.world.vx[2], 0.5f); /* impulse over a mass of 4 */
    ck_assert_float_eq(tick.world.vy[2], -1.0f);
    (void)take(1, &thrust);
    ck_assert_float_eq(tick.world.thrust_x[0], 2.0f);
    ck_assert_float_eq(tick.world.thrust_y[0], -3.0f);
    ck_assert_float_eq(tick.world.vx[0], 0.0f);
    (void)take(1, &spawn);
    ck_assert_double_eq(tick.world.x[3], 5.0);
    ck_assert_float_eq(tick.world.vx[3], -3.0f);
}
END_TEST

START_TEST(test_full_world)
{
    struct lq_command join = JOIN(1.0, 1.0, 1.0f);

    start();
    while (lq_world_add_body(&tick.world, 0, 1.0, 1.0, 1.0f) != LQ_BODY_NONE) {
    }
    ck_assert_str_eq(take(3, &join)->reason, "world: full, it has 2048 bodies");
    ck_assert_uint_eq(tick.world.player_count, 2);
    start();
    for (uint8_t number = 3; tick.world.player_count < LQ_PLAYERS_MAX; number++) {
        struct lq_client_id client = {{number, 7}};
        ck_assert_int_eq(lq_world_add_player(&tick.world, &client, 3), LQ_OK);
    }
    ck_assert_str_eq(take(3, &join)->reason, "world: full, it has 256 players");
    ck_assert_uint_eq(tick.world.body_count, 3);
}
END_TEST

START_TEST(test_others_commands_stay)
{
    struct lq_command custom = OF(CUSTOM);
    struct lq_command behavior = OF(SET_BEHAVIOR, .behavior = LQ_BEHAVIOR_IDLE);

    start();
    ck_assert_int_eq(take(1, &custom)->outcome, LQ_OUTCOME_PENDING);
    ck_assert_int_eq(take(1, &behavior)->outcome, LQ_OUTCOME_PENDING);
    tick.commands[0] = (struct lq_command)OF(LEAVE, .outcome = LQ_OUTCOME_DUPLICATE);
    lq_body_commands_take(&tick, LQ_PLAYER_FIRST_HALF);
    ck_assert_int_eq(tick.commands[0].outcome, LQ_OUTCOME_DUPLICATE);
    ck_assert_uint_eq(tick.world.player_count, 2);
}
END_TEST

TCase *lq_test_body_commands(void);
TCase *lq_test_body_commands(void)
{
    TCase *tcase = tcase_create("body_commands");

    tcase_add_loop_test(tcase, test_take, 0, sizeof rows / sizeof rows[0]);
    tcase_add_test(tcase, test_effects);
    tcase_add_test(tcase, test_full_world);
    tcase_add_test(tcase, test_others_commands_stay);
    return tcase;
}
