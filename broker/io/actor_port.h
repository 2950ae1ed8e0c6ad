// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* actor_port.h - what actors say becomes events. What they are told is in actor_orders.h. */
#ifndef LQ_ACTOR_PORT_H
#define LQ_ACTOR_PORT_H

#include "broker/io/core_feed.h"
#include "broker/io/malformed_tally.h"
#include "broker/io/message_memory.h"
#include "broker/io/payload_buffers.h"
#include "broker/io/process_watch.h"
#include "broker/io/turn_budget.h"
#include "broker/io/welcome_message.h"

struct lq_actor_port {
    struct lq_core_feed *feed;
    lq_router_socket_t *router;
    lq_payload_buffers_t *buffers;
    lq_process_watch_t *processes;
    const struct lq_plan *pipeline;
    const char *runtime_dir;
    bool direct; /* connections are the actors' own: who made one proves a pid */
    const struct lq_welcome_message *welcome;
    struct lq_message_memory *memory;
    struct lq_malformed_tally *tally;
    uint64_t unproven_told_ns;
};

/* Read what came, within the budget; whether there may be more. */
bool lq_actor_port_read(struct lq_actor_port *port, const struct lq_turn_budget *budget);

#endif
