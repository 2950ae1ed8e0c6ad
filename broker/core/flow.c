// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "broker/core/flow.h"

#include "base/clock.h"
#include "broker/core/tenant.h"
#include "broker/core/tenant_load.h"
#include "broker/core/tenant_quota.h"

#define QUERY_SHARE 10 /* a question weighs a tenth of a tick */
#define DEBT_KEPT_NS LQ_NS_PER_S
#define DISTRUST_NS (10 * LQ_NS_PER_S)
#define DEBTS_PER_TURN 64u
#define LEASES_OWED 2 /* for each actor, and once more */
/* One alone may have waited for a processor. */
#define SLOW_IN_ROW 3u

static struct lq_index_links suspect_links(const struct lq_broker_core *core)
{
    return LQ_INDEX_LINKS(core->flows, suspect_next);
}

static struct lq_index_links debtor_links(const struct lq_broker_core *core)
{
    return LQ_INDEX_LINKS(core->flows, debtor_next);
}

/* ---- which flows there are ---- */

static uint32_t *place_of(struct lq_broker_core *core, const struct lq_core_flow *flow)
{
    return &core->tenants[flow->tenant].flow_of[flow->queue][flow->query];
}

static bool has_tasks(const struct lq_core_flow *flow)
{
    return flow->waiting.count > 0 || flow->suspects.count > 0 || flow->in_flight > 0;
}

static void forget(struct lq_broker_core *core, uint32_t index)
{
    struct lq_core_flow *flow = &core->flows[index];

    *place_of(core, flow) = 0;
    core->tenants[flow->tenant].flows--;
    lq_record_pool_give(&core->flow_pool, lq_core_tables_flow_links(core), index);
    if (flow->tenant != 0) {
        lq_tenant_settle(core, flow->tenant);
    }
}

/* The debtor idle longest, if its second is over or `early`: false if nothing changed. A flow that
 * has tasks again is no longer one; one that has left again since waits for its second anew. */
static bool forget_first_debtor(struct lq_broker_core *core, bool early)
{
    uint32_t index = core->debtors.first;
    struct lq_core_flow *flow = &core->flows[index];

    if (index == 0 || (!early && !has_tasks(flow) && core->now_ns < flow->idle_ns + DEBT_KEPT_NS)) {
        return false;
    }
    (void)lq_index_list_take_first(&core->debtors, debtor_links(core));
    flow->indebted = false;
    if (!has_tasks(flow)) {
        forget(core, index);
    }
    return true;
}

void lq_flow_forget_debts(struct lq_broker_core *core)
{
    for (uint32_t count = 0; count < DEBTS_PER_TURN && forget_first_debtor(core, false); count++) {
    }
}

static uint32_t make(struct lq_broker_core *core, uint32_t tenant, uint8_t queue, bool query)
{
    struct lq_index_links links = lq_core_tables_flow_links(core);
    uint32_t index = lq_record_pool_take(&core->flow_pool, links);

    /* There are as many as executions: if none is free, a debtor has one. */
    while (index == 0 && forget_first_debtor(core, true)) {
        index = lq_record_pool_take(&core->flow_pool, links);
    }
    LQ_ASSERT(index != 0);
    core->flows[index] = (struct lq_core_flow){.tenant = tenant,
                                               .queue = queue,
                                               .query = query,
                                               .own_ns = core->queues[queue].own_ns,
                                               .end_ns = core->queues[queue].end_ns};
    core->tenants[tenant].flows++;
    if (tenant != 0) {
        lq_tenant_settle(core, tenant);
    }
    return index;
}

/* The flow of a task's tenant in the task's queue. */
static uint32_t keep(struct lq_broker_core *core, const struct lq_core_task *task)
{
    const struct lq_core_execution *execution = &core->executions[task->execution];
    bool query = execution->kind == LQ_EXECUTION_QUERY;
    uint32_t *place = &core->tenants[execution->tenant].flow_of[task->queue][query];

    if (*place == 0) {
        uint32_t index = make(core, execution->tenant, task->queue, query);
        *place = index;
    }
    return *place;
}

/* It may have lost its last task: then only a debt keeps it. */
static void release(struct lq_broker_core *core, uint32_t index)
{
    struct lq_core_flow *flow = &core->flows[index];

    if (has_tasks(flow)) {
        return;
    }
    flow->idle_ns = core->now_ns;
    if (flow->indebted) {
        return; /* in the list since it left before */
    }
    if (flow->balance_ns >= 0 && core->now_ns >= flow->distrusted_to_ns) {
        forget(core, index);
        return;
    }
    flow->indebted = true;
    lq_index_list_append(&core->debtors, debtor_links(core), index);
}

/* ---- money ---- */

static int64_t quantum_of(const struct lq_broker_core *core, const struct lq_core_flow *flow)
{
    int64_t quantum =
        LQ_FLOW_QUANTUM_NS * (int64_t)lq_tenant_quota_limit(core, flow->tenant, LQ_QUOTA_WEIGHT);

    return flow->query ? quantum / QUERY_SHARE : quantum;
}

