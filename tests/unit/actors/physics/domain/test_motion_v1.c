// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "actors/physics/domain/motion_v1.h"

#include "tests/support/suite.h"

#include <math.h>

static struct lq_world world;
static struct lq_motion_v1 motion;

/* One axis: place and velocity before and after the walls of a box 10 wide; restitution 0.5. */
static const struct {
    double x, vx, radius, x_after, vx_after;
} bounces[] = {
    {5.0, 3.0, 1.0, 5.0, 3.0},    {1.0, -3.0, 1.0, 1.0, -3.0}, /* touching is not beyond */
    {0.5, -3.0, 1.0, 1.0, 1.5},                                /* into the left wall */
    {0.5, 3.0, 1.0, 1.0, 3.0},                                 /* beyond it, but on the way back */
    {99.0, 4.0, 1.0, 9.0, -2.0},                               /* far beyond the right wall */
    {99.0, -4.0, 1.0, 9.0, -4.0},                              /* */
    {3.0, 4.0, 6.0, 5.0, 0.0},                                 /* wider than the box */
};

START_TEST(test_bounce)
{
    motion.count = 1;
    motion.x[0] = bounces[_i].x;
    motion.vx[0] = bounces[_i].vx;
    motion.y[0] = 50.0;
    motion.vy[0] = 1.0;
    motion.radius[0] = bounces[_i].radius;
    lq_motion_v1_bounce(&motion, 10.0, 100.0, 0.5);
    ck_assert_double_eq(motion.x[0], bounces[_i].x_after);
    ck_assert_double_eq(motion.vx[0], bounces[_i].vx_after);
    ck_assert_double_eq(motion.y[0], 50.0);
    ck_assert_double_eq(motion.vy[0], 1.0);
}
END_TEST

/* What the store makes of numbers that must not reach a record. */
static const struct {
    double x, vx, x_after;
    float vx_after;
} stores[] = {
    {2.0, 3.0, 2.0, 3.0f},        {-0.0, -0.0, 0.0, 0.0f},
    {2.0, -1.0e-300, 2.0, 0.0f}, /* rounds to a negative zero */
    {2.0, 1.0e7, 2.0, 1.0e6f},    {2.0, -1.0e300, 2.0, -1.0e6f},
    {2.0, NAN, 2.0, 0.0f},        {2.0, INFINITY, 2.0, 0.0f},
    {NAN, 3.0, 7.0, 0.0f}, /* stays where it was */
    {-INFINITY, 3.0, 7.0, 0.0f},  {1.0e10, 3.0, 1.0e9, 3.0f},
    {-1.0e10, 3.0, -1.0e9, 3.0f},
};

START_TEST(test_store)
{
    const char *where = "";

    lq_world_clear(&world);
    ck_assert_uint_eq(lq_world_add_body(&world, 0, 7.0, 7.0, 1.0f), 0);
    lq_motion_v1_integrate(&motion, &world, 1.0);
    motion.x[0] = stores[_i].x;
    motion.vx[0] = stores[_i].vx;
    lq_motion_v1_store(&motion, &world, 1.0);
    ck_assert_double_eq(world.x[0], stores[_i].x_after);
    ck_assert_float_eq(world.vx[0], stores[_i].vx_after);
    ck_assert_msg(lq_world_check(&world, &where) == LQ_OK, "%s", where);
}
END_TEST

START_TEST(test_thrust_is_clamped)
{
    lq_world_clear(&world);
    ck_assert_uint_eq(lq_world_add_body(&world, 0, 7.0, 7.0, 1.0f), 0);
    lq_motion_v1_put_thrust(&world, 0, 1.0e7, -0.0);
    ck_assert_float_eq(world.thrust_x[0], 1.0e6f);
    ck_assert(!signbit(world.thrust_y[0]));
    lq_motion_v1_put_thrust(&world, 0, 1.0, NAN);
    ck_assert_float_eq(world.thrust_x[0], 0.0f);
}
END_TEST

/* Turns per second over 2 seconds, in units of 2^-32 of a turn. */
static const struct {
    float spin;
    int32_t before, after;
} turns[] = {
    {0.0f, 5, 5},
    {0.125f, 0, INT32_C(1) << 30},
    {-0.125f, 0, -(INT32_C(1) << 30)},
    {0.25f, 0, INT32_MIN}, /* half a turn */
    {0.5f, 77, 77},        /* a whole one */
    {1000.0f, -3, -3},
    {0.125f, INT32_MAX, INT32_MIN + (INT32_C(1) << 30) - 1},
};

START_TEST(test_turn)
{
    lq_world_clear(&world);
    ck_assert_uint_eq(lq_world_add_body(&world, 0, 7.0, 7.0, 1.0f), 0);
    world.spin[0] = turns[_i].spin;
    world.angle[0] = turns[_i].before;
    lq_motion_v1_integrate(&motion, &world, 2.0);
    lq_motion_v1_store(&motion, &world, 2.0);
    ck_assert_int_eq(world.angle[0], turns[_i].after);
}
END_TEST

TCase *lq_test_motion_v1(void);
TCase *lq_test_motion_v1(void)
{
    TCase *tcase = tcase_create("motion_v1");

    tcase_add_loop_test(tcase, test_bounce, 0, sizeof bounces / sizeof bounces[0]);
    tcase_add_loop_test(tcase, test_store, 0, sizeof stores / sizeof stores[0]);
    tcase_add_test(tcase, test_thrust_is_clamped);
    tcase_add_loop_test(tcase, test_turn, 0, sizeof turns / sizeof turns[0]);
    return tcase;
}
