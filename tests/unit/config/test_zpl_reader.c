// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "config/zpl_reader.h"

#include "tests/unit/config/config_cases.h"

#include <stdio.h>
#include <string.h>

#define TEN "0123456789"
#define HUNDRED TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN
#define THOUSAND HUNDRED HUNDRED HUNDRED HUNDRED HUNDRED HUNDRED HUNDRED HUNDRED HUNDRED HUNDRED

/* A text of so many bytes, 0: up to its NUL; its entries as "LINE.LEVEL NAME" or "LINE.LEVEL
 * NAME=VALUE", each with a newline; at the end "LINE: what is wrong", if something is. */
static const struct {
    const char *name;
    const char *text;
    size_t bytes;
    const char *entries;
} rows[] = {
    {"nothing", "", 0, ""},
    {"blank lines and comments", "\n# a\n\t\n    # b\n \t \n\t# c\n\f\v\r\n", 0, ""},
    {"a name", "cluster", 0, "1.0 cluster\n"},
    {"a name and a comment", "cluster # b\n", 0, "1.0 cluster\n"},
    {"every character of a name", "aZ09$-_@.&+/z\n", 0, "1.0 aZ09$-_@.&+/z\n"},
    {"a value", "a = b\n", 0, "1.0 a=b\n"},
    {"without blanks", "a=b\n", 0, "1.0 a=b\n"},
    {"other white space around =", "a\t=\v\fb \t\n", 0, "1.0 a=b\n"},
    {"blanks in a value", "a = b  c \n", 0, "1.0 a=b  c\n"},
    {"a comment behind a value", "a = b # c\n", 0, "1.0 a=b\n"},
    {"a comment right behind a value", "a = b#c\n", 0, "1.0 a=b\n"},
    {"double quotes", "a = \" b # 'c' \" # d\n", 0, "1.0 a= b # 'c' \n"},
    {"single quotes", "a = '\"b\"'\n", 0, "1.0 a=\"b\"\n"},
    {"an empty value in quotes", "a = \"\"\n", 0, "1.0 a=\n"},
    {"a quote within", "a = b\"c\n", 0, "1.0 a=b\"c\n"},
    {"an equals sign in a value", "a = b = c\n", 0, "1.0 a=b = c\n"},
    {"bytes above 127", "a = \xC3\xA4\n", 0, "1.0 a=\xC3\xA4\n"},
    {"lines that end as on other systems", "a\r\n    b = c\r\n", 0, "1.0 a\n2.1 b=c\n"},
    {"a byte order mark", "\xEF\xBB\xBF# x\na\n", 0, "2.0 a\n"},
    {"levels", "a\n    b = 1\n        c = 2\n    d\n\ne\n    f\n", 0,
     "1.0 a\n2.1 b=1\n3.2 c=2\n4.1 d\n6.0 e\n7.1 f\n"},
    {"a level below a comment", "a\n# x\n    b\n", 0, "1.0 a\n3.1 b\n"},
    {"the longest line", "a = " THOUSAND TEN TEN "\nb\n", 0, "1.0 a=" THOUSAND TEN TEN "\n2.0 b\n"},
    {"a line too long", "\na = " THOUSAND TEN TEN "x\n", 0, "2: longer than 1024 bytes"},
    {"a NUL byte", "a\nb = \0c\n", 8, "1.0 a\n2: a NUL byte"},
    {"a level at the start", "    a\n", 0, "1: indented by more than one level"},
    {"two levels at once", "a\n        b\n", 0, "1.0 a\n2: indented by more than one level"},
    {"two levels below what was deeper", "a\n    b\nc\n        d\n", 0,
     "1.0 a\n2.1 b\n3.0 c\n4: indented by more than one level"},
    {"two blanks", "a\n  b\n", 0, "1.0 a\n2: indented by a number of blanks"},
    {"two blanks before a comment", "  # b\n", 0, "1: indented by a number of blanks"},
    {"a tab", "a\n\tb = c\n", 0, "1.0 a\n2: indented by a tab"},
    {"blanks and a tab", "a\n    \tb = c\n", 0, "1.0 a\n2: indented by a tab"},
    {"a byte order mark within",
     "a\n\xEF\xBB\xBF"
     "b\n",
     0, "1.0 a\n2: a character that a name cannot begin with"},
    {"a quoted name", "\"a\" = b\n", 0, "1: a character that a name cannot begin with"},
    {"no name", "= b\n", 0, "1: no name before the ="},
    {"a slash in front", "/a\n", 0, "1: a name neither begins nor ends with a slash"},
    {"a slash behind", "a/ = b\n", 0, "1: a name neither begins nor ends with a slash"},
    {"a slash alone", "/\n", 0, "1: a name neither begins nor ends with a slash"},
    {"two names", "a b\n", 0, "1: something behind the name"},
    {"a colon", "a: b\n", 0, "1: something behind the name"},
    {"no value", "a =\n", 0, "1: no value behind the ="},
    {"a comment for a value", "a = # b\n", 0, "1: no value behind the ="},
    {"an open quote", "a = \"b\n", 0, "1: the quote before the value is not closed"},
    {"the other quote", "a = \"b'\n", 0, "1: the quote before the value is not closed"},
    {"a quote alone", "a = '", 0, "1: the quote before the value is not closed"},
    {"behind a quote", "a = \"b\" c\n", 0, "1: something behind the closing quote"},
};

static void list_entries(struct lq_view text, char *to, size_t bytes_max)
{
    struct lq_zpl_reader reader = lq_zpl_reader_of(text);
    struct lq_zpl_entry entry;
    enum lq_result result;
    size_t used = 0;

    to[0] = '\0';
    while ((result = lq_zpl_reader_next(&reader, &entry)) == LQ_OK) {
        used += (size_t)snprintf(to + used, bytes_max - used, "%u.%u %.*s%s%.*s\n", entry.line,
                                 entry.level, (int)entry.name.bytes, (const char *)entry.name.data,
                                 entry.has_value ? "=" : "", (int)entry.value.bytes,
                                 entry.has_value ? (const char *)entry.value.data : "");
        ck_assert_uint_lt(used, bytes_max);
    }
    if (result == LQ_ERR_INVALID) {
        snprintf(to + used, bytes_max - used, "%u: %s", reader.line, reader.wrong);
    } else {
        ck_assert_int_eq(result, LQ_ERR_NOT_FOUND);
    }
}

START_TEST(test_entries)
{
    const char *text = rows[_i].text;
    const char *expected = rows[_i].entries;
    size_t expected_bytes = strlen(expected);
    char entries[4096];

    list_entries(lq_view_of(text, rows[_i].bytes > 0 ? rows[_i].bytes : strlen(text)), entries,
                 sizeof entries);
    /* Of what is wrong, the first words. */
    bool prefix = expected_bytes > 0 && expected[expected_bytes - 1] != '\n';
    ck_assert_msg(prefix ? strncmp(entries, expected, expected_bytes) == 0
                         : strcmp(entries, expected) == 0,
                  "%s: \"%s\"", rows[_i].name, entries);
}
END_TEST

TCase *lq_test_zpl_reader(void)
{
    TCase *tc = tcase_create("zpl_reader");

    tcase_add_loop_test(tc, test_entries, 0, (int)(sizeof rows / sizeof rows[0]));
    return tc;
}
