// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* Leases and items that run out of time. */
#include "tests/support/suite.h"
#include "tests/unit/broker/core/core_case.h"

#include <stdio.h>

START_TEST(test_lease_timeout_in_a_batch_makes_a_suspect)
{
    lq_core_case_submit_sessions(2);
    struct lq_fixture_batch *batch = lq_core_fixture_bring_to(fixture, LQ_PHYSICS);
    uint64_t slow = batch->items[0].counter;
    lq_core_fixture_verdict(fixture, batch, 0, LQ_ITEM_FAILED, "States.Timeout", 0);
    lq_core_fixture_verdict(fixture, batch, 1, LQ_ITEM_RETURNED, NULL, 0);
    lq_core_fixture_end_batch(fixture, batch);
    ck_assert_uint_eq(lq_core_fixture_status(fixture)->retries, 0);
    lq_core_fixture_turn(fixture);
    batch = lq_core_fixture_batch_at(fixture, LQ_PHYSICS);
    while (batch->items[0].counter != slow) {
        batch++;
    }
    ck_assert_uint_eq(batch->count, 1);
    lq_core_fixture_verdict(fixture, batch, 0, LQ_ITEM_FAILED, "States.Timeout", 0);
    lq_core_fixture_end_batch(fixture, batch);
    ck_assert_uint_eq(lq_core_fixture_status(fixture)->retries, 1);
    lq_core_fixture_pass_ms(fixture, 5);
    lq_core_case_expect_all_committed(2);
}
END_TEST

static void let_leases_run_out(void)
{
    for (uint32_t step = 0; step < 45; step++) {
        lq_core_fixture_pass_ms(fixture, 100);
        for (uint32_t peer = 1; peer <= 4; peer++) {
            lq_core_fixture_heard(fixture, peer);
        }
    }
}

/* The last resort: an actor that lives but never answers. Together uncharged, alone charged. */
START_TEST(test_lease_runs_out)
{
    lq_core_case_submit_sessions(2);
    struct lq_fixture_batch *batch = lq_core_fixture_bring_to(fixture, LQ_PHYSICS);
    ck_assert_uint_eq(batch->count, 2);
    let_leases_run_out();
    batch->used = false;
    ck_assert_uint_eq(lq_core_fixture_status(fixture)->retries, 0);
    ck_assert_uint_eq(lq_core_fixture_status(fixture)->stages[LQ_PHYSICS].in_flight, 1); /* alone */
    let_leases_run_out();
    ck_assert_uint_eq(lq_core_fixture_status(fixture)->retries, 1);
}
END_TEST

START_TEST(test_lease_of_a_paused_actor_is_nobodys_fault)
{
    lq_core_case_submit_sessions(1);
    struct lq_fixture_batch *batch = lq_core_fixture_bring_to(fixture, LQ_PHYSICS);
    let_leases_run_out(); /* now it is a suspect, and alone */
    batch->used = false;
    lq_core_fixture_pause(fixture, 2, "swapping");
    let_leases_run_out();
    ck_assert_uint_eq(lq_core_fixture_status(fixture)->retries, 0);
    fixture->batches[0].used = false;
    lq_core_fixture_pause(fixture, 2, NULL);
    lq_core_case_expect_all_committed(1);
}
END_TEST

/* What a batch's end leaves unanswered is treated as a lease that ran out. */
START_TEST(test_lease_batch_ends_without_an_answer)
{
    lq_core_case_submit_sessions(3);
    struct lq_fixture_batch *batch = lq_core_fixture_bring_to(fixture, LQ_PHYSICS);
    lq_core_fixture_done(fixture, batch, 0);
    lq_core_fixture_end_batch(fixture, batch);
    lq_core_case_expect_all_committed(3);
    ck_assert_uint_eq(lq_core_fixture_status(fixture)->retries, 0);
}
END_TEST

TCase *lq_test_lease(void);
TCase *lq_test_lease(void)
{
    TCase *tc = tcase_create("lease");

    tcase_add_checked_fixture(tc, lq_core_case_open, lq_core_case_close);
    tcase_add_test(tc, test_lease_timeout_in_a_batch_makes_a_suspect);
    tcase_add_test(tc, test_lease_runs_out);
    tcase_add_test(tc, test_lease_of_a_paused_actor_is_nobodys_fault);
    tcase_add_test(tc, test_lease_batch_ends_without_an_answer);
    return tc;
}
