// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* queueing.h - what waits for the actors of a state, and how it gets to them.
 *
 * Whenever an actor has credit it gets in one batch everything that is queued for it, up to its
 * bounds: alone at low load, in batches under load. No timer holds a dispatch back.
 */
#ifndef LQ_QUEUEING_H
#define LQ_QUEUEING_H

#include "broker/core/core_tables.h"

/* The execution arrives at a state of the pipeline: its retry counters start anew. */
void lq_queueing_enter(struct lq_broker_core *core, uint32_t execution, uint32_t state);

/* Back into the queue of its state: at the end, or (uncharged) at the front. */
void lq_queueing_push(struct lq_broker_core *core, uint32_t execution);
void lq_queueing_push_front(struct lq_broker_core *core, uint32_t execution);

/* Whether no actor of the state takes work and at least one has said PAUSED. */
bool lq_queueing_paused(const struct lq_broker_core *core, uint32_t state);

/* Give queued executions to actors with credit. */
void lq_queueing_dispatch(struct lq_broker_core *core, uint64_t now_ns,
                          struct lq_broker_effects *out);

/* Take one item out of its batch because it was answered or lost. */
void lq_queueing_leave_batch(struct lq_broker_core *core, uint32_t execution);

/* A batch is over: the actor has its credit back. No item may be left in it. */
void lq_queueing_end_batch(struct lq_broker_core *core, uint32_t batch);

#endif
