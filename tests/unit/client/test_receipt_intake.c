// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* A link without a broker: commands are marked as sent, and answers handed in. */
#include "client/receipt_intake.h"

#include "base/clock.h"
#include "client/client_record.h"
#include "tests/unit/client/client_cases.h"

#include <stdio.h>

#define QUOTA "TENANT_QUOTA: commands/s"
enum { EPOCH = 3, NOW_MS = 1000 };

static struct {
    lq_link_t *link;
    lq_client_t *client;
    uint32_t session;
    char heard[64]; /* of each receipt, in order: its number and the first letter of its outcome */
    char reason[LQ_REASON_BYTES_MAX];
    uint64_t tags[8]; /* of commands 1, 2, ... in the round in which they were sent last */
} test;

static void hear(void *context, const struct lq_client_receipt *receipt)
{
    size_t used = strlen(test.heard);

    (void)context;
    snprintf(test.heard + used, sizeof test.heard - used, "%u%c", (unsigned)receipt->sequence,
             lq_outcome_name((uint8_t)receipt->outcome)[0]);
    snprintf(test.reason, sizeof test.reason, "%.*s", (int)receipt->reason.bytes,
             receipt->reason.bytes > 0 ? (const char *)receipt->reason.data : "");
}

static void open_with(bool hears_quota)
{
    const struct lq_link_options of_link = {
        .runtime_dir = "/run/lq", .clients_max = 4, .outstanding_max = 32};
    const struct lq_client_options options = {
        .tenant = "demo", .on_receipt = hear, .sessions_max = 1, .hears_quota = hears_quota};
    struct lq_error_message message = {""};

    memset(&test, 0, sizeof test);
    ck_assert_msg(lq_link_open(&of_link, &test.link, &message) == LQ_OK, "%s", message.text);
    ck_assert_int_eq(lq_client_new(test.link, &options, &test.client, &message), LQ_OK);
    ck_assert_int_eq(lq_client_session(test.client, "s1", 1, &test.session), LQ_OK);
    test.link->broker.epoch = EPOCH;
}

static void open_client(void)
{
    open_with(false);
}

static void close_client(void)
{
    lq_link_close(&test.link);
}

