// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "gateway/infrastructure/gateway_server.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "base/contract.h"
#include "base/log.h"
#include "gateway/infrastructure/gateway_connection.h"
#include "gateway/infrastructure/gateway_listener.h"
#include "store/seal/random_bytes.h"

#include <signal.h>
#include <stdlib.h>

enum { CERTIFICATE_MS = 1000, ROUNDS_A_TURN = 4 };

static struct lq_gateway_connection *find(const lq_gateway_server_t *server, uint64_t number)
{
    uint64_t index = lq_gateway_server_index(number);

    if (index >= server->options.connections_max) {
        return NULL;
    }
    struct lq_gateway_connection *connection = &server->connections[index];
    return connection->generation == number >> 32 ? connection : NULL;
}

/* One that messages go to. */
static struct lq_gateway_connection *find_open(const lq_gateway_server_t *server, uint64_t number)
{
    struct lq_gateway_connection *connection = find(server, number);

    return connection != NULL && (connection->state == LQ_CONNECTION_FIRST ||
                                  connection->state == LQ_CONNECTION_OPEN)
               ? connection
               : NULL;
}

static struct lq_gateway_connection *pop(lq_gateway_server_t *server, int list)
{
    struct lq_connection_list *from = &server->lists[list];

    if (from->first == LQ_CONNECTION_NONE) {
        return NULL;
    }
    struct lq_gateway_connection *connection = &server->connections[from->first];
    from->first = connection->list_next[list];
    connection->listed[list] = false;
    return connection;
}

/* Those on a list now; what comes onto it meanwhile waits for the next call. */
static void visit(lq_gateway_server_t *server, int list,
                  void (*act)(struct lq_gateway_connection *connection))
{
    struct lq_connection_list whole = server->lists[list];

    server->lists[list].first = LQ_CONNECTION_NONE;
    while (whole.first != LQ_CONNECTION_NONE) {
        struct lq_gateway_connection *connection = &server->connections[whole.first];
        whole.first = connection->list_next[list];
        connection->listed[list] = false;
        act(connection);
    }
}

static void read_again(struct lq_gateway_connection *connection)
{
    if (connection->state != LQ_CONNECTION_FREE && connection->state != LQ_CONNECTION_DEAD) {
        lq_gateway_connection_read(connection);
    }
}

static void tell_room(struct lq_gateway_connection *connection)
{
    const struct lq_gateway_events *events = &connection->server->events;
    uint64_t number = lq_gateway_connection_number(connection);

    if (connection->wants_room && !connection->is_blocked &&
        lq_output_queue_bytes(&connection->output) == 0 &&
        find_open(connection->server, number) != NULL) {
        connection->wants_room = false;
        events->on_room(events->context, number);
    }
}

static bool is_busy(const lq_gateway_server_t *server)
{
    for (int list = 0; list < LQ_LIST_COUNT; list++) {
        if (server->lists[list].first != LQ_CONNECTION_NONE) {
            return true;
        }
    }
    return false;
}

/* The end of a turn. What callbacks send here leaves here too, some rounds long; then epoll is
 * asked before it goes on, so that a handler that always sends more holds up nobody. */
static void turn(void *context, uint64_t now_ns)
{
    lq_gateway_server_t *server = context;
    uint64_t now_ms = now_ns / LQ_NS_PER_MS;
    uint32_t due;
    struct lq_gateway_connection *connection;

    visit(server, LQ_LIST_AGAIN, read_again);
    while ((due = lq_deadline_wheel_take(&server->wheel, now_ms)) != LQ_DEADLINE_WHEEL_NONE) {
        lq_gateway_connection_expire(&server->connections[due], now_ms);
    }
    visit(server, LQ_LIST_FLUSH, lq_gateway_connection_flush);
    visit(server, LQ_LIST_ROOM, tell_room);
    for (int round = 0; round < ROUNDS_A_TURN; round++) {
        visit(server, LQ_LIST_FLUSH, lq_gateway_connection_flush);
        while ((connection = pop(server, LQ_LIST_ENDED)) != NULL) {
            lq_gateway_connection_settle(connection);
        }
    }
}

static uint64_t due(const void *context)
{
    const lq_gateway_server_t *server = context;
    uint64_t next_ms = lq_deadline_wheel_next_ms(&server->wheel);

    return is_busy(server) ? 0 : next_ms == UINT64_MAX ? LQ_EVENT_NEVER : next_ms * LQ_NS_PER_MS;
}

static void refresh_certificate(void *context, uint64_t now_ns)
{
    lq_gateway_server_t *server = context;
    struct lq_error_message message = {""};
    enum lq_result result = lq_tls_context_refresh(server->tls, &message);

    if (result == LQ_OK) {
        lq_log_info("the certificate was read again");
    } else if (result != LQ_ERR_STALE) {
        lq_log_error("the certificate stays as it was: %s", message.text);
    }
    lq_event_loop_set_timer(server->loop, &server->certificate_timer,
                            now_ns + CERTIFICATE_MS * LQ_NS_PER_MS);
}

