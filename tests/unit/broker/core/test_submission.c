// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* Commands arrive: accepted, copied, refused. */
#include "tests/support/suite.h"
#include "tests/unit/broker/core/core_case.h"

static void assert_refused(uint64_t tag, const char *reason)
{
    const struct lq_fixture_answer *answer = lq_core_fixture_answer(fixture, tag);

    ck_assert_ptr_nonnull(answer);
    ck_assert_uint_eq(answer->outcome, LQ_OUTCOME_UNUSED);
    ck_assert_msg(strncmp(answer->reason, reason, strlen(reason)) == 0, "%s", answer->reason);
}

START_TEST(test_submission_receipt_comes_with_the_frame)
{
    uint64_t tag = lq_core_fixture_submit(fixture, "t", "s", 1, 1);

    ck_assert_ptr_null(lq_core_fixture_answer(fixture, tag)); /* nothing is acknowledged yet */
    lq_core_fixture_settle(fixture);
    const struct lq_fixture_answer *answer = lq_core_fixture_answer(fixture, tag);
    ck_assert_ptr_nonnull(answer);
    ck_assert_uint_eq(answer->outcome, LQ_OUTCOME_APPLIED);
    ck_assert_uint_eq(answer->frame, 1);
    ck_assert_uint_eq(answer->peer, 1000);
    ck_assert_uint_eq(lq_core_fixture_status(fixture)->sessions_resident, 0);
    ck_assert_uint_eq(lq_core_fixture_status(fixture)->payload_bytes, 0);
}
END_TEST

START_TEST(test_submission_copy_in_a_mailbox_renews_the_address)
{
    uint64_t first = lq_core_fixture_submit(fixture, "t", "s", 1, 1);
    uint64_t second = lq_core_fixture_submit(fixture, "t", "s", 1, 1);

    lq_core_fixture_settle(fixture);
    ck_assert_ptr_null(lq_core_fixture_answer(fixture, first));
    ck_assert_uint_eq(lq_core_fixture_answer(fixture, second)->outcome, LQ_OUTCOME_APPLIED);
    ck_assert_uint_eq(fixture->ledger.entry_count, 1);
    ck_assert_uint_eq(lq_core_fixture_status(fixture)->resends, 1);
}
END_TEST

START_TEST(test_submission_copy_in_an_execution_renews_the_address)
{
    for (uint32_t state = LQ_LOAD; state <= LQ_PERSIST; state++) {
        uint64_t first = lq_core_fixture_submit(fixture, "t", "s", 1, state + 1);
        lq_core_fixture_bring_to(fixture, state);
        uint64_t second = lq_core_fixture_submit(fixture, "t", "s", 1, state + 1);
        lq_core_fixture_settle(fixture);
        ck_assert_ptr_null(lq_core_fixture_answer(fixture, first));
        ck_assert_uint_eq(lq_core_fixture_answer(fixture, second)->frame, state + 1);
    }
    ck_assert_uint_eq(fixture->ledger.entry_count, 4);
}
END_TEST

/* After its receipt a copy is a new execution: load knows it and says so. */
START_TEST(test_submission_copy_after_the_receipt_is_a_duplicate)
{
    lq_core_fixture_submit(fixture, "t", "s", 1, 1);
    lq_core_fixture_settle(fixture);
    uint64_t again = lq_core_fixture_submit(fixture, "t", "s", 1, 1);
    lq_core_fixture_settle(fixture);
    ck_assert_uint_eq(lq_core_fixture_answer(fixture, again)->outcome, LQ_OUTCOME_DUPLICATE);
    ck_assert_uint_eq(lq_core_fixture_answer(fixture, again)->frame, 1);
    ck_assert_uint_eq(fixture->ledger.sessions[0].head, 1); /* no frame was made for it */
}
END_TEST

/* Without its body, as the shell submits what stands behind a refused one. */
static uint64_t submit_withheld(const char *session, uint64_t sequence)
{
    const struct lq_broker_event event = {
        .kind = LQ_ON_SUBMIT,
        .peer = 1001,
        .tag = ++fixture->next_tag,
        .names = lq_session_names_of("t", session),
        .client = lq_core_fixture_client(1),
        .sequence = sequence,
        .payload = {0, 0, 10},
    };

    lq_core_fixture_step(fixture, &event);
    return event.tag;
}

