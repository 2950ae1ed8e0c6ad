// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* gateway_server.h - sockets, TLS, HTTP and WebSocket frames of the gateway, for one handler.
 *
 *     accepted -> (TLS) -> request -> upgraded -> first message -> open -> closing -> gone
 *                             |   5 s for all of this      |
 *                             +-> answered (a plain page, or refused) -> gone
 *
 * Everything happens in one thread, in the turns of an event loop (event_loop.h). A connection is
 * known by a number that is never given again in this process, so one that is gone is not found:
 * no call with an old number does harm. Callbacks come from the loop alone, never out of a call
 * of this header: whoever sends or closes is not called back meanwhile.
 *
 * A message of a client has at most 64 KiB in at most 64 fragments (websocket_message.h). What
 * waits for a client is bounded (output_bytes_max), beside at most 16 KiB that the kernel holds
 * unsent. Nothing that was taken is left out later: what cannot be sent ends the connection.
 */
#ifndef LQ_GATEWAY_SERVER_H
#define LQ_GATEWAY_SERVER_H

#include "base/error_message.h"
#include "base/result.h"
#include "gateway/domain/http_answer.h"
#include "gateway/domain/http_request.h"
#include "gateway/infrastructure/event_loop.h"
#include "gateway/infrastructure/gateway_options.h"

#define LQ_GATEWAY_REASON_BYTES_MAX 123u /* of a close */

/* Close codes of the server itself, beside those of RFC 6455 (1002 protocol, 1003 binary, 1007 no
 * UTF-8, 1009 too big). The handler's are in the protocol. */
enum {
    LQ_CLOSE_TOO_SLOW = 4008, /* pongs and closes fit no more into what waits for it */
    LQ_CLOSE_SILENT = 4009,   /* no answer to a ping */
    LQ_CLOSE_NO_MESSAGE = 4010,
};

/* Who closed, for the log and the counts. code: what the peer or we said, 1006 where nothing was.
 * */
struct lq_gateway_closed {
    uint16_t code;
    bool by_peer;      /* it said so, or its socket ended */
    const char *cause; /* a few words, static */
};

/* Address as text, for the log: "192.0.2.1", "2001:db8::1". Borrowed for the call. */
struct lq_gateway_peer {
    const char *address;
    bool is_tls;
};

struct lq_gateway_events {
    void *context;
    /* A request whose Host is allowed, and whose Origin is allowed or absent. Answer it once, in
     * this call or later, by lq_gateway_server_answer() or, if is_upgrade, _upgrade(). All borrowed
     * for the call. Until the answer the deadline of 5 s runs on; a connection that ends before
     * _upgrade() is not told of: later calls find nothing. */
    void (*on_request)(void *context, uint64_t connection, const struct lq_http_request *request,
                       const struct lq_gateway_peer *peer);
    /* A whole text message in UTF-8, borrowed for the call. */
    void (*on_message)(void *context, uint64_t connection, struct lq_view text);
    /* NULL: a binary message ends the connection with 1003. */
    void (*on_binary)(void *context, uint64_t connection, struct lq_view bytes);
    /* Asked for by lq_gateway_server_ask_room(): nothing waits and the socket takes more. Once. */
    void (*on_room)(void *context, uint64_t connection);
    /* Once for each that was upgraded, whoever ended it. The number is not known any more. */
    void (*on_closed)(void *context, uint64_t connection, const struct lq_gateway_closed *closed);
};

/* Counted since the start; `open` and `pending` are now. name, what is counted */
#define LQ_GATEWAY_COUNTS(X)                                                                       \
    X(accepted, "connections accepted")                                                            \
    X(open, "WebSocket connections now")                                                           \
    X(pending, "connections now that have not upgraded")                                           \
    X(upgraded, "WebSocket connections made")                                                      \
    X(refused_address, "connections refused: too many of one address")                             \
    X(refused_full, "connections refused: too many in all")                                        \
    X(evicted, "connections without a request ended for newer ones")                               \
    X(requests_refused, "requests refused by the reader, Host or Origin")                          \
    X(tls_failed, "TLS handshakes failed")                                                         \
    X(late, "connections ended: no whole request or first message in time")                        \
    X(silent, "connections ended: no answer to a ping")                                            \
    X(slow, "connections ended: too much waited for them")                                         \
    X(protocol_errors, "connections ended: against RFC 6455")                                      \
    X(messages_in, "messages received")                                                            \
    X(messages_out, "messages sent")                                                               \
    X(bytes_in, "bytes received, decrypted")                                                       \
    X(bytes_out, "bytes sent, before encryption")
