// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "bench/unruly_order.h"
#include "tests/support/suite.h"

static const struct {
    const char *text;
    enum lq_unruly_deed deed;
    uint32_t burn_ms;
} rows[] = {
    {"crash", LQ_UNRULY_CRASH, 0},
    {"crash ", LQ_UNRULY_NOTHING, 0},
    {"cras", LQ_UNRULY_NOTHING, 0},
    {"burn 1", LQ_UNRULY_BURN, 1},
    {"burn 50", LQ_UNRULY_BURN, 50},
    {"burn 10000", LQ_UNRULY_BURN, 10000},
    {"burn 10001", LQ_UNRULY_NOTHING, 0},
    {"burn 42949673460", LQ_UNRULY_NOTHING, 0}, /* 50, when cut to 32 bits after the factor 10 */
    {"burn 0", LQ_UNRULY_NOTHING, 0},
    {"burn ", LQ_UNRULY_NOTHING, 0},
    {"burn", LQ_UNRULY_NOTHING, 0},
    {"burn -5", LQ_UNRULY_NOTHING, 0},
    {"burn 5 ", LQ_UNRULY_NOTHING, 0},
    {"burn 5x", LQ_UNRULY_NOTHING, 0},
    {"", LQ_UNRULY_NOTHING, 0},
};

START_TEST(texts_are_read)
{
    struct lq_unruly_order order = lq_unruly_order_read(lq_view_text(rows[_i].text));

    ck_assert_msg(order.deed == rows[_i].deed, "'%s': deed %d", rows[_i].text, (int)order.deed);
    ck_assert_msg(order.burn_ms == rows[_i].burn_ms, "'%s': %u ms", rows[_i].text, order.burn_ms);
}
END_TEST

START_TEST(a_text_ends_with_its_view)
{
    struct lq_unruly_order order = lq_unruly_order_read(lq_view_of("burn 507", 7));

    ck_assert_uint_eq(order.burn_ms, 50);
    order = lq_unruly_order_read(lq_view_of("crash", 4));
    ck_assert_int_eq(order.deed, LQ_UNRULY_NOTHING);
}
END_TEST

static TCase *unruly_order_cases(void)
{
    TCase *tests = tcase_create("unruly_order");

    tcase_add_loop_test(tests, texts_are_read, 0, sizeof rows / sizeof rows[0]);
    tcase_add_test(tests, a_text_ends_with_its_view);
    return tests;
}

int main(void)
{
    static const lq_test_case_fn cases[] = {unruly_order_cases};

    return lq_suite_run("bench", cases, 1);
}
