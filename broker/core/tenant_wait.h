// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* tenant_wait.h - why a tenant's work waits, in sentences for people.
 *
 * What stands still comes first (a stage without actors, a store that takes no work, the cluster's
 * bounds), then its own quotas, then whom it waits behind, then what waits by itself. Each sentence
 * says with figures what is so at this time; nothing is remembered.
 */
#ifndef LQ_TENANT_WAIT_H
#define LQ_TENANT_WAIT_H

#include "broker/core/core_tables.h"

/* At least one sentence: where nothing waits, that begins with "nothing". */
void lq_tenant_wait_explain(const struct lq_broker_core *core, uint32_t tenant, uint64_t now_ns,
                            struct lq_tenant_wait *to);

#endif
