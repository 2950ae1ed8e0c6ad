// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* persist: never guess. LEASED -> DOUBT -> RESOLVE -> closed, or QUEUED again. */
#include "base/clock.h"
#include "tests/support/suite.h"
#include "tests/unit/broker/core/core_case.h"

#include <stdio.h>

static struct lq_outcome_entry outcomes[LQ_COMMANDS_PER_TICK_MAX];

/* A command's execution lies at persist; the writer dies there, having committed or not. */
static uint64_t die_at_persist(bool committed)
{
    uint64_t tag = lq_core_fixture_submit(fixture, "t", "s", 1, 1);
    struct lq_fixture_batch *batch = lq_core_fixture_bring_to(fixture, LQ_PERSIST);

    if (committed) {
        ck_assert_int_eq(lq_core_fixture_commit(fixture, &batch->items[0], outcomes), LQ_ITEM_DONE);
    }
    lq_core_fixture_die(fixture, batch->peer);
    lq_core_fixture_turn(fixture);
    ck_assert_uint_eq(lq_core_fixture_status(fixture)->executions_open, 1);
    return tag;
}

START_TEST(test_doubt_is_resolved_as_committed)
{
    uint64_t tag = die_at_persist(true);

    ck_assert_uint_eq(fixture->resolve_count, 0); /* there is no writer to ask */
    lq_core_fixture_ready(fixture, 14, "persist-1", LQ_PERSIST, 0);
    lq_core_fixture_turn(fixture);
    ck_assert_uint_eq(fixture->resolve_count, 1);
    ck_assert_uint_eq(fixture->resolves[0].peer, 14);
    ck_assert_uint_eq(fixture->resolves[0].frame, 1);
    lq_core_fixture_turn(fixture);
    ck_assert_uint_eq(fixture->resolve_count, 1); /* asked once */
    ck_assert_ptr_null(lq_core_fixture_answer(fixture, tag));
    lq_core_fixture_resolved(fixture, &fixture->resolves[0]);
    ck_assert_uint_eq(lq_core_fixture_answer(fixture, tag)->outcome, LQ_OUTCOME_APPLIED);
    ck_assert_uint_eq(lq_core_fixture_answer(fixture, tag)->frame, 1);
    ck_assert_uint_eq(lq_core_fixture_status(fixture)->sessions_resident, 0);
}
END_TEST

START_TEST(test_doubt_is_resolved_as_not_committed)
{
    uint64_t tag = die_at_persist(false);

    lq_core_fixture_ready(fixture, 14, "persist-1", LQ_PERSIST, 0);
    lq_core_fixture_turn(fixture);
    lq_core_fixture_resolved(fixture, &fixture->resolves[0]);
    ck_assert_ptr_null(lq_core_fixture_answer(fixture, tag));
    lq_core_fixture_settle(fixture);
    ck_assert_uint_eq(lq_core_fixture_answer(fixture, tag)->outcome, LQ_OUTCOME_APPLIED);
    ck_assert_uint_eq(lq_core_fixture_status(fixture)->retries, 0);
    ck_assert_uint_eq(fixture->ledger.sessions[0].head, 1);
}
END_TEST

/* While in doubt the session stays closed, however long it takes. */
START_TEST(test_doubt_keeps_the_session_closed)
{
    die_at_persist(false);
    uint64_t next = lq_core_fixture_submit(fixture, "t", "s", 1, 2);
    uint32_t dispatches = fixture->dispatches;
    for (uint32_t step = 0; step < 600; step++) {
        for (uint32_t peer = 1; peer <= 3; peer++) {
            lq_core_fixture_heard(fixture, peer);
        }
        lq_core_fixture_pass_ms(fixture, 100);
    }
    ck_assert_uint_eq(fixture->dispatches, dispatches);
    ck_assert_uint_eq(fixture->letter_count, 0); /* and is never dead-lettered by time */
    lq_core_fixture_ready(fixture, 14, "persist-1", LQ_PERSIST, 0);
    lq_core_fixture_turn(fixture);
    lq_core_fixture_resolved(fixture, &fixture->resolves[0]);
    lq_core_fixture_settle(fixture);
    ck_assert_uint_eq(lq_core_fixture_answer(fixture, next)->frame, 2);
}
END_TEST

enum { NOT_ASKED = 1, STRANGER, OTHER_STAGE, TWICE, LEASED, UNKNOWN };

