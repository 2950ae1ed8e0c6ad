// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* Dead letters: bisecting, storing, the bounds, parking, redriving. DYING -> LETTER_STORED ->
 * closed. */
#include "base/clock.h"
#include "tests/support/suite.h"
#include "tests/unit/broker/core/core_case.h"

/* The letters are full, and one that is redriven dies again: it has its place already. */
START_TEST(test_redrive_one_needs_no_new_room)
{
    struct lq_broker_core_config config = lq_core_case_without_retries();

    config.letters_max = 1;
    lq_core_case_reopen(&config);
    lq_core_case_die_once("a", 1, 1);
    lq_core_fixture_letter_event(fixture, LQ_ON_REDRIVE, &fixture->letters[0]);
    lq_core_fixture_settle_with_poison(fixture, 0, true);
    ck_assert_uint_eq(fixture->letter_count, 2);
    ck_assert_uint_eq(fixture->letters[1].id, fixture->letters[0].id);
    ck_assert_uint_eq(lq_core_fixture_status(fixture)->letters_open, 1);
    ck_assert_uint_eq(lq_core_fixture_status(fixture)->executions_open, 0);
}
END_TEST

/* Redrives obey the mailbox's bound: what does not fit is open again. */
START_TEST(test_redrive_into_a_full_mailbox_comes_to_nothing)
{
    struct lq_broker_core_config config = lq_core_case_without_retries();

    config.mailbox_commands_max = 2;
    lq_core_case_reopen(&config);
    lq_core_case_die_once("s", 1, 1);
    lq_core_fixture_pause(fixture, 1, "x");
    lq_core_fixture_submit(fixture, "t", "s", 1, 2);
    lq_core_fixture_submit(fixture, "t", "s", 1, 3);
    lq_core_fixture_letter_event(fixture, LQ_ON_REDRIVE, &fixture->letters[0]);
    ck_assert_uint_eq(fixture->change_count, 1);
    ck_assert(!fixture->changes[0].done);
    ck_assert_uint_eq(fixture->changes[0].id, fixture->letters[0].id);
}
END_TEST

START_TEST(test_redrive_without_room_for_its_session)
{
    struct lq_broker_core_config config = lq_core_case_without_retries();
    struct lq_fixture_letter letter = {.id = 9, .has_command = true, .command = {5, 6, 0}};

    config.sessions_max = 1;
    config.commands_max = 1;
    lq_core_case_reopen(&config);
    letter.session = lq_ledger_model_session(&fixture->ledger, "t", "b");
    lq_core_fixture_submit(fixture, "t", "a", 1, 1);
    lq_core_fixture_letter_event(fixture, LQ_ON_REDRIVE, &letter);
    ck_assert_uint_eq(fixture->change_count, 1);
    lq_core_fixture_settle(fixture);
    lq_core_fixture_letter_event(fixture, LQ_ON_REDRIVE, &letter);
    lq_core_fixture_settle(fixture);
    ck_assert(fixture->changes[1].done);
    ck_assert_uint_eq(lq_core_fixture_status(fixture)->sessions_resident, 0);
}
END_TEST

START_TEST(test_redrive_that_succeeds)
{
    uint64_t tag = lq_core_case_die_once("s", 1, 1);
    lq_core_fixture_letter_event(fixture, LQ_ON_REDRIVE, &fixture->letters[0]);
    uint64_t asking = lq_core_fixture_submit(fixture, "t", "s", 1, 1); /* gets the receipt now */
    struct lq_fixture_batch *batch = lq_core_fixture_bring_to(fixture, LQ_LOAD);
    ck_assert_uint_eq(batch->items[0].commands[0].letter_id, fixture->letters[0].id);
    lq_core_fixture_settle(fixture);
    ck_assert_uint_eq(fixture->change_count, 1);
    ck_assert(fixture->changes[0].done);
    ck_assert_uint_eq(fixture->changes[0].frame, 1);
    ck_assert_uint_eq(lq_core_fixture_answer(fixture, tag)->outcome, LQ_OUTCOME_DEAD_LETTERED);
    ck_assert_uint_eq(lq_core_fixture_answer(fixture, asking)->outcome, LQ_OUTCOME_APPLIED);
    ck_assert_uint_eq(lq_core_fixture_status(fixture)->letters_open, 0);
    lq_core_fixture_letter_event(fixture, LQ_ON_LETTER_GONE,
                                 &fixture->letters[0]); /* the tombstone */
    ck_assert_uint_eq(lq_core_fixture_status(fixture)->letters_open, 0);
    ck_assert_uint_eq(lq_core_fixture_status(fixture)->sessions_resident, 0);
}
END_TEST

