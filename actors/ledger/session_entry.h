// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* session_entry.h - a session as administration shows it, read from its newest record. Used by load
 * for its queries and by persist for its answers to creations. */
#ifndef LQ_SESSION_ENTRY_H
#define LQ_SESSION_ENTRY_H

#include "base/error_message.h"
#include "proto/admin_codec.h"
#include "store/lmdb/ledger.h"

/* Memory that one reading of a record needs; nothing in it is kept. */
struct lq_record_scratch {
    struct lq_tick tick;
};

/* The tick of the newest record, into scratch->tick, inside a read transaction. LQ_ERR_NOT_FOUND:
 * no such tenant or session. LQ_ERR_STATE: it was deleted, `head` says when. LQ_ERR_CORRUPT,
 * LQ_ERR_KEY: `message` says which record.
 */
LQ_MUST_CHECK enum lq_result lq_session_entry_read_head(lq_ledger_t *ledger,
                                                        struct lq_session_names names,
                                                        struct lq_record_scratch *scratch,
                                                        struct lq_head *head,
                                                        struct lq_error_message *message);

/* Fill `entry`; its names are views of the arguments. *ledger_sequence: of the record that it tells
 * of. Of a deleted session nothing but its last frame. Results as above, and *ledger_sequence is
 * left as it was. */
LQ_MUST_CHECK enum lq_result
lq_session_entry_read(lq_ledger_t *ledger, struct lq_session_names names,
                      struct lq_record_scratch *scratch, struct lq_session_entry *entry,
                      uint64_t *ledger_sequence, struct lq_error_message *message);

#endif
