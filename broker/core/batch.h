// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* batch.h - what one message hands an actor: how it is made, and how it ends.
 *
 *   begin --> add, add, ... --> send --> leave, leave, ... --> end
 *        \--> drop                       (answered or lost)
 */
#ifndef LQ_BATCH_H
#define LQ_BATCH_H

#include "broker/core/core_tables.h"

/* An empty one for an actor with credit. There is a record for each credit of each actor. */
uint32_t lq_batch_begin(struct lq_broker_core *core, uint32_t actor);

/* A task that its flow has just given away (lq_flow_take()) is leased in it. */
void lq_batch_add(struct lq_broker_core *core, uint32_t batch, uint32_t task);

/* The actor holds it from now on; or nothing was found for it. */
void lq_batch_send(struct lq_broker_core *core, uint32_t batch, struct lq_broker_effects *out);
void lq_batch_drop(struct lq_broker_core *core, uint32_t batch);

/* Take one item out of its batch because it was answered, or lost (0, 0); what it took: flow.h. */
void lq_batch_leave(struct lq_broker_core *core, uint32_t task, uint64_t own_ns, uint64_t end_ns);

/* A batch is over: the actor has its credit back. No item may be left in it. */
void lq_batch_end(struct lq_broker_core *core, uint32_t batch);

#endif
