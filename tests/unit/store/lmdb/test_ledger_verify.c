// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* Tables changed behind the ledger's back, one change a row: what verify says with the key and
 * without it, and what a writer's open says. tests/integration/tamper has many more, on whole
 * clusters and with the Python reader. */
#include "store/lmdb/ledger_verify.h"

#include "base/little_endian.h"
#include "store/core/ledger_key.h"
#include "store/core/outbox_entry.h"
#include "store/core/partition_state.h"
#include "store/lmdb/meta_pages.h"
#include "store/seal/digest.h"
#include "store/seal/entry_proof.h"
#include "store/seal/key_file.h"
#include "tests/support/suite.h"
#include "tests/unit/store/lmdb/ledger_changes.h"
#include "tests/unit/store/lmdb/ledger_fixture.h"

#include <inttypes.h>
#include <lmdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { FRAMES = 70 };

static struct lq_ledger_fixture fixture;

static void set_up(void)
{
    static uint8_t bytes[300];
    static const uint64_t letter = 77;
    const struct lq_commit_event events[] = {{lq_view_text("one"), 0, false},
                                             {lq_view_text("two"), 1, false}};

    lq_ledger_fixture_make(&fixture);
    lq_ledger_changes_use_key(fixture.key_file);
    lq_ledger_fixture_open(&fixture);
    ck_assert_int_eq(lq_ledger_fixture_create_tenant(&fixture, "demo", 1), LQ_COMMIT_DONE);
    ck_assert_int_eq(lq_ledger_fixture_create_tenant(&fixture, "empty", 2), LQ_COMMIT_DONE);
    ck_assert_int_eq(lq_ledger_fixture_create_session(&fixture, "demo", "s1", 3), LQ_COMMIT_DONE);
    ck_assert_int_eq(lq_ledger_fixture_create_session(&fixture, "demo", "s2", 4), LQ_COMMIT_DONE);
    for (uint64_t frame = 1; frame < FRAMES; frame++) {
        ck_assert_int_eq(lq_ledger_fixture_frame(&fixture, "demo", "s1", frame, frame + 10),
                         LQ_COMMIT_DONE);
    }
    struct lq_commit item = {.kind = LQ_COMMIT_FRAME,
                             .execution = {1, 200},
                             .names = {lq_view_text("demo"), lq_view_text("s1")},
                             .frame = FRAMES,
                             .events = events,
                             .event_count = 2,
                             .letter_ids = &letter,
                             .letter_count = 1};
    item.content = lq_ledger_fixture_content(bytes, sizeof bytes, "demo", "s1", 0);
    ck_assert_int_eq(lq_ledger_commit(fixture.ledger, &item, 1), LQ_OK);
    ck_assert_int_eq(item.verdict, LQ_COMMIT_DONE);
    /* Of the outbox's entries 1 to 4 are trimmed, the tenants'; 7 and 8 are events. */
    ck_assert_int_eq(
        lq_ledger_fixture_set_cursor(&fixture, "mirror", (struct lq_feed_position){4, 5}),
        LQ_COMMIT_DONE);
    lq_ledger_close(&fixture.ledger);
}

static void tear_down(void)
{
    lq_ledger_fixture_remove(&fixture);
}

static void change_with(void (*change)(MDB_txn *txn), bool keeps_pace)
{
    MDB_env *env;
    MDB_txn *txn;

    ck_assert_int_eq(mdb_env_create(&env), 0);
    ck_assert_int_eq(mdb_env_set_maxdbs(env, 12), 0);
    ck_assert_int_eq(mdb_env_set_mapsize(env, fixture.options.map_bytes), 0);
    ck_assert_int_eq(mdb_env_open(env, fixture.partition_folder, 0, 0600), 0);
    ck_assert_int_eq(mdb_txn_begin(env, NULL, 0, &txn), 0);
    change(txn);
    if (keeps_pace) {
        lq_ledger_changes_keep_pace(txn);
    }
    ck_assert_int_eq(mdb_txn_commit(txn), 0);
    mdb_env_close(env);
}

