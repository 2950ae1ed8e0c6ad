// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "transport/dealer_socket.h"

#include "base/alloc.h"
#include "base/contract.h"
#include "transport/endpoint.h"
#include "transport/handshake_monitor.h"
#include "transport/socket_options.h"

#include <errno.h>
#include <stdlib.h>

/* A router that is frozen gets its time: it may thaw, and to connect again gains nothing. */
#define HANDSHAKE_MS 30000

struct lq_dealer_socket {
    zsock_t *owner;
    void *socket;                    /* the same, for libzmq's calls */
    lq_handshake_monitor_t *monitor; /* with keys only */
};

static zmq_msg_t *message_of(struct lq_message_part *part)
{
    return (zmq_msg_t *)(void *)part;
}

static enum lq_result connect_socket(zsock_t *socket, const struct lq_dealer_options *options,
                                     struct lq_error_message *message)
{
    zsock_set_reconnect_ivl(socket, (int)options->reconnect_ms);
    zsock_set_reconnect_ivl_max(socket, (int)options->reconnect_ms_max);
    zsock_set_immediate(socket, 1);
    if (zsock_connect(socket, "%s", options->endpoint) != 0) {
        lq_error_message_set(message, "cannot connect to %s: %s", options->endpoint,
                             zmq_strerror(zmq_errno()));
        return LQ_ERR_INVALID;
    }
    return LQ_OK;
}

/* czmq ends the process over a text that is none. */
static bool is_key(const char *text)
{
    uint8_t key[LQ_CURVE_KEY_TEXT_BYTES / 5 * 4];

    return text != NULL && strlen(text) == LQ_CURVE_KEY_TEXT_BYTES &&
           zmq_z85_decode(key, text) != NULL;
}

static enum lq_result check_endpoint(const struct lq_dealer_options *options,
                                     struct lq_error_message *message)
{
    enum lq_endpoint_transport transport;
    enum lq_result result = lq_endpoint_read(options->endpoint, &transport, message);
    bool keyed = options->keys != NULL && is_key(options->router_key);

    if (result == LQ_OK && !keyed && (transport == LQ_ENDPOINT_OVER_TCP || options->keys != NULL)) {
        lq_error_message_set(message, "%s: needs keys of both ends", options->endpoint);
        return LQ_ERR_KEY;
    }
    return result;
}

enum lq_result lq_dealer_socket_open(const struct lq_dealer_options *options,
                                     lq_dealer_socket_t **dealer, struct lq_error_message *message)
{
    const struct lq_socket_options of_socket = {
        .sent_messages_max = options->sent_messages_max,
        .received_messages_max = options->received_messages_max,
        .part_bytes_max = options->part_bytes_max,
        .handshake_ms = HANDSHAKE_MS,
        .routing_id = options->routing_id,
    };
    struct lq_dealer_socket made = {.owner = NULL};
    enum lq_result result = check_endpoint(options, message);

    if (result == LQ_OK) {
        result = lq_socket_options_make(&of_socket, ZMQ_DEALER, &made.owner, message);
    }
    if (result == LQ_OK && options->keys != NULL) {
        lq_curve_keys_apply(options->keys, made.owner);
        zsock_set_curve_serverkey(made.owner, options->router_key);
        made.monitor = lq_handshake_monitor_new(made.owner);
    }
    if (result == LQ_OK) {
        result = connect_socket(made.owner, options, message);
    }
    if (result != LQ_OK) {
        lq_handshake_monitor_destroy(&made.monitor);
        zsock_destroy(&made.owner);
        return result;
    }
    made.socket = zsock_resolve(made.owner);
    *dealer = lq_alloc(1, sizeof **dealer);
    **dealer = made;
    return LQ_OK;
}

/* libzmq lets go of what it could not send when its own time is over, so this comes to an end. */
static void wait_for_event(zsock_t *socket)
{
    zmq_pollitem_t item = {zsock_resolve(socket), 0, ZMQ_POLLIN, 0};

    while (zmq_poll(&item, 1, -1) < 0 && errno == EINTR) {
    }
}

/* The context outlives its sockets, so its end cannot be waited for. libzmq ends a socket's monitor
 * when the socket itself has ended: with all that it had to send, or when linger_ms are over. */
