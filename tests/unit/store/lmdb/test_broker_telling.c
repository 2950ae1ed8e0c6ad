// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* A copy of the broker's store misses entries, has the tables told again, and is whole. */
#include "base/alloc.h"
#include "store/lmdb/broker_feed.h"
#include "store/lmdb/broker_restore.h"
#include "store/seal/keyring.h"
#include "tests/support/suite.h"
#include "tests/unit/store/lmdb/store_folder.h"

#include <stdio.h>
#include <stdlib.h>

enum { RUN_BYTES = 6 * 1024 * 1024, NAMES = 60, SEALED_BYTES = 8 * 1024 };

static char folder[LQ_STORE_FOLDER_PATH_MAX];
static char old_folder[LQ_STORE_FOLDER_PATH_MAX + 16], new_folder[LQ_STORE_FOLDER_PATH_MAX + 16];
static char key_file[LQ_STORE_FOLDER_PATH_MAX + 16];
static struct lq_error_message message;
static lq_broker_store_t *store;
static lq_keyring_t *keyring;
static lq_broker_restore_t *restore;
static struct lq_broker_feed_run run;
static uint64_t draw;
static const char *why;

static void open_store(const char *where)
{
    const struct lq_broker_store_options options = {.folder = where, .map_bytes = 64u << 20};
    uint64_t epoch = 0;

    lq_broker_store_close(&store);
    ck_assert_msg(lq_broker_store_open(&options, &store, &epoch, &message) == LQ_OK, "%s",
                  message.text);
}

static void set_up(void)
{
    lq_store_folder_make(folder);
    snprintf(old_folder, sizeof old_folder, "%s/old", folder);
    snprintf(new_folder, sizeof new_folder, "%s/new", folder);
    snprintf(key_file, sizeof key_file, "%s/master.key", folder);
    ck_assert_int_eq(lq_keyring_create_master(key_file, &message), LQ_OK);
    ck_assert_int_eq(lq_keyring_open(key_file, &keyring, &message), LQ_OK);
    run = (struct lq_broker_feed_run){.memory = lq_alloc(RUN_BYTES, 1), .bytes_max = RUN_BYTES};
    open_store(old_folder);
    const struct lq_broker_restore_options options = {
        .store = {.folder = new_folder, .map_bytes = 64u << 20}, .master_key_file = key_file};
    ck_assert_int_eq(lq_broker_restore_open(&options, &restore, &message), LQ_OK);
}

static void tear_down(void)
{
    lq_broker_restore_close(&restore);
    lq_broker_store_close(&store);
    lq_keyring_close(&keyring);
    free(run.memory);
    lq_store_folder_remove(folder);
}

static uint32_t dice(uint32_t sides)
{
    draw = draw * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(draw >> 40) % sides;
}

/* Puts and deletes of any keys. */
static void change(uint32_t count)
{
    char key[16];
    char value[3000];

    ck_assert_int_eq(lq_broker_store_begin(store), LQ_OK);
    for (uint32_t index = 0; index < count; index++) {
        enum lq_broker_table table = 1 + dice(LQ_BROKER_TABLE_QUOTAS);
        snprintf(key, sizeof key, "key %u", dice(NAMES));
        memset(value, 'a' + (int)dice(20), sizeof value);
        if (dice(3) == 0) {
            enum lq_result result = lq_broker_store_delete(store, table, lq_view_text(key));
            ck_assert(result == LQ_OK || result == LQ_ERR_NOT_FOUND);
        } else {
            ck_assert_int_eq(lq_broker_store_put(store, table, lq_view_text(key),
                                                 lq_view_of(value, 1 + dice(sizeof value))),
                             LQ_OK);
        }
    }
    ck_assert_int_eq(lq_broker_store_commit(store), LQ_OK);
}

