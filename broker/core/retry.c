// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "broker/core/retry.h"

#include "base/clock.h"
#include "base/error_name.h"
#include "broker/core/culprit.h"

static bool retry(struct lq_broker_core *core, uint32_t index, uint64_t now_ns)
{
    struct lq_core_execution *execution = &core->executions[index];
    const struct lq_plan *pipeline = &core->config.pipeline;
    const struct lq_plan_state *state = &pipeline->states[execution->stage];
    uint32_t chosen = lq_plan_find_retrier(state, execution->error);

    if (chosen == LQ_RETRIERS_MAX ||
        execution->retries[chosen] >= state->retriers[chosen].attempts_max) {
        return false;
    }
    if (execution->charged_ns > pipeline->tick_timeout_ms * LQ_NS_PER_MS) {
        lq_core_tables_copy_text(execution->error, sizeof execution->error,
                                 lq_view_text(LQ_ERROR_STATES_TIMEOUT));
        lq_core_tables_copy_text(
            execution->cause, sizeof execution->cause,
            lq_view_text("the tick's own tries and delays took longer than tick_timeout_ms"));
        return false;
    }
    uint32_t number = ++execution->retries[chosen];
    uint64_t delay_ns =
        lq_plan_retry_delay_ns(&state->retriers[chosen], number, lq_core_tables_random(core));
    execution->charged_ns += delay_ns;
    execution->state = LQ_EXECUTION_DELAYED;
    core->queues[execution->stage].delayed++;
    core->queues[execution->stage].retries++;
    core->counters.retries++;
    lq_timer_heap_set(&core->timers, lq_core_tables_execution_timer(core, index),
                      now_ns + delay_ns);
    return true;
}

void lq_retry_charge(struct lq_broker_core *core, uint32_t index, struct lq_view error,
                     struct lq_view cause, uint32_t command_at_fault, uint64_t now_ns,
                     struct lq_broker_effects *out)
{
    struct lq_core_execution *execution = &core->executions[index];

    lq_core_tables_copy_text(execution->error, sizeof execution->error, error);
    lq_core_tables_copy_text(execution->cause, sizeof execution->cause, cause);
    execution->tries++;
    execution->charged_ns += now_ns - execution->leased_ns;
    core->queues[execution->stage].failures++;
    if (!retry(core, index, now_ns)) {
        lq_culprit_find(core, index, command_at_fault, out);
    }
}
