// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* client_roster.h - which connections are which client's, and how many of each are served.
 *
 *   not known --HELLO or SUBMIT--> served --its connection ends--> forgotten, when room is needed
 *       ^  |
 *       |  +-- too many of its client's are served --> not served
 *       +------------------ 250 ms ----------------------+
 *
 * A client has one connection, two while it comes again after a cut. libzmq gives no way to close
 * one of them: what a connection says that is not served is dropped after one look-up, and its
 * HELLO answered by a refusal. Those that served and have ended make room as soon as it is needed,
 * so a client that was cut comes again at once.
 *
 * What a client's quota round was refused in is kept here as well (client_port.c).
 */
#ifndef LQ_CLIENT_ROSTER_H
#define LQ_CLIENT_ROSTER_H

#include "transport/connection_mark.h"
#include "world/identity.h"

#define LQ_CLIENT_ROSTER_CONNECTIONS_MAX 8u /* of one client */

typedef struct lq_client_roster lq_client_roster_t;

lq_client_roster_t *lq_client_roster_new(uint32_t peers_max);
void lq_client_roster_destroy(lq_client_roster_t **roster);

/* Whether the peer was told lately that it is not served. */
bool lq_client_roster_refuses(const lq_client_roster_t *roster, uint32_t peer, uint64_t now_ns);

/* Whether the peer is known to be this client, and served: one look-up. */
bool lq_client_roster_serves(const lq_client_roster_t *roster, uint32_t peer,
                             const struct lq_client_id *client);

/* The peer says for the first time that it is this client. Whether it is served. */
bool lq_client_roster_enter(lq_client_roster_t *roster, uint32_t peer,
                            const struct lq_client_id *client,
                            const struct lq_connection_mark *mark, uint64_t now_ns);

/* The round of SUBMITs in which a command of the peer was refused for a quota; 0: none. */
uint32_t lq_client_roster_refused_round(const lq_client_roster_t *roster, uint32_t peer);
void lq_client_roster_refuse_round(lq_client_roster_t *roster, uint32_t peer, uint32_t round);

#endif
