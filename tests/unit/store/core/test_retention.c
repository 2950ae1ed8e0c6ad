// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "store/core/retention.h"

#include "tests/support/suite.h"

#define NS_PER_S UINT64_C(1000000000)

static const struct {
    const char *text;
    enum lq_result result;
    uint64_t seconds;
    const char *written;
} rows[] = {
    {"7d", LQ_OK, 604800, "7d"},
    {"36h", LQ_OK, 129600, "36h"},
    {"48h", LQ_OK, 172800, "2d"},
    {"90m", LQ_OK, 5400, "90m"},
    {"2w", LQ_OK, 1209600, "14d"},
    {"1m", LQ_OK, 60, "1m"},
    {"36500d", LQ_OK, LQ_RETENTION_S_MAX, "36500d"},
    {"forever", LQ_OK, LQ_RETENTION_FOREVER, "forever"},
    {"0d", LQ_ERR_LIMIT, 0, NULL},
    {"36501d", LQ_ERR_LIMIT, 0, NULL},
    {"99999999999999999999999999d", LQ_ERR_LIMIT, 0, NULL},
    {"30s", LQ_ERR_INVALID, 0, NULL},
    {"7", LQ_ERR_INVALID, 0, NULL},
    {"d", LQ_ERR_INVALID, 0, NULL},
    {"", LQ_ERR_INVALID, 0, NULL},
    {"-7d", LQ_ERR_INVALID, 0, NULL},
    {"7 d", LQ_ERR_INVALID, 0, NULL},
    {"7D", LQ_ERR_INVALID, 0, NULL},
    {"1.5d", LQ_ERR_INVALID, 0, NULL},
    {"Forever", LQ_ERR_INVALID, 0, NULL},
};

START_TEST(test_retention_text)
{
    char text[LQ_RETENTION_TEXT_BYTES];
    uint64_t seconds = 4711;

    ck_assert_msg(lq_retention_parse(lq_view_text(rows[_i].text), &seconds) == rows[_i].result,
                  "\"%s\": result", rows[_i].text);
    if (rows[_i].result == LQ_OK) {
        ck_assert_uint_eq(seconds, rows[_i].seconds);
        ck_assert(lq_retention_valid(seconds));
        lq_retention_text(seconds, text);
        ck_assert_str_eq(text, rows[_i].written);
    }
}
END_TEST

START_TEST(test_retention_text_of_a_rest)
{
    char text[LQ_RETENTION_TEXT_BYTES];

    lq_retention_text(3661, text);
    ck_assert_str_eq(text, "3661s");
}
END_TEST

START_TEST(test_retention_judges_by_age)
{
    const uint64_t now = 1000000 * NS_PER_S;
    const uint64_t day = 86400;

    ck_assert(lq_retention_is_over(day, now, now - day * NS_PER_S));
    ck_assert(!lq_retention_is_over(day, now, now - day * NS_PER_S + 1));
    ck_assert(!lq_retention_is_over(day, now, now));
    ck_assert(!lq_retention_is_over(day, now, now + 1));
    ck_assert(!lq_retention_is_over(day, now, UINT64_MAX));
    ck_assert(lq_retention_is_over(day, now, 0));
    ck_assert(!lq_retention_is_over(LQ_RETENTION_FOREVER, UINT64_MAX, 0));
}
END_TEST

START_TEST(test_retention_valid)
{
    ck_assert(lq_retention_valid(LQ_RETENTION_FOREVER));
    ck_assert(lq_retention_valid(LQ_RETENTION_S_MIN));
    ck_assert(!lq_retention_valid(LQ_RETENTION_S_MIN - 1));
    ck_assert(!lq_retention_valid(LQ_RETENTION_S_MAX + 1));
}
END_TEST

TCase *lq_test_retention(void);
TCase *lq_test_retention(void)
{
    TCase *tc = tcase_create("retention");

    tcase_add_loop_test(tc, test_retention_text, 0, (int)(sizeof rows / sizeof rows[0]));
    tcase_add_test(tc, test_retention_text_of_a_rest);
    tcase_add_test(tc, test_retention_judges_by_age);
    tcase_add_test(tc, test_retention_valid);
    return tc;
}
