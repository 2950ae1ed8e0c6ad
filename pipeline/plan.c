// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "pipeline/plan.h"

#include "base/clock.h"
#include "base/error_name.h"

uint32_t lq_plan_find_stage(const struct lq_plan *plan, struct lq_view stage)
{
    for (uint32_t state = 0; state < plan->state_count; state++) {
        if (lq_view_equal(lq_view_text(plan->states[state].stage), stage)) {
            return state;
        }
    }
    return LQ_STATE_NONE;
}

static bool error_matches(const char *pattern, const char *error)
{
    if (strcmp(pattern, LQ_ERROR_STATES_ALL) == 0) {
        return true;
    }
    if (strcmp(pattern, LQ_ERROR_STATES_TASK_FAILED) == 0) {
        return strcmp(error, LQ_ERROR_STATES_TIMEOUT) != 0;
    }
    return strcmp(pattern, error) == 0;
}

uint32_t lq_plan_find_retrier(const struct lq_plan_state *state, const char *error)
{
    for (uint32_t retrier = 0; retrier < state->retrier_count; retrier++) {
        const struct lq_retrier *candidate = &state->retriers[retrier];
        for (uint32_t index = 0; index < candidate->error_count; index++) {
            if (error_matches(candidate->errors[index], error)) {
                return retrier;
            }
        }
    }
    return LQ_RETRIERS_MAX;
}

uint64_t lq_plan_retry_delay_ns(const struct lq_retrier *retrier, uint32_t retry, uint64_t random)
{
    LQ_ASSERT(retry >= 1);
    double delay_ms = retrier->interval_ms;
    double most_ms = retrier->delay_max_ms;

    for (uint32_t step = 1; step < retry && delay_ms < most_ms; step++) {
        delay_ms *= retrier->backoff_rate;
    }
    if (delay_ms > most_ms) {
        delay_ms = most_ms;
    }
    if (retrier->jitter == LQ_JITTER_FULL) {
        /* 53 bits make every double of [0, 1] on that grid equally likely. */
        delay_ms *= (double)(random >> 11) * 0x1p-53;
    }
    return (uint64_t)(delay_ms * (double)LQ_NS_PER_MS);
}