static void resume_accepting(void *context, uint64_t now_ns)
{
    (void)now_ns;
    lq_gateway_listener_resume(context);
}

static size_t capacity_for(uint64_t connections)
{
    size_t capacity = 16;

    while (capacity < 2 * connections) {
        capacity *= 2;
    }
    return capacity;
}

static void make_tables(lq_gateway_server_t *server)
{
    uint32_t count = (uint32_t)server->options.connections_max;
    size_t capacity = capacity_for(count);
    uint64_t seed = 0;

    server->connections = lq_alloc(count, sizeof *server->connections);
    server->free_indexes = lq_alloc(count, sizeof *server->free_indexes);
    server->wheel_links = lq_alloc(count, sizeof *server->wheel_links);
    lq_random_bytes((uint8_t *)&seed, sizeof seed);
    lq_address_count_begin(&server->addresses, lq_alloc(capacity, sizeof(struct lq_address_entry)),
                           capacity, seed);
    lq_deadline_wheel_begin(&server->wheel, server->wheel_links, count,
                            lq_event_loop_now_ns(server->loop) / LQ_NS_PER_MS);
    for (uint32_t index = 0; index < count; index++) {
        server->connections[index].server = server;
        server->connections[index].index = index;
        server->free_indexes[index] = count - 1 - index; /* the lowest first */
    }
    server->free_count = count;
    server->oldest_pending = server->newest_pending = LQ_CONNECTION_NONE;
    for (int list = 0; list < LQ_LIST_COUNT; list++) {
        server->lists[list].first = LQ_CONNECTION_NONE;
    }
}

static enum lq_result open_parts(lq_gateway_server_t *server, struct lq_error_message *message)
{
    enum lq_result result = lq_gateway_options_check(&server->options, message);

    if (result == LQ_OK && server->options.tls_port != 0) {
        result = lq_tls_context_open(server->options.certificate_file, server->options.key_file,
                                     &server->tls, message);
        if (result == LQ_OK) {
            lq_event_loop_set_timer(server->loop, &server->certificate_timer,
                                    lq_clock_monotonic_ns() + CERTIFICATE_MS * LQ_NS_PER_MS);
            result = lq_gateway_listener_open(server, true, message);
        }
    }
    if (result == LQ_OK && server->options.port != 0) {
        result = lq_gateway_listener_open(server, false, message);
    }
    return result;
}

enum lq_result lq_gateway_server_open(const struct lq_gateway_options *options,
                                      lq_event_loop_t *loop, const struct lq_gateway_events *events,
                                      lq_gateway_server_t **server,
                                      struct lq_error_message *message)
{
    lq_gateway_server_t *opened = lq_alloc(1, sizeof *opened);

    /* OpenSSL writes without MSG_NOSIGNAL. */
    signal(SIGPIPE, SIG_IGN);
    opened->options = *options;
    opened->events = *events;
    opened->loop = loop;
    opened->hook = (struct lq_event_hook){.turn = turn, .due = due, .context = opened};
    opened->certificate_timer =
        (struct lq_event_timer){.due = refresh_certificate, .context = opened};
    opened->accept_timer = (struct lq_event_timer){.due = resume_accepting, .context = opened};
    make_tables(opened);
    lq_event_loop_add_hook(loop, &opened->hook);
    enum lq_result result = open_parts(opened, message);
    if (result != LQ_OK) {
        lq_gateway_server_close(&opened);
        return result;
    }
    *server = opened;
    return LQ_OK;
}

static void stop_listening(lq_gateway_server_t *server)
{
    lq_event_loop_stop_timer(server->loop, &server->accept_timer);
    lq_gateway_listener_close(&server->listeners[0]);
    lq_gateway_listener_close(&server->listeners[1]);
}

void lq_gateway_server_close(lq_gateway_server_t **server)
{
    lq_gateway_server_t *closed = *server;

    if (closed == NULL) {
        return;
    }
    for (uint32_t index = 0; index < closed->options.connections_max; index++) {
        struct lq_gateway_connection *connection = &closed->connections[index];
        if (connection->state != LQ_CONNECTION_FREE) {
            connection->is_known = false;
            lq_gateway_connection_die(connection, 0, false, "the server closes");
            lq_gateway_connection_settle(connection);
        }
    }
    stop_listening(closed);
    lq_event_loop_stop_timer(closed->loop, &closed->certificate_timer);
    lq_event_loop_remove_hook(closed->loop, &closed->hook);
    lq_tls_context_close(&closed->tls);
    free(closed->addresses.entries);
    free(closed->connections);
    free(closed->free_indexes);
    free(closed->wheel_links);
    free(closed);
    *server = NULL;
}

enum lq_result lq_gateway_server_answer(lq_gateway_server_t *server, uint64_t number,
                                        const struct lq_http_answer *answer)
{
    struct lq_gateway_connection *connection = find(server, number);

    if (connection == NULL || connection->state != LQ_CONNECTION_ASKED) {
        return LQ_ERR_NOT_FOUND;
    }
    lq_gateway_connection_answer(connection, answer);
    return LQ_OK;
}

