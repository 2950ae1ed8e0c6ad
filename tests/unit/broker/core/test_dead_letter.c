// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* Dead letters: storing, and the bounds. DYING -> LETTER_STORED -> closed. */
#include "tests/support/suite.h"
#include "tests/unit/broker/core/core_case.h"

#include <stdio.h>

START_TEST(test_dead_letter_submission_of_what_lies_in_one)
{
    uint64_t tag = lq_core_case_die_once("s", 1, 1);
    uint64_t letter = lq_core_fixture_answer(fixture, tag)->letter_id;
    uint32_t dispatches = fixture->dispatches;

    uint64_t again = lq_core_fixture_submit(fixture, "t", "s", 1, 1);
    ck_assert_uint_eq(lq_core_fixture_answer(fixture, again)->outcome, LQ_OUTCOME_DEAD_LETTERED);
    ck_assert_uint_eq(lq_core_fixture_answer(fixture, again)->letter_id, letter);
    lq_core_fixture_settle(fixture);
    ck_assert_uint_eq(fixture->dispatches, dispatches);
    lq_core_fixture_letter_event(fixture, LQ_ON_LETTER_GONE, &fixture->letters[0]);
    again = lq_core_fixture_submit(fixture, "t", "s", 1, 1); /* purged: it may be tried again */
    lq_core_fixture_settle(fixture);
    ck_assert_uint_eq(lq_core_fixture_answer(fixture, again)->outcome, LQ_OUTCOME_APPLIED);
}
END_TEST

START_TEST(test_dead_letter_of_an_earlier_broker_answer)
{
    struct lq_fixture_letter letter = {.id = 99, .has_command = true, .command = {5, 6, 0}};

    letter.session = lq_ledger_model_session(&fixture->ledger, "t", "s");
    lq_core_fixture_letter_event(fixture, LQ_ON_LETTER_KNOWN, &letter);
    uint64_t tag = lq_core_fixture_submit(fixture, "t", "s", 5, 6);
    ck_assert_uint_eq(lq_core_fixture_answer(fixture, tag)->letter_id, 99);
    ck_assert_uint_eq(lq_core_fixture_status(fixture)->letters_open, 1);
}
END_TEST

START_TEST(test_dead_letter_copy_while_dying_renews_the_address)
{
    uint64_t first = lq_core_fixture_submit(fixture, "t", "s", 1, 1);
    lq_core_fixture_settle_with_poison(fixture, 0, false);
    uint64_t second = lq_core_fixture_submit(fixture, "t", "s", 1, 1);
    lq_core_fixture_store(fixture, 0);
    ck_assert_ptr_null(lq_core_fixture_answer(fixture, first));
    ck_assert_uint_eq(lq_core_fixture_answer(fixture, second)->outcome, LQ_OUTCOME_DEAD_LETTERED);
}
END_TEST

START_TEST(test_dead_letter_stored_twice_counts_once)
{
    lq_core_fixture_submit(fixture, "t", "s", 1, 1);
    lq_core_fixture_settle_with_poison(fixture, 0, false);
    lq_core_fixture_store(fixture, 0);
    lq_core_fixture_store(fixture, 0);
    lq_core_fixture_submit(fixture, "t", "s", 1, 2); /* its execution takes the same place */
    lq_core_fixture_turn(fixture);
    lq_core_fixture_store(fixture, 0);
    ck_assert_uint_eq(lq_core_fixture_status(fixture)->letters_open, 1);
    lq_core_fixture_settle(fixture);
    ck_assert_uint_eq(fixture->ledger.entry_count, 1);
}
END_TEST

static const uint32_t strange_executions[] = {0, 1, 31, 65535, UINT32_MAX};

START_TEST(test_dead_letter_stored_of_nothing)
{
    struct lq_broker_event event = {.kind = LQ_ON_LETTER_STORED,
                                    .letter = {.execution = strange_executions[_i]}};

    lq_core_fixture_submit(fixture, "t", "s", 1, 1);
    lq_core_fixture_turn(fixture);
    lq_core_fixture_step(fixture, &event);
    lq_core_fixture_settle(fixture);
    ck_assert_uint_eq(fixture->ledger.entry_count, 1);
    ck_assert_uint_eq(lq_core_fixture_status(fixture)->letters_open, 0);
}
END_TEST

/* Results and turns after its death change nothing until the letter is on disk. */
START_TEST(test_dead_letter_dying_waits_for_the_disk)
{
    uint64_t tag = lq_core_fixture_submit(fixture, "t", "s", 1, 1);
    struct lq_fixture_batch *batch = lq_core_fixture_bring_to(fixture, LQ_PHYSICS);
    struct lq_fixture_batch copy = *batch;
    lq_core_fixture_verdict(fixture, batch, 0, LQ_ITEM_FAILED, "Poison", 0);
    lq_core_fixture_end_batch(fixture, batch);
    lq_core_fixture_done(fixture, &copy, 0);
    lq_core_fixture_submit(fixture, "t", "s", 1, 2);
    lq_core_fixture_settle(fixture);
    ck_assert_uint_eq(lq_core_fixture_status(fixture)->executions_open, 1);
    ck_assert_uint_eq(lq_core_fixture_status(fixture)->stale_results, 1);
    ck_assert_ptr_null(lq_core_fixture_answer(fixture, tag));
    lq_core_fixture_store(fixture, 0);
    lq_core_fixture_settle(fixture);
    ck_assert_uint_eq(fixture->ledger.entry_count, 1);
}
END_TEST

