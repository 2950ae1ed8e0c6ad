// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "store/core/hash_chain.h"

#include "base/contract.h"
#include "store/core/record.h"

void lq_hash_chain_next(lq_digest_fn digest, const uint8_t previous[LQ_HASH_BYTES],
                        const uint8_t *header, const uint8_t content_digest[LQ_HASH_BYTES],
                        uint8_t hash[LQ_HASH_BYTES])
{
    uint8_t message[LQ_HASH_BYTES + LQ_RECORD_HEADER_BYTES + LQ_HASH_BYTES];

    LQ_ASSERT(digest != NULL);
    LQ_ASSERT(header != NULL);
    memcpy(message, previous, LQ_HASH_BYTES);
    memcpy(message + LQ_HASH_BYTES, header, LQ_RECORD_HEADER_BYTES);
    memcpy(message + LQ_HASH_BYTES + LQ_RECORD_HEADER_BYTES, content_digest, LQ_HASH_BYTES);
    digest(hash, lq_view_of(message, sizeof message));
}
