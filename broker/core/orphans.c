// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "broker/core/orphans.h"

#include "broker/core/batch.h"
#include "broker/core/doubt.h"
#include "broker/core/retry.h"
#include "broker/core/task.h"
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
            lq_batch_leave(core, index, 0, 0);
            if (lq_doubt_is_at(core, &core->tasks[index])) {
                lq_doubt_enter(core, index);
            } else {
                core->tasks[index].phase = LQ_TASK_ORPHANED;
                lq_index_list_prepend(&actor->orphans, lq_core_tables_task_links(core), index);
            }
        }
        lq_batch_end(core, batch_index);
    }
}

void lq_orphans_release(struct lq_broker_core *core, uint32_t actor_index, uint32_t suspect,
                        uint64_t now_ns, struct lq_broker_effects *out)
{
    struct lq_core_actor *actor = &core->actors[actor_index];

    while (actor->orphans.count > 0) {
        uint32_t index = lq_index_list_take_first(&actor->orphans, lq_core_tables_task_links(core));
        struct lq_core_task *task = &core->tasks[index];
        if (index == suspect && task->alone) {
            lq_retry_charge_crash(core, index, now_ns, out);
            continue;
        }
        task->alone = task->alone || index == suspect;
        lq_task_queue_push_front(core, index);
    }
}

uint32_t lq_orphans_find_suspect(const struct lq_broker_core *core, struct lq_execution_id suspect)
{
    return suspect.epoch == core->config.epoch ? lq_task_find(core, suspect.counter) : 0;
}

void lq_orphans_blame(struct lq_broker_core *core, uint32_t suspect)
{
    struct lq_core_task *task = &core->tasks[suspect];

    /* Orphans are judged one by one in lq_orphans_release(); here are those that are elsewhere. A
     * queued one is moved aside when its turn comes. */
    if (task->phase == LQ_TASK_DOUBT) {
        if (task->leased_alone) {
            task->owed = LQ_OWED_CRASH;
        }
        task->alone = true;
    } else if (task->phase == LQ_TASK_QUEUED) {
        task->alone = true;
    }
}
