// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "store/lmdb/ledger_letter.h"

#include "base/alloc.h"
#include "store/lmdb/ledger_lookup.h"

#include <stdlib.h>

/* The tenant's newest key; none, if that was destroyed. The key dies with the next look-up. */
static enum lq_result find_newest(lq_ledger_t *ledger, struct lq_view tenant,
                                  struct lq_letter_seal *seal)
{
    struct lq_tenant_value value;

    *seal = (struct lq_letter_seal){.key = NULL};
    enum lq_result result = lq_ledger_lookup_tenant(ledger, ledger->read_txn, tenant, &value);
    if (result != LQ_OK) {
        return result == LQ_ERR_NOT_FOUND ? LQ_OK : result;
    }
    seal->tenant_number = value.number;
    result = lq_ledger_lookup_generation(ledger, ledger->read_txn, value.number, &seal->generation);
    if (result == LQ_OK) {
        result = lq_ledger_lookup_key(ledger, ledger->read_txn, value.number, seal->generation,
                                      &seal->key);
    }
    if (result == LQ_ERR_KEY &&
        lq_ledger_lookup_is_destroyed(ledger, ledger->read_txn, value.number, seal->generation)) {
        seal->key = NULL;
        return LQ_OK;
    }
    return result == LQ_ERR_NOT_FOUND ? LQ_ERR_CORRUPT : result;
}

enum lq_result lq_ledger_letter_seal(lq_ledger_t *ledger, struct lq_view tenant,
                                     struct lq_view entry, uint8_t *to, size_t *bytes,
                                     uint64_t *tenant_number)
{
    struct lq_letter_seal seal;

    if (ledger->keyring == NULL) {
        return LQ_ERR_KEY;
    }
    enum lq_result result = lq_ledger_read_begin(ledger);
    if (result != LQ_OK) {
        return result;
    }
    result = find_newest(ledger, tenant, &seal);
    lq_ledger_read_end(ledger);
    if (result != LQ_OK) {
        return result;
    }
    *tenant_number = seal.tenant_number;
    uint8_t *sealed = lq_alloc(entry.bytes + LQ_LETTER_SEAL_EXTRA_BYTES, 1);
    *bytes = lq_letter_seal_write(&seal, entry, sealed);
    lq_keyring_seal_broker(ledger->keyring, lq_view_of(sealed, *bytes), to);
    *bytes += LQ_SEALED_BOX_EXTRA_BYTES;
    free(sealed);
    return LQ_OK;
}

enum lq_result lq_ledger_letter_open(lq_ledger_t *ledger, struct lq_view entry,
                                     const struct lq_broker_entry_body *body, uint8_t *value,
                                     size_t *bytes)
{
    const uint8_t *key = NULL;

    if (body->key_generation == 0) {
        return LQ_ERR_KEY;
    }
    enum lq_result result = lq_ledger_read_begin(ledger);
    if (result != LQ_OK) {
        return result;
    }
    result = lq_ledger_lookup_key(ledger, ledger->read_txn, body->tenant_number,
                                  body->key_generation, &key);
    lq_ledger_read_end(ledger);
    if (result != LQ_OK) {
        return result == LQ_ERR_NOT_FOUND ? LQ_ERR_CORRUPT : result;
    }
    return lq_letter_seal_open(key, entry, body, value, bytes);
}
