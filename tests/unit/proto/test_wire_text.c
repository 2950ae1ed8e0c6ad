// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "proto/wire_text.h"

#include "tests/unit/proto/proto_cases.h"

#include <string.h>

static const struct {
    const char *name;
    const char *text;
    size_t bytes;
    bool valid;
} rows[] = {
    {"empty", "", 0, true},
    {"short ascii", "a", 1, true},
    {"long ascii", "abcdefghijklmnopqrstuvwxyz", 26, true},
    {"two bytes", "\xc3\xa9", 2, true},
    {"three bytes", "\xe2\x82\xac", 3, true},
    {"four bytes", "\xf0\x9f\x98\x80", 4, true},
    {"behind eight plain ones", "12345678\xe2\x82\xac", 11, true},
    {"the last code point", "\xf4\x8f\xbf\xbf", 4, true},
    {"NUL", "a\0b", 3, false},
    {"NUL among eight", "abc\0efgh", 8, false},
    {"a continuation alone", "\x80", 1, false},
    {"cut in two", "\xc3", 1, false},
    {"cut in three", "\xe2\x82", 2, false},
    {"cut in four", "\xf0\x9f\x98", 3, false},
    {"overlong two", "\xc0\x80", 2, false},
    {"overlong three", "\xe0\x9f\xbf", 3, false},
    {"overlong four", "\xf0\x8f\xbf\xbf", 4, false},
    {"a surrogate", "\xed\xa0\x80", 3, false},
    {"above the last", "\xf4\x90\x80\x80", 4, false},
    {"no lead", "\xff\xfe", 2, false},
    {"a lead instead of a continuation", "\xe2\xe2\xac", 3, false},
};

START_TEST(test_text)
{
    uint8_t copy[32]; /* not a literal, so that reading behind the end shows */

    memcpy(copy + sizeof copy - rows[_i].bytes, rows[_i].text, rows[_i].bytes);
    ck_assert_msg(lq_wire_text_valid(copy + sizeof copy - rows[_i].bytes, rows[_i].bytes) ==
                      rows[_i].valid,
                  "%s", rows[_i].name);
}
END_TEST

TCase *lq_test_wire_text(void)
{
    TCase *tc = tcase_create("wire_text");

    tcase_add_loop_test(tc, test_text, 0, sizeof rows / sizeof rows[0]);
    return tc;
}
