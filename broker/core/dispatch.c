// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "broker/core/dispatch.h"

#include "base/clock.h"
#include "broker/core/batch.h"
#include "broker/core/flow.h"

#define MANY_TASKS 16u
/* A batch of fewer tasks costs more by itself than they do. Beside so many in flight that does not
 * count, and who comes alone beside a flood shall not wait longer. */
#define SMALL_TASKS 48u
#define LARGE_IN_FLIGHT 128u
/* How long after others were served an actor is kept for them. */
#define SHARED_NS LQ_NS_PER_S
#define ALONE_TIMES 3u /* the usual batch, for a tenant that has the queue for itself */

/* What is in flight stands before whoever comes next: so much work a batch, and a second one for
 * the same actor only when less than a third of the first is left. A tenant that was alone for a
 * while has more at a time: each message costs, and nobody waits behind it. */
static uint64_t batch_ns(const struct lq_broker_core *core, const struct lq_core_queue *queue)
{
    uint64_t usual_ns = core->config.batch_us * UINT64_C(1000);
    bool mixed = queue->mixed_ns != 0 && core->now_ns < queue->mixed_ns + SHARED_NS;

    return mixed ? usual_ns : ALONE_TIMES * usual_ns;
}

/* ---- actors ---- */

static bool serves(const struct lq_core_actor *actor, uint32_t queue)
{
    return actor->state == LQ_ACTOR_READY && actor->queue == queue &&
           actor->batch_count < actor->credit;
}

static bool holds_apart(const struct lq_broker_core *core, const struct lq_core_actor *actor)
{
    for (uint32_t place = 0; place < actor->batch_count; place++) {
        if (core->batches[actor->batches[place]].apart) {
            return true;
        }
    }
    return false;
}

/* What it has still to do, if all goes as planned. */
static uint64_t left_ns(const struct lq_broker_core *core, const struct lq_core_actor *actor)
{
    uint64_t sum_ns = 0;

    for (uint32_t place = 0; place < actor->batch_count; place++) {
        const struct lq_core_batch *batch = &core->batches[actor->batches[place]];
        uint64_t passed_ns = core->now_ns - batch->dispatched_ns;
        sum_ns += batch->planned_ns > passed_ns ? batch->planned_ns - passed_ns : 0;
    }
    return sum_ns;
}

/* Whether what waits would fill a batch of its own. */
static bool much_waits(const struct lq_broker_core *core, const struct lq_core_queue *queue)
{
    uint64_t each_ns = (uint64_t)queue->own_ns + queue->end_each_ns;

    return queue->waiting * each_ns >= batch_ns(core, queue);
}

/* Few tasks go where least is in flight, many where something is in flight anyway. */
static bool suits_better(const struct lq_core_actor *actor, const struct lq_core_actor *than,
                         bool many)
{
    return many ? actor->batch_count > than->batch_count : actor->batch_count < than->batch_count;
}

/* A READY actor of the queue with credit, or 0; not `kept`. Many tasks do not wake an idle actor
 * while another one works, unless they fill a batch: fewer processes at work have larger batches,
 * and more of the processors. */
static uint32_t choose_actor(const struct lq_broker_core *core, uint32_t queue, uint32_t kept,
                             bool many)
{
    bool wakes = !many || much_waits(core, &core->queues[queue]);
    bool busy = false;
    uint32_t chosen = 0;

    for (uint32_t index = 1; index <= core->actors_top; index++) {
        const struct lq_core_actor *actor = &core->actors[index];
        busy = busy || (actor->queue == queue && actor->batch_count > 0);
        if (index != kept && serves(actor, queue) && !holds_apart(core, actor) &&
            left_ns(core, actor) < batch_ns(core, &core->queues[queue]) / 3 &&
            (chosen == 0 || suits_better(actor, &core->actors[chosen], many))) {
            chosen = index;
        }
    }
    return busy && !wakes && core->actors[chosen].batch_count == 0 ? 0 : chosen;
}

/* How many tasks are worth a batch of their own, while actors of the queue work for all flows
 * anyway; 0: none does. */
static uint32_t worth_a_batch(const struct lq_broker_core *core, uint32_t queue)
{
    uint32_t least = 0;

    for (uint32_t index = 1; index <= core->actors_top; index++) {
        const struct lq_core_actor *actor = &core->actors[index];
        if (actor->queue == queue && actor->batch_count > 0 && !holds_apart(core, actor)) {
            uint32_t full = actor->items_max < SMALL_TASKS ? actor->items_max : SMALL_TASKS;
            least = least == 0 || full < least ? full : least;
        }
    }
    return least;
}