START_TEST(test_redrive_that_dies_keeps_the_letter)
{
    lq_core_case_die_once("s", 1, 1);
    for (uint32_t round = 1; round <= 2; round++) {
        lq_core_fixture_letter_event(fixture, LQ_ON_REDRIVE, &fixture->letters[0]);
        lq_core_fixture_settle_with_poison(fixture, 0, true);
        ck_assert_uint_eq(fixture->letter_count, 1 + round);
        ck_assert_uint_eq(fixture->letters[round].id, fixture->letters[0].id);
        ck_assert_uint_eq(lq_core_fixture_status(fixture)->letters_open, 1);
    }
    ck_assert_uint_eq(lq_core_fixture_status(fixture)->letters_total, 1);
    uint64_t tag = lq_core_fixture_submit(fixture, "t", "s", 1, 1);
    ck_assert_uint_eq(lq_core_fixture_answer(fixture, tag)->letter_id, fixture->letters[0].id);
    ck_assert_uint_eq(lq_core_fixture_status(fixture)->sessions_parked, 1); /* dead three times */
}
END_TEST

START_TEST(test_redrive_unparks)
{
    lq_core_case_park("s", 1);
    lq_core_fixture_letter_event(fixture, LQ_ON_REDRIVE, &fixture->letters[1]);
    ck_assert_uint_eq(fixture->unparked, 1);
    lq_core_fixture_settle(fixture);
    ck_assert_uint_eq(fixture->ledger.entry_count, 1);
    ck_assert_uint_eq(lq_core_fixture_status(fixture)->letters_open, 2);
}
END_TEST

START_TEST(test_redrive_of_a_duplicate_is_done)
{
    lq_core_case_die_once("s", 1, 1);
    fixture->ledger.sessions[0].head = 1;
    fixture->ledger.entries[fixture->ledger.entry_count++] =
        (struct lq_model_entry){fixture->letters[0].session, 1, 1, 1};
    lq_core_fixture_letter_event(fixture, LQ_ON_REDRIVE, &fixture->letters[0]);
    lq_core_fixture_settle(fixture);
    ck_assert(fixture->changes[0].done);
    ck_assert_uint_eq(fixture->changes[0].frame, 1);
    ck_assert_uint_eq(lq_core_fixture_status(fixture)->sessions_resident, 0);
}
END_TEST

START_TEST(test_redrive_of_an_unknown_session_is_open_again)
{
    lq_core_case_die_once("s", 1, 1);
    lq_core_fixture_letter_event(fixture, LQ_ON_REDRIVE, &fixture->letters[0]);
    struct lq_fixture_batch *batch = lq_core_fixture_bring_to(fixture, LQ_LOAD);
    lq_core_fixture_verdict(fixture, batch, 0, LQ_ITEM_ENDED, "Session.Unknown", 0);
    lq_core_fixture_end_batch(fixture, batch);
    ck_assert(!fixture->changes[0].done);
    ck_assert_uint_eq(lq_core_fixture_status(fixture)->letters_open, 1);
}
END_TEST

START_TEST(test_redrive_waits_out_a_parking)
{
    lq_core_case_die_once("s", 1, 1);
    lq_core_case_die_once("s", 1, 2);
    lq_core_fixture_submit(fixture, "t", "s", 1, 3);
    lq_core_fixture_settle_with_poison(
        fixture, 0, false); /* the third one dies; its letter parks the session */
    lq_core_fixture_letter_event(fixture, LQ_ON_REDRIVE, &fixture->letters[0]);
    lq_core_fixture_store(fixture, 2);
    lq_core_fixture_settle(fixture);
    ck_assert_uint_eq(fixture->change_count, 1);
    ck_assert(!fixture->changes[0].done); /* looked up, not executed: open again */
}
END_TEST

/* The letters are full and all of them wait in redrives behind an execution that wants a letter:
 * a purge makes room. The purged command still runs, and its receipt finds no letter. */
