// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "broker/core/heartbeat.h"

#include "base/clock.h"
#include "broker/core/actor_table.h"
#include "broker/core/batch.h"
#include "broker/core/lease.h"

/* A DISPATCH that an actor still has not seen when a heartbeat of it comes after so long was lost
 * on the way: far more than any queue between us holds it up, far less than a lease. */
#define LOST_AFTER_MS 1000u
#define LOSSES_MAX 3u

static bool is_told(const struct lq_heartbeat *holding, uint64_t number)
{
    for (uint32_t place = 0; place < holding->batch_count; place++) {
        if (holding->batches[place] == number) {
            return true;
        }
    }
    return false;
}

/* A network loses now one message and now another. A batch that never comes through has something
 * in it that one side cannot read: its lease, which isolates the culprit, is the way out of that.
 */
static bool never_comes_through(const struct lq_broker_core *core,
                                const struct lq_core_batch *batch)
{
    for (uint32_t slot = 0; slot < batch->count; slot++) {
        if (batch->items[slot] != 0 && core->tasks[batch->items[slot]].losses >= LOSSES_MAX) {
            return true;
        }
    }
    return false;
}

/* Its DISPATCH or its RESULT was lost: trouble of the house, so nobody is charged or suspected.
 * Should the answer come all the same, its leases are old. */
static void lose_batch(struct lq_broker_core *core, uint32_t batch_index)
{
    struct lq_core_batch *batch = &core->batches[batch_index];

    for (uint32_t slot = 0; slot < batch->count; slot++) {
        uint32_t index = batch->items[slot];
        if (index != 0) {
            core->tasks[index].losses++;
            lq_batch_leave(core, index, 0, 0);
            lq_lease_lose(core, index);
        }
    }
    lq_batch_end(core, batch_index);
}

/* A PAUSED that was lost is made up for by the next heartbeat, also the one that says that a pause
 * is for good. */
static void follow_pause(struct lq_broker_core *core, const struct lq_broker_event *event,
                         struct lq_core_actor *actor)
{
    const struct lq_heartbeat *holding = event->holding;
    bool routed = actor->state == LQ_ACTOR_READY || actor->state == LQ_ACTOR_PAUSED;
    bool retiring = holding->paused && holding->retiring;

    if (routed &&
        (holding->paused != (actor->state == LQ_ACTOR_PAUSED) || retiring != actor->retiring)) {
        struct lq_broker_event paused = {.kind = LQ_ON_PAUSED,
                                         .peer = event->peer,
                                         .paused = {holding->paused, retiring, holding->reason}};
        lq_actor_table_paused(core, &paused);
    }
    if (actor->state == LQ_ACTOR_READY) {
        lq_core_tables_copy_text(actor->reason, sizeof actor->reason,
                                 holding->reason); /* a remark */
    }
}

void lq_heartbeat_told(struct lq_broker_core *core, const struct lq_broker_event *event,
                       uint64_t now_ns)
{
    const struct lq_heartbeat *holding = event->holding;
    uint32_t index = lq_actor_table_find_peer(core, event->peer);
    struct lq_core_actor *actor = &core->actors[index];

    if (index == 0) {
        return;
    }
    actor->counts = holding->counts;
    follow_pause(core, event, actor);
    for (uint32_t place = actor->batch_count; place-- > 0;) {
        const struct lq_core_batch *batch = &core->batches[actor->batches[place]];
        bool came = batch->number <= holding->newest_batch; /* or will never: one later came */
        bool late = now_ns >= batch->dispatched_ns + LOST_AFTER_MS * LQ_NS_PER_MS;
        if ((came || late) && !is_told(holding, batch->number) &&
            !never_comes_through(core, batch)) {
            lose_batch(core, actor->batches[place]);
        }
    }
}
