// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* A store of the format before, which had no quotas, is opened and has them. */
#include "store/lmdb/broker_store.h"

#include "base/little_endian.h"
#include "store/lmdb/meta_pages.h"
#include "store/seal/digest.h"
#include "store/seal/key_file.h"
#include "tests/support/suite.h"
#include "tests/unit/store/lmdb/store_folder.h"

#include <lmdb.h>
#include <stdio.h>
#include <unistd.h>

/* Format 2: version, epoch, transaction, digest of the meta page before, three counts, tag. */
enum { BEFORE_AT = 20, COUNTS_AT = 52, TAG_AT = COUNTS_AT + 3 * 8, BYTES = TAG_AT + 32 };

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
    uint8_t meta[BYTES];
    MDB_val name = {6, (void *)(uintptr_t) "broker"};
    MDB_val value = {sizeof meta, meta};
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
    lq_digest_keyed(meta + TAG_AT, key, lq_view_of(meta, TAG_AT));
    ck_assert_int_eq(mdb_dbi_open(txn, "meta", 0, &database), 0);
    ck_assert_int_eq(mdb_put(txn, database, &name, &value, 0), 0);
}

static void make_old(uint32_t format, uint64_t letters_count, bool drop)
{
    MDB_env *env;
    MDB_txn *txn;
    MDB_dbi database;

    lq_broker_store_close(&store);
    ck_assert_int_eq(mdb_env_create(&env), 0);
    ck_assert_int_eq(mdb_env_set_maxdbs(env, 8), 0);
    ck_assert_int_eq(mdb_env_set_mapsize(env, options.map_bytes), 0);
    ck_assert_int_eq(mdb_env_open(env, store_folder, 0, 0600), 0);
    ck_assert_int_eq(mdb_txn_begin(env, NULL, 0, &txn), 0);
    ck_assert_int_eq(mdb_dbi_open(txn, "quotas", 0, &database), 0);
    if (drop) {
        ck_assert_int_eq(mdb_drop(txn, database, 1), 0);
    }
    write_old_meta(env, txn, format, letters_count);
    ck_assert_int_eq(mdb_txn_commit(txn), 0);
    mdb_env_close(env);
}

START_TEST(test_broker_store_of_the_format_before_gets_quotas)
{
    uint64_t before = epoch;

    make_old(2, 1, true);
    ck_assert_msg(open_store() == LQ_OK, "%s", message.text);
    ck_assert_uint_eq(epoch, before + 1);
    assert_value(LQ_BROKER_TABLE_LIVE, "demo", "live");
    assert_value(LQ_BROKER_TABLE_LETTERS, "l1", "letter");
    put(LQ_BROKER_TABLE_QUOTAS, "demo", "quota");
    ck_assert_int_eq(open_store(), LQ_OK); /* it is one of today's from now on */
    assert_value(LQ_BROKER_TABLE_QUOTAS, "demo", "quota");
}
END_TEST

/* What an old one lacks is said of it as of a new one, and nothing is made in it. */
START_TEST(test_broker_store_of_the_format_before_is_checked)
{
    make_old(2, 2, true);
    ck_assert_int_eq(open_store(), LQ_ERR_CORRUPT);
    ck_assert_ptr_nonnull(strstr(message.text, "\"letters\" has 1 entries instead of 2"));
}
END_TEST

/* Nobody may take today's quotas away by calling the store an old one. */
START_TEST(test_broker_store_with_quotas_is_no_old_one)
{
    put(LQ_BROKER_TABLE_QUOTAS, "demo", "quota");
    make_old(2, 1, false);
    ck_assert_int_eq(open_store(), LQ_ERR_CORRUPT);
    ck_assert_ptr_nonnull(strstr(message.text, "5 databases instead of 4"));
}
END_TEST

START_TEST(test_broker_store_of_another_format_is_said)
{
    make_old(4, 1, false);
    ck_assert_int_eq(open_store(), LQ_ERR_VERSION);
    ck_assert_ptr_nonnull(strstr(message.text, "a format this program does not know"));
}
END_TEST

TCase *lq_test_broker_store_upgrade(void);
TCase *lq_test_broker_store_upgrade(void)
{
    TCase *tc = tcase_create("broker_store_upgrade");

    tcase_add_checked_fixture(tc, set_up, tear_down);
    tcase_add_test(tc, test_broker_store_of_the_format_before_gets_quotas);
    tcase_add_test(tc, test_broker_store_of_the_format_before_is_checked);
    tcase_add_test(tc, test_broker_store_with_quotas_is_no_old_one);
    tcase_add_test(tc, test_broker_store_of_another_format_is_said);
    return tc;
}
