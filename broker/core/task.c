// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "broker/core/task.h"

#include "broker/core/effect_list.h"
#include "broker/core/execution.h"
#include "broker/core/task_queue.h"
#include "broker/core/tenant_quota.h"

void lq_task_begin(struct lq_broker_core *core, uint32_t execution, uint32_t state,
                   struct lq_payload payload)
{
    uint32_t index = lq_record_pool_take(&core->task_pool, lq_core_tables_task_links(core));
    struct lq_core_task *task = &core->tasks[index];

    LQ_ASSERT(index != 0);
    /* The texts at the end need only their first byte cleared. */
    memset(task, 0, offsetof(struct lq_core_task, error));
    task->error[0] = '\0';
    task->cause[0] = '\0';
    task->execution = execution;
    task->payload = payload;
    lq_tenant_quota_hold(core, lq_execution_tenant(core, execution), payload.bytes);
    core->executions[execution].task = index;
    lq_task_enter(core, index, state);
}

void lq_task_enter(struct lq_broker_core *core, uint32_t index, uint32_t state)
{
    struct lq_core_task *task = &core->tasks[index];
    const struct lq_core_execution *execution = &core->executions[task->execution];

    LQ_ASSERT(state < core->config.pipeline.state_count);
    task->state = (uint8_t)state;
    task->queue = core->partitions[execution->partition].queue_of_state[state];
    task->tries = 0;
    task->first_try_ns = 0;
    task->alone = false;
    memset(task->retries, 0, sizeof task->retries);
    lq_task_queue_push(core, index);
}

void lq_task_replace_payload(struct lq_broker_core *core, uint32_t index, struct lq_payload payload,
                             struct lq_broker_effects *out)
{
    struct lq_core_task *task = &core->tasks[index];

    uint32_t tenant = lq_execution_tenant(core, task->execution);

    lq_effect_list_release(core, tenant, &task->payload, out);
    task->payload = payload;
    lq_tenant_quota_hold(core, tenant, payload.bytes);
}

void lq_task_end(struct lq_broker_core *core, uint32_t index, struct lq_broker_effects *out)
{
    struct lq_core_task *task = &core->tasks[index];

    lq_effect_list_release(core, lq_execution_tenant(core, task->execution), &task->payload, out);
    lq_timer_heap_stop(&core->timers, lq_timer_of(LQ_TIMER_TASK, index));
    task->execution = 0;
    task->phase = 0;
    lq_record_pool_give(&core->task_pool, lq_core_tables_task_links(core), index);
}

uint32_t lq_task_find(const struct lq_broker_core *core, uint64_t counter)
{
    return core->executions[lq_execution_find(core, counter)].task;
}
