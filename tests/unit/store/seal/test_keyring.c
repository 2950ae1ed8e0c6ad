// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "base/error_message.h"
#include "store/seal/keyring.h"

#include "store/core/broker_entry.h"
#include "store/seal/key_file.h"
#include "tests/support/suite.h"
#include "tests/unit/store/lmdb/store_folder.h"

#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[LQ_STORE_FOLDER_PATH_MAX];
static char file[LQ_STORE_FOLDER_PATH_MAX + 32];
static struct lq_error_message message;
static lq_keyring_t *keyring;

static void set_up(void)
{
    lq_store_folder_make(folder);
    snprintf(file, sizeof file, "%s/keys/master.key", folder);
    ck_assert_int_eq(lq_keyring_create_master(file, &message), LQ_OK);
    ck_assert_int_eq(lq_keyring_open(file, &keyring, &message), LQ_OK);
}

static void tear_down(void)
{
    lq_keyring_close(&keyring);
    lq_keyring_close(&keyring);
    lq_store_folder_remove(folder);
}

static void write_file(const char *text, mode_t mode)
{
    FILE *stream = fopen(file, "w");

    ck_assert_ptr_nonnull(stream);
    fputs(text, stream);
    fclose(stream);
    ck_assert_int_eq(chmod(file, mode), 0);
}

START_TEST(test_keyring_file_is_private_and_made_once)
{
    struct stat status;
    uint8_t first[LQ_HASH_BYTES];
    uint8_t second[LQ_HASH_BYTES];

    ck_assert_int_eq(stat(file, &status), 0);
    ck_assert_uint_eq(status.st_mode & 0777, 0600);
    ck_assert_int_eq(status.st_size, 65);
    lq_keyring_master_digest(keyring, first);
    ck_assert_int_eq(lq_keyring_create_master(file, &message), LQ_ERR_EXISTS);
    lq_keyring_close(&keyring);
    ck_assert_int_eq(lq_keyring_open(file, &keyring, &message), LQ_OK);
    lq_keyring_master_digest(keyring, second);
    ck_assert_mem_eq(first, second, sizeof first);
}
END_TEST

#define HEX_32 "00112233445566778899aabbccddeeff"

static const struct {
    const char *name;
    const char *text;
    mode_t mode;
    enum lq_result result;
} files[] = {
    {"well-formed", HEX_32 HEX_32 "\n", 0600, LQ_OK},
    {"upper case, read-only", "00112233445566778899AABBCCDDEEFF" HEX_32 "\n", 0400, LQ_OK},
    {"readable by the group", HEX_32 HEX_32 "\n", 0640, LQ_ERR_PERMISSION},
    {"writable by others", HEX_32 HEX_32 "\n", 0602, LQ_ERR_PERMISSION},
    {"empty", "", 0600, LQ_ERR_KEY},
    {"no newline", HEX_32 HEX_32, 0600, LQ_ERR_KEY},
    {"too short", HEX_32 "\n", 0600, LQ_ERR_KEY},
    {"too long", HEX_32 HEX_32 "\n\n", 0600, LQ_ERR_KEY},
    {"not hex", HEX_32 "x0112233445566778899aabbccddeeff\n", 0600, LQ_ERR_KEY},
};

START_TEST(test_keyring_checks_its_file)
{
    lq_keyring_t *other = NULL;

    write_file(files[_i].text, files[_i].mode);
    enum lq_result result = lq_keyring_open(file, &other, &message);
    ck_assert_msg(result == files[_i].result, "%s: %s", files[_i].name, message.text);
    ck_assert(result == LQ_OK || strstr(message.text, "master.key") != NULL);
    lq_keyring_close(&other);
}
END_TEST

START_TEST(test_keyring_missing_file)
{
    lq_keyring_t *other = NULL;

    ck_assert_int_eq(unlink(file), 0);
    ck_assert_int_eq(lq_keyring_open(file, &other, &message), LQ_ERR_NOT_FOUND);
    ck_assert_ptr_null(other);
    ck_assert_int_ne(access(file, F_OK), 0);
}
END_TEST

START_TEST(test_keyring_wraps)
{
    uint8_t wrapped[LQ_WRAPPED_KEY_BYTES];
    uint8_t again[LQ_WRAPPED_KEY_BYTES];
    uint8_t copy[32];
    const uint8_t *key;

    lq_keyring_make_key(keyring, 9, 2, wrapped);
    lq_keyring_make_key(keyring, 9, 2, again);
    ck_assert_mem_ne(wrapped, again, sizeof wrapped);
    ck_assert_ptr_null(lq_keyring_find(keyring, 9, 2));
    ck_assert_int_eq(lq_keyring_add(keyring, lq_view_of(wrapped, sizeof wrapped), 9, 2, &key),
                     LQ_OK);
    memcpy(copy, key, sizeof copy);
    ck_assert_ptr_eq(lq_keyring_find(keyring, 9, 2), key);
    ck_assert_ptr_null(lq_keyring_find(keyring, 9, 1));
    ck_assert_ptr_null(lq_keyring_find(keyring, 9 + 1024, 2));
    lq_keyring_make_key(keyring, 9 + 1024, 2, again);
    ck_assert_int_eq(lq_keyring_add(keyring, lq_view_of(again, sizeof again), 9 + 1024, 2, &key),
                     LQ_OK);
    ck_assert_ptr_null(lq_keyring_find(keyring, 9, 2)); /* pushed out of the table */
    ck_assert_int_eq(lq_keyring_add(keyring, lq_view_of(wrapped, sizeof wrapped), 9, 2, &key),
                     LQ_OK);
    ck_assert_mem_eq(copy, key, sizeof copy);
    lq_keyring_forget(keyring);
    ck_assert_ptr_null(lq_keyring_find(keyring, 9, 2));
}
END_TEST

