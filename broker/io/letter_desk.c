// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "broker/io/letter_desk.h"

#include "base/alloc.h"
#include "base/little_endian.h"
#include "base/log.h"

#include <endian.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#define LETTER_BYTES_MAX (LQ_TICK_BYTES_MAX * 2 + 65536u)
#define ARENA_BYTES (LETTER_BYTES_MAX * 2)
#define REPLY_BYTES_MAX LQ_HEADER_BYTES_MAX
#define CAUSE_SHOWN_BYTES 256u

struct lq_letter_desk {
    lq_broker_store_t *store;
    struct lq_storage_done *first, *last;
    struct lq_arena arena;   /* one decoded letter at a time */
    struct lq_arena request; /* a decoded admin request */
    uint8_t *value;          /* an opened value */
    uint8_t *encoded;
    struct lq_letter letter;
    struct lq_letter shown[LQ_ADMIN_PAGE_MAX];
    struct lq_arena page; /* what `shown` points to */
    char notice[128];
};

lq_letter_desk_t *lq_letter_desk_new(lq_broker_store_t *store)
{
    lq_letter_desk_t *desk = lq_alloc(1, sizeof *desk);

    desk->store = store;
    desk->arena = (struct lq_arena){lq_alloc(1, ARENA_BYTES), ARENA_BYTES, 0};
    desk->request = (struct lq_arena){lq_alloc(1, ARENA_BYTES), ARENA_BYTES, 0};
    desk->page = (struct lq_arena){lq_alloc(1, ARENA_BYTES), ARENA_BYTES, 0};
    desk->value = lq_alloc(1, LETTER_BYTES_MAX);
    desk->encoded = lq_alloc(1, LETTER_BYTES_MAX);
    return desk;
}

void lq_letter_desk_destroy(lq_letter_desk_t **desk)
{
    if (*desk != NULL) {
        free((*desk)->arena.memory);
        free((*desk)->request.memory);
        free((*desk)->page.memory);
        free((*desk)->value);
        free((*desk)->encoded);
        free(*desk);
        *desk = NULL;
    }
}

static struct lq_storage_done *gather(lq_letter_desk_t *desk, enum lq_storage_news news)
{
    struct lq_storage_done *done = lq_alloc(1, sizeof *done);

    done->news = news;
    if (desk->last != NULL) {
        desk->last->next = done;
    } else {
        desk->first = done;
    }
    desk->last = done;
    return done;
}

struct lq_storage_done *lq_letter_desk_take_done(lq_letter_desk_t *desk)
{
    struct lq_storage_done *first = desk->first;

    desk->first = NULL;
    desk->last = NULL;
    return first;
}

struct lq_view lq_letter_desk_session_key(uint8_t *to, struct lq_view tenant,
                                          struct lq_view session)
{
    memcpy(to, tenant.data, tenant.bytes);
    to[tenant.bytes] = 0;
    memcpy(to + tenant.bytes + 1, session.data, session.bytes);
    return lq_view_of(to, tenant.bytes + 1 + session.bytes);
}

bool lq_letter_desk_split_key(struct lq_view key, struct lq_view *tenant, struct lq_view *session)
{
    const uint8_t *nul = memchr(key.data, 0, key.bytes);

    if (nul == NULL) {
        return false;
    }
    *tenant = lq_view_of(key.data, (size_t)(nul - key.data));
    *session = lq_view_of(nul + 1, key.bytes - tenant->bytes - 1);
    return lq_tenant_name_valid(*tenant) && lq_session_name_valid(*session);
}

static struct lq_view letter_key(uint64_t *to, uint64_t id)
{
    *to = htobe64(id);
    return lq_view_of(to, sizeof *to);
}

/* Decode an opened value into desk->letter. */
static enum lq_result decode(lq_letter_desk_t *desk, struct lq_view value)
{
    const char *where;

    lq_arena_reset(&desk->arena);
    return lq_letter_decode(value, &desk->arena, &desk->letter, &where);
}

static enum lq_result read_letter(lq_letter_desk_t *desk, uint64_t id)
{
    uint64_t key;
    struct lq_view value;
    enum lq_result result =
        lq_broker_store_get(desk->store, LQ_BROKER_TABLE_LETTERS, letter_key(&key, id), desk->value,
                            LETTER_BYTES_MAX, &value);

