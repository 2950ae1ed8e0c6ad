// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* Links, clients and watches without a broker: options, bounds, and what is sent before numbers. */
#include "client/client.h"

#include "base/clock.h"
#include "client/client_record.h"
#include "client/receipt_intake.h"
#include "client/watch.h"
#include "tests/unit/client/client_cases.h"

#include <malloc.h>
#include <stdio.h>

enum { EPOCH = 3 };

static const struct {
    struct lq_link_options options;
    enum lq_result result;
    const char *says;
} link_rows[] = {
    {{.runtime_dir = "/run/lq"}, LQ_OK, ""},
    {{.runtime_dir = "/run/lq", .clients_max = 3, .outstanding_max = 7, .watches_max = 2},
     LQ_OK,
     ""},
    {{.clients_max = 3}, LQ_ERR_INVALID, "runtime_dir is not set"},
    {{.runtime_dir = ""}, LQ_ERR_INVALID, "runtime_dir is not set"},
    {{.runtime_dir = "/run/lq", .clients_max = 16385}, LQ_ERR_LIMIT, "at most 16384 clients"},
    {{.runtime_dir = "/run/lq", .outstanding_max = UINT32_MAX},
     LQ_ERR_LIMIT,
     "at most 16384 clients, 1000000 outstanding commands"},
    {{.runtime_dir = "/run/lq", .watches_max = 16385}, LQ_ERR_LIMIT, "at most"},
    {{.runtime_dir = "/run/lq", .requests_max = 4097}, LQ_ERR_LIMIT, "at most"},
};

START_TEST(options_of_a_link_are_checked)
{
    struct lq_error_message message = {""};
    lq_link_t *link = NULL;

    ck_assert_int_eq(lq_link_open(&link_rows[_i].options, &link, &message), link_rows[_i].result);
    ck_assert_ptr_eq(strstr(message.text, link_rows[_i].says), message.text);
    ck_assert(link_rows[_i].result == LQ_OK ? link != NULL : link == NULL);
    lq_link_close(&link);
    lq_link_close(&link);
}
END_TEST

static lq_link_t *open_link(uint32_t clients_max, uint32_t outstanding_max)
{
    const struct lq_link_options options = {.runtime_dir = "/run/lq",
                                            .clients_max = clients_max,
                                            .outstanding_max = outstanding_max,
                                            .watches_max = 2};
    struct lq_error_message message = {""};
    lq_link_t *link = NULL;

    ck_assert_msg(lq_link_open(&options, &link, &message) == LQ_OK, "%s", message.text);
    link->broker.epoch = EPOCH;
    return link;
}

static const struct {
    struct lq_client_options options;
    enum lq_result result;
    const char *says;
} client_rows[] = {
    {{.tenant = "demo"}, LQ_OK, ""},
    {{.tenant = "demo", .sessions_max = 3}, LQ_OK, ""},
    {{.sessions_max = 3}, LQ_ERR_INVALID, "tenant is not set"},
    {{.tenant = ""}, LQ_ERR_INVALID, " is no name of a tenant"},
    {{.tenant = "a b"}, LQ_ERR_INVALID, "a b is no name of a tenant"},
    {{.tenant = "demo", .sessions_max = UINT32_MAX}, LQ_ERR_LIMIT, "at most 1000000 sessions"},
};

START_TEST(options_of_a_client_are_checked)
{
    struct lq_error_message message = {""};
    lq_link_t *link = open_link(1, 1);
    lq_client_t *client = NULL;

    ck_assert_int_eq(lq_client_new(link, &client_rows[_i].options, &client, &message),
                     client_rows[_i].result);
    ck_assert_ptr_eq(strstr(message.text, client_rows[_i].says), message.text);
    ck_assert(client_rows[_i].result == LQ_OK ? client != NULL : client == NULL);
    lq_client_destroy(&client);
    lq_client_destroy(&client);
    lq_link_close(&link);
}
END_TEST

static lq_client_t *make(lq_link_t *link, const struct lq_client_options *options, uint32_t *handle)
{
    struct lq_error_message message = {""};
    lq_client_t *client = NULL;

    ck_assert_msg(lq_client_new(link, options, &client, &message) == LQ_OK, "%s", message.text);
    ck_assert_int_eq(lq_client_session(client, "s1", 1, handle), LQ_OK);
    return client;
}

START_TEST(a_link_has_so_many_clients)
{
    const struct lq_client_options options = {.tenant = "demo", .sessions_max = 1};
    struct lq_error_message message = {""};
    lq_link_t *link = open_link(2, 8);
    uint32_t handle;
    lq_client_t *first = make(link, &options, &handle);
    lq_client_t *second = make(link, &options, &handle);
    lq_client_t *third = NULL;

    ck_assert(!lq_client_id_equal(lq_client_identity(first), lq_client_identity(second)));
    ck_assert_int_eq(lq_client_new(link, &options, &third, &message), LQ_ERR_FULL);
    ck_assert_ptr_null(third);
    lq_client_destroy(&first);
    third = make(link, &options, &handle);
    lq_link_close(&link); /* with the clients */
}
END_TEST

