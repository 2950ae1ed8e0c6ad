// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "base/error_message.h"
#include "base/option_table.h"

#include "tests/unit/base/base_cases.h"

#include <stdlib.h>
#include <string.h>

struct fields {
    char name[LQ_OPTION_TEXT_BYTES_MAX];
    uint64_t wait_ms;
    uint64_t map_bytes;
    uint64_t log_level;
};

static const struct lq_option options[] = {
    {"demo/name", LQ_OPTION_TEXT, offsetof(struct fields, name), "", 0, 0, "none", "a name"},
    {"demo/wait_ms", LQ_OPTION_NUMBER, offsetof(struct fields, wait_ms), "ms", 1, 5000, "900",
     "how long"},
    {"demo/map_bytes", LQ_OPTION_NUMBER, offsetof(struct fields, map_bytes), "bytes", 0, UINT64_MAX,
     "64G", "how much"},
    {"demo/log_level", LQ_OPTION_LEVEL, offsetof(struct fields, log_level), "", 1, 4, "info",
     "what is said"},
};
#define OPTION_COUNT (sizeof options / sizeof options[0])

static const struct {
    const char *key;
    const char *value;
    enum lq_result result;
    uint64_t number;  /* of the field afterwards */
    const char *says; /* in the message */
} rows[] = {
    {"demo/wait_ms", "1", LQ_OK, 1, NULL},
    {"demo/wait_ms", "5000", LQ_OK, 5000, NULL},
    {"demo/wait_ms", "0", LQ_ERR_INVALID, 900, "allowed are 1 to 5000 ms"},
    {"demo/wait_ms", "5001", LQ_ERR_INVALID, 900, "out of range"},
    {"demo/wait_ms", "", LQ_ERR_INVALID, 900, "is not a number"},
    {"demo/wait_ms", "-1", LQ_ERR_INVALID, 900, "is not a number"},
    {"demo/wait_ms", " 1", LQ_ERR_INVALID, 900, "is not a number"},
    {"demo/wait_ms", "1.5", LQ_ERR_INVALID, 900, "is not a number"},
    {"demo/map_bytes", "3K", LQ_OK, 3072, NULL},
    {"demo/map_bytes", "2M", LQ_OK, 2097152, NULL},
    {"demo/map_bytes", "1T", LQ_OK, UINT64_C(1) << 40, NULL},
    {"demo/map_bytes", "1k", LQ_ERR_INVALID, UINT64_C(64) << 30, "K, M, G, T"},
    {"demo/map_bytes", "1KB", LQ_ERR_INVALID, UINT64_C(64) << 30, "is not a number"},
    {"demo/map_bytes", "18446744073709551615", LQ_OK, UINT64_MAX, NULL},
    {"demo/map_bytes", "18446744073709551616", LQ_ERR_INVALID, UINT64_C(64) << 30, "not a number"},
    {"demo/map_bytes", "16777216T", LQ_ERR_INVALID, UINT64_C(64) << 30, "is not a number"},
    {"demo/log_level", "debug", LQ_OK, 1, NULL},
    {"demo/log_level", "error", LQ_OK, 4, NULL},
    {"demo/log_level", "3", LQ_OK, 3, NULL},
    {"demo/log_level", "5", LQ_ERR_INVALID, 2, "\"5\" is none of debug, info, warning, error"},
    {"demo/log_level", "Debug", LQ_ERR_INVALID, 2, "is none of"},
    {"demo/log_level", "", LQ_ERR_INVALID, 2, "is none of"},
    {"demo/other", "1", LQ_ERR_NOT_FOUND, 0, "no such key"},
};

START_TEST(test_set)
{
    struct fields fields;
    struct lq_error_message message = {""};

    lq_option_table_defaults(options, OPTION_COUNT, &fields);
    enum lq_result result =
        lq_option_table_set(options, OPTION_COUNT, &fields, rows[_i].key, rows[_i].value, &message);
    ck_assert_msg(result == rows[_i].result, "%s=%s: %s", rows[_i].key, rows[_i].value,
                  message.text);
    if (rows[_i].says != NULL) {
        ck_assert_msg(strstr(message.text, rows[_i].says) != NULL, "message: %s", message.text);
        ck_assert_msg(strstr(message.text, rows[_i].key) != NULL, "message: %s", message.text);
    }
    if (strcmp(rows[_i].key, "demo/wait_ms") == 0) {
        ck_assert_uint_eq(fields.wait_ms, rows[_i].number);
    } else if (strcmp(rows[_i].key, "demo/map_bytes") == 0) {
        ck_assert_uint_eq(fields.map_bytes, rows[_i].number);
    } else if (strcmp(rows[_i].key, "demo/log_level") == 0) {
        ck_assert_uint_eq(fields.log_level, rows[_i].number);
    }
}
END_TEST

START_TEST(test_text_has_a_limit)
{
    struct fields fields;
    struct lq_error_message message = {""};
    char value[LQ_OPTION_TEXT_BYTES_MAX + 1];

    lq_option_table_defaults(options, OPTION_COUNT, &fields);
    memset(value, 'a', sizeof value);
    value[LQ_OPTION_TEXT_BYTES_MAX] = '\0';
    ck_assert_int_eq(
        lq_option_table_set(options, OPTION_COUNT, &fields, "demo/name", value, &message),
        LQ_ERR_INVALID);
    ck_assert_str_eq(fields.name, "none");
    value[LQ_OPTION_TEXT_BYTES_MAX - 1] = '\0';
    ck_assert_int_eq(
        lq_option_table_set(options, OPTION_COUNT, &fields, "demo/name", value, &message), LQ_OK);
    ck_assert_str_eq(fields.name, value);
}
END_TEST

START_TEST(test_effective_fits_any_buffer)
{
    struct fields fields;
    char text[256];

    lq_option_table_defaults(options, OPTION_COUNT, &fields);
    lq_option_table_effective(options, OPTION_COUNT, &fields, text, sizeof text);
    ck_assert_str_eq(
        text, "demo/name=none demo/wait_ms=900 demo/map_bytes=68719476736 demo/log_level=info");
    for (size_t bytes = 1; bytes < 60; bytes++) {
        lq_option_table_effective(options, OPTION_COUNT, &fields, text, bytes);
        ck_assert_uint_eq(strlen(text), bytes - 1 < 58 ? bytes - 1 : 58);
    }
}
END_TEST

START_TEST(test_help_names_every_key)
{
    char *text = NULL;
    size_t bytes = 0;
    FILE *to = open_memstream(&text, &bytes);

    lq_option_table_help(options, OPTION_COUNT, to);
    fclose(to);
    for (size_t index = 0; index < OPTION_COUNT; index++) {
        ck_assert_ptr_nonnull(strstr(text, options[index].key));
        ck_assert_ptr_nonnull(strstr(text, options[index].help));
    }
    ck_assert_ptr_nonnull(strstr(text, "1 to 5000, in ms"));
    free(text);
}
END_TEST

TCase *lq_test_option_table(void)
{
    TCase *tc = tcase_create("option_table");

    tcase_add_loop_test(tc, test_set, 0, (int)(sizeof rows / sizeof rows[0]));
    tcase_add_test(tc, test_text_has_a_limit);
    tcase_add_test(tc, test_effective_fits_any_buffer);
    tcase_add_test(tc, test_help_names_every_key);
    return tc;
}
