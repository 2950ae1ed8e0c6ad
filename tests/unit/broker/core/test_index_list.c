// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "broker/core/record_pool.h"

#include "tests/support/suite.h"

#include <signal.h>
#include <stdio.h>

#define RECORDS 9u

static struct {
    uint64_t other;
    uint32_t next;
} records[RECORDS + 1];

static struct lq_index_links links(void)
{
    return LQ_INDEX_LINKS(records, next);
}

/* The list as text, "1 2 3"; asserts that its end and its count are right. */
static const char *text_of(const struct lq_index_list *list)
{
    static char text[2 * RECORDS + 2];
    uint32_t count = 0;
    uint32_t last = 0;

    text[0] = '\0';
    for (uint32_t index = list->first; index != 0; index = records[index].next) {
        ck_assert_uint_lt(count, RECORDS);
        snprintf(text + (count > 0 ? 2 * count - 1 : 0), 3, count > 0 ? " %u" : "%u",
                 (unsigned)index);
        last = index;
        count++;
    }
    ck_assert_uint_eq(last, list->last);
    ck_assert_uint_eq(count, list->count);
    return text;
}

static struct lq_index_list list_of(uint32_t first, uint32_t last)
{
    struct lq_index_list list = {0};

    for (uint32_t index = first; index <= last; index++) {
        lq_index_list_append(&list, links(), index);
    }
    return list;
}

START_TEST(test_index_list_takes_what_was_put_in)
{
    struct lq_index_list list = list_of(2, 3);

    lq_index_list_prepend(&list, links(), 1);
    ck_assert_str_eq(text_of(&list), "1 2 3");
    ck_assert_uint_eq(lq_index_list_take_first(&list, links()), 1);
    ck_assert_uint_eq(lq_index_list_take_first(&list, links()), 2);
    ck_assert_uint_eq(lq_index_list_take_first(&list, links()), 3);
    ck_assert_uint_eq(lq_index_list_take_first(&list, links()), 0);
    lq_index_list_prepend(&list, links(), 4);
    lq_index_list_append(&list, links(), 5);
    ck_assert_str_eq(text_of(&list), "4 5");
}
END_TEST

START_TEST(test_index_list_removes_anywhere)
{
    struct lq_index_list list = list_of(1, 4);

    lq_index_list_remove(&list, links(), 2);
    ck_assert_str_eq(text_of(&list), "1 3 4");
    lq_index_list_remove(&list, links(), 4);
    ck_assert_str_eq(text_of(&list), "1 3");
    lq_index_list_remove(&list, links(), 1);
    ck_assert_str_eq(text_of(&list), "3");
    lq_index_list_remove(&list, links(), 3);
    ck_assert_str_eq(text_of(&list), "");
}
END_TEST

START_TEST(test_index_list_is_cut_and_joined)
{
    struct lq_index_list list = list_of(1, 5);
    struct lq_index_list front = lq_index_list_take_front(&list, links(), 2);
    struct lq_index_list none = lq_index_list_take_front(&list, links(), 0);

    ck_assert_str_eq(text_of(&front), "1 2");
    ck_assert_str_eq(text_of(&list), "3 4 5");
    ck_assert_str_eq(text_of(&none), "");
    list = lq_index_list_join(links(), list, front);
    ck_assert_str_eq(text_of(&list), "3 4 5 1 2");
    list = lq_index_list_join(links(), none, list);
    list = lq_index_list_join(links(), list, none);
    front = lq_index_list_take_front(&list, links(), 9);
    ck_assert_str_eq(text_of(&front), "3 4 5 1 2");
    ck_assert_str_eq(text_of(&list), "");
}
END_TEST

START_TEST(test_index_list_removes_what_is_in_it_only)
{
    struct lq_index_list list = list_of(1, 2);

    lq_index_list_remove(&list, links(), 3);
}
END_TEST

START_TEST(test_index_list_pool_hands_out_the_lowest)
{
    struct lq_record_pool pool = {.max = 3};

    ck_assert_uint_eq(lq_record_pool_take(&pool, links()), 1);
    ck_assert_uint_eq(lq_record_pool_take(&pool, links()), 2);
    lq_record_pool_give(&pool, links(), 1);
    lq_record_pool_give(&pool, links(), 2);
    ck_assert_uint_eq(lq_record_pool_take(&pool, links()), 2); /* the one given back last */
    ck_assert_uint_eq(lq_record_pool_take(&pool, links()), 1);
    ck_assert_uint_eq(lq_record_pool_take(&pool, links()), 3);
    ck_assert_uint_eq(lq_record_pool_take(&pool, links()), 0);
    ck_assert_uint_eq(pool.top, 3);
}
END_TEST

TCase *lq_test_index_list(void);
TCase *lq_test_index_list(void)
{
    TCase *tc = tcase_create("index_list");

    tcase_add_test(tc, test_index_list_takes_what_was_put_in);
    tcase_add_test(tc, test_index_list_removes_anywhere);
    tcase_add_test(tc, test_index_list_is_cut_and_joined);
    if (lq_suite_forks()) {
        tcase_add_test_raise_signal(tc, test_index_list_removes_what_is_in_it_only, SIGABRT);
    }
    tcase_add_test(tc, test_index_list_pool_hands_out_the_lowest);
    return tc;
}