static enum lq_result submit(lq_client_t *client, uint32_t handle)
{
    const struct lq_command command = {.kind = LQ_COMMAND_LEAVE, .outcome = LQ_OUTCOME_PENDING};
    char reason[LQ_REASON_BYTES_MAX];
    uint64_t sequence;

    return lq_client_submit(client, handle, &command, NULL, &sequence, reason);
}

static uint32_t submit_all(lq_client_t *client, uint32_t handle)
{
    uint32_t count = 0;

    while (submit(client, handle) == LQ_OK) {
        count++;
    }
    return count;
}

/* Nobody uses up what belongs to all; who is alone may. */
START_TEST(clients_share_the_room)
{
    const struct lq_client_options options = {.tenant = "demo", .sessions_max = 1};
    uint32_t handle;
    lq_link_t *link = open_link(3, 40);
    lq_client_t *first = make(link, &options, &handle);

    ck_assert_uint_eq(submit_all(first, handle), 40);
    lq_client_destroy(&first);
    ck_assert_uint_eq(lq_link_outstanding(link), 0);
    first = make(link, &options, &handle);
    lq_client_t *second = make(link, &options, &handle);
    ck_assert_uint_eq(submit_all(first, handle), 21); /* 20 of 20 that are free, and one more */
    ck_assert_uint_eq(submit_all(second, handle), 10);
    ck_assert_uint_eq(lq_client_outstanding(first), 21);
    ck_assert_uint_eq(lq_link_outstanding(link), 31);
    lq_link_close(&link);
}
END_TEST

START_TEST(a_client_has_its_own_bound)
{
    const struct lq_client_options options = {
        .tenant = "demo", .sessions_max = 1, .outstanding_max = 5};
    uint32_t handle;
    lq_link_t *link = open_link(1, 100);
    lq_client_t *client = make(link, &options, &handle);

    ck_assert_uint_eq(submit_all(client, handle), 5);
    lq_link_close(&link);
}
END_TEST

/* ---- numbers of the caller ---- */

static struct {
    char heard
        [64]; /* of each receipt: number, first letter of the outcome, and whether it is free */
    lq_client_t **ends; /* the client ends itself at its first receipt */
} test;

static void hear(void *context, const struct lq_client_receipt *receipt)
{
    size_t used = strlen(test.heard);

    (void)context;
    snprintf(test.heard + used, sizeof test.heard - used, "%u%c%s ", (unsigned)receipt->sequence,
             lq_outcome_name((uint8_t)receipt->outcome)[0], receipt->number_is_free ? "+" : "");
    if (test.ends != NULL) {
        lq_client_destroy(test.ends);
    }
}

static enum lq_result submit_as(lq_client_t *client, uint64_t sequence, bool sent_before)
{
    const struct lq_command command = {.kind = LQ_COMMAND_LEAVE, .outcome = LQ_OUTCOME_PENDING};
    const struct lq_client_number number = {sequence, sent_before};
    char reason[LQ_REASON_BYTES_MAX];

    return lq_client_submit_numbered(client, 0, &command, &number, NULL, reason);
}

/* All that waits, in one message; the tag of the oldest. */
static uint64_t send_all(lq_link_t *link, lq_client_t *client)
{
    uint32_t round = client->lane->wait.round & LQ_QUOTA_WAIT_ROUND_MASK;
    struct lq_outstanding_list *list = &client->outstanding;
    uint64_t tag = lq_outstanding_tag(&link->outstanding, list->first, round);

    link->sent_mark++;
    while (list->unsent != LQ_OUTSTANDING_NONE) {
        (void)lq_outstanding_mark_sent(&link->outstanding, list, round, link->sent_mark);
    }
    lq_client_settle(client);
    return tag;
}

static void receive(lq_link_t *link, struct lq_receipt_answer answer)
{
    static uint8_t bytes[LQ_HEADER_BYTES_MAX];
    struct lq_receipt receipt = {EPOCH, 1, &answer};
    size_t written = 0;

    ck_assert_int_eq(lq_receipt_encode(&receipt, bytes, sizeof bytes, &written), LQ_OK);
    lq_arena_reset(&link->arena);
    lq_receipt_intake_take(link, lq_view_of(bytes + LQ_FRAMING_BYTES, written - LQ_FRAMING_BYTES),
                           lq_clock_monotonic_ns());
}

