// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "world/world_difference.h"

#include "tests/support/suite.h"

#include <string.h>

TCase *lq_test_world_difference(void);

static struct lq_world one;
static struct lq_world other;

/* Three bodies (1, 2, 3) of which the second has an agent and a player. */
static void make(struct lq_world *world)
{
    struct lq_client_id client = {{7}};

    lq_world_clear(world);
    for (int body = 0; body < 3; body++) {
        ck_assert_uint_ne(lq_world_add_body(world, 0, body, 2.0, 0.5f), LQ_BODY_NONE);
    }
    ck_assert_int_eq(lq_world_set_agent(world, 2, LQ_BEHAVIOR_SEEK, 1, 3.0f), LQ_OK);
    ck_assert_int_eq(lq_world_add_player(world, &client, 2), LQ_OK);
    world->tenant_bytes_count = 1;
    world->tenant_bytes[0] = 9;
}

static void change_y_of_third(struct lq_world *world)
{
    world->y[2] = 2.5;
}
static void change_two_bodies(struct lq_world *world)
{
    world->thrust_y[1] = 1.0f;
    world->x[2] = 7.0;
}
static void change_zero(struct lq_world *world)
{
    world->spin[0] = -0.0f; /* the same number, other bits */
}
static void add_body(struct lq_world *world)
{
    ck_assert_uint_ne(lq_world_add_body(world, 0, 1.0, 1.0, 1.0f), LQ_BODY_NONE);
}
static void drop_first_body(struct lq_world *world)
{
    world->agent_target[0] = 0;
    lq_world_remove_body(world, 0);
}
static void change_agent(struct lq_world *world)
{
    world->agent_strength[0] = 4.0f;
}
static void change_player(struct lq_world *world)
{
    world->player_body[0] = 3;
}
static void change_bytes(struct lq_world *world)
{
    world->tenant_bytes[0] = 8;
}
static void add_byte(struct lq_world *world)
{
    world->tenant_bytes[world->tenant_bytes_count++] = 0;
}
static void use_an_id(struct lq_world *world)
{
    world->next_body_id++;
}

static const struct {
    void (*change)(struct lq_world *world);
    const char *field;
    uint32_t body_id;
} rows[] = {
    {change_y_of_third, "y", 3},       {change_two_bodies, "thrust_y", 2},
    {change_zero, "spin", 1},          {add_body, "body_count", 4},
    {drop_first_body, "body_id", 1},   {change_agent, "agent_strength", 2},
    {change_player, "player_body", 2}, {change_bytes, "tenant_bytes", 0},
    {add_byte, "tenant_bytes", 0},     {use_an_id, "next_body_id", 0},
};

START_TEST(test_difference)
{
    struct lq_world_difference first;

    make(&one);
    make(&other);
    ck_assert(!lq_world_difference_find(&one, &other, &first));
    rows[_i].change(&other);
    ck_assert(lq_world_difference_find(&one, &other, &first));
    ck_assert_str_eq(first.field, rows[_i].field);
    ck_assert_uint_eq(first.body_id, rows[_i].body_id);
}
END_TEST

TCase *lq_test_world_difference(void)
{
    TCase *tests = tcase_create("world_difference");

    tcase_add_loop_test(tests, test_difference, 0, sizeof rows / sizeof rows[0]);
    return tests;
}
