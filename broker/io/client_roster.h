// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* client_roster.h - whose connections are which, and how many of each are served.
 *
 *   not known --HELLO or SUBMIT--> served --its connection ends--> forgotten, when room is needed
 *       ^  |
 *       |  +-- too many of its client's are served --> not served
 *       +------------------ 250 ms ----------------------+
 *
 * A connection is whose its HELLO said, or its first SUBMIT if there was none; it may bring
 * commands of any clients. Who said HELLO has one connection, two while it comes again after a cut.
 * libzmq gives no way to close one of them: what a connection says that is not served is dropped
 * after one look-up, and its HELLO answered by a refusal. Those that served and have ended make
 * room as soon as it is needed, so who was cut comes again at once.
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

/* Whether the peer is known, and served: one look-up. */
bool lq_client_roster_knows(const lq_client_roster_t *roster, uint32_t peer);

/* Whether the peer is known to be this client's, and served. */
bool lq_client_roster_serves(const lq_client_roster_t *roster, uint32_t peer,
                             const struct lq_client_id *client);

/* The peer says for the first time that it is this client's. Whether it is served. */
bool lq_client_roster_enter(lq_client_roster_t *roster, uint32_t peer,
                            const struct lq_client_id *client,
                            const struct lq_connection_mark *mark, uint64_t now_ns);

#endif
