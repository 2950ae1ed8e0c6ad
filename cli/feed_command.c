// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "cli/broker_call.h"
#include "cli/commands.h"
#include "cli/feed_entry.h"
#include "cli/json_output.h"
#include "cli/text_output.h"
#include "cli/text_table.h"

#include <inttypes.h>

static json_t *cursor_json(const struct lq_feed_report *feed, const struct lq_cursor_entry *cursor)
{
    char position[48];

    snprintf(position, sizeof position, "%" PRIu64 ":%" PRIu64, cursor->ledger_sequence,
             cursor->outbox_sequence);
    return json_pack(
        "{s:o,s:s,s:o,s:o}", "cursor", lq_json_output_text(cursor->name), "position", position,
        "records_behind", lq_json_output_number(feed->ledger_sequence - cursor->ledger_sequence),
        "entries_behind", lq_json_output_number(feed->outbox_sequence - cursor->outbox_sequence));
}

static json_t *ledger_json(const struct lq_feed_report *feed, bool dry_run)
{
    json_t *cursors = json_array();
    char position[48];

    for (uint32_t index = 0; index < feed->cursor_count; index++) {
        json_array_append_new(cursors, cursor_json(feed, &feed->cursors[index]));
    }
    snprintf(position, sizeof position, "%" PRIu64 ":%" PRIu64, feed->ledger_sequence,
             feed->outbox_sequence);
    return json_pack("{s:b,s:o,s:s,s:o,s:o,s:o,s:o}", "dry_run", (int)dry_run, "history",
                     lq_json_output_hex(feed->history, sizeof feed->history), "position", position,
                     "first_entry", lq_json_output_number(feed->first_outbox_sequence), "entries",
                     lq_json_output_number(feed->outbox_count), "bytes",
                     lq_json_output_number(feed->outbox_bytes), "cursors", cursors);
}

/* The outbox of the broker's own store, whose positions are entries alone. */
static json_t *broker_json(const struct lq_feed_report *feed)
{
    json_t *cursors = json_array();

    for (uint32_t index = 0; index < feed->cursor_count; index++) {
        const struct lq_cursor_entry *cursor = &feed->cursors[index];
        json_array_append_new(
            cursors,
            json_pack("{s:o,s:o,s:o}", "cursor", lq_json_output_text(cursor->name), "entry",
                      lq_json_output_number(cursor->outbox_sequence), "entries_behind",
                      lq_json_output_number(feed->outbox_sequence - cursor->outbox_sequence)));
    }
    return json_pack("{s:o,s:o,s:o,s:o,s:o}", "entry", lq_json_output_number(feed->outbox_sequence),
                     "first_entry", lq_json_output_number(feed->first_outbox_sequence), "entries",
                     lq_json_output_number(feed->outbox_count), "bytes",
                     lq_json_output_number(feed->outbox_bytes), "cursors", cursors);
}

static void print_ledger(const struct lq_feed_report *feed)
{
    struct lq_text_table table = {.column_count = 4};
    char bytes[32];

    printf("at %" PRIu64 ":%" PRIu64 "  outbox kept from entry %" PRIu64 ": %" PRIu64
           " entries, %s bytes\n",
           feed->ledger_sequence, feed->outbox_sequence, feed->first_outbox_sequence,
           feed->outbox_count, lq_text_output_count(feed->outbox_bytes, bytes));
    if (feed->cursor_count == 0) {
        printf("no cursor\n");
        return;
    }
    lq_text_table_add(&table, "CURSOR");
    lq_text_table_add(&table, ">AT");
    lq_text_table_add(&table, ">RECORDS BEHIND");
    lq_text_table_add(&table, ">ENTRIES BEHIND");
    for (uint32_t index = 0; index < feed->cursor_count; index++) {
        const struct lq_cursor_entry *cursor = &feed->cursors[index];
        lq_text_table_add(&table, "%.*s", (int)cursor->name.bytes, (const char *)cursor->name.data);
        lq_text_table_add(&table, "%" PRIu64 ":%" PRIu64, cursor->ledger_sequence,
                          cursor->outbox_sequence);
        lq_text_table_add(&table, "%" PRIu64, feed->ledger_sequence - cursor->ledger_sequence);
        lq_text_table_add(&table, "%" PRIu64, feed->outbox_sequence - cursor->outbox_sequence);
    }
    lq_text_table_print(&table, stdout);
}

