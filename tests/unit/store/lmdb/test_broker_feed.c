// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* The outbox of the broker's store: what it tells, what of it is kept, and how it is read. */
#include "store/lmdb/broker_feed.h"

#include "base/alloc.h"
#include "tests/support/suite.h"
#include "tests/unit/store/lmdb/store_folder.h"

#include <lmdb.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

enum { RUN_BYTES = 6 * 1024 * 1024 };

static char folder[LQ_STORE_FOLDER_PATH_MAX];
static char store_folder[LQ_STORE_FOLDER_PATH_MAX + 16];
static struct lq_error_message message;
static struct lq_broker_store_options options;
static lq_broker_store_t *store;
static uint64_t epoch;
static lq_broker_feed_t *feed;
static struct lq_broker_feed_run run;

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
    options = (struct lq_broker_store_options){.folder = store_folder, .map_bytes = 64u << 20};
    reopen();
    enum lq_result result = lq_broker_feed_open(store_folder, &feed, &message);
    ck_assert_msg(result == LQ_OK, "%s", message.text);
    run = (struct lq_broker_feed_run){.memory = lq_alloc(RUN_BYTES, 1), .bytes_max = RUN_BYTES};
}

static void tear_down(void)
{
    lq_broker_feed_close(&feed);
    lq_broker_feed_close(&feed);
    lq_broker_store_close(&store);
    free(run.memory);
    lq_store_folder_remove(folder);
}

static void begin(void)
{
    ck_assert_int_eq(lq_broker_store_begin(store), LQ_OK);
}

static void commit(void)
{
    ck_assert_int_eq(lq_broker_store_commit(store), LQ_OK);
}

static void put(enum lq_broker_table table, const char *key, const char *value)
{
    begin();
    ck_assert_int_eq(lq_broker_store_put(store, table, lq_view_text(key), lq_view_text(value)),
                     LQ_OK);
    commit();
}

static void put_many(uint32_t count, size_t value_bytes)
{
    static uint8_t value[600000];

    for (uint32_t index = 0; index < count; index++) {
        begin();
        ck_assert_int_eq(lq_broker_store_put(store, LQ_BROKER_TABLE_LETTERS, lq_view_text("l"),
                                             lq_view_of(value, value_bytes)),
                         LQ_OK);
        commit();
    }
}

static enum lq_result set_cursor(const char *name, uint64_t sequence)
{
    begin();
    enum lq_result result = lq_broker_store_set_cursor(store, lq_view_text(name), sequence);
    commit();
    return result;
}

static struct lq_broker_feed_state state_of_both(void)
{
    static struct lq_broker_feed_state own;
    static struct lq_broker_feed_state read;

    ck_assert_int_eq(lq_broker_store_feed_state(store, &own), LQ_OK);
    ck_assert_int_eq(lq_broker_feed_state(feed, &read), LQ_OK);
    ck_assert_uint_eq(own.newest, read.newest);
    ck_assert_uint_eq(own.first, read.first);
    ck_assert_uint_eq(own.count, read.count);
    ck_assert_uint_eq(own.bytes, read.bytes);
    ck_assert_uint_eq(own.epoch, read.epoch);
    ck_assert_uint_eq(own.cursor_count, read.cursor_count);
    for (uint32_t index = 0; index < own.cursor_count; index++) {
        ck_assert_str_eq(own.cursors[index].name, read.cursors[index].name);
        ck_assert_uint_eq(own.cursors[index].sequence, read.cursors[index].sequence);
    }
    return own;
}

static void read_after(uint64_t after)
{
    ck_assert_int_eq(lq_broker_feed_read(feed, after, &run), LQ_OK);
    ck_assert(!run.is_behind);
}

