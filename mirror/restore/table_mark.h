// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* table_mark.h - the item M of a partition, as whoever reads the table back needs it. */
#ifndef LQ_TABLE_MARK_H
#define LQ_TABLE_MARK_H

#include "mirror/domain/partition_item.h"
#include "mirror/restore/table_asker.h"

struct lq_table_mark {
    struct lq_partition_item item;
    uint64_t ledger_sequence;  /* l: all records up to this one are in the table */
    uint64_t outbox_sequence;  /* o: and all entries of the ledger's outbox */
    uint64_t broker_sequence;  /* q: and all of the broker's outbox */
    uint64_t published_outbox; /* e: up to this entry all events have left; 0: none */
    uint64_t published_broker; /* f: and up to this one of the broker's outbox */
};

/* LQ_ERR_NOT_FOUND: the table has no such partition. LQ_ERR_VERSION: of another format than this
 * program's. LQ_ERR_CORRUPT, LQ_ERR_IO. `message`. */
LQ_MUST_CHECK enum lq_result lq_table_mark_read(struct lq_table_asker *asker, uint32_t partition,
                                                struct lq_table_mark *mark,
                                                struct lq_error_message *message);

/* LQ_ERR_KEY: the table was written under another master key than the one in that file. */
LQ_MUST_CHECK enum lq_result lq_table_mark_check_key(const struct lq_table_mark *mark,
                                                     const char *master_key_file,
                                                     struct lq_error_message *message);

/* Put its item, l, o and q over one of an earlier claim; what else the item has stays.
 * LQ_ERR_CONFLICT: there is one of a later claim. */
LQ_MUST_CHECK enum lq_result lq_table_mark_write(struct lq_table_asker *asker,
                                                 const struct lq_table_mark *mark,
                                                 struct lq_error_message *message);

#endif
