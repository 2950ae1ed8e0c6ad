// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "broker/core/lease.h"

#include "broker/core/batch.h"
#include "broker/core/doubt.h"
#include "broker/core/retry.h"
#include "broker/core/task_queue.h"

void lq_lease_lose(struct lq_broker_core *core, uint32_t index)
{
    if (lq_doubt_is_at(core, &core->tasks[index])) {
        lq_doubt_enter(core, index);
    } else {
        lq_task_queue_push_front(core, index);
    }
}

/* A lease ran out. While alone at an actor that takes work this is the item's own fault, which at
 * persist is settled when the doubt is; else it becomes a suspect, no more. */
static void expire_item(struct lq_broker_core *core, uint32_t index, bool serving, uint64_t now_ns,
                        struct lq_broker_effects *out)
{
    struct lq_core_task *task = &core->tasks[index];
    bool guilty = serving && task->leased_alone;

    if (guilty && !lq_doubt_is_at(core, task)) {
        lq_retry_charge_timeout(core, index, "the lease ran out while this tick was alone", now_ns,
                                out);
        return;
    }
    task->alone = true;
    lq_lease_lose(core, index);
    if (guilty) {
        task->owed = LQ_OWED_TIMEOUT;
    }
}

void lq_lease_expired(struct lq_broker_core *core, uint32_t batch_index, uint64_t now_ns,
                      struct lq_broker_effects *out)
{
    struct lq_core_batch *batch = &core->batches[batch_index];
    bool serving = core->actors[batch->actor].state == LQ_ACTOR_READY;

    uint64_t lost_ns = batch->left > 0 ? (now_ns - batch->dispatched_ns) / batch->left : 0;

    for (uint32_t slot = 0; slot < batch->count; slot++) {
        uint32_t index = batch->items[slot];
        if (index != 0) {
            lq_batch_leave(core, index, lost_ns, 0);
            expire_item(core, index, serving, now_ns, out);
        }
    }
    lq_batch_end(core, batch_index);
}
