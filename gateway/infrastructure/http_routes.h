// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* http_routes.h - the answers to requests that are no WebSocket: POST /v1/ticket, and static
 * files. */
#ifndef LQ_HTTP_ROUTES_H
#define LQ_HTTP_ROUTES_H

#include "gateway/infrastructure/gateway_server.h"
#include "gateway/infrastructure/sign_in.h"
#include "gateway/infrastructure/static_files.h"

#define LQ_HTTP_ROUTES_CONNECT "/v1/connect"
#define LQ_HTTP_ROUTES_TICKET "/v1/ticket"

/* Answer a request whose path is not LQ_HTTP_ROUTES_CONNECT, or that is no upgrade: to POST
 * /v1/ticket with a token in Authorization {"ticket":"...","expires_in":30}; a file; 426 to
 * /v1/connect; else 404 or 405. now_s is the wall clock's. */
void lq_http_routes_answer(lq_gateway_server_t *server, lq_sign_in_t *sign_in,
                           const lq_static_files_t *files, uint64_t connection,
                           const struct lq_http_request *request, int64_t now_s);

#endif
