// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "broker/core/verdict.h"

#include "base/error_name.h"
#include "broker/core/actor_table.h"
#include "broker/core/admin_execution.h"
#include "broker/core/batch.h"
#include "broker/core/doubt.h"
#include "broker/core/effect_list.h"
#include "broker/core/execution.h"
#include "broker/core/lease.h"
#include "broker/core/parking.h"
#include "broker/core/retry.h"
#include "broker/core/task_queue.h"

/* A stage is done: its payload becomes the next stage's. */
static void advance(struct lq_broker_core *core, uint32_t index,
                    const struct lq_broker_event *event, struct lq_broker_effects *out)
{
    struct lq_core_execution *execution = &core->executions[index];
    const struct lq_plan *pipeline = &core->config.pipeline;

    lq_effect_list_release(core, &execution->payload, out);
    execution->payload = event->payload;
    core->payload_bytes += event->payload.bytes;
    if (execution->stage == pipeline->start) {
        execution->frame = event->result.item->frame;
    }
    lq_task_queue_enter(core, index, pipeline->states[execution->stage].next);
}

static void done(struct lq_broker_core *core, uint32_t index, const struct lq_broker_event *event,
                 struct lq_broker_effects *out)
{
    struct lq_core_execution *execution = &core->executions[index];
    struct lq_payload world = event->payload;

    core->queues[execution->stage].done++;
    if (execution->kind != LQ_EXECUTION_TICK) {
        lq_admin_execution_done(core, index, event, out);
    } else if (execution->stage == core->config.pipeline.persist) {
        lq_execution_committed(core, index, event->result.item, &world, out);
        lq_effect_list_release_event(event, out);
    } else if (core->sessions[execution->session].parked) {
        LQ_ASSERT(execution->stage == core->config.pipeline.start);
        lq_effect_list_release_event(event, out);
        lq_execution_parked(core, index, LQ_PARKING_UNUSED, out);
    } else {
        advance(core, index, event, out);
    }
}

static void failed(struct lq_broker_core *core, uint32_t index, const struct lq_result_item *item,
                   bool was_single, uint64_t now_ns, struct lq_broker_effects *out)
{
    struct lq_core_execution *execution = &core->executions[index];
    bool timeout = lq_view_equal(item->error, lq_view_text(LQ_ERROR_STATES_TIMEOUT));
    bool alone = was_single || execution->alone;

    if (timeout && execution->stage == core->config.pipeline.persist) {
        lq_doubt_enter_late(core, index, alone);
        return;
    }
    /* Inside a batch a timeout makes a suspect, no more: the neighbours may have been the cause. */
    if (timeout && !alone) {
        execution->alone = true;
        lq_lease_lose(core, index);
        return;
    }
    lq_retry_charge(core, index,
                    item->error.bytes > 0 ? item->error : lq_view_text(LQ_ERROR_STAGE_UNNAMED),
                    item->cause, item->command_at_fault, now_ns, out);
}

void lq_verdict_result(struct lq_broker_core *core, const struct lq_broker_event *event,
                       uint64_t now_ns, struct lq_broker_effects *out)
{
    const struct lq_result_item *item = event->result.item;
    uint32_t actor = lq_actor_table_find_peer(core, event->peer);
    uint32_t index = lq_execution_find(core, item->execution);
    struct lq_core_execution *execution = &core->executions[index];

    if (actor == 0 || index == 0 || execution->state != LQ_EXECUTION_LEASED ||
        execution->lease != item->lease || core->batches[execution->batch].actor != actor) {
        core->counters.stale_results++;
        lq_effect_list_release_event(event, out);
        return;
    }
    bool was_single = core->batches[execution->batch].count == 1;
    core->actors[actor].items++;
    execution->losses = 0;
    lq_batch_leave(core, index);
    if (item->verdict == LQ_ITEM_DONE) {
        done(core, index, event, out);
        return;
    }
    lq_effect_list_release_event(event, out);
    switch ((enum lq_item_verdict)item->verdict) {
    case LQ_ITEM_ENDED:
        if (execution->session == 0) {
            lq_admin_execution_ended(core, index, item, out);
        } else {
            lq_execution_ended(core, index, item, out);
        }
        break;
    case LQ_ITEM_CONFLICT:
        lq_execution_conflicted(core, index, out);
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

/* Now it is certain: the execution goes on, charged with what it did while it was alone. */
static void not_committed(struct lq_broker_core *core, uint32_t index, uint64_t now_ns,
                          struct lq_broker_effects *out)
{
    switch ((enum lq_core_owed)core->executions[index].owed) {
    case LQ_OWED_CRASH:
        lq_retry_charge(core, index, lq_view_text(LQ_ERROR_ACTOR_CRASHED),
                        lq_view_text("its actor died while it worked on this tick alone"), 0,
                        now_ns, out);
        break;
    case LQ_OWED_TIMEOUT:
        lq_retry_charge(core, index, lq_view_text(LQ_ERROR_STATES_TIMEOUT),
                        lq_view_text("it ran out of time while it was alone"), 0, now_ns, out);
        break;
    case LQ_OWED_NOTHING:
    default:
        lq_task_queue_push_front(core, index);
        break;
    }
}

void lq_verdict_resolved(struct lq_broker_core *core, const struct lq_broker_event *event,
                         uint64_t now_ns, struct lq_broker_effects *out)
{
    const struct lq_result_item *item = event->result.item;
    uint32_t actor = lq_actor_table_find_peer(core, event->peer);
    uint32_t index = lq_execution_find(core, item->execution);
    struct lq_core_execution *execution = &core->executions[index];

    if (actor == 0 || core->actors[actor].stage != core->config.pipeline.persist || index == 0 ||
        execution->state != LQ_EXECUTION_DOUBT || !execution->resolving ||
        execution->lease != item->lease) {
        core->counters.stale_results++;
        lq_effect_list_release_event(event, out);
        return;
    }
    lq_doubt_leave(core, index);
    if (item->verdict != LQ_ITEM_DONE) {
        lq_effect_list_release_event(event, out);
        not_committed(core, index, now_ns, out);
        return;
    }
    if (execution->kind != LQ_EXECUTION_TICK && event->payload.buffer == 0) {
        /* The answer itself was lost: a second try finds the thing made by this same execution. */
        lq_task_queue_push_front(core, index);
        return;
    }
    done(core, index, event, out);
}
