// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* A reader of the feed, with a broker that the test plays. */
#include "client/feed_reader.h"

#include "tests/unit/client/client_cases.h"
#include "tests/unit/client/played_broker.h"

#include <stdio.h>

static struct lq_played_broker broker;
static struct {
    lq_feed_reader_t *reader;
    uint32_t items, ends;
    struct lq_feed_place newest;
    enum lq_result result;
    char why[128];
    bool passes; /* each item at once */
} heard;

static struct lq_feed_report feed;
static struct lq_cursor_entry cursor;

static void open_link(void)
{
    const struct lq_link_options options = {.requests_max = 8};

    memset(&heard, 0, sizeof heard);
    cursor = (struct lq_cursor_entry){lq_view_text("audit"), 40, 7};
    feed = (struct lq_feed_report){
        .history = {1, 2, 3}, .ledger_sequence = 50, .outbox_sequence = 9, .cursor_count = 1};
    feed.cursors[0] = cursor;
    lq_played_broker_open(&broker, &options);
}

static void close_link(void)
{
    lq_played_broker_close(&broker);
}

static void take_item(void *context, const struct lq_feed_item *item)
{
    (void)context;
    heard.items++;
    heard.newest = item->behind;
    if (heard.passes) {
        lq_feed_reader_pass(heard.reader, item->behind);
    }
}

static void take_end(void *context, const struct lq_feed_end *end)
{
    (void)context;
    heard.ends++;
    heard.result = end->result;
    snprintf(heard.why, sizeof heard.why, "%s", end->why);
}

static void begin(struct lq_feed_reader_options options)
{
    struct lq_error_message message = {""};

    options.on_item = take_item;
    options.on_end = take_end;
    options.idle_ms = 1;
    ck_assert_msg(lq_feed_reader_new(broker.link, &options, &heard.reader, &message) == LQ_OK, "%s",
                  message.text);
}

/* The next request that comes, which must be of that kind. */
static const struct lq_admin_request *await(enum lq_admin_kind kind)
{
    uint32_t before = broker.request_count;

    while (broker.request_count == before) {
        lq_played_broker_pass(&broker);
    }
    ck_assert_uint_eq(broker.request_count, before + 1);
    ck_assert_int_eq(broker.requests[before].kind, kind);
    return &broker.requests[before];
}

static void reply(enum lq_result result, struct lq_feed_item *items, uint32_t count, bool more)
{
    struct lq_admin_reply answer = {.tag = broker.requests[broker.request_count - 1].tag,
                                    .result = result,
                                    .message = lq_view_text(result == LQ_OK ? "" : "no"),
                                    .more = more,
                                    .feed = result == LQ_OK ? &feed : NULL,
                                    .feed_item_count = count,
                                    .feed_items = items};

    lq_played_broker_reply_with(&broker, &answer);
}

static void expect_place(const struct lq_admin_request *request, uint64_t record, uint64_t entry)
{
    ck_assert(request->has_cursor);
    ck_assert_uint_eq(request->cursor.ledger_sequence, record);
    ck_assert_uint_eq(request->cursor.outbox_sequence, entry);
}

static struct lq_feed_item record_at(uint64_t record, uint64_t entry)
{
    return (struct lq_feed_item){
        .kind = LQ_FEED_ITEM_RECORD, .behind = {record, entry}, .record = record, .closed = true};
}

static void pass_until_ended(void)
{
    while (heard.ends == 0) {
        lq_played_broker_pass(&broker);
    }
}

