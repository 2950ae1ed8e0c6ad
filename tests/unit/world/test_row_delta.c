// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "world/row_delta.h"

#include "tests/support/suite.h"

#include <string.h>

TCase *lq_test_row_delta(void);

enum { ROWS_MAX = 64 };

#define NEW LQ_ROW_DELTA_NEW

static const struct {
    const char *name;
    uint32_t before[6], before_count;
    uint32_t after[6], after_count;
    uint16_t from[6];
    uint8_t bytes[16];
    size_t bytes_count;
} rows[] = {
    {"one comes", {1, 5}, 2, {1, 5, 6}, 3, {0, 1, NEW}, {0, 0, 1, 6}, 4},
    {"one goes", {1, 5, 9}, 3, {1, 9}, 2, {0, 2}, {0, 1, 1, 0}, 4},
    {"the first goes, one comes in between",
     {3, 8, 300},
     3,
     {8, 200, 300},
     3,
     {1, NEW, 2},
     {0, 1, 0, 1, 0xc8, 1},
     6},
    /* all ids anew, a step apart: rows, entries, the first, the step */
    {"all others", {1, 2, 3, 4}, 4, {5, 6, 7, 8}, 4, {NEW, NEW, NEW, NEW}, {1, 4, 2, 5, 1}, 5},
    {"all go", {1, 2, 3}, 3, {0}, 0, {0}, {1, 0, 0}, 3},
    {"the last two go", {1, 2, 3, 9}, 4, {1, 2}, 2, {0, 1}, {1, 2, 1, 1}, 4},
};

START_TEST(test_ids)
{
    struct lq_row_keys before = {rows[_i].before, rows[_i].before_count, 4};
    struct lq_row_keys after = {rows[_i].after, rows[_i].after_count, 4};
    uint8_t room[64];
    uint32_t keys[ROWS_MAX];
    uint16_t from[6];
    struct lq_delta_out out = {room, sizeof room, false};

    ck_assert(!lq_row_delta_match(&before, &after, from));
    ck_assert_msg(memcmp(from, rows[_i].from, after.count * sizeof from[0]) == 0, "%s",
                  rows[_i].name);
    lq_row_delta_put(&out, &before, &after, from);
    ck_assert_msg(sizeof room - out.left == rows[_i].bytes_count &&
                      memcmp(room, rows[_i].bytes, rows[_i].bytes_count) == 0,
                  "%s: %zu bytes, %02x %02x %02x %02x", rows[_i].name, sizeof room - out.left,
                  room[0], room[1], room[2], room[3]);
    struct lq_delta_in in = {room, rows[_i].bytes_count, NULL};
    ck_assert_uint_eq(lq_row_delta_take(&in, &before, keys, ROWS_MAX, "id"), after.count);
    ck_assert_ptr_null(in.fault);
    ck_assert_uint_eq(in.left, 0);
    ck_assert_int_eq(memcmp(keys, after.keys, after.count * sizeof keys[0]), 0);
    for (size_t less = 0; less < rows[_i].bytes_count; less++) {
        struct lq_delta_in shorter = {room, less, NULL};
        ck_assert_uint_eq(lq_row_delta_take(&shorter, &before, keys, ROWS_MAX, "id"), 0);
        ck_assert_str_eq(shorter.fault, "id");
    }
}
END_TEST

START_TEST(test_clients)
{
    static const struct lq_client_id ids[] = {{{1}}, {{2, 5}}, {{2, 7}}, {{9}}};
    struct lq_client_id had[] = {ids[0], ids[2], ids[3]};
    struct lq_client_id has[] = {ids[0], ids[1], ids[3]};
    struct lq_row_keys before = {had, 3, LQ_CLIENT_ID_BYTES};
    struct lq_row_keys after = {has, 3, LQ_CLIENT_ID_BYTES};
    struct lq_client_id keys[8];
    uint8_t room[128];
    uint16_t from[3];
    struct lq_delta_out out = {room, sizeof room, false};

    ck_assert(!lq_row_delta_match(&before, &after, from));
    ck_assert_uint_eq(from[0], 0);
    ck_assert_uint_eq(from[1], NEW);
    ck_assert_uint_eq(from[2], 2);
    lq_row_delta_put(&out, &before, &after, from);
    ck_assert_uint_eq(sizeof room - out.left, 4 + LQ_CLIENT_ID_BYTES);
    struct lq_delta_in in = {room, sizeof room - out.left, NULL};
    ck_assert_uint_eq(lq_row_delta_take(&in, &before, keys, 8, "client"), 3);
    ck_assert_int_eq(memcmp(keys, has, sizeof has), 0);
}
END_TEST

START_TEST(test_same)
{
    static const uint32_t ids[] = {1, 4};
    struct lq_row_keys before = {ids, 2, 4};
    uint16_t from[2];

    ck_assert(lq_row_delta_match(&before, &before, from));
    ck_assert_uint_eq(from[1], 1);
}
END_TEST

/* What no encoder writes. Three rows were there, room is for four. */
static const struct {
    const char *name;
    uint8_t bytes[8];
    size_t bytes_count;
} hostile[] = {
    {"an unknown form", {2, 0, 0}, 3},
    {"more go than there were", {0, 4, 0, 0, 0, 0}, 6},
    {"one goes behind the last", {0, 1, 3, 0}, 4},
    {"more come than there is room for", {0, 0, 2, 1, 1}, 5},
    {"more rows than there is room for", {1, 5, 1, 1}, 4},
    {"no entry for some rows", {1, 3, 0}, 3},
    {"more entries than rows", {1, 1, 2, 1, 1}, 5},
    {"a number without an end", {0, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80}, 8},
};

START_TEST(test_hostile)
{
    static const uint32_t ids[] = {1, 4, 6};
    struct lq_row_keys before = {ids, 3, 4};
    uint32_t keys[4];
    struct lq_delta_in in = {hostile[_i].bytes, hostile[_i].bytes_count, NULL};

    ck_assert_uint_eq(lq_row_delta_take(&in, &before, keys, 4, "id"), 0);
    ck_assert_msg(in.fault != NULL, "%s", hostile[_i].name);
}
END_TEST

TCase *lq_test_row_delta(void)
{
    TCase *tests = tcase_create("row_delta");

    tcase_add_loop_test(tests, test_ids, 0, sizeof rows / sizeof rows[0]);
    tcase_add_test(tests, test_clients);
    tcase_add_test(tests, test_same);
    tcase_add_loop_test(tests, test_hostile, 0, sizeof hostile / sizeof hostile[0]);
    return tests;
}
