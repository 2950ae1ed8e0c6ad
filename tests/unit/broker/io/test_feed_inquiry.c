// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* Cursors of the broker's outbox, and what operators did as it tells of it. */
#include "broker/io/feed_inquiry.h"

#include "base/alloc.h"
#include "store/lmdb/broker_feed.h"
#include "tests/unit/broker/io/broker_io_cases.h"
#include "tests/unit/broker/io/storage_fixture.h"

#include <stdio.h>
#include <stdlib.h>

static struct lq_admin_reply reply;

static enum lq_result ask_cursor(const char *name, uint64_t sequence, bool drop)
{
    struct lq_admin_request request = {.kind = LQ_ADMIN_SET_BROKER_CURSOR,
                                       .has_cursor = true,
                                       .cursor = {lq_view_text(name), 0, sequence},
                                       .drop_cursor = drop};

    lq_storage_fixture_drop(lq_storage_fixture_ask(&request, &reply));
    return reply.result;
}

static bool says(const char *words)
{
    char message[256];

    snprintf(message, sizeof message, "%.*s", (int)reply.message.bytes,
             (const char *)reply.message.data);
    return strstr(message, words) != NULL;
}

START_TEST(test_feed_inquiry_sets_cursors)
{
    struct lq_admin_request show = {.kind = LQ_ADMIN_SHOW_BROKER_FEED};

    lq_storage_fixture_put(5, "physics", 1);
    ck_assert_int_eq(ask_cursor("mirror", 2, false), LQ_OK);
    ck_assert_ptr_nonnull(reply.feed);
    ck_assert_uint_eq(reply.feed->outbox_sequence, 2); /* epoch, letter */
    ck_assert_uint_eq(reply.feed->first_outbox_sequence, 1);
    ck_assert_uint_eq(reply.feed->cursor_count, 1);
    ck_assert(lq_view_equal(reply.feed->cursors[0].name, lq_view_text("mirror")));
    ck_assert_uint_eq(reply.feed->cursors[0].outbox_sequence, 2);
    lq_storage_fixture_drop(lq_storage_fixture_ask(&show, &reply));
    ck_assert_int_eq(reply.result, LQ_OK);
    ck_assert_uint_eq(reply.feed->first_outbox_sequence, 2); /* trimmed by that commit */
    ck_assert_uint_eq(reply.feed->outbox_count, 1);
    ck_assert_uint_gt(reply.feed->outbox_bytes, 0);
    ck_assert_uint_eq(reply.feed->cursors[0].outbox_sequence, 2);
}
END_TEST

/* A step, and the next from its place; what is no place is refused. */
START_TEST(test_feed_inquiry_tells_again)
{
    struct lq_admin_request request = {.kind = LQ_ADMIN_TELL_BROKER_AGAIN};

    lq_storage_fixture_put(5, "physics", 1);
    lq_storage_fixture_drop(lq_storage_fixture_ask(&request, &reply));
    ck_assert_int_eq(reply.result, LQ_OK);
    ck_assert(reply.has_telling);
    ck_assert_uint_eq(reply.telling.first, 3);
    ck_assert_uint_eq(reply.telling.last, 3 + 1 + 4); /* again, a letter, the ends of four tables */
    ck_assert_uint_eq(reply.telling.told, 1);
    ck_assert_uint_eq(reply.telling.all, 1);
    ck_assert_uint_eq(reply.telling.place.bytes, 0);
    request.place = lq_view_text("no place");
    lq_storage_fixture_drop(lq_storage_fixture_ask(&request, &reply));
    ck_assert_int_eq(reply.result, LQ_ERR_INVALID);
    ck_assert(says("place"));
    ck_assert(!reply.has_telling);
}
END_TEST

