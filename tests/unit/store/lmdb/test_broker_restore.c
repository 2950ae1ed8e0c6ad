// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* A broker's store is made anew from the sealed entries of another one's outbox. */
#include "store/lmdb/broker_restore.h"

#include "base/alloc.h"
#include "store/lmdb/broker_feed.h"
#include "store/seal/keyring.h"
#include "store/seal/letter_seal.h"
#include "tests/support/suite.h"
#include "tests/unit/store/lmdb/store_folder.h"

#include <stdio.h>
#include <stdlib.h>

enum { RUN_BYTES = 6 * 1024 * 1024, EPOCH = 70000, SEALED_BYTES = 4096 };

static char folder[LQ_STORE_FOLDER_PATH_MAX];
static char old_folder[LQ_STORE_FOLDER_PATH_MAX + 16], new_folder[LQ_STORE_FOLDER_PATH_MAX + 16];
static char key_file[LQ_STORE_FOLDER_PATH_MAX + 16], other_key[LQ_STORE_FOLDER_PATH_MAX + 16];
static struct lq_error_message message;
static lq_broker_store_t *store;
static lq_keyring_t *keyring;
static lq_broker_restore_t *restore;
static struct lq_broker_restored restored;
static struct lq_broker_feed_run run;
static const char *why;

static uint64_t open_store(const char *where)
{
    const struct lq_broker_store_options options = {.folder = where, .map_bytes = 64u << 20};
    uint64_t epoch = 0;

    lq_broker_store_close(&store);
    enum lq_result result = lq_broker_store_open(&options, &store, &epoch, &message);
    ck_assert_msg(result == LQ_OK, "%s", message.text);
    return epoch;
}

static void put(enum lq_broker_table table, struct lq_view key, const char *value)
{
    ck_assert_int_eq(lq_broker_store_begin(store), LQ_OK);
    ck_assert_int_eq(lq_broker_store_put(store, table, key, lq_view_text(value)), LQ_OK);
    ck_assert_int_eq(lq_broker_store_commit(store), LQ_OK);
}

static void take_out(enum lq_broker_table table, struct lq_view key)
{
    ck_assert_int_eq(lq_broker_store_begin(store), LQ_OK);
    ck_assert_int_eq(lq_broker_store_delete(store, table, key), LQ_OK);
    ck_assert_int_eq(lq_broker_store_commit(store), LQ_OK);
}

#define KEY(text) lq_view_of(text, sizeof(text) - 1)

/* Entries 1 to 9. */
static void make_history(void)
{
    ck_assert_uint_eq(open_store(old_folder), 1);
    put(LQ_BROKER_TABLE_LIVE, KEY("acme\0s1"), "ten hertz");
    put(LQ_BROKER_TABLE_LIVE, KEY("beta\0s1"), "twenty hertz");
    put(LQ_BROKER_TABLE_LETTERS, KEY("letter 1"), "open");
    put(LQ_BROKER_TABLE_LETTERS, KEY("letter 1"), "redriving");
    put(LQ_BROKER_TABLE_PARKED, KEY("acme\0s2"), "three died");
    put(LQ_BROKER_TABLE_QUOTAS, KEY("acme"), "ten a second");
    take_out(LQ_BROKER_TABLE_PARKED, KEY("acme\0s2"));
    ck_assert_uint_eq(open_store(old_folder), 2);
}

