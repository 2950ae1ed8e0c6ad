// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "broker/io/actor_orders.h"

#include "base/log.h"

void lq_actor_orders_dispatch(struct lq_actor_orders *orders, const struct lq_broker_effect *effect)
{
    const lq_broker_core_t *core = orders->feed->core;
    uint32_t batch = effect->dispatch.batch;
    struct lq_view header;
    struct lq_message_part body;
    uint32_t pid;
    uint64_t number;
    uint32_t timeout_ms;
    uint32_t peer = lq_broker_core_actor_peer(core, effect->dispatch.actor, &pid);

    lq_dispatch_writer_write(orders->dispatches, batch, &header, &body);
    lq_dispatch_meter_count(orders->meter, lq_broker_core_batch_state(core, batch),
                            lq_broker_core_batch(core, batch, &number, &timeout_ms),
                            lq_message_part_bytes(&body));
    enum lq_result sent = lq_router_socket_send(orders->router, peer, header, &body);
    if (sent != LQ_OK) {
        /* Its connection is gone: the pidfd, a new READY or silence will tell the core. */
        lq_log_rarely(LQ_LOG_DEBUG, "a batch did not reach its actor: %s", lq_result_text(sent));
    }
}

void lq_actor_orders_ask(struct lq_actor_orders *orders)
{
    struct lq_actor_questions *questions = &orders->questions;
    uint8_t *scratch = orders->memory->scratch;
    uint32_t pid;
    size_t bytes;

    if (questions->count == 0) {
        return;
    }
    struct lq_resolve message = {orders->feed->epoch, questions->fence, questions->count,
                                 questions->items};
    if (lq_resolve_encode(&message, scratch, LQ_HEADER_BYTES_MAX, &bytes) == LQ_OK) {
        (void)lq_router_socket_send(
            orders->router, lq_broker_core_actor_peer(orders->feed->core, questions->actor, &pid),
            lq_view_of(scratch, bytes), NULL);
    }
    questions->actor = 0;
    questions->count = 0;
}

void lq_actor_orders_resolve(struct lq_actor_orders *orders, const struct lq_broker_effect *effect)
{
    struct lq_actor_questions *questions = &orders->questions;
    struct lq_broker_item item;

    if (questions->count == LQ_BATCH_ITEMS_MAX || questions->actor != effect->resolve.actor) {
        lq_actor_orders_ask(orders);
    }
    lq_broker_core_execution(orders->feed->core, effect->resolve.execution, &item);
    questions->actor = effect->resolve.actor;
    questions->fence = effect->resolve.fence;
    questions->items[questions->count++] =
        (struct lq_resolve_item){item.id, item.frame, item.kind, item.names, item.lease};
}

void lq_actor_orders_kill(struct lq_actor_orders *orders, const struct lq_broker_effect *effect)
{
    static struct lq_log_throttle lines = LQ_LOG_THROTTLE(32);
    struct lq_actor_status actor;

    lq_broker_core_actor(orders->feed->core, effect->kill.actor, &actor);
    lq_log_throttled(&lines, LQ_LOG_WARNING, "%.*s (pid %u) has been silent for %u ms: killed",
                     (int)actor.instance.bytes, (const char *)actor.instance.data, actor.pid,
                     orders->silence_ms);
    lq_process_watch_kill(orders->processes, actor.pid);
}

void lq_actor_orders_tell_lost(struct lq_actor_orders *orders,
                               const struct lq_broker_effect *effect)
{
    static struct lq_log_throttle lines = LQ_LOG_THROTTLE(32);
    struct lq_actor_status actor;

    lq_broker_core_actor(orders->feed->core, effect->lost.actor, &actor);
    lq_log_throttled(
        &lines, LQ_LOG_WARNING, "%.*s (stage %.*s, pid %u) is given up: %.*s; it held %u items",
        (int)actor.instance.bytes, (const char *)actor.instance.data, (int)actor.stage.bytes,
        (const char *)actor.stage.data, actor.pid, (int)effect->lost.reason.bytes,
        (const char *)effect->lost.reason.data, effect->lost.items);
}

void lq_actor_orders_beat(struct lq_actor_orders *orders)
{
    struct lq_heartbeat beat = {.epoch = orders->feed->epoch};
    uint8_t *scratch = orders->memory->scratch;
    size_t bytes;

    if (lq_heartbeat_encode(LQ_MESSAGE_HEARTBEAT, &beat, scratch, LQ_HEADER_BYTES_MAX, &bytes) !=
        LQ_OK) {
        return;
    }
    for (uint32_t actor = 1; actor <= LQ_ACTORS_MAX; actor++) {
        uint32_t pid;
        uint32_t peer = lq_broker_core_actor_peer(orders->feed->core, actor, &pid);
        if (peer != 0) {
            (void)lq_router_socket_send(orders->router, peer, lq_view_of(scratch, bytes), NULL);
        }
    }
}
