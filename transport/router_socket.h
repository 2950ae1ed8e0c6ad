// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* router_socket.h - a bound ROUTER: messages of one header part and at most one body part, by peer.
 *
 * Everything that a peer can make it hold has a bound: connections (accept_gate.h), messages and
 * their parts' bytes on the way in, bytes on the way out (send_quota.h). What libzmq cannot bound
 * is the number of parts of one message.
 */
#ifndef LQ_ROUTER_SOCKET_H
#define LQ_ROUTER_SOCKET_H

#include "base/error_message.h"
#include "base/result.h"
#include "proto/framing.h"
#include "transport/curve_keys.h"
#include "transport/message_part.h"
#include "transport/peer_table.h"
#include "transport/send_quota.h"

typedef struct lq_router_socket lq_router_socket_t;

/* A message as it came; both parts are initialised, the caller closes them by
 * lq_router_message_close(). */
struct lq_router_message {
    uint32_t peer;
    enum lq_message_kind kind;
    struct lq_view message; /* behind the framing; in `header` */
    struct lq_message_part header;
    struct lq_message_part body; /* empty when there was none */
};

struct lq_router_options {
    const char *endpoint;           /* over tcp only with keys */
    uint32_t peers_max;             /* connections, and peers remembered */
    uint32_t part_bytes_max;        /* libzmq ends the connection of who sends more */
    uint32_t received_messages_max; /* of a connection, before the kernel holds the rest */
    struct lq_send_limits send;     /* zeroes: only by the number of messages */
    const lq_curve_keys_t *keys;    /* over tcp; key_guard.h says who is let in */
};

/* Bind. `message` is for the operator. LQ_ERR_KEY: an endpoint over tcp without keys, or keys
 * without a guard. */
LQ_MUST_CHECK enum lq_result lq_router_socket_open(const struct lq_router_options *options,
                                                   lq_router_socket_t **router,
                                                   struct lq_error_message *message);
void lq_router_socket_close(lq_router_socket_t **router);

void *lq_router_socket_handle(lq_router_socket_t *router); /* for lq_poll_set_wait() */

/* The next message, without waiting; what is not well framed is counted and dropped. Each message
 * costs one of *left, dropped ones too. False: none is there, or none is left. */
bool lq_router_socket_receive(lq_router_socket_t *router, uint64_t now_ns, uint32_t *left,
                              struct lq_router_message *received);
void lq_router_message_close(struct lq_router_message *received);

/* Bytes that wait for peers, of what has a quota. */
uint64_t lq_router_socket_waiting(const lq_router_socket_t *router);

/* How many messages were dropped because they are not framed as ours. */
uint64_t lq_router_socket_dropped(const lq_router_socket_t *router);

/* Send without waiting; `body` may be NULL and is taken over in any case. LQ_ERR_UNREACHABLE: the
 * peer is gone. LQ_ERR_FULL: it does not read, and what waits for it is as much as may wait. */
enum lq_result lq_router_socket_send(lq_router_socket_t *router, uint32_t peer,
                                     struct lq_view header, struct lq_message_part *body);

#endif