static void refuse(lq_link_t *link, uint64_t tag, const char *reason)
{
    receive(link, (struct lq_receipt_answer){
                      .tag = tag, .outcome = LQ_OUTCOME_UNUSED, .reason = lq_view_text(reason)});
}

static lq_client_t *make_numbered(lq_link_t *link, bool hears_quota)
{
    const struct lq_client_options options = {.tenant = "demo",
                                              .on_receipt = hear,
                                              .sessions_max = 1,
                                              .own_numbers = true,
                                              .hears_quota = hears_quota};
    uint32_t handle;

    memset(&test, 0, sizeof test);
    return make(link, &options, &handle);
}

static const char *const undecided[] = {"BROKER_FULL",    "BROKER_PAUSED: no disk", "CLIENT_QUOTA",
                                        "MAILBOX_FULL",   "MIRROR_BEHIND",          "TENANT_QUOTA",
                                        "UNDECIDED: load"};

/* Another process may have sent it: what did not look for it never ends it, and who looked does. */
START_TEST(what_was_sent_before_is_not_decided_by_a_refusal)
{
    lq_link_t *link = open_link(1, 8);
    lq_client_t *client = make_numbered(link, true);

    ck_assert_int_eq(submit_as(client, 9, true), LQ_OK);
    for (uint32_t copy = 0; copy < 5; copy++) {
        refuse(link, send_all(link, client), undecided[_i]);
        ck_assert_str_eq(test.heard, "");
        lq_client_rewind(client, 0);
    }
    uint64_t tag = send_all(link, client);
    if (_i % 2 == 0) {
        receive(link, (struct lq_receipt_answer){.tag = tag, .outcome = LQ_OUTCOME_DUPLICATE});
        ck_assert_str_eq(test.heard, "9d ");
    } else {
        refuse(link, tag, "SEQUENCE_TOO_OLD");
        ck_assert_str_eq(test.heard, "9u "); /* its number is not free */
    }
    lq_link_close(&link);
}
END_TEST

/* Sent once, here: the refusal is the whole truth, and the number is free. */
START_TEST(what_was_sent_once_is_decided_by_a_refusal)
{
    lq_link_t *link = open_link(1, 8);
    lq_client_t *client = make_numbered(link, true);

    ck_assert_int_eq(submit_as(client, 9, false), LQ_OK);
    refuse(link, send_all(link, client), undecided[_i]);
    ck_assert_str_eq(test.heard, "9u+ ");
    lq_link_close(&link);
}
END_TEST

/* No more patience: what nobody has a copy of is given back; what was sent before is not. */
START_TEST(no_more_patience_with_a_quota)
{
    lq_link_t *link = open_link(1, 8);
    lq_client_t *client = make_numbered(link, false);

    ck_assert_int_eq(submit_as(client, 8, true), LQ_OK);
    ck_assert_int_eq(submit_as(client, 9, false), LQ_OK);
    refuse(link, send_all(link, client), "TENANT_QUOTA: commands/s");
    ck_assert_int_eq(submit_as(client, 10, false), LQ_OK);
    ck_assert_uint_eq(lq_client_hear_quota(client), 1);
    ck_assert_str_eq(test.heard, "10u+ ");
    ck_assert_uint_eq(lq_client_outstanding(client), 2);
    lq_link_close(&link);
}
END_TEST

START_TEST(a_number_is_outstanding_once)
{
    lq_link_t *link = open_link(1, 8);
    lq_client_t *client = make_numbered(link, false);

    ck_assert_int_eq(submit_as(client, 8, false), LQ_OK);
    ck_assert_int_eq(submit_as(client, 8, true), LQ_ERR_EXISTS);
    receive(link, (struct lq_receipt_answer){
                      .tag = send_all(link, client), .outcome = LQ_OUTCOME_APPLIED, .frame = 1});
    ck_assert_int_eq(submit_as(client, 8, true), LQ_OK);
    lq_link_close(&link);
}
END_TEST

/* In the middle of a run. */
START_TEST(a_client_may_end_at_a_receipt)
{
    lq_link_t *link = open_link(2, 8);
    lq_client_t *client = make_numbered(link, true);
    uint32_t round = client->lane->wait.round & LQ_QUOTA_WAIT_ROUND_MASK;

    for (uint64_t number = 1; number <= 3; number++) {
        ck_assert_int_eq(submit_as(client, number, false), LQ_OK);
    }
    uint64_t tag = send_all(link, client);
    uint64_t last_tag = lq_outstanding_tag(&link->outstanding, client->outstanding.last, round);
    test.ends = &client;
    receive(link, (struct lq_receipt_answer){.tag = tag,
                                             .last_tag = last_tag,
                                             .outcome = LQ_OUTCOME_UNUSED,
                                             .reason = lq_view_text("MAILBOX_FULL")});
    ck_assert_str_eq(test.heard, "1u+ ");
    ck_assert_uint_eq(lq_link_outstanding(link), 0);
    lq_link_close(&link);
}
END_TEST

