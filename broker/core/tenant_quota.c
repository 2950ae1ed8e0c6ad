// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "broker/core/tenant_quota.h"

#include "broker/core/tenant.h"

void lq_tenant_quota_defaults(struct lq_broker_core *core)
{
    for (uint32_t kind = 0; kind < LQ_QUOTA_KINDS; kind++) {
        uint64_t limit = core->config.tenant_quotas[kind];
        core->quotas[kind] = limit > 0 ? limit : LQ_QUOTA_NO_LIMIT;
    }
    core->quotas[LQ_QUOTA_EXECUTIONS] = core->config.tenant_executions_max;
    if (core->quotas[LQ_QUOTA_WEIGHT] == LQ_QUOTA_NO_LIMIT) {
        core->quotas[LQ_QUOTA_WEIGHT] = 1;
    }
}

uint32_t lq_broker_core_admits(const lq_broker_core_t *core, struct lq_view tenant, uint64_t now_ns)
{
    (void)tenant;
    (void)now_ns;
    return core->config.commands_max - core->commands_held;
}
