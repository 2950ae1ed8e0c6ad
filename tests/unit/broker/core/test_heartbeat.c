// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* Messages that are lost, late or out of order: heartbeats tell what an actor holds. */
#include "tests/support/suite.h"
#include "tests/unit/broker/core/core_case.h"

/* A batch at a state; what lay at its actor is gone, as if the message had never come. */
static struct lq_fixture_batch lose_at(uint32_t state)
{
    struct lq_fixture_batch *batch = lq_core_fixture_bring_to(fixture, state);
    struct lq_fixture_batch lost = *batch;

    batch->used = false;
    return lost;
}

static void check_uncharged(uint64_t tag)
{
    lq_core_fixture_settle(fixture);
    ck_assert_uint_eq(lq_core_fixture_answer(fixture, tag)->outcome, LQ_OUTCOME_APPLIED);
    ck_assert_uint_eq(lq_core_fixture_status(fixture)->retries, 0);
    ck_assert_uint_eq(fixture->letter_count, 0);
}

/* It came and is not held, so it was answered; the answer was lost. */
START_TEST(test_heartbeat_a_lost_result_is_made_up_for)
{
    uint64_t tag = lq_core_fixture_submit(fixture, "t", "s", 1, 1);
    struct lq_fixture_batch lost = lose_at(LQ_PHYSICS);

    lq_core_fixture_holding(fixture, lost.peer, lost.number, 0, false);
    lq_core_fixture_turn(fixture);
    const struct lq_fixture_batch *again = lq_core_fixture_batch_at(fixture, LQ_PHYSICS);
    ck_assert_ptr_nonnull(again);
    ck_assert_uint_gt(again->items[0].lease, lost.items[0].lease);
    check_uncharged(tag);
}
END_TEST

/* The answer was late, not lost: its lease is an old one by now. */
START_TEST(test_heartbeat_a_late_result_is_stale)
{
    uint64_t tag = lq_core_fixture_submit(fixture, "t", "s", 1, 1);
    struct lq_fixture_batch lost = lose_at(LQ_PHYSICS);
    struct lq_result_item late = {
        .execution = lost.items[0].counter, .lease = lost.items[0].lease, .verdict = LQ_ITEM_DONE};

    lq_core_fixture_holding(fixture, lost.peer, lost.number, 0, false);
    lq_core_fixture_turn(fixture);
    lq_core_fixture_result(fixture, LQ_ON_RESULT, lost.peer, lost.number, &late, 10);
    ck_assert_uint_eq(lq_core_fixture_status(fixture)->stale_results, 1);
    check_uncharged(tag);
    ck_assert_uint_eq(fixture->ledger.sessions[0].head, 1);
}
END_TEST

/* What has not been seen yet may be on its way: for a second. */
START_TEST(test_heartbeat_a_lost_dispatch_is_made_up_for)
{
    uint64_t tag = lq_core_fixture_submit(fixture, "t", "s", 1, 1);
    struct lq_fixture_batch lost = lose_at(LQ_PHYSICS);

    lq_core_fixture_pass_ms(fixture, 900);
    lq_core_fixture_holding(fixture, lost.peer, lost.number - 1, 0, false);
    lq_core_fixture_turn(fixture);
    ck_assert_ptr_null(lq_core_fixture_batch_at(fixture, LQ_PHYSICS));
    lq_core_fixture_pass_ms(fixture, 100);
    lq_core_fixture_holding(fixture, lost.peer, lost.number - 1, 0, false);
    lq_core_fixture_turn(fixture);
    ck_assert_ptr_nonnull(lq_core_fixture_batch_at(fixture, LQ_PHYSICS));
    check_uncharged(tag);
}
END_TEST

/* An answer that is dropped each time is no loss: after some tries the lease decides, as it does
 * for an actor that tells nothing, and whoever shares the batch is set free. */