/* What its tasks in flight can cost beyond what was paid for them: an actor holds two batches, each
 * may take half a lease and one more item. A bound below that would forgive the rest, again and
 * again: whoever has such tasks would have most of the time. */
static int64_t debt_max_of(const struct lq_broker_core *core, const struct lq_core_flow *flow)
{
    const struct lq_core_queue *queue = &core->queues[flow->queue];

    return LEASES_OWED * (queue->serving + 1) * (int64_t)(queue->timeout_ms * LQ_NS_PER_MS);
}

static void pay(const struct lq_broker_core *core, struct lq_core_flow *flow, uint64_t cost_ns)
{
    int64_t least_ns = -debt_max_of(core, flow);

    flow->balance_ns -= (int64_t)cost_ns;
    if (flow->balance_ns < least_ns) {
        flow->balance_ns = least_ns;
    }
}

/* What was paid too much, all of it: whoever's costs vary would lose by each bound to this. Nobody
 * saves up: without tasks that wait there is no balance above 0. */
static void pay_back(struct lq_core_flow *flow, uint64_t ns)
{
    flow->balance_ns += (int64_t)ns;
    if (!flow->ringed && flow->balance_ns > 0) {
        flow->balance_ns = 0;
    }
}

uint32_t lq_flow_smooth(uint32_t before_ns, uint64_t sample_ns)
{
    uint64_t smoothed = before_ns == 0 ? sample_ns : ((uint64_t)before_ns * 7 + sample_ns) / 8;

    return smoothed < UINT32_MAX ? (uint32_t)smoothed : UINT32_MAX;
}

static void count_slow(struct lq_core_flow *flow, uint64_t own_ns)
{
    if (own_ns <= LQ_FLOW_APART_NS) {
        flow->slow_in_row = 0;
    } else if (flow->slow_in_row < SLOW_IN_ROW) {
        flow->slow_in_row++;
    }
}

void lq_flow_leave(struct lq_broker_core *core, uint32_t index, uint64_t own_ns, uint64_t end_ns)
{
    struct lq_core_task *task = &core->tasks[index];
    struct lq_core_flow *flow = &core->flows[task->flow];
    struct lq_core_queue *queue = &core->queues[task->queue];

    LQ_ASSERT(flow->in_flight > 0);
    flow->in_flight--;
    if (own_ns + end_ns > 0) {
        flow->own_ns = lq_flow_smooth(flow->own_ns, own_ns);
        count_slow(flow, own_ns);
        flow->end_ns = lq_flow_smooth(flow->end_ns, end_ns);
        /* What goes apart says little of a newcomer's. */
        queue->own_ns =
            lq_flow_smooth(queue->own_ns, own_ns < LQ_FLOW_APART_NS ? own_ns : LQ_FLOW_APART_NS);
        queue->end_ns = lq_flow_smooth(queue->end_ns, end_ns);
    }
    if (own_ns + end_ns > task->paid_ns) {
        pay(core, flow, own_ns + end_ns - task->paid_ns);
    } else {
        pay_back(flow, task->paid_ns - own_ns - end_ns);
    }
    lq_tenant_load_served(core, flow->tenant, own_ns + end_ns);
    release(core, task->flow);
    task->flow = 0;
}

void lq_flow_charge(struct lq_broker_core *core, uint32_t index, uint64_t lost_ns)
{
    struct lq_core_task *task = &core->tasks[index];
    uint32_t flow = task->flow != 0 ? task->flow : keep(core, task);

    pay(core, &core->flows[flow], lost_ns);
    release(core, flow);
}

void lq_flow_distrust(struct lq_broker_core *core, uint32_t index)
{
    uint32_t flow = keep(core, &core->tasks[index]);

    core->flows[flow].distrusted_to_ns = core->now_ns + DISTRUST_NS;
    release(core, flow);
}

uint64_t lq_flow_work_ns(const struct lq_broker_core *core, uint32_t index)
{
    const struct lq_core_flow *flow = &core->flows[index];

    return (uint64_t)flow->own_ns + core->queues[flow->queue].end_each_ns;
}

bool lq_flow_is_apart(const struct lq_broker_core *core, const struct lq_core_flow *flow)
{
    return flow->slow_in_row >= SLOW_IN_ROW || core->now_ns < flow->distrusted_to_ns;
}

/* ---- turns ---- */

static void ring(struct lq_broker_core *core, uint32_t index)
{
    struct lq_core_flow *flow = &core->flows[index];

    if (flow->waiting.count > 0 && !flow->ringed) {
        flow->ringed = true;
        flow->served = false;
        lq_index_list_append(&core->queues[flow->queue].ring, lq_core_tables_flow_links(core),
                             index);
    }
}

static void suspect(struct lq_broker_core *core, uint32_t index)
{
    struct lq_core_flow *flow = &core->flows[index];

    if (flow->suspects.count > 0 && !flow->suspected) {
        flow->suspected = true;
        lq_index_list_append(&core->queues[flow->queue].suspects, suspect_links(core), index);
    }
}

