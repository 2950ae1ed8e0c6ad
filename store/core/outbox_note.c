// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "store/core/outbox_note.h"

#include "base/little_endian.h"
#include "store/core/retention.h"

enum {
    TENANT_NAME_AT = 16,
    LETTER_BODY_BYTES = 8,
    RETENTION_BODY_BYTES = 8,
    DELETED_BODY_BYTES = LQ_HASH_BYTES + 8
};

size_t lq_outbox_note_encode(enum lq_outbox_kind kind, const struct lq_outbox_note *note,
                             uint8_t to[LQ_OUTBOX_NOTE_BODY_BYTES_MAX])
{
    size_t name_at = kind == LQ_OUTBOX_TENANT ? TENANT_NAME_AT : 0;

    switch (kind) {
    case LQ_OUTBOX_TENANT:
        lq_put_u64(to, note->execution.epoch);
        lq_put_u64(to + 8, note->execution.counter);
        break;
    case LQ_OUTBOX_SESSION:
        break;
    case LQ_OUTBOX_KEY:
    case LQ_OUTBOX_AGAIN:
        return 0;
    case LQ_OUTBOX_LETTER:
        lq_put_u64(to, note->letter_id);
        return LETTER_BODY_BYTES;
    case LQ_OUTBOX_RETENTION:
        LQ_ASSERT(lq_retention_valid(note->retention_s));
        lq_put_u64(to, note->retention_s);
        return RETENTION_BODY_BYTES;
    case LQ_OUTBOX_DELETED:
        memcpy(to, note->hash, LQ_HASH_BYTES);
        lq_put_u64(to + LQ_HASH_BYTES, note->ledger_sequence);
        return DELETED_BODY_BYTES;
    case LQ_OUTBOX_EVENT:
        LQ_ASSERT(false);
        return 0;
    }
    LQ_ASSERT(note->name.bytes <= LQ_SESSION_NAME_BYTES_MAX);
    memcpy(to + name_at, note->name.data, note->name.bytes);
    return name_at + note->name.bytes;
}

enum lq_result lq_outbox_note_decode(struct lq_view value, const struct lq_outbox_entry *entry,
                                     struct lq_outbox_note *note)
{
    const uint8_t *body = value.data + LQ_OUTBOX_ENTRY_HEADER_BYTES;
    size_t bytes = entry->body_bytes;

    LQ_ASSERT(value.bytes == LQ_OUTBOX_ENTRY_TAGGED_BYTES + bytes);
    *note = (struct lq_outbox_note){0};
    switch (entry->kind) {
    case LQ_OUTBOX_TENANT:
        if (bytes < TENANT_NAME_AT) {
            return LQ_ERR_CORRUPT;
        }
        note->execution = (struct lq_execution_id){lq_get_u64(body), lq_get_u64(body + 8)};
        note->name = lq_view_of(body + TENANT_NAME_AT, bytes - TENANT_NAME_AT);
        return lq_tenant_name_valid(note->name) ? LQ_OK : LQ_ERR_CORRUPT;
    case LQ_OUTBOX_SESSION:
        note->name = lq_view_of(body, bytes);
        return lq_session_name_valid(note->name) ? LQ_OK : LQ_ERR_CORRUPT;
    case LQ_OUTBOX_KEY:
    case LQ_OUTBOX_AGAIN:
        return bytes == 0 ? LQ_OK : LQ_ERR_CORRUPT;
    case LQ_OUTBOX_LETTER:
        if (bytes != LETTER_BODY_BYTES) {
            return LQ_ERR_CORRUPT;
        }
        note->letter_id = lq_get_u64(body);
        return note->letter_id > 0 ? LQ_OK : LQ_ERR_CORRUPT;
    case LQ_OUTBOX_RETENTION:
        if (bytes != RETENTION_BODY_BYTES) {
            return LQ_ERR_CORRUPT;
        }
        note->retention_s = lq_get_u64(body);
        return lq_retention_valid(note->retention_s) ? LQ_OK : LQ_ERR_CORRUPT;
    case LQ_OUTBOX_DELETED:
        if (bytes != DELETED_BODY_BYTES) {
            return LQ_ERR_CORRUPT;
        }
        memcpy(note->hash, body, LQ_HASH_BYTES);
        note->ledger_sequence = lq_get_u64(body + LQ_HASH_BYTES);
        return note->ledger_sequence > 0 ? LQ_OK : LQ_ERR_CORRUPT;
    case LQ_OUTBOX_EVENT:
        break;
    }
    LQ_ASSERT(false);
    return LQ_ERR_CORRUPT;
}
