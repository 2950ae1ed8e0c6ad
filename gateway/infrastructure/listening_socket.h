// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* listening_socket.h - a TCP socket that several processes may listen on side by side. */
#ifndef LQ_LISTENING_SOCKET_H
#define LQ_LISTENING_SOCKET_H

#include "base/error_message.h"
#include "base/result.h"

#include <stdbool.h>
#include <stdint.h>

#define LQ_LISTENING_SOCKET_UNSENT_BYTES 16384 /* that the kernel takes and has not sent */

/* Bind to an address (IPv4 or IPv6, as numbers) and port (0: one that is free; *port is the one
 * that it has) and listen; not blocking. Others of this user may listen there too (SO_REUSEPORT)
 * from then on; `is_first`: none may already. The sockets that it accepts send at once
 * (TCP_NODELAY) and take at most LQ_LISTENING_SOCKET_UNSENT_BYTES that are not sent yet
 * (TCP_NOTSENT_LOWAT). LQ_ERR_INVALID: no address; LQ_ERR_BUSY: `message` says whose it is;
 * LQ_ERR_IO. */
LQ_MUST_CHECK enum lq_result lq_listening_socket_open(const char *address, uint16_t *port,
                                                      bool is_first, int *fd,
                                                      struct lq_error_message *message);

#endif
