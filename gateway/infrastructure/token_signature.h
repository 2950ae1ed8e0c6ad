// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* token_signature.h - signatures of tokens (libsodium): EdDSA with Ed25519, and HMAC with
 * SHA-256. */
#ifndef LQ_TOKEN_SIGNATURE_H
#define LQ_TOKEN_SIGNATURE_H

#include "base/result.h"
#include "base/view.h"
#include "gateway/domain/token_claims.h"

enum lq_token_algorithm { LQ_TOKEN_EDDSA = 1, LQ_TOKEN_HS256 };

#define LQ_TOKEN_PUBLIC_BYTES 32       /* of EdDSA */
#define LQ_TOKEN_SECRET_BYTES_LEAST 32 /* of HS256; of EdDSA exactly these: the seed */
#define LQ_TOKEN_SECRET_BYTES_MAX 64
#define LQ_TOKEN_SIGNATURE_BYTES_MAX 64

/* A key of a tenant. Its algorithm is a part of it: what a token says of its own must be the
 * same. */
struct lq_token_key {
    char id[LQ_TOKEN_KEY_ID_BYTES_MAX + 1];
    enum lq_token_algorithm algorithm;
    uint8_t public_key[LQ_TOKEN_PUBLIC_BYTES];
    uint8_t secret[LQ_TOKEN_SECRET_BYTES_MAX];
    size_t secret_bytes; /* 0: it can only verify */
    int64_t created_s;
};

/* "EdDSA", "HS256", as tokens say it; 0: another. */
const char *lq_token_signature_name(enum lq_token_algorithm algorithm);
enum lq_token_algorithm lq_token_signature_algorithm(struct lq_view name);

/* A random key of an algorithm, with a random id. */
void lq_token_signature_make_key(enum lq_token_algorithm algorithm, int64_t now_s,
                                 struct lq_token_key *key);
/* Fill in the public half of an EdDSA key that has its seed. */
void lq_token_signature_derive(struct lq_token_key *key);

/* Takes the same time for every wrong signature of a length. */
bool lq_token_signature_verify(const struct lq_token_key *key, struct lq_view text,
                               struct lq_view signature);

/* Returns the bytes of the signature. The key has its secret. */
size_t lq_token_signature_sign(const struct lq_token_key *key, struct lq_view text,
                               uint8_t signature[LQ_TOKEN_SIGNATURE_BYTES_MAX]);

#endif
