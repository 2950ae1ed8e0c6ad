// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* http_answer.h - the answer to a request, and the text of its head. Pure. */
#ifndef LQ_HTTP_ANSWER_H
#define LQ_HTTP_ANSWER_H

#include "base/view.h"

#define LQ_HTTP_ANSWER_HEAD_BYTES_MAX 1536u

/* `headers` are lines "Name: value\r\n", "" for none. */
struct lq_http_answer {
    uint16_t status;
    const char *content_type; /* NULL: no body */
    const char *headers;
    struct lq_view body;
    bool body_lasts; /* as long as the server: it is not copied */
};

/* The words of a status: "Not Found". */
const char *lq_http_answer_status_text(uint16_t status);

/* The head, with its blank line: the status, the answer's headers, and those that each has: the
 * length of the body, the end of the connection, and what keeps a browser from guessing and
 * framing. Returns its bytes; asserts that they are at most LQ_HTTP_ANSWER_HEAD_BYTES_MAX. */
size_t lq_http_answer_head(const struct lq_http_answer *answer,
                           char to[LQ_HTTP_ANSWER_HEAD_BYTES_MAX]);

/* The head of a 101 for a key: accept is the digest in base64 (RFC 6455, 4.2.2); protocol NULL:
 * none. */
size_t lq_http_answer_upgrade(const char *accept, const char *protocol,
                              char to[LQ_HTTP_ANSWER_HEAD_BYTES_MAX]);

#endif
