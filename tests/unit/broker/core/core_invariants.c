// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "tests/unit/broker/core/core_invariants.h"

#include "base/clock.h"
#include "broker/core/core_tables.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

/* What a walk over everything counts, to be compared with what the core believes. */
struct tally {
    const struct lq_broker_core *core;
    uint32_t *held; /* references by buffer */
    uint32_t buffer_count;
    uint64_t payload_bytes;
    uint32_t commands, executions, sessions, tenants, live, parked;
    bool *placed; /* tasks seen in the one place that their phase names */
};

static void hold(struct tally *tally, const struct lq_payload *payload)
{
    if (payload->buffer != 0) {
        LQ_ASSERT(payload->buffer < tally->buffer_count);
        tally->held[payload->buffer]++;
        tally->payload_bytes += payload->bytes;
    }
}

static uint32_t hold_commands(struct tally *tally, const struct lq_index_list *list)
{
    const struct lq_broker_core *core = tally->core;
    uint32_t count = 0;
    uint32_t last = 0;

    for (uint32_t index = list->first; index != 0; index = core->commands[index].next) {
        LQ_ASSERT(index <= core->command_pool.top);
        LQ_ASSERT(++count <= core->config.commands_max);
        hold(tally, &core->commands[index].payload);
        last = index;
    }
    LQ_ASSERT(last == list->last);
    LQ_ASSERT(count == list->count);
    tally->commands += count;
    return count;
}

/* What a tenant has, by its sessions. */
struct tenant_tally {
    uint32_t sessions, commands, executions;
    uint64_t mailbox_bytes, payload_bytes;
};

static uint64_t bytes_of(const struct lq_broker_core *core, const struct lq_index_list *list)
{
    uint64_t bytes = 0;

    for (uint32_t index = list->first; index != 0; index = core->commands[index].next) {
        bytes += core->commands[index].payload.bytes;
    }
    return bytes;
}

static void check_session(struct tally *tally, uint32_t index, struct tenant_tally *tenant)
{
    const struct lq_broker_core *core = tally->core;
    const struct lq_core_session *session = &core->sessions[index];
    uint32_t in_execution = 0;

    tally->sessions++;
    tally->live += session->rate_numerator > 0;
    tally->parked += session->parked;
    uint32_t waiting = hold_commands(tally, &session->mailbox);
    LQ_ASSERT(waiting <= core->config.mailbox_commands_max + core->config.batch_commands_max);
    LQ_ASSERT(!session->parked || session->execution == 0 ||
              core->tasks[core->executions[session->execution].task].state ==
                  core->config.pipeline.start);
    LQ_ASSERT(session->tick_due == false || session->rate_numerator > 0);
    if (session->execution != 0) {
        const struct lq_core_execution *execution = &core->executions[session->execution];
        LQ_ASSERT(execution->counter != 0);
        LQ_ASSERT(execution->tick.session == index);
        in_execution = hold_commands(tally, &execution->tick.commands);
        tenant->mailbox_bytes += bytes_of(core, &execution->tick.commands);
        tenant->payload_bytes += core->tasks[execution->task].payload.bytes;
        tenant->executions++;
    } else if (waiting > 0 || (session->tick_due && !session->parked)) {
        LQ_ASSERT(session->openable); /* work that nobody would ever open */
    }
    LQ_ASSERT(session->execution != 0 || waiting > 0 || session->rate_numerator > 0 ||
              session->parked || session->openable || session->deaths_in_row > 0);
    tenant->sessions++;
    tenant->commands += waiting + in_execution;
    tenant->mailbox_bytes += bytes_of(core, &session->mailbox);
}

