// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* Maps that grow under their writer, and the readers of them. */
#include "store/lmdb/map_size.h"

#include "tests/support/suite.h"
#include "tests/unit/store/lmdb/ledger_fixture.h"

#include <stdio.h>
#include <sys/resource.h>

#define MIB (UINT64_C(1) << 20)

enum { LONG = 230000 };

static struct lq_ledger_fixture fixture;
static uint8_t content[LONG];
static uint64_t last_frame; /* of demo/s1 that was committed */

static void begin(uint64_t map_bytes, uint64_t map_bytes_max)
{
    lq_ledger_fixture_make(&fixture);
    fixture.options.map_bytes = map_bytes;
    fixture.options.map_bytes_max = map_bytes_max;
    lq_ledger_fixture_open(&fixture);
    ck_assert_int_eq(lq_ledger_fixture_create_tenant(&fixture, "demo", 1), LQ_COMMIT_DONE);
    ck_assert_int_eq(lq_ledger_fixture_create_session(&fixture, "demo", "s1", 2), LQ_COMMIT_DONE);
    last_frame = 0;
}

static void tear_down(void)
{
    lq_ledger_fixture_remove(&fixture);
}

/* Frames of LONG bytes in one group. */
static enum lq_result commit_frames(uint32_t count)
{
    static struct lq_commit items[16];

    ck_assert_uint_le(count, 16);
    for (uint32_t index = 0; index < count; index++) {
        uint64_t frame = last_frame + 1 + index;
        items[index] = (struct lq_commit){
            .kind = LQ_COMMIT_FRAME,
            .execution = {1, 10 + frame},
            .names = {lq_view_text("demo"), lq_view_text("s1")},
            .frame = frame,
            .content = lq_ledger_fixture_content(content, LONG, "demo", "s1", 0)};
    }
    enum lq_result result = lq_ledger_commit(fixture.ledger, items, count);
    for (uint32_t index = 0; result == LQ_OK && index < count; index++) {
        ck_assert_int_eq(items[index].verdict, LQ_COMMIT_DONE);
    }
    last_frame += result == LQ_OK ? count : 0;
    return result;
}

static uint64_t map_bytes(void)
{
    uint64_t used;
    uint64_t map;

    lq_ledger_map_use(fixture.ledger, &used, &map);
    ck_assert_uint_le(used, map);
    return map;
}

static void check_all_is_there(void)
{
    struct lq_head head;

    ck_assert_int_eq(lq_ledger_fixture_head(&fixture, "demo", "s1", &head), LQ_OK);
    ck_assert_uint_eq(head.frame, last_frame);
    ck_assert_uint_eq(lq_ledger_fixture_count_broken(&fixture), 0);
}

START_TEST(test_map_grows_twice)
{
    uint64_t sizes = 0;
    uint64_t before = 2 * MIB;

    begin(2 * MIB, 64 * MIB);
    while (map_bytes() < 16 * MIB) {
        ck_assert_int_eq(commit_frames(2), LQ_OK);
        sizes += map_bytes() != before;
        before = map_bytes();
    }
    ck_assert_uint_eq(sizes, 3); /* 4, 8, 16 */
    check_all_is_there();
    /* The next writer goes on with what the file has grown to; its bound is its own. */
    lq_ledger_close(&fixture.ledger);
    lq_ledger_fixture_open(&fixture);
    ck_assert_uint_eq(map_bytes(), 16 * MIB);
    ck_assert_int_eq(commit_frames(2), LQ_OK);
    check_all_is_there();
}
END_TEST

START_TEST(test_map_grows_to_its_bound)
{
    enum lq_result result;

    begin(2 * MIB, 5 * MIB);
    do {
        result = commit_frames(2);
    } while (result == LQ_OK && last_frame < 100);
    ck_assert_int_eq(result, LQ_ERR_MAP_FULL);
    ck_assert_uint_eq(map_bytes(), 5 * MIB);
    ck_assert_uint_gt(last_frame * LONG, 3 * MIB);
    check_all_is_there();
    ck_assert_int_eq(lq_ledger_fixture_create_tenant(&fixture, "small", 3), LQ_COMMIT_DONE);
    ck_assert_int_eq(lq_ledger_make_room(fixture.ledger, 2 * MIB), LQ_ERR_MAP_FULL);
    lq_ledger_close(&fixture.ledger);
    fixture.options.map_bytes_max = 20 * MIB;
    lq_ledger_fixture_open(&fixture);
    ck_assert_int_eq(commit_frames(2), LQ_OK);
    ck_assert_int_eq(lq_ledger_make_room(fixture.ledger, 2 * MIB), LQ_OK);
    check_all_is_there();
}
END_TEST

