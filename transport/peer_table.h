// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* peer_table.h - connections of a ROUTER by routing id, and the numbers the core knows them by.
 *
 * A number is a slot in its low 16 bits and a generation above them, so that an answer to a
 * connection that was forgotten does not reach the one that took its slot. When the table is full,
 * the connection that was silent longest is forgotten: it says HELLO or READY again if it lives.
 */
#ifndef LQ_PEER_TABLE_H
#define LQ_PEER_TABLE_H

#include "base/view.h"

#define LQ_ROUTING_ID_BYTES_MAX 32

typedef struct lq_peer_table lq_peer_table_t;

lq_peer_table_t *lq_peer_table_new(uint32_t peers_max);
void lq_peer_table_destroy(lq_peer_table_t **table);

/* The number of a connection, made if it is new. 0: its routing id is longer than the limit.
 * *before_ns: when it was heard before, 0 if never. */
uint32_t lq_peer_table_number(lq_peer_table_t *table, struct lq_view routing_id, uint64_t now_ns,
                              uint64_t *before_ns);

/* The slot in a number: 1 to peers_max. */
uint32_t lq_peer_table_slot(uint32_t peer);

/* The routing id of a number; empty if it was forgotten. Lives until the table changes. */
struct lq_view lq_peer_table_routing_id(const lq_peer_table_t *table, uint32_t peer);

void lq_peer_table_forget(lq_peer_table_t *table, uint32_t peer);

#endif