static void set_up(void)
{
    lq_broker_feed_t *feed = NULL;

    lq_store_folder_make(folder);
    snprintf(old_folder, sizeof old_folder, "%s/old", folder);
    snprintf(new_folder, sizeof new_folder, "%s/new", folder);
    snprintf(key_file, sizeof key_file, "%s/master.key", folder);
    snprintf(other_key, sizeof other_key, "%s/other.key", folder);
    ck_assert_int_eq(lq_keyring_create_master(key_file, &message), LQ_OK);
    ck_assert_int_eq(lq_keyring_create_master(other_key, &message), LQ_OK);
    ck_assert_int_eq(lq_keyring_open(key_file, &keyring, &message), LQ_OK);
    make_history();
    run = (struct lq_broker_feed_run){.memory = lq_alloc(RUN_BYTES, 1), .bytes_max = RUN_BYTES};
    ck_assert_int_eq(lq_broker_feed_open(old_folder, &feed, &message), LQ_OK);
    ck_assert_int_eq(lq_broker_feed_read(feed, 0, &run), LQ_OK);
    lq_broker_feed_close(&feed);
    ck_assert_uint_eq(run.count, 9);
}

static void tear_down(void)
{
    lq_broker_restore_close(&restore);
    lq_broker_store_close(&store);
    lq_keyring_close(&keyring);
    free(run.memory);
    lq_store_folder_remove(folder);
}

static enum lq_result begin(const char *with_key, uint64_t outbox_after, const char *tenant)
{
    const struct lq_broker_restore_options options = {
        .store = {.folder = new_folder, .map_bytes = 64u << 20},
        .master_key_file = with_key,
        .outbox_after = outbox_after,
        .tenant = tenant,
    };

    return lq_broker_restore_open(&options, &restore, &message);
}

static enum lq_result give(uint32_t index, size_t flipped)
{
    static uint8_t sealed[SEALED_BYTES];
    struct lq_view entry = run.entries[index].value;
    size_t bytes = entry.bytes + LQ_SEALED_BOX_EXTRA_BYTES;

    ck_assert_uint_le(bytes, sizeof sealed);
    lq_keyring_seal_broker(keyring, entry, sealed);
    if (flipped > 0) {
        sealed[flipped] ^= 1;
    }
    return lq_broker_restore_entry(restore, lq_view_of(sealed, bytes), &why);
}

/* ---- letters under keys of their tenants ---- */

enum { TENANT = 7, LETTER_FIRST = 3, LETTER_LAST = 4 }; /* where the letter is among the entries */

static const uint8_t tenant_key[LQ_SEAL_KEY_BYTES] = {1, 2, 3}, wrong_key[LQ_SEAL_KEY_BYTES] = {4};

struct keys {
    enum lq_result answer;
    const uint8_t *key;
    uint32_t asked, generation;
};

static enum lq_result find_key(void *context, uint64_t tenant_number, uint32_t generation,
                               const uint8_t **key)
{
    struct keys *keys = context;

    keys->asked++;
    keys->generation = generation;
    ck_assert_uint_eq(tenant_number, TENANT);
    *key = keys->key;
    return generation == 0 ? LQ_ERR_KEY : keys->answer;
}

static void give_letter(uint32_t index, const uint8_t *with)
{
    static uint8_t letter[SEALED_BYTES], sealed[SEALED_BYTES];
    const struct lq_letter_seal seal = {with, TENANT, 1};
    size_t bytes = lq_letter_seal_write(&seal, run.entries[index].value, letter);

    lq_keyring_seal_broker(keyring, lq_view_of(letter, bytes), sealed);
    enum lq_result result = lq_broker_restore_entry(
        restore, lq_view_of(sealed, bytes + LQ_SEALED_BOX_EXTRA_BYTES), &why);
    ck_assert_msg(result == LQ_OK, "%s", why);
}

static enum lq_result give_with_letters(const uint8_t *with, struct keys *keys)
{
    for (uint32_t index = 0; index < run.count; index++) {
        if (index >= LETTER_FIRST && index <= LETTER_LAST) {
            give_letter(index, with);
        } else {
            ck_assert_msg(give(index, 0) == LQ_OK, "%s", why);
        }
    }
    return lq_broker_restore_letters(restore, find_key, keys);
}