static const struct {
    const char *name;
    int kind;
} forbidden[] = {
    {"an answer that was not asked for", NOT_ASKED},
    {"an answer of somebody who is no actor", STRANGER},
    {"an answer of another stage", OTHER_STAGE},
    {"an answer twice", TWICE},
    {"an answer about what is not in doubt", LEASED},
    {"an answer about what never was", UNKNOWN},
};

START_TEST(test_doubt_answers_that_must_not_count)
{
    uint64_t tag = die_at_persist(false);
    struct lq_result_item item = {
        .execution = UINT64_C(1) << 16 | 1, .lease = 4, .verdict = LQ_ITEM_DONE, .frame = 1};
    uint32_t peer = 14;

    if (forbidden[_i].kind != NOT_ASKED) {
        lq_core_fixture_ready(fixture, 14, "persist-1", LQ_PERSIST, 0);
        lq_core_fixture_turn(fixture);
        ck_assert_uint_eq(fixture->resolves[0].counter, item.execution);
        ck_assert_uint_eq(fixture->resolves[0].lease, item.lease);
    }
    if (forbidden[_i].kind == STRANGER || forbidden[_i].kind == OTHER_STAGE) {
        peer = forbidden[_i].kind == STRANGER ? 4 : 2; /* 4 was the dead writer's connection */
    } else if (forbidden[_i].kind == TWICE || forbidden[_i].kind == LEASED) {
        lq_core_fixture_resolved(fixture, &fixture->resolves[0]);
        if (forbidden[_i].kind == LEASED) {
            lq_core_fixture_turn(fixture);
        }
    } else if (forbidden[_i].kind == UNKNOWN) {
        item.execution += 65536;
    } else {
        lq_core_fixture_ready(fixture, 14, "persist-1", LQ_PERSIST, 0);
    }
    lq_core_fixture_result(fixture, LQ_ON_RESOLVED, peer, 0, &item, 30);
    ck_assert_msg(lq_core_fixture_status(fixture)->stale_results == 1, "%s", forbidden[_i].name);
    ck_assert_ptr_null(lq_core_fixture_answer(fixture, tag));
    lq_core_fixture_turn(fixture);
    if (fixture->resolve_count > 0 && forbidden[_i].kind != TWICE && forbidden[_i].kind != LEASED) {
        lq_core_fixture_resolved(fixture, &fixture->resolves[0]);
    }
    lq_core_fixture_settle(fixture);
    ck_assert_uint_eq(lq_core_fixture_answer(fixture, tag)->outcome, LQ_OUTCOME_APPLIED);
    ck_assert_uint_eq(fixture->ledger.entry_count, 1);
}
END_TEST

/* The result of before the death comes out of the dead writer's queue: it is in doubt and stays so.
 */
START_TEST(test_doubt_late_result_does_not_end_it)
{
    uint64_t tag = lq_core_fixture_submit(fixture, "t", "s", 1, 1);
    struct lq_fixture_batch *batch = lq_core_fixture_bring_to(fixture, LQ_PERSIST);
    struct lq_fixture_batch copy = *batch;
    lq_core_fixture_die(fixture, 4);
    lq_core_fixture_done(fixture, &copy, 0);
    ck_assert_uint_eq(lq_core_fixture_status(fixture)->stale_results, 1);
    ck_assert_ptr_null(lq_core_fixture_answer(fixture, tag));
    lq_core_fixture_ready(fixture, 14, "persist-1", LQ_PERSIST, 0);
    lq_core_fixture_turn(fixture);
    lq_core_fixture_resolved(fixture, &fixture->resolves[0]);
    ck_assert_uint_eq(lq_core_fixture_answer(fixture, tag)->outcome, LQ_OUTCOME_APPLIED);
    ck_assert_uint_eq(fixture->ledger.entry_count, 1);
}
END_TEST

START_TEST(test_doubt_next_writer_is_asked_again)
{
    uint64_t tag = die_at_persist(true);

    for (uint32_t peer = 14; peer < 18; peer++) {
        lq_core_fixture_ready(fixture, peer, "persist-1", LQ_PERSIST, 0);
        lq_core_fixture_turn(fixture);
        ck_assert_uint_eq(fixture->resolve_count, peer - 13);
        if (peer < 17) {
            lq_core_fixture_die(fixture, peer);
        }
    }
    lq_core_fixture_resolved(fixture, &fixture->resolves[0]); /* of a writer long dead */
    ck_assert_ptr_null(lq_core_fixture_answer(fixture, tag));
    lq_core_fixture_resolved(fixture, &fixture->resolves[3]);
    ck_assert_uint_eq(lq_core_fixture_answer(fixture, tag)->frame, 1);
}
END_TEST

