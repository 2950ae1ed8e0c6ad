// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "transport/router_socket.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "transport/accept_gate.h"
#include "transport/endpoint.h"
#include "transport/key_guard.h"
#include "transport/socket_options.h"
#include "transport/version_answer.h"

#include <errno.h>
#include <stdlib.h>

#define PARTS_PER_CALL_MAX 1024 /* dropped of one message before others get their turn */
#define HEARD_EVERY_NS LQ_NS_PER_S
#define SENT_MESSAGES_MAX 4096
/* Who connects and says nothing, not even ZeroMQ's greeting, is sent away. */
#define HANDSHAKE_MS 3000
#define ZAP_DOMAIN "ledgerquest" /* any name: without one libzmq may not ask */
/* Whoever connects, speaks; actors, and clients and watchers that wait, speak every second or so.
 */
static const struct lq_accept_patience patience = {.mute_ms = 250, .silence_ms = 10000};

struct lq_router_socket {
    zsock_t *owner;
    void *socket; /* the same, for libzmq's calls */
    lq_peer_table_t *peers;
    lq_send_quota_t *quota; /* NULL: none */
    char *path;             /* NULL: over tcp */
    bool guarded;           /* has keys */
    uint64_t dropped;
    bool dropping;                    /* in the middle of a message of too many parts */
    struct lq_version_answer answers; /* to who speaks another version */
};

static zmq_msg_t *message_of(struct lq_message_part *part)
{
    return (zmq_msg_t *)(void *)part;
}

/* Over tcp there is no folder that keeps strangers away. */
static enum lq_result guard_socket(zsock_t *socket, const struct lq_router_options *options,
                                   struct lq_error_message *message)
{
    enum lq_endpoint_transport transport;
    enum lq_result result = lq_endpoint_read(options->endpoint, &transport, message);

    if (result != LQ_OK || (transport == LQ_ENDPOINT_OVER_IPC && options->keys == NULL)) {
        return result;
    }
    if (options->keys == NULL || !lq_key_guard_hold()) {
        lq_error_message_set(message, "%s: %s", options->endpoint,
                             options->keys == NULL ? "is served with keys only"
                                                   : "nobody says which keys are let in");
        return LQ_ERR_KEY;
    }
    lq_curve_keys_apply(options->keys, socket);
    zsock_set_curve_server(socket, 1);
    zsock_set_zap_domain(socket, ZAP_DOMAIN);
    return LQ_OK;
}

static enum lq_result bind_socket(zsock_t *socket, const struct lq_router_options *options,
                                  struct lq_error_message *message)
{
    const char *path = lq_endpoint_path(options->endpoint);

    zsock_set_router_mandatory(socket, 1);
    /* A peer whose connection broke comes again under its identity, perhaps before the end of the
     * old one is known here: without this it would be connected and never heard. */
    zsock_set_router_handover(socket, 1);
    if (path != NULL) {
        lq_accept_gate_add(path, options->peers_max, patience);
    }
    if (zsock_bind(socket, "%s", options->endpoint) < 0) {
        lq_error_message_set(message, "%s: %s", options->endpoint, zmq_strerror(zmq_errno()));
        if (path != NULL) {
            lq_accept_gate_remove(path);
        }
        if (options->keys != NULL) {
            lq_key_guard_let_go();
        }
        return LQ_ERR_IO;
    }
    return LQ_OK;
}

static lq_router_socket_t *make_router(const struct lq_router_options *options, zsock_t *socket)
{
    const char *path = lq_endpoint_path(options->endpoint);
    lq_router_socket_t *router = lq_alloc(1, sizeof *router);

    router->owner = socket;
    router->socket = zsock_resolve(socket);
    router->path = path != NULL ? lq_text_copy(path) : NULL;
    router->guarded = options->keys != NULL;
    router->peers = lq_peer_table_new(options->peers_max);
    if (options->send.bytes_max > 0) {
        router->quota = lq_send_quota_new(options->peers_max, &options->send);
    }
    return router;
}

enum lq_result lq_router_socket_open(const struct lq_router_options *options,
                                     lq_router_socket_t **router, struct lq_error_message *message)
{
    const struct lq_socket_options of_socket = {
        .sent_messages_max = SENT_MESSAGES_MAX,
        .received_messages_max = options->received_messages_max,
        .part_bytes_max = options->part_bytes_max,
        .handshake_ms = HANDSHAKE_MS,
    };
    zsock_t *socket = NULL;
    enum lq_result result = lq_socket_options_make(&of_socket, ZMQ_ROUTER, &socket, message);

    if (result == LQ_OK) {
        result = guard_socket(socket, options, message);
    }
    if (result == LQ_OK) {
        result = bind_socket(socket, options, message);
    }
    if (result != LQ_OK) {
        zsock_destroy(&socket);
        return result;
    }
    *router = make_router(options, socket);
    return LQ_OK;
}

