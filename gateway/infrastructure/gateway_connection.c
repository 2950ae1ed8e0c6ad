// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "gateway/infrastructure/gateway_connection.h"

#include "base/alloc.h"
#include "base/contract.h"
#include "gateway/infrastructure/gateway_listener.h"
#include "gateway/infrastructure/websocket_accept.h"

#include <stdlib.h>

enum {
    LEAVE_MS = 2000, /* for a peer to take what waits and end */
    PAGE_MS = 30000, /* the same with a page that is larger than */
    PAGE_BYTES = 16384,
    READS_A_TURN = 4, /* of 4 KiB: then others come first */
};

static uint64_t now_ms_of(const lq_gateway_server_t *server)
{
    return lq_event_loop_now_ns(server->loop) / UINT64_C(1000000);
}

uint64_t lq_gateway_connection_number(const struct lq_gateway_connection *connection)
{
    return (uint64_t)connection->generation << 32 | connection->index;
}

void lq_gateway_connection_list(struct lq_gateway_connection *connection, int list)
{
    lq_gateway_server_t *server = connection->server;
    struct lq_connection_list *onto = &server->lists[list];

    if (connection->listed[list]) {
        return;
    }
    connection->listed[list] = true;
    connection->list_next[list] = LQ_CONNECTION_NONE;
    if (onto->first == LQ_CONNECTION_NONE) {
        onto->first = connection->index;
    } else {
        server->connections[onto->last].list_next[list] = connection->index;
    }
    onto->last = connection->index;
}

static void set_deadline(struct lq_gateway_connection *connection, uint64_t at_ms)
{
    connection->deadline_ms = at_ms;
    lq_deadline_wheel_set(&connection->server->wheel, connection->index, at_ms);
}

/* What epoll is to tell of. Who is held, has asked or is dead is not read. */
static void set_wanted(struct lq_gateway_connection *connection)
{
    enum lq_connection_state state = connection->state;
    uint32_t wanted = 0;

    if (state != LQ_CONNECTION_ASKED && state != LQ_CONNECTION_LEAVING &&
        state != LQ_CONNECTION_DEAD && !(connection->is_held && state != LQ_CONNECTION_PARTED)) {
        wanted |= LQ_EVENT_READ;
    }
    if (connection->is_blocked || connection->stream.read_wants_write) {
        wanted |= LQ_EVENT_WRITE;
    }
    if (connection->stream.write_wants_read) {
        wanted |= LQ_EVENT_READ;
    }
    lq_event_loop_change(connection->server->loop, &connection->source, wanted);
}

/* What has come, for wslay; the rest of a turn's reads are others'. */
static long read_stream(void *context, uint8_t *to, size_t bytes_max)
{
    struct lq_gateway_connection *connection = context;

    if (connection->reads_left == 0) {
        return LQ_BYTE_STREAM_AGAIN;
    }
    long bytes = lq_byte_stream_read(&connection->stream, to, bytes_max);
    connection->reads_left--;
    if (bytes > 0) {
        connection->server->counts.bytes_in += (uint64_t)bytes;
        /* In clear, less than there was room for is all that there is: no call to hear so. */
        if (connection->stream.ssl == NULL && (size_t)bytes < bytes_max) {
            connection->reads_left = 0;
        }
    }
    return bytes;
}

void lq_gateway_connection_die(struct lq_gateway_connection *connection, uint16_t code,
                               bool by_peer, const char *cause)
{
    if (connection->state == LQ_CONNECTION_DEAD) {
        return;
    }
    if (connection->state < LQ_CONNECTION_LEAVING) {
        connection->closed = (struct lq_gateway_closed){code, by_peer, cause};
    }
    connection->state = LQ_CONNECTION_DEAD;
    lq_gateway_connection_list(connection, LQ_LIST_ENDED);
}

/* From here on only what waits is sent. */
static void begin_leaving(struct lq_gateway_connection *connection,
                          const struct lq_gateway_closed *closed)
{
    bool is_page = connection->link == NULL &&
                   connection->tail.bytes + lq_output_queue_bytes(&connection->output) > PAGE_BYTES;

    connection->closed = *closed;
    connection->state = LQ_CONNECTION_LEAVING;
    connection->wants_room = false;
    set_deadline(connection, now_ms_of(connection->server) + (is_page ? PAGE_MS : LEAVE_MS));
    lq_gateway_connection_list(connection, LQ_LIST_FLUSH);
    lq_gateway_connection_list(connection, LQ_LIST_ENDED);
}

