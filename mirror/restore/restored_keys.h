// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* restored_keys.h - the keys of a tenant in a restore: item K of the table, read into the ledger,
 * and put right where its last writer died before it could.
 *
 * LQ_ERR_CORRUPT: item K is damaged, of another tenant, or not what the notes about the tenant's
 * keys say; else what stores and table say; `message`. */
#ifndef LQ_RESTORED_KEYS_H
#define LQ_RESTORED_KEYS_H

#include "mirror/restore/restoring.h"

/* tenant->has_keys says afterwards whether there were any; of one that is left out none are read.
 * A key that a note says is destroyed is so in the ledger: tenant->keys_are_old. */
LQ_MUST_CHECK enum lq_result lq_restored_keys_read(struct lq_restoring *restoring,
                                                   struct lq_restoring_tenant *tenant);

/* A key that was destroyed leaves the table too, if whoever should have seen to it died before. */
LQ_MUST_CHECK enum lq_result lq_restored_keys_destroy(struct lq_restoring *restoring,
                                                      const struct lq_restoring_tenant *tenant);

/* Its creation is in the table, its key was not yet, and nothing is sealed under that: it gets
 * another one, in the table too. */
LQ_MUST_CHECK enum lq_result lq_restored_keys_make(struct lq_restoring *restoring,
                                                   struct lq_restoring_tenant *tenant);

/* The key of a letter's tenant: an lq_broker_restore_key_fn, whose context is the restoring. What
 * it says was destroyed is counted. */
LQ_MUST_CHECK enum lq_result lq_restored_keys_find(void *context, uint64_t tenant_number,
                                                   uint32_t generation, const uint8_t **key);

#endif
