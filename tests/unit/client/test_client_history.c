// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* Clients without a broker meet another history. */
#include "client/client_history.h"

#include "client/client_record.h"
#include "client/receipt_intake.h"
#include "tests/unit/client/client_cases.h"

enum { EPOCH = 3 };

static const uint8_t one[] = "one history id..", other[] = "another history.",
                     third[] = "the third comes.";

static struct {
    lq_link_t *link;
    lq_client_t *client;
    struct lq_client_id first_id;
    uint32_t session;
    uint32_t receipts;
    uint64_t heard; /* number of the last receipt */
} test;

static void hear(void *context, const struct lq_client_receipt *receipt)
{
    (void)context;
    test.receipts++;
    test.heard = receipt->sequence;
}

static void open_with(const uint8_t *history, bool own_numbers)
{
    const struct lq_link_options of_link = {
        .runtime_dir = "/run/lq", .clients_max = 1, .outstanding_max = 100};
    const struct lq_client_options options = {.tenant = "demo",
                                              .history = history,
                                              .on_receipt = hear,
                                              .sessions_max = 2,
                                              .own_numbers = own_numbers};
    struct lq_error_message message = {""};

    memset(&test, 0, sizeof test);
    ck_assert_msg(lq_link_open(&of_link, &test.link, &message) == LQ_OK, "%s", message.text);
    ck_assert_int_eq(lq_client_new(test.link, &options, &test.client, &message), LQ_OK);
    ck_assert_int_eq(lq_client_session(test.client, "s1", 500, &test.session), LQ_OK);
    test.link->broker.epoch = EPOCH;
    test.first_id = *lq_client_identity(test.client);
}

static void set_up(void)
{
    open_with(NULL, false);
}

static void tear_down(void)
{
    lq_link_close(&test.link);
}

static void meet(const uint8_t *history)
{
    lq_client_history_meet(test.client, history);
    lq_client_rewind(test.client, 0);
}

static void submit(uint32_t count)
{
    const struct lq_command command = {.kind = LQ_COMMAND_LEAVE, .outcome = LQ_OUTCOME_PENDING};
    char reason[LQ_REASON_BYTES_MAX];
    uint64_t sequence;

    while (count-- > 0) {
        ck_assert_int_eq(
            lq_client_submit(test.client, test.session, &command, NULL, &sequence, reason), LQ_OK);
    }
}

static void send(uint32_t count)
{
    while (count-- > 0) {
        (void)lq_outstanding_mark_sent(&test.link->outstanding, &test.client->outstanding, 0,
                                       ++test.link->sent_mark);
    }
    lq_client_settle(test.client);
}

/* The oldest command that has no answer yet, applied. */
static void answer_first(void)
{
    static uint8_t bytes[LQ_HEADER_BYTES_MAX];
    struct lq_receipt_answer answer = {
        .tag = lq_outstanding_tag(&test.link->outstanding, test.client->outstanding.first, 0),
        .outcome = LQ_OUTCOME_APPLIED,
        .frame = 1};
    struct lq_receipt receipt = {EPOCH, 1, &answer};
    size_t written = 0;

    ck_assert_int_eq(lq_receipt_encode(&receipt, bytes, sizeof bytes, &written), LQ_OK);
    lq_arena_reset(&test.link->arena);
    lq_receipt_intake_take(test.link,
                           lq_view_of(bytes + LQ_FRAMING_BYTES, written - LQ_FRAMING_BYTES), 0);
}

static bool has_first_id(void)
{
    return lq_client_id_equal(lq_client_identity(test.client), &test.first_id);
}

START_TEST(test_the_same_history_changes_nothing)
{
    ck_assert_ptr_null(lq_link_history(test.link));
    meet(one);
    submit(3);
    send(2);
    meet(one);
    ck_assert(has_first_id());
    ck_assert_uint_eq(lq_client_next_sequence(test.client, test.session), 503);
    ck_assert_mem_eq(test.client->history.bytes, one, LQ_CLIENT_HISTORY_BYTES);
}
END_TEST

