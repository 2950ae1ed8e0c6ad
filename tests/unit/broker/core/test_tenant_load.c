// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* What a tenant used, in a window of two halves that nothing moves but its use. */
#include "broker/core/tenant_load.h"

#include "tests/support/suite.h"
#include "tests/unit/broker/core/core_case.h"

enum { A = 1, B = 2, C = 3 }; /* records that the fixture's core has, whoever's they are */

static const uint64_t half = LQ_TENANT_LOAD_HALF_NS;
static const uint64_t begin = 100 * LQ_TENANT_LOAD_HALF_NS;

static struct lq_broker_core *at(uint64_t now_ns)
{
    struct lq_broker_core *core = (struct lq_broker_core *)fixture->core;

    core->now_ns = now_ns;
    return core;
}

static struct lq_tenant_load_figures figures_at(uint32_t tenant, uint64_t now_ns)
{
    struct lq_tenant_load_figures figures;

    lq_tenant_load_read(at(now_ns), tenant, now_ns, &figures);
    return figures;
}

START_TEST(test_tenant_load_shares_add_up)
{
    lq_tenant_load_served(at(begin), A, 600);
    lq_tenant_load_served(at(begin + 1), B, 300);
    lq_tenant_load_served(at(begin + 2), C, 100);
    ck_assert_uint_eq(figures_at(A, begin + 3).share_ppm, 600000);
    ck_assert_uint_eq(figures_at(B, begin + 3).share_ppm, 300000);
    ck_assert_uint_eq(figures_at(C, begin + 3).share_ppm, 100000);
    ck_assert_uint_eq(lq_tenant_load_service_ns(at(begin), A, begin + 3), 600);
}
END_TEST

START_TEST(test_tenant_load_nobody_is_not_counted)
{
    lq_tenant_load_served(at(begin), A, 500);
    lq_tenant_load_served(at(begin), 0, 500);
    lq_tenant_load_waited(at(begin), 0, 500);
    ck_assert_uint_eq(figures_at(A, begin).share_ppm, 1000000);
}
END_TEST

/* Nothing was used: nothing is divided by. */
START_TEST(test_tenant_load_of_nothing)
{
    struct lq_tenant_load_figures figures = figures_at(A, begin);

    ck_assert_uint_eq(figures.share_ppm, 0);
    ck_assert_uint_eq(figures.wait_p50_us, 0);
    ck_assert_uint_eq(figures.wait_p99_us, 0);
    ck_assert_uint_eq(figures.ticks_per_s, 0);
    ck_assert_uint_eq(figures.commands_per_s, 0);
}
END_TEST

/* When it is used again and read, in halves after `begin`; B uses as much in the first half. What
 * of it is in the window then. */
static const struct {
    const char *name;
    uint64_t used_again_ns, read_ns;
    uint64_t service_ns;
    uint32_t share_ppm;
} rows[] = {
    {"in the same half", 1, 2, 40, 800000},
    {"at the end of the half", half - 1, half - 1, 40, 800000},
    {"in the next half, at its begin", half, half, 40, 800000},
    {"in the next half, read at its end", half + 1, 2 * half - 1, 40, 800000},
    {"used in the next half, read in the one after", half, 2 * half, 30, 1000000},
    {"used two halves later", 2 * half, 2 * half, 30, 1000000},
    {"used in the first, read when it is out of the window", 1, 2 * half, 0, 0},
    {"used long after", 50 * half, 50 * half + 1, 30, 1000000},
};

START_TEST(test_tenant_load_window)
{
    lq_tenant_load_served(at(begin), A, 10);
    lq_tenant_load_served(at(begin), B, 10);
    lq_tenant_load_served(at(begin + rows[_i].used_again_ns), A, 30);
    uint64_t now_ns = begin + rows[_i].read_ns;
    ck_assert_msg(lq_tenant_load_service_ns(at(now_ns), A, now_ns) == rows[_i].service_ns,
                  "%s: %lu ns", rows[_i].name,
                  (unsigned long)lq_tenant_load_service_ns(at(now_ns), A, now_ns));
    ck_assert_msg(figures_at(A, now_ns).share_ppm == rows[_i].share_ppm, "%s: %u", rows[_i].name,
                  figures_at(A, now_ns).share_ppm);
    ck_assert_uint_eq(at(now_ns)->tenants[A].load.service_ns, 40); /* ever */
}
END_TEST

