// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* client_port.h - what clients say becomes events.
 *
 * A tenant that may submit nothing now is refused before the bodies of its commands are looked at:
 * the core is stepped without them, keeps none and recognises copies all the same. A client that
 * numbers its rounds (SUBMIT's `round`) is refused the rest of a round in which one command was, of
 * the same tenant: what it has on its way behind that one would overtake it.
 */
#ifndef LQ_CLIENT_PORT_H
#define LQ_CLIENT_PORT_H

#include "broker/io/admin_port.h"
#include "broker/io/client_roster.h"
#include "broker/io/receipt_writer.h"
#include "broker/io/refused_rounds.h"
#include "broker/io/turn_budget.h"

struct lq_client_port {
    struct lq_core_feed *feed;
    lq_router_socket_t *router;
    lq_payload_buffers_t *buffers;
    const struct lq_welcome_message *welcome, *not_welcome;
    struct lq_message_memory *memory;
    struct lq_malformed_tally *tally;
    struct lq_admin_port *admin;
    lq_client_roster_t *roster;
    lq_refused_rounds_t *rounds;
    lq_receipt_writer_t *receipts;
};

/* Read what came, within the budget; whether there may be more. */
bool lq_client_port_read(struct lq_client_port *port, const struct lq_turn_budget *budget);

#endif