static void check_openable(const struct lq_broker_core *core, uint32_t index)
{
    const struct lq_core_tenant *tenant = &core->tenants[index];
    uint32_t last = 0;
    uint32_t steps = 0;

    for (uint32_t at = tenant->openable.first; at != 0; at = core->sessions[at].openable_next) {
        LQ_ASSERT(core->sessions[at].openable);
        LQ_ASSERT(core->sessions[at].tenant == index);
        LQ_ASSERT(++steps <= core->config.sessions_max);
        last = at;
    }
    LQ_ASSERT(last == tenant->openable.last);
    LQ_ASSERT(steps == tenant->openable.count);
    bool timed =
        lq_timer_heap_due_ns(&core->timers, lq_timer_of(LQ_TIMER_TENANT, index)) != LQ_TIMER_NEVER;
    LQ_ASSERT(timed == tenant->unpaid);
    LQ_ASSERT(!timed || !tenant->ringed);
    LQ_ASSERT(last == 0 || tenant->ringed || timed || tenant->executions > 0);
    bool in_ring = false;
    for (uint32_t at = core->ring.first; at != 0; at = core->tenants[at].next) {
        in_ring = in_ring || at == index;
    }
    LQ_ASSERT(in_ring == tenant->ringed);
}

/* Each idle one is in the list of its place, the others in none. */
static void check_idle(const struct lq_broker_core *core, uint32_t known)
{
    uint32_t listed = 0;
    uint32_t others = 0;

    for (uint8_t place = 0; place < LQ_TENANT_IDLE_LISTS; place++) {
        uint32_t longer = 0;
        for (uint32_t index = core->idle_tenants[place].longest; index != 0;
             index = core->tenants[index].idle_shorter) {
            LQ_ASSERT(core->tenants[index].place == place);
            LQ_ASSERT(core->tenants[index].idle_longer == longer);
            LQ_ASSERT(++listed <= known);
            longer = index;
        }
        LQ_ASSERT(core->idle_tenants[place].shortest == longer);
    }
    for (uint32_t index = 1; index <= core->tenant_pool.top; index++) {
        others += core->tenants[index].place >= LQ_TENANT_IDLE_LISTS;
    }
    LQ_ASSERT(listed + others == known);
}

static void check_tenant(const struct lq_broker_core *core, uint32_t index,
                         const struct tenant_tally *tally)
{
    const struct lq_core_tenant *tenant = &core->tenants[index];
    uint8_t idle = tenant->letters > 0 ? LQ_TENANT_IDLE_WITH_LETTERS : LQ_TENANT_IDLE;

    LQ_ASSERT(tenant->sessions == tally->sessions);
    LQ_ASSERT(tenant->commands == tally->commands);
    LQ_ASSERT(tenant->executions == tally->executions);
    LQ_ASSERT(tenant->quota.own != 0 || tenant->executions <= core->config.tenant_executions_max);
    LQ_ASSERT(tenant->mailbox_bytes == tally->mailbox_bytes);
    LQ_ASSERT(tenant->payload_bytes == tally->mailbox_bytes + tally->payload_bytes);
    bool held = tenant->requests > 0 || tenant->flows > 0;
    LQ_ASSERT(tenant->place == (tenant->sessions > 0     ? LQ_TENANT_AT_WORK
                                : tenant->quota.own != 0 ? LQ_TENANT_WITH_QUOTA
                                : held                   ? LQ_TENANT_HELD
                                                         : idle));
    check_openable(core, index);
}

static void check_tenants_and_sessions(struct tally *tally)
{
    const struct lq_broker_core *core = tally->core;
    struct tenant_tally *tenants =
        calloc((size_t)LQ_TENANT_RECORDS(core->config.tenants_max) + 1, sizeof *tenants);
    uint32_t at_work = 0;
    uint32_t with_quota = 0;
    uint32_t letters = 0;

    for (uint32_t bucket = 0; bucket <= core->bucket_mask_sessions; bucket++) {
        for (uint32_t index = core->session_buckets[bucket]; index != 0;
             index = core->sessions[index].hash_next) {
            check_session(tally, index, &tenants[core->sessions[index].tenant]);
        }
    }
    uint32_t resident = 0;
    uint32_t parked = 0;
    for (uint32_t bucket = 0; bucket <= core->bucket_mask_tenants; bucket++) {
        for (uint32_t index = core->tenant_buckets[bucket]; index != 0;
             index = core->tenants[index].hash_next) {
            check_tenant(core, index, &tenants[index]);
            tally->tenants++;
            parked += core->tenants[index].sessions_parked;
            at_work += tenants[index].sessions > 0;
            with_quota += core->tenants[index].quota.own != 0;
            letters += core->tenants[index].letters;
            resident += tenants[index].sessions;
        }
    }
    check_idle(core, tally->tenants);
    LQ_ASSERT(resident == tally->sessions);
    LQ_ASSERT(parked == core->sessions_parked);
    LQ_ASSERT(at_work == core->tenants_at_work);
    LQ_ASSERT(at_work <= core->config.tenants_max);
    LQ_ASSERT(with_quota == core->tenants_with_quota);
    LQ_ASSERT(letters <= core->letters_open);
    free(tenants);
}

