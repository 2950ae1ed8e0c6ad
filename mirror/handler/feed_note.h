// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* feed_note.h - what a note of the ledger's outbox changes beside the control stream: a tenant has
 * a stream, a key an item. */
#ifndef LQ_FEED_NOTE_H
#define LQ_FEED_NOTE_H

#include "mirror/handler/table_port.h"

/* Of any entry of the feed, before it is taken. LQ_ERR_FULL: it has to wait, or there are more
 * tenants than mirror/tenants_max. LQ_ERR_CORRUPT. */
LQ_MUST_CHECK enum lq_result lq_feed_note_apply(struct lq_mirror_streams *streams,
                                                struct lq_table_port *port,
                                                const struct lq_feed_entry *entry);

#endif
