// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* A stage named an error: retriers, their counts and delays, the command at fault, the tick's time.
 */
#include "base/clock.h"
#include "tests/support/suite.h"
#include "tests/unit/broker/core/core_case.h"

static void fail_at(uint32_t state, const char *error)
{
    struct lq_fixture_batch *batch = lq_core_fixture_bring_to(fixture, state);

    lq_core_fixture_verdict(fixture, batch, 0, LQ_ITEM_FAILED, error, 0);
    lq_core_fixture_end_batch(fixture, batch);
}

/* The time until the retry is queued again, in ms. */
static uint64_t delay_ms(void)
{
    uint64_t from_ns = fixture->now_ns;
    uint64_t due_ns = lq_broker_core_next_wakeup_ns(fixture->core);

    ck_assert(due_ns != UINT64_MAX);
    lq_core_fixture_turn(fixture);
    ck_assert_uint_eq(lq_core_fixture_status(fixture)->stages[LQ_PHYSICS].waiting_retry, 1);
    fixture->now_ns = due_ns;
    lq_core_fixture_turn(fixture);
    ck_assert_uint_eq(lq_core_fixture_status(fixture)->stages[LQ_PHYSICS].waiting_retry, 0);
    return (due_ns - from_ns) / LQ_NS_PER_MS;
}

/* LEASED -> DELAYED -> QUEUED, twice; then DYING */
START_TEST(test_retry_three_tries_then_a_letter)
{
    uint64_t tag = lq_core_fixture_submit(fixture, "t", "s", 1, 1);

    fail_at(LQ_PHYSICS, "Physics.Odd");
    ck_assert_uint_eq(delay_ms(), 5);
    fail_at(LQ_PHYSICS, "Physics.Odd");
    ck_assert_uint_eq(delay_ms(), 10);
    ck_assert_uint_eq(fixture->letter_count, 0);
    fail_at(LQ_PHYSICS, "Physics.Odd");
    ck_assert_uint_eq(fixture->letter_count, 1);
    const struct lq_fixture_letter *letter = lq_core_fixture_last_letter(fixture);
    ck_assert_str_eq(letter->error, "Physics.Odd");
    ck_assert_str_eq(letter->stage, "physics");
    ck_assert_uint_eq(letter->tries, 3);
    ck_assert(!letter->parks);
    ck_assert_ptr_null(
        lq_core_fixture_answer(fixture, tag)); /* stored before anything forgets it */
    ck_assert_uint_eq(lq_core_fixture_status(fixture)->executions_open, 1);
    lq_core_fixture_store(fixture, 0);
    ck_assert_uint_eq(lq_core_fixture_answer(fixture, tag)->outcome, LQ_OUTCOME_DEAD_LETTERED);
    ck_assert_uint_eq(lq_core_fixture_answer(fixture, tag)->letter_id, letter->id);
    ck_assert_uint_eq(lq_core_fixture_status(fixture)->executions_open, 0);
    ck_assert_uint_eq(lq_core_fixture_status(fixture)->letters_open, 1);
}
END_TEST

START_TEST(test_retry_succeeds_at_the_last_try)
{
    uint64_t tag = lq_core_fixture_submit(fixture, "t", "s", 1, 1);

    fail_at(LQ_PHYSICS, "Physics.Odd");
    delay_ms();
    fail_at(LQ_PHYSICS, "Physics.Odd");
    delay_ms();
    lq_core_fixture_settle(fixture);
    ck_assert_uint_eq(lq_core_fixture_answer(fixture, tag)->outcome, LQ_OUTCOME_APPLIED);
    ck_assert_uint_eq(lq_core_fixture_status(fixture)->retries, 2);
}
END_TEST

