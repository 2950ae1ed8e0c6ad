// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* storage_port.h - what the core wants kept becomes jobs of the storage thread; what came of them
 * becomes events. */
#ifndef LQ_STORAGE_PORT_H
#define LQ_STORAGE_PORT_H

#include "broker/io/core_feed.h"
#include "broker/io/letter_writer.h"
#include "broker/io/storage_thread.h"
#include "transport/router_socket.h"

struct lq_storage_port {
    struct lq_core_feed *feed;
    lq_storage_thread_t *thread;
    lq_payload_buffers_t *buffers;
    lq_router_socket_t *clients; /* who asked hears of it */
    struct lq_letter_writer letters;
};

/* What the thread has done becomes events and replies. */
void lq_storage_port_read(struct lq_storage_port *port);

/* Effects: STORE_LETTER; STORE_LETTER_DONE and _OPEN; STORE_NOT_LIVE and STORE_UNPARKED;
 * STORE_RATE; STORE_QUOTA_EXCEEDED. */
void lq_storage_port_store_letter(struct lq_storage_port *port,
                                  const struct lq_broker_effect *effect);
void lq_storage_port_change_letter(struct lq_storage_port *port,
                                   const struct lq_broker_effect *effect);
void lq_storage_port_forget_session(struct lq_storage_port *port,
                                    const struct lq_broker_effect *effect);
void lq_storage_port_settle_rate(struct lq_storage_port *port,
                                 const struct lq_broker_effect *effect);
void lq_storage_port_tell_quota(struct lq_storage_port *port,
                                const struct lq_broker_effect *effect);

#endif
