// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* tenant_quota.h - what a tenant may use, and what becomes of what is above it.
 *
 * A quota is the tenant's own or the configuration's for all tenants.
 */
#ifndef LQ_TENANT_QUOTA_H
#define LQ_TENANT_QUOTA_H

#include "broker/core/core_tables.h"

/* At start: the quotas of tenants that have none of their own. */
void lq_tenant_quota_defaults(struct lq_broker_core *core);

/* Own, else the configuration's; LQ_QUOTA_NO_LIMIT: none. A weight is 1 to 100. */
static inline uint64_t lq_tenant_quota_limit(const struct lq_broker_core *core, uint32_t tenant,
                                             enum lq_quota_kind kind)
{
    const struct lq_quota *quota = &core->tenants[tenant].quota;

    return lq_quota_is_own(quota, kind) ? quota->limits[kind] : core->quotas[kind];
}

#endif