static uint32_t tag_round(void)
{
    return test.client->lane->wait.round & LQ_QUOTA_WAIT_ROUND_MASK;
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

/* As a turn does it; at most `count` commands. */
static void send(uint32_t count)
{
    struct lq_outstanding *table = &test.link->outstanding;
    struct lq_outstanding_list *list = &test.client->outstanding;
    struct lq_quota_wait *wait = &test.client->lane->wait;

    while (count-- > 0 && list->unsent != LQ_OUTSTANDING_NONE) {
        uint64_t sequence = table->slots[list->unsent].sequence;
        test.tags[sequence] = lq_outstanding_tag(table, list->unsent, tag_round());
        (void)lq_outstanding_mark_sent(table, list, tag_round(), ++test.link->sent_mark);
        if (wait->asked_count < wait->asked_max) {
            lq_quota_wait_note_sent(wait, 1, test.link->sent_mark);
        }
    }
    lq_client_settle(test.client);
}

static void receive(uint64_t epoch, struct lq_receipt_answer answer)
{
    static uint8_t bytes[LQ_HEADER_BYTES_MAX];
    struct lq_receipt receipt = {epoch, 1, &answer};
    size_t written = 0;

    ck_assert_int_eq(lq_receipt_encode(&receipt, bytes, sizeof bytes, &written), LQ_OK);
    lq_arena_reset(&test.link->arena);
    lq_receipt_intake_take(test.link,
                           lq_view_of(bytes + LQ_FRAMING_BYTES, written - LQ_FRAMING_BYTES),
                           NOW_MS * LQ_NS_PER_MS);
}

static void refuse(uint64_t first, uint64_t last, const char *reason, uint32_t again_ms)
{
    receive(EPOCH, (struct lq_receipt_answer){.tag = first,
                                              .last_tag = last,
                                              .outcome = LQ_OUTCOME_UNUSED,
                                              .reason = lq_view_text(reason),
                                              .again_ms = again_ms});
}

static void apply(uint64_t number)
{
    receive(EPOCH, (struct lq_receipt_answer){
                       .tag = test.tags[number], .outcome = LQ_OUTCOME_APPLIED, .frame = number});
}

/* Numbers of what is to be sent, in order. */
static void expect_unsent(const char *expected)
{
    const struct lq_outstanding *table = &test.link->outstanding;
    char found[16] = "";
    size_t count = 0;

    for (uint32_t index = test.client->outstanding.unsent; index != LQ_OUTSTANDING_NONE;
         index = table->slots[index].next) {
        found[count++] = (char)('0' + table->slots[index].sequence);
    }
    ck_assert_str_eq(found, expected);
}

static uint32_t wait_over(void)
{
    return lq_quota_wait_allows(&test.client->lane->wait, (NOW_MS + 60000) * LQ_NS_PER_MS);
}

START_TEST(what_a_quota_refuses_is_sent_again_in_order)
{
    struct lq_client_quota quota;

    submit(5);
    send(4);
    refuse(test.tags[2], test.tags[3], QUOTA, 50);
    expect_unsent("2345");
    apply(1);
    ck_assert_str_eq(test.heard, "1a");
    lq_client_quota(test.client, &quota);
    ck_assert_uint_eq(quota.refusals, 2);
    ck_assert_uint_eq(quota.waits, 1);
    ck_assert_uint_eq(quota.until_ns, (NOW_MS + 50) * LQ_NS_PER_MS);
    ck_assert_str_eq(quota.reason, QUOTA);
    /* What was behind it in the round is refused as well, later. */
    refuse(test.tags[4], 0, QUOTA, 0);
    expect_unsent("2345");
    ck_assert_uint_eq(wait_over(), 1);
    send(4);
    for (uint64_t number = 2; number <= 5; number++) {
        apply(number);
    }
    ck_assert_str_eq(test.heard, "1a2a3a4a5a");
    ck_assert_uint_eq(lq_client_next_sequence(test.client, test.session), 6);
}
END_TEST

/* The time is over before the last refusals of the round before are here. */
START_TEST(refusals_of_an_earlier_round_change_nothing)
{
    submit(3);
    send(3);
    uint64_t late = test.tags[2];
    refuse(test.tags[1], 0, QUOTA, 1);
    ck_assert_uint_eq(wait_over(), 1);
    send(3);
    refuse(late, test.tags[3], QUOTA, 1); /* its ends are of two rounds: no message has both */
    refuse(late, 0, QUOTA, 1);
    expect_unsent("");
    ck_assert_uint_eq(test.client->lane->wait.until_ns, 0);
}
END_TEST

/* A run that begins or ends with what has its answer already decides nothing; but the round is
 * refused, and begins again with the oldest. */
START_TEST(a_run_whose_end_is_gone)
{
    for (uint64_t gone = 2; gone <= 4; gone += 2) {
        close_client();
        open_client();
        submit(5);
        send(5);
        apply(gone);
        refuse(test.tags[2], test.tags[4], QUOTA, 50);
        expect_unsent(gone == 2 ? "1345" : "1235");
        ck_assert_str_eq(test.heard, gone == 2 ? "2a" : "4a");
    }
    close_client();
    open_client();
    submit(3);
    send(3);
    apply(1);
    refuse(test.tags[1], test.tags[3], "MAILBOX_FULL", 0);
    expect_unsent("");
    ck_assert_str_eq(test.heard, "1a");
}
END_TEST

/* Backwards, or of another epoch: not what a broker says. */
START_TEST(runs_that_are_none)
{
    submit(3);
    send(3);
    refuse(test.tags[3], test.tags[1], "MAILBOX_FULL", 0);
    refuse(test.tags[1], UINT64_MAX, "MAILBOX_FULL", 0);
    refuse(0, test.tags[3], "MAILBOX_FULL", 0);
    receive(EPOCH - 1, (struct lq_receipt_answer){.tag = test.tags[1],
                                                  .last_tag = test.tags[3],
                                                  .outcome = LQ_OUTCOME_UNUSED,
                                                  .reason = lq_view_text(QUOTA)});
    ck_assert_str_eq(test.heard, "");
    expect_unsent("");
    ck_assert_uint_eq(test.client->lane->wait.waits, 0);
}
END_TEST

START_TEST(other_runs_are_receipts)
{
    submit(4);
    send(4);
    refuse(test.tags[2], test.tags[4], "MAILBOX_FULL: many", 0);
    ck_assert_str_eq(test.heard, "2u3u4u");
    ck_assert_str_eq(test.reason, "MAILBOX_FULL: many");
    apply(1);
    ck_assert_uint_eq(lq_client_next_sequence(test.client, test.session), 2);
}
END_TEST

/* A copy that was refused for a quota is none: the next one's refusal decides, and the number is
 * free. Said twice, it is one copy less, not two. */
START_TEST(a_refused_copy_is_no_copy)
{
    submit(1);
    send(1);
    refuse(test.tags[1], 0, QUOTA, 1);
    refuse(test.tags[1], 0, QUOTA, 1);
    refuse(test.tags[1], 0, "MAILBOX_FULL", 0); /* of none that is out */
    ck_assert_str_eq(test.heard, "");
    ck_assert_uint_eq(wait_over(), 1);
    send(1);
    refuse(test.tags[1], 0, "MAILBOX_FULL", 0);
    ck_assert_str_eq(test.heard, "1u");
    ck_assert_uint_eq(lq_client_next_sequence(test.client, test.session), 1);
}
END_TEST

/* An earlier copy may be in the ledger: refused or not, only load knows. */
START_TEST(an_earlier_copy_stays_in_doubt)
{
    submit(1);
    send(1);
    lq_outstanding_rewind(&test.client->outstanding);
    send(1);
    refuse(test.tags[1], 0, QUOTA, 1);
    ck_assert_uint_eq(wait_over(), 1);
    send(1);
    refuse(test.tags[1], 0, "MAILBOX_FULL", 0);
    ck_assert_str_eq(test.heard, "");
    receive(EPOCH,
            (struct lq_receipt_answer){.tag = test.tags[1], .outcome = LQ_OUTCOME_DUPLICATE});
    ck_assert_str_eq(test.heard, "1d");
}
END_TEST

START_TEST(who_wants_to_hear_hears)
{
    close_client();
    open_with(true);
    submit(3);
    send(3);
    refuse(test.tags[1], test.tags[2], QUOTA, 50);
    ck_assert_str_eq(test.heard, "1u2u");
    ck_assert_str_eq(test.reason, QUOTA);
    apply(3);
    ck_assert_uint_eq(test.client->lane->wait.waits, 0);
    ck_assert_uint_eq(test.client->lane->wait.refusals, 2);
}
END_TEST

/* No more patience: what waits has its answer, what is on its way keeps its place. */
START_TEST(hears_of_what_waits)
{
    submit(4);
    send(3);
    refuse(test.tags[2], 0, QUOTA, 50);
    ck_assert_uint_eq(lq_client_hear_quota(test.client), 2);
    ck_assert_str_eq(test.heard, "2u4u");
    ck_assert_str_eq(test.reason, QUOTA);
    refuse(test.tags[3], 0, QUOTA, 0);
    apply(1);
    ck_assert_str_eq(test.heard, "2u4u3u1a");
    ck_assert_uint_eq(lq_client_next_sequence(test.client, test.session), 2);
    ck_assert_uint_eq(lq_client_hear_quota(test.client), 0);
}
END_TEST

/* The wait is what the next timer is about, as long as there is something to send. */
START_TEST(the_next_timer_knows_the_wait)
{
    submit(1);
    send(1);
    (void)lq_link_turn(test.link);
    refuse(test.tags[1], 0, QUOTA, 50);
    ck_assert_uint_eq(lq_link_next_timer_ns(test.link), (NOW_MS + 50) * LQ_NS_PER_MS);
    apply(1);
    ck_assert_uint_ne(lq_link_next_timer_ns(test.link), (NOW_MS + 50) * LQ_NS_PER_MS);
}
END_TEST

TCase *lq_test_receipt_intake(void)
{
    TCase *tcase = tcase_create("receipt_intake");

    tcase_add_checked_fixture(tcase, open_client, close_client);
    tcase_add_test(tcase, what_a_quota_refuses_is_sent_again_in_order);
    tcase_add_test(tcase, refusals_of_an_earlier_round_change_nothing);
    tcase_add_test(tcase, a_run_whose_end_is_gone);
    tcase_add_test(tcase, runs_that_are_none);
    tcase_add_test(tcase, other_runs_are_receipts);
    tcase_add_test(tcase, a_refused_copy_is_no_copy);
    tcase_add_test(tcase, an_earlier_copy_stays_in_doubt);
    tcase_add_test(tcase, who_wants_to_hear_hears);
    tcase_add_test(tcase, hears_of_what_waits);
    tcase_add_test(tcase, the_next_timer_knows_the_wait);
    return tcase;
}
