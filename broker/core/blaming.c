// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "broker/core/blaming.h"

#include "base/clock.h"
#include "base/error_name.h"
#include "broker/core/failing.h"
#include "broker/core/queueing.h"

#define RESOLVE_AGAIN_MS 1000u
/* What an earlier broker heard last says little when everything stood still together and goes on
 * now: whoever is found silent gets as long to show that it lives. */
#define WATCHED_MS 1000u

uint32_t lq_blaming_find_actor(const struct lq_broker_core *core, uint32_t peer)
{
    uint32_t index = core->actor_of_peer[peer & 0xffff];

    return index != 0 && peer != 0 && core->actors[index].peer == peer ? index : 0;
}

uint32_t lq_blaming_find_instance(const struct lq_broker_core *core, const char *instance)
{
    for (uint32_t index = 1; index <= core->actors_top; index++) {
        if (core->actors[index].state != 0 && strcmp(core->actors[index].instance, instance) == 0) {
            return index;
        }
    }
    return 0;
}

uint32_t lq_blaming_free_slot(struct lq_broker_core *core)
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

static void enter_doubt(struct lq_broker_core *core, uint32_t index)
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

void lq_blaming_end_doubt(struct lq_broker_core *core, uint32_t index)
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

static bool is_doubtful_at(const struct lq_broker_core *core,
                           const struct lq_core_execution *execution)
{
    return execution->stage == core->config.pipeline.persist;
}

void lq_blaming_lose_item(struct lq_broker_core *core, uint32_t index)
{
    if (is_doubtful_at(core, &core->executions[index])) {
        enter_doubt(core, index);
    } else {
        lq_queueing_push_front(core, index);
    }
}

/* Empty the actor's batches: doubtful items go to RESOLVE, the others become its orphans. */
static void orphan_batches(struct lq_broker_core *core, uint32_t actor_index)
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
            lq_queueing_leave_batch(core, index);
            if (is_doubtful_at(core, &core->executions[index])) {
                enter_doubt(core, index);
            } else {
                core->executions[index].state = LQ_EXECUTION_ORPHANED;
                core->executions[index].next = actor->orphans_first;
                actor->orphans_first = index;
            }
        }
        lq_queueing_end_batch(core, batch_index);
    }
}

/* Its connection may have been superseded by another one under the same low bits. */
static void disconnect(struct lq_broker_core *core, uint32_t index)
{
    struct lq_core_actor *actor = &core->actors[index];

    if (core->actor_of_peer[actor->peer & 0xffff] == index) {
        core->actor_of_peer[actor->peer & 0xffff] = 0;
    }
    actor->peer = 0;
}

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
    struct lq_broker_effect *effect = lq_core_tables_effect(out, LQ_EFFECT_LOST);
    effect->actor = index;
    effect->tag = items_held(core, actor);
    effect->reason = lq_view_text(why);
    orphan_batches(core, index);
    disconnect(core, index);
    actor->state = LQ_ACTOR_LOST;
    lq_timer_heap_set(&core->timers, lq_core_tables_actor_timer(core, index),
                      now_ns + core->config.orphan_wait_ms * LQ_NS_PER_MS);
}

/* Let the orphans go: the suspect alone, the others as they were. A suspect that was alone already
 * crashed its actor by itself: that is charged. */
static void release_orphans(struct lq_broker_core *core, uint32_t actor_index, uint32_t suspect,
                            uint64_t now_ns, struct lq_broker_effects *out)
{
    struct lq_core_actor *actor = &core->actors[actor_index];

    while (actor->orphans_first != 0) {
        uint32_t index = actor->orphans_first;
        struct lq_core_execution *execution = &core->executions[index];
        actor->orphans_first = execution->next;
        if (index == suspect && execution->alone) {
            lq_failing_charge(core, index, lq_view_text(LQ_ERROR_ACTOR_CRASHED),
                              lq_view_text("its actor died while it worked on this tick alone"), 0,
                              now_ns, out);
            continue;
        }
        execution->alone = execution->alone || index == suspect;
        lq_queueing_push_front(core, index);
    }
}

