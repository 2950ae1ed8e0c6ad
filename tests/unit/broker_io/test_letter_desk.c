// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "base/alloc.h"
#include "base/error_message.h"
#include "broker/io/letter_desk.h"
#include "proto/actor_codec.h"

#include "tests/unit/broker_io/broker_io_cases.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static char folder[] = "/tmp/lq-letter-desk-XXXXXX";
static lq_broker_store_t *store;
static lq_letter_desk_t *desk;
static struct lq_letter letter;
static struct lq_arena arena;

static void open_desk(void)
{
    struct lq_broker_store_options options = {.folder = folder, .map_bytes = 64u * 1024u * 1024u};
    uint64_t epoch = 0;
    struct lq_error_message message;

    ck_assert_ptr_nonnull(mkdtemp(folder));
    ck_assert_int_eq(lq_broker_store_open(&options, &store, &epoch, &message), LQ_OK);
    ck_assert_uint_eq(epoch, 1);
    desk = lq_letter_desk_new(store);
    arena = (struct lq_arena){lq_alloc(1, 4u << 20), 4u << 20, 0};
}

static void close_desk(void)
{
    DIR *listing = opendir(folder);
    struct dirent *entry;
    char path[sizeof folder + 256];

    lq_letter_desk_destroy(&desk);
    lq_broker_store_close(&store);
    free(arena.memory);
    while ((entry = readdir(listing)) != NULL) {
        snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        unlink(path);
    }
    closedir(listing);
    rmdir(folder);
    memcpy(folder + sizeof folder - 7, "XXXXXX", 6);
}

/* One job in a transaction of its own; what came of it. */
static struct lq_storage_done *work(struct lq_storage_job *job)
{
    ck_assert_int_eq(lq_broker_store_begin(store), LQ_OK);
    ck_assert_int_eq(lq_letter_desk_work(desk, job), LQ_OK);
    ck_assert_int_eq(lq_broker_store_commit(store), LQ_OK);
    free(job->bytes);
    free(job);
    return lq_letter_desk_take_done(desk);
}

static void drop(struct lq_storage_done *done)
{
    while (done != NULL) {
        struct lq_storage_done *next = done->next;
        lq_storage_done_destroy(&done);
        done = next;
    }
}

static struct lq_storage_job *letter_job(uint64_t id, const char *stage, uint64_t sequence)
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

static void put(uint64_t id, const char *stage, uint64_t sequence)
{
    struct lq_storage_done *done = work(letter_job(id, stage, sequence));

    ck_assert_int_eq(done->news, LQ_STORAGE_NEWS_STORED);
    ck_assert_uint_eq(done->execution, 7);
    ck_assert_uint_eq(done->letter_id, id);
    drop(done);
}

/* Send a request; the reply is decoded into `reply`. The other news come back. */
static struct lq_storage_done *ask(struct lq_admin_request *request, struct lq_admin_reply *reply)
{
    struct lq_storage_job *job = lq_storage_job_new(LQ_STORAGE_ADMIN);
    uint8_t framed[4096];
    const char *where;

    request->tag = 99;
    ck_assert_int_eq(lq_admin_request_encode(request, framed, sizeof framed, &job->byte_count),
                     LQ_OK);
    job->byte_count -= LQ_FRAMING_BYTES;
    job->bytes = lq_alloc(1, job->byte_count);
    memcpy(job->bytes, framed + LQ_FRAMING_BYTES, job->byte_count);
    struct lq_storage_done *done = work(job);
    struct lq_storage_done *last = done;
    while (last->next != NULL) {
        last = last->next;
    }
    ck_assert_int_eq(last->news, LQ_STORAGE_NEWS_REPLY);
    lq_arena_reset(&arena);
    ck_assert_int_eq(lq_admin_reply_decode(lq_view_of(last->bytes + LQ_FRAMING_BYTES,
                                                      last->byte_count - LQ_FRAMING_BYTES),
                                           &arena, reply, &where),
                     LQ_OK);
    ck_assert_uint_eq(reply->tag, 99);
    return done;
}

static uint8_t state_of(uint64_t id)
{
    struct lq_admin_request request = {
        .kind = LQ_ADMIN_SHOW_LETTER, .letter_id_count = 1, .letter_ids = &id};
    struct lq_admin_reply reply;
    struct lq_storage_done *done = ask(&request, &reply);
    uint8_t state = reply.result == LQ_OK ? reply.letters[0].state : 0;

    drop(done);
    return state;
}

