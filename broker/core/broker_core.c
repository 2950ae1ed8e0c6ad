// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "broker/core/broker_core.h"

#include "broker/core/actor_table.h"
#include "broker/core/admin_execution.h"
#include "broker/core/core_tables.h"
#include "broker/core/dead_letter.h"
#include "broker/core/dispatch.h"
#include "broker/core/doubt.h"
#include "broker/core/flow.h"
#include "broker/core/grid.h"
#include "broker/core/heartbeat.h"
#include "broker/core/held_answers.h"
#include "broker/core/incarnation.h"
#include "broker/core/lease.h"
#include "broker/core/parking.h"
#include "broker/core/partition.h"
#include "broker/core/retry.h"
#include "broker/core/session_standing.h"
#include "broker/core/silent_instance.h"
#include "broker/core/stall.h"
#include "broker/core/stream_table.h"
#include "broker/core/submission.h"
#include "broker/core/tenant_durability.h"
#include "broker/core/tenant_quota.h"
#include "broker/core/tenant_ring.h"
#include "broker/core/verdict.h"

_Static_assert(LQ_EFFECTS_PER_STEP_MAX >= 3 * 256 + 3 * LQ_COMMANDS_PER_TICK_MAX + 16,
               "parking a full mailbox and ending a full tick must fit one step");

size_t lq_broker_core_bytes(const struct lq_broker_core_config *config)
{
    return lq_core_tables_bytes(config);
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
    LQ_ASSERT(config->batch_us >= 1);
    LQ_ASSERT(config->batch_commands_max >= 1);
    LQ_ASSERT(config->batch_commands_max <= LQ_COMMANDS_PER_TICK_MAX);
    LQ_ASSERT(config->held_answers_max >= 1);
    LQ_ASSERT(lq_durability_valid(&config->durability));
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
    struct lq_broker_core *core = memory;

    check_config(config);
    LQ_ASSERT(bytes >= lq_core_tables_bytes(config));
    lq_core_tables_init(core, config);
    core->random = config->seed;
    lq_tenant_quota_defaults(core);
    lq_tenant_durability_usual(core);
    lq_partition_open_all(core);
    return core;
}

/* ---- timers ---- */

static void task_due(struct lq_broker_core *core, uint32_t task)
{
    if (core->tasks[task].phase == LQ_TASK_DELAYED) {
        lq_retry_due(core, task);
    } else if (core->tasks[task].phase == LQ_TASK_DOUBT) {
        core->tasks[task].resolving = false; /* the writer did not answer: ask again */
    }
}

static void timer_due(struct lq_broker_core *core, struct lq_timer timer, uint64_t due_ns,
                      uint64_t now_ns, struct lq_broker_effects *out)
{
    switch (timer.kind) {
    case LQ_TIMER_SESSION:
        lq_grid_due(core, timer.index, due_ns, now_ns);
        break;
    case LQ_TIMER_TASK:
        task_due(core, timer.index);
        break;
    case LQ_TIMER_BATCH:
        lq_lease_expired(core, timer.index, now_ns, out);
        break;
    case LQ_TIMER_ACTOR:
        lq_incarnation_due(core, timer.index, now_ns, out);
        break;
    case LQ_TIMER_TENANT:
        lq_tenant_quota_due(core, timer.index);
        break;
    case LQ_TIMER_KINDS:
    default:
        LQ_ASSERT(false);
    }
}

/* One turn: what is due, what may open, what may be sent. Cut short when the effects might not fit;
 * then the wish for the next wake-up is "at once". */
static void turn(struct lq_broker_core *core, uint64_t now_ns, struct lq_broker_effects *out)
{
    struct lq_timer timer;
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
    lq_held_answers_release(core, out);
    lq_dead_letter_freed(core, out);
    lq_doubt_resolve(core, now_ns, out);
    lq_tenant_ring_open(core, now_ns);
    lq_flow_forget_debts(core);
    lq_dispatch_queues(core, out);
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
    core->now_ns = now_ns;
    switch (event->kind) {
    case LQ_ON_SUBMIT:
        lq_submission_command(core, event, out);
        break;
    case LQ_ON_ADMIN:
        lq_admin_execution_open(core, event, now_ns, out);
        break;
    case LQ_ON_LETTER_STORED:
        lq_dead_letter_stored(core, event, out);
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
        lq_session_standing_known(core, event, now_ns, out);
        break;
    case LQ_ON_DELETED:
        lq_session_standing_deleted(core, event, out);
        break;
    case LQ_ON_ATTENDED:
        lq_grid_attended(core, event, now_ns);
        break;
    case LQ_ON_PARKED_KNOWN:
        lq_parking_known(core, event, out);
        break;
    case LQ_ON_RESUME:
        lq_parking_resume(core, event, out);
        break;
    case LQ_ON_QUOTA:
        lq_tenant_quota_set(core, event);
        break;
    case LQ_ON_DURABILITY:
        lq_tenant_durability_set(core, event);
        break;
    case LQ_ON_MIRROR:
        lq_stream_table_mirror(core, event);
        break;
    case LQ_ON_STREAM:
        lq_stream_table_told(core, event);
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
