// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "broker/core/verdict.h"

#include "base/clock.h"
#include "base/error_name.h"
#include "broker/core/actor_table.h"
#include "broker/core/admin_execution.h"
#include "broker/core/batch.h"
#include "broker/core/doubt.h"
#include "broker/core/effect_list.h"
#include "broker/core/execution.h"
#include "broker/core/lease.h"
#include "broker/core/partition.h"
#include "broker/core/retry.h"
#include "broker/core/session_standing.h"
#include "broker/core/task.h"
#include "broker/core/task_queue.h"

/* A stage is done: its payload becomes the next stage's. */
static void advance(struct lq_broker_core *core, uint32_t index,
                    const struct lq_broker_event *event, struct lq_broker_effects *out)
{
    const struct lq_core_task *task = &core->tasks[index];
    const struct lq_plan *pipeline = &core->config.pipeline;

    if (task->state == pipeline->start) {
        struct lq_core_tick *tick = &core->executions[task->execution].tick;
        tick->frame = event->result.item->frame;
        tick->looks_up = false; /* the session went on meanwhile, and so does this */
    }
    lq_task_replace_payload(core, index, event->payload, out);
    lq_task_enter(core, index, pipeline->states[task->state].next);
}

static void done(struct lq_broker_core *core, uint32_t index, const struct lq_broker_event *event,
                 struct lq_broker_effects *out)
{
    const struct lq_core_task *task = &core->tasks[index];
    const struct lq_core_execution *execution = &core->executions[task->execution];

    core->queues[task->queue].done++;
    if (execution->kind != LQ_EXECUTION_TICK) {
        lq_admin_execution_done(core, task->execution, event, out);
    } else if (task->state == core->config.pipeline.persist) {
        lq_execution_committed(core, task->execution, event->result.item, &event->payload, out);
    } else if (lq_execution_only_looks(core, task->execution)) {
        LQ_ASSERT(task->state == core->config.pipeline.start);
        lq_effect_list_release_event(event, out);
        lq_execution_looked_up(core, task->execution,
                               lq_session_standing_unused(&core->sessions[execution->tick.session]),
                               out);
    } else {
        advance(core, index, event, out);
    }
}

static void ended(struct lq_broker_core *core, uint32_t index, const struct lq_result_item *item,
                  struct lq_broker_effects *out)
{
    uint32_t execution = core->tasks[index].execution;

    if (core->executions[execution].kind != LQ_EXECUTION_TICK) {
        lq_admin_execution_ended(core, execution, item, out);
    } else {
        lq_execution_ended(core, execution, item, out);
    }
}

/* Another frame was made meanwhile. Where the head is the one that load saw, none was: a stage has
 * changed the tick's frame, and would again. */
static void conflict(struct lq_broker_core *core, uint32_t index, const struct lq_result_item *item,
                     uint64_t now_ns, struct lq_broker_effects *out)
{
    uint32_t execution = core->tasks[index].execution;
    const struct lq_failure altered = {
        lq_view_text(LQ_ERROR_PAYLOAD_MISMATCH),
        lq_view_text("a stage changed the tick's frame: the head is the one that load saw"), 0};

    core->counters.conflicts++;
    if (core->executions[execution].kind != LQ_EXECUTION_TICK) {
        lq_task_queue_push(core, index);
    } else if (item->frame + 1 == core->executions[execution].tick.frame) {
        lq_retry_charge(core, index, &altered, now_ns, out);
    } else {
        lq_execution_reopen(core, execution, out);
    }
}

static void failed(struct lq_broker_core *core, uint32_t index, const struct lq_result_item *item,
                   bool was_single, uint64_t now_ns, struct lq_broker_effects *out)
{
    struct lq_core_task *task = &core->tasks[index];
    bool timeout = lq_view_equal(item->error, lq_view_text(LQ_ERROR_STATES_TIMEOUT));
    bool alone = was_single || task->alone;

    if (timeout && lq_doubt_is_at(core, task)) {
        lq_doubt_enter_late(core, index, alone);
        return;
    }
    /* Inside a batch a timeout makes a suspect, no more: the neighbours may have been the cause. */
    if (timeout && !alone) {
        task->alone = true;
        lq_lease_lose(core, index);
        return;
    }
    struct lq_failure failure = {
        .error = item->error.bytes > 0 ? item->error : lq_view_text(LQ_ERROR_STAGE_UNNAMED),
        .cause = item->cause,
        .command_at_fault = item->command_at_fault};
    lq_retry_charge(core, index, &failure, now_ns, out);
}

/* What a mirrored tenant hears of a frame waits for its place in the ledger; without that, it is
 * asked for again. */
static bool is_unplaced(const struct lq_broker_core *core, uint32_t index,
                        const struct lq_result_item *item)
{
    const struct lq_core_task *task = &core->tasks[index];
    uint32_t tenant = lq_execution_tenant(core, task->execution);

    return item->verdict == LQ_ITEM_DONE && item->ledger_sequence == 0 && tenant != 0 &&
           core->tenants[tenant].mirrored && task->state == core->config.pipeline.persist;
}

/* It comes too late, or from somebody else. */
static void drop(struct lq_broker_core *core, const struct lq_broker_event *event,
                 struct lq_broker_effects *out)
{
    core->counters.stale_results++;
    lq_effect_list_release_event(event, out);
}

/* What an item took by itself. One that ran out of time took all of it; more than two of its leases
 * nobody can have worked on it. */
