// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "broker/io/actor_port.h"

#include "base/clock.h"
#include "base/log.h"
#include "broker/io/process_proof.h"
#include "proto/admin_codec.h"

/* The codec checked counts and columns; here: whether the payloads fill the body exactly. */
static bool payloads_fit(const struct lq_result_batch *batch, size_t body_bytes)
{
    size_t sum = 0;

    for (uint32_t index = 0; index < batch->item_count; index++) {
        sum += batch->items[index].payload_bytes;
    }
    return sum == body_bytes;
}

/* A stage that times batches only: equal parts. */
static void fill_times(struct lq_result_batch *batch)
{
    for (uint32_t index = 0; index < batch->item_count && !batch->timed; index++) {
        batch->items[index].service_us = batch->service_us / batch->item_count;
    }
}

static void feed_items(struct lq_actor_port *port, const struct lq_router_message *received,
                       const struct lq_result_batch *batch, uint32_t buffer)
{
    uint32_t offset = 0;

    for (uint32_t index = 0; index < batch->item_count; index++) {
        const struct lq_result_item *item = &batch->items[index];
        struct lq_broker_event event = {
            .kind = received->kind == LQ_MESSAGE_RESULT ? LQ_ON_RESULT : LQ_ON_RESOLVED,
            .peer = received->peer,
            .result = {batch->batch, item, batch->end_us * UINT64_C(1000) / batch->item_count},
        };
        if (item->payload_bytes > 0) {
            event.payload = (struct lq_payload){buffer, offset, item->payload_bytes};
            lq_payload_buffers_retain(port->buffers, buffer);
            offset += item->payload_bytes;
        }
        lq_core_feed_step(port->feed, &event);
    }
}

static void read_results(struct lq_actor_port *port, struct lq_router_message *received)
{
    struct lq_result_batch batch;
    const char *where = "payloads";
    size_t body_bytes = lq_message_part_bytes(&received->body);

    if (lq_result_batch_decode(received->message, &port->memory->arena, &batch, &where) != LQ_OK ||
        !payloads_fit(&batch, body_bytes)) {
        lq_malformed_tally_add(port->tally, "RESULT, whose lease will run out", where);
        return;
    }
    if (batch.epoch != port->feed->epoch) {
        lq_welcome_message_send(port->welcome, port->router, received->peer);
        return;
    }
    fill_times(&batch);
    uint32_t buffer = body_bytes > 0 ? lq_payload_buffers_keep(port->buffers, &received->body) : 0;
    feed_items(port, received, &batch, buffer);
    if (buffer != 0) {
        lq_payload_buffers_release(port->buffers, buffer);
    }
    if (received->kind == LQ_MESSAGE_RESULT && batch.last) {
        struct lq_broker_event event = {
            .kind = LQ_ON_BATCH_END,
            .peer = received->peer,
            .batch_end = {batch.batch, batch.service_us, batch.item_count},
        };
        lq_core_feed_step(port->feed, &event);
    }
}

/* Our WELCOME was late: nothing is new. */
static bool said_before(const struct lq_actor_port *port, uint32_t peer,
                        const struct lq_ready *ready)
{
    uint32_t index = lq_broker_core_actor_of_peer(port->feed->core, peer);
    struct lq_actor_status actor;

    if (index == 0) {
        return false;
    }
    lq_broker_core_actor(port->feed->core, index, &actor);
    return actor.pid == ready->pid && lq_view_equal(actor.instance, lq_view_text(ready->instance));
}

static void tell_unproven(struct lq_actor_port *port, const struct lq_ready *ready)
{
    if (port->unproven_told_ns == 0 || port->feed->now_ns - port->unproven_told_ns >= LQ_NS_PER_S) {
        port->unproven_told_ns = port->feed->now_ns;
        lq_log_warning("%s says that it is process %u, which is not proven: it counts as remote, "
                       "and is given up, not killed, when it is silent",
                       ready->instance, ready->pid);
    }
}

/* Whether the process that READY names is proven to be its sender, and watched. When something
 * stands between us and the actors, connections are made by that: then the instance's cell tells.
 */
static bool watch_sender(struct lq_actor_port *port, struct lq_router_message *received,
                         const struct lq_ready *ready)
{
    const char *runtime_dir = port->runtime_dir;

    if (lq_plan_find_stage(port->pipeline, lq_view_text(ready->stage)) == LQ_STATE_NONE) {
        return false; /* it gets no work: nothing hangs on its death */
    }
    int pidfd = port->direct ? lq_process_proof_of_sender(&received->header, ready->pid)
                             : lq_process_proof_of_holder(runtime_dir, ready->instance, ready->pid);
    bool local = pidfd >= 0 && lq_process_watch_add(port->processes, ready->pid, pidfd);
    if (!local) {
        tell_unproven(port, ready);
    }
    return local;
}

