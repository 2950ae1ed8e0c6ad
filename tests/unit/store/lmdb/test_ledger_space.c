// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "store/lmdb/ledger_space.h"

#include "store/lmdb/space_page.h"
#include "tests/support/suite.h"
#include "tests/unit/store/lmdb/ledger_fixture.h"
#include "tests/unit/store/lmdb/store_folder.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static struct lq_ledger_fixture fixture;

static void set_up(void)
{
    lq_ledger_fixture_make(&fixture);
    lq_ledger_fixture_open(&fixture);
    ck_assert_int_eq(lq_ledger_fixture_create_tenant(&fixture, "demo", 1), LQ_COMMIT_DONE);
    ck_assert_int_eq(lq_ledger_fixture_create_session(&fixture, "demo", "s1", 2), LQ_COMMIT_DONE);
}

static void tear_down(void)
{
    lq_ledger_fixture_remove(&fixture);
}

static struct lq_ledger_space look(void)
{
    struct lq_ledger_space space;

    ck_assert_int_eq(lq_ledger_read_begin(fixture.ledger), LQ_OK);
    ck_assert_int_eq(lq_ledger_space(fixture.ledger, &space), LQ_OK);
    lq_ledger_read_end(fixture.ledger);
    return space;
}

static void play(uint64_t from, uint64_t to)
{
    for (uint64_t frame = from; frame <= to; frame++) {
        ck_assert_int_eq(lq_ledger_fixture_frame(&fixture, "demo", "s1", frame, frame + 10),
                         LQ_COMMIT_DONE);
    }
}

START_TEST(test_space_of_a_partition)
{
    play(1, 50);
    struct lq_ledger_space before = look();
    play(51, 200);
    struct lq_ledger_space after = look();

    ck_assert_uint_eq(before.map_bytes, 64u << 20);
    ck_assert_uint_gt(after.used_bytes, before.used_bytes);
    ck_assert_uint_lt(after.used_bytes, after.map_bytes);
    /* Each commit frees the pages that it copied, and the next but one uses them. */
    ck_assert_uint_gt(after.free_bytes, 0);
    ck_assert_uint_lt(after.free_bytes, after.used_bytes);
    ck_assert_uint_gt(after.disk_free_bytes, 0);
    ck_assert_int_eq(after.reader_pid, 0);
}
END_TEST

/* Holds a read transaction open until its parent closes the pipe. */
static pid_t begin_reader(int held[2])
{
    int begun[2];
    char byte = 0;

    ck_assert_int_eq(pipe(held), 0);
    ck_assert_int_eq(pipe(begun), 0);
    pid_t pid = fork();
    if (pid == 0) {
        lq_ledger_t *ledger = NULL;
        struct lq_error_message message;
        close(held[1]);
        if (lq_ledger_open_reader(&fixture.options, &ledger, &message) != LQ_OK ||
            lq_ledger_read_begin(ledger) != LQ_OK || write(begun[1], "+", 1) != 1) {
            abort();
        }
        (void)!read(held[0], &byte, 1);
        lq_ledger_close(&ledger); /* its slot among the readers */
        /* What it inherited is not its own to free: no leak checker shall look for it. */
        raise(SIGKILL);
    }
    ck_assert_int_gt(pid, 0);
    close(held[0]);
    close(begun[1]);
    ck_assert_int_eq(read(begun[0], &byte, 1), 1);
    close(begun[0]);
    return pid;
}

/* Its age is told, and what is free since it began is no room. */
START_TEST(test_space_beside_a_reader)
{
    int held[2];
    int status;

    play(1, 100);
    uint64_t free_before = look().free_bytes;
    pid_t pid = begin_reader(held);
    play(101, 150);
    struct lq_ledger_space space = look();
    ck_assert_int_eq(space.reader_pid, pid);
    ck_assert_uint_eq(space.reader_lag, 50);
    ck_assert_uint_le(space.free_bytes, free_before);
    close(held[1]);
    ck_assert_int_eq(waitpid(pid, &status, 0), pid);
    ck_assert_int_eq(status, SIGKILL);
    struct lq_ledger_space after = look();
    ck_assert_uint_gt(after.free_bytes, space.free_bytes);
}
END_TEST

