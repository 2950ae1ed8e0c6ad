// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* admin_port.h - requests of clients about the cluster. The broker answers what it knows itself;
 * others go to the core, which has them executed by persist or load, or to the storage thread. */
#ifndef LQ_ADMIN_PORT_H
#define LQ_ADMIN_PORT_H

#include "broker/io/broker_status.h"
#include "broker/io/message_memory.h"
#include "broker/io/mirror_port.h"
#include "broker/io/payload_buffers.h"
#include "broker/io/storage_thread.h"
#include "broker/io/welcome_message.h"

struct lq_admin_port {
    struct lq_core_feed *feed;
    lq_router_socket_t *router; /* the clients' */
    lq_payload_buffers_t *buffers;
    lq_storage_thread_t *storage;
    const struct lq_welcome_message *welcome;
    const struct lq_broker_status *status;
    struct lq_mirror_port *mirror;
    struct lq_message_memory *memory;
    struct lq_malformed_tally *tally;
};

/* An ADMIN message of a client. */
void lq_admin_port_read(struct lq_admin_port *port, struct lq_router_message *received);

/* Effects: ADMIN_DONE, ADMIN_FAILED. */
void lq_admin_port_done(struct lq_admin_port *port, const struct lq_broker_effect *effect);
void lq_admin_port_failed(struct lq_admin_port *port, const struct lq_broker_effect *effect);

#endif
