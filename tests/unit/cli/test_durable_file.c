// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "base/error_message.h"
#include "cli/durable_file.h"
#include "tests/unit/cli/cli_cases.h"

#include <dirent.h>
#include <string.h>
#include <unistd.h>

static struct lq_error_message message;
static char path[128];
static char temporary[144];

static void begin(void)
{
    lq_cli_folder_make();
    snprintf(path, sizeof path, "%s/file", lq_cli_folder);
    snprintf(temporary, sizeof temporary, "%s.lqctl-tmp", path);
}

/* Nothing temporary beside it. */
static void expect_one_file(void)
{
    DIR *folder = opendir(lq_cli_folder);
    int count = 0;

    ck_assert_ptr_nonnull(folder);
    for (const struct dirent *entry = readdir(folder); entry != NULL; entry = readdir(folder)) {
        count += entry->d_name[0] != '.';
    }
    closedir(folder);
    ck_assert_int_eq(count, 1);
}

static enum lq_result write_text(const char *text, bool replace)
{
    struct lq_durable_file file;

    enum lq_result rc = lq_durable_file_begin(&file, path, replace, &message);
    if (rc != LQ_OK) {
        return rc;
    }
    fputs(text, file.stream);
    rc = lq_durable_file_commit(&file, &message);
    expect_one_file();
    lq_durable_file_abandon(&file); /* after commit: nothing */
    return rc;
}

static void expect_text(const char *expected)
{
    char text[32] = "";
    FILE *file = fopen(path, "r");

    ck_assert_ptr_nonnull(file);
    ck_assert_ptr_nonnull(fgets(text, sizeof text, file));
    fclose(file);
    ck_assert_str_eq(text, expected);
}

START_TEST(a_commit_puts_the_whole_file_in_place)
{
    ck_assert_int_eq(write_text("one", false), LQ_OK);
    expect_text("one");
    ck_assert_int_eq(write_text("two", true), LQ_OK);
    expect_text("two");
}
END_TEST

START_TEST(what_is_there_is_kept_unless_asked)
{
    ck_assert_int_eq(write_text("one", false), LQ_OK);
    ck_assert_int_eq(write_text("two", false), LQ_ERR_EXISTS);
    expect_text("one");
}
END_TEST

START_TEST(what_was_abandoned_leaves_nothing)
{
    struct lq_durable_file file;

    for (int replaces = 0; replaces < 2; replaces++) {
        ck_assert_int_eq(lq_durable_file_begin(&file, path, replaces, &message), LQ_OK);
        lq_durable_file_abandon(&file);
        lq_durable_file_abandon(&file);
        ck_assert_int_eq(access(path, F_OK), -1);
        ck_assert_int_eq(access(temporary, F_OK), -1);
    }
}
END_TEST

START_TEST(a_missing_folder_is_told)
{
    struct lq_durable_file file;

    ck_assert_int_eq(lq_durable_file_begin(&file, "/nowhere/at/all", false, &message), LQ_ERR_IO);
    ck_assert_ptr_nonnull(strstr(message.text, "/nowhere/at/all"));
    ck_assert_int_eq(lq_durable_file_begin(&file, "", false, &message), LQ_ERR_IO);
    ck_assert_int_eq(lq_durable_file_begin(&file, "folder/", false, &message), LQ_ERR_IO);
}
END_TEST

START_TEST(a_new_file_has_no_name_until_it_is_whole)
{
    struct lq_durable_file file;

    ck_assert_int_eq(lq_durable_file_begin(&file, path, false, &message), LQ_OK);
    ck_assert_str_eq(file.temporary_path, "");
    fputs("half", file.stream);
    fflush(file.stream);
    ck_assert_int_eq(access(path, F_OK), -1);
    ck_assert_int_eq(access(temporary, F_OK), -1);
    ck_assert_int_eq(lq_durable_file_commit(&file, &message), LQ_OK);
    expect_text("half");
    expect_one_file();
}
END_TEST

START_TEST(what_a_killed_program_left_is_taken_over)
{
    FILE *stale = fopen(temporary, "w");

    ck_assert_ptr_nonnull(stale);
    fputs("much that a killed program wrote", stale);
    fclose(stale);
    ck_assert_int_eq(write_text("two", true), LQ_OK);
    expect_text("two");
}
END_TEST

START_TEST(two_at_once_do_not_mix)
{
    struct lq_durable_file first, second;

    ck_assert_int_eq(lq_durable_file_begin(&first, path, true, &message), LQ_OK);
    ck_assert_int_eq(lq_durable_file_begin(&second, path, true, &message), LQ_ERR_BUSY);
    ck_assert_ptr_nonnull(strstr(message.text, "another program"));
    fputs("one", first.stream);
    ck_assert_int_eq(lq_durable_file_commit(&first, &message), LQ_OK);
    expect_text("one");
    expect_one_file();
}
END_TEST

START_TEST(what_came_there_meanwhile_is_kept)
{
    struct lq_durable_file file;

    ck_assert_int_eq(lq_durable_file_begin(&file, path, false, &message), LQ_OK);
    ck_assert_int_eq(write_text("first", false), LQ_OK);
    fputs("second", file.stream);
    ck_assert_int_eq(lq_durable_file_commit(&file, &message), LQ_ERR_EXISTS);
    expect_text("first");
    expect_one_file();
}
END_TEST

TCase *lq_test_durable_file(void)
{
    TCase *tests = tcase_create("durable_file");

    tcase_add_checked_fixture(tests, begin, lq_cli_folder_remove);
    tcase_add_test(tests, a_commit_puts_the_whole_file_in_place);
    tcase_add_test(tests, what_is_there_is_kept_unless_asked);
    tcase_add_test(tests, what_was_abandoned_leaves_nothing);
    tcase_add_test(tests, a_missing_folder_is_told);
    tcase_add_test(tests, a_new_file_has_no_name_until_it_is_whole);
    tcase_add_test(tests, what_a_killed_program_left_is_taken_over);
    tcase_add_test(tests, two_at_once_do_not_mix);
    tcase_add_test(tests, what_came_there_meanwhile_is_kept);
    return tests;
}
