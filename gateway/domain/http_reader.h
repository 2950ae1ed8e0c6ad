// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* http_reader.h - a strict, bounded reader of one HTTP/1.1 request.
 *
 *     HEAD --(blank line)--> BODY --(Content-Length bytes)--> whole
 *       |                      |
 *       +----------------------+--> refused, with the status to answer
 *
 * Two readers of one request must never disagree about it, so what leaves room for that is refused:
 * a line feed without its carriage return, folded lines, NUL and other controls, a blank before the
 * colon, more than one of a header that it knows, a body with Transfer-Encoding, a target that is
 * not a path. HTTP/1.1 only: the preface of HTTP/2 is answered 505 and `Upgrade: h2c` 400, in text.
 *
 * Pure. The buffer is the caller's: it holds the request from its first byte, grows at its end, and
 * does not move while the reader or the request are used.
 */
#ifndef LQ_HTTP_READER_H
#define LQ_HTTP_READER_H

#include "base/result.h"
#include "gateway/domain/http_request.h"

#define LQ_HTTP_REQUEST_BYTES_MAX 8192u /* head and body */
#define LQ_HTTP_TARGET_BYTES_MAX 1024u
#define LQ_HTTP_HEADERS_MAX 64u
#define LQ_HTTP_BODY_BYTES_MAX 2048u

struct lq_http_reader {
    struct lq_http_request request;
    size_t line_start; /* of the line that is being read */
    size_t scanned;    /* bytes looked at */
    size_t body_bytes; /* announced */
    uint32_t header_count;
    bool has_request_line, has_head;
    uint16_t status; /* when it was refused */
    const char *wrong;
};

void lq_http_reader_begin(struct lq_http_reader *reader);

/* Look at what has arrived. LQ_OK: reader->request is whole, and *used of the bytes belong to it.
 * LQ_ERR_NOT_FOUND: more is to come. LQ_ERR_MALFORMED: refused; reader->status is 4xx or 5xx and
 * reader->wrong says why in a few words; the reader is of no more use. */
LQ_MUST_CHECK enum lq_result lq_http_reader_read(struct lq_http_reader *reader,
                                                 struct lq_view arrived, size_t *used);

#endif
