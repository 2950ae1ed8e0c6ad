// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* Sessions that wait for an operator. */
#include "tests/support/suite.h"
#include "tests/unit/broker/core/core_case.h"

#include <stdio.h>

static void assert_parked(const char *session)
{
    uint32_t frames = fixture->publish_count;
    uint64_t tag = lq_core_fixture_submit(fixture, "t", session, 50, 1);

    lq_core_fixture_settle(fixture);
    ck_assert_uint_eq(fixture->publish_count, frames);
    const struct lq_fixture_answer *answer = lq_core_fixture_answer(fixture, tag);

    ck_assert_ptr_nonnull(answer);
    ck_assert_uint_eq(answer->outcome, LQ_OUTCOME_UNUSED);
    ck_assert(strncmp(answer->reason, "SESSION_PARKED", 14) == 0);
}

/* ... also when the session was idle, and without a rate, in between. */
START_TEST(test_parking_three_deaths_in_a_row_park)
{
    for (uint64_t sequence = 1; sequence <= 3; sequence++) {
        ck_assert_uint_eq(lq_core_fixture_status(fixture)->sessions_parked, 0);
        lq_core_case_die_once("s", 1, sequence);
        ck_assert(fixture->letters[sequence - 1].parks == (sequence == 3));
    }
    ck_assert_uint_eq(lq_core_fixture_status(fixture)->sessions_parked, 1);
    assert_parked("s");
}
END_TEST

START_TEST(test_parking_success_breaks_the_row)
{
    for (uint64_t sequence = 1; sequence <= 6; sequence += 3) {
        lq_core_case_die_once("s", 1, sequence);
        lq_core_case_die_once("s", 1, sequence + 1);
        lq_core_fixture_submit(fixture, "t", "s", 1, sequence + 2);
        lq_core_fixture_settle(fixture);
    }
    ck_assert_uint_eq(fixture->letter_count, 4);
    ck_assert_uint_eq(lq_core_fixture_status(fixture)->sessions_parked, 0);
    ck_assert_uint_eq(lq_core_fixture_status(fixture)->sessions_resident, 0);
}
END_TEST

START_TEST(test_parking_purge_forgets_the_row)
{
    lq_core_case_die_once("s", 1, 1);
    lq_core_case_die_once("s", 1, 2);
    ck_assert_uint_eq(lq_core_fixture_status(fixture)->sessions_resident, 1);
    lq_core_fixture_letter_event(fixture, LQ_ON_LETTER_GONE, &fixture->letters[0]);
    ck_assert_uint_eq(lq_core_fixture_status(fixture)->sessions_resident, 0);
}
END_TEST

START_TEST(test_parking_dead_tick_without_commands_parks_at_once)
{
    lq_core_fixture_live(fixture, "t", "s", 10, 1);
    fixture->now_ns = lq_broker_core_next_wakeup_ns(fixture->core);
    lq_core_fixture_settle_with_poison(fixture, 0, true);
    ck_assert_uint_eq(fixture->letter_count, 1);
    ck_assert(fixture->letters[0].parks);
    ck_assert(!fixture->letters[0].has_command);
    ck_assert_uint_eq(fixture->letters[0].steps, 1);
    assert_parked("s");
    for (uint32_t step = 0; step < 20; step++) { /* it stays on its grid, but does not tick */
        for (uint32_t peer = 1; peer <= 4; peer++) {
            lq_core_fixture_heard(fixture, peer);
        }
        lq_core_fixture_pass_ms(fixture, 100);
    }
    ck_assert_uint_eq(lq_core_fixture_status(fixture)->executions_open, 0);
    ck_assert_uint_eq(lq_core_fixture_status(fixture)->missed_ticks, 0);
    lq_core_fixture_resume(fixture, "", "", "");
    lq_core_fixture_pass_ms(fixture, 100);
    lq_core_fixture_settle(fixture);
    ck_assert_uint_eq(fixture->publish_count, 1);
}
END_TEST

