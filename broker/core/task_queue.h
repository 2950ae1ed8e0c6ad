// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* task_queue.h - what waits for the actors of a state. */
#ifndef LQ_TASK_QUEUE_H
#define LQ_TASK_QUEUE_H

#include "broker/core/core_tables.h"

/* The execution arrives at a state of the pipeline: its retry counters start anew. */
void lq_task_queue_enter(struct lq_broker_core *core, uint32_t index, uint32_t state);

/* Back into the queue of its state: at the end, or (uncharged) at the front. */
void lq_task_queue_push(struct lq_broker_core *core, uint32_t index);

void lq_task_queue_push_front(struct lq_broker_core *core, uint32_t index);

/* Take the first of one of a queue's two lists. */
uint32_t lq_task_queue_pop(struct lq_broker_core *core, uint32_t *first, uint32_t *last,
                           uint32_t *count);

/* Whether no actor of the state takes work and at least one has said PAUSED. */
bool lq_task_queue_paused(const struct lq_broker_core *core, uint32_t state);

#endif
