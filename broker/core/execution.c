// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "broker/core/execution.h"

#include "base/error_name.h"
#include "broker/core/command_answer.h"
#include "broker/core/effect_list.h"
#include "broker/core/grid.h"
#include "broker/core/mailbox.h"
#include "broker/core/parking.h"
#include "broker/core/session.h"
#include "broker/core/task_queue.h"
#include "broker/core/tenant_ring.h"

uint32_t lq_execution_find(const struct lq_broker_core *core, uint64_t counter)
{
    uint32_t index = (uint32_t)(counter & 0xffff);

    if (index == 0 || index > core->executions_top || core->executions[index].counter != counter) {
        return 0;
    }
    return index;
}

const char *lq_execution_barred(const struct lq_broker_core *core)
{
    if (lq_task_queue_paused(core, core->config.pipeline.persist)) {
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

/* Alone, a command's look-up says what became of it and of no other. */
static uint32_t commands_to_take(const struct lq_broker_core *core,
                                 const struct lq_core_session *session)
{
    if (session->parked) {
        return 1;
    }
    return session->bisect_left > 0 ? session->bisect_limit : core->config.batch_commands_max;
}

void lq_execution_open(struct lq_broker_core *core, uint32_t index, uint64_t now_ns)
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
    lq_mailbox_move(core, session, execution, commands_to_take(core, session));
    core->executions_open++;
    core->tenants[session->tenant].executions++;
    lq_task_queue_enter(core, taken, core->config.pipeline.start);
}

void lq_execution_close(struct lq_broker_core *core, uint32_t index, struct lq_broker_effects *out)
{
    struct lq_core_execution *execution = &core->executions[index];
    uint32_t session = execution->session;

    LQ_ASSERT(execution->commands_first == 0);
    lq_effect_list_release(core, &execution->payload, out);
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

void lq_execution_committed(struct lq_broker_core *core, uint32_t index,
                            const struct lq_result_item *item, struct lq_payload *world,
                            struct lq_broker_effects *out)
{
    struct lq_core_execution *execution = &core->executions[index];
    struct lq_core_session *session = &core->sessions[execution->session];
    struct lq_broker_effect *effect = lq_effect_list_add(out, LQ_EFFECT_PUBLISH);

    effect->publish.session = execution->session;
    effect->publish.frame = item->frame;
    effect->publish.steps = execution->steps;
    effect->publish.command_count = execution->command_count;
    effect->publish.due_ns = execution->due_ns;
    effect->publish.world = *world;
    memcpy(effect->publish.hash, item->hash, sizeof effect->publish.hash);
    core->counters.ticks_committed++;
    session->deaths_in_row = 0;
    session->missed -= execution->missed < session->missed ? execution->missed : session->missed;
    go_on_after_bisect(session, execution->command_count);
    if (session->revive_letter != 0 && execution->steps > 0) {
        lq_effect_list_letter_done(out, session->revive_letter, item->frame);
        session->revive_letter = 0;
        core->letters.open -= core->letters.open > 0;
    }
    lq_command_answer_outcomes(core, execution, item, out);
    lq_execution_close(core, index, out);
}

void lq_execution_ended(struct lq_broker_core *core, uint32_t index,
                        const struct lq_result_item *item, struct lq_broker_effects *out)
{
    struct lq_core_execution *execution = &core->executions[index];
    struct lq_core_session *session = &core->sessions[execution->session];

    session->deaths_in_row = 0;
    go_on_after_bisect(session, execution->command_count);
    if (item->outcome_count > 0 && item->outcome_count == execution->command_count) {
        lq_command_answer_outcomes(core, execution, item, out);
    } else {
        struct lq_view reason = item->error.bytes > 0 ? item->error : lq_view_text("ENDED");
        lq_command_answer_refuse(core, execution, reason, out);
        if (session->rate_numerator > 0 &&
            lq_view_equal(item->error, lq_view_text(LQ_ERROR_SESSION_UNKNOWN))) {
            lq_grid_set_rate(core, execution->session, 0, 1, 0);
            lq_effect_list_add(out, LQ_EFFECT_STORE_NOT_LIVE)->session.index = execution->session;
            lq_parking_end_revival(core, execution->session, out);
        }
    }
    lq_execution_close(core, index, out);
}

void lq_execution_parked(struct lq_broker_core *core, uint32_t index, const char *reason,
                         struct lq_broker_effects *out)
{
    struct lq_core_execution *execution = &core->executions[index];

    LQ_ASSERT(core->sessions[execution->session].parked);
    LQ_ASSERT(execution->steps == 0);
    lq_command_answer_refuse(core, execution, lq_view_text(reason), out);
    lq_execution_close(core, index, out);
}

void lq_execution_conflicted(struct lq_broker_core *core, uint32_t index,
                             struct lq_broker_effects *out)
{
    struct lq_core_execution *execution = &core->executions[index];

    core->counters.conflicts++;
    if (execution->session == 0) {
        lq_task_queue_push(core, index);
        return;
    }
    lq_mailbox_put_back(core, execution->session, execution->commands_first,
                        execution->command_count);
    execution->commands_first = 0;
    execution->command_count = 0;
    lq_grid_restore(core, index);
    lq_execution_close(core, index, out);
}
