// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "broker/core/opening.h"

#include "base/clock.h"
#include "base/error_name.h"
#include "broker/core/queueing.h"

const char *lq_opening_barred(const struct lq_broker_core *core)
{
    if (lq_queueing_paused(core, core->config.pipeline.persist)) {
        return LQ_REASON_BROKER_PAUSED ": the store takes no work at the moment";
    }
    if (core->executions_open >= core->config.executions_max) {
        return LQ_REASON_BROKER_FULL ": too many executions are open";
    }
    if (core->payload_bytes >= core->config.payload_bytes_max) {
        return LQ_REASON_BROKER_FULL ": too many bytes are under way";
    }
    return NULL;
}

static void ring_tenant(struct lq_broker_core *core, uint32_t index)
{
    struct lq_core_tenant *tenant = &core->tenants[index];

    if (tenant->ringed || tenant->openable_first == 0 ||
        tenant->executions >= core->config.tenant_executions_max) {
        return;
    }
    tenant->ringed = true;
    tenant->next = 0;
    if (core->ring_last != 0) {
        core->tenants[core->ring_last].next = index;
    } else {
        core->ring_first = index;
    }
    core->ring_last = index;
}

static uint32_t unring_first(struct lq_broker_core *core)
{
    uint32_t index = core->ring_first;
    struct lq_core_tenant *tenant = &core->tenants[index];

    core->ring_first = tenant->next;
    if (core->ring_first == 0) {
        core->ring_last = 0;
    }
    tenant->ringed = false;
    return index;
}

/* A parked session does not tick, but its commands are looked up. */
static bool has_reason(const struct lq_core_session *session)
{
    return session->execution == 0 &&
           (session->mailbox_count > 0 || (session->tick_due && !session->parked));
}

void lq_opening_consider(struct lq_broker_core *core, uint32_t index)
{
    struct lq_core_session *session = &core->sessions[index];
    struct lq_core_tenant *tenant = &core->tenants[session->tenant];

    if (session->openable || !has_reason(session)) {
        return;
    }
    session->openable = true;
    session->openable_next = 0;
    if (tenant->openable_last != 0) {
        core->sessions[tenant->openable_last].openable_next = index;
    } else {
        tenant->openable_first = index;
    }
    tenant->openable_last = index;
    ring_tenant(core, session->tenant);
}

/* Alone, a command's look-up says what became of it and of no other. */
static uint32_t commands_to_take(const struct lq_broker_core *core,
                                 const struct lq_core_session *session)
{
    if (session->parked) {
        return 1;
    }
    return session->bisect_left > 0 ? session->bisect_limit : core->config.batch_commands_max;
}

/* Move up to `count_max` commands from the mailbox into the execution. */
static void move_commands(struct lq_broker_core *core, struct lq_core_session *session,
                          struct lq_core_execution *execution, uint32_t count_max)
{
    uint32_t last = 0;
    uint32_t command = session->mailbox_first;

    execution->commands_first = command;
    while (command != 0 && execution->command_count < count_max) {
        execution->command_count++;
        last = command;
        command = core->commands[command].next;
    }
    if (last != 0) {
        core->commands[last].next = 0;
    } else {
        execution->commands_first = 0;
    }
    session->mailbox_first = command;
    session->mailbox_count -= execution->command_count;
    if (command == 0) {
        session->mailbox_last = 0;
    }
}

static void open_tick(struct lq_broker_core *core, uint32_t index, uint64_t now_ns)
{
    struct lq_core_session *session = &core->sessions[index];
    uint32_t taken = lq_core_tables_take_execution(core);

    LQ_ASSERT(taken != 0);
    struct lq_core_execution *execution = &core->executions[taken];
    execution->counter = (++core->execution_serial << 16) | taken;
    execution->kind = LQ_EXECUTION_TICK;
    execution->session = index;
    execution->opened_ns = now_ns;
    execution->steps = session->tick_due ? 1 : 0;
    execution->due_ns = session->tick_due ? session->due_ns : 0;
    execution->missed = session->missed;
    session->tick_due = false;
    session->execution = taken;
    move_commands(core, session, execution, commands_to_take(core, session));
    core->executions_open++;
    core->tenants[session->tenant].executions++;
    lq_queueing_enter(core, taken, core->config.pipeline.start);
}

void lq_opening_run(struct lq_broker_core *core, uint64_t now_ns)
{
    while (core->ring_first != 0 && lq_opening_barred(core) == NULL) {
        uint32_t owner = unring_first(core);
        struct lq_core_tenant *tenant = &core->tenants[owner];
        uint32_t index = tenant->openable_first;
        struct lq_core_session *session = &core->sessions[index];

        LQ_ASSERT(index != 0);
        tenant->openable_first = session->openable_next;
        if (tenant->openable_first == 0) {
            tenant->openable_last = 0;
        }
        session->openable = false;
        if (has_reason(session)) {
            open_tick(core, index, now_ns);
        }
        ring_tenant(core, owner);
        lq_core_tables_release_session(core, index); /* what it was queued for may be gone */
    }
}

/* ---- the grid: point k lies at phase + k * denominator / numerator seconds ---- */

static uint64_t grid_point_ns(const struct lq_core_session *session, uint64_t index)
{
    unsigned __int128 offset = (unsigned __int128)index * session->rate_denominator * LQ_NS_PER_S /
                               session->rate_numerator;

    return session->grid_phase_ns + (uint64_t)offset;
}

