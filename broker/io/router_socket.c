// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "broker/io/router_socket.h"

#include "base/alloc.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

struct lq_router_socket {
    void *socket;
    lq_peer_table_t *peers;
    uint64_t dropped;
};

static bool set_option(void *socket, int option, int value)
{
    return zmq_setsockopt(socket, option, &value, sizeof value) == 0;
}

static bool set_options(void *socket)
{
    int64_t message_bytes_max = LQ_BODY_BYTES_MAX;

    return set_option(socket, ZMQ_LINGER, 0) && set_option(socket, ZMQ_ROUTER_MANDATORY, 1) &&
           /* A peer whose connection broke comes again under its identity, perhaps before the end
            * of the old one is known here: without this it would be connected and never heard. */
           set_option(socket, ZMQ_ROUTER_HANDOVER, 1) && set_option(socket, ZMQ_SNDHWM, 4096) &&
           set_option(socket, ZMQ_RCVHWM, 4096) && set_option(socket, ZMQ_HANDSHAKE_IVL, 3000) &&
           set_option(socket, ZMQ_SNDBUF, LQ_SOCKET_BUFFER_BYTES) &&
           set_option(socket, ZMQ_RCVBUF, LQ_SOCKET_BUFFER_BYTES) &&
           zmq_setsockopt(socket, ZMQ_MAXMSGSIZE, &message_bytes_max, sizeof message_bytes_max) ==
               0;
}

enum lq_result lq_router_socket_open(void *zmq_context, const char *endpoint, uint32_t peers_max,
                                     lq_router_socket_t **router, char *message)
{
    void *socket = zmq_socket(zmq_context, ZMQ_ROUTER);

    if (strncmp(endpoint, "ipc://", 6) != 0) {
        snprintf(message, 256, "%s: only ipc endpoints are served", endpoint);
    } else if (socket == NULL || !set_options(socket) || zmq_bind(socket, endpoint) != 0) {
        snprintf(message, 256, "%s: %s", endpoint, zmq_strerror(errno));
    } else {
        *router = lq_alloc(1, sizeof **router);
        (*router)->socket = socket;
        (*router)->peers = lq_peer_table_new(peers_max);
        return LQ_OK;
    }
    if (socket != NULL) {
        zmq_close(socket);
    }
    return LQ_ERR_IO;
}

void lq_router_socket_close(lq_router_socket_t **router)
{
    if (*router != NULL) {
        zmq_close((*router)->socket);
        lq_peer_table_destroy(&(*router)->peers);
        free(*router);
        *router = NULL;
    }
}

void *lq_router_socket_handle(lq_router_socket_t *router)
{
    return router->socket;
}

/* Parts beyond the body belong to no message of ours. Returns whether there were any. */
static bool drop_rest(void *socket, zmq_msg_t *last)
{
    bool dropped = false;

    while (zmq_msg_more(last)) {
        dropped = true;
        zmq_msg_close(last);
        zmq_msg_init(last);
        if (zmq_msg_recv(last, socket, ZMQ_DONTWAIT) < 0) {
            break;
        }
    }
    return dropped;
}

static bool receive_parts(void *socket, zmq_msg_t *routing_id, struct lq_router_message *received)
{
    if (!zmq_msg_more(routing_id) || zmq_msg_recv(&received->header, socket, ZMQ_DONTWAIT) < 0) {
        return false;
    }
    if (zmq_msg_more(&received->header)) {
        if (zmq_msg_recv(&received->body, socket, ZMQ_DONTWAIT) < 0 ||
            drop_rest(socket, &received->body)) {
            return false;
        }
    }
    struct lq_view part =
        lq_view_of(zmq_msg_data(&received->header), zmq_msg_size(&received->header));
    return lq_framing_get(part, &received->kind, &received->message) == LQ_OK;
}

bool lq_router_socket_receive(lq_router_socket_t *router, uint64_t now_ns,
                              struct lq_router_message *received)
{
    for (;;) {
        zmq_msg_t routing_id;
        zmq_msg_init(&routing_id);
        if (zmq_msg_recv(&routing_id, router->socket, ZMQ_DONTWAIT) < 0) {
            zmq_msg_close(&routing_id);
            return false;
        }
        zmq_msg_init(&received->header);
        zmq_msg_init(&received->body);
        bool framed = receive_parts(router->socket, &routing_id, received);
        received->peer = lq_peer_table_number(
            router->peers, lq_view_of(zmq_msg_data(&routing_id), zmq_msg_size(&routing_id)),
            now_ns);
        zmq_msg_close(&routing_id);
        if (framed && received->peer != 0) {
            return true;
        }
        router->dropped++;
        lq_router_message_close(received);
    }
}

void lq_router_message_close(struct lq_router_message *received)
{
    zmq_msg_close(&received->header);
    zmq_msg_close(&received->body);
}

uint64_t lq_router_socket_dropped(const lq_router_socket_t *router)
{
    return router->dropped;
}

static enum lq_result translate_send_error(lq_router_socket_t *router, uint32_t peer)
{
    if (errno == EAGAIN) {
        return LQ_ERR_FULL;
    }
    lq_peer_table_forget(router->peers, peer);
    return LQ_ERR_UNREACHABLE;
}

enum lq_result lq_router_socket_send(lq_router_socket_t *router, uint32_t peer,
                                     struct lq_view header, zmq_msg_t *body)
{
    struct lq_view routing_id = lq_peer_table_routing_id(router->peers, peer);
    enum lq_result result = LQ_ERR_UNREACHABLE;
    int more = body != NULL ? ZMQ_SNDMORE : 0;

    if (routing_id.bytes > 0) {
        result = LQ_OK;
        if (zmq_send(router->socket, routing_id.data, routing_id.bytes,
                     ZMQ_SNDMORE | ZMQ_DONTWAIT) < 0) {
            result = translate_send_error(router, peer);
        } else if (zmq_send(router->socket, header.data, header.bytes, more | ZMQ_DONTWAIT) < 0 ||
                   (body != NULL && zmq_msg_send(body, router->socket, ZMQ_DONTWAIT) < 0)) {
            result = translate_send_error(router, peer);
        }
    }
    if (body != NULL) {
        zmq_msg_close(body);
    }
    return result;
}