START_TEST(test_doubt_silent_writer_is_asked_again)
{
    die_at_persist(true);
    lq_core_fixture_ready(fixture, 14, "persist-1", LQ_PERSIST, 0);
    for (uint32_t step = 0; step < 12; step++) {
        for (uint32_t peer = 1; peer <= 14; peer++) {
            lq_core_fixture_heard(fixture, peer);
        }
        lq_core_fixture_pass_ms(fixture, 100);
    }
    ck_assert_uint_eq(fixture->resolve_count, 2);
}
END_TEST

/* A paused writer still answers what it knows; a retiring one is not asked. */
START_TEST(test_doubt_paused_writer_is_asked_a_retiring_one_is_not)
{
    die_at_persist(true);
    lq_core_fixture_ready(fixture, 14, "persist-1", LQ_PERSIST, 0);
    lq_core_fixture_retire(fixture, 14);
    lq_core_fixture_turn(fixture);
    ck_assert_uint_eq(fixture->resolve_count, 0);
    lq_core_fixture_pause(fixture, 14, "disk full");
    lq_core_fixture_turn(fixture);
    ck_assert_uint_eq(fixture->resolve_count, 1);
}
END_TEST

/* A record that says less than what was asked: each command goes through load once more. */
START_TEST(test_doubt_committed_without_outcomes_asks_load)
{
    uint64_t tag = die_at_persist(true);
    struct lq_result_item item = {.verdict = LQ_ITEM_DONE, .frame = 1};

    lq_core_fixture_ready(fixture, 14, "persist-1", LQ_PERSIST, 0);
    lq_core_fixture_turn(fixture);
    item.execution = fixture->resolves[0].counter;
    item.lease = fixture->resolves[0].lease;
    lq_core_fixture_result(fixture, LQ_ON_RESOLVED, 14, 0, &item, 0);
    ck_assert_ptr_null(lq_core_fixture_answer(fixture, tag));
    lq_core_fixture_settle(fixture);
    ck_assert_uint_eq(lq_core_fixture_answer(fixture, tag)->outcome, LQ_OUTCOME_DUPLICATE);
    ck_assert_uint_eq(lq_core_fixture_answer(fixture, tag)->frame, 1);
    ck_assert_uint_eq(fixture->ledger.sessions[0].head, 1);
}
END_TEST

/* persist itself says that an item ran out of time: it may have been committed all the same. */
START_TEST(test_doubt_timeout_at_persist)
{
    uint64_t tag = lq_core_fixture_submit(fixture, "t", "s", 1, 1);
    struct lq_fixture_batch *batch = lq_core_fixture_bring_to(fixture, LQ_PERSIST);
    lq_core_fixture_commit(fixture, &batch->items[0], outcomes);
    for (uint32_t failure = 0; failure < 1; failure++) {
        lq_core_fixture_verdict(fixture, batch, 0, LQ_ITEM_FAILED, "States.Timeout", 0);
    }
    lq_core_fixture_end_batch(fixture, batch);
    ck_assert_uint_eq(lq_core_fixture_status(fixture)->retries, 0);
    lq_core_fixture_turn(fixture);
    ck_assert_uint_eq(fixture->resolve_count, 1);
    lq_core_fixture_resolved(fixture, &fixture->resolves[0]);
    ck_assert_uint_eq(lq_core_fixture_answer(fixture, tag)->outcome, LQ_OUTCOME_APPLIED);
}
END_TEST

START_TEST(test_doubt_lease_at_persist_runs_out)
{
    uint64_t tag = lq_core_fixture_submit(fixture, "t", "s", 1, 1);
    struct lq_fixture_batch *batch = lq_core_fixture_bring_to(fixture, LQ_PERSIST);
    for (uint32_t step = 0; step < 46; step++) {
        for (uint32_t peer = 1; peer <= 4; peer++) {
            lq_core_fixture_heard(fixture, peer);
        }
        lq_core_fixture_pass_ms(fixture, 100);
    }
    ck_assert_uint_eq(fixture->resolve_count, 1);
    ck_assert(batch->items[0].fenced);
    lq_core_fixture_resolved(fixture, &fixture->resolves[0]);
    lq_core_fixture_turn(fixture);
    batch->used = false;
    lq_core_fixture_settle(fixture);
    ck_assert_uint_eq(lq_core_fixture_answer(fixture, tag)->outcome, LQ_OUTCOME_APPLIED);
    ck_assert_uint_eq(fixture->letter_count, 0);
}
END_TEST

/* It kills every writer, alone: charged once it is certain that nothing was committed; then it
 * dies. */
