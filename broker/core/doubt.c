// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "broker/core/doubt.h"

#include "base/clock.h"
#include "broker/core/effect_list.h"

#define RESOLVE_AGAIN_MS 1000u

bool lq_doubt_is_at(const struct lq_broker_core *core, const struct lq_core_execution *execution)
{
    return execution->stage == core->config.pipeline.persist;
}

void lq_doubt_enter(struct lq_broker_core *core, uint32_t index)
{
    struct lq_core_execution *execution = &core->executions[index];

    execution->state = LQ_EXECUTION_DOUBT;
    execution->owed = LQ_OWED_NOTHING;
    execution->resolving = false;
    execution->next = 0;
    if (core->doubt_last != 0) {
        core->executions[core->doubt_last].next = index;
    } else {
        core->doubt_first = index;
    }
    core->doubt_last = index;
}

void lq_doubt_leave(struct lq_broker_core *core, uint32_t index)
{
    uint32_t previous = 0;
    uint32_t at = core->doubt_first;

    while (at != index) {
        LQ_ASSERT(at != 0);
        previous = at;
        at = core->executions[at].next;
    }
    uint32_t next = core->executions[index].next;
    if (previous == 0) {
        core->doubt_first = next;
    } else {
        core->executions[previous].next = next;
    }
    if (core->doubt_last == index) {
        core->doubt_last = previous;
    }
    lq_timer_heap_stop(&core->timers, lq_core_tables_execution_timer(core, index));
}

void lq_doubt_enter_late(struct lq_broker_core *core, uint32_t index, bool guilty)
{
    struct lq_core_execution *execution = &core->executions[index];

    execution->alone = true;
    lq_doubt_enter(core, index);
    if (guilty) {
        execution->owed = LQ_OWED_TIMEOUT;
    }
}

static uint32_t find_writer(const struct lq_broker_core *core)
{
    for (uint32_t index = 1; index <= core->actors_top; index++) {
        const struct lq_core_actor *actor = &core->actors[index];
        if (actor->peer != 0 && actor->stage == core->config.pipeline.persist && !actor->retiring &&
            (actor->state == LQ_ACTOR_READY || actor->state == LQ_ACTOR_PAUSED)) {
            return index;
        }
    }
    return 0;
}

void lq_doubt_resolve(struct lq_broker_core *core, uint64_t now_ns, struct lq_broker_effects *out)
{
    uint32_t writer = core->doubt_first != 0 ? find_writer(core) : 0;

    if (writer == 0) {
        return;
    }
    for (uint32_t index = core->doubt_first; index != 0; index = core->executions[index].next) {
        if (core->executions[index].resolving) {
            continue;
        }
        if (out->count_max - out->count < 2) {
            core->turn_cut_short = true;
            return;
        }
        struct lq_broker_effect *effect = lq_effect_list_add(out, LQ_EFFECT_RESOLVE);
        effect->resolve.actor = writer;
        effect->resolve.execution = index;
        effect->resolve.fence = core->batch_serial;
        core->executions[index].resolving = true;
        core->counters.resolves++;
        lq_timer_heap_set(&core->timers, lq_core_tables_execution_timer(core, index),
                          now_ns + RESOLVE_AGAIN_MS * LQ_NS_PER_MS);
    }
}