/* ---- the size of a client ---- */

/* What an idle client takes of memory here: nothing is kept for it at the broker. */
START_TEST(an_idle_client_is_small)
{
    enum { COUNT = 4096, BYTES_MAX = 512 };
    const struct lq_client_options options = {.tenant = "demo", .sessions_max = 1};
    lq_link_t *link = open_link(COUNT + 1, 8);
    uint32_t handle;

    (void)make(link, &options, &handle); /* the tenant's lane is shared */
    size_t before = mallinfo2().uordblks;
    for (uint32_t index = 0; index < COUNT; index++) {
        (void)make(link, &options, &handle);
    }
    size_t each = (mallinfo2().uordblks - before) / COUNT;
    ck_assert_uint_le(each, BYTES_MAX);
    lq_link_close(&link);
}
END_TEST

/* ---- watches ---- */

static void ignore_frame(void *context, const struct lq_watch_frame *frame)
{
    (void)context;
    (void)frame;
}

static const struct {
    struct lq_watch_options options;
    enum lq_result result;
} watch_rows[] = {
    {{.tenant = "demo", .session = "s1", .on_frame = ignore_frame}, LQ_OK},
    {{.tenant = "demo", .on_frame = ignore_frame}, LQ_ERR_INVALID},
    {{.session = "s1", .on_frame = ignore_frame}, LQ_ERR_INVALID},
    {{.tenant = "demo", .session = "s1"}, LQ_ERR_INVALID},
    {{.tenant = "demo", .session = ".", .on_frame = ignore_frame}, LQ_ERR_INVALID},
};

START_TEST(options_of_a_watch_are_checked)
{
    struct lq_error_message message = {""};
    lq_link_t *link = open_link(0, 0);
    lq_watch_t *watch = NULL;

    ck_assert_int_eq(lq_watch_new(link, &watch_rows[_i].options, &watch, &message),
                     watch_rows[_i].result);
    ck_assert(watch_rows[_i].result == LQ_OK ? watch != NULL : message.text[0] != '\0');
    lq_watch_destroy(&watch);
    lq_watch_destroy(&watch);
    lq_link_close(&link);
}
END_TEST

START_TEST(watches_are_bounded_and_of_different_sessions)
{
    struct lq_watch_options options = {.tenant = "demo", .session = "s1", .on_frame = ignore_frame};
    struct lq_error_message message = {""};
    lq_link_t *link = open_link(0, 0);
    lq_watch_t *first = NULL;
    lq_watch_t *second = NULL;
    lq_watch_t *third = NULL;

    ck_assert_int_eq(lq_watch_new(link, &options, &first, &message), LQ_OK);
    ck_assert_int_eq(lq_watch_new(link, &options, &second, &message), LQ_ERR_EXISTS);
    options.tenant = "other";
    ck_assert_int_eq(lq_watch_new(link, &options, &second, &message), LQ_OK);
    options.session = "s2";
    ck_assert_int_eq(lq_watch_new(link, &options, &third, &message), LQ_ERR_FULL);
    lq_watch_destroy(&first);
    ck_assert_int_eq(lq_watch_new(link, &options, &third, &message), LQ_OK);
    lq_link_close(&link); /* with the watches */
}
END_TEST

TCase *lq_test_client(void)
{
    TCase *tcase = tcase_create("client");

    tcase_add_loop_test(tcase, options_of_a_link_are_checked, 0,
                        (int)(sizeof link_rows / sizeof link_rows[0]));
    tcase_add_loop_test(tcase, options_of_a_client_are_checked, 0,
                        (int)(sizeof client_rows / sizeof client_rows[0]));
    tcase_add_test(tcase, a_link_has_so_many_clients);
    tcase_add_test(tcase, clients_share_the_room);
    tcase_add_test(tcase, a_client_has_its_own_bound);
    tcase_add_loop_test(tcase, what_was_sent_before_is_not_decided_by_a_refusal, 0,
                        (int)(sizeof undecided / sizeof undecided[0]));
    tcase_add_loop_test(tcase, what_was_sent_once_is_decided_by_a_refusal, 0,
                        (int)(sizeof undecided / sizeof undecided[0]));
    tcase_add_test(tcase, no_more_patience_with_a_quota);
    tcase_add_test(tcase, a_number_is_outstanding_once);
    tcase_add_test(tcase, a_client_may_end_at_a_receipt);
    tcase_add_test(tcase, an_idle_client_is_small);
    tcase_add_loop_test(tcase, options_of_a_watch_are_checked, 0,
                        (int)(sizeof watch_rows / sizeof watch_rows[0]));
    tcase_add_test(tcase, watches_are_bounded_and_of_different_sessions);
    return tcase;
}
