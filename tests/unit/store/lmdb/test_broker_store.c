// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "base/error_message.h"
#include "store/lmdb/broker_store.h"

#include "tests/support/suite.h"
#include "tests/unit/store/lmdb/store_folder.h"

#include <lmdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[LQ_STORE_FOLDER_PATH_MAX];
static char store_folder[LQ_STORE_FOLDER_PATH_MAX + 16];
static struct lq_error_message message;
static struct lq_broker_store_options options;
static lq_broker_store_t *store;
static uint64_t epoch;

static void reopen(void)
{
    lq_broker_store_close(&store);
    enum lq_result result = lq_broker_store_open(&options, &store, &epoch, &message);
    ck_assert_msg(result == LQ_OK, "%s", message.text);
}

static void set_up(void)
{
    lq_store_folder_make(folder);
    snprintf(store_folder, sizeof store_folder, "%s/broker", folder);
    options = (struct lq_broker_store_options){.folder = store_folder, .map_bytes = 4u << 20};
    reopen();
}

static void tear_down(void)
{
    lq_broker_store_close(&store);
    lq_broker_store_close(&store);
    lq_store_folder_remove(folder);
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

struct seen {
    char text[256];
    int count;
    int count_max;
};

static bool see(void *context, struct lq_view key, struct lq_view value)
{
    struct seen *seen = context;
    size_t used = strlen(seen->text);

    snprintf(seen->text + used, sizeof seen->text - used, "%.*s=%.*s ", (int)key.bytes,
             (const char *)key.data, (int)value.bytes, (const char *)value.data);
    return ++seen->count < seen->count_max;
}

/* Another key would lose what is there and seal new values beside it. */
START_TEST(test_broker_store_refuses_another_key)
{
    static const char other[] = "00112233445566778899aabbccddeeff"
                                "00112233445566778899aabbccddeeff\n";
    char path[LQ_STORE_FOLDER_PATH_MAX + 64];
    char good[sizeof other];

    put(LQ_BROKER_TABLE_LIVE, "k", "v");
    lq_broker_store_close(&store);
    snprintf(path, sizeof path, "%s/broker.key", store_folder);
    FILE *file = fopen(path, "r+");
    ck_assert_uint_eq(fread(good, 1, sizeof good - 1, file), sizeof good - 1);
    rewind(file);
    ck_assert_int_ge(fputs(other, file), 0);
    ck_assert_int_eq(fclose(file), 0);
    for (int attempt = 0; attempt < 2; attempt++) {
        ck_assert_int_eq(lq_broker_store_open(&options, &store, &epoch, &message), LQ_ERR_KEY);
        ck_assert_ptr_nonnull(strstr(message.text, "broker.key"));
    }
    file = fopen(path, "r+");
    ck_assert_uint_eq(fwrite(good, 1, sizeof good - 1, file), sizeof good - 1);
    ck_assert_int_eq(fclose(file), 0);
    reopen();
    ck_assert_uint_eq(epoch, 2); /* the refused ones raised nothing */
    assert_value(LQ_BROKER_TABLE_LIVE, "k", "v");
}
END_TEST

START_TEST(test_broker_store_epoch_rises)
{
    char path[LQ_STORE_FOLDER_PATH_MAX + 64];
    struct stat status;

    ck_assert_uint_eq(epoch, 1);
    reopen();
    ck_assert_uint_eq(epoch, 2);
    reopen();
    ck_assert_uint_eq(epoch, 3);
    snprintf(path, sizeof path, "%s/broker.key", store_folder);
    ck_assert_int_eq(stat(path, &status), 0);
    ck_assert_uint_eq(status.st_mode & 0777, 0600);
}
END_TEST

START_TEST(test_broker_store_keeps)
{
    uint8_t buffer[64];
    struct lq_view value;

    put(LQ_BROKER_TABLE_LIVE, "demo", "live");
    put(LQ_BROKER_TABLE_PARKED, "demo", "parked");
    put(LQ_BROKER_TABLE_LETTERS, "12345678", "");
    put(LQ_BROKER_TABLE_LIVE, "demo", "lives on");
    reopen();
    assert_value(LQ_BROKER_TABLE_LIVE, "demo", "lives on");
    assert_value(LQ_BROKER_TABLE_PARKED, "demo", "parked");
    assert_value(LQ_BROKER_TABLE_LETTERS, "12345678", "");
    ck_assert_int_eq(lq_broker_store_get(store, LQ_BROKER_TABLE_LETTERS, lq_view_text("demo"),
                                         buffer, sizeof buffer, &value),
                     LQ_ERR_NOT_FOUND);
    ck_assert_int_eq(
        lq_broker_store_get(store, LQ_BROKER_TABLE_LIVE, lq_view_text("demo"), buffer, 3, &value),
        LQ_ERR_LIMIT);
}
END_TEST

START_TEST(test_broker_store_transaction_is_one)
{
    uint8_t buffer[64];
    struct lq_view value;
    struct lq_view a = lq_view_text("a");

    put(LQ_BROKER_TABLE_LIVE, "a", "1");
    ck_assert_int_eq(lq_broker_store_begin(store), LQ_OK);
    ck_assert_int_eq(lq_broker_store_delete(store, LQ_BROKER_TABLE_LIVE, a), LQ_OK);
    ck_assert_int_eq(lq_broker_store_delete(store, LQ_BROKER_TABLE_LIVE, a), LQ_ERR_NOT_FOUND);
    ck_assert_int_eq(lq_broker_store_put(store, LQ_BROKER_TABLE_PARKED, a, lq_view_text("2")),
                     LQ_OK);
    assert_value(LQ_BROKER_TABLE_PARKED, "a", "2"); /* sees its own writes */
    lq_broker_store_abort(store);
    lq_broker_store_abort(store);
    assert_value(LQ_BROKER_TABLE_LIVE, "a", "1");
    ck_assert_int_eq(
        lq_broker_store_get(store, LQ_BROKER_TABLE_PARKED, a, buffer, sizeof buffer, &value),
        LQ_ERR_NOT_FOUND);
    ck_assert_int_eq(lq_broker_store_begin(store), LQ_OK);
    ck_assert_int_eq(lq_broker_store_delete(store, LQ_BROKER_TABLE_LIVE, a), LQ_OK);
    ck_assert_int_eq(lq_broker_store_put(store, LQ_BROKER_TABLE_PARKED, a, lq_view_text("2")),
                     LQ_OK);
    ck_assert_int_eq(lq_broker_store_commit(store), LQ_OK);
    reopen();
    assert_value(LQ_BROKER_TABLE_PARKED, "a", "2");
    ck_assert_int_eq(
        lq_broker_store_get(store, LQ_BROKER_TABLE_LIVE, a, buffer, sizeof buffer, &value),
        LQ_ERR_NOT_FOUND);
}
END_TEST

START_TEST(test_broker_store_each_in_order)
{
    struct seen all = {.count_max = 10};
    struct seen some = {.count_max = 2};

    put(LQ_BROKER_TABLE_LIVE, "c", "3");
    put(LQ_BROKER_TABLE_LIVE, "a", "1");
    put(LQ_BROKER_TABLE_LIVE, "d", "4");
    put(LQ_BROKER_TABLE_PARKED, "x", "9");
    ck_assert_int_eq(
        lq_broker_store_each(store, LQ_BROKER_TABLE_LIVE, lq_view_of(NULL, 0), see, &all), LQ_OK);
    ck_assert_str_eq(all.text, "a=1 c=3 d=4 ");
    ck_assert_int_eq(
        lq_broker_store_each(store, LQ_BROKER_TABLE_LIVE, lq_view_text("b"), see, &some), LQ_OK);
    ck_assert_str_eq(some.text, "c=3 d=4 ");
}
END_TEST

START_TEST(test_broker_store_second_broker_is_busy)
{
    lq_broker_store_t *second = NULL;

    ck_assert_int_eq(lq_broker_store_open(&options, &second, &epoch, &message), LQ_ERR_BUSY);
    ck_assert_ptr_null(second);
    put(LQ_BROKER_TABLE_LIVE, "a", "1");
}
END_TEST

START_TEST(test_broker_store_lost_key)
{
    char path[LQ_STORE_FOLDER_PATH_MAX + 64];

    lq_broker_store_close(&store);
    snprintf(path, sizeof path, "%s/broker.key", store_folder);
    ck_assert_int_eq(unlink(path), 0);
    ck_assert_int_eq(lq_broker_store_open(&options, &store, &epoch, &message), LQ_ERR_NOT_FOUND);
    ck_assert_int_ne(access(path, F_OK), 0);
}
END_TEST

/* A changed entry is named and passed empty; the others are well. */
START_TEST(test_broker_store_changed_entry)
{
    static const uint8_t stored[] = {'k', '2', 1, 0, LQ_BROKER_TABLE_LETTERS, 0};
    char path[LQ_STORE_FOLDER_PATH_MAX + 64];
    struct seen seen = {.count_max = 10};
    uint8_t buffer[64];
    struct lq_view value;

    put(LQ_BROKER_TABLE_LETTERS, "k1", "first");
    put(LQ_BROKER_TABLE_LETTERS, "k2", "second");
    lq_broker_store_close(&store);
    snprintf(path, sizeof path, "%s/data.mdb", store_folder);
    ck_assert_uint_ge(lq_store_folder_flip(path, stored, sizeof stored, 6 + 24 + 2), 1);
    reopen();
    ck_assert_int_eq(
        lq_broker_store_each(store, LQ_BROKER_TABLE_LETTERS, lq_view_of(NULL, 0), see, &seen),
        LQ_OK);
    ck_assert_str_eq(seen.text, "k1=first k2= ");
    ck_assert_int_eq(lq_broker_store_get(store, LQ_BROKER_TABLE_LETTERS, lq_view_text("k2"), buffer,
                                         sizeof buffer, &value),
                     LQ_ERR_CORRUPT);
}
END_TEST

START_TEST(test_broker_store_map_full)
{
    static uint8_t bytes[LQ_BROKER_VALUE_BYTES_MAX + 1];
    enum lq_result result = LQ_OK;
    char key[8];
    int count = 0;

    put(LQ_BROKER_TABLE_LIVE, "a", "1");
    ck_assert_int_eq(lq_broker_store_begin(store), LQ_OK);
    ck_assert_int_eq(lq_broker_store_put(store, LQ_BROKER_TABLE_LETTERS, lq_view_text("big"),
                                         lq_view_of(bytes, sizeof bytes)),
                     LQ_ERR_LIMIT);
    while (result == LQ_OK && count < 100) {
        snprintf(key, sizeof key, "k%d", count++);
        result = lq_broker_store_put(store, LQ_BROKER_TABLE_LETTERS, lq_view_text(key),
                                     lq_view_of(bytes, 500000));
    }
    ck_assert_int_eq(result, LQ_ERR_MAP_FULL);
    lq_broker_store_abort(store);
    assert_value(LQ_BROKER_TABLE_LIVE, "a", "1");
    put(LQ_BROKER_TABLE_LIVE, "a", "2");
    lq_broker_store_close(&store);
    options.map_bytes = 16u << 20;
    reopen();
    assert_value(LQ_BROKER_TABLE_LIVE, "a", "2");
}
END_TEST

/* Change the store behind its back. */
static void change_with(void (*change)(MDB_txn *txn))
{
    MDB_env *env;
    MDB_txn *txn;

    lq_broker_store_close(&store);
    ck_assert_int_eq(mdb_env_create(&env), 0);
    ck_assert_int_eq(mdb_env_set_maxdbs(env, 8), 0);
    ck_assert_int_eq(mdb_env_set_mapsize(env, options.map_bytes), 0);
    ck_assert_int_eq(mdb_env_open(env, store_folder, 0, 0600), 0);
    ck_assert_int_eq(mdb_txn_begin(env, NULL, 0, &txn), 0);
    change(txn);
    ck_assert_int_eq(mdb_txn_commit(txn), 0);
    mdb_env_close(env);
}

static void drop_letters(MDB_txn *txn)
{
    MDB_dbi database;

    ck_assert_int_eq(mdb_dbi_open(txn, "letters", 0, &database), 0);
    ck_assert_int_eq(mdb_drop(txn, database, 1), 0);
}

static void delete_a_letter(MDB_txn *txn)
{
    MDB_val key = {2, (void *)(uintptr_t) "l1"};
    MDB_dbi database;

    ck_assert_int_eq(mdb_dbi_open(txn, "letters", 0, &database), 0);
    ck_assert_int_eq(mdb_del(txn, database, &key, NULL), 0);
}

static void change_the_epoch(MDB_txn *txn)
{
    MDB_val key = {6, (void *)(uintptr_t) "broker"};
    MDB_val value;
    MDB_dbi database;
    uint8_t bytes[256];

    ck_assert_int_eq(mdb_dbi_open(txn, "meta", 0, &database), 0);
    ck_assert_int_eq(mdb_get(txn, database, &key, &value), 0);
    ck_assert_uint_le(value.mv_size, sizeof bytes);
    memcpy(bytes, value.mv_data, value.mv_size);
    bytes[4] ^= 1;
    value.mv_data = bytes;
    ck_assert_int_eq(mdb_put(txn, database, &key, &value, 0), 0);
}

static void put_a_live_session(MDB_txn *txn)
{
    MDB_val key = {1, (void *)(uintptr_t) "k"};
    MDB_val value = {1, (void *)(uintptr_t) "v"};
    MDB_dbi database;

    ck_assert_int_eq(mdb_dbi_open(txn, "live", 0, &database), 0);
    ck_assert_int_eq(mdb_put(txn, database, &key, &value, 0), 0);
    ck_assert_int_eq(mdb_del(txn, database, &key, NULL), 0);
}

static const struct {
    void (*change)(MDB_txn *txn);
    const char *message;
} damages[] = {
    {drop_letters, "\"letters\" is missing"},
    {delete_a_letter, "\"letters\" has 1 entries instead of 2"},
    {change_the_epoch, "epoch was not written with broker.key"},
    {put_a_live_session, "older state than its meta pages"},
};

/* What is missing was lost: nothing new in its place hides that. */
START_TEST(test_broker_store_sees_what_is_missing)
{
    put(LQ_BROKER_TABLE_LETTERS, "l1", "one");
    put(LQ_BROKER_TABLE_LETTERS, "l2", "two");
    change_with(damages[_i].change);
    for (int count = 0; count < 2; count++) {
        ck_assert_int_eq(lq_broker_store_open(&options, &store, &epoch, &message), LQ_ERR_CORRUPT);
        ck_assert_msg(strstr(message.text, damages[_i].message) != NULL, "%s", message.text);
    }
}
END_TEST

TCase *lq_test_broker_store(void);
TCase *lq_test_broker_store(void)
{
    TCase *tc = tcase_create("broker_store");

    tcase_add_checked_fixture(tc, set_up, tear_down);
    tcase_add_test(tc, test_broker_store_refuses_another_key);
    tcase_add_test(tc, test_broker_store_epoch_rises);
    tcase_add_test(tc, test_broker_store_keeps);
    tcase_add_test(tc, test_broker_store_transaction_is_one);
    tcase_add_test(tc, test_broker_store_each_in_order);
    tcase_add_test(tc, test_broker_store_second_broker_is_busy);
    tcase_add_test(tc, test_broker_store_lost_key);
    tcase_add_test(tc, test_broker_store_changed_entry);
    tcase_add_test(tc, test_broker_store_map_full);
    tcase_add_loop_test(tc, test_broker_store_sees_what_is_missing, 0,
                        sizeof damages / sizeof damages[0]);
    return tc;
}