    return result == LQ_OK ? decode(desk, value) : result;
}

static enum lq_result write_letter(lq_letter_desk_t *desk)
{
    uint64_t key;
    size_t bytes;
    enum lq_result result =
        lq_letter_encode(&desk->letter, desk->encoded, LETTER_BYTES_MAX, &bytes);

    if (result != LQ_OK) {
        return result;
    }
    return lq_broker_store_put(desk->store, LQ_BROKER_TABLE_LETTERS,
                               letter_key(&key, desk->letter.id), lq_view_of(desk->encoded, bytes));
}

static struct lq_view keep(struct lq_arena *arena, struct lq_view bytes)
{
    uint8_t *copy = bytes.bytes > 0 ? lq_arena_take(arena, bytes.bytes) : NULL;

    if (copy == NULL) {
        return lq_view_of(NULL, 0);
    }
    memcpy(copy, bytes.data, bytes.bytes);
    return lq_view_of(copy, bytes.bytes);
}

/* The start of a cause, cut between two characters of UTF-8. */
static struct lq_view shorten(struct lq_view cause)
{
    if (cause.bytes > CAUSE_SHOWN_BYTES) {
        cause.bytes = CAUSE_SHOWN_BYTES;
        while (cause.bytes > 0 && (cause.data[cause.bytes] & 0xC0) == 0x80) {
            cause.bytes--;
        }
    }
    return cause;
}

/* Into the history, oldest first: the death that desk->letter tells of. When there is no room the
 * first death stays, and the oldest of the others goes. */
static void remember_death(lq_letter_desk_t *desk)
{
    struct lq_letter *letter = &desk->letter;

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
                                 .cause = shorten(letter->cause),
                                 .wall_ns = letter->last_wall_ns};
}

/* The history outlives the letter that it was read with, on desk->page. */
static void keep_rounds(lq_letter_desk_t *desk, struct lq_letter_round *rounds)
{
    lq_arena_reset(&desk->page);
    for (uint32_t index = 0; index < desk->letter.round_count; index++) {
        rounds[index] = desk->letter.rounds[index];
        rounds[index].stage = keep(&desk->page, rounds[index].stage);
        rounds[index].error = keep(&desk->page, rounds[index].error);
        rounds[index].cause = keep(&desk->page, rounds[index].cause);
    }
}

static enum lq_result put_letter(lq_letter_desk_t *desk, const struct lq_storage_job *job)
{
    uint8_t session_key[LQ_SESSION_KEY_BYTES_MAX];
    struct lq_letter_round rounds[LQ_LETTER_ROUNDS_MAX];
    uint32_t round_count = 0;
    uint32_t round = 0;
    uint64_t first_wall_ns = 0;
    enum lq_result result = read_letter(desk, job->letter_id);

    if (result == LQ_OK) { /* a redriven letter died again: its history goes on */
        round = desk->letter.round;
        first_wall_ns = desk->letter.first_wall_ns;
        remember_death(desk);
        keep_rounds(desk, rounds);
        round_count = desk->letter.round_count;
    } else if (result != LQ_ERR_NOT_FOUND) {
        return result;
    }
    result = decode(desk, lq_view_of(job->bytes, job->byte_count));
    if (result != LQ_OK) {
        return result;
    }
    desk->letter.round = round;
    desk->letter.died_round = round;
    desk->letter.round_count = round_count;
    memcpy(desk->letter.rounds, rounds, round_count * sizeof rounds[0]);
    if (first_wall_ns != 0) {
        desk->letter.first_wall_ns = first_wall_ns;
    }
    result = write_letter(desk);
    if (result == LQ_OK && job->parks) {
        result =
            lq_broker_store_put(desk->store, LQ_BROKER_TABLE_PARKED,
                                lq_letter_desk_session_key(session_key, lq_view_text(job->tenant),
                                                           lq_view_text(job->session)),
                                lq_view_text(job->stage));
    }
    if (result == LQ_OK) {
        struct lq_storage_done *done = gather(desk, LQ_STORAGE_NEWS_STORED);
        done->execution = job->execution;
        done->letter_id = job->letter_id;
    }
    return result;
}

