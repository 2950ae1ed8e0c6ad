// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* dealer_socket.h - a DEALER that is connected to one router: the end of clients, watchers and
 * actors.
 *
 * It connects in the background and again when the connection breaks. Nothing is queued for a
 * router that is not there: who sends hears so, and says it again. One thread.
 */
#ifndef LQ_DEALER_SOCKET_H
#define LQ_DEALER_SOCKET_H

#include "base/error_message.h"
#include "base/result.h"
#include "transport/curve_keys.h"
#include "transport/message_part.h"

typedef struct lq_dealer_socket lq_dealer_socket_t;

struct lq_dealer_options {
    const char *endpoint;
    struct lq_view routing_id; /* what the router knows us by; empty: each connection another */
    uint32_t part_bytes_max;
    uint32_t sent_messages_max, received_messages_max; /* that wait; 0: any number */
    uint32_t reconnect_ms, reconnect_ms_max; /* the first try, and the slowest of the later ones */
    const lq_curve_keys_t *keys;             /* tcp: our own */
    const char *router_key;                  /* tcp: the public key of the router */
};

/* LQ_ERR_INVALID: no endpoint that can be connected to; LQ_ERR_KEY: one over tcp without keys;
 * LQ_ERR_LIMIT: no descriptor is left. */
LQ_MUST_CHECK enum lq_result lq_dealer_socket_open(const struct lq_dealer_options *options,
                                                   lq_dealer_socket_t **dealer,
                                                   struct lq_error_message *message);

/* Waits up to linger_ms until what was sent is with the kernel; what is left then is lost. Memory
 * that was lent is given back, if not yet when this returns, then by libzmq's thread soon after. */
void lq_dealer_socket_close(lq_dealer_socket_t **dealer, uint32_t linger_ms);

void *lq_dealer_socket_handle(const lq_dealer_socket_t *dealer); /* for lq_poll_set_wait() */

/* For another's poll(): readable when it is worth asking lq_dealer_socket_receive() until it has
 * nothing, and lq_dealer_socket_has_room() again. It tells of changes only. */
int lq_dealer_socket_descriptor(const lq_dealer_socket_t *dealer);

/* Whether lq_dealer_socket_receive() has something or, for who wants it, there is room to send:
 * what the descriptor will not tell again. Asked last, and once: each look at the socket takes what
 * the descriptor would have told. */
bool lq_dealer_socket_is_ready(const lq_dealer_socket_t *dealer, bool wants_room);

/* Whether lq_dealer_socket_send() can succeed now. */
bool lq_dealer_socket_has_room(const lq_dealer_socket_t *dealer);

/* Whether the router has refused our key, and not taken it since. */
bool lq_dealer_socket_refused(const lq_dealer_socket_t *dealer);

/* Send a header part, which is copied, and a body part if it is not NULL, which is taken over in
 * any case. False: no router, or its queue is full. A connection that breaks takes with it what
 * was sent. */
bool lq_dealer_socket_send(lq_dealer_socket_t *dealer, struct lq_view header,
                           struct lq_message_part *body);

/* The next message, without waiting: its header part, its body part (empty if there is none), and
 * how many parts it had; those beyond the second are dropped. Both are initialised; what they had
 * before is closed. False: none is there. */
bool lq_dealer_socket_receive(lq_dealer_socket_t *dealer, struct lq_message_part *header,
                              struct lq_message_part *body, uint32_t *part_count);

#endif
