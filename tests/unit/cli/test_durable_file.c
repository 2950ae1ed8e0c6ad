// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "cli/durable_file.h"
#include "tests/unit/cli/cli_cases.h"

#include <string.h>
#include <unistd.h>

static char message[LQ_DURABLE_FILE_MESSAGE_BYTES];
static char path[128];

static void begin(void)
{
    lq_cli_folder_make();
    snprintf(path, sizeof path, "%s/file", lq_cli_folder);
}

static enum lq_result write_text(const char *text, bool replace)
{
    struct lq_durable_file file;

    ck_assert_int_eq(lq_durable_file_begin(&file, path, message), LQ_OK);
    fputs(text, file.stream);
    enum lq_result rc = lq_durable_file_commit(&file, replace, message);
    ck_assert_int_eq(access(file.temporary_path, F_OK), -1);
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

    ck_assert_int_eq(lq_durable_file_begin(&file, path, message), LQ_OK);
    lq_durable_file_abandon(&file);
    lq_durable_file_abandon(&file);
    ck_assert_int_eq(access(path, F_OK), -1);
    ck_assert_int_eq(access(file.temporary_path, F_OK), -1);
}
END_TEST

START_TEST(a_missing_folder_is_told)
{
    struct lq_durable_file file;

    ck_assert_int_eq(lq_durable_file_begin(&file, "/nowhere/at/all", message), LQ_ERR_IO);
    ck_assert_ptr_nonnull(strstr(message, "/nowhere/at/all"));
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
    return tests;
}
