// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "store/seal/sealed_box.h"

#include <assert.h>
#include <sodium.h>

static_assert(LQ_SEAL_KEY_BYTES == crypto_aead_xchacha20poly1305_ietf_KEYBYTES, "key");
static_assert(LQ_SEAL_NONCE_BYTES == crypto_aead_xchacha20poly1305_ietf_NPUBBYTES, "nonce");
static_assert(LQ_SEAL_TAG_BYTES == crypto_aead_xchacha20poly1305_ietf_ABYTES, "tag");

void lq_sealed_box_write(const uint8_t key[LQ_SEAL_KEY_BYTES], struct lq_view associated,
                         struct lq_view plain, uint8_t *to)
{
    uint8_t nonce[LQ_SEAL_NONCE_BYTES];

    randombytes_buf(nonce, sizeof nonce);
    lq_sealed_box_write_with(key, nonce, associated, plain, to);
}

void lq_sealed_box_write_with(const uint8_t key[LQ_SEAL_KEY_BYTES],
                              const uint8_t nonce[LQ_SEAL_NONCE_BYTES], struct lq_view associated,
                              struct lq_view plain, uint8_t *to)
{
    memcpy(to, nonce, LQ_SEAL_NONCE_BYTES);
    int failed = crypto_aead_xchacha20poly1305_ietf_encrypt(
        to + LQ_SEAL_NONCE_BYTES, NULL, plain.data, plain.bytes, associated.data, associated.bytes,
        NULL, nonce, key);
    LQ_ASSERT(failed == 0);
}

enum lq_result lq_sealed_box_open(const uint8_t key[LQ_SEAL_KEY_BYTES], struct lq_view associated,
                                  struct lq_view box, uint8_t *plain)
{
    if (box.bytes < LQ_SEALED_BOX_EXTRA_BYTES) {
        return LQ_ERR_CORRUPT;
    }
    int failed = crypto_aead_xchacha20poly1305_ietf_decrypt(
        plain, NULL, NULL, box.data + LQ_SEAL_NONCE_BYTES, box.bytes - LQ_SEAL_NONCE_BYTES,
        associated.data, associated.bytes, box.data, key);
    return failed == 0 ? LQ_OK : LQ_ERR_CORRUPT;
}
