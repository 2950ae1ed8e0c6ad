// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "gateway/domain/base64url.h"
#include "tests/support/suite.h"

TCase *lq_test_base64url(void);

static const struct {
    const char *text, *bytes; /* bytes NULL: refused */
} rows[] = {
    {"", ""},
    {"Zg", "f"},
    {"Zm8", "fo"},
    {"Zm9v", "foo"},
    {"Zm9vYg", "foob"},
    {"Zm9vYmE", "fooba"},
    {"Zm9vYmFy", "foobar"},
    {"Z", NULL}, /* no byte has one digit */
    {"Zm9vY", NULL},
    {"Zh", NULL}, /* bits that stand for nothing */
    {"Zm9", NULL},
    {"Zg==", NULL}, /* padding */
    {"Zm8=", NULL},
    {"Zm9v\n", NULL},
    {" Zm9v", NULL},
    {"Zm+/", NULL}, /* the other alphabet */
    {"Zm9v.", NULL},
};

START_TEST(test_rows)
{
    uint8_t bytes[16];
    char text[32];
    size_t count = 99;
    enum lq_result result =
        lq_base64url_decode(lq_view_text(rows[_i].text), bytes, sizeof bytes, &count);

    ck_assert_msg((result == LQ_OK) == (rows[_i].bytes != NULL), "%s", rows[_i].text);
    if (result == LQ_OK) {
        ck_assert_uint_eq(count, strlen(rows[_i].bytes));
        ck_assert_mem_eq(bytes, rows[_i].bytes, count);
        ck_assert_uint_eq(lq_base64url_encode(lq_view_text(rows[_i].bytes), text),
                          strlen(rows[_i].text));
        ck_assert_str_eq(text, rows[_i].text);
    }
}
END_TEST

START_TEST(test_alphabet)
{
    uint8_t bytes[48];
    static const char all[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    char text[65];
    size_t count = 0;

    ck_assert_int_eq(lq_base64url_decode(lq_view_text(all), bytes, 47, &count), LQ_ERR_LIMIT);
    ck_assert_int_eq(lq_base64url_decode(lq_view_text(all), bytes, 48, &count), LQ_OK);
    ck_assert_uint_eq(lq_base64url_encode(lq_view_of(bytes, 48), text), 64);
    ck_assert_str_eq(text, all);
}
END_TEST

/* Each text of three digits is refused or is the only one of its bytes. */
START_TEST(test_one_text_for_each)
{
    uint32_t taken = 0;

    for (uint32_t run = 0; run < 1u << 24; run++) {
        uint8_t digits[3] = {(uint8_t)(run >> 16), (uint8_t)(run >> 8), (uint8_t)run};
        uint8_t bytes[2];
        size_t count = 0;
        taken += lq_base64url_decode(lq_view_of(digits, 3), bytes, 2, &count) == LQ_OK ? 1 : 0;
    }
    ck_assert_uint_eq(taken, 1u << 16);
}
END_TEST

TCase *lq_test_base64url(void)
{
    TCase *tcase = tcase_create("base64url");

    tcase_add_loop_test(tcase, test_rows, 0, sizeof rows / sizeof rows[0]);
    tcase_add_test(tcase, test_alphabet);
    tcase_add_test(tcase, test_one_text_for_each);
    return tcase;
}
