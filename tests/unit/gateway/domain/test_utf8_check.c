// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "gateway/domain/utf8_check.h"
#include "tests/support/suite.h"

TCase *lq_test_utf8_check(void);

static bool is_utf8(const uint8_t *bytes, size_t count)
{
    struct lq_utf8_check check = {0};

    return lq_utf8_check_add(&check, lq_view_of(bytes, count)) && lq_utf8_check_complete(&check);
}

/* By the definition, a code point at a time: all of one to four bytes that begin alike. */
static size_t encode(uint32_t point, uint8_t *to)
{
    if (point < 0x80) {
        to[0] = (uint8_t)point;
        return 1;
    }
    size_t count = point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
    for (size_t index = count - 1; index > 0; index--) {
        to[index] = (uint8_t)(0x80 | (point & 0x3f));
        point >>= 6;
    }
    to[0] = (uint8_t)((0xf00 >> count & 0xff) | point);
    return count;
}

/* In two pieces, cut anywhere. */
static bool is_utf8_in_pieces(const uint8_t *bytes, size_t count)
{
    for (size_t cut = 1; cut < count; cut++) {
        struct lq_utf8_check check = {0};
        if (!lq_utf8_check_add(&check, lq_view_of(bytes, cut)) || lq_utf8_check_complete(&check) ||
            !lq_utf8_check_add(&check, lq_view_of(bytes + cut, count - cut)) ||
            !lq_utf8_check_complete(&check)) {
            return false;
        }
    }
    return true;
}

START_TEST(test_every_code_point)
{
    uint8_t bytes[4];
    uint32_t wrong = 0;

    for (uint32_t point = 0; point < 0x110000; point++) {
        size_t count = encode(point, bytes);
        bool surrogate = point >= 0xd800 && point <= 0xdfff;
        wrong += is_utf8(bytes, count) == surrogate ? 1 : 0;
        wrong += !surrogate && !is_utf8_in_pieces(bytes, count) ? 1 : 0;
    }
    ck_assert_uint_eq(wrong, 0);
}
END_TEST

/* Of all runs of three bytes exactly those of whole characters are taken. */
START_TEST(test_every_three_bytes)
{
    uint32_t taken = 0;

    for (uint32_t run = 0; run < 1u << 24; run++) {
        uint8_t bytes[3] = {(uint8_t)(run >> 16), (uint8_t)(run >> 8), (uint8_t)run};
        taken += is_utf8(bytes, 3) ? 1 : 0;
    }
    /* 128^3 of three characters, 2 * 128 * 1920 of two, 63488 - 2048 of one. */
    ck_assert_uint_eq(taken, 128 * 128 * 128 + 2 * 128 * 1920 + 63488 - 2048);
}
END_TEST

START_TEST(test_beyond)
{
    static const uint8_t rows[][4] = {{0xf4, 0x90, 0x80, 0x80}, /* U+110000 */
                                      {0xf5, 0x80, 0x80, 0x80},
                                      {0xf0, 0x8f, 0xbf, 0xbf}, /* three bytes would do */
                                      {0xff, 0x80, 0x80, 0x80}};

    for (size_t index = 0; index < sizeof rows / sizeof rows[0]; index++) {
        ck_assert(!is_utf8(rows[index], 4));
    }
}
END_TEST

TCase *lq_test_utf8_check(void)
{
    TCase *tcase = tcase_create("utf8_check");

    tcase_add_test(tcase, test_every_code_point);
    tcase_add_test(tcase, test_every_three_bytes);
    tcase_add_test(tcase, test_beyond);
    return tcase;
}
