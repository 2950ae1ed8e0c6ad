// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* A store of a format before, which had no outbox, or no quotas either, is opened and has them. */
#include "store/lmdb/broker_feed.h"

#include "base/alloc.h"
#include "base/little_endian.h"
#include "store/lmdb/meta_pages.h"
#include "store/seal/digest.h"
#include "store/seal/key_file.h"
#include "tests/support/suite.h"
#include "tests/unit/store/lmdb/store_folder.h"

#include <lmdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* Formats 2 and 3: version, epoch, transaction, digest of the meta page before, three or four
 * counts, tag. */
enum { BEFORE_AT = 20, COUNTS_AT = 52, BYTES_MAX = COUNTS_AT + 4 * 8 + 32 };

static char folder[LQ_STORE_FOLDER_PATH_MAX];
static char store_folder[LQ_STORE_FOLDER_PATH_MAX + 16];
static struct lq_error_message message;
static struct lq_broker_store_options options;
static lq_broker_store_t *store;
static uint64_t epoch;

static enum lq_result open_store(void)
{
    lq_broker_store_close(&store);
    return lq_broker_store_open(&options, &store, &epoch, &message);
}

static void put(enum lq_broker_table table, const char *key, const char *value)
{
    ck_assert_int_eq(lq_broker_store_begin(store), LQ_OK);
    ck_assert_int_eq(lq_broker_store_put(store, table, lq_view_text(key), lq_view_text(value)),
                     LQ_OK);
    ck_assert_int_eq(lq_broker_store_commit(store), LQ_OK);
}

static void assert_value(enum lq_broker_table table, const char *key, const char *expected)
{
    uint8_t buffer[64];
    struct lq_view value;

    ck_assert_int_eq(
        lq_broker_store_get(store, table, lq_view_text(key), buffer, sizeof buffer, &value), LQ_OK);
    ck_assert(lq_view_equal(value, lq_view_text(expected)));
}

static void set_up(void)
{
    lq_store_folder_make(folder);
    snprintf(store_folder, sizeof store_folder, "%s/broker", folder);
    options = (struct lq_broker_store_options){.folder = store_folder, .map_bytes = 4u << 20};
    ck_assert_int_eq(open_store(), LQ_OK);
    put(LQ_BROKER_TABLE_LIVE, "demo", "live");
    put(LQ_BROKER_TABLE_LETTERS, "l1", "letter");
}

static void tear_down(void)
{
    lq_broker_store_close(&store);
    lq_store_folder_remove(folder);
}

/* The entry as the program before would have left it, with letters_count letters. */
static void write_old_meta(MDB_env *env, MDB_txn *txn, uint32_t format, uint64_t letters_count)
{
    char path[LQ_STORE_FOLDER_PATH_MAX + 32];
    uint8_t key[LQ_SEAL_KEY_BYTES];
    uint8_t meta[BYTES_MAX];
    size_t tag_at = COUNTS_AT + 8 * (format == 2 ? 3 : 4);
    MDB_val name = {6, (void *)(uintptr_t) "broker"};
    MDB_val value = {tag_at + 32, meta};
    MDB_dbi database;
    int fd;

    snprintf(path, sizeof path, "%s/broker.key", store_folder);
    ck_assert_int_eq(lq_key_file_read(path, key, &message), LQ_OK);
    ck_assert_int_eq(mdb_env_get_fd(env, &fd), 0);
    lq_put_u32(meta, format);
    lq_put_u64(meta + 4, epoch);
    lq_put_u64(meta + 12, mdb_txn_id(txn));
    ck_assert_int_eq(lq_meta_pages_digest(fd, mdb_txn_id(txn) - 1, meta + BEFORE_AT), LQ_OK);
    lq_put_u64(meta + COUNTS_AT, 1);
    lq_put_u64(meta + COUNTS_AT + 8, 0);
    lq_put_u64(meta + COUNTS_AT + 16, letters_count);
    lq_put_u64(meta + COUNTS_AT + 24, 0); /* of format 3 */
    lq_digest_keyed(meta + tag_at, key, lq_view_of(meta, tag_at));
    ck_assert_int_eq(mdb_dbi_open(txn, "meta", 0, &database), 0);
    ck_assert_int_eq(mdb_put(txn, database, &name, &value, 0), 0);
}

/* `dropped`: names of databases, with a comma behind each. */
static void make_old(uint32_t format, uint64_t letters_count, const char *dropped)
{
    MDB_env *env;
    MDB_txn *txn;
    MDB_dbi database;
    char name[16];
    int length;

    lq_broker_store_close(&store);
    ck_assert_int_eq(mdb_env_create(&env), 0);
    ck_assert_int_eq(mdb_env_set_maxdbs(env, 8), 0);
    ck_assert_int_eq(mdb_env_set_mapsize(env, options.map_bytes), 0);
    ck_assert_int_eq(mdb_env_open(env, store_folder, 0, 0600), 0);
    ck_assert_int_eq(mdb_txn_begin(env, NULL, 0, &txn), 0);
    for (; sscanf(dropped, "%15[a-z],%n", name, &length) == 1; dropped += length) {
        ck_assert_int_eq(mdb_dbi_open(txn, name, 0, &database), 0);
        ck_assert_int_eq(mdb_drop(txn, database, 1), 0);
    }
    write_old_meta(env, txn, format, letters_count);
    ck_assert_int_eq(mdb_txn_commit(txn), 0);
    mdb_env_close(env);
}

