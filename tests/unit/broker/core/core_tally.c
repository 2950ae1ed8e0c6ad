// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "tests/unit/broker/core/core_tally.h"

void lq_core_tally_hold(struct lq_core_tally *tally, const struct lq_payload *payload)
{
    if (payload->buffer != 0) {
        LQ_ASSERT(payload->buffer < tally->buffer_count);
        tally->held[payload->buffer]++;
        tally->payload_bytes += payload->bytes;
    }
}

void lq_core_tally_place(struct lq_core_tally *tally, uint32_t index, uint8_t phase)
{
    const struct lq_core_task *task = &tally->core->tasks[index];

    LQ_ASSERT(index <= tally->core->task_pool.top);
    LQ_ASSERT(tally->core->executions[task->execution].task == index);
    LQ_ASSERT(task->phase == phase);
    LQ_ASSERT(!tally->placed[index]);
    tally->placed[index] = true;
}

void lq_core_tally_place_list(struct lq_core_tally *tally, const struct lq_index_list *list,
                              uint8_t phase, uint32_t queue)
{
    const struct lq_broker_core *core = tally->core;
    uint32_t seen = 0;
    uint32_t end = 0;

    for (uint32_t index = list->first; index != 0; index = core->tasks[index].next) {
        lq_core_tally_place(tally, index, phase);
        LQ_ASSERT(queue == 0 || core->tasks[index].queue == queue);
        seen++;
        end = index;
    }
    LQ_ASSERT(seen == list->count);
    LQ_ASSERT(end == list->last);
}
