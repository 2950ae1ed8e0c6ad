// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* http_request.h - an HTTP request that was read, and what its texts say. Pure. */
#ifndef LQ_HTTP_REQUEST_H
#define LQ_HTTP_REQUEST_H

#include "base/view.h"

enum lq_http_method { LQ_HTTP_GET = 1, LQ_HTTP_POST };

/* Headers that it keeps; each may come once. name, field */
#define LQ_HTTP_HEADERS(X)                                                                         \
    X("authorization", authorization)                                                              \
    X("connection", connection)                                                                    \
    X("content-length", content_length)                                                            \
    X("content-type", content_type)                                                                \
    X("expect", expect)                                                                            \
    X("host", host)                                                                                \
    X("http2-settings", http2_settings)                                                            \
    X("if-none-match", if_none_match)                                                              \
    X("origin", origin)                                                                            \
    X("sec-websocket-key", websocket_key)                                                          \
    X("sec-websocket-protocol", websocket_protocol)                                                \
    X("sec-websocket-version", websocket_version)                                                  \
    X("transfer-encoding", transfer_encoding)                                                      \
    X("upgrade", upgrade)

/* Views lie in the caller's buffer; data is NULL where there was no such header. */
struct lq_http_request {
    enum lq_http_method method;
    struct lq_view path;  /* begins with a slash; not decoded, so "%2e" is what it says */
    struct lq_view query; /* behind the question mark; data NULL: none */
    struct lq_view body;
#define X(name, field) struct lq_view field;
    LQ_HTTP_HEADERS(X)
#undef X
    bool is_upgrade; /* asks for a WebSocket, and all of that is in order */
};

/* Whether two texts are the same but for the case of ASCII letters. */
bool lq_http_request_words_equal(struct lq_view a, struct lq_view b);

/* Without the blanks and tabs at both ends. */
struct lq_view lq_http_request_trim(struct lq_view text);

/* What stands before the first `byte` of *rest; *rest goes on behind it. False, and *rest stays:
 * there is none. */
bool lq_http_request_cut(struct lq_view *rest, char byte, struct lq_view *before);

/* Item `index` of a comma-separated list, without the blanks around it; data NULL: no more. */
struct lq_view lq_http_request_item(struct lq_view list, uint32_t index);

/* Whether such a list has an item, as HTTP compares tokens: case does not matter. */
bool lq_http_request_has_item(struct lq_view list, const char *item);

/* Whether the host of a Host header (its port does not matter) is one of `hosts`, names with blanks
 * between; "*" stands for any. */
bool lq_http_request_host_allowed(struct lq_view host, const char *hosts);

/* Whether an Origin is one of `origins`, with blanks between: "https://play.example:8443", or
 * "self" for http:// or https:// and exactly the request's Host. There is no "any". */
bool lq_http_request_origin_allowed(const struct lq_http_request *request, const char *origins);

/* The first word of such a list that no request can have: a host with a scheme, a port or a comma,
 * a star with something beside it; an origin without a scheme or with a path. data NULL: none. */
struct lq_view lq_http_request_hosts_wrong(const char *hosts);
struct lq_view lq_http_request_origins_wrong(const char *origins);

#endif
