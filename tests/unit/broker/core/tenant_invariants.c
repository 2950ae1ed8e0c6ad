// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* Sessions, their commands, and the tenants that have them. */
#include "tests/unit/broker/core/core_tally.h"

#include "broker/core/tenant.h"

#include <stdlib.h>

static uint32_t hold_commands(struct lq_core_tally *tally, const struct lq_index_list *list)
{
    const struct lq_broker_core *core = tally->core;
    uint32_t count = 0;
    uint32_t last = 0;

    for (uint32_t index = list->first; index != 0; index = core->commands[index].next) {
        LQ_ASSERT(index <= core->command_pool.top);
        LQ_ASSERT(++count <= core->config.commands_max);
        lq_core_tally_hold(tally, &core->commands[index].payload);
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
    uint64_t mailbox_bytes, payload_bytes, held_bytes;
};

static uint64_t bytes_of(const struct lq_broker_core *core, const struct lq_index_list *list)
{
    uint64_t bytes = 0;

    for (uint32_t index = list->first; index != 0; index = core->commands[index].next) {
        bytes += core->commands[index].payload.bytes;
    }
    return bytes;
}

static void check_session(struct lq_core_tally *tally, uint32_t index, struct tenant_tally *tenant)
{
    const struct lq_broker_core *core = tally->core;
    const struct lq_core_session *session = &core->sessions[index];
    uint32_t in_execution = 0;

    tally->sessions++;
    tally->live += session->rate_numerator > 0;
    tally->parked += session->parked;
    tally->stopped += session->stopped;
    uint32_t waiting = hold_commands(tally, &session->mailbox);
    LQ_ASSERT(waiting <= core->config.mailbox_commands_max + core->config.batch_commands_max);
    LQ_ASSERT(!session->parked || session->execution == 0 ||
              core->tasks[core->executions[session->execution].task].state ==
                  core->config.pipeline.start);
    LQ_ASSERT(session->tick_due == false || (session->rate_numerator > 0 && !session->stopped));
    LQ_ASSERT(!session->stopped ||
              lq_timer_heap_due_ns(&core->timers, lq_timer_of(LQ_TIMER_SESSION, index)) ==
                  LQ_TIMER_NEVER);
    if (session->execution != 0) {
        const struct lq_core_execution *execution = &core->executions[session->execution];
        LQ_ASSERT(execution->counter != 0);
        LQ_ASSERT(execution->tick.session == index);
        in_execution = hold_commands(tally, &execution->tick.commands);
        tenant->mailbox_bytes += bytes_of(core, &execution->tick.commands);
        tenant->payload_bytes += core->tasks[execution->task].payload.bytes;
        tenant->executions++;
    } else if (waiting > 0 || ((session->tick_due || session->rate_due) && !session->parked &&
                               !session->stopped)) {
        LQ_ASSERT(session->openable); /* work that nobody would ever open */
    }
    LQ_ASSERT(session->execution != 0 || waiting > 0 || session->rate_numerator > 0 ||
              session->parked || session->stopped || session->rate_due || session->openable ||
              session->deaths_in_row > 0);
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
    LQ_ASSERT(last == 0 || tenant->ringed || timed || tenant->executions > 0 || tenant->behind);
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
    LQ_ASSERT(tenant->payload_bytes ==
              tally->mailbox_bytes + tally->payload_bytes + tally->held_bytes);
    bool held =
        tenant->requests > 0 || tenant->flows > 0 || tenant->held.count > 0 || tenant->behind;
    LQ_ASSERT(tenant->place == (tenant->sessions > 0        ? LQ_TENANT_AT_WORK
                                : lq_tenant_has_own(tenant) ? LQ_TENANT_WITH_OWN
                                : held                      ? LQ_TENANT_HELD
                                                            : idle));
    check_openable(core, index);
}

void lq_tenant_invariants_check(struct lq_core_tally *tally)
{
    const struct lq_broker_core *core = tally->core;
    struct tenant_tally *tenants =
        calloc((size_t)LQ_TENANT_RECORDS(core->config.tenants_max) + 1, sizeof *tenants);
    uint32_t at_work = 0;
    uint32_t with_own = 0;
    uint32_t letters = 0;

    for (uint32_t bucket = 0; bucket <= core->bucket_mask_sessions; bucket++) {
        for (uint32_t index = core->session_buckets[bucket]; index != 0;
             index = core->sessions[index].hash_next) {
            check_session(tally, index, &tenants[core->sessions[index].tenant]);
        }
    }
    uint32_t resident = 0;
    uint32_t parked = 0;
    uint32_t stopped = 0;
    for (uint32_t bucket = 0; bucket <= core->bucket_mask_tenants; bucket++) {
        for (uint32_t index = core->tenant_buckets[bucket]; index != 0;
             index = core->tenants[index].hash_next) {
            tenants[index].held_bytes = lq_held_invariants_check(tally, index);
            check_tenant(core, index, &tenants[index]);
            tally->tenants++;
            parked += core->tenants[index].sessions_parked;
            stopped += core->tenants[index].sessions_stopped;
            at_work += tenants[index].sessions > 0;
            with_own += lq_tenant_has_own(&core->tenants[index]);
            letters += core->tenants[index].letters;
            resident += tenants[index].sessions;
        }
    }
    check_idle(core, tally->tenants);
    LQ_ASSERT(resident == tally->sessions);
    LQ_ASSERT(parked == core->sessions_parked);
    LQ_ASSERT(stopped == core->sessions_stopped);
    LQ_ASSERT(at_work == core->tenants_at_work);
    LQ_ASSERT(at_work <= core->config.tenants_max);
    LQ_ASSERT(with_own == core->tenants_with_own);
    LQ_ASSERT(letters <= core->letters_open);
    free(tenants);
}
