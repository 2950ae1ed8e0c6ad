// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "world/column_delta.h"

#include "tests/support/suite.h"

#include <string.h>

TCase *lq_test_column_delta(void);

static struct lq_column_delta delta;
static struct lq_column_delta back;
static uint8_t room[65536];

#define ROWS(form) ((uint8_t)(LQ_COLUMN_DELTA_##form << LQ_COLUMN_DELTA_ROWS_SHIFT))

/* Rows that were all 1000, in `width` bytes; some changed since, by hand. */
static void begin(uint32_t rows, size_t width)
{
    memset(&delta, 0, sizeof delta);
    lq_column_delta_begin(&delta, rows);
    delta.width = width;
    delta.has_reference[LQ_COLUMN_DELTA_BEFORE] = true;
    for (uint32_t row = 0; row < rows; row++) {
        delta.references[LQ_COLUMN_DELTA_BEFORE][row] = 1000 + row * 7777;
        delta.now[row] = delta.references[LQ_COLUMN_DELTA_BEFORE][row];
    }
}

/* Writes the column, reads it back against the same references; bytes taken. */
static size_t round_trip(uint8_t *header)
{
    struct lq_delta_out out = {room, sizeof room, false};

    memcpy(&back, &delta, sizeof back);
    memset(back.now, 0xee, sizeof back.now);
    lq_column_delta_put(&delta, &out);
    ck_assert(!out.full);
    struct lq_delta_in in = {room, sizeof room - out.left, NULL};
    *header = lq_column_delta_take_header(&in, "x");
    lq_column_delta_take(&back, *header, &in, "x");
    ck_assert_msg(in.fault == NULL, "%s", in.fault);
    ck_assert_uint_eq(in.left, 0);
    ck_assert_int_eq(memcmp(back.now, delta.now, delta.rows * sizeof delta.now[0]), 0);
    return sizeof room - out.left;
}

START_TEST(test_one_row_of_many)
{
    uint8_t header;

    begin(2000, 8);
    delta.now[1500] += 1;
    ck_assert_uint_eq(round_trip(&header), 6);
    ck_assert_uint_eq(header & 0xf0u, ROWS(LIST));
    /* header; one row, 1500 left out; its difference: planes, a byte */
    ck_assert_uint_eq(room[1], 1);
    ck_assert_uint_eq(room[2] | (room[3] & 0x7fu) << 7, 1500u | 0x80u);
}
END_TEST

START_TEST(test_half_of_the_rows)
{
    uint8_t header;

    begin(64, 4);
    for (uint32_t row = 0; row < 64; row += 2) {
        delta.now[row] ^= 1;
    }
    ck_assert_uint_eq(round_trip(&header), 1 + 8 + 1 + 32);
    ck_assert_uint_eq(header, ROWS(BITMAP));
}
END_TEST

START_TEST(test_all_rows_fall_by_one)
{
    uint8_t header;

    begin(64, 4);
    for (uint32_t row = 0; row < 64; row++) {
        delta.now[row] -= 1;
    }
    ck_assert_uint_eq(round_trip(&header), 1 + 1 + 64);
    ck_assert_uint_eq(header, LQ_COLUMN_DELTA_DIFFERENCE | ROWS(ALL));
}
END_TEST

START_TEST(test_lengths)
{
    uint8_t header;

    begin(8, 8);
    delta.now[0] ^= 1;
    delta.now[1] ^= UINT64_C(0x0123456789abcdef);
    delta.now[2] ^= 2;
    delta.now[5] ^= 4;
    /* header, bitmap, four lengths, 1 + 8 + 1 + 1: planes would have been eight a row */
    ck_assert_uint_eq(round_trip(&header), 1 + 1 + 2 + 11);
    ck_assert_uint_eq(header, LQ_COLUMN_DELTA_LENGTHS | ROWS(BITMAP));
}
END_TEST

/* Only bytes that some number has are told: here the highest of each. */
START_TEST(test_planes)
{
    uint8_t header;

    begin(40, 8);
    for (uint32_t row = 0; row < 40; row++) {
        delta.now[row] ^= (uint64_t)(row + 1) << 56;
    }
    ck_assert_uint_eq(round_trip(&header), 1 + 1 + 40);
    ck_assert_uint_eq(header, ROWS(ALL));
    ck_assert_uint_eq(room[1], 0x80);
}
END_TEST

START_TEST(test_rows_of_the_column_before)
{
    struct lq_delta_out out = {room, sizeof room, false};

    begin(100, 4);
    delta.now[17] ^= 3;
    delta.now[71] ^= 5;
    lq_column_delta_put(&delta, &out);
    size_t first = sizeof room - out.left;
    delta.now[71] ^= 6; /* now one of the two */
    delta.now[17] ^= 3;
    lq_column_delta_put(&delta, &out);
    ck_assert_uint_eq(room[first] & 0xf0u, ROWS(AS_BEFORE));
    delta.now[18] ^= 1; /* one more: a list of its own */
    size_t second = sizeof room - out.left;
    lq_column_delta_put(&delta, &out);
    ck_assert_uint_eq(room[second] & 0xf0u, ROWS(LIST));

    memcpy(&back, &delta, sizeof back);
    lq_column_delta_begin(&back, 100);
    struct lq_delta_in in = {room, sizeof room - out.left, NULL};
    for (int column = 0; column < 3; column++) {
        lq_column_delta_take(&back, lq_column_delta_take_header(&in, "x"), &in, "x");
    }
    ck_assert_ptr_null(in.fault);
    ck_assert_uint_eq(in.left, 0);
    ck_assert_int_eq(memcmp(back.now, delta.now, 100 * sizeof back.now[0]), 0);
}
END_TEST

