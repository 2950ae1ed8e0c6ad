// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "actors/runtime/progress_cell.h"
#include "actors/runtime/runtime_folder.h"
#include "base/error_message.h"

#include "proto/instance_cell.h"
#include "tests/support/suite.h"

#include <endian.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define NOT_HELD 3

static char folder[64];

static void make_folder(void)
{
    strcpy(folder, "/tmp/test_progress_cell.XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
}

static void remove_folder(void)
{
    char path[128];

    snprintf(path, sizeof path, "%s/progress/a-1", folder);
    unlink(path);
    snprintf(path, sizeof path, "%s/progress", folder);
    rmdir(path);
    rmdir(folder);
}

START_TEST(test_the_next_one_finds_it)
{
    struct lq_progress_cell cell;
    struct lq_execution_id suspect;
    struct lq_error_message message;

    ck_assert_int_eq(lq_progress_cell_open(&cell, folder, "a-1", "a", &suspect, &message), LQ_OK);
    ck_assert_uint_eq(suspect.counter, 0);
    lq_progress_cell_set(&cell, (struct lq_execution_id){3, 77});
    lq_progress_cell_close(&cell);
    lq_progress_cell_close(&cell);

    ck_assert_int_eq(lq_progress_cell_open(&cell, folder, "a-1", "a", &suspect, &message), LQ_OK);
    ck_assert_uint_eq(suspect.epoch, 3);
    ck_assert_uint_eq(suspect.counter, 77);
    lq_progress_cell_close(&cell);

    /* It was cleared when it was read. */
    ck_assert_int_eq(lq_progress_cell_open(&cell, folder, "a-1", "a", &suspect, &message), LQ_OK);
    ck_assert_uint_eq(suspect.epoch, 0);
    ck_assert_uint_eq(suspect.counter, 0);
    lq_progress_cell_close(&cell);
}
END_TEST

START_TEST(test_an_instance_is_single)
{
    struct lq_progress_cell cell, other;
    struct lq_execution_id suspect;
    struct lq_error_message message;

    ck_assert_int_eq(lq_progress_cell_open(&cell, folder, "a-1", "a", &suspect, &message), LQ_OK);
    lq_progress_cell_set(&cell, (struct lq_execution_id){1, 2});
    ck_assert_int_eq(lq_progress_cell_open(&other, folder, "a-1", "a", &suspect, &message),
                     LQ_ERR_BUSY);
    ck_assert_ptr_nonnull(strstr(message.text, "runs already"));
    ck_assert_uint_eq(cell.words[1], 2); /* the refused one left it alone */
    lq_progress_cell_close(&cell);
    ck_assert_int_eq(lq_progress_cell_open(&other, "/nowhere", "a-1", "a", &suspect, &message),
                     LQ_ERR_IO);
}
END_TEST

/* What a broker that never heard of us finds: docs/protocol.md. */
START_TEST(test_a_broker_finds_us)
{
    static const char longest[] = "a2345678901234567890123456789012"; /* 32 bytes */
    struct lq_progress_cell cell;
    struct lq_execution_id suspect;
    struct lq_error_message message;

    ck_assert_int_eq(lq_progress_cell_open(&cell, folder, "a-1", longest, &suspect, &message),
                     LQ_OK);
    ck_assert_mem_eq(&cell.words[LQ_CELL_STAGE_WORD], longest, 32);
    ck_assert_uint_ne(cell.words[LQ_CELL_SIGN_WORD], 0);
    lq_progress_cell_sign(&cell, 99);
    ck_assert_uint_eq(le64toh(cell.words[LQ_CELL_SIGN_WORD]), 99);
    ck_assert_uint_eq(cell.words[LQ_CELL_LEAVING_WORD], 0);
    lq_progress_cell_leave(&cell);
    lq_progress_cell_close(&cell);

    ck_assert_int_eq(lq_progress_cell_open(&cell, folder, "a-1", "b", &suspect, &message), LQ_OK);
    ck_assert_str_eq((const char *)&cell.words[LQ_CELL_STAGE_WORD], "b");
    ck_assert_uint_eq(cell.words[LQ_CELL_LEAVING_WORD], 0);
    ck_assert_uint_gt(le64toh(cell.words[LQ_CELL_SIGN_WORD]), 99);
    pid_t child = fork();
    if (child == 0) { /* the kernel tells others who holds it */
        struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
        _exit(fcntl(cell.descriptor, F_GETLK, &lock) == 0 && lock.l_type == F_WRLCK &&
                      lock.l_pid == getppid()
                  ? 0
                  : NOT_HELD);
    }
    int status = 1;
    waitpid(child, &status, 0);
    ck_assert(WIFEXITED(status));
    ck_assert_int_ne(WEXITSTATUS(status), NOT_HELD); /* valgrind has a code of its own */
    lq_progress_cell_close(&cell);
}
END_TEST

START_TEST(test_folder_must_be_ours_alone)
{
    struct lq_error_message message;

    ck_assert_int_eq(lq_runtime_folder_check(folder, &message), LQ_OK);
    chmod(folder, 0750);
    ck_assert_int_eq(lq_runtime_folder_check(folder, &message), LQ_ERR_INVALID);
    ck_assert_ptr_nonnull(strstr(message.text, "has 750"));
    chmod(folder, 0700);
    ck_assert_int_eq(lq_runtime_folder_check("/dev/null", &message), LQ_ERR_INVALID);
    ck_assert_int_eq(lq_runtime_folder_check("/nowhere", &message), LQ_ERR_INVALID);
}
END_TEST

TCase *lq_test_progress_cell(void);
TCase *lq_test_progress_cell(void)
{
    TCase *tc = tcase_create("progress_cell");

    tcase_add_checked_fixture(tc, make_folder, remove_folder);
    tcase_add_test(tc, test_the_next_one_finds_it);
    tcase_add_test(tc, test_an_instance_is_single);
    tcase_add_test(tc, test_a_broker_finds_us);
    tcase_add_test(tc, test_folder_must_be_ours_alone);
    return tc;
}
