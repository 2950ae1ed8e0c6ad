// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "mirror/domain/broker_outbox_event.h"

#include "tests/support/suite.h"

#define SESSION_KEY "demo\0s1"

static const struct lq_broker_outbox_event_letter letters[] = {
    {.id = 5, .is_open = true},
    {.id = 5}, /* it is being redriven */
    {.id = 5, .is_done = true, .done_frame = 9},
};
enum { OPEN, REDRIVING, DONE };

static const struct {
    enum lq_broker_entry_kind kind;
    uint32_t table;
    int letter; /* of letters, for puts of them */
    const char *action;
    enum lq_cloud_event_type type;
} rows[] = {
    {LQ_BROKER_ENTRY_EPOCH, 0, 0, "", LQ_CLOUD_EVENT_NONE},
    {LQ_BROKER_ENTRY_PUT, LQ_BROKER_TABLE_LIVE, 0, "", LQ_CLOUD_EVENT_NONE},
    {LQ_BROKER_ENTRY_PUT, LQ_BROKER_TABLE_QUOTAS, 0, "", LQ_CLOUD_EVENT_NONE},
    {LQ_BROKER_ENTRY_PUT, LQ_BROKER_TABLE_PARKED, 0, "", LQ_CLOUD_EVENT_SESSION_PARKED},
    {LQ_BROKER_ENTRY_PUT, LQ_BROKER_TABLE_LETTERS, OPEN, "", LQ_CLOUD_EVENT_LETTER_STORED},
    {LQ_BROKER_ENTRY_PUT, LQ_BROKER_TABLE_LETTERS, REDRIVING, "", LQ_CLOUD_EVENT_NONE},
    {LQ_BROKER_ENTRY_PUT, LQ_BROKER_TABLE_LETTERS, DONE, "", LQ_CLOUD_EVENT_LETTER_REDRIVEN},
    {LQ_BROKER_ENTRY_DELETE, LQ_BROKER_TABLE_LIVE, 0, "", LQ_CLOUD_EVENT_NONE},
    {LQ_BROKER_ENTRY_DELETE, LQ_BROKER_TABLE_QUOTAS, 0, "", LQ_CLOUD_EVENT_NONE},
    {LQ_BROKER_ENTRY_DELETE, LQ_BROKER_TABLE_PARKED, 0, "", LQ_CLOUD_EVENT_SESSION_RESUMED},
    {LQ_BROKER_ENTRY_DELETE, LQ_BROKER_TABLE_LETTERS, 0, "", LQ_CLOUD_EVENT_NONE},
    {LQ_BROKER_ENTRY_ACTION, 0, 0, "quota.set", LQ_CLOUD_EVENT_OPERATOR_ACTION},
    {LQ_BROKER_ENTRY_ACTION, 0, 0, "letters.purge", LQ_CLOUD_EVENT_OPERATOR_ACTION},
    {LQ_BROKER_ENTRY_ACTION, 0, 0, "letter.purge", LQ_CLOUD_EVENT_LETTER_PURGED},
    {LQ_BROKER_ENTRY_QUOTA, 0, 0, "", LQ_CLOUD_EVENT_QUOTA_EXCEEDED},
};

START_TEST(test_broker_outbox_event_which_entries_are_told)
{
    const struct lq_broker_entry entry = {.kind = rows[_i].kind, .table = rows[_i].table};
    const struct lq_broker_entry_body body = {.action = lq_view_text(rows[_i].action)};

    ck_assert_int_eq(lq_broker_outbox_event_type(&entry, &body, &letters[rows[_i].letter]),
                     rows[_i].type);
}
END_TEST

/* Of none of them an event leaves that is quiet. */
START_TEST(test_broker_outbox_event_quiet_entries)
{
    const struct lq_broker_entry entry = {
        .kind = rows[_i].kind, .table = rows[_i].table, .is_quiet = true};
    const struct lq_broker_entry_body body = {.action = lq_view_text(rows[_i].action)};

    ck_assert_int_eq(lq_broker_outbox_event_type(&entry, &body, &letters[rows[_i].letter]),
                     LQ_CLOUD_EVENT_NONE);
}
END_TEST

static struct lq_cloud_event event;

static enum lq_result set(enum lq_broker_entry_kind kind, uint32_t table,
                          const struct lq_broker_entry_body *body,
                          const struct lq_broker_outbox_event_letter *letter)
{
    const struct lq_broker_entry entry = {
        .kind = kind, .table = table, .sequence = 42, .wall_ns = 1000};

    return lq_broker_outbox_event_set(&entry, body, letter, &event);
}

static void check_front(const char *tenant, const char *session)
{
    ck_assert(lq_view_equal(event.tenant, lq_view_text(tenant)));
    ck_assert(lq_view_equal(event.session, lq_view_text(session)));
    ck_assert_uint_eq(event.order, 42);
    ck_assert_uint_eq(event.wall_ns, 1000);
}

