// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "actors/physics/domain/contact_v1.h"

#include "tests/support/suite.h"

#include <math.h>
#include <string.h>

static struct lq_motion_v1 motion;
static struct lq_motion_v1 swept;

static void put(uint32_t index, double x, double y, double vx, double vy, double radius)
{
    motion.x[index] = x;
    motion.y[index] = y;
    motion.vx[index] = vx;
    motion.vy[index] = vy;
    motion.radius[index] = radius;
    motion.count = index + 1;
}

START_TEST(test_equal_masses_swap)
{
    put(0, 0.0, 0.0, 1.0, 0.5, 1.0);
    put(1, 1.5, 0.0, -2.0, 0.25, 1.0);
    lq_contact_v1_resolve(&motion, 1.0, LQ_CONTACT_V1_ALL_PAIRS, NULL);
    ck_assert_double_eq(motion.vx[0], -2.0);
    ck_assert_double_eq(motion.vx[1], 1.0);
    ck_assert_double_eq(motion.vy[0], 0.5); /* no friction */
    ck_assert_double_eq(motion.vy[1], 0.25);
    ck_assert_double_eq(motion.x[0], -0.25);
    ck_assert_double_eq(motion.x[1], 1.75);
}
END_TEST

START_TEST(test_no_restitution_sticks)
{
    put(0, 0.0, 0.0, 0.0, 0.0, 1.0);
    put(1, 2.5, 0.0, -5.0, 0.0, 2.0); /* four times the mass */
    lq_contact_v1_resolve(&motion, 0.0, LQ_CONTACT_V1_ALL_PAIRS, NULL);
    ck_assert_double_eq_tol(motion.vx[0], -4.0, 1e-12);
    ck_assert_double_eq_tol(motion.vx[1], -4.0, 1e-12);
    ck_assert_double_eq_tol(motion.x[0], -0.4, 1e-12);
    ck_assert_double_eq_tol(motion.x[1], 2.6, 1e-12);
}
END_TEST

START_TEST(test_parting_bodies_keep_their_speed)
{
    put(0, 0.0, 0.0, -1.0, 0.0, 1.0);
    put(1, 1.0, 0.0, 1.0, 0.0, 1.0);
    lq_contact_v1_resolve(&motion, 1.0, LQ_CONTACT_V1_ALL_PAIRS, NULL);
    ck_assert_double_eq(motion.vx[0], -1.0);
    ck_assert_double_eq(motion.vx[1], 1.0);
    ck_assert_double_eq(motion.x[1] - motion.x[0], 2.0);
}
END_TEST

START_TEST(test_touching_is_no_contact)
{
    put(0, 0.0, 0.0, 1.0, 0.0, 1.0);
    put(1, 2.0, 0.0, -1.0, 0.0, 1.0);
    lq_contact_v1_resolve(&motion, 1.0, LQ_CONTACT_V1_ALL_PAIRS, NULL);
    ck_assert_double_eq(motion.vx[0], 1.0);
    ck_assert_double_eq(motion.x[0], 0.0);
}
END_TEST

START_TEST(test_same_place)
{
    put(0, 3.0, 3.0, 0.0, 0.0, 1.0);
    put(1, 3.0, 3.0, 0.0, 0.0, 1.0);
    lq_contact_v1_resolve(&motion, 1.0, LQ_CONTACT_V1_ALL_PAIRS, NULL);
    ck_assert_double_eq(motion.x[0], 2.0); /* apart along x, the higher id to the right */
    ck_assert_double_eq(motion.x[1], 4.0);
    ck_assert_double_eq(motion.y[0], 3.0);
}
END_TEST

START_TEST(test_momentum)
{
    double before = 0.0;
    double after = 0.0;

    for (uint32_t index = 0; index < 40; index++) {
        put(index, index % 7, index % 5, (double)(index % 3) - 1.0, 0.5, 0.5 + 0.1 * (index % 4));
        before += motion.radius[index] * motion.radius[index] * motion.vx[index];
    }
    lq_contact_v1_resolve(&motion, 0.7, LQ_CONTACT_V1_ALL_PAIRS, NULL);
    for (uint32_t index = 0; index < 40; index++) {
        after += motion.radius[index] * motion.radius[index] * motion.vx[index];
    }
    ck_assert_double_eq_tol(before, after, 1e-12);
}
END_TEST

/* A small generator, so that the scene is the same everywhere. */
static uint64_t state;
static double draw(double max)
{
    state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (double)(state >> 11) * 0x1p-53 * max;
}

static const struct {
    uint32_t bodies;
    double spread; /* bodies lie within this many metres */
    double radius_max;
    double origin;
} scenes[] = {
    {2, 1.0, 1.0, 0.0},       {20, 10.0, 1.0, 0.0},    {65, 10.0, 1.0, 0.0},
    {300, 100.0, 3.0, 0.0},   {2048, 300.0, 5.0, 0.0}, {2048, 1.0e4, 1.0, 0.0},
    {500, 0.0, 1.0, 5.0},     {64, 40.0, 30.0, 0.0},   {700, 100.0, 2.0, 9.0e8},
    {128, 1.0e9, 1.0e6, 0.0},
};

START_TEST(test_both_searches_agree)
{
    state = (uint64_t)_i;
    for (uint32_t index = 0; index < scenes[_i].bodies; index++) {
        double x = scenes[_i].origin + floor(draw(scenes[_i].spread) * 4.0) / 4.0; /* many ties */
        put(index, x, draw(scenes[_i].spread), draw(4.0) - 2.0, draw(4.0) - 2.0,
            draw(scenes[_i].radius_max) + 0.01);
    }
    swept = motion;
    lq_contact_v1_resolve(&motion, 0.5, LQ_CONTACT_V1_ALL_PAIRS, NULL);
    lq_contact_v1_resolve(&swept, 0.5, LQ_CONTACT_V1_SWEEP, NULL);
    size_t bytes = motion.count * sizeof motion.x[0];
    ck_assert_int_eq(memcmp(motion.x, swept.x, bytes), 0);
    ck_assert_int_eq(memcmp(motion.y, swept.y, bytes), 0);
    ck_assert_int_eq(memcmp(motion.vx, swept.vx, bytes), 0);
    ck_assert_int_eq(memcmp(motion.vy, swept.vy, bytes), 0);
}
END_TEST

TCase *lq_test_contact_v1(void);
TCase *lq_test_contact_v1(void)
{
    TCase *tcase = tcase_create("contact_v1");

    tcase_add_test(tcase, test_equal_masses_swap);
    tcase_add_test(tcase, test_no_restitution_sticks);
    tcase_add_test(tcase, test_parting_bodies_keep_their_speed);
    tcase_add_test(tcase, test_touching_is_no_contact);
    tcase_add_test(tcase, test_same_place);
    tcase_add_test(tcase, test_momentum);
    tcase_add_loop_test(tcase, test_both_searches_agree, 0, sizeof scenes / sizeof scenes[0]);
    return tcase;
}