START_TEST(it_goes_on_from_its_cursor)
{
    struct lq_feed_item items[] = {record_at(41, 7), record_at(42, 7)};
    struct lq_feed_place place;

    begin((struct lq_feed_reader_options){.cursor = "audit"});
    ck_assert(!lq_feed_reader_place(heard.reader, &place));
    await(LQ_ADMIN_SHOW_FEED);
    reply(LQ_OK, NULL, 0, false);
    expect_place(await(LQ_ADMIN_READ_FEED), 40, 7);
    reply(LQ_OK, items, 2, true);
    expect_place(await(LQ_ADMIN_READ_FEED), 42, 7);
    ck_assert_uint_eq(heard.items, 2);
    ck_assert(!lq_feed_reader_is_at_end(heard.reader));
    reply(LQ_OK, NULL, 0, false);
    expect_place(await(LQ_ADMIN_READ_FEED), 42, 7); /* looks again */
    ck_assert(lq_feed_reader_is_at_end(heard.reader));
    ck_assert_mem_eq(lq_feed_reader_history(heard.reader), feed.history, sizeof feed.history);
    lq_feed_reader_destroy(&heard.reader);
    lq_feed_reader_destroy(&heard.reader);
    ck_assert_ptr_null(heard.reader);
}
END_TEST

/* Before anything is read, so that nothing behind its place is trimmed. */
START_TEST(a_new_cursor_is_set_first)
{
    begin((struct lq_feed_reader_options){.cursor = "fresh"});
    await(LQ_ADMIN_SHOW_FEED);
    reply(LQ_OK, NULL, 0, false);
    expect_place(await(LQ_ADMIN_SET_CURSOR), 50, 9);
    feed.cursors[0].name = lq_view_text("fresh");
    reply(LQ_OK, NULL, 0, false);
    expect_place(await(LQ_ADMIN_READ_FEED), 50, 9);
}
END_TEST

START_TEST(without_a_cursor_nothing_is_set)
{
    begin((struct lq_feed_reader_options){.has_after = true, .after = {3, 1}});
    await(LQ_ADMIN_SHOW_FEED);
    reply(LQ_OK, NULL, 0, false);
    expect_place(await(LQ_ADMIN_READ_FEED), 3, 1);
    lq_feed_reader_pass(heard.reader, (struct lq_feed_place){3, 1});
    reply(LQ_OK, NULL, 0, false);
    expect_place(await(LQ_ADMIN_READ_FEED), 3, 1);
}
END_TEST

/* What is passed while the cursor is on its way goes in the next message, once. */
START_TEST(what_is_passed_moves_the_cursor)
{
    struct lq_feed_item items[] = {record_at(41, 7), record_at(42, 8), record_at(43, 8)};
    struct lq_feed_item last = record_at(44, 9);

    heard.passes = true;
    begin((struct lq_feed_reader_options){.cursor = "audit"});
    await(LQ_ADMIN_SHOW_FEED);
    reply(LQ_OK, NULL, 0, false);
    await(LQ_ADMIN_READ_FEED);
    reply(LQ_OK, items, 3, true);
    while (broker.request_count < 4) {
        lq_played_broker_pass(&broker);
    }
    /* The first item's place, and the next question, in whichever order they were sent. */
    uint32_t setting = broker.requests[2].kind == LQ_ADMIN_SET_CURSOR ? 2 : 3;
    ck_assert_int_eq(broker.requests[5 - setting].kind, LQ_ADMIN_READ_FEED);
    expect_place(&broker.requests[setting], 41, 7);
    struct lq_admin_reply answer = {.tag = broker.requests[5 - setting].tag,
                                    .feed = &feed,
                                    .more = true,
                                    .feed_item_count = 1,
                                    .feed_items = &last};
    lq_played_broker_reply_with(&broker, &answer);
    await(LQ_ADMIN_READ_FEED);
    answer = (struct lq_admin_reply){.tag = broker.requests[setting].tag, .feed = &feed};
    lq_played_broker_reply_with(&broker, &answer);
    expect_place(await(LQ_ADMIN_SET_CURSOR), 44, 9);
    ck_assert_uint_eq(lq_feed_reader_passed(heard.reader).ledger_sequence, 41);
    reply(LQ_OK, NULL, 0, false);
    while (lq_feed_reader_passed(heard.reader).ledger_sequence != 44) {
        lq_played_broker_pass(&broker);
    }
}
END_TEST

static const enum lq_result final[] = {LQ_ERR_STALE, LQ_ERR_CONFLICT, LQ_ERR_CORRUPT,
                                       LQ_ERR_INVALID};

