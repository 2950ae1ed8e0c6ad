// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "broker/io/letter_inquiry.h"

#include "base/alloc.h"
#include "base/log.h"
#include "broker/io/operator_record.h"

#include <stdio.h>
#include <stdlib.h>

#define ARENA_BYTES ((size_t)LQ_LETTER_BYTES_MAX * 2)
#define REPLY_BYTES_MAX LQ_HEADER_BYTES_MAX
#define LETTERS_PER_PAGE_MAX 64u

void lq_letter_inquiry_open(struct lq_letter_inquiry *inquiry, struct lq_letter_desk *desk)
{
    inquiry->desk = desk;
    inquiry->shelf = desk->shelf;
    inquiry->request = (struct lq_arena){lq_alloc(1, ARENA_BYTES), ARENA_BYTES, 0};
    inquiry->page = (struct lq_arena){lq_alloc(1, ARENA_BYTES), ARENA_BYTES, 0};
}

void lq_letter_inquiry_close(struct lq_letter_inquiry *inquiry)
{
    free(inquiry->request.memory);
    free(inquiry->page.memory);
}

static bool fits(const struct lq_letter *letter, const struct lq_admin_request *request)
{
    return (request->tenant.bytes == 0 || lq_view_equal(request->tenant, letter->tenant)) &&
           (request->session.bytes == 0 || lq_view_equal(request->session, letter->session)) &&
           (request->stage.bytes == 0 || lq_view_equal(request->stage, letter->stage)) &&
           (request->error.bytes == 0 || lq_view_equal(request->error, letter->error));
}

struct visit {
    struct lq_letter_inquiry *inquiry;
    const struct lq_admin_request *request;
    struct lq_admin_reply *reply;
    uint64_t *ids; /* of the letters to work on, gathered before any is changed */
    uint32_t id_count, id_count_max;
};

/* A line of a list: everything but the payload, the history and the commands' bodies. */
static void show_line(struct visit *visit)
{
    struct lq_letter_inquiry *inquiry = visit->inquiry;
    struct lq_letter *line = &inquiry->shown[visit->reply->letter_count++];

    *line = inquiry->shelf->letter;
    line->payload_bytes = (uint32_t)line->payload.bytes;
    line->payload = lq_view_of(NULL, 0);
    line->tenant = lq_letter_shelf_keep(&inquiry->page, line->tenant);
    line->session = lq_letter_shelf_keep(&inquiry->page, line->session);
    line->stage = lq_letter_shelf_keep(&inquiry->page, line->stage);
    line->error = lq_letter_shelf_keep(&inquiry->page, line->error);
    line->cause = lq_letter_shelf_keep(&inquiry->page, lq_letter_shelf_shorten(line->cause));
    line->round_count = 0;
    for (uint32_t command = 0; command < line->command_count; command++) {
        line->commands[command].body = lq_view_of(NULL, 0);
    }
}

static bool list_each(void *context, struct lq_view key, struct lq_view value)
{
    struct visit *visit = context;
    uint32_t page = visit->request->count_max;

    if (page == 0 || page > LETTERS_PER_PAGE_MAX) {
        page = LETTERS_PER_PAGE_MAX;
    }
    if (lq_letter_shelf_decode(visit->inquiry->shelf, value) != LQ_OK) {
        lq_log_rarely(LQ_LOG_ERROR, "a dead letter of %zu key bytes does not open", key.bytes);
        return true;
    }
    if (visit->inquiry->shelf->letter.id <= visit->request->after_letter ||
        !fits(&visit->inquiry->shelf->letter, visit->request)) {
        return true;
    }
    if (visit->reply->letter_count == page) {
        visit->reply->more = true;
        return false;
    }
    show_line(visit);
    return true;
}

static bool gather_each(void *context, struct lq_view key, struct lq_view value)
{
    struct visit *visit = context;

    (void)key;
    if (lq_letter_shelf_decode(visit->inquiry->shelf, value) == LQ_OK &&
        fits(&visit->inquiry->shelf->letter, visit->request)) {
        if (visit->id_count == visit->id_count_max) {
            visit->id_count_max = visit->id_count_max * 2 + 64;
            visit->ids = lq_realloc(visit->ids, visit->id_count_max, sizeof *visit->ids);
        }
        visit->ids[visit->id_count++] = visit->inquiry->shelf->letter.id;
    }
    return true;
}