START_TEST(test_retry_none_when_attempts_are_zero_or_nothing_matches)
{
    struct lq_broker_core_config config = lq_core_fixture_config();

    config.pipeline.states[LQ_PHYSICS].retriers[0].attempts_max = 0;
    config.pipeline.states[LQ_AI].retrier_count = 0;
    lq_core_case_reopen(&config);
    lq_core_fixture_submit(fixture, "t", "a", 1, 1);
    fail_at(LQ_PHYSICS, "X");
    ck_assert_uint_eq(fixture->letter_count, 1);
    lq_core_fixture_submit(fixture, "t", "b", 1, 1);
    fail_at(LQ_AI, "X");
    ck_assert_uint_eq(fixture->letter_count, 2);
}
END_TEST

/* The specification's example: errors A, B, C, B with two retriers: 1, 2, 5, then exhausted. */
START_TEST(test_retry_counts_per_retrier)
{
    static const char *const errors[] = {"A", "B", "C", "B"};
    static const uint64_t delays[] = {1, 2, 5};
    struct lq_broker_core_config config = lq_core_fixture_config();
    struct lq_plan_state *state = &config.pipeline.states[LQ_PHYSICS];

    state->retrier_count = 3;
    state->retriers[0] = (struct lq_retrier){2, {"A", "B"}, 2, 1, 1000, 2.0, LQ_JITTER_NONE};
    state->retriers[1] = (struct lq_retrier){1, {"C"}, 3, 5, 1000, 2.0, LQ_JITTER_NONE};
    state->retriers[2] = (struct lq_retrier){1, {"States.ALL"}, 9, 7, 1000, 2.0, LQ_JITTER_NONE};
    lq_core_case_reopen(&config);
    lq_core_fixture_submit(fixture, "t", "s", 1, 1);
    for (uint32_t index = 0; index < 3; index++) {
        fail_at(LQ_PHYSICS, errors[index]);
        ck_assert_uint_eq(delay_ms(), delays[index]);
    }
    fail_at(LQ_PHYSICS, errors[3]); /* exhausted: the later States.ALL is not tried */
    ck_assert_uint_eq(fixture->letter_count, 1);
    ck_assert_uint_eq(lq_core_fixture_last_letter(fixture)->tries, 4);
}
END_TEST

START_TEST(test_retry_counts_start_anew_in_the_next_state)
{
    uint64_t tag = lq_core_fixture_submit(fixture, "t", "s", 1, 1);

    for (uint32_t state = LQ_LOAD; state <= LQ_AI; state++) {
        for (uint32_t failure = 0; failure < 2; failure++) {
            fail_at(state, "X");
            fixture->now_ns = lq_broker_core_next_wakeup_ns(fixture->core);
            lq_core_fixture_turn(fixture);
        }
    }
    lq_core_fixture_settle(fixture);
    ck_assert_uint_eq(lq_core_fixture_answer(fixture, tag)->outcome, LQ_OUTCOME_APPLIED);
    ck_assert_uint_eq(lq_core_fixture_status(fixture)->retries, 6);
}
END_TEST

START_TEST(test_retry_jitter_stays_below_the_delay_and_is_seeded)
{
    struct lq_broker_core_config config = lq_core_fixture_config();
    uint64_t delays_ns[2][20];

    config.pipeline.states[LQ_PHYSICS].retriers[0].jitter = LQ_JITTER_FULL;
    config.pipeline.states[LQ_PHYSICS].retriers[0].backoff_rate = 1.0;
    config.pipeline.states[LQ_PHYSICS].retriers[0].attempts_max = 100;
    for (uint32_t run = 0; run < 2; run++) {
        lq_core_case_reopen(&config);
        lq_core_fixture_submit(fixture, "t", "s", 1, 1);
        for (uint32_t index = 0; index < 20; index++) {
            fail_at(LQ_PHYSICS, "X");
            delays_ns[run][index] = lq_broker_core_next_wakeup_ns(fixture->core) - fixture->now_ns;
            ck_assert_uint_le(delays_ns[run][index], 5 * LQ_NS_PER_MS);
            fixture->now_ns += delays_ns[run][index];
        }
    }
    ck_assert_mem_eq(delays_ns[0], delays_ns[1], sizeof delays_ns[0]);
    ck_assert(delays_ns[0][0] != delays_ns[0][1]);
}
END_TEST