START_TEST(test_heartbeat_what_never_comes_through_is_left_to_its_lease)
{
    lq_core_fixture_submit(fixture, "t", "s", 1, 1);
    lq_core_fixture_submit(fixture, "t", "other", 2, 1);
    struct lq_fixture_batch lost = lose_at(LQ_PHYSICS);
    uint32_t times = 0;

    ck_assert_uint_eq(lost.count, 2);
    for (; times < 10; times++) {
        lq_core_fixture_holding(fixture, lost.peer, lost.number, 0, false);
        lq_core_fixture_turn(fixture);
        struct lq_fixture_batch *again = lq_core_fixture_batch_at(fixture, LQ_PHYSICS);
        if (again == NULL) {
            break;
        }
        lost = *again;
        again->used = false;
    }
    ck_assert_uint_eq(times, 3);
    const struct lq_fixture_batch *alone = NULL;
    for (int turn = 0; turn < 60 && alone == NULL; turn++) {
        lq_core_fixture_pass_ms(fixture, 100);
        for (uint32_t peer = 1; peer <= 4; peer++) {
            lq_core_fixture_heard(fixture, peer);
        }
        lq_core_fixture_holding(fixture, lost.peer, lost.number, 0, false);
        alone = lq_core_fixture_batch_at(fixture, LQ_PHYSICS);
    }
    ck_assert_ptr_nonnull(alone);
    ck_assert_uint_eq(alone->count, 1);
}
END_TEST

/* The broker stood still meanwhile: the actor is not to blame for having heard nothing. */
START_TEST(test_heartbeat_a_stall_is_not_the_way)
{
    lq_core_fixture_submit(fixture, "t", "s", 1, 1);
    struct lq_fixture_batch lost = lose_at(LQ_PHYSICS);
    struct lq_broker_event stall = {.kind = LQ_ON_STALL, .stall = {UINT64_C(10000000000)}};

    fixture->now_ns += UINT64_C(10000000000);
    lq_core_fixture_step(fixture, &stall);
    lq_core_fixture_holding(fixture, lost.peer, lost.number - 1, 0, false);
    lq_core_fixture_turn(fixture);
    ck_assert_ptr_null(lq_core_fixture_batch_at(fixture, LQ_PHYSICS));
}
END_TEST

START_TEST(test_heartbeat_what_is_held_stays)
{
    uint64_t tag = lq_core_fixture_submit(fixture, "t", "s", 1, 1);
    struct lq_fixture_batch *batch = lq_core_fixture_bring_to(fixture, LQ_PHYSICS);
    uint32_t dispatches = fixture->dispatches;

    for (uint32_t beat = 0; beat < 10; beat++) {
        lq_core_fixture_heard(fixture, batch->peer);
        lq_core_fixture_holding(fixture, batch->peer, batch->number, batch->number, false);
        lq_core_fixture_pass_ms(fixture, 250);
    }
    ck_assert_uint_eq(fixture->dispatches, dispatches);
    check_uncharged(tag);
}
END_TEST

/* At persist it is not known what became of it. */
START_TEST(test_heartbeat_at_persist_it_is_a_doubt)
{
    static struct lq_outcome_entry outcomes[LQ_COMMANDS_PER_TICK_MAX];
    uint64_t tag = lq_core_fixture_submit(fixture, "t", "s", 1, 1);
    struct lq_fixture_batch lost = lose_at(LQ_PERSIST);

    lq_core_fixture_commit(fixture, &lost.items[0], outcomes);
    lq_core_fixture_holding(fixture, lost.peer, lost.number, 0, false);
    lq_core_fixture_turn(fixture);
    ck_assert_uint_eq(fixture->resolve_count, 1);
    ck_assert_uint_eq(fixture->resolves[0].lease, lost.items[0].lease);
    ck_assert_uint_eq(fixture->resolves[0].fence, lost.number);
    /* The question or its answer may be lost as well. */
    lq_core_fixture_pass_ms(fixture, 1000);
    ck_assert_uint_eq(fixture->resolve_count, 2);
    lq_core_fixture_resolved(fixture, &fixture->resolves[1]);
    check_uncharged(tag);
    ck_assert_uint_eq(fixture->ledger.sessions[0].head, 1);
}
END_TEST

/* NOT_COMMITTED answers the doubt it was asked for, not a later one of the same execution. */
START_TEST(test_heartbeat_an_old_answer_ends_no_new_doubt)
{
    uint64_t tag = lq_core_fixture_submit(fixture, "t", "s", 1, 1);
    struct lq_fixture_batch lost = lose_at(LQ_PERSIST);

    lq_core_fixture_holding(fixture, lost.peer, lost.number, 0, false);
    lq_core_fixture_turn(fixture);
    lq_core_fixture_resolved(fixture, &fixture->resolves[0]);
    lost = lose_at(LQ_PERSIST);
    lq_core_fixture_holding(fixture, lost.peer, lost.number, 0, false);
    lq_core_fixture_turn(fixture);
    ck_assert_uint_eq(fixture->resolve_count, 2);
    uint64_t stale = lq_core_fixture_status(fixture)->stale_results;
    lq_core_fixture_resolved(fixture, &fixture->resolves[0]);
    ck_assert_uint_eq(lq_core_fixture_status(fixture)->stale_results, stale + 1);
    ck_assert_ptr_null(lq_core_fixture_batch_at(fixture, LQ_PERSIST));
    lq_core_fixture_resolved(fixture, &fixture->resolves[1]);
    check_uncharged(tag);
}
END_TEST