/* What waits in the mailbox of a session that parks is refused; nothing of it is used up. */
START_TEST(test_parking_refuses_the_mailbox)
{
    uint64_t tags[4];

    lq_core_case_die_once("s", 1, 1);
    lq_core_case_die_once("s", 1, 2);
    lq_core_fixture_submit(fixture, "t", "s", 1, 3);
    lq_core_fixture_settle_with_poison(fixture, 0, false);
    for (uint32_t index = 0; index < 4; index++) {
        tags[index] = lq_core_fixture_submit(fixture, "t", "s", 2, index + 1);
    }
    lq_core_fixture_store(fixture, 2);
    lq_core_fixture_settle(fixture);
    for (uint32_t index = 0; index < 4; index++) {
        ck_assert_uint_eq(lq_core_fixture_answer(fixture, tags[index])->outcome, LQ_OUTCOME_UNUSED);
    }
    ck_assert_uint_eq(fixture->publish_count, 0);
    lq_core_fixture_resume(fixture, "t", "s", "");
    tags[0] = lq_core_fixture_submit(fixture, "t", "s", 2, 1);
    lq_core_fixture_settle(fixture);
    ck_assert_uint_eq(lq_core_fixture_answer(fixture, tags[0])->outcome, LQ_OUTCOME_APPLIED);
}
END_TEST

/* A broker dies after the commit and before the receipt; the next one knows the session as parked.
 * "Unused" would be a lie about what lies in the ledger. */
START_TEST(test_parking_parked_session_knows_what_was_committed)
{
    struct lq_broker_event parked = {.kind = LQ_ON_PARKED_KNOWN,
                                     .names = lq_session_names_of("t", "s"),
                                     .parking = {lq_view_text("physics")}};
    uint32_t session = lq_ledger_model_session(&fixture->ledger, "t", "s");
    uint64_t tags[6];

    fixture->ledger.sessions[session].head = 7;
    fixture->ledger.entries[fixture->ledger.entry_count++] =
        (struct lq_model_entry){session, 1, 3, 7};
    lq_core_fixture_step(fixture, &parked);
    for (uint64_t sequence = 1; sequence <= 5; sequence++) {
        tags[sequence] = lq_core_fixture_submit(fixture, "t", "s", 1, sequence);
    }
    struct lq_fixture_batch *batch = lq_core_fixture_bring_to(fixture, LQ_LOAD);
    ck_assert_uint_eq(batch->items[0].command_count, 1); /* alone: the others cannot blur it */
    ck_assert_uint_eq(batch->items[0].steps, 0);
    lq_core_fixture_settle(fixture);
    for (uint64_t sequence = 1; sequence <= 5; sequence++) {
        const struct lq_fixture_answer *answer = lq_core_fixture_answer(fixture, tags[sequence]);
        ck_assert_uint_eq(answer->outcome,
                          sequence == 3 ? LQ_OUTCOME_DUPLICATE : LQ_OUTCOME_UNUSED);
        ck_assert_uint_eq(answer->frame, sequence == 3 ? 7 : 0);
        ck_assert(sequence == 3 || strncmp(answer->reason, "SESSION_PARKED:", 15) == 0);
    }
    ck_assert_uint_eq(fixture->publish_count, 0);
    ck_assert_uint_eq(lq_core_fixture_status(fixture)->executions_open, 0);
    ck_assert_uint_eq(lq_core_fixture_status(fixture)->sessions_parked, 1);
}
END_TEST

/* Resumed while load looks: the tick goes on. */
START_TEST(test_parking_resumed_during_a_look_up)
{
    struct lq_broker_event parked = {.kind = LQ_ON_PARKED_KNOWN,
                                     .names = lq_session_names_of("t", "s"),
                                     .parking = {lq_view_text("physics")}};

    lq_core_fixture_step(fixture, &parked);
    uint64_t tag = lq_core_fixture_submit(fixture, "t", "s", 1, 1);
    lq_core_fixture_bring_to(fixture, LQ_LOAD);
    lq_core_fixture_resume(fixture, "t", "s", "");
    lq_core_fixture_settle(fixture);
    ck_assert_uint_eq(lq_core_fixture_answer(fixture, tag)->outcome, LQ_OUTCOME_APPLIED);
}
END_TEST

