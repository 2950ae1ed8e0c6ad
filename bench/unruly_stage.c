// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* lq-unruly: a stage for bench/noisy that crashes or burns CPU time when a Custom command tells it
 * to (unruly_order.h). Worlds stay as they are; every Custom command is applied. */
#include "actors/runtime/tick_stage.h"
#include "base/clock.h"
#include "bench/unruly_order.h"

#include <stdlib.h>
#include <time.h>

#define UNRULY_NAME "unruly"
#define UNRULY_VERSION 1u

static uint64_t thread_cpu_ns(void)
{
    struct timespec used;
    int rc = clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);

    LQ_ASSERT(rc == 0);
    return (uint64_t)used.tv_sec * LQ_NS_PER_S + (uint64_t)used.tv_nsec;
}

static void obey(const struct lq_unruly_order *order)
{
    uint64_t until_ns = thread_cpu_ns() + order->burn_ms * LQ_NS_PER_MS;

    if (order->deed == LQ_UNRULY_CRASH) {
        abort();
    }
    while (order->deed == LQ_UNRULY_BURN && thread_cpu_ns() < until_ns) {
    }
}

static enum lq_result step(struct lq_tick *tick, struct lq_stage_failure *failure)
{
    (void)failure;
    for (uint32_t index = 0; index < tick->command_count; index++) {
        struct lq_command *command = &tick->commands[index];
        if (command->kind == LQ_COMMAND_CUSTOM && command->outcome == LQ_OUTCOME_PENDING) {
            const struct lq_unruly_order order = lq_unruly_order_read(command->custom);
            obey(&order);
            command->outcome = LQ_OUTCOME_APPLIED;
        }
    }
    return LQ_OK;
}

int main(int argc, char **argv)
{
    return lq_actor_run_tick_stage(argc, argv, UNRULY_NAME, UNRULY_VERSION, step);
}
