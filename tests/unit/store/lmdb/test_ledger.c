// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "store/lmdb/ledger.h"

#include "tests/support/suite.h"
#include "tests/unit/store/lmdb/ledger_fixture.h"

#include <stdio.h>
#include <sys/stat.h>

static struct lq_ledger_fixture fixture;

static void set_up(void)
{
    lq_ledger_fixture_make(&fixture);
    lq_ledger_fixture_open(&fixture);
    ck_assert_int_eq(lq_ledger_fixture_create_tenant(&fixture, "demo", 1), LQ_COMMIT_DONE);
    ck_assert_int_eq(lq_ledger_fixture_create_session(&fixture, "demo", "s1", 2), LQ_COMMIT_DONE);
}

static void tear_down(void)
{
    lq_ledger_fixture_remove(&fixture);
}

static mode_t mode_of(const char *name)
{
    char path[LQ_STORE_FOLDER_PATH_MAX + 64];
    struct stat status;

    snprintf(path, sizeof path, "%s/%s", fixture.folder, name);
    ck_assert_int_eq(stat(path, &status), 0);
    return status.st_mode & 0777;
}

START_TEST(test_ledger_files_are_private)
{
    ck_assert_uint_eq(mode_of("ledger"), 0700);
    ck_assert_uint_eq(mode_of("ledger/0"), 0700);
    ck_assert_uint_eq(mode_of("ledger/0/data.mdb"), 0600);
    ck_assert_uint_eq(mode_of("ledger/0/lock.mdb"), 0600);
    ck_assert_uint_eq(mode_of("ledger/0/writer.lock"), 0600);
    ck_assert_uint_eq(mode_of("keys"), 0700);
    ck_assert_uint_eq(mode_of("keys/master.key"), 0600);
}
END_TEST

START_TEST(test_ledger_commits_and_reads_back)
{
    struct lq_head head;
    struct lq_record_info info;
    struct lq_view content;
    uint8_t expected[300];
    uint8_t hash_before[LQ_HASH_BYTES];

    ck_assert_int_eq(lq_ledger_fixture_head(&fixture, "demo", "s1", &head), LQ_OK);
    ck_assert_uint_eq(head.frame, 0);
    ck_assert_uint_eq(head.record_count, 1);
    memcpy(hash_before, head.hash, sizeof hash_before);
    ck_assert_int_eq(lq_ledger_fixture_frame(&fixture, "demo", "s1", 1, 7), LQ_COMMIT_DONE);
    ck_assert_int_eq(lq_ledger_fixture_head(&fixture, "demo", "s1", &head), LQ_OK);
    ck_assert_uint_eq(head.frame, 1);
    ck_assert_uint_eq(head.ledger_sequence, 2);
    ck_assert_uint_eq(head.record_count, 2);
    ck_assert_uint_eq(head.execution.counter, 7);
    ck_assert_int_eq(lq_ledger_fixture_read(&fixture, "demo", "s1", 1, &content, &info), LQ_OK);
    lq_ledger_fixture_content(expected, sizeof expected, "demo", "s1", 8);
    ck_assert(lq_view_equal(content, lq_view_of(expected, sizeof expected)));
    ck_assert_uint_eq(info.frame, 1);
    ck_assert_uint_eq(info.previous_sequence, 1);
    ck_assert_uint_eq(info.key_generation, 1);
    ck_assert_uint_eq(info.record_bytes, 224 + 300);
    ck_assert_mem_eq(info.previous_hash, hash_before, LQ_HASH_BYTES);
    ck_assert_mem_eq(info.hash, head.hash, LQ_HASH_BYTES);
    ck_assert_uint_eq(lq_ledger_fixture_count_broken(&fixture), 0);
}
END_TEST

/* What a repeated, late or wrong commit is told. s1 stands at frame 130, made by counter 1130. */
static const struct {
    const char *name;
    const char *tenant;
    const char *session;
    uint64_t frame;
    uint64_t counter;
    enum lq_commit_verdict verdict;
} verdicts[] = {
    {"the head again", "demo", "s1", 130, 1130, LQ_COMMIT_ALREADY},
    {"the head by another", "demo", "s1", 130, 1, LQ_COMMIT_CONFLICT},
    {"an old frame again, before an index entry", "demo", "s1", 65, 1065, LQ_COMMIT_ALREADY},
    {"an old frame again, after the last index entry", "demo", "s1", 129, 1129, LQ_COMMIT_ALREADY},
    {"an indexed frame again", "demo", "s1", 64, 1064, LQ_COMMIT_ALREADY},
    {"an old frame by another", "demo", "s1", 65, 1066, LQ_COMMIT_CONFLICT},
    {"a frame skipped", "demo", "s1", 132, 5, LQ_COMMIT_CONFLICT},
    {"no such session", "demo", "s2", 1, 5, LQ_COMMIT_UNKNOWN},
    {"no such tenant", "other", "s1", 1, 5, LQ_COMMIT_UNKNOWN},
    {"an empty session", "demo", "", 1, 5, LQ_COMMIT_UNKNOWN},
};