void lq_router_socket_close(lq_router_socket_t **router)
{
    if (*router != NULL) {
        zsock_destroy(&(*router)->owner);
        lq_peer_table_destroy(&(*router)->peers);
        lq_send_quota_destroy(&(*router)->quota);
        if ((*router)->path != NULL) {
            lq_accept_gate_remove((*router)->path);
        }
        if ((*router)->guarded) {
            lq_key_guard_let_go();
        }
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

static enum lq_result receive_parts(lq_router_socket_t *router, zmq_msg_t *routing_id,
                                    struct lq_router_message *received)
{
    if (!zmq_msg_more(routing_id) ||
        zmq_msg_recv(message_of(&received->header), router->socket, ZMQ_DONTWAIT) < 0) {
        return LQ_ERR_MALFORMED;
    }
    if (zmq_msg_more(message_of(&received->header))) {
        if (zmq_msg_recv(message_of(&received->body), router->socket, ZMQ_DONTWAIT) < 0) {
            return LQ_ERR_MALFORMED;
        }
        if (zmq_msg_more(message_of(&received->body))) {
            drop_rest(router);
            return LQ_ERR_MALFORMED;
        }
    }
    return lq_framing_get(lq_message_part_view(&received->header), &received->kind,
                          &received->message);
}

static void answer_other_version(lq_router_socket_t *router, struct lq_router_message *received,
                                 uint64_t now_ns)
{
    uint8_t version = lq_message_part_view(&received->header).data[LQ_FRAMING_VERSION_AT];
    uint8_t bytes[LQ_VERSION_ANSWER_BYTES_MAX];

    lq_version_answer_tell(version, lq_message_part_pid(&received->header));
    if (!lq_version_answer_allows(&router->answers, now_ns)) {
        return;
    }
    (void)lq_router_socket_send(router, received->peer,
                                lq_version_answer_make(version, version, bytes), NULL);
    (void)lq_router_socket_send(router, received->peer,
                                lq_version_answer_make(version, LQ_WIRE_VERSION, bytes), NULL);
}

/* Who it is, and that it has spoken: now and then is enough for the gate, and asking libzmq for a
 * connection's descriptor is not cheap. */
static uint32_t find_peer(lq_router_socket_t *router, zmq_msg_t *routing_id,
                          struct lq_message_part *header, uint64_t now_ns)
{
    uint64_t before_ns = 0;
    uint32_t peer = lq_peer_table_number(
        router->peers, lq_view_of(zmq_msg_data(routing_id), zmq_msg_size(routing_id)), now_ns,
        &before_ns);

    if (now_ns - before_ns >= HEARD_EVERY_NS) {
        lq_accept_gate_heard(lq_message_part_descriptor(header));
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
        lq_message_part_init(&received->header);
        lq_message_part_init(&received->body);
        enum lq_result framed = receive_parts(router, &routing_id, received);
        received->peer = find_peer(router, &routing_id, &received->header, now_ns);
        zmq_msg_close(&routing_id);
        if (framed == LQ_OK && received->peer != 0) {
            return true;
        }
        if (framed == LQ_ERR_VERSION && received->peer != 0) {
            answer_other_version(router, received, now_ns);
        }
        router->dropped++;
        lq_router_message_close(received);
    }
    return false;
}

void lq_router_message_close(struct lq_router_message *received)
{
    lq_message_part_close(&received->header);
    lq_message_part_close(&received->body);
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
                                  struct lq_message_part *body, struct lq_message_part *part)
{
    uint64_t charged = header.bytes + (body != NULL ? lq_message_part_bytes(body) : 0);
    uint32_t slot = lq_peer_table_slot(peer);

    if (router->quota == NULL) {
        lq_message_part_init_copy(part, header);
        return LQ_OK;
    }
    if (!lq_send_quota_allows(router->quota, slot, charged)) {
        return LQ_ERR_FULL;
    }
    lq_send_quota_part(router->quota, slot, header, charged, part);
    return LQ_OK;
}

static enum lq_result send_parts(lq_router_socket_t *router, uint32_t peer,
                                 struct lq_view routing_id, struct lq_view header,
                                 struct lq_message_part *body)
{
    struct lq_message_part part;
    int more = body != NULL ? ZMQ_SNDMORE : 0;
    enum lq_result result = make_header(router, peer, header, body, &part);

    if (result != LQ_OK) {
        return result;
    }
    if (zmq_send(router->socket, routing_id.data, routing_id.bytes, ZMQ_SNDMORE | ZMQ_DONTWAIT) <
            0 ||
        zmq_msg_send(message_of(&part), router->socket, more | ZMQ_DONTWAIT) < 0 ||
        (body != NULL && zmq_msg_send(message_of(body), router->socket, ZMQ_DONTWAIT) < 0)) {
        result = translate_send_error(router, peer);
    }
    lq_message_part_close(&part); /* empty if it was sent */
    return result;
}

enum lq_result lq_router_socket_send(lq_router_socket_t *router, uint32_t peer,
                                     struct lq_view header, struct lq_message_part *body)
{
    struct lq_view routing_id = lq_peer_table_routing_id(router->peers, peer);
    enum lq_result result = LQ_ERR_UNREACHABLE;

    if (routing_id.bytes > 0) {
        result = send_parts(router, peer, routing_id, header, body);
    }
    if (body != NULL) {
        lq_message_part_close(body);
    }
    return result;
}
