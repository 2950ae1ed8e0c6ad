// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "store/core/wall_guard.h"

#include "tests/support/suite.h"

#define S UINT64_C(1000000000)
#define DAY (86400 * S)
#define BEGUN (UINT64_C(20000) * DAY)

/* Begun at BEGUN when 100 s had run, then looked at: seconds that ran, and that the wall clock
 * says. */
static const struct {
    const char *name;
    int64_t ran_s, wall_s;
    enum lq_wall_verdict verdict;
} rows[] = {
    {"together", 3600, 3600, LQ_WALL_BELIEVED},
    {"a step of a minute", 0, 60, LQ_WALL_BELIEVED},
    {"a longer one", 0, 61, LQ_WALL_JUMPED},
    {"a minute back", 0, -60, LQ_WALL_BELIEVED},
    {"farther back", 0, -61, LQ_WALL_JUMPED},
    {"drift of a thousandth in a day", 86400, 86400 + 86 + 60, LQ_WALL_BELIEVED},
    {"more than drift", 86400, 86400 + 86 + 62, LQ_WALL_JUMPED},
    {"stands still", 3600, 0, LQ_WALL_JUMPED},
    {"a hundred days on", 60, 100 * 86400, LQ_WALL_JUMPED},
    {"to the beginning", 60, -20000 * (int64_t)86400, LQ_WALL_JUMPED},
};

START_TEST(test_look)
{
    struct lq_wall_guard guard;
    const struct lq_clock_pair begun = {BEGUN, 100 * S};

    lq_wall_guard_begin(&guard, LQ_WALL_BELIEVED, 0, begun);
    const struct lq_clock_pair now = {
        (uint64_t)((int64_t)BEGUN + rows[_i].wall_s * (int64_t)S),
        100 * S + (uint64_t)rows[_i].ran_s * S,
    };
    ck_assert_msg(lq_wall_guard_look(&guard, now) == rows[_i].verdict, "%s", rows[_i].name);
    if (rows[_i].verdict == LQ_WALL_JUMPED) {
        ck_assert_int_eq(guard.off_ns, (rows[_i].wall_s - rows[_i].ran_s) * (int64_t)S);
    }
}
END_TEST

/* Many small steps are a jump as well. */
START_TEST(test_small_steps_add_up)
{
    struct lq_wall_guard guard;
    struct lq_clock_pair now = {BEGUN, 0};
    uint32_t steps = 0;

    lq_wall_guard_begin(&guard, LQ_WALL_BELIEVED, 0, now);
    while (lq_wall_guard_look(&guard, now) == LQ_WALL_BELIEVED) {
        now.wall_ns += 50 * S;
        steps++;
    }
    ck_assert_uint_eq(steps, 2);
}
END_TEST

/* A clock that comes back is not believed again by itself: what it did meanwhile nobody knows. */
START_TEST(test_doubt_lasts_until_accepted)
{
    struct lq_wall_guard guard;

    lq_wall_guard_begin(&guard, LQ_WALL_BELIEVED, BEGUN, (struct lq_clock_pair){BEGUN, 0});
    ck_assert_int_eq(lq_wall_guard_look(&guard, (struct lq_clock_pair){BEGUN + DAY, S}),
                     LQ_WALL_JUMPED);
    ck_assert_int_eq(lq_wall_guard_look(&guard, (struct lq_clock_pair){BEGUN + 2 * S, 2 * S}),
                     LQ_WALL_JUMPED);
    lq_wall_guard_accept(&guard, (struct lq_clock_pair){BEGUN + DAY, 3 * S});
    ck_assert_int_eq(lq_wall_guard_look(&guard, (struct lq_clock_pair){BEGUN + DAY + S, 4 * S}),
                     LQ_WALL_BELIEVED);
    ck_assert_int_eq(guard.off_ns, 0);
}
END_TEST

static const struct {
    const char *name;
    enum lq_wall_verdict before;
    uint64_t committed_ns, now_ns;
    enum lq_wall_verdict verdict;
} starts[] = {
    {"nothing committed yet", LQ_WALL_BELIEVED, 0, BEGUN, LQ_WALL_BELIEVED},
    {"thirty days", LQ_WALL_BELIEVED, BEGUN, BEGUN + 30 * DAY, LQ_WALL_BELIEVED},
    {"more", LQ_WALL_BELIEVED, BEGUN, BEGUN + 30 * DAY + 1, LQ_WALL_FAR},
    {"before the newest", LQ_WALL_BELIEVED, BEGUN, BEGUN - 100 * DAY, LQ_WALL_BELIEVED},
    {"doubted before", LQ_WALL_JUMPED, BEGUN, BEGUN + S, LQ_WALL_JUMPED},
    {"doubted before, and far", LQ_WALL_JUMPED, BEGUN, BEGUN + 90 * DAY, LQ_WALL_JUMPED},
    {"far before", LQ_WALL_FAR, BEGUN, BEGUN + S, LQ_WALL_FAR},
};

START_TEST(test_start)
{
    struct lq_wall_guard guard;
    const struct lq_clock_pair now = {starts[_i].now_ns, 0};

    lq_wall_guard_begin(&guard, starts[_i].before, starts[_i].committed_ns, now);
    ck_assert_msg(lq_wall_guard_look(&guard, now) == starts[_i].verdict, "%s", starts[_i].name);
    lq_wall_guard_accept(&guard, now);
    ck_assert_int_eq(lq_wall_guard_look(&guard, now), LQ_WALL_BELIEVED);
}
END_TEST

TCase *lq_test_wall_guard(void);
TCase *lq_test_wall_guard(void)
{
    TCase *tc = tcase_create("wall_guard");

    tcase_add_loop_test(tc, test_look, 0, (int)(sizeof rows / sizeof rows[0]));
    tcase_add_test(tc, test_small_steps_add_up);
    tcase_add_test(tc, test_doubt_lasts_until_accepted);
    tcase_add_loop_test(tc, test_start, 0, (int)(sizeof starts / sizeof starts[0]));
    return tc;
}
