// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "cli/text_output.h"
#include "cli/text_table.h"
#include "tests/unit/cli/cli_cases.h"

#include <stdlib.h>

static const struct {
    uint64_t count;
    const char *text;
} counts[] = {
    {0, "0"},
    {999, "999"},
    {1000, "1,000"},
    {1234567, "1,234,567"},
    {UINT64_MAX, "18,446,744,073,709,551,615"},
};

START_TEST(counts_have_commas)
{
    char text[32];

    ck_assert_str_eq(lq_text_output_count(counts[_i].count, text), counts[_i].text);
}
END_TEST

static const struct {
    uint64_t ms;
    const char *text;
} spans[] = {
    {0, "0ms"}, {999, "999ms"}, {1900, "1.9s"}, {61000, "1m01s"}, {11520000, "3h12m"},
};

START_TEST(spans_have_units)
{
    char text[32];

    ck_assert_str_eq(lq_text_output_span(spans[_i].ms, text), spans[_i].text);
}
END_TEST

START_TEST(hashes_are_cut)
{
    const uint8_t hash[32] = {0x01, 0xab, 0xff};
    char text[LQ_TEXT_HASH_BYTES];

    ck_assert_str_eq(lq_text_output_hash(hash, 5, text), "01abf");
    ck_assert_uint_eq(strlen(lq_text_output_hash(hash, 64, text)), 64);
}
END_TEST

START_TEST(columns_are_aligned)
{
    struct lq_text_table table = {.column_count = 3};
    static const char *const cells[] = {"NAME", ">COUNT", "NOTE",  "a", "7",
                                        "x",    "longer", "1,000", ""};
    char *text = NULL;
    size_t bytes = 0;
    FILE *to = open_memstream(&text, &bytes);

    for (size_t cell = 0; cell < 9; cell++) {
        lq_text_table_add(&table, "%s", cells[cell]);
    }
    lq_text_table_print(&table, to);
    fclose(to);
    ck_assert_str_eq(text, "NAME    COUNT  NOTE\n"
                           "a           7  x\n"
                           "longer  1,000  \n");
    free(text);
}
END_TEST

#define COUNT(table) ((int)(sizeof(table) / sizeof(table)[0]))

TCase *lq_test_text_output(void)
{
    TCase *tests = tcase_create("text_output");

    tcase_add_loop_test(tests, counts_have_commas, 0, COUNT(counts));
    tcase_add_loop_test(tests, spans_have_units, 0, COUNT(spans));
    tcase_add_test(tests, hashes_are_cut);
    tcase_add_test(tests, columns_are_aligned);
    return tests;
}
