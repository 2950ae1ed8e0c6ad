// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "broker/core/doubt.h"

#include "base/clock.h"
#include "broker/core/effect_list.h"
#include "broker/core/partition.h"

#define RESOLVE_AGAIN_MS 1000u

bool lq_doubt_is_at(const struct lq_broker_core *core, const struct lq_core_task *task)
{
    return task->state == core->config.pipeline.persist;
}

/* The doubtful of its partition. */
static struct lq_index_list *doubt_of(struct lq_broker_core *core, const struct lq_core_task *task)
{
    return &core->partitions[core->executions[task->execution].partition].doubt;
}

void lq_doubt_enter(struct lq_broker_core *core, uint32_t index)
{
    struct lq_core_task *task = &core->tasks[index];

    task->phase = LQ_TASK_DOUBT;
    task->owed = LQ_OWED_NOTHING;
    task->resolving = false;
    lq_index_list_append(doubt_of(core, task), lq_core_tables_task_links(core), index);
}

void lq_doubt_leave(struct lq_broker_core *core, uint32_t index)
{
    lq_index_list_remove(doubt_of(core, &core->tasks[index]), lq_core_tables_task_links(core),
                         index);
    lq_timer_heap_stop(&core->timers, lq_timer_of(LQ_TIMER_TASK, index));
}

void lq_doubt_enter_late(struct lq_broker_core *core, uint32_t index, bool guilty)
{
    struct lq_core_task *task = &core->tasks[index];

    task->alone = true;
    lq_doubt_enter(core, index);
    if (guilty) {
        task->owed = LQ_OWED_TIMEOUT;
    }
}

static bool resolve_partition(struct lq_broker_core *core, uint32_t partition, uint64_t now_ns,
                              struct lq_broker_effects *out)
{
    const struct lq_index_list *doubt = &core->partitions[partition].doubt;
    uint32_t writer = doubt->count > 0 ? lq_partition_writer(core, partition) : 0;

    if (writer == 0) {
        return true;
    }
    for (uint32_t index = doubt->first; index != 0; index = core->tasks[index].next) {
        if (core->tasks[index].resolving) {
            continue;
        }
        if (out->count_max - out->count < 2) {
            return false;
        }
        struct lq_broker_effect *effect = lq_effect_list_add(out, LQ_EFFECT_RESOLVE);
        effect->resolve.actor = writer;
        effect->resolve.execution = core->tasks[index].execution;
        effect->resolve.fence = core->batch_serial;
        core->tasks[index].resolving = true;
        core->counters.resolves++;
        lq_timer_heap_set(&core->timers, lq_timer_of(LQ_TIMER_TASK, index),
                          now_ns + RESOLVE_AGAIN_MS * LQ_NS_PER_MS);
    }
    return true;
}

void lq_doubt_resolve(struct lq_broker_core *core, uint64_t now_ns, struct lq_broker_effects *out)
{
    for (uint32_t partition = 0; partition < LQ_PARTITIONS_MAX; partition++) {
        if (!resolve_partition(core, partition, now_ns, out)) {
            core->turn_cut_short = true;
            return;
        }
    }
}

void lq_doubt_ask_again(struct lq_broker_core *core, uint32_t partition)
{
    for (uint32_t index = core->partitions[partition].doubt.first; index != 0;
         index = core->tasks[index].next) {
        core->tasks[index].resolving = false;
    }
}
