// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* What the ledger does when keys are wrong, writers meet, the map is full or the file was changed.
 */
#include "store/core/record.h"
#include "store/lmdb/ledger.h"
#include "tests/support/suite.h"
#include "tests/unit/store/lmdb/ledger_fixture.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static struct lq_ledger_fixture fixture;

static void set_up(void)
{
    lq_ledger_fixture_make(&fixture);
    lq_ledger_fixture_open(&fixture);
    ck_assert_int_eq(lq_ledger_fixture_create_tenant(&fixture, "demo", 1), LQ_COMMIT_DONE);
    ck_assert_int_eq(lq_ledger_fixture_create_session(&fixture, "demo", "s1", 2), LQ_COMMIT_DONE);
    ck_assert_int_eq(lq_ledger_fixture_create_session(&fixture, "demo", "s2", 3), LQ_COMMIT_DONE);
}

static void tear_down(void)
{
    lq_ledger_fixture_remove(&fixture);
}

START_TEST(test_ledger_second_writer_is_busy)
{
    lq_ledger_t *second = NULL;

    ck_assert_int_eq(lq_ledger_open_writer(&fixture.options, &second, &fixture.message),
                     LQ_ERR_BUSY);
    ck_assert_ptr_null(second);
    ck_assert_ptr_nonnull(strstr(fixture.message.text, "another process"));
    ck_assert_int_eq(lq_ledger_fixture_frame(&fixture, "demo", "s1", 1, 9), LQ_COMMIT_DONE);
}
END_TEST

/* A writer whose lock someone removed: the partition changes hands under us. */
static int take_over(void *context)
{
    char path[LQ_STORE_FOLDER_PATH_MAX + 64];
    struct lq_ledger_fixture *other = context;
    lq_ledger_t *ledger = NULL;

    snprintf(path, sizeof path, "%s/writer.lock", other->partition_folder);
    unlink(path);
    enum lq_result result = lq_ledger_open_writer(&other->options, &ledger, &other->message);
    if (result != LQ_OK || lq_ledger_writer_epoch(ledger) != 2) {
        return 1;
    }
    lq_ledger_close(&ledger);
    return 0;
}

START_TEST(test_ledger_writer_epoch_fences)
{
    struct lq_commit item = {
        .kind = LQ_COMMIT_CREATE_TENANT, .execution = {1, 9}, .names.tenant = lq_view_text("late")};
    struct lq_head head;
    bool committed;
    uint64_t ledger_sequence;

    ck_assert_int_eq(lq_store_folder_in_child(take_over, &fixture), 0);
    ck_assert_int_eq(lq_ledger_commit(fixture.ledger, &item, 1), LQ_ERR_STALE);
    ck_assert_int_eq(lq_ledger_resolve(fixture.ledger, item.execution, item.names, 0, &committed,
                                       &ledger_sequence),
                     LQ_ERR_STALE);
    ck_assert_int_eq(lq_ledger_fixture_head(&fixture, "demo", "s1", &head), LQ_OK);
    ck_assert_uint_eq(head.frame, 0);
}
END_TEST

START_TEST(test_ledger_wrong_master_key)
{
    lq_ledger_close(&fixture.ledger);
    FILE *stream = fopen(fixture.key_file, "w");
    ck_assert_ptr_nonnull(stream);
    fputs("00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff\n", stream);
    fclose(stream);
    ck_assert_int_eq(lq_ledger_open_writer(&fixture.options, &fixture.ledger, &fixture.message),
                     LQ_ERR_KEY);
    ck_assert_int_eq(lq_ledger_open_reader(&fixture.options, &fixture.ledger, &fixture.message),
                     LQ_ERR_KEY);
    ck_assert_ptr_nonnull(strstr(fixture.message.text, "another master key"));
}
END_TEST

/* The ledger is there and its key is not: a new key would only hide that. */
START_TEST(test_ledger_lost_master_key)
{
    lq_ledger_close(&fixture.ledger);
    ck_assert_int_eq(unlink(fixture.key_file), 0);
    ck_assert_int_eq(lq_ledger_open_writer(&fixture.options, &fixture.ledger, &fixture.message),
                     LQ_ERR_KEY);
    ck_assert_int_ne(access(fixture.key_file, F_OK), 0);
}
END_TEST