enum lq_result lq_gateway_server_upgrade(lq_gateway_server_t *server, uint64_t number,
                                         const char *protocol)
{
    struct lq_gateway_connection *connection = find(server, number);

    if (connection == NULL || connection->state != LQ_CONNECTION_ASKED) {
        return LQ_ERR_NOT_FOUND;
    }
    LQ_ASSERT(connection->request->reader.request.is_upgrade);
    lq_gateway_connection_upgrade(connection, protocol);
    return LQ_OK;
}

static enum lq_result send_message(lq_gateway_server_t *server, uint64_t number, uint8_t opcode,
                                   struct lq_view payload)
{
    enum { HEAD_BYTES_MAX = 10 };
    struct lq_gateway_connection *connection = find_open(server, number);

    if (connection == NULL) {
        return LQ_ERR_NOT_FOUND;
    }
    if (payload.bytes + HEAD_BYTES_MAX > lq_gateway_server_room(server, number)) {
        return LQ_ERR_FULL;
    }
    lq_websocket_link_write(connection->link, &connection->output, opcode, payload);
    server->counts.messages_out++;
    lq_gateway_connection_list(connection, LQ_LIST_FLUSH);
    return LQ_OK;
}

enum lq_result lq_gateway_server_send(lq_gateway_server_t *server, uint64_t connection,
                                      struct lq_view text)
{
    return send_message(server, connection, LQ_WEBSOCKET_TEXT, text);
}

enum lq_result lq_gateway_server_send_binary(lq_gateway_server_t *server, uint64_t connection,
                                             struct lq_view bytes)
{
    return send_message(server, connection, LQ_WEBSOCKET_BINARY, bytes);
}

size_t lq_gateway_server_room(const lq_gateway_server_t *server, uint64_t number)
{
    const struct lq_gateway_connection *connection = find_open(server, number);
    size_t most = (size_t)server->options.output_bytes_max;

    if (connection == NULL || lq_output_queue_bytes(&connection->output) >= most) {
        return 0;
    }
    return most - lq_output_queue_bytes(&connection->output);
}

size_t lq_gateway_server_waiting(const lq_gateway_server_t *server, uint64_t number)
{
    const struct lq_gateway_connection *connection = find(server, number);

    return connection == NULL ? 0 : lq_output_queue_bytes(&connection->output);
}

bool lq_gateway_server_is_behind(const lq_gateway_server_t *server, uint64_t number)
{
    const struct lq_gateway_connection *connection = find(server, number);

    return connection != NULL && connection->is_blocked;
}

void lq_gateway_server_ask_room(lq_gateway_server_t *server, uint64_t number)
{
    struct lq_gateway_connection *connection = find_open(server, number);

    if (connection != NULL) {
        connection->wants_room = true;
        lq_gateway_connection_list(connection, LQ_LIST_FLUSH);
    }
}

void lq_gateway_server_hold(lq_gateway_server_t *server, uint64_t number, bool held)
{
    struct lq_gateway_connection *connection = find_open(server, number);

    if (connection != NULL && connection->is_held != held) {
        connection->is_held = held;
        connection->heard_ms = lq_event_loop_now_ns(server->loop) / LQ_NS_PER_MS;
        lq_gateway_connection_list(connection, held ? LQ_LIST_FLUSH : LQ_LIST_AGAIN);
    }
}

void lq_gateway_server_end(lq_gateway_server_t *server, uint64_t number, uint16_t code,
                           const char *reason)
{
    struct lq_gateway_connection *connection = find_open(server, number);

    if (connection != NULL) {
        server->counts.slow += code == LQ_CLOSE_TOO_SLOW ? 1 : 0;
        lq_gateway_connection_leave(connection, code, lq_view_text(reason), "ended by the gateway");
    }
}

void lq_gateway_server_drain(lq_gateway_server_t *server, uint16_t code, const char *reason)
{
    stop_listening(server);
    for (uint32_t index = 0; index < server->options.connections_max; index++) {
        struct lq_gateway_connection *connection = &server->connections[index];
        uint64_t number = lq_gateway_connection_number(connection);
        if (connection->is_pending && connection->state < LQ_CONNECTION_LEAVING) {
            lq_gateway_connection_die(connection, 0, false, "the gateway stops");
        } else {
            lq_gateway_server_end(server, number, code, reason);
        }
    }
}

bool lq_gateway_server_is_empty(const lq_gateway_server_t *server)
{
    return server->free_count == server->options.connections_max;
}

void lq_gateway_server_counts(const lq_gateway_server_t *server, struct lq_gateway_counts *counts)
{
    *counts = server->counts;
}

uint16_t lq_gateway_server_port(const lq_gateway_server_t *server, bool tls)
{
    const struct lq_listener *listener = &server->listeners[tls ? 1 : 0];

    return listener->is_open ? listener->port : 0;
}