/* A PAUSED that was lost, either one. */
START_TEST(test_heartbeat_a_lost_pause_is_made_up_for)
{
    lq_core_fixture_holding(fixture, 2, 0, 0, true);
    uint64_t tag = lq_core_fixture_submit(fixture, "t", "s", 1, 1);
    lq_core_fixture_settle(fixture);
    ck_assert_ptr_null(lq_core_fixture_batch_at(fixture, LQ_PHYSICS));
    ck_assert_ptr_null(lq_core_fixture_answer(fixture, tag));
    lq_core_fixture_holding(fixture, 2, 0, 0, false);
    check_uncharged(tag);
}
END_TEST

/* A paused writer retires: nothing is refused because of it any more, and it is not asked. */
START_TEST(test_heartbeat_a_lost_retiring_is_made_up_for)
{
    uint64_t tag = lq_core_fixture_submit(fixture, "t", "s", 1, 1);
    struct lq_fixture_batch lost = lose_at(LQ_PERSIST);

    lq_core_fixture_pause(fixture, lost.peer, "disk full");
    uint64_t refused = lq_core_fixture_submit(fixture, "t", "a", 1, 1);
    ck_assert_uint_eq(lq_core_fixture_answer(fixture, refused)->outcome, LQ_OUTCOME_UNUSED);
    lq_core_fixture_holding_all(fixture, lost.peer, true, true);
    uint64_t waits = lq_core_fixture_submit(fixture, "t", "b", 1, 1);
    ck_assert_ptr_null(lq_core_fixture_answer(fixture, waits));
    lq_core_fixture_turn(fixture);
    ck_assert_uint_eq(fixture->resolve_count, 0); /* in doubt, and its writer is on its way out */
    lq_core_fixture_holding_all(fixture, lost.peer, false, false);
    lq_core_fixture_turn(fixture);
    ck_assert_uint_eq(fixture->resolve_count, 1);
    lq_core_fixture_resolved(fixture, &fixture->resolves[0]);
    check_uncharged(tag);
    ck_assert_uint_eq(lq_core_fixture_answer(fixture, waits)->outcome, LQ_OUTCOME_APPLIED);
}
END_TEST

/* Whoever is not known as an actor holds nothing of ours. */
START_TEST(test_heartbeat_of_a_stranger_changes_nothing)
{
    lq_core_fixture_submit(fixture, "t", "s", 1, 1);
    struct lq_fixture_batch *batch = lq_core_fixture_bring_to(fixture, LQ_PHYSICS);
    uint32_t dispatches = fixture->dispatches;

    lq_core_fixture_holding(fixture, 77, batch->number, 0, true);
    lq_core_fixture_turn(fixture);
    ck_assert_uint_eq(fixture->dispatches, dispatches);
}
END_TEST

TCase *lq_test_heartbeat(void);
TCase *lq_test_heartbeat(void)
{
    TCase *tc = tcase_create("heartbeat");

    tcase_add_checked_fixture(tc, lq_core_case_open, lq_core_case_close);
    tcase_add_test(tc, test_heartbeat_a_lost_result_is_made_up_for);
    tcase_add_test(tc, test_heartbeat_a_late_result_is_stale);
    tcase_add_test(tc, test_heartbeat_a_lost_dispatch_is_made_up_for);
    tcase_add_test(tc, test_heartbeat_what_never_comes_through_is_left_to_its_lease);
    tcase_add_test(tc, test_heartbeat_a_stall_is_not_the_way);
    tcase_add_test(tc, test_heartbeat_what_is_held_stays);
    tcase_add_test(tc, test_heartbeat_at_persist_it_is_a_doubt);
    tcase_add_test(tc, test_heartbeat_an_old_answer_ends_no_new_doubt);
    tcase_add_test(tc, test_heartbeat_a_lost_pause_is_made_up_for);
    tcase_add_test(tc, test_heartbeat_a_lost_retiring_is_made_up_for);
    tcase_add_test(tc, test_heartbeat_of_a_stranger_changes_nothing);
    return tc;
}