static void place(struct tally *tally, uint32_t index, uint8_t phase)
{
    const struct lq_core_task *task = &tally->core->tasks[index];

    LQ_ASSERT(index <= tally->core->task_pool.top);
    LQ_ASSERT(tally->core->executions[task->execution].task == index);
    LQ_ASSERT(task->phase == phase);
    LQ_ASSERT(!tally->placed[index]);
    tally->placed[index] = true;
}

/* Of one queue, or of any: 0. */
static void check_list(struct tally *tally, const struct lq_index_list *list, uint8_t phase,
                       uint32_t queue)
{
    const struct lq_broker_core *core = tally->core;
    uint32_t seen = 0;
    uint32_t end = 0;

    for (uint32_t index = list->first; index != 0; index = core->tasks[index].next) {
        place(tally, index, phase);
        LQ_ASSERT(queue == 0 || core->tasks[index].queue == queue);
        seen++;
        end = index;
    }
    LQ_ASSERT(seen == list->count);
    LQ_ASSERT(end == list->last);
}

/* Whether a list of flows has it, once; the list's links lie `link` bytes into a flow. */
static bool is_listed(const struct lq_broker_core *core, const struct lq_index_list *list,
                      size_t link, uint32_t flow)
{
    uint32_t found = 0;
    uint32_t seen = 0;
    uint32_t index = list->first;

    while (index != 0) {
        found += index == flow;
        seen++;
        memcpy(&index, (const unsigned char *)&core->flows[index] + link, sizeof index);
    }
    LQ_ASSERT(seen == list->count);
    LQ_ASSERT(found <= 1);
    return found == 1;
}

/* A flow has tasks or a debt, waits in its queue's lists as it says, and owes no more than two
 * leases. */
static void check_flow(struct tally *tally, uint32_t index)
{
    const struct lq_broker_core *core = tally->core;
    const struct lq_core_flow *flow = &core->flows[index];
    const struct lq_core_queue *queue = &core->queues[flow->queue];
    size_t next = offsetof(struct lq_core_flow, next);
    bool tasks = flow->waiting.count + flow->suspects.count + flow->in_flight > 0;
    bool ring = is_listed(core, &queue->ring, next, index);
    bool ready = is_listed(core, &queue->ready, next, index);
    uint32_t in_flight = 0;

    check_list(tally, &flow->waiting, LQ_TASK_QUEUED, flow->queue);
    check_list(tally, &flow->suspects, LQ_TASK_QUEUED, flow->queue);
    for (uint32_t at = 1; at <= core->task_pool.top; at++) {
        const struct lq_core_task *task = &core->tasks[at];
        in_flight += task->execution != 0 && task->phase == LQ_TASK_LEASED && task->flow == index;
    }
    LQ_ASSERT(flow->in_flight == in_flight);
    LQ_ASSERT(flow->ringed == (flow->waiting.count > 0));
    LQ_ASSERT(flow->ringed == (ring || ready));
    LQ_ASSERT(!(ring && ready));
    LQ_ASSERT(flow->suspected == (flow->suspects.count > 0));
    LQ_ASSERT(flow->suspected == is_listed(core, &queue->suspects,
                                           offsetof(struct lq_core_flow, suspect_next), index));
    LQ_ASSERT(flow->indebted ==
              is_listed(core, &core->debtors, offsetof(struct lq_core_flow, debtor_next), index));
    LQ_ASSERT(tasks || flow->indebted);
    LQ_ASSERT(tasks || flow->balance_ns <= 0);
    LQ_ASSERT(flow->balance_ns >= -2 * (int64_t)(queue->timeout_ms * LQ_NS_PER_MS));
}