static void step(struct lq_broker_telling *telling)
{
    ck_assert_int_eq(lq_broker_store_begin(store), LQ_OK);
    ck_assert_int_eq(lq_broker_store_tell_again(store, telling), LQ_OK);
    ck_assert_uint_le(telling->told, LQ_BROKER_TELLING_ENTRIES);
    ck_assert_int_eq(lq_broker_store_commit(store), LQ_OK);
}

/* What follows `after` goes to the copy; as that says. */
static enum lq_result give(uint64_t after)
{
    static uint8_t sealed[SEALED_BYTES];
    lq_broker_feed_t *feed = NULL;
    enum lq_result result = LQ_OK;

    ck_assert_int_eq(lq_broker_feed_open(old_folder, &feed, &message), LQ_OK);
    do {
        ck_assert_int_eq(lq_broker_feed_read(feed, after, &run), LQ_OK);
        for (uint32_t index = 0; result == LQ_OK && index < run.count; index++) {
            struct lq_view entry = run.entries[index].value;
            lq_keyring_seal_broker(keyring, entry, sealed);
            result = lq_broker_restore_entry(
                restore, lq_view_of(sealed, entry.bytes + LQ_SEALED_BOX_EXTRA_BYTES), &why);
            after = run.entries[index].sequence;
        }
    } while (result == LQ_OK && run.count > 0);
    lq_broker_feed_close(&feed);
    return result;
}

/* A digest of all tables. */
static uint64_t sum;
static uint64_t counted;

static bool add(void *context, struct lq_view key, struct lq_view value)
{
    uint64_t hash = *(const uint32_t *)context;

    for (size_t at = 0; at < key.bytes; at++) {
        hash = hash * 1099511628211u + key.data[at];
    }
    for (size_t at = 0; at < value.bytes; at++) {
        hash = hash * 1099511628211u + value.data[at];
    }
    sum += hash * (counted + 1);
    counted++;
    return true;
}

static uint64_t sum_of_tables(void)
{
    sum = counted = 0;
    for (uint32_t table = 1; table <= LQ_BROKER_TABLE_QUOTAS; table++) {
        ck_assert_int_eq(lq_broker_store_each(store, table, lq_view_of(NULL, 0), add, &table),
                         LQ_OK);
    }
    return sum;
}

static void compare(void)
{
    struct lq_broker_restored restored;
    uint64_t there = sum_of_tables();
    uint64_t entries = counted;

    ck_assert_int_eq(lq_broker_restore_finish(restore, 7, &restored), LQ_OK);
    lq_broker_restore_close(&restore);
    open_store(new_folder);
    ck_assert_uint_eq(sum_of_tables(), there);
    ck_assert_uint_eq(counted, entries);
    ck_assert_uint_eq(restored.live + restored.parked + restored.letters + restored.quotas,
                      entries);
}

/* Begun once or more, steps made twice, changes between any two of them: the copy is whole, however
 * it stood before. */
START_TEST(test_the_copy_is_whole_again)
{
    struct lq_broker_telling telling = {.place_bytes = 0};
    uint64_t began = 0;

    draw = (uint64_t)_i + 1;
    change(60 + dice(100));
    if (_i % 3 > 0) {
        ck_assert_int_eq(give(0), LQ_OK);
        change(20 + dice(100)); /* of which the copy hears nothing */
    }
    bool done = false;
    while (!done) {
        struct lq_broker_telling before = telling;
        step(&telling);
        began = before.place_bytes == 0 ? telling.first : began;
        done = telling.place_bytes == 0;
        if (dice(3) == 0) {
            change(1 + dice(20));
        }
        if (dice(4) == 0) {
            telling = before; /* the answer was lost */
            done = false;
        } else if (dice(12) == 0) {
            telling.place_bytes = 0; /* the reader has died, and begins anew */
            done = false;
        }
    }
    change(dice(10));
    ck_assert_msg(give(began - 1) == LQ_OK, "%s", why);
    compare();
}
END_TEST

