// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "broker/io/live_sessions.h"

#include "tests/unit/broker/io/broker_io_cases.h"
#include "tests/unit/broker/io/storage_fixture.h"

static uint32_t seen;
static struct lq_live_session last;
static const struct lq_session_rate twenty = {20, 3};
static const struct lq_session_rate forty = {40, 1};

static bool see(void *context, struct lq_view key, struct lq_view value)
{
    (void)context;
    struct lq_session_names names;

    ck_assert(lq_live_sessions_read(key, value, &names, &last));
    ck_assert(lq_session_names_equal(names, lq_session_names_of("demo", "s1")));
    seen++;
    return true;
}

static uint32_t count(void)
{
    seen = 0;
    ck_assert_int_eq(lq_broker_store_each(lq_storage_fixture_store, LQ_BROKER_TABLE_LIVE,
                                          lq_view_of("", 0), see, NULL),
                     LQ_OK);
    return seen;
}

static struct lq_storage_job *job_of(enum lq_storage_job_kind kind)
{
    struct lq_storage_job *job = lq_storage_job_new(kind);

    lq_storage_job_name(job, lq_session_names_of("demo", "s1"));
    return job;
}

static struct lq_storage_news *put(void)
{
    struct lq_storage_job *job = job_of(LQ_STORAGE_PUT_LIVE);

    job->rate = twenty;
    job->attended = true;
    job->peer = 9;
    lq_storage_job_copy(job, lq_view_text("reply"));
    return lq_storage_fixture_work(job);
}

START_TEST(test_live_session_is_kept_and_forgotten)
{
    struct lq_storage_news *news = put();
    ck_assert_int_eq(news->kind, LQ_STORAGE_NEWS_LIVE);
    ck_assert_str_eq(news->tenant, "demo");
    ck_assert_str_eq(news->session, "s1");
    ck_assert(lq_session_rate_equal(news->live.rate, twenty));
    ck_assert(news->live.attended && !news->live.stopped && !news->live.changes);
    ck_assert_uint_eq(news->peer, 9);
    ck_assert(lq_view_equal(lq_view_of(news->bytes, news->byte_count), lq_view_text("reply")));
    ck_assert_ptr_null(news->next);
    lq_storage_fixture_drop(news);
    ck_assert_uint_eq(count(), 1);
    ck_assert(lq_session_rate_equal(last.rate, twenty));
    ck_assert(last.attended);
    ck_assert_ptr_null(lq_storage_fixture_work(job_of(LQ_STORAGE_FORGET_LIVE)));
    ck_assert_uint_eq(count(), 0);
    ck_assert_ptr_null(lq_storage_fixture_work(job_of(LQ_STORAGE_FORGET_LIVE))); /* again */
}
END_TEST

START_TEST(test_entry_of_another_length_is_none)
{
    struct lq_session_names names;
    struct lq_live_session session;
    struct lq_view key = lq_view_of("demo\0s1", 7);

    ck_assert(!lq_live_sessions_read(key, lq_view_of("1234567", 7), &names, &session));
    ck_assert(
        !lq_live_sessions_read(lq_view_text("demo"), lq_view_of("12345678", 8), &names, &session));
    ck_assert(lq_live_sessions_read(key, lq_view_of("12345678", 8), &names, &session));
    ck_assert(lq_live_sessions_read(key, lq_view_of("12345678\7", 9), &names, &session));
    ck_assert(session.attended && session.stopped && session.changes);
    ck_assert(!lq_live_sessions_read(key, lq_view_of("12345678\0", 9), &names, &session));
    ck_assert(!lq_live_sessions_read(key, lq_view_of("12345678\10", 9), &names, &session));
    ck_assert(!lq_live_sessions_read(key, lq_view_of("1234\0\0\0\0", 8), &names, &session));
}
END_TEST

/* What came of it; its news are checked to be the entry on disk. */
static struct lq_live_session change(struct lq_session_change change)
{
    struct lq_storage_job *job = job_of(LQ_STORAGE_CHANGE_SESSION);

