// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* token_document.h - the JSON in tokens, tickets and files of keys (jansson).
 *
 * Strict, for all of it comes from outside: one object, in UTF-8, at most 8 deep, no name twice,
 * whole numbers, the types that are meant. Names that it does not know are passed over, but for
 * those of a header that say it must be understood ("crit").
 */
#ifndef LQ_TOKEN_DOCUMENT_H
#define LQ_TOKEN_DOCUMENT_H

#include "base/error_message.h"
#include "base/result.h"
#include "gateway/domain/token_claims.h"
#include "gateway/infrastructure/token_signature.h"

#define LQ_TOKEN_DOCUMENT_BYTES_MAX 65536u
#define LQ_TOKEN_KEYS_MAX 16u

/* Of a token's header. LQ_ERR_MALFORMED: `message` says what is wrong. */
struct lq_token_header {
    enum lq_token_algorithm algorithm; /* 0: none of ours */
    char key_id[LQ_TOKEN_KEY_ID_BYTES_MAX + 1];
};
LQ_MUST_CHECK enum lq_result lq_token_document_header(struct lq_view json,
                                                      struct lq_token_header *header,
                                                      struct lq_error_message *message);

/* The claims of a token for `audience`; they have passed lq_token_claims_check(). */
LQ_MUST_CHECK enum lq_result lq_token_document_claims(struct lq_view json, const char *audience,
                                                      struct lq_token_claims *claims,
                                                      struct lq_error_message *message);

/* A whole token, signed: text with a NUL, at most LQ_TOKEN_BYTES_MAX. LQ_ERR_LIMIT: it would be
 * longer. The claims have passed the check. */
LQ_MUST_CHECK enum lq_result lq_token_document_sign(const struct lq_token_claims *claims,
                                                    const char *audience,
                                                    const struct lq_token_key *key,
                                                    char token[LQ_TOKEN_BYTES_MAX + 1]);

/* A ticket's file: who is signed in by it, and until when it is good. */
struct lq_ticket_document {
    struct lq_token_claims claims;
    char key_id[LQ_TOKEN_KEY_ID_BYTES_MAX + 1];
    int64_t expires_at_s;
};
/* free() what is returned. */
char *lq_token_document_write_ticket(const struct lq_ticket_document *ticket, const char *audience);
LQ_MUST_CHECK enum lq_result lq_token_document_read_ticket(struct lq_view json,
                                                           const char *audience,
                                                           struct lq_ticket_document *ticket,
                                                           struct lq_error_message *message);

/* The keys of a tenant. */
struct lq_token_keys {
    uint32_t count;
    struct lq_token_key keys[LQ_TOKEN_KEYS_MAX];
};
char *lq_token_document_write_keys(const struct lq_token_keys *keys);
LQ_MUST_CHECK enum lq_result lq_token_document_read_keys(struct lq_view json,
                                                         struct lq_token_keys *keys,
                                                         struct lq_error_message *message);

/* A key id: 1 to 32 of [A-Za-z0-9._-]. */
bool lq_token_document_key_id_valid(struct lq_view id);

#endif
