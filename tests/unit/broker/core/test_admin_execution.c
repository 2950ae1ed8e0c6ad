// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* Administrative executions: one state, the same ids and retries, an answer instead of a letter. */
#include "base/clock.h"
#include "tests/support/suite.h"
#include "tests/unit/broker/core/core_case.h"

static const struct {
    enum lq_execution_kind kind;
    uint32_t state;
} kinds[] = {{LQ_EXECUTION_QUERY, LQ_LOAD},
             {LQ_EXECUTION_CREATE_TENANT, LQ_PERSIST},
             {LQ_EXECUTION_CREATE_SESSION, LQ_PERSIST},
             {LQ_EXECUTION_SHRED_TENANT, LQ_PERSIST}};

START_TEST(test_admin_execution_is_one_state)
{
    lq_core_fixture_admin(fixture, kinds[_i].kind);
    lq_core_fixture_turn(fixture);
    struct lq_fixture_batch *batch = lq_core_fixture_batch_at(fixture, kinds[_i].state);
    ck_assert_ptr_nonnull(batch);
    ck_assert_uint_eq(batch->items[0].kind, kinds[_i].kind);
    ck_assert(batch->items[0].has_payload);
    lq_core_fixture_settle(fixture);
    ck_assert_uint_eq(fixture->admin_done, 1);
    ck_assert_uint_eq(fixture->dispatches, 1);
    ck_assert_uint_eq(lq_core_fixture_status(fixture)->executions_open, 0);
}
END_TEST

START_TEST(test_admin_execution_failure_is_retried_then_told)
{
    lq_core_fixture_admin(fixture, LQ_EXECUTION_QUERY);
    for (uint32_t try = 0; try < 3; try++) {
        struct lq_fixture_batch *batch = lq_core_fixture_bring_to(fixture, LQ_LOAD);
        ck_assert_uint_eq(fixture->admin_failed, 0);
        lq_core_fixture_verdict(fixture, batch, 0, LQ_ITEM_FAILED, "Store.Corrupt", 0);
        lq_core_fixture_end_batch(fixture, batch);
        lq_core_fixture_pass_ms(fixture, 10);
    }
    ck_assert_uint_eq(fixture->admin_failed, 1);
    ck_assert_str_eq(fixture->admin_reason, "Store.Corrupt");
    ck_assert_uint_eq(fixture->letter_count, 0);
}
END_TEST

/* "No such session" is an answer, not a failure. */
START_TEST(test_admin_execution_refusal_is_told_at_once)
{
    lq_core_fixture_admin(fixture, LQ_EXECUTION_QUERY);
    struct lq_fixture_batch *batch = lq_core_fixture_bring_to(fixture, LQ_LOAD);
    lq_core_fixture_verdict(fixture, batch, 0, LQ_ITEM_ENDED, "Session.Unknown", 0);
    lq_core_fixture_end_batch(fixture, batch);
    ck_assert_uint_eq(fixture->admin_failed, 1);
    ck_assert_str_eq(fixture->admin_reason, "Session.Unknown");
    ck_assert_uint_eq(lq_core_fixture_status(fixture)->retries, 0);
}
END_TEST

START_TEST(test_admin_execution_creates_wait_for_persist_queries_do_not)
{
    lq_core_fixture_pause(fixture, 4, "disk full");
    lq_core_fixture_admin(fixture, LQ_EXECUTION_CREATE_SESSION);
    ck_assert_uint_eq(fixture->admin_failed, 1);
    ck_assert(strncmp(fixture->admin_reason, "BROKER_PAUSED", 13) == 0);
    lq_core_fixture_admin(fixture, LQ_EXECUTION_QUERY);
    lq_core_fixture_settle(fixture);
    ck_assert_uint_eq(fixture->admin_done, 1);
}
END_TEST

START_TEST(test_admin_execution_pool_is_bounded)
{
    for (uint32_t index = 0; index < 40; index++) {
        lq_core_fixture_admin(fixture, LQ_EXECUTION_QUERY);
    }
    ck_assert_uint_eq(fixture->admin_failed, 8);
    lq_core_fixture_settle(fixture);
    ck_assert_uint_eq(fixture->admin_done, 32);
}
END_TEST

