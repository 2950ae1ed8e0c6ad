// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "broker/core/batch.h"

#include "base/clock.h"
#include "broker/core/effect_list.h"
#include "broker/core/task_queue.h"

/* The broker's own deadline of a batch is a last resort: an actor polices each item's time itself
 * and its heartbeats show that it lives. It must outlast a batch that waits behind another one. */
#define LEASE_TIMEOUTS 5u

/* The READY actor of the queue with the most credit left, or 0. */
static uint32_t choose_actor(const struct lq_broker_core *core, uint32_t queue)
{
    uint32_t chosen = 0;

    for (uint32_t index = 1; index <= core->actors_top; index++) {
        const struct lq_core_actor *actor = &core->actors[index];
        if (actor->state == LQ_ACTOR_READY && actor->queue == queue &&
            actor->batch_count < actor->credit &&
            (chosen == 0 || actor->batch_count < core->actors[chosen].batch_count)) {
            chosen = index;
        }
    }
    return chosen;
}

/* Count x measured service time stays below half a lease. */
static uint32_t items_bound(const struct lq_broker_core *core, const struct lq_core_actor *actor)
{
    uint64_t lease_ns = core->queues[actor->queue].timeout_ms * LQ_NS_PER_MS;
    uint64_t bound = actor->items_max;

    if (actor->service_ns > 0 && lease_ns / 2 / actor->service_ns < bound) {
        bound = lease_ns / 2 / actor->service_ns;
    }
    return bound > 0 ? (uint32_t)bound : 1;
}

static void add_item(struct lq_broker_core *core, uint32_t batch_index, uint32_t index)
{
    struct lq_core_batch *batch = &core->batches[batch_index];
    struct lq_core_task *task = &core->tasks[index];

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
}

static size_t dispatch_bytes(const struct lq_broker_core *core, uint32_t index)
{
    const struct lq_core_task *task = &core->tasks[index];
    size_t bytes = task->payload.bytes;

    if (task->payload.buffer == 0) {
        for (uint32_t command = core->executions[task->execution].tick.commands.first; command != 0;
             command = core->commands[command].next) {
            bytes += core->commands[command].payload.bytes + 40;
        }
    }
    return bytes;
}

/* One suspect, or all that waits up to the actor's bounds. */
static void fill(struct lq_broker_core *core, struct lq_core_queue *queue, uint32_t batch_index)
{
    struct lq_core_batch *batch = &core->batches[batch_index];
    const struct lq_core_actor *actor = &core->actors[batch->actor];
    struct lq_index_links links = lq_core_tables_task_links(core);
    uint32_t items_max = items_bound(core, actor);
    size_t bytes = 0;

    if (queue->alone.count > 0 && queue->alone_in_flight == 0) {
        queue->alone_in_flight++;
        add_item(core, batch_index, lq_index_list_take_first(&queue->alone, links));
        return;
    }
    while (queue->waiting.count > 0 && batch->count < items_max) {
        size_t item_bytes = dispatch_bytes(core, queue->waiting.first);
        if (batch->count > 0 && bytes + item_bytes > actor->bytes_max) {
            break;
        }
        bytes += item_bytes;
        uint32_t index = lq_index_list_take_first(&queue->waiting, links);
        if (core->tasks[index].alone) {
            lq_task_queue_push(core, index); /* became a suspect while it waited */
            continue;
        }
        add_item(core, batch_index, index);
    }
}

static bool has_work(const struct lq_core_queue *queue)
{
    return queue->waiting.count > 0 || (queue->alone.count > 0 && queue->alone_in_flight == 0);
}

static uint32_t begin(struct lq_broker_core *core, uint32_t actor, uint64_t now_ns)
{
    uint32_t index = lq_record_pool_take(&core->batch_pool, lq_core_tables_batch_links(core));
    struct lq_core_batch *batch = &core->batches[index];

    LQ_ASSERT(index != 0);
    memset(batch, 0, offsetof(struct lq_core_batch, items));
    batch->number = ++core->batch_serial;
    batch->actor = actor;
    batch->dispatched_ns = now_ns;
    return index;
}

/* The actor holds it from now on. */
static void send(struct lq_broker_core *core, uint32_t index, struct lq_core_queue *queue,
                 struct lq_broker_effects *out)
{
    const struct lq_core_batch *batch = &core->batches[index];
    struct lq_core_actor *actor = &core->actors[batch->actor];
    uint64_t lease_ns = queue->timeout_ms * LQ_NS_PER_MS * LEASE_TIMEOUTS;
    struct lq_broker_effect *effect = lq_effect_list_add(out, LQ_EFFECT_DISPATCH);

    queue->in_flight += batch->count;
    actor->batches[actor->batch_count++] = index;
    lq_timer_heap_set(&core->timers, lq_timer_of(LQ_TIMER_BATCH, index),
                      batch->dispatched_ns + lease_ns);
    effect->dispatch.actor = batch->actor;
    effect->dispatch.batch = index;
}

/* False: cut short by the room for effects. */
static bool dispatch_queue(struct lq_broker_core *core, uint32_t queue_index, uint64_t now_ns,
                           struct lq_broker_effects *out)
{
    struct lq_core_queue *queue = &core->queues[queue_index];

    while (has_work(queue)) {
        uint32_t actor = choose_actor(core, queue_index);
        if (actor == 0) {
            return true;
        }
        if (out->count_max - out->count < 2) {
            return false;
        }
        uint32_t index = begin(core, actor, now_ns);
        fill(core, queue, index);
        if (core->batches[index].count > 0) {
            send(core, index, queue, out);
        } else {
            lq_record_pool_give(&core->batch_pool, lq_core_tables_batch_links(core), index);
        }
    }
    return true;
}

void lq_batch_dispatch(struct lq_broker_core *core, uint64_t now_ns, struct lq_broker_effects *out)
{
    /* Backwards: what is nearest to its commit goes first. */
    for (uint32_t queue = core->queue_count; queue > 0; queue--) {
        if (!dispatch_queue(core, queue, now_ns, out)) {
            core->turn_cut_short = true;
            return;
        }
    }
}

void lq_batch_leave(struct lq_broker_core *core, uint32_t index)
{
    struct lq_core_task *task = &core->tasks[index];
    struct lq_core_batch *batch = &core->batches[task->batch];
    struct lq_core_queue *queue = &core->queues[task->queue];

    LQ_ASSERT(task->phase == LQ_TASK_LEASED);
    LQ_ASSERT(batch->items[task->batch_slot] == index);
    batch->items[task->batch_slot] = 0;
    batch->left--;
    queue->in_flight--;
    if (task->alone) {
        queue->alone_in_flight = 0;
    }
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
    lq_timer_heap_stop(&core->timers, lq_timer_of(LQ_TIMER_BATCH, index));
    lq_record_pool_give(&core->batch_pool, lq_core_tables_batch_links(core), index);
}
