// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "client/session_table.h"
#include "tests/unit/client/client_cases.h"

#include <stdio.h>

START_TEST(names_have_one_handle_each)
{
    struct lq_session_table table;
    char name[32];
    uint32_t handle = 0;

    lq_session_table_init(&table, 1000);
    for (int round = 0; round < 2; round++) {
        for (uint32_t index = 0; index < 1000; index++) {
            snprintf(name, sizeof name, "session-%u", index);
            ck_assert_int_eq(lq_session_table_handle(&table, name, 5, &handle), LQ_OK);
            ck_assert_uint_eq(handle, index);
            ck_assert_str_eq(table.rows[handle].name, name);
            ck_assert_uint_eq(table.rows[handle].numbers.next, 5);
        }
    }
    ck_assert_int_eq(lq_session_table_handle(&table, "one-more", 1, &handle), LQ_ERR_FULL);
    lq_session_table_release(&table);
}
END_TEST

START_TEST(an_empty_table_is_full)
{
    struct lq_session_table table;
    uint32_t handle = 0;

    lq_session_table_init(&table, 0);
    ck_assert_int_eq(lq_session_table_handle(&table, "s", 1, &handle), LQ_ERR_FULL);
    lq_session_table_release(&table);
}
END_TEST

TCase *lq_test_session_table(void)
{
    TCase *tests = tcase_create("session_table");

    tcase_add_test(tests, names_have_one_handle_each);
    tcase_add_test(tests, an_empty_table_is_full);
    return tests;
}
