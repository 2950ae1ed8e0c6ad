// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "mirror/infrastructure/table_item.h"
#include "tests/support/suite.h"

TCase *lq_test_table_item(void);

/* By the service's guide: two significant digits a byte, and one byte. */
static const struct {
    uint64_t number;
    size_t bytes;
} numbers[] = {
    {0, 1},   {1, 2},   {9, 2},     {10, 2},         {12, 2},         {100, 2},
    {101, 3}, {123, 3}, {12300, 3}, {1234567890, 6}, {1234567891, 6}, {UINT64_MAX, 11},
};

START_TEST(test_numbers)
{
    struct lq_table_item item = {.pk = lq_view_text("p"), .sk = lq_view_text("s")};

    lq_table_item_add_number(&item, "name", numbers[_i].number);
    ck_assert_uint_eq(lq_table_item_bytes(&item), 2 + 1 + 2 + 1 + 4 + numbers[_i].bytes);
}
END_TEST

START_TEST(test_bytes_and_find)
{
    struct lq_table_item item = {.pk = lq_view_text("pppp"), .sk = lq_view_text("ss")};

    ck_assert_uint_eq(lq_table_item_bytes(&item), 4 + 4 + 2);
    lq_table_item_add_text(&item, "t", lq_view_text("\xC3\xA9")); /* UTF-8 counts, not letters */
    lq_table_item_add_bytes(&item, "bb", lq_view_of("\0\0\0", 3));
    ck_assert_uint_eq(lq_table_item_bytes(&item), 10 + 1 + 2 + 2 + 3);
    ck_assert_ptr_eq(lq_table_item_find(&item, "bb", LQ_TABLE_BYTES), &item.attributes[1]);
    ck_assert_ptr_null(lq_table_item_find(&item, "bb", LQ_TABLE_TEXT));
    ck_assert_ptr_null(lq_table_item_find(&item, "b", LQ_TABLE_BYTES));
}
END_TEST

TCase *lq_test_table_item(void)
{
    TCase *tcase = tcase_create("table_item");

    tcase_add_loop_test(tcase, test_numbers, 0, (int)(sizeof numbers / sizeof numbers[0]));
    tcase_add_test(tcase, test_bytes_and_find);
    return tcase;
}
