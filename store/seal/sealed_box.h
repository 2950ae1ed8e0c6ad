// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* sealed_box.h - XChaCha20-Poly1305-IETF over one run of bytes: nonce, ciphertext, tag.
 *
 * Nonces are 192 random bits, so no counter has to survive a restart or a restored copy.
 */
#ifndef LQ_SEALED_BOX_H
#define LQ_SEALED_BOX_H

#include "base/result.h"
#include "base/view.h"

enum {
    LQ_SEAL_KEY_BYTES = 32,
    LQ_SEAL_NONCE_BYTES = 24,
    LQ_SEAL_TAG_BYTES = 16,
    LQ_SEALED_BOX_EXTRA_BYTES = LQ_SEAL_NONCE_BYTES + LQ_SEAL_TAG_BYTES
};

/* Write nonce, ciphertext and tag of `plain` to `to`, which has plain.bytes +
 * LQ_SEALED_BOX_EXTRA_BYTES. `plain` may already lie at to + LQ_SEAL_NONCE_BYTES. The first takes a
 * random nonce; the second is told one, which must never be used twice under a key. */
void lq_sealed_box_write(const uint8_t key[LQ_SEAL_KEY_BYTES], struct lq_view associated,
                         struct lq_view plain, uint8_t *to);
void lq_sealed_box_write_with(const uint8_t key[LQ_SEAL_KEY_BYTES],
                              const uint8_t nonce[LQ_SEAL_NONCE_BYTES], struct lq_view associated,
                              struct lq_view plain, uint8_t *to);

/* Open `box` into `plain`, which has box.bytes - LQ_SEALED_BOX_EXTRA_BYTES. LQ_ERR_CORRUPT: too
 * short, or anything was changed, or another key; then `plain` holds no part of the message. */
LQ_MUST_CHECK enum lq_result lq_sealed_box_open(const uint8_t key[LQ_SEAL_KEY_BYTES],
                                                struct lq_view associated, struct lq_view box,
                                                uint8_t *plain);

#endif