START_TEST(test_redrive_letters_that_are_purged)
{
    struct lq_broker_core_config config = lq_core_case_without_retries();

    config.letters_max = 1;
    lq_core_case_reopen(&config);
    lq_core_case_die_once("s", 1, 1);
    uint64_t waiting = lq_core_fixture_submit(fixture, "t", "s", 1, 2);
    struct lq_fixture_batch *batch = lq_core_fixture_bring_to(fixture, LQ_PHYSICS);
    lq_core_fixture_letter_event(fixture, LQ_ON_REDRIVE, &fixture->letters[0]);
    lq_core_fixture_verdict(fixture, batch, 0, LQ_ITEM_FAILED, "Poison", 0);
    lq_core_fixture_end_batch(fixture, batch);
    lq_core_fixture_settle(fixture);
    ck_assert_uint_eq(fixture->letter_count, 1); /* no room, and no end in sight */
    ck_assert_ptr_null(lq_core_fixture_answer(fixture, waiting));
    lq_core_fixture_letter_event(fixture, LQ_ON_LETTER_GONE, &fixture->letters[0]);
    lq_core_fixture_turn(fixture);
    ck_assert_uint_eq(fixture->letter_count, 2);
    lq_core_fixture_store(fixture, 1);
    lq_core_fixture_settle(fixture);
    ck_assert_uint_eq(lq_core_fixture_answer(fixture, waiting)->outcome, LQ_OUTCOME_DEAD_LETTERED);
    ck_assert_uint_eq(fixture->ledger.entry_count, 1);
    ck_assert_uint_eq(lq_core_fixture_status(fixture)->letters_open, 1);
    ck_assert_uint_eq(lq_core_fixture_status(fixture)->executions_open, 0);
}
END_TEST

START_TEST(test_redrive_that_is_purged_and_dies_is_a_letter_again)
{
    lq_core_case_die_once("s", 1, 1);
    lq_core_fixture_letter_event(fixture, LQ_ON_REDRIVE, &fixture->letters[0]);
    lq_core_fixture_letter_event(fixture, LQ_ON_LETTER_GONE, &fixture->letters[0]);
    ck_assert_uint_eq(lq_core_fixture_status(fixture)->letters_open, 0);
    lq_core_fixture_settle_with_poison(fixture, 0, true);
    ck_assert_uint_eq(fixture->letter_count, 2);
    ck_assert_uint_eq(fixture->letters[1].id, fixture->letters[0].id);
    ck_assert_uint_eq(lq_core_fixture_status(fixture)->letters_open, 1);
}
END_TEST

static void kill_grid_tick(void)
{
    lq_core_fixture_live(fixture, "t", "s", 10, 1);
    for (uint32_t step = 0; step < 3 && fixture->letter_count == 0; step++) {
        lq_core_fixture_pass_ms(fixture, 100);
        lq_core_fixture_settle_with_poison(fixture, 0, true);
    }
    ck_assert_uint_eq(fixture->letter_count, 1);
}

START_TEST(test_redrive_of_a_tick)
{
    kill_grid_tick();
    lq_core_fixture_letter_event(fixture, LQ_ON_REDRIVE, &fixture->letters[0]);
    ck_assert_uint_eq(fixture->unparked, 1);
    ck_assert_uint_eq(fixture->change_count, 0);
    lq_core_fixture_submit(fixture, "t", "s", 1, 1); /* a command tick does not decide it */
    lq_core_fixture_settle(fixture);
    ck_assert_uint_eq(fixture->change_count, 0);
    lq_core_fixture_pass_ms(fixture, 100);
    lq_core_fixture_settle(fixture);
    ck_assert_uint_eq(fixture->change_count, 1);
    ck_assert(fixture->changes[0].done);
    ck_assert_uint_eq(fixture->changes[0].frame, 2);
    ck_assert_uint_eq(lq_core_fixture_status(fixture)->letters_open, 0);
}
END_TEST

START_TEST(test_redrive_of_a_tick_that_dies_again)
{
    kill_grid_tick();
    lq_core_fixture_letter_event(fixture, LQ_ON_REDRIVE, &fixture->letters[0]);
    lq_core_fixture_pass_ms(fixture, 100);
    lq_core_fixture_settle_with_poison(fixture, 0, true);
    ck_assert_uint_eq(fixture->letter_count, 2);
    ck_assert_uint_eq(fixture->letters[1].id, fixture->letters[0].id);
    ck_assert_uint_eq(lq_core_fixture_status(fixture)->letters_open, 1);
    ck_assert_uint_eq(lq_core_fixture_status(fixture)->sessions_parked, 1);
}
END_TEST