/* A look-up that fails is nobody's letter. From then on the session counts as parked at load: its
 * commands do not get there any more, and hear that nobody knows. */
START_TEST(test_parking_parked_session_that_load_cannot_read)
{
    struct lq_broker_event parked = {.kind = LQ_ON_PARKED_KNOWN,
                                     .names = lq_session_names_of("t", "s"),
                                     .parking = {lq_view_text("physics")}};
    uint64_t tags[4];

    lq_core_fixture_step(fixture, &parked);
    for (uint64_t sequence = 1; sequence <= 2; sequence++) {
        tags[sequence] = lq_core_fixture_submit(fixture, "t", "s", 1, sequence);
    }
    struct lq_fixture_batch *batch = lq_core_fixture_bring_to(fixture, LQ_LOAD);
    lq_core_fixture_verdict(fixture, batch, 0, LQ_ITEM_FAILED, "Store.Corrupt", 0);
    lq_core_fixture_end_batch(fixture, batch);
    uint32_t dispatches = fixture->dispatches;
    tags[3] = lq_core_fixture_submit(fixture, "t", "s", 1, 3);
    lq_core_fixture_turn(fixture);
    ck_assert_uint_eq(fixture->dispatches, dispatches);
    for (uint64_t sequence = 1; sequence <= 3; sequence++) {
        const struct lq_fixture_answer *answer = lq_core_fixture_answer(fixture, tags[sequence]);
        ck_assert_uint_eq(answer->outcome, LQ_OUTCOME_UNUSED);
        ck_assert(strncmp(answer->reason, "UNDECIDED:", 10) == 0);
    }
    ck_assert_uint_eq(fixture->letter_count, 0);
    ck_assert_uint_eq(lq_core_fixture_status(fixture)->sessions_parked, 1);
    lq_core_fixture_resume(fixture, "t", "s", "");
    tags[0] = lq_core_fixture_submit(fixture, "t", "s", 1, 1);
    lq_core_fixture_settle(fixture);
    ck_assert_uint_eq(lq_core_fixture_answer(fixture, tags[0])->outcome, LQ_OUTCOME_APPLIED);
}
END_TEST

/* A full mailbox behind a full tick that dies: what waits is answered, command by command. */
START_TEST(test_parking_a_full_mailbox)
{
    struct lq_broker_core_config config = lq_core_case_without_retries();

    config.commands_max = 1000;
    config.tenant_commands_max = 1000;
    lq_core_case_reopen(&config);
    for (uint64_t sequence = 1; sequence <= 64; sequence++) {
        lq_core_fixture_submit(fixture, "t", "s", 1, sequence);
    }
    lq_core_fixture_bring_to(fixture, LQ_PHYSICS);
    for (uint64_t sequence = 65; sequence <= 320; sequence++) {
        lq_core_fixture_submit(fixture, "t", "s", 1, sequence);
    }
    lq_core_fixture_settle_with_poison(fixture, 0, true);
    ck_assert_uint_eq(fixture->letter_count, 3);
    ck_assert_uint_eq(fixture->answer_count, 320);
    ck_assert_uint_eq(lq_core_fixture_status(fixture)->sessions_parked, 1);
}
END_TEST

static const struct {
    const char *tenant, *session, *stage;
    uint32_t unparked;
} filters[] = {
    {"", "", "", 2},        {"t", "", "", 2},  {"u", "", "", 0},         {"t", "a", "", 1},
    {"", "", "physics", 2}, {"", "", "ai", 0}, {"t", "b", "physics", 1}, {"t", "c", "", 0},
};