static void print_broker(const struct lq_feed_report *feed)
{
    struct lq_text_table table = {.column_count = 3};
    char bytes[32];

    printf("broker at %" PRIu64 "  outbox kept from entry %" PRIu64 ": %" PRIu64
           " entries, %s bytes\n",
           feed->outbox_sequence, feed->first_outbox_sequence, feed->outbox_count,
           lq_text_output_count(feed->outbox_bytes, bytes));
    if (feed->cursor_count == 0) {
        printf("no cursor\n");
        return;
    }
    lq_text_table_add(&table, "CURSOR");
    lq_text_table_add(&table, ">AT");
    lq_text_table_add(&table, ">ENTRIES BEHIND");
    for (uint32_t index = 0; index < feed->cursor_count; index++) {
        const struct lq_cursor_entry *cursor = &feed->cursors[index];
        lq_text_table_add(&table, "%.*s", (int)cursor->name.bytes, (const char *)cursor->name.data);
        lq_text_table_add(&table, "%" PRIu64, cursor->outbox_sequence);
        lq_text_table_add(&table, "%" PRIu64, feed->outbox_sequence - cursor->outbox_sequence);
    }
    lq_text_table_print(&table, stdout);
}

/* Ask for a feed, or to change it, and get it as it is then. */
static enum lq_exit_code ask(struct lq_broker_call *call, struct lq_admin_request *request,
                             const char *what, struct lq_admin_reply *reply)
{
    *reply = (struct lq_admin_reply){.feed = NULL};
    enum lq_exit_code code = lq_broker_call_ask(call, request, what, reply);

    if (code == LQ_EXIT_OK && reply->feed == NULL) {
        lq_text_output_error("%s: the answer holds no feed", what != NULL ? what : "feed");
        code = LQ_EXIT_FAILED;
    }
    return code;
}

/* Print the ledger's feed, which `request` asks for, and the broker's as a part of it. */
static enum lq_exit_code print_both(struct lq_broker_call *call, struct lq_admin_request *request,
                                    const char *what, const char *name)
{
    const struct lq_invocation *invocation = call->invocation;
    struct lq_admin_request of_broker = {.kind = LQ_ADMIN_SHOW_BROKER_FEED};
    struct lq_admin_reply reply;
    json_t *document = NULL;
    enum lq_exit_code code = ask(call, request, what, &reply);

    if (code != LQ_EXIT_OK) {
        return code;
    }
    if (invocation->json) {
        document = ledger_json(reply.feed, invocation->dry_run);
    } else {
        print_ledger(reply.feed);
    }
    code = ask(call, &of_broker, "broker", &reply); /* from here on the other reply is gone */
    if (code == LQ_EXIT_OK && invocation->json) {
        json_object_set_new(document, "broker", broker_json(reply.feed));
        lq_json_output_print(name, document);
        return code;
    }
    if (code == LQ_EXIT_OK) {
        print_broker(reply.feed);
    }
    json_decref(document);
    return code;
}

enum lq_exit_code lq_feed_command_show(const struct lq_invocation *invocation)
{
    struct lq_admin_request request = {.kind = LQ_ADMIN_SHOW_FEED};
    struct lq_broker_call call;

    if (invocation->argument_count != 0) {
        lq_text_output_error("%s: feed show takes no argument", invocation->arguments[0]);
        return LQ_EXIT_USAGE;
    }
    enum lq_exit_code code = lq_broker_call_open(invocation, &call);
    if (code == LQ_EXIT_OK) {
        code = print_both(&call, &request, "feed", "feed.show");
    }
    lq_broker_call_close(&call);
    return code;
}

