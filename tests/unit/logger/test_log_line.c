// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "logger/log_line.h"

#include "logger/json_object.h"
#include "tests/unit/logger/logger_cases.h"

#include <string.h>

#define NOW "2026-11-28T12:00:00.000001Z"
#define OURS "{\"time\":\"2026-11-22T19:35:31.123456Z\",\"level\":\"info\",\"message\":\"m\"}"
#define WRAPPED(text)                                                                              \
    "{\"time\":\"" NOW "\",\"level\":\"error\",\"program\":\"lq-ai\",\"instance\":\"ai-1\","       \
    "\"message\":\"" text "\"}\n"

static const struct lq_log_origin origin = {"lq-ai", "ai-1", "error"};

static const struct {
    const char *raw;
    const char *formed;
} rows[] = {
    {"", ""},
    {"\r", ""},
    {OURS, OURS "\n"},
    {OURS "\r", OURS "\n"},
    {"{\"msg\":1}", "{\"time\":\"" NOW "\",\"msg\":1}\n"},
    {"{ }", "{\"time\":\"" NOW "\" }\n"},
    {"{\"time\":\"yesterday, or the day before it\"}",
     "{\"time\":\"" NOW "\",\"time\":\"yesterday, or the day before it\"}\n"},
    {"Too many open files (src/epoll.cpp:48)", WRAPPED("Too many open files (src/epoll.cpp:48)")},
    {"E: (zconfig) \"x\" \\ \t", WRAPPED("E: (zconfig) \\\"x\\\" \\\\ \\u0009")},
    {"\xc3\xa9 \xff", WRAPPED("\xc3\xa9 \\ufffd")},
    {"{\"half\":", WRAPPED("{\\\"half\\\":")},
    {"assert" OURS, WRAPPED("assert") OURS "\n"},
    {OURS OURS, WRAPPED("{\\\"time\\\":\\\"2026-11-22T19:35:31.123456Z\\\",\\\"level\\\":"
                        "\\\"info\\\",\\\"message\\\":\\\"m\\\"}") OURS "\n"},
};

START_TEST(test_log_line_form)
{
    static char to[LQ_LOG_LINE_BYTES_MAX];
    size_t bytes = lq_log_line_form(&origin, NOW, rows[_i].raw, strlen(rows[_i].raw), to);

    ck_assert_msg(bytes == strlen(rows[_i].formed) && memcmp(to, rows[_i].formed, bytes) == 0,
                  "%s became %.*s", rows[_i].raw, (int)bytes, to);
}
END_TEST

/* The longest lines, of bytes that grow most: objects, and within their bound. */
START_TEST(test_log_line_longest)
{
    static const char fills[] = {'\x01', '"', '\xff', 'a', '\0'};
    static char to[LQ_LOG_LINE_BYTES_MAX];
    static char raw[LQ_LOG_LINE_RAW_BYTES_MAX];

    memset(raw, fills[_i], sizeof raw);
    size_t bytes = lq_log_line_form(&origin, NOW, raw, sizeof raw, to);
    ck_assert_uint_le(bytes, sizeof to);
    ck_assert(to[bytes - 1] == '\n');
    ck_assert(lq_json_object_is(to, bytes - 1));
}
END_TEST

TCase *lq_test_log_line(void)
{
    TCase *tc = tcase_create("log_line");

    tcase_add_loop_test(tc, test_log_line_form, 0, (int)(sizeof rows / sizeof rows[0]));
    tcase_add_loop_test(tc, test_log_line_longest, 0, 5);
    return tc;
}
