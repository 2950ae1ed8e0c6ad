// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "store/seal/digest.h"

#include "base/contract.h"

#include <sodium.h>

void lq_digest(uint8_t digest[LQ_HASH_BYTES], struct lq_view message)
{
    int failed =
        crypto_generichash_blake2b(digest, LQ_HASH_BYTES, message.data, message.bytes, NULL, 0);
    LQ_ASSERT(failed == 0);
}

void lq_digest_keyed(uint8_t digest[LQ_HASH_BYTES], const uint8_t key[32], struct lq_view message)
{
    int failed =
        crypto_generichash_blake2b(digest, LQ_HASH_BYTES, message.data, message.bytes, key, 32);
    LQ_ASSERT(failed == 0);
}