/* It is refused though there is room; a copy is a copy all the same. */
START_TEST(test_submission_without_its_body_is_never_kept)
{
    uint64_t first = lq_core_fixture_submit(fixture, "t", "s", 1, 1);
    uint64_t copy = submit_withheld("s", 1);
    uint64_t next = submit_withheld("s", 2);
    uint64_t other = submit_withheld("of-nobody", 3);

    assert_refused(next, "TENANT_QUOTA: behind one");
    assert_refused(other, "TENANT_QUOTA: behind one");
    ck_assert_uint_eq(lq_core_fixture_status(fixture)->mailbox_commands, 1);
    ck_assert_uint_eq(lq_core_fixture_status(fixture)->sessions_resident, 1);
    ck_assert_uint_eq(lq_core_fixture_status(fixture)->commands_refused, 2);
    lq_core_fixture_settle(fixture);
    ck_assert_ptr_null(lq_core_fixture_answer(fixture, first));
    ck_assert_uint_eq(lq_core_fixture_answer(fixture, copy)->outcome, LQ_OUTCOME_APPLIED);
    ck_assert_uint_eq(lq_core_fixture_answer(fixture, copy)->peer, 1001);
}
END_TEST

START_TEST(test_submission_same_number_in_two_sessions_is_two_commands)
{
    uint64_t a = lq_core_fixture_submit(fixture, "t", "a", 1, 1);
    uint64_t b = lq_core_fixture_submit(fixture, "t", "b", 1, 1);

    lq_core_fixture_settle(fixture);
    ck_assert_uint_eq(lq_core_fixture_answer(fixture, a)->outcome, LQ_OUTCOME_APPLIED);
    ck_assert_uint_eq(lq_core_fixture_answer(fixture, b)->outcome, LQ_OUTCOME_APPLIED);
}
END_TEST

static const char *const bad_names[][2] = {{"", "s"},
                                           {"t", ""},
                                           {"t/x", "s"},
                                           {"t", "a b"},
                                           {"0123456789012345678901234567890123", "s"},
                                           {".", "s"},
                                           {"..", "s"},
                                           {"t", ".."},
                                           {"t", ".s"}};

START_TEST(test_submission_bad_name_is_refused)
{
    assert_refused(lq_core_fixture_submit(fixture, bad_names[_i][0], bad_names[_i][1], 1, 1),
                   "INVALID_NAME");
}
END_TEST

/* 64 of a client for a session; another client's and another session's do not count. */
START_TEST(test_submission_client_is_bounded)
{
    for (uint64_t sequence = 1; sequence <= LQ_CLIENT_WINDOW; sequence++) {
        lq_core_fixture_submit(fixture, "t", "s", 1, sequence);
    }
    uint64_t other_session = lq_core_fixture_submit(fixture, "t", "other", 1, 1);
    uint64_t other_client = lq_core_fixture_submit(fixture, "t", "s", 2, 1);
    assert_refused(lq_core_fixture_submit(fixture, "t", "s", 1, LQ_CLIENT_WINDOW + 1),
                   "CLIENT_QUOTA");
    uint64_t copy = lq_core_fixture_submit(fixture, "t", "s", 1, LQ_CLIENT_WINDOW);
    lq_core_fixture_settle(fixture);
    ck_assert_uint_eq(lq_core_fixture_answer(fixture, copy)->outcome, LQ_OUTCOME_APPLIED);
    ck_assert_uint_eq(lq_core_fixture_answer(fixture, other_session)->outcome, LQ_OUTCOME_APPLIED);
    ck_assert_uint_eq(lq_core_fixture_answer(fixture, other_client)->outcome, LQ_OUTCOME_APPLIED);
    uint64_t again = lq_core_fixture_submit(fixture, "t", "s", 1, LQ_CLIENT_WINDOW + 1);
    lq_core_fixture_settle(fixture);
    ck_assert_uint_eq(lq_core_fixture_answer(fixture, again)->outcome, LQ_OUTCOME_APPLIED);
}
END_TEST