START_TEST(test_letter_is_listed_and_shown)
{
    struct lq_admin_reply reply;
    uint64_t id = 5;
    struct lq_admin_request list = {.kind = LQ_ADMIN_LIST_LETTERS};
    struct lq_admin_request show = {
        .kind = LQ_ADMIN_SHOW_LETTER, .letter_id_count = 1, .letter_ids = &id};

    put(5, "physics", 11);
    put(6, "ai", 12);
    struct lq_storage_done *done = ask(&list, &reply);
    ck_assert_uint_eq(reply.letter_count, 2);
    ck_assert_uint_eq(reply.letters[0].id, 5);
    ck_assert_uint_eq(reply.letters[0].payload.bytes, 0); /* lists say its length only */
    ck_assert_uint_eq(reply.letters[0].payload_bytes, 24);
    drop(done);
    list.stage = lq_view_text("ai");
    done = ask(&list, &reply);
    ck_assert_uint_eq(reply.letter_count, 1);
    ck_assert_uint_eq(reply.letters[0].id, 6);
    drop(done);
    done = ask(&show, &reply);
    ck_assert(lq_view_equal(reply.letters[0].payload, lq_view_text("what the stage was given")));
    ck_assert(lq_view_equal(reply.letters[0].commands[0].body, lq_view_text("body")));
    ck_assert_uint_eq(reply.letters[0].tries, 3);
    drop(done);
    id = 77;
    done = ask(&show, &reply);
    ck_assert_int_eq(reply.result, LQ_ERR_NOT_FOUND);
    drop(done);
}
END_TEST

START_TEST(test_pages_follow_each_other)
{
    struct lq_admin_request list = {.kind = LQ_ADMIN_LIST_LETTERS, .count_max = 10};
    struct lq_admin_reply reply;
    uint64_t seen = 0;

    for (uint64_t id = 1; id <= 25; id++) {
        put(id, "physics", id);
    }
    do {
        struct lq_storage_done *done = ask(&list, &reply);
        for (uint32_t place = 0; place < reply.letter_count; place++) {
            ck_assert_uint_eq(reply.letters[place].id, ++seen);
        }
        list.after_letter = seen;
        drop(done);
    } while (reply.more);
    ck_assert_uint_eq(seen, 25);
}
END_TEST

START_TEST(test_redrive_marks_and_hands_over)
{
    uint64_t ids[] = {5, 404};
    struct lq_admin_request request = {
        .kind = LQ_ADMIN_REDRIVE_LETTERS, .letter_id_count = 2, .letter_ids = ids, .dry_run = true};
    struct lq_admin_reply reply;

    put(5, "physics", 11);
    struct lq_storage_done *done = ask(&request, &reply);
    ck_assert_uint_eq(reply.count, 1);
    ck_assert_int_eq(done->news, LQ_STORAGE_NEWS_REPLY); /* a dry run changes nothing */
    drop(done);
    ck_assert_uint_eq(state_of(5), LQ_LETTER_OPEN);
    request.dry_run = false;
    done = ask(&request, &reply);
    ck_assert_uint_eq(reply.count, 1);
    ck_assert_int_eq(done->news, LQ_STORAGE_NEWS_REDRIVE);
    ck_assert_uint_eq(done->sequence, 11);
    ck_assert_uint_eq(done->byte_count, 4);
    ck_assert_int_eq(memcmp(done->bytes, "body", 4), 0);
    drop(done);
    ck_assert_uint_eq(state_of(5), LQ_LETTER_REDRIVING);
    done = ask(&request, &reply); /* a second time there is nothing to redrive */
    ck_assert_uint_eq(reply.count, 0);
    drop(done);
}
END_TEST

