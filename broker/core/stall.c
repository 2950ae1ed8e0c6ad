// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "broker/core/stall.h"

static void stall_batch(struct lq_broker_core *core, uint32_t index, uint64_t gap_ns)
{
    const struct lq_core_batch *batch = &core->batches[index];
    struct lq_timer timer = lq_timer_of(LQ_TIMER_BATCH, index);

    lq_timer_heap_set(&core->timers, timer, lq_timer_heap_due_ns(&core->timers, timer) + gap_ns);
    core->batches[index].dispatched_ns += gap_ns;
    for (uint32_t slot = 0; slot < batch->count; slot++) {
        if (batch->items[slot] != 0) {
            core->tasks[batch->items[slot]].leased_ns += gap_ns;
        }
    }
}

void lq_stall_forgive(struct lq_broker_core *core, uint64_t gap_ns)
{
    for (uint32_t index = 1; index <= core->actors_top; index++) {
        struct lq_core_actor *actor = &core->actors[index];
        struct lq_timer timer = lq_timer_of(LQ_TIMER_ACTOR, index);
        if (actor->state == 0) {
            continue;
        }
        actor->last_heard_ns += gap_ns;
        actor->found_ns += gap_ns;
        if (lq_timer_heap_due_ns(&core->timers, timer) != LQ_TIMER_NEVER) {
            lq_timer_heap_set(&core->timers, timer,
                              lq_timer_heap_due_ns(&core->timers, timer) + gap_ns);
        }
        for (uint32_t place = 0; place < actor->batch_count; place++) {
            stall_batch(core, actor->batches[place], gap_ns);
        }
    }
}
