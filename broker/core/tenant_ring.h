// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* tenant_ring.h - which session opens its next tick.
 *
 * A session opens its next tick when it has none under way and a command waits or its grid tick is
 * due. Tenants take turns, so that one with a thousand busy sessions does not hold up the others.
 * Of a parked or stopped session executions open as well, a command each, but they end at load.
 */
#ifndef LQ_TENANT_RING_H
#define LQ_TENANT_RING_H

#include "broker/core/core_tables.h"

/* Put the tenant into the ring if it has a session to open and room for an execution. */
void lq_tenant_ring_add(struct lq_broker_core *core, uint32_t tenant);

/* Queue the session for opening if it has reason to. */
void lq_tenant_ring_consider(struct lq_broker_core *core, uint32_t session);

/* Open what may open. Cut short by the room for effects never: opening has no effects. */
void lq_tenant_ring_open(struct lq_broker_core *core, uint64_t now_ns);

#endif
