// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "broker/core/retry.h"

#include "base/clock.h"
#include "base/error_name.h"
#include "broker/core/culprit.h"
#include "broker/core/flow.h"
#include "broker/core/task_queue.h"

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
    struct lq_core_task *task = &core->tasks[index];
    const struct lq_plan *pipeline = &core->config.pipeline;
    const struct lq_plan_state *state = &pipeline->states[task->state];
    uint32_t chosen = lq_plan_find_retrier(state, task->error);

    if (chosen == LQ_RETRIERS_MAX ||
        task->retries[chosen] >= state->retriers[chosen].attempts_max) {
        return false;
    }
    if (core->executions[task->execution].charged_ns > pipeline->tick_timeout_ms * LQ_NS_PER_MS) {
        lq_core_tables_copy_text(task->error, sizeof task->error,
                                 lq_view_text(LQ_ERROR_STATES_TIMEOUT));
        lq_core_tables_copy_text(
            task->cause, sizeof task->cause,
            lq_view_text("the tick's own tries and delays took longer than tick_timeout_ms"));
        return false;
    }
    uint32_t number = ++task->retries[chosen];
    uint64_t delay_ns = lq_plan_retry_delay_ns(&state->retriers[chosen], number, draw(core));
    core->executions[task->execution].charged_ns += delay_ns;
    task->phase = LQ_TASK_DELAYED;
    core->queues[task->queue].delayed++;
    core->queues[task->queue].retries++;
    core->counters.retries++;
    lq_timer_heap_set(&core->timers, lq_timer_of(LQ_TIMER_TASK, index), now_ns + delay_ns);
    return true;
}

void lq_retry_charge(struct lq_broker_core *core, uint32_t index, const struct lq_failure *failure,
                     uint64_t now_ns, struct lq_broker_effects *out)
{
    struct lq_core_task *task = &core->tasks[index];

    lq_core_tables_copy_text(task->error, sizeof task->error, failure->error);
    lq_core_tables_copy_text(task->cause, sizeof task->cause, failure->cause);
    task->tries++;
    core->executions[task->execution].charged_ns += now_ns - task->leased_ns;
    core->queues[task->queue].failures++;
    if (!retry(core, index, now_ns)) {
        lq_culprit_find(core, task->execution, failure->command_at_fault, out);
    }
}

void lq_retry_charge_crash(struct lq_broker_core *core, uint32_t index, uint64_t now_ns,
                           struct lq_broker_effects *out)
{
    struct lq_failure crash = {
        .error = lq_view_text(LQ_ERROR_ACTOR_CRASHED),
        .cause = lq_view_text("its actor died while it worked on this tick alone")};

    /* It cost others as much as its whole lease; the next of its kind shall cost them nothing. */
    lq_flow_distrust(core, index);
    lq_flow_charge(core, index, core->queues[core->tasks[index].queue].timeout_ms * LQ_NS_PER_MS);
    lq_retry_charge(core, index, &crash, now_ns, out);
}

void lq_retry_charge_timeout(struct lq_broker_core *core, uint32_t index, const char *cause,
                             uint64_t now_ns, struct lq_broker_effects *out)
{
    struct lq_failure timeout = {.error = lq_view_text(LQ_ERROR_STATES_TIMEOUT),
                                 .cause = lq_view_text(cause)};

    lq_retry_charge(core, index, &timeout, now_ns, out);
}

void lq_retry_due(struct lq_broker_core *core, uint32_t index)
{
    struct lq_core_task *task = &core->tasks[index];

    LQ_ASSERT(task->phase == LQ_TASK_DELAYED);
    core->queues[task->queue].delayed--;
    lq_task_queue_push(core, index);
}
