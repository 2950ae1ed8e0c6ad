// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "broker/core/judging.h"

#include "base/error_name.h"
#include "broker/core/answering.h"
#include "broker/core/blaming.h"
#include "broker/core/failing.h"
#include "broker/core/opening.h"
#include "broker/core/parking.h"
#include "broker/core/queueing.h"

static uint32_t find_execution(const struct lq_broker_core *core, uint64_t counter)
{
    uint32_t index = (uint32_t)(counter & 0xffff);

    if (index == 0 || index > core->executions_top || core->executions[index].counter != counter) {
        return 0;
    }
    return index;
}

static void release_event_payload(const struct lq_broker_event *event,
                                  struct lq_broker_effects *out)
{
    if (event->payload.buffer != 0) {
        lq_core_tables_effect(out, LQ_EFFECT_RELEASE)->payload = event->payload;
    }
}

/* A stage is done: its payload becomes the next stage's. */
static void advance(struct lq_broker_core *core, uint32_t index,
                    const struct lq_broker_event *event, struct lq_broker_effects *out)
{
    struct lq_core_execution *execution = &core->executions[index];
    const struct lq_plan *pipeline = &core->config.pipeline;

    lq_core_tables_release_payload(core, &execution->payload, out);
    execution->payload = event->payload;
    core->payload_bytes += event->payload.bytes;
    if (execution->stage == pipeline->start) {
        execution->frame = event->result.item->frame;
    }
    lq_queueing_enter(core, index, pipeline->states[execution->stage].next);
}

static void finish_admin(struct lq_broker_core *core, uint32_t index,
                         const struct lq_broker_event *event, struct lq_broker_effects *out)
{
    const struct lq_core_execution *execution = &core->executions[index];
    struct lq_broker_effect *effect = lq_core_tables_effect(out, LQ_EFFECT_ADMIN_DONE);

    effect->peer = execution->peer;
    effect->tag = execution->tag;
    effect->payload = event->payload; /* its reference goes to the shell */
    lq_opening_close(core, index, out);
}

/* A refusal is no failure: nothing is tried again. */
static void end_admin(struct lq_broker_core *core, uint32_t index,
                      const struct lq_result_item *item, struct lq_broker_effects *out)
{
    const struct lq_core_execution *execution = &core->executions[index];
    struct lq_broker_effect *effect = lq_core_tables_effect(out, LQ_EFFECT_ADMIN_FAILED);

    effect->peer = execution->peer;
    effect->tag = execution->tag;
    effect->result = LQ_ERR_STATE;
    effect->reason = item->cause.bytes > 0 ? item->cause : item->error;
    lq_opening_close(core, index, out);
}

static void done(struct lq_broker_core *core, uint32_t index, const struct lq_broker_event *event,
                 struct lq_broker_effects *out)
{
    struct lq_core_execution *execution = &core->executions[index];
    struct lq_payload world = event->payload;

    core->queues[execution->stage].done++;
    if (execution->kind != LQ_EXECUTION_TICK) {
        finish_admin(core, index, event, out);
    } else if (execution->stage == core->config.pipeline.persist) {
        lq_answering_committed(core, index, event->result.item, &world, out);
        release_event_payload(event, out);
    } else if (core->sessions[execution->session].parked) {
        LQ_ASSERT(execution->stage == core->config.pipeline.start);
        release_event_payload(event, out);
        lq_answering_parked(core, index, LQ_PARKING_UNUSED, out);
    } else {
        advance(core, index, event, out);
    }
}

/* Another frame was made meanwhile: open the commands again from load, uncharged. */
static void conflict(struct lq_broker_core *core, uint32_t index, struct lq_broker_effects *out)
{
    struct lq_core_execution *execution = &core->executions[index];

    core->counters.conflicts++;
    if (execution->session == 0) {
        lq_queueing_push(core, index);
        return;
    }
    lq_opening_put_back(core, execution->session, execution->commands_first,
                        execution->command_count);
    execution->commands_first = 0;
    execution->command_count = 0;
    lq_opening_restore_tick(core, index);
    lq_opening_close(core, index, out);
}

