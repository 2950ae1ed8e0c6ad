// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "gateway/domain/compact_jws.h"

#include "gateway/domain/base64url.h"

/* The next part, and the rest behind its dot. False: there is no dot. */
static bool cut_part(struct lq_view *rest, struct lq_view *part)
{
    const uint8_t *dot = rest->bytes == 0 ? NULL : memchr(rest->data, '.', rest->bytes);

    if (dot == NULL) {
        return false;
    }
    *part = lq_view_of(rest->data, (size_t)(dot - rest->data));
    *rest = lq_view_of(dot + 1, rest->bytes - part->bytes - 1);
    return true;
}

enum lq_result lq_compact_jws_read(struct lq_view token, struct lq_compact_jws *jws)
{
    struct lq_view header;
    struct lq_view payload;
    struct lq_view signature = token;

    if (token.bytes > LQ_COMPACT_JWS_BYTES_MAX) {
        return LQ_ERR_LIMIT;
    }
    if (!cut_part(&signature, &header) || !cut_part(&signature, &payload) || header.bytes == 0 ||
        payload.bytes == 0 || signature.bytes == 0) {
        return LQ_ERR_MALFORMED;
    }
    jws->signed_text = lq_view_of(token.data, header.bytes + 1 + payload.bytes);
    enum lq_result result =
        lq_base64url_decode(header, jws->header, sizeof jws->header, &jws->header_bytes);
    if (result == LQ_OK) {
        result =
            lq_base64url_decode(payload, jws->payload, sizeof jws->payload, &jws->payload_bytes);
    }
    if (result == LQ_OK) {
        result = lq_base64url_decode(signature, jws->signature, sizeof jws->signature,
                                     &jws->signature_bytes);
    }
    return result;
}
