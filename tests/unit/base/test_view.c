// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "base/view.h"
#include "tests/unit/base/base_cases.h"

static const struct {
    const char *text;
    size_t bytes_max;
    const char *cut;
} rows[] = {
    {"", 0, ""},
    {"abc", 3, "abc"},
    {"abc", 2, "ab"},
    {"abc", 0, ""},
    {"\xc3\xa4\xc3\xb6", 4, "\xc3\xa4\xc3\xb6"},
    {"\xc3\xa4\xc3\xb6", 3, "\xc3\xa4"},
    {"\xc3\xa4\xc3\xb6", 2, "\xc3\xa4"},
    {"\xc3\xa4\xc3\xb6", 1, ""},
    {"a\xf0\x9f\x8e\xb2z", 5, "a\xf0\x9f\x8e\xb2"},
    {"a\xf0\x9f\x8e\xb2z", 4, "a"},
    {"a\xf0\x9f\x8e\xb2z", 2, "a"},
};

START_TEST(test_cut_at_a_character)
{
    struct lq_view cut = lq_view_cut(lq_view_text(rows[_i].text), rows[_i].bytes_max);

    ck_assert_msg(lq_view_equal(cut, lq_view_text(rows[_i].cut)), "row %d: %zu bytes", _i,
                  cut.bytes);
}
END_TEST

TCase *lq_test_view(void)
{
    TCase *tc = tcase_create("view");

    tcase_add_loop_test(tc, test_cut_at_a_character, 0, (int)(sizeof rows / sizeof rows[0]));
    return tc;
}