/* Whether its few tasks wait for more: each wait ends by itself, and with the next batch. */
static bool gathers(struct lq_broker_core *core, uint32_t index)
{
    struct lq_core_queue *queue = &core->queues[index];
    uint64_t longest_ns = core->config.gather_us * UINT64_C(1000);

    if (longest_ns == 0 || queue->in_flight >= LARGE_IN_FLIGHT || much_waits(core, queue) ||
        queue->waiting >= worth_a_batch(core, index)) {
        return false;
    }
    if (queue->gathers_to_ns == 0) {
        queue->gathers_to_ns = core->now_ns + longest_ns;
        lq_timer_heap_set(&core->timers, lq_timer_of(LQ_TIMER_QUEUE, index), queue->gathers_to_ns);
    }
    return core->now_ns < queue->gathers_to_ns;
}

/* ---- what goes apart ---- */

/* Whether an actor of the queue is about to come back: its process ended, or fell silent. */
static bool one_is_lost(const struct lq_broker_core *core, const struct lq_core_queue *queue)
{
    for (uint32_t index = 1; index <= core->actors_top; index++) {
        const struct lq_core_actor *actor = &core->actors[index];
        if (actor->state == LQ_ACTOR_LOST && &core->queues[actor->queue] == queue) {
            return true;
        }
    }
    return false;
}

/* One actor is left to those who share, if there are any: also while the other one of two is being
 * started again. */
static uint32_t apart_max(const struct lq_broker_core *core, const struct lq_core_queue *queue)
{
    bool shared = queue->shared_ns != 0 && core->now_ns < queue->shared_ns + SHARED_NS;
    bool leaves_one = shared && (queue->serving > 1 || one_is_lost(core, queue));

    return leaves_one && queue->serving > 0 ? queue->serving - 1 : queue->serving;
}

static bool suspect_waits(const struct lq_core_queue *queue)
{
    return queue->suspects.count > 0 && !queue->suspect_in_flight;
}

/* With one actor for all, those who share have it in between. */
static bool apart_waits(const struct lq_broker_core *core, const struct lq_core_queue *queue)
{
    return (suspect_waits(queue) || queue->ready.count > 0) &&
           queue->apart_in_flight < apart_max(core, queue) &&
           !(queue->apart_last && queue->serving == 1 && queue->ring.count > 0);
}

/* ---- filling a batch ---- */

struct filling {
    struct lq_broker_core *core;
    struct lq_core_queue *queue;
    struct lq_core_batch *batch;
    uint32_t index;   /* of the batch */
    uint32_t in_debt; /* flows in a row whose turn did not help */
    size_t bytes;
};

static size_t dispatch_bytes(const struct lq_broker_core *core, uint32_t index)
{
    const struct lq_core_task *task = &core->tasks[index];
    size_t bytes = task->payload.bytes;

    if (task->payload.buffer == 0) {
        for (uint32_t command = core->executions[task->execution].tick.commands.first; command != 0;
             command = core->commands[command].next) {
            bytes += core->commands[command].payload.bytes + 40;
        }
    }
    return bytes;
}

static bool has_room(const struct filling *filling, uint32_t index)
{
    const struct lq_core_batch *batch = filling->batch;
    const struct lq_core_flow *flow = &filling->core->flows[index];
    const struct lq_core_actor *actor = &filling->core->actors[batch->actor];

    return batch->count == 0 ||
           (batch->count < actor->items_max &&
            batch->planned_ns + lq_flow_work_ns(filling->core, index) <=
                batch_ns(filling->core, filling->queue) &&
            filling->bytes + dispatch_bytes(filling->core, flow->waiting.first) <=
                actor->bytes_max);
}

/* What the flow's balance allows; false: there was no room for more. */
static bool serve(struct filling *filling, uint32_t index)
{
    const struct lq_core_flow *flow = &filling->core->flows[index];

    while (flow->waiting.count > 0 && flow->balance_ns > 0) {
        if (!has_room(filling, index)) {
            return false;
        }
        size_t bytes = dispatch_bytes(filling->core, flow->waiting.first);
        uint32_t task = lq_flow_take(filling->core, index);
        if (task != 0) {
            filling->bytes += bytes;
            lq_batch_add(filling->core, filling->index, task);
        }
    }
    return true;
}

/* All flows of the ring are in debt. Where all of them go apart, and one before them still waits
 * for its actor, their rounds are those of that one: they wait with it. */