START_TEST(test_round_ends_done_or_open_again)
{
    uint64_t ids[] = {5, 6};
    struct lq_admin_request request = {
        .kind = LQ_ADMIN_REDRIVE_LETTERS, .letter_id_count = 2, .letter_ids = ids};
    struct lq_admin_reply reply;

    put(5, "physics", 11);
    put(6, "physics", 12);
    drop(ask(&request, &reply));
    struct lq_storage_job *job = lq_storage_job_new(LQ_STORAGE_LETTER_DONE);
    job->letter_id = 5;
    job->frame = 1234;
    drop(work(job));
    job = lq_storage_job_new(LQ_STORAGE_LETTER_OPEN);
    job->letter_id = 6;
    drop(work(job));
    ck_assert_uint_eq(state_of(5), LQ_LETTER_DONE);
    ck_assert_uint_eq(state_of(6), LQ_LETTER_OPEN);
    /* It dies again: the round and the first time stay, the id too. */
    drop(ask(&request, &reply));
    put(6, "ai", 12);
    request = (struct lq_admin_request){
        .kind = LQ_ADMIN_SHOW_LETTER, .letter_id_count = 1, .letter_ids = &ids[1]};
    struct lq_storage_done *done = ask(&request, &reply);
    ck_assert_uint_eq(reply.letters[0].round, 2);
    ck_assert_uint_eq(reply.letters[0].first_wall_ns, 1006);
    ck_assert(lq_view_equal(reply.letters[0].stage, lq_view_text("ai")));
    drop(done);
}
END_TEST

/* Every death is remembered: the first one and the newest, whatever the redrives were. */
START_TEST(test_deaths_before_redrives_are_kept)
{
    uint64_t id = 9;
    const struct lq_admin_request redrive = {
        .kind = LQ_ADMIN_REDRIVE_LETTERS, .letter_id_count = 1, .letter_ids = &id};
    const struct lq_admin_request show = {
        .kind = LQ_ADMIN_SHOW_LETTER, .letter_id_count = 1, .letter_ids = &id};
    const struct lq_admin_request list = {.kind = LQ_ADMIN_LIST_LETTERS};
    struct lq_admin_request request;
    struct lq_admin_reply reply;

    put(9, "first", 12);
    for (uint32_t round = 1; round <= 20; round++) {
        request = redrive;
        drop(ask(&request, &reply));
        if (round == 3) { /* comes to nothing: no death, so no entry */
            struct lq_storage_job *job = lq_storage_job_new(LQ_STORAGE_LETTER_OPEN);
            job->letter_id = 9;
            drop(work(job));
            continue;
        }
        put(9, round == 1 ? "second" : "later", 12);
    }
    request = show;
    struct lq_storage_done *done = ask(&request, &reply);
    const struct lq_letter *shown = &reply.letters[0];
    ck_assert_uint_eq(shown->round, 20);
    ck_assert_uint_eq(shown->died_round, 20);
    ck_assert_uint_eq(shown->round_count, LQ_LETTER_ROUNDS_MAX);
    ck_assert_uint_eq(shown->rounds[0].round, 0);
    ck_assert(lq_view_equal(shown->rounds[0].stage, lq_view_text("first")));
    ck_assert(lq_view_equal(shown->rounds[0].error, lq_view_text("Test.Poison")));
    ck_assert(lq_view_equal(shown->rounds[0].cause, lq_view_text("marked")));
    ck_assert_uint_eq(shown->rounds[0].version, 3);
    ck_assert_uint_eq(shown->rounds[0].tries, 3);
    ck_assert_uint_eq(shown->rounds[0].wall_ns, 2009);
    for (uint32_t index = 1; index < LQ_LETTER_ROUNDS_MAX; index++) {
        ck_assert_uint_eq(shown->rounds[index].round, 20 - LQ_LETTER_ROUNDS_MAX + index);
        ck_assert(lq_view_equal(shown->rounds[index].stage, lq_view_text("later")));
    }
    drop(done);
    request = list;
    done = ask(&request, &reply);
    ck_assert_uint_eq(reply.letters[0].round_count, 0);
    ck_assert_uint_eq(reply.letters[0].round, 20);
    drop(done);
}
END_TEST

START_TEST(test_purge_by_filter_and_acknowledge_by_id)
{
    uint64_t id = 7;
    struct lq_admin_request purge = {
        .kind = LQ_ADMIN_PURGE_LETTERS, .all = true, .stage = lq_view_text("physics")};
    struct lq_admin_request acknowledge = {
        .kind = LQ_ADMIN_ACKNOWLEDGE_LETTERS, .letter_id_count = 1, .letter_ids = &id};
    struct lq_admin_reply reply;

    put(5, "physics", 11);
    put(6, "physics", 12);
    put(7, "ai", 13);
    struct lq_storage_done *done = ask(&purge, &reply);
    ck_assert_uint_eq(reply.count, 2);
    ck_assert_int_eq(done->news, LQ_STORAGE_NEWS_GONE);
    ck_assert_uint_eq(done->sequence, 11);
    drop(done);
    ck_assert_uint_eq(state_of(5), 0);
    ck_assert_uint_eq(state_of(7), LQ_LETTER_OPEN);
    done = ask(&acknowledge, &reply);
    ck_assert_uint_eq(reply.count, 1);
    drop(done);
    ck_assert_uint_eq(state_of(7), 0);
}
END_TEST

