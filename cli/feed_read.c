// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "actors/ledger/feed_items.h"
#include "base/alloc.h"
#include "base/error_message.h"
#include "base/standard_output.h"
#include "cli/broker_call.h"
#include "cli/commands.h"
#include "cli/feed_entry.h"
#include "cli/interrupt.h"
#include "cli/ledger_walk.h"
#include "cli/text_output.h"

#include <inttypes.h>
#include <poll.h>
#include <stdlib.h>

enum { RUN_BYTES = 4 * 1024 * 1024, TEXTS_BYTES = 256, FOLLOW_MS = 100 };

_Static_assert((int)RUN_BYTES >= (int)LQ_FEED_RUN_BYTES_MIN, "a run has room for any entry");

struct reading {
    const struct lq_invocation *invocation;
    struct lq_ledger_walk walk;
    struct lq_feed_run run;
    struct lq_feed_items items;
    struct lq_arena texts;     /* of the entry at work */
    uint64_t count, count_max; /* 0: no bound */
};

static enum lq_exit_code find_cursor(struct reading *reading, const char *name)
{
    struct lq_feed_state state;
    enum lq_result result = lq_ledger_read_begin(reading->walk.ledger);

    if (result == LQ_OK) {
        result = lq_ledger_feed_state(reading->walk.ledger, &state);
        lq_ledger_read_end(reading->walk.ledger);
    }
    if (result != LQ_OK) {
        lq_text_output_error("the feed's cursors: %s", lq_result_text(result));
        return lq_broker_call_exit_code(result);
    }
    for (uint32_t index = 0; index < state.cursor_count; index++) {
        if (strcmp(state.cursors[index].name, name) == 0) {
            reading->items.at =
                (struct lq_feed_place){state.cursors[index].position.ledger_sequence,
                                       state.cursors[index].position.outbox_sequence};
            return LQ_EXIT_OK;
        }
    }
    lq_text_output_error("%s: no such cursor", name);
    return LQ_EXIT_NOT_FOUND;
}

static enum lq_exit_code find_start(struct reading *reading)
{
    const char *after = lq_invocation_value(reading->invocation, "after");
    const char *cursor = lq_invocation_value(reading->invocation, "cursor");

    if (after != NULL && cursor != NULL) {
        lq_text_output_error("--after or --cursor, not both");
        return LQ_EXIT_USAGE;
    }
    if (after != NULL && !lq_feed_entry_position(after, &reading->items.at)) {
        lq_text_output_error("--after %s: not a position: R:E, two whole numbers", after);
        return LQ_EXIT_USAGE;
    }
    return LQ_EXIT_OK;
}

static enum lq_exit_code show_entry(struct reading *reading, const struct lq_feed_entry *entry)
{
    struct lq_feed_item item;

    lq_arena_reset(&reading->texts);
    enum lq_result result = lq_feed_items_take(&reading->items, entry, &reading->texts, &item);
    if (result != LQ_OK) {
        lq_text_output_error("%s %" PRIu64 ": %s", entry->is_record ? "record" : "entry",
                             entry->sequence, lq_result_text(result));
        return LQ_EXIT_BROKEN;
    }
    lq_feed_entry_print(&item, reading->invocation->json);
    reading->count++;
    return LQ_EXIT_OK;
}

static bool has_enough(const struct reading *reading)
{
    return (reading->count_max > 0 && reading->count >= reading->count_max) ||
           lq_interrupt_asked() || lq_standard_output_reason() != 0;
}

static enum lq_exit_code complain(const struct reading *reading, enum lq_result result)
{
    if (result == LQ_ERR_STALE) {
        lq_text_output_error("what follows %" PRIu64 ":%" PRIu64
                             " was trimmed; feed show says from where on the outbox is kept",
                             reading->items.at.ledger_sequence, reading->items.at.outbox_sequence);
        return LQ_EXIT_NOT_FOUND;
    }
    if (result == LQ_ERR_INVALID) {
        lq_text_output_error("the feed has not come to %" PRIu64 ":%" PRIu64 " yet",
                             reading->items.at.ledger_sequence, reading->items.at.outbox_sequence);
        return LQ_EXIT_USAGE;
    }
    lq_text_output_error("the feed: %s", lq_result_text(result));
    return lq_broker_call_exit_code(result);
}

static enum lq_exit_code read_on(struct reading *reading)
{
    bool follow = lq_invocation_value(reading->invocation, "follow") != NULL;
    enum lq_exit_code code = LQ_EXIT_OK;

    while (code == LQ_EXIT_OK && !has_enough(reading)) {
        const struct lq_feed_position after = {reading->items.at.ledger_sequence,
                                               reading->items.at.outbox_sequence};
        enum lq_result result = lq_ledger_feed_read(reading->walk.ledger, after, &reading->run);
        if (result != LQ_OK) {
            return complain(reading, result);
        }
        for (uint32_t index = 0;
             code == LQ_EXIT_OK && index < reading->run.count && !has_enough(reading); index++) {
            code = show_entry(reading, &reading->run.entries[index]);
        }
        if (reading->run.count == 0 && !follow) {
            return code;
        }
        if (reading->run.count == 0) {
            (void)lq_standard_output_flush();
            poll(NULL, 0, FOLLOW_MS);
        }
    }
    return code;
}

static enum lq_exit_code run(struct reading *reading)
{
    const char *cursor = lq_invocation_value(reading->invocation, "cursor");
    struct lq_error_message message = {""};
    enum lq_exit_code code;

    if (reading->invocation->argument_count != 0) {
        lq_text_output_error("%s: feed read takes no argument", reading->invocation->arguments[0]);
        return LQ_EXIT_USAGE;
    }
    if (!lq_invocation_number(reading->invocation, "count",
                              (struct lq_number_range){0, UINT64_MAX, 0}, &reading->count_max,
                              &message)) {
        lq_text_output_error("%s", message.text);
        return LQ_EXIT_USAGE;
    }
    code = find_start(reading);
    if (code == LQ_EXIT_OK) {
        code = lq_ledger_walk_open(reading->invocation, &reading->walk);
    }
    reading->walk.without_key = lq_invocation_value(reading->invocation, "no-key") != NULL;
    if (code == LQ_EXIT_OK) {
        code = lq_ledger_walk_partition(&reading->walk, 0);
        reading->items.ledger = reading->walk.ledger;
    }
    if (code == LQ_EXIT_OK && cursor != NULL) {
        code = find_cursor(reading, cursor);
    }
    return code == LQ_EXIT_OK ? read_on(reading) : code;
}

enum lq_exit_code lq_feed_read_run(const struct lq_invocation *invocation)
{
    struct reading *reading = lq_alloc(1, sizeof *reading);

    reading->invocation = invocation;
    reading->run.memory = lq_alloc(RUN_BYTES, 1);
    reading->run.bytes_max = RUN_BYTES;
    reading->items.plain = lq_alloc(LQ_FEED_PLAIN_BYTES_MAX, 1);
    reading->items.record = lq_alloc(LQ_FEED_RUN_BYTES_MIN, 1);
    reading->texts = (struct lq_arena){lq_alloc(TEXTS_BYTES, 1), TEXTS_BYTES, 0};
    lq_interrupt_catch();
    enum lq_exit_code code = run(reading);
    lq_ledger_walk_close(&reading->walk);
    free(reading->run.memory);
    free(reading->items.plain);
    free(reading->items.record);
    free(reading->texts.memory);
    free(reading);
    return code;
}