START_TEST(test_submission_mailbox_is_bounded)
{
    struct lq_broker_core_config config = lq_core_fixture_config();

    config.mailbox_commands_max = 3;
    lq_core_case_reopen(&config);
    for (uint64_t sequence = 1; sequence <= 3; sequence++) {
        lq_core_fixture_submit(fixture, "t", "s", 1, sequence);
    }
    assert_refused(lq_core_fixture_submit(fixture, "t", "s", 1, 4), "MAILBOX_FULL");
    uint64_t other = lq_core_fixture_submit(fixture, "t", "other", 1, 1);
    lq_core_fixture_settle(fixture);
    ck_assert_uint_eq(lq_core_fixture_answer(fixture, other)->outcome, LQ_OUTCOME_APPLIED);
    uint64_t again = lq_core_fixture_submit(fixture, "t", "s", 1, 4); /* its number is still free */
    lq_core_fixture_settle(fixture);
    ck_assert_uint_eq(lq_core_fixture_answer(fixture, again)->outcome, LQ_OUTCOME_APPLIED);
}
END_TEST

START_TEST(test_submission_copy_passes_a_full_mailbox)
{
    struct lq_broker_core_config config = lq_core_fixture_config();

    config.mailbox_commands_max = 1;
    lq_core_case_reopen(&config);
    lq_core_fixture_submit(fixture, "t", "s", 1, 1);
    uint64_t copy = lq_core_fixture_submit(fixture, "t", "s", 1, 1);
    lq_core_fixture_settle(fixture);
    ck_assert_uint_eq(lq_core_fixture_answer(fixture, copy)->outcome, LQ_OUTCOME_APPLIED);
}
END_TEST

START_TEST(test_submission_tenant_quota_is_its_own)
{
    struct lq_broker_core_config config = lq_core_fixture_config();

    config.tenant_commands_max = 2;
    lq_core_case_reopen(&config);
    lq_core_fixture_submit(fixture, "t", "a", 1, 1);
    lq_core_fixture_submit(fixture, "t", "b", 1, 1);
    assert_refused(lq_core_fixture_submit(fixture, "t", "c", 1, 1), "TENANT_QUOTA");
    uint64_t other = lq_core_fixture_submit(fixture, "u", "a", 1, 1);
    lq_core_fixture_settle(fixture);
    ck_assert_uint_eq(lq_core_fixture_answer(fixture, other)->outcome, LQ_OUTCOME_APPLIED);
    ck_assert_uint_eq(lq_core_fixture_status(fixture)->sessions_resident, 0);
}
END_TEST

START_TEST(test_submission_pools_are_bounded)
{
    struct lq_broker_core_config config = lq_core_fixture_config();

    config.sessions_max = 2;
    config.tenants_max = 2;
    config.commands_max = 5;
    lq_core_case_reopen(&config);
    lq_core_fixture_submit(fixture, "t", "a", 1, 1);
    lq_core_fixture_submit(fixture, "u", "a", 1, 1);
    assert_refused(lq_core_fixture_submit(fixture, "t", "b", 1, 1),
                   "BROKER_FULL: too many sessions");
    assert_refused(lq_core_fixture_submit(fixture, "v", "a", 1, 1),
                   "BROKER_FULL: too many sessions");
    lq_core_fixture_submit(fixture, "t", "a", 1, 2);
    assert_refused(lq_core_fixture_submit(fixture, "t", "a", 1, 3),
                   "BROKER_FULL: too many commands of this tenant");
    lq_core_fixture_submit(fixture, "u", "a", 1, 2);
    assert_refused(lq_core_fixture_submit(fixture, "u", "a", 1, 3),
                   "BROKER_FULL: too many commands of this tenant");
    lq_core_fixture_settle(fixture);
    uint64_t later = lq_core_fixture_submit(fixture, "v", "z", 1, 1);
    lq_core_fixture_settle(fixture);
    ck_assert_uint_eq(lq_core_fixture_answer(fixture, later)->outcome, LQ_OUTCOME_APPLIED);
}
END_TEST

START_TEST(test_submission_bound_on_payload_bytes)
{
    struct lq_broker_core_config config = lq_core_fixture_config();

    config.payload_bytes_max = 41;
    lq_core_case_reopen(&config);
    lq_core_fixture_submit(fixture, "t", "a", 1, 1);
    lq_core_fixture_submit(fixture, "t", "a", 1, 2);
    assert_refused(lq_core_fixture_submit(fixture, "t", "a", 1, 3), "BROKER_FULL: too many bytes");
}
END_TEST

START_TEST(test_submission_bound_on_executions)
{
    struct lq_broker_core_config config = lq_core_fixture_config();

    config.executions_max = 1;
    lq_core_case_reopen(&config);
    uint64_t first = lq_core_fixture_submit(fixture, "t", "a", 1, 1);
    lq_core_fixture_turn(fixture);
    assert_refused(lq_core_fixture_submit(fixture, "t", "b", 1, 1),
                   "BROKER_FULL: too many executions");
    lq_core_fixture_settle(fixture);
    ck_assert_uint_eq(lq_core_fixture_answer(fixture, first)->outcome, LQ_OUTCOME_APPLIED);
}
END_TEST

