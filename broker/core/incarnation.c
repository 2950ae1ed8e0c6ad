// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "broker/core/incarnation.h"

#include "base/clock.h"
#include "broker/core/actor_table.h"
#include "broker/core/doubt.h"
#include "broker/core/effect_list.h"
#include "broker/core/orphans.h"
#include "broker/core/partition.h"

/* What an earlier broker heard last says little when everything stood still together and goes on
 * now: whoever is found silent gets as long to show that it lives. */
#define WATCHED_MS 1000u

static uint32_t items_held(const struct lq_broker_core *core, const struct lq_core_actor *actor)
{
    uint32_t count = 0;

    for (uint32_t place = 0; place < actor->batch_count; place++) {
        count += core->batches[actor->batches[place]].left;
    }
    return count;
}

static void lose(struct lq_broker_core *core, uint32_t index, const char *why, uint64_t now_ns,
                 struct lq_broker_effects *out)
{
    struct lq_core_actor *actor = &core->actors[index];

    if (actor->state == LQ_ACTOR_LOST) {
        return;
    }
    struct lq_broker_effect *effect = lq_effect_list_add(out, LQ_EFFECT_LOST);
    effect->lost.actor = index;
    effect->lost.items = items_held(core, actor);
    effect->lost.reason = lq_view_text(why);
    lq_orphans_take(core, index);
    lq_actor_table_disconnect(core, index);
    lq_actor_table_change(core, index, LQ_ACTOR_LOST, false);
    lq_timer_heap_set(&core->timers, lq_timer_of(LQ_TIMER_ACTOR, index),
                      now_ns + core->config.orphan_wait_ms * LQ_NS_PER_MS);
}

void lq_incarnation_ready(struct lq_broker_core *core, const struct lq_broker_event *event,
                          uint64_t now_ns, struct lq_broker_effects *out)
{
    uint32_t same_peer = lq_actor_table_find_peer(core, event->peer);
    uint32_t index = lq_actor_table_find_instance(core, event->ready.ready->instance);
    uint32_t suspect = lq_orphans_find_suspect(core, event->ready.ready->suspect);

    if (same_peer != 0 && same_peer == index &&
        core->actors[index].pid == event->ready.ready->pid) {
        return; /* said twice, because our WELCOME was late */
    }
    if (same_peer != 0 && same_peer != index) {
        lose(core, same_peer, "its connection says it is another instance", now_ns, out);
    }
    if (index == 0) {
        index = lq_actor_table_free_slot(core);
        if (index == 0) {
            return; /* LQ_ACTORS_MAX are known: this one gets no work, its READY no answer */
        }
        memset(&core->actors[index], 0, sizeof core->actors[index]);
    } else if (core->actors[index].state != LQ_ACTOR_SILENT) {
        lose(core, index, "its next incarnation is ready", now_ns, out);
    }
    if (suspect != 0) {
        lq_orphans_blame(core, suspect);
    }
    lq_orphans_release(core, index, suspect, now_ns, out);
    lq_actor_table_enter(core, index, event, now_ns);
    lq_timer_heap_set(&core->timers, lq_timer_of(LQ_TIMER_ACTOR, index),
                      now_ns + core->config.silence_ms * LQ_NS_PER_MS);
    for (uint32_t partition = 0; partition < LQ_PARTITIONS_MAX; partition++) {
        if (core->actors[index].queue == lq_partition_persist_queue(core, partition)) {
            lq_doubt_ask_again(core, partition);
        }
    }
}

void lq_incarnation_goodbye(struct lq_broker_core *core, uint32_t index, uint64_t now_ns,
                            struct lq_broker_effects *out)
{
    lq_orphans_take(core, index);
    lq_orphans_release(core, index, 0, now_ns, out);
    lq_actor_table_forget(core, index);
}

void lq_incarnation_died(struct lq_broker_core *core, uint32_t pid, uint64_t now_ns,
                         struct lq_broker_effects *out)
{
    for (uint32_t index = 1; index <= core->actors_top; index++) {
        const struct lq_core_actor *actor = &core->actors[index];
        if (actor->state != 0 && actor->local && actor->pid == pid) {
            lose(core, index, "its process ended", now_ns, out);
        }
    }
}

uint64_t lq_incarnation_silent_at_ns(const struct lq_broker_core *core, uint32_t index)
{
    const struct lq_core_actor *actor = &core->actors[index];
    uint64_t silent_at_ns = actor->last_heard_ns + core->config.silence_ms * LQ_NS_PER_MS;
    uint64_t watched_at_ns = actor->found_ns + WATCHED_MS * LQ_NS_PER_MS;

    return actor->state == LQ_ACTOR_SILENT && watched_at_ns > silent_at_ns ? watched_at_ns
                                                                           : silent_at_ns;
}

void lq_incarnation_due(struct lq_broker_core *core, uint32_t index, uint64_t now_ns,
                        struct lq_broker_effects *out)
{
    struct lq_core_actor *actor = &core->actors[index];
    uint64_t silent_at_ns = lq_incarnation_silent_at_ns(core, index);

    if (actor->state == LQ_ACTOR_LOST) {
        lq_orphans_release(core, index, 0, now_ns, out);
        lq_actor_table_forget(core, index);
        return;
    }
    if (now_ns < silent_at_ns) {
        lq_timer_heap_set(&core->timers, lq_timer_of(LQ_TIMER_ACTOR, index), silent_at_ns);
        return;
    }
    /* Frozen. A local process is killed, because a frozen writer would hold LMDB's lock; a remote
     * one is its host's business. */
    if (actor->local && !actor->killed) {
        struct lq_broker_effect *effect = lq_effect_list_add(out, LQ_EFFECT_KILL);
        effect->kill.actor = index;
        effect->kill.pid = actor->pid;
        effect->kill.peer = actor->peer;
        actor->killed = true;
    }
    lose(core, index,
         actor->local ? "it was silent too long" : "it was silent too long, and is remote", now_ns,
         out);
}
