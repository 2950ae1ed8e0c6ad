// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "store/seal/letter_seal.h"

#include "base/little_endian.h"
#include "store/seal/digest.h"

#include <assert.h>
#include <sodium.h>

static_assert((int)LQ_BROKER_ENTRY_BOX_EXTRA_BYTES == (int)LQ_SEALED_BOX_EXTRA_BYTES,
              "a sealed value is a sealed box");

struct derived {
    uint8_t seal[LQ_SEAL_KEY_BYTES];
    uint8_t nonce[LQ_SEAL_KEY_BYTES];
};

static void derive(const uint8_t key[LQ_SEAL_KEY_BYTES], struct derived *keys)
{
    lq_digest_keyed(keys->seal, key, lq_view_text("ledgerquest letter seal key"));
    lq_digest_keyed(keys->nonce, key, lq_view_text("ledgerquest letter nonce key"));
}

size_t lq_letter_seal_write(const struct lq_letter_seal *seal, struct lq_view entry, uint8_t *to)
{
    struct lq_broker_entry head;
    struct lq_broker_entry_body body;
    uint8_t nonce[LQ_HASH_BYTES];
    struct derived keys;
    enum lq_result result = lq_broker_entry_read(entry, &head, &body);

    LQ_ASSERT(result == LQ_OK);
    LQ_ASSERT(!head.is_sealed);
    LQ_ASSERT(lq_broker_entry_has_letter(&head, &body));
    LQ_ASSERT(seal->key == NULL || (seal->tenant_number > 0 && seal->generation > 0));
    size_t front = (size_t)(body.value.data - entry.data);
    memcpy(to, entry.data, front);
    lq_put_u16(to, LQ_BROKER_ENTRY_VERSION_SEALED);
    lq_put_u64(to + front, seal->tenant_number);
    lq_put_u32(to + front + 8, seal->key != NULL ? seal->generation : 0);
    size_t before = front + LQ_BROKER_ENTRY_OWNER_BYTES;
    if (seal->key == NULL) {
        return before;
    }
    derive(seal->key, &keys);
    /* The value lies where its seal will have it, behind all before, while the nonce is made. */
    memcpy(to + before, body.value.data, body.value.bytes);
    lq_digest_keyed(nonce, keys.nonce, lq_view_of(to, before + body.value.bytes));
    lq_sealed_box_write_with(keys.seal, nonce, lq_view_of(to, before), body.value, to + before);
    sodium_memzero(&keys, sizeof keys);
    return before + body.value.bytes + LQ_SEALED_BOX_EXTRA_BYTES;
}

enum lq_result lq_letter_seal_open(const uint8_t key[LQ_SEAL_KEY_BYTES], struct lq_view entry,
                                   const struct lq_broker_entry_body *body, uint8_t *value,
                                   size_t *bytes)
{
    struct derived keys;

    *bytes = 0;
    if (body->key_generation == 0) {
        return LQ_ERR_KEY;
    }
    LQ_ASSERT(body->value.bytes > LQ_SEALED_BOX_EXTRA_BYTES);
    derive(key, &keys);
    enum lq_result result = lq_sealed_box_open(
        keys.seal, lq_view_of(entry.data, (size_t)(body->value.data - entry.data)), body->value,
        value);
    sodium_memzero(&keys, sizeof keys);
    *bytes = result == LQ_OK ? body->value.bytes - LQ_SEALED_BOX_EXTRA_BYTES : 0;
    return result;
}