START_TEST(test_ledger_without_keys_verifies_only)
{
    struct lq_record_info info;
    struct lq_view content;

    lq_ledger_close(&fixture.ledger);
    fixture.options.master_key_file = NULL;
    ck_assert_int_eq(lq_ledger_open_writer(&fixture.options, &fixture.ledger, &fixture.message),
                     LQ_ERR_KEY);
    ck_assert_int_eq(lq_ledger_open_reader(&fixture.options, &fixture.ledger, &fixture.message),
                     LQ_OK);
    ck_assert_uint_eq(lq_ledger_fixture_count_broken(&fixture), 0);
    ck_assert_int_eq(lq_ledger_fixture_read(&fixture, "demo", "s1", 0, &content, &info),
                     LQ_ERR_KEY);
    ck_assert_str_eq(fixture.message.text, "record 1 of demo/s1: key: wrong or missing key");
}
END_TEST

START_TEST(test_ledger_open_refuses)
{
    lq_ledger_close(&fixture.ledger);
    fixture.options.partition = 1;
    ck_assert_int_eq(lq_ledger_open_writer(&fixture.options, &fixture.ledger, &fixture.message),
                     LQ_ERR_INVALID);
    ck_assert_int_eq(lq_ledger_open_reader(&fixture.options, &fixture.ledger, &fixture.message),
                     LQ_ERR_INVALID);
    fixture.options.folder = "/nonexistent/ledger";
    ck_assert_int_eq(lq_ledger_open_reader(&fixture.options, &fixture.ledger, &fixture.message),
                     LQ_ERR_NOT_FOUND);
    ck_assert_ptr_null(fixture.ledger);
}
END_TEST

START_TEST(test_ledger_reads_only_its_own)
{
    struct lq_record_buffer buffer = {.memory = fixture.buffer, .bytes_max = sizeof fixture.buffer};
    struct lq_record_info info;

    ck_assert_int_eq(lq_ledger_read_record(fixture.ledger, lq_session_names_of("demo", "s2"), 1,
                                           &buffer, &info, &fixture.message),
                     LQ_ERR_CORRUPT);
    ck_assert_ptr_nonnull(strstr(fixture.message.text, "another session"));
    buffer.bytes_max = 10;
    ck_assert_int_eq(lq_ledger_read_record(fixture.ledger, lq_session_names_of("demo", "s1"), 1,
                                           &buffer, &info, &fixture.message),
                     LQ_ERR_LIMIT);
    ck_assert_int_eq(lq_ledger_read_record(fixture.ledger, lq_session_names_of("demo", "s1"), 99,
                                           &buffer, &info, &fixture.message),
                     LQ_ERR_NOT_FOUND);
}
END_TEST

/* A bit flipped in each part of the record of s1's frame 2 of 3, found by its D. */
static const struct {
    const char *name;
    long offset;           /* from D */
    bool seen_without_key; /* by the chain; what is sealed shows only when it is opened */
    const char *message;   /* of the one who reads frame 2 */
} flips[] = {
    {"version", LQ_RECORD_HEADER_AT + 0 - LQ_RECORD_DIGEST_AT, true, NULL},
    {"tenant number", LQ_RECORD_HEADER_AT + 16 - LQ_RECORD_DIGEST_AT, true, NULL},
    {"session number", LQ_RECORD_HEADER_AT + 24 - LQ_RECORD_DIGEST_AT, true, NULL},
    {"frame", LQ_RECORD_HEADER_AT + 32 - LQ_RECORD_DIGEST_AT, true, NULL},
    {"previous sequence", LQ_RECORD_HEADER_AT + 40 - LQ_RECORD_DIGEST_AT, true, NULL},
    {"execution", LQ_RECORD_HEADER_AT + 64 - LQ_RECORD_DIGEST_AT, true, "hash chain"},
    {"content length", LQ_RECORD_HEADER_AT + 72 - LQ_RECORD_DIGEST_AT, true, NULL},
    {"seal version", 0 - LQ_RECORD_DIGEST_AT, true, NULL},
    {"form", 2 - LQ_RECORD_DIGEST_AT, true, NULL},
    {"generation of the seal", 4 - LQ_RECORD_DIGEST_AT, false, "key"},
    {"D", 3, true, "hash chain"},
    {"H", 32, true, "hash chain"},
    {"nonce", 64, false, "seal"},
    {"salt", 64 + 24, false, "seal"},
    {"content", 64 + 24 + 32 + 100, false, "seal"},
    {"tag", 64 + 24 + 32 + 300, false, "seal"},
};