static enum lq_result work_on_letters(struct visit *visit)
{
    const struct lq_admin_request *request = visit->request;
    bool by_filter = request->letter_id_count == 0 && request->all;
    enum lq_result result =
        by_filter ? lq_letter_shelf_each(visit->inquiry->shelf, 0, gather_each, visit) : LQ_OK;
    uint32_t count = by_filter ? visit->id_count : request->letter_id_count;
    uint32_t redriving = 0;

    for (uint32_t place = 0; place < count && result == LQ_OK; place++) {
        uint8_t was_in = 0;
        uint64_t id = by_filter ? visit->ids[place] : request->letter_ids[place];
        result = lq_letter_desk_work_on(visit->inquiry->desk, request, id, &was_in);
        visit->reply->count += was_in != 0;
        redriving += was_in == LQ_LETTER_REDRIVING;
    }
    free(visit->ids);
    if (result == LQ_OK && visit->reply->count > 0 && !request->dry_run) {
        result =
            lq_operator_record_letters(visit->inquiry->shelf->store, request, visit->reply->count);
    }
    if (redriving > 0) {
        visit->reply->message =
            lq_view_of(visit->inquiry->notice,
                       (size_t)snprintf(visit->inquiry->notice, sizeof visit->inquiry->notice,
                                        "%u of them are being redriven: their commands may still "
                                        "be applied, and die as new letters",
                                        redriving));
    }
    return result;
}

static void show_letter(struct lq_letter_inquiry *inquiry, const struct lq_admin_request *request,
                        struct lq_admin_reply *reply)
{
    struct lq_letter *letter = &inquiry->shelf->letter;
    uint64_t id = request->letter_id_count > 0 ? request->letter_ids[0] : 0;
    enum lq_result result = lq_letter_shelf_read(inquiry->shelf, id);

    if (result != LQ_OK) {
        reply->result = result;
        reply->message = lq_view_text(result == LQ_ERR_NOT_FOUND ? "no such dead letter"
                                                                 : lq_result_text(result));
        return;
    }
    letter->payload_bytes = (uint32_t)letter->payload.bytes;
    if (letter->payload.bytes > REPLY_BYTES_MAX / 2) {
        letter->payload = lq_view_of(NULL, 0); /* too long for an answer; its length is told */
    }
    reply->letters = letter;
    reply->letter_count = 1;
}

/* The answer, framed; without its letters when it does not fit with them. */
static void tell_reply(struct lq_admin_reply *reply, struct lq_storage_news *news)
{
    news->bytes = lq_alloc(1, REPLY_BYTES_MAX);
    if (lq_admin_reply_encode(reply, news->bytes, REPLY_BYTES_MAX, &news->byte_count) == LQ_OK) {
        return;
    }
    reply->letter_count = 0;
    reply->result = LQ_ERR_LIMIT;
    reply->message = lq_view_text("the answer does not fit a message: ask for fewer");
    if (lq_admin_reply_encode(reply, news->bytes, REPLY_BYTES_MAX, &news->byte_count) != LQ_OK) {
        news->byte_count = 0;
    }
}

enum lq_result lq_letter_inquiry_answer(struct lq_letter_inquiry *inquiry,
                                        const struct lq_storage_job *job)
{
    struct lq_admin_request request;
    struct lq_admin_reply reply = {.letters = inquiry->shown};
    struct visit visit = {.inquiry = inquiry, .request = &request, .reply = &reply};
    const char *where;
    enum lq_result result = LQ_OK;

    lq_arena_reset(&inquiry->request);
    lq_arena_reset(&inquiry->page);
    if (lq_admin_request_decode(lq_view_of(job->bytes, job->byte_count), &inquiry->request,
                                &request, &where) != LQ_OK) {
        return LQ_OK; /* was decoded once before it was posted */
    }
    reply.tag = request.tag;
    if (request.kind == LQ_ADMIN_LIST_LETTERS) {
        result = lq_letter_shelf_each(inquiry->shelf, request.after_letter, list_each, &visit);
        reply.count = reply.letter_count;
    } else if (request.kind == LQ_ADMIN_SHOW_LETTER) {
        show_letter(inquiry, &request, &reply);
    } else {
        result = work_on_letters(&visit);
    }
    if (result == LQ_OK) {
        struct lq_storage_news *news =
            lq_storage_news_add(inquiry->desk->news, LQ_STORAGE_NEWS_REPLY);
        news->peer = job->peer;
        tell_reply(&reply, news);
    }
    return result;
}
