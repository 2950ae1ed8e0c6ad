// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* Who is behind which connection. */
#include "tests/support/suite.h"
#include "tests/unit/broker/core/core_fixture.h"

#include <stdio.h>

static struct lq_core_fixture *fixture;

static void open_fixture(void)
{
    struct lq_broker_core_config config = lq_core_fixture_config();

    fixture = lq_core_fixture_open(&config);
    lq_core_fixture_ready_all(fixture);
}

static void close_fixture(void)
{
    lq_core_fixture_close(&fixture);
}

static void submit_sessions(uint32_t count)
{
    char name[16];

    for (uint32_t session = 0; session < count; session++) {
        snprintf(name, sizeof name, "s%u", session);
        lq_core_fixture_submit(fixture, "t", name, 1, 1);
    }
}

static void expect_all_committed(uint32_t count)
{
    lq_core_fixture_settle(fixture);
    ck_assert_uint_eq(fixture->ledger.entry_count, count);
    ck_assert_uint_eq(lq_core_fixture_status(fixture)->executions_open, 0);
}

/* Two connections whose numbers share their low bits: one's end is not the other's. */
START_TEST(test_actor_table_peers_with_equal_low_bits)
{
    lq_core_fixture_ready(fixture, 65536 + 2, "ai-2", LQ_AI, 0);
    ck_assert(!lq_broker_core_knows_actor(fixture->core, 2)); /* superseded in the table */
    for (uint32_t step = 0; step < 31; step++) {
        lq_core_fixture_pass_ms(fixture, 100);
        lq_core_fixture_heard(fixture, 65536 + 2);
    }
    ck_assert(lq_broker_core_knows_actor(fixture->core, 65536 + 2));
}
END_TEST

START_TEST(test_actor_table_more_actors_than_fit)
{
    char name[16];

    for (uint32_t index = 0; index < LQ_ACTORS_MAX + 10; index++) {
        snprintf(name, sizeof name, "load-x%u", index);
        lq_core_fixture_ready(fixture, 2000 + index, name, LQ_LOAD, 0);
    }
    ck_assert(lq_broker_core_knows_actor(fixture->core, 2000));
    ck_assert(!lq_broker_core_knows_actor(fixture->core, 2000 + LQ_ACTORS_MAX + 9));
    submit_sessions(2);
    expect_all_committed(2);
}
END_TEST

TCase *lq_test_actor_table(void);
TCase *lq_test_actor_table(void)
{
    TCase *tc = tcase_create("actor_table");

    tcase_add_checked_fixture(tc, open_fixture, close_fixture);
    tcase_add_test(tc, test_actor_table_peers_with_equal_low_bits);
    tcase_add_test(tc, test_actor_table_more_actors_than_fit);
    return tc;
}
