// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "broker/io/watch_port.h"

#include "base/clock.h"
#include "base/log.h"

/* How long an attended session ticks after the last one who watched it for play. */
#define ATTENDED_S 10u

static void answer(struct lq_watch_port *port, uint32_t peer, const struct lq_watching *watching)
{
    size_t bytes;

    if (lq_watching_encode(watching, port->memory->scratch, LQ_HEADER_BYTES_MAX, &bytes) == LQ_OK) {
        (void)lq_router_socket_send(lq_frame_publisher_router(port->publisher), peer,
                                    lq_view_of(port->memory->scratch, bytes), NULL);
    }
}

/* An attended session ticks as long as it is watched for play: the core is told each time that
 * somebody says so, and when the last one ends it. */
static void tell_attendance(struct lq_watch_port *port, const struct lq_watch_request *request)
{
    uint64_t until_ns = port->feed->now_ns + ATTENDED_S * LQ_NS_PER_S;
    struct lq_broker_event event = {
        .kind = LQ_ON_ATTENDED, .names = request->names, .attended = {until_ns, request->stop}};

    if (request->stop ? lq_frame_publisher_played(port->publisher, request->names)
                      : !request->play) {
        return;
    }
    if (!request->stop) {
        event.attended.until_ns += LQ_FRAME_PUBLISHER_FORGET_S * LQ_NS_PER_S;
    }
    lq_core_feed_step(port->feed, &event);
}

static void read_watch(struct lq_watch_port *port, const struct lq_router_message *received)
{
    static struct lq_log_throttle refusals = LQ_LOG_THROTTLE(5);
    struct lq_watch_request request;
    const char *where = "";

    if (lq_watch_request_decode(received->message, &port->memory->arena, &request, &where) !=
        LQ_OK) {
        lq_malformed_tally_add(port->tally, "WATCH", where);
        return;
    }
    struct lq_watching watching = {.epoch = port->feed->epoch, .tag = request.tag};
    enum lq_result result = lq_frame_publisher_watch(port->publisher, received->peer, &request,
                                                     port->feed->now_ns, &watching);
    watching.result = (uint32_t)result;
    if (result == LQ_ERR_FULL || result == LQ_ERR_LIMIT) {
        lq_log_throttled(&refusals, LQ_LOG_WARNING, "a watcher was refused: %.*s",
                         (int)watching.message.bytes, (const char *)watching.message.data);
    }
    answer(port, received->peer, &watching);
    if (result == LQ_OK) {
        tell_attendance(port, &request);
    }
}

bool lq_watch_port_read(struct lq_watch_port *port, const struct lq_turn_budget *budget)
{
    lq_router_socket_t *router = lq_frame_publisher_router(port->publisher);
    uint32_t left = budget->messages;
    struct lq_router_message received;

    while (lq_clock_monotonic_ns() < budget->until_ns &&
           lq_router_socket_receive(router, port->feed->now_ns, &left, &received)) {
        lq_arena_reset(&port->memory->arena);
        if (received.kind == LQ_MESSAGE_WATCH && lq_message_part_bytes(&received.body) == 0) {
            read_watch(port, &received);
        } else {
            lq_malformed_tally_add(port->tally, "message of a watcher", "it is no WATCH");
        }
        lq_router_message_close(&received);
    }
    return left == 0;
}

void lq_watch_port_publish(struct lq_watch_port *port, const struct lq_broker_effect *effect)
{
    struct lq_view world = {NULL, 0};

    if (effect->publish.due_ns != 0) {
        lq_dispatch_meter_late(port->meter, effect->publish.committed_ns - effect->publish.due_ns,
                               effect->publish.committed_ns);
    }
    if (lq_frame_publisher_watches(port->publisher) == 0) {
        return;
    }
    struct lq_frame_notice notice = {.epoch = port->feed->epoch,
                                     .frame = effect->publish.frame,
                                     .steps = effect->publish.steps,
                                     .command_count = effect->publish.command_count};
    memcpy(notice.hash, effect->publish.hash, sizeof notice.hash);
    if (effect->publish.world.buffer != 0) {
        world = lq_payload_buffers_view(port->buffers, &effect->publish.world);
    }
    lq_frame_publisher_send(port->publisher, effect->publish.names, &notice, world,
                            world.bytes > 0 ? effect->publish.play_bytes : 0);
}
