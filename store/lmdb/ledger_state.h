// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* ledger_state.h - the state of the partition in its place: read, written, and compared with what
 * the tables hold. For the files of the ledger only. */
#ifndef LQ_LEDGER_STATE_H
#define LQ_LEDGER_STATE_H

#include "store/lmdb/ledger_handle.h"

/* Read it within a transaction. LQ_ERR_NOT_FOUND, LQ_ERR_VERSION, LQ_ERR_CORRUPT. */
LQ_MUST_CHECK enum lq_result lq_ledger_state_get(lq_ledger_t *ledger, MDB_txn *txn,
                                                 struct lq_partition_state *state);

/* After LQ_ERR_VERSION: the format that it says it is of. */
uint32_t lq_ledger_state_format(lq_ledger_t *ledger, MDB_txn *txn);

/* Write it: sets state->transaction, makes tag and check. */
LQ_MUST_CHECK enum lq_result lq_ledger_state_put(lq_ledger_t *ledger, MDB_txn *txn,
                                                 struct lq_partition_state *state);

/* Whether its tag was made under our master key. LQ_ERR_CORRUPT: it was not. Without a key LQ_OK.
 */
LQ_MUST_CHECK enum lq_result lq_ledger_state_prove(lq_ledger_t *ledger, MDB_txn *txn);

/* Whether the heads are those that the records add up to: the sum of their rolling digests is that
 * of `ledger`. LQ_ERR_CORRUPT: one of them was changed, or is older than its session. */
LQ_MUST_CHECK enum lq_result lq_ledger_state_compare_heads(lq_ledger_t *ledger, MDB_txn *txn,
                                                           const struct lq_partition_state *state);

/* How many entries a database has to have by `state`. */
uint64_t lq_ledger_state_count(const struct lq_partition_state *state,
                               enum lq_ledger_database database);

/* Whether the table of keys is another one than `seen` tells of; sets that. A reader keeps opened
 * keys, and one that was destroyed since must not serve it any longer. Also when it cannot be said.
 */
bool lq_ledger_state_keys_changed(lq_ledger_t *ledger, MDB_txn *txn, uint8_t seen[LQ_HASH_BYTES]);

#endif
