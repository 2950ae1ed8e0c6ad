// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* Cursors of the feed: set, or let go of. */
#include "actors/ledger/feed_report.h"
#include "actors/persist/persist_handler.h"
#include "base/error_message.h"

#include <inttypes.h>

static bool is_valid(const struct lq_admin_request *request, struct lq_error_message *message)
{
    if (!request->has_cursor || !lq_tenant_name_valid(request->cursor.name)) {
        lq_error_message_set(message, "cursor.name: 1 to 32 of A-Z a-z 0-9 . _ -, no dot first");
        return false;
    }
    return true;
}

void lq_persist_cursor_take(struct lq_persist_handler *handler, uint32_t item_index,
                            const struct lq_stage_item *item, struct lq_answer *answer,
                            struct lq_out_buffer *out)
{
    struct lq_commit *commit = lq_persist_handler_next(handler, item, LQ_COMMIT_SET_CURSOR);
    struct lq_admin_request request;
    struct lq_error_message message;

    if (lq_out_buffer_reserve(out, LQ_PERSIST_REPLY_BYTES_MAX) == NULL ||
        !lq_persist_request_read(handler, item, LQ_ADMIN_SET_CURSOR, LQ_ADMIN_TELL_LEDGER_AGAIN,
                                 answer, &request)) {
        return;
    }
    lq_out_buffer_keep(out, answer, LQ_PERSIST_REPLY_BYTES_MAX);
    if (request.kind == LQ_ADMIN_TELL_LEDGER_AGAIN) {
        lq_persist_telling_take(handler, item_index, &request, commit);
        return;
    }
    if (!is_valid(&request, &message)) {
        lq_persist_request_refuse(request.tag, answer, out, LQ_ERR_INVALID, message.text);
        return;
    }
    if (!lq_persist_request_keep(handler, request.cursor.name, &commit->cursor)) {
        return;
    }
    commit->names = (struct lq_session_names){lq_view_of(NULL, 0), lq_view_of(NULL, 0)};
    commit->kind = request.drop_cursor ? LQ_COMMIT_DROP_CURSOR : LQ_COMMIT_SET_CURSOR;
    commit->position =
        (struct lq_feed_position){request.cursor.ledger_sequence, request.cursor.outbox_sequence};
    lq_persist_handler_add(handler, item_index, request.tag);
}

/* The position that was asked for is none that a reader can go on from. */
static void refuse_position(uint64_t tag, const struct lq_feed_report *feed,
                            struct lq_answer *answer, struct lq_out_buffer *out)
{
    struct lq_error_message message;

    lq_error_message_set(&message,
                         "cursor: the feed has come to record %" PRIu64 " and entry %" PRIu64
                         " of the outbox, and keeps the latter from %" PRIu64 " on",
                         feed->ledger_sequence, feed->outbox_sequence, feed->first_outbox_sequence);
    lq_persist_request_refuse(tag, answer, out, LQ_ERR_CONFLICT, message.text);
}

enum lq_result lq_persist_cursor_answer(struct lq_persist_handler *handler,
                                        const struct lq_commit *commit, uint64_t tag,
                                        struct lq_answer *answer, struct lq_out_buffer *out)
{
    struct lq_feed_state state;
    struct lq_feed_report feed;
    struct lq_admin_reply reply = {.tag = tag, .result = LQ_OK, .count = 1, .feed = &feed};
    enum lq_result result = lq_ledger_read_begin(handler->ledger);

    if (result != LQ_OK) {
        return result;
    }
    result = lq_feed_report_read(handler->ledger, &state, &feed);
    lq_ledger_read_end(handler->ledger);
    if (result != LQ_OK) {
        return result;
    }
    if (commit->verdict == LQ_COMMIT_DONE) {
        lq_persist_request_reply(&reply, answer, out);
    } else if (commit->verdict == LQ_COMMIT_UNKNOWN) {
        lq_persist_request_refuse(tag, answer, out, LQ_ERR_NOT_FOUND, "cursor: no such cursor");
    } else if (commit->verdict == LQ_COMMIT_FULL) {
        lq_persist_request_refuse(tag, answer, out, LQ_ERR_FULL,
                                  "cursor: as many as there may be, 16, are set; drop one");
    } else {
        LQ_ASSERT(commit->verdict == LQ_COMMIT_CONFLICT);
        refuse_position(tag, &feed, answer, out);
    }
    return LQ_OK;
}
