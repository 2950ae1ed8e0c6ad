// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* batch.h - what one message hands an actor.
 *
 * Whenever an actor has credit it gets in one batch everything that is queued for it, up to its
 * bounds: alone at low load, in batches under load. No timer holds a dispatch back.
 */
#ifndef LQ_BATCH_H
#define LQ_BATCH_H

#include "broker/core/core_tables.h"

/* Give queued tasks to actors with credit. */
void lq_batch_dispatch(struct lq_broker_core *core, uint64_t now_ns, struct lq_broker_effects *out);

/* Take one item out of its batch because it was answered or lost. */
void lq_batch_leave(struct lq_broker_core *core, uint32_t task);

/* A batch is over: the actor has its credit back. No item may be left in it. */
void lq_batch_end(struct lq_broker_core *core, uint32_t batch);

#endif
