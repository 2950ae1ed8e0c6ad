// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* compact_jws.h - a signed token taken apart: HEADER.PAYLOAD.SIGNATURE, each in base64url (RFC
 * 7515, compact form). Pure; what the parts mean is not looked at here. */
#ifndef LQ_COMPACT_JWS_H
#define LQ_COMPACT_JWS_H

#include "base/result.h"
#include "base/view.h"

#define LQ_COMPACT_JWS_BYTES_MAX 4096u
#define LQ_COMPACT_JWS_HEADER_BYTES_MAX 512u
#define LQ_COMPACT_JWS_SIGNATURE_BYTES_MAX 64u

struct lq_compact_jws {
    struct lq_view signed_text; /* HEADER.PAYLOAD as it stands in the token: what was signed */
    size_t header_bytes, payload_bytes, signature_bytes;
    uint8_t header[LQ_COMPACT_JWS_HEADER_BYTES_MAX];
    uint8_t payload[LQ_COMPACT_JWS_BYTES_MAX];
    uint8_t signature[LQ_COMPACT_JWS_SIGNATURE_BYTES_MAX];
};

/* LQ_ERR_LIMIT: longer than a token, a header or a signature may be. LQ_ERR_MALFORMED: not three
 * parts, or one is empty or no strict base64url. */
LQ_MUST_CHECK enum lq_result lq_compact_jws_read(struct lq_view token, struct lq_compact_jws *jws);

#endif