START_TEST(test_parking_resume_fits_its_filter)
{
    lq_core_case_park("a", 1);
    lq_core_case_park("b", 1);
    lq_core_fixture_resume(fixture, filters[_i].tenant, filters[_i].session, filters[_i].stage);
    ck_assert_uint_eq(fixture->unparked, filters[_i].unparked);
    ck_assert_uint_eq(lq_core_fixture_status(fixture)->sessions_parked, 2 - filters[_i].unparked);
    if (filters[_i].session[0] != '\0' && filters[_i].unparked == 1) {
        ck_assert_str_eq(fixture->unparked_name + 2, filters[_i].session);
    }
}
END_TEST

START_TEST(test_parking_parked_of_an_earlier_broker)
{
    struct lq_broker_event event = {.kind = LQ_ON_PARKED_KNOWN,
                                    .names = lq_session_names_of("t", "s"),
                                    .parking = {lq_view_text("ai")}};
    struct lq_session_names names;
    struct lq_view stage;
    uint32_t cursor = 0;

    lq_core_fixture_step(fixture, &event);
    lq_core_fixture_step(fixture, &event);
    assert_parked("s");
    ck_assert(lq_broker_core_next_parked(fixture->core, &cursor, &names, &stage));
    ck_assert(lq_view_equal(stage, lq_view_text("ai")));
    ck_assert(!lq_broker_core_next_parked(fixture->core, &cursor, &names, &stage));
    lq_core_fixture_resume(fixture, "", "", "physics");
    assert_parked("s");
    lq_core_fixture_resume(fixture, "", "", "ai");
    ck_assert_uint_eq(lq_core_fixture_status(fixture)->sessions_resident, 0);
}
END_TEST

/* More than the effects of a step have room for: the shell repeats the event. */
START_TEST(test_parking_resume_of_a_crowd)
{
    struct lq_broker_core_config config = lq_core_case_without_retries();
    struct lq_broker_event event = {.kind = LQ_ON_PARKED_KNOWN, .names.tenant = lq_view_text("t")};
    char name[16];

    config.sessions_max = 3000;
    lq_core_case_reopen(&config);
    fixture->unchecked = true;
    for (uint32_t session = 0; session < 3000; session++) {
        snprintf(name, sizeof name, "s%u", session);
        event.names.session = lq_view_text(name);
        lq_core_fixture_step(fixture, &event);
    }
    lq_core_fixture_resume(fixture, "", "", "");
    ck_assert_uint_ge(fixture->unparked, LQ_EFFECTS_PER_STEP_MAX / 2);
    ck_assert_uint_lt(fixture->unparked, 3000);
    for (uint32_t step = 0; step < 6; step++) {
        lq_core_fixture_resume(fixture, "", "", "");
    }
    ck_assert_uint_eq(fixture->unparked, 3000);
    ck_assert_uint_eq(lq_core_fixture_status(fixture)->sessions_resident, 0);
}
END_TEST

TCase *lq_test_parking(void);
TCase *lq_test_parking(void)
{
    TCase *tc = tcase_create("parking");

    tcase_add_checked_fixture(tc, lq_core_case_open_without_retries, lq_core_case_close);
    tcase_add_test(tc, test_parking_three_deaths_in_a_row_park);
    tcase_add_test(tc, test_parking_success_breaks_the_row);
    tcase_add_test(tc, test_parking_purge_forgets_the_row);
    tcase_add_test(tc, test_parking_dead_tick_without_commands_parks_at_once);
    tcase_add_test(tc, test_parking_refuses_the_mailbox);
    tcase_add_test(tc, test_parking_parked_session_knows_what_was_committed);
    tcase_add_test(tc, test_parking_resumed_during_a_look_up);
    tcase_add_test(tc, test_parking_parked_session_that_load_cannot_read);
    tcase_add_test(tc, test_parking_a_full_mailbox);
    tcase_add_loop_test(tc, test_parking_resume_fits_its_filter, 0,
                        (int)(sizeof filters / sizeof filters[0]));
    tcase_add_test(tc, test_parking_parked_of_an_earlier_broker);
    tcase_add_test(tc, test_parking_resume_of_a_crowd);
    return tc;
}
