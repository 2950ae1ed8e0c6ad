// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "transport/socket_options.h"

#include "base/contract.h"
#include "proto/framing.h"
#include "transport/czmq_state.h"

enum lq_result lq_socket_options_make(const struct lq_socket_options *options, int type,
                                      zsock_t **socket, struct lq_error_message *message)
{
    enum lq_result result = lq_czmq_state_prepare(message);

    if (result != LQ_OK) {
        return result;
    }
    LQ_ASSERT(options->part_bytes_max > 0);
    zsock_t *made = zsock_new(type);
    LQ_ASSERT(made != NULL);
    zsock_set_linger(made, 0);
    zsock_set_sndhwm(made, (int)options->sent_messages_max);
    zsock_set_rcvhwm(made, (int)options->received_messages_max);
    zsock_set_maxmsgsize(made, (int)options->part_bytes_max);
    zsock_set_handshake_ivl(made, (int)options->handshake_ms);
    zsock_set_sndbuf(made, LQ_SOCKET_BUFFER_BYTES);
    zsock_set_rcvbuf(made, LQ_SOCKET_BUFFER_BYTES);
    if (options->routing_id.bytes > 0) {
        /* zsock_set_identity() takes a text; ours may hold any byte. */
        int rc = zmq_setsockopt(zsock_resolve(made), ZMQ_ROUTING_ID, options->routing_id.data,
                                options->routing_id.bytes);
        LQ_ASSERT(rc == 0);
    }
    *socket = made;
    return LQ_OK;
}
