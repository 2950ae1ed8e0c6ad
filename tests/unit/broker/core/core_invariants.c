// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "tests/unit/broker/core/core_invariants.h"

#include "tests/unit/broker/core/core_tally.h"

#include <stdlib.h>

static void check_queue(const struct lq_core_tally *tally, uint32_t index)
{
    const struct lq_broker_core *core = tally->core;
    const struct lq_core_queue *queue = &core->queues[index];
    uint32_t in_flight = 0;
    uint32_t alone = 0;
    uint32_t waiting = 0;
    uint32_t delayed = 0;
    uint32_t serving = 0;
    uint32_t paused = 0;

    for (uint32_t at = 1; at <= core->task_pool.top; at++) {
        const struct lq_core_task *task = &core->tasks[at];
        if (task->execution == 0 || task->queue != index) {
            continue;
        }
        LQ_ASSERT(index == core->partitions[0].queue_of_state[task->state]);
        in_flight += task->phase == LQ_TASK_LEASED;
        alone += task->phase == LQ_TASK_LEASED && task->leased_alone;
        waiting += task->phase == LQ_TASK_QUEUED;
        delayed += task->phase == LQ_TASK_DELAYED;
    }
    for (uint32_t actor = 1; actor <= core->actors_top; actor++) {
        if (core->actors[actor].queue == index) {
            serving += core->actors[actor].state == LQ_ACTOR_READY;
            paused += core->actors[actor].state == LQ_ACTOR_PAUSED && !core->actors[actor].retiring;
        }
    }
    LQ_ASSERT(queue->in_flight == in_flight);
    LQ_ASSERT(queue->waiting == waiting);
    LQ_ASSERT(queue->suspect_in_flight == (alone == 1));
    LQ_ASSERT(alone <= 1);
    LQ_ASSERT(queue->delayed == delayed);
    LQ_ASSERT(queue->serving == serving);
    LQ_ASSERT(queue->paused == paused);
}

static void check_batch(struct lq_core_tally *tally, uint32_t actor, uint32_t index)
{
    const struct lq_broker_core *core = tally->core;
    const struct lq_core_batch *batch = &core->batches[index];
    uint32_t left = 0;

    LQ_ASSERT(batch->actor == actor);
    LQ_ASSERT(lq_timer_heap_due_ns(&core->timers, lq_timer_of(LQ_TIMER_BATCH, index)) !=
              LQ_TIMER_NEVER);
    for (uint32_t slot = 0; slot < batch->count; slot++) {
        uint32_t item = batch->items[slot];
        if (item != 0) {
            lq_core_tally_place(tally, item, LQ_TASK_LEASED);
            LQ_ASSERT(core->tasks[item].batch == index);
            LQ_ASSERT(core->tasks[item].batch_slot == slot);
            LQ_ASSERT(core->tasks[item].queue == core->actors[actor].queue);
            LQ_ASSERT(!core->tasks[item].alone || batch->count == 1);
            left++;
        }
    }
    LQ_ASSERT(left == batch->left);
}

static void check_actors(struct lq_core_tally *tally)
{
    const struct lq_broker_core *core = tally->core;

    for (uint32_t index = 1; index <= core->actors_top; index++) {
        const struct lq_core_actor *actor = &core->actors[index];
        if (actor->state == 0) {
            continue;
        }
        bool lost = actor->state == LQ_ACTOR_LOST;
        bool silent = actor->state == LQ_ACTOR_SILENT;
        LQ_ASSERT((lost || silent) == (actor->peer == 0));
        LQ_ASSERT(!silent || actor->batch_count == 0);
        LQ_ASSERT(!silent || actor->orphans.count == 0);
        LQ_ASSERT(silent || lost || actor->sign_ns == 0);
        LQ_ASSERT(!lost || actor->batch_count == 0);
        LQ_ASSERT(actor->batch_count <= LQ_ACTOR_CREDIT_MAX);
        LQ_ASSERT(lost || actor->orphans.count == 0);
        LQ_ASSERT(lq_timer_heap_due_ns(&core->timers, lq_timer_of(LQ_TIMER_ACTOR, index)) !=
                  LQ_TIMER_NEVER);
        for (uint32_t slot = 0; slot < actor->batch_count; slot++) {
            check_batch(tally, index, actor->batches[slot]);
        }
        lq_core_tally_place_list(tally, &actor->orphans, LQ_TASK_ORPHANED, actor->queue);
    }
}

/* The one task of an execution is in one place, and has a timer where its phase needs one. */
static void check_task(struct lq_core_tally *tally, const struct lq_core_execution *execution)
{
    const struct lq_broker_core *core = tally->core;
    uint32_t index = execution->task;
    const struct lq_core_task *task = &core->tasks[index];
    bool timed =
        lq_timer_heap_due_ns(&core->timers, lq_timer_of(LQ_TIMER_TASK, index)) != LQ_TIMER_NEVER;

    LQ_ASSERT(index != 0);
    LQ_ASSERT(&core->executions[task->execution] == execution);
    lq_core_tally_hold(tally, &task->payload);
    if (task->phase == LQ_TASK_DELAYED) {
        LQ_ASSERT(timed);
        lq_core_tally_place(tally, index, LQ_TASK_DELAYED);
    } else if (task->phase == LQ_TASK_DYING) {
        LQ_ASSERT(execution->tick.commands.count <= 1);
        LQ_ASSERT(execution->death.storing != tally->placed[index]); /* waits, or is on its way */
        tally->placed[index] = true;
    } else {
        LQ_ASSERT(!timed || task->phase == LQ_TASK_DOUBT);
    }
    LQ_ASSERT(tally->placed[index]);
}

