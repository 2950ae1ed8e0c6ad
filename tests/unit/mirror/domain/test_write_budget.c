// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "mirror/domain/write_budget.h"

#include "tests/support/suite.h"

#define S UINT64_C(1000000000)
#define START (5000 * S)

static struct lq_write_budget budget;

START_TEST(test_budget_without_a_bound)
{
    lq_write_budget_init(&budget, 0, START);
    lq_write_budget_spend(&budget, 1000000);
    ck_assert(lq_write_budget_allows(&budget, LQ_WRITE_SEGMENT, START));
    ck_assert(lq_write_budget_allows(&budget, LQ_WRITE_UPKEEP, START));
}
END_TEST

START_TEST(test_budget_upkeep_waits_first)
{
    lq_write_budget_init(&budget, 100, START);
    ck_assert(lq_write_budget_allows(&budget, LQ_WRITE_UPKEEP, START));
    lq_write_budget_spend(&budget, 51);
    ck_assert(!lq_write_budget_allows(&budget, LQ_WRITE_UPKEEP, START));
    ck_assert(lq_write_budget_allows(&budget, LQ_WRITE_SEGMENT, START));
    uint64_t ready_ns = lq_write_budget_ready_ns(&budget, LQ_WRITE_UPKEEP, START);
    ck_assert_uint_ge(ready_ns, START + S / 100);
    ck_assert_uint_le(ready_ns, START + S / 100 + 2000);
    ck_assert(!lq_write_budget_allows(&budget, LQ_WRITE_UPKEEP, ready_ns - 3000));
    ck_assert(lq_write_budget_allows(&budget, LQ_WRITE_UPKEEP, ready_ns));
}
END_TEST

/* One large segment goes, and is paid over seconds. */
START_TEST(test_budget_debt)
{
    lq_write_budget_init(&budget, 100, START);
    lq_write_budget_spend(&budget, 350);
    ck_assert(!lq_write_budget_allows(&budget, LQ_WRITE_SEGMENT, START));
    uint64_t ready_ns = lq_write_budget_ready_ns(&budget, LQ_WRITE_SEGMENT, START);
    ck_assert_uint_ge(ready_ns, START + 5 * S / 2);
    ck_assert_uint_le(ready_ns, START + 5 * S / 2 + 2000);
    lq_write_budget_correct(&budget, 350, 150.0); /* it was cheaper */
    ready_ns = lq_write_budget_ready_ns(&budget, LQ_WRITE_SEGMENT, START);
    ck_assert_uint_ge(ready_ns, START + S / 2);
    ck_assert_uint_le(ready_ns, START + S / 2 + 2000);
    ck_assert(lq_write_budget_allows(&budget, LQ_WRITE_SEGMENT, ready_ns));
}
END_TEST

/* Whoever asks often gets no less, and whoever was silent no more than a second's worth. */
START_TEST(test_budget_over_time)
{
    uint64_t spent = 0;

    lq_write_budget_init(&budget, 7, START);
    for (uint64_t now_ns = START; now_ns < START + 100 * S; now_ns += 333333) {
        if (lq_write_budget_allows(&budget, LQ_WRITE_SEGMENT, now_ns)) {
            lq_write_budget_spend(&budget, 3);
            spent += 3;
        }
    }
    ck_assert_uint_ge(spent, 7 * 100);
    ck_assert_uint_le(spent, 7 * 101 + 3);
    uint64_t late_ns = START + 1000 * 86400 * S;
    ck_assert(lq_write_budget_allows(&budget, LQ_WRITE_UPKEEP, late_ns));
    lq_write_budget_spend(&budget, 7);
    ck_assert(!lq_write_budget_allows(&budget, LQ_WRITE_SEGMENT, late_ns));
    ck_assert(!lq_write_budget_allows(&budget, LQ_WRITE_SEGMENT, late_ns - S)); /* it goes back */
}
END_TEST

TCase *lq_test_write_budget(void);
TCase *lq_test_write_budget(void)
{
    TCase *tc = tcase_create("write_budget");

    tcase_add_test(tc, test_budget_without_a_bound);
    tcase_add_test(tc, test_budget_upkeep_waits_first);
    tcase_add_test(tc, test_budget_debt);
    tcase_add_test(tc, test_budget_over_time);
    return tc;
}