START_TEST(test_ledger_verdicts)
{
    struct lq_head head;

    for (uint64_t frame = 1; frame <= 130; frame++) {
        ck_assert_int_eq(lq_ledger_fixture_frame(&fixture, "demo", "s1", frame, 1000 + frame),
                         LQ_COMMIT_DONE);
    }
    for (size_t row = 0; row < sizeof verdicts / sizeof verdicts[0]; row++) {
        ck_assert_msg(lq_ledger_fixture_frame(&fixture, verdicts[row].tenant, verdicts[row].session,
                                              verdicts[row].frame,
                                              verdicts[row].counter) == verdicts[row].verdict,
                      "%s", verdicts[row].name);
    }
    ck_assert_int_eq(lq_ledger_fixture_head(&fixture, "demo", "s1", &head), LQ_OK);
    ck_assert_uint_eq(head.frame, 130);
    ck_assert_uint_eq(head.record_count, 131);
    ck_assert_uint_eq(lq_ledger_fixture_count_broken(&fixture), 0);
}
END_TEST

START_TEST(test_ledger_creates_once)
{
    ck_assert_int_eq(lq_ledger_fixture_create_tenant(&fixture, "demo", 1), LQ_COMMIT_ALREADY);
    ck_assert_int_eq(lq_ledger_fixture_create_tenant(&fixture, "demo", 9), LQ_COMMIT_EXISTS);
    ck_assert_int_eq(lq_ledger_fixture_create_session(&fixture, "demo", "s1", 2),
                     LQ_COMMIT_ALREADY);
    ck_assert_int_eq(lq_ledger_fixture_create_session(&fixture, "demo", "s1", 9), LQ_COMMIT_EXISTS);
    ck_assert_int_eq(lq_ledger_fixture_frame(&fixture, "demo", "s1", 1, 3), LQ_COMMIT_DONE);
    ck_assert_int_eq(lq_ledger_fixture_create_session(&fixture, "demo", "s1", 2),
                     LQ_COMMIT_ALREADY);
    ck_assert_int_eq(lq_ledger_fixture_create_session(&fixture, "demo", "s1", 3), LQ_COMMIT_EXISTS);
    ck_assert_int_eq(lq_ledger_fixture_create_session(&fixture, "none", "s1", 4),
                     LQ_COMMIT_UNKNOWN);
    ck_assert_int_eq(lq_ledger_fixture_create_tenant(&fixture, "no name", 4), LQ_COMMIT_UNKNOWN);
}
END_TEST

/* One group with all of it: an item sees what the items before it did. */
START_TEST(test_ledger_group)
{
    static uint8_t bytes[8][300];
    struct lq_commit items[8];
    static const struct {
        enum lq_commit_kind kind;
        const char *tenant;
        const char *session;
        uint64_t frame;
        enum lq_commit_verdict verdict;
    } steps[8] = {
        {LQ_COMMIT_FRAME, "acme", "a", 1, LQ_COMMIT_UNKNOWN},
        {LQ_COMMIT_FRAME, "demo", "s1", 1, LQ_COMMIT_DONE},
        {LQ_COMMIT_CREATE_TENANT, "acme", "", 0, LQ_COMMIT_DONE},
        {LQ_COMMIT_CREATE_SESSION, "acme", "a", 0, LQ_COMMIT_DONE},
        {LQ_COMMIT_FRAME, "acme", "a", 1, LQ_COMMIT_DONE},
        {LQ_COMMIT_FRAME, "acme", "a", 2, LQ_COMMIT_DONE},
        {LQ_COMMIT_FRAME, "demo", "s1", 1, LQ_COMMIT_CONFLICT},
        {LQ_COMMIT_FRAME, "demo", "s1", 2, LQ_COMMIT_DONE},
    };
    struct lq_head head;

    for (uint32_t index = 0; index < 8; index++) {
        items[index] = (struct lq_commit){
            .kind = steps[index].kind,
            .execution = {2, index},
            .names = {lq_view_text(steps[index].tenant), lq_view_text(steps[index].session)},
            .frame = steps[index].frame,
            .content =
                lq_ledger_fixture_content(bytes[index], sizeof bytes[index], steps[index].tenant,
                                          steps[index].session, (uint8_t)index)};
    }
    items[2].content = lq_view_of(NULL, 0);
    ck_assert_int_eq(lq_ledger_commit(fixture.ledger, items, 8), LQ_OK);
    for (uint32_t index = 0; index < 8; index++) {
        ck_assert_msg(items[index].verdict == steps[index].verdict, "item %u: %d", index,
                      items[index].verdict);
    }
    ck_assert_uint_eq(items[6].committed_frame, 1);
    ck_assert_mem_eq(items[6].hash, items[1].hash, LQ_HASH_BYTES);
    ck_assert_int_eq(lq_ledger_fixture_head(&fixture, "acme", "a", &head), LQ_OK);
    ck_assert_uint_eq(head.frame, 2);
    ck_assert_mem_eq(head.hash, items[5].hash, LQ_HASH_BYTES);
    ck_assert_uint_eq(lq_ledger_fixture_count_broken(&fixture), 0);
}
END_TEST