static void read_ready(struct lq_actor_port *port, struct lq_router_message *received)
{
    static struct lq_log_throttle lines = LQ_LOG_THROTTLE(32);
    struct lq_ready ready;
    const char *where = "";

    if (lq_ready_decode(received->message, &port->memory->arena, &ready, &where) != LQ_OK) {
        lq_malformed_tally_add(port->tally, "READY", where);
        return;
    }
    if (ready.epoch != port->feed->epoch) {
        lq_welcome_message_send(port->welcome, port->router, received->peer);
        return;
    }
    if (said_before(port, received->peer, &ready)) {
        lq_welcome_message_send(port->welcome, port->router, received->peer);
        return;
    }
    struct lq_broker_event event = {.kind = LQ_ON_READY,
                                    .peer = received->peer,
                                    .ready = {&ready, watch_sender(port, received, &ready)}};
    lq_core_feed_step(port->feed, &event);
    lq_log_throttled(&lines, LQ_LOG_INFO, "%s is ready: stage %s version %u, pid %u%s%s",
                     ready.instance, ready.stage, ready.version, ready.pid,
                     event.ready.local ? "" : ", remote",
                     ready.suspect.counter != 0 ? ", with a suspect" : "");
    lq_welcome_message_send(port->welcome, port->router, received->peer);
}

static void read_paused(struct lq_actor_port *port, const struct lq_router_message *received)
{
    static struct lq_log_throttle lines = LQ_LOG_THROTTLE(32);
    struct lq_paused paused;
    const char *where = "";

    if (lq_paused_decode(received->message, &port->memory->arena, &paused, &where) != LQ_OK) {
        lq_malformed_tally_add(port->tally, "PAUSED", where);
        return;
    }
    if (paused.epoch != port->feed->epoch) {
        return;
    }
    struct lq_broker_event event = {.kind = LQ_ON_PAUSED,
                                    .peer = received->peer,
                                    .paused = {paused.paused, paused.retiring, paused.reason}};
    lq_core_feed_step(port->feed, &event);
    uint32_t index = lq_broker_core_actor_of_peer(port->feed->core, received->peer);
    if (index != 0) {
        struct lq_actor_status actor;
        lq_broker_core_actor(port->feed->core, index, &actor);
        lq_log_throttled(&lines, LQ_LOG_INFO, "%.*s %s%s%.*s", (int)actor.instance.bytes,
                         (const char *)actor.instance.data, paused.paused ? "pauses" : "goes on",
                         paused.reason.bytes > 0 ? ": " : "", (int)paused.reason.bytes,
                         paused.reason.bytes > 0 ? (const char *)paused.reason.data : "");
    }
}

static void read_heartbeat(struct lq_actor_port *port, const struct lq_router_message *received)
{
    struct lq_heartbeat beat;
    const char *where = "";

    if (lq_heartbeat_decode(received->message, &port->memory->arena, &beat, &where) != LQ_OK) {
        lq_malformed_tally_add(port->tally, "HEARTBEAT", where);
        return;
    }
    if (beat.epoch != port->feed->epoch ||
        !lq_broker_core_knows_actor(port->feed->core, received->peer)) {
        lq_welcome_message_send(port->welcome, port->router, received->peer);
    } else if (received->kind == LQ_MESSAGE_GOODBYE) {
        struct lq_broker_event event = {.kind = LQ_ON_GOODBYE, .peer = received->peer};
        lq_core_feed_step(port->feed, &event);
    } else if (beat.tells) {
        struct lq_broker_event event = {
            .kind = LQ_ON_HOLDING, .peer = received->peer, .holding = &beat};
        lq_core_feed_step(port->feed, &event);
    }
}

static void read_message(struct lq_actor_port *port, struct lq_router_message *received)
{
    struct lq_broker_event heard = {.kind = LQ_ON_HEARD, .peer = received->peer};

    lq_core_feed_step(port->feed, &heard);
    switch (received->kind) {
    case LQ_MESSAGE_READY:
        read_ready(port, received);
        break;
    case LQ_MESSAGE_RESULT:
    case LQ_MESSAGE_RESOLVED:
        read_results(port, received);
        break;
    case LQ_MESSAGE_PAUSED:
        read_paused(port, received);
        break;
    case LQ_MESSAGE_HEARTBEAT:
    case LQ_MESSAGE_GOODBYE:
        read_heartbeat(port, received);
        break;
    default:
        lq_malformed_tally_add(port->tally, "message of an actor", "its kind is not an actor's");
        break;
    }
}

bool lq_actor_port_read(struct lq_actor_port *port, const struct lq_turn_budget *budget)
{
    uint32_t left = budget->messages;
    struct lq_router_message received;

    while (lq_clock_monotonic_ns() < budget->until_ns &&
           lq_router_socket_receive(port->router, port->feed->now_ns, &left, &received)) {
        lq_arena_reset(&port->memory->arena);
        read_message(port, &received);
        lq_router_message_close(&received);
    }
    return left == 0;
}
