// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "broker/io/feed_inquiry.h"

#include "base/alloc.h"
#include "proto/admin_codec.h"

#include <inttypes.h>
#include <stdio.h>

_Static_assert((int)LQ_ADMIN_CURSORS_MAX == (int)LQ_BROKER_CURSORS_MAX,
               "a report has room for all");

enum { REPLY_BYTES_MAX = 4096 };

/* The outbox as FeedState has it: without records, and without a history of its own. */
static void fill_report(const struct lq_broker_feed_state *state, struct lq_feed_report *report)
{
    *report = (struct lq_feed_report){.outbox_sequence = state->newest,
                                      .first_outbox_sequence = state->first,
                                      .outbox_count = state->count,
                                      .outbox_bytes = state->bytes,
                                      .cursor_count = state->cursor_count};
    for (uint32_t index = 0; index < state->cursor_count; index++) {
        report->cursors[index].name = lq_view_text(state->cursors[index].name);
        report->cursors[index].outbox_sequence = state->cursors[index].sequence;
    }
}

_Static_assert(LQ_BROKER_TELLING_PLACE_BYTES_MAX <= LQ_ADMIN_PLACE_BYTES_MAX,
               "a request has room for a place");

/* A step of telling the tables again. */
static enum lq_result tell_again(lq_broker_store_t *store, const struct lq_admin_request *request,
                                 struct lq_broker_telling *telling, struct lq_admin_reply *reply)
{
    if (request->place.bytes > LQ_BROKER_TELLING_PLACE_BYTES_MAX) {
        return LQ_ERR_INVALID;
    }
    telling->place_bytes = (uint32_t)request->place.bytes;
    if (request->place.bytes > 0) {
        memcpy(telling->place, request->place.data, request->place.bytes);
    }
    enum lq_result result = lq_broker_store_tell_again(store, telling);
    reply->has_telling = result == LQ_OK;
    reply->count = telling->told;
    reply->telling =
        (struct lq_telling_report){lq_view_of(telling->place, telling->place_bytes), telling->first,
                                   telling->last, telling->told, telling->all};
    return result;
}

static enum lq_result change_cursor(lq_broker_store_t *store,
                                    const struct lq_admin_request *request)
{
    if (!request->has_cursor) {
        return LQ_ERR_INVALID;
    }
    return request->drop_cursor ? lq_broker_store_drop_cursor(store, request->cursor.name)
                                : lq_broker_store_set_cursor(store, request->cursor.name,
                                                             request->cursor.outbox_sequence);
}

/* Whether the request was refused, which the store does not mind. */
static bool is_refusal(enum lq_result result)
{
    return result == LQ_ERR_INVALID || result == LQ_ERR_NOT_FOUND || result == LQ_ERR_CONFLICT ||
           result == LQ_ERR_FULL || result == LQ_ERR_CORRUPT;
}

static void explain(enum lq_result result, const struct lq_broker_feed_state *state, char *to,
                    size_t bytes)
{
    switch (result) {
    case LQ_OK:
        to[0] = '\0';
        return;
    case LQ_ERR_NOT_FOUND:
        snprintf(to, bytes, "cursor: no such cursor");
        return;
    case LQ_ERR_FULL:
        snprintf(to, bytes, "cursor: as many as there may be, %d, are set; drop one",
                 LQ_BROKER_CURSORS_MAX);
        return;
    case LQ_ERR_CONFLICT:
        snprintf(to, bytes,
                 "cursor: the broker's outbox has come to entry %" PRIu64
                 ", and is kept from entry %" PRIu64 " on",
                 state->newest, state->first);
        return;
    case LQ_ERR_CORRUPT:
        snprintf(to, bytes, "a value of the broker's store does not open");
        return;
    default:
        snprintf(
            to, bytes,
            "place: none of an answer; cursor.name: 1 to 32 of A-Z a-z 0-9 . _ -, no dot first");
        return;
    }
}

enum lq_result lq_feed_inquiry_answer(lq_broker_store_t *store, const struct lq_storage_job *job,
                                      struct lq_arena *arena, struct lq_storage_news_list *news)
{
    struct lq_admin_request request;
    struct lq_feed_report report;
    struct lq_admin_reply reply = {.result = LQ_OK};
    struct lq_broker_feed_state state;
    struct lq_broker_telling telling = {.told = 0};
    char message[160];
    const char *where;

    lq_arena_reset(arena);
    if (lq_admin_request_decode(lq_view_of(job->bytes, job->byte_count), arena, &request, &where) !=
        LQ_OK) {
        return LQ_OK; /* was decoded once before it was posted */
    }
    if (request.kind == LQ_ADMIN_SET_BROKER_CURSOR) {
        reply.result = change_cursor(store, &request);
    } else if (request.kind == LQ_ADMIN_TELL_BROKER_AGAIN) {
        reply.result = tell_again(store, &request, &telling, &reply);
    }
    if (reply.result != LQ_OK && !is_refusal(reply.result)) {
        return reply.result;
    }
    enum lq_result result = lq_broker_store_feed_state(store, &state);
    if (result != LQ_OK) {
        return result;
    }
    fill_report(&state, &report);
    explain(reply.result, &state, message, sizeof message);
    reply.tag = request.tag;
    reply.message = lq_view_text(message);
    reply.feed = reply.result == LQ_OK ? &report : NULL;
    struct lq_storage_news *answer = lq_storage_news_add(news, LQ_STORAGE_NEWS_REPLY);
    answer->peer = job->peer;
    answer->bytes = lq_alloc(1, REPLY_BYTES_MAX);
    result = lq_admin_reply_encode(&reply, answer->bytes, REPLY_BYTES_MAX, &answer->byte_count);
    LQ_ASSERT(result == LQ_OK); /* 16 cursors of 32 bytes fit */
    return LQ_OK;
}