START_TEST(test_redrive_of_a_tick_that_is_purged)
{
    kill_grid_tick();
    lq_core_fixture_letter_event(fixture, LQ_ON_REDRIVE, &fixture->letters[0]);
    lq_core_fixture_letter_event(fixture, LQ_ON_LETTER_GONE, &fixture->letters[0]);
    ck_assert_uint_eq(lq_core_fixture_status(fixture)->letters_open, 0);
    lq_core_case_die_once("other", 1, 1);
    lq_core_fixture_pass_ms(fixture, 100);
    lq_core_fixture_settle(fixture);
    ck_assert_uint_gt(fixture->publish_count, 0);
    ck_assert_uint_eq(fixture->change_count, 0); /* the tick decides a letter that is no more */
    ck_assert_uint_eq(lq_core_fixture_status(fixture)->letters_open, 1);
}
END_TEST

START_TEST(test_redrive_of_two_ticks_decides_one_at_a_time)
{
    struct lq_fixture_letter other;

    kill_grid_tick();
    other = fixture->letters[0];
    other.id++;
    lq_core_fixture_letter_event(fixture, LQ_ON_LETTER_KNOWN, &other);
    lq_core_fixture_letter_event(fixture, LQ_ON_REDRIVE, &fixture->letters[0]);
    lq_core_fixture_letter_event(fixture, LQ_ON_REDRIVE, &fixture->letters[0]);
    lq_core_fixture_letter_event(fixture, LQ_ON_REDRIVE, &other);
    ck_assert_uint_eq(fixture->change_count, 1);
    ck_assert(!fixture->changes[0].done);
    ck_assert_uint_eq(fixture->changes[0].id, other.id);
    lq_core_fixture_pass_ms(fixture, 100);
    lq_core_fixture_settle(fixture);
    ck_assert(fixture->changes[1].done);
    ck_assert_uint_eq(fixture->changes[1].id, fixture->letters[0].id);
    ck_assert_uint_eq(lq_core_fixture_status(fixture)->letters_open, 1);
}
END_TEST

/* Being off the grid decides a tick's letter: there is nothing to repeat. */
START_TEST(test_redrive_of_a_tick_without_a_grid)
{
    kill_grid_tick();
    if (_i == 0) {
        lq_core_fixture_live(fixture, "t", "s", 0, 1);
        lq_core_fixture_letter_event(fixture, LQ_ON_REDRIVE, &fixture->letters[0]);
    } else {
        lq_core_fixture_letter_event(fixture, LQ_ON_REDRIVE, &fixture->letters[0]);
        lq_core_fixture_live(fixture, "t", "s", 0, 1);
    }
    ck_assert_uint_eq(fixture->change_count, 1);
    ck_assert(fixture->changes[0].done);
    ck_assert_uint_eq(lq_core_fixture_status(fixture)->letters_open, 0);
    ck_assert_uint_eq(lq_core_fixture_status(fixture)->sessions_resident, 0);
}
END_TEST

TCase *lq_test_redrive(void);
TCase *lq_test_redrive(void)
{
    TCase *tc = tcase_create("redrive");

    tcase_add_checked_fixture(tc, lq_core_case_open_without_retries, lq_core_case_close);
    tcase_add_test(tc, test_redrive_one_needs_no_new_room);
    tcase_add_test(tc, test_redrive_into_a_full_mailbox_comes_to_nothing);
    tcase_add_test(tc, test_redrive_without_room_for_its_session);
    tcase_add_test(tc, test_redrive_that_succeeds);
    tcase_add_test(tc, test_redrive_that_dies_keeps_the_letter);
    tcase_add_test(tc, test_redrive_unparks);
    tcase_add_test(tc, test_redrive_of_a_duplicate_is_done);
    tcase_add_test(tc, test_redrive_of_an_unknown_session_is_open_again);
    tcase_add_test(tc, test_redrive_waits_out_a_parking);
    tcase_add_test(tc, test_redrive_of_a_tick);
    tcase_add_test(tc, test_redrive_of_a_tick_that_dies_again);
    tcase_add_test(tc, test_redrive_letters_that_are_purged);
    tcase_add_test(tc, test_redrive_that_is_purged_and_dies_is_a_letter_again);
    tcase_add_test(tc, test_redrive_of_a_tick_that_is_purged);
    tcase_add_test(tc, test_redrive_of_two_ticks_decides_one_at_a_time);
    tcase_add_loop_test(tc, test_redrive_of_a_tick_without_a_grid, 0, 2);
    return tc;
}
