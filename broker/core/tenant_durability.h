// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* tenant_durability.h - which tenants are mirrored: their clients hear of a frame when the table
 * has it (held_answers.h). A policy is the tenant's own or the configuration's for all others. */
#ifndef LQ_TENANT_DURABILITY_H
#define LQ_TENANT_DURABILITY_H

#include "broker/core/core_tables.h"

/* At start: the policy of tenants that have none of their own. */
void lq_tenant_durability_usual(struct lq_broker_core *core);

/* A tenant's own policy, on disk; not own: the configuration's is its own from now on. One that is
 * no longer mirrored has nothing to wait for. */
void lq_tenant_durability_set(struct lq_broker_core *core, const struct lq_broker_event *event);

/* The record is a new one: what applies to its tenant, and how far its stream is. */
void lq_tenant_durability_begin(struct lq_broker_core *core, uint32_t tenant,
                                const struct lq_hashed_names *key);

/* Own, else the configuration's. */
const struct lq_durability *lq_tenant_durability_of(const struct lq_broker_core *core,
                                                    uint32_t tenant);

#endif
