// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "broker/core/partition.h"

#include "base/error_name.h"
#include "broker/core/task_queue.h"

void lq_partition_open_all(struct lq_broker_core *core)
{
    const struct lq_plan *pipeline = &core->config.pipeline;

    for (uint32_t partition = 0; partition < LQ_PARTITIONS_MAX; partition++) {
        for (uint32_t index = 0; index < pipeline->state_count; index++) {
            const struct lq_plan_state *state = &pipeline->states[index];
            struct lq_queue_key key = {.stage = lq_view_text(state->stage),
                                       .version = state->version,
                                       .partition = partition};
            core->partitions[partition].queue_of_state[index] =
                (uint8_t)lq_task_queue_open(core, &key, state->timeout_ms);
        }
    }
}

uint32_t lq_partition_persist_queue(const struct lq_broker_core *core, uint32_t partition)
{
    return core->partitions[partition].queue_of_state[core->config.pipeline.persist];
}

const char *lq_partition_barred(const struct lq_broker_core *core, uint32_t partition)
{
    if (lq_task_queue_paused(core, lq_partition_persist_queue(core, partition))) {
        return LQ_REASON_BROKER_PAUSED ": the store takes no work at the moment";
    }
    if (core->executions_open >= core->config.executions_max) {
        return LQ_REASON_BROKER_FULL ": too many executions are open";
    }
    if (core->payload_bytes >= core->config.payload_bytes_max) {
        return LQ_REASON_BROKER_FULL ": too many bytes are under way";
    }
    return NULL;
}

uint32_t lq_partition_writer(const struct lq_broker_core *core, uint32_t partition)
{
    uint32_t queue = lq_partition_persist_queue(core, partition);

    for (uint32_t index = 1; index <= core->actors_top; index++) {
        const struct lq_core_actor *actor = &core->actors[index];
        if (actor->queue == queue && !actor->retiring &&
            (actor->state == LQ_ACTOR_READY || actor->state == LQ_ACTOR_PAUSED)) {
            return index;
        }
    }
    return 0;
}
