// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "tests/unit/broker/core/core_case.h"

#include "tests/support/suite.h"

#include <stdio.h>

struct lq_core_fixture *fixture;

void lq_core_case_open(void)
{
    struct lq_broker_core_config config = lq_core_fixture_config();

    lq_core_case_reopen(&config);
}

void lq_core_case_open_without_retries(void)
{
    struct lq_broker_core_config config = lq_core_case_without_retries();

    lq_core_case_reopen(&config);
}

struct lq_broker_core_config lq_core_case_without_retries(void)
{
    struct lq_broker_core_config config = lq_core_fixture_config();

    for (uint32_t state = 0; state < 4; state++) {
        config.pipeline.states[state].retrier_count = 0;
    }
    return config;
}

void lq_core_case_reopen(const struct lq_broker_core_config *config)
{
    lq_core_case_close();
    fixture = lq_core_fixture_open(config);
    lq_core_fixture_ready_all(fixture);
}

void lq_core_case_close(void)
{
    lq_core_fixture_close(&fixture);
}

void lq_core_case_submit_sessions(uint32_t count)
{
    char name[16];

    for (uint32_t session = 0; session < count; session++) {
        snprintf(name, sizeof name, "s%u", session);
        lq_core_fixture_submit(fixture, "t", name, 1, 1);
    }
}

void lq_core_case_expect_all_committed(uint32_t count)
{
    lq_core_fixture_settle(fixture);
    ck_assert_uint_eq(fixture->ledger.entry_count, count);
    ck_assert_uint_eq(lq_core_fixture_status(fixture)->executions_open, 0);
}

uint64_t lq_core_case_die_once(const char *session, uint32_t client, uint64_t sequence)
{
    uint64_t tag = lq_core_fixture_submit(fixture, "t", session, client, sequence);

    lq_core_fixture_settle_with_poison(fixture, 0, true);
    return tag;
}

void lq_core_case_park(const char *session, uint32_t client)
{
    for (uint64_t sequence = 1; sequence <= 3; sequence++) {
        lq_core_case_die_once(session, client, sequence);
    }
}
