// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "pipeline/plan.h"

#include "base/clock.h"
#include "tests/support/suite.h"

static const struct lq_plan_state state = {
    .name = "X",
    .stage = "x",
    .retrier_count = 3,
    .retriers = {{.error_count = 2, .errors = {"A", "B"}},
                 {.error_count = 1, .errors = {"States.TaskFailed"}},
                 {.error_count = 1, .errors = {"States.ALL"}}},
};

static const struct {
    const char *error;
    uint32_t retrier;
} matches[] = {
    {"A", 0},
    {"B", 0},
    {"a", 1}, /* names are case-sensitive */
    {"Store.Corrupt", 1},
    {"Actor.Crashed", 1},
    {"States.Permissions", 1},
    {"States.Timeout", 2}, /* States.TaskFailed is everything but this */
};

START_TEST(test_plan_first_matching_retrier_decides)
{
    ck_assert_uint_eq(lq_plan_find_retrier(&state, matches[_i].error), matches[_i].retrier);
}
END_TEST

START_TEST(test_plan_no_retrier_matches)
{
    struct lq_plan_state only_a = state;

    only_a.retrier_count = 1;
    ck_assert_uint_eq(lq_plan_find_retrier(&only_a, "C"), LQ_RETRIERS_MAX);
    only_a.retrier_count = 0;
    ck_assert_uint_eq(lq_plan_find_retrier(&only_a, "A"), LQ_RETRIERS_MAX);
}
END_TEST

/* The examples of the specification, in milliseconds. */
static const struct {
    uint32_t interval_ms, delay_max_ms;
    double rate;
    uint32_t retry;
    uint64_t delay_ms;
} delays[] = {
    {3000, UINT32_MAX, 2.0, 1, 3000},
    {3000, UINT32_MAX, 2.0, 2, 6000},
    {3000, 4000, 2.0, 1, 3000},
    {3000, 4000, 2.0, 2, 4000},
    {1000, UINT32_MAX, 1.0, 9, 1000},
    {5, 200, 2.0, 1, 5},
    {5, 200, 2.0, 6, 160},
    {5, 200, 2.0, 7, 200},
    {5, 200, 2.0, 250, 200},
    {300, 200, 2.0, 1, 200},
};

START_TEST(test_plan_delay_grows_to_its_bound)
{
    struct lq_retrier retrier = {.interval_ms = delays[_i].interval_ms,
                                 .delay_max_ms = delays[_i].delay_max_ms,
                                 .backoff_rate = delays[_i].rate,
                                 .jitter = LQ_JITTER_NONE};

    ck_assert_uint_eq(lq_plan_retry_delay_ns(&retrier, delays[_i].retry, UINT64_MAX),
                      delays[_i].delay_ms * LQ_NS_PER_MS);
}
END_TEST

START_TEST(test_plan_full_jitter_is_uniform_below_the_delay)
{
    struct lq_retrier retrier = {
        .interval_ms = 100, .delay_max_ms = 200, .backoff_rate = 2.0, .jitter = LQ_JITTER_FULL};

    ck_assert_uint_eq(lq_plan_retry_delay_ns(&retrier, 1, 0), 0);
    ck_assert_uint_le(lq_plan_retry_delay_ns(&retrier, 1, UINT64_MAX), 100 * LQ_NS_PER_MS);
    ck_assert_uint_eq(lq_plan_retry_delay_ns(&retrier, 1, UINT64_C(1) << 63), 50 * LQ_NS_PER_MS);
    ck_assert_uint_eq(lq_plan_retry_delay_ns(&retrier, 2, UINT64_C(1) << 63), 100 * LQ_NS_PER_MS);
}
END_TEST

START_TEST(test_plan_finds_stages)
{
    struct lq_plan plan = {.state_count = 2, .states = {{.stage = "load"}, {.stage = "ai"}}};

    ck_assert_uint_eq(lq_plan_find_stage(&plan, lq_view_text("ai")), 1);
    ck_assert_uint_eq(lq_plan_find_stage(&plan, lq_view_text("a")), LQ_STATE_NONE);
}
END_TEST

TCase *lq_test_plan(void);
TCase *lq_test_plan(void)
{
    TCase *tc = tcase_create("plan");

    tcase_add_loop_test(tc, test_plan_first_matching_retrier_decides, 0,
                        (int)(sizeof matches / sizeof matches[0]));
    tcase_add_test(tc, test_plan_no_retrier_matches);
    tcase_add_loop_test(tc, test_plan_delay_grows_to_its_bound, 0,
                        (int)(sizeof delays / sizeof delays[0]));
    tcase_add_test(tc, test_plan_full_jitter_is_uniform_below_the_delay);
    tcase_add_test(tc, test_plan_finds_stages);
    return tc;
}