/* A writer that finds the map full to its last pages can enter, and grows it. */
START_TEST(test_map_full_at_the_open)
{
    begin(2 * MIB, 0);
    while (commit_frames(1) == LQ_OK) {
    }
    for (uint64_t counter = 1; counter < 2000; counter++) { /* what of the last pages is left */
        struct lq_commit item = {.kind = LQ_COMMIT_CREATE_TENANT, .execution = {1, 1000 + counter}};
        char name[16];
        snprintf(name, sizeof name, "t%u", (unsigned)counter);
        item.names.tenant = lq_view_text(name);
        if (lq_ledger_commit(fixture.ledger, &item, 1) != LQ_OK) {
            break;
        }
    }
    lq_ledger_close(&fixture.ledger);
    fixture.options.map_bytes_max = 64 * MIB;
    lq_ledger_fixture_open(&fixture);
    ck_assert_uint_ge(map_bytes(), 3 * MIB);
    ck_assert_int_eq(commit_frames(4), LQ_OK);
    check_all_is_there();
}
END_TEST

START_TEST(test_a_group_larger_than_the_map)
{
    begin(MIB, 64 * MIB);
    ck_assert_int_eq(commit_frames(16), LQ_OK);
    ck_assert_uint_eq(map_bytes(), 4 * MIB);
    check_all_is_there();
}
END_TEST

/* A writer whose map grows three times while the parent reads between its commits. */
static int grow(void *context)
{
    (void)context;
    fixture.ledger = NULL;
    if (lq_ledger_open_writer(&fixture.options, &fixture.ledger, &fixture.message) != LQ_OK) {
        return 1;
    }
    while (map_bytes() < 16 * MIB) {
        if (commit_frames(2) != LQ_OK) {
            return 2;
        }
    }
    lq_ledger_close(&fixture.ledger);
    return (int)last_frame;
}

START_TEST(test_reader_follows_a_map_that_grows)
{
    begin(2 * MIB, 64 * MIB);
    lq_ledger_close(&fixture.ledger);
    ck_assert_int_eq(lq_ledger_open_reader(&fixture.options, &fixture.ledger, &fixture.message),
                     LQ_OK);
    check_all_is_there();
    lq_ledger_t *reader = fixture.ledger;
    ck_assert_int_eq(lq_ledger_read_begin(reader), LQ_OK); /* it goes on in what it sees */
    int frames = lq_store_folder_in_child(grow, NULL);
    ck_assert_int_gt(frames, 10);
    struct lq_head head;
    ck_assert_int_eq(
        lq_ledger_head(reader, (struct lq_session_names){lq_view_text("demo"), lq_view_text("s1")},
                       &head),
        LQ_OK);
    ck_assert_uint_eq(head.frame, 0);
    lq_ledger_read_end(reader);
    last_frame = (uint64_t)frames;
    check_all_is_there();
    ck_assert_uint_eq(map_bytes(), 16 * MIB);
}
END_TEST

/* Where there are no addresses for a larger map, the smaller one stays, and nothing is lost. */
START_TEST(test_map_without_addresses)
{
    begin(64 * MIB, 256 * MIB);
#if !defined(__SANITIZE_ADDRESS__) /* its shadow takes more than any bound */
    struct rlimit before;
    struct rlimit tight;
    unsigned long pages = 0;
    enum lq_result result;

    FILE *file = fopen("/proc/self/statm", "r");
    ck_assert_ptr_nonnull(file);
    ck_assert_int_eq(fscanf(file, "%lu", &pages), 1);
    fclose(file);
    ck_assert_int_eq(getrlimit(RLIMIT_AS, &before), 0);
    tight = before;
    tight.rlim_cur = pages * 4096 + 48 * MIB;
    ck_assert_int_eq(setrlimit(RLIMIT_AS, &tight), 0);
    do {
        result = commit_frames(16);
    } while (result == LQ_OK && last_frame < 400);
    ck_assert_int_eq(setrlimit(RLIMIT_AS, &before), 0);
    ck_assert_int_eq(result, LQ_ERR_MAP_FULL);
    ck_assert_uint_eq(map_bytes(), 64 * MIB);
    check_all_is_there();
    ck_assert_int_eq(commit_frames(16), LQ_OK);
    ck_assert_uint_eq(map_bytes(), 128 * MIB);
#endif
}
END_TEST

TCase *lq_test_map_size(void);
TCase *lq_test_map_size(void)
{
    TCase *tc = tcase_create("map_size");

    tcase_add_checked_fixture(tc, NULL, tear_down);
    tcase_add_test(tc, test_map_grows_twice);
    tcase_add_test(tc, test_map_grows_to_its_bound);
    tcase_add_test(tc, test_map_full_at_the_open);
    tcase_add_test(tc, test_a_group_larger_than_the_map);
    tcase_add_test(tc, test_reader_follows_a_map_that_grows);
    tcase_add_test(tc, test_map_without_addresses);
    return tc;
}