/* One entry of the run, as "kind table key=value". */
static const char *text_of(uint32_t index)
{
    static char text[256];
    struct lq_broker_entry entry;
    struct lq_broker_entry_body body;

    ck_assert_uint_lt(index, run.count);
    ck_assert_int_eq(lq_broker_entry_read(run.entries[index].value, &entry, &body), LQ_OK);
    ck_assert_uint_eq(entry.sequence, run.entries[index].sequence);
    ck_assert_uint_gt(entry.wall_ns, 0);
    snprintf(text, sizeof text, "%u:%d %u %.*s=%.*s%.*s", (unsigned)entry.epoch, (int)entry.kind,
             entry.table, (int)body.key.bytes, (const char *)body.key.data, (int)body.value.bytes,
             (const char *)body.value.data, (int)body.action.bytes, (const char *)body.action.data);
    return text;
}

START_TEST(test_broker_feed_tells_of_every_change)
{
    const struct lq_broker_entry_body action = {.action = lq_view_text("letters.purge")};

    put(LQ_BROKER_TABLE_LIVE, "a", "1");
    begin();
    ck_assert_int_eq(
        lq_broker_store_put(store, LQ_BROKER_TABLE_QUOTAS, lq_view_text("b"), lq_view_of(NULL, 0)),
        LQ_OK);
    ck_assert_int_eq(lq_broker_store_delete(store, LQ_BROKER_TABLE_LIVE, lq_view_text("a")), LQ_OK);
    ck_assert_int_eq(lq_broker_store_delete(store, LQ_BROKER_TABLE_LIVE, lq_view_text("a")),
                     LQ_ERR_NOT_FOUND);
    ck_assert_int_eq(lq_broker_store_tell(store, LQ_BROKER_ENTRY_ACTION, &action), LQ_OK);
    commit();
    reopen();
    read_after(0);
    ck_assert_uint_eq(run.count, 6);
    ck_assert_str_eq(text_of(0), "1:1 0 =");
    ck_assert_str_eq(text_of(1), "1:2 1 a=1");
    ck_assert_str_eq(text_of(2), "1:2 4 b=");
    ck_assert_str_eq(text_of(3), "1:3 1 a=");
    ck_assert_str_eq(text_of(4), "1:4 0 =letters.purge");
    ck_assert_str_eq(text_of(5), "2:1 0 =");
    read_after(4);
    ck_assert_uint_eq(run.count, 2);
    ck_assert_uint_eq(run.entries[0].sequence, 5);
    read_after(6);
    ck_assert_uint_eq(run.count, 0);
    ck_assert_int_eq(lq_broker_feed_read(feed, 7, &run), LQ_ERR_INVALID);
    ck_assert_uint_eq(state_of_both().newest, 6);
}
END_TEST

/* What was not committed was not told, and its sequences are given again. */
START_TEST(test_broker_feed_tells_of_no_aborted_change)
{
    begin();
    ck_assert_int_eq(
        lq_broker_store_put(store, LQ_BROKER_TABLE_LIVE, lq_view_text("a"), lq_view_text("1")),
        LQ_OK);
    lq_broker_store_abort(store);
    put(LQ_BROKER_TABLE_LIVE, "a", "2");
    read_after(0);
    ck_assert_uint_eq(run.count, 2);
    ck_assert_str_eq(text_of(1), "1:2 1 a=2");
}
END_TEST

START_TEST(test_broker_feed_runs_are_bounded)
{
    uint64_t at = 0;
    uint32_t runs = 0;

    put_many(LQ_BROKER_FEED_ENTRIES_MAX, 1);
    put_many(20, 600000);
    do {
        read_after(at);
        for (uint32_t index = 0; index < run.count; index++) {
            ck_assert_uint_eq(run.entries[index].sequence, ++at);
        }
        runs++;
    } while (run.count > 0);
    ck_assert_uint_eq(at, LQ_BROKER_FEED_ENTRIES_MAX + 21);
    ck_assert_uint_eq(runs, 4); /* 256; a short one and 10; 10; none */
}
END_TEST

/* ---- cursors ---- */

