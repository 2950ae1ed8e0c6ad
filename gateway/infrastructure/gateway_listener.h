// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* gateway_listener.h - who gets in: listening sockets, and bounds in all and by address. For the
 * files of the server alone.
 *
 * Connections that have not upgraded are pending. When there are too many of them, in all or of
 * one address, the oldest makes room: a client that means it is through in some round trips, one
 * that only holds a place is not.
 */
#ifndef LQ_GATEWAY_LISTENER_H
#define LQ_GATEWAY_LISTENER_H

#include "gateway/infrastructure/gateway_connection.h"

/* Address as text, with a NUL. */
#define LQ_LISTENER_ADDRESS_BYTES 46
void lq_gateway_listener_address(struct lq_address address, char text[LQ_LISTENER_ADDRESS_BYTES]);

/* Bind and listen. Results: lq_listening_socket_open(). */
LQ_MUST_CHECK enum lq_result lq_gateway_listener_open(lq_gateway_server_t *server, bool is_tls,
                                                      struct lq_error_message *message);
void lq_gateway_listener_close(struct lq_listener *listener);

/* After the kernel had no descriptor for a connection: look again. */
void lq_gateway_listener_resume(lq_gateway_server_t *server);

/* It is pending no more. */
void lq_gateway_listener_upgraded(struct lq_gateway_connection *connection);

/* It is gone: its place is free, its address has one less. */
void lq_gateway_listener_release(struct lq_gateway_connection *connection);

#endif
