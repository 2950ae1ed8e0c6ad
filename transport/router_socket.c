// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "transport/router_socket.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "transport/accept_gate.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#define IPC "ipc://"
#define PARTS_PER_CALL_MAX 1024 /* dropped of one message before others get their turn */
#define HEARD_EVERY_NS LQ_NS_PER_S
/* Whoever connects, speaks; actors, and clients and watchers that wait, speak every second or so.
 */
static const struct lq_accept_patience patience = {.mute_ms = 250, .silence_ms = 10000};

struct lq_router_socket {
    void *socket;
    lq_peer_table_t *peers;
    lq_send_quota_t *quota; /* NULL: none */
    char *path;
    uint64_t dropped;
    bool dropping; /* in the middle of a message of too many parts */
};

static bool set_option(void *socket, int option, int value)
{
    return zmq_setsockopt(socket, option, &value, sizeof value) == 0;
}

static bool set_options(void *socket, const struct lq_router_options *options)
{
    int64_t part_bytes_max = options->part_bytes_max;

    return set_option(socket, ZMQ_LINGER, 0) && set_option(socket, ZMQ_ROUTER_MANDATORY, 1) &&
           /* A peer whose connection broke comes again under its identity, perhaps before the end
            * of the old one is known here: without this it would be connected and never heard. */
           set_option(socket, ZMQ_ROUTER_HANDOVER, 1) && set_option(socket, ZMQ_SNDHWM, 4096) &&
           set_option(socket, ZMQ_RCVHWM, (int)options->received_messages_max) &&
           /* Who connects and says nothing, not even ZeroMQ's greeting, is sent away. */
           set_option(socket, ZMQ_HANDSHAKE_IVL, 3000) &&
           set_option(socket, ZMQ_SNDBUF, LQ_SOCKET_BUFFER_BYTES) &&
           set_option(socket, ZMQ_RCVBUF, LQ_SOCKET_BUFFER_BYTES) &&
           zmq_setsockopt(socket, ZMQ_MAXMSGSIZE, &part_bytes_max, sizeof part_bytes_max) == 0;
}

static enum lq_result bind_socket(void *socket, const struct lq_router_options *options,
                                  struct lq_error_message *message)
{
    if (strncmp(options->endpoint, IPC, strlen(IPC)) != 0) {
        lq_error_message_set(message, "%s: only ipc endpoints are served", options->endpoint);
        return LQ_ERR_IO;
    }
    lq_accept_gate_add(options->endpoint + strlen(IPC), options->peers_max, patience);
    if (!set_options(socket, options) || zmq_bind(socket, options->endpoint) != 0) {
        lq_error_message_set(message, "%s: %s", options->endpoint, zmq_strerror(errno));
        lq_accept_gate_remove(options->endpoint + strlen(IPC));
        return LQ_ERR_IO;
    }
    return LQ_OK;
}

enum lq_result lq_router_socket_open(void *zmq_context, const struct lq_router_options *options,
                                     lq_router_socket_t **router, struct lq_error_message *message)
{
    void *socket = zmq_socket(zmq_context, ZMQ_ROUTER);

    if (socket == NULL) {
        lq_error_message_set(message, "%s: %s", options->endpoint, zmq_strerror(errno));
        return LQ_ERR_IO;
    }
    enum lq_result result = bind_socket(socket, options, message);
    if (result != LQ_OK) {
        zmq_close(socket);
        return result;
    }
    *router = lq_alloc(1, sizeof **router);
    (*router)->socket = socket;
    (*router)->path = lq_text_copy(options->endpoint + strlen(IPC));
    (*router)->peers = lq_peer_table_new(options->peers_max);
    if (options->send.bytes_max > 0) {
        (*router)->quota = lq_send_quota_new(options->peers_max, &options->send);
    }
    return LQ_OK;
}

void lq_router_socket_close(lq_router_socket_t **router)
{
    if (*router != NULL) {
        zmq_close((*router)->socket);
        lq_peer_table_destroy(&(*router)->peers);
        lq_send_quota_destroy(&(*router)->quota);
        lq_accept_gate_remove((*router)->path);
        free((*router)->path);
        free(*router);
        *router = NULL;
    }
}

void *lq_router_socket_handle(lq_router_socket_t *router)
{
    return router->socket;
}

/* Parts beyond the body belong to no message of ours. A message may have any number of them, so
 * they go in portions: router->dropping says that some are left. */
static void drop_rest(lq_router_socket_t *router)
{
    zmq_msg_t part;
    int count = 0;

    zmq_msg_init(&part);
    router->dropping = true;
    while (router->dropping && count++ < PARTS_PER_CALL_MAX) {
        router->dropping =
            zmq_msg_recv(&part, router->socket, ZMQ_DONTWAIT) >= 0 && zmq_msg_more(&part);
    }
    zmq_msg_close(&part);
}

