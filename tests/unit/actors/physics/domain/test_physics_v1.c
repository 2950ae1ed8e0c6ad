// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "actors/physics/domain/physics_v1.h"

#include "tests/support/suite.h"

#include <fenv.h>
#if defined(__x86_64__)
#include <xmmintrin.h>
#endif

static struct lq_tick tick;
static struct lq_tick other;

static void start(uint32_t steps)
{
    lq_tick_clear(&tick);
    tick.steps = steps;
    tick.config = (struct lq_session_config){1, 10, 1, 1, 100.0, 50.0, 0.5f, false};
}

START_TEST(test_projectile)
{
    start(10);
    ck_assert_uint_eq(lq_world_add_body(&tick.world, 0, 10.0, 10.0, 1.0f), 0);
    tick.world.vx[0] = 2.0f;
    tick.world.thrust_y[0] = 3.0f;
    lq_physics_v1_step(&tick);
    /* Semi-implicit Euler: y = y0 + a dt^2 n(n+1)/2, v = a dt n, but for a float's rounding a step.
     */
    ck_assert_double_eq_tol(tick.world.x[0], 12.0, 1e-9);
    ck_assert_double_eq_tol(tick.world.y[0], 10.0 + 3.0 * 0.01 * 55.0, 1e-5);
    ck_assert_double_eq_tol((double)tick.world.vy[0], 3.0, 1e-6);
}
END_TEST

START_TEST(test_no_step_no_time)
{
    start(0);
    ck_assert_uint_eq(lq_world_add_body(&tick.world, 0, 10.0, 10.0, 1.0f), 0);
    ck_assert_uint_eq(lq_world_add_body(&tick.world, 0, 10.5, 10.0, 1.0f), 1);
    tick.world.vx[0] = 2.0f;
    tick.world.thrust_y[0] = 3.0f;
    tick.command_count = 1;
    tick.commands[0] = (struct lq_command){.client = {{1}},
                                           .kind = LQ_COMMAND_APPLY_IMPULSE,
                                           .outcome = LQ_OUTCOME_PENDING,
                                           .body_id = 2,
                                           .vx = 5.0f};
    lq_physics_v1_step(&tick);
    ck_assert_int_eq(tick.commands[0].outcome, LQ_OUTCOME_APPLIED);
    ck_assert_float_eq(tick.world.vx[1], 5.0f);
    ck_assert_double_eq(tick.world.x[0], 10.0); /* nothing moved, not even apart */
    ck_assert_double_eq(tick.world.x[1], 10.5);
    ck_assert_float_eq(tick.world.vy[0], 0.0f);
}
END_TEST

START_TEST(test_wall_bounce)
{
    start(1);
    ck_assert_uint_eq(lq_world_add_body(&tick.world, 0, 98.5, 25.0, 1.0f), 0);
    tick.world.vx[0] = 20.0f;
    lq_physics_v1_step(&tick);
    ck_assert_double_eq(tick.world.x[0], 99.0);
    ck_assert_float_eq(tick.world.vx[0], -10.0f);
}
END_TEST

/* A body that another pushes through a wall ends inside. */
START_TEST(test_squeezed_at_the_wall)
{
    start(1);
    ck_assert_uint_eq(lq_world_add_body(&tick.world, 0, 1.0, 25.0, 1.0f), 0);
    ck_assert_uint_eq(lq_world_add_body(&tick.world, 0, 2.0, 25.0, 1.0f), 1);
    tick.world.vx[1] = -5.0f;
    lq_physics_v1_step(&tick);
    ck_assert_double_ge(tick.world.x[0], 1.0);
    ck_assert_double_ge(tick.world.x[1], 1.0);
}
END_TEST

/* A crowded box: several steps in one tick, across the switch from all pairs to the sweep. */
static void fill_crowd(uint32_t bodies)
{
    start(1);
    for (uint32_t index = 0; index < bodies; index++) {
        uint32_t at = lq_world_add_body(&tick.world, 0, 1.0 + (index * 37) % 97,
                                        1.0 + (index * 11) % 47, 0.5f + (float)(index % 5) * 0.5f);
        tick.world.vx[at] = (float)(index % 13) - 6.0f;
        tick.world.vy[at] = (float)(index % 7) - 3.0f;
        tick.world.thrust_x[at] = (float)(index % 3) - 1.0f;
        tick.world.spin[at] = (float)(index % 4) * 0.25f;
    }
}

static const uint32_t crowds[] = {2, 20, 64, 65, 300};

