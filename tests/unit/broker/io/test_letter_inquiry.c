// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "broker/io/letter_inquiry.h"

#include "base/alloc.h"
#include "tests/unit/broker/io/broker_io_cases.h"
#include "tests/unit/broker/io/storage_fixture.h"

#include <stdlib.h>

START_TEST(test_letter_is_listed_and_shown)
{
    struct lq_admin_reply reply;
    uint64_t id = 5;
    struct lq_admin_request list = {.kind = LQ_ADMIN_LIST_LETTERS};
    struct lq_admin_request show = {
        .kind = LQ_ADMIN_SHOW_LETTER, .letter_id_count = 1, .letter_ids = &id};

    lq_storage_fixture_put(5, "physics", 11);
    lq_storage_fixture_put(6, "ai", 12);
    struct lq_storage_news *news = lq_storage_fixture_ask(&list, &reply);
    ck_assert_uint_eq(reply.letter_count, 2);
    ck_assert_uint_eq(reply.letters[0].id, 5);
    ck_assert_uint_eq(reply.letters[0].payload.bytes, 0); /* lists say its length only */
    ck_assert_uint_eq(reply.letters[0].payload_bytes, 24);
    lq_storage_fixture_drop(news);
    list.stage = lq_view_text("ai");
    news = lq_storage_fixture_ask(&list, &reply);
    ck_assert_uint_eq(reply.letter_count, 1);
    ck_assert_uint_eq(reply.letters[0].id, 6);
    lq_storage_fixture_drop(news);
    news = lq_storage_fixture_ask(&show, &reply);
    ck_assert(lq_view_equal(reply.letters[0].payload, lq_view_text("what the stage was given")));
    ck_assert(lq_view_equal(reply.letters[0].commands[0].body, lq_view_text("body")));
    ck_assert_uint_eq(reply.letters[0].tries, 3);
    lq_storage_fixture_drop(news);
    id = 77;
    news = lq_storage_fixture_ask(&show, &reply);
    ck_assert_int_eq(reply.result, LQ_ERR_NOT_FOUND);
    lq_storage_fixture_drop(news);
}
END_TEST

START_TEST(test_pages_follow_each_other)
{
    struct lq_admin_request list = {.kind = LQ_ADMIN_LIST_LETTERS, .count_max = 10};
    struct lq_admin_reply reply;
    uint64_t seen = 0;

    for (uint64_t id = 1; id <= 25; id++) {
        lq_storage_fixture_put(id, "physics", id);
    }
    do {
        struct lq_storage_news *news = lq_storage_fixture_ask(&list, &reply);
        for (uint32_t place = 0; place < reply.letter_count; place++) {
            ck_assert_uint_eq(reply.letters[place].id, ++seen);
        }
        list.after_letter = seen;
        lq_storage_fixture_drop(news);
    } while (reply.more);
    ck_assert_uint_eq(seen, 25);
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

    lq_storage_fixture_put(5, "physics", 11);
    lq_storage_fixture_put(6, "physics", 12);
    lq_storage_fixture_put(7, "ai", 13);
    struct lq_storage_news *news = lq_storage_fixture_ask(&purge, &reply);
    ck_assert_uint_eq(reply.count, 2);
    ck_assert_int_eq(news->kind, LQ_STORAGE_NEWS_GONE);
    ck_assert_uint_eq(news->sequence, 11);
    lq_storage_fixture_drop(news);
    ck_assert_uint_eq(lq_storage_fixture_state(5), 0);
    ck_assert_uint_eq(lq_storage_fixture_state(7), LQ_LETTER_OPEN);
    news = lq_storage_fixture_ask(&acknowledge, &reply);
    ck_assert_uint_eq(reply.count, 1);
    lq_storage_fixture_drop(news);
    ck_assert_uint_eq(lq_storage_fixture_state(7), 0);
}
END_TEST

/* A letter whose payload fills an answer is shown without it; a list says its length all the same.
 */
START_TEST(test_long_payload_is_left_out)
{
    static uint8_t payload[LQ_HEADER_BYTES_MAX];
    static struct lq_letter letter;
    struct lq_storage_job *job = lq_storage_fixture_letter(5, "physics", 11);
    struct lq_arena arena = {lq_alloc(1, 1u << 20), 1u << 20, 0};
    const char *where;
    uint64_t id = 5;
    struct lq_admin_request show = {
        .kind = LQ_ADMIN_SHOW_LETTER, .letter_id_count = 1, .letter_ids = &id};
    struct lq_admin_reply reply;

    ck_assert_int_eq(
        lq_letter_decode(lq_view_of(job->bytes, job->byte_count), &arena, &letter, &where), LQ_OK);
    letter.payload = lq_view_of(payload, sizeof payload);
    free(job->bytes);
    job->bytes = lq_alloc(1, 2 * sizeof payload);
    ck_assert_int_eq(lq_letter_encode(&letter, job->bytes, 2 * sizeof payload, &job->byte_count),
                     LQ_OK);
    free(arena.memory);
    lq_storage_fixture_drop(lq_storage_fixture_work(job));
    struct lq_storage_news *news = lq_storage_fixture_ask(&show, &reply);
    ck_assert_int_eq(reply.result, LQ_OK);
    ck_assert_uint_eq(reply.letters[0].payload.bytes, 0);
    ck_assert_uint_eq(reply.letters[0].payload_bytes, sizeof payload);
    lq_storage_fixture_drop(news);
}
END_TEST

TCase *lq_test_letter_inquiry(void)
{
    TCase *tcase = tcase_create("letter_inquiry");

    tcase_add_checked_fixture(tcase, lq_storage_fixture_open, lq_storage_fixture_close);
    tcase_add_test(tcase, test_letter_is_listed_and_shown);
    tcase_add_test(tcase, test_pages_follow_each_other);
    tcase_add_test(tcase, test_purge_by_filter_and_acknowledge_by_id);
    tcase_add_test(tcase, test_long_payload_is_left_out);
    return tcase;
}