static void write_close(struct lq_gateway_connection *connection, uint16_t code,
                        struct lq_view reason)
{
    uint8_t payload[LQ_WEBSOCKET_CONTROL_BYTES_MAX];

    payload[0] = (uint8_t)(code >> 8);
    payload[1] = (uint8_t)code;
    reason = lq_view_cut(reason, LQ_GATEWAY_REASON_BYTES_MAX);
    if (reason.bytes > 0) {
        memcpy(payload + 2, reason.data, reason.bytes);
    }
    lq_websocket_link_write(connection->link, &connection->output, LQ_WEBSOCKET_CLOSE,
                            lq_view_of(payload, 2 + reason.bytes));
}

void lq_gateway_connection_leave(struct lq_gateway_connection *connection, uint16_t code,
                                 struct lq_view reason, const char *cause)
{
    LQ_ASSERT(connection->link != NULL);
    write_close(connection, code, reason);
    begin_leaving(connection, &(struct lq_gateway_closed){code, false, cause});
}

void lq_gateway_connection_answer(struct lq_gateway_connection *connection,
                                  const struct lq_http_answer *answer)
{
    char head[LQ_HTTP_ANSWER_HEAD_BYTES_MAX];
    size_t bytes = lq_http_answer_head(answer, head);

    lq_output_queue_add(&connection->output, lq_view_of(head, bytes));
    if (answer->body_lasts) {
        connection->tail = answer->body;
    } else {
        lq_output_queue_add(&connection->output, answer->body);
    }
    begin_leaving(connection, &(struct lq_gateway_closed){0, false, "answered"});
}

static void refuse_request(struct lq_gateway_connection *connection, uint16_t status,
                           const char *headers)
{
    struct lq_http_answer answer = {.status = status, .headers = headers};

    connection->server->counts.requests_refused++;
    lq_gateway_connection_answer(connection, &answer);
}

static const char *headers_of_refusal(uint16_t status)
{
    return status == 405   ? "Allow: GET, POST\r\n"
           : status == 426 ? "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
                           : "";
}

static void ask_handler(struct lq_gateway_connection *connection)
{
    lq_gateway_server_t *server = connection->server;
    const struct lq_http_request *request = &connection->request->reader.request;
    struct lq_gateway_peer peer = {.is_tls = connection->stream.ssl != NULL};
    char address[LQ_LISTENER_ADDRESS_BYTES];

    if (!lq_http_request_host_allowed(request->host, server->options.hosts)) {
        refuse_request(connection, 421, "");
        return;
    }
    if (request->origin.data != NULL &&
        !lq_http_request_origin_allowed(request, server->options.origins)) {
        refuse_request(connection, 403, "");
        return;
    }
    lq_gateway_listener_address(connection->address, address);
    peer.address = address;
    connection->state = LQ_CONNECTION_ASKED;
    server->events.on_request(server->events.context, lq_gateway_connection_number(connection),
                              request, &peer);
}

/* One read of the request. False: nothing more to do now. */
static bool read_request_bytes(struct lq_gateway_connection *connection)
{
    size_t used = 0;

    if (connection->request == NULL) {
        connection->request = lq_alloc(1, sizeof *connection->request);
        lq_http_reader_begin(&connection->request->reader);
    }
    struct lq_connection_request *request = connection->request;
    long bytes = read_stream(connection, request->buffer + request->bytes,
                             sizeof request->buffer - request->bytes);
    if (bytes == LQ_BYTE_STREAM_AGAIN) {
        return false;
    }
    if (bytes < 0) {
        lq_gateway_connection_die(connection, LQ_WEBSOCKET_NO_CLOSE, true,
                                  "ended before a request");
        return false;
    }
    request->bytes += (size_t)bytes;
    enum lq_result result =
        lq_http_reader_read(&request->reader, lq_view_of(request->buffer, request->bytes), &used);
    if (result == LQ_ERR_MALFORMED) {
        refuse_request(connection, request->reader.status,
                       headers_of_refusal(request->reader.status));
    } else if (result == LQ_OK && used < request->bytes) {
        refuse_request(connection, 400,
                       ""); /* one request a connection, and nothing before the 101 */
    } else if (result == LQ_OK) {
        ask_handler(connection);
    }
    return result == LQ_ERR_NOT_FOUND;
}