void lq_flow_add(struct lq_broker_core *core, uint32_t index, bool front)
{
    struct lq_core_task *task = &core->tasks[index];
    struct lq_index_links links = lq_core_tables_task_links(core);
    uint32_t flow_index = keep(core, task);
    struct lq_core_flow *flow = &core->flows[flow_index];

    task->flow = flow_index;
    task->queued_ns = core->now_ns;
    core->queues[task->queue].waiting++;
    if (task->alone) {
        lq_index_list_append(&flow->suspects, links, index);
        suspect(core, flow_index);
    } else if (front) {
        lq_index_list_prepend(&flow->waiting, links, index);
    } else {
        lq_index_list_append(&flow->waiting, links, index);
    }
    ring(core, flow_index);
}

bool lq_flow_begin_turn(const struct lq_broker_core *core, struct lq_core_flow *flow)
{
    if (!flow->served) {
        flow->served = true;
        flow->balance_ns += quantum_of(core, flow);
    }
    return flow->balance_ns > 0;
}

void lq_flow_end_turn(struct lq_broker_core *core, struct lq_index_list *turns)
{
    uint32_t index = lq_index_list_take_first(turns, lq_core_tables_flow_links(core));
    struct lq_core_flow *flow = &core->flows[index];

    LQ_ASSERT(index != 0);
    flow->ringed = false;
    ring(core, index);
    if (!flow->ringed && flow->balance_ns > 0) {
        flow->balance_ns = 0;
    }
}

void lq_flow_set_apart(struct lq_broker_core *core, struct lq_core_queue *queue)
{
    struct lq_index_links links = lq_core_tables_flow_links(core);

    lq_index_list_append(&queue->ready, links, lq_index_list_take_first(&queue->ring, links));
}

void lq_flow_skip_rounds(struct lq_broker_core *core, struct lq_core_queue *queue)
{
    int64_t rounds = INT64_MAX;

    for (uint32_t index = queue->ring.first; index != 0; index = core->flows[index].next) {
        const struct lq_core_flow *flow = &core->flows[index];
        int64_t needed = -flow->balance_ns / quantum_of(core, flow);
        LQ_ASSERT(flow->balance_ns <= 0);
        rounds = needed < rounds ? needed : rounds;
    }
    for (uint32_t index = queue->ring.first; index != 0 && rounds > 0;
         index = core->flows[index].next) {
        core->flows[index].balance_ns += rounds * quantum_of(core, &core->flows[index]);
    }
}

static void take(struct lq_broker_core *core, struct lq_core_flow *flow, struct lq_core_task *task)
{
    uint64_t cost_ns = (uint64_t)flow->own_ns + flow->end_ns;

    core->queues[flow->queue].waiting--;
    flow->in_flight++;
    task->paid_ns = cost_ns < UINT32_MAX ? (uint32_t)cost_ns : UINT32_MAX;
    pay(core, flow, task->paid_ns);
    lq_tenant_load_waited(core, flow->tenant, core->now_ns - task->queued_ns);
}

uint32_t lq_flow_take(struct lq_broker_core *core, uint32_t flow_index)
{
    struct lq_core_flow *flow = &core->flows[flow_index];
    struct lq_index_links links = lq_core_tables_task_links(core);
    uint32_t index = lq_index_list_take_first(&flow->waiting, links);

    LQ_ASSERT(index != 0);
    if (core->tasks[index].alone) { /* became a suspect while it waited */
        lq_index_list_append(&flow->suspects, links, index);
        suspect(core, flow_index);
        return 0;
    }
    take(core, flow, &core->tasks[index]);
    return index;
}

uint32_t lq_flow_take_suspect(struct lq_broker_core *core, struct lq_core_queue *queue)
{
    uint32_t flow_index = lq_index_list_take_first(&queue->suspects, suspect_links(core));
    struct lq_core_flow *flow = &core->flows[flow_index];
    uint32_t index = lq_index_list_take_first(&flow->suspects, lq_core_tables_task_links(core));

    LQ_ASSERT(index != 0);
    flow->suspected = false;
    suspect(core, flow_index);
    take(core, flow, &core->tasks[index]);
    return index;
}

/* ---- for people ---- */

uint64_t lq_flow_debt_ns(const struct lq_broker_core *core, uint32_t tenant)
{
    int64_t least_ns = 0;

    for (uint32_t queue = 1; queue <= core->queue_count; queue++) {
        uint32_t index = core->tenants[tenant].flow_of[queue][false];
        if (index != 0 && core->flows[index].balance_ns < least_ns) {
            least_ns = core->flows[index].balance_ns;
        }
    }
    return (uint64_t)-least_ns;
}

uint32_t lq_flow_waiting(const struct lq_broker_core *core, uint32_t tenant, uint32_t queue)
{
    const uint32_t *flow_of = core->tenants[tenant].flow_of[queue];

    return core->flows[flow_of[false]].waiting.count + core->flows[flow_of[false]].suspects.count +
           core->flows[flow_of[true]].waiting.count + core->flows[flow_of[true]].suspects.count;
}