static void give_all_and_finish(void)
{
    for (uint32_t index = 0; index < run.count; index++) {
        ck_assert_msg(give(index, 0) == LQ_OK, "%s", why);
    }
    ck_assert_uint_eq(lq_broker_restore_epoch(restore), 2);
    ck_assert_int_eq(lq_broker_restore_finish(restore, EPOCH, &restored), LQ_OK);
    lq_broker_restore_close(&restore);
}

static void expect(enum lq_broker_table table, struct lq_view key, const char *value)
{
    uint8_t buffer[64];
    struct lq_view found = {NULL, 0};
    enum lq_result result = lq_broker_store_get(store, table, key, buffer, sizeof buffer, &found);

    ck_assert_int_eq(result, value == NULL ? LQ_ERR_NOT_FOUND : LQ_OK);
    ck_assert(value == NULL || lq_view_equal(found, lq_view_text(value)));
}

START_TEST(test_all_of_it_is_there_again)
{
    struct lq_broker_feed_state state;

    ck_assert_int_eq(begin(key_file, 0, NULL), LQ_OK);
    give_all_and_finish();
    ck_assert_uint_eq(restored.live, 2);
    ck_assert_uint_eq(restored.parked, 0);
    ck_assert_uint_eq(restored.letters, 1);
    ck_assert_uint_eq(restored.quotas, 1);
    ck_assert_uint_eq(restored.entries, 9);
    ck_assert_uint_eq(restored.sequence, 9);
    ck_assert_uint_eq(open_store(new_folder), EPOCH + 1);
    expect(LQ_BROKER_TABLE_LIVE, KEY("acme\0s1"), "ten hertz");
    expect(LQ_BROKER_TABLE_LIVE, KEY("beta\0s1"), "twenty hertz");
    expect(LQ_BROKER_TABLE_LETTERS, KEY("letter 1"), "redriving");
    expect(LQ_BROKER_TABLE_PARKED, KEY("acme\0s2"), NULL);
    expect(LQ_BROKER_TABLE_QUOTAS, KEY("acme"), "ten a second");
    ck_assert_int_eq(lq_broker_store_feed_state(store, &state), LQ_OK);
    ck_assert_uint_eq(state.first, 1);
    ck_assert_uint_eq(state.newest, 10); /* that its epoch began */
}
END_TEST

/* The outbox goes on behind what has left, and keeps what has not, byte by byte. */
START_TEST(test_its_outbox_goes_on)
{
    lq_broker_feed_t *feed = NULL;
    struct lq_broker_feed_run *again = lq_alloc(1, sizeof *again);

    again->memory = lq_alloc(RUN_BYTES, 1);
    again->bytes_max = RUN_BYTES;
    ck_assert_int_eq(begin(key_file, 6, NULL), LQ_OK);
    give_all_and_finish();
    ck_assert_uint_eq(restored.entries, 3);
    (void)open_store(new_folder);
    ck_assert_int_eq(lq_broker_feed_open(new_folder, &feed, &message), LQ_OK);
    ck_assert_int_eq(lq_broker_feed_read(feed, 5, again), LQ_ERR_STALE);
    ck_assert_int_eq(lq_broker_feed_read(feed, 6, again), LQ_OK);
    ck_assert_uint_eq(again->count, 4);
    for (uint32_t index = 0; index < 3; index++) {
        ck_assert(lq_view_equal(again->entries[index].value, run.entries[6 + index].value));
    }
    lq_broker_feed_close(&feed);
    free(again->memory);
    free(again);
}
END_TEST

/* Clients are told that receipts of before may be gone. */
START_TEST(test_it_has_a_history_of_its_own)
{
    uint8_t history[LQ_BROKER_HISTORY_BYTES];

    (void)open_store(old_folder);
    memcpy(history, lq_broker_store_history(store), sizeof history);
    (void)open_store(old_folder);
    ck_assert_mem_eq(history, lq_broker_store_history(store), sizeof history);
    ck_assert_int_eq(begin(key_file, 0, NULL), LQ_OK);
    give_all_and_finish();
    (void)open_store(new_folder);
    ck_assert_mem_ne(history, lq_broker_store_history(store), sizeof history);
}
END_TEST