/* The way out when the letters are full and all of them wait in redrives. */
START_TEST(test_purge_of_a_redriving_one_by_its_id)
{
    uint64_t ids[] = {5, 6};
    struct lq_admin_request redrive = {
        .kind = LQ_ADMIN_REDRIVE_LETTERS, .letter_id_count = 1, .letter_ids = ids};
    struct lq_admin_request acknowledge = {
        .kind = LQ_ADMIN_ACKNOWLEDGE_LETTERS, .letter_id_count = 1, .letter_ids = ids};
    struct lq_admin_request purge_all = {.kind = LQ_ADMIN_PURGE_LETTERS, .all = true};
    struct lq_admin_request purge = {
        .kind = LQ_ADMIN_PURGE_LETTERS, .letter_id_count = 2, .letter_ids = ids, .dry_run = true};
    struct lq_admin_reply reply;

    put(5, "physics", 11);
    put(6, "physics", 12);
    drop(ask(&redrive, &reply));
    drop(ask(&acknowledge, &reply)); /* a drain would give it out and apply it */
    ck_assert_uint_eq(reply.count, 0);
    purge_all.dry_run = true;
    drop(ask(&purge_all, &reply));
    ck_assert_uint_eq(reply.count, 1);
    ck_assert_uint_eq(reply.message.bytes, 0);
    struct lq_storage_done *done = ask(&purge, &reply);
    ck_assert_uint_eq(reply.count, 2);
    ck_assert_int_eq(memcmp(reply.message.data, "1 of them", 9), 0);
    drop(done);
    ck_assert_uint_eq(state_of(5), LQ_LETTER_REDRIVING);
    purge.dry_run = false;
    done = ask(&purge, &reply);
    ck_assert_uint_eq(reply.count, 2);
    ck_assert_int_eq(memcmp(reply.message.data, "1 of them", 9), 0);
    ck_assert_int_eq(done->news, LQ_STORAGE_NEWS_GONE);
    ck_assert_uint_eq(done->letter_id, 5);
    ck_assert_int_eq(done->next->news, LQ_STORAGE_NEWS_GONE);
    drop(done);
    ck_assert_uint_eq(state_of(5), 0);
    /* The redrive ends later, and finds nothing. */
    struct lq_storage_job *job = lq_storage_job_new(LQ_STORAGE_LETTER_DONE);
    job->letter_id = 5;
    job->frame = 1234;
    drop(work(job));
    job = lq_storage_job_new(LQ_STORAGE_LETTER_OPEN);
    job->letter_id = 5;
    drop(work(job));
    ck_assert_uint_eq(state_of(5), 0);
}
END_TEST

START_TEST(test_session_keys_split_again)
{
    uint8_t key[LQ_SESSION_KEY_BYTES_MAX];
    struct lq_view tenant, session;
    struct lq_view made =
        lq_letter_desk_session_key(key, lq_view_text("demo"), lq_view_text("s-1"));

    ck_assert(lq_letter_desk_split_key(made, &tenant, &session));
    ck_assert(lq_view_equal(tenant, lq_view_text("demo")));
    ck_assert(lq_view_equal(session, lq_view_text("s-1")));
    ck_assert(!lq_letter_desk_split_key(lq_view_text("no-nul"), &tenant, &session));
    ck_assert(!lq_letter_desk_split_key(lq_view_of("\0s", 2), &tenant, &session));
}
END_TEST

TCase *lq_test_letter_desk(void)
{
    TCase *tcase = tcase_create("letter_desk");

    tcase_add_checked_fixture(tcase, open_desk, close_desk);
    tcase_add_test(tcase, test_letter_is_listed_and_shown);
    tcase_add_test(tcase, test_pages_follow_each_other);
    tcase_add_test(tcase, test_redrive_marks_and_hands_over);
    tcase_add_test(tcase, test_round_ends_done_or_open_again);
    tcase_add_test(tcase, test_deaths_before_redrives_are_kept);
    tcase_add_test(tcase, test_purge_by_filter_and_acknowledge_by_id);
    tcase_add_test(tcase, test_purge_of_a_redriving_one_by_its_id);
    tcase_add_test(tcase, test_session_keys_split_again);
    return tcase;
}
