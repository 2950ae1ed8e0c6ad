// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* Records that hold what changed: damage to one, a cache that tells something else than the ledger,
 * and a copy of which the keyframe comes from elsewhere. */
#include "base/alloc.h"
#include "store/lmdb/ledger_bases.h"
#include "store/lmdb/ledger_content.h"
#include "store/lmdb/ledger_feed.h"
#include "store/lmdb/ledger_restore.h"
#include "tests/support/suite.h"
#include "tests/unit/store/lmdb/delta_session.h"
#include "world/canonical.h"

#include <stdio.h>
#include <stdlib.h>

enum { LAST = 70, FIRST_KEPT = 70, BASE_AT = 75, END = 90, TENANT = 1, SESSION = 1 };

static struct lq_ledger_fixture fixture;
static struct lq_ledger_fixture copy;
static struct lq_delta_session session;

/* Frames 0 to LAST of demo/s1: keyframes are 0 and 64. */
static void setup(void)
{
    session.random.state = 1;
    lq_ledger_fixture_make(&fixture);
    lq_ledger_fixture_open(&fixture);
    ck_assert_int_eq(lq_ledger_fixture_create_tenant(&fixture, "demo", 1), LQ_COMMIT_DONE);
    lq_delta_session_create(&fixture, &session, "demo", "s1", 30);
    while (session.frame < LAST) {
        lq_delta_session_next(&fixture, &session, LQ_DELTA_RIGHT, false);
    }
    ck_assert_uint_eq(session.keyframe, 64);
}

static void teardown(void)
{
    lq_delta_session_free(&session);
    lq_ledger_fixture_remove(&fixture);
}

START_TEST(test_a_span_is_read_in_any_order)
{
    static const uint64_t frames[] = {63, 0, 1, 64, 63, 70, 65, 64, 2, 3, 2};

    for (size_t index = 0; index < sizeof frames / sizeof frames[0]; index++) {
        lq_delta_session_check_frame(&fixture, &session, frames[index]);
        lq_delta_session_check_newest(&fixture, &session);
    }
}
END_TEST

/* Where the bits of a delta were flipped, those behind it cannot be rebuilt; those before can, and
 * from the next keyframe on all can. */
static const struct {
    const char *name;
    long from_digest; /* of frame 10 */
    bool seen_without_key;
    const char *message; /* of who reads it */
} flips[] = {
    {"kind", LQ_RECORD_HEADER_AT + 2 - LQ_RECORD_DIGEST_AT, true, NULL},
    {"keyframe sequence", LQ_RECORD_HEADER_AT + 48 - LQ_RECORD_DIGEST_AT, true, "hash chain"},
    {"D", 0, true, "hash chain"},
    {"H", 32, true, "hash chain"},
    {"salt", 64 + 24, false, "seal"},
    {"delta", 64 + 24 + 32, false, "seal"},
};

START_TEST(test_a_flipped_bit_of_a_delta)
{
    const struct lq_ledger_verify_options without_key = {.without_key = true};
    struct lq_ledger_verify_totals totals;
    char file[LQ_STORE_FOLDER_PATH_MAX + 64];
    struct lq_record_info info;
    struct lq_view content;

    ck_assert_int_eq(lq_ledger_fixture_read(&fixture, "demo", "s1", 10, &content, &info), LQ_OK);
    ck_assert(!info.is_keyframe);
    lq_ledger_close(&fixture.ledger);
    snprintf(file, sizeof file, "%s/data.mdb", fixture.partition_folder);
    ck_assert_uint_ge(
        lq_store_folder_flip(file, info.digest, sizeof info.digest, flips[_i].from_digest), 1);
    ck_assert_int_eq(lq_ledger_open_reader(&fixture.options, &fixture.ledger, &fixture.message),
                     LQ_OK);
    for (uint64_t frame = 10; frame < 64; frame += 7) {
        ck_assert_msg(lq_ledger_fixture_read(&fixture, "demo", "s1", frame, &content, &info) !=
                          LQ_OK,
                      "%s: frame %d", flips[_i].name, (int)frame);
        ck_assert_msg(frame > 10 || flips[_i].message == NULL ||
                          strstr(fixture.message.text, flips[_i].message) != NULL,
                      "%s: %s", flips[_i].name, fixture.message.text);
    }
    if (flips[_i].message != NULL) { /* else the way there is broken as well */
        lq_delta_session_check_frame(&fixture, &session, 9);
    }
    lq_delta_session_check_frame(&fixture, &session, 66);
    ck_assert_msg(lq_ledger_fixture_count_broken(&fixture) > 0, "%s", flips[_i].name);
    ck_assert_int_eq(lq_ledger_verify(fixture.ledger, &without_key, &totals), LQ_OK);
    ck_assert_msg((totals.faults > 0) == flips[_i].seen_without_key, "%s", flips[_i].name);
}
END_TEST

