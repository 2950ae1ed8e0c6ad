// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "broker/core/orphans.h"

#include "base/error_name.h"
#include "broker/core/batch.h"
#include "broker/core/doubt.h"
#include "broker/core/retry.h"
#include "broker/core/task_queue.h"

void lq_orphans_take(struct lq_broker_core *core, uint32_t actor_index)
{
    struct lq_core_actor *actor = &core->actors[actor_index];

    while (actor->batch_count > 0) {
        uint32_t batch_index = actor->batches[actor->batch_count - 1];
        struct lq_core_batch *batch = &core->batches[batch_index];
        for (uint32_t slot = 0; slot < batch->count; slot++) {
            uint32_t index = batch->items[slot];
            if (index == 0) {
                continue;
            }
            lq_batch_leave(core, index);
            if (lq_doubt_is_at(core, &core->executions[index])) {
                lq_doubt_enter(core, index);
            } else {
                core->executions[index].state = LQ_EXECUTION_ORPHANED;
                core->executions[index].next = actor->orphans_first;
                actor->orphans_first = index;
            }
        }
        lq_batch_end(core, batch_index);
    }
}

void lq_orphans_release(struct lq_broker_core *core, uint32_t actor_index, uint32_t suspect,
                        uint64_t now_ns, struct lq_broker_effects *out)
{
    struct lq_core_actor *actor = &core->actors[actor_index];

    while (actor->orphans_first != 0) {
        uint32_t index = actor->orphans_first;
        struct lq_core_execution *execution = &core->executions[index];
        actor->orphans_first = execution->next;
        if (index == suspect && execution->alone) {
            lq_retry_charge(core, index, lq_view_text(LQ_ERROR_ACTOR_CRASHED),
                            lq_view_text("its actor died while it worked on this tick alone"), 0,
                            now_ns, out);
            continue;
        }
        execution->alone = execution->alone || index == suspect;
        lq_task_queue_push_front(core, index);
    }
}

uint32_t lq_orphans_find_suspect(const struct lq_broker_core *core, struct lq_execution_id suspect)
{
    uint32_t index = (uint32_t)(suspect.counter & 0xffff);

    if (suspect.epoch != core->config.epoch || index == 0 || index > core->executions_top ||
        core->executions[index].counter != suspect.counter) {
        return 0;
    }
    return index;
}

void lq_orphans_blame(struct lq_broker_core *core, uint32_t suspect)
{
    struct lq_core_execution *execution = &core->executions[suspect];

    /* Orphans are judged one by one in lq_orphans_release(); here are those that are elsewhere. A
     * queued one is moved aside when its turn comes. */
    if (execution->state == LQ_EXECUTION_DOUBT) {
        if (execution->leased_alone) {
            execution->owed = LQ_OWED_CRASH;
        }
        execution->alone = true;
    } else if (execution->state == LQ_EXECUTION_QUEUED) {
        execution->alone = true;
    }
}
