// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "broker/io/stored_durability.h"

#include "tests/unit/broker/io/broker_io_cases.h"
#include "tests/unit/broker/io/storage_fixture.h"

static uint32_t seen;
static struct lq_durability last;

static bool see(void *context, struct lq_view key, struct lq_view value)
{
    struct lq_view tenant;

    (void)context;
    ck_assert(lq_stored_durability_is_key(key));
    ck_assert(lq_stored_durability_read(key, value, &tenant, &last));
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

static void set(struct lq_durability durability)
{
    struct lq_storage_job *job = lq_storage_job_new(LQ_STORAGE_PUT_DURABILITY);

    lq_storage_job_name(job, lq_session_names_of("demo", ""));
    job->peer = 9;
    job->tag = 77;
    job->durability = durability;
    struct lq_storage_news *news = lq_storage_fixture_work(job);
    ck_assert_int_eq(news->kind, LQ_STORAGE_NEWS_DURABILITY);
    ck_assert_str_eq(news->tenant, "demo");
    ck_assert_uint_eq(news->peer, 9);
    ck_assert_uint_eq(news->tag, 77);
    ck_assert_int_eq(news->durability.own, durability.own);
    lq_storage_fixture_drop(news);
}

START_TEST(test_durability_is_kept_and_given_back)
{
    set((struct lq_durability){true, LQ_DURABILITY_MIRRORED, 200, 30});
    ck_assert_uint_eq(count(), 1);
    ck_assert(last.own);
    ck_assert_int_eq(last.policy, LQ_DURABILITY_MIRRORED);
    ck_assert_uint_eq(last.flush_ms, 200);
    ck_assert_uint_eq(last.history_days, 30);
    set((struct lq_durability){true, LQ_DURABILITY_LOCAL, 0, 0});
    ck_assert_uint_eq(count(), 1);
    ck_assert_int_eq(last.policy, LQ_DURABILITY_LOCAL);
    set((struct lq_durability){false, LQ_DURABILITY_LOCAL, 0, 0});
    ck_assert_uint_eq(count(), 0);
    set((struct lq_durability){false, LQ_DURABILITY_LOCAL, 0, 0}); /* there was none */
    ck_assert_uint_eq(count(), 0);
}
END_TEST

START_TEST(test_durability_that_does_not_open)
{
    static const uint8_t good[12] = {2};
    uint8_t value[12];
    struct lq_view tenant;
    struct lq_durability durability;

    ck_assert(lq_stored_durability_read(lq_view_text("/demo"), lq_view_of(good, 12), &tenant,
                                        &durability));
    ck_assert(!lq_stored_durability_read(lq_view_text("demo"), lq_view_of(good, 12), &tenant,
                                         &durability));
    ck_assert(
        !lq_stored_durability_read(lq_view_text("/"), lq_view_of(good, 12), &tenant, &durability));
    ck_assert(!lq_stored_durability_read(lq_view_text("/demo"), lq_view_of(good, 11), &tenant,
                                         &durability));
    for (uint32_t at = 0; at < 4; at++) {
        memcpy(value, good, sizeof value);
        value[at] = at == 0 ? 3 : 1;
        ck_assert(!lq_stored_durability_read(lq_view_text("/demo"), lq_view_of(value, 12), &tenant,
                                             &durability));
    }
    memcpy(value, good, sizeof value);
    value[7] = 1; /* 16,777,216 ms */
    ck_assert(!lq_stored_durability_read(lq_view_text("/demo"), lq_view_of(value, 12), &tenant,
                                         &durability));
}
END_TEST

TCase *lq_test_stored_durability(void)
{
    TCase *tc = tcase_create("stored_durability");

    tcase_add_checked_fixture(tc, lq_storage_fixture_open, lq_storage_fixture_close);
    tcase_add_test(tc, test_durability_is_kept_and_given_back);
    tcase_add_test(tc, test_durability_that_does_not_open);
    return tc;
}
