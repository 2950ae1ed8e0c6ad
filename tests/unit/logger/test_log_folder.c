// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "logger/log_folder.h"

#include "tests/unit/logger/logger_cases.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[64];

static void make_folder(void)
{
    snprintf(folder, sizeof folder, "/tmp/lq-log-folder-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
}

static const char *path_of(const char *name)
{
    static char path[128];

    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

static void remove_folder(void)
{
    char name[32];

    for (int number = 0; number <= 30; number++) {
        snprintf(name, sizeof name, "%010d.log", number);
        unlink(path_of(name));
    }
    unlink(path_of("current"));
    ck_assert_int_eq(rmdir(folder), 0);
}

static long size_of(const char *name)
{
    struct stat found;

    return stat(path_of(name), &found) == 0 ? (long)found.st_size : -1;
}

START_TEST(test_log_folder_rotates)
{
    static char text[LQ_LOG_FOLDER_FILE_BYTES_MAX / 2 + 1];
    struct lq_log_folder log;

    memset(text, 'x', sizeof text);
    text[sizeof text - 1] = '\n';
    lq_log_folder_open(&log, folder);
    for (int write = 0; write < 15; write++) { /* two do not fit one file */
        lq_log_folder_write(&log, text, sizeof text, 1);
    }
    ck_assert_int_eq(size_of("current"), (long)sizeof text);
    ck_assert_int_eq(size_of("0000000004.log"), -1);
    ck_assert_int_eq(size_of("0000000005.log"), (long)sizeof text);
    ck_assert_int_eq(size_of("0000000014.log"), (long)sizeof text);
    ck_assert_int_eq(size_of("0000000015.log"), -1);
    lq_log_folder_open(&log, folder); /* goes on where the last one ended */
    lq_log_folder_write(&log, "more\n", 5, 1);
    ck_assert_int_eq(size_of("current"), (long)sizeof text + 5);
}
END_TEST

START_TEST(test_log_folder_counts_losses)
{
    struct lq_log_folder log;

    lq_log_folder_open(&log, path_of("nowhere"));
    lq_log_folder_write(&log, "a\nb\n", 4, 2);
    lq_log_folder_write(&log, "c\n", 2, 1);
    ck_assert_uint_eq(log.lost_lines, 3);
    ck_assert_int_eq(log.lost_error, ENOENT);
    log.path = folder; /* it is there now */
    lq_log_folder_write(&log, "d\n", 2, 1);
    ck_assert_uint_eq(log.lost_lines, 0);
    ck_assert_int_eq(size_of("current"), 2);
}
END_TEST

START_TEST(test_log_folder_full_disk)
{
    struct lq_log_folder log;

    lq_log_folder_open(&log, folder);
    close(log.file);
    log.file = open("/dev/full", O_WRONLY | O_CLOEXEC);
    ck_assert_int_ge(log.file, 0);
    lq_log_folder_write(&log, "a\n", 2, 1);
    ck_assert_int_eq(log.lost_error, ENOSPC);
    ck_assert_uint_eq(log.lost_lines, 1);
}
END_TEST

TCase *lq_test_log_folder(void)
{
    TCase *tc = tcase_create("log_folder");

    tcase_add_checked_fixture(tc, make_folder, remove_folder);
    tcase_add_test(tc, test_log_folder_rotates);
    tcase_add_test(tc, test_log_folder_counts_losses);
    tcase_add_test(tc, test_log_folder_full_disk);
    return tc;
}
