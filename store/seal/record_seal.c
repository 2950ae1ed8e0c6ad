// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "store/seal/record_seal.h"

#include "base/little_endian.h"
#include "store/seal/digest.h"

#include <assert.h>
#include <sodium.h>

static_assert((int)LQ_RECORD_NONCE_BYTES == (int)LQ_SEAL_NONCE_BYTES,
              "a record's nonce is its seal's");
static_assert((int)LQ_RECORD_TAG_BYTES == (int)LQ_SEAL_TAG_BYTES, "a record's tag is its seal's");
static_assert(sizeof(struct lq_record_secret) == LQ_RECORD_SALT_BYTES + LQ_RECORD_NONCE_BYTES,
              "secrets lie back to back");

void lq_record_seal_draw(struct lq_record_secret *secrets, uint32_t count)
{
    uint8_t seed[randombytes_SEEDBYTES];

    /* A call to the system for each record costs more than its seal. */
    randombytes_buf(seed, sizeof seed);
    randombytes_buf_deterministic(secrets, count * sizeof *secrets, seed);
    sodium_memzero(seed, sizeof seed);
}

void lq_record_seal_forget(struct lq_record_secret *secrets, uint32_t count)
{
    sodium_memzero(secrets, count * sizeof *secrets);
}

void lq_record_seal_write(const struct lq_record_parts *parts, uint8_t *to,
                          uint8_t hash[LQ_HASH_BYTES])
{
    struct lq_view body = parts->body;
    uint8_t *plain = to + LQ_RECORD_SEALED_AT;

    LQ_ASSERT(parts->header->kind != LQ_RECORD_KEYFRAME ||
              parts->header->content_bytes == body.bytes);
    LQ_ASSERT(parts->header->seal_version == LQ_RECORD_SEAL_VERSION);
    LQ_ASSERT(parts->key != NULL);
    lq_record_encode_header(parts->header, to);
    memcpy(to + LQ_RECORD_DIGEST_AT, parts->digest->digest, LQ_HASH_BYTES);
    lq_hash_chain_next(lq_digest, parts->previous_hash, to + LQ_RECORD_HEADER_AT,
                       to + LQ_RECORD_DIGEST_AT, to + LQ_RECORD_HASH_AT);
    memcpy(hash, to + LQ_RECORD_HASH_AT, LQ_HASH_BYTES);
    memcpy(plain, parts->digest->salt, LQ_RECORD_SALT_BYTES);
    memcpy(plain + LQ_RECORD_SALT_BYTES, body.data, body.bytes);
    lq_sealed_box_write_with(parts->key, parts->nonce, lq_view_of(to, LQ_RECORD_CLEAR_BYTES),
                             lq_view_of(plain, LQ_RECORD_SALT_BYTES + body.bytes),
                             to + LQ_RECORD_NONCE_AT);
}

bool lq_record_seal_follows(struct lq_view record, const uint8_t previous_hash[LQ_HASH_BYTES])
{
    uint8_t hash[LQ_HASH_BYTES];

    LQ_ASSERT(record.bytes >= LQ_RECORD_CLEAR_BYTES);
    lq_hash_chain_next(lq_digest, previous_hash, record.data + LQ_RECORD_HEADER_AT,
                       record.data + LQ_RECORD_DIGEST_AT, hash);
    return memcmp(hash, record.data + LQ_RECORD_HASH_AT, LQ_HASH_BYTES) == 0;
}

enum lq_result lq_record_seal_unseal(struct lq_view record, const uint8_t key[LQ_SEAL_KEY_BYTES],
                                     uint8_t *plain)
{
    LQ_ASSERT(record.bytes >= LQ_RECORD_EXTRA_BYTES);
    size_t prefix = lq_get_u16(record.data) == LQ_RECORD_SEAL_VERSION_CONVERTED
                        ? LQ_RECORD_PREFIX_BYTES /* which that seal does not cover */
                        : 0;
    struct lq_view clear = lq_view_of(record.data + prefix, LQ_RECORD_CLEAR_BYTES - prefix);
    struct lq_view box =
        lq_view_of(record.data + LQ_RECORD_NONCE_AT, record.bytes - LQ_RECORD_NONCE_AT);

    return lq_sealed_box_open(key, clear, box, plain);
}

bool lq_record_seal_covers(struct lq_view record, const uint8_t *salt, struct lq_view content)
{
    uint8_t digest[LQ_HASH_BYTES];

    lq_digest_keyed(digest, salt, content);
    return memcmp(digest, record.data + LQ_RECORD_DIGEST_AT, LQ_HASH_BYTES) == 0;
}
