// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "broker/io/letter_desk.h"

#include "tests/unit/broker/io/broker_io_cases.h"
#include "tests/unit/broker/io/storage_fixture.h"

START_TEST(test_redrive_marks_and_hands_over)
{
    uint64_t ids[] = {5, 404};
    struct lq_admin_request request = {
        .kind = LQ_ADMIN_REDRIVE_LETTERS, .letter_id_count = 2, .letter_ids = ids, .dry_run = true};
    struct lq_admin_reply reply;

    lq_storage_fixture_put(5, "physics", 11);
    struct lq_storage_news *news = lq_storage_fixture_ask(&request, &reply);
    ck_assert_uint_eq(reply.count, 1);
    ck_assert_int_eq(news->kind, LQ_STORAGE_NEWS_REPLY); /* a dry run changes nothing */
    lq_storage_fixture_drop(news);
    ck_assert_uint_eq(lq_storage_fixture_state(5), LQ_LETTER_OPEN);
    request.dry_run = false;
    news = lq_storage_fixture_ask(&request, &reply);
    ck_assert_uint_eq(reply.count, 1);
    ck_assert_int_eq(news->kind, LQ_STORAGE_NEWS_REDRIVE);
    ck_assert_uint_eq(news->sequence, 11);
    ck_assert_uint_eq(news->byte_count, 4);
    ck_assert_int_eq(memcmp(news->bytes, "body", 4), 0);
    lq_storage_fixture_drop(news);
    ck_assert_uint_eq(lq_storage_fixture_state(5), LQ_LETTER_REDRIVING);
    news = lq_storage_fixture_ask(&request, &reply); /* a second time there is nothing to redrive */
    ck_assert_uint_eq(reply.count, 0);
    lq_storage_fixture_drop(news);
}
END_TEST

START_TEST(test_round_ends_done_or_open_again)
{
    uint64_t ids[] = {5, 6};
    struct lq_admin_request request = {
        .kind = LQ_ADMIN_REDRIVE_LETTERS, .letter_id_count = 2, .letter_ids = ids};
    struct lq_admin_reply reply;

    lq_storage_fixture_put(5, "physics", 11);
    lq_storage_fixture_put(6, "physics", 12);
    lq_storage_fixture_drop(lq_storage_fixture_ask(&request, &reply));
    struct lq_storage_job *job = lq_storage_job_new(LQ_STORAGE_LETTER_DONE);
    job->letter_id = 5;
    job->frame = 1234;
    lq_storage_fixture_drop(lq_storage_fixture_work(job));
    job = lq_storage_job_new(LQ_STORAGE_LETTER_OPEN);
    job->letter_id = 6;
    lq_storage_fixture_drop(lq_storage_fixture_work(job));
    ck_assert_uint_eq(lq_storage_fixture_state(5), LQ_LETTER_DONE);
    ck_assert_uint_eq(lq_storage_fixture_state(6), LQ_LETTER_OPEN);
    /* It dies again: the round and the first time stay, the id too. */
    lq_storage_fixture_drop(lq_storage_fixture_ask(&request, &reply));
    lq_storage_fixture_put(6, "ai", 12);
    request = (struct lq_admin_request){
        .kind = LQ_ADMIN_SHOW_LETTER, .letter_id_count = 1, .letter_ids = &ids[1]};
    struct lq_storage_news *news = lq_storage_fixture_ask(&request, &reply);
    ck_assert_uint_eq(reply.letters[0].round, 2);
    ck_assert_uint_eq(reply.letters[0].first_wall_ns, 1006);
    ck_assert(lq_view_equal(reply.letters[0].stage, lq_view_text("ai")));
    lq_storage_fixture_drop(news);
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

    lq_storage_fixture_put(9, "first", 12);
    for (uint32_t round = 1; round <= 20; round++) {
        request = redrive;
        lq_storage_fixture_drop(lq_storage_fixture_ask(&request, &reply));
        if (round == 3) { /* comes to nothing: no death, so no entry */
            struct lq_storage_job *job = lq_storage_job_new(LQ_STORAGE_LETTER_OPEN);
            job->letter_id = 9;
            lq_storage_fixture_drop(lq_storage_fixture_work(job));
            continue;
        }
        lq_storage_fixture_put(9, round == 1 ? "second" : "later", 12);
    }
    request = show;
    struct lq_storage_news *news = lq_storage_fixture_ask(&request, &reply);
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
    lq_storage_fixture_drop(news);
    request = list;
    news = lq_storage_fixture_ask(&request, &reply);
    ck_assert_uint_eq(reply.letters[0].round_count, 0);
    ck_assert_uint_eq(reply.letters[0].round, 20);
    lq_storage_fixture_drop(news);
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

    lq_storage_fixture_put(5, "physics", 11);
    lq_storage_fixture_put(6, "physics", 12);
    lq_storage_fixture_drop(lq_storage_fixture_ask(&redrive, &reply));
    lq_storage_fixture_drop(
        lq_storage_fixture_ask(&acknowledge, &reply)); /* a drain would give it out and apply it */
    ck_assert_uint_eq(reply.count, 0);
    purge_all.dry_run = true;
    lq_storage_fixture_drop(lq_storage_fixture_ask(&purge_all, &reply));
    ck_assert_uint_eq(reply.count, 1);
    ck_assert_uint_eq(reply.message.bytes, 0);
    struct lq_storage_news *news = lq_storage_fixture_ask(&purge, &reply);
    ck_assert_uint_eq(reply.count, 2);
    ck_assert_int_eq(memcmp(reply.message.data, "1 of them", 9), 0);
    lq_storage_fixture_drop(news);
    ck_assert_uint_eq(lq_storage_fixture_state(5), LQ_LETTER_REDRIVING);
    purge.dry_run = false;
    news = lq_storage_fixture_ask(&purge, &reply);
    ck_assert_uint_eq(reply.count, 2);
    ck_assert_int_eq(memcmp(reply.message.data, "1 of them", 9), 0);
    ck_assert_int_eq(news->kind, LQ_STORAGE_NEWS_GONE);
    ck_assert_uint_eq(news->letter_id, 5);
    ck_assert_int_eq(news->next->kind, LQ_STORAGE_NEWS_GONE);
    lq_storage_fixture_drop(news);
    ck_assert_uint_eq(lq_storage_fixture_state(5), 0);
    /* The redrive ends later, and finds nothing. */
    struct lq_storage_job *job = lq_storage_job_new(LQ_STORAGE_LETTER_DONE);
    job->letter_id = 5;
    job->frame = 1234;
    lq_storage_fixture_drop(lq_storage_fixture_work(job));
    job = lq_storage_job_new(LQ_STORAGE_LETTER_OPEN);
    job->letter_id = 5;
    lq_storage_fixture_drop(lq_storage_fixture_work(job));
    ck_assert_uint_eq(lq_storage_fixture_state(5), 0);
}
END_TEST

TCase *lq_test_letter_desk(void)
{
    TCase *tcase = tcase_create("letter_desk");

    tcase_add_checked_fixture(tcase, lq_storage_fixture_open, lq_storage_fixture_close);
    tcase_add_test(tcase, test_redrive_marks_and_hands_over);
    tcase_add_test(tcase, test_round_ends_done_or_open_again);
    tcase_add_test(tcase, test_deaths_before_redrives_are_kept);
    tcase_add_test(tcase, test_purge_of_a_redriving_one_by_its_id);
    return tcase;
}
