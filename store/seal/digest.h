// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* digest.h - BLAKE2b-256, plain and keyed. */
#ifndef LQ_DIGEST_H
#define LQ_DIGEST_H

#include "base/view.h"
#include "store/core/hash_chain.h"

/* BLAKE2b-256 of `message`. An lq_digest_fn. */
void lq_digest(uint8_t digest[LQ_HASH_BYTES], struct lq_view message);

/* BLAKE2b-256 of `message` under a 32-byte key: D of a record, with its salt as the key. */
void lq_digest_keyed(uint8_t digest[LQ_HASH_BYTES], const uint8_t key[32], struct lq_view message);

#endif
