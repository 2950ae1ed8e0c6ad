// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* salted_digest.h - D of a content, and the salt it was made with: all of a record that needs
 * neither ledger nor key, so that any thread can make it ahead. */
#ifndef LQ_SALTED_DIGEST_H
#define LQ_SALTED_DIGEST_H

#include "base/view.h"
#include "store/core/record.h"

struct lq_salted_digest {
    uint8_t salt[LQ_RECORD_SALT_BYTES]; /* never used for two contents */
    uint8_t digest[LQ_HASH_BYTES];
};

/* Fresh salts for a group: one call to the system, stretched by ChaCha20. */
void lq_salted_digest_draw(struct lq_salted_digest *digests, uint32_t count);

/* D of `content` under the salt that was drawn. */
void lq_salted_digest_make(struct lq_salted_digest *digest, struct lq_view content);

#endif
