// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "mirror/handler/publisher.h"

#include "base/log.h"

#include <inttypes.h>

enum lq_result lq_publisher_open(struct lq_publisher *publisher,
                                 const struct lq_publisher_options *options,
                                 struct lq_error_message *message)
{
    const struct lq_bus_port_options port = {.bus = options->config->bus,
                                             .environment = options->environment,
                                             .credentials = options->credentials,
                                             .calls_max = (uint32_t)options->config->calls_max};

    if (options->config->bus[0] == '\0') {
        return LQ_OK;
    }
    publisher->is_open = true;
    enum lq_result result = lq_bus_port_open(&publisher->port, &port, message);
    if (result != LQ_OK) {
        return result;
    }
    lq_event_feed_open(&publisher->feed, options->source->ledger, options->streams,
                       &publisher->port.lanes[LQ_BUS_LEDGER], options->source->state.history);
    lq_broker_events_open(&publisher->broker, options->broker->feed, options->source->ledger,
                          options->streams, &publisher->port.lanes[LQ_BUS_BROKER]);
    publisher->packed_broker = options->broker;
    const struct lq_event_audit_options audit = {.table = options->config->table,
                                                 .ledger = options->source->ledger,
                                                 .streams = options->streams,
                                                 .lane = &publisher->port.lanes[LQ_BUS_AUDITS],
                                                 .environment = options->environment,
                                                 .credentials = options->credentials};
    return lq_event_audit_open(&publisher->audit, &audit, message);
}

void lq_publisher_close(struct lq_publisher *publisher)
{
    if (publisher->is_open) {
        lq_event_audit_close(&publisher->audit);
        lq_event_feed_close(&publisher->feed);
        lq_broker_events_close(&publisher->broker);
        lq_bus_port_close(&publisher->port);
    }
    publisher->is_open = publisher->is_started = false;
}

void lq_publisher_progress(void *context, uint32_t place)
{
    struct lq_publisher *publisher = context;

    if (publisher->is_started) {
        lq_event_audit_progress(&publisher->audit, place);
    }
}

/* A table that has no marks was never published from: the outboxes are told from what they still
 * have. */
static enum lq_result find_marks(const struct lq_publisher *publisher, struct lq_table_port *port)
{
    struct lq_broker_feed_state broker;

    if (port->mark.says.left.is_there) {
        return LQ_OK;
    }
    enum lq_result result = lq_broker_feed_state(publisher->broker.feed, &broker);
    if (result == LQ_OK) {
        port->mark.says.left = (struct lq_event_marks){
            .is_there = true,
            .outbox = port->source->state.first_outbox_sequence - 1,
            .broker = broker.first - 1,
            .audited = port->mark.says.feed.ledger_sequence,
        };
    }
    return result;
}

static enum lq_result start(struct lq_publisher *publisher, struct lq_table_port *port)
{
    enum lq_result result = find_marks(publisher, port);

    if (result != LQ_OK) {
        return result;
    }
    port->mark.wants.left = port->mark.says.left;
    lq_event_feed_start(&publisher->feed, port->mark.says.left.outbox);
    lq_broker_events_start(&publisher->broker, port->mark.says.left.broker,
                           port->source->state.history);
    lq_event_audit_start(&publisher->audit, port->mark.says.left.audited);
    publisher->is_started = true;
    lq_log_info("events leave from entry %" PRIu64 " of the outbox on, and entry %" PRIu64
                " of the broker's",
                port->mark.says.left.outbox + 1, port->mark.says.left.broker + 1);
    return LQ_OK;
}