START_TEST(it_ends_where_it_cannot_go_on)
{
    begin((struct lq_feed_reader_options){.cursor = "audit"});
    await(LQ_ADMIN_SHOW_FEED);
    reply(LQ_OK, NULL, 0, false);
    await(LQ_ADMIN_READ_FEED);
    reply(final[_i], NULL, 0, false);
    pass_until_ended();
    ck_assert_int_eq(heard.result, final[_i]);
    ck_assert_str_eq(heard.why, "no");
    for (int turn = 0; turn < 5; turn++) {
        lq_played_broker_pass(&broker);
    }
    ck_assert_uint_eq(heard.ends, 1);
    ck_assert_uint_eq(broker.request_count, 2);
}
END_TEST

START_TEST(a_cursor_that_was_dropped_is_not_made_anew)
{
    begin((struct lq_feed_reader_options){.cursor = "audit"});
    await(LQ_ADMIN_SHOW_FEED);
    reply(LQ_OK, NULL, 0, false);
    await(LQ_ADMIN_READ_FEED);
    feed.cursor_count = 0;
    reply(LQ_OK, NULL, 0, false);
    pass_until_ended();
    ck_assert_int_eq(heard.result, LQ_ERR_STALE);
    ck_assert_str_eq(heard.why, "the cursor was dropped");
}
END_TEST

START_TEST(another_history_ends_it)
{
    begin(
        (struct lq_feed_reader_options){.has_after = true, .after = {40, 7}, .history = {9, 9, 9}});
    await(LQ_ADMIN_SHOW_FEED);
    reply(LQ_OK, NULL, 0, false);
    pass_until_ended();
    ck_assert_int_eq(heard.result, LQ_ERR_CONFLICT);
}
END_TEST

/* A cluster that cannot answer is asked again. */
START_TEST(it_asks_again)
{
    begin((struct lq_feed_reader_options){.cursor = "audit"});
    await(LQ_ADMIN_SHOW_FEED);
    reply(LQ_ERR_BUSY, NULL, 0, false);
    await(LQ_ADMIN_SHOW_FEED);
    reply(LQ_OK, NULL, 0, false);
    await(LQ_ADMIN_READ_FEED);
    reply(LQ_ERR_UNREACHABLE, NULL, 0, false);
    expect_place(await(LQ_ADMIN_READ_FEED), 40, 7);
    ck_assert_uint_eq(heard.ends, 0);
}
END_TEST

START_TEST(bad_options_are_refused)
{
    struct lq_feed_reader_options options = {.on_item = take_item};
    struct lq_error_message message = {""};

    ck_assert_int_eq(lq_feed_reader_new(broker.link, &options, &heard.reader, &message),
                     LQ_ERR_INVALID);
    options.on_end = take_end;
    options.cursor = "no name";
    ck_assert_int_eq(lq_feed_reader_new(broker.link, &options, &heard.reader, &message),
                     LQ_ERR_INVALID);
    ck_assert_ptr_null(heard.reader);
}
END_TEST

TCase *lq_test_feed_reader(void)
{
    TCase *tcase = tcase_create("feed_reader");

    tcase_add_checked_fixture(tcase, open_link, close_link);
    tcase_add_test(tcase, it_goes_on_from_its_cursor);
    tcase_add_test(tcase, a_new_cursor_is_set_first);
    tcase_add_test(tcase, without_a_cursor_nothing_is_set);
    tcase_add_test(tcase, what_is_passed_moves_the_cursor);
    tcase_add_loop_test(tcase, it_ends_where_it_cannot_go_on, 0,
                        (int)(sizeof final / sizeof final[0]));
    tcase_add_test(tcase, a_cursor_that_was_dropped_is_not_made_anew);
    tcase_add_test(tcase, another_history_ends_it);
    tcase_add_test(tcase, it_asks_again);
    tcase_add_test(tcase, bad_options_are_refused);
    return tcase;
}