/* A tombstone keeps who and what, not the world it died with. */
static enum lq_result end_redrive(lq_letter_desk_t *desk, const struct lq_storage_job *job)
{
    enum lq_result result = read_letter(desk, job->letter_id);

    if (result == LQ_ERR_NOT_FOUND) {
        return LQ_OK; /* purged meanwhile */
    }
    if (result != LQ_OK) {
        return result;
    }
    if (job->kind == LQ_STORAGE_LETTER_OPEN) {
        desk->letter.state = LQ_LETTER_OPEN;
    } else {
        desk->letter.state = LQ_LETTER_DONE;
        desk->letter.done_frame = job->frame;
        desk->letter.payload = lq_view_of(NULL, 0);
    }
    return write_letter(desk);
}

static enum lq_result put_live(lq_letter_desk_t *desk, const struct lq_storage_job *job)
{
    uint8_t session_key[LQ_SESSION_KEY_BYTES_MAX];
    uint8_t value[8];

    lq_put_u32(value, job->rate_numerator);
    lq_put_u32(value + 4, job->rate_denominator);
    enum lq_result result =
        lq_broker_store_put(desk->store, LQ_BROKER_TABLE_LIVE,
                            lq_letter_desk_session_key(session_key, lq_view_text(job->tenant),
                                                       lq_view_text(job->session)),
                            lq_view_of(value, sizeof value));
    if (result != LQ_OK) {
        return result;
    }
    struct lq_storage_done *done = gather(desk, LQ_STORAGE_NEWS_LIVE);
    memcpy(done->tenant, job->tenant, sizeof done->tenant);
    memcpy(done->session, job->session, sizeof done->session);
    done->rate_numerator = job->rate_numerator;
    done->rate_denominator = job->rate_denominator;
    done->peer = job->peer;
    done->bytes = lq_alloc(1, job->byte_count + 1);
    done->byte_count = job->byte_count;
    memcpy(done->bytes, job->bytes, job->byte_count);
    return LQ_OK;
}

static enum lq_result forget_session(lq_letter_desk_t *desk, const struct lq_storage_job *job)
{
    uint8_t session_key[LQ_SESSION_KEY_BYTES_MAX];
    enum lq_result result = lq_broker_store_delete(
        desk->store,
        job->kind == LQ_STORAGE_FORGET_LIVE ? LQ_BROKER_TABLE_LIVE : LQ_BROKER_TABLE_PARKED,
        lq_letter_desk_session_key(session_key, lq_view_text(job->tenant),
                                   lq_view_text(job->session)));

    return result == LQ_ERR_NOT_FOUND ? LQ_OK : result;
}

/* ---- requests about letters ---- */

static bool fits(const struct lq_letter *letter, const struct lq_admin_request *request)
{
    return (request->tenant.bytes == 0 || lq_view_equal(request->tenant, letter->tenant)) &&
           (request->session.bytes == 0 || lq_view_equal(request->session, letter->session)) &&
           (request->stage.bytes == 0 || lq_view_equal(request->stage, letter->stage)) &&
           (request->error.bytes == 0 || lq_view_equal(request->error, letter->error));
}

struct visit {
    lq_letter_desk_t *desk;
    const struct lq_admin_request *request;
    struct lq_admin_reply *reply;
    uint64_t *ids; /* of the letters to work on, gathered before any is changed */
    uint32_t id_count, id_count_max;
};

/* A line of a list: everything but the payload, the history and the commands' bodies. */
static void show_line(struct visit *visit)
{
    lq_letter_desk_t *desk = visit->desk;
    struct lq_letter *line = &desk->shown[visit->reply->letter_count++];

    *line = desk->letter;
    line->payload_bytes = (uint32_t)desk->letter.payload.bytes;
    line->payload = lq_view_of(NULL, 0);
    line->tenant = keep(&desk->page, line->tenant);
    line->session = keep(&desk->page, line->session);
    line->stage = keep(&desk->page, line->stage);
    line->error = keep(&desk->page, line->error);
    line->cause = keep(&desk->page, shorten(line->cause));
    line->round_count = 0;
    for (uint32_t command = 0; command < line->command_count; command++) {
        line->commands[command].body = lq_view_of(NULL, 0);
    }
}