START_TEST(test_nothing_came)
{
    ck_assert_int_eq(begin(key_file, 0, NULL), LQ_OK);
    ck_assert_int_eq(lq_broker_restore_finish(restore, EPOCH, &restored), LQ_OK);
    lq_broker_restore_close(&restore);
    ck_assert_uint_eq(open_store(new_folder), EPOCH + 1);
}
END_TEST

START_TEST(test_one_tenants_sessions_and_quotas)
{
    ck_assert_int_eq(begin(key_file, 0, "acme"), LQ_OK);
    give_all_and_finish();
    (void)open_store(new_folder);
    expect(LQ_BROKER_TABLE_LIVE, KEY("acme\0s1"), "ten hertz");
    expect(LQ_BROKER_TABLE_LIVE, KEY("beta\0s1"), NULL);
    expect(LQ_BROKER_TABLE_LETTERS, KEY("letter 1"), NULL);
    expect(LQ_BROKER_TABLE_QUOTAS, KEY("acme"), "ten a second");
}
END_TEST

START_TEST(test_what_is_refused)
{
    ck_assert_int_eq(begin(key_file, 0, NULL), LQ_OK);
    ck_assert_int_eq(begin(key_file, 0, NULL), LQ_ERR_EXISTS);
    ck_assert_int_eq(give(0, 0), LQ_OK);
    ck_assert_int_eq(give(1, 8), LQ_ERR_CORRUPT); /* its sequence */
    ck_assert_str_eq(why, "it does not open with the master key");
    ck_assert_int_eq(give(1, 60), LQ_ERR_CORRUPT);
    ck_assert_int_eq(give(2, 0), LQ_ERR_CORRUPT);
    ck_assert_str_eq(why, "the one before it is missing");
    ck_assert_int_eq(give(0, 0), LQ_ERR_CORRUPT);
}
END_TEST

START_TEST(test_another_master_key_opens_nothing)
{
    ck_assert_int_eq(begin(other_key, 0, NULL), LQ_OK);
    ck_assert_int_eq(give(0, 0), LQ_ERR_CORRUPT);
    ck_assert_str_eq(why, "it does not open with the master key");
}
END_TEST

/* What came with a letter is what nobody opens without the tenant's key, in the outbox too. */
START_TEST(test_sealed_letters_open_when_keys_are_there)
{
    struct keys keys = {.answer = LQ_OK, .key = tenant_key};
    struct lq_broker_entry entry;
    lq_broker_feed_t *feed = NULL;

    ck_assert_int_eq(begin(key_file, 0, NULL), LQ_OK);
    ck_assert_int_eq(give_with_letters(tenant_key, &keys), LQ_OK);
    ck_assert_uint_eq(keys.asked, 1);
    ck_assert_uint_eq(keys.generation, 1);
    ck_assert_int_eq(lq_broker_restore_finish(restore, EPOCH, &restored), LQ_OK);
    lq_broker_restore_close(&restore);
    ck_assert_uint_eq(restored.letters, 1);
    ck_assert_uint_eq(restored.letters_left, 0);
    ck_assert_uint_eq(restored.entries, 9);
    (void)open_store(new_folder);
    expect(LQ_BROKER_TABLE_LETTERS, KEY("letter 1"), "redriving");
    ck_assert_int_eq(lq_broker_feed_open(new_folder, &feed, &message), LQ_OK);
    ck_assert_int_eq(lq_broker_feed_read(feed, LETTER_FIRST, &run), LQ_OK);
    ck_assert_int_eq(lq_broker_entry_read_header(run.entries[0].value, &entry), LQ_OK);
    ck_assert(entry.is_sealed);
    ck_assert_ptr_null(memmem(run.entries[0].value.data, run.entries[0].value.bytes, "open", 4));
    lq_broker_feed_close(&feed);
}
END_TEST

