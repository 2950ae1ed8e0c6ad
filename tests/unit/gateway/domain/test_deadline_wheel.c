// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "gateway/domain/deadline_wheel.h"
#include "tests/support/suite.h"

TCase *lq_test_deadline_wheel(void);

enum { THINGS = 200 };

static struct lq_deadline_link links[THINGS];
static struct lq_deadline_wheel wheel;

START_TEST(test_one)
{
    lq_deadline_wheel_begin(&wheel, links, THINGS, 1000);
    ck_assert_uint_eq(lq_deadline_wheel_next_ms(&wheel), UINT64_MAX);
    ck_assert_uint_eq(lq_deadline_wheel_take(&wheel, 900000), LQ_DEADLINE_WHEEL_NONE);
    lq_deadline_wheel_set(&wheel, 7, 901000);
    ck_assert_uint_eq(lq_deadline_wheel_next_ms(&wheel), 901250);
    ck_assert_uint_eq(lq_deadline_wheel_take(&wheel, 901249), LQ_DEADLINE_WHEEL_NONE);
    ck_assert_uint_eq(lq_deadline_wheel_take(&wheel, 901250), 7);
    ck_assert_uint_eq(lq_deadline_wheel_take(&wheel, 999999), LQ_DEADLINE_WHEEL_NONE);
    lq_deadline_wheel_set(&wheel, 7, 1100000);
    lq_deadline_wheel_clear(&wheel, 7);
    lq_deadline_wheel_clear(&wheel, 7);
    ck_assert_uint_eq(lq_deadline_wheel_next_ms(&wheel), UINT64_MAX);
}
END_TEST

/* What is due beyond a turn of the wheel comes early, once a turn. */
START_TEST(test_far)
{
    uint64_t turn_ms = (LQ_DEADLINE_WHEEL_SLOTS - 1) * LQ_DEADLINE_WHEEL_SLOT_MS;

    lq_deadline_wheel_begin(&wheel, links, THINGS, 0);
    lq_deadline_wheel_set(&wheel, 1, 100 * turn_ms);
    ck_assert_uint_eq(lq_deadline_wheel_next_ms(&wheel), turn_ms);
    ck_assert_uint_eq(lq_deadline_wheel_take(&wheel, turn_ms - 1), LQ_DEADLINE_WHEEL_NONE);
    ck_assert_uint_eq(lq_deadline_wheel_take(&wheel, turn_ms), 1);
}
END_TEST

static uint64_t due_ms[THINGS]; /* 0: not set */

/* Take what is due; how many were not due, or are more than a slot late and still there. */
static uint32_t count_wrong(uint64_t now_ms)
{
    uint32_t wrong = 0;
    uint32_t index;

    while ((index = lq_deadline_wheel_take(&wheel, now_ms)) != LQ_DEADLINE_WHEEL_NONE) {
        wrong += due_ms[index] == 0 || due_ms[index] >= now_ms ? 1 : 0;
        due_ms[index] = 0;
    }
    for (index = 0; index < THINGS; index++) {
        uint64_t latest_ms = due_ms[index] + LQ_DEADLINE_WHEEL_SLOT_MS;
        wrong += due_ms[index] != 0 &&
                         (latest_ms < now_ms || lq_deadline_wheel_next_ms(&wheel) > latest_ms)
                     ? 1
                     : 0;
    }
    return wrong;
}

/* Against a table of deadlines that is looked through: nothing comes early or more than a slot
 * late, or is lost, or comes twice. */
START_TEST(test_model)
{
    uint64_t random = lq_suite_seed(11 + (uint64_t)_i);
    uint64_t now_ms = random % 100000;
    uint32_t wrong = 0;

    memset(due_ms, 0, sizeof due_ms);
    lq_deadline_wheel_begin(&wheel, links, THINGS, now_ms);
    for (int step = 0; step < 20000; step++) {
        random = random * UINT64_C(6364136223846793005) + 1442695040888963407u;
        uint32_t index = (uint32_t)(random >> 33) % THINGS;
        switch (random >> 60 & 3) {
        case 0:
        case 1:
            due_ms[index] = now_ms + (random >> 20) % 60000;
            lq_deadline_wheel_set(&wheel, index, due_ms[index]);
            break;
        case 2:
            due_ms[index] = 0;
            lq_deadline_wheel_clear(&wheel, index);
            break;
        default:
            now_ms += (random >> 20) % 2000;
            wrong += count_wrong(now_ms);
        }
    }
    ck_assert_uint_eq(wrong, 0);
}
END_TEST

TCase *lq_test_deadline_wheel(void)
{
    TCase *tcase = tcase_create("deadline_wheel");

    tcase_add_test(tcase, test_one);
    tcase_add_test(tcase, test_far);
    tcase_add_loop_test(tcase, test_model, 0, 5);
    return tcase;
}