static bool list_each(void *context, struct lq_view key, struct lq_view value)
{
    struct visit *visit = context;
    uint32_t page = visit->request->count_max;

    if (page == 0 || page > 64) {
        page = 64;
    }
    if (decode(visit->desk, value) != LQ_OK) {
        lq_log_rarely(LQ_LOG_ERROR, "a dead letter of %zu key bytes does not open", key.bytes);
        return true;
    }
    if (visit->desk->letter.id <= visit->request->after_letter ||
        !fits(&visit->desk->letter, visit->request)) {
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
    if (decode(visit->desk, value) == LQ_OK && fits(&visit->desk->letter, visit->request)) {
        if (visit->id_count == visit->id_count_max) {
            visit->id_count_max = visit->id_count_max * 2 + 64;
            visit->ids = lq_realloc(visit->ids, visit->id_count_max, sizeof *visit->ids);
        }
        visit->ids[visit->id_count++] = visit->desk->letter.id;
    }
    return true;
}

static enum lq_result visit_all(struct visit *visit, lq_broker_store_each_fn each)
{
    uint64_t from;
    uint64_t first = each == list_each ? visit->request->after_letter : 0;

    return lq_broker_store_each(visit->desk->store, LQ_BROKER_TABLE_LETTERS,
                                letter_key(&from, first), each, visit);
}

static enum lq_result delete_letter(lq_letter_desk_t *desk, uint64_t id)
{
    uint64_t key;

    return lq_broker_store_delete(desk->store, LQ_BROKER_TABLE_LETTERS, letter_key(&key, id));
}

/* Tell the loop of desk->letter, which left the letters or is under way again. */
static struct lq_storage_done *gather_letter(lq_letter_desk_t *desk, enum lq_storage_news news)
{
    const struct lq_letter *letter = &desk->letter;
    struct lq_storage_done *done = gather(desk, news);

    done->letter_id = letter->id;
    memcpy(done->tenant, letter->tenant.data, letter->tenant.bytes);
    memcpy(done->session, letter->session.data, letter->session.bytes);
    done->has_command = letter->command_count > 0;
    if (done->has_command) {
        done->client = letter->commands[0].client;
        done->sequence = letter->commands[0].sequence;
        done->byte_count = letter->commands[0].body.bytes;
        done->bytes = lq_alloc(1, done->byte_count + 1);
        memcpy(done->bytes, letter->commands[0].body.data, done->byte_count);
    }
    return done;
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

/* Redrive, acknowledge or purge one letter. *was_in: the state that the work found, 0 if there was
 * nothing to work on. */
static enum lq_result work_on_letter(lq_letter_desk_t *desk, const struct lq_admin_request *request,
                                     uint64_t id, uint8_t *was_in)
{
    enum lq_result result = read_letter(desk, id);

    *was_in = 0;
    if (result == LQ_ERR_NOT_FOUND) {
        return LQ_OK;
    }
    if (result != LQ_OK) {
        return result;
    }
    if (!may_work_on(request, desk->letter.state)) {
        return LQ_OK;
    }
    *was_in = desk->letter.state;
    if (request->dry_run) {
        return LQ_OK;
    }
    if (request->kind != LQ_ADMIN_REDRIVE_LETTERS) {
        if (desk->letter.state != LQ_LETTER_DONE) {
            gather_letter(desk, LQ_STORAGE_NEWS_GONE);
        }
        return delete_letter(desk, id);
    }
    desk->letter.state = LQ_LETTER_REDRIVING;
    desk->letter.round++;
    gather_letter(desk, LQ_STORAGE_NEWS_REDRIVE);
    return write_letter(desk);
}

static enum lq_result work_on_letters(struct visit *visit)
{
    const struct lq_admin_request *request = visit->request;
    bool by_filter = request->letter_id_count == 0 && request->all;
    enum lq_result result = by_filter ? visit_all(visit, gather_each) : LQ_OK;
    uint32_t count = by_filter ? visit->id_count : request->letter_id_count;
    uint32_t redriving = 0;

    for (uint32_t place = 0; place < count && result == LQ_OK; place++) {
        uint8_t was_in = 0;
        uint64_t id = by_filter ? visit->ids[place] : request->letter_ids[place];
        result = work_on_letter(visit->desk, request, id, &was_in);
        visit->reply->count += was_in != 0;
        redriving += was_in == LQ_LETTER_REDRIVING;
    }
    free(visit->ids);
    if (redriving > 0) {
        visit->reply->message =
            lq_view_of(visit->desk->notice,
                       (size_t)snprintf(visit->desk->notice, sizeof visit->desk->notice,
                                        "%u of them are being redriven: their commands may still "
                                        "be applied, and die as new letters",
                                        redriving));
    }
    return result;
}

static void show_letter(lq_letter_desk_t *desk, const struct lq_admin_request *request,
                        struct lq_admin_reply *reply)
{
    uint64_t id = request->letter_id_count > 0 ? request->letter_ids[0] : 0;
    enum lq_result result = read_letter(desk, id);

    if (result != LQ_OK) {
        reply->result = result;
        reply->message = lq_view_text(result == LQ_ERR_NOT_FOUND ? "no such dead letter"
                                                                 : lq_result_text(result));
        return;
    }
    desk->letter.payload_bytes = (uint32_t)desk->letter.payload.bytes;
    if (desk->letter.payload.bytes > REPLY_BYTES_MAX / 2) {
        desk->letter.payload = lq_view_of(NULL, 0); /* too long for an answer; its length is told */
    }
    reply->letters = &desk->letter;
    reply->letter_count = 1;
}

static enum lq_result do_admin(lq_letter_desk_t *desk, const struct lq_storage_job *job)
{
    struct lq_admin_request request;
    struct lq_admin_reply reply = {.letters = desk->shown};
    struct visit visit = {.desk = desk, .request = &request, .reply = &reply};
    const char *where;
    size_t bytes;
    enum lq_result result = LQ_OK;

    lq_arena_reset(&desk->request);
    lq_arena_reset(&desk->page);
    if (lq_admin_request_decode(lq_view_of(job->bytes, job->byte_count), &desk->request, &request,
                                &where) != LQ_OK) {
        return LQ_OK; /* was decoded once before it was posted */
    }
    reply.tag = request.tag;
    if (request.kind == LQ_ADMIN_LIST_LETTERS) {
        result = visit_all(&visit, list_each);
        reply.count = reply.letter_count;
    } else if (request.kind == LQ_ADMIN_SHOW_LETTER) {
        show_letter(desk, &request, &reply);
    } else {
        result = work_on_letters(&visit);
    }
    if (result != LQ_OK) {
        return result;
    }
    struct lq_storage_done *done = gather(desk, LQ_STORAGE_NEWS_REPLY);
    done->peer = job->peer;
    done->bytes = lq_alloc(1, REPLY_BYTES_MAX);
    if (lq_admin_reply_encode(&reply, done->bytes, REPLY_BYTES_MAX, &bytes) != LQ_OK) {
        reply.letter_count = 0;
        reply.result = LQ_ERR_LIMIT;
        reply.message = lq_view_text("the answer does not fit a message: ask for fewer");
        if (lq_admin_reply_encode(&reply, done->bytes, REPLY_BYTES_MAX, &bytes) != LQ_OK) {
            bytes = 0;
        }
    }
    done->byte_count = bytes;
    return LQ_OK;
}

enum lq_result lq_letter_desk_work(lq_letter_desk_t *desk, const struct lq_storage_job *job)
{
    switch (job->kind) {
    case LQ_STORAGE_PUT_LETTER:
        return put_letter(desk, job);
    case LQ_STORAGE_LETTER_DONE:
    case LQ_STORAGE_LETTER_OPEN:
        return end_redrive(desk, job);
    case LQ_STORAGE_PUT_LIVE:
        return put_live(desk, job);
    case LQ_STORAGE_FORGET_LIVE:
    case LQ_STORAGE_FORGET_PARKED:
        return forget_session(desk, job);
    case LQ_STORAGE_ADMIN:
        return do_admin(desk, job);
    }
    LQ_ASSERT(false);
    return LQ_ERR_STATE;
}