static const struct {
    const uint8_t *sealed_with;
    enum lq_result answer;
    const char *tenant;
    uint64_t left;
} without_key[] = {
    {tenant_key, LQ_ERR_KEY, NULL, 0},         /* the tenant is shredded */
    {NULL, LQ_OK, NULL, 0},                    /* it was before the letter was sealed */
    {tenant_key, LQ_ERR_NOT_FOUND, NULL, 1},   /* its keys did not come */
    {tenant_key, LQ_ERR_NOT_FOUND, "acme", 0}, /* it is another one than is restored */
};

START_TEST(test_letters_without_a_key_are_left_out)
{
    struct keys keys = {.answer = without_key[_i].answer, .key = tenant_key};

    ck_assert_int_eq(begin(key_file, 0, without_key[_i].tenant), LQ_OK);
    ck_assert_int_eq(give_with_letters(without_key[_i].sealed_with, &keys), LQ_OK);
    ck_assert_uint_eq(keys.asked, 1);
    ck_assert_int_eq(lq_broker_restore_finish(restore, EPOCH, &restored), LQ_OK);
    lq_broker_restore_close(&restore);
    ck_assert_uint_eq(restored.letters, 0);
    ck_assert_uint_eq(restored.letters_left, without_key[_i].left);
    (void)open_store(new_folder);
    expect(LQ_BROKER_TABLE_LETTERS, KEY("letter 1"), NULL);
}
END_TEST

START_TEST(test_a_letter_under_another_key_is_damage)
{
    struct keys keys = {.answer = LQ_OK, .key = wrong_key};

    ck_assert_int_eq(begin(key_file, 0, NULL), LQ_OK);
    ck_assert_int_eq(give_with_letters(tenant_key, &keys), LQ_ERR_CORRUPT);
}
END_TEST

/* As earlier programs put them. */
START_TEST(test_letters_without_a_seal_of_their_own)
{
    struct keys keys = {.answer = LQ_ERR_KEY};

    ck_assert_int_eq(begin(key_file, 0, NULL), LQ_OK);
    for (uint32_t index = 0; index < run.count; index++) {
        ck_assert_msg(give(index, 0) == LQ_OK, "%s", why);
    }
    ck_assert_int_eq(lq_broker_restore_letters(restore, find_key, &keys), LQ_OK);
    ck_assert_uint_eq(keys.asked, 0);
    ck_assert_int_eq(lq_broker_restore_finish(restore, EPOCH, &restored), LQ_OK);
    lq_broker_restore_close(&restore);
    (void)open_store(new_folder);
    expect(LQ_BROKER_TABLE_LETTERS, KEY("letter 1"), "redriving");
}
END_TEST

TCase *lq_test_broker_restore(void);
TCase *lq_test_broker_restore(void)
{
    TCase *tc = tcase_create("broker_restore");

    tcase_add_checked_fixture(tc, set_up, tear_down);
    tcase_add_test(tc, test_all_of_it_is_there_again);
    tcase_add_test(tc, test_its_outbox_goes_on);
    tcase_add_test(tc, test_it_has_a_history_of_its_own);
    tcase_add_test(tc, test_nothing_came);
    tcase_add_test(tc, test_one_tenants_sessions_and_quotas);
    tcase_add_test(tc, test_what_is_refused);
    tcase_add_test(tc, test_another_master_key_opens_nothing);
    tcase_add_test(tc, test_sealed_letters_open_when_keys_are_there);
    tcase_add_loop_test(tc, test_letters_without_a_key_are_left_out, 0,
                        sizeof without_key / sizeof without_key[0]);
    tcase_add_test(tc, test_a_letter_under_another_key_is_damage);
    tcase_add_test(tc, test_letters_without_a_seal_of_their_own);
    return tc;
}
