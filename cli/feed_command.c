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

static void print_json(const char *name, const struct lq_feed_report *feed, bool dry_run)
{
    json_t *cursors = json_array();
    char position[48];

    for (uint32_t index = 0; index < feed->cursor_count; index++) {
        json_array_append_new(cursors, cursor_json(feed, &feed->cursors[index]));
    }
    snprintf(position, sizeof position, "%" PRIu64 ":%" PRIu64, feed->ledger_sequence,
             feed->outbox_sequence);
    lq_json_output_print(
        name, json_pack("{s:b,s:o,s:s,s:o,s:o,s:o,s:o}", "dry_run", (int)dry_run, "history",
                        lq_json_output_hex(feed->history, sizeof feed->history), "position",
                        position, "first_entry", lq_json_output_number(feed->first_outbox_sequence),
                        "entries", lq_json_output_number(feed->outbox_count), "bytes",
                        lq_json_output_number(feed->outbox_bytes), "cursors", cursors));
}

static void print_text(const struct lq_feed_report *feed)
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

/* Ask, and print the feed as it is then. `name`: of the document. */
static enum lq_exit_code ask(const struct lq_invocation *invocation,
                             struct lq_admin_request *request, const char *what, const char *name)
{
    struct lq_broker_call call;
    struct lq_admin_reply reply = {.feed = NULL};
    enum lq_exit_code code = lq_broker_call_open(invocation, &call);

    if (code == LQ_EXIT_OK) {
        code = lq_broker_call_ask(&call, request, what, &reply);
    }
    if (code == LQ_EXIT_OK && reply.feed == NULL) {
        lq_text_output_error("%s: the answer holds no feed", what);
        code = LQ_EXIT_FAILED;
    }
    if (code == LQ_EXIT_OK && invocation->json) {
        print_json(name, reply.feed, invocation->dry_run);
    } else if (code == LQ_EXIT_OK) {
        print_text(reply.feed);
    }
    lq_broker_call_close(&call);
    return code;
}

enum lq_exit_code lq_feed_command_show(const struct lq_invocation *invocation)
{
    struct lq_admin_request request = {.kind = LQ_ADMIN_SHOW_FEED};

    if (invocation->argument_count != 0) {
        lq_text_output_error("%s: feed show takes no argument", invocation->arguments[0]);
        return LQ_EXIT_USAGE;
    }
    return ask(invocation, &request, "feed", "feed.show");
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

/* With --dry-run the feed is only shown. */
static enum lq_exit_code change(const struct lq_invocation *invocation,
                                const struct lq_cursor_entry *cursor, bool drop, const char *name)
{
    struct lq_admin_request request = {.kind = invocation->dry_run ? LQ_ADMIN_SHOW_FEED
                                                                   : LQ_ADMIN_SET_CURSOR,
                                       .has_cursor = !invocation->dry_run,
                                       .cursor = *cursor,
                                       .drop_cursor = drop && !invocation->dry_run};

    return ask(invocation, &request, invocation->arguments[0], name);
}

enum lq_exit_code lq_feed_command_set(const struct lq_invocation *invocation)
{
    struct lq_feed_position position;

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
    const struct lq_cursor_entry cursor = {lq_view_text(invocation->arguments[0]),
                                           position.ledger_sequence, position.outbox_sequence};
    return change(invocation, &cursor, false, "feed.set");
}

enum lq_exit_code lq_feed_command_drop(const struct lq_invocation *invocation)
{
    if (invocation->argument_count != 1) {
        lq_text_output_error("name one cursor");
        return LQ_EXIT_USAGE;
    }
    if (!is_cursor(invocation->arguments[0])) {
        return LQ_EXIT_USAGE;
    }
    const struct lq_cursor_entry cursor = {.name = lq_view_text(invocation->arguments[0])};
    return change(invocation, &cursor, true, "feed.drop");
}
