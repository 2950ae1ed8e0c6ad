// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "actors/runtime/actor_connection.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "base/log.h"

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
#define RECONNECT_MS 20
#define RECONNECT_MS_MAX 200

static enum lq_result open_socket(struct lq_actor_connection *connection, const char *endpoint,
                                  struct lq_error_message *message)
{
    uint8_t identity[IDENTITY_BYTES];
    const struct lq_dealer_options options = {
        .endpoint = endpoint,
        .routing_id = lq_view_of(identity, sizeof identity),
        .part_bytes_max = LQ_BODY_BYTES_MAX,
        .sent_messages_max = MESSAGES_MAX,
        .received_messages_max = MESSAGES_MAX,
        .reconnect_ms = RECONNECT_MS,
        .reconnect_ms_max = RECONNECT_MS_MAX,
    };

    if (getrandom(identity, sizeof identity, 0) != (ssize_t)sizeof identity) {
        lq_error_message_set(message, "the system gives no random bytes");
        return LQ_ERR_IO;
    }
    identity[0] = 'a'; /* a first byte of 0 is libzmq's own */
    return lq_dealer_socket_open(&options, &connection->socket, message);
}

enum lq_result lq_actor_connection_open(struct lq_actor_connection *connection,
                                        const char *endpoint, const struct lq_ready *ready)
{
    struct lq_error_message message;

    memset(connection, 0, sizeof *connection);
    connection->ready = *ready;
    connection->ready.epoch = 0;
    connection->state = LQ_CONNECTION_STARTING;
    connection->heard_ns = lq_clock_monotonic_ns();
    connection->scratch = lq_alloc(LQ_HEADER_BYTES_MAX, 1);
    connection->arena = (struct lq_arena){lq_alloc(ARENA_BYTES, 1), ARENA_BYTES, 0};
    lq_message_part_init(&connection->header);
    lq_message_part_init(&connection->body);
    if (open_socket(connection, endpoint, &message) != LQ_OK) {
        lq_log_error("%s", message.text);
        return LQ_ERR_IO;
    }
    return LQ_OK;
}

void lq_actor_connection_close(struct lq_actor_connection *connection, int linger_ms)
{
    if (connection->scratch == NULL) {
        return; /* never opened */
    }
    lq_message_part_close(&connection->header);
    lq_message_part_close(&connection->body);
    lq_dealer_socket_close(&connection->socket, (uint32_t)linger_ms);
    free(connection->scratch);
    free(connection->arena.memory);
    memset(connection, 0, sizeof *connection);
}

bool lq_actor_connection_send(struct lq_actor_connection *connection, const uint8_t *header,
                              size_t header_bytes, const uint8_t *body, size_t body_bytes,
                              struct lq_out_memory *memory)
{
    struct lq_message_part part;

    LQ_ASSERT(memory == NULL || memory->bytes == body);
    if (memory != NULL) {
        lq_message_part_init_lent(&part, memory->bytes, body_bytes, lq_out_pool_give, memory);
    } else if (body_bytes > 0) {
        lq_message_part_init_copy(&part, lq_view_of(body, body_bytes));
    }
    bool sent = lq_dealer_socket_send(connection->socket, lq_view_of(header, header_bytes),
                                      body_bytes > 0 ? &part : NULL);
    if (memory != NULL && body_bytes == 0) {
        lq_message_part_close(&part); /* gives it back */
    }
    connection->blocked = !sent;
    return sent;
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
        lq_log_rarely(LQ_LOG_WARNING, "the broker gives no work: %.*s",
                      where[0] != '\0' ? (int)strlen(where) : (int)welcome.refused.bytes,
                      where[0] != '\0' ? where : (const char *)welcome.refused.data);
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

enum lq_connection_event lq_actor_connection_receive(struct lq_actor_connection *connection,
                                                     uint64_t now_ns)
{
    enum lq_message_kind kind;
    uint32_t part_count;

    if (!lq_dealer_socket_receive(connection->socket, &connection->header, &connection->body,
                                  &part_count)) {
        return LQ_CONNECTION_ON_NOTHING;
    }
    connection->heard_ns = now_ns;
    if (connection->silent) {
        connection->silent = false;
        lq_log_rarely(LQ_LOG_INFO, "the broker is heard again");
    }
    enum lq_result result =
        lq_framing_get(lq_message_part_view(&connection->header), &kind, &connection->message);
    if (result != LQ_OK || part_count > 2) {
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
