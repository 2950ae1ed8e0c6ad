// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "broker/core/execution.h"

#include "base/error_name.h"
#include "broker/core/command_answer.h"
#include "broker/core/dead_letter.h"
#include "broker/core/effect_list.h"
#include "broker/core/grid.h"
#include "broker/core/held_answers.h"
#include "broker/core/mailbox.h"
#include "broker/core/parking.h"
#include "broker/core/session.h"
#include "broker/core/session_standing.h"
#include "broker/core/task.h"
#include "broker/core/tenant.h"
#include "broker/core/tenant_load.h"
#include "broker/core/tenant_quota.h"
#include "broker/core/tenant_ring.h"

uint32_t lq_execution_find(const struct lq_broker_core *core, uint64_t counter)
{
    uint32_t index = (uint32_t)(counter & 0xffff);

    if (index == 0 || index > core->execution_pool.top ||
        core->executions[index].counter != counter) {
        return 0;
    }
    return index;
}

uint32_t lq_execution_take(struct lq_broker_core *core, enum lq_execution_kind kind,
                           uint64_t now_ns)
{
    uint32_t index =
        lq_record_pool_take(&core->execution_pool, lq_core_tables_execution_links(core));

    if (index == 0) {
        return 0;
    }
    struct lq_core_execution *execution = &core->executions[index];
    /* The texts at the end need only their first byte cleared. */
    memset(execution, 0, offsetof(struct lq_core_execution, request.tenant));
    execution->request.tenant[0] = '\0';
    execution->request.name[0] = '\0';
    execution->counter = (++core->execution_serial << 16) | index;
    execution->kind = (uint8_t)kind;
    execution->opened_ns = now_ns;
    core->executions_open++;
    return index;
}

/* Alone, a command's look-up says what became of it and of no other. */
static uint32_t commands_to_take(const struct lq_broker_core *core,
                                 const struct lq_core_session *session)
{
    if (lq_session_standing_is_still(session)) {
        return 1;
    }
    return session->bisect_left > 0 ? session->bisect_limit : core->config.batch_commands_max;
}

/* What is due: a new rate by itself, or a step of the grid and what waits. */
static void fill_tick(struct lq_broker_core *core, struct lq_core_session *session,
                      struct lq_core_tick *tick)
{
    tick->looks_up = lq_session_standing_is_still(session);
    tick->missed = session->missed;
    if (session->rate_due && !tick->looks_up) {
        tick->rate = session->next_rate;
        return;
    }
    tick->steps = session->tick_due ? 1 : 0;
    tick->due_ns = session->tick_due ? session->due_ns : 0;
    session->tick_due = false;
    tick->commands = lq_index_list_take_front(&session->mailbox, lq_core_tables_command_links(core),
                                              commands_to_take(core, session));
}

void lq_execution_open(struct lq_broker_core *core, uint32_t index, uint64_t now_ns)
{
    struct lq_core_session *session = &core->sessions[index];
    uint32_t taken = lq_execution_take(core, LQ_EXECUTION_TICK, now_ns);
    struct lq_core_execution *execution = &core->executions[taken];
    struct lq_core_tick *tick = &execution->tick;

    LQ_ASSERT(taken != 0);
    execution->partition = session->partition;
    execution->tenant = session->tenant;
    tick->session = index;
    session->execution = taken;
    fill_tick(core, session, tick);
    core->tenants[session->tenant].executions++;
    lq_task_begin(core, taken, core->config.pipeline.start, (struct lq_payload){0});
}

static void end_request(struct lq_broker_core *core, uint32_t tenant)
{
    core->tenants[tenant].requests--;
    if (tenant != 0) {
        lq_tenant_settle(core, tenant);
    }
}

void lq_execution_close(struct lq_broker_core *core, uint32_t index, struct lq_broker_effects *out)
{
    struct lq_core_execution *execution = &core->executions[index];
    uint32_t session = execution->tick.session;

    LQ_ASSERT(execution->tick.commands.count == 0);
    lq_task_end(core, execution->task, out);
    execution->counter = 0;
    execution->task = 0;
    lq_record_pool_give(&core->execution_pool, lq_core_tables_execution_links(core), index);
    core->executions_open--;
    if (session == 0) {
        core->tenants[0].executions--;
        end_request(core, execution->tenant);
        return;
    }
    LQ_ASSERT(core->sessions[session].execution == index);
    core->sessions[session].execution = 0;
    core->tenants[core->sessions[session].tenant].executions--;
    lq_tenant_ring_add(core, core->sessions[session].tenant);
    lq_tenant_ring_consider(core, session);
    lq_session_release(core, session);
}

static void go_on_after_bisect(struct lq_core_session *session, uint32_t passed)
{
    if (session->bisect_left == 0) {
        return;
    }
    session->bisect_left = session->bisect_left > passed ? session->bisect_left - passed : 0;
}

/* Tell of the frame, now or when the table has it. Returns whether the reference to its world is
 * kept until then. */
