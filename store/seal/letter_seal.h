// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* letter_seal.h - entries of the broker's outbox that hold a letter, made such that nobody reads
 * the letter once its tenant's keys are destroyed: entries of version 2
 * (store/core/broker_entry.h). They leave the broker's store sealed once more, like all others
 * (broker_seal.h).
 *
 *     seal key  = BLAKE2b-256(key = the tenant's, "ledgerquest letter seal key")
 *     nonce key = BLAKE2b-256(key = the tenant's, "ledgerquest letter nonce key")
 *     nonce     = the first 24 bytes of BLAKE2b-256(key = nonce key, all before || value)
 *     sealed    = nonce || XChaCha20-Poly1305(seal key, nonce, associated = all before, value)
 *
 * "All before" is the entry up to the sealed value. So one entry under one key has one sealing; and
 * once the key is gone nothing is left by which a letter that is guessed could be known.
 */
#ifndef LQ_LETTER_SEAL_H
#define LQ_LETTER_SEAL_H

#include "base/result.h"
#include "base/view.h"
#include "store/core/broker_entry.h"
#include "store/seal/sealed_box.h"

/* What an entry grows by, at most. */
enum { LQ_LETTER_SEAL_EXTRA_BYTES = LQ_BROKER_ENTRY_OWNER_BYTES + LQ_SEALED_BOX_EXTRA_BYTES };

/* A key of a tenant. */
struct lq_letter_seal {
    const uint8_t *key;     /* LQ_SEAL_KEY_BYTES; NULL: the tenant's keys were destroyed */
    uint64_t tenant_number; /* 0: it is not known, and there is no key */
    uint32_t generation;    /* of the key, from 1 */
};

/* Make version 2 of `entry`, which lq_broker_entry_read() has read, of version 1 and with a letter.
 * Without a key it has its header, its key and its tenant's number, and no value. Returns its
 * length; `to` has entry.bytes + LQ_LETTER_SEAL_EXTRA_BYTES. */
size_t lq_letter_seal_write(const struct lq_letter_seal *seal, struct lq_view entry, uint8_t *to);

/* Open the value of `entry`, as lq_broker_entry_read() has read it of version 2, into `value`,
 * which has body->value.bytes; *bytes: how long it is. LQ_ERR_KEY: it has no value.
 * LQ_ERR_CORRUPT: it was changed, or sealed under another key. */
LQ_MUST_CHECK enum lq_result lq_letter_seal_open(const uint8_t key[LQ_SEAL_KEY_BYTES],
                                                 struct lq_view entry,
                                                 const struct lq_broker_entry_body *body,
                                                 uint8_t *value, size_t *bytes);

#endif