static uint32_t find_suspect(const struct lq_broker_core *core, struct lq_execution_id suspect)
{
    uint32_t index = (uint32_t)(suspect.counter & 0xffff);

    if (suspect.epoch != core->config.epoch || index == 0 || index > core->executions_top ||
        core->executions[index].counter != suspect.counter) {
        return 0;
    }
    return index;
}

static void blame(struct lq_broker_core *core, uint32_t suspect)
{
    struct lq_core_execution *execution = &core->executions[suspect];

    /* Orphans are judged one by one in release_orphans(); here are those that are elsewhere. A
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

static void describe(struct lq_broker_core *core, struct lq_core_actor *actor,
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

void lq_blaming_ready(struct lq_broker_core *core, const struct lq_broker_event *event,
                      uint64_t now_ns, struct lq_broker_effects *out)
{
    uint32_t same_peer = lq_blaming_find_actor(core, event->peer);
    uint32_t index = lq_blaming_find_instance(core, event->ready.ready->instance);
    uint32_t suspect = find_suspect(core, event->ready.ready->suspect);

    if (same_peer != 0 && same_peer == index &&
        core->actors[index].pid == event->ready.ready->pid) {
        return; /* said twice, because our WELCOME was late */
    }
    if (same_peer != 0 && same_peer != index) {
        lose(core, same_peer, "its connection says it is another instance", now_ns, out);
    }
    if (index == 0) {
        index = lq_blaming_free_slot(core);
        if (index == 0) {
            return; /* LQ_ACTORS_MAX are known: this one gets no work, its READY no answer */
        }
        memset(&core->actors[index], 0, sizeof core->actors[index]);
    } else if (core->actors[index].state != LQ_ACTOR_SILENT) {
        lose(core, index, "its next incarnation is ready", now_ns, out);
    }
    if (suspect != 0) {
        blame(core, suspect);
    }
    release_orphans(core, index, suspect, now_ns, out);
    describe(core, &core->actors[index], event, now_ns);
    lq_timer_heap_set(&core->timers, lq_core_tables_actor_timer(core, index),
                      now_ns + core->config.silence_ms * LQ_NS_PER_MS);
    if (core->actors[index].stage == core->config.pipeline.persist) {
        for (uint32_t at = core->doubt_first; at != 0; at = core->executions[at].next) {
            core->executions[at].resolving = false;
        }
    }
}

void lq_blaming_paused(struct lq_broker_core *core, const struct lq_broker_event *event)
{
    uint32_t index = lq_blaming_find_actor(core, event->peer);

    if (index == 0 || core->actors[index].state == LQ_ACTOR_UNROUTED) {
        return;
    }
    struct lq_core_actor *actor = &core->actors[index];
    actor->state = event->paused.paused ? LQ_ACTOR_PAUSED : LQ_ACTOR_READY;
    lq_core_tables_copy_text(actor->reason, sizeof actor->reason, event->paused.reason);
    actor->retiring = event->paused.paused && event->paused.retiring;
}

void lq_blaming_forget(struct lq_broker_core *core, uint32_t index)
{
    struct lq_core_actor *actor = &core->actors[index];

    LQ_ASSERT(actor->batch_count == 0);
    LQ_ASSERT(actor->orphans_first == 0);
    disconnect(core, index);
    lq_timer_heap_stop(&core->timers, lq_core_tables_actor_timer(core, index));
    memset(actor, 0, sizeof *actor);
}

void lq_blaming_goodbye(struct lq_broker_core *core, uint32_t index, uint64_t now_ns,
                        struct lq_broker_effects *out)
{
    orphan_batches(core, index);
    release_orphans(core, index, 0, now_ns, out);
    lq_blaming_forget(core, index);
}

void lq_blaming_died(struct lq_broker_core *core, uint32_t pid, uint64_t now_ns,
                     struct lq_broker_effects *out)
{
    for (uint32_t index = 1; index <= core->actors_top; index++) {
        const struct lq_core_actor *actor = &core->actors[index];
        if (actor->state != 0 && actor->local && actor->pid == pid) {
            lose(core, index, "its process ended", now_ns, out);
        }
    }
}