static bool publish(struct lq_broker_core *core, const struct lq_core_tick *tick,
                    const struct lq_result_item *item, const struct lq_payload *world,
                    struct lq_broker_effects *out)
{
    const struct lq_core_session *session = &core->sessions[tick->session];
    struct lq_core_needs needs = lq_held_answers_needs(item);
    struct lq_broker_effect *effect = lq_effect_list_add(out, LQ_EFFECT_PUBLISH);

    effect->publish.names = lq_session_names(core, session);
    effect->publish.frame = item->frame;
    effect->publish.steps = tick->steps;
    effect->publish.command_count = tick->commands.count;
    effect->publish.due_ns = tick->due_ns;
    effect->publish.committed_ns = core->now_ns;
    effect->publish.world = *world;
    effect->publish.play_bytes = item->tail_bytes;
    memcpy(effect->publish.hash, item->hash, sizeof effect->publish.hash);
    bool waits = lq_held_answers_waits(core, session->tenant, &needs);
    if (waits && !lq_tenant_quota_spares(core, session->tenant, world->bytes)) {
        effect->publish.world = (struct lq_payload){0};
        effect->publish.play_bytes = 0;
    }
    bool keeps = waits && effect->publish.world.buffer != 0;
    (void)lq_held_answers_take(core, session->tenant, &needs, out);
    return keeps;
}

void lq_execution_committed(struct lq_broker_core *core, uint32_t index,
                            const struct lq_result_item *item, const struct lq_payload *world,
                            struct lq_broker_effects *out)
{
    struct lq_core_execution *execution = &core->executions[index];
    const struct lq_core_tick *tick = &execution->tick;
    struct lq_core_session *session = &core->sessions[tick->session];
    struct lq_core_needs needs = lq_held_answers_needs(item);
    bool keeps_world = publish(core, tick, item, world, out);

    core->newest_sequence = item->ledger_sequence > core->newest_sequence ? item->ledger_sequence
                                                                          : core->newest_sequence;
    core->counters.ticks_committed++;
    lq_tenant_load_ticked(core, session->tenant);
    session->deaths_in_row = 0;
    session->missed -= tick->missed < session->missed ? tick->missed : session->missed;
    go_on_after_bisect(session, tick->commands.count);
    if (session->revive_letter != 0 && tick->steps > 0) {
        lq_dead_letter_end_tick(core, session, item->frame, out);
        (void)lq_held_answers_take(core, session->tenant, &needs, out);
    }
    lq_command_answer_outcomes(core, execution, item, out);
    lq_session_standing_rated(core, tick, out);
    lq_execution_close(core, index, out);
    if (!keeps_world && world->buffer != 0) {
        lq_effect_list_add(out, LQ_EFFECT_RELEASE)->release.buffer = world->buffer;
    }
}

static bool never_ticks_again(struct lq_view error)
{
    return lq_view_equal(error, lq_view_text(LQ_ERROR_SESSION_UNKNOWN)) ||
           lq_view_equal(error, lq_view_text(LQ_ERROR_SESSION_DELETED)) ||
           lq_view_equal(error, lq_view_text(LQ_ERROR_TENANT_SHREDDED));
}

void lq_execution_ended(struct lq_broker_core *core, uint32_t index,
                        const struct lq_result_item *item, struct lq_broker_effects *out)
{
    struct lq_core_execution *execution = &core->executions[index];
    const struct lq_core_tick *tick = &execution->tick;
    struct lq_core_session *session = &core->sessions[tick->session];

    session->deaths_in_row = 0;
    go_on_after_bisect(session, tick->commands.count);
    if (item->outcome_count > 0 && item->outcome_count == tick->commands.count) {
        lq_command_answer_outcomes(core, execution, item, out);
    } else {
        struct lq_view reason = item->error.bytes > 0 ? item->error : lq_view_text("ENDED");
        lq_command_answer_refuse(core, execution, reason, out);
        if (never_ticks_again(item->error)) {
            lq_session_standing_forget(core, tick->session, out);
        } else if (item->error.bytes == 0) {
            lq_session_standing_rated(core, tick, out); /* the record had it already */
        }
    }
    lq_execution_close(core, index, out);
}

bool lq_execution_only_looks(const struct lq_broker_core *core, uint32_t index)
{
    const struct lq_core_tick *tick = &core->executions[index].tick;

    return tick->looks_up && lq_session_standing_is_still(&core->sessions[tick->session]);
}

void lq_execution_looked_up(struct lq_broker_core *core, uint32_t index, const char *reason,
                            struct lq_broker_effects *out)
{
    struct lq_core_execution *execution = &core->executions[index];

    LQ_ASSERT(lq_execution_only_looks(core, index));
    LQ_ASSERT(execution->tick.steps == 0);
    lq_command_answer_refuse(core, execution, lq_view_text(reason), out);
    lq_execution_close(core, index, out);
}

void lq_execution_reopen(struct lq_broker_core *core, uint32_t index, struct lq_broker_effects *out)
{
    struct lq_core_execution *execution = &core->executions[index];

    lq_mailbox_put_back(core, execution->tick.session, &execution->tick.commands);
    lq_grid_restore(core, index);
    lq_execution_close(core, index, out);
}
