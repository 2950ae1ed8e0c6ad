// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "broker/core/retry.h"

#include "base/clock.h"
#include "broker/core/culprit.h"

/* splitmix64 (Steele, Lea, Flood 2014). */
static uint64_t draw(struct lq_broker_core *core)
{
    uint64_t mixed = core->random += UINT64_C(0x9e3779b97f4a7c15);

    mixed = (mixed ^ (mixed >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    mixed = (mixed ^ (mixed >> 27)) * UINT64_C(0x94d049bb133111eb);
    return mixed ^ (mixed >> 31);
}

static bool retry(struct lq_broker_core *core, uint32_t index, uint64_t now_ns)
{
    struct lq_core_execution *execution = &core->executions[index];
    const struct lq_pipeline *pipeline = &core->config.pipeline;
    const struct lq_pipeline_state *state = &pipeline->states[execution->stage];
    uint32_t chosen = lq_pipeline_find_retrier(state, execution->error);

    if (chosen == LQ_RETRIERS_MAX ||
        execution->retries[chosen] >= state->retriers[chosen].attempts_max) {
        return false;
    }
    if (execution->charged_ns > pipeline->tick_timeout_ms * LQ_NS_PER_MS) {
        lq_core_tables_copy_text(execution->error, sizeof execution->error,
                                 lq_view_text("States.Timeout"));
        lq_core_tables_copy_text(
            execution->cause, sizeof execution->cause,
            lq_view_text("the tick's own tries and delays took longer than tick_timeout_ms"));
        return false;
    }
    uint32_t number = ++execution->retries[chosen];
    uint64_t delay_ns = lq_pipeline_retry_delay_ns(&state->retriers[chosen], number, draw(core));
    execution->charged_ns += delay_ns;
    execution->state = LQ_EXECUTION_DELAYED;
    core->queues[execution->stage].delayed++;
    core->queues[execution->stage].retries++;
    core->counters.retries++;
    lq_timer_heap_set(&core->timers, lq_timer_of(LQ_TIMER_TASK, index), now_ns + delay_ns);
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
