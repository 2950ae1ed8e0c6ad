// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* tenant_events.h - which events of a tenant leave for the bus: persist is told with what it is to
 * commit, and keeps the others quiet. */
#ifndef LQ_TENANT_EVENTS_H
#define LQ_TENANT_EVENTS_H

#include "broker/core/core_tables.h"

/* A tenant's own list, on disk; not own: the usual one from now on. It holds for what goes to
 * persist behind it. */
void lq_tenant_events_set(struct lq_broker_core *core, const struct lq_broker_event *event);

/* Its own list; empty: the usual one. */
struct lq_view lq_tenant_events_list(const struct lq_broker_core *core, uint32_t tenant);

#endif
