// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* broker_seal.h - entries of the broker's outbox (store/core/broker_entry.h) as they lie outside of
 * the broker's store. The key of that store is lost with its machine, the master key is not:
 *
 *     seal key  = BLAKE2b-256(key = master key, "ledgerquest broker seal key")
 *     nonce key = BLAKE2b-256(key = master key, "ledgerquest broker nonce key")
 *     nonce     = the first 24 bytes of BLAKE2b-256(key = nonce key, header || body)
 *     sealed    = header || nonce || XChaCha20-Poly1305(seal key, nonce, associated = header, body)
 *
 * So an entry has the same bytes whenever it is sealed, and another entry another nonce.
 */
#ifndef LQ_BROKER_SEAL_H
#define LQ_BROKER_SEAL_H

#include "base/result.h"
#include "base/view.h"
#include "store/seal/sealed_box.h"

struct lq_broker_seal {
    uint8_t key[LQ_SEAL_KEY_BYTES];
    uint8_t nonce_key[LQ_SEAL_KEY_BYTES];
};

void lq_broker_seal_derive(const uint8_t master_key[32], struct lq_broker_seal *seal);

/* Seal a whole entry to `to`, which has entry.bytes + LQ_SEALED_BOX_EXTRA_BYTES. */
void lq_broker_seal_write(const struct lq_broker_seal *seal, struct lq_view entry, uint8_t *to);

/* Open one to the whole entry, sealed.bytes - LQ_SEALED_BOX_EXTRA_BYTES of it, to be read by
 * lq_broker_entry_read(). LQ_ERR_CORRUPT: too short, changed, or under another master key. */
LQ_MUST_CHECK enum lq_result lq_broker_seal_open(const struct lq_broker_seal *seal,
                                                 struct lq_view sealed, uint8_t *entry);

#endif
