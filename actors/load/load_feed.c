// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "actors/load/load_feed.h"

#include "actors/ledger/feed_items.h"
#include "actors/load/load_read.h"
#include "base/error_message.h"

#include <inttypes.h>

/* An answer as it grows; lies in the handler's arena. */
struct reading {
    struct lq_feed_run run;
    struct lq_feed_items items;
    struct lq_arena *texts;
    uint32_t count_max;
    uint64_t until_ns;
};

/* What cannot be read is told when it comes first. */
static enum lq_result take_run(struct reading *reading, struct lq_admin_reply *reply,
                               struct lq_error_message *message)
{
    const struct lq_feed_run *run = &reading->run;
    uint32_t count = 0;

    while (count < run->count && count < reading->count_max &&
           (count == 0 || lq_clock_monotonic_ns() < reading->until_ns)) {
        const struct lq_feed_entry *entry = &run->entries[count];
        enum lq_result result =
            lq_feed_items_take(&reading->items, entry, reading->texts, &reply->feed_items[count]);
        if (result != LQ_OK && count == 0) {
            lq_error_message_set(message, "%s %" PRIu64 " of the feed: %s",
                                 entry->is_record ? "record" : "entry", entry->sequence,
                                 lq_result_text(result));
            return result;
        }
        if (result != LQ_OK) {
            break;
        }
        count++;
    }
    reply->feed_item_count = count;
    reply->count = count;
    reply->more = count < run->count || run->count == LQ_FEED_ENTRIES_MAX;
    return LQ_OK;
}

static enum lq_result complain(struct lq_feed_position after, const struct lq_feed_state *state,
                               enum lq_result result, struct lq_error_message *message)
{
    if (result == LQ_ERR_STALE) {
        lq_error_message_set(message,
                             "what follows %" PRIu64 ":%" PRIu64
                             " was trimmed: the outbox is kept from entry %" PRIu64 " on",
                             after.ledger_sequence, after.outbox_sequence,
                             state->first_outbox_sequence);
    } else if (result == LQ_ERR_INVALID) {
        lq_error_message_set(
            message, "the feed has come to %" PRIu64 ":%" PRIu64 ", not to %" PRIu64 ":%" PRIu64,
            state->newest.ledger_sequence, state->newest.outbox_sequence, after.ledger_sequence,
            after.outbox_sequence);
        return LQ_ERR_CONFLICT;
    } else if (result == LQ_ERR_CORRUPT) {
        lq_error_message_set(message, "what follows %" PRIu64 ":%" PRIu64 " cannot be read",
                             after.ledger_sequence, after.outbox_sequence);
    }
    return result;
}

/* NULL: the arena, which is large enough for any one answer, is not empty. */
static struct reading *make_room(struct lq_load_handler *handler, struct lq_admin_reply *reply)
{
    struct lq_arena *arena = &handler->arena;
    struct reading *reading = lq_arena_take(arena, sizeof *reading);

    if (reading == NULL) {
        return NULL;
    }
    memset(reading, 0, sizeof *reading);
    reading->run.memory = lq_arena_take(arena, LQ_FEED_RUN_BYTES_MIN);
    reading->run.bytes_max = LQ_FEED_RUN_BYTES_MIN;
    reading->items.ledger = handler->ledger;
    reading->items.plain = lq_arena_take(arena, LQ_FEED_PLAIN_BYTES_MAX);
    reading->items.record = lq_arena_take(arena, LQ_FEED_RUN_BYTES_MIN);
    reply->feed_items = lq_arena_take(arena, LQ_ADMIN_FEED_ITEMS_MAX * sizeof *reply->feed_items);
    return reading->run.memory != NULL && reading->items.plain != NULL &&
                   reading->items.record != NULL && reply->feed_items != NULL
               ? reading
               : NULL;
}

enum lq_result lq_load_feed_read(struct lq_load_handler *handler,
                                 const struct lq_admin_request *request,
                                 const struct lq_feed_state *state, struct lq_admin_reply *reply,
                                 struct lq_error_message *message)
{
    const struct lq_feed_position after = {request->cursor.ledger_sequence,
                                           request->cursor.outbox_sequence};
    uint64_t begun_ns = lq_clock_monotonic_ns();
    struct reading *reading = make_room(handler, reply);

    if (reading == NULL) {
        return LQ_ERR_LIMIT;
    }
    bool is_bounded = request->count_max > 0 && request->count_max < LQ_ADMIN_FEED_ITEMS_MAX;
    reading->count_max = is_bounded ? request->count_max : LQ_ADMIN_FEED_ITEMS_MAX;
    reading->until_ns = begun_ns + LQ_LOAD_READS_NS;
    reading->texts = &handler->arena;
    lq_ledger_read_end(handler->ledger);
    enum lq_result result = lq_ledger_feed_read(handler->ledger, after, &reading->run);
    if (result == LQ_OK) {
        reading->items.at = (struct lq_feed_place){after.ledger_sequence, after.outbox_sequence};
        result = take_run(reading, reply, message);
    } else {
        result = complain(after, state, result, message);
    }
    handler->reading_ns += lq_clock_monotonic_ns() - begun_ns;
    return lq_ledger_read_begin(handler->ledger) == LQ_OK ? result : LQ_ERR_IO;
}
