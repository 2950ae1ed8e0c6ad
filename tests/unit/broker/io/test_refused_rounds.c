// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "broker/io/refused_rounds.h"
#include "tests/unit/broker/io/broker_io_cases.h"

#include <stdio.h>

enum { COUNT_MAX = 64 };

static lq_refused_rounds_t *rounds;

static void open_rounds(void)
{
    rounds = lq_refused_rounds_new(COUNT_MAX);
}

static void close_rounds(void)
{
    lq_refused_rounds_destroy(&rounds);
    lq_refused_rounds_destroy(&rounds);
}

static struct lq_view tenant(uint32_t index)
{
    static char name[16];

    snprintf(name, sizeof name, "t%u", index);
    return lq_view_text(name);
}

START_TEST(each_tenant_of_a_connection_has_its_own)
{
    ck_assert_uint_eq(lq_refused_rounds_find(rounds, 3, tenant(1)), 0);
    lq_refused_rounds_note(rounds, 3, tenant(1), 7);
    lq_refused_rounds_note(rounds, 3, tenant(2), 9);
    ck_assert_uint_eq(lq_refused_rounds_find(rounds, 3, tenant(1)), 7);
    ck_assert_uint_eq(lq_refused_rounds_find(rounds, 3, tenant(2)), 9);
    ck_assert_uint_eq(lq_refused_rounds_find(rounds, 3, tenant(3)), 0);
    ck_assert_uint_eq(lq_refused_rounds_find(rounds, 4, tenant(1)), 0);
    ck_assert_uint_eq(lq_refused_rounds_find(rounds, 1 << 16 | 3, tenant(1)), 0);
    lq_refused_rounds_note(rounds, 3, tenant(1), 8);
    ck_assert_uint_eq(lq_refused_rounds_find(rounds, 3, tenant(1)), 8);
    ck_assert_uint_eq(lq_refused_rounds_find(rounds, 3, tenant(2)), 9);
}
END_TEST

/* Names as long as may be, and one that begins as another. */
START_TEST(names_are_compared_whole)
{
    static const char longest[] = "abcdefghijklmnopqrstuvwxyz012345";

    lq_refused_rounds_note(rounds, 1, lq_view_text(longest), 5);
    ck_assert_uint_eq(lq_refused_rounds_find(rounds, 1, lq_view_text(longest)), 5);
    ck_assert_uint_eq(lq_refused_rounds_find(rounds, 1, lq_view_of(longest, 31)), 0);
    ck_assert_uint_eq(
        lq_refused_rounds_find(rounds, 1, lq_view_text("abcdefghijklmnopqrstuvwxyz0123456")), 0);
}
END_TEST

START_TEST(the_oldest_makes_room)
{
    for (uint32_t round = 1; round <= 5 * COUNT_MAX; round++) {
        lq_refused_rounds_note(rounds, round % 7, tenant(round), round);
        for (uint32_t before = round > 2 * COUNT_MAX ? round - 2 * COUNT_MAX : 1; before <= round;
             before++) {
            uint32_t found = lq_refused_rounds_find(rounds, before % 7, tenant(before));
            ck_assert_uint_eq(found, before + COUNT_MAX > round ? before : 0);
        }
    }
}
END_TEST

TCase *lq_test_refused_rounds(void)
{
    TCase *tcase = tcase_create("refused_rounds");

    tcase_add_checked_fixture(tcase, open_rounds, close_rounds);
    tcase_add_test(tcase, each_tenant_of_a_connection_has_its_own);
    tcase_add_test(tcase, names_are_compared_whole);
    tcase_add_test(tcase, the_oldest_makes_room);
    return tcase;
}