START_TEST(test_a_step_is_bounded)
{
    static uint8_t value[LQ_BROKER_TELLING_BYTES * 3 / 4];
    struct lq_broker_telling telling = {.place_bytes = 0};
    char key[16];

    memset(value, 'x', sizeof value);
    ck_assert_int_eq(lq_broker_store_begin(store), LQ_OK);
    for (uint32_t number = 0; number < 3; number++) {
        snprintf(key, sizeof key, "long %u", number);
        ck_assert_int_eq(lq_broker_store_put(store, LQ_BROKER_TABLE_LETTERS, lq_view_text(key),
                                             lq_view_of(value, sizeof value)),
                         LQ_OK);
    }
    for (uint32_t number = 0; number < LQ_BROKER_TELLING_ENTRIES + 1; number++) {
        snprintf(key, sizeof key, "%u", number);
        ck_assert_int_eq(
            lq_broker_store_put(store, LQ_BROKER_TABLE_LIVE, lq_view_text(key), lq_view_text("v")),
            LQ_OK);
    }
    ck_assert_int_eq(lq_broker_store_commit(store), LQ_OK);
    static const uint32_t told[] = {LQ_BROKER_TELLING_ENTRIES, 2, 1, 1};
    for (size_t index = 0; index < sizeof told / sizeof told[0]; index++) {
        ck_assert_msg(index == 0 || telling.place_bytes > 0, "step %zu", index);
        step(&telling);
        ck_assert_msg(telling.told == told[index], "step %zu told %u", index, telling.told);
        ck_assert_uint_eq(telling.all, 3 + LQ_BROKER_TELLING_ENTRIES + 1);
    }
    ck_assert_uint_eq(telling.place_bytes, 0);
}
END_TEST

START_TEST(test_no_place)
{
    struct lq_broker_telling telling = {.place = {LQ_BROKER_TABLE_OUTBOX}, .place_bytes = 1};

    ck_assert_int_eq(lq_broker_store_begin(store), LQ_OK);
    ck_assert_int_eq(lq_broker_store_tell_again(store, &telling), LQ_ERR_INVALID);
    telling = (struct lq_broker_telling){.place = {LQ_BROKER_TABLE_LIVE},
                                         .place_bytes = LQ_BROKER_TELLING_PLACE_BYTES_MAX + 1};
    ck_assert_int_eq(lq_broker_store_tell_again(store, &telling), LQ_ERR_INVALID);
    ck_assert_uint_eq(lq_broker_store_newest(store), 1);
    lq_broker_store_abort(store);
}
END_TEST

/* Entries that are missing are missing, unless what follows says that all is told again. */
START_TEST(test_a_gap_needs_a_telling)
{
    struct lq_broker_telling telling = {.place_bytes = 0};

    draw = 5;
    change(3);
    ck_assert_int_eq(give(0), LQ_OK);
    change(4);
    uint64_t missed = lq_broker_store_newest(store);
    change(1);
    ck_assert_int_eq(give(missed), LQ_ERR_CORRUPT);
    ck_assert_str_eq(why, "the one before it is missing");
    step(&telling);
    ck_assert_int_eq(give(telling.first), LQ_ERR_CORRUPT); /* behind its beginning */
    ck_assert_int_eq(give(telling.first - 1), LQ_OK);
    ck_assert_int_eq(give(telling.first - 1), LQ_ERR_CORRUPT); /* back again */
    compare();
}
END_TEST

TCase *lq_test_broker_telling(void);
TCase *lq_test_broker_telling(void)
{
    TCase *tc = tcase_create("broker_telling");

    tcase_add_checked_fixture(tc, set_up, tear_down);
    tcase_add_loop_test(tc, test_the_copy_is_whole_again, 0, 40);
    tcase_add_test(tc, test_a_step_is_bounded);
    tcase_add_test(tc, test_no_place);
    tcase_add_test(tc, test_a_gap_needs_a_telling);
    return tc;
}
