// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "gateway/infrastructure/http_routes.h"

#include "base/log.h"

#include <inttypes.h>
#include <stdio.h>

#define NO_STORE "Cache-Control: no-store\r\n"
#define FILE_HEADERS                                                                               \
    "Cache-Control: no-cache\r\nContent-Security-Policy: default-src 'self'; connect-src 'self' "  \
    "ws: wss:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'\r\nETag: %s\r\n"

static bool is_path(const struct lq_http_request *request, const char *path)
{
    return lq_view_equal(request->path, lq_view_text(path));
}

static void answer_status(lq_gateway_server_t *server, uint64_t connection, uint16_t status,
                          const char *headers)
{
    char text[64];
    int bytes = snprintf(text, sizeof text, "%u %s\n", status, lq_http_answer_status_text(status));
    struct lq_http_answer answer = {.status = status,
                                    .content_type = "text/plain",
                                    .headers = headers,
                                    .body = lq_view_of(text, (size_t)bytes)};

    (void)!lq_gateway_server_answer(server, connection, &answer);
}

static void answer_ticket(lq_gateway_server_t *server, lq_sign_in_t *sign_in, uint64_t connection,
                          const struct lq_http_request *request, int64_t now_s)
{
    struct lq_error_message message = {""};
    struct lq_signed_in who;
    char ticket[LQ_TICKET_TEXT_BYTES];
    char body[128];

    enum lq_result result = request->authorization.data == NULL || request->query.data != NULL
                                ? LQ_ERR_NOT_FOUND
                                : lq_sign_in_request(sign_in, request, now_s, &who, &message);
    if (result != LQ_OK) {
        lq_log_rarely(LQ_LOG_INFO, "no ticket: %s", message.text);
        answer_status(server, connection, 401, "WWW-Authenticate: Bearer\r\n" NO_STORE);
        return;
    }
    result = lq_sign_in_ticket(sign_in, &who, now_s, ticket, &message);
    if (result != LQ_OK) {
        lq_log_rarely(LQ_LOG_WARNING, "no ticket: %s", message.text);
        answer_status(server, connection, 503, "Retry-After: 5\r\n" NO_STORE);
        return;
    }
    int bytes = snprintf(body, sizeof body, "{\"ticket\":\"%s\",\"expires_in\":%" PRId64 "}\n",
                         ticket, lq_sign_in_ticket_life(sign_in, &who, now_s));
    struct lq_http_answer answer = {.status = 201,
                                    .content_type = "application/json",
                                    .headers = NO_STORE,
                                    .body = lq_view_of(body, (size_t)bytes)};
    (void)!lq_gateway_server_answer(server, connection, &answer);
}

static void answer_file(lq_gateway_server_t *server, uint64_t connection,
                        const struct lq_http_request *request, const struct lq_static_file *file)
{
    char headers[512];

    snprintf(headers, sizeof headers, FILE_HEADERS, file->tag);
    struct lq_http_answer answer = {.status = 200,
                                    .content_type = file->type,
                                    .headers = headers,
                                    .body = file->content,
                                    .body_lasts = true};
    if (lq_view_equal(request->if_none_match, lq_view_text(file->tag))) {
        answer.status = 304;
        answer.content_type = NULL;
        answer.body = lq_view_of(NULL, 0);
    }
    (void)!lq_gateway_server_answer(server, connection, &answer);
}

void lq_http_routes_answer(lq_gateway_server_t *server, lq_sign_in_t *sign_in,
                           const lq_static_files_t *files, uint64_t connection,
                           const struct lq_http_request *request, int64_t now_s)
{
    bool is_get = request->method == LQ_HTTP_GET;
    const struct lq_static_file *file = lq_static_files_find(files, request->path);

    if (is_path(request, LQ_HTTP_ROUTES_TICKET)) {
        if (is_get) {
            answer_status(server, connection, 405, "Allow: POST\r\n");
        } else {
            answer_ticket(server, sign_in, connection, request, now_s);
        }
    } else if (is_path(request, LQ_HTTP_ROUTES_CONNECT) && is_get) {
        answer_status(server, connection, 426,
                      "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n");
    } else if (file != NULL && is_get) {
        answer_file(server, connection, request, file);
    } else if (file != NULL || is_path(request, LQ_HTTP_ROUTES_CONNECT)) {
        answer_status(server, connection, 405, "Allow: GET\r\n");
    } else {
        answer_status(server, connection, 404, "");
    }
}
