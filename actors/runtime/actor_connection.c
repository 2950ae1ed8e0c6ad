// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "actors/runtime/actor_connection.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "base/log.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <sys/random.h>

#define HEARTBEAT_NS (250 * LQ_NS_PER_MS)
/* Without work for a while a heartbeat a second will do: idle actors cost next to nothing, and the
 * broker's 3 s of silence are still far away. */
#define IDLE_HEARTBEAT_NS LQ_NS_PER_S
#define IDLE_AFTER_NS (3 * LQ_NS_PER_S)
#define READY_AGAIN_NS LQ_NS_PER_S
#define SILENCE_NS (3 * LQ_NS_PER_S)
/* A WELCOME this soon after READY answers it or a heartbeat before it; later, it says that the
 * broker does not know us. */
#define READY_ANSWER_NS (200 * LQ_NS_PER_MS)
#define IDENTITY_BYTES 16
#define ARENA_BYTES (64u * 1024u)
/* Far above the credit, so that only a lost or frozen broker can fill it with heartbeats. */
#define MESSAGES_MAX 1024

static void set_option(void *socket, int option, int value)
{
    int rc = zmq_setsockopt(socket, option, &value, sizeof value);
    LQ_ASSERT(rc == 0);
}

static enum lq_result set_identity(void *socket)
{
    uint8_t identity[IDENTITY_BYTES];

    if (getrandom(identity, sizeof identity, 0) != (ssize_t)sizeof identity) {
        return LQ_ERR_IO;
    }
    identity[0] = 'a'; /* a first byte of 0 is libzmq's own */
    int rc = zmq_setsockopt(socket, ZMQ_ROUTING_ID, identity, sizeof identity);
    LQ_ASSERT(rc == 0);
    return LQ_OK;
}

enum lq_result lq_actor_connection_open(struct lq_actor_connection *connection,
                                        const char *endpoint, const struct lq_ready *ready)
{
    memset(connection, 0, sizeof *connection);
    connection->ready = *ready;
    connection->ready.epoch = 0;
    connection->state = LQ_CONNECTION_STARTING;
    connection->heard_ns = lq_clock_monotonic_ns();
    connection->scratch = lq_alloc(LQ_HEADER_BYTES_MAX, 1);
    connection->arena = (struct lq_arena){lq_alloc(ARENA_BYTES, 1), ARENA_BYTES, 0};
    zmq_msg_init(&connection->header);
    zmq_msg_init(&connection->body);
    connection->context = zmq_ctx_new();
    LQ_ASSERT(connection->context != NULL);
    connection->socket = zmq_socket(connection->context, ZMQ_DEALER);
    LQ_ASSERT(connection->socket != NULL);
    set_option(connection->socket, ZMQ_LINGER, 0);
    set_option(connection->socket, ZMQ_RECONNECT_IVL, 20);
    set_option(connection->socket, ZMQ_RECONNECT_IVL_MAX, 200);
    set_option(connection->socket, ZMQ_IMMEDIATE, 1);
    set_option(connection->socket, ZMQ_SNDBUF, LQ_SOCKET_BUFFER_BYTES);
    set_option(connection->socket, ZMQ_RCVBUF, LQ_SOCKET_BUFFER_BYTES);
    set_option(connection->socket, ZMQ_SNDHWM, MESSAGES_MAX);
    set_option(connection->socket, ZMQ_RCVHWM, MESSAGES_MAX);
    int64_t bytes_max = LQ_BODY_BYTES_MAX;
    int rc = zmq_setsockopt(connection->socket, ZMQ_MAXMSGSIZE, &bytes_max, sizeof bytes_max);
    LQ_ASSERT(rc == 0);
    enum lq_result result = set_identity(connection->socket);
    if (result != LQ_OK || zmq_connect(connection->socket, endpoint) != 0) {
        lq_log_error("cannot connect to %s: %s", endpoint, zmq_strerror(zmq_errno()));
        return LQ_ERR_IO;
    }
    return LQ_OK;
}

void lq_actor_connection_close(struct lq_actor_connection *connection, int linger_ms)
{
    if (connection->context == NULL) {
        return;
    }
    zmq_msg_close(&connection->header);
    zmq_msg_close(&connection->body);
    set_option(connection->socket, ZMQ_LINGER, linger_ms);
    zmq_close(connection->socket);
    while (zmq_ctx_term(connection->context) != 0 && zmq_errno() == EINTR) {
    }
    free(connection->scratch);
    free(connection->arena.memory);
    memset(connection, 0, sizeof *connection);
}

