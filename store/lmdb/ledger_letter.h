// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* ledger_letter.h - letters of the broker's outbox under the keys that the ledger has of their
 * tenants (store/seal/letter_seal.h): so they leave the broker's store. */
#ifndef LQ_LEDGER_LETTER_H
#define LQ_LEDGER_LETTER_H

#include "store/lmdb/ledger.h"
#include "store/seal/letter_seal.h"

/* What an entry with a letter grows by, at most. */
enum { LQ_LEDGER_LETTER_EXTRA_BYTES = LQ_LETTER_SEAL_EXTRA_BYTES + LQ_SEALED_BOX_EXTRA_BYTES };

/* Seal an entry of version 1 that has a letter of `tenant` under that tenant's newest key, then
 * under the master key, to `to`, which has entry.bytes + LQ_LEDGER_LETTER_EXTRA_BYTES. *bytes: how
 * long it is. *tenant_number: whose; 0: the ledger does not know the tenant. Then, and where the
 * tenant's keys were destroyed, it goes without its value. Uses a read transaction of its own.
 * LQ_ERR_KEY: the ledger was opened without a master key, or has another. */
LQ_MUST_CHECK enum lq_result lq_ledger_letter_seal(lq_ledger_t *ledger, struct lq_view tenant,
                                                   struct lq_view entry, uint8_t *to, size_t *bytes,
                                                   uint64_t *tenant_number);

/* Open the letter of an entry of version 2 into `value`, which has body->value.bytes; *bytes: how
 * long it is. Uses a read transaction of its own. LQ_ERR_KEY: its key was destroyed, or it has no
 * value. LQ_ERR_CORRUPT: it does not open, or the ledger has no such key. */
LQ_MUST_CHECK enum lq_result lq_ledger_letter_open(lq_ledger_t *ledger, struct lq_view entry,
                                                   const struct lq_broker_entry_body *body,
                                                   uint8_t *value, size_t *bytes);

#endif