struct lq_gateway_counts {
#define X(name, text) uint64_t name;
    LQ_GATEWAY_COUNTS(X)
#undef X
};

typedef struct lq_gateway_server lq_gateway_server_t;

/* Bind and listen. `options` is copied, `events` and `loop` are borrowed until _close().
 * LQ_ERR_BUSY: the address is in use by something else than a gateway of this cluster;
 * LQ_ERR_INVALID: an option; LQ_ERR_IO: a certificate or key cannot be read; each with `message`.
 * */
LQ_MUST_CHECK enum lq_result lq_gateway_server_open(const struct lq_gateway_options *options,
                                                    lq_event_loop_t *loop,
                                                    const struct lq_gateway_events *events,
                                                    lq_gateway_server_t **server,
                                                    struct lq_error_message *message);
/* Everything ends at once; no callback. */
void lq_gateway_server_close(lq_gateway_server_t **server);

/* A number between 0 and connections_max - 1 that no two connections have at the same time: the
 * index of what the handler keeps of one. It is free again when on_closed() returns. */
static inline uint32_t lq_gateway_server_index(uint64_t connection)
{
    return (uint32_t)(connection & UINT32_MAX);
}

/* Answer a request (http_answer.h); the connection ends then. Its body is copied, unless it
 * lasts. LQ_ERR_NOT_FOUND:
 * the connection is gone. */
LQ_MUST_CHECK enum lq_result lq_gateway_server_answer(lq_gateway_server_t *server,
                                                      uint64_t connection,
                                                      const struct lq_http_answer *answer);

/* Answer 101. `protocol` is the subprotocol that was chosen, NULL: none. Then messages may be
 * sent at once, or the connection be ended with a code that a browser can read (as it cannot a
 * status). LQ_ERR_NOT_FOUND: the connection is gone. */
LQ_MUST_CHECK enum lq_result lq_gateway_server_upgrade(lq_gateway_server_t *server,
                                                       uint64_t connection, const char *protocol);

/* Send a text message, copied. LQ_ERR_FULL: more than output_bytes_max would wait; nothing was
 * taken. LQ_ERR_NOT_FOUND: gone or closing. What is sent in a turn leaves at its end, together.
 * */
LQ_MUST_CHECK enum lq_result lq_gateway_server_send(lq_gateway_server_t *server,
                                                    uint64_t connection, struct lq_view text);

/* The same with a binary message. */
LQ_MUST_CHECK enum lq_result lq_gateway_server_send_binary(lq_gateway_server_t *server,
                                                           uint64_t connection,
                                                           struct lq_view bytes);

/* How many bytes may still be sent; 0: gone, closing or full. */
size_t lq_gateway_server_room(const lq_gateway_server_t *server, uint64_t connection);

/* How many bytes wait in this process. */
size_t lq_gateway_server_waiting(const lq_gateway_server_t *server, uint64_t connection);

/* Whether some of it waits for the client: the socket has taken no more. What is sent in a turn
 * waits for its end only. */
bool lq_gateway_server_is_behind(const lq_gateway_server_t *server, uint64_t connection);

/* on_room() once, as soon as nothing waits and the socket takes more; the next turn at the
 * earliest. */
void lq_gateway_server_ask_room(lq_gateway_server_t *server, uint64_t connection);

/* Read nothing more from a client, or go on: TCP then holds it back. The ping's deadline rests. */
void lq_gateway_server_hold(lq_gateway_server_t *server, uint64_t connection, bool held);

/* Say goodbye after what waits was sent (2 s at most), then end. `reason` is cut at 123 bytes.
 * Nothing more is received. on_closed() follows in a later turn. */
void lq_gateway_server_end(lq_gateway_server_t *server, uint64_t connection, uint16_t code,
                           const char *reason);

/* Accept nothing more (another process of the port takes over) and end all that is open. */
void lq_gateway_server_drain(lq_gateway_server_t *server, uint16_t code, const char *reason);

/* Whether no connection is left, those counted that were said goodbye to and are heard out: a
 * process that ends before resets them, and a reset overtakes what was said. */
bool lq_gateway_server_is_empty(const lq_gateway_server_t *server);

void lq_gateway_server_counts(const lq_gateway_server_t *server, struct lq_gateway_counts *counts);

/* The ports that it is bound to, for a test that asked for any; 0: none. */
uint16_t lq_gateway_server_port(const lq_gateway_server_t *server, bool tls);

#endif
