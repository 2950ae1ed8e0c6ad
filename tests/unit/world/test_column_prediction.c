// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "world/column_prediction.h"

#include "tests/support/suite.h"

#include <math.h>
#include <string.h>

TCase *lq_test_column_prediction(void);

static struct lq_world before;
static struct lq_world after;
static const uint16_t same_row[] = {0};

static void make(double x, float vx, float thrust)
{
    lq_world_clear(&before);
    ck_assert_uint_eq(lq_world_add_body(&before, 0, x, 0.0, 1.0f), 0);
    before.vx[0] = vx;
    before.thrust_x[0] = thrust;
}

static uint64_t expect(enum lq_column_index index, uint32_t steps, double dt)
{
    struct lq_column_prediction prediction = {&before, same_row, 1, steps, dt};
    uint64_t bits = 0;

    lq_column_prediction_fill(&prediction, &lq_column_table()[index], &bits);
    return bits;
}

static double as_double(uint64_t bits)
{
    double value;

    memcpy(&value, &bits, sizeof value);
    return value;
}

static float as_float(uint64_t bits)
{
    uint32_t narrow = (uint32_t)bits;
    float value;

    memcpy(&value, &narrow, sizeof value);
    return value;
}

static const struct {
    const char *name;
    double x;
    float vx, thrust;
    uint32_t steps;
    double dt;
    double x_after;
    float vx_after;
} rows[] = {
    {"at rest", 1.5, 0.0f, 0.0f, 1, 0.5, 1.5, 0.0f},
    {"drifts", 1.5, 2.0f, 0.0f, 1, 0.5, 2.5, 2.0f},
    {"is pushed: the new speed moves it", 1.0, 2.0f, 4.0f, 1, 0.5, 3.0, 4.0f},
    {"two steps", 1.0, 2.0f, 4.0f, 2, 0.5, 6.0, 6.0f},
    {"no time", 1.0, 2.0f, 4.0f, 0, 0.5, 1.0, 2.0f},
    {"sixteen steps", 0.0, 1.0f, 0.0f, 16, 1.0, 16.0, 1.0f},
    {"more are not predicted", 0.0, 1.0f, 1.0f, 17, 1.0, 0.0, 1.0f},
    {"at the limit", 999999999.0, 1e6f, 0.0f, 1, 1.0, 1e9, 1e6f},
    {"below the lower one", -999999999.0, -1e6f, -5.0f, 1, 1.0, -1e9, -1e6f},
    /* 1 + 2^-30 is no float: the place moves by it, the speed is stored as 1 */
    {"place by the speed before it is rounded", 0.0, 1.0f, 0x1p-30f, 1, 1.0, 1.0 + 0x1p-30, 1.0f},
    {"comes to rest without a sign", 1.0, -1.0f, 1.0f, 1, 1.0, 1.0, 0.0f},
};

START_TEST(test_drift)
{
    make(rows[_i].x, rows[_i].vx, rows[_i].thrust);
    double x = as_double(expect(LQ_COLUMN_INDEX_x, rows[_i].steps, rows[_i].dt));
    float vx = as_float(expect(LQ_COLUMN_INDEX_vx, rows[_i].steps, rows[_i].dt));

    ck_assert_msg(x == rows[_i].x_after && !(x == 0.0 && signbit(x)), "%s: x %.17g", rows[_i].name,
                  x);
    ck_assert_msg(vx == rows[_i].vx_after && !(vx == 0.0f && signbit(vx)), "%s: vx %.9g",
                  rows[_i].name, (double)vx);
}
END_TEST

static const struct {
    int32_t angle;
    float spin;
    double dt;
    uint32_t steps;
    int32_t after;
} turns[] = {
    {0, 0.25f, 1.0, 1, INT32_C(0x40000000)},
    {0, 0.25f, 1.0, 3, (int32_t)UINT32_C(0xc0000000)},
    {5, 3.0f, 1.0, 1, 5},
    {INT32_C(0x40000000), -0.5f, 1.0, 1, (int32_t)UINT32_C(0xc0000000)},
};

START_TEST(test_turn)
{
    make(0.0, 0.0f, 0.0f);
    before.angle[0] = turns[_i].angle;
    before.spin[0] = turns[_i].spin;
    ck_assert_int_eq(
        (int32_t)(uint32_t)expect(LQ_COLUMN_INDEX_angle, turns[_i].steps, turns[_i].dt),
        turns[_i].after);
}
END_TEST

START_TEST(test_by_the_new_rate)
{
    struct lq_column_prediction prediction = {&before, same_row, 1, 2, 0.5};
    uint64_t bits = 0;

    make(1.0, 2.0f, 4.0f);
    lq_world_copy(&after, &before);
    after.vx[0] = 8.0f;
    lq_column_prediction_fill_by(&prediction, &lq_column_table()[LQ_COLUMN_INDEX_x], &after, &bits);
    ck_assert(as_double(bits) == 9.0);
    after.vx[0] = NAN; /* a hostile delta may say so before the world is checked */
    lq_column_prediction_fill_by(&prediction, &lq_column_table()[LQ_COLUMN_INDEX_x], &after, &bits);
    ck_assert(as_double(bits) == 1.0);
    after.spin[0] = INFINITY;
    lq_column_prediction_fill_by(&prediction, &lq_column_table()[LQ_COLUMN_INDEX_angle], &after,
                                 &bits);
    ck_assert_uint_eq(bits, 0);
}
END_TEST

START_TEST(test_rows)
{
    static const uint16_t from[] = {1, LQ_COLUMN_PREDICTION_NEW, 0};
    struct lq_column_prediction prediction = {&before, from, 3, 1, 1.0};
    uint64_t bits[3];

    make(1.0, 2.0f, 0.0f);
    ck_assert_uint_eq(lq_world_add_body(&before, 9, 5.0, 0.0, 1.0f), 1);
    lq_column_prediction_fill(&prediction, &lq_column_table()[LQ_COLUMN_INDEX_x], bits);
    ck_assert(as_double(bits[0]) == 5.0);
    ck_assert_uint_eq(bits[1], 0);
    ck_assert(as_double(bits[2]) == 3.0);
    lq_column_prediction_fill(&prediction, &lq_column_table()[LQ_COLUMN_INDEX_body_kind], bits);
    ck_assert_uint_eq(bits[0], 9); /* whose predictor is SAME */
    ck_assert_uint_eq(bits[1], 0);
    ck_assert_uint_eq(bits[2], 0);
}
END_TEST

TCase *lq_test_column_prediction(void)
{
    TCase *tests = tcase_create("column_prediction");

    tcase_add_loop_test(tests, test_drift, 0, sizeof rows / sizeof rows[0]);
    tcase_add_loop_test(tests, test_turn, 0, sizeof turns / sizeof turns[0]);
    tcase_add_test(tests, test_by_the_new_rate);
    tcase_add_test(tests, test_rows);
    return tests;
}
