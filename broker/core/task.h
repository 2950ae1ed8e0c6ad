// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* task.h - the part of an execution that actors work on: one state at a time, under one lease.
 *
 *   enter --> QUEUED --dispatch--> LEASED --done--> enter at the next state, or the end
 *
 * broker_core.h has the whole drawing.
 */
#ifndef LQ_TASK_H
#define LQ_TASK_H

#include "broker/core/core_tables.h"

/* The execution's task, with `payload` (its reference is kept from now on), arrives at a state.
 * There is a record for the task of every execution. */
void lq_task_begin(struct lq_broker_core *core, uint32_t execution, uint32_t state,
                   struct lq_payload payload);

/* It arrives at a state of the pipeline: its retry counters start anew. */
void lq_task_enter(struct lq_broker_core *core, uint32_t task, uint32_t state);

/* A stage is done: its payload, with the reference, takes the place of the one before. */
void lq_task_replace_payload(struct lq_broker_core *core, uint32_t task, struct lq_payload payload,
                             struct lq_broker_effects *out);

/* Give back its payload and record. It is in no queue and no batch. */
void lq_task_end(struct lq_broker_core *core, uint32_t task, struct lq_broker_effects *out);

/* The task of the open execution of that number, or 0. */
uint32_t lq_task_find(const struct lq_broker_core *core, uint64_t counter);

#endif
