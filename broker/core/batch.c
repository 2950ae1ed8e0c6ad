// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "broker/core/batch.h"

#include "base/clock.h"
#include "broker/core/effect_list.h"
#include "broker/core/task_queue.h"

/* The broker's own deadline of a batch is a last resort: an actor polices each item's time itself
 * and its heartbeats show that it lives. It must outlast a batch that waits behind another one. */
#define LEASE_TIMEOUTS 5u

/* The READY actor of the state with the most credit left, or 0. */
static uint32_t choose_actor(const struct lq_broker_core *core, uint32_t state)
{
    uint32_t chosen = 0;

    for (uint32_t index = 1; index <= core->actors_top; index++) {
        const struct lq_core_actor *actor = &core->actors[index];
        if (actor->state == LQ_ACTOR_READY && actor->stage == state &&
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
    uint64_t lease_ns = core->config.pipeline.states[actor->stage].timeout_ms * LQ_NS_PER_MS;
    uint64_t bound = actor->items_max;

    if (actor->service_ns > 0 && lease_ns / 2 / actor->service_ns < bound) {
        bound = lease_ns / 2 / actor->service_ns;
    }
    return bound > 0 ? (uint32_t)bound : 1;
}

static void add_item(struct lq_broker_core *core, struct lq_core_batch *batch, uint32_t batch_index,
                     uint32_t index, uint64_t now_ns)
{
    struct lq_core_execution *execution = &core->executions[index];

    execution->state = LQ_EXECUTION_LEASED;
    execution->lease++;
    execution->leased_alone = execution->alone;
    execution->leased_ns = now_ns;
    if (execution->first_try_ns == 0) {
        execution->first_try_ns = now_ns;
    }
    execution->batch = batch_index;
    execution->batch_slot = batch->count;
    batch->items[batch->count++] = index;
    batch->left++;
}

static size_t dispatch_bytes(const struct lq_broker_core *core, uint32_t index)
{
    const struct lq_core_execution *execution = &core->executions[index];
    size_t bytes = execution->payload.bytes;

    if (execution->payload.buffer == 0) {
        for (uint32_t command = execution->commands_first; command != 0;
             command = core->commands[command].next) {
            bytes += core->commands[command].payload.bytes + 40;
        }
    }
    return bytes;
}

static void fill_batch(struct lq_broker_core *core, struct lq_core_queue *queue,
                       const struct lq_core_actor *actor, struct lq_core_batch *batch,
                       uint32_t batch_index, uint64_t now_ns)
{
    uint32_t items_max = items_bound(core, actor);
    size_t bytes = 0;

    if (queue->alone_first != 0 && queue->alone_in_flight == 0) {
        queue->alone_in_flight++;
        add_item(
            core, batch, batch_index,
            lq_task_queue_pop(core, &queue->alone_first, &queue->alone_last, &queue->alone_count),
            now_ns);
        return;
    }
    while (queue->first != 0 && batch->count < items_max) {
        size_t item_bytes = dispatch_bytes(core, queue->first);
        if (batch->count > 0 && bytes + item_bytes > actor->bytes_max) {
            break;
        }
        bytes += item_bytes;
        uint32_t index = lq_task_queue_pop(core, &queue->first, &queue->last, &queue->count);
        if (core->executions[index].alone) {
            lq_task_queue_push(core, index); /* became a suspect while it waited */
            continue;
        }
        add_item(core, batch, batch_index, index, now_ns);
    }
}

static bool has_work(const struct lq_core_queue *queue)
{
    return queue->first != 0 || (queue->alone_first != 0 && queue->alone_in_flight == 0);
}

static bool dispatch_state(struct lq_broker_core *core, uint32_t state, uint64_t now_ns,
                           struct lq_broker_effects *out)
{
    struct lq_core_queue *queue = &core->queues[state];

    while (has_work(queue)) {
        uint32_t index = choose_actor(core, state);
        if (index == 0) {
            return true;
        }
        if (out->count_max - out->count < 2) {
            return false;
        }
        struct lq_core_actor *actor = &core->actors[index];
        uint32_t batch_index = lq_core_tables_take_batch(core);
        LQ_ASSERT(batch_index != 0);
        struct lq_core_batch *batch = &core->batches[batch_index];
        batch->number = ++core->batch_serial;
        batch->actor = index;
        batch->dispatched_ns = now_ns;
        fill_batch(core, queue, actor, batch, batch_index, now_ns);
        if (batch->count == 0) {
            lq_core_tables_give_batch(core, batch_index);
            continue;
        }
        queue->in_flight += batch->count;
        actor->batches[actor->batch_count++] = batch_index;
        uint64_t lease_ns =
            core->config.pipeline.states[state].timeout_ms * LQ_NS_PER_MS * LEASE_TIMEOUTS;
        lq_timer_heap_set(&core->timers, lq_core_tables_batch_timer(core, batch_index),
                          now_ns + lease_ns);
        struct lq_broker_effect *effect = lq_effect_list_add(out, LQ_EFFECT_DISPATCH);
        effect->dispatch.actor = index;
        effect->dispatch.batch = batch_index;
    }
    return true;
}

void lq_batch_dispatch(struct lq_broker_core *core, uint64_t now_ns, struct lq_broker_effects *out)
{
    /* Backwards: what is nearest to its commit goes first. */
    for (uint32_t state = core->config.pipeline.state_count; state-- > 0;) {
        if (!dispatch_state(core, state, now_ns, out)) {
            core->turn_cut_short = true;
            return;
        }
    }
}

void lq_batch_leave(struct lq_broker_core *core, uint32_t index)
{
    struct lq_core_execution *execution = &core->executions[index];
    struct lq_core_batch *batch = &core->batches[execution->batch];
    struct lq_core_queue *queue = &core->queues[execution->stage];

    LQ_ASSERT(execution->state == LQ_EXECUTION_LEASED);
    LQ_ASSERT(batch->items[execution->batch_slot] == index);
    batch->items[execution->batch_slot] = 0;
    batch->left--;
    queue->in_flight--;
    if (execution->alone) {
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
    lq_timer_heap_stop(&core->timers, lq_core_tables_batch_timer(core, index));
    lq_core_tables_give_batch(core, index);
}