START_TEST(test_feed_inquiry_refuses)
{
    char name[16];

    ck_assert_int_eq(ask_cursor("mirror", 2, false), LQ_ERR_CONFLICT);
    ck_assert(says("has come to entry 1, and is kept from entry 1 on"));
    ck_assert_ptr_null(reply.feed);
    ck_assert_int_eq(ask_cursor("..", 1, false), LQ_ERR_INVALID);
    ck_assert(says("cursor.name"));
    ck_assert_int_eq(ask_cursor("mirror", 0, true), LQ_ERR_NOT_FOUND);
    for (int count = 0; count < LQ_BROKER_CURSORS_MAX; count++) {
        snprintf(name, sizeof name, "c%d", count);
        ck_assert_int_eq(ask_cursor(name, 1, false), LQ_OK);
    }
    ck_assert_int_eq(ask_cursor("mirror", 1, false), LQ_ERR_FULL);
    ck_assert_int_eq(ask_cursor("c0", 0, true), LQ_OK);
    ck_assert_int_eq(ask_cursor("mirror", 1, false), LQ_OK);
    ck_assert_uint_eq(reply.feed->cursor_count, LQ_BROKER_CURSORS_MAX);
}
END_TEST

/* ---- what operators did ---- */

static void tell_action(const struct lq_broker_entry_body *body, char *text, size_t bytes)
{
    snprintf(text, bytes, "%.*s %.*s/%.*s by %.*s: %.*s", (int)body->action.bytes,
             (const char *)body->action.data, (int)body->tenant.bytes,
             (const char *)body->tenant.data, (int)body->session.bytes,
             (const char *)body->session.data, (int)body->operator_name.bytes,
             (const char *)body->operator_name.data, (int)body->detail.bytes,
             (const char *)body->detail.data);
}

/* The newest entry: "action tenant/session by operator: detail", or of a quota "tenant quota
 * limit refused". */
static void assert_newest(const char *expected)
{
    static char text[512];
    struct lq_broker_feed_run run = {.memory = lq_alloc(LQ_BROKER_FEED_RUN_BYTES_MIN, 1),
                                     .bytes_max = LQ_BROKER_FEED_RUN_BYTES_MIN};
    struct lq_error_message message;
    struct lq_broker_entry entry;
    struct lq_broker_entry_body body;
    lq_broker_feed_t *feed;

    ck_assert_int_eq(lq_broker_feed_open(lq_storage_fixture_folder(), &feed, &message), LQ_OK);
    ck_assert_int_eq(lq_broker_feed_read(feed, 0, &run), LQ_OK);
    ck_assert_uint_gt(run.count, 0);
    ck_assert_int_eq(lq_broker_entry_read(run.entries[run.count - 1].value, &entry, &body), LQ_OK);
    if (entry.kind == LQ_BROKER_ENTRY_QUOTA) {
        snprintf(text, sizeof text, "%.*s %.*s %u %u", (int)body.tenant.bytes,
                 (const char *)body.tenant.data, (int)body.quota.bytes,
                 (const char *)body.quota.data, (unsigned)body.limit, (unsigned)body.refused);
    } else {
        ck_assert_int_eq(entry.kind, LQ_BROKER_ENTRY_ACTION);
        tell_action(&body, text, sizeof text);
    }
    lq_broker_feed_close(&feed);
    free(run.memory);
    ck_assert_str_eq(text, expected);
}

#define WHO "07000000000000000000000000000000"

static uint32_t work_on_letters(uint8_t kind, bool dry_run)
{
    struct lq_admin_request request = {.kind = kind,
                                       .tenant = lq_view_text("demo"),
                                       .stage = lq_view_text("physics"),
                                       .all = true,
                                       .dry_run = dry_run,
                                       .client.bytes = {7}};

    lq_storage_fixture_drop(lq_storage_fixture_ask(&request, &reply));
    return (uint32_t)reply.count;
}

START_TEST(test_feed_inquiry_work_on_letters_is_told)
{
    lq_storage_fixture_put(5, "physics", 1);
    lq_storage_fixture_put(6, "physics", 2);
    ck_assert_uint_eq(work_on_letters(LQ_ADMIN_REDRIVE_LETTERS, false), 2);
    assert_newest("letters.redrive demo/ by " WHO ": 2 letters of stage physics");
    ck_assert_uint_eq(work_on_letters(LQ_ADMIN_REDRIVE_LETTERS, false), 0);
    lq_storage_fixture_put(5, "physics", 1); /* dies again */
    ck_assert_uint_eq(work_on_letters(LQ_ADMIN_PURGE_LETTERS, true), 1);
    ck_assert_uint_eq(work_on_letters(LQ_ADMIN_ACKNOWLEDGE_LETTERS, false), 1);
    assert_newest("letters.drain demo/ by " WHO ": 1 letters of stage physics");
}
END_TEST