static uint64_t grid_index_after(const struct lq_core_session *session, uint64_t now_ns)
{
    if (now_ns < session->grid_phase_ns) {
        return 0;
    }
    unsigned __int128 since =
        (unsigned __int128)(now_ns - session->grid_phase_ns) * session->rate_numerator;
    uint64_t index =
        (uint64_t)(since / ((unsigned __int128)session->rate_denominator * LQ_NS_PER_S));

    /* Points are rounded down to a nanosecond: the division may stop one short of now. */
    while (grid_point_ns(session, index) <= now_ns) {
        index++;
    }
    return index;
}

void lq_opening_grid_due(struct lq_broker_core *core, uint32_t index, uint64_t due_ns,
                         uint64_t now_ns)
{
    struct lq_core_session *session = &core->sessions[index];

    if (session->rate_numerator == 0) {
        return;
    }
    uint64_t next = grid_index_after(session, now_ns);
    LQ_ASSERT(next > session->grid_index);
    /* Between the point that fired and the next one in the future, everything is lost world time.
     */
    uint64_t missed = next - session->grid_index - 1;
    if (session->tick_due) {
        missed++;
    }
    if (session->parked) {
        missed = 0;
    } else {
        session->tick_due = true;
        session->due_ns = due_ns;
    }
    session->missed += missed;
    core->counters.missed_ticks += missed;
    session->grid_index = next;
    lq_timer_heap_set(&core->timers, lq_core_tables_session_timer(core, index),
                      grid_point_ns(session, next));
    lq_opening_consider(core, index);
}

void lq_opening_set_rate(struct lq_broker_core *core, uint32_t index, uint32_t numerator,
                         uint32_t denominator, uint64_t now_ns)
{
    struct lq_core_session *session = &core->sessions[index];
    bool was_live = session->rate_numerator > 0;

    if (was_live && numerator == session->rate_numerator &&
        denominator == session->rate_denominator) {
        return;
    }
    core->sessions_live = core->sessions_live - (was_live ? 1 : 0) + (numerator > 0 ? 1 : 0);
    session->rate_numerator = numerator;
    session->rate_denominator = denominator;
    if (numerator == 0) {
        session->tick_due = false;
        lq_timer_heap_stop(&core->timers, lq_core_tables_session_timer(core, index));
        return;
    }
    uint64_t period_ns = (uint64_t)denominator * LQ_NS_PER_S / numerator;
    session->grid_phase_ns = session->hash % (period_ns > 0 ? period_ns : 1);
    session->grid_index = grid_index_after(session, now_ns);
    lq_timer_heap_set(&core->timers, lq_core_tables_session_timer(core, index),
                      grid_point_ns(session, session->grid_index));
}

/* ---- mailboxes ---- */

void lq_opening_post(struct lq_broker_core *core, uint32_t index, uint32_t command)
{
    struct lq_core_session *session = &core->sessions[index];

    core->commands[command].next = 0;
    if (session->mailbox_last != 0) {
        core->commands[session->mailbox_last].next = command;
    } else {
        session->mailbox_first = command;
    }
    session->mailbox_last = command;
    session->mailbox_count++;
    lq_opening_consider(core, index);
}

void lq_opening_put_back(struct lq_broker_core *core, uint32_t index, uint32_t first,
                         uint32_t count)
{
    struct lq_core_session *session = &core->sessions[index];
    uint32_t last = first;

    if (first == 0) {
        return;
    }
    while (core->commands[last].next != 0) {
        last = core->commands[last].next;
    }
    core->commands[last].next = session->mailbox_first;
    session->mailbox_first = first;
    if (session->mailbox_last == 0) {
        session->mailbox_last = last;
    }
    session->mailbox_count += count;
}

void lq_opening_restore_tick(struct lq_broker_core *core, uint32_t index)
{
    const struct lq_core_execution *execution = &core->executions[index];
    struct lq_core_session *session = &core->sessions[execution->session];

    if (execution->steps == 0 || session->rate_numerator == 0) {
        return;
    }
    if (session->tick_due) {
        session->missed++;
        core->counters.missed_ticks++;
        return;
    }
    session->tick_due = true;
    session->due_ns = execution->due_ns;
}

void lq_opening_drop_command(struct lq_broker_core *core, uint32_t tenant, uint32_t command,
                             struct lq_broker_effects *out)
{
    lq_core_tables_release_payload(core, &core->commands[command].payload, out);
    lq_core_tables_give_command(core, command);
    core->tenants[tenant].commands--;
    core->commands_held--;
}

void lq_opening_close(struct lq_broker_core *core, uint32_t index, struct lq_broker_effects *out)
{
    struct lq_core_execution *execution = &core->executions[index];
    uint32_t session = execution->session;

    LQ_ASSERT(execution->commands_first == 0);
    lq_core_tables_release_payload(core, &execution->payload, out);
    lq_timer_heap_stop(&core->timers, lq_core_tables_execution_timer(core, index));
    execution->counter = 0;
    lq_core_tables_give_execution(core, index);
    core->executions_open--;
    if (session == 0) {
        return;
    }
    LQ_ASSERT(core->sessions[session].execution == index);
    core->sessions[session].execution = 0;
    core->tenants[core->sessions[session].tenant].executions--;
    ring_tenant(core, core->sessions[session].tenant);
    lq_opening_consider(core, session);
    lq_core_tables_release_session(core, session);
}
