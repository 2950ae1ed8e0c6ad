// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* earlier_partition.h - a partition of an earlier format, opened to be read in one transaction by
 * who converts it. Only for ledger_conversion.c. */
#ifndef LQ_EARLIER_PARTITION_H
#define LQ_EARLIER_PARTITION_H

#include "store/core/earlier_state.h"
#include "store/core/record.h"
#include "store/lmdb/lmdb_environment.h"
#include "store/seal/keyring.h"

/* The tables that all earlier formats have; the last one holds the state. */
enum lq_earlier_table {
    LQ_EARLIER_RECORDS,
    LQ_EARLIER_HEADS,
    LQ_EARLIER_NAMES,
    LQ_EARLIER_KEYS,
    LQ_EARLIER_FRAMES,
    LQ_EARLIER_OUTBOX,
    LQ_EARLIER_CURSORS,
    LQ_EARLIER_LETTERS,
    LQ_EARLIER_META,
    LQ_EARLIER_TABLES
};

/* Records and heads as they have them. */
enum {
    LQ_EARLIER_DIGEST_AT = LQ_RECORD_HEADER_BYTES,
    LQ_EARLIER_HASH_AT = LQ_EARLIER_DIGEST_AT + LQ_HASH_BYTES,
    LQ_EARLIER_RECORD_EXTRA_BYTES = LQ_RECORD_EXTRA_BYTES - LQ_RECORD_PREFIX_BYTES,
    LQ_EARLIER_HEAD_BYTES = 112
};

extern const struct lq_lmdb_database lq_earlier_databases[LQ_EARLIER_TABLES];

struct lq_earlier_partition {
    const char *folder;
    const lq_keyring_t *keyring;
    struct lq_lmdb_environment environment;
    MDB_txn *txn;
    struct lq_earlier_state state;
};

/* Everything borrowed from the caller stays the caller's. LQ_ERR_NOT_FOUND, LQ_ERR_STATE (this
 * program's own format), LQ_ERR_VERSION, LQ_ERR_INVALID (another partition), LQ_ERR_KEY,
 * LQ_ERR_CORRUPT; `message`. Ended by lq_earlier_partition_close() in any case. */
LQ_MUST_CHECK enum lq_result lq_earlier_partition_open(struct lq_earlier_partition *earlier,
                                                       uint32_t partition,
                                                       struct lq_error_message *message);
void lq_earlier_partition_close(struct lq_earlier_partition *earlier);

/* The value dies with close. LQ_ERR_NOT_FOUND. */
LQ_MUST_CHECK enum lq_result lq_earlier_partition_get(struct lq_earlier_partition *earlier,
                                                      enum lq_earlier_table table,
                                                      struct lq_view key, struct lq_view *value);

/* T of an entry whose value without its tag is `value`. */
void lq_earlier_partition_tag(const struct lq_earlier_partition *earlier,
                              enum lq_earlier_table table, struct lq_view key, struct lq_view value,
                              uint8_t tag[LQ_HASH_BYTES]);

/* Every entry of a table, in the order of its keys. Anything but LQ_OK of `each` ends it and is
 * returned. */
typedef enum lq_result (*lq_earlier_entry_fn)(void *context, enum lq_earlier_table table,
                                              struct lq_view key, struct lq_view value);
LQ_MUST_CHECK enum lq_result lq_earlier_partition_each(struct lq_earlier_partition *earlier,
                                                       enum lq_earlier_table table,
                                                       lq_earlier_entry_fn each, void *context);

#endif
