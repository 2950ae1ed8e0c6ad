// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* record_seal.h - makes and opens whole records of store/core/record.h.
 *
 *     D = BLAKE2b-256(key = salt, content)
 *     H = BLAKE2b-256(H before || clear header || D)
 *     sealed = XChaCha20-Poly1305(key, nonce, associated = prefix || header || D || H,
 *                                 salt || body)
 *
 * Content is the whole one, also where the body is a delta.
 *
 * The salt keeps D from telling anything about a content that can be guessed, also after the key is
 * destroyed.
 */
#ifndef LQ_RECORD_SEAL_H
#define LQ_RECORD_SEAL_H

#include "store/core/record.h"
#include "store/seal/salted_digest.h"
#include "store/seal/sealed_box.h"

/* The randomness of one record: never used for two. */
struct lq_record_secret {
    uint8_t salt[LQ_RECORD_SALT_BYTES];
    uint8_t nonce[LQ_RECORD_NONCE_BYTES];
};

/* Fresh secrets for a group: one call to the system, stretched by ChaCha20. */
void lq_record_seal_draw(struct lq_record_secret *secrets, uint32_t count);

/* Zero them again. */
void lq_record_seal_forget(struct lq_record_secret *secrets, uint32_t count);

/* What a record is made of. */
struct lq_record_parts {
    const struct lq_record_header *header;
    struct lq_view body;
    const struct lq_salted_digest *digest; /* D of the whole content, made before */
    const uint8_t *previous_hash;          /* LQ_HASH_BYTES */
    const uint8_t *nonce;                  /* LQ_RECORD_NONCE_BYTES */
    const uint8_t *key;                    /* LQ_SEAL_KEY_BYTES */
};

/* Write the record to `to`, which has lq_record_bytes(body.bytes). `hash` receives H and may be
 * the previous hash. */
void lq_record_seal_write(const struct lq_record_parts *parts, uint8_t *to,
                          uint8_t hash[LQ_HASH_BYTES]);

/* Whether H of `record` (decoded before, so long enough) follows from `previous_hash`. No key. */
bool lq_record_seal_follows(struct lq_view record, const uint8_t previous_hash[LQ_HASH_BYTES]);

/* Open the seal of a decoded record into `plain`, LQ_RECORD_SALT_BYTES + its body_bytes long: first
 * the salt, then the body. The tag proves that prefix, header, D, H and body are as their writer
 * put them. LQ_ERR_CORRUPT. */
LQ_MUST_CHECK enum lq_result
lq_record_seal_unseal(struct lq_view record, const uint8_t key[LQ_SEAL_KEY_BYTES], uint8_t *plain);

/* Whether D of `record` is that of `content` under `salt`, LQ_RECORD_SALT_BYTES of it. */
bool lq_record_seal_covers(struct lq_view record, const uint8_t *salt, struct lq_view content);

#endif