static uint64_t count_faults(bool without_key)
{
    const struct lq_ledger_verify_options options = {.without_key = without_key};
    struct lq_ledger_verify_totals totals;

    ck_assert_int_eq(lq_ledger_verify(fixture.ledger, &options, &totals), LQ_OK);
    return totals.faults;
}

START_TEST(test_verify_sees_changed_tables)
{
    change_with(lq_ledger_changes[_i].change, lq_ledger_changes[_i].seen == LQ_CHANGE_SEEN_BY_ALL);
    fixture.options.master_key_file = NULL;
    enum lq_result result =
        lq_ledger_open_reader(&fixture.options, &fixture.ledger, &fixture.message);
    ck_assert_msg(
        result ==
            (lq_ledger_changes[_i].seen == LQ_CHANGE_SEEN_BY_TRANSACTION ? LQ_ERR_CORRUPT : LQ_OK),
        "%s: %s", lq_ledger_changes[_i].name, fixture.message.text);
    if (result == LQ_OK) {
        ck_assert_msg((count_faults(true) > 0) ==
                          (lq_ledger_changes[_i].seen == LQ_CHANGE_SEEN_BY_ALL),
                      "%s: without the key", lq_ledger_changes[_i].name);
    }
    lq_ledger_close(&fixture.ledger);
    fixture.options.master_key_file = fixture.key_file;
    result = lq_ledger_open_reader(&fixture.options, &fixture.ledger, &fixture.message);
    if (result == LQ_OK) { /* else the open has said so */
        ck_assert_msg(count_faults(false) > 0, "%s: with the key", lq_ledger_changes[_i].name);
    } else {
        ck_assert_msg(result == LQ_ERR_CORRUPT, "%s: %s", lq_ledger_changes[_i].name,
                      fixture.message.text);
    }
    lq_ledger_close(&fixture.ledger);
    result = lq_ledger_open_writer(&fixture.options, &fixture.ledger, &fixture.message);
    ck_assert_msg(result == (lq_ledger_changes[_i].open_refuses ? LQ_ERR_CORRUPT : LQ_OK),
                  "%s: open: %s", lq_ledger_changes[_i].name, fixture.message.text);
}
END_TEST

START_TEST(test_verify_of_what_is_whole)
{
    const struct lq_ledger_verify_options parts[] = {
        {.without_key = false},
        {.names = lq_session_names_of("demo", "")},
        {.names = lq_session_names_of("demo", "s1")},
        {.names = lq_session_names_of("empty", "")},
    };
    static const uint64_t records[] = {FRAMES + 2, FRAMES + 2, FRAMES + 1, 0};
    struct lq_ledger_verify_totals totals;

    ck_assert_int_eq(lq_ledger_open_reader(&fixture.options, &fixture.ledger, &fixture.message),
                     LQ_OK);
    for (size_t index = 0; index < sizeof parts / sizeof parts[0]; index++) {
        ck_assert_int_eq(lq_ledger_verify(fixture.ledger, &parts[index], &totals), LQ_OK);
        ck_assert_uint_eq(totals.faults, 0);
        ck_assert_uint_eq(totals.records, records[index]);
        ck_assert_uint_eq(totals.opened, records[index]);
    }
    ck_assert_int_eq(lq_ledger_verify(fixture.ledger, &parts[0], &totals), LQ_OK);
    ck_assert_uint_eq(totals.tenants, 2);
    ck_assert_uint_eq(totals.sessions, 2);
    ck_assert_uint_eq(totals.events, 2);
    ck_assert_uint_eq(totals.letters, 1);
    ck_assert_uint_eq(totals.next_ledger_sequence, FRAMES + 3);
}
END_TEST

