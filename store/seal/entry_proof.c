// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "store/seal/entry_proof.h"

#include "base/contract.h"
#include "base/little_endian.h"
#include "store/seal/digest.h"

#include <sodium.h>

static void take(crypto_generichash_blake2b_state *state, struct lq_view bytes)
{
    int failed = crypto_generichash_blake2b_update(state, bytes.data, bytes.bytes);

    LQ_ASSERT(failed == 0);
}

static void take_entry(crypto_generichash_blake2b_state *state, struct lq_view key,
                       struct lq_view value)
{
    uint8_t key_bytes[2];

    LQ_ASSERT(key.bytes <= UINT16_MAX);
    lq_put_u16(key_bytes, (uint16_t)key.bytes);
    take(state, lq_view_of(key_bytes, sizeof key_bytes));
    take(state, key);
    take(state, value);
}

static void begin(crypto_generichash_blake2b_state *state, const uint8_t *key, size_t key_bytes)
{
    int failed = crypto_generichash_blake2b_init(state, key, key_bytes, LQ_HASH_BYTES);

    LQ_ASSERT(failed == 0);
}

static void end(crypto_generichash_blake2b_state *state, uint8_t digest[LQ_HASH_BYTES])
{
    int failed = crypto_generichash_blake2b_final(state, digest, LQ_HASH_BYTES);

    LQ_ASSERT(failed == 0);
}

void lq_entry_proof_digest(struct lq_view key, struct lq_view value, uint8_t digest[LQ_HASH_BYTES])
{
    crypto_generichash_blake2b_state state;

    begin(&state, NULL, 0);
    take_entry(&state, key, value);
    end(&state, digest);
}

void lq_entry_proof_derive(const uint8_t master_key[32], uint8_t tag_key[LQ_TAG_KEY_BYTES])
{
    lq_digest_keyed(tag_key, master_key, lq_view_text("ledgerquest tag key"));
}

void lq_entry_proof_tag(const uint8_t tag_key[LQ_TAG_KEY_BYTES], const struct lq_entry_place *place,
                        struct lq_view value, uint8_t tag[LQ_HASH_BYTES])
{
    crypto_generichash_blake2b_state state;
    uint8_t partition[4];

    lq_put_u32(partition, place->partition);
    begin(&state, tag_key, LQ_TAG_KEY_BYTES);
    take(&state, lq_view_of(place->database, strlen(place->database) + 1));
    take(&state, lq_view_of(partition, sizeof partition));
    take_entry(&state, place->key, value);
    end(&state, tag);
}
