// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "broker/io/stored_quotas.h"

#include "tests/unit/broker/io/broker_io_cases.h"
#include "tests/unit/broker/io/storage_fixture.h"

static uint32_t seen;
static struct lq_quota last;

static bool see(void *context, struct lq_view key, struct lq_view value)
{
    struct lq_view tenant;

    (void)context;
    ck_assert(lq_stored_quotas_read(key, value, &tenant, &last));
    ck_assert(lq_view_equal(tenant, lq_view_text("demo")));
    seen++;
    return true;
}

static uint32_t count(void)
{
    seen = 0;
    lq_storage_fixture_each_quota(see);
    return seen;
}

/* Change one kind; 0: give it back. The quotas that are on disk then. */
static struct lq_quota change(enum lq_quota_kind kind, uint64_t limit)
{
    struct lq_storage_job *job = lq_storage_job_new(LQ_STORAGE_PUT_QUOTA);

    lq_storage_job_name(job, lq_session_names_of("demo", ""));
    job->peer = 9;
    job->tag = 77;
    job->quota.given = UINT32_C(1) << kind;
    job->quota.to.own = limit != 0 ? job->quota.given : 0;
    job->quota.to.limits[kind] = limit;
    struct lq_storage_news *news = lq_storage_fixture_work(job);
    ck_assert_int_eq(news->kind, LQ_STORAGE_NEWS_QUOTA);
    ck_assert_str_eq(news->tenant, "demo");
    ck_assert_uint_eq(news->peer, 9);
    ck_assert_uint_eq(news->tag, 77);
    ck_assert_ptr_null(news->next);
    struct lq_quota quota = news->quota;
    lq_storage_fixture_drop(news);
    return quota;
}

START_TEST(test_quota_one_leaves_the_others)
{
    struct lq_quota quota = change(LQ_QUOTA_COMMANDS, 100);

    ck_assert_uint_eq(quota.own, 1u << LQ_QUOTA_COMMANDS);
    quota = change(LQ_QUOTA_LETTERS, LQ_QUOTA_NO_LIMIT);
    ck_assert_uint_eq(quota.own, 1u << LQ_QUOTA_COMMANDS | 1u << LQ_QUOTA_LETTERS);
    ck_assert_uint_eq(quota.limits[LQ_QUOTA_COMMANDS], 100);
    ck_assert_uint_eq(count(), 1);
    ck_assert_uint_eq(last.own, quota.own);
    ck_assert_mem_eq(last.limits, quota.limits, sizeof last.limits);
    quota = change(LQ_QUOTA_COMMANDS, 0);
    ck_assert_uint_eq(quota.own, 1u << LQ_QUOTA_LETTERS);
    ck_assert(quota.limits[LQ_QUOTA_LETTERS] == LQ_QUOTA_NO_LIMIT);
    ck_assert_uint_eq(count(), 1);
    quota = change(LQ_QUOTA_LETTERS, 0);
    ck_assert_uint_eq(quota.own, 0);
    ck_assert_uint_eq(count(), 0); /* nothing is left of it */
    ck_assert_uint_eq(change(LQ_QUOTA_LETTERS, 0).own, 0);
}
END_TEST

/* Own ones and their limits; whether that is an entry. */
static const struct {
    const char *name;
    size_t bytes;
    uint32_t own;
    uint64_t first, second;
    bool opens;
} rows[] = {
    {"of an older program", 4 + 8, 1, 5, 0, true},
    {"of two kinds", 4 + 16, 2, 0, 7, true},
    {"none is its own", 4 + 16, 0, 0, 7, false},
    {"an own one is beyond its end", 4 + 8, 2, 5, 7, false},
    {"an own one of nothing", 4 + 16, 3, 5, 0, false},
    {"cut", 4 + 15, 1, 5, 7, false},
    {"without limits", 4, 0, 0, 0, false},
    {"of a newer program", 4 + 8 * (LQ_QUOTA_KINDS + 1), 1, 5, 7, false},
};

START_TEST(test_quota_entries)
{
    uint8_t value[4 + 8 * (LQ_QUOTA_KINDS + 1)] = {(uint8_t)rows[_i].own};
    struct lq_view tenant;
    struct lq_quota quota;

    value[4] = (uint8_t)rows[_i].first;
    value[12] = (uint8_t)rows[_i].second;
    ck_assert_msg(lq_stored_quotas_read(lq_view_text("demo"), lq_view_of(value, rows[_i].bytes),
                                        &tenant, &quota) == rows[_i].opens,
                  "%s", rows[_i].name);
    ck_assert(!lq_stored_quotas_read(lq_view_text("de/mo"), lq_view_of(value, rows[_i].bytes),
                                     &tenant, &quota));
}
END_TEST

/* What does not open was lost before; the change makes a new entry. */
START_TEST(test_quota_over_an_entry_that_does_not_open)
{
    ck_assert_int_eq(lq_broker_store_begin(lq_storage_fixture_store), LQ_OK);
    ck_assert_int_eq(lq_broker_store_put(lq_storage_fixture_store, LQ_BROKER_TABLE_QUOTAS,
                                         lq_view_text("demo"), lq_view_text("odd")),
                     LQ_OK);
    ck_assert_int_eq(lq_broker_store_commit(lq_storage_fixture_store), LQ_OK);
    ck_assert_uint_eq(change(LQ_QUOTA_WEIGHT, 3).own, 1u << LQ_QUOTA_WEIGHT);
    ck_assert_uint_eq(count(), 1);
}
END_TEST

TCase *lq_test_stored_quotas(void)
{
    TCase *tcase = tcase_create("stored_quotas");

    tcase_add_checked_fixture(tcase, lq_storage_fixture_open, lq_storage_fixture_close);
    tcase_add_test(tcase, test_quota_one_leaves_the_others);
    tcase_add_loop_test(tcase, test_quota_entries, 0, sizeof rows / sizeof rows[0]);
    tcase_add_test(tcase, test_quota_over_an_entry_that_does_not_open);
    return tcase;
}