    job->change = change;
    job->tag = 5;
    job->peer = 9;
    struct lq_storage_news *news = lq_storage_fixture_work(job);
    ck_assert_int_eq(news->kind, LQ_STORAGE_NEWS_CHANGED);
    ck_assert_uint_eq(news->tag, 5);
    ck_assert_uint_eq(news->peer, 9);
    struct lq_live_session live = news->live;
    lq_storage_fixture_drop(news);
    if (count() == 1) {
        ck_assert(lq_session_rate_equal(last.rate, live.rate));
        ck_assert(last.stopped == live.stopped && last.changes == live.changes);
        ck_assert(last.attended == live.attended);
    } else {
        ck_assert(!live.stopped && !live.changes && live.rate.numerator == 0);
    }
    return live;
}

static void settle(struct lq_session_rate rate)
{
    struct lq_storage_job *job = job_of(LQ_STORAGE_SETTLE_RATE);

    job->rate = rate;
    ck_assert_ptr_null(lq_storage_fixture_work(job));
}

static const struct lq_session_change stop = {.sets_stopped = true, .stopped = true};
static const struct lq_session_change start = {.sets_stopped = true};

START_TEST(test_stop_is_kept_until_the_start)
{
    ck_assert(change(stop).stopped);
    ck_assert_uint_eq(count(), 1);
    ck_assert(change(stop).stopped);
    ck_assert(!change(start).stopped);
    ck_assert_uint_eq(count(), 0); /* it runs without a rate, as before */
    ck_assert(!change(start).stopped);
}
END_TEST

/* Who creates a session that is there hears of it, and changes nothing that was decided. */
START_TEST(test_stop_outlasts_a_creation_that_comes_again)
{
    lq_storage_fixture_drop(put());
    struct lq_live_session live = change(stop);
    ck_assert(live.stopped && live.attended && lq_session_rate_equal(live.rate, twenty));
    lq_storage_fixture_drop(put());
    ck_assert_uint_eq(count(), 1);
    ck_assert(last.stopped);
    change((struct lq_session_change){.sets_rate = true, .rate = forty});
    lq_storage_fixture_drop(put());
    ck_assert_uint_eq(count(), 1);
    ck_assert(last.changes && lq_session_rate_equal(last.rate, forty));
}
END_TEST

START_TEST(test_rate_is_to_come_until_it_is_settled)
{
    const struct lq_session_change faster = {.sets_rate = true, .rate = forty};
    const struct lq_session_change none = {.sets_rate = true, .rate = {0, 1}};

    lq_storage_fixture_drop(put());
    ck_assert(change(faster).changes);
    settle(twenty); /* of an earlier one */
    ck_assert_uint_eq(count(), 1);
    ck_assert(last.changes);
    settle(forty);
    ck_assert_uint_eq(count(), 1);
    ck_assert(!last.changes && last.attended && lq_session_rate_equal(last.rate, forty));
    settle(forty);                  /* again */
    lq_storage_fixture_drop(put()); /* of its creation, held back until now */
    ck_assert_uint_eq(count(), 1);
    ck_assert(lq_session_rate_equal(last.rate, forty));
    ck_assert(change(none).changes);
    ck_assert_uint_eq(count(), 1); /* kept: its frame is still to be made */
    settle(none.rate);
    ck_assert_uint_eq(count(), 0);
}
END_TEST

TCase *lq_test_live_sessions(void)
{
    TCase *tcase = tcase_create("live_sessions");

    tcase_add_checked_fixture(tcase, lq_storage_fixture_open, lq_storage_fixture_close);
    tcase_add_test(tcase, test_live_session_is_kept_and_forgotten);
    tcase_add_test(tcase, test_entry_of_another_length_is_none);
    tcase_add_test(tcase, test_stop_is_kept_until_the_start);
    tcase_add_test(tcase, test_stop_outlasts_a_creation_that_comes_again);
    tcase_add_test(tcase, test_rate_is_to_come_until_it_is_settled);
    return tcase;
}