static uint64_t count_broken_without_key(void)
{
    const struct lq_ledger_verify_options options = {.without_key = true};
    struct lq_ledger_verify_totals totals;

    ck_assert_int_eq(lq_ledger_verify(fixture.ledger, &options, &totals), LQ_OK);
    ck_assert_uint_eq(totals.opened, 0);
    return totals.faults;
}

START_TEST(test_ledger_sees_a_flipped_bit)
{
    char file[LQ_STORE_FOLDER_PATH_MAX + 64];
    struct lq_record_info info;
    struct lq_view content;

    for (uint64_t frame = 1; frame <= 3; frame++) {
        ck_assert_int_eq(lq_ledger_fixture_frame(&fixture, "demo", "s1", frame, frame + 10),
                         LQ_COMMIT_DONE);
    }
    ck_assert_int_eq(lq_ledger_fixture_read(&fixture, "demo", "s1", 2, &content, &info), LQ_OK);
    lq_ledger_close(&fixture.ledger);
    snprintf(file, sizeof file, "%s/data.mdb", fixture.partition_folder);
    ck_assert_uint_ge(lq_store_folder_flip(file, info.digest, sizeof info.digest, flips[_i].offset),
                      1);
    ck_assert_int_eq(lq_ledger_open_reader(&fixture.options, &fixture.ledger, &fixture.message),
                     LQ_OK);
    enum lq_result result = lq_ledger_fixture_read(&fixture, "demo", "s1", 2, &content, &info);
    ck_assert_msg(result != LQ_OK, "%s: not seen", flips[_i].name);
    ck_assert_msg(flips[_i].message == NULL ||
                      strstr(fixture.message.text, flips[_i].message) != NULL,
                  "%s: %s", flips[_i].name, fixture.message.text);
    ck_assert_msg(lq_ledger_fixture_count_broken(&fixture) > 0, "%s: verify", flips[_i].name);
    ck_assert_msg((count_broken_without_key() > 0) == flips[_i].seen_without_key,
                  "%s: verify without key", flips[_i].name);
    ck_assert_int_eq(lq_ledger_fixture_read(&fixture, "demo", "s2", 0, &content, &info), LQ_OK);
}
END_TEST

/* A session with a broken head does not take its neighbours with it. */
START_TEST(test_ledger_broken_head_is_its_own)
{
    char file[LQ_STORE_FOLDER_PATH_MAX + 64];
    uint8_t place[24] = {5}; /* s1's head begins with frame 5 and the sequence of its record */
    struct lq_commit items[2];
    static uint8_t bytes[2][100];
    struct lq_head head;

    for (uint64_t frame = 1; frame <= 5; frame++) {
        ck_assert_int_eq(lq_ledger_fixture_frame(&fixture, "demo", "s1", frame, frame + 10),
                         LQ_COMMIT_DONE);
    }
    ck_assert_int_eq(lq_ledger_fixture_head(&fixture, "demo", "s1", &head), LQ_OK);
    lq_ledger_close(&fixture.ledger);
    place[8] = (uint8_t)head.ledger_sequence;
    place[16] = (uint8_t)head.ledger_sequence;
    snprintf(file, sizeof file, "%s/data.mdb", fixture.partition_folder);
    ck_assert_uint_ge(lq_store_folder_flip(file, place, sizeof place, 15), 1);
    lq_ledger_fixture_open(&fixture);
    for (int index = 0; index < 2; index++) {
        const char *session = index == 0 ? "s1" : "s2";
        items[index] = (struct lq_commit){
            .kind = LQ_COMMIT_FRAME,
            .execution = {2, (uint64_t)index},
            .names = {lq_view_text("demo"), lq_view_text(session)},
            .frame = index == 0 ? 6 : 1,
            .content = lq_ledger_fixture_content(bytes[index], 100, "demo", session, 0)};
    }
    ck_assert_int_eq(lq_ledger_commit(fixture.ledger, items, 2), LQ_OK);
    ck_assert_int_eq(items[0].verdict, LQ_COMMIT_BROKEN);
    ck_assert_int_eq(items[1].verdict, LQ_COMMIT_DONE);
    ck_assert_uint_gt(lq_ledger_fixture_count_broken(&fixture), 0);
}
END_TEST

