// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* socket_options.h - the one place where sockets are made: no socket is without its bounds.
 *
 * For the files of this folder; it shows czmq's types.
 */
#ifndef LQ_SOCKET_OPTIONS_H
#define LQ_SOCKET_OPTIONS_H

#include "base/error_message.h"
#include "base/result.h"
#include "base/view.h"

#define ZSOCK_NOCHECK 1 /* czmq's list of who made which socket: a walk at each end of one */
#include <czmq.h>

struct lq_socket_options {
    uint32_t sent_messages_max, received_messages_max; /* that wait, of a connection; 0: any */
    uint32_t part_bytes_max;                           /* libzmq ends the connection beyond it */
    uint32_t handshake_ms;                             /* the other end has to greet */
    struct lq_view routing_id;                         /* empty: libzmq makes one up */
};

/* A socket of libzmq's type `type`, with these options, nothing that waits for its end, and kernel
 * buffers of LQ_SOCKET_BUFFER_BYTES. LQ_ERR_LIMIT: no descriptor is left. */
LQ_MUST_CHECK enum lq_result lq_socket_options_make(const struct lq_socket_options *options,
                                                    int type, zsock_t **socket,
                                                    struct lq_error_message *message);

#endif
