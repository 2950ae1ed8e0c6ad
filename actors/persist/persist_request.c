// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* Requests of administration that persist executes: read from an item, answered into the room that
 * was kept for the answer in item order. */
#include "actors/persist/persist_handler.h"
#include "base/error_name.h"

bool lq_persist_request_read(struct lq_persist_handler *handler, const struct lq_stage_item *item,
                             enum lq_admin_kind wanted, enum lq_admin_kind or_wanted,
                             struct lq_answer *answer, struct lq_admin_request *request)
{
    enum lq_message_kind kind;
    struct lq_view message;
    const char *where = "framing";
    enum lq_result result = lq_framing_get(item->payload, &kind, &message);

    if (result == LQ_OK && kind != LQ_MESSAGE_ADMIN) {
        result = LQ_ERR_MALFORMED;
    }
    if (result == LQ_OK) {
        result = lq_admin_request_decode(message, &handler->decoded, request, &where);
    }
    if (result == LQ_OK && request->kind != wanted && request->kind != or_wanted) {
        where = "kind";
        result = LQ_ERR_MALFORMED;
    }
    if (result != LQ_OK) {
        lq_answer_fail(answer, LQ_ERROR_PAYLOAD_MALFORMED, "the request's field %s", where);
    }
    return result == LQ_OK;
}

void lq_persist_request_reply(const struct lq_admin_reply *reply, struct lq_answer *answer,
                              struct lq_out_buffer *out)
{
    size_t bytes = 0;
    enum lq_result result = lq_admin_reply_encode(reply, out->memory + answer->payload_offset,
                                                  LQ_PERSIST_REPLY_BYTES_MAX, &bytes);

    LQ_ASSERT(result ==
              LQ_OK); /* an entry, or sixteen cursors, and a message: some hundred bytes */
    answer->payload_bytes = bytes;
    answer->verdict = LQ_ITEM_DONE;
}

void lq_persist_request_refuse(uint64_t tag, struct lq_answer *answer, struct lq_out_buffer *out,
                               enum lq_result result, const char *message)
{
    struct lq_admin_reply reply = {.tag = tag, .result = result, .message = lq_view_text(message)};

    lq_persist_request_reply(&reply, answer, out);
}

bool lq_persist_request_keep(struct lq_persist_handler *handler, struct lq_view from,
                             struct lq_view *kept)
{
    uint8_t *to = from.bytes > 0 ? lq_arena_take(&handler->filling->memory, from.bytes) : NULL;

    if (from.bytes > 0 && to == NULL) {
        return false;
    }
    if (from.bytes > 0) {
        memcpy(to, from.data, from.bytes);
    }
    *kept = lq_view_of(to, from.bytes);
    return true;
}
