// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* bus_port.h - carries events from their lanes to the bus: calls of up to ten within the bus's
 * bound, some at a time; of a call that is answered, the entries that failed are put again alone.
 *
 *     lanes --batch--> gateway --outcome of each--> lanes: left, again, alone, refused for good
 *
 * Calls that get no answer are repeated by the gateway, with back-off and circuit breaker; what it
 * gives up, and what is refused until somebody mends it (permissions, no such bus), is put again
 * after a while. Nothing but a bus that takes it moves an event out of the outbox.
 */
#ifndef LQ_BUS_PORT_H
#define LQ_BUS_PORT_H

#include "mirror/handler/bus_lane.h"
#include "mirror/infrastructure/eventbridge_gateway.h"

/* The lanes, and where their events come from. */
enum lq_bus_source {
    LQ_BUS_LEDGER, /* the ledger's outbox */
    LQ_BUS_BROKER, /* the broker's */
    LQ_BUS_AUDITS, /* segments that are in the table */
    LQ_BUS_SOURCES
};

enum { LQ_BUS_PORT_CALLS_MAX = 64 };

struct lq_bus_call {
    bool is_used;
    enum lq_bus_source source;
    struct lq_event_batch batch;
};

struct lq_bus_port {
    lq_eventbridge_gateway_t *gateway;
    struct lq_bus_lane *lanes; /* LQ_BUS_SOURCES of them */
    struct lq_bus_call calls[LQ_BUS_PORT_CALLS_MAX];
    uint32_t call_max, call_count;
    uint32_t failures; /* calls that failed as a whole, in a row */
    uint64_t hold_ms;  /* no call before */
    uint64_t random;
    uint64_t requests, retried; /* calls; entries that failed in one that was answered */
};

struct lq_bus_port_options {
    const char *bus;
    const struct lq_aws_environment *environment;
    lq_aws_credentials_t *credentials;
    uint32_t calls_max; /* up to LQ_BUS_PORT_CALLS_MAX */
};

/* LQ_ERR_INVALID, LQ_ERR_PERMISSION: `message`. Closed by lq_bus_port_close(), also after an error
 * and when it was never opened. */
LQ_MUST_CHECK enum lq_result lq_bus_port_open(struct lq_bus_port *port,
                                              const struct lq_bus_port_options *options,
                                              struct lq_error_message *message);
void lq_bus_port_close(struct lq_bus_port *port);

/* Answers that came, then all calls that can be made now. */
void lq_bus_port_turn(struct lq_bus_port *port, uint64_t now_ns);

/* When a turn is due though the gateway says nothing; UINT64_MAX: never. */
uint64_t lq_bus_port_next_ns(const struct lq_bus_port *port);

#endif
