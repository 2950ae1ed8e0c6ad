// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "broker/io/parked_sessions.h"

#include <stdio.h>

#include "tests/unit/broker/io/broker_io_cases.h"
#include "tests/unit/broker/io/storage_fixture.h"

static uint32_t seen;

static bool see(void *context, struct lq_view key, struct lq_view value)
{
    struct lq_session_names names;

    ck_assert(lq_parked_sessions_read(key, &names));
    ck_assert(lq_session_names_equal(names, lq_session_names_of("demo", "s1")));
    ck_assert(lq_view_equal(value, lq_view_text(context)));
    seen++;
    return true;
}

/* Sessions that are parked by that stage; no other ones there are. */
static uint32_t count(const char *stage)
{
    char expected[16];

    snprintf(expected, sizeof expected, "%s", stage);
    seen = 0;
    ck_assert_int_eq(lq_broker_store_each(lq_storage_fixture_store, LQ_BROKER_TABLE_PARKED,
                                          lq_view_of("", 0), see, expected),
                     LQ_OK);
    return seen;
}

/* A letter that parks its session does both in one transaction; one that does not leaves it. */
START_TEST(test_letter_parks_its_session)
{
    struct lq_storage_job *job = lq_storage_fixture_letter(5, "persist", 11);

    lq_storage_fixture_put(4, "physics", 10);
    ck_assert_uint_eq(count("physics"), 0);
    job->parks = true;
    lq_storage_fixture_drop(lq_storage_fixture_work(job));
    ck_assert_uint_eq(count("persist"), 1);
    job = lq_storage_job_new(LQ_STORAGE_FORGET_PARKED);
    lq_storage_job_name(job, lq_session_names_of("demo", "s1"));
    ck_assert_ptr_null(lq_storage_fixture_work(job));
    ck_assert_uint_eq(count("persist"), 0);
}
END_TEST

TCase *lq_test_parked_sessions(void)
{
    TCase *tcase = tcase_create("parked_sessions");

    tcase_add_checked_fixture(tcase, lq_storage_fixture_open, lq_storage_fixture_close);
    tcase_add_test(tcase, test_letter_parks_its_session);
    return tcase;
}
