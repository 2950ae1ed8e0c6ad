// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* base64url.h - base64 with the alphabet of URLs and without padding (RFC 7515, 2), one text for
 * each run of bytes: bits of the last digit that stand for nothing must be zero. Pure. */
#ifndef LQ_BASE64URL_H
#define LQ_BASE64URL_H

#include "base/result.h"
#include "base/view.h"

/* Decode at most bytes_max bytes. LQ_ERR_MALFORMED: something else than its digits, or a text that
 * encoding never makes. LQ_ERR_LIMIT. */
LQ_MUST_CHECK enum lq_result lq_base64url_decode(struct lq_view text, uint8_t *to, size_t bytes_max,
                                                 size_t *bytes);

/* Digits for `bytes` of a run, without a NUL. */
static inline size_t lq_base64url_digits(size_t bytes)
{
    return (bytes * 4 + 2) / 3;
}

/* Writes lq_base64url_digits() and a NUL. Returns the digits. */
size_t lq_base64url_encode(struct lq_view bytes, char *to);

#endif