START_TEST(test_crowd_stays_well_formed)
{
    const char *where = "";
    double slack = 1e-9;

    fill_crowd(crowds[_i]);
    other = tick;
    for (int step = 0; step < 100; step++) {
        lq_physics_v1_step(&tick);
        ck_assert_msg(lq_world_check(&tick.world, &where) == LQ_OK, "%s", where);
    }
    for (uint32_t index = 0; index < crowds[_i]; index++) {
        double radius = (double)tick.world.radius[index];
        ck_assert_double_ge(tick.world.x[index], radius - slack);
        ck_assert_double_le(tick.world.y[index], 50.0 - radius + slack);
    }
    other.steps = 100; /* a hundred steps of one tick are a hundred ticks of one step */
    lq_physics_v1_step(&other);
    ck_assert_int_eq(memcmp(tick.world.x, other.world.x, sizeof(double) * crowds[_i]), 0);
    ck_assert_int_eq(memcmp(tick.world.vy, other.world.vy, sizeof(float) * crowds[_i]), 0);
    ck_assert_int_eq(memcmp(tick.world.angle, other.world.angle, sizeof(int32_t) * crowds[_i]), 0);
}
END_TEST

START_TEST(test_extreme_numbers)
{
    const char *where = "";

    start(50);
    tick.config.rate_numerator = 1;
    tick.config.rate_denominator = 1000000;
    for (int index = 0; index < 4; index++) {
        uint32_t at = lq_world_add_body(&tick.world, 0, 50.0, 25.0, index == 0 ? 1e-38f : 10.0f);
        tick.world.vx[at] = index % 2 ? LQ_SPEED_MAX : -LQ_SPEED_MAX;
        tick.world.thrust_x[at] = LQ_ACCELERATION_MAX;
        tick.world.spin[at] = -LQ_SPIN_MAX;
    }
    tick.world.radius[0] = 1.0e-45f; /* a denormal number */
    lq_physics_v1_step(&tick);
    ck_assert_msg(lq_world_check(&tick.world, &where) == LQ_OK, "%s", where);
}
END_TEST

/* The caller's rounding and flushing of denormals neither change the result nor are changed. */
START_TEST(test_float_mode)
{
    fill_crowd(20);
    tick.world.vx[3] = 1.0e-41f;
    other = tick;
    lq_physics_v1_step(&tick);
    fesetround(FE_UPWARD);
#if defined(__x86_64__)
    _mm_setcsr(_mm_getcsr() | 0x8040u);     /* flush to zero, denormals are zero */
    unsigned mode = _mm_getcsr() & 0x8040u; /* valgrind knows neither */
#endif
    lq_physics_v1_step(&other);
#if defined(__x86_64__)
    ck_assert_uint_eq(_mm_getcsr() & 0x8040u, mode);
    _mm_setcsr(_mm_getcsr() & ~0x8040u);
#endif
    ck_assert_int_eq(fegetround(), FE_UPWARD);
    fesetround(FE_TONEAREST);
    ck_assert_int_eq(memcmp(tick.world.x, other.world.x, sizeof(double) * 20), 0);
    ck_assert_int_eq(memcmp(tick.world.vx, other.world.vx, sizeof(float) * 20), 0);
}
END_TEST

/* Two ids are two players, whatever they have in common. */
START_TEST(test_each_id_is_a_player)
{
    static const struct lq_client_id one = {{7, [15] = 1}}, two = {{7, [15] = 2}};

    start(0);
    tick.command_count = 3;
    tick.commands[0] = (struct lq_command){.client = one,
                                           .kind = LQ_COMMAND_JOIN,
                                           .outcome = LQ_OUTCOME_PENDING,
                                           .x = 10.0,
                                           .y = 10.0,
                                           .radius = 1.0f};
    tick.commands[1] = tick.commands[0];
    tick.commands[1].client = two;
    tick.commands[2] = (struct lq_command){
        .client = two, .kind = LQ_COMMAND_DESPAWN, .outcome = LQ_OUTCOME_PENDING, .body_id = 1};
    lq_physics_v1_step(&tick);
    ck_assert_int_eq(tick.commands[0].outcome, LQ_OUTCOME_APPLIED);
    ck_assert_int_eq(tick.commands[1].outcome, LQ_OUTCOME_APPLIED);
    ck_assert_str_eq(tick.commands[2].reason, "body_id: body 1 is another player's");
    ck_assert_uint_eq(tick.world.player_count, 2);
}
END_TEST

TCase *lq_test_physics_v1(void);
TCase *lq_test_physics_v1(void)
{
    TCase *tcase = tcase_create("physics_v1");

    tcase_add_test(tcase, test_projectile);
    tcase_add_test(tcase, test_no_step_no_time);
    tcase_add_test(tcase, test_wall_bounce);
    tcase_add_test(tcase, test_squeezed_at_the_wall);
    tcase_add_loop_test(tcase, test_crowd_stays_well_formed, 0, sizeof crowds / sizeof crowds[0]);
    tcase_add_test(tcase, test_extreme_numbers);
    tcase_add_test(tcase, test_float_mode);
    tcase_add_test(tcase, test_each_id_is_a_player);
    return tcase;
}