/* Put into the cache what nobody has read: the content of a frame, but a body stands elsewhere. */
static void poison(enum lq_content_reader reader, uint64_t frame, const uint8_t hash[LQ_HASH_BYTES])
{
    static struct lq_tick tick;
    static uint8_t content[LQ_TICK_BYTES_MAX];
    const struct lq_delta_content *right = &session.contents[frame];
    uint8_t key[LQ_CONTENT_KEY_BYTES];
    const char *where = "";
    size_t bytes = 0;

    ck_assert_int_eq(lq_canonical_decode(lq_view_of(right->bytes, right->count), &tick, &where),
                     LQ_OK);
    ck_assert_uint_gt(tick.world.body_count, 0);
    tick.world.x[0] *= 0.5;
    ck_assert_int_eq(lq_canonical_encode(&tick, content, sizeof content, &bytes), LQ_OK);
    lq_ledger_content_key(reader, SESSION, key);
    lq_content_cache_put(&fixture.ledger->rebuild->cache, lq_view_of(key, sizeof key), frame, hash,
                         lq_view_of(content, bytes));
}

/* What the cache has is used where the chain leads to it, and nowhere else. */
START_TEST(test_the_cache_is_not_believed)
{
    static const uint8_t other[LQ_HASH_BYTES] = {1, 2, 3};
    struct lq_record_info info;
    struct lq_view content;

    lq_delta_session_check_newest(&fixture, &session);
    for (uint64_t back = 0; back < 4; back++) {
        poison(LQ_CONTENT_OF_HEADS, LAST - back, other);
        lq_delta_session_check_newest(&fixture, &session);
        poison(LQ_CONTENT_OF_RECORDS, LAST - back, other);
        lq_delta_session_check_frame(&fixture, &session, LAST);
    }
    /* Where the chain leads there and all the same it is wrong, who checks D sees it. */
    ck_assert_int_eq(lq_ledger_fixture_read(&fixture, "demo", "s1", 40, &content, &info), LQ_OK);
    poison(LQ_CONTENT_OF_RECORDS, 39, info.previous_hash);
    ck_assert_int_eq(lq_ledger_fixture_read(&fixture, "demo", "s1", 40, &content, &info),
                     LQ_ERR_CORRUPT);
    ck_assert_ptr_nonnull(strstr(fixture.message.text, "digest of the content"));
    lq_delta_session_check_frame(&fixture, &session, 40); /* and it is gone */
}
END_TEST

/* A delta whose content before is at hand is opened at once, others at the end of their span. */
START_TEST(test_verify_opens_each_record_once)
{
    static const size_t caches[] = {1, 8u << 20};
    const struct lq_ledger_verify_options options = {.context = NULL};
    struct lq_ledger_verify_totals totals;

    for (size_t index = 0; index < sizeof caches / sizeof caches[0]; index++) {
        lq_ledger_close(&fixture.ledger);
        fixture.options.cache_bytes = caches[index];
        lq_ledger_fixture_open(&fixture);
        ck_assert_int_eq(lq_ledger_verify(fixture.ledger, &options, &totals), LQ_OK);
        ck_assert_uint_eq(totals.faults, 0);
        ck_assert_uint_eq(totals.records, LAST + 1);
        ck_assert_uint_eq(totals.opened, LAST + 1);
    }
}
END_TEST

/* ---- a copy that has lost the segments with the keyframe ---- */

static lq_ledger_restore_t *restore;
static struct lq_feed_run run;

