// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* admin_execution.h - executions of one state that a client asked for: create, or query.
 *
 * They have no session record, no commands and no dead letters (decision 6).
 */
#ifndef LQ_ADMIN_EXECUTION_H
#define LQ_ADMIN_EXECUTION_H

#include "broker/core/core_tables.h"

void lq_admin_execution_open(struct lq_broker_core *core, const struct lq_broker_event *event,
                             uint64_t now_ns, struct lq_broker_effects *out);

/* The stage answered. */
void lq_admin_execution_done(struct lq_broker_core *core, uint32_t execution,
                             const struct lq_broker_event *event, struct lq_broker_effects *out);

/* A refusal is no failure: nothing is tried again. */
void lq_admin_execution_ended(struct lq_broker_core *core, uint32_t execution,
                              const struct lq_result_item *item, struct lq_broker_effects *out);

#endif
