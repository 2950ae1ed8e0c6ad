// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* gateway_connection.h - the life of one connection; its drawing is in gateway_server.h. For the
 * files of the server alone.
 *
 * Whatever ends a connection only marks it and puts it on the server's list of the ended: it is
 * told and freed at the end of the turn, where nobody holds it.
 */
#ifndef LQ_GATEWAY_CONNECTION_H
#define LQ_GATEWAY_CONNECTION_H

#include "gateway/domain/address_count.h"
#include "gateway/domain/deadline_wheel.h"
#include "gateway/domain/http_answer.h"
#include "gateway/domain/http_reader.h"
#include "gateway/infrastructure/byte_stream.h"
#include "gateway/infrastructure/gateway_server.h"
#include "gateway/infrastructure/output_queue.h"
#include "gateway/infrastructure/port_claim.h"
#include "gateway/infrastructure/tls_context.h"
#include "gateway/infrastructure/websocket_link.h"

enum lq_connection_state {
    LQ_CONNECTION_FREE = 0,
    LQ_CONNECTION_TLS,     /* handshake under way */
    LQ_CONNECTION_REQUEST, /* request under way */
    LQ_CONNECTION_ASKED,   /* the handler has the request */
    LQ_CONNECTION_FIRST,   /* upgraded; nothing has come yet */
    LQ_CONNECTION_OPEN,
    LQ_CONNECTION_LEAVING, /* what waits is sent, then no more */
    LQ_CONNECTION_PARTED,  /* all is sent; what comes is thrown away until the peer ends */
    LQ_CONNECTION_DEAD     /* to be freed at the end of the turn */
};

/* Lists of the server that a connection may be on, each at most once. */
enum { LQ_LIST_FLUSH, LQ_LIST_AGAIN, LQ_LIST_ROOM, LQ_LIST_ENDED, LQ_LIST_COUNT };

struct lq_connection_request {
    struct lq_http_reader reader;
    size_t bytes;
    uint8_t buffer[LQ_HTTP_REQUEST_BYTES_MAX];
};

struct lq_gateway_connection {
    struct lq_event_source source;
    lq_gateway_server_t *server;
    enum lq_connection_state state;
    uint32_t index, generation;
    struct lq_byte_stream stream;
    struct lq_address address;
    struct lq_connection_request *request; /* until it is answered */
    lq_websocket_link_t *link;             /* from the upgrade on */
    struct lq_output_queue output;
    struct lq_view tail; /* of an answer: sent behind the output */
    struct lq_gateway_closed closed;
    uint64_t heard_ms, deadline_ms;
    uint32_t reads_left;   /* of this turn */
    uint32_t older, newer; /* among the pending */
    uint32_t list_next[LQ_LIST_COUNT];
    bool listed[LQ_LIST_COUNT];
    bool is_pending; /* not upgraded */
    bool is_known;   /* upgraded, and the handler was not told of its end */
    bool is_pinged, is_held, is_blocked, wants_room;
};

struct lq_connection_list {
    uint32_t first, last;
};

struct lq_listener {
    struct lq_event_source source;
    lq_gateway_server_t *server;
    bool is_open, is_tls;
    uint16_t port;
    struct lq_port_claim claim;
};

struct lq_gateway_server {
    struct lq_gateway_options options;
    struct lq_gateway_events events;
    lq_event_loop_t *loop;
    lq_tls_context_t *tls;
    struct lq_event_hook hook;
    struct lq_event_timer certificate_timer, accept_timer;
    struct lq_listener listeners[2];
    struct lq_gateway_connection *connections;
    uint32_t *free_indexes;
    uint32_t free_count;
    uint32_t oldest_pending, newest_pending;
    struct lq_connection_list lists[LQ_LIST_COUNT];
    struct lq_deadline_wheel wheel;
    struct lq_deadline_link *wheel_links;
    struct lq_address_count addresses;
    struct lq_gateway_counts counts;
    uint8_t scratch[LQ_WEBSOCKET_LINK_SCRATCH_BYTES];
};

/* Of an index; for a list's end: NONE. */
#define LQ_CONNECTION_NONE UINT32_MAX

uint64_t lq_gateway_connection_number(const struct lq_gateway_connection *connection);
void lq_gateway_connection_list(struct lq_gateway_connection *connection, int list);

/* Begin with a socket that was accepted; the connection is of state FREE. */
void lq_gateway_connection_begin(struct lq_gateway_connection *connection, int fd, bool is_tls,
                                 struct lq_address address);

/* Nothing more is sent or received. */
void lq_gateway_connection_die(struct lq_gateway_connection *connection, uint16_t code,
                               bool by_peer, const char *cause);

/* Send a close frame behind what waits, and end. */
void lq_gateway_connection_leave(struct lq_gateway_connection *connection, uint16_t code,
                                 struct lq_view reason, const char *cause);

/* Answer the request, and end behind the answer. */
void lq_gateway_connection_answer(struct lq_gateway_connection *connection,
                                  const struct lq_http_answer *answer);
void lq_gateway_connection_upgrade(struct lq_gateway_connection *connection, const char *protocol);

/* Read what has come, and send what waits. */
void lq_gateway_connection_read(struct lq_gateway_connection *connection);
void lq_gateway_connection_flush(struct lq_gateway_connection *connection);

/* Its deadline may have passed. */
void lq_gateway_connection_expire(struct lq_gateway_connection *connection, uint64_t now_ms);

/* Tell the handler if it was not told, and, of one that is dead, free all that it has. */
void lq_gateway_connection_settle(struct lq_gateway_connection *connection);

#endif