START_TEST(test_keyring_refuses)
{
    uint8_t wrapped[LQ_WRAPPED_KEY_BYTES];
    const uint8_t *key;

    lq_keyring_make_key(keyring, 9, 2, wrapped);
    struct lq_view view = lq_view_of(wrapped, sizeof wrapped);
    ck_assert_int_eq(lq_keyring_add(keyring, view, 8, 2, &key), LQ_ERR_CORRUPT);
    ck_assert_int_eq(lq_keyring_add(keyring, view, 9, 1, &key), LQ_ERR_CORRUPT);
    ck_assert_int_eq(lq_keyring_add(keyring, lq_view_of(wrapped, 87), 9, 2, &key), LQ_ERR_CORRUPT);
    ck_assert_int_eq(lq_keyring_add(keyring, lq_view_of(wrapped, 15), 9, 2, &key), LQ_ERR_CORRUPT);
    for (size_t index = 16; index < sizeof wrapped; index++) {
        wrapped[index] ^= 1;
        ck_assert_int_eq(lq_keyring_add(keyring, view, 9, 2, &key), LQ_ERR_KEY);
        wrapped[index] ^= 1;
    }
    ck_assert_ptr_null(lq_keyring_find(keyring, 9, 2));
    wrapped[0] = 2;
    ck_assert_int_eq(lq_keyring_add(keyring, view, 9, 2, &key), LQ_ERR_VERSION);
    lq_keyring_write_destroyed(9, 2, wrapped);
    ck_assert_int_eq(lq_keyring_add(keyring, lq_view_of(wrapped, 16), 9, 2, &key), LQ_ERR_KEY);
}
END_TEST

START_TEST(test_keyring_other_master)
{
    uint8_t wrapped[LQ_WRAPPED_KEY_BYTES];
    const uint8_t *key;

    lq_keyring_make_key(keyring, 9, 2, wrapped);
    lq_keyring_close(&keyring);
    write_file(HEX_32 HEX_32 "\n", 0600);
    ck_assert_int_eq(lq_keyring_open(file, &keyring, &message), LQ_OK);
    ck_assert_int_eq(lq_keyring_add(keyring, lq_view_of(wrapped, sizeof wrapped), 9, 2, &key),
                     LQ_ERR_KEY);
}
END_TEST

START_TEST(test_keyring_seals_entries_of_the_broker)
{
    struct lq_broker_entry head = {.kind = LQ_BROKER_ENTRY_EPOCH, .sequence = 1, .epoch = 1};
    struct lq_broker_entry_body body = {.limit = 0};
    uint8_t entry[LQ_BROKER_ENTRY_HEADER_BYTES];
    uint8_t sealed[sizeof entry + LQ_SEALED_BOX_EXTRA_BYTES];
    uint8_t opened[sizeof entry];
    char other_file[sizeof file + 8];
    lq_keyring_t *other;

    lq_broker_entry_write(&head, &body, entry);
    lq_keyring_seal_broker(keyring, lq_view_of(entry, sizeof entry), sealed);
    ck_assert_int_eq(lq_keyring_open_broker(keyring, lq_view_of(sealed, sizeof sealed), opened),
                     LQ_OK);
    ck_assert_mem_eq(opened, entry, sizeof entry);
    snprintf(other_file, sizeof other_file, "%s.2", file);
    ck_assert_int_eq(lq_keyring_create_master(other_file, &message), LQ_OK);
    ck_assert_int_eq(lq_keyring_open(other_file, &other, &message), LQ_OK);
    ck_assert_int_eq(lq_keyring_open_broker(other, lq_view_of(sealed, sizeof sealed), opened),
                     LQ_ERR_CORRUPT);
    lq_keyring_close(&other);
}
END_TEST

TCase *lq_test_keyring(void);
TCase *lq_test_keyring(void)
{
    TCase *tc = tcase_create("keyring");

    tcase_add_checked_fixture(tc, set_up, tear_down);
    tcase_add_test(tc, test_keyring_file_is_private_and_made_once);
    tcase_add_loop_test(tc, test_keyring_checks_its_file, 0, sizeof files / sizeof files[0]);
    tcase_add_test(tc, test_keyring_missing_file);
    tcase_add_test(tc, test_keyring_wraps);
    tcase_add_test(tc, test_keyring_refuses);
    tcase_add_test(tc, test_keyring_other_master);
    tcase_add_test(tc, test_keyring_seals_entries_of_the_broker);
    return tc;
}