START_TEST(test_tenant_load_waits_go_with_their_half)
{
    lq_tenant_load_waited(at(begin), A, 100000);
    ck_assert_uint_eq(figures_at(A, begin).wait_p99_us, 111);
    lq_tenant_load_waited(at(begin + half), A, 5000000);
    ck_assert_uint_eq(figures_at(A, begin + half).wait_p50_us, 111);
    ck_assert_uint_eq(figures_at(A, begin + half).wait_p99_us, 5119);
    ck_assert_uint_eq(figures_at(A, begin + 2 * half).wait_p50_us, 5119);
    ck_assert_uint_eq(figures_at(A, begin + 3 * half).wait_p99_us, 0);
    ck_assert_uint_eq(figures_at(B, begin + half).wait_p99_us, 0);
}
END_TEST

/* What is counted in the first second is a rate over a second; then over what the window holds. */
START_TEST(test_tenant_load_rates)
{
    for (uint32_t count = 0; count < 12; count++) {
        lq_tenant_load_ticked(at(begin), A);
        lq_tenant_load_submitted(at(begin), A);
        lq_tenant_load_submitted(at(begin), A);
        lq_tenant_load_receipted(at(begin), A);
    }
    ck_assert_uint_eq(figures_at(A, begin).ticks_per_s, 12);
    ck_assert_uint_eq(figures_at(A, begin).commands_per_s, 24);
    ck_assert_uint_eq(figures_at(A, begin + 3 * LQ_NS_PER_S).ticks_per_s, 4);
    ck_assert_uint_eq(figures_at(A, begin + 6 * LQ_NS_PER_S).commands_per_s, 4);
    ck_assert_uint_eq(figures_at(A, begin + 8 * LQ_NS_PER_S).ticks_per_s, 0);
    lq_tenant_load_ticked(at(begin + 20 * half), A);
    ck_assert_uint_eq(figures_at(A, begin + 20 * half).ticks_per_s, 1); /* 1/4, shown as one */
    ck_assert_uint_eq(at(begin)->tenants[A].load.ticks, 13);
    ck_assert_uint_eq(at(begin)->tenants[A].load.receipts, 12);
}
END_TEST

/* Real ticks of two tenants. */
START_TEST(test_tenant_load_counts_what_is_committed)
{
    uint64_t tag = lq_core_fixture_submit(fixture, "a", "s0", 1, 1);

    lq_core_fixture_submit(fixture, "a", "s1", 1, 1);
    lq_core_fixture_submit(fixture, "b", "s0", 1, 1);
    lq_core_fixture_turn(fixture);
    ck_assert_uint_eq(figures_at(A, fixture->now_ns).commands_per_s, 2);
    ck_assert_uint_eq(figures_at(B, fixture->now_ns).commands_per_s, 1);
    ck_assert_uint_eq(figures_at(A, fixture->now_ns).ticks_per_s, 0);
    /* A copy of a command is no other command. */
    lq_core_fixture_submit(fixture, "a", "s0", 1, 1);
    ck_assert_uint_eq(figures_at(A, fixture->now_ns).commands_per_s, 2);
    ck_assert_ptr_null(lq_core_fixture_answer(fixture, tag));
    lq_core_fixture_serve(fixture, LQ_LOAD);
    lq_core_fixture_turn(fixture);
    lq_core_fixture_serve(fixture, LQ_PHYSICS);
    lq_core_fixture_turn(fixture);
    lq_core_fixture_serve(fixture, LQ_AI);
    lq_core_fixture_turn(fixture);
    const struct lq_broker_core *core = (struct lq_broker_core *)fixture->core;
    struct lq_fixture_batch *batch = lq_core_fixture_batch_at(fixture, LQ_PERSIST);
    ck_assert_uint_eq(core->tenants[A].load.ticks, 0);
    ck_assert_uint_eq(batch->count, 3);
    lq_core_fixture_done(fixture, batch, 0);
    ck_assert_uint_eq(core->tenants[A].load.ticks, 1);
    ck_assert_uint_eq(core->tenants[A].load.receipts, 1);
    ck_assert_uint_eq(core->tenants[B].load.ticks, 0);
}
END_TEST

TCase *lq_test_tenant_load(void);
TCase *lq_test_tenant_load(void)
{
    TCase *tc = tcase_create("tenant_load");

    tcase_add_checked_fixture(tc, lq_core_case_open, lq_core_case_close);
    tcase_add_test(tc, test_tenant_load_shares_add_up);
    tcase_add_test(tc, test_tenant_load_nobody_is_not_counted);
    tcase_add_test(tc, test_tenant_load_of_nothing);
    tcase_add_loop_test(tc, test_tenant_load_window, 0, sizeof rows / sizeof rows[0]);
    tcase_add_test(tc, test_tenant_load_waits_go_with_their_half);
    tcase_add_test(tc, test_tenant_load_rates);
    tcase_add_test(tc, test_tenant_load_counts_what_is_committed);
    return tc;
}
