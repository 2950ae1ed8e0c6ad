// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "mirror/handler/feed_note.h"

enum lq_result lq_feed_note_apply(struct lq_mirror_streams *streams, struct lq_table_port *port,
                                  const struct lq_feed_entry *entry)
{
    struct lq_outbox_entry head;
    struct lq_outbox_note tenant;

    if (entry->is_record || lq_outbox_entry_decode(entry->value, &head) != LQ_OK) {
        return LQ_OK; /* what it is, taking it says */
    }
    if (head.kind == LQ_OUTBOX_TENANT) {
        if (lq_outbox_note_decode(entry->value, &head, &tenant) != LQ_OK) {
            return LQ_ERR_CORRUPT;
        }
        return lq_mirror_streams_add(streams, tenant.name, head.tenant_number);
    }
    return head.kind == LQ_OUTBOX_KEY
               ? lq_table_port_change_keys(port, head.tenant_number, entry->sequence)
               : LQ_OK;
}