START_TEST(test_ledger_map_full_ends_when_raised)
{
    static uint8_t bytes[230000];
    struct lq_commit items[2];
    struct lq_head head;
    uint64_t used;
    uint64_t map;
    uint64_t frame = 0;
    enum lq_result result;

    lq_ledger_fixture_remove(&fixture);
    lq_ledger_fixture_make(&fixture);
    fixture.options.map_bytes = 2u << 20;
    lq_ledger_fixture_open(&fixture);
    ck_assert_int_eq(lq_ledger_fixture_create_tenant(&fixture, "demo", 1), LQ_COMMIT_DONE);
    ck_assert_int_eq(lq_ledger_fixture_create_session(&fixture, "demo", "s1", 2), LQ_COMMIT_DONE);
    for (int index = 0; index < 2; index++) {
        items[index] = (struct lq_commit){
            .kind = LQ_COMMIT_FRAME,
            .names = {lq_view_text("demo"), lq_view_text("s1")},
            .content = lq_ledger_fixture_content(bytes, sizeof bytes, "demo", "s1", 0)};
    }
    do {
        items[0].frame = ++frame;
        items[0].execution = (struct lq_execution_id){1, 10 + frame};
        items[1].frame = ++frame;
        items[1].execution = (struct lq_execution_id){1, 10 + frame};
        result = lq_ledger_commit(fixture.ledger, items, 2);
    } while (result == LQ_OK && frame < 100);
    ck_assert_int_eq(result, LQ_ERR_MAP_FULL);
    frame -= 2;
    ck_assert_uint_ge(frame, 2);
    ck_assert_int_eq(lq_ledger_fixture_head(&fixture, "demo", "s1", &head), LQ_OK);
    ck_assert_uint_eq(head.frame, frame);
    ck_assert_uint_eq(lq_ledger_fixture_count_broken(&fixture), 0);
    /* The handle still works for what fits, also tenants whose keys were made anew. */
    ck_assert_int_eq(lq_ledger_fixture_create_tenant(&fixture, "small", 3), LQ_COMMIT_DONE);
    lq_ledger_map_use(fixture.ledger, &used, &map);
    ck_assert_uint_gt(used, map / 2);
    ck_assert_uint_eq(map, 2u << 20);
    lq_ledger_close(&fixture.ledger);
    fixture.options.map_bytes = 8u << 20;
    lq_ledger_fixture_open(&fixture);
    ck_assert_int_eq(lq_ledger_commit(fixture.ledger, items, 2), LQ_OK);
    ck_assert_int_eq(items[0].verdict, LQ_COMMIT_DONE);
    ck_assert_int_eq(items[1].verdict, LQ_COMMIT_DONE);
    ck_assert_uint_eq(lq_ledger_fixture_count_broken(&fixture), 0);
}
END_TEST

/* The other side of test_ledger_reader_follows_a_raised_map: a writer with a larger map. */
static int grow(void *context)
{
    struct lq_ledger_fixture *other = context;
    static uint8_t bytes[400000];

    other->options.map_bytes = 16u << 20;
    other->ledger = NULL;
    if (lq_ledger_open_writer(&other->options, &other->ledger, &other->message) != LQ_OK) {
        return 1;
    }
    for (uint64_t frame = 1; frame <= 20; frame++) {
        struct lq_commit item = {
            .kind = LQ_COMMIT_FRAME,
            .execution = {5, frame},
            .names = {lq_view_text("demo"), lq_view_text("s1")},
            .frame = frame,
            .content = lq_ledger_fixture_content(bytes, sizeof bytes, "demo", "s1", 0)};
        if (lq_ledger_commit(other->ledger, &item, 1) != LQ_OK || item.verdict != LQ_COMMIT_DONE) {
            return 2;
        }
    }
    lq_ledger_close(&other->ledger);
    return 0;
}

