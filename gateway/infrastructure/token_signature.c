// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "gateway/infrastructure/token_signature.h"

#include "base/contract.h"

#include <assert.h>
#include <sodium.h>

static_assert(LQ_TOKEN_PUBLIC_BYTES == crypto_sign_PUBLICKEYBYTES, "an Ed25519 key");
static_assert(LQ_TOKEN_SECRET_BYTES_LEAST == crypto_sign_SEEDBYTES, "an Ed25519 seed");
static_assert(LQ_TOKEN_SIGNATURE_BYTES_MAX == crypto_sign_BYTES, "an Ed25519 signature");

const char *lq_token_signature_name(enum lq_token_algorithm algorithm)
{
    return algorithm == LQ_TOKEN_EDDSA ? "EdDSA" : algorithm == LQ_TOKEN_HS256 ? "HS256" : "?";
}

enum lq_token_algorithm lq_token_signature_algorithm(struct lq_view name)
{
    for (enum lq_token_algorithm known = LQ_TOKEN_EDDSA; known <= LQ_TOKEN_HS256; known++) {
        if (lq_view_equal(name, lq_view_text(lq_token_signature_name(known)))) {
            return known;
        }
    }
    return 0;
}

static void start_sodium(void)
{
    int started = sodium_init();

    LQ_ASSERT(started >= 0);
}

void lq_token_signature_derive(struct lq_token_key *key)
{
    uint8_t secret[crypto_sign_SECRETKEYBYTES];

    LQ_ASSERT(key->algorithm == LQ_TOKEN_EDDSA);
    LQ_ASSERT(key->secret_bytes == crypto_sign_SEEDBYTES);
    start_sodium();
    int made = crypto_sign_seed_keypair(key->public_key, secret, key->secret);
    LQ_ASSERT(made == 0);
    sodium_memzero(secret, sizeof secret);
}

void lq_token_signature_make_key(enum lq_token_algorithm algorithm, int64_t now_s,
                                 struct lq_token_key *key)
{
    uint8_t id[8];

    start_sodium();
    *key = (struct lq_token_key){
        .algorithm = algorithm, .secret_bytes = LQ_TOKEN_SECRET_BYTES_LEAST, .created_s = now_s};
    randombytes_buf(id, sizeof id);
    sodium_bin2hex(key->id, sizeof key->id, id, sizeof id);
    randombytes_buf(key->secret, key->secret_bytes);
    if (algorithm == LQ_TOKEN_EDDSA) {
        lq_token_signature_derive(key);
    }
}

static void hash_with(const struct lq_token_key *key, struct lq_view text,
                      uint8_t hash[crypto_auth_hmacsha256_BYTES])
{
    crypto_auth_hmacsha256_state state;

    crypto_auth_hmacsha256_init(&state, key->secret, key->secret_bytes);
    crypto_auth_hmacsha256_update(&state, text.data, text.bytes);
    crypto_auth_hmacsha256_final(&state, hash);
    sodium_memzero(&state, sizeof state);
}

bool lq_token_signature_verify(const struct lq_token_key *key, struct lq_view text,
                               struct lq_view signature)
{
    uint8_t hash[crypto_auth_hmacsha256_BYTES];

    start_sodium();
    if (key->algorithm == LQ_TOKEN_EDDSA) {
        return signature.bytes == crypto_sign_BYTES &&
               crypto_sign_verify_detached(signature.data, text.data, text.bytes,
                                           key->public_key) == 0;
    }
    if (signature.bytes != sizeof hash) {
        return false;
    }
    hash_with(key, text, hash);
    return sodium_memcmp(hash, signature.data, sizeof hash) == 0;
}

size_t lq_token_signature_sign(const struct lq_token_key *key, struct lq_view text,
                               uint8_t signature[LQ_TOKEN_SIGNATURE_BYTES_MAX])
{
    uint8_t public_key[crypto_sign_PUBLICKEYBYTES];
    uint8_t secret[crypto_sign_SECRETKEYBYTES];

    LQ_ASSERT(key->secret_bytes >= LQ_TOKEN_SECRET_BYTES_LEAST);
    start_sodium();
    if (key->algorithm == LQ_TOKEN_HS256) {
        hash_with(key, text, signature);
        return crypto_auth_hmacsha256_BYTES;
    }
    int made = crypto_sign_seed_keypair(public_key, secret, key->secret);
    LQ_ASSERT(made == 0);
    int done = crypto_sign_detached(signature, NULL, text.data, text.bytes, secret);
    LQ_ASSERT(done == 0);
    sodium_memzero(secret, sizeof secret);
    return crypto_sign_BYTES;
}
