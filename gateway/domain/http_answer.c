// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "gateway/domain/http_answer.h"

#include "base/contract.h"

#include <stdio.h>

const char *lq_http_answer_status_text(uint16_t status)
{
    static const struct {
        uint16_t status;
        const char *text;
    } rows[] = {
        {101, "Switching Protocols"},
        {200, "OK"},
        {201, "Created"},
        {304, "Not Modified"},
        {400, "Bad Request"},
        {401, "Unauthorized"},
        {403, "Forbidden"},
        {404, "Not Found"},
        {405, "Method Not Allowed"},
        {408, "Request Timeout"},
        {411, "Length Required"},
        {413, "Content Too Large"},
        {414, "URI Too Long"},
        {417, "Expectation Failed"},
        {421, "Misdirected Request"},
        {426, "Upgrade Required"},
        {429, "Too Many Requests"},
        {431, "Request Header Fields Too Large"},
        {500, "Internal Server Error"},
        {501, "Not Implemented"},
        {503, "Service Unavailable"},
        {505, "HTTP Version Not Supported"},
    };

    for (size_t index = 0; index < sizeof rows / sizeof rows[0]; index++) {
        if (rows[index].status == status) {
            return rows[index].text;
        }
    }
    return "Unknown";
}

size_t lq_http_answer_head(const struct lq_http_answer *answer,
                           char to[LQ_HTTP_ANSWER_HEAD_BYTES_MAX])
{
    bool typed = answer->content_type != NULL;
    int bytes = snprintf(to, LQ_HTTP_ANSWER_HEAD_BYTES_MAX,
                         "HTTP/1.1 %u %s\r\n%s%s%sContent-Length: %zu\r\nConnection: close\r\n"
                         "X-Content-Type-Options: nosniff\r\nX-Frame-Options: DENY\r\n"
                         "Referrer-Policy: no-referrer\r\n%s\r\n",
                         answer->status, lq_http_answer_status_text(answer->status),
                         typed ? "Content-Type: " : "", typed ? answer->content_type : "",
                         typed ? "\r\n" : "", answer->body.bytes, answer->headers);

    LQ_ASSERT(bytes > 0);
    LQ_ASSERT((size_t)bytes < LQ_HTTP_ANSWER_HEAD_BYTES_MAX);
    return (size_t)bytes;
}

size_t lq_http_answer_upgrade(const char *accept, const char *protocol,
                              char to[LQ_HTTP_ANSWER_HEAD_BYTES_MAX])
{
    int bytes = snprintf(to, LQ_HTTP_ANSWER_HEAD_BYTES_MAX,
                         "HTTP/1.1 101 %s\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                         "Sec-WebSocket-Accept: %s\r\n%s%s%s\r\n",
                         lq_http_answer_status_text(101), accept,
                         protocol == NULL ? "" : "Sec-WebSocket-Protocol: ",
                         protocol == NULL ? "" : protocol, protocol == NULL ? "" : "\r\n");

    LQ_ASSERT(bytes > 0);
    LQ_ASSERT((size_t)bytes < LQ_HTTP_ANSWER_HEAD_BYTES_MAX);
    return (size_t)bytes;
}
