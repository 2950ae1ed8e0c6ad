// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "cli/line_reader.h"
#include "tests/unit/cli/cli_cases.h"

#include <string.h>
#include <unistd.h>

static struct lq_line_reader reader;
static int pipe_ends[2];

static void open_pipe(void)
{
    ck_assert_int_eq(pipe(pipe_ends), 0);
    lq_line_reader_init(&reader, pipe_ends[0]);
}

static void close_pipe(void)
{
    close(pipe_ends[0]);
    close(pipe_ends[1]);
}

static void put(const char *text)
{
    ck_assert_int_eq(write(pipe_ends[1], text, strlen(text)), (ssize_t)strlen(text));
    ck_assert_int_eq(lq_line_reader_fill(&reader, 0), LQ_OK);
}

START_TEST(lines_come_whole)
{
    put("one\ntwo\nthr");
    ck_assert_str_eq(lq_line_reader_next(&reader), "one");
    ck_assert_str_eq(lq_line_reader_next(&reader), "two");
    ck_assert_ptr_null(lq_line_reader_next(&reader));
    put("ee\n\n");
    ck_assert_str_eq(lq_line_reader_next(&reader), "three");
    ck_assert_str_eq(lq_line_reader_next(&reader), "");
    ck_assert_uint_eq(reader.line_number, 4);
    ck_assert(!lq_line_reader_done(&reader));
}
END_TEST

START_TEST(the_last_line_may_lack_its_newline)
{
    put("last");
    ck_assert_ptr_null(lq_line_reader_next(&reader));
    close(pipe_ends[1]);
    pipe_ends[1] = dup(pipe_ends[0]);
    ck_assert_int_eq(lq_line_reader_fill(&reader, 0), LQ_OK);
    ck_assert(!lq_line_reader_done(&reader));
    ck_assert_str_eq(lq_line_reader_next(&reader), "last");
    ck_assert(lq_line_reader_done(&reader));
    ck_assert_ptr_null(lq_line_reader_next(&reader));
}
END_TEST

START_TEST(a_byte_order_mark_is_passed_by_once)
{
    put("\xEF\xBB\xBFone\n\xEF\xBB\xBFtwo\n");
    ck_assert_str_eq(lq_line_reader_next(&reader), "one");
    ck_assert_str_eq(lq_line_reader_next(&reader), "\xEF\xBB\xBFtwo");
}
END_TEST

START_TEST(a_nul_does_not_end_a_line)
{
    ck_assert_int_eq(write(pipe_ends[1], "a\0b\0\nc\n", 7), 7);
    ck_assert_int_eq(lq_line_reader_fill(&reader, 0), LQ_OK);
    ck_assert_str_eq(lq_line_reader_next(&reader), "a\x01"
                                                   "b\x01");
    ck_assert_str_eq(lq_line_reader_next(&reader), "c");
}
END_TEST

START_TEST(nothing_there_does_not_block)
{
    ck_assert_int_eq(lq_line_reader_fill(&reader, 0), LQ_OK);
    ck_assert_ptr_null(lq_line_reader_next(&reader));
}
END_TEST

START_TEST(an_endless_line_is_refused)
{
    char block[4096];
    enum lq_result rc = LQ_OK;

    memset(block, 'x', sizeof block);
    for (int round = 0; round < 64 && rc == LQ_OK; round++) {
        ck_assert_int_eq(write(pipe_ends[1], block, sizeof block), (ssize_t)sizeof block);
        rc = lq_line_reader_fill(&reader, 0);
    }
    ck_assert_int_eq(rc, LQ_ERR_LIMIT);
}
END_TEST

TCase *lq_test_line_reader(void)
{
    TCase *tests = tcase_create("line_reader");

    tcase_add_checked_fixture(tests, open_pipe, close_pipe);
    tcase_add_test(tests, lines_come_whole);
    tcase_add_test(tests, the_last_line_may_lack_its_newline);
    tcase_add_test(tests, a_byte_order_mark_is_passed_by_once);
    tcase_add_test(tests, a_nul_does_not_end_a_line);
    tcase_add_test(tests, nothing_there_does_not_block);
    tcase_add_test(tests, an_endless_line_is_refused);
    return tests;
}