static void check_flows(struct tally *tally)
{
    const struct lq_broker_core *core = tally->core;

    for (uint32_t tenant = 0; tenant <= core->tenant_pool.top; tenant++) {
        uint32_t flows = 0;
        for (uint32_t queue = 1; queue <= core->queue_count; queue++) {
            for (uint32_t query = 0; query < 2; query++) {
                uint32_t flow = core->tenants[tenant].flow_of[queue][query];
                if (flow != 0) {
                    LQ_ASSERT(core->flows[flow].tenant == tenant);
                    LQ_ASSERT(core->flows[flow].queue == queue);
                    LQ_ASSERT(core->flows[flow].query == (query == 1));
                    check_flow(tally, flow);
                    flows++;
                }
            }
        }
        LQ_ASSERT(core->tenants[tenant].flows == flows);
    }
}

static void check_queue(const struct tally *tally, uint32_t index)
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

static void check_batch(struct tally *tally, uint32_t actor, uint32_t index)
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
            place(tally, item, LQ_TASK_LEASED);
            LQ_ASSERT(core->tasks[item].batch == index);
            LQ_ASSERT(core->tasks[item].batch_slot == slot);
            LQ_ASSERT(core->tasks[item].queue == core->actors[actor].queue);
            LQ_ASSERT(!core->tasks[item].alone || batch->count == 1);
            left++;
        }
    }
    LQ_ASSERT(left == batch->left);
}

static void check_actors(struct tally *tally)
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
        check_list(tally, &actor->orphans, LQ_TASK_ORPHANED, actor->queue);
    }
}

/* The one task of an execution is in one place, and has a timer where its phase needs one. */
static void check_task(struct tally *tally, const struct lq_core_execution *execution)
{
    const struct lq_broker_core *core = tally->core;
    uint32_t index = execution->task;
    const struct lq_core_task *task = &core->tasks[index];
    bool timed =
        lq_timer_heap_due_ns(&core->timers, lq_timer_of(LQ_TIMER_TASK, index)) != LQ_TIMER_NEVER;

    LQ_ASSERT(index != 0);
    LQ_ASSERT(&core->executions[task->execution] == execution);
    hold(tally, &task->payload);
    if (task->phase == LQ_TASK_DELAYED) {
        LQ_ASSERT(timed);
        place(tally, index, LQ_TASK_DELAYED);
    } else if (task->phase == LQ_TASK_DYING) {
        LQ_ASSERT(execution->tick.commands.count <= 1);
        LQ_ASSERT(execution->death.storing != tally->placed[index]); /* waits, or is on its way */
        tally->placed[index] = true;
    } else {
        LQ_ASSERT(!timed || task->phase == LQ_TASK_DOUBT);
    }
    LQ_ASSERT(tally->placed[index]);
}

static void check_executions(struct tally *tally)
{
    const struct lq_broker_core *core = tally->core;
    uint32_t waiting = 0;

    check_list(tally, &core->partitions[0].doubt, LQ_TASK_DOUBT,
               core->partitions[0].queue_of_state[core->config.pipeline.persist]);
    for (uint32_t index = core->letter_wait.first; index != 0;
         index = core->executions[index].next) {
        place(tally, core->executions[index].task, LQ_TASK_DYING);
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

static void check_pools(const struct tally *tally)
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
    check_free(&core->session_pool, lq_core_tables_session_links(core), tally->sessions);
    check_free(&core->tenant_pool, lq_core_tables_tenant_links(core), tally->tenants);
}

void lq_core_invariants_check(const lq_broker_core_t *core, const uint32_t *references,
                              uint32_t buffer_count)
{
    struct tally tally = {.core = core, .buffer_count = buffer_count};

    tally.held = calloc(buffer_count + 1, sizeof *tally.held);
    tally.placed = calloc((size_t)core->task_pool.top + 1, sizeof *tally.placed);
    check_tenants_and_sessions(&tally);
    check_flows(&tally);
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