static void make_page(struct lq_space_page *page)
{
    memset(page, 0, sizeof *page);
    lq_space_page_boot(page->boot);
    lq_space_history_begin(&page->history, 1000000);
    lq_space_history_add(&page->history, (struct lq_space_sample){1, 4096, 0});
    lq_space_history_add(&page->history, (struct lq_space_sample){500000, 8192, 4096});
}

START_TEST(test_space_page)
{
    struct lq_space_page page;
    struct lq_space_page found;

    ck_assert_int_eq(lq_space_page_read(fixture.partition_folder, &found), LQ_ERR_NOT_FOUND);
    make_page(&page);
    ck_assert_int_eq(lq_space_page_write(fixture.partition_folder, &page), LQ_OK);
    ck_assert_int_eq(lq_space_page_read(fixture.partition_folder, &found), LQ_OK);
    ck_assert_mem_eq(&found, &page, sizeof page);
    ck_assert_uint_gt(strlen(page.boot), 0);
}
END_TEST

/* Where a byte of the file is another one, and where it ends too early. */
static const struct {
    const char *name;
    size_t offset;
    size_t bytes; /* that are left of it */
} bad_pages[] = {
    {"magic", 0, sizeof(struct lq_space_page)},
    {"boot", offsetof(struct lq_space_page, boot), sizeof(struct lq_space_page)},
    {"a sample", offsetof(struct lq_space_page, history.samples) + 9, sizeof(struct lq_space_page)},
    {"digest", offsetof(struct lq_space_page, digest), sizeof(struct lq_space_page)},
    {"cut off", sizeof(struct lq_space_page), sizeof(struct lq_space_page) - 1},
    {"empty", 1, 0},
};

START_TEST(test_space_page_that_is_not_whole)
{
    struct lq_space_page page;
    char path[LQ_STORE_FOLDER_PATH_MAX + 64];

    make_page(&page);
    ck_assert_int_eq(lq_space_page_write(fixture.partition_folder, &page), LQ_OK);
    snprintf(path, sizeof path, "%s/space", fixture.partition_folder);
    FILE *file = fopen(path, "r+");
    ck_assert_ptr_nonnull(file);
    ck_assert_int_eq(fseek(file, (long)bad_pages[_i].offset, SEEK_SET), 0);
    ck_assert_int_ne(fputc(0xA5, file), EOF);
    ck_assert_int_eq(fclose(file), 0);
    ck_assert_int_eq(truncate(path, (off_t)bad_pages[_i].bytes), 0);
    ck_assert_msg(lq_space_page_read(fixture.partition_folder, &page) == LQ_ERR_CORRUPT, "%s",
                  bad_pages[_i].name);
}
END_TEST

/* A history that no writer makes, under a digest that fits: counts from a file are not believed. */
START_TEST(test_space_page_with_a_bad_history)
{
    struct lq_space_page page;

    make_page(&page);
    page.history.count = LQ_SPACE_SAMPLES_MAX + 1;
    ck_assert_int_eq(lq_space_page_write(fixture.partition_folder, &page), LQ_OK);
    ck_assert_int_eq(lq_space_page_read(fixture.partition_folder, &page), LQ_ERR_CORRUPT);
}
END_TEST

TCase *lq_test_ledger_space(void);
TCase *lq_test_ledger_space(void)
{
    TCase *tc = tcase_create("ledger_space");

    tcase_add_checked_fixture(tc, set_up, tear_down);
    tcase_add_test(tc, test_space_of_a_partition);
    tcase_add_test(tc, test_space_beside_a_reader);
    tcase_add_test(tc, test_space_page);
    tcase_add_loop_test(tc, test_space_page_that_is_not_whole, 0,
                        (int)(sizeof bad_pages / sizeof bad_pages[0]));
    tcase_add_test(tc, test_space_page_with_a_bad_history);
    return tc;
}
