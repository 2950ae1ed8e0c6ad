// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "examples/arena/arena_world.h"
#include "tests/support/suite.h"

static struct lq_world world;
static struct lq_world again;
static struct lq_session_config config;

static const struct lq_arena_plan plans[] = {
    {1, 0, 0, 10, 1},
    {1, 1, 1, 10, 1},
    {2, 20, 10, 10, 1},
    {3, 200, 200, 60, 1},
    {4, LQ_BODIES_MAX, LQ_AGENTS_MAX, 1, 10},
};

START_TEST(worlds_are_well_formed)
{
    const char *where = "";
    char reason[LQ_REASON_BYTES_MAX];

    lq_arena_world_config(&plans[_i], 7, &config);
    ck_assert_int_eq(lq_session_config_check(&config, reason), LQ_OK);
    ck_assert_int_eq(lq_arena_world_make(&plans[_i], &config, &world), LQ_OK);
    ck_assert_msg(lq_world_check(&world, &where) == LQ_OK, "%s", where);
    ck_assert_uint_eq(world.body_count, plans[_i].body_count);
    ck_assert_uint_eq(world.agent_count, plans[_i].agent_count);
}
END_TEST

static bool touch(uint32_t a, uint32_t b)
{
    double dx = world.x[a] - world.x[b];
    double dy = world.y[a] - world.y[b];
    double reach = (double)world.radius[a] + (double)world.radius[b];

    return dx * dx + dy * dy <= reach * reach;
}

START_TEST(bodies_lie_inside_and_apart)
{
    lq_arena_world_config(&plans[_i], 0, &config);
    ck_assert_int_eq(lq_arena_world_make(&plans[_i], &config, &world), LQ_OK);
    for (uint32_t a = 0; a < world.body_count; a++) {
        ck_assert_double_gt(world.x[a], (double)world.radius[a]);
        ck_assert_double_lt(world.x[a], config.width - (double)world.radius[a]);
        ck_assert_double_gt(world.y[a], (double)world.radius[a]);
        ck_assert_double_lt(world.y[a], config.height - (double)world.radius[a]);
        for (uint32_t b = 0; b < a; b++) {
            if (touch(a, b)) { /* each assertion of check writes to a pipe: not one a pair */
                ck_abort_msg("bodies %u and %u touch", a, b);
            }
        }
    }
}
END_TEST

START_TEST(a_seed_makes_one_world)
{
    lq_arena_world_config(&plans[2], 5, &config);
    ck_assert_int_eq(lq_arena_world_make(&plans[2], &config, &world), LQ_OK);
    ck_assert_int_eq(lq_arena_world_make(&plans[2], &config, &again), LQ_OK);
    ck_assert_mem_eq(world.x, again.x, world.body_count * sizeof world.x[0]);
    lq_arena_world_config(&plans[2], 6, &config);
    ck_assert_int_eq(lq_arena_world_make(&plans[2], &config, &again), LQ_OK);
    ck_assert_mem_ne(world.x, again.x, world.body_count * sizeof world.x[0]);
}
END_TEST

START_TEST(too_much_is_refused)
{
    const struct lq_arena_plan bodies = {1, LQ_BODIES_MAX + 1, 0, 10, 1};
    const struct lq_arena_plan agents = {1, 5, 6, 10, 1};

    ck_assert_int_eq(lq_arena_world_make(&bodies, &config, &world), LQ_ERR_LIMIT);
    ck_assert_int_eq(lq_arena_world_make(&agents, &config, &world), LQ_ERR_LIMIT);
}
END_TEST

static TCase *arena_world_cases(void)
{
    TCase *tests = tcase_create("arena_world");
    int count = sizeof plans / sizeof plans[0];

    tcase_add_loop_test(tests, worlds_are_well_formed, 0, count);
    tcase_add_loop_test(tests, bodies_lie_inside_and_apart, 0, count);
    tcase_add_test(tests, a_seed_makes_one_world);
    tcase_add_test(tests, too_much_is_refused);
    return tests;
}

int main(void)
{
    static const lq_test_case_fn cases[] = {arena_world_cases};

    return lq_suite_run("arena", cases, 1);
}
