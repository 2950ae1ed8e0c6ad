// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* receipt_writer.h - answers of one turn, gathered by client: one RECEIPT message carries many.
 *
 * Commands of one SUBMIT that stand in a row in it and are refused unused for the same reason get
 * one answer, a run: refusing a message costs its sender's next message no more than one line. A
 * run never goes over two messages, and a command between that was answered otherwise, or not yet,
 * ends it.
 */
#ifndef LQ_RECEIPT_WRITER_H
#define LQ_RECEIPT_WRITER_H

#include "broker/core/broker_core.h"
#include "transport/router_socket.h"

typedef struct lq_receipt_writer lq_receipt_writer_t;

lq_receipt_writer_t *lq_receipt_writer_new(uint64_t epoch);
void lq_receipt_writer_destroy(lq_receipt_writer_t **writer);

/* The answers that follow are to a command with this tag: the next one of its SUBMIT, or the first.
 */
void lq_receipt_writer_begin(lq_receipt_writer_t *writer);
void lq_receipt_writer_next(lq_receipt_writer_t *writer, uint64_t tag);

/* The SUBMIT is done: what follows is none of its answers. */
void lq_receipt_writer_end(lq_receipt_writer_t *writer);

/* How many commands were refused so far for a quota of their tenant, or because the mirror is
 * behind. */
uint64_t lq_receipt_writer_quota_refusals(const lq_receipt_writer_t *writer);

/* Add an ANSWER effect; copies what it needs. Sends when the gathered answers are full. */
void lq_receipt_writer_add(lq_receipt_writer_t *writer, const struct lq_broker_effect *effect,
                           lq_router_socket_t *clients);

/* Send everything gathered. A client that is gone or does not read loses its receipts: it sends its
 * commands again, and they are duplicates then. */
void lq_receipt_writer_flush(lq_receipt_writer_t *writer, lq_router_socket_t *clients);

#endif