START_TEST(test_submission_paused_persist_refuses_and_opens_nothing)
{
    uint64_t waiting = lq_core_fixture_submit(fixture, "t", "a", 1, 1);

    lq_core_fixture_pause(fixture, 4, "disk full");
    lq_core_fixture_turn(fixture);
    ck_assert_uint_eq(fixture->dispatches, 0);
    assert_refused(lq_core_fixture_submit(fixture, "t", "a", 1, 2), "BROKER_PAUSED");
    uint64_t copy = lq_core_fixture_submit(fixture, "t", "a", 1, 1); /* a copy is no new work */
    lq_core_fixture_pause(fixture, 4, NULL);
    lq_core_fixture_settle(fixture);
    ck_assert_ptr_null(lq_core_fixture_answer(fixture, waiting));
    ck_assert_uint_eq(lq_core_fixture_answer(fixture, copy)->outcome, LQ_OUTCOME_APPLIED);
}
END_TEST

START_TEST(test_submission_retiring_persist_is_no_pause)
{
    lq_core_fixture_retire(fixture, 4);
    uint64_t tag = lq_core_fixture_submit(fixture, "t", "a", 1, 1);
    lq_core_fixture_settle(fixture);
    ck_assert_ptr_null(lq_core_fixture_answer(fixture, tag)); /* waits at persist's door */
    lq_core_fixture_ready(fixture, 5, "persist-2", LQ_PERSIST, 0);
    lq_core_fixture_settle(fixture);
    ck_assert_uint_eq(lq_core_fixture_answer(fixture, tag)->outcome, LQ_OUTCOME_APPLIED);
}
END_TEST

START_TEST(test_submission_unknown_session_ends_without_retry_or_letter)
{
    uint64_t tag = lq_core_fixture_submit(fixture, "t", "nowhere", 1, 1);
    struct lq_fixture_batch *batch = lq_core_fixture_bring_to(fixture, LQ_LOAD);

    lq_core_fixture_verdict(fixture, batch, 0, LQ_ITEM_ENDED, "Session.Unknown", 0);
    lq_core_fixture_end_batch(fixture, batch);
    assert_refused(tag, "Session.Unknown");
    lq_core_fixture_settle(fixture);
    ck_assert_uint_eq(fixture->letter_count, 0);
    ck_assert_uint_eq(lq_core_fixture_status(fixture)->retries, 0);
    ck_assert_uint_eq(lq_core_fixture_status(fixture)->sessions_resident, 0);
}
END_TEST

TCase *lq_test_submission(void);
TCase *lq_test_submission(void)
{
    TCase *tc = tcase_create("submission");

    tcase_add_checked_fixture(tc, lq_core_case_open, lq_core_case_close);
    tcase_add_test(tc, test_submission_receipt_comes_with_the_frame);
    tcase_add_test(tc, test_submission_copy_in_a_mailbox_renews_the_address);
    tcase_add_test(tc, test_submission_copy_in_an_execution_renews_the_address);
    tcase_add_test(tc, test_submission_copy_after_the_receipt_is_a_duplicate);
    tcase_add_test(tc, test_submission_without_its_body_is_never_kept);
    tcase_add_test(tc, test_submission_same_number_in_two_sessions_is_two_commands);
    tcase_add_loop_test(tc, test_submission_bad_name_is_refused, 0,
                        (int)(sizeof bad_names / sizeof bad_names[0]));
    tcase_add_test(tc, test_submission_mailbox_is_bounded);
    tcase_add_test(tc, test_submission_client_is_bounded);
    tcase_add_test(tc, test_submission_copy_passes_a_full_mailbox);
    tcase_add_test(tc, test_submission_tenant_quota_is_its_own);
    tcase_add_test(tc, test_submission_pools_are_bounded);
    tcase_add_test(tc, test_submission_bound_on_payload_bytes);
    tcase_add_test(tc, test_submission_bound_on_executions);
    tcase_add_test(tc, test_submission_paused_persist_refuses_and_opens_nothing);
    tcase_add_test(tc, test_submission_retiring_persist_is_no_pause);
    tcase_add_test(tc, test_submission_unknown_session_ends_without_retry_or_letter);
    return tc;
}
