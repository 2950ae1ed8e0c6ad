// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "store/core/commit_rule.h"

#include "tests/support/suite.h"

static const struct lq_execution_id own = {3, 7};
static const struct lq_execution_id other = {3, 8};

/* One row per line of the table in commit_rule.h; the head stands at frame 5, made by (3, 7). */
static const struct {
    const char *name;
    uint64_t frame;
    struct lq_execution_id execution;
    enum lq_commit_step step;
} rows[] = {
    {"the next frame", 6, {3, 8}, LQ_COMMIT_STEP_APPEND},
    {"the next frame by the head's maker", 6, {3, 7}, LQ_COMMIT_STEP_APPEND},
    {"the head again, by its maker", 5, {3, 7}, LQ_COMMIT_STEP_ALREADY},
    {"the head, by another counter", 5, {3, 8}, LQ_COMMIT_STEP_CONFLICT},
    {"the head, by another epoch", 5, {4, 7}, LQ_COMMIT_STEP_CONFLICT},
    {"below the head", 4, {3, 7}, LQ_COMMIT_STEP_LOOK_BACK},
    {"frame 0", 0, {3, 7}, LQ_COMMIT_STEP_LOOK_BACK},
    {"a frame skipped", 7, {3, 8}, LQ_COMMIT_STEP_CONFLICT},
    {"the last number", UINT64_MAX, {3, 8}, LQ_COMMIT_STEP_CONFLICT},
};

START_TEST(test_commit_rule_frame)
{
    struct lq_head_state head = {.frame = 5, .record_count = 6, .execution = own};

    ck_assert_msg(lq_commit_rule_frame(&head, rows[_i].frame, rows[_i].execution) == rows[_i].step,
                  "%s", rows[_i].name);
}
END_TEST

START_TEST(test_commit_rule_past_and_creation)
{
    ck_assert_int_eq(lq_commit_rule_past(own, own), LQ_COMMIT_STEP_ALREADY);
    ck_assert_int_eq(lq_commit_rule_past(own, other), LQ_COMMIT_STEP_CONFLICT);
    ck_assert_int_eq(lq_commit_rule_create(NULL, own), LQ_COMMIT_STEP_APPEND);
    ck_assert_int_eq(lq_commit_rule_create(&own, own), LQ_COMMIT_STEP_ALREADY);
    ck_assert_int_eq(lq_commit_rule_create(&own, other), LQ_COMMIT_STEP_EXISTS);
}
END_TEST

TCase *lq_test_commit_rule(void);
TCase *lq_test_commit_rule(void)
{
    TCase *tc = tcase_create("commit_rule");

    tcase_add_loop_test(tc, test_commit_rule_frame, 0, sizeof rows / sizeof rows[0]);
    tcase_add_test(tc, test_commit_rule_past_and_creation);
    return tc;
}
