// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "broker/io/stored_events.h"

#include "broker/io/operator_record.h"
#include "tests/unit/broker/io/broker_io_cases.h"
#include "tests/unit/broker/io/storage_fixture.h"

#include <stdio.h>

enum { ENTRIES_MAX = 64 };

static uint32_t seen;
static struct lq_event_subscription last;

static bool see(void *context, struct lq_view key, struct lq_view value)
{
    struct lq_view tenant;

    (void)context;
    ck_assert(lq_stored_events_is_key(key));
    ck_assert(lq_stored_events_read(key, value, &tenant, &last));
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

/* NULL: give it back. */
static void set(const char *tenant, const char *list)
{
    struct lq_storage_job *job = lq_storage_job_new(LQ_STORAGE_PUT_EVENTS);

    lq_storage_job_name(job, lq_session_names_of(tenant, ""));
    job->peer = 9;
    job->tag = 77;
    job->events.own = list != NULL;
    snprintf(job->events.text, sizeof job->events.text, "%s", list != NULL ? list : "");
    struct lq_storage_news *news = lq_storage_fixture_work(job);
    ck_assert_int_eq(news->kind, LQ_STORAGE_NEWS_EVENTS);
    ck_assert_str_eq(news->tenant, tenant);
    ck_assert_uint_eq(news->peer, 9);
    ck_assert_uint_eq(news->tag, 77);
    ck_assert_int_eq(news->events.own, list != NULL);
    ck_assert_str_eq(news->events.text, list != NULL ? list : "");
    lq_storage_fixture_drop(news);
}

START_TEST(test_a_list_is_kept_and_given_back)
{
    set("demo", "tick.Collision,letter.*");
    ck_assert_uint_eq(count(), 1);
    ck_assert(last.own);
    ck_assert_str_eq(last.text, "tick.Collision,letter.*");
    set("demo", "!*");
    ck_assert_uint_eq(count(), 1);
    ck_assert_str_eq(last.text, "!*");
    set("demo", NULL);
    ck_assert_uint_eq(count(), 0);
    set("demo", NULL); /* there was none */
    ck_assert_uint_eq(count(), 0);
}
END_TEST

START_TEST(test_a_list_that_does_not_open)
{
    static const struct {
        const char *key, *value;
        bool opens;
    } entries[] = {{"+demo", "tick.*", true},  {"demo", "tick.*", false},
                   {"/demo", "tick.*", false}, {"+", "tick.*", false},
                   {"+demo", "", false},       {"+demo", "tick", false},
                   {"+.demo", "tick.*", false}};
    struct lq_event_subscription events;
    struct lq_view tenant;

    for (size_t row = 0; row < sizeof entries / sizeof entries[0]; row++) {
        ck_assert_msg(lq_stored_events_read(lq_view_text(entries[row].key),
                                            lq_view_text(entries[row].value), &tenant,
                                            &events) == entries[row].opens,
                      "row %zu", row);
    }
}
END_TEST

/* ---- which entries of the outbox are quiet ---- */

static struct {
    const char *type; /* of the event that it tells of; NULL: of none that a list may have */
    bool is_quiet;
} entries[ENTRIES_MAX];
static uint32_t entry_count;

static bool look(void *context, struct lq_view key, struct lq_view value)
{
    struct lq_broker_entry entry;
    struct lq_broker_entry_body body;
    struct lq_view tenant;

    (void)context;
    (void)key;
    ck_assert_int_eq(lq_broker_entry_read(value, &entry, &body), LQ_OK);
    ck_assert_uint_lt(entry_count, ENTRIES_MAX);
    entries[entry_count].type = lq_stored_events_type(&entry, &body, &tenant);
    entries[entry_count++].is_quiet = entry.is_quiet;
    return true;
}

/* How many entries tell of events of that type, and how many of these are quiet. */
static void ck_told(const char *type, uint32_t told, uint32_t quiet)
{
    entry_count = 0;
    ck_assert_int_eq(lq_broker_store_each(lq_storage_fixture_store, LQ_BROKER_TABLE_OUTBOX,
                                          lq_view_of("", 0), look, NULL),
                     LQ_OK);
    for (uint32_t index = 0; index < entry_count; index++) {
        if (entries[index].type == NULL) {
            ck_assert(!entries[index].is_quiet);
        } else if (strcmp(entries[index].type, type) == 0) {
            told--;
            quiet -= entries[index].is_quiet;
        }
    }
    ck_assert_msg(told == 0 && quiet == 0, "%s: %d more, %d quiet ones more", type, -(int)told,
                  -(int)quiet);
}

static void exceed(const char *tenant)
{
    struct lq_storage_job *job = lq_storage_job_new(LQ_STORAGE_QUOTA_EXCEEDED);

    lq_storage_job_name(job, lq_session_names_of(tenant, ""));
    job->exceeded = LQ_QUOTA_TICKS;
    lq_storage_fixture_drop(lq_storage_fixture_work(job));
}

static void decide(uint64_t id)
{
    struct lq_storage_job *job = lq_storage_job_new(LQ_STORAGE_LETTER_DONE);

    job->letter_id = id;
    job->frame = 3;
    lq_storage_fixture_drop(lq_storage_fixture_work(job));
}

/* What is in force when an entry is written decides: each change has its place between them. */
START_TEST(test_the_list_decides_from_its_entry_on)
{
    lq_storage_fixture_put(11, "physics", 1);
    set("demo", "*,!letter.*");
    lq_storage_fixture_put(12, "physics", 2);
    lq_storage_fixture_put(13, "physics", 3);
    ck_told(LQ_EVENT_LETTER_STORED, 3, 2);
    set("demo", "letter.redriven");
    lq_storage_fixture_put(14, "physics", 4);
    ck_told(LQ_EVENT_LETTER_STORED, 4, 3);
    set("demo", NULL);
    lq_storage_fixture_put(15, "physics", 5);
    ck_told(LQ_EVENT_LETTER_STORED, 5, 3);
}
END_TEST

START_TEST(test_each_tenant_has_its_own)
{
    set("other", "!*");
    exceed("demo");
    exceed("other");
    exceed("demo");
    ck_told(LQ_EVENT_QUOTA_EXCEEDED, 3, 1);
}
END_TEST

/* Operators' actions are told of whatever a list says; a purged letter is the tenant's. */
START_TEST(test_operators_are_heard)
{
    struct lq_admin_request request = {
        .kind = LQ_ADMIN_PURGE_LETTERS, .tenant = lq_view_text("demo"), .all = true};
    struct lq_admin_reply reply;

    set("demo", "!*"); /* is one itself */
    lq_storage_fixture_put(11, "physics", 1);
    lq_storage_fixture_put(12, "physics", 2);
    lq_storage_fixture_drop(lq_storage_fixture_ask(&request, &reply));
    ck_assert_uint_eq(reply.count, 2);
    ck_told(LQ_EVENT_LETTER_PURGED, 2, 2);
}
END_TEST

START_TEST(test_a_parked_session_and_a_decided_letter)
{
    struct lq_storage_job *job = lq_storage_fixture_letter(11, "physics", 1);

    set("demo", "session.parked,letter.stored");
    job->parks = true;
    snprintf(job->stage, sizeof job->stage, "physics");
    lq_storage_fixture_drop(lq_storage_fixture_work(job));
    job = lq_storage_job_new(LQ_STORAGE_FORGET_PARKED);
    lq_storage_job_name(job, lq_session_names_of("demo", "s1"));
    lq_storage_fixture_drop(lq_storage_fixture_work(job));
    struct lq_admin_request request = {
        .kind = LQ_ADMIN_REDRIVE_LETTERS, .tenant = lq_view_text("demo"), .all = true};
    struct lq_admin_reply reply;
    lq_storage_fixture_drop(lq_storage_fixture_ask(&request, &reply));
    decide(11);
    ck_told(LQ_EVENT_SESSION_PARKED, 1, 0);
    ck_told(LQ_EVENT_SESSION_RESUMED, 1, 1);
    ck_told(LQ_EVENT_LETTER_STORED, 1, 0);
    ck_told(LQ_EVENT_LETTER_REDRIVEN, 1, 1);
}
END_TEST

TCase *lq_test_stored_events(void)
{
    TCase *tc = tcase_create("stored_events");

    tcase_add_checked_fixture(tc, lq_storage_fixture_open, lq_storage_fixture_close);
    tcase_add_test(tc, test_a_list_is_kept_and_given_back);
    tcase_add_test(tc, test_a_list_that_does_not_open);
    tcase_add_test(tc, test_the_list_decides_from_its_entry_on);
    tcase_add_test(tc, test_each_tenant_has_its_own);
    tcase_add_test(tc, test_operators_are_heard);
    tcase_add_test(tc, test_a_parked_session_and_a_decided_letter);
    return tc;
}
