// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* Tenants take turns: neither waits for the other to be done. */
#include "tests/support/suite.h"
#include "tests/unit/broker/core/core_case.h"

#include <stdio.h>

enum { SESSIONS_EACH = 24, EXECUTIONS_EACH = 2, EXECUTIONS_MAX = 3 * EXECUTIONS_EACH };

static void open_fixture(void)
{
    struct lq_broker_core_config config = lq_core_fixture_config();

    config.executions_max = EXECUTIONS_MAX;
    fixture = lq_core_fixture_open(&config);
    lq_core_fixture_ready_all(fixture);
}

static void submit_for(const char *tenant)
{
    char name[16];

    for (uint32_t session = 0; session < SESSIONS_EACH; session++) {
        snprintf(name, sizeof name, "s%u", session);
        lq_core_fixture_submit(fixture, tenant, name, 1, 1);
    }
}

static uint32_t published_of(const char *tenant)
{
    uint32_t count = 0;

    for (uint32_t index = 0; index < fixture->publish_count; index++) {
        const char *name = fixture->ledger.sessions[fixture->publishes[index].session].name;
        count += strncmp(name, tenant, strlen(tenant)) == 0;
    }
    return count;
}

/* Whoever came last must not be the only one served either; a third of the room stays free. */
START_TEST(test_tenant_ring_tenants_open_in_turn)
{
    submit_for("early");
    submit_for("late");
    for (uint32_t round = 1; round <= SESSIONS_EACH / EXECUTIONS_EACH; round++) {
        lq_core_fixture_turn(fixture);
        for (uint32_t state = LQ_LOAD; state <= LQ_PERSIST; state++) {
            lq_core_fixture_serve(fixture, state);
            lq_core_fixture_turn(fixture);
        }
        ck_assert_uint_ge(published_of("early"), round * EXECUTIONS_EACH);
        ck_assert_uint_ge(published_of("late"), round * EXECUTIONS_EACH);
    }
    lq_core_fixture_settle(fixture);
    ck_assert_uint_eq(fixture->ledger.entry_count, 2 * SESSIONS_EACH);
}
END_TEST

START_TEST(test_tenant_ring_executions_of_a_tenant_are_bounded)
{
    struct lq_broker_core_config config = lq_core_fixture_config();
    char name[16];

    config.tenant_executions_max = 2;
    lq_core_case_reopen(&config);
    for (uint32_t session = 0; session < 5; session++) {
        snprintf(name, sizeof name, "s%u", session);
        lq_core_fixture_submit(fixture, "t", name, 1, 1);
    }
    lq_core_fixture_submit(fixture, "u", "s", 1, 1);
    lq_core_fixture_turn(fixture);
    ck_assert_uint_eq(lq_core_fixture_status(fixture)->executions_open, 3);
    lq_core_fixture_settle(fixture);
    ck_assert_uint_eq(fixture->ledger.entry_count, 6);
}
END_TEST

/* One tenant has a thousand sessions with work, the other has one; four executions fit at a time.
 */
START_TEST(test_tenant_ring_takes_turns)
{
    struct lq_broker_core_config config = lq_core_fixture_config();
    char name[16];

    config.sessions_max = 1100;
    config.commands_max = 2200;
    config.tenant_commands_max = 2200;
    config.executions_max = 4;
    lq_core_case_reopen(&config);
    fixture->unchecked = true;
    for (uint32_t session = 0; session < 1000; session++) {
        snprintf(name, sizeof name, "s%u", session);
        lq_core_fixture_submit(fixture, "crowd", name, 1, 1);
    }
    fixture->unchecked = false;
    lq_core_fixture_turn(fixture);
    lq_core_fixture_serve(fixture, LQ_LOAD);
    /* The broker is full now, so the other one's command is refused or waits; let two end first. */
    while (lq_core_fixture_status(fixture)->executions_open == 4) {
        for (uint32_t state = LQ_PHYSICS; state <= LQ_PERSIST; state++) {
            lq_broker_core_next_wakeup_ns(fixture->core);
            lq_core_fixture_serve(fixture, state);
            struct lq_broker_event turn = {.kind = LQ_ON_TURN};
            if (lq_core_fixture_status(fixture)->executions_open == 4) {
                lq_core_fixture_step(fixture, &turn);
            }
        }
    }
    uint64_t tag = lq_core_fixture_submit(fixture, "single", "s", 1, 1);
    uint32_t before = fixture->publish_count;
    while (lq_core_fixture_answer(fixture, tag) == NULL) {
        lq_core_fixture_turn(fixture);
        for (uint32_t state = 0; state < 4; state++) {
            lq_core_fixture_serve(fixture, state);
        }
    }
    ck_assert_uint_le(fixture->publish_count - before, 8); /* two rounds of four, not a thousand */
}
END_TEST

TCase *lq_test_tenant_ring(void);
TCase *lq_test_tenant_ring(void)
{
    TCase *tc = tcase_create("tenant_ring");

    tcase_add_checked_fixture(tc, open_fixture, lq_core_case_close);
    tcase_add_test(tc, test_tenant_ring_tenants_open_in_turn);
    tcase_add_test(tc, test_tenant_ring_executions_of_a_tenant_are_bounded);
    tcase_add_test(tc, test_tenant_ring_takes_turns);
    return tc;
}
