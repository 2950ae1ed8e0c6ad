// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* What a flow pays, gets and owes, in the queue of load. Weight 1 gets 100 us a round. */
#include "broker/core/flow.h"

#include "base/clock.h"
#include "tests/support/suite.h"
#include "tests/unit/broker/core/flow_case.h"

enum { US = 1000, MS = 1000000 };

START_TEST(test_flow_pays_when_its_task_is_dispatched)
{
    lq_flow_case_teach(500);
    lq_flow_case_submit("a", 1, 1);
    lq_core_fixture_turn(fixture);
    ck_assert_int_eq(lq_flow_case_balance_ns("a", LQ_LOAD), -400 * US);
}
END_TEST

/* What the item really took, and what the flow owes then. */
static const struct {
    const char *name;
    uint32_t took_us;
    int64_t balance_ns;
} answers[] = {
    {"as much as was paid", 500, -400 * US},
    {"more", 700, -600 * US},
    {"less", 450, -350 * US},
    {"so much less that it would save up", 50, 0},
    {"two leases and more: nobody worked so long", 5000000, -1700 * MS},
};

START_TEST(test_flow_pays_the_difference_at_the_answer)
{
    lq_flow_case_teach(500);
    lq_flow_case_submit("a", 1, 1);
    struct lq_fixture_batch *batch = lq_core_fixture_bring_to(fixture, LQ_LOAD);
    fixture->service_us = answers[_i].took_us;
    lq_core_fixture_done(fixture, batch, 0);
    int64_t expected_ns = _i < 4 ? answers[_i].balance_ns : 100 * US - 1800 * (int64_t)MS;
    ck_assert_msg(lq_flow_case_balance_ns("a", LQ_LOAD) == expected_ns, "%s: %lld",
                  answers[_i].name, (long long)lq_flow_case_balance_ns("a", LQ_LOAD));
}
END_TEST

START_TEST(test_flow_gets_back_what_was_not_worked_on)
{
    lq_flow_case_teach(500);
    lq_flow_case_submit("a", 8, 1);
    struct lq_fixture_batch *batch = lq_core_fixture_bring_to(fixture, LQ_LOAD);
    ck_assert_uint_eq(batch->count, 6);
    int64_t before_ns = lq_flow_case_balance_ns("a", LQ_LOAD);
    fixture->service_us = 0;
    lq_core_fixture_verdict(fixture, batch, 0, LQ_ITEM_RETURNED, NULL, 0);
    lq_core_fixture_verdict(fixture, batch, 1, LQ_ITEM_RETURNED, NULL, 0);
    ck_assert_int_eq(lq_flow_case_balance_ns("a", LQ_LOAD), before_ns + 1000 * US);
}
END_TEST

/* Also more than a quantum: whoever's costs vary would lose by each bound to that. */
START_TEST(test_flow_gets_back_more_than_a_quantum)
{
    lq_flow_case_teach(500);
    lq_flow_case_submit("a", 20, 1);
    struct lq_fixture_batch *batch = lq_core_fixture_bring_to(fixture, LQ_LOAD);
    fixture->service_us = 1;
    int64_t before_ns = lq_flow_case_balance_ns("a", LQ_LOAD);
    for (uint32_t index = 0; index < batch->count; index++) {
        lq_core_fixture_done(fixture, batch, index);
    }
    ck_assert_int_eq(lq_flow_case_balance_ns("a", LQ_LOAD), before_ns + 6 * 499 * US);
    ck_assert_int_gt(lq_flow_case_balance_ns("a", LQ_LOAD), LQ_FLOW_QUANTUM_NS);
}
END_TEST

START_TEST(test_flow_is_remembered_for_a_second_by_its_debt)
{
    lq_flow_case_teach(500);
    lq_flow_case_submit("a", 1, 1);
    lq_core_fixture_settle(fixture);
    lq_core_fixture_pass_ms(fixture, 999);
    ck_assert_int_eq(lq_flow_case_balance_ns("a", LQ_LOAD), -400 * US);
    lq_core_fixture_pass_ms(fixture, 1);
    ck_assert_ptr_null(lq_flow_case_flow("a", LQ_LOAD));
}
END_TEST

/* It pauses and comes back: the other one's turns pay for its debt first. */
START_TEST(test_flow_does_not_lose_its_debt_by_a_pause)
{
    lq_flow_case_teach(100);
    lq_flow_case_submit("a", 1, 1);
    struct lq_fixture_batch *batch = lq_core_fixture_bring_to(fixture, LQ_LOAD);
    fixture->service_us = 5000; /* 49 rounds too much; a task is taken for 712 us from now on */
    lq_core_fixture_done(fixture, batch, 0);
    lq_core_fixture_end_batch(fixture, batch);
    fixture->service_us = 100;
    lq_core_fixture_settle(fixture);
    lq_core_fixture_pass_ms(fixture, 500);
    lq_flow_case_submit("a", 2, 2);
    lq_flow_case_submit("b", 20, 1);
    lq_core_fixture_turn(fixture);
    ck_assert_uint_ge(lq_flow_case_items_at(LQ_LOAD, "b"), 4);
    ck_assert_uint_eq(lq_flow_case_items_at(LQ_LOAD, "a"), 0);
}
END_TEST

