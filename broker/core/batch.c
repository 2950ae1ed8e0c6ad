// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "broker/core/batch.h"

#include "base/clock.h"
#include "broker/core/effect_list.h"
#include "broker/core/flow.h"

/* The broker's own deadline of a batch is a last resort: an actor polices each item's time itself
 * and its heartbeats show that it lives. It must outlast a batch that waits behind another one. */
#define LEASE_TIMEOUTS 5u
#define SMALL_ITEMS 4u

uint32_t lq_batch_begin(struct lq_broker_core *core, uint32_t actor)
{
    uint32_t index = lq_record_pool_take(&core->batch_pool, lq_core_tables_batch_links(core));
    struct lq_core_batch *batch = &core->batches[index];

    LQ_ASSERT(index != 0);
    memset(batch, 0, offsetof(struct lq_core_batch, items));
    batch->number = ++core->batch_serial;
    batch->actor = actor;
    batch->dispatched_ns = core->now_ns;
    return index;
}

void lq_batch_add(struct lq_broker_core *core, uint32_t batch_index, uint32_t index)
{
    struct lq_core_batch *batch = &core->batches[batch_index];
    struct lq_core_task *task = &core->tasks[index];
    struct lq_core_queue *queue = &core->queues[task->queue];

    task->phase = LQ_TASK_LEASED;
    task->lease++;
    task->leased_alone = task->alone;
    task->leased_ns = batch->dispatched_ns;
    if (task->first_try_ns == 0) {
        task->first_try_ns = batch->dispatched_ns;
    }
    task->batch = batch_index;
    task->batch_slot = batch->count;
    batch->items[batch->count++] = index;
    batch->left++;
    batch->planned_ns += lq_flow_work_ns(core, task->flow);
    if (core->flows[task->flow].tenant != queue->last_tenant) {
        queue->last_tenant = core->flows[task->flow].tenant;
        queue->mixed_ns = core->now_ns;
    }
}

void lq_batch_send(struct lq_broker_core *core, uint32_t index, struct lq_broker_effects *out)
{
    const struct lq_core_batch *batch = &core->batches[index];
    struct lq_core_actor *actor = &core->actors[batch->actor];
    struct lq_core_queue *queue = &core->queues[actor->queue];
    uint64_t lease_ns = queue->timeout_ms * LQ_NS_PER_MS * LEASE_TIMEOUTS;
    struct lq_broker_effect *effect = lq_effect_list_add(out, LQ_EFFECT_DISPATCH);

    LQ_ASSERT(batch->count > 0);
    queue->in_flight += batch->count;
    queue->apart_in_flight += batch->apart;
    queue->apart_last = batch->apart;
    if (!batch->apart) {
        queue->shared_ns = core->now_ns;
        queue->gathers_to_ns = 0;
        lq_timer_heap_stop(&core->timers, lq_timer_of(LQ_TIMER_QUEUE, actor->queue));
    }
    actor->batches[actor->batch_count++] = index;
    lq_timer_heap_set(&core->timers, lq_timer_of(LQ_TIMER_BATCH, index),
                      batch->dispatched_ns + lease_ns);
    effect->dispatch.actor = batch->actor;
    effect->dispatch.batch = index;
}

void lq_batch_drop(struct lq_broker_core *core, uint32_t index)
{
    LQ_ASSERT(core->batches[index].count == 0);
    lq_record_pool_give(&core->batch_pool, lq_core_tables_batch_links(core), index);
}

void lq_batch_leave(struct lq_broker_core *core, uint32_t index, uint64_t own_ns, uint64_t end_ns)
{
    struct lq_core_task *task = &core->tasks[index];
    struct lq_core_batch *batch = &core->batches[task->batch];
    struct lq_core_queue *queue = &core->queues[task->queue];

    LQ_ASSERT(task->phase == LQ_TASK_LEASED);
    LQ_ASSERT(batch->items[task->batch_slot] == index);
    batch->items[task->batch_slot] = 0;
    batch->left--;
    batch->end_ns += end_ns;
    queue->in_flight--;
    if (task->leased_alone) {
        queue->suspect_in_flight = false;
    }
    lq_flow_leave(core, index, own_ns, end_ns);
}

/* The end of a batch, a commit with its fsync say, takes a time by itself and some for each item.
 * Small batches show the first, and the very first one; large ones what is more. The first may not
 * count when a batch is sized: on a slow disk batches would become ever smaller, and each item's
 * share ever larger. */
static void measure_end(struct lq_core_queue *queue, const struct lq_core_batch *batch)
{
    if (batch->end_ns == 0) {
        return;
    }
    if (batch->count <= SMALL_ITEMS || queue->end_fixed_ns == 0) {
        queue->end_fixed_ns = lq_flow_smooth(queue->end_fixed_ns, batch->end_ns);
    } else if (batch->end_ns < queue->end_fixed_ns) {
        queue->end_fixed_ns = (uint32_t)batch->end_ns;
    }
    uint64_t more_ns =
        batch->end_ns > queue->end_fixed_ns ? batch->end_ns - queue->end_fixed_ns : 0;
    /* An eighth of the newest sample also of the first: a disk may have stood still for once. */
    uint64_t each_ns = ((uint64_t)queue->end_each_ns * 7 + more_ns / batch->count) / 8;
    queue->end_each_ns = each_ns < UINT32_MAX ? (uint32_t)each_ns : UINT32_MAX;
}

void lq_batch_end(struct lq_broker_core *core, uint32_t index)
{
    struct lq_core_batch *batch = &core->batches[index];
    struct lq_core_actor *actor = &core->actors[batch->actor];
    uint32_t place = 0;

    LQ_ASSERT(batch->left == 0);
    while (place < actor->batch_count && actor->batches[place] != index) {
        place++;
    }
    LQ_ASSERT(place < actor->batch_count);
    actor->batches[place] = actor->batches[--actor->batch_count];
    core->queues[actor->queue].apart_in_flight -= batch->apart;
    measure_end(&core->queues[actor->queue], batch);
    lq_timer_heap_stop(&core->timers, lq_timer_of(LQ_TIMER_BATCH, index));
    lq_record_pool_give(&core->batch_pool, lq_core_tables_batch_links(core), index);
}