START_TEST(test_doubt_poison_at_persist_dies_in_the_end)
{
    uint64_t tag = lq_core_fixture_submit(fixture, "t", "s", 1, 1);
    uint32_t peer = 4;
    uint32_t crashes = 0;

    while (fixture->letter_count == 0 && crashes < 20) {
        struct lq_fixture_batch *batch = NULL;
        for (uint32_t round = 0; round < 10 && batch == NULL; round++) {
            lq_core_fixture_pass_ms(fixture, 5);
            for (uint32_t state = 0; state < LQ_PERSIST; state++) {
                lq_core_fixture_serve(fixture, state);
            }
            batch = lq_core_fixture_batch_at(fixture, LQ_PERSIST);
        }
        ck_assert_ptr_nonnull(batch);
        uint64_t poison = batch->items[0].counter;
        lq_core_fixture_die(fixture, peer++);
        crashes++;
        ck_assert_uint_eq(fixture->letter_count, 0); /* in doubt: never before it is resolved */
        lq_core_fixture_ready(fixture, peer, "persist-1", LQ_PERSIST, poison);
        lq_core_fixture_turn(fixture);
        ck_assert_uint_eq(fixture->letter_count, 0);
        lq_core_fixture_resolved(fixture, &fixture->resolves[fixture->resolve_count - 1]);
    }
    ck_assert_uint_eq(crashes, 4); /* once in a batch, three tries alone */
    ck_assert_str_eq(lq_core_fixture_last_letter(fixture)->error, "Actor.Crashed");
    lq_core_fixture_store(fixture, 0);
    ck_assert_uint_eq(lq_core_fixture_answer(fixture, tag)->outcome, LQ_OUTCOME_DEAD_LETTERED);
    ck_assert_uint_eq(fixture->ledger.entry_count, 0);
}
END_TEST

/* It was committed although its writer died over it: nothing is charged, nothing dies. */
START_TEST(test_doubt_suspect_that_was_committed_is_a_success)
{
    uint64_t tag = die_at_persist(true);

    lq_core_fixture_ready(fixture, 14, "persist-1", LQ_PERSIST, UINT64_C(1) << 16 | 1);
    lq_core_fixture_turn(fixture);
    lq_core_fixture_resolved(fixture, &fixture->resolves[0]);
    ck_assert_uint_eq(lq_core_fixture_answer(fixture, tag)->outcome, LQ_OUTCOME_APPLIED);
    ck_assert_uint_eq(lq_core_fixture_status(fixture)->retries, 0);
}
END_TEST

/* Another frame was made meanwhile: open again from load, uncharged, in order. */
START_TEST(test_doubt_conflict_opens_again_from_load)
{
    uint64_t tags[3];

    for (uint32_t index = 0; index < 3; index++) {
        tags[index] = lq_core_fixture_submit(fixture, "t", "s", 1, index + 1);
    }
    struct lq_fixture_batch *batch = lq_core_fixture_bring_to(fixture, LQ_PERSIST);
    fixture->ledger.sessions[0].head = 5; /* somebody else's frames */
    lq_core_fixture_submit(fixture, "t", "s", 1, 4);
    lq_core_fixture_done(fixture, batch, 0);
    lq_core_fixture_end_batch(fixture, batch);
    ck_assert_uint_eq(lq_core_fixture_status(fixture)->conflicts, 1);
    lq_core_fixture_settle(fixture);
    for (uint32_t index = 0; index < 3; index++) {
        ck_assert_uint_eq(lq_core_fixture_answer(fixture, tags[index])->frame, 6);
    }
    for (uint32_t index = 0; index < 4; index++) {
        ck_assert_uint_eq(fixture->ledger.entries[index].sequence, index + 1);
    }
    ck_assert_uint_eq(lq_core_fixture_status(fixture)->retries, 0);
}
END_TEST

START_TEST(test_doubt_conflict_keeps_the_grid_tick)
{
    lq_core_fixture_live(fixture, "t", "s", 10, 1);
    fixture->now_ns = lq_broker_core_next_wakeup_ns(fixture->core);
    struct lq_fixture_batch *batch = lq_core_fixture_bring_to(fixture, LQ_PERSIST);
    fixture->ledger.sessions[0].head = 5;
    lq_core_fixture_done(fixture, batch, 0);
    lq_core_fixture_end_batch(fixture, batch);
    lq_core_fixture_settle(fixture);
    ck_assert_uint_eq(fixture->ledger.sessions[0].steps, 1);
    ck_assert_uint_eq(fixture->publishes[0].frame, 6);
    ck_assert_uint_ne(fixture->publishes[0].due_ns, 0);
}
END_TEST

