// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "broker/core/tenant_durability.h"

#include "broker/core/stream_table.h"
#include "broker/core/tenant.h"
#include "broker/core/tenant_ring.h"

void lq_tenant_durability_usual(struct lq_broker_core *core)
{
    core->tenants[0].mirrored = core->config.durability.policy == LQ_DURABILITY_MIRRORED;
    core->policies = core->config.epoch << 32; /* no two brokers have one in common */
}

const struct lq_durability *lq_tenant_durability_of(const struct lq_broker_core *core,
                                                    uint32_t tenant)
{
    const struct lq_durability *durability = &core->tenants[tenant].durability;

    return durability->own ? durability : &core->config.durability;
}

void lq_tenant_durability_begin(struct lq_broker_core *core, uint32_t tenant,
                                const struct lq_hashed_names *key)
{
    uint32_t stream = lq_stream_table_find(core, key);

    core->tenants[tenant].mirrored = core->tenants[0].mirrored;
    core->tenants[tenant].covered = core->streams[stream].ledger_sequence;
    core->tenants[tenant].newest_letter = core->newest_letter;
}

void lq_tenant_durability_set(struct lq_broker_core *core, const struct lq_broker_event *event)
{
    struct lq_hashed_names key = lq_hashed_names_of(event->names);
    const struct lq_durability *durability = event->durability;
    uint32_t index = durability->own ? lq_tenant_keep(core, &key) : lq_tenant_find(core, &key);

    core->policies++;
    if (index == 0) {
        return;
    }
    struct lq_core_tenant *tenant = &core->tenants[index];
    bool had = lq_tenant_has_own(tenant);
    tenant->durability = *durability;
    core->tenants_with_own += lq_tenant_has_own(tenant);
    core->tenants_with_own -= had;
    tenant->mirrored = lq_tenant_durability_of(core, index)->policy == LQ_DURABILITY_MIRRORED;
    core->held_due = core->held_due || tenant->held.count > 0 || tenant->behind;
    lq_tenant_settle(core, index);
    lq_tenant_ring_add(core, index);
}
