// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* grid.h - the times at which a session with a rate ticks.
 *
 * Points that pass while a tick is under way are lost world time: counted, never bunched. So are
 * those that pass while the tick before waits because its tenant is above ticks/s, and these are
 * counted apart; such ticks open in the order in which they were due, so that every session of the
 * tenant gets its part.
 */
#ifndef LQ_GRID_H
#define LQ_GRID_H

#include "broker/core/core_tables.h"

/* A grid point came: due_ns is its time. */
void lq_grid_due(struct lq_broker_core *core, uint32_t session, uint64_t due_ns, uint64_t now_ns);

/* Put a session on its grid, made anew from now on; numerator 0 takes it off. */
void lq_grid_set_rate(struct lq_broker_core *core, uint32_t session, struct lq_session_rate rate,
                      uint64_t now_ns);

/* Stop a session, or let it go on. The points between were never on its grid. */
void lq_grid_set_stopped(struct lq_broker_core *core, uint32_t session, bool stopped,
                         uint64_t now_ns);

/* The tick of a closed execution is still due: open it again with what is left. */
void lq_grid_restore(struct lq_broker_core *core, uint32_t execution);

/* ATTENDED: somebody watches an attended session for play. If its grid rests, it goes on; the
 * points since then were never on it. */
void lq_grid_attended(struct lq_broker_core *core, const struct lq_broker_event *event,
                      uint64_t now_ns);

#endif
