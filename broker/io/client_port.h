// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* client_port.h - what clients say becomes events. */
#ifndef LQ_CLIENT_PORT_H
#define LQ_CLIENT_PORT_H

#include "broker/io/admin_port.h"
#include "broker/io/turn_budget.h"

struct lq_client_port {
    struct lq_core_feed *feed;
    lq_router_socket_t *router;
    lq_payload_buffers_t *buffers;
    const struct lq_welcome_message *welcome;
    struct lq_message_memory *memory;
    struct lq_malformed_tally *tally;
    struct lq_admin_port *admin;
};

/* Read what came, within the budget; whether there may be more. */
bool lq_client_port_read(struct lq_client_port *port, const struct lq_turn_budget *budget);

#endif
