// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "tests/unit/transport/transport_cases.h"
#include "transport/peer_table.h"

#include <stdio.h>

static uint64_t before_ns;

static struct lq_view id_of(char *to, uint32_t number)
{
    snprintf(to, LQ_ROUTING_ID_BYTES_MAX, "peer-%u", number);
    return lq_view_text(to);
}

START_TEST(test_same_connection_same_number)
{
    lq_peer_table_t *table = lq_peer_table_new(100);
    char one[LQ_ROUTING_ID_BYTES_MAX];
    char two[LQ_ROUTING_ID_BYTES_MAX];
    uint32_t first = lq_peer_table_number(table, id_of(one, 1), 10, &before_ns);
    uint32_t second = lq_peer_table_number(table, id_of(two, 2), 20, &before_ns);

    ck_assert_uint_ne(first, 0);
    ck_assert_uint_ne(first, second);
    ck_assert_uint_eq(lq_peer_table_number(table, id_of(one, 1), 30, &before_ns), first);
    ck_assert(lq_view_equal(lq_peer_table_routing_id(table, second), id_of(two, 2)));
    lq_peer_table_destroy(&table);
    lq_peer_table_destroy(&table);
}
END_TEST

START_TEST(test_forgotten_number_reaches_nobody)
{
    lq_peer_table_t *table = lq_peer_table_new(100);
    char text[LQ_ROUTING_ID_BYTES_MAX];
    uint32_t old = lq_peer_table_number(table, id_of(text, 1), 10, &before_ns);

    lq_peer_table_forget(table, old);
    lq_peer_table_forget(table, old);
    uint32_t renewed = lq_peer_table_number(table, id_of(text, 2), 20, &before_ns);
    ck_assert_uint_eq(old & 0xffff, renewed & 0xffff); /* it took the slot */
    ck_assert_uint_ne(old, renewed);
    ck_assert_uint_eq(lq_peer_table_routing_id(table, old).bytes, 0);
    ck_assert_uint_eq(lq_peer_table_routing_id(table, 0).bytes, 0);
    ck_assert_uint_eq(lq_peer_table_routing_id(table, 9999).bytes, 0);
    lq_peer_table_destroy(&table);
}
END_TEST

START_TEST(test_full_table_forgets_the_most_silent)
{
    lq_peer_table_t *table = lq_peer_table_new(4);
    char text[LQ_ROUTING_ID_BYTES_MAX];
    uint32_t numbers[5];

    for (uint32_t peer = 0; peer < 4; peer++) {
        numbers[peer] = lq_peer_table_number(table, id_of(text, peer), 100 + peer, &before_ns);
    }
    lq_peer_table_number(table, id_of(text, 0), 200, &before_ns); /* peer 1 is the silent one now */
    numbers[4] = lq_peer_table_number(table, id_of(text, 4), 300, &before_ns);
    ck_assert_uint_ne(numbers[4], 0);
    ck_assert_uint_eq(lq_peer_table_routing_id(table, numbers[1]).bytes, 0);
    for (uint32_t peer = 0; peer < 5; peer++) {
        if (peer != 1) {
            ck_assert_uint_gt(lq_peer_table_routing_id(table, numbers[peer]).bytes, 0);
        }
    }
    lq_peer_table_destroy(&table);
}
END_TEST

START_TEST(test_long_routing_id_is_refused)
{
    lq_peer_table_t *table = lq_peer_table_new(4);
    uint8_t bytes[LQ_ROUTING_ID_BYTES_MAX + 1] = {1};

    ck_assert_uint_eq(lq_peer_table_number(table, lq_view_of(bytes, sizeof bytes), 1, &before_ns),
                      0);
    ck_assert_uint_eq(lq_peer_table_number(table, lq_view_of(bytes, 0), 1, &before_ns), 0);
    ck_assert_uint_ne(
        lq_peer_table_number(table, lq_view_of(bytes, sizeof bytes - 1), 1, &before_ns), 0);
    lq_peer_table_destroy(&table);
}
END_TEST

TCase *lq_test_peer_table(void)
{
    TCase *tcase = tcase_create("peer_table");

    tcase_add_test(tcase, test_same_connection_same_number);
    tcase_add_test(tcase, test_forgotten_number_reaches_nobody);
    tcase_add_test(tcase, test_full_table_forgets_the_most_silent);
    tcase_add_test(tcase, test_long_routing_id_is_refused);
    return tcase;
}