/* Nobody made a frame meanwhile: what load said was changed on the way, and would be again. */
START_TEST(test_doubt_conflict_with_the_head_that_load_saw_is_charged)
{
    uint64_t tag = lq_core_fixture_submit(fixture, "t", "s", 1, 1);

    for (uint32_t tries = 0; tries < 3; tries++) {
        struct lq_fixture_batch *batch = lq_core_fixture_bring_to(fixture, LQ_PERSIST);
        lq_core_fixture_verdict(fixture, batch, 0, LQ_ITEM_CONFLICT, NULL, 0); /* the head is 0 */
        lq_core_fixture_end_batch(fixture, batch);
        lq_core_fixture_pass_ms(fixture, 500);
    }
    ck_assert_uint_eq(fixture->letter_count, 1);
    lq_core_fixture_store(fixture, 0);
    ck_assert_int_eq(lq_core_fixture_answer(fixture, tag)->outcome, LQ_OUTCOME_DEAD_LETTERED);
    ck_assert_str_eq(fixture->letters[0].error, "Payload.Mismatch");
    ck_assert_uint_eq(fixture->ledger.entry_count, 0);
}
END_TEST

/* An error that persist itself named is no doubt. */
START_TEST(test_doubt_named_error_at_persist_is_charged)
{
    lq_core_fixture_submit(fixture, "t", "s", 1, 1);
    struct lq_fixture_batch *batch = lq_core_fixture_bring_to(fixture, LQ_PERSIST);
    lq_core_fixture_verdict(fixture, batch, 0, LQ_ITEM_FAILED, "Store.Corrupt", 0);
    lq_core_fixture_end_batch(fixture, batch);
    ck_assert_uint_eq(lq_core_fixture_status(fixture)->retries, 1);
    ck_assert_uint_eq(fixture->resolve_count, 0);
}
END_TEST

START_TEST(test_doubt_goodbye_of_the_writer)
{
    uint64_t tag = lq_core_fixture_submit(fixture, "t", "s", 1, 1);
    struct lq_fixture_batch *batch = lq_core_fixture_bring_to(fixture, LQ_PERSIST);
    lq_core_fixture_commit(fixture, &batch->items[0], outcomes);
    batch->used = false;
    lq_core_fixture_peer_event(fixture, LQ_ON_GOODBYE, 4);
    lq_core_fixture_ready(fixture, 14, "persist-1", LQ_PERSIST, 0);
    lq_core_fixture_turn(fixture);
    lq_core_fixture_resolved(fixture, &fixture->resolves[0]);
    ck_assert_uint_eq(lq_core_fixture_answer(fixture, tag)->frame, 1);
}
END_TEST

TCase *lq_test_doubt(void);
TCase *lq_test_doubt(void)
{
    TCase *tc = tcase_create("doubt");

    tcase_add_checked_fixture(tc, lq_core_case_open, lq_core_case_close);
    tcase_add_test(tc, test_doubt_is_resolved_as_committed);
    tcase_add_test(tc, test_doubt_is_resolved_as_not_committed);
    tcase_add_test(tc, test_doubt_keeps_the_session_closed);
    tcase_add_loop_test(tc, test_doubt_answers_that_must_not_count, 0,
                        (int)(sizeof forbidden / sizeof forbidden[0]));
    tcase_add_test(tc, test_doubt_late_result_does_not_end_it);
    tcase_add_test(tc, test_doubt_next_writer_is_asked_again);
    tcase_add_test(tc, test_doubt_silent_writer_is_asked_again);
    tcase_add_test(tc, test_doubt_paused_writer_is_asked_a_retiring_one_is_not);
    tcase_add_test(tc, test_doubt_committed_without_outcomes_asks_load);
    tcase_add_test(tc, test_doubt_timeout_at_persist);
    tcase_add_test(tc, test_doubt_lease_at_persist_runs_out);
    tcase_add_test(tc, test_doubt_poison_at_persist_dies_in_the_end);
    tcase_add_test(tc, test_doubt_suspect_that_was_committed_is_a_success);
    tcase_add_test(tc, test_doubt_conflict_opens_again_from_load);
    tcase_add_test(tc, test_doubt_conflict_keeps_the_grid_tick);
    tcase_add_test(tc, test_doubt_conflict_with_the_head_that_load_saw_is_charged);
    tcase_add_test(tc, test_doubt_named_error_at_persist_is_charged);
    tcase_add_test(tc, test_doubt_goodbye_of_the_writer);
    return tc;
}
