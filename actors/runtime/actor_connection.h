// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* actor_connection.h - the socket to the broker, registration and heartbeats.
 *
 *   STARTING --a broker's epoch--> REGISTERING --WELCOME--> SERVING
 *                                      ^                       |
 *                                      +---- another epoch ----+
 *
 * STARTING: HEARTBEAT of epoch 0 every 250 ms; a broker answers WELCOME with its epoch to whom it
 * does not know. REGISTERING: READY was sent, again after a second without an answer. SERVING:
 * HEARTBEAT every 250 ms, each second after 3 s without a DISPATCH. The socket's identity is random
 * for each process, so a broker never takes two incarnations for one. Belongs to the communication
 * thread.
 */
#ifndef LQ_ACTOR_CONNECTION_H
#define LQ_ACTOR_CONNECTION_H

#include "actors/runtime/out_pool.h"
#include "proto/actor_codec.h"
#include "transport/dealer_socket.h"

enum lq_connection_state {
    LQ_CONNECTION_STARTING = 1,
    LQ_CONNECTION_REGISTERING,
    LQ_CONNECTION_SERVING
};

enum lq_connection_event {
    LQ_CONNECTION_ON_NOTHING = 1, /* no message waits */
    LQ_CONNECTION_ON_HANDLED,     /* one was dealt with here, or dropped */
    LQ_CONNECTION_ON_EPOCH,       /* a new broker: READY was sent, everything older is void */
    LQ_CONNECTION_ON_REGISTERED,  /* the broker has taken our READY */
    LQ_CONNECTION_ON_DISPATCH,    /* of this epoch as far as is known yet; in header and body */
    LQ_CONNECTION_ON_RESOLVE
};

struct lq_actor_connection {
    lq_dealer_socket_t *socket;
    struct lq_ready ready; /* what we say of ourselves; its epoch is the broker's, 0: none known */
    enum lq_connection_state state;
    bool blocked; /* nothing could be sent: no broker */
    bool silent;  /* nothing heard for long, said so once */
    uint64_t heartbeat_due_ns, ready_sent_ns, heard_ns;
    uint64_t worked_ns;          /* the newest DISPATCH */
    struct lq_heartbeat holding; /* what the next heartbeat tells; kept by the loop */
    struct lq_message_part header, body;
    struct lq_view message; /* behind the framing of `header`, after ON_DISPATCH and ON_RESOLVE */
    uint8_t *scratch;
    struct lq_arena arena;
};

/* Connects in the background. LQ_ERR_IO is logged. */
LQ_MUST_CHECK enum lq_result lq_actor_connection_open(struct lq_actor_connection *connection,
                                                      const char *endpoint,
                                                      const struct lq_ready *ready);

/* Waits up to linger_ms for what is still to be sent. */
void lq_actor_connection_close(struct lq_actor_connection *connection, int linger_ms);

/* One message from the socket, without waiting. */
enum lq_connection_event lq_actor_connection_receive(struct lq_actor_connection *connection,
                                                     uint64_t now_ns);

/* Send what is due: HEARTBEAT, or READY again. *next_ns: when to call again. */
void lq_actor_connection_beat(struct lq_actor_connection *connection, uint64_t now_ns,
                              uint64_t *next_ns);

/* PAUSED or GOODBYE, if a broker is known: its epoch is filled in. */
void lq_actor_connection_send_paused(struct lq_actor_connection *connection,
                                     struct lq_paused message);
void lq_actor_connection_send_goodbye(struct lq_actor_connection *connection);

/* A header part, copied, and a body part of body_bytes (0: no body part). `memory` not NULL: the
 * body lies at its start, is not copied and goes back to its pool when it is written; else the body
 * is copied. False: no broker; the message and its memory are given up. */
bool lq_actor_connection_send(struct lq_actor_connection *connection, const uint8_t *header,
                              size_t header_bytes, const uint8_t *body, size_t body_bytes,
                              struct lq_out_memory *memory);

#endif