START_TEST(test_broker_outbox_event_of_a_letter)
{
    struct lq_broker_outbox_event_letter letter = letters[OPEN];
    const struct lq_broker_entry_body body = {.key = lq_view_text("12345678")};

    letter.names = (struct lq_session_names){lq_view_text("demo"), lq_view_text("s1")};
    letter.error = lq_view_text("States.Timeout");
    letter.cause = lq_view_text("why");
    letter.done_frame = 9;
    ck_assert_int_eq(set(LQ_BROKER_ENTRY_PUT, LQ_BROKER_TABLE_LETTERS, &body, &letter), LQ_OK);
    check_front("demo", "s1");
    ck_assert_uint_eq(event.data.letter.letter, 5);
    ck_assert_uint_eq(event.data.letter.frame, 0); /* of an earlier redrive */
    ck_assert(lq_view_equal(event.data.letter.error, letter.error));
    ck_assert(lq_view_equal(event.data.letter.cause, letter.cause));
    letter.is_open = false;
    letter.is_done = true;
    ck_assert_int_eq(set(LQ_BROKER_ENTRY_PUT, LQ_BROKER_TABLE_LETTERS, &body, &letter), LQ_OK);
    ck_assert_int_eq(event.type, LQ_CLOUD_EVENT_LETTER_REDRIVEN);
    ck_assert_uint_eq(event.data.letter.frame, 9);
}
END_TEST

static const struct {
    const char *detail;
    bool is_letter;
    uint64_t letter;
} purges[] = {
    {"dlq_0000000100000002", true, 4294967298u},
    {"dlq_ffffffffffffffff", true, UINT64_MAX},
    {"dlq_000000010000000", false, 0},
    {"dlq_00000001000000022", false, 0},
    {"dlq_00000001000000G2", false, 0},
    {"elq_0000000100000002", false, 0},
    {"", false, 0},
};

START_TEST(test_broker_outbox_event_of_a_purge)
{
    const struct lq_broker_entry_body body = {.tenant = lq_view_text("demo"),
                                              .session = lq_view_text("s1"),
                                              .action = lq_view_text(LQ_BROKER_OUTBOX_EVENT_PURGE),
                                              .detail = lq_view_text(purges[_i].detail)};

    ck_assert_int_eq(set(LQ_BROKER_ENTRY_ACTION, 0, &body, NULL),
                     purges[_i].is_letter ? LQ_OK : LQ_ERR_CORRUPT);
    if (purges[_i].is_letter) {
        check_front("demo", "s1");
        ck_assert_uint_eq(event.data.letter.letter, purges[_i].letter);
    }
}
END_TEST

START_TEST(test_broker_outbox_event_of_a_parking)
{
    struct lq_broker_entry_body body = {
        .key = lq_view_of((const uint8_t *)SESSION_KEY, sizeof SESSION_KEY - 1),
        .value = lq_view_text("physics")};

    ck_assert_int_eq(set(LQ_BROKER_ENTRY_PUT, LQ_BROKER_TABLE_PARKED, &body, NULL), LQ_OK);
    check_front("demo", "s1");
    ck_assert(lq_view_equal(event.data.parked.reason, lq_view_text("physics")));
    ck_assert_uint_eq(event.data.parked.letter, 0);
    ck_assert_int_eq(set(LQ_BROKER_ENTRY_DELETE, LQ_BROKER_TABLE_PARKED, &body, NULL), LQ_OK);
    check_front("demo", "s1");
    ck_assert_uint_eq(event.data.parked.reason.bytes, 0);
    body.key.bytes -= 2; /* no session */
    ck_assert_int_eq(set(LQ_BROKER_ENTRY_DELETE, LQ_BROKER_TABLE_PARKED, &body, NULL),
                     LQ_ERR_CORRUPT);
    body.key.bytes = 4; /* no NUL */
    ck_assert_int_eq(set(LQ_BROKER_ENTRY_DELETE, LQ_BROKER_TABLE_PARKED, &body, NULL),
                     LQ_ERR_CORRUPT);
}
END_TEST

START_TEST(test_broker_outbox_event_of_actions_and_quotas)
{
    const struct lq_broker_entry_body body = {.tenant = lq_view_text("demo"),
                                              .action = lq_view_text("quota.set"),
                                              .operator_name = lq_view_text("0f"),
                                              .detail = lq_view_text("ticks/s=3"),
                                              .quota = lq_view_text("ticks/s"),
                                              .limit = 3,
                                              .refused = 7};

    ck_assert_int_eq(set(LQ_BROKER_ENTRY_ACTION, 0, &body, NULL), LQ_OK);
    check_front("demo", "");
    ck_assert(lq_view_equal(event.data.action.action, body.action));
    ck_assert(lq_view_equal(event.data.action.operator_name, body.operator_name));
    ck_assert(lq_view_equal(event.data.action.detail, body.detail));
    ck_assert_int_eq(set(LQ_BROKER_ENTRY_QUOTA, 0, &body, NULL), LQ_OK);
    check_front("demo", "");
    ck_assert(lq_view_equal(event.data.quota.quota, body.quota));
    ck_assert_uint_eq(event.data.quota.limit, 3);
    ck_assert_uint_eq(event.data.quota.refused, 7);
}
END_TEST

TCase *lq_test_broker_outbox_event(void);
TCase *lq_test_broker_outbox_event(void)
{
    TCase *tc = tcase_create("broker_outbox_event");

    tcase_add_loop_test(tc, test_broker_outbox_event_which_entries_are_told, 0,
                        (int)(sizeof rows / sizeof rows[0]));
    tcase_add_loop_test(tc, test_broker_outbox_event_quiet_entries, 0,
                        sizeof rows / sizeof rows[0]);
    tcase_add_test(tc, test_broker_outbox_event_of_a_letter);
    tcase_add_loop_test(tc, test_broker_outbox_event_of_a_purge, 0,
                        (int)(sizeof purges / sizeof purges[0]));
    tcase_add_test(tc, test_broker_outbox_event_of_a_parking);
    tcase_add_test(tc, test_broker_outbox_event_of_actions_and_quotas);
    return tc;
}
