// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "mirror/restore/restored_entries.h"

#include "store/core/outbox_note.h"

/* Whose streams and keys there are, the notes tell. */
static void hear_note(struct lq_restoring *restoring, struct lq_view value)
{
    const char *only = restoring->options->tenant;
    struct lq_outbox_entry entry;
    struct lq_outbox_note note;
    struct lq_restoring_tenant *tenant;

    if (lq_outbox_entry_decode(value, &entry) != LQ_OK ||
        lq_outbox_note_decode(value, &entry, &note) != LQ_OK) {
        return; /* said already */
    }
    if (entry.kind == LQ_OUTBOX_TENANT &&
        lq_restoring_find_tenant(restoring, entry.tenant_number) == NULL &&
        (only == NULL || lq_view_equal(note.name, lq_view_text(only)))) {
        lq_restoring_add_tenant(restoring, note.name, entry.tenant_number);
    } else if (entry.kind == LQ_OUTBOX_KEY &&
               (tenant = lq_restoring_find_tenant(restoring, entry.tenant_number)) != NULL) {
        tenant->key_note = entry.outbox_sequence;
        lq_key_notes_hear(&restoring->key_notes, &entry);
    } else if (entry.kind == LQ_OUTBOX_SESSION &&
               entry.session_number > restoring->newest_session) {
        restoring->newest_session = entry.session_number;
    }
}

/* Only a restore goes that far on: what was named before may have been left out by it. */
static void hear_epoch(struct lq_restoring *restoring)
{
    uint64_t epoch = lq_broker_restore_epoch(restoring->broker);

    if (epoch >= restoring->epoch + LQ_TABLE_RESTORE_EPOCHS) {
        restoring->named_before = restoring->newest_session;
    }
    restoring->epoch = epoch;
}

enum lq_result lq_restored_entries_take_of_control(void *context,
                                                   const struct lq_segment_entry *entry,
                                                   const char **why)
{
    struct lq_restoring *restoring = context;
    struct lq_outbox_entry outbox;
    enum lq_result result;

    switch (entry->kind) {
    case LQ_SEGMENT_OUTBOX:
        if (lq_outbox_entry_decode(entry->bytes, &outbox) == LQ_OK &&
            (outbox.kind == LQ_OUTBOX_EVENT || outbox.outbox_sequence != entry->sequence)) {
            *why = "an entry that does not belong there";
            return LQ_ERR_CORRUPT;
        }
        result = lq_restoring_told_by_ledger(
            restoring, lq_ledger_restore_entry(restoring->ledger, entry->bytes), why);
        if (result == LQ_OK) {
            hear_note(restoring, entry->bytes);
        }
        return result;
    case LQ_SEGMENT_BROKER:
        result = lq_broker_restore_entry(restoring->broker, entry->bytes, why);
        hear_epoch(restoring);
        return *why != NULL ? result : lq_restoring_tell(restoring, result, "the broker's store");
    case LQ_SEGMENT_RECORD:
        break;
    }
    *why = "a record in the control stream";
    return LQ_ERR_CORRUPT;
}

enum lq_result lq_restored_entries_take_of_tenant(void *context,
                                                  const struct lq_segment_entry *entry,
                                                  const char **why)
{
    struct lq_restoring *restoring = context;
    struct lq_outbox_entry outbox;

    if (entry->kind == LQ_SEGMENT_RECORD) {
        return lq_restoring_told_by_ledger(
            restoring,
            lq_ledger_restore_record(restoring->ledger, entry->bytes,
                                     restoring->at->stream.first_number > 1),
            why);
    }
    if (entry->kind == LQ_SEGMENT_OUTBOX &&
        lq_outbox_entry_decode(entry->bytes, &outbox) == LQ_OK && outbox.kind == LQ_OUTBOX_EVENT &&
        outbox.outbox_sequence == entry->sequence &&
        outbox.tenant_number == restoring->walk.reader.tenant_number) {
        return lq_restoring_told_by_ledger(
            restoring, lq_ledger_restore_entry(restoring->ledger, entry->bytes), why);
    }
    *why = "an entry that does not belong there";
    return LQ_ERR_CORRUPT;
}

enum lq_result lq_restored_entries_take_again(void *context, const struct lq_segment_entry *entry,
                                              const char **why)
{
    struct lq_restoring *restoring = context;

    return entry->kind == LQ_SEGMENT_RECORD
               ? lq_restoring_told_by_ledger(
                     restoring, lq_ledger_restore_again(restoring->ledger, entry->bytes), why)
               : LQ_OK;
}
