// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* What tenants have in queues, and whose turn it is there. */
#include "tests/unit/broker/core/core_tally.h"

#include "base/clock.h"

#include <stddef.h>
#include <string.h>

/* Whether a list of flows has it, once; the list's links lie `link` bytes into a flow. */
static bool is_listed(const struct lq_broker_core *core, const struct lq_index_list *list,
                      size_t link, uint32_t flow)
{
    uint32_t found = 0;
    uint32_t seen = 0;
    uint32_t index = list->first;

    while (index != 0) {
        found += index == flow;
        seen++;
        memcpy(&index, (const unsigned char *)&core->flows[index] + link, sizeof index);
    }
    LQ_ASSERT(seen == list->count);
    LQ_ASSERT(found <= 1);
    return found == 1;
}

/* A flow has tasks or a debt, waits in its queue's lists as it says, and owes no more than two
 * leases, and two for each actor. */
static void check_flow(struct lq_core_tally *tally, uint32_t index)
{
    const struct lq_broker_core *core = tally->core;
    const struct lq_core_flow *flow = &core->flows[index];
    const struct lq_core_queue *queue = &core->queues[flow->queue];
    size_t next = offsetof(struct lq_core_flow, next);
    bool tasks = flow->waiting.count + flow->suspects.count + flow->in_flight > 0;
    bool ring = is_listed(core, &queue->ring, next, index);
    bool ready = is_listed(core, &queue->ready, next, index);
    uint32_t in_flight = 0;

    lq_core_tally_place_list(tally, &flow->waiting, LQ_TASK_QUEUED, flow->queue);
    lq_core_tally_place_list(tally, &flow->suspects, LQ_TASK_QUEUED, flow->queue);
    for (uint32_t at = 1; at <= core->task_pool.top; at++) {
        const struct lq_core_task *task = &core->tasks[at];
        in_flight += task->execution != 0 && task->phase == LQ_TASK_LEASED && task->flow == index;
    }
    LQ_ASSERT(flow->in_flight == in_flight);
    LQ_ASSERT(flow->ringed == (flow->waiting.count > 0));
    LQ_ASSERT(flow->ringed == (ring || ready));
    LQ_ASSERT(!(ring && ready));
    LQ_ASSERT(flow->suspected == (flow->suspects.count > 0));
    LQ_ASSERT(flow->suspected == is_listed(core, &queue->suspects,
                                           offsetof(struct lq_core_flow, suspect_next), index));
    LQ_ASSERT(flow->indebted ==
              is_listed(core, &core->debtors, offsetof(struct lq_core_flow, debtor_next), index));
    LQ_ASSERT(tasks || flow->indebted);
    LQ_ASSERT(tasks || flow->balance_ns <= 0);
    LQ_ASSERT(flow->balance_ns >=
              -2 * (int64_t)((core->actors_top + 1) * queue->timeout_ms * LQ_NS_PER_MS));
}

void lq_flow_invariants_check(struct lq_core_tally *tally)
{
    const struct lq_broker_core *core = tally->core;

    for (uint32_t tenant = 0; tenant <= core->tenant_pool.top; tenant++) {
        uint32_t flows = 0;
        for (uint32_t queue = 1; queue <= core->queue_count; queue++) {
            for (uint32_t query = 0; query < 2; query++) {
                uint32_t flow = core->tenants[tenant].flow_of[queue][query];
                if (flow != 0) {
                    LQ_ASSERT(core->flows[flow].tenant == tenant);
                    LQ_ASSERT(core->flows[flow].queue == queue);
                    LQ_ASSERT(core->flows[flow].query == (query == 1));
                    check_flow(tally, flow);
                    flows++;
                }
            }
        }
        LQ_ASSERT(core->tenants[tenant].flows == flows);
    }
}
