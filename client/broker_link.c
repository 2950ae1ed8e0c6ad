// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "client/broker_link.h"

#include "base/clock.h"
#include "proto/client_codec.h"

#include <errno.h>

enum { MESSAGES_QUEUED_MAX = 64, RECONNECT_MS = 10, RECONNECT_MS_MAX = 200, HELLO_BYTES_MAX = 64 };

static void set_option(void *socket, int option, int value)
{
    int rc = zmq_setsockopt(socket, option, &value, sizeof value);
    LQ_ASSERT(rc == 0);
}

enum lq_result lq_broker_link_open(struct lq_broker_link *link, const char *endpoint,
                                   const struct lq_client_id *client)
{
    *link = (struct lq_broker_link){.client = *client, .silence_ns = LQ_BROKER_LINK_SILENCE_NS};
    link->zmq_context = zmq_ctx_new();
    LQ_ASSERT(link->zmq_context != NULL);
    link->socket = zmq_socket(link->zmq_context, ZMQ_DEALER);
    LQ_ASSERT(link->socket != NULL);
    set_option(link->socket, ZMQ_LINGER, 0);
    set_option(link->socket, ZMQ_SNDHWM, MESSAGES_QUEUED_MAX);
    set_option(link->socket, ZMQ_RCVHWM, 0);
    set_option(link->socket, ZMQ_RECONNECT_IVL, RECONNECT_MS);
    set_option(link->socket, ZMQ_RECONNECT_IVL_MAX, RECONNECT_MS_MAX);
    /* Nothing is queued for a broker that is not there: everything is kept here and said again. */
    set_option(link->socket, ZMQ_IMMEDIATE, 1);
    set_option(link->socket, ZMQ_SNDBUF, LQ_SOCKET_BUFFER_BYTES);
    set_option(link->socket, ZMQ_RCVBUF, LQ_SOCKET_BUFFER_BYTES);
    if (zmq_connect(link->socket, endpoint) != 0) {
        lq_broker_link_close(link);
        return LQ_ERR_INVALID;
    }
    return LQ_OK;
}

void lq_broker_link_close(struct lq_broker_link *link)
{
    if (link->socket != NULL) {
        zmq_close(link->socket);
        link->socket = NULL;
    }
    if (link->zmq_context != NULL) {
        while (zmq_ctx_term(link->zmq_context) != 0 && errno == EINTR) {
        }
        link->zmq_context = NULL;
    }
}

void lq_broker_link_wait(const struct lq_broker_link *link, uint32_t timeout_ms, bool wants_to_send)
{
    zmq_pollitem_t item = {.socket = link->socket,
                           .events = (short)(ZMQ_POLLIN | (wants_to_send ? ZMQ_POLLOUT : 0))};

    (void)zmq_poll(&item, 1, (long)timeout_ms);
}

static bool has_event(const struct lq_broker_link *link, int event)
{
    int events = 0;
    size_t bytes = sizeof events;

    return zmq_getsockopt(link->socket, ZMQ_EVENTS, &events, &bytes) == 0 && (events & event) != 0;
}

int lq_broker_link_descriptor(const struct lq_broker_link *link)
{
    int descriptor = -1;
    size_t bytes = sizeof descriptor;
    int rc = zmq_getsockopt(link->socket, ZMQ_FD, &descriptor, &bytes);

    LQ_ASSERT(rc == 0);
    return descriptor;
}

bool lq_broker_link_readable(const struct lq_broker_link *link)
{
    return has_event(link, ZMQ_POLLIN);
}

bool lq_broker_link_writable(const struct lq_broker_link *link)
{
    return has_event(link, ZMQ_POLLOUT);
}

bool lq_broker_link_send(struct lq_broker_link *link, struct lq_view header, struct lq_view body)
{
    int more = body.bytes > 0 ? ZMQ_SNDMORE : 0;

    if (zmq_send(link->socket, header.data, header.bytes, ZMQ_DONTWAIT | more) < 0) {
        return false;
    }
    /* The pipe chosen by the first part has room for the whole message. A connection that breaks in
     * between takes the message with it; the silence that follows repeats it. */
    if (more != 0 && zmq_send(link->socket, body.data, body.bytes, 0) < 0) {
        return false;
    }
    return true;
}

static void drop_other_parts(void *socket, zmq_msg_t *part)
{
    while (zmq_msg_more(part)) {
        if (zmq_msg_recv(part, socket, 0) < 0 && errno != EINTR) {
            return;
        }
    }
}

bool lq_broker_link_receive(struct lq_broker_link *link, struct lq_broker_message *message,
                            uint64_t now_ns)
{
    zmq_msg_init(&message->header);
    while (zmq_msg_recv(&message->header, link->socket, ZMQ_DONTWAIT) >= 0) {
        struct lq_view part =
            lq_view_of(zmq_msg_data(&message->header), zmq_msg_size(&message->header));
        link->ping_due_ns = now_ns + LQ_BROKER_LINK_PING_NS;
        link->asked_at_ns = 0;
        link->silence_ns = LQ_BROKER_LINK_SILENCE_NS;
        if (!zmq_msg_more(&message->header) &&
            lq_framing_get(part, &message->kind, &message->message) == LQ_OK) {
            return true;
        }
        drop_other_parts(link->socket, &message->header);
    }
    zmq_msg_close(&message->header);
    return false;
}

bool lq_broker_link_welcome(struct lq_broker_link *link, struct lq_view message,
                            struct lq_arena *arena)
{
    struct lq_welcome welcome;
    const char *where = NULL;

    if (lq_welcome_decode(message, arena, &welcome, &where) != LQ_OK || welcome.epoch == 0) {
        return false;
    }
    bool other = welcome.epoch != link->epoch;
    link->epoch = welcome.epoch;
    link->limits = welcome;
    return other;
}

static bool say_hello(struct lq_broker_link *link)
{
    uint8_t bytes[HELLO_BYTES_MAX];
    size_t written = 0;
    enum lq_result rc = lq_hello_encode(&link->client, bytes, sizeof bytes, &written);

    LQ_ASSERT(rc == LQ_OK);
    return lq_broker_link_send(link, lq_view_of(bytes, written), (struct lq_view){NULL, 0});
}

/* Silence is an unanswered HELLO, not the time since the last message: a caller that was away for
 * long has heard nothing because it did not ask. */
bool lq_broker_link_tick(struct lq_broker_link *link, bool awaiting, uint64_t now_ns)
{
    if (awaiting && !link->awaiting) {
        link->asked_at_ns = 0;
        link->silence_ns = LQ_BROKER_LINK_SILENCE_NS;
        link->ping_due_ns = link->epoch == 0 ? now_ns : now_ns + LQ_BROKER_LINK_PING_NS;
    }
    link->awaiting = awaiting;
    if (!awaiting) {
        return false;
    }
    if (now_ns >= link->ping_due_ns) {
        bool sent = say_hello(link);
        link->ping_due_ns = now_ns + (sent ? LQ_BROKER_LINK_PING_NS : RECONNECT_MS * LQ_NS_PER_MS);
        link->asked_at_ns = link->asked_at_ns == 0 ? now_ns : link->asked_at_ns;
    }
    if (link->asked_at_ns == 0 ||
        now_ns - link->asked_at_ns < link->silence_ns - LQ_BROKER_LINK_PING_NS) {
        return false;
    }
    link->silence_ns += link->silence_ns < LQ_BROKER_LINK_REPEAT_NS_MAX
                            ? link->silence_ns
                            : LQ_BROKER_LINK_REPEAT_NS_MAX;
    return true;
}