bool lq_actor_connection_send(struct lq_actor_connection *connection, const uint8_t *header,
                              size_t header_bytes, const uint8_t *body, size_t body_bytes,
                              struct lq_out_memory *memory)
{
    int flags = ZMQ_DONTWAIT | (body_bytes > 0 ? ZMQ_SNDMORE : 0);
    zmq_msg_t part;

    LQ_ASSERT(memory == NULL || memory->bytes == body);
    if (zmq_send(connection->socket, header, header_bytes, flags) < 0) {
        connection->blocked = true;
        if (memory != NULL) {
            lq_out_pool_give(memory->bytes, memory);
        }
        return false;
    }
    connection->blocked = false;
    if (body_bytes == 0) {
        if (memory != NULL) {
            lq_out_pool_give(memory->bytes, memory);
        }
        return true;
    }
    if (memory != NULL) {
        zmq_msg_init_data(&part, memory->bytes, body_bytes, lq_out_pool_give, memory);
    } else {
        int rc = zmq_msg_init_size(&part, body_bytes);
        LQ_ASSERT(rc == 0);
        memcpy(zmq_msg_data(&part), body, body_bytes);
    }
    if (zmq_msg_send(&part, connection->socket, ZMQ_DONTWAIT) < 0) {
        zmq_msg_close(&part);
        return false;
    }
    return true;
}

static bool send_scratch(struct lq_actor_connection *connection, enum lq_result encoded,
                         size_t bytes)
{
    LQ_ASSERT(encoded == LQ_OK);
    return lq_actor_connection_send(connection, connection->scratch, bytes, NULL, 0, NULL);
}

static void send_ready(struct lq_actor_connection *connection, uint64_t now_ns)
{
    size_t bytes = 0;
    enum lq_result encoded =
        lq_ready_encode(&connection->ready, connection->scratch, LQ_HEADER_BYTES_MAX, &bytes);

    send_scratch(connection, encoded, bytes);
    connection->state = LQ_CONNECTION_REGISTERING;
    connection->ready_sent_ns = now_ns;
    connection->heartbeat_due_ns = now_ns + HEARTBEAT_NS;
}

static void send_heartbeat(struct lq_actor_connection *connection, enum lq_message_kind kind)
{
    size_t bytes = 0;

    connection->holding.epoch = connection->ready.epoch;
    enum lq_result encoded = lq_heartbeat_encode(kind, &connection->holding, connection->scratch,
                                                 LQ_HEADER_BYTES_MAX, &bytes);

    send_scratch(connection, encoded, bytes);
}

void lq_actor_connection_send_paused(struct lq_actor_connection *connection,
                                     struct lq_paused message)
{
    size_t bytes = 0;

    if (connection->ready.epoch == 0) {
        return;
    }
    message.epoch = connection->ready.epoch;
    enum lq_result encoded =
        lq_paused_encode(&message, connection->scratch, LQ_HEADER_BYTES_MAX, &bytes);
    send_scratch(connection, encoded, bytes);
}

void lq_actor_connection_send_goodbye(struct lq_actor_connection *connection)
{
    if (connection->ready.epoch != 0) {
        send_heartbeat(connection, LQ_MESSAGE_GOODBYE);
    }
}

void lq_actor_connection_beat(struct lq_actor_connection *connection, uint64_t now_ns,
                              uint64_t *next_ns)
{
    if (!connection->silent && now_ns - connection->heard_ns > SILENCE_NS) {
        connection->silent = true;
        lq_log_rarely(LQ_LOG_WARNING, "the broker has been silent for 3 s; trying on");
    }
    if (connection->state == LQ_CONNECTION_REGISTERING &&
        now_ns - connection->ready_sent_ns >= READY_AGAIN_NS) {
        send_ready(connection, now_ns);
    } else if (now_ns >= connection->heartbeat_due_ns) {
        bool idle = connection->state == LQ_CONNECTION_SERVING &&
                    now_ns - connection->worked_ns > IDLE_AFTER_NS;
        connection->heartbeat_due_ns = now_ns + (idle ? IDLE_HEARTBEAT_NS : HEARTBEAT_NS);
        send_heartbeat(connection, LQ_MESSAGE_HEARTBEAT);
        lq_log_settle();
    }
    *next_ns = connection->heartbeat_due_ns;
}

static enum lq_connection_event adopt_epoch(struct lq_actor_connection *connection, uint64_t epoch,
                                            uint64_t now_ns)
{
    lq_log_rarely(LQ_LOG_INFO, "broker epoch %" PRIu64 ", before it %" PRIu64, epoch,
                  connection->ready.epoch);
    connection->ready.epoch = epoch;
    send_ready(connection, now_ns);
    return LQ_CONNECTION_ON_EPOCH;
}

