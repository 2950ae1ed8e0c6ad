// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* What the shell reads of the core to carry out effects and to answer STATUS. */
#include "broker/core/actor_table.h"
#include "broker/core/broker_core.h"
#include "broker/core/core_tables.h"
#include "broker/core/session.h"
#include "broker/core/tenant.h"
#include "broker/core/tenant_quota.h"

#include "base/clock.h"
#include "base/error_name.h"

static void describe(const struct lq_broker_core *core, uint32_t index, struct lq_broker_item *item)
{
    const struct lq_core_execution *execution = &core->executions[index];
    const struct lq_core_task *task = &core->tasks[execution->task];

    item->id = (struct lq_execution_id){core->config.epoch, execution->counter};
    item->execution = index;
    item->lease = task->lease;
    item->kind = (enum lq_execution_kind)execution->kind;
    item->payload = task->payload;
    item->frame = execution->tick.frame;
    item->steps = execution->tick.steps;
    item->missed = execution->tick.missed;
    item->rate = execution->tick.rate;
    item->command_count = execution->tick.commands.count;
    if (execution->tick.session == 0) {
        item->names.tenant = lq_view_text(execution->request.tenant);
        item->names.session = lq_view_text(execution->request.name);
    } else {
        item->names = lq_broker_core_session_names(core, execution->tick.session);
    }
}

uint32_t lq_broker_core_batch(const lq_broker_core_t *core, uint32_t batch, uint64_t *number,
                              uint32_t *item_timeout_ms)
{
    const struct lq_core_batch *record = &core->batches[batch];

    *number = record->number;
    *item_timeout_ms = core->queues[core->actors[record->actor].queue].timeout_ms;
    return record->count;
}

uint32_t lq_broker_core_batch_state(const lq_broker_core_t *core, uint32_t batch)
{
    return core->tasks[core->batches[batch].items[0]].state;
}

void lq_broker_core_batch_item(const lq_broker_core_t *core, uint32_t batch, uint32_t index,
                               struct lq_broker_item *item)
{
    LQ_ASSERT(index < core->batches[batch].count);
    describe(core, core->tasks[core->batches[batch].items[index]].execution, item);
}

void lq_broker_core_execution(const lq_broker_core_t *core, uint32_t execution,
                              struct lq_broker_item *item)
{
    LQ_ASSERT(core->executions[execution].counter != 0);
    describe(core, execution, item);
}

bool lq_broker_core_next_command(const lq_broker_core_t *core, uint32_t execution, uint32_t *cursor,
                                 struct lq_broker_command *command)
{
    uint32_t index = *cursor == 0 ? core->executions[execution].tick.commands.first
                                  : core->commands[*cursor].next;

    if (index == 0) {
        return false;
    }
    *cursor = index;
    command->client = core->commands[index].client;
    command->sequence = core->commands[index].sequence;
    command->letter_id = core->commands[index].letter_id;
    command->payload = core->commands[index].payload;
    return true;
}

void lq_broker_core_death(const lq_broker_core_t *core, uint32_t index, uint64_t now_ns,
                          struct lq_broker_death *death)
{
    const struct lq_core_execution *execution = &core->executions[index];
    const struct lq_core_task *task = &core->tasks[execution->task];
    const struct lq_plan_state *state = &core->config.pipeline.states[task->state];

    LQ_ASSERT(task->phase == LQ_TASK_DYING);
    death->letter_id = execution->death.letter_id;
    death->stage = state->stage;
    death->version = state->version;
    death->error = task->error;
    death->cause = task->cause;
    death->tries = task->tries;
    death->age_ns = now_ns - task->first_try_ns;
    death->parks = execution->death.parks;
}

uint32_t lq_broker_core_letters_waiting(const lq_broker_core_t *core)
{
    return core->letter_wait.count;
}

struct lq_session_names lq_broker_core_session_names(const lq_broker_core_t *core, uint32_t session)
{
    return lq_session_names(core, &core->sessions[session]);
}

uint32_t lq_broker_core_actor_of_peer(const lq_broker_core_t *core, uint32_t peer)
{
    return lq_actor_table_find_peer(core, peer);
}

uint32_t lq_broker_core_actor_peer(const lq_broker_core_t *core, uint32_t actor, uint32_t *pid)
{
    *pid = core->actors[actor].local ? core->actors[actor].pid : 0;
    return core->actors[actor].peer;
}

bool lq_broker_core_knows_actor(const lq_broker_core_t *core, uint32_t peer)
{
    return lq_actor_table_find_peer(core, peer) != 0;
}

void lq_broker_core_life(const lq_broker_core_t *core, struct lq_session_names names,
                         struct lq_session_life *life)
{
    struct lq_hashed_names key = lq_hashed_names_of(names);
    uint32_t index = lq_session_find(core, &key);
    const struct lq_core_session *session = &core->sessions[index];

    *life = (struct lq_session_life){.rate = {0, 1}};
    if (index == 0) {
        return;
    }
    life->stopped = session->stopped;
    life->changes = session->rate_due;
    life->next = session->next_rate;
    if (session->rate_numerator > 0) {
        life->rate = (struct lq_session_rate){session->rate_numerator, session->rate_denominator};
    }
    if (session->parked) {
        life->parked_by = lq_view_text(core->config.pipeline.states[session->parked_by].stage);
    }
}

