// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "broker/io/letter_desk.h"

#include "base/alloc.h"
#include "broker/io/operator_record.h"

#include <stdlib.h>

#define PAGE_BYTES ((size_t)LQ_LETTER_BYTES_MAX * 2)

void lq_letter_desk_open(struct lq_letter_desk *desk, struct lq_letter_shelf *shelf,
                         struct lq_storage_news_list *news)
{
    desk->shelf = shelf;
    desk->news = news;
    desk->page = (struct lq_arena){lq_alloc(1, PAGE_BYTES), PAGE_BYTES, 0};
}

void lq_letter_desk_close(struct lq_letter_desk *desk)
{
    free(desk->page.memory);
}

/* Into the history, oldest first: the death that the letter in hand tells of. When there is no
 * room the first death stays, and the oldest of the others goes. */
static void remember_death(struct lq_letter_desk *desk)
{
    struct lq_letter *letter = &desk->shelf->letter;

    if (letter->round_count == LQ_LETTER_ROUNDS_MAX) {
        memmove(&letter->rounds[1], &letter->rounds[2],
                (LQ_LETTER_ROUNDS_MAX - 2) * sizeof letter->rounds[0]);
        letter->round_count--;
    }
    letter->rounds[letter->round_count++] =
        (struct lq_letter_round){.round = letter->died_round,
                                 .version = letter->version,
                                 .tries = letter->tries,
                                 .stage = letter->stage,
                                 .error = letter->error,
                                 .cause = lq_letter_shelf_shorten(letter->cause),
                                 .wall_ns = letter->last_wall_ns};
}

/* The history outlives the letter that it was read with, on desk->page. */
static void keep_rounds(struct lq_letter_desk *desk, struct lq_letter_round *rounds)
{
    lq_arena_reset(&desk->page);
    for (uint32_t index = 0; index < desk->shelf->letter.round_count; index++) {
        rounds[index] = desk->shelf->letter.rounds[index];
        rounds[index].stage = lq_letter_shelf_keep(&desk->page, rounds[index].stage);
        rounds[index].error = lq_letter_shelf_keep(&desk->page, rounds[index].error);
        rounds[index].cause = lq_letter_shelf_keep(&desk->page, rounds[index].cause);
    }
}

enum lq_result lq_letter_desk_put(struct lq_letter_desk *desk, const struct lq_storage_job *job)
{
    struct lq_letter *letter = &desk->shelf->letter;
    struct lq_letter_round rounds[LQ_LETTER_ROUNDS_MAX];
    uint32_t round_count = 0;
    uint32_t round = 0;
    uint64_t first_wall_ns = 0;
    enum lq_result result = lq_letter_shelf_read(desk->shelf, job->letter_id);

    if (result == LQ_OK) { /* a redriven letter died again: its history goes on */
        round = letter->round;
        first_wall_ns = letter->first_wall_ns;
        remember_death(desk);
        keep_rounds(desk, rounds);
        round_count = letter->round_count;
    } else if (result != LQ_ERR_NOT_FOUND) {
        return result;
    }
    result = lq_letter_shelf_decode(desk->shelf, lq_view_of(job->bytes, job->byte_count));
    if (result != LQ_OK) {
        return result;
    }
    letter->round = round;
    letter->died_round = round;
    letter->round_count = round_count;
    memcpy(letter->rounds, rounds, round_count * sizeof rounds[0]);
    if (first_wall_ns != 0) {
        letter->first_wall_ns = first_wall_ns;
    }
    result = lq_letter_shelf_write(desk->shelf);
    if (result == LQ_OK) {
        struct lq_storage_news *stored = lq_storage_news_add(desk->news, LQ_STORAGE_NEWS_STORED);
        stored->execution = job->execution;
        stored->letter_id = job->letter_id;
        stored->broker_sequence = lq_broker_store_newest(desk->shelf->store);
    }
    return result;
}

/* A tombstone keeps who and what, not the world it died with. */
enum lq_result lq_letter_desk_end_redrive(struct lq_letter_desk *desk,
                                          const struct lq_storage_job *job)
{
    struct lq_letter *letter = &desk->shelf->letter;
    enum lq_result result = lq_letter_shelf_read(desk->shelf, job->letter_id);

    if (result == LQ_ERR_NOT_FOUND) {
        return LQ_OK; /* purged meanwhile */
    }
    if (result != LQ_OK) {
        return result;
    }
    if (job->kind == LQ_STORAGE_LETTER_OPEN) {
        letter->state = LQ_LETTER_OPEN;
    } else {
        letter->state = LQ_LETTER_DONE;
        letter->done_frame = job->frame;
        letter->payload = lq_view_of(NULL, 0);
    }
    return lq_letter_shelf_write(desk->shelf);
}

/* Tell the loop of the letter in hand, which left the shelf or is under way again. */
static void tell_of_letter(struct lq_letter_desk *desk, enum lq_storage_news_kind kind)
{
    const struct lq_letter *letter = &desk->shelf->letter;
    struct lq_storage_news *news = lq_storage_news_add(desk->news, kind);

    news->letter_id = letter->id;
    memcpy(news->tenant, letter->tenant.data, letter->tenant.bytes);
    memcpy(news->session, letter->session.data, letter->session.bytes);
    news->has_command = letter->command_count > 0;
    if (news->has_command) {
        news->client = letter->commands[0].client;
        news->sequence = letter->commands[0].sequence;
        lq_storage_news_copy(news, letter->commands[0].body);
    }
}

/* Whether a request makes sense for a letter of that state. A letter under way in a redrive may
 * only be purged, and only by its id: whoever does that knows that its command may still be
 * applied. */
static bool may_work_on(const struct lq_admin_request *request, uint8_t state)
{
    if (request->kind == LQ_ADMIN_REDRIVE_LETTERS) {
        return state == LQ_LETTER_OPEN;
    }
    return state != LQ_LETTER_REDRIVING ||
           (request->kind == LQ_ADMIN_PURGE_LETTERS && request->letter_id_count > 0);
}

enum lq_result lq_letter_desk_work_on(struct lq_letter_desk *desk,
                                      const struct lq_admin_request *request, uint64_t id,
                                      uint8_t *was_in)
{
    struct lq_letter *letter = &desk->shelf->letter;
    enum lq_result result = lq_letter_shelf_read(desk->shelf, id);

    *was_in = 0;
    if (result == LQ_ERR_NOT_FOUND) {
        return LQ_OK;
    }
    if (result != LQ_OK) {
        return result;
    }
    if (!may_work_on(request, letter->state)) {
        return LQ_OK;
    }
    *was_in = letter->state;
    if (request->dry_run) {
        return LQ_OK;
    }
    if (request->kind != LQ_ADMIN_REDRIVE_LETTERS) {
        if (letter->state != LQ_LETTER_DONE) {
            tell_of_letter(desk, LQ_STORAGE_NEWS_GONE);
        }
        result = lq_operator_record_purge(desk->shelf->store, request, letter);
        return result == LQ_OK ? lq_letter_shelf_delete(desk->shelf, id) : result;
    }
    letter->state = LQ_LETTER_REDRIVING;
    letter->round++;
    tell_of_letter(desk, LQ_STORAGE_NEWS_REDRIVE);
    return lq_letter_shelf_write(desk->shelf);
}