void lq_gateway_connection_upgrade(struct lq_gateway_connection *connection, const char *protocol)
{
    lq_gateway_server_t *server = connection->server;
    char head[LQ_HTTP_ANSWER_HEAD_BYTES_MAX];
    char accept[LQ_WEBSOCKET_ACCEPT_BYTES];

    lq_websocket_accept(connection->request->reader.request.websocket_key, accept);
    size_t bytes = lq_http_answer_upgrade(accept, protocol, head);
    lq_output_queue_add(&connection->output, lq_view_of(head, bytes));
    free(connection->request);
    connection->request = NULL;
    connection->link = lq_websocket_link_new(read_stream, connection);
    connection->state = LQ_CONNECTION_FIRST;
    connection->is_known = true;
    lq_gateway_listener_upgraded(connection);
    server->counts.upgraded++;
    server->counts.open++;
    lq_gateway_connection_list(connection, LQ_LIST_FLUSH);
}

static void take_message(struct lq_gateway_connection *connection,
                         const struct lq_websocket_event *event)
{
    const struct lq_gateway_events *events = &connection->server->events;
    uint64_t number = lq_gateway_connection_number(connection);

    if (event->opcode == LQ_WEBSOCKET_BINARY && events->on_binary == NULL) {
        connection->server->counts.protocol_errors++;
        lq_gateway_connection_leave(connection, LQ_WEBSOCKET_UNSUPPORTED,
                                    lq_view_text("binary: text messages only"), "binary message");
        return;
    }
    if (connection->state == LQ_CONNECTION_FIRST) {
        connection->state = LQ_CONNECTION_OPEN;
        set_deadline(connection, connection->heard_ms + connection->server->options.ping_ms);
    }
    connection->server->counts.messages_in++;
    if (event->opcode == LQ_WEBSOCKET_TEXT) {
        events->on_message(events->context, number, event->payload);
    } else {
        events->on_binary(events->context, number, event->payload);
    }
}

/* The peer's close is answered by the same. */
static void take_close(struct lq_gateway_connection *connection,
                       const struct lq_websocket_event *event)
{
    if (event->close_code == LQ_WEBSOCKET_NO_CODE) {
        lq_websocket_link_write(connection->link, &connection->output, LQ_WEBSOCKET_CLOSE,
                                lq_view_of(NULL, 0));
    } else {
        write_close(connection, event->close_code, lq_view_of(NULL, 0));
    }
    begin_leaving(connection,
                  &(struct lq_gateway_closed){event->close_code, true, "closed by the client"});
}

static void take_event(struct lq_gateway_connection *connection,
                       const struct lq_websocket_event *event)
{
    lq_gateway_server_t *server = connection->server;

    switch (event->opcode) {
    case LQ_WEBSOCKET_CLOSE:
        take_close(connection, event);
        break;
    case LQ_WEBSOCKET_PING:
        if (lq_output_queue_bytes(&connection->output) > server->options.output_bytes_max) {
            server->counts.slow++;
            lq_gateway_connection_leave(connection, LQ_CLOSE_TOO_SLOW,
                                        lq_view_text("too-slow: pongs wait"), "too slow");
            break;
        }
        lq_websocket_link_write(connection->link, &connection->output, LQ_WEBSOCKET_PONG,
                                event->payload);
        lq_gateway_connection_list(connection, LQ_LIST_FLUSH);
        break;
    case LQ_WEBSOCKET_PONG:
        break; /* heard from: that is all */
    default:
        take_message(connection, event);
    }
}

static bool is_upgraded(const struct lq_gateway_connection *connection)
{
    return connection->state == LQ_CONNECTION_FIRST || connection->state == LQ_CONNECTION_OPEN;
}

static void read_messages(struct lq_gateway_connection *connection)
{
    lq_gateway_server_t *server = connection->server;
    struct lq_websocket_event event;
    uint16_t code = 0;

    while (is_upgraded(connection) && !connection->is_held) {
        switch (lq_websocket_link_read(connection->link, server->scratch, &event, &code)) {
        case LQ_WEBSOCKET_AGAIN:
            return;
        case LQ_WEBSOCKET_EVENT:
            connection->heard_ms = now_ms_of(server);
            connection->is_pinged = false;
            take_event(connection, &event);
            break;
        case LQ_WEBSOCKET_FAILED:
            server->counts.protocol_errors++;
            lq_gateway_connection_leave(connection, code, lq_view_of(NULL, 0), "protocol error");
            return;
        case LQ_WEBSOCKET_ENDED:
            lq_gateway_connection_die(connection, LQ_WEBSOCKET_NO_CLOSE, true, "cut");
            return;
        }
    }
}