START_TEST(test_broker_feed_cursor_goes_forward)
{
    put_many(3, 1);
    ck_assert_int_eq(set_cursor("mirror", 5), LQ_ERR_CONFLICT);
    ck_assert_int_eq(set_cursor(".bad", 1), LQ_ERR_INVALID);
    ck_assert_int_eq(set_cursor("mirror", 3), LQ_OK);
    ck_assert_int_eq(set_cursor("mirror", 3), LQ_OK);
    ck_assert_int_eq(set_cursor("mirror", 1), LQ_OK); /* stays */
    struct lq_broker_feed_state state = state_of_both();
    ck_assert_uint_eq(state.cursor_count, 1);
    ck_assert_str_eq(state.cursors[0].name, "mirror");
    ck_assert_uint_eq(state.cursors[0].sequence, 3);
    ck_assert_uint_eq(state.first, 3); /* that one stays, to be compared; what was before is gone */
    ck_assert_uint_eq(state.newest, 4);
    ck_assert_int_eq(lq_broker_feed_read(feed, 1, &run), LQ_ERR_STALE);
    read_after(2);
    ck_assert_uint_eq(run.count, 2);
    read_after(3);
    ck_assert_uint_eq(run.count, 1);
    ck_assert_int_eq(set_cursor("late", 1), LQ_ERR_CONFLICT);
    ck_assert_int_eq(set_cursor("late", 2), LQ_OK);
    reopen();
    ck_assert_uint_eq(state_of_both().cursor_count, 2);
}
END_TEST

START_TEST(test_broker_feed_is_kept_for_the_lowest_cursor)
{
    put_many(200, 1);
    ck_assert_int_eq(set_cursor("fast", 201), LQ_OK);
    for (int count = 0; count < 4; count++) {
        put_many(1, 1); /* each commit lets go of a part */
    }
    ck_assert_uint_eq(state_of_both().first, 201);
    ck_assert_int_eq(set_cursor("slow", 201), LQ_OK);
    ck_assert_int_eq(set_cursor("fast", 205), LQ_OK);
    put_many(3, 1);
    ck_assert_uint_eq(state_of_both().first, 201);
    begin();
    ck_assert_int_eq(lq_broker_store_drop_cursor(store, lq_view_text("slow")), LQ_OK);
    ck_assert_int_eq(lq_broker_store_drop_cursor(store, lq_view_text("slow")), LQ_ERR_NOT_FOUND);
    commit();
    ck_assert_uint_eq(state_of_both().first, 205);
}
END_TEST

START_TEST(test_broker_feed_has_so_many_cursors)
{
    char name[16];

    for (int count = 0; count < LQ_BROKER_CURSORS_MAX; count++) {
        snprintf(name, sizeof name, "c%d", count);
        ck_assert_int_eq(set_cursor(name, 1), LQ_OK);
    }
    ck_assert_int_eq(set_cursor("more", 1), LQ_ERR_FULL);
    ck_assert_int_eq(set_cursor("c3", 1), LQ_OK);
}
END_TEST

/* ---- the bound ---- */

START_TEST(test_broker_feed_has_a_bound_in_bytes)
{
    options.outbox_bytes_max = 1u << 20;
    reopen();
    ck_assert_int_eq(set_cursor("mirror", 2), LQ_OK);
    put_many(1000, 500);
    struct lq_broker_feed_state state = state_of_both();
    ck_assert_uint_eq(state.cursor_count, 1);
    ck_assert_uint_eq(state.first, 2);
    put_many(1200, 500);
    state = state_of_both();
    ck_assert_uint_le(state.bytes, options.outbox_bytes_max);
    ck_assert_uint_gt(state.first, 3);
    ck_assert_uint_eq(state.cursor_count, 0); /* dropped with what it had not read */
    ck_assert_int_eq(lq_broker_feed_read(feed, 2, &run), LQ_ERR_STALE);
    /* Long entries push out many short ones at a time. */
    put_many(4, 300000);
    state = state_of_both();
    ck_assert_uint_le(state.bytes, options.outbox_bytes_max);
    reopen();
    read_after(state_of_both().first - 1);
}
END_TEST

