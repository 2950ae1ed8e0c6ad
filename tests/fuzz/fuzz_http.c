// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* Requests from outside: read at once and in pieces they are the same request, or refused alike;
 * and its texts are looked at as the gateway does. */
#include "base/contract.h"
#include "gateway/domain/http_reader.h"
#include "gateway/domain/request_credential.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The status; 0: taken, 1: more is wanted. */
static uint16_t read_in_pieces(struct lq_view text, size_t step, struct lq_http_reader *reader,
                               size_t *used)
{
    lq_http_reader_begin(reader);
    *used = 0;
    for (size_t arrived = step < text.bytes ? step : text.bytes;; arrived += step) {
        arrived = arrived < text.bytes ? arrived : text.bytes;
        enum lq_result result = lq_http_reader_read(reader, lq_view_of(text.data, arrived), used);
        if (result != LQ_ERR_NOT_FOUND) {
            LQ_ASSERT(result == LQ_OK || (reader->status >= 400 && reader->status < 600));
            return result == LQ_OK ? 0 : reader->status;
        }
        if (arrived == text.bytes) {
            return 1;
        }
    }
}

static void look_at(const struct lq_http_request *request)
{
    uint32_t count = 0;
    struct lq_request_credential found;

    LQ_ASSERT(request->path.bytes > 0);
    LQ_ASSERT(request->host.bytes > 0);
    (void)lq_http_request_host_allowed(request->host, "localhost [::1] play.example");
    (void)lq_http_request_origin_allowed(request, "self https://play.example");
    LQ_ASSERT(lq_request_credential_find(request, &found) != LQ_OK || found.text.data != NULL);
    while (lq_http_request_item(request->websocket_protocol, count).data != NULL) {
        count++;
        LQ_ASSERT(count <= LQ_HTTP_REQUEST_BYTES_MAX);
    }
    LQ_ASSERT(!request->is_upgrade || lq_http_request_has_item(request->connection, "upgrade"));
    LQ_ASSERT(!request->is_upgrade || request->transfer_encoding.data == NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct lq_http_reader whole;
    struct lq_http_reader pieces;
    size_t used = 0;
    size_t used_in_pieces = 0;

    if (size == 0) {
        return 0;
    }
    struct lq_view text = lq_view_of(data + 1, size - 1);
    uint16_t status = read_in_pieces(text, text.bytes == 0 ? 1 : text.bytes, &whole, &used);
    uint16_t status_in_pieces = read_in_pieces(text, 1u + data[0] % 16, &pieces, &used_in_pieces);
    /* Only what was too long may be so for one of two reasons. */
    LQ_ASSERT(status == status_in_pieces || text.bytes >= LQ_HTTP_REQUEST_BYTES_MAX);
    if (status == 0 && status_in_pieces == 0) {
        LQ_ASSERT(used == used_in_pieces);
        LQ_ASSERT(used <= LQ_HTTP_REQUEST_BYTES_MAX);
        look_at(&whole.request);
    }
    return 0;
}