static enum lq_connection_event register_done(struct lq_actor_connection *connection)
{
    connection->state = LQ_CONNECTION_SERVING;
    /* The broker has it now. */
    connection->ready.suspect = (struct lq_execution_id){0, 0};
    return LQ_CONNECTION_ON_REGISTERED;
}

static enum lq_connection_event on_welcome(struct lq_actor_connection *connection, uint64_t now_ns)
{
    struct lq_welcome welcome;
    const char *where = "";

    if (lq_welcome_decode(connection->message, &connection->arena, &welcome, &where) != LQ_OK ||
        welcome.epoch == 0) {
        lq_log_rarely(LQ_LOG_WARNING, "a WELCOME that is none: %s", where);
        return LQ_CONNECTION_ON_HANDLED;
    }
    if (welcome.epoch != connection->ready.epoch) {
        return adopt_epoch(connection, welcome.epoch, now_ns);
    }
    if (connection->state == LQ_CONNECTION_REGISTERING) {
        return register_done(connection);
    }
    if (now_ns - connection->ready_sent_ns > READY_ANSWER_NS) {
        send_ready(connection, now_ns);
    }
    return LQ_CONNECTION_ON_HANDLED;
}

static enum lq_connection_event on_heartbeat(struct lq_actor_connection *connection,
                                             uint64_t now_ns)
{
    struct lq_heartbeat beat;
    const char *where = "";

    if (lq_heartbeat_decode(connection->message, &connection->arena, &beat, &where) != LQ_OK ||
        beat.epoch == 0) {
        lq_log_rarely(LQ_LOG_WARNING, "a HEARTBEAT that is none: %s", where);
        return LQ_CONNECTION_ON_HANDLED;
    }
    return beat.epoch != connection->ready.epoch ? adopt_epoch(connection, beat.epoch, now_ns)
                                                 : LQ_CONNECTION_ON_HANDLED;
}

/* The parts of one message; more than two, or a part too many, make it malformed. */
static bool receive_parts(struct lq_actor_connection *connection, bool *whole)
{
    int parts = 1;

    if (zmq_msg_recv(&connection->header, connection->socket, ZMQ_DONTWAIT) < 0) {
        return false;
    }
    zmq_msg_close(&connection->body);
    zmq_msg_init(&connection->body);
    bool more = zmq_msg_more(&connection->header) != 0;
    while (more) {
        int rc = zmq_msg_recv(&connection->body, connection->socket, 0);
        LQ_ASSERT(rc >= 0);
        more = zmq_msg_more(&connection->body) != 0;
        parts++;
    }
    *whole = parts <= 2;
    return true;
}

enum lq_connection_event lq_actor_connection_receive(struct lq_actor_connection *connection,
                                                     uint64_t now_ns)
{
    enum lq_message_kind kind;
    bool whole = false;

    if (!receive_parts(connection, &whole)) {
        return LQ_CONNECTION_ON_NOTHING;
    }
    connection->heard_ns = now_ns;
    if (connection->silent) {
        connection->silent = false;
        lq_log_rarely(LQ_LOG_INFO, "the broker is heard again");
    }
    struct lq_view part =
        lq_view_of(zmq_msg_data(&connection->header), zmq_msg_size(&connection->header));
    enum lq_result result = lq_framing_get(part, &kind, &connection->message);
    if (result != LQ_OK || !whole) {
        lq_log_rarely(LQ_LOG_WARNING, "a message that is none of ours: %s",
                      result != LQ_OK ? lq_result_text(result) : "too many parts");
        return LQ_CONNECTION_ON_HANDLED;
    }
    lq_arena_reset(&connection->arena);
    switch ((int)kind) {
    case LQ_MESSAGE_WELCOME:
        return on_welcome(connection, now_ns);
    case LQ_MESSAGE_HEARTBEAT:
        return on_heartbeat(connection, now_ns);
    case LQ_MESSAGE_DISPATCH:
        connection->worked_ns = now_ns;
        return LQ_CONNECTION_ON_DISPATCH;
    case LQ_MESSAGE_RESOLVE:
        return LQ_CONNECTION_ON_RESOLVE;
    default:
        lq_log_rarely(LQ_LOG_WARNING, "a message of kind %d is not for an actor", (int)kind);
        return LQ_CONNECTION_ON_HANDLED;
    }
}
