// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* Where a command is, from SUBMIT to its answer. */
#include "tests/support/suite.h"
#include "tests/unit/broker/core/core_case.h"

static const struct lq_command_sighting *look(const char *session, uint32_t client,
                                              uint64_t sequence)
{
    static struct lq_command_sighting sighting;
    const struct lq_command_name name = {lq_core_fixture_client(client), sequence};

    lq_broker_core_find_command(fixture->core, lq_session_names_of("t", session), &name, &sighting);
    return &sighting;
}

static void nowhere(const char *session, uint32_t client, uint64_t sequence)
{
    ck_assert_uint_eq(look(session, client, sequence)->place, LQ_COMMAND_NOWHERE);
    ck_assert_uint_eq(look(session, client, sequence)->letter_id, 0);
}

START_TEST(test_command_sight_from_mailbox_to_frame)
{
    nowhere("s", 1, 1);
    lq_core_fixture_submit(fixture, "t", "s", 1, 1);
    struct lq_fixture_batch *batch = lq_core_fixture_bring_to(fixture, LQ_PHYSICS);
    ck_assert_uint_eq(look("s", 1, 1)->place, LQ_COMMAND_UNDER_WAY);
    ck_assert(lq_view_equal(look("s", 1, 1)->stage, lq_view_text("physics")));
    lq_core_fixture_submit(fixture, "t", "s", 2, 1);
    lq_core_fixture_submit(fixture, "t", "s", 1, 2);
    ck_assert_uint_eq(look("s", 2, 1)->place, LQ_COMMAND_IN_MAILBOX);
    ck_assert_uint_eq(look("s", 2, 1)->ahead, 0);
    ck_assert_uint_eq(look("s", 1, 2)->place, LQ_COMMAND_IN_MAILBOX);
    ck_assert_uint_eq(look("s", 1, 2)->ahead, 1);
    nowhere("s", 2, 2);  /* another number of a client that waits */
    nowhere("s", 3, 1);  /* another client */
    nowhere("s2", 1, 1); /* another session */
    lq_core_fixture_done(fixture, batch, 0);
    lq_core_fixture_end_batch(fixture, batch);
    lq_core_fixture_settle(fixture);
    nowhere("s", 1, 1);
    nowhere("s", 1, 2);
}
END_TEST

START_TEST(test_command_sight_in_a_letter)
{
    struct lq_broker_core_config config = lq_core_case_without_retries();

    lq_core_case_reopen(&config);
    lq_core_case_die_once("s", 1, 1);
    ck_assert_uint_eq(look("s", 1, 1)->place, LQ_COMMAND_IN_LETTER);
    ck_assert_uint_eq(look("s", 1, 1)->letter_id, fixture->letters[0].id);
    nowhere("s2", 1, 1);
    lq_core_fixture_letter_event(fixture, LQ_ON_REDRIVE, &fixture->letters[0]);
    (void)lq_core_fixture_bring_to(fixture, LQ_LOAD);
    ck_assert_uint_eq(look("s", 1, 1)->place, LQ_COMMAND_UNDER_WAY);
    ck_assert_uint_eq(look("s", 1, 1)->letter_id, fixture->letters[0].id);
    lq_core_fixture_settle(fixture);
    nowhere("s", 1, 1);
}
END_TEST

START_TEST(test_command_sight_of_a_parked_session)
{
    struct lq_broker_core_config config = lq_core_case_without_retries();

    lq_core_case_reopen(&config);
    lq_core_case_park("s", 1);
    ck_assert(lq_view_equal(look("s", 1, 9)->parked_by, lq_view_text("physics")));
    ck_assert_uint_eq(look("s", 1, 9)->place, LQ_COMMAND_NOWHERE);
    ck_assert_uint_eq(look("s2", 1, 9)->parked_by.bytes, 0);
}
END_TEST

START_TEST(test_command_sight_of_a_held_answer)
{
    lq_core_fixture_durability(fixture, "t", LQ_DURABILITY_MIRRORED);
    lq_core_fixture_submit(fixture, "t", "s", 1, 1);
    lq_core_fixture_settle(fixture);
    ck_assert_uint_eq(look("s", 1, 1)->place, LQ_COMMAND_HELD);
    lq_core_fixture_stream(fixture, "t", 1);
    nowhere("s", 1, 1);
}
END_TEST

TCase *lq_test_command_sight(void);
TCase *lq_test_command_sight(void)
{
    TCase *tc = tcase_create("command_sight");

    tcase_add_checked_fixture(tc, lq_core_case_open, lq_core_case_close);
    tcase_add_test(tc, test_command_sight_from_mailbox_to_frame);
    tcase_add_test(tc, test_command_sight_in_a_letter);
    tcase_add_test(tc, test_command_sight_of_a_parked_session);
    tcase_add_test(tc, test_command_sight_of_a_held_answer);
    return tc;
}
