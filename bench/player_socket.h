// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* player_socket.h - a WebSocket client (RFC 6455) as a benchmark needs one: in clear, a gateway
 * that is trusted, whole text messages, never waiting. What does not fit into the kernel's buffer
 * at once is a failure: nothing here is large, so the gateway has stopped to read. */
#ifndef LQ_PLAYER_SOCKET_H
#define LQ_PLAYER_SOCKET_H

#include "base/error_message.h"
#include "base/result.h"
#include "base/view.h"

struct lq_player_socket {
    int fd; /* -1: none */
    bool is_upgraded;
    uint8_t *buffer; /* what has come and was not taken */
    size_t bytes, room;
    size_t taken;  /* of it by messages so far; moved out by the next read */
    uint32_t mask; /* of the frame before */
};

/* Connects and asks for the protocol of players, signed in by a token. LQ_ERR_UNREACHABLE. */
LQ_MUST_CHECK enum lq_result lq_player_socket_open(struct lq_player_socket *opened,
                                                   const char *address, uint16_t port,
                                                   const char *token,
                                                   struct lq_error_message *message);
void lq_player_socket_close(struct lq_player_socket *closed);

/* LQ_ERR_IO: the connection has ended, or does not take it. */
LQ_MUST_CHECK enum lq_result lq_player_socket_send(struct lq_player_socket *to, struct lq_view text,
                                                   struct lq_error_message *message);

/* Whatever is there. LQ_ERR_IO: the connection has ended; what came before is in the buffer. */
LQ_MUST_CHECK enum lq_result lq_player_socket_read(struct lq_player_socket *from,
                                                   struct lq_error_message *message);

/* The next whole message of what was read; it lives until the next read. LQ_ERR_NOT_FOUND: none is
 * whole. LQ_ERR_UNREACHABLE: the gateway refused or closed the connection, and `message` is what it
 * said. Pings are answered here. */
LQ_MUST_CHECK enum lq_result lq_player_socket_next(struct lq_player_socket *from,
                                                   struct lq_view *text,
                                                   struct lq_error_message *message);

#endif