START_TEST(test_retry_ends_with_the_ticks_time)
{
    struct lq_broker_core_config config = lq_core_fixture_config();

    config.pipeline.states[LQ_PHYSICS].retriers[0].attempts_max = 100;
    config.pipeline.tick_timeout_ms = 1000;
    lq_core_case_reopen(&config);
    lq_core_fixture_submit(fixture, "t", "s", 1, 1);
    for (uint32_t index = 0; index < 100 && fixture->letter_count == 0; index++) {
        lq_core_fixture_bring_to(fixture, LQ_PHYSICS);
        fixture->now_ns += 300 * LQ_NS_PER_MS; /* it works for so long, then fails */
        fail_at(LQ_PHYSICS, "X");
        if (fixture->letter_count == 0) {
            fixture->now_ns = lq_broker_core_next_wakeup_ns(fixture->core);
        }
    }
    ck_assert_uint_eq(fixture->letter_count, 1);
    ck_assert_str_eq(lq_core_fixture_last_letter(fixture)->error, "States.Timeout");
    ck_assert_uint_eq(lq_core_fixture_last_letter(fixture)->tries, 4);
}
END_TEST

/* Waiting for an actor is no time of the tick's. */
START_TEST(test_retry_waiting_is_free)
{
    uint64_t tag = lq_core_fixture_submit(fixture, "t", "s", 1, 1);

    lq_core_fixture_peer_event(fixture, LQ_ON_GOODBYE, 2);
    lq_core_fixture_settle(fixture);
    fixture->now_ns += 60 * LQ_NS_PER_S;
    for (uint32_t peer = 1; peer <= 4; peer++) {
        lq_core_fixture_heard(fixture, peer);
    }
    lq_core_fixture_ready(fixture, 2, "physics-1", LQ_PHYSICS, 0);
    fail_at(LQ_PHYSICS, "X");
    ck_assert_uint_eq(fixture->letter_count, 0);
    delay_ms();
    lq_core_fixture_settle(fixture);
    ck_assert_uint_eq(lq_core_fixture_answer(fixture, tag)->outcome, LQ_OUTCOME_APPLIED);
}
END_TEST

/* The stage named the command: only that one dies, the tick opens again with the rest. */
START_TEST(test_retry_command_at_fault_dies_alone)
{
    struct lq_broker_core_config config = lq_core_fixture_config();
    uint64_t tags[5];

    config.pipeline.states[LQ_PHYSICS].retrier_count = 0;
    lq_core_case_reopen(&config);
    for (uint32_t index = 0; index < 5; index++) {
        tags[index] = lq_core_fixture_submit(fixture, "t", "s", 1, index + 1);
    }
    struct lq_fixture_batch *batch = lq_core_fixture_bring_to(fixture, LQ_PHYSICS);
    lq_core_fixture_verdict(fixture, batch, 0, LQ_ITEM_FAILED, "Command.Bad", 3);
    lq_core_fixture_end_batch(fixture, batch);
    ck_assert_uint_eq(lq_core_fixture_last_letter(fixture)->command.sequence, 3);
    lq_core_fixture_store(fixture, 0);
    lq_core_fixture_settle(fixture);
    for (uint32_t index = 0; index < 5; index++) {
        ck_assert_uint_eq(lq_core_fixture_answer(fixture, tags[index])->outcome,
                          index == 2 ? LQ_OUTCOME_DEAD_LETTERED : LQ_OUTCOME_APPLIED);
    }
    static const uint64_t order[] = {1, 2, 4, 5};
    for (uint32_t index = 0; index < 4; index++) {
        ck_assert_uint_eq(fixture->ledger.entries[index].sequence, order[index]);
    }
    ck_assert_uint_eq(fixture->ledger.sessions[0].head, 1); /* the rest passed in one tick */
}
END_TEST

