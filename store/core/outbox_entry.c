// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "store/core/outbox_entry.h"

#include "base/little_endian.h"

void lq_outbox_entry_encode(const struct lq_outbox_entry *entry,
                            uint8_t to[LQ_OUTBOX_ENTRY_HEADER_BYTES])
{
    LQ_ASSERT(entry->outbox_sequence > 0);
    LQ_ASSERT((entry->event_index & LQ_OUTBOX_ENTRY_QUIET) == 0);
    lq_put_u16(to, LQ_OUTBOX_ENTRY_VERSION);
    lq_put_u16(to + 2, (uint16_t)entry->kind);
    lq_put_u32(to + 4, entry->key_generation);
    lq_put_u64(to + 8, entry->outbox_sequence);
    lq_put_u64(to + 16, entry->tenant_number);
    lq_put_u64(to + 24, entry->session_number);
    lq_put_u64(to + 32, entry->frame);
    lq_put_u64(to + 40, entry->ledger_sequence);
    lq_put_u32(to + 48, entry->event_index | (entry->is_quiet ? LQ_OUTBOX_ENTRY_QUIET : 0));
    lq_put_u32(to + 52, entry->body_bytes);
}

/* Whether the fields are those that an entry of this kind has. */
static bool is_sound(const struct lq_outbox_entry *entry)
{
    bool of_session = entry->session_number > 0 && entry->ledger_sequence > 0;
    bool of_tenant = entry->session_number == 0 && entry->frame == 0;
    bool keyed = entry->key_generation > 0;
    bool of_a_life = entry->kind == LQ_OUTBOX_SESSION || entry->kind == LQ_OUTBOX_DELETED;
    bool may_be_quiet =
        entry->kind == LQ_OUTBOX_EVENT || (of_a_life && !lq_outbox_entry_is_again(entry));

    if (entry->is_quiet && !may_be_quiet) {
        return false;
    }
    if (entry->outbox_sequence == 0 || (entry->kind != LQ_OUTBOX_EVENT && entry->event_index > 1)) {
        return false;
    }
    if (entry->kind == LQ_OUTBOX_AGAIN) {
        return of_tenant && !keyed && entry->tenant_number == 0 && lq_outbox_entry_is_again(entry);
    }
    if (entry->tenant_number == 0) {
        return false;
    }
    switch (entry->kind) {
    case LQ_OUTBOX_EVENT:
        return of_session;
    case LQ_OUTBOX_TENANT:
    case LQ_OUTBOX_RETENTION:
        return of_tenant && !keyed;
    case LQ_OUTBOX_SESSION:
        return of_session && !keyed && (entry->frame == 0 || lq_outbox_entry_is_again(entry));
    case LQ_OUTBOX_KEY:
        return of_tenant && keyed;
    case LQ_OUTBOX_LETTER:
    case LQ_OUTBOX_DELETED:
        return of_session && !keyed;
    case LQ_OUTBOX_AGAIN:
        break;
    }
    return false;
}

enum lq_result lq_outbox_entry_decode(struct lq_view value, struct lq_outbox_entry *entry)
{
    const uint8_t *from = value.data;

    if (value.bytes < LQ_OUTBOX_ENTRY_TAGGED_BYTES) {
        return LQ_ERR_CORRUPT;
    }
    if (lq_get_u16(from) != LQ_OUTBOX_ENTRY_VERSION) {
        return LQ_ERR_VERSION;
    }
    if (lq_get_u16(from + 2) > LQ_OUTBOX_KIND_LAST) {
        return LQ_ERR_CORRUPT;
    }
    entry->kind = lq_get_u16(from + 2);
    entry->key_generation = lq_get_u32(from + 4);
    entry->outbox_sequence = lq_get_u64(from + 8);
    entry->tenant_number = lq_get_u64(from + 16);
    entry->session_number = lq_get_u64(from + 24);
    entry->frame = lq_get_u64(from + 32);
    entry->ledger_sequence = lq_get_u64(from + 40);
    entry->event_index = lq_get_u32(from + 48) & ~LQ_OUTBOX_ENTRY_QUIET;
    entry->is_quiet = (lq_get_u32(from + 48) & LQ_OUTBOX_ENTRY_QUIET) != 0;
    entry->body_bytes = lq_get_u32(from + 52);
    size_t beside = entry->kind == LQ_OUTBOX_EVENT ? LQ_OUTBOX_ENTRY_SEALED_BYTES
                                                   : LQ_OUTBOX_ENTRY_TAGGED_BYTES;
    bool whole = value.bytes >= beside && value.bytes - beside == entry->body_bytes;
    return whole && is_sound(entry) ? LQ_OK : LQ_ERR_CORRUPT;
}
