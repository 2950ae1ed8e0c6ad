// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "world/world.h"

#include "tests/support/suite.h"

#include <math.h>

static struct lq_world world;

/* Each row breaks one thing in a world of 3 bodies, 2 agents (of bodies 1 and 3) and 2 players. */
static void break_nothing(void)
{
    world.x[0] = LQ_POSITION_MAX;
    world.vx[0] = -LQ_SPEED_MAX;
    world.radius[0] = LQ_RADIUS_MAX;
    world.agent_strength[0] = 0.0f;
}
static void next_id_zero(void)
{
    world.next_body_id = 0;
}
static void next_id_used(void)
{
    world.next_body_id = 3;
}
static void body_count_high(void)
{
    world.body_count = LQ_BODIES_MAX + 1;
}
static void agent_count_high(void)
{
    world.agent_count = LQ_AGENTS_MAX + 1;
}
static void player_count_high(void)
{
    world.player_count = LQ_PLAYERS_MAX + 1;
}
static void tenant_bytes_high(void)
{
    world.tenant_bytes_count = LQ_TENANT_BYTES_MAX + 1;
}
static void id_zero(void)
{
    world.body_id[0] = 0;
}
static void id_twice(void)
{
    world.body_id[1] = 1;
}
static void id_falls(void)
{
    world.body_id[2] = 1;
}
static void x_nan(void)
{
    world.x[2] = NAN;
}
static void x_far(void)
{
    world.x[1] = nextafter(LQ_POSITION_MAX, INFINITY);
}
static void y_negative_zero(void)
{
    world.y[0] = -0.0;
}
static void vx_infinite(void)
{
    world.vx[0] = -INFINITY;
}
static void vy_negative_zero(void)
{
    world.vy[1] = -0.0f;
}
static void spin_high(void)
{
    world.spin[0] = 1001.0f;
}
static void radius_zero(void)
{
    world.radius[0] = 0.0f;
}
static void radius_negative(void)
{
    world.radius[0] = -1.0f;
}
static void radius_nan(void)
{
    world.radius[0] = NAN;
}
static void thrust_x_nan(void)
{
    world.thrust_x[0] = NAN;
}
static void thrust_y_high(void)
{
    world.thrust_y[0] = 2.0e6f;
}
static void agent_unknown_body(void)
{
    world.agent_body[1] = 4;
}
static void agent_twice(void)
{
    world.agent_body[1] = 1;
}
static void agent_order(void)
{
    world.agent_body[0] = 3;
    world.agent_body[1] = 1;
}
static void behavior_zero(void)
{
    world.agent_behavior[0] = 0;
}
static void behavior_high(void)
{
    world.agent_behavior[1] = LQ_BEHAVIOR_LAST + 1;
}
static void target_unknown(void)
{
    world.agent_target[0] = 77;
}
static void strength_negative(void)
{
    world.agent_strength[0] = -1.0f;
}
static void strength_negative_zero(void)
{
    world.agent_strength[0] = -0.0f;
}
static void player_twice(void)
{
    world.player_client[1] = world.player_client[0];
}
static void player_order(void)
{
    world.player_client[0].bytes[0] = 9;
}
static void player_unknown_body(void)
{
    world.player_body[1] = 4;
}

static const struct {
    void (*harm)(void);
    const char *where; /* NULL: the world is well formed */
} rows[] = {
    {break_nothing, NULL},
    {next_id_zero, "next_body_id"},
    {next_id_used, "next_body_id"},
    {body_count_high, "body_count"},
    {agent_count_high, "agent_count"},
    {player_count_high, "player_count"},
    {tenant_bytes_high, "tenant_bytes"},
    {id_zero, "body_id"},
    {id_twice, "body_id"},
    {id_falls, "body_id"},
    {x_nan, "x"},
    {x_far, "x"},
    {y_negative_zero, "y"},
    {vx_infinite, "vx"},
    {vy_negative_zero, "vy"},
    {spin_high, "spin"},
    {radius_zero, "radius"},
    {radius_negative, "radius"},
    {radius_nan, "radius"},
    {thrust_x_nan, "thrust_x"},
    {thrust_y_high, "thrust_y"},
    {agent_unknown_body, "agent_body"},
    {agent_twice, "agent_body"},
    {agent_order, "agent_body"},
    {behavior_zero, "agent_behavior"},
    {behavior_high, "agent_behavior"},
    {target_unknown, "agent_target"},
    {strength_negative, "agent_strength"},
    {strength_negative_zero, "agent_strength"},
    {player_twice, "player_client"},
    {player_order, "player_client"},
    {player_unknown_body, "player_body"},
};

START_TEST(test_check)
{
    const char *where = NULL;

    lq_world_clear(&world);
    for (uint32_t index = 0; index < 3; index++) {
        ck_assert_uint_eq(lq_world_add_body(&world, 0, 1.0, 1.0, 0.5f), index);
    }
    ck_assert_int_eq(lq_world_set_agent(&world, 1, LQ_BEHAVIOR_SEEK, 2, 1.0f), LQ_OK);
    ck_assert_int_eq(lq_world_set_agent(&world, 3, LQ_BEHAVIOR_WANDER, 0, 1.0f), LQ_OK);
    ck_assert_int_eq(lq_world_add_player(&world, &(struct lq_client_id){{1}}, 1), LQ_OK);
    ck_assert_int_eq(lq_world_add_player(&world, &(struct lq_client_id){{2}}, 2), LQ_OK);
    rows[_i].harm();
    enum lq_result result = lq_world_check(&world, &where);
    if (rows[_i].where == NULL) {
        ck_assert_msg(result == LQ_OK, "row %d: %s", _i, where);
    } else {
        ck_assert_msg(result == LQ_ERR_INVALID, "row %d: %s accepted", _i, rows[_i].where);
        ck_assert_str_eq(where, rows[_i].where);
    }
}
END_TEST

TCase *lq_test_world_check(void);
TCase *lq_test_world_check(void)
{
    TCase *tcase = tcase_create("world_check");

    tcase_add_loop_test(tcase, test_check, 0, sizeof rows / sizeof rows[0]);
    return tcase;
}
