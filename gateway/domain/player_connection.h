// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* player_connection.h - one connection of a player or watcher: what it may say now, and when it
 * gets its next state.
 *
 *   NEW --hello--> OPENING --welcome--> SERVING
 *                 (window, watch, head)
 *
 * Latest wins: a state is made when the socket has room, out of the newest snapshot then. TCP loses
 * nothing, so it is made against the one sent before; acks bound what is under way.
 *
 * Pure; time is an argument.
 */
#ifndef LQ_PLAYER_CONNECTION_H
#define LQ_PLAYER_CONNECTION_H

#include "gateway/domain/player_message.h"
#include "gateway/domain/rate_bucket.h"

#define LQ_PLAYER_UNACKNOWLEDGED_MAX 8u /* states */
#define LQ_PLAYER_STATES_PER_S 20u      /* of who does not say */
#define LQ_PLAYER_MESSAGES_PER_S 200u   /* of any type; twice as many at once */

enum lq_player_phase {
    LQ_PLAYER_NEW = 1,
    LQ_PLAYER_OPENING, /* what the cluster knows of session and player is on its way */
    LQ_PLAYER_SERVING
};

struct lq_player_connection {
    enum lq_player_phase phase;
    bool may_command;  /* play, and not watch only */
    bool has_previous; /* an earlier incarnation may be settled */
    uint32_t commands_per_s;
    struct lq_rate_bucket commands, messages;
    uint32_t states_per_s;
    uint64_t state, acknowledged;       /* numbers of states: sent, taken */
    uint64_t base_serial;               /* the snapshot that the client holds; 0: none */
    bool base_is_have;                  /* it is the one that hello named */
    struct lq_view_rectangle base_view; /* as it was cut */
    struct lq_view_rectangle view;      /* as the next one is to be */
    uint64_t next_state_ns;
    uint64_t applied, applied_sent; /* the highest number of this incarnation in a frame */
};

enum lq_player_verdict {
    LQ_PLAYER_SERVE = 1, /* do what it says; of view, ack, refresh and ping nothing is left to do */
    LQ_PLAYER_REFUSE,    /* say error with the code and reason, with the number if there is one */
    LQ_PLAYER_CLOSE      /* end the connection with `close` and reason */
};

struct lq_player_judgement {
    enum lq_player_close close;
    const char *code; /* of an error */
    char reason[LQ_REASON_BYTES_MAX];
};

void lq_player_connection_open(struct lq_player_connection *connection);

/* A message that was read, with `result` and judgement->reason as lq_message_reader_read() left
 * them. */
enum lq_player_verdict lq_player_connection_take(struct lq_player_connection *connection,
                                                 const struct lq_player_message *message,
                                                 enum lq_result result, uint64_t now_ns,
                                                 struct lq_player_judgement *judgement);

/* Whether a state is to be made now of the newest snapshot, or has nothing to tell. LQ_EVENT-like:
 * *due_ns is when to ask again by itself, UINT64_MAX: when something happens. */
bool lq_player_connection_wants_state(const struct lq_player_connection *connection,
                                      uint64_t newest_serial, uint64_t now_ns, uint64_t *due_ns);

/* It was sent: the client holds snapshot `serial`, cut by connection->view. */
void lq_player_connection_sent_state(struct lq_player_connection *connection, uint64_t serial,
                                     uint64_t now_ns);

#endif
