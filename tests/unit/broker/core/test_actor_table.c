// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* Who is behind which connection. */
#include "tests/support/suite.h"
#include "tests/unit/broker/core/core_case.h"

#include <stdio.h>

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
    lq_core_case_submit_sessions(2);
    lq_core_case_expect_all_committed(2);
}
END_TEST

TCase *lq_test_actor_table(void);
TCase *lq_test_actor_table(void)
{
    TCase *tc = tcase_create("actor_table");

    tcase_add_checked_fixture(tc, lq_core_case_open, lq_core_case_close);
    tcase_add_test(tc, test_actor_table_peers_with_equal_low_bits);
    tcase_add_test(tc, test_actor_table_more_actors_than_fit);
    return tc;
}