uint64_t lq_blaming_silent_at_ns(const struct lq_broker_core *core, uint32_t index)
{
    const struct lq_core_actor *actor = &core->actors[index];
    uint64_t silent_at_ns = actor->last_heard_ns + core->config.silence_ms * LQ_NS_PER_MS;
    uint64_t watched_at_ns = actor->found_ns + WATCHED_MS * LQ_NS_PER_MS;

    return actor->state == LQ_ACTOR_SILENT && watched_at_ns > silent_at_ns ? watched_at_ns
                                                                           : silent_at_ns;
}

void lq_blaming_actor_due(struct lq_broker_core *core, uint32_t index, uint64_t now_ns,
                          struct lq_broker_effects *out)
{
    struct lq_core_actor *actor = &core->actors[index];
    uint64_t silent_at_ns = lq_blaming_silent_at_ns(core, index);

    if (actor->state == LQ_ACTOR_LOST) {
        release_orphans(core, index, 0, now_ns, out);
        lq_blaming_forget(core, index);
        return;
    }
    if (now_ns < silent_at_ns) {
        lq_timer_heap_set(&core->timers, lq_core_tables_actor_timer(core, index), silent_at_ns);
        return;
    }
    /* Frozen. A local process is killed, because a frozen writer would hold LMDB's lock; a remote
     * one is its host's business. */
    if (actor->local && !actor->killed) {
        struct lq_broker_effect *effect = lq_core_tables_effect(out, LQ_EFFECT_KILL);
        effect->actor = index;
        effect->tag = actor->pid;
        effect->peer = actor->peer;
        actor->killed = true;
    }
    lose(core, index,
         actor->local ? "it was silent too long" : "it was silent too long, and is remote", now_ns,
         out);
}

/* A lease ran out. While alone at an actor that takes work this is the item's own fault, which at
 * persist is settled when the doubt is; else it becomes a suspect, no more. */
static void expire_item(struct lq_broker_core *core, uint32_t index, bool serving, uint64_t now_ns,
                        struct lq_broker_effects *out)
{
    struct lq_core_execution *execution = &core->executions[index];
    bool guilty = serving && execution->leased_alone;

    if (guilty && !is_doubtful_at(core, execution)) {
        lq_failing_charge(core, index, lq_view_text(LQ_ERROR_STATES_TIMEOUT),
                          lq_view_text("the lease ran out while this tick was alone"), 0, now_ns,
                          out);
        return;
    }
    execution->alone = true;
    lq_blaming_lose_item(core, index);
    if (guilty) {
        execution->owed = LQ_OWED_TIMEOUT;
    }
}

void lq_blaming_batch_due(struct lq_broker_core *core, uint32_t batch_index, uint64_t now_ns,
                          struct lq_broker_effects *out)
{
    struct lq_core_batch *batch = &core->batches[batch_index];
    bool serving = core->actors[batch->actor].state == LQ_ACTOR_READY;

    for (uint32_t slot = 0; slot < batch->count; slot++) {
        uint32_t index = batch->items[slot];
        if (index != 0) {
            lq_queueing_leave_batch(core, index);
            expire_item(core, index, serving, now_ns, out);
        }
    }
    lq_queueing_end_batch(core, batch_index);
}

void lq_blaming_doubt_item(struct lq_broker_core *core, uint32_t index, bool guilty)
{
    struct lq_core_execution *execution = &core->executions[index];

    execution->alone = true;
    enter_doubt(core, index);
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

void lq_blaming_resolve(struct lq_broker_core *core, uint64_t now_ns, struct lq_broker_effects *out)
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
        struct lq_broker_effect *effect = lq_core_tables_effect(out, LQ_EFFECT_RESOLVE);
        effect->actor = writer;
        effect->execution = index;
        effect->tag = core->batch_serial;
        core->executions[index].resolving = true;
        core->counters.resolves++;
        lq_timer_heap_set(&core->timers, lq_core_tables_execution_timer(core, index),
                          now_ns + RESOLVE_AGAIN_MS * LQ_NS_PER_MS);
    }
}