/* As many flows as executions: who is in debt longest is forgotten early. */
START_TEST(test_flow_of_the_oldest_debtor_is_used_again)
{
    struct lq_broker_core_config config = lq_core_fixture_config();
    static const char *const tenants[] = {"a", "b", "c", "d", "e"};

    config.executions_max = 16; /* of four queues each */
    lq_core_case_reopen(&config);
    lq_flow_case_teach(500);
    for (uint32_t index = 0; index < 4; index++) {
        lq_flow_case_submit(tenants[index], 1, 1);
        lq_core_fixture_settle(fixture);
        lq_core_fixture_pass_ms(fixture, 1);
    }
    ck_assert_ptr_nonnull(lq_flow_case_flow("a", LQ_LOAD));
    lq_flow_case_submit("e", 1, 1);
    lq_core_fixture_turn(fixture);
    ck_assert_ptr_nonnull(lq_flow_case_flow("e", LQ_LOAD));
    ck_assert_ptr_null(lq_flow_case_flow("a", LQ_LOAD));
    ck_assert_ptr_nonnull(lq_flow_case_flow("b", LQ_LOAD));
    lq_core_case_expect_all_committed(6);
}
END_TEST

/* A timeout alone costs its whole lease, whatever the actor says. */
START_TEST(test_flow_pays_a_lease_for_a_timeout)
{
    lq_flow_case_teach(100);
    lq_flow_case_submit("a", 1, 1);
    struct lq_fixture_batch *batch = lq_core_fixture_bring_to(fixture, LQ_LOAD);
    lq_core_fixture_verdict(fixture, batch, 0, LQ_ITEM_FAILED, "States.Timeout", 0);
    ck_assert_int_eq(lq_flow_case_balance_ns("a", LQ_LOAD), 100 * US - 900 * MS);
}
END_TEST

/* It dies while it is alone: a lease, and its tenant's tasks there go apart for ten seconds. */
START_TEST(test_flow_that_ended_an_actor_is_distrusted)
{
    lq_flow_case_submit("a", 2, 1);
    struct lq_fixture_batch *batch = lq_core_fixture_bring_to(fixture, LQ_PHYSICS);
    uint64_t suspect = batch->items[0].counter;
    lq_core_fixture_die(fixture, 2);
    lq_core_fixture_ready(fixture, 12, "physics-1", LQ_PHYSICS, suspect);
    lq_core_fixture_turn(fixture);
    ck_assert_int_eq(lq_flow_case_balance_ns("a", LQ_PHYSICS) <= -900 * MS, false);
    lq_core_fixture_die(fixture, 12);
    lq_core_fixture_ready(fixture, 22, "physics-1", LQ_PHYSICS, suspect);
    ck_assert_int_le(lq_flow_case_balance_ns("a", LQ_PHYSICS), -800 * MS);
    const struct lq_core_flow *flow = lq_flow_case_flow("a", LQ_PHYSICS);
    ck_assert(lq_flow_is_apart((struct lq_broker_core *)fixture->core, flow));
    lq_core_fixture_settle(fixture);
    for (uint32_t count = 0; count < 5; count++) {
        static const uint32_t peers[] = {1, 22, 3, 4};
        for (uint32_t index = 0; index < 4; index++) {
            lq_core_fixture_heard(fixture, peers[index]);
        }
        lq_core_fixture_pass_ms(fixture, 2000);
    }
    lq_core_fixture_settle(fixture);
    lq_flow_case_submit("a", 1, 2);
    lq_core_fixture_bring_to(fixture, LQ_PHYSICS);
    flow = lq_flow_case_flow("a", LQ_PHYSICS);
    ck_assert(!lq_flow_is_apart((struct lq_broker_core *)fixture->core, flow));
}
END_TEST

/* With more actors more can be in flight when it turns out dear: none of it is forgiven. */
START_TEST(test_flow_owes_more_where_more_actors_are)
{
    lq_flow_case_teach(100);
    lq_core_fixture_ready(fixture, 11, "load-2", LQ_LOAD, 0);
    lq_flow_case_submit("a", 30, 1);
    lq_core_fixture_turn(fixture);
    fixture->service_us = 800000;
    struct lq_fixture_batch *batch = lq_core_fixture_batch_at(fixture, LQ_LOAD);
    for (uint32_t index = 0; index < 3; index++) {
        lq_core_fixture_done(fixture, batch, index);
    }
    ck_assert_int_le(lq_flow_case_balance_ns("a", LQ_LOAD), -2399 * (int64_t)MS);
    lq_core_fixture_serve(fixture, LQ_LOAD);
    ck_assert_int_eq(lq_flow_case_balance_ns("a", LQ_LOAD), -6 * 900 * (int64_t)MS);
}
END_TEST

TCase *lq_test_flow(void);
TCase *lq_test_flow(void)
{
    TCase *tc = tcase_create("flow");

    tcase_add_checked_fixture(tc, lq_core_case_open, lq_core_case_close);
    tcase_add_test(tc, test_flow_pays_when_its_task_is_dispatched);
    tcase_add_loop_test(tc, test_flow_pays_the_difference_at_the_answer, 0,
                        (int)(sizeof answers / sizeof answers[0]));
    tcase_add_test(tc, test_flow_gets_back_what_was_not_worked_on);
    tcase_add_test(tc, test_flow_gets_back_more_than_a_quantum);
    tcase_add_test(tc, test_flow_is_remembered_for_a_second_by_its_debt);
    tcase_add_test(tc, test_flow_does_not_lose_its_debt_by_a_pause);
    tcase_add_test(tc, test_flow_of_the_oldest_debtor_is_used_again);
    tcase_add_test(tc, test_flow_pays_a_lease_for_a_timeout);
    tcase_add_test(tc, test_flow_that_ended_an_actor_is_distrusted);
    tcase_add_test(tc, test_flow_owes_more_where_more_actors_are);
    return tc;
}
