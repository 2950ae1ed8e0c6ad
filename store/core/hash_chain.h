// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* hash_chain.h - how every record vouches for all records of its session before it.
 *
 *     H(0) = digest(32 zero bytes || clear header || D(0))
 *     H(n) = digest(H(n-1)        || clear header || D(n))
 *
 * Pure: the digest (BLAKE2b-256, store/seal/digest.h) comes in as a function. Depends on base/.
 */
#ifndef LQ_HASH_CHAIN_H
#define LQ_HASH_CHAIN_H

#include "base/view.h"

#define LQ_HASH_BYTES 32

typedef void (*lq_digest_fn)(uint8_t digest[LQ_HASH_BYTES], struct lq_view message);

/* H of a record. `header` is its clear header, LQ_RECORD_HEADER_BYTES long; `previous` may be
 * `hash`. */
void lq_hash_chain_next(lq_digest_fn digest, const uint8_t previous[LQ_HASH_BYTES],
                        const uint8_t *header, const uint8_t content_digest[LQ_HASH_BYTES],
                        uint8_t hash[LQ_HASH_BYTES]);

#endif
