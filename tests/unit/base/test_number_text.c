// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "base/number_text.h"

#include "tests/unit/base/base_cases.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char text[LQ_NUMBER_TEXT_BYTES_MAX + 1];

static const char *of_double(double value)
{
    text[lq_number_text_double(text, value)] = '\0';
    return text;
}

static const char *of_float(float value)
{
    text[lq_number_text_float(text, value)] = '\0';
    return text;
}

static const struct {
    double value;
    const char *expected;
} doubles[] = {
    {0, "0"},
    {-0.0, "-0"},
    {1, "1"},
    {-1.5, "-1.5"},
    {0.1, "0.1"},
    {0.3, "0.3"},
    {0.1 + 0.2, "0.30000000000000004"},
    {100, "100"},
    {1e9, "1000000000"},
    {123456.789, "123456.789"},
    {0.0001, "0.0001"},
    {0.5, "0.5"},
    {5e-324, "4.9406564584124654e-324"},
    {1.7976931348623157e308, "1.7976931348623157e+308"},
    {9007199254740993.0, "9007199254740992"},
    {0.012345678901234567, "0.012345678901234567"},
};

START_TEST(test_double_rows)
{
    ck_assert_str_eq(of_double(doubles[_i].value), doubles[_i].expected);
}
END_TEST

static const struct {
    float value;
    const char *expected;
} floats[] = {
    {0, "0"},
    {-0.0F, "-0"},
    {0.1F, "0.1"},
    {0.25F, "0.25"},
    {-3.5F, "-3.5"},
    {16777216.0F, "16777216"},
    {0.333333343F, "0.33333334"},
    {1e6F, "1000000"},
    {1e18F, "9.99999984e+17"},
};

START_TEST(test_float_rows)
{
    ck_assert_str_eq(of_float(floats[_i].value), floats[_i].expected);
}
END_TEST

START_TEST(test_integers)
{
    text[lq_number_text_unsigned(text, UINT64_MAX)] = '\0';
    ck_assert_str_eq(text, "18446744073709551615");
    text[lq_number_text_signed(text, INT64_MIN)] = '\0';
    ck_assert_str_eq(text, "-9223372036854775808");
    text[lq_number_text_signed(text, -7)] = '\0';
    ck_assert_str_eq(text, "-7");
}
END_TEST

static uint64_t next(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

/* The fewest digits after which printf's number reads back; 17 at most. */
static int digits_needed(double value)
{
    char other[40];

    for (int digits = 1; digits < 17; digits++) {
        snprintf(other, sizeof other, "%.*g", digits, value);
        if (strtod(other, NULL) == value) {
            return digits;
        }
    }
    return 17;
}

static int digits_of(const char *number)
{
    char digits[40];
    int count = 0;

    for (; *number != '\0' && *number != 'e'; number++) {
        if (*number >= '0' && *number <= '9' && (count > 0 || *number != '0')) {
            digits[count++] = *number;
        }
    }
    while (count > 1 && digits[count - 1] == '0') {
        count--;
    }
    return count;
}

START_TEST(test_random_doubles_read_back)
{
    uint64_t state = lq_suite_seed(20260) | 1;

    for (int round = 0; round < 30000; round++) {
        uint64_t bits = next(&state);
        double value;
        if (round % 4 != 0) { /* those of worlds */
            value = (double)(int64_t)bits / 9.3e18 * pow(10, (double)(round % 14) - 4);
        } else {
            memcpy(&value, &bits, sizeof value);
        }
        if (!isfinite(value)) {
            continue;
        }
        ck_assert_msg(strtod(of_double(value), NULL) == value, "%.17g became %s", value, text);
        if (fabs(value) >= 1e-4 && fabs(value) < 1e15) {
            ck_assert_msg(digits_of(text) == digits_needed(value), "%.17g became %s", value, text);
        }
    }
}
END_TEST

START_TEST(test_random_floats_read_back)
{
    uint64_t state = lq_suite_seed(20261) | 1;

    for (int round = 0; round < 30000; round++) {
        uint32_t bits = (uint32_t)next(&state);
        float value;
        memcpy(&value, &bits, sizeof value);
        if (isfinite(value)) {
            ck_assert_msg((float)strtod(of_float(value), NULL) == value, "%.9g became %s",
                          (double)value, text);
            ck_assert_int_le(digits_of(text), 9);
        }
    }
}
END_TEST

TCase *lq_test_number_text(void)
{
    TCase *tests = tcase_create("number_text");

    tcase_add_loop_test(tests, test_double_rows, 0, sizeof doubles / sizeof doubles[0]);
    tcase_add_loop_test(tests, test_float_rows, 0, sizeof floats / sizeof floats[0]);
    tcase_add_test(tests, test_integers);
    tcase_add_test(tests, test_random_doubles_read_back);
    tcase_add_test(tests, test_random_floats_read_back);
    return tests;
}