static void failed(struct lq_broker_core *core, uint32_t index, const struct lq_result_item *item,
                   bool was_single, uint64_t now_ns, struct lq_broker_effects *out)
{
    struct lq_core_execution *execution = &core->executions[index];
    bool timeout = lq_view_equal(item->error, lq_view_text(LQ_ERROR_STATES_TIMEOUT));
    bool alone = was_single || execution->alone;

    if (timeout && execution->stage == core->config.pipeline.persist) {
        lq_blaming_doubt_item(core, index, alone);
        return;
    }
    /* Inside a batch a timeout makes a suspect, no more: the neighbours may have been the cause. */
    if (timeout && !alone) {
        execution->alone = true;
        lq_blaming_lose_item(core, index);
        return;
    }
    lq_failing_charge(core, index,
                      item->error.bytes > 0 ? item->error : lq_view_text(LQ_ERROR_STAGE_UNNAMED),
                      item->cause, item->command_at_fault, now_ns, out);
}

void lq_judging_result(struct lq_broker_core *core, const struct lq_broker_event *event,
                       uint64_t now_ns, struct lq_broker_effects *out)
{
    const struct lq_result_item *item = event->result.item;
    uint32_t actor = lq_blaming_find_actor(core, event->peer);
    uint32_t index = find_execution(core, item->execution);
    struct lq_core_execution *execution = &core->executions[index];

    if (actor == 0 || index == 0 || execution->state != LQ_EXECUTION_LEASED ||
        execution->lease != item->lease || core->batches[execution->batch].actor != actor) {
        core->counters.stale_results++;
        release_event_payload(event, out);
        return;
    }
    bool was_single = core->batches[execution->batch].count == 1;
    core->actors[actor].items++;
    execution->losses = 0;
    lq_queueing_leave_batch(core, index);
    if (item->verdict == LQ_ITEM_DONE) {
        done(core, index, event, out);
        return;
    }
    release_event_payload(event, out);
    switch ((enum lq_item_verdict)item->verdict) {
    case LQ_ITEM_ENDED:
        if (execution->session == 0) {
            end_admin(core, index, item, out);
        } else {
            lq_answering_ended(core, index, item, out);
        }
        break;
    case LQ_ITEM_CONFLICT:
        conflict(core, index, out);
        break;
    case LQ_ITEM_RETURNED:
        lq_queueing_push_front(core, index);
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

void lq_judging_batch_end(struct lq_broker_core *core, const struct lq_broker_event *event,
                          uint64_t now_ns, struct lq_broker_effects *out)
{
    uint32_t actor_index = lq_blaming_find_actor(core, event->peer);
    struct lq_core_actor *actor = &core->actors[actor_index];

    if (actor_index == 0) {
        return;
    }
    for (uint32_t place = 0; place < actor->batch_count; place++) {
        uint32_t batch_index = actor->batches[place];
        if (core->batches[batch_index].number == event->batch_end.batch) {
            measure_service(actor, event->batch_end.service_us, event->batch_end.items);
            /* What it did not answer is treated as a lease that ran out. */
            lq_blaming_batch_due(core, batch_index, now_ns, out);
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
        lq_failing_charge(core, index, lq_view_text(LQ_ERROR_ACTOR_CRASHED),
                          lq_view_text("its actor died while it worked on this tick alone"), 0,
                          now_ns, out);
        break;
    case LQ_OWED_TIMEOUT:
        lq_failing_charge(core, index, lq_view_text(LQ_ERROR_STATES_TIMEOUT),
                          lq_view_text("it ran out of time while it was alone"), 0, now_ns, out);
        break;
    case LQ_OWED_NOTHING:
    default:
        lq_queueing_push_front(core, index);
        break;
    }
}

void lq_judging_resolved(struct lq_broker_core *core, const struct lq_broker_event *event,
                         uint64_t now_ns, struct lq_broker_effects *out)
{
    const struct lq_result_item *item = event->result.item;
    uint32_t actor = lq_blaming_find_actor(core, event->peer);
    uint32_t index = find_execution(core, item->execution);
    struct lq_core_execution *execution = &core->executions[index];

    if (actor == 0 || core->actors[actor].stage != core->config.pipeline.persist || index == 0 ||
        execution->state != LQ_EXECUTION_DOUBT || !execution->resolving ||
        execution->lease != item->lease) {
        core->counters.stale_results++;
        release_event_payload(event, out);
        return;
    }
    lq_blaming_end_doubt(core, index);
    if (item->verdict != LQ_ITEM_DONE) {
        release_event_payload(event, out);
        not_committed(core, index, now_ns, out);
        return;
    }
    if (execution->kind != LQ_EXECUTION_TICK && event->payload.buffer == 0) {
        /* The answer itself was lost: a second try finds the thing made by this same execution. */
        lq_queueing_push_front(core, index);
        return;
    }
    done(core, index, event, out);
}
