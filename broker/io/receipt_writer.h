// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* receipt_writer.h - answers of one turn, gathered by client: one RECEIPT message carries many. */
#ifndef LQ_RECEIPT_WRITER_H
#define LQ_RECEIPT_WRITER_H

#include "broker/core/broker_core.h"
#include "transport/router_socket.h"

typedef struct lq_receipt_writer lq_receipt_writer_t;

lq_receipt_writer_t *lq_receipt_writer_new(uint64_t epoch);
void lq_receipt_writer_destroy(lq_receipt_writer_t **writer);

/* Add an ANSWER effect; copies what it needs. Sends when the gathered answers are full. */
void lq_receipt_writer_add(lq_receipt_writer_t *writer, const struct lq_broker_effect *effect,
                           lq_router_socket_t *clients);

/* Send everything gathered. A client that is gone or does not read loses its receipts: it sends its
 * commands again, and they are duplicates then. */
void lq_receipt_writer_flush(lq_receipt_writer_t *writer, lq_router_socket_t *clients);

#endif