START_TEST(test_verify_of_a_part_sees_what_its_head_hides)
{
    const struct lq_ledger_verify_options parts[] = {
        {.names = lq_session_names_of("demo", "")},
        {.names = lq_session_names_of("demo", "s1")},
        {.names = lq_session_names_of("demo", "s2")},
    };
    static const uint64_t faults[] = {1, 1, 0};
    struct lq_ledger_verify_totals totals;

    change_with(lq_ledger_changes_head_back, true);
    ck_assert_int_eq(lq_ledger_open_reader(&fixture.options, &fixture.ledger, &fixture.message),
                     LQ_OK);
    for (size_t index = 0; index < sizeof parts / sizeof parts[0]; index++) {
        ck_assert_int_eq(lq_ledger_verify(fixture.ledger, &parts[index], &totals), LQ_OK);
        ck_assert_uint_eq(totals.faults, faults[index]);
    }
}
END_TEST

/* Nothing proven is no success. */
START_TEST(test_verify_of_what_is_not_there)
{
    const struct lq_ledger_verify_options parts[] = {
        {.names = lq_session_names_of("nobody", "")},
        {.names = lq_session_names_of("demo", "s")},
        {.names = lq_session_names_of("nobody", "s1")},
        {.names = lq_session_names_of("not a name", "")},
    };
    struct lq_ledger_verify_totals totals;

    ck_assert_int_eq(lq_ledger_open_reader(&fixture.options, &fixture.ledger, &fixture.message),
                     LQ_OK);
    for (size_t index = 0; index < sizeof parts / sizeof parts[0]; index++) {
        ck_assert_int_eq(lq_ledger_verify(fixture.ledger, &parts[index], &totals),
                         LQ_ERR_NOT_FOUND);
    }
}
END_TEST

/* ---- databases that are missing ---- */

static const char *const database_names[] = {"ledger", "heads",   "names",   "keys", "frames",
                                             "outbox", "cursors", "letters", "meta"};
static size_t chosen_database;

static void drop_database(MDB_txn *txn)
{
    MDB_dbi database;

    ck_assert_int_eq(mdb_dbi_open(txn, database_names[chosen_database], 0, &database), 0);
    ck_assert_int_eq(mdb_drop(txn, database, 1), 0);
}

START_TEST(test_a_missing_database_is_not_made_anew)
{
    char wanted[64];

    chosen_database = (size_t)_i;
    change_with(drop_database, false);
    snprintf(wanted, sizeof wanted, "\"%s\" is missing", database_names[_i]);
    for (int count = 0; count < 2; count++) { /* the first one repaired nothing either */
        ck_assert_int_eq(lq_ledger_open_writer(&fixture.options, &fixture.ledger, &fixture.message),
                         LQ_ERR_CORRUPT);
        ck_assert_ptr_nonnull(strstr(fixture.message.text, wanted));
    }
    ck_assert_int_eq(lq_ledger_open_reader(&fixture.options, &fixture.ledger, &fixture.message),
                     LQ_ERR_CORRUPT);
    ck_assert_ptr_nonnull(strstr(fixture.message.text, wanted));
}
END_TEST

static void one_more_database(MDB_txn *txn)
{
    MDB_dbi database;

    ck_assert_int_eq(mdb_dbi_open(txn, "more", MDB_CREATE, &database), 0);
}

START_TEST(test_one_database_more_is_seen)
{
    change_with(one_more_database, true);
    ck_assert_int_eq(lq_ledger_open_reader(&fixture.options, &fixture.ledger, &fixture.message),
                     LQ_ERR_CORRUPT);
    ck_assert_ptr_nonnull(strstr(fixture.message.text, "11 databases instead of 10"));
}
END_TEST

/* ---- the file itself ---- */