START_TEST(test_ledger_limits)
{
    static uint8_t bytes[LQ_TICK_BYTES_MAX + 1];
    struct lq_record_info info;
    struct lq_view content;
    struct lq_commit item = {.kind = LQ_COMMIT_FRAME,
                             .execution = {1, 5},
                             .names = {lq_view_text("demo"), lq_view_text("s1")},
                             .frame = 1};

    item.content = lq_ledger_fixture_content(bytes, sizeof bytes, "demo", "s1", 0);
    ck_assert_int_eq(lq_ledger_commit(fixture.ledger, &item, 1), LQ_OK);
    ck_assert_int_eq(item.verdict, LQ_COMMIT_TOO_LARGE);
    item.content.bytes = LQ_TICK_BYTES_MAX;
    ck_assert_int_eq(lq_ledger_commit(fixture.ledger, &item, 1), LQ_OK);
    ck_assert_int_eq(item.verdict, LQ_COMMIT_DONE);
    ck_assert_int_eq(lq_ledger_fixture_read(&fixture, "demo", "s1", 1, &content, &info), LQ_OK);
    ck_assert_uint_eq(content.bytes, LQ_TICK_BYTES_MAX);
    ck_assert_int_eq(lq_ledger_commit(fixture.ledger, &item, LQ_COMMIT_ITEMS_MAX + 1 - 4096),
                     LQ_OK);
    ck_assert_int_eq(item.verdict, LQ_COMMIT_ALREADY);
    ck_assert_int_eq(lq_ledger_commit(fixture.ledger, &item, 0), LQ_OK);
}
END_TEST

START_TEST(test_ledger_resolves)
{
    bool committed;
    uint64_t ledger_sequence;
    struct lq_session_names s1 = lq_session_names_of("demo", "s1");
    struct lq_execution_id first = {1, 11};
    struct lq_execution_id second = {1, 12};

    ck_assert_int_eq(lq_ledger_fixture_frame(&fixture, "demo", "s1", 1, 11), LQ_COMMIT_DONE);
    ck_assert_int_eq(lq_ledger_fixture_frame(&fixture, "demo", "s1", 2, 12), LQ_COMMIT_DONE);
    ck_assert_int_eq(lq_ledger_resolve(fixture.ledger, first, s1, 1, &committed, &ledger_sequence),
                     LQ_OK);
    ck_assert(committed);
    ck_assert_uint_eq(ledger_sequence, 2);
    ck_assert_int_eq(lq_ledger_resolve(fixture.ledger, second, s1, 2, &committed, &ledger_sequence),
                     LQ_OK);
    ck_assert(committed);
    ck_assert_int_eq(lq_ledger_resolve(fixture.ledger, second, s1, 1, &committed, &ledger_sequence),
                     LQ_OK);
    ck_assert(!committed);
    ck_assert_uint_eq(ledger_sequence, 0);
    ck_assert_int_eq(lq_ledger_resolve(fixture.ledger, second, s1, 3, &committed, &ledger_sequence),
                     LQ_OK);
    ck_assert(!committed);
    ck_assert_int_eq(lq_ledger_resolve(fixture.ledger, second, lq_session_names_of("demo", "no"), 0,
                                       &committed, &ledger_sequence),
                     LQ_OK);
    ck_assert(!committed);
    ck_assert_int_eq(lq_ledger_resolve(fixture.ledger, (struct lq_execution_id){1, 1},
                                       lq_session_names_of("demo", ""), 0, &committed,
                                       &ledger_sequence),
                     LQ_OK);
    ck_assert(committed);
    ck_assert_int_eq(lq_ledger_resolve(fixture.ledger, second, lq_session_names_of("demo", ""), 0,
                                       &committed, &ledger_sequence),
                     LQ_OK);
    ck_assert(!committed);
}
END_TEST

