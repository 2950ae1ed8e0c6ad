// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "broker/core/actor_table.h"

uint32_t lq_actor_table_find_peer(const struct lq_broker_core *core, uint32_t peer)
{
    uint32_t index = core->actor_of_peer[peer & 0xffff];

    return index != 0 && peer != 0 && core->actors[index].peer == peer ? index : 0;
}

uint32_t lq_actor_table_find_instance(const struct lq_broker_core *core, const char *instance)
{
    for (uint32_t index = 1; index <= core->actors_top; index++) {
        if (core->actors[index].state != 0 && strcmp(core->actors[index].instance, instance) == 0) {
            return index;
        }
    }
    return 0;
}

uint32_t lq_actor_table_free_slot(struct lq_broker_core *core)
{
    for (uint32_t index = 1; index <= LQ_ACTORS_MAX; index++) {
        if (core->actors[index].state == 0) {
            if (index > core->actors_top) {
                core->actors_top = index;
            }
            return index;
        }
    }
    return 0;
}

void lq_actor_table_disconnect(struct lq_broker_core *core, uint32_t index)
{
    struct lq_core_actor *actor = &core->actors[index];

    if (core->actor_of_peer[actor->peer & 0xffff] == index) {
        core->actor_of_peer[actor->peer & 0xffff] = 0;
    }
    actor->peer = 0;
}

void lq_actor_table_enter(struct lq_broker_core *core, struct lq_core_actor *actor,
                          const struct lq_broker_event *event, uint64_t now_ns)
{
    const struct lq_ready *ready = event->ready.ready;
    uint32_t state = lq_plan_find_stage(&core->config.pipeline, lq_view_text(ready->stage));

    memcpy(actor->instance, ready->instance, sizeof actor->instance);
    memcpy(actor->stage_name, ready->stage, sizeof actor->stage_name);
    actor->peer = event->peer;
    actor->local = event->ready.local;
    actor->killed = false;
    actor->retiring = false;
    actor->version = ready->version;
    actor->pid = ready->pid;
    actor->credit = ready->credit < LQ_ACTOR_CREDIT_MAX ? ready->credit : LQ_ACTOR_CREDIT_MAX;
    actor->items_max =
        ready->items_max < LQ_BATCH_ITEMS_MAX ? ready->items_max : LQ_BATCH_ITEMS_MAX;
    actor->bytes_max =
        ready->bytes_max < LQ_BODY_BYTES_MAX / 2 ? ready->bytes_max : LQ_BODY_BYTES_MAX / 2;
    actor->last_heard_ns = now_ns;
    actor->sign_ns = actor->found_ns = 0;
    actor->service_ns = 0;
    actor->reason[0] = '\0';
    actor->state = LQ_ACTOR_READY;
    actor->stage = (uint8_t)(state == LQ_STATE_NONE ? UINT8_MAX : state);
    if (state == LQ_STATE_NONE) {
        actor->state = LQ_ACTOR_UNROUTED;
        memcpy(actor->reason, "no state of the pipeline names this stage", 42);
    } else if (core->config.pipeline.states[state].version != ready->version) {
        actor->state = LQ_ACTOR_UNROUTED;
        memcpy(actor->reason, "the policy routes to another version", 37);
    }
    core->actor_of_peer[event->peer & 0xffff] = (uint32_t)(actor - core->actors);
}

void lq_actor_table_heard(struct lq_broker_core *core, uint32_t peer, uint64_t now_ns)
{
    uint32_t actor = lq_actor_table_find_peer(core, peer);

    if (actor != 0) {
        core->actors[actor].last_heard_ns = now_ns;
    }
}

void lq_actor_table_paused(struct lq_broker_core *core, const struct lq_broker_event *event)
{
    uint32_t index = lq_actor_table_find_peer(core, event->peer);

    if (index == 0 || core->actors[index].state == LQ_ACTOR_UNROUTED) {
        return;
    }
    struct lq_core_actor *actor = &core->actors[index];
    actor->state = event->paused.paused ? LQ_ACTOR_PAUSED : LQ_ACTOR_READY;
    lq_core_tables_copy_text(actor->reason, sizeof actor->reason, event->paused.reason);
    actor->retiring = event->paused.paused && event->paused.retiring;
}

void lq_actor_table_forget(struct lq_broker_core *core, uint32_t index)
{
    struct lq_core_actor *actor = &core->actors[index];

    LQ_ASSERT(actor->batch_count == 0);
    LQ_ASSERT(actor->orphans_first == 0);
    lq_actor_table_disconnect(core, index);
    lq_timer_heap_stop(&core->timers, lq_core_tables_actor_timer(core, index));
    memset(actor, 0, sizeof *actor);
}