static void check_executions(struct lq_core_tally *tally)
{
    const struct lq_broker_core *core = tally->core;
    uint32_t waiting = 0;

    lq_core_tally_place_list(tally, &core->partitions[0].doubt, LQ_TASK_DOUBT,
                             core->partitions[0].queue_of_state[core->config.pipeline.persist]);
    for (uint32_t index = core->letter_wait.first; index != 0;
         index = core->executions[index].next) {
        lq_core_tally_place(tally, core->executions[index].task, LQ_TASK_DYING);
        waiting++;
    }
    LQ_ASSERT(waiting == core->letter_wait.count);
    for (uint32_t index = 1; index <= core->execution_pool.top; index++) {
        const struct lq_core_execution *execution = &core->executions[index];
        if (execution->counter == 0) {
            LQ_ASSERT(execution->task == 0);
            continue;
        }
        tally->executions++;
        LQ_ASSERT((execution->kind == LQ_EXECUTION_TICK) == (execution->tick.session != 0));
        if (execution->tick.session != 0) {
            LQ_ASSERT(core->sessions[execution->tick.session].execution == index);
        }
        check_task(tally, execution);
    }
}

static void check_letters(const struct lq_broker_core *core)
{
    uint32_t used = 0;
    uint32_t reserved = 0;

    for (uint32_t slot = 0; slot <= core->letters.slot_mask; slot++) {
        used += core->letters.slots[slot].letter_id != 0;
    }
    for (uint32_t index = 1; index <= core->execution_pool.top; index++) {
        const struct lq_core_execution *execution = &core->executions[index];
        reserved +=
            execution->counter != 0 && execution->death.storing && execution->death.reserved;
    }
    LQ_ASSERT(used == core->letters.count);
    LQ_ASSERT(core->letters.count + reserved <= core->letters_open);
}

static void check_free(const struct lq_record_pool *pool, struct lq_index_links links,
                       uint32_t used)
{
    uint32_t free_count = 0;

    for (uint32_t index = pool->free; index != 0; free_count++) {
        LQ_ASSERT(index <= pool->top);
        LQ_ASSERT(free_count <= pool->top);
        index = *lq_index_list_link(links, index);
    }
    LQ_ASSERT(used + free_count == pool->top);
}

static void check_pools(const struct lq_core_tally *tally)
{
    const struct lq_broker_core *core = tally->core;
    uint32_t batches = 0;

    for (uint32_t actor = 1; actor <= core->actors_top; actor++) {
        batches += core->actors[actor].state != 0 ? core->actors[actor].batch_count : 0;
    }
    check_free(&core->command_pool, lq_core_tables_command_links(core), tally->commands);
    check_free(&core->execution_pool, lq_core_tables_execution_links(core), tally->executions);
    check_free(&core->task_pool, lq_core_tables_task_links(core), tally->executions);
    check_free(&core->batch_pool, lq_core_tables_batch_links(core), batches);
    check_free(&core->held_pool, lq_core_tables_held_links(core), tally->held_answers);
    check_free(&core->session_pool, lq_core_tables_session_links(core), tally->sessions);
    check_free(&core->tenant_pool, lq_core_tables_tenant_links(core), tally->tenants);
}

void lq_core_invariants_check(const lq_broker_core_t *core, const uint32_t *references,
                              uint32_t buffer_count)
{
    struct lq_core_tally tally = {.core = core, .buffer_count = buffer_count};

    tally.held = calloc(buffer_count + 1, sizeof *tally.held);
    tally.placed = calloc((size_t)core->task_pool.top + 1, sizeof *tally.placed);
    lq_tenant_invariants_check(&tally);
    lq_flow_invariants_check(&tally);
    lq_held_invariants_end(&tally);
    for (uint32_t queue = 1; queue <= core->queue_count; queue++) {
        check_queue(&tally, queue);
    }
    check_actors(&tally);
    check_executions(&tally);
    check_letters(core);
    check_pools(&tally);
    LQ_ASSERT(tally.commands == core->commands_held);
    LQ_ASSERT(tally.executions == core->executions_open);
    LQ_ASSERT(tally.sessions == core->sessions_resident);
    LQ_ASSERT(tally.live == core->sessions_live);
    LQ_ASSERT(tally.parked == core->sessions_parked);
    LQ_ASSERT(tally.stopped == core->sessions_stopped);
    LQ_ASSERT(tally.payload_bytes == core->payload_bytes);
    for (uint32_t buffer = 1; buffer < buffer_count; buffer++) {
        LQ_ASSERT(tally.held[buffer] == references[buffer]); /* leaked, or given back twice */
    }
    free(tally.held);
    free(tally.placed);
}

uint32_t lq_core_invariants_idle_sessions(const lq_broker_core_t *core)
{
    uint32_t idle = 0;

    for (uint32_t bucket = 0; bucket <= core->bucket_mask_sessions; bucket++) {
        for (uint32_t index = core->session_buckets[bucket]; index != 0;
             index = core->sessions[index].hash_next) {
            const struct lq_core_session *session = &core->sessions[index];
            idle += session->rate_numerator == 0 && !session->parked && session->deaths_in_row == 0;
        }
    }
    return idle;
}