START_TEST(test_ledger_lists_in_pages)
{
    struct lq_ledger_name names[2];
    char name[16];
    uint32_t count;
    uint32_t total = 0;
    struct lq_view after = lq_view_of(NULL, 0);

    ck_assert_int_eq(lq_ledger_fixture_create_tenant(&fixture, "dem", 3), LQ_COMMIT_DONE);
    ck_assert_int_eq(lq_ledger_fixture_create_tenant(&fixture, "demo2", 4), LQ_COMMIT_DONE);
    ck_assert_int_eq(lq_ledger_fixture_create_session(&fixture, "demo2", "other", 5),
                     LQ_COMMIT_DONE);
    for (int index = 0; index < 5; index++) {
        snprintf(name, sizeof name, "r%d", index);
        ck_assert_int_eq(
            lq_ledger_fixture_create_session(&fixture, "demo", name, 10 + (uint64_t)index),
            LQ_COMMIT_DONE);
    }
    ck_assert_int_eq(lq_ledger_read_begin(fixture.ledger), LQ_OK);
    ck_assert_int_eq(lq_ledger_list_tenants(fixture.ledger, after, names, 2, &count), LQ_OK);
    ck_assert_uint_eq(count, 2);
    ck_assert_str_eq(names[0].text, "dem");
    ck_assert_str_eq(names[1].text, "demo");
    ck_assert_int_eq(lq_ledger_list_tenants(fixture.ledger, lq_view_text("demo"), names, 2, &count),
                     LQ_OK);
    ck_assert_uint_eq(count, 1);
    ck_assert_str_eq(names[0].text, "demo2");
    do {
        ck_assert_int_eq(
            lq_ledger_list_sessions(fixture.ledger, lq_view_text("demo"), after, names, 2, &count),
            LQ_OK);
        total += count;
        if (count > 0) {
            memcpy(name, names[count - 1].text, sizeof name);
            after = lq_view_text(name);
        }
    } while (count == 2);
    ck_assert_uint_eq(total, 6);
    ck_assert_str_eq(name, "s1");
    ck_assert_int_eq(
        lq_ledger_list_sessions(fixture.ledger, lq_view_text("none"), after, names, 2, &count),
        LQ_ERR_NOT_FOUND);
    ck_assert_int_eq(lq_ledger_list_sessions(fixture.ledger, lq_view_text("dem"),
                                             lq_view_of(NULL, 0), names, 2, &count),
                     LQ_OK);
    ck_assert_uint_eq(count, 0);
    lq_ledger_read_end(fixture.ledger);
}
END_TEST

START_TEST(test_ledger_letters_and_events)
{
    static const uint64_t letters[] = {77, 5};
    static uint8_t bytes[100];
    const struct lq_commit_event events[] = {{lq_view_text("one"), 0, false},
                                             {lq_view_text("two"), 1, false}};
    struct lq_commit item = {.kind = LQ_COMMIT_FRAME,
                             .execution = {1, 5},
                             .names = {lq_view_text("demo"), lq_view_text("s1")},
                             .frame = 1,
                             .events = events,
                             .event_count = 2,
                             .letter_ids = letters,
                             .letter_count = 2};
    uint64_t frame;

    item.content = lq_ledger_fixture_content(bytes, sizeof bytes, "demo", "s1", 0);
    ck_assert_int_eq(lq_ledger_commit(fixture.ledger, &item, 1), LQ_OK);
    ck_assert_int_eq(item.verdict, LQ_COMMIT_DONE);
    ck_assert_int_eq(lq_ledger_read_begin(fixture.ledger), LQ_OK);
    ck_assert_int_eq(lq_ledger_letter_frame(fixture.ledger, 5, &frame), LQ_OK);
    ck_assert_uint_eq(frame, 1);
    ck_assert_int_eq(lq_ledger_letter_frame(fixture.ledger, 77, &frame), LQ_OK);
    ck_assert_int_eq(lq_ledger_letter_frame(fixture.ledger, 6, &frame), LQ_ERR_NOT_FOUND);
    lq_ledger_read_end(fixture.ledger);
}
END_TEST

