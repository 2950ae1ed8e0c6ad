// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* resume_token.h - what a welcome gives a client to come back with: who it was, in which session
 * and incarnation, and the sign-in it came from. It is a sign-in too, for as long as that was one.
 *
 *     text:  base64url( bytes | keyed hash of the bytes, 32 )
 *     bytes: 1 | expiry 8 | player 8 | incarnation 8 | rights 1 | count 1 | tenant, session, key
 * id,
 *            subject, patterns: each a length and its bytes. Numbers are little endian.
 *
 * The hash is the caller's: nobody else can make one, nor name an incarnation that was not theirs.
 * Pure.
 */
#ifndef LQ_RESUME_TOKEN_H
#define LQ_RESUME_TOKEN_H

#include "gateway/domain/token_claims.h"

#define LQ_RESUME_TOKEN_BYTES_MAX 1500u
#define LQ_RESUME_TOKEN_HASH_BYTES 32u

struct lq_resume_token {
    struct lq_token_claims claims; /* issued_at_s and not_before_s are not kept: 0 */
    char key_id[LQ_TOKEN_KEY_ID_BYTES_MAX + 1];
    uint8_t player[8];
    uint64_t incarnation;
    char session[LQ_SESSION_NAME_BYTES_MAX + 1];
};

/* LQ_ERR_LIMIT: it does not fit into LQ_RESUME_TOKEN_BYTES_MAX less the hash. */
LQ_MUST_CHECK enum lq_result lq_resume_token_encode(const struct lq_resume_token *token,
                                                    uint8_t *to, size_t *bytes);

/* LQ_ERR_MALFORMED. What was authenticated is read strictly too. */
LQ_MUST_CHECK enum lq_result lq_resume_token_decode(struct lq_view from,
                                                    struct lq_resume_token *token);

#endif