START_TEST(test_dead_letter_full_sessions_wait)
{
    struct lq_broker_core_config config = lq_core_case_without_retries();
    uint64_t tag;

    config.letters_max = 4; /* one tenant may have half */
    lq_core_case_reopen(&config);
    lq_core_case_die_once("a", 1, 1);
    lq_core_case_die_once("b", 1, 1);
    tag = lq_core_case_die_once("c", 1, 1);
    ck_assert_uint_eq(fixture->letter_count, 2);
    ck_assert_ptr_null(lq_core_fixture_answer(fixture, tag));
    uint64_t next = lq_core_fixture_submit(fixture, "t", "c", 1, 2);  /* the session waits, ... */
    uint64_t other = lq_core_fixture_submit(fixture, "t", "d", 1, 1); /* the others do not */
    lq_core_fixture_settle(fixture);
    ck_assert_ptr_null(lq_core_fixture_answer(fixture, next));
    ck_assert_uint_eq(lq_core_fixture_answer(fixture, other)->outcome, LQ_OUTCOME_APPLIED);
    lq_core_fixture_letter_event(fixture, LQ_ON_LETTER_GONE, &fixture->letters[0]);
    lq_core_fixture_turn(fixture);
    ck_assert_uint_eq(fixture->letter_count, 3);
    lq_core_fixture_store(fixture, 2);
    lq_core_fixture_settle(fixture);
    ck_assert_uint_eq(lq_core_fixture_answer(fixture, tag)->outcome, LQ_OUTCOME_DEAD_LETTERED);
    ck_assert_uint_eq(lq_core_fixture_answer(fixture, next)->outcome, LQ_OUTCOME_APPLIED);
}
END_TEST

/* Letters on their way to the disk count: the bound holds for all that die at once. */
START_TEST(test_dead_letter_bound_counts_those_under_way)
{
    struct lq_broker_core_config config = lq_core_case_without_retries();
    char name[16];

    config.letters_max = 5; /* one tenant may have three */
    lq_core_case_reopen(&config);
    for (uint32_t session = 0; session < 8; session++) {
        snprintf(name, sizeof name, "s%u", session);
        lq_core_fixture_submit(fixture, "t", name, 1, 1);
    }
    lq_core_fixture_settle_with_poison(fixture, 0, false);
    ck_assert_uint_eq(fixture->letter_count, 3);
    ck_assert_uint_eq(lq_broker_core_letters_waiting(fixture->core), 5);
    lq_core_fixture_settle_with_poison(fixture, 0, true);
    ck_assert_uint_eq(fixture->letter_count, 3);
    for (uint32_t letter = 0; letter < 5; letter++) {
        lq_core_fixture_letter_event(fixture, LQ_ON_LETTER_GONE, &fixture->letters[letter]);
        lq_core_fixture_settle_with_poison(fixture, 0, true);
    }
    ck_assert_uint_eq(fixture->letter_count, 8);
    ck_assert_uint_eq(lq_core_fixture_status(fixture)->letters_open, 3);
    ck_assert_uint_eq(lq_core_fixture_status(fixture)->executions_open, 0);
    ck_assert_uint_eq(lq_broker_core_letters_waiting(fixture->core), 0);
}
END_TEST

START_TEST(test_dead_letter_more_on_disk_than_configured)
{
    struct lq_broker_core_config config = lq_core_case_without_retries();
    struct lq_fixture_letter letter = {.has_command = true, .command = {5, 0, 0}};

    config.letters_max = 2;
    config.executions_max = 2;
    lq_core_case_reopen(&config);
    letter.session = lq_ledger_model_session(&fixture->ledger, "t", "s");
    for (uint64_t id = 1; id <= 10; id++) {
        letter.id = id;
        letter.command.sequence = id;
        lq_core_fixture_letter_event(fixture, LQ_ON_LETTER_KNOWN, &letter);
    }
    uint64_t tag = lq_core_case_die_once("x", 1, 1);
    ck_assert_ptr_null(lq_core_fixture_answer(fixture, tag)); /* waits */
    for (uint64_t id = 1; id <= 10; id++) {
        letter.command.sequence = id;
        lq_core_fixture_letter_event(fixture, LQ_ON_LETTER_GONE, &letter);
    }
    lq_core_fixture_settle_with_poison(fixture, 0, true);
    ck_assert_uint_eq(lq_core_fixture_answer(fixture, tag)->outcome, LQ_OUTCOME_DEAD_LETTERED);
}
END_TEST

TCase *lq_test_dead_letter(void);
TCase *lq_test_dead_letter(void)
{
    TCase *tc = tcase_create("dead_letter");

    tcase_add_checked_fixture(tc, lq_core_case_open_without_retries, lq_core_case_close);
    tcase_add_test(tc, test_dead_letter_submission_of_what_lies_in_one);
    tcase_add_test(tc, test_dead_letter_of_an_earlier_broker_answer);
    tcase_add_test(tc, test_dead_letter_copy_while_dying_renews_the_address);
    tcase_add_test(tc, test_dead_letter_stored_twice_counts_once);
    tcase_add_loop_test(tc, test_dead_letter_stored_of_nothing, 0,
                        (int)(sizeof strange_executions / sizeof strange_executions[0]));
    tcase_add_test(tc, test_dead_letter_dying_waits_for_the_disk);
    tcase_add_test(tc, test_dead_letter_full_sessions_wait);
    tcase_add_test(tc, test_dead_letter_bound_counts_those_under_way);
    tcase_add_test(tc, test_dead_letter_more_on_disk_than_configured);
    return tc;
}