/* Runs of places end at a frame of the index or at the head, and lead to the frames in order. */
START_TEST(test_ledger_places)
{
    static const struct {
        uint64_t frame;
        uint32_t count;
    } rows[] = {{0, 65}, {1, 65}, {63, 8}, {64, 7}, {65, 6}, {70, 1}};
    struct lq_session_names s1 = lq_session_names_of("demo", "s1");
    uint64_t places[LQ_PLACES_MAX];
    struct lq_record_buffer buffer = {.memory = fixture.buffer, .bytes_max = sizeof fixture.buffer};
    struct lq_record_info info;
    uint32_t count = 0;

    for (uint64_t frame = 1; frame <= 70; frame++) {
        ck_assert_int_eq(lq_ledger_fixture_frame(&fixture, "demo", "s1", frame, frame + 10),
                         LQ_COMMIT_DONE);
    }
    for (size_t row = 0; row < sizeof rows / sizeof rows[0]; row++) {
        ck_assert_int_eq(lq_ledger_places(fixture.ledger, s1, rows[row].frame, places, &count),
                         LQ_OK);
        ck_assert_uint_eq(count, rows[row].count);
        for (uint32_t index = 0; index < count; index++) {
            ck_assert_int_eq(lq_ledger_read_record(fixture.ledger, s1, places[index], &buffer,
                                                   &info, &fixture.message),
                             LQ_OK);
            ck_assert_uint_eq(info.frame, rows[row].frame + index);
        }
    }
    ck_assert_int_eq(lq_ledger_places(fixture.ledger, s1, 71, places, &count), LQ_ERR_NOT_FOUND);
    ck_assert_int_eq(
        lq_ledger_places(fixture.ledger, lq_session_names_of("demo", "none"), 0, places, &count),
        LQ_ERR_NOT_FOUND);
}
END_TEST

START_TEST(test_ledger_reopens)
{
    struct lq_head head;
    struct lq_record_info info;
    struct lq_view content;
    uint64_t epoch = lq_ledger_writer_epoch(fixture.ledger);

    ck_assert_uint_eq(epoch, 1);
    ck_assert_int_eq(lq_ledger_fixture_frame(&fixture, "demo", "s1", 1, 3), LQ_COMMIT_DONE);
    lq_ledger_close(&fixture.ledger);
    lq_ledger_close(&fixture.ledger);
    lq_ledger_fixture_open(&fixture);
    ck_assert_uint_eq(lq_ledger_writer_epoch(fixture.ledger), 2);
    ck_assert_int_eq(lq_ledger_fixture_head(&fixture, "demo", "s1", &head), LQ_OK);
    ck_assert_uint_eq(head.frame, 1);
    ck_assert_int_eq(lq_ledger_fixture_frame(&fixture, "demo", "s1", 2, 4), LQ_COMMIT_DONE);
    lq_ledger_close(&fixture.ledger);
    ck_assert_int_eq(lq_ledger_open_reader(&fixture.options, &fixture.ledger, &fixture.message),
                     LQ_OK);
    ck_assert_int_eq(lq_ledger_fixture_read(&fixture, "demo", "s1", 2, &content, &info), LQ_OK);
    ck_assert_uint_eq(lq_ledger_fixture_count_broken(&fixture), 0);
}
END_TEST

START_TEST(test_ledger_digest_as)
{
    struct lq_record_info info;
    struct lq_view content;
    uint8_t digest[LQ_HASH_BYTES];
    uint8_t other[300];

    ck_assert_int_eq(lq_ledger_fixture_read(&fixture, "demo", "s1", 0, &content, &info), LQ_OK);
    memcpy(other, content.data, content.bytes);
    other[299] ^= 1;
    lq_ledger_digest_as(&info, content, digest);
    ck_assert_mem_eq(digest, info.digest, sizeof digest);
    lq_ledger_digest_as(&info, lq_view_of(other, sizeof other), digest);
    ck_assert_mem_ne(digest, info.digest, sizeof digest);
}
END_TEST

TCase *lq_test_ledger(void);
TCase *lq_test_ledger(void)
{
    TCase *tc = tcase_create("ledger");

    tcase_add_checked_fixture(tc, set_up, tear_down);
    tcase_add_test(tc, test_ledger_files_are_private);
    tcase_add_test(tc, test_ledger_commits_and_reads_back);
    tcase_add_test(tc, test_ledger_verdicts);
    tcase_add_test(tc, test_ledger_creates_once);
    tcase_add_test(tc, test_ledger_group);
    tcase_add_test(tc, test_ledger_limits);
    tcase_add_test(tc, test_ledger_resolves);
    tcase_add_test(tc, test_ledger_lists_in_pages);
    tcase_add_test(tc, test_ledger_letters_and_events);
    tcase_add_test(tc, test_ledger_reopens);
    tcase_add_test(tc, test_ledger_places);
    tcase_add_test(tc, test_ledger_digest_as);
    return tc;
}
