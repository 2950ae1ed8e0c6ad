// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "tests/unit/broker/io/storage_fixture.h"

#include "base/alloc.h"
#include "base/error_message.h"
#include "proto/actor_codec.h"

#include <check.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

lq_broker_store_t *lq_storage_fixture_store;

static char folder[] = "/tmp/lq-storage-desk-XXXXXX";
static lq_storage_desk_t *desk;
static struct lq_letter letter;
static struct lq_arena arena;

const char *lq_storage_fixture_folder(void)
{
    return folder;
}

void lq_storage_fixture_open(void)
{
    struct lq_broker_store_options options = {.folder = folder, .map_bytes = 64u * 1024u * 1024u};
    uint64_t epoch = 0;
    struct lq_error_message message;

    ck_assert_ptr_nonnull(mkdtemp(folder));
    ck_assert_int_eq(lq_broker_store_open(&options, &lq_storage_fixture_store, &epoch, &message),
                     LQ_OK);
    ck_assert_uint_eq(epoch, 1);
    desk = lq_storage_desk_new(lq_storage_fixture_store);
    arena = (struct lq_arena){lq_alloc(1, 4u << 20), 4u << 20, 0};
}

void lq_storage_fixture_close(void)
{
    DIR *listing = opendir(folder);
    struct dirent *entry;
    char path[sizeof folder + 256];

    lq_storage_desk_destroy(&desk);
    lq_broker_store_close(&lq_storage_fixture_store);
    free(arena.memory);
    while ((entry = readdir(listing)) != NULL) {
        snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        unlink(path);
    }
    closedir(listing);
    rmdir(folder);
    memcpy(folder + sizeof folder - 7, "XXXXXX", 6);
}

struct lq_storage_news *lq_storage_fixture_work(struct lq_storage_job *job)
{
    ck_assert_int_eq(lq_broker_store_begin(lq_storage_fixture_store), LQ_OK);
    ck_assert_int_eq(lq_storage_desk_work(desk, job), LQ_OK);
    ck_assert_int_eq(lq_broker_store_commit(lq_storage_fixture_store), LQ_OK);
    lq_storage_job_destroy(&job);
    return lq_storage_desk_take_news(desk).first;
}

void lq_storage_fixture_drop(struct lq_storage_news *news)
{
    while (news != NULL) {
        struct lq_storage_news *next = news->next;
        lq_storage_news_destroy(&news);
        news = next;
    }
}

struct lq_storage_job *lq_storage_fixture_letter(uint64_t id, const char *stage, uint64_t sequence)
{
    struct lq_storage_job *job = lq_storage_job_new(LQ_STORAGE_PUT_LETTER);

    memset(&letter, 0, sizeof letter);
    letter.id = id;
    letter.state = LQ_LETTER_OPEN;
    letter.tenant = lq_view_text("demo");
    letter.session = lq_view_text("s1");
    letter.stage = lq_view_text(stage);
    letter.version = 3;
    letter.error = lq_view_text("Test.Poison");
    letter.cause = lq_view_text("marked");
    letter.tries = 3;
    letter.first_wall_ns = 1000 + id;
    letter.last_wall_ns = 2000 + id;
    letter.command_count = 1;
    letter.commands[0].sequence = sequence;
    letter.commands[0].body = lq_view_text("body");
    letter.payload = lq_view_text("what the stage was given");
    letter.kind = LQ_EXECUTION_TICK;
    job->letter_id = id;
    job->execution = 7;
    job->bytes = lq_alloc(1, 65536);
    ck_assert_int_eq(lq_letter_encode(&letter, job->bytes, 65536, &job->byte_count), LQ_OK);
    snprintf(job->tenant, sizeof job->tenant, "demo");
    snprintf(job->session, sizeof job->session, "s1");
    snprintf(job->stage, sizeof job->stage, "%s", stage);
    return job;
}

void lq_storage_fixture_put(uint64_t id, const char *stage, uint64_t sequence)
{
    struct lq_storage_news *news =
        lq_storage_fixture_work(lq_storage_fixture_letter(id, stage, sequence));

    ck_assert_int_eq(news->kind, LQ_STORAGE_NEWS_STORED);
    ck_assert_uint_eq(news->execution, 7);
    ck_assert_uint_eq(news->letter_id, id);
    lq_storage_fixture_drop(news);
}

struct lq_storage_news *lq_storage_fixture_ask(struct lq_admin_request *request,
                                               struct lq_admin_reply *reply)
{
    bool of_feed = request->kind == LQ_ADMIN_SET_BROKER_CURSOR ||
                   request->kind == LQ_ADMIN_SHOW_BROKER_FEED ||
                   request->kind == LQ_ADMIN_TELL_BROKER_AGAIN;
    struct lq_storage_job *job = lq_storage_job_new(of_feed ? LQ_STORAGE_FEED : LQ_STORAGE_ADMIN);
    uint8_t framed[4096];
    const char *where;

    request->tag = 99;
    ck_assert_int_eq(lq_admin_request_encode(request, framed, sizeof framed, &job->byte_count),
                     LQ_OK);
    job->byte_count -= LQ_FRAMING_BYTES;
    job->bytes = lq_alloc(1, job->byte_count);
    memcpy(job->bytes, framed + LQ_FRAMING_BYTES, job->byte_count);
    struct lq_storage_news *news = lq_storage_fixture_work(job);
    struct lq_storage_news *last = news;
    while (last->next != NULL) {
        last = last->next;
    }
    ck_assert_int_eq(last->kind, LQ_STORAGE_NEWS_REPLY);
    lq_arena_reset(&arena);
    ck_assert_int_eq(lq_admin_reply_decode(lq_view_of(last->bytes + LQ_FRAMING_BYTES,
                                                      last->byte_count - LQ_FRAMING_BYTES),
                                           &arena, reply, &where),
                     LQ_OK);
    ck_assert_uint_eq(reply->tag, 99);
    return news;
}

uint8_t lq_storage_fixture_state(uint64_t id)
{
    struct lq_admin_request request = {
        .kind = LQ_ADMIN_SHOW_LETTER, .letter_id_count = 1, .letter_ids = &id};
    struct lq_admin_reply reply;
    struct lq_storage_news *news = lq_storage_fixture_ask(&request, &reply);
    uint8_t state = reply.result == LQ_OK ? reply.letters[0].state : 0;

    lq_storage_fixture_drop(news);
    return state;
}

void lq_storage_fixture_each_quota(lq_broker_store_each_fn each)
{
    ck_assert_int_eq(lq_broker_store_each(lq_storage_fixture_store, LQ_BROKER_TABLE_QUOTAS,
                                          lq_view_of("", 0), each, NULL),
                     LQ_OK);
}
