// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "store/seal/broker_seal.h"

#include "store/core/broker_entry.h"
#include "store/seal/digest.h"

#include <assert.h>

static_assert((int)LQ_SEAL_NONCE_BYTES <= (int)LQ_HASH_BYTES, "a nonce is the front of a digest");

void lq_broker_seal_derive(const uint8_t master_key[32], struct lq_broker_seal *seal)
{
    lq_digest_keyed(seal->key, master_key, lq_view_text("ledgerquest broker seal key"));
    lq_digest_keyed(seal->nonce_key, master_key, lq_view_text("ledgerquest broker nonce key"));
}

void lq_broker_seal_write(const struct lq_broker_seal *seal, struct lq_view entry, uint8_t *to)
{
    uint8_t nonce[LQ_HASH_BYTES];

    LQ_ASSERT(entry.bytes >= LQ_BROKER_ENTRY_HEADER_BYTES);
    struct lq_view header = lq_view_of(entry.data, LQ_BROKER_ENTRY_HEADER_BYTES);
    struct lq_view body = lq_view_of(entry.data + LQ_BROKER_ENTRY_HEADER_BYTES,
                                     entry.bytes - LQ_BROKER_ENTRY_HEADER_BYTES);

    lq_digest_keyed(nonce, seal->nonce_key, entry);
    memcpy(to, header.data, header.bytes);
    lq_sealed_box_write_with(seal->key, nonce, header, body, to + header.bytes);
}

enum lq_result lq_broker_seal_open(const struct lq_broker_seal *seal, struct lq_view sealed,
                                   uint8_t *entry)
{
    uint8_t nonce[LQ_HASH_BYTES];

    if (sealed.bytes < LQ_BROKER_ENTRY_HEADER_BYTES + LQ_SEALED_BOX_EXTRA_BYTES) {
        return LQ_ERR_CORRUPT;
    }
    struct lq_view header = lq_view_of(sealed.data, LQ_BROKER_ENTRY_HEADER_BYTES);
    struct lq_view box = lq_view_of(sealed.data + LQ_BROKER_ENTRY_HEADER_BYTES,
                                    sealed.bytes - LQ_BROKER_ENTRY_HEADER_BYTES);
    enum lq_result result = lq_sealed_box_open(seal->key, header, box, entry + header.bytes);
    if (result != LQ_OK) {
        return result;
    }
    memcpy(entry, header.data, header.bytes);
    /* One entry has one sealing: its bytes are what it is known by. */
    lq_digest_keyed(nonce, seal->nonce_key,
                    lq_view_of(entry, sealed.bytes - LQ_SEALED_BOX_EXTRA_BYTES));
    return memcmp(nonce, box.data, LQ_SEAL_NONCE_BYTES) == 0 ? LQ_OK : LQ_ERR_CORRUPT;
}