static bool skip_rounds(struct filling *filling)
{
    const struct lq_core_queue *queue = filling->queue;
    bool shared = queue->ready.count == 0;

    for (uint32_t index = queue->ring.first; index != 0 && !shared;
         index = filling->core->flows[index].next) {
        shared = !lq_flow_is_apart(filling->core, &filling->core->flows[index]);
    }
    if (shared) {
        lq_flow_skip_rounds(filling->core, filling->queue);
        filling->in_debt = 0;
    }
    return shared;
}

/* The flow that is first in the ring: false when the batch is full, or nobody's turn comes. */
static bool serve_first(struct filling *filling)
{
    struct lq_core_queue *queue = filling->queue;
    uint32_t index = queue->ring.first;
    struct lq_core_flow *flow = &filling->core->flows[index];

    if (!lq_flow_begin_turn(filling->core, flow)) {
        lq_flow_end_turn(filling->core, &queue->ring);
        return ++filling->in_debt < queue->ring.count || skip_rounds(filling);
    }
    filling->in_debt = 0;
    if (lq_flow_is_apart(filling->core, flow)) {
        lq_flow_set_apart(filling->core, queue);
        return true;
    }
    if (!serve(filling, index)) {
        return false;
    }
    lq_flow_end_turn(filling->core, &queue->ring);
    return true;
}

static struct filling begin(struct lq_broker_core *core, uint32_t queue, uint32_t actor)
{
    uint32_t index = lq_batch_begin(core, actor);

    return (struct filling){.core = core,
                            .queue = &core->queues[queue],
                            .batch = &core->batches[index],
                            .index = index};
}

static void end(struct filling *filling, struct lq_broker_effects *out)
{
    if (filling->batch->count > 0) {
        lq_batch_send(filling->core, filling->index, out);
    } else {
        lq_batch_drop(filling->core, filling->index);
    }
}

/* False: who is in the ring has no turn now. */
static bool dispatch_shared(struct lq_broker_core *core, uint32_t queue, uint32_t actor,
                            struct lq_broker_effects *out)
{
    struct filling filling = begin(core, queue, actor);

    while (filling.queue->ring.count > 0 && serve_first(&filling)) {
    }
    bool served = filling.batch->count > 0;
    end(&filling, out);
    return served || filling.queue->ring.count == 0;
}

/* One suspect, or what one flow may have. */
static void dispatch_apart(struct lq_broker_core *core, uint32_t queue, uint32_t actor,
                           struct lq_broker_effects *out)
{
    struct filling filling = begin(core, queue, actor);

    filling.batch->apart = true;
    if (suspect_waits(filling.queue)) {
        filling.queue->suspect_in_flight = true;
        lq_batch_add(core, filling.index, lq_flow_take_suspect(core, filling.queue));
    } else if (serve(&filling, filling.queue->ready.first)) {
        lq_flow_end_turn(core, &filling.queue->ready);
    }
    end(&filling, out);
}

/* False: cut short by the room for effects. */
static bool dispatch_queue(struct lq_broker_core *core, uint32_t index,
                           struct lq_broker_effects *out)
{
    struct lq_core_queue *queue = &core->queues[index];

    while (queue->waiting > 0) {
        bool apart = apart_waits(core, queue);
        bool many = queue->waiting >= MANY_TASKS;
        uint32_t kept = apart ? choose_actor(core, index, 0, false) : 0; /* or the next to idle */
        if (out->count_max - out->count < 2) {
            return false;
        }
        if (kept != 0 && core->actors[kept].batch_count == 0) {
            dispatch_apart(core, index, kept, out);
            continue;
        }
        bool goes = queue->ring.count > 0 && !gathers(core, index);
        uint32_t actor = goes ? choose_actor(core, index, kept, many) : 0;
        if (actor == 0) {
            return true;
        }
        if (!dispatch_shared(core, index, actor, out)) {
            bool changed = !apart || queue->apart_last; /* one may have become ready just now */
            queue->apart_last = false; /* there is nobody to be served in between */
            if (!changed || !apart_waits(core, queue)) {
                return true;
            }
        }
    }
    return true;
}

void lq_dispatch_queues(struct lq_broker_core *core, struct lq_broker_effects *out)
{
    /* Backwards: what is nearest to its commit goes first. */
    for (uint32_t queue = core->queue_count; queue > 0; queue--) {
        if (!dispatch_queue(core, queue, out)) {
            core->turn_cut_short = true;
            return;
        }
    }
}
