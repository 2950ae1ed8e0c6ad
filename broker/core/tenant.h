// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* tenant.h - the tenants that are known, by name.
 *
 * A tenant stays known when its last session is gone, so that its buckets, what it owes and what
 * was counted of it outlive a pause; nothing runs for it. Its record goes to another tenant when
 * none is free: of idle ones without open letters that which is idle longest, else of those with
 * letters. A tenant with quotas, a policy or a subscription of its own is never
 * forgotten, nor one whose answers wait for the table.
 */
#ifndef LQ_TENANT_H
#define LQ_TENANT_H

#include "broker/core/core_tables.h"

/* The tenant of that name, or 0. */
uint32_t lq_tenant_find(const struct lq_broker_core *core, const struct lq_hashed_names *key);

/* Find or make it. 0: no record is free and none is idle. */
uint32_t lq_tenant_keep(struct lq_broker_core *core, const struct lq_hashed_names *key);

/* Its sessions, letters or quota have changed: hold it where it belongs. */
void lq_tenant_settle(struct lq_broker_core *core, uint32_t tenant);

/* Quotas, a policy or a subscription of its own. */
static inline bool lq_tenant_has_own(const struct lq_core_tenant *tenant)
{
    return tenant->quota.own != 0 || tenant->durability.own || tenant->events.own;
}

static inline struct lq_view lq_tenant_name(const struct lq_core_tenant *tenant)
{
    return lq_view_of(tenant->name, tenant->name_bytes);
}

#endif
