// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* The time that the broker stood still is nobody's. */
#include "base/clock.h"
#include "tests/support/suite.h"
#include "tests/unit/broker/core/core_case.h"

START_TEST(test_stall_moves_leases_not_the_grid)
{
    struct lq_broker_event stall = {.kind = LQ_ON_STALL, .stall = {20 * LQ_NS_PER_S}};
    uint64_t due_ns;

    lq_core_fixture_live(fixture, "t", "s", 1, 1);
    lq_core_fixture_pass_ms(fixture, 1000);
    ck_assert_ptr_nonnull(lq_core_fixture_batch_at(fixture, LQ_LOAD));
    fixture->now_ns += 20 * LQ_NS_PER_S;
    lq_core_fixture_step(fixture, &stall);
    lq_core_fixture_turn(fixture);
    ck_assert_uint_eq(fixture->kills, 0); /* nobody was silent, no lease ran out */
    lq_core_fixture_settle(fixture);
    ck_assert_uint_eq(fixture->publish_count, 2);
    due_ns = fixture->publishes[1].due_ns;
    ck_assert_uint_eq((due_ns - fixture->publishes[0].due_ns) % LQ_NS_PER_S, 0);
    ck_assert_uint_ge(fixture->ledger.sessions[0].missed, 18);
}
END_TEST

/* The time that the broker stood still is nobody's: it does not use up the tick's own time. */
START_TEST(test_stall_is_not_charged)
{
    struct lq_broker_event stall = {.kind = LQ_ON_STALL, .stall = {20 * LQ_NS_PER_S}};

    lq_core_fixture_submit(fixture, "t", "s", 1, 1);
    struct lq_fixture_batch *batch = lq_core_fixture_bring_to(fixture, LQ_PHYSICS);
    fixture->now_ns += 20 * LQ_NS_PER_S;
    lq_core_fixture_step(fixture, &stall);
    lq_core_fixture_verdict(fixture, batch, 0, LQ_ITEM_FAILED, "Physics.Odd", 0);
    lq_core_fixture_end_batch(fixture, batch);
    ck_assert_uint_eq(fixture->letter_count, 0);
    ck_assert_uint_eq(lq_core_fixture_status(fixture)->retries, 1);
}
END_TEST

TCase *lq_test_stall(void);
TCase *lq_test_stall(void)
{
    TCase *tc = tcase_create("stall");

    tcase_add_checked_fixture(tc, lq_core_case_open, lq_core_case_close);
    tcase_add_test(tc, test_stall_moves_leases_not_the_grid);
    tcase_add_test(tc, test_stall_is_not_charged);
    return tc;
}
