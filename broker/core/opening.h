// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* opening.h - from mailboxes and grids to executions.
 *
 * A session opens its next tick when it has none under way and a command waits or its grid tick is
 * due. Tenants take turns, so that one with a thousand busy sessions does not hold up the others.
 * Of a parked session executions open as well, a command each, but they end at load.
 */
#ifndef LQ_OPENING_H
#define LQ_OPENING_H

#include "broker/core/core_tables.h"

/* Why no execution may open now, or NULL: the reason a SUBMIT is refused with. */
const char *lq_opening_barred(const struct lq_broker_core *core);

/* Queue the session for opening if it has reason to. */
void lq_opening_consider(struct lq_broker_core *core, uint32_t session);

/* Open what may open. Cut short by the room for effects never: opening has no effects. */
void lq_opening_run(struct lq_broker_core *core, uint64_t now_ns);

/* A grid point came: due_ns is its time. */
void lq_opening_grid_due(struct lq_broker_core *core, uint32_t session, uint64_t due_ns,
                         uint64_t now_ns);

/* Put a session on its grid, made anew from now on; numerator 0 takes it off. */
void lq_opening_set_rate(struct lq_broker_core *core, uint32_t session, uint32_t numerator,
                         uint32_t denominator, uint64_t now_ns);

/* Append a command to the mailbox, or put a list of them back in front of it, in order. */
void lq_opening_post(struct lq_broker_core *core, uint32_t session, uint32_t command);
void lq_opening_put_back(struct lq_broker_core *core, uint32_t session, uint32_t first,
                         uint32_t count);

/* The tick of a closed execution is still due: open it again with what is left. */
void lq_opening_restore_tick(struct lq_broker_core *core, uint32_t execution);

/* End an execution: give back its payload and record, let the session go on. Its commands must have
 * been answered or put back. */
void lq_opening_close(struct lq_broker_core *core, uint32_t execution,
                      struct lq_broker_effects *out);

/* Give back a command's payload and record; its tenant's count goes down. */
void lq_opening_drop_command(struct lq_broker_core *core, uint32_t tenant, uint32_t command,
                             struct lq_broker_effects *out);

#endif