static void overwrite(long at, const void *bytes, size_t count)
{
    char path[LQ_STORE_FOLDER_PATH_MAX + 64];

    snprintf(path, sizeof path, "%s/data.mdb", fixture.partition_folder);
    FILE *stream = fopen(path, "r+b");
    ck_assert_ptr_nonnull(stream);
    ck_assert_int_eq(fseek(stream, at, SEEK_SET), 0);
    ck_assert_uint_eq(fwrite(bytes, 1, count, stream), count);
    ck_assert_int_eq(fclose(stream), 0);
}

static uint64_t read_u64(long at)
{
    char path[LQ_STORE_FOLDER_PATH_MAX + 64];
    uint64_t number;

    snprintf(path, sizeof path, "%s/data.mdb", fixture.partition_folder);
    FILE *stream = fopen(path, "rb");
    ck_assert_ptr_nonnull(stream);
    ck_assert_int_eq(fseek(stream, at, SEEK_SET), 0);
    ck_assert_uint_eq(fread(&number, sizeof number, 1, stream), 1);
    fclose(stream);
    return number;
}

/* A file that vanished, or lost every byte, is not one that is still to be made. */
START_TEST(test_a_lost_file_is_not_made_anew)
{
    char path[LQ_STORE_FOLDER_PATH_MAX + 64];

    snprintf(path, sizeof path, "%s/data.mdb", fixture.partition_folder);
    ck_assert_int_eq(_i == 0 ? unlink(path) : truncate(path, 0), 0);
    for (int count = 0; count < 2; count++) {
        ck_assert_int_eq(lq_ledger_open_writer(&fixture.options, &fixture.ledger, &fixture.message),
                         LQ_ERR_CORRUPT);
        ck_assert_ptr_nonnull(strstr(fixture.message.text, "gone or empty"));
        ck_assert_int_eq(lq_ledger_open_reader(&fixture.options, &fixture.ledger, &fixture.message),
                         LQ_ERR_CORRUPT);
    }
}
END_TEST

static const long cuts[] = {1, 100, 4095, 4096, 4200};

static void cut(const char *file, long bytes)
{
    char path[LQ_STORE_FOLDER_PATH_MAX + 64];

    snprintf(path, sizeof path, "%s/%s", fixture.partition_folder, file);
    ck_assert_int_eq(truncate(path, bytes), 0);
}

/* One that is cut off within its first pages was damaged, if there was ever anything in it. */
START_TEST(test_a_file_cut_short_is_damaged)
{
    cut("data.mdb", cuts[_i]);
    ck_assert_int_eq(lq_ledger_open_reader(&fixture.options, &fixture.ledger, &fixture.message),
                     LQ_ERR_CORRUPT);
    ck_assert_ptr_nonnull(strstr(fixture.message.text, "the file is cut off"));
    ck_assert_int_eq(lq_ledger_open_writer(&fixture.options, &fixture.ledger, &fixture.message),
                     LQ_ERR_CORRUPT);
}
END_TEST

/* Else its disk got full while it was made: a reader waits for the writer, which begins anew. */
START_TEST(test_a_file_half_made_is_made_anew)
{
    cut("data.mdb", cuts[_i]);
    cut("writer.lock", 0);
    ck_assert_int_eq(lq_ledger_open_reader(&fixture.options, &fixture.ledger, &fixture.message),
                     LQ_ERR_NOT_FOUND);
    ck_assert_ptr_nonnull(strstr(fixture.message.text, "nothing there"));
    lq_ledger_fixture_open(&fixture);
    ck_assert_int_eq(lq_ledger_fixture_create_tenant(&fixture, "demo", 1), LQ_COMMIT_DONE);
}
END_TEST