/* In doubt like a tick; the answer that was lost is made again by a second try. */
START_TEST(test_admin_execution_death_of_persist)
{
    struct lq_result_item item = {.verdict = _i == 0 ? LQ_ITEM_DONE : LQ_ITEM_RETURNED};

    lq_core_fixture_admin(fixture, LQ_EXECUTION_CREATE_SESSION);
    lq_core_fixture_bring_to(fixture, LQ_PERSIST);
    lq_core_fixture_die(fixture, 4);
    lq_core_fixture_ready(fixture, 14, "persist-1", LQ_PERSIST, 0);
    lq_core_fixture_turn(fixture);
    ck_assert_uint_eq(fixture->resolve_count, 1);
    ck_assert_uint_eq(fixture->resolves[0].kind, LQ_EXECUTION_CREATE_SESSION);
    item.execution = fixture->resolves[0].counter;
    item.lease = fixture->resolves[0].lease;
    lq_core_fixture_result(fixture, LQ_ON_RESOLVED, 14, 0, &item, 0);
    lq_core_fixture_settle(fixture);
    ck_assert_uint_eq(fixture->admin_done, 1);
    ck_assert_uint_eq(lq_core_fixture_status(fixture)->executions_open, 0);
}
END_TEST

START_TEST(test_admin_execution_resolved_with_its_answer)
{
    struct lq_result_item item = {.verdict = LQ_ITEM_DONE};

    lq_core_fixture_admin(fixture, LQ_EXECUTION_CREATE_TENANT);
    lq_core_fixture_bring_to(fixture, LQ_PERSIST);
    lq_core_fixture_die(fixture, 4);
    lq_core_fixture_ready(fixture, 14, "persist-1", LQ_PERSIST, 0);
    lq_core_fixture_turn(fixture);
    item.execution = fixture->resolves[0].counter;
    item.lease = fixture->resolves[0].lease;
    lq_core_fixture_result(fixture, LQ_ON_RESOLVED, 14, 0, &item, 44);
    ck_assert_uint_eq(fixture->admin_done, 1);
}
END_TEST

START_TEST(test_admin_execution_conflict_is_tried_again)
{
    lq_core_fixture_admin(fixture, LQ_EXECUTION_CREATE_SESSION);
    struct lq_fixture_batch *batch = lq_core_fixture_bring_to(fixture, LQ_PERSIST);
    lq_core_fixture_verdict(fixture, batch, 0, LQ_ITEM_CONFLICT, NULL, 0);
    lq_core_fixture_end_batch(fixture, batch);
    lq_core_fixture_settle(fixture);
    ck_assert_uint_eq(fixture->admin_done, 1);
}
END_TEST

START_TEST(test_admin_execution_crash_of_load)
{
    lq_core_fixture_admin(fixture, LQ_EXECUTION_QUERY);
    struct lq_fixture_batch *batch = lq_core_fixture_bring_to(fixture, LQ_LOAD);
    uint64_t suspect = batch->items[0].counter;
    lq_core_fixture_die(fixture, 1);
    lq_core_fixture_ready(fixture, 11, "load-1", LQ_LOAD, suspect);
    lq_core_fixture_settle(fixture);
    ck_assert_uint_eq(fixture->admin_done, 1);
}
END_TEST

TCase *lq_test_admin_execution(void);
TCase *lq_test_admin_execution(void)
{
    TCase *tc = tcase_create("admin_execution");

    tcase_add_checked_fixture(tc, lq_core_case_open, lq_core_case_close);
    tcase_add_loop_test(tc, test_admin_execution_is_one_state, 0,
                        (int)(sizeof kinds / sizeof kinds[0]));
    tcase_add_test(tc, test_admin_execution_failure_is_retried_then_told);
    tcase_add_test(tc, test_admin_execution_refusal_is_told_at_once);
    tcase_add_test(tc, test_admin_execution_creates_wait_for_persist_queries_do_not);
    tcase_add_test(tc, test_admin_execution_pool_is_bounded);
    tcase_add_loop_test(tc, test_admin_execution_death_of_persist, 0, 2);
    tcase_add_test(tc, test_admin_execution_resolved_with_its_answer);
    tcase_add_test(tc, test_admin_execution_conflict_is_tried_again);
    tcase_add_test(tc, test_admin_execution_crash_of_load);
    return tc;
}
