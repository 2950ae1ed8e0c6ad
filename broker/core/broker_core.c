// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "broker/core/broker_core.h"

#include "broker/core/actor_table.h"
#include "broker/core/admin_execution.h"
#include "broker/core/batch.h"
#include "broker/core/core_tables.h"
#include "broker/core/dead_letter.h"
#include "broker/core/doubt.h"
#include "broker/core/grid.h"
#include "broker/core/heartbeat.h"
#include "broker/core/incarnation.h"
#include "broker/core/lease.h"
#include "broker/core/parking.h"
#include "broker/core/silent_instance.h"
#include "broker/core/stall.h"
#include "broker/core/submission.h"
#include "broker/core/task_queue.h"
#include "broker/core/tenant_ring.h"
#include "broker/core/verdict.h"

_Static_assert(LQ_EFFECTS_PER_STEP_MAX >= 3 * 256 + 3 * LQ_COMMANDS_PER_TICK_MAX + 16,
               "parking a full mailbox and ending a full tick must fit one step");

static uint32_t buckets_for(uint32_t records)
{
    uint32_t buckets = 16;

    while (buckets < records) {
        buckets *= 2;
    }
    return buckets;
}

static uint32_t timers_of(const struct lq_broker_core_config *config)
{
    return config->sessions_max + config->executions_max + LQ_ACTORS_MAX * LQ_ACTOR_CREDIT_MAX +
           LQ_ACTORS_MAX + 8;
}

size_t lq_broker_core_bytes(const struct lq_broker_core_config *config)
{
    return sizeof(struct lq_broker_core) +
           ((size_t)config->tenants_max + 1) * sizeof(struct lq_core_tenant) +
           ((size_t)config->sessions_max + 1) * sizeof(struct lq_core_session) +
           ((size_t)config->commands_max + 1) * sizeof(struct lq_core_command) +
           ((size_t)config->executions_max + 1) * sizeof(struct lq_core_execution) +
           ((size_t)LQ_ACTORS_MAX * LQ_ACTOR_CREDIT_MAX + 1) * sizeof(struct lq_core_batch) +
           ((size_t)buckets_for(config->tenants_max) + buckets_for(config->sessions_max) + 65536) *
               sizeof(uint32_t) +
           lq_letter_index_bytes(config->letters_max + config->executions_max) +
           lq_timer_heap_bytes(timers_of(config)) + 4096;
}

static void *take(struct lq_arena *arena, size_t count, size_t bytes)
{
    void *memory = lq_arena_take(arena, count * bytes);

    LQ_ASSERT(memory != NULL);
    return memory;
}

static void check_config(const struct lq_broker_core_config *config)
{
    LQ_ASSERT(config->epoch > 0);
    LQ_ASSERT(config->sessions_max > 0);
    LQ_ASSERT(config->tenants_max > 0);
    LQ_ASSERT(config->commands_max > 0);
    LQ_ASSERT(config->executions_max > 0);
    LQ_ASSERT(config->executions_max < 65536);
    LQ_ASSERT(config->mailbox_commands_max <= 256);
    LQ_ASSERT(config->batch_commands_max >= 1);
    LQ_ASSERT(config->batch_commands_max <= LQ_COMMANDS_PER_TICK_MAX);
    LQ_ASSERT(config->pipeline.state_count > 0);
    for (uint32_t state = 0; state < config->pipeline.state_count; state++) {
        const struct lq_plan_state *checked = &config->pipeline.states[state];
        for (uint32_t retrier = 0; retrier < checked->retrier_count; retrier++) {
            LQ_ASSERT(checked->retriers[retrier].attempts_max <= LQ_RETRY_ATTEMPTS_MAX);
        }
    }
}

lq_broker_core_t *lq_broker_core_new(const struct lq_broker_core_config *config, void *memory,
                                     size_t bytes)
{
    struct lq_arena arena = {memory, bytes, 0};

    check_config(config);
    LQ_ASSERT(bytes >= lq_broker_core_bytes(config));
    struct lq_broker_core *core = take(&arena, 1, sizeof *core);
    core->config = *config;
    core->random = config->seed;
    core->batches_max = LQ_ACTORS_MAX * LQ_ACTOR_CREDIT_MAX;
    core->tenants = take(&arena, (size_t)config->tenants_max + 1, sizeof *core->tenants);
    core->sessions = take(&arena, (size_t)config->sessions_max + 1, sizeof *core->sessions);
    core->commands = take(&arena, (size_t)config->commands_max + 1, sizeof *core->commands);
    core->executions = take(&arena, (size_t)config->executions_max + 1, sizeof *core->executions);
    core->batches = take(&arena, (size_t)core->batches_max + 1, sizeof *core->batches);
    core->bucket_mask_tenants = buckets_for(config->tenants_max) - 1;
    core->bucket_mask_sessions = buckets_for(config->sessions_max) - 1;
    core->tenant_buckets = take(&arena, (size_t)core->bucket_mask_tenants + 1, sizeof(uint32_t));
    core->session_buckets = take(&arena, (size_t)core->bucket_mask_sessions + 1, sizeof(uint32_t));
    core->actor_of_peer = take(&arena, 65536, sizeof(uint32_t));
    lq_letter_index_init(&core->letters, config->letters_max + config->executions_max, &arena);
    lq_timer_heap_init(&core->timers, timers_of(config), &arena);
    return core;
}