static void check(enum lq_result result)
{
    ck_assert_msg(result == LQ_OK, "%s: %s", lq_result_text(result),
                  lq_ledger_restore_why(restore));
}

static enum lq_result give_key(void *context, struct lq_view wrapped)
{
    (void)context;
    return lq_ledger_restore_key(restore, TENANT, wrapped);
}

static enum lq_result give_base(void *context, struct lq_view record)
{
    (void)context;
    return lq_ledger_restore_base(restore, record);
}

/* Notes, or the records from `first` on. */
static void give(bool notes, uint64_t first, bool again)
{
    struct lq_feed_position at = {0, 0};

    do {
        ck_assert_int_eq(lq_ledger_feed_read(fixture.ledger, at, &run), LQ_OK);
        for (uint32_t index = 0; index < run.count; index++) {
            const struct lq_feed_entry *entry = &run.entries[index];
            if (!entry->is_record && notes) {
                check(lq_ledger_restore_entry(restore, entry->value));
            } else if (entry->is_record && !notes && entry->sequence > first) { /* frame + 1 */
                check(again ? lq_ledger_restore_again(restore, entry->value)
                            : lq_ledger_restore_record(restore, entry->value, true));
            }
        }
        at = run.end;
    } while (run.count > 0);
}

START_TEST(test_a_copy_begins_at_its_base)
{
    const struct lq_ledger_restore_options options = {.ledger = copy.options};
    struct lq_ledger_restored restored;

    while (session.frame < END) {
        lq_delta_session_next(&fixture, &session, LQ_DELTA_RIGHT, session.frame == BASE_AT + 5);
    }
    ck_assert_int_eq(lq_ledger_restore_open(&options, &restore, &copy.message), LQ_OK);
    give(true, 0, false);
    check(lq_ledger_feed_each_key(fixture.ledger, TENANT, give_key, NULL));
    give(false, FIRST_KEPT, false);
    ck_assert_uint_eq(lq_ledger_restore_waits(restore), 1);
    ck_assert_uint_eq(lq_ledger_restore_late(restore), 1);
    check(lq_ledger_bases_each(fixture.ledger, SESSION, BASE_AT + 1, give_base, NULL));
    ck_assert_uint_eq(lq_ledger_restore_late(restore), 1);
    give(false, FIRST_KEPT, true);
    check(lq_ledger_restore_finish(restore, &restored));
    lq_ledger_restore_close(&restore);
    ck_assert_uint_eq(restored.records, END - 64 + 1);
    lq_ledger_fixture_open(&copy);
    ck_assert_msg(lq_ledger_fixture_count_broken(&copy) == 0, "%s", copy.fault);
    for (uint64_t frame = 64; frame <= END; frame++) {
        lq_delta_session_check_frame(&copy, &session, frame);
    }
}
END_TEST

static void setup_copy(void)
{
    setup();
    run.memory = lq_alloc(LQ_FEED_RUN_BYTES_MIN, 1);
    run.bytes_max = LQ_FEED_RUN_BYTES_MIN;
    lq_ledger_fixture_make(&copy);
    copy.options.master_key_file = fixture.key_file;
}

static void teardown_copy(void)
{
    lq_ledger_fixture_remove(&copy);
    free(run.memory);
    teardown();
}

TCase *lq_test_ledger_delta(void);
TCase *lq_test_ledger_delta(void)
{
    TCase *tc = tcase_create("ledger_delta");

    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_test(tc, test_a_span_is_read_in_any_order);
    tcase_add_loop_test(tc, test_a_flipped_bit_of_a_delta, 0, sizeof flips / sizeof flips[0]);
    tcase_add_test(tc, test_the_cache_is_not_believed);
    tcase_add_test(tc, test_verify_opens_each_record_once);
    return tc;
}

TCase *lq_test_ledger_delta_copy(void);
TCase *lq_test_ledger_delta_copy(void)
{
    TCase *tc = tcase_create("ledger_delta_copy");

    tcase_add_checked_fixture(tc, setup_copy, teardown_copy);
    tcase_add_test(tc, test_a_copy_begins_at_its_base);
    return tc;
}