START_TEST(test_feed_inquiry_quotas_are_told)
{
    struct lq_storage_job *job = lq_storage_job_new(LQ_STORAGE_PUT_QUOTA);

    lq_storage_job_name(job, lq_session_names_of("demo", ""));
    job->client.bytes[0] = 7;
    job->quota.given = 1u << LQ_QUOTA_TICKS | 1u << LQ_QUOTA_LETTERS | 1u << LQ_QUOTA_WEIGHT;
    job->quota.to.own = 1u << LQ_QUOTA_TICKS | 1u << LQ_QUOTA_LETTERS;
    job->quota.to.limits[LQ_QUOTA_TICKS] = 50;
    job->quota.to.limits[LQ_QUOTA_LETTERS] = LQ_QUOTA_NO_LIMIT;
    lq_storage_fixture_drop(lq_storage_fixture_work(job));
    assert_newest("quota.set demo/ by " WHO ": ticks/s=50 letters=none weight=default");
}
END_TEST

START_TEST(test_feed_inquiry_quota_exceeded_is_told)
{
    struct lq_storage_job *job = lq_storage_job_new(LQ_STORAGE_QUOTA_EXCEEDED);

    lq_storage_job_name(job, lq_session_names_of("demo", ""));
    job->exceeded = LQ_QUOTA_SESSIONS_LIVE;
    job->limit = 5;
    job->refused = 12;
    ck_assert_ptr_null(lq_storage_fixture_work(job));
    assert_newest("demo sessions-live 5 12");
}
END_TEST

START_TEST(test_feed_inquiry_resuming_is_told)
{
    struct lq_storage_job *job = lq_storage_job_new(LQ_STORAGE_RESUMED);

    lq_storage_job_name(job, lq_session_names_of("demo", "s1"));
    snprintf(job->stage, sizeof job->stage, "ai");
    job->client.bytes[0] = 7;
    job->frame = 3;
    ck_assert_ptr_null(lq_storage_fixture_work(job));
    assert_newest("session.resume demo/s1 by " WHO ": 3 sessions parked by ai");
}
END_TEST

START_TEST(test_feed_inquiry_changes_of_sessions_are_told)
{
    static const struct {
        struct lq_session_change change;
        const char *told;
    } rows[] = {
        {{.sets_stopped = true, .stopped = true}, "session.stop demo/s1 by " WHO ": "},
        {{.sets_stopped = true}, "session.start demo/s1 by " WHO ": "},
        {{.sets_rate = true, .rate = {10, 3}}, "session.rate demo/s1 by " WHO ": 10/3"},
    };

    for (size_t index = 0; index < sizeof rows / sizeof rows[0]; index++) {
        struct lq_storage_job *job = lq_storage_job_new(LQ_STORAGE_CHANGE_SESSION);
        lq_storage_job_name(job, lq_session_names_of("demo", "s1"));
        job->client.bytes[0] = 7;
        job->change = rows[index].change;
        lq_storage_fixture_drop(lq_storage_fixture_work(job));
        assert_newest(rows[index].told);
    }
    struct lq_storage_job *job = lq_storage_job_new(LQ_STORAGE_DELETION);
    lq_storage_job_name(job, lq_session_names_of("demo", "s1"));
    job->client.bytes[0] = 7;
    ck_assert_ptr_null(lq_storage_fixture_work(job));
    assert_newest("session.delete demo/s1 by " WHO ": ");
}
END_TEST

TCase *lq_test_feed_inquiry(void)
{
    TCase *tcase = tcase_create("feed_inquiry");

    tcase_add_checked_fixture(tcase, lq_storage_fixture_open, lq_storage_fixture_close);
    tcase_add_test(tcase, test_feed_inquiry_sets_cursors);
    tcase_add_test(tcase, test_feed_inquiry_refuses);
    tcase_add_test(tcase, test_feed_inquiry_work_on_letters_is_told);
    tcase_add_test(tcase, test_feed_inquiry_quotas_are_told);
    tcase_add_test(tcase, test_feed_inquiry_quota_exceeded_is_told);
    tcase_add_test(tcase, test_feed_inquiry_resuming_is_told);
    tcase_add_test(tcase, test_feed_inquiry_changes_of_sessions_are_told);
    tcase_add_test(tcase, test_feed_inquiry_tells_again);
    return tcase;
}