/* ---- timers ---- */

static void execution_due(struct lq_broker_core *core, uint32_t index)
{
    struct lq_core_execution *execution = &core->executions[index];

    if (execution->state == LQ_EXECUTION_DELAYED) {
        core->queues[execution->stage].delayed--;
        lq_task_queue_push(core, index);
    } else if (execution->state == LQ_EXECUTION_DOUBT) {
        execution->resolving = false; /* the writer did not answer: ask again */
    }
}

static void timer_due(struct lq_broker_core *core, uint32_t timer, uint64_t due_ns, uint64_t now_ns,
                      struct lq_broker_effects *out)
{
    uint32_t executions = lq_core_tables_execution_timer(core, 0);
    uint32_t batches = lq_core_tables_batch_timer(core, 0);
    uint32_t actors = lq_core_tables_actor_timer(core, 0);

    if (timer >= actors) {
        lq_incarnation_due(core, timer - actors, now_ns, out);
    } else if (timer >= batches) {
        lq_lease_expired(core, timer - batches, now_ns, out);
    } else if (timer >= executions) {
        execution_due(core, timer - executions);
    } else {
        lq_grid_due(core, timer, due_ns, now_ns);
    }
}

/* One turn: what is due, what may open, what may be sent. Cut short when the effects might not fit;
 * then the wish for the next wake-up is "at once". */
static void turn(struct lq_broker_core *core, uint64_t now_ns, struct lq_broker_effects *out)
{
    uint32_t timer;
    uint64_t due_ns;

    core->turn_cut_short = false;
    while (out->count_max - out->count >= LQ_EFFECTS_PER_STEP_MAX &&
           lq_timer_heap_take(&core->timers, now_ns, &timer, &due_ns)) {
        timer_due(core, timer, due_ns, now_ns, out);
    }
    if (out->count_max - out->count < LQ_EFFECTS_PER_STEP_MAX) {
        core->turn_cut_short = true;
        return;
    }
    lq_dead_letter_freed(core, out);
    lq_doubt_resolve(core, now_ns, out);
    lq_tenant_ring_open(core, now_ns);
    lq_batch_dispatch(core, now_ns, out);
}

static void step_of_actor(struct lq_broker_core *core, const struct lq_broker_event *event,
                          uint64_t now_ns, struct lq_broker_effects *out)
{
    uint32_t actor = lq_actor_table_find_peer(core, event->peer);

    switch (event->kind) {
    case LQ_ON_READY:
        lq_incarnation_ready(core, event, now_ns, out);
        break;
    case LQ_ON_HEARD:
        lq_actor_table_heard(core, event->peer, now_ns);
        break;
    case LQ_ON_RESULT:
        lq_verdict_result(core, event, now_ns, out);
        break;
    case LQ_ON_BATCH_END:
        lq_verdict_batch_end(core, event, now_ns, out);
        break;
    case LQ_ON_RESOLVED:
        lq_verdict_resolved(core, event, now_ns, out);
        break;
    case LQ_ON_PAUSED:
        lq_actor_table_paused(core, event);
        break;
    case LQ_ON_HOLDING:
        lq_heartbeat_told(core, event, now_ns);
        break;
    case LQ_ON_GOODBYE:
        if (actor != 0) {
            lq_incarnation_goodbye(core, actor, now_ns, out);
        }
        break;
    case LQ_ON_INSTANCE:
        lq_silent_instance_found(core, event, now_ns);
        break;
    case LQ_ON_PROCESS_DIED:
        lq_incarnation_died(core, event->process.pid, now_ns, out);
        break;
    default:
        LQ_ASSERT(false);
    }
}

void lq_broker_core_step(lq_broker_core_t *core, const struct lq_broker_event *event,
                         uint64_t now_ns, struct lq_broker_effects *out)
{
    LQ_ASSERT(out->count_max - out->count >= LQ_EFFECTS_PER_STEP_MAX);
    switch (event->kind) {
    case LQ_ON_SUBMIT:
        lq_submission_command(core, event, out);
        break;
    case LQ_ON_ADMIN:
        lq_admin_execution_open(core, event, now_ns, out);
        break;
    case LQ_ON_LETTER_STORED:
        lq_dead_letter_stored(core, event->letter.execution, out);
        break;
    case LQ_ON_LETTER_KNOWN:
        lq_dead_letter_known(core, event);
        break;
    case LQ_ON_LETTER_GONE:
        lq_dead_letter_gone(core, event);
        break;
    case LQ_ON_REDRIVE:
        lq_submission_redrive(core, event, out);
        break;
    case LQ_ON_LIVE:
        lq_grid_live(core, event, now_ns, out);
        break;
    case LQ_ON_PARKED_KNOWN:
        lq_parking_known(core, event, out);
        break;
    case LQ_ON_RESUME:
        lq_parking_resume(core, event, out);
        break;
    case LQ_ON_STALL:
        lq_stall_forgive(core, event->stall.gap_ns);
        break;
    case LQ_ON_TURN:
        turn(core, now_ns, out);
        break;
    default:
        step_of_actor(core, event, now_ns, out);
        break;
    }
}

uint64_t lq_broker_core_next_wakeup_ns(const lq_broker_core_t *core)
{
    return core->turn_cut_short ? 0 : lq_timer_heap_next_ns(&core->timers);
}