static bool receive_parts(lq_router_socket_t *router, zmq_msg_t *routing_id,
                          struct lq_router_message *received)
{
    if (!zmq_msg_more(routing_id) ||
        zmq_msg_recv(&received->header, router->socket, ZMQ_DONTWAIT) < 0) {
        return false;
    }
    if (zmq_msg_more(&received->header)) {
        if (zmq_msg_recv(&received->body, router->socket, ZMQ_DONTWAIT) < 0) {
            return false;
        }
        if (zmq_msg_more(&received->body)) {
            drop_rest(router);
            return false;
        }
    }
    struct lq_view part =
        lq_view_of(zmq_msg_data(&received->header), zmq_msg_size(&received->header));
    return lq_framing_get(part, &received->kind, &received->message) == LQ_OK;
}

/* Who it is, and that it has spoken: now and then is enough for the gate, and asking libzmq for a
 * connection's descriptor is not cheap. */
static uint32_t find_peer(lq_router_socket_t *router, zmq_msg_t *routing_id, zmq_msg_t *header,
                          uint64_t now_ns)
{
    uint64_t before_ns = 0;
    uint32_t peer = lq_peer_table_number(
        router->peers, lq_view_of(zmq_msg_data(routing_id), zmq_msg_size(routing_id)), now_ns,
        &before_ns);

    if (now_ns - before_ns >= HEARD_EVERY_NS) {
        lq_accept_gate_heard(zmq_msg_get(header, ZMQ_SRCFD));
    }
    return peer;
}

bool lq_router_socket_receive(lq_router_socket_t *router, uint64_t now_ns, uint32_t *left,
                              struct lq_router_message *received)
{
    while (*left > 0) {
        zmq_msg_t routing_id;
        --*left;
        if (router->dropping) {
            drop_rest(router);
            continue;
        }
        zmq_msg_init(&routing_id);
        if (zmq_msg_recv(&routing_id, router->socket, ZMQ_DONTWAIT) < 0) {
            zmq_msg_close(&routing_id);
            return false;
        }
        zmq_msg_init(&received->header);
        zmq_msg_init(&received->body);
        bool framed = receive_parts(router, &routing_id, received);
        received->peer = find_peer(router, &routing_id, &received->header, now_ns);
        zmq_msg_close(&routing_id);
        if (framed && received->peer != 0) {
            return true;
        }
        router->dropped++;
        lq_router_message_close(received);
    }
    return false;
}

void lq_router_message_close(struct lq_router_message *received)
{
    zmq_msg_close(&received->header);
    zmq_msg_close(&received->body);
}

uint64_t lq_router_socket_waiting(const lq_router_socket_t *router)
{
    return router->quota == NULL ? 0 : lq_send_quota_waiting(router->quota);
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

/* The header part, charged with all that it brings with it when there is a quota. */
static enum lq_result make_header(lq_router_socket_t *router, uint32_t peer, struct lq_view header,
                                  zmq_msg_t *body, zmq_msg_t *part)
{
    uint64_t charged = header.bytes + (body != NULL ? zmq_msg_size(body) : 0);
    uint32_t slot = lq_peer_table_slot(peer);

    if (router->quota == NULL) {
        int rc = zmq_msg_init_size(part, header.bytes);
        LQ_ASSERT(rc == 0);
        memcpy(zmq_msg_data(part), header.data, header.bytes);
        return LQ_OK;
    }
    if (!lq_send_quota_allows(router->quota, slot, charged)) {
        return LQ_ERR_FULL;
    }
    lq_send_quota_part(router->quota, slot, header, charged, part);
    return LQ_OK;
}

static enum lq_result send_parts(lq_router_socket_t *router, uint32_t peer,
                                 struct lq_view routing_id, struct lq_view header, zmq_msg_t *body)
{
    zmq_msg_t part;
    int more = body != NULL ? ZMQ_SNDMORE : 0;
    enum lq_result result = make_header(router, peer, header, body, &part);

    if (result != LQ_OK) {
        return result;
    }
    if (zmq_send(router->socket, routing_id.data, routing_id.bytes, ZMQ_SNDMORE | ZMQ_DONTWAIT) <
            0 ||
        zmq_msg_send(&part, router->socket, more | ZMQ_DONTWAIT) < 0 ||
        (body != NULL && zmq_msg_send(body, router->socket, ZMQ_DONTWAIT) < 0)) {
        result = translate_send_error(router, peer);
    }
    zmq_msg_close(&part); /* empty if it was sent */
    return result;
}

enum lq_result lq_router_socket_send(lq_router_socket_t *router, uint32_t peer,
                                     struct lq_view header, zmq_msg_t *body)
{
    struct lq_view routing_id = lq_peer_table_routing_id(router->peers, peer);
    enum lq_result result = LQ_ERR_UNREACHABLE;

    if (routing_id.bytes > 0) {
        result = send_parts(router, peer, routing_id, header, body);
    }
    if (body != NULL) {
        zmq_msg_close(body);
    }
    return result;
}
