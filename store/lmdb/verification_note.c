// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "store/core/outbox_note.h"
#include "store/lmdb/verification.h"

bool lq_verification_note_agrees(struct lq_verification *verification,
                                 const struct lq_outbox_entry *entry, struct lq_view value)
{
    const struct lq_verified_tenant *tenant =
        lq_verification_tenant(verification, entry->tenant_number);
    const struct lq_verified_chain *chain =
        lq_verification_chain(verification, entry->session_number);
    struct lq_outbox_note note;

    if (lq_outbox_note_decode(value, entry, &note) != LQ_OK) {
        return false;
    }
    switch (entry->kind) {
    case LQ_OUTBOX_TENANT:
        return tenant != NULL && lq_view_equal(note.name, lq_view_text(tenant->name));
    case LQ_OUTBOX_SESSION:
        return chain != NULL && chain->name != NULL &&
               lq_view_equal(note.name, lq_view_text(chain->name));
    case LQ_OUTBOX_DELETED:
        return chain != NULL && memcmp(note.hash, chain->head.hash, LQ_HASH_BYTES) == 0 &&
               note.ledger_sequence == chain->head.ledger_sequence;
    case LQ_OUTBOX_KEY:
        return tenant != NULL && entry->key_generation <= tenant->key_count;
    case LQ_OUTBOX_RETENTION:
        return tenant != NULL; /* a newer one may say otherwise */
    case LQ_OUTBOX_LETTER:
    case LQ_OUTBOX_AGAIN:
    case LQ_OUTBOX_EVENT:
        break;
    }
    return true;
}