/* Whatever the bound says, the outbox does not fill the map. */
START_TEST(test_broker_feed_does_not_fill_the_map)
{
    lq_broker_feed_close(&feed);
    options = (struct lq_broker_store_options){
        .folder = store_folder, .map_bytes = 64u << 20, .outbox_bytes_max = UINT64_C(1) << 40};
    reopen();
    put_many(300, 600000);
    struct lq_broker_feed_state state;
    ck_assert_int_eq(lq_broker_store_feed_state(store, &state), LQ_OK);
    ck_assert_uint_le(state.bytes, 16u << 20);
}
END_TEST

/* ---- what is found ---- */

static void change_with(void (*change)(MDB_txn *txn, MDB_dbi outbox))
{
    MDB_env *env;
    MDB_txn *txn;
    MDB_dbi database;

    lq_broker_feed_close(&feed);
    lq_broker_store_close(&store);
    ck_assert_int_eq(mdb_env_create(&env), 0);
    ck_assert_int_eq(mdb_env_set_maxdbs(env, 8), 0);
    ck_assert_int_eq(mdb_env_set_mapsize(env, options.map_bytes), 0);
    ck_assert_int_eq(mdb_env_open(env, store_folder, 0, 0600), 0);
    ck_assert_int_eq(mdb_txn_begin(env, NULL, 0, &txn), 0);
    ck_assert_int_eq(mdb_dbi_open(txn, "outbox", 0, &database), 0);
    change(txn, database);
    ck_assert_int_eq(mdb_txn_commit(txn), 0);
    mdb_env_close(env);
}

static MDB_val key_of(uint8_t *bytes, uint8_t sequence)
{
    memset(bytes, 0, 8);
    bytes[7] = sequence;
    return (MDB_val){8, bytes};
}

/* The value of 2 stands at 3. */
static void swap(MDB_txn *txn, MDB_dbi outbox)
{
    uint8_t bytes[8];
    uint8_t copy[512];
    MDB_val key = key_of(bytes, 2);
    MDB_val value;

    ck_assert_int_eq(mdb_get(txn, outbox, &key, &value), 0);
    ck_assert_uint_le(value.mv_size, sizeof copy);
    memcpy(copy, value.mv_data, value.mv_size);
    value.mv_data = copy;
    key = key_of(bytes, 3);
    ck_assert_int_eq(mdb_put(txn, outbox, &key, &value, 0), 0);
}

/* 2 goes away, and something comes behind 4. */
static void shift(MDB_txn *txn, MDB_dbi outbox)
{
    uint8_t bytes[8];
    MDB_val key = key_of(bytes, 2);
    MDB_val value = {4, (void *)(uintptr_t) "none"};

    ck_assert_int_eq(mdb_del(txn, outbox, &key, NULL), 0);
    key = key_of(bytes, 9);
    ck_assert_int_eq(mdb_put(txn, outbox, &key, &value, 0), 0);
}

static void flip_a_bit(MDB_txn *txn, MDB_dbi outbox)
{
    uint8_t bytes[8];
    uint8_t copy[512];
    MDB_val key = key_of(bytes, 3);
    MDB_val value;

    ck_assert_int_eq(mdb_get(txn, outbox, &key, &value), 0);
    ck_assert_uint_le(value.mv_size, sizeof copy);
    memcpy(copy, value.mv_data, value.mv_size);
    copy[value.mv_size - 20] ^= 1;
    value.mv_data = copy;
    ck_assert_int_eq(mdb_put(txn, outbox, &key, &value, 0), 0);
}

static void (*const changes[])(MDB_txn *txn, MDB_dbi outbox) = {swap, shift, flip_a_bit};

/* Nothing that the broker did not write is read as if it had. */
START_TEST(test_broker_feed_finds_what_was_changed)
{
    put_many(3, 1);
    change_with(changes[_i]);
    ck_assert_int_eq(lq_broker_feed_open(store_folder, &feed, &message), LQ_OK);
    ck_assert_int_eq(lq_broker_feed_read(feed, 0, &run), LQ_ERR_CORRUPT);
}
END_TEST

