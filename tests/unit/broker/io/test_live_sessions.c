// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "broker/io/live_sessions.h"

#include "tests/unit/broker/io/broker_io_cases.h"
#include "tests/unit/broker/io/storage_fixture.h"

static uint32_t seen;
static struct lq_live_session last;

static bool see(void *context, struct lq_view key, struct lq_view value)
{
    (void)context;
    ck_assert(lq_live_sessions_read(key, value, &last));
    ck_assert(lq_session_names_equal(last.names, lq_session_names_of("demo", "s1")));
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

START_TEST(test_live_session_is_kept_and_forgotten)
{
    struct lq_storage_job *job = job_of(LQ_STORAGE_PUT_LIVE);

    job->rate_numerator = 20;
    job->rate_denominator = 3;
    job->peer = 9;
    lq_storage_job_copy(job, lq_view_text("reply"));
    struct lq_storage_news *news = lq_storage_fixture_work(job);
    ck_assert_int_eq(news->kind, LQ_STORAGE_NEWS_LIVE);
    ck_assert_str_eq(news->tenant, "demo");
    ck_assert_str_eq(news->session, "s1");
    ck_assert_uint_eq(news->rate_numerator, 20);
    ck_assert_uint_eq(news->peer, 9);
    ck_assert(lq_view_equal(lq_view_of(news->bytes, news->byte_count), lq_view_text("reply")));
    ck_assert_ptr_null(news->next);
    lq_storage_fixture_drop(news);
    ck_assert_uint_eq(count(), 1);
    ck_assert_uint_eq(last.rate_numerator, 20);
    ck_assert_uint_eq(last.rate_denominator, 3);
    ck_assert_ptr_null(lq_storage_fixture_work(job_of(LQ_STORAGE_FORGET_LIVE)));
    ck_assert_uint_eq(count(), 0);
    ck_assert_ptr_null(lq_storage_fixture_work(job_of(LQ_STORAGE_FORGET_LIVE))); /* again */
}
END_TEST

START_TEST(test_entry_of_another_length_is_none)
{
    struct lq_live_session session;

    ck_assert(
        !lq_live_sessions_read(lq_view_of("demo\0s1", 7), lq_view_of("1234567", 7), &session));
    ck_assert(!lq_live_sessions_read(lq_view_text("demo"), lq_view_of("12345678", 8), &session));
}
END_TEST

TCase *lq_test_live_sessions(void)
{
    TCase *tcase = tcase_create("live_sessions");

    tcase_add_checked_fixture(tcase, lq_storage_fixture_open, lq_storage_fixture_close);
    tcase_add_test(tcase, test_live_session_is_kept_and_forgotten);
    tcase_add_test(tcase, test_entry_of_another_length_is_none);
    return tcase;
}