static const char *const lacking[] = {[2] = "quotas,outbox,cursors,", [3] = "outbox,cursors,"};

START_TEST(test_broker_store_of_a_format_before_gets_what_it_lacks)
{
    uint64_t before = epoch;

    make_old((uint32_t)_i, 1, lacking[_i]);
    ck_assert_msg(open_store() == LQ_OK, "%s", message.text);
    ck_assert_uint_eq(epoch, before + 1);
    assert_value(LQ_BROKER_TABLE_LIVE, "demo", "live");
    assert_value(LQ_BROKER_TABLE_LETTERS, "l1", "letter");
    put(LQ_BROKER_TABLE_QUOTAS, "demo", "quota");
    ck_assert_int_eq(open_store(), LQ_OK); /* it is one of today's from now on */
    assert_value(LQ_BROKER_TABLE_QUOTAS, "demo", "quota");
}
END_TEST

/* What the tables held comes first in its outbox. */
START_TEST(test_broker_store_of_a_format_before_tells_of_what_it_had)
{
    static const char *const keys[] = {"demo", "l1", ""};
    static const char *const values[] = {"live", "letter", ""};
    static const uint32_t tables[] = {LQ_BROKER_TABLE_LIVE, LQ_BROKER_TABLE_LETTERS, 0};
    lq_broker_feed_t *feed = NULL;
    struct lq_broker_feed_run run = {.memory = lq_alloc(LQ_BROKER_FEED_RUN_BYTES_MIN, 1),
                                     .bytes_max = LQ_BROKER_FEED_RUN_BYTES_MIN};

    make_old((uint32_t)_i, 1, lacking[_i]);
    ck_assert_int_eq(lq_broker_feed_open(store_folder, &feed, &message), LQ_ERR_NOT_FOUND);
    ck_assert_ptr_nonnull(strstr(message.text, "no outbox yet"));
    ck_assert_int_eq(open_store(), LQ_OK);
    ck_assert_int_eq(lq_broker_feed_open(store_folder, &feed, &message), LQ_OK);
    ck_assert_int_eq(lq_broker_feed_read(feed, 0, &run), LQ_OK);
    ck_assert_uint_eq(run.count, 3);
    for (uint32_t index = 0; index < run.count; index++) {
        struct lq_broker_entry entry;
        struct lq_broker_entry_body body;
        ck_assert_int_eq(lq_broker_entry_read(run.entries[index].value, &entry, &body), LQ_OK);
        ck_assert_int_eq(entry.kind, index < 2 ? LQ_BROKER_ENTRY_PUT : LQ_BROKER_ENTRY_EPOCH);
        ck_assert_uint_eq(entry.table, tables[index]);
        ck_assert_uint_eq(entry.epoch, epoch);
        ck_assert(lq_view_equal(body.key, lq_view_text(keys[index])));
        ck_assert(lq_view_equal(body.value, lq_view_text(values[index])));
    }
    lq_broker_feed_close(&feed);
    free(run.memory);
}
END_TEST

/* What an old one lacks is said of it as of a new one, and nothing is made in it. */
START_TEST(test_broker_store_of_a_format_before_is_checked)
{
    make_old((uint32_t)_i, 2, lacking[_i]);
    ck_assert_int_eq(open_store(), LQ_ERR_CORRUPT);
    ck_assert_ptr_nonnull(strstr(message.text, "\"letters\" has 1 entries instead of 2"));
}
END_TEST

/* Nobody may take today's quotas or outbox away by calling the store an old one. */
START_TEST(test_broker_store_with_more_is_no_old_one)
{
    put(LQ_BROKER_TABLE_QUOTAS, "demo", "quota");
    make_old((uint32_t)_i, 1, "");
    ck_assert_int_eq(open_store(), LQ_ERR_CORRUPT);
    ck_assert_ptr_nonnull(strstr(message.text, "7 databases instead of"));
}
END_TEST

START_TEST(test_broker_store_of_another_format_is_said)
{
    make_old(5, 1, "");
    ck_assert_int_eq(open_store(), LQ_ERR_VERSION);
    ck_assert_ptr_nonnull(strstr(message.text, "a format this program does not know"));
}
END_TEST

TCase *lq_test_broker_store_upgrade(void);
TCase *lq_test_broker_store_upgrade(void)
{
    TCase *tc = tcase_create("broker_store_upgrade");

    tcase_add_checked_fixture(tc, set_up, tear_down);
    tcase_add_loop_test(tc, test_broker_store_of_a_format_before_gets_what_it_lacks, 2, 4);
    tcase_add_loop_test(tc, test_broker_store_of_a_format_before_tells_of_what_it_had, 2, 4);
    tcase_add_loop_test(tc, test_broker_store_of_a_format_before_is_checked, 2, 4);
    tcase_add_loop_test(tc, test_broker_store_with_more_is_no_old_one, 2, 4);
    tcase_add_test(tc, test_broker_store_of_another_format_is_said);
    return tc;
}
