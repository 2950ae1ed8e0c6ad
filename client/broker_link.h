// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* broker_link.h - the socket to the broker, and what is known of the broker behind it: its epoch,
 * its limits, and for how long it has been silent.
 *
 *   no epoch --HELLO, WELCOME--> heard --250 ms--> HELLO each 250 ms --500 ms--> silent:
 *                                  ^                     |                      say all again
 *                                  +----- any message ---+--------------------------+
 *
 * While nothing is awaited, nothing is sent. One thread. Not part of the library's interface.
 */
#ifndef LQ_BROKER_LINK_H
#define LQ_BROKER_LINK_H

#include "proto/actor_codec.h"
#include "transport/dealer_socket.h"

#define LQ_BROKER_LINK_PING_NS (UINT64_C(250) * 1000 * 1000)
#define LQ_BROKER_LINK_SILENCE_NS (UINT64_C(500) * 1000 * 1000)
#define LQ_BROKER_LINK_REPEAT_NS_MAX (UINT64_C(4) * 1000 * 1000 * 1000)

struct lq_broker_link {
    lq_dealer_socket_t *socket;
    struct lq_client_id id; /* of the connection */
    uint64_t epoch;         /* 0: none heard yet */
    struct lq_welcome limits;
    uint8_t history[LQ_WELCOME_HISTORY_BYTES]; /* the latest that was said */
    bool has_history;
    uint64_t ping_due_ns;
    uint64_t asked_at_ns; /* the first HELLO since the latest message; 0: none */
    uint64_t silence_ns;  /* the next repeat; the gaps double up to LQ_BROKER_LINK_REPEAT_NS_MAX */
    bool awaiting;
    char not_served[LQ_REASON_BYTES_MAX]; /* why this connection is not; "": it is, so far */
};

/* A message as received: `message` lies behind the framing of the first part. */
struct lq_broker_message {
    struct lq_message_part header;
    struct lq_message_part body; /* of an ADMIN_REPLY; of others none is expected */
    enum lq_message_kind kind;
    struct lq_view message;
};

LQ_MUST_CHECK enum lq_result lq_broker_link_open(struct lq_broker_link *link, const char *endpoint,
                                                 const struct lq_client_id *id,
                                                 struct lq_error_message *message);
void lq_broker_link_close(struct lq_broker_link *link);

/* Readable when there may be something to receive, or room to send where there was none. It
 * tells of changes only. */
int lq_broker_link_descriptor(const struct lq_broker_link *link);

/* Whether there is something to receive, or room to send if `wants_to_send`; the descriptor will
 * not say it again. */
bool lq_broker_link_is_ready(const struct lq_broker_link *link, bool wants_to_send);

/* Whether lq_broker_link_send() can succeed now. */
bool lq_broker_link_writable(const struct lq_broker_link *link);

/* Send a header part and (body.bytes > 0) a body part. False: no broker, or its queue is full.
 * Copies. */
bool lq_broker_link_send(struct lq_broker_link *link, struct lq_view header, struct lq_view body);

/* The next message that is there; foreign and malformed ones are dropped. False: none.
 * The caller ends it with lq_broker_link_close_message(). */
bool lq_broker_link_receive(struct lq_broker_link *link, struct lq_broker_message *message,
                            uint64_t now_ns);
void lq_broker_link_close_message(struct lq_broker_message *message);

/* Take in a WELCOME. True: this is a broker not met before. */
bool lq_broker_link_welcome(struct lq_broker_link *link, struct lq_view message,
                            struct lq_arena *arena);

/* The timers, once a turn after receiving. `awaiting`: something is outstanding. Sends HELLO when
 * it is time to. True: the broker has been silent for too long, everything outstanding must be said
 * again. */
bool lq_broker_link_tick(struct lq_broker_link *link, bool awaiting, uint64_t now_ns);

#endif