START_TEST(test_prediction_is_tried)
{
    uint8_t header;

    begin(10, 8);
    for (uint32_t row = 0; row < 10; row++) {
        delta.now[row] = UINT64_C(0x123456789a) * (row + 3);
        delta.references[LQ_COLUMN_DELTA_PREDICTED][row] = delta.now[row];
        delta.references[LQ_COLUMN_DELTA_BY_RATE][row] = delta.now[row];
    }
    delta.references[LQ_COLUMN_DELTA_PREDICTED][4] ^= UINT64_C(0x777777777777);
    delta.references[LQ_COLUMN_DELTA_BY_RATE][4] += 2;
    delta.has_reference[LQ_COLUMN_DELTA_PREDICTED] = true;
    ck_assert_uint_le(round_trip(&header), 1 + 2 + 1 + 6);
    ck_assert_uint_eq(header & 3u, LQ_COLUMN_DELTA_PREDICTED);
    delta.has_reference[LQ_COLUMN_DELTA_BY_RATE] = true;
    lq_column_delta_begin(&delta, 10);
    ck_assert_uint_eq(round_trip(&header), 1 + 2 + 1 + 1);
    ck_assert_uint_eq(header & 3u, LQ_COLUMN_DELTA_BY_RATE);
}
END_TEST

/* All rows became alike, as a content would have it. */
START_TEST(test_short_column)
{
    uint8_t header;

    begin(1000, 8);
    for (uint32_t row = 0; row < 1000; row++) {
        delta.references[LQ_COLUMN_DELTA_BEFORE][row] *= UINT64_C(0x9e3779b97f4a7c15);
        delta.now[row] = 5;
    }
    ck_assert_uint_eq(round_trip(&header), 1 + 1 + 8);
    ck_assert_uint_eq(header, LQ_COLUMN_DELTA_SHORT);
}
END_TEST

/* What no encoder writes; ten rows of two bytes. */
static const struct {
    const char *name;
    uint8_t bytes[8];
    size_t bytes_count;
} hostile[] = {
    {"reserved bits", {0x40, 0, 0}, 3},
    {"a short column with more in its header", {LQ_COLUMN_DELTA_SHORT | ROWS(LIST), 1, 0, 0}, 4},
    {"a short column of nothing", {LQ_COLUMN_DELTA_SHORT, 0}, 2},
    {"a short column of more than the rows", {LQ_COLUMN_DELTA_SHORT, 11}, 2},
    {"a row behind the last, in a list", {ROWS(LIST), 2, 9, 0, 1, 1, 1}, 7},
    {"more rows than there are, in a list", {ROWS(LIST), 11, 0}, 3},
    {"a row behind the last, in a bitmap", {ROWS(BITMAP), 0, 4, 1, 1}, 5},
    {"rows of no column before", {ROWS(AS_BEFORE), 0}, 2},
    {"a plane that the width has not", {ROWS(LIST), 1, 0, 4, 1}, 5},
    {"a length beyond the width", {ROWS(LIST) | LQ_COLUMN_DELTA_LENGTHS, 1, 0, 3, 1, 1, 1}, 7},
    {"a plane that ends early", {ROWS(ALL), 1, 1, 1, 1}, 5},
};

START_TEST(test_hostile)
{
    struct lq_delta_in in = {hostile[_i].bytes, hostile[_i].bytes_count, NULL};

    begin(10, 2);
    uint8_t header = lq_column_delta_take_header(&in, "x");
    if (in.fault == NULL) {
        lq_column_delta_take(&delta, header, &in, "x");
    }
    ck_assert_msg(in.fault != NULL, "%s", hostile[_i].name);
    ck_assert_str_eq(in.fault, "x");
}
END_TEST

TCase *lq_test_column_delta(void)
{
    TCase *tests = tcase_create("column_delta");

    tcase_add_test(tests, test_one_row_of_many);
    tcase_add_test(tests, test_half_of_the_rows);
    tcase_add_test(tests, test_all_rows_fall_by_one);
    tcase_add_test(tests, test_lengths);
    tcase_add_test(tests, test_planes);
    tcase_add_test(tests, test_rows_of_the_column_before);
    tcase_add_test(tests, test_prediction_is_tried);
    tcase_add_test(tests, test_short_column);
    tcase_add_loop_test(tests, test_hostile, 0, sizeof hostile / sizeof hostile[0]);
    return tests;
}