const char *lq_broker_core_why_not_kept(const lq_broker_core_t *core, struct lq_session_names names,
                                        bool with_rate)
{
    struct lq_hashed_names key = lq_hashed_names_of(names);

    if (lq_session_find(core, &key) != 0) {
        return NULL;
    }
    if (with_rate) {
        return lq_tenant_quota_refuses_session(core, lq_tenant_find(core, &key)).reason;
    }
    return core->sessions_resident < core->config.sessions_max ? NULL
                                                               : LQ_REASON_BROKER_FULL
               ": too many sessions are at work";
}

bool lq_broker_core_next_parked(const lq_broker_core_t *core, uint32_t *cursor,
                                struct lq_session_names *names, struct lq_view *stage)
{
    for (uint32_t index = *cursor + 1; index <= core->session_pool.top; index++) {
        if (core->sessions[index].parked) {
            *cursor = index;
            *names = lq_broker_core_session_names(core, index);
            *stage =
                lq_view_text(core->config.pipeline.states[core->sessions[index].parked_by].stage);
            return true;
        }
    }
    return false;
}

/* When the first task of a list was opened; UINT64_MAX: it is empty. */
static uint64_t opened_ns(const struct lq_broker_core *core, const struct lq_index_list *tasks)
{
    return tasks->first == 0 ? UINT64_MAX
                             : core->executions[core->tasks[tasks->first].execution].opened_ns;
}

/* Of what waits in a queue: the oldest is first in one of its flows. */
static uint32_t oldest_ms(const struct lq_broker_core *core, uint32_t queue, uint64_t now_ns)
{
    uint64_t oldest_ns = now_ns;

    for (uint32_t index = 1; index <= core->flow_pool.top; index++) {
        const struct lq_core_flow *flow = &core->flows[index];
        if (flow->queue == queue) {
            uint64_t waiting_ns = opened_ns(core, &flow->waiting);
            uint64_t suspect_ns = opened_ns(core, &flow->suspects);
            oldest_ns = waiting_ns < oldest_ns ? waiting_ns : oldest_ns;
            oldest_ns = suspect_ns < oldest_ns ? suspect_ns : oldest_ns;
        }
    }
    return (uint32_t)((now_ns - oldest_ns) / LQ_NS_PER_MS);
}

static void report_stage(const struct lq_broker_core *core, uint32_t state, uint64_t now_ns,
                         struct lq_stage_status *status)
{
    uint32_t queue_index = core->partitions[0].queue_of_state[state];
    const struct lq_core_queue *queue = &core->queues[queue_index];

    memset(status, 0, sizeof *status);
    status->name = lq_view_text(core->config.pipeline.states[state].name);
    status->resource = lq_view_text(core->config.pipeline.states[state].stage);
    status->version = core->config.pipeline.states[state].version;
    status->queued = queue->waiting;
    status->in_flight = queue->in_flight;
    status->done = queue->done;
    status->retries = queue->retries;
    status->failures = queue->failures;
    status->waiting_retry = queue->delayed;
    status->oldest_ms = oldest_ms(core, queue_index, now_ns);
    status->actors = queue->serving;
}

static void report_actor(const struct lq_core_actor *actor, struct lq_actor_status *status)
{
    status->instance = lq_view_text(actor->instance);
    status->stage = lq_view_text(actor->stage_name);
    status->reason = lq_view_text(actor->reason);
    status->version = actor->version;
    status->pid = actor->pid;
    status->state = actor->state;
    status->batches_in_flight = actor->batch_count;
    status->credit = actor->credit;
    status->items = actor->items;
    status->service_us = actor->service_ns / 1000;
    status->remote = !actor->local;
    status->counts = actor->counts;
}

void lq_broker_core_actor(const lq_broker_core_t *core, uint32_t actor,
                          struct lq_actor_status *status)
{
    report_actor(&core->actors[actor], status);
}

void lq_broker_core_status(const lq_broker_core_t *core, uint64_t now_ns, struct lq_status *status)
{
    const struct lq_core_counters *counters = &core->counters;

    status->epoch = core->config.epoch;
    status->stage_count = core->config.pipeline.state_count;
    for (uint32_t state = 0; state < status->stage_count; state++) {
        report_stage(core, state, now_ns, &status->stages[state]);
    }
    status->actor_count = 0;
    for (uint32_t actor = 1; actor <= core->actors_top; actor++) {
        if (core->actors[actor].state != 0) {
            report_actor(&core->actors[actor], &status->actors[status->actor_count++]);
        }
    }
    status->sessions_resting = core->sessions_resting;
    status->sessions_stopped = core->sessions_stopped;
    status->ticks_committed = counters->ticks_committed;
    status->receipts = counters->receipts;
    status->commands_refused = counters->commands_refused;
    status->duplicates = counters->duplicates;
    status->retries = counters->retries;
    status->conflicts = counters->conflicts;
    status->resolves = counters->resolves;
    status->letters_total = counters->letters_total;
    status->missed_ticks = counters->missed_ticks;
    status->stale_results = counters->stale_results;
    status->resends = counters->resends;
    status->letters_open = core->letters_open;
    status->sessions_resident = core->sessions_resident;
    status->sessions_live = core->sessions_live;
    status->sessions_parked = core->sessions_parked;
    status->executions_open = core->executions_open;
    status->mailbox_commands = core->commands_held;
    status->payload_bytes = core->payload_bytes;
    lq_broker_core_largest_loads(core, now_ns, status);
}
