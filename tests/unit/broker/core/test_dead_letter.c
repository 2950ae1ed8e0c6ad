// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* Dead letters: bisecting, storing, the bounds, parking. DYING -> LETTER_STORED ->
 * closed. */
#include "base/clock.h"
#include "tests/support/suite.h"
#include "tests/unit/broker/core/core_fixture.h"

#include <stdio.h>

static struct lq_core_fixture *fixture;

static void open_with(const struct lq_broker_core_config *config)
{
    lq_core_fixture_close(&fixture);
    fixture = lq_core_fixture_open(config);
    lq_core_fixture_ready_all(fixture);
}

/* Every failure is final: what these tests are about comes after the retries. */
static struct lq_broker_core_config config_without_retries(void)
{
    struct lq_broker_core_config config = lq_core_fixture_config();

    for (uint32_t state = 0; state < 4; state++) {
        config.pipeline.states[state].retrier_count = 0;
    }
    return config;
}

static void open_fixture(void)
{
    struct lq_broker_core_config config = config_without_retries();

    open_with(&config);
}

static void close_fixture(void)
{
    lq_core_fixture_close(&fixture);
}

static uint64_t die_once(const char *session, uint32_t client, uint64_t sequence)
{
    uint64_t tag = lq_core_fixture_submit(fixture, "t", session, client, sequence);

    lq_core_fixture_settle_with_poison(fixture, 0, true);
    return tag;
}

static const uint64_t poisons[] = {1, 2, 31, 32, 33, 63, 64};

/* 63 of 64 pass, once and in order; one dies. */
START_TEST(test_dead_letter_bisect_finds_the_one)
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
START_TEST(test_dead_letter_bisect_steps_once)
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
START_TEST(test_dead_letter_bisect_keeps_the_order_of_later_commands)
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

