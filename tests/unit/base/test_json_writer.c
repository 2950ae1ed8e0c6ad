// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "base/json_writer.h"

#include "tests/support/suite.h"

static char text[256];
static struct lq_json_writer writer;

static const char *written(void)
{
    ck_assert_uint_lt(writer.bytes, sizeof text);
    text[writer.bytes] = '\0';
    return text;
}

static const struct {
    const char *from; /* ends at its NUL */
    const char *expected;
} texts[] = {
    {"", "\"\""},
    {"a b", "\"a b\""},
    {"say \"\\\"", "\"say \\\"\\\\\\\"\""},
    {"\b\n\x1f\x7f", "\"\\u0008\\u000a\\u001f\\u007f\""},
    {"\xc3\xa4\xe2\x82\xac\xf0\x9f\x8e\xb2", "\"\xc3\xa4\xe2\x82\xac\xf0\x9f\x8e\xb2\""},
    {"a\xff"
     "b",
     "\"a\\ufffd"
     "b\""},
    {"\x80", "\"\\ufffd\""},
    {"\xc3", "\"\\ufffd\""},
    {"\xc0\xaf", "\"\\ufffd\\ufffd\""},            /* overlong */
    {"\xed\xa0\x80", "\"\\ufffd\\ufffd\\ufffd\""}, /* a surrogate */
    {"\xf4\x90\x80\x80", "\"\\ufffd\\ufffd\\ufffd\\ufffd\""},
    {"\xe2\x82", "\"\\ufffd\\ufffd\""}, /* cut short */
};

START_TEST(test_json_text)
{
    lq_json_writer_start(&writer, text, sizeof text);
    lq_json_writer_text(&writer, lq_view_text(texts[_i].from));
    ck_assert_str_eq(written(), texts[_i].expected);
}
END_TEST

static void write_all(size_t bytes_max)
{
    static const uint8_t bytes[] = {0x00, 0xab, 0xff};

    memset(text, '~', sizeof text);
    lq_json_writer_start(&writer, text, bytes_max);
    lq_json_writer_begin_object(&writer);
    lq_json_writer_key_text(&writer, "a", lq_view_text("x"));
    lq_json_writer_key(&writer, "b");
    lq_json_writer_begin_array(&writer);
    lq_json_writer_number(&writer, 0);
    lq_json_writer_number(&writer, UINT64_MAX);
    lq_json_writer_begin_object(&writer);
    lq_json_writer_end_object(&writer);
    lq_json_writer_begin_array(&writer);
    lq_json_writer_end_array(&writer);
    lq_json_writer_end_array(&writer);
    lq_json_writer_key(&writer, "c");
    lq_json_writer_hex(&writer, lq_view_of(bytes, sizeof bytes));
    lq_json_writer_key_number(&writer, "d", 7);
    lq_json_writer_end_object(&writer);
}

START_TEST(test_json_structure)
{
    static const char expected[] =
        "{\"a\":\"x\",\"b\":[0,18446744073709551615,{},[]],\"c\":\"00abff\",\"d\":7}";

    write_all(sizeof text);
    ck_assert_str_eq(written(), expected);
    /* With every bound: nothing is written behind it, and the length is told. */
    for (size_t bytes_max = 0; bytes_max < sizeof expected; bytes_max++) {
        write_all(bytes_max);
        ck_assert_uint_eq(writer.bytes, sizeof expected - 1);
        for (size_t at = bytes_max; at < sizeof text; at++) {
            ck_assert_int_eq(text[at], '~');
        }
    }
}
END_TEST

TCase *lq_test_json_writer(void);
TCase *lq_test_json_writer(void)
{
    TCase *tc = tcase_create("json_writer");

    tcase_add_loop_test(tc, test_json_text, 0, sizeof texts / sizeof texts[0]);
    tcase_add_test(tc, test_json_structure);
    return tc;
}