/* Whoever has said goodbye is heard out, so that a reset does not overtake what was sent. */
static void discard(struct lq_gateway_connection *connection)
{
    while (connection->state == LQ_CONNECTION_PARTED) {
        long bytes = read_stream(connection, connection->server->scratch,
                                 sizeof connection->server->scratch);
        if (bytes == LQ_BYTE_STREAM_AGAIN) {
            return;
        }
        if (bytes < 0) {
            lq_gateway_connection_die(connection, 0, true, "parted");
        }
    }
}

static void shake_hands(struct lq_gateway_connection *connection)
{
    int result = lq_byte_stream_handshake(&connection->stream);

    if (result == 1) {
        connection->state = LQ_CONNECTION_REQUEST;
    } else if (result != LQ_BYTE_STREAM_AGAIN) {
        connection->server->counts.tls_failed++;
        lq_gateway_connection_die(connection, LQ_WEBSOCKET_NO_CLOSE, true, "TLS handshake failed");
    }
}

void lq_gateway_connection_read(struct lq_gateway_connection *connection)
{
    connection->reads_left = READS_A_TURN;
    if (connection->state == LQ_CONNECTION_TLS) {
        shake_hands(connection);
    }
    while (connection->state == LQ_CONNECTION_REQUEST && read_request_bytes(connection)) {
        /* more may be there */
    }
    if (is_upgraded(connection)) {
        read_messages(connection);
    } else if (connection->state == LQ_CONNECTION_PARTED) {
        discard(connection);
    }
    if (connection->state == LQ_CONNECTION_DEAD) {
        return;
    }
    if (lq_byte_stream_has_pending(&connection->stream)) {
        lq_gateway_connection_list(connection, LQ_LIST_AGAIN);
    }
    set_wanted(connection);
}

/* What is sent next: what waits, then the tail. */
static struct lq_view next_bytes(const struct lq_gateway_connection *connection)
{
    return lq_output_queue_bytes(&connection->output) > 0
               ? lq_output_queue_view(&connection->output)
               : connection->tail;
}

static void take_sent(struct lq_gateway_connection *connection, size_t bytes)
{
    connection->server->counts.bytes_out += bytes;
    if (lq_output_queue_bytes(&connection->output) > 0) {
        lq_output_queue_sent(&connection->output, bytes);
    } else {
        connection->tail =
            lq_view_of(connection->tail.data + bytes, connection->tail.bytes - bytes);
    }
}

static void part(struct lq_gateway_connection *connection)
{
    lq_byte_stream_shut(&connection->stream);
    connection->state = LQ_CONNECTION_PARTED;
    set_deadline(connection, now_ms_of(connection->server) + LEAVE_MS);
}

void lq_gateway_connection_flush(struct lq_gateway_connection *connection)
{
    if (connection->state == LQ_CONNECTION_DEAD || connection->state == LQ_CONNECTION_FREE) {
        return;
    }
    connection->is_blocked = false;
    while (next_bytes(connection).bytes > 0 && !connection->is_blocked) {
        struct lq_view waiting = next_bytes(connection);
        long sent = lq_byte_stream_write(&connection->stream, waiting.data, waiting.bytes);
        if (sent < 0) {
            lq_gateway_connection_die(connection, LQ_WEBSOCKET_NO_CLOSE, true, "cut");
            return;
        }
        connection->is_blocked = sent == LQ_BYTE_STREAM_AGAIN;
        if (sent > 0) {
            take_sent(connection, (size_t)sent);
        }
    }
    if (!connection->is_blocked && connection->state == LQ_CONNECTION_LEAVING) {
        part(connection);
    }
    if (!connection->is_blocked && connection->wants_room) {
        lq_gateway_connection_list(connection, LQ_LIST_ROOM);
    }
    set_wanted(connection);
}

static void ready(void *context, uint32_t events)
{
    struct lq_gateway_connection *connection = context;
    bool reads = (connection->source.wanted & LQ_EVENT_READ) != 0;

    if ((events & LQ_EVENT_HANGUP) != 0 && !reads) {
        lq_gateway_connection_die(connection, LQ_WEBSOCKET_NO_CLOSE, true, "cut");
        return;
    }
    if ((events & (LQ_EVENT_READ | LQ_EVENT_HANGUP)) != 0 || connection->stream.read_wants_write) {
        lq_gateway_connection_read(connection);
    }
    if ((events & LQ_EVENT_WRITE) != 0 || connection->stream.write_wants_read) {
        lq_gateway_connection_list(connection, LQ_LIST_FLUSH);
    }
}

