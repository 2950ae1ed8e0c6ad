// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "store/core/outbox_entry.h"

#include "base/little_endian.h"

void lq_outbox_entry_encode(const struct lq_outbox_entry *entry,
                            uint8_t to[LQ_OUTBOX_ENTRY_HEADER_BYTES])
{
    LQ_ASSERT(entry->outbox_sequence > 0);
    lq_put_u16(to, LQ_OUTBOX_ENTRY_VERSION);
    lq_put_u16(to + 2, 0);
    lq_put_u32(to + 4, entry->key_generation);
    lq_put_u64(to + 8, entry->outbox_sequence);
    lq_put_u64(to + 16, entry->tenant_number);
    lq_put_u64(to + 24, entry->session_number);
    lq_put_u64(to + 32, entry->frame);
    lq_put_u64(to + 40, entry->ledger_sequence);
    lq_put_u32(to + 48, entry->event_index);
    lq_put_u32(to + 52, entry->event_bytes);
}

enum lq_result lq_outbox_entry_decode(struct lq_view value, struct lq_outbox_entry *entry)
{
    const uint8_t *from = value.data;

    if (value.bytes < LQ_OUTBOX_ENTRY_EXTRA_BYTES) {
        return LQ_ERR_CORRUPT;
    }
    if (lq_get_u16(from) != LQ_OUTBOX_ENTRY_VERSION) {
        return LQ_ERR_VERSION;
    }
    entry->key_generation = lq_get_u32(from + 4);
    entry->outbox_sequence = lq_get_u64(from + 8);
    entry->tenant_number = lq_get_u64(from + 16);
    entry->session_number = lq_get_u64(from + 24);
    entry->frame = lq_get_u64(from + 32);
    entry->ledger_sequence = lq_get_u64(from + 40);
    entry->event_index = lq_get_u32(from + 48);
    entry->event_bytes = lq_get_u32(from + 52);
    bool whole = value.bytes - LQ_OUTBOX_ENTRY_EXTRA_BYTES == entry->event_bytes;
    bool sound = lq_get_u16(from + 2) == 0 && entry->outbox_sequence > 0;
    return whole && sound ? LQ_OK : LQ_ERR_CORRUPT;
}