static bool is_cursor(const char *name)
{
    if (lq_tenant_name_valid(lq_view_text(name))) {
        return true;
    }
    lq_text_output_error("%s: not a cursor's name: 1 to %d of [A-Za-z0-9._-], no dot first", name,
                         LQ_TENANT_NAME_BYTES_MAX);
    return false;
}

enum lq_exit_code lq_feed_command_set(const struct lq_invocation *invocation)
{
    struct lq_feed_place position;

    if (invocation->argument_count != 2) {
        lq_text_output_error("name a cursor and a position: feed set CURSOR R:E");
        return LQ_EXIT_USAGE;
    }
    if (!is_cursor(invocation->arguments[0])) {
        return LQ_EXIT_USAGE;
    }
    if (!lq_feed_entry_position(invocation->arguments[1], &position)) {
        lq_text_output_error("%s: not a position: R:E, two whole numbers, as feed read prints them",
                             invocation->arguments[1]);
        return LQ_EXIT_USAGE;
    }
    struct lq_admin_request request = {.kind = LQ_ADMIN_SHOW_FEED}; /* all that a dry run does */
    struct lq_broker_call call;
    if (!invocation->dry_run) {
        request.kind = LQ_ADMIN_SET_CURSOR;
        request.has_cursor = true;
        request.cursor =
            (struct lq_cursor_entry){lq_view_text(invocation->arguments[0]),
                                     position.ledger_sequence, position.outbox_sequence};
    }
    enum lq_exit_code code = lq_broker_call_open(invocation, &call);
    if (code == LQ_EXIT_OK) {
        code = print_both(&call, &request, invocation->arguments[0], "feed.set");
    }
    lq_broker_call_close(&call);
    return code;
}

/* Of the ledger's feed and of the broker's, wherever there is one of that name. */
static enum lq_exit_code drop(struct lq_broker_call *call, const char *name)
{
    static const uint8_t kinds[] = {LQ_ADMIN_SET_CURSOR, LQ_ADMIN_SET_BROKER_CURSOR};
    bool found = false;

    for (size_t index = 0; index < sizeof kinds / sizeof kinds[0]; index++) {
        struct lq_admin_request request = {.kind = kinds[index],
                                           .has_cursor = true,
                                           .cursor = {.name = lq_view_text(name)},
                                           .drop_cursor = true};
        struct lq_admin_reply reply;
        enum lq_exit_code code = ask(call, &request, NULL, &reply);
        found = found || code == LQ_EXIT_OK;
        if (code != LQ_EXIT_OK && reply.result != LQ_ERR_NOT_FOUND) {
            if (reply.result != LQ_OK) { /* else it was said */
                lq_broker_call_complain(name, &reply);
            }
            return code;
        }
    }
    if (!found) {
        lq_text_output_error("%s: no such cursor", name);
    }
    return found ? LQ_EXIT_OK : LQ_EXIT_NOT_FOUND;
}

enum lq_exit_code lq_feed_command_drop(const struct lq_invocation *invocation)
{
    struct lq_admin_request request = {.kind = LQ_ADMIN_SHOW_FEED};
    struct lq_broker_call call;

    if (invocation->argument_count != 1) {
        lq_text_output_error("name one cursor");
        return LQ_EXIT_USAGE;
    }
    if (!is_cursor(invocation->arguments[0])) {
        return LQ_EXIT_USAGE;
    }
    enum lq_exit_code code = lq_broker_call_open(invocation, &call);
    if (code == LQ_EXIT_OK && !invocation->dry_run) {
        code = drop(&call, invocation->arguments[0]);
    }
    if (code == LQ_EXIT_OK) {
        code = print_both(&call, &request, "feed", "feed.drop");
    }
    lq_broker_call_close(&call);
    return code;
}