/* The same of the whole folder, which only the made file outside of it remembers. */
START_TEST(test_a_lost_folder_is_not_made_anew)
{
    char made_file[LQ_STORE_FOLDER_PATH_MAX + 64];

    snprintf(made_file, sizeof made_file, "%s/ledger-0.made", fixture.folder);
    fixture.options.made_file = made_file;
    lq_ledger_fixture_open(&fixture);
    lq_ledger_close(&fixture.ledger);
    lq_store_folder_remove(fixture.partition_folder);
    for (int count = 0; count < 2; count++) {
        ck_assert_int_eq(lq_ledger_open_writer(&fixture.options, &fixture.ledger, &fixture.message),
                         LQ_ERR_CORRUPT);
        ck_assert_ptr_nonnull(strstr(fixture.message.text, "gone or empty"));
    }
    ck_assert_int_eq(unlink(made_file), 0);
    lq_ledger_fixture_open(&fixture);
}
END_TEST

/* LMDB would show the transaction before: whole, genuine, and old. */
START_TEST(test_an_older_meta_page_is_seen)
{
    long newest = read_u64(144) > read_u64(4096 + 144) ? 0 : 4096;
    uint64_t older = read_u64(newest + 144) - 2;

    overwrite(newest + 144, &older, sizeof older);
    ck_assert_int_eq(lq_ledger_open_reader(&fixture.options, &fixture.ledger, &fixture.message),
                     LQ_ERR_CORRUPT);
    ck_assert_ptr_nonnull(strstr(fixture.message.text, "an older state than its meta pages have"));
    ck_assert_int_eq(lq_ledger_open_writer(&fixture.options, &fixture.ledger, &fixture.message),
                     LQ_ERR_CORRUPT);
}
END_TEST

static const struct {
    const char *name;
    long at; /* in the first page */
    const char *message;
} meta_flips[] = {
    {"number", 0, "meta page 0 is damaged: number or kind"},
    {"flags", 10, "meta page 0 is damaged: number or kind"},
    {"magic", 16, "meta page 0 is damaged: magic or version"},
    {"version", 20, "meta page 0 is damaged: magic or version"},
    {"size of a page", 40, "meta page 0 is damaged: size of a page"},
    {"map", 24 + 8 + 6, "meta page 0 is damaged: size of the map"},
};

START_TEST(test_a_damaged_meta_page_is_named)
{
    uint8_t byte = (uint8_t)(read_u64(meta_flips[_i].at) & 0xff);

    byte ^= 0x41;
    overwrite(meta_flips[_i].at, &byte, 1);
    ck_assert_int_eq(lq_ledger_open_reader(&fixture.options, &fixture.ledger, &fixture.message),
                     LQ_ERR_CORRUPT);
    ck_assert_msg(strstr(fixture.message.text, meta_flips[_i].message) != NULL, "%s: %s",
                  meta_flips[_i].name, fixture.message.text);
}
END_TEST

TCase *lq_test_ledger_verify(void);
TCase *lq_test_ledger_verify(void)
{
    TCase *tc = tcase_create("ledger_verify");

    tcase_add_checked_fixture(tc, set_up, tear_down);
    tcase_add_test(tc, test_verify_of_what_is_whole);
    tcase_add_test(tc, test_verify_of_a_part_sees_what_its_head_hides);
    tcase_add_test(tc, test_verify_of_what_is_not_there);
    tcase_add_loop_test(tc, test_verify_sees_changed_tables, 0, (int)lq_ledger_changes_count());
    tcase_add_loop_test(tc, test_a_missing_database_is_not_made_anew, 0,
                        sizeof database_names / sizeof database_names[0]);
    tcase_add_test(tc, test_one_database_more_is_seen);
    tcase_add_loop_test(tc, test_a_lost_file_is_not_made_anew, 0, 2);
    tcase_add_loop_test(tc, test_a_file_cut_short_is_damaged, 0, 5);
    tcase_add_loop_test(tc, test_a_file_half_made_is_made_anew, 0, 5);
    tcase_add_test(tc, test_a_lost_folder_is_not_made_anew);
    tcase_add_test(tc, test_an_older_meta_page_is_seen);
    tcase_add_loop_test(tc, test_a_damaged_meta_page_is_named, 0,
                        sizeof meta_flips / sizeof meta_flips[0]);
    return tc;
}
