// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* flow.h - what one tenant has in one queue, and its turn there: surplus round robin.
 *
 *   queue --ring--> flow --> flow --> flow          a round gives each quantum x weight
 *                    |
 *                  tasks, in order                  each pays what it costs
 *
 * A flow is served while its balance is above zero. A task pays its flow's smoothed cost when it is
 * dispatched, and the difference to what it really took when it is answered: paying only then would
 * let a flow take all credit before its first bill. Time that is lost (a lease that ran out, a dead
 * actor) is paid by whose task it was. So over any time the flows of a queue that always have work
 * get service time as their weights are, whatever their tasks cost, but for a bound:
 * docs/architecture.md derives it.
 *
 * A flow is there while it has tasks. One that leaves with a debt is remembered for a second, so
 * that nobody gets rid of a debt by pausing. After M. Shreedhar and G. Varghese, Efficient Fair
 * Queuing using Deficit Round Robin (1995), in the form that may overdraw.
 */
#ifndef LQ_FLOW_H
#define LQ_FLOW_H

#include "broker/core/core_tables.h"

/* ns of service that a round gives to weight 1: some ten ordinary ticks of a stage. */
#define LQ_FLOW_QUANTUM_NS 100000
/* What a task may take before its flow is served apart from the others. */
#define LQ_FLOW_APART_NS 4000000u

/* A task comes: at the end, or back to the front. A suspect is put apart. */
void lq_flow_add(struct lq_broker_core *core, uint32_t task, bool front);

/* The next task of a flow leaves to be worked on: its flow pays. It must have one. 0: the first one
 * had become a suspect meanwhile and was put apart. */
uint32_t lq_flow_take(struct lq_broker_core *core, uint32_t flow);
/* A suspect of the flow whose turn it is among those that have some. */
uint32_t lq_flow_take_suspect(struct lq_broker_core *core, struct lq_core_queue *queue);

/* The flow whose turn it is gets its quantum, once a turn: whether it may be served then. */
bool lq_flow_begin_turn(const struct lq_broker_core *core, struct lq_core_flow *flow);
/* The turn of the first one of `turns` (ring or ready) is over. */
void lq_flow_end_turn(struct lq_broker_core *core, struct lq_index_list *turns);
/* Its tasks go apart: it waits for an actor of its own, and keeps its turn. */
void lq_flow_set_apart(struct lq_broker_core *core, struct lq_core_queue *queue);
/* All flows of the ring are in debt: the rounds until a turn helps one out of it, at once. */
void lq_flow_skip_rounds(struct lq_broker_core *core, struct lq_core_queue *queue);

/* A task is no longer in flight: it took `own_ns` by itself and `end_ns` as its share of what came
 * after its batch. 0, 0: it was not worked on, and has its money back. */
void lq_flow_leave(struct lq_broker_core *core, uint32_t task, uint64_t own_ns, uint64_t end_ns);
/* Time that was lost over a task, whether it is in flight or not. */
void lq_flow_charge(struct lq_broker_core *core, uint32_t task, uint64_t lost_ns);

/* What a task of it is expected to keep an actor busy for: batches are sized by that. */
uint64_t lq_flow_work_ns(const struct lq_broker_core *core, uint32_t flow);
/* A mean that forgets: an eighth of it is the newest sample. 0: none yet. */
uint32_t lq_flow_smooth(uint32_t before_ns, uint64_t sample_ns);

/* It ended its actor: its tenant's tasks in this queue go apart from the others for a while. */
void lq_flow_distrust(struct lq_broker_core *core, uint32_t task);
/* Whether its tasks share actors with no other flow's: the last ones took long, or one ended an
 * actor. */
bool lq_flow_is_apart(const struct lq_broker_core *core, const struct lq_core_flow *flow);

/* Forget debts that are older than a second; once a turn. */
void lq_flow_forget_debts(struct lq_broker_core *core);

/* For people: the largest debt of the tenant's flows, and how many of its tasks wait in a queue. */
uint64_t lq_flow_debt_ns(const struct lq_broker_core *core, uint32_t tenant);
uint32_t lq_flow_waiting(const struct lq_broker_core *core, uint32_t tenant, uint32_t queue);

#endif
