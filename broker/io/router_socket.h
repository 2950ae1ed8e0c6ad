// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* router_socket.h - a bound ROUTER: messages of one header part and at most one body part, by peer.
 */
#ifndef LQ_ROUTER_SOCKET_H
#define LQ_ROUTER_SOCKET_H

#include "base/result.h"
#include "broker/io/peer_table.h"
#include "proto/framing.h"

#include <zmq.h>

typedef struct lq_router_socket lq_router_socket_t;

/* A message as it came; both parts are initialised, the caller closes them by
 * lq_router_message_close(). */
struct lq_router_message {
    uint32_t peer;
    enum lq_message_kind kind;
    struct lq_view message; /* behind the framing; in `header` */
    zmq_msg_t header;
    zmq_msg_t body; /* empty when there was none */
};

/* Bind `endpoint` (ipc only). `message`: 256 bytes for the operator. */
LQ_MUST_CHECK enum lq_result lq_router_socket_open(void *zmq_context, const char *endpoint,
                                                   uint32_t peers_max, lq_router_socket_t **router,
                                                   char *message);
void lq_router_socket_close(lq_router_socket_t **router);

void *lq_router_socket_handle(lq_router_socket_t *router); /* for zmq_poll() */

/* The next message, without waiting; what is not well framed is counted and dropped. False: none.
 */
bool lq_router_socket_receive(lq_router_socket_t *router, uint64_t now_ns,
                              struct lq_router_message *received);
void lq_router_message_close(struct lq_router_message *received);

/* How many messages were dropped because they are not framed as ours. */
uint64_t lq_router_socket_dropped(const lq_router_socket_t *router);

/* Send without waiting; `body` may be NULL and is taken over in any case. LQ_ERR_UNREACHABLE: the
 * peer is gone. LQ_ERR_FULL: it does not read. */
enum lq_result lq_router_socket_send(lq_router_socket_t *router, uint32_t peer,
                                     struct lq_view header, zmq_msg_t *body);

#endif
