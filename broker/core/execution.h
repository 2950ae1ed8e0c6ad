// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* execution.h - a tick under way: how it begins, and each way in which it ends.
 *
 * Its commands are answered or put back into the mailbox before it is closed.
 */
#ifndef LQ_EXECUTION_H
#define LQ_EXECUTION_H

#include "broker/core/core_tables.h"

/* The open execution of that number, or 0. */
uint32_t lq_execution_find(const struct lq_broker_core *core, uint64_t counter);

/* Whose it is; 0: what an administrator asked for. */
static inline uint32_t lq_execution_tenant(const struct lq_broker_core *core, uint32_t execution)
{
    uint32_t session = core->executions[execution].tick.session;

    return session != 0 ? core->sessions[session].tenant : 0;
}

/* A record for an execution that opens, with nothing in it but its number; 0: all are in use. */
uint32_t lq_execution_take(struct lq_broker_core *core, enum lq_execution_kind kind,
                           uint64_t now_ns);

/* Open the session's next tick. */
void lq_execution_open(struct lq_broker_core *core, uint32_t session, uint64_t now_ns);

/* End an execution: give back its payload and record, let the session go on. Its commands must have
 * been answered or put back. */
void lq_execution_close(struct lq_broker_core *core, uint32_t execution,
                        struct lq_broker_effects *out);

/* persist made the frame: receipts, the broadcast, and the session is free. The reference to the
 * world, if there is one, is taken over. */
void lq_execution_committed(struct lq_broker_core *core, uint32_t execution,
                            const struct lq_result_item *item, const struct lq_payload *world,
                            struct lq_broker_effects *out);

/* load found nothing to execute, or a stage knows no such session: no frame was made. */
void lq_execution_ended(struct lq_broker_core *core, uint32_t execution,
                        const struct lq_result_item *item, struct lq_broker_effects *out);

/* A tick that opened when its session stood still, and while it does: it goes no further than load.
 */
bool lq_execution_only_looks(const struct lq_broker_core *core, uint32_t execution);

/* Of such a one: its command was looked up, or could not be. */
void lq_execution_looked_up(struct lq_broker_core *core, uint32_t execution, const char *reason,
                            struct lq_broker_effects *out);

/* Put its commands back, uncharged, and open them again from load; a grid tick stays due. */
void lq_execution_reopen(struct lq_broker_core *core, uint32_t execution,
                         struct lq_broker_effects *out);

#endif