void lq_gateway_connection_begin(struct lq_gateway_connection *connection, int fd, bool is_tls,
                                 struct lq_address address)
{
    lq_gateway_server_t *server = connection->server;

    LQ_ASSERT(connection->state == LQ_CONNECTION_FREE);
    connection->generation++;
    connection->state = is_tls ? LQ_CONNECTION_TLS : LQ_CONNECTION_REQUEST;
    connection->stream = (struct lq_byte_stream){.fd = fd};
    if (is_tls) {
        connection->stream.ssl = lq_tls_context_accept(server->tls, fd);
    }
    connection->address = address;
    connection->heard_ms = now_ms_of(server);
    connection->is_pinged = connection->is_held = connection->is_blocked = false;
    connection->wants_room = connection->is_known = false;
    connection->tail = lq_view_of(NULL, 0);
    connection->source = (struct lq_event_source){.fd = fd, .ready = ready, .context = connection};
    lq_event_loop_add(server->loop, &connection->source, LQ_EVENT_READ);
    set_deadline(connection, connection->heard_ms + server->options.handshake_ms);
}

static void ping_or_part(struct lq_gateway_connection *connection, uint64_t now_ms)
{
    lq_gateway_server_t *server = connection->server;
    uint64_t due_ms = connection->heard_ms + server->options.ping_ms;

    if (connection->is_held) {
        set_deadline(connection, now_ms + server->options.ping_ms);
    } else if (now_ms < due_ms) {
        set_deadline(connection, due_ms);
    } else if (!connection->is_pinged) {
        connection->is_pinged = true;
        lq_websocket_link_write(connection->link, &connection->output, LQ_WEBSOCKET_PING,
                                lq_view_of(NULL, 0));
        lq_gateway_connection_list(connection, LQ_LIST_FLUSH);
        set_deadline(connection, now_ms + server->options.ping_ms / 2);
    } else {
        server->counts.silent++;
        lq_gateway_connection_leave(connection, LQ_CLOSE_SILENT,
                                    lq_view_text("silent: no answer to a ping"), "silent");
    }
}

void lq_gateway_connection_expire(struct lq_gateway_connection *connection, uint64_t now_ms)
{
    lq_gateway_server_t *server = connection->server;

    if (now_ms < connection->deadline_ms) {
        set_deadline(connection, connection->deadline_ms);
        return;
    }
    switch (connection->state) {
    case LQ_CONNECTION_FREE:
    case LQ_CONNECTION_DEAD:
        break;
    case LQ_CONNECTION_TLS:
    case LQ_CONNECTION_REQUEST:
    case LQ_CONNECTION_ASKED:
        server->counts.late++;
        lq_gateway_connection_die(connection, LQ_WEBSOCKET_NO_CLOSE, false, "no request in time");
        break;
    case LQ_CONNECTION_FIRST:
        server->counts.late++;
        lq_gateway_connection_leave(connection, LQ_CLOSE_NO_MESSAGE,
                                    lq_view_text("no-hello: nothing came in time"), "late");
        break;
    case LQ_CONNECTION_OPEN:
        ping_or_part(connection, now_ms);
        break;
    case LQ_CONNECTION_LEAVING:
    case LQ_CONNECTION_PARTED:
        lq_gateway_connection_die(connection, 0, false, "parted");
    }
}

void lq_gateway_connection_settle(struct lq_gateway_connection *connection)
{
    lq_gateway_server_t *server = connection->server;

    if (connection->is_known && connection->state >= LQ_CONNECTION_LEAVING) {
        connection->is_known = false;
        server->counts.open--;
        server->events.on_closed(server->events.context, lq_gateway_connection_number(connection),
                                 &connection->closed);
    }
    if (connection->state != LQ_CONNECTION_DEAD) {
        return;
    }
    lq_event_loop_remove(server->loop, &connection->source);
    lq_deadline_wheel_clear(&server->wheel, connection->index);
    lq_gateway_listener_release(connection);
    lq_byte_stream_close(&connection->stream);
    lq_websocket_link_destroy(&connection->link);
    lq_output_queue_clear(&connection->output);
    free(connection->request);
    connection->request = NULL;
    connection->state = LQ_CONNECTION_FREE;
}