START_TEST(test_what_was_sent_stays_and_the_rest_is_numbered_anew)
{
    struct lq_outstanding *table = &test.link->outstanding;

    meet(one);
    submit(5);
    send(3);
    meet(other);
    ck_assert(!has_first_id());
    ck_assert_uint_eq(test.client->history.old_count, 3);
    for (uint32_t index = 0; index < 5; index++) {
        ck_assert_int_eq(table->slots[index].is_old, index < 3);
        ck_assert_uint_eq(table->slots[index].sequence, index < 3 ? 500 + index : index - 2);
    }
    submit(1);
    ck_assert_uint_eq(table->slots[5].sequence, 3);
    for (uint64_t number = 500; number < 503; number++) {
        answer_first();
        ck_assert_uint_eq(test.heard, number);
    }
    ck_assert_uint_eq(test.client->history.old_count, 0);
    ck_assert_uint_eq(lq_client_next_sequence(test.client, test.session), 4);
    answer_first();
    ck_assert_uint_eq(test.heard, 1);
    uint32_t second;
    ck_assert_int_eq(lq_client_session(test.client, "s2", 700, &second), LQ_OK);
    ck_assert_uint_eq(lq_client_next_sequence(test.client, second), 1);
}
END_TEST

/* A window full of unanswered commands leaves a whole window of new ones. */
START_TEST(test_old_commands_leave_the_window)
{
    meet(one);
    submit(LQ_CLIENT_WINDOW);
    send(LQ_CLIENT_WINDOW);
    meet(other);
    ck_assert_uint_eq(test.client->history.old_count, LQ_CLIENT_WINDOW);
    submit(100 - LQ_CLIENT_WINDOW);
    while (test.client->outstanding.count > 0) {
        answer_first();
    }
    ck_assert_uint_eq(test.receipts, 100);
}
END_TEST

/* Ids are two at most: the next one waits until the old commands are answered. */
START_TEST(test_one_history_after_the_other)
{
    meet(one);
    submit(2);
    send(2);
    meet(other);
    struct lq_client_id second_id = *lq_client_identity(test.client);
    submit(2);
    send(4);
    meet(third);
    ck_assert(lq_client_id_equal(lq_client_identity(test.client), &second_id));
    answer_first();
    answer_first();
    ck_assert(!lq_client_id_equal(lq_client_identity(test.client), &second_id));
    ck_assert(lq_client_id_equal(&test.client->history.old_id, &second_id));
    ck_assert_uint_eq(test.client->history.old_count, 2);
    answer_first();
    answer_first();
    ck_assert_uint_eq(test.client->history.old_count, 0);
    ck_assert_uint_eq(lq_client_next_sequence(test.client, test.session), 1);
}
END_TEST

START_TEST(test_a_history_that_was_remembered)
{
    tear_down();
    open_with(one, false);
    submit(2);
    meet(other);
    ck_assert(!has_first_id());
    ck_assert_uint_eq(test.client->history.old_count, 0);
    ck_assert_uint_eq(lq_client_next_sequence(test.client, test.session), 3);
}
END_TEST

/* The numbers are the caller's, and so is what to make of it. */
START_TEST(test_own_numbers_stay)
{
    const struct lq_command command = {.kind = LQ_COMMAND_LEAVE, .outcome = LQ_OUTCOME_PENDING};
    char reason[LQ_REASON_BYTES_MAX];

    tear_down();
    open_with(one, true);
    for (uint64_t sequence = 7; sequence <= 8; sequence++) {
        const struct lq_client_number number = {.sequence = sequence};
        ck_assert_int_eq(
            lq_client_submit_numbered(test.client, test.session, &command, &number, NULL, reason),
            LQ_OK);
    }
    send(1);
    meet(other);
    ck_assert(has_first_id());
    ck_assert_uint_eq(test.client->history.old_count, 0);
    for (uint64_t sequence = 7; sequence <= 8; sequence++) {
        send(1);
        answer_first();
        ck_assert_uint_eq(test.heard, sequence);
    }
}
END_TEST

TCase *lq_test_client_history(void)
{
    TCase *tc = tcase_create("client_history");

    tcase_add_checked_fixture(tc, set_up, tear_down);
    tcase_add_test(tc, test_the_same_history_changes_nothing);
    tcase_add_test(tc, test_what_was_sent_stays_and_the_rest_is_numbered_anew);
    tcase_add_test(tc, test_old_commands_leave_the_window);
    tcase_add_test(tc, test_one_history_after_the_other);
    tcase_add_test(tc, test_a_history_that_was_remembered);
    tcase_add_test(tc, test_own_numbers_stay);
    return tc;
}
