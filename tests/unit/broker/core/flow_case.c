// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "tests/unit/broker/core/flow_case.h"

#include <stdio.h>

static struct lq_broker_core *core_of_fixture(void)
{
    return (struct lq_broker_core *)fixture->core;
}

void lq_flow_case_submit(const char *tenant, uint32_t sessions, uint64_t sequence)
{
    char name[16];

    for (uint32_t session = 0; session < sessions; session++) {
        snprintf(name, sizeof name, "s%u", session);
        lq_core_fixture_submit(fixture, tenant, name, 1, sequence);
    }
}

void lq_flow_case_teach(uint32_t service_us)
{
    fixture->service_us = service_us;
    lq_flow_case_submit("teacher", 1, 1);
    lq_core_fixture_settle(fixture);
    lq_core_fixture_pass_ms(fixture, 1100);
}

struct lq_core_flow *lq_flow_case_flow(const char *tenant, uint32_t state)
{
    struct lq_broker_core *core = core_of_fixture();
    uint8_t queue = core->partitions[0].queue_of_state[state];

    for (uint32_t index = 1; index <= core->tenant_pool.top; index++) {
        uint32_t flow = core->tenants[index].flow_of[queue][false];
        if (strcmp(core->tenants[index].name, tenant) == 0 && flow != 0) {
            return &core->flows[flow];
        }
    }
    return NULL;
}

int64_t lq_flow_case_balance_ns(const char *tenant, uint32_t state)
{
    const struct lq_core_flow *flow = lq_flow_case_flow(tenant, state);

    return flow != NULL ? flow->balance_ns : 0;
}

uint32_t lq_flow_case_items(const struct lq_fixture_batch *batch, const char *tenant)
{
    size_t bytes = strlen(tenant);
    uint32_t count = 0;

    for (uint32_t index = 0; index < batch->count; index++) {
        const char *name = fixture->ledger.sessions[batch->items[index].session].name;
        count += strncmp(name, tenant, bytes) == 0 && name[bytes] == '/';
    }
    return count;
}

uint32_t lq_flow_case_items_at(uint32_t state, const char *tenant)
{
    uint32_t count = 0;

    for (uint32_t index = 0; index < LQ_FIXTURE_BATCHES_MAX; index++) {
        const struct lq_fixture_batch *batch = &fixture->batches[index];
        count += batch->used && batch->state == state ? lq_flow_case_items(batch, tenant) : 0;
    }
    return count;
}

uint32_t lq_flow_case_singles_at(uint32_t state, const char *tenant)
{
    uint32_t count = 0;

    for (uint32_t index = 0; index < LQ_FIXTURE_BATCHES_MAX; index++) {
        const struct lq_fixture_batch *batch = &fixture->batches[index];
        count += batch->used && batch->state == state && batch->count == 1 &&
                 lq_flow_case_items(batch, tenant) == 1;
    }
    return count;
}

void lq_flow_case_slow(const char *tenant)
{
    uint32_t usual_us = fixture->service_us;

    for (uint64_t sequence = 1; sequence <= 3; sequence++) {
        lq_core_fixture_submit(fixture, tenant, "slow", 1, sequence);
        lq_core_fixture_bring_to(fixture, LQ_LOAD);
        fixture->service_us = 50000;
        lq_core_fixture_serve(fixture, LQ_LOAD);
        fixture->service_us = usual_us;
        lq_core_fixture_settle(fixture);
    }
}