START_TEST(test_ledger_reader_follows_a_raised_map)
{
    struct lq_head head;
    uint64_t used;
    uint64_t map;

    lq_ledger_fixture_remove(&fixture);
    lq_ledger_fixture_make(&fixture);
    fixture.options.map_bytes = 2u << 20;
    lq_ledger_fixture_open(&fixture);
    ck_assert_int_eq(lq_ledger_fixture_create_tenant(&fixture, "demo", 1), LQ_COMMIT_DONE);
    ck_assert_int_eq(lq_ledger_fixture_create_session(&fixture, "demo", "s1", 2), LQ_COMMIT_DONE);
    lq_ledger_close(&fixture.ledger);
    ck_assert_int_eq(lq_ledger_open_reader(&fixture.options, &fixture.ledger, &fixture.message),
                     LQ_OK);
    ck_assert_int_eq(lq_ledger_fixture_head(&fixture, "demo", "s1", &head), LQ_OK);
    ck_assert_int_eq(lq_store_folder_in_child(grow, &fixture), 0);
    ck_assert_int_eq(lq_ledger_fixture_head(&fixture, "demo", "s1", &head), LQ_OK);
    ck_assert_uint_eq(head.frame, 20);
    lq_ledger_map_use(fixture.ledger, &used, &map);
    ck_assert_uint_eq(map, 16u << 20);
    ck_assert_uint_eq(lq_ledger_fixture_count_broken(&fixture), 0);
}
END_TEST

/* The child dies inside its read transaction. */
static int read_and_die(void *context)
{
    struct lq_ledger_fixture *other = context;
    lq_ledger_t *ledger = NULL;

    if (lq_ledger_open_reader(&other->options, &ledger, &other->message) != LQ_OK) {
        return 1;
    }
    return lq_ledger_read_begin(ledger) == LQ_OK ? 0 : 2;
}

/* 600 commits write some 14 MB of pages; a map of 4 MiB holds them only if pages are used again. */
START_TEST(test_ledger_dead_reader_does_not_fill_the_map)
{
    lq_ledger_fixture_remove(&fixture);
    lq_ledger_fixture_make(&fixture);
    fixture.options.map_bytes = 4u << 20;
    lq_ledger_fixture_open(&fixture);
    ck_assert_int_eq(lq_ledger_fixture_create_tenant(&fixture, "demo", 1), LQ_COMMIT_DONE);
    ck_assert_int_eq(lq_ledger_fixture_create_session(&fixture, "demo", "s1", 2), LQ_COMMIT_DONE);
    ck_assert_int_eq(lq_store_folder_in_child(read_and_die, &fixture), 0);
    for (uint64_t frame = 1; frame <= 600; frame++) {
        ck_assert_int_eq(lq_ledger_fixture_frame(&fixture, "demo", "s1", frame, frame + 10),
                         LQ_COMMIT_DONE);
    }
    ck_assert_uint_eq(lq_ledger_fixture_count_broken(&fixture), 0);
}
END_TEST

START_TEST(test_ledger_content_must_name_its_session)
{
    (void)lq_ledger_fixture_content(fixture.buffer, 100, "demo", "s2", 0);
    struct lq_commit item = {.kind = LQ_COMMIT_FRAME,
                             .execution = {1, 9},
                             .names = {lq_view_text("demo"), lq_view_text("s1")},
                             .frame = 1,
                             .content = lq_view_of(fixture.buffer, 100)};

    lq_store_folder_remove(fixture.folder); /* no tear-down follows an abort */
    (void)!lq_ledger_commit(fixture.ledger, &item, 1);
}
END_TEST

TCase *lq_test_ledger_faults(void);
TCase *lq_test_ledger_faults(void)
{
    TCase *tc = tcase_create("ledger_faults");

    tcase_add_checked_fixture(tc, set_up, tear_down);
    tcase_add_test(tc, test_ledger_second_writer_is_busy);
    tcase_add_test(tc, test_ledger_writer_epoch_fences);
    tcase_add_test(tc, test_ledger_wrong_master_key);
    tcase_add_test(tc, test_ledger_lost_master_key);
    tcase_add_test(tc, test_ledger_without_keys_verifies_only);
    tcase_add_test(tc, test_ledger_open_refuses);
    tcase_add_test(tc, test_ledger_reads_only_its_own);
    tcase_add_loop_test(tc, test_ledger_sees_a_flipped_bit, 0, sizeof flips / sizeof flips[0]);
    tcase_add_test(tc, test_ledger_broken_head_is_its_own);
    tcase_add_test(tc, test_ledger_map_full_ends_when_raised);
    tcase_add_test(tc, test_ledger_reader_follows_a_raised_map);
    tcase_add_test(tc, test_ledger_dead_reader_does_not_fill_the_map);
    if (lq_suite_forks()) {
        tcase_add_test_raise_signal(tc, test_ledger_content_must_name_its_session, SIGABRT);
    }
    return tc;
}
