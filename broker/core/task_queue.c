// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "broker/core/task_queue.h"

#include "broker/core/flow.h"

uint32_t lq_task_queue_find(const struct lq_broker_core *core, const struct lq_queue_key *key)
{
    for (uint32_t index = 1; index <= core->queue_count; index++) {
        const struct lq_queue_key *candidate = &core->queues[index].key;
        if (candidate->version == key->version && candidate->partition == key->partition &&
            candidate->pool == key->pool && lq_view_equal(candidate->stage, key->stage)) {
            return index;
        }
    }
    return 0;
}

uint32_t lq_task_queue_open(struct lq_broker_core *core, const struct lq_queue_key *key,
                            uint32_t timeout_ms)
{
    uint32_t index = lq_task_queue_find(core, key);

    if (index == 0) {
        LQ_ASSERT(core->queue_count < LQ_QUEUES_MAX);
        index = ++core->queue_count;
        core->queues[index].key = *key;
    }
    if (core->queues[index].timeout_ms < timeout_ms) {
        core->queues[index].timeout_ms = timeout_ms;
    }
    return index;
}

void lq_task_queue_push(struct lq_broker_core *core, uint32_t index)
{
    core->tasks[index].phase = LQ_TASK_QUEUED;
    lq_flow_add(core, index, false);
}

void lq_task_queue_push_front(struct lq_broker_core *core, uint32_t index)
{
    core->tasks[index].phase = LQ_TASK_QUEUED;
    lq_flow_add(core, index, true);
}

bool lq_task_queue_paused(const struct lq_broker_core *core, uint32_t queue)
{
    return core->queues[queue].serving == 0 && core->queues[queue].paused > 0;
}
