// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* task_queue.h - what waits for actors, by what those serve: stage, version, partition and pool.
 *
 * States are mapped to queues when the core is made (partition.h). In each queue tenants take turns
 * (flow.h), and what a tenant has is served in order, suspects apart from the rest.
 */
#ifndef LQ_TASK_QUEUE_H
#define LQ_TASK_QUEUE_H

#include "broker/core/core_tables.h"

/* The queue of a key, or 0. */
uint32_t lq_task_queue_find(const struct lq_broker_core *core, const struct lq_queue_key *key);

/* Find or make it, for a state with this timeout. The key's text must live as long as the core. */
uint32_t lq_task_queue_open(struct lq_broker_core *core, const struct lq_queue_key *key,
                            uint32_t timeout_ms);

/* Into the queue of the task's state: at the end of what its tenant has there, or (uncharged) at
 * the front. */
void lq_task_queue_push(struct lq_broker_core *core, uint32_t task);
void lq_task_queue_push_front(struct lq_broker_core *core, uint32_t task);

/* Whether no actor takes its work and at least one has said PAUSED. */
bool lq_task_queue_paused(const struct lq_broker_core *core, uint32_t queue);

#endif
