// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* tenant.h - the tenants of resident sessions, by name. */
#ifndef LQ_TENANT_H
#define LQ_TENANT_H

#include "broker/core/core_tables.h"

/* Find or make it. 0: the tenants are used up. */
uint32_t lq_tenant_keep(struct lq_broker_core *core, const struct lq_hashed_names *key);

/* Forget a tenant without resident sessions. */
void lq_tenant_release(struct lq_broker_core *core, uint32_t tenant);

static inline struct lq_view lq_tenant_name(const struct lq_core_tenant *tenant)
{
    return lq_view_of(tenant->name, tenant->name_bytes);
}

#endif