enum lq_result lq_publisher_turn(struct lq_publisher *publisher, struct lq_table_port *port,
                                 struct lq_feed_position packed, uint64_t now_ns)
{
    if (!publisher->is_open || !lq_partition_mark_is_read(&port->mark) || port->over != NULL) {
        return LQ_OK;
    }
    enum lq_result result = publisher->is_started ? LQ_OK : start(publisher, port);
    if (result == LQ_OK) {
        result = lq_event_feed_turn(&publisher->feed, packed);
    }
    if (result == LQ_OK) {
        result = lq_broker_events_turn(&publisher->broker, publisher->packed_broker->settled);
    }
    if (result != LQ_OK) {
        lq_log_error("the outboxes cannot be read for their events: %s", lq_result_text(result));
        return result;
    }
    lq_bus_port_turn(&publisher->port, now_ns);
    lq_event_audit_turn(&publisher->audit, port->mark.wants.feed.ledger_sequence, now_ns);
    port->mark.wants.left.outbox = publisher->port.lanes[LQ_BUS_LEDGER].window.position;
    port->mark.wants.left.broker = publisher->port.lanes[LQ_BUS_BROKER].window.position;
    port->mark.wants.left.audited = publisher->audit.marked;
    return LQ_OK;
}

struct lq_feed_position lq_publisher_keep(const struct lq_publisher *publisher,
                                          const struct lq_table_port *port)
{
    struct lq_feed_position keep = port->mark.says.feed;

    if (publisher->is_open && port->mark.says.left.outbox < keep.outbox_sequence) {
        keep.outbox_sequence = port->mark.says.left.outbox;
    }
    return keep;
}

uint64_t lq_publisher_keep_broker(const struct lq_publisher *publisher,
                                  const struct lq_table_port *port)
{
    uint64_t keep = port->mark.says.broker;

    return publisher->is_open && port->mark.says.left.broker < keep ? port->mark.says.left.broker
                                                                    : keep;
}

bool lq_publisher_is_done(const struct lq_publisher *publisher, const struct lq_table_port *port,
                          struct lq_feed_position packed)
{
    return !publisher->is_open ||
           (publisher->is_started && lq_event_feed_is_done(&publisher->feed, packed) &&
            lq_broker_events_are_done(&publisher->broker, publisher->packed_broker->settled) &&
            lq_event_audit_is_done(&publisher->audit) &&
            lq_event_marks_equal(&port->mark.says.left, &port->mark.wants.left));
}

void lq_publisher_poll(const struct lq_publisher *publisher,
                       struct pollfd polled[LQ_PUBLISHER_DESCRIPTORS])
{
    polled[0] = polled[1] = (struct pollfd){.fd = -1};
    if (publisher->is_open) {
        polled[0] =
            (struct pollfd){lq_eventbridge_gateway_descriptor(publisher->port.gateway), POLLIN, 0};
        polled[1] =
            (struct pollfd){lq_dynamodb_gateway_descriptor(publisher->audit.gateway), POLLIN, 0};
    }
}

uint64_t lq_publisher_next_ns(const struct lq_publisher *publisher)
{
    if (!publisher->is_started) {
        return UINT64_MAX;
    }
    uint64_t port_ns = lq_bus_port_next_ns(&publisher->port);
    uint64_t audit_ns = lq_event_audit_next_ns(&publisher->audit);
    return port_ns < audit_ns ? port_ns : audit_ns;
}

bool lq_publisher_report(struct lq_publisher *publisher)
{
    uint64_t left = 0;
    uint64_t refused = 0;
    uint64_t untold = publisher->feed.lost + publisher->broker.lost;

    for (int source = 0; publisher->is_started && source < LQ_BUS_SOURCES; source++) {
        left += publisher->port.lanes[source].left;
        refused += publisher->port.lanes[source].refused;
        untold += publisher->port.lanes[source].untold;
    }
    if (left == publisher->reported) {
        return false;
    }
    publisher->reported = left;
    lq_log_info("events have left up to entry %" PRIu64 " of the outbox and %" PRIu64
                " of the broker's; %" PRIu64 " events in %" PRIu64 " calls, %" PRIu64
                " put again, %" PRIu64 " refused, %" PRIu64 " not to be told",
                publisher->port.lanes[LQ_BUS_LEDGER].window.position,
                publisher->port.lanes[LQ_BUS_BROKER].window.position, left,
                publisher->port.requests, publisher->port.retried, refused, untold);
    return true;
}
