// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "base/error_message.h"
#include "store/seal/key_file.h"

#include "tests/support/suite.h"
#include "tests/unit/store/lmdb/store_folder.h"

#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MAKERS = 8, ROUNDS = 20 };

static char folder[LQ_STORE_FOLDER_PATH_MAX];
static char keys[LQ_STORE_FOLDER_PATH_MAX + 16];
static char path[LQ_STORE_FOLDER_PATH_MAX + 32];
static struct lq_error_message message;

static void set_up(void)
{
    lq_store_folder_make(folder);
    snprintf(keys, sizeof keys, "%s/keys", folder);
    snprintf(path, sizeof path, "%s/master.key", keys);
}

static void tear_down(void)
{
    lq_store_folder_remove(folder);
}

static void write_file(const char *name, const char *text)
{
    FILE *stream = fopen(name, "w");

    ck_assert_ptr_nonnull(stream);
    fputs(text, stream);
    ck_assert_int_eq(fclose(stream), 0);
    ck_assert_int_eq(chmod(name, 0600), 0);
}

static const char *read_file(const char *name)
{
    static char text[256];
    FILE *stream = fopen(name, "r");

    ck_assert_ptr_nonnull(stream);
    text[fread(text, 1, sizeof text - 1, stream)] = '\0';
    fclose(stream);
    return text;
}

static int count_files(void)
{
    DIR *entries = opendir(keys);
    int count = 0;
    const struct dirent *entry;

    ck_assert_ptr_nonnull(entries);
    while ((entry = readdir(entries)) != NULL) {
        count += entry->d_name[0] != '.';
    }
    closedir(entries);
    return count;
}

/* Waits until all are ready, so that they run into each other. */
static void make_at_once(const int *gate, int *made, int *found)
{
    pid_t makers[MAKERS];
    char byte;

    for (int index = 0; index < MAKERS; index++) {
        makers[index] = fork();
        ck_assert_int_ge(makers[index], 0);
        if (makers[index] == 0) {
            close(gate[1]);
            (void)!read(gate[0], &byte, 1); /* end of file: all go */
            _exit((int)lq_key_file_create(path, &message));
        }
    }
    close(gate[0]);
    close(gate[1]);
    for (int index = 0; index < MAKERS; index++) {
        int status;
        ck_assert_int_eq(waitpid(makers[index], &status, 0), makers[index]);
        *made += WEXITSTATUS(status) == LQ_OK;
        *found += WEXITSTATUS(status) == LQ_ERR_EXISTS;
    }
}

START_TEST(test_key_file_of_many_makers)
{
    uint8_t key[LQ_SEAL_KEY_BYTES];

    for (int round = 0; round < ROUNDS; round++) {
        int gate[2], made = 0, found = 0;
        ck_assert_int_eq(pipe(gate), 0);
        make_at_once(gate, &made, &found);
        ck_assert_int_eq(made, 1);
        ck_assert_int_eq(found, MAKERS - 1);
        ck_assert_int_eq(lq_key_file_read(path, key, &message), LQ_OK);
        ck_assert_int_eq(count_files(), 1);
        ck_assert_int_eq(unlink(path), 0);
    }
}
END_TEST

/* Process ids repeat (containers, time): what another may be writing to is not touched. */
START_TEST(test_key_file_temporary_of_another)
{
    char other[sizeof path + 32];

    ck_assert_int_eq(lq_key_file_create(path, &message), LQ_OK);
    ck_assert_int_eq(unlink(path), 0);
    snprintf(other, sizeof other, "%s.%ld", path, (long)getpid());
    write_file(other, "another's");
    ck_assert_int_eq(lq_key_file_create(path, &message), LQ_OK);
    ck_assert_str_eq(read_file(other), "another's");
    ck_assert_int_eq(count_files(), 2);
}
END_TEST

START_TEST(test_key_file_half_there)
{
    uint8_t key[LQ_SEAL_KEY_BYTES];

    ck_assert_int_eq(lq_key_file_create(path, &message), LQ_OK);
    write_file(path, "a");
    ck_assert_int_eq(lq_key_file_create(path, &message), LQ_ERR_EXISTS);
    ck_assert_str_eq(read_file(path), "a");
    ck_assert_int_eq(lq_key_file_read(path, key, &message), LQ_ERR_KEY);
    ck_assert_ptr_nonnull(strstr(message.text, "(it has 1 bytes)"));
    ck_assert_int_eq(count_files(), 1);
}
END_TEST

/* As on a full disk: a part of it is written, then no more. */
static int make_in_ten_bytes(void *context)
{
    struct rlimit limit = {10, 10};

    (void)context;
    if (signal(SIGXFSZ, SIG_IGN) == SIG_ERR || setrlimit(RLIMIT_FSIZE, &limit) != 0) {
        return -1;
    }
    enum lq_result result = lq_key_file_create(path, &message);
    return strstr(message.text, "File too large") != NULL ? (int)result : -1;
}

START_TEST(test_key_file_without_room)
{
    ck_assert_int_eq(lq_store_folder_in_child(make_in_ten_bytes, NULL), LQ_ERR_IO);
    ck_assert_int_eq(count_files(), 0);
    ck_assert_int_eq(lq_key_file_create(path, &message), LQ_OK);
}
END_TEST

TCase *lq_test_key_file(void);

TCase *lq_test_key_file(void)
{
    TCase *tc = tcase_create("key_file");

    tcase_add_checked_fixture(tc, set_up, tear_down);
    tcase_add_test(tc, test_key_file_of_many_makers);
    tcase_add_test(tc, test_key_file_temporary_of_another);
    tcase_add_test(tc, test_key_file_half_there);
    tcase_add_test(tc, test_key_file_without_room);
    return tc;
}