START_TEST(test_dead_letter_submission_of_what_lies_in_one)
{
    uint64_t tag = die_once("s", 1, 1);
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

/* ---- bounds ---- */

START_TEST(test_dead_letter_full_sessions_wait)
{
    struct lq_broker_core_config config = config_without_retries();
    uint64_t tag;

    config.letters_max = 2;
    open_with(&config);
    die_once("a", 1, 1);
    die_once("b", 1, 1);
    tag = die_once("c", 1, 1);
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
    struct lq_broker_core_config config = config_without_retries();
    char name[16];

    config.letters_max = 3;
    open_with(&config);
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
    struct lq_broker_core_config config = config_without_retries();
    struct lq_fixture_letter letter = {.has_command = true, .command = {5, 0, 0}};

    config.letters_max = 2;
    config.executions_max = 2;
    open_with(&config);
    letter.session = lq_ledger_model_session(&fixture->ledger, "t", "s");
    for (uint64_t id = 1; id <= 10; id++) {
        letter.id = id;
        letter.command.sequence = id;
        lq_core_fixture_letter_event(fixture, LQ_ON_LETTER_KNOWN, &letter);
    }
    uint64_t tag = die_once("x", 1, 1);
    ck_assert_ptr_null(lq_core_fixture_answer(fixture, tag)); /* waits */
    for (uint64_t id = 1; id <= 10; id++) {
        letter.command.sequence = id;
        lq_core_fixture_letter_event(fixture, LQ_ON_LETTER_GONE, &letter);
    }
    lq_core_fixture_settle_with_poison(fixture, 0, true);
    ck_assert_uint_eq(lq_core_fixture_answer(fixture, tag)->outcome, LQ_OUTCOME_DEAD_LETTERED);
}
END_TEST

/* ---- parking ---- */

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
START_TEST(test_dead_letter_three_deaths_in_a_row_park)
{
    for (uint64_t sequence = 1; sequence <= 3; sequence++) {
        ck_assert_uint_eq(lq_core_fixture_status(fixture)->sessions_parked, 0);
        die_once("s", 1, sequence);
        ck_assert(fixture->letters[sequence - 1].parks == (sequence == 3));
    }
    ck_assert_uint_eq(lq_core_fixture_status(fixture)->sessions_parked, 1);
    assert_parked("s");
}
END_TEST

START_TEST(test_dead_letter_success_breaks_the_row)
{
    for (uint64_t sequence = 1; sequence <= 6; sequence += 3) {
        die_once("s", 1, sequence);
        die_once("s", 1, sequence + 1);
        lq_core_fixture_submit(fixture, "t", "s", 1, sequence + 2);
        lq_core_fixture_settle(fixture);
    }
    ck_assert_uint_eq(fixture->letter_count, 4);
    ck_assert_uint_eq(lq_core_fixture_status(fixture)->sessions_parked, 0);
    ck_assert_uint_eq(lq_core_fixture_status(fixture)->sessions_resident, 0);
}
END_TEST

START_TEST(test_dead_letter_purge_forgets_the_row)
{
    die_once("s", 1, 1);
    die_once("s", 1, 2);
    ck_assert_uint_eq(lq_core_fixture_status(fixture)->sessions_resident, 1);
    lq_core_fixture_letter_event(fixture, LQ_ON_LETTER_GONE, &fixture->letters[0]);
    ck_assert_uint_eq(lq_core_fixture_status(fixture)->sessions_resident, 0);
}
END_TEST

START_TEST(test_dead_letter_dead_tick_without_commands_parks_at_once)
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
START_TEST(test_dead_letter_parking_refuses_the_mailbox)
{
    uint64_t tags[4];

    die_once("s", 1, 1);
    die_once("s", 1, 2);
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
START_TEST(test_dead_letter_parked_session_knows_what_was_committed)
{
    struct lq_broker_event parked = {.kind = LQ_ON_PARKED_KNOWN,
                                     .tenant = lq_view_text("t"),
                                     .session = lq_view_text("s"),
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
START_TEST(test_dead_letter_resumed_during_a_look_up)
{
    struct lq_broker_event parked = {.kind = LQ_ON_PARKED_KNOWN,
                                     .tenant = lq_view_text("t"),
                                     .session = lq_view_text("s"),
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
START_TEST(test_dead_letter_parked_session_that_load_cannot_read)
{
    struct lq_broker_event parked = {.kind = LQ_ON_PARKED_KNOWN,
                                     .tenant = lq_view_text("t"),
                                     .session = lq_view_text("s"),
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
START_TEST(test_dead_letter_parking_a_full_mailbox)
{
    struct lq_broker_core_config config = config_without_retries();

    config.commands_max = 1000;
    config.tenant_commands_max = 1000;
    open_with(&config);
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

static void park(const char *session, uint32_t client)
{
    for (uint64_t sequence = 1; sequence <= 3; sequence++) {
        die_once(session, client, sequence);
    }
}

static const struct {
    const char *tenant, *session, *stage;
    uint32_t unparked;
} filters[] = {
    {"", "", "", 2},        {"t", "", "", 2},  {"u", "", "", 0},         {"t", "a", "", 1},
    {"", "", "physics", 2}, {"", "", "ai", 0}, {"t", "b", "physics", 1}, {"t", "c", "", 0},
};

START_TEST(test_dead_letter_resume_fits_its_filter)
{
    park("a", 1);
    park("b", 1);
    lq_core_fixture_resume(fixture, filters[_i].tenant, filters[_i].session, filters[_i].stage);
    ck_assert_uint_eq(fixture->unparked, filters[_i].unparked);
    ck_assert_uint_eq(lq_core_fixture_status(fixture)->sessions_parked, 2 - filters[_i].unparked);
    if (filters[_i].session[0] != '\0' && filters[_i].unparked == 1) {
        ck_assert_str_eq(fixture->unparked_name + 2, filters[_i].session);
    }
}
END_TEST

START_TEST(test_dead_letter_parked_of_an_earlier_broker)
{
    struct lq_broker_event event = {.kind = LQ_ON_PARKED_KNOWN,
                                    .tenant = lq_view_text("t"),
                                    .session = lq_view_text("s"),
                                    .parking = {lq_view_text("ai")}};
    struct lq_view tenant, name, stage;
    uint32_t cursor = 0;

    lq_core_fixture_step(fixture, &event);
    lq_core_fixture_step(fixture, &event);
    assert_parked("s");
    ck_assert(lq_broker_core_next_parked(fixture->core, &cursor, &tenant, &name, &stage));
    ck_assert(lq_view_equal(stage, lq_view_text("ai")));
    ck_assert(!lq_broker_core_next_parked(fixture->core, &cursor, &tenant, &name, &stage));
    lq_core_fixture_resume(fixture, "", "", "physics");
    assert_parked("s");
    lq_core_fixture_resume(fixture, "", "", "ai");
    ck_assert_uint_eq(lq_core_fixture_status(fixture)->sessions_resident, 0);
}
END_TEST

/* More than the effects of a step have room for: the shell repeats the event. */
START_TEST(test_dead_letter_resume_of_a_crowd)
{
    struct lq_broker_core_config config = config_without_retries();
    struct lq_broker_event event = {.kind = LQ_ON_PARKED_KNOWN, .tenant = lq_view_text("t")};
    char name[16];

    config.sessions_max = 3000;
    open_with(&config);
    fixture->unchecked = true;
    for (uint32_t session = 0; session < 3000; session++) {
        snprintf(name, sizeof name, "s%u", session);
        event.session = lq_view_text(name);
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

TCase *lq_test_dead_letter(void);
TCase *lq_test_dead_letter(void)
{
    TCase *tc = tcase_create("dead_letter");

    tcase_add_checked_fixture(tc, open_fixture, close_fixture);
    tcase_add_loop_test(tc, test_dead_letter_bisect_finds_the_one, 0,
                        (int)(sizeof poisons / sizeof poisons[0]));
    tcase_add_test(tc, test_dead_letter_bisect_steps_once);
    tcase_add_test(tc, test_dead_letter_bisect_keeps_the_order_of_later_commands);
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
    tcase_add_test(tc, test_dead_letter_three_deaths_in_a_row_park);
    tcase_add_test(tc, test_dead_letter_success_breaks_the_row);
    tcase_add_test(tc, test_dead_letter_purge_forgets_the_row);
    tcase_add_test(tc, test_dead_letter_dead_tick_without_commands_parks_at_once);
    tcase_add_test(tc, test_dead_letter_parking_refuses_the_mailbox);
    tcase_add_test(tc, test_dead_letter_parking_a_full_mailbox);
    tcase_add_test(tc, test_dead_letter_parked_session_knows_what_was_committed);
    tcase_add_test(tc, test_dead_letter_resumed_during_a_look_up);
    tcase_add_test(tc, test_dead_letter_parked_session_that_load_cannot_read);
    tcase_add_loop_test(tc, test_dead_letter_resume_fits_its_filter, 0,
                        (int)(sizeof filters / sizeof filters[0]));
    tcase_add_test(tc, test_dead_letter_parked_of_an_earlier_broker);
    tcase_add_test(tc, test_dead_letter_resume_of_a_crowd);
    return tc;
}
