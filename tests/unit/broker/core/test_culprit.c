// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* Which command of a batch died: bisecting. */
#include "tests/support/suite.h"
#include "tests/unit/broker/core/core_case.h"

static const uint64_t poisons[] = {1, 2, 31, 32, 33, 63, 64};

/* 63 of 64 pass, once and in order; one dies. */
START_TEST(test_culprit_bisect_finds_the_one)
{
    uint64_t tags[65];

    for (uint64_t sequence = 1; sequence <= 64; sequence++) {
        tags[sequence] = lq_core_fixture_submit(fixture, "t", "s", 1, sequence);
    }
    lq_core_fixture_settle_with_poison(fixture, poisons[_i], true);
    ck_assert_uint_eq(fixture->letter_count, 1);
    ck_assert_uint_eq(fixture->letters[0].command.sequence, poisons[_i]);
    ck_assert_uint_eq(fixture->ledger.entry_count, 63);
    uint64_t expected = 0;
    for (uint32_t index = 0; index < 63; index++) {
        expected += expected + 1 == poisons[_i] ? 2 : 1;
        ck_assert_uint_eq(fixture->ledger.entries[index].sequence, expected);
    }
    for (uint64_t sequence = 1; sequence <= 64; sequence++) {
        ck_assert_uint_eq(lq_core_fixture_answer(fixture, tags[sequence])->outcome,
                          sequence == poisons[_i] ? LQ_OUTCOME_DEAD_LETTERED : LQ_OUTCOME_APPLIED);
    }
    ck_assert_uint_eq(lq_core_fixture_status(fixture)->sessions_parked, 0);
}
END_TEST

/* The bisected tick of a grid makes one step, not one for each part. */
START_TEST(test_culprit_bisect_steps_once)
{
    lq_core_fixture_live(fixture, "t", "s", 1, 1);
    for (uint64_t sequence = 1; sequence <= 16; sequence++) {
        lq_core_fixture_submit(fixture, "t", "s", 1, sequence);
    }
    fixture->now_ns = lq_broker_core_next_wakeup_ns(fixture->core);
    lq_core_fixture_settle_with_poison(fixture, 16, true);
    ck_assert_uint_eq(fixture->ledger.entry_count, 15);
    ck_assert_uint_eq(fixture->ledger.sessions[0].steps, 1);
}
END_TEST

/* What comes later does not overtake what is being bisected. */
START_TEST(test_culprit_bisect_keeps_the_order_of_later_commands)
{
    for (uint64_t sequence = 1; sequence <= 8; sequence++) {
        lq_core_fixture_submit(fixture, "t", "s", 1, sequence);
    }
    struct lq_fixture_batch *batch = lq_core_fixture_bring_to(fixture, LQ_PHYSICS);
    for (uint64_t sequence = 9; sequence <= 12; sequence++) {
        lq_core_fixture_submit(fixture, "t", "s", 1, sequence);
    }
    lq_core_fixture_verdict(fixture, batch, 0, LQ_ITEM_FAILED, "Poison", 0);
    lq_core_fixture_end_batch(fixture, batch);
    lq_core_fixture_settle_with_poison(fixture, 3, true);
    ck_assert_uint_eq(fixture->ledger.entry_count, 11);
    for (uint32_t index = 1; index < 11; index++) {
        ck_assert_uint_gt(fixture->ledger.entries[index].sequence,
                          fixture->ledger.entries[index - 1].sequence);
    }
}
END_TEST

TCase *lq_test_culprit(void);
TCase *lq_test_culprit(void)
{
    TCase *tc = tcase_create("culprit");

    tcase_add_checked_fixture(tc, lq_core_case_open_without_retries, lq_core_case_close);
    tcase_add_loop_test(tc, test_culprit_bisect_finds_the_one, 0,
                        (int)(sizeof poisons / sizeof poisons[0]));
    tcase_add_test(tc, test_culprit_bisect_steps_once);
    tcase_add_test(tc, test_culprit_bisect_keeps_the_order_of_later_commands);
    return tc;
}
