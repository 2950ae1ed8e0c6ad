// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "broker/core/task_queue.h"

void lq_task_queue_enter(struct lq_broker_core *core, uint32_t index, uint32_t state)
{
    struct lq_core_execution *execution = &core->executions[index];

    LQ_ASSERT(state < core->config.pipeline.state_count);
    execution->stage = (uint8_t)state;
    execution->tries = 0;
    execution->first_try_ns = 0;
    execution->alone = false;
    memset(execution->retries, 0, sizeof execution->retries);
    lq_task_queue_push(core, index);
}

void lq_task_queue_push(struct lq_broker_core *core, uint32_t index)
{
    struct lq_core_execution *execution = &core->executions[index];
    struct lq_core_queue *queue = &core->queues[execution->stage];
    uint32_t *first = execution->alone ? &queue->alone_first : &queue->first;
    uint32_t *last = execution->alone ? &queue->alone_last : &queue->last;

    execution->state = LQ_EXECUTION_QUEUED;
    execution->next = 0;
    if (*last != 0) {
        core->executions[*last].next = index;
    } else {
        *first = index;
    }
    *last = index;
    *(execution->alone ? &queue->alone_count : &queue->count) += 1;
}

void lq_task_queue_push_front(struct lq_broker_core *core, uint32_t index)
{
    struct lq_core_execution *execution = &core->executions[index];
    struct lq_core_queue *queue = &core->queues[execution->stage];

    if (execution->alone || queue->first == 0) {
        lq_task_queue_push(core, index);
        return;
    }
    execution->state = LQ_EXECUTION_QUEUED;
    execution->next = queue->first;
    queue->first = index;
    queue->count++;
}

uint32_t lq_task_queue_pop(struct lq_broker_core *core, uint32_t *first, uint32_t *last,
                           uint32_t *count)
{
    uint32_t index = *first;

    *first = core->executions[index].next;
    if (*first == 0) {
        *last = 0;
    }
    *count -= 1;
    return index;
}

bool lq_task_queue_paused(const struct lq_broker_core *core, uint32_t state)
{
    bool paused = false;

    for (uint32_t actor = 1; actor <= core->actors_top; actor++) {
        if (core->actors[actor].stage == state && core->actors[actor].peer != 0) {
            if (core->actors[actor].state == LQ_ACTOR_READY) {
                return false;
            }
            paused = paused || (core->actors[actor].state == LQ_ACTOR_PAUSED &&
                                !core->actors[actor].retiring);
        }
    }
    return paused;
}
