// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "broker/core/actor_table.h"

#include "broker/core/task_queue.h"

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

/* Queues know how many actors take their work, and how many have paused and will take it again. */
static void count(struct lq_broker_core *core, const struct lq_core_actor *actor, uint32_t change)
{
    struct lq_core_queue *queue = &core->queues[actor->queue];

    if (actor->state == LQ_ACTOR_READY) {
        queue->serving += change;
    } else if (actor->state == LQ_ACTOR_PAUSED && !actor->retiring) {
        queue->paused += change;
    }
}

void lq_actor_table_change(struct lq_broker_core *core, uint32_t index, enum lq_actor_state state,
                           bool retiring)
{
    struct lq_core_actor *actor = &core->actors[index];

    count(core, actor, (uint32_t)-1);
    actor->state = (uint8_t)state;
    actor->retiring = retiring;
    count(core, actor, 1);
}

/* The queue that a READY says it serves, or 0 and why there is none. */
static uint32_t route(const struct lq_broker_core *core, const struct lq_ready *ready,
                      const char **why)
{
    struct lq_view stage = lq_view_text(ready->stage);
    struct lq_queue_key key = {.stage = stage, .version = ready->version};

    *why = lq_plan_find_stage(&core->config.pipeline, stage) == LQ_STATE_NONE
               ? "no state of the pipeline names this stage"
               : "the policy routes to another version";
    return lq_task_queue_find(core, &key);
}

static uint32_t smaller(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

void lq_actor_table_enter(struct lq_broker_core *core, uint32_t index,
                          const struct lq_broker_event *event, uint64_t now_ns)
{
    const struct lq_ready *ready = event->ready.ready;
    struct lq_core_actor *actor = &core->actors[index];
    const char *why;

    LQ_ASSERT(actor->peer == 0);
    memcpy(actor->instance, ready->instance, sizeof actor->instance);
    memcpy(actor->stage_name, ready->stage, sizeof actor->stage_name);
    actor->peer = event->peer;
    actor->local = event->ready.local;
    actor->killed = false;
    actor->version = ready->version;
    actor->pid = ready->pid;
    actor->credit = smaller(ready->credit, LQ_ACTOR_CREDIT_MAX);
    actor->items_max = smaller(ready->items_max, LQ_BATCH_ITEMS_MAX);
    actor->bytes_max = smaller(ready->bytes_max, LQ_BODY_BYTES_MAX / 2);
    actor->last_heard_ns = now_ns;
    actor->sign_ns = actor->found_ns = 0;
    actor->service_ns = 0;
    actor->queue = (uint8_t)route(core, ready, &why);
    lq_core_tables_copy_text(actor->reason, sizeof actor->reason,
                             lq_view_text(actor->queue != 0 ? "" : why));
    lq_actor_table_change(core, index, actor->queue != 0 ? LQ_ACTOR_READY : LQ_ACTOR_UNROUTED,
                          false);
    core->actor_of_peer[event->peer & 0xffff] = index;
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
    struct lq_core_actor *actor = &core->actors[index];
    bool paused = event->paused.paused;

    if (index == 0 || actor->state == LQ_ACTOR_UNROUTED) {
        return;
    }
    lq_core_tables_copy_text(actor->reason, sizeof actor->reason, event->paused.reason);
    lq_actor_table_change(core, index, paused ? LQ_ACTOR_PAUSED : LQ_ACTOR_READY,
                          paused && event->paused.retiring);
}

void lq_actor_table_forget(struct lq_broker_core *core, uint32_t index)
{
    struct lq_core_actor *actor = &core->actors[index];

    LQ_ASSERT(actor->batch_count == 0);
    LQ_ASSERT(actor->orphans.count == 0);
    lq_actor_table_disconnect(core, index);
    lq_timer_heap_stop(&core->timers, lq_timer_of(LQ_TIMER_ACTOR, index));
    count(core, actor, (uint32_t)-1);
    memset(actor, 0, sizeof *actor);
}