static const uint32_t places[] = {1, 5, 6, UINT32_MAX};

/* First, last, and beyond the commands: that names none. */
START_TEST(test_retry_command_at_fault_at_the_ends)
{
    struct lq_broker_core_config config = lq_core_fixture_config();

    config.pipeline.states[LQ_PHYSICS].retrier_count = 0;
    lq_core_case_reopen(&config);
    for (uint32_t index = 0; index < 5; index++) {
        lq_core_fixture_submit(fixture, "t", "s", 1, index + 1);
    }
    struct lq_fixture_batch *batch = lq_core_fixture_bring_to(fixture, LQ_PHYSICS);
    lq_core_fixture_verdict(fixture, batch, 0, LQ_ITEM_FAILED, "Command.Bad", places[_i]);
    lq_core_fixture_end_batch(fixture, batch);
    ck_assert_uint_eq(fixture->letter_count, places[_i] <= 5 ? 1 : 0);
    if (fixture->letter_count > 0) {
        ck_assert_uint_eq(lq_core_fixture_last_letter(fixture)->command.sequence, places[_i]);
        lq_core_fixture_store(fixture, 0);
    }
    lq_core_fixture_settle(fixture);
    ck_assert_uint_eq(fixture->ledger.entry_count, places[_i] <= 5 ? 4 : 5);
}
END_TEST

START_TEST(test_retry_nameless_error_is_charged)
{
    lq_core_fixture_submit(fixture, "t", "s", 1, 1);
    fail_at(LQ_PHYSICS, NULL);
    ck_assert_uint_eq(lq_core_fixture_status(fixture)->retries, 1);
}
END_TEST

START_TEST(test_retry_returned_is_uncharged)
{
    uint64_t tag = lq_core_fixture_submit(fixture, "t", "s", 1, 1);

    for (uint32_t index = 0; index < 10; index++) {
        struct lq_fixture_batch *batch = lq_core_fixture_bring_to(fixture, LQ_AI);
        lq_core_fixture_verdict(fixture, batch, 0, LQ_ITEM_RETURNED, NULL, 0);
        lq_core_fixture_end_batch(fixture, batch);
    }
    lq_core_fixture_settle(fixture);
    ck_assert_uint_eq(lq_core_fixture_answer(fixture, tag)->outcome, LQ_OUTCOME_APPLIED);
    ck_assert_uint_eq(lq_core_fixture_status(fixture)->retries, 0);
}
END_TEST

TCase *lq_test_retry(void);
TCase *lq_test_retry(void)
{
    TCase *tc = tcase_create("retry");

    tcase_add_checked_fixture(tc, lq_core_case_open, lq_core_case_close);
    tcase_add_test(tc, test_retry_three_tries_then_a_letter);
    tcase_add_test(tc, test_retry_succeeds_at_the_last_try);
    tcase_add_test(tc, test_retry_none_when_attempts_are_zero_or_nothing_matches);
    tcase_add_test(tc, test_retry_counts_per_retrier);
    tcase_add_test(tc, test_retry_counts_start_anew_in_the_next_state);
    tcase_add_test(tc, test_retry_jitter_stays_below_the_delay_and_is_seeded);
    tcase_add_test(tc, test_retry_ends_with_the_ticks_time);
    tcase_add_test(tc, test_retry_waiting_is_free);
    tcase_add_test(tc, test_retry_command_at_fault_dies_alone);
    tcase_add_loop_test(tc, test_retry_command_at_fault_at_the_ends, 0,
                        (int)(sizeof places / sizeof places[0]));
    tcase_add_test(tc, test_retry_nameless_error_is_charged);
    tcase_add_test(tc, test_retry_returned_is_uncharged);
    return tc;
}