static uint64_t own_time_ns(const struct lq_broker_core *core, const struct lq_core_task *task,
                            const struct lq_result_item *item)
{
    uint64_t lease_ns = core->queues[task->queue].timeout_ms * LQ_NS_PER_MS;
    uint64_t told_ns = item->service_us * UINT64_C(1000);
    bool timeout = item->verdict == LQ_ITEM_FAILED &&
                   lq_view_equal(item->error, lq_view_text(LQ_ERROR_STATES_TIMEOUT));

    if (timeout && told_ns < lease_ns) {
        return lease_ns;
    }
    return told_ns < 2 * lease_ns ? told_ns : 2 * lease_ns;
}

void lq_verdict_result(struct lq_broker_core *core, const struct lq_broker_event *event,
                       uint64_t now_ns, struct lq_broker_effects *out)
{
    const struct lq_result_item *item = event->result.item;
    uint32_t actor = lq_actor_table_find_peer(core, event->peer);
    uint32_t index = lq_task_find(core, item->execution);
    struct lq_core_task *task = &core->tasks[index];

    if (actor == 0 || index == 0 || task->phase != LQ_TASK_LEASED || task->lease != item->lease ||
        core->batches[task->batch].actor != actor) {
        drop(core, event, out);
        return;
    }
    if (is_unplaced(core, index, item)) {
        drop(core, event, out);
        return;
    }
    bool was_single = core->batches[task->batch].count == 1;
    core->actors[actor].items++;
    task->losses = 0;
    lq_batch_leave(core, index, own_time_ns(core, task, item),
                   item->verdict == LQ_ITEM_RETURNED ? 0 : event->result.end_ns);
    if (item->verdict == LQ_ITEM_DONE) {
        done(core, index, event, out);
        return;
    }
    lq_effect_list_release_event(event, out);
    switch ((enum lq_item_verdict)item->verdict) {
    case LQ_ITEM_ENDED:
        ended(core, index, item, out);
        break;
    case LQ_ITEM_CONFLICT:
        conflict(core, index, item, now_ns, out);
        break;
    case LQ_ITEM_RETURNED:
        lq_task_queue_push_front(core, index);
        break;
    case LQ_ITEM_FAILED:
    case LQ_ITEM_DONE:
    default:
        failed(core, index, item, was_single, now_ns, out);
        break;
    }
}

/* Smooth an actor's service time per item by an eighth. */
static void measure_service(struct lq_core_actor *actor, uint32_t service_us, uint32_t items)
{
    if (items == 0) {
        return;
    }
    uint64_t sample_ns = (uint64_t)service_us * 1000 / items;
    uint64_t smoothed =
        actor->service_ns == 0 ? sample_ns : ((uint64_t)actor->service_ns * 7 + sample_ns) / 8;

    actor->service_ns = smoothed < UINT32_MAX ? (uint32_t)smoothed : UINT32_MAX;
}

void lq_verdict_batch_end(struct lq_broker_core *core, const struct lq_broker_event *event,
                          uint64_t now_ns, struct lq_broker_effects *out)
{
    uint32_t actor_index = lq_actor_table_find_peer(core, event->peer);
    struct lq_core_actor *actor = &core->actors[actor_index];

    if (actor_index == 0) {
        return;
    }
    for (uint32_t place = 0; place < actor->batch_count; place++) {
        uint32_t batch_index = actor->batches[place];
        if (core->batches[batch_index].number == event->batch_end.batch) {
            measure_service(actor, event->batch_end.service_us, event->batch_end.items);
            /* What it did not answer is treated as a lease that ran out. */
            lq_lease_expired(core, batch_index, now_ns, out);
            return;
        }
    }
}

/* Now it is certain: the task goes on, charged with what it did while it was alone. */
static void not_committed(struct lq_broker_core *core, uint32_t index, uint64_t now_ns,
                          struct lq_broker_effects *out)
{
    switch ((enum lq_core_owed)core->tasks[index].owed) {
    case LQ_OWED_CRASH:
        lq_retry_charge_crash(core, index, now_ns, out);
        break;
    case LQ_OWED_TIMEOUT:
        lq_retry_charge_timeout(core, index, "it ran out of time while it was alone", now_ns, out);
        break;
    case LQ_OWED_NOTHING:
    default:
        lq_task_queue_push_front(core, index);
        break;
    }
}

/* Whether an actor may say what became of a task: it writes the task's partition. */
static bool is_writer_of(const struct lq_broker_core *core, uint32_t actor, uint32_t index)
{
    uint32_t partition = core->executions[core->tasks[index].execution].partition;

    return core->actors[actor].queue == lq_partition_persist_queue(core, partition);
}

void lq_verdict_resolved(struct lq_broker_core *core, const struct lq_broker_event *event,
                         uint64_t now_ns, struct lq_broker_effects *out)
{
    const struct lq_result_item *item = event->result.item;
    uint32_t actor = lq_actor_table_find_peer(core, event->peer);
    uint32_t index = lq_task_find(core, item->execution);
    const struct lq_core_task *task = &core->tasks[index];

    if (actor == 0 || index == 0 || !is_writer_of(core, actor, index) ||
        task->phase != LQ_TASK_DOUBT || !task->resolving || task->lease != item->lease) {
        drop(core, event, out);
        return;
    }
    if (is_unplaced(core, index, item)) {
        drop(core, event, out);
        return;
    }
    lq_doubt_leave(core, index);
    if (item->verdict != LQ_ITEM_DONE) {
        lq_effect_list_release_event(event, out);
        not_committed(core, index, now_ns, out);
        return;
    }
    if (core->executions[task->execution].kind != LQ_EXECUTION_TICK && event->payload.buffer == 0) {
        /* The answer itself was lost: a second try finds the thing made by this same execution. */
        lq_task_queue_push_front(core, index);
        return;
    }
    done(core, index, event, out);
}