static void close_and_wait(struct lq_dealer_socket *dealer, uint32_t linger_ms)
{
    const struct lq_socket_options of_end = {.part_bytes_max = 256};
    struct lq_error_message message;
    char endpoint[64];
    zsock_t *end = NULL;

    snprintf(endpoint, sizeof endpoint, "inproc://end-of-%p", dealer->socket);
    zsock_set_linger(dealer->owner, (int)linger_ms);
    if (lq_socket_options_make(&of_end, ZMQ_PAIR, &end, &message) == LQ_OK &&
        zmq_socket_monitor(dealer->socket, endpoint, ZMQ_EVENT_MONITOR_STOPPED) == 0 &&
        zsock_connect(end, "%s", endpoint) == 0) {
        zsock_destroy(&dealer->owner);
        wait_for_event(end);
    }
    zsock_destroy(&end);
}

void lq_dealer_socket_close(lq_dealer_socket_t **dealer, uint32_t linger_ms)
{
    if (*dealer != NULL) {
        lq_handshake_monitor_destroy(&(*dealer)->monitor);
        if (linger_ms > 0) {
            close_and_wait(*dealer, linger_ms);
        }
        zsock_destroy(&(*dealer)->owner);
        free(*dealer);
        *dealer = NULL;
    }
}

void *lq_dealer_socket_handle(const lq_dealer_socket_t *dealer)
{
    return dealer->socket;
}

int lq_dealer_socket_descriptor(const lq_dealer_socket_t *dealer)
{
    return zsock_fd(dealer->owner);
}

bool lq_dealer_socket_is_ready(const lq_dealer_socket_t *dealer, bool wants_room)
{
    return (zsock_events(dealer->owner) & (ZMQ_POLLIN | (wants_room ? ZMQ_POLLOUT : 0))) != 0;
}

bool lq_dealer_socket_has_room(const lq_dealer_socket_t *dealer)
{
    return (zsock_events(dealer->owner) & ZMQ_POLLOUT) != 0;
}

bool lq_dealer_socket_refused(const lq_dealer_socket_t *dealer)
{
    return dealer->monitor != NULL && lq_handshake_monitor_refused(dealer->monitor);
}

bool lq_dealer_socket_send(lq_dealer_socket_t *dealer, struct lq_view header,
                           struct lq_message_part *body)
{
    int flags = ZMQ_DONTWAIT | (body != NULL ? ZMQ_SNDMORE : 0);
    bool sent = zmq_send(dealer->socket, header.data, header.bytes, flags) >= 0;

    if (body != NULL) {
        /* The connection chosen by the first part has room for the whole message. */
        sent = sent && zmq_msg_send(message_of(body), dealer->socket, ZMQ_DONTWAIT) >= 0;
        lq_message_part_close(body); /* empty if it was sent */
    }
    return sent;
}

/* The other parts of a message are there when the first one is. */
static bool receive_part(struct lq_dealer_socket *dealer, struct lq_message_part *part)
{
    while (zmq_msg_recv(message_of(part), dealer->socket, 0) < 0) {
        if (errno != EINTR) {
            return false;
        }
    }
    return zmq_msg_more(message_of(part)) != 0;
}

static void drop_parts(struct lq_dealer_socket *dealer, uint32_t *part_count)
{
    struct lq_message_part dropped;
    bool more = true;

    lq_message_part_init(&dropped);
    while (more) {
        more = receive_part(dealer, &dropped);
        ++*part_count;
    }
    lq_message_part_close(&dropped);
}

bool lq_dealer_socket_receive(lq_dealer_socket_t *dealer, struct lq_message_part *header,
                              struct lq_message_part *body, uint32_t *part_count)
{
    if (zmq_msg_recv(message_of(header), dealer->socket, ZMQ_DONTWAIT) < 0) {
        (void)lq_dealer_socket_refused(dealer); /* else its events would wait without end */
        return false;
    }
    *part_count = 1;
    lq_message_part_close(body);
    lq_message_part_init(body);
    if (zmq_msg_more(message_of(header))) {
        ++*part_count;
        if (receive_part(dealer, body)) {
            drop_parts(dealer, part_count);
        }
    }
    return true;
}