START_TEST(test_broker_feed_ends_are_checked_at_open)
{
    put_many(3, 1);
    change_with(shift);
    ck_assert_int_eq(lq_broker_store_open(&options, &store, &epoch, &message), LQ_ERR_CORRUPT);
}
END_TEST

START_TEST(test_broker_feed_needs_store_and_key)
{
    lq_broker_feed_t *other = NULL;
    char path[LQ_STORE_FOLDER_PATH_MAX + 64];

    snprintf(path, sizeof path, "%s/none", folder);
    ck_assert_int_eq(lq_broker_feed_open(path, &other, &message), LQ_ERR_NOT_FOUND);
    snprintf(path, sizeof path, "%s/broker.key", store_folder);
    FILE *file = fopen(path, "w");
    ck_assert_ptr_nonnull(file);
    fputs("00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff\n", file);
    fclose(file);
    ck_assert_int_eq(lq_broker_feed_open(store_folder, &other, &message), LQ_ERR_KEY);
    ck_assert_ptr_nonnull(strstr(message.text, "broker.key"));
    ck_assert_int_eq(unlink(path), 0);
    ck_assert_int_eq(lq_broker_feed_open(store_folder, &other, &message), LQ_ERR_NOT_FOUND);
    ck_assert_ptr_null(other);
}
END_TEST

/* A reader dies inside its transaction: what it held back is used again. */
START_TEST(test_broker_feed_a_dead_reader_holds_nothing_back)
{
    static uint8_t value[500000];
    MDB_env *env;
    MDB_txn *txn;
    int status;

    options.map_bytes = 8u << 20;
    lq_broker_feed_close(&feed);
    reopen();
    pid_t pid = fork();
    if (pid == 0) {
        if (mdb_env_create(&env) == 0 && mdb_env_set_maxdbs(env, 8) == 0 &&
            mdb_env_open(env, store_folder, MDB_RDONLY, 0600) == 0 &&
            mdb_txn_begin(env, NULL, MDB_RDONLY, &txn) == 0) {
            (void)kill(getpid(), SIGKILL); /* without a word */
        }
        _exit(1);
    }
    ck_assert_int_eq(waitpid(pid, &status, 0), pid);
    ck_assert(WIFSIGNALED(status));
    for (int count = 0; count < 40; count++) {
        enum lq_result result = LQ_ERR_MAP_FULL;
        for (int tries = 0; tries < 3 && result == LQ_ERR_MAP_FULL; tries++) {
            begin();
            result = lq_broker_store_put(store, LQ_BROKER_TABLE_LETTERS, lq_view_text("l"),
                                         lq_view_of(value, sizeof value));
            if (result == LQ_OK) {
                result = lq_broker_store_commit(store);
            } else {
                lq_broker_store_abort(store);
            }
        }
        ck_assert_int_eq(result, LQ_OK);
    }
}
END_TEST

TCase *lq_test_broker_feed(void);
TCase *lq_test_broker_feed(void)
{
    TCase *tc = tcase_create("broker_feed");

    tcase_add_checked_fixture(tc, set_up, tear_down);
    tcase_add_test(tc, test_broker_feed_tells_of_every_change);
    tcase_add_test(tc, test_broker_feed_tells_of_no_aborted_change);
    tcase_add_test(tc, test_broker_feed_runs_are_bounded);
    tcase_add_test(tc, test_broker_feed_cursor_goes_forward);
    tcase_add_test(tc, test_broker_feed_is_kept_for_the_lowest_cursor);
    tcase_add_test(tc, test_broker_feed_has_so_many_cursors);
    tcase_add_test(tc, test_broker_feed_has_a_bound_in_bytes);
    tcase_add_test(tc, test_broker_feed_does_not_fill_the_map);
    tcase_add_loop_test(tc, test_broker_feed_finds_what_was_changed, 0,
                        sizeof changes / sizeof changes[0]);
    tcase_add_test(tc, test_broker_feed_a_dead_reader_holds_nothing_back);
    tcase_add_test(tc, test_broker_feed_ends_are_checked_at_open);
    tcase_add_test(tc, test_broker_feed_needs_store_and_key);
    return tc;
}
