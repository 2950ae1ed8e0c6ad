// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* ledger_lookup.h - single reads within a transaction, shared by the ledger's commit, its readers
 * and its verification. Views point into the map and die with the transaction, or with its next
 * write. */
#ifndef LQ_LEDGER_LOOKUP_H
#define LQ_LEDGER_LOOKUP_H

#include "store/core/drop_proof.h"
#include "store/core/head.h"
#include "store/core/ledger_key.h"
#include "store/lmdb/ledger_handle.h"

/* All: LQ_ERR_NOT_FOUND, LQ_ERR_CORRUPT, LQ_ERR_VERSION, and what LMDB says. */

LQ_MUST_CHECK enum lq_result lq_ledger_lookup_entry(lq_ledger_t *ledger, MDB_txn *txn,
                                                    enum lq_ledger_database database,
                                                    struct lq_view key, struct lq_view *value);

LQ_MUST_CHECK enum lq_result lq_ledger_lookup_tenant(lq_ledger_t *ledger, MDB_txn *txn,
                                                     struct lq_view tenant,
                                                     struct lq_tenant_value *value);
LQ_MUST_CHECK enum lq_result lq_ledger_lookup_session(lq_ledger_t *ledger, MDB_txn *txn,
                                                      struct lq_session_names names,
                                                      struct lq_session_value *value);
LQ_MUST_CHECK enum lq_result lq_ledger_lookup_head(lq_ledger_t *ledger, MDB_txn *txn,
                                                   uint64_t session_number,
                                                   struct lq_head_state *head);

/* What was dropped of a session. LQ_ERR_NOT_FOUND: nothing. */
LQ_MUST_CHECK enum lq_result lq_ledger_lookup_proof(lq_ledger_t *ledger, MDB_txn *txn,
                                                    uint64_t session_number,
                                                    struct lq_drop_proof *proof);

/* LQ_ERR_CORRUPT also when the record is not the one of that sequence or of this partition. */
LQ_MUST_CHECK enum lq_result lq_ledger_lookup_record(lq_ledger_t *ledger, MDB_txn *txn,
                                                     uint64_t ledger_sequence,
                                                     struct lq_view *record,
                                                     struct lq_record_header *header);

/* The records of one session, which hang together backwards from its newest. */
struct lq_ledger_chain {
    uint64_t session_number;
    const struct lq_head_state *head;
};

/* Steps back from what the index of frames or the head leads to, at most: a span of deltas, and as
 * many converted records without an entry before it. */
enum { LQ_LOOKUP_STEPS_MAX = 128 };

/* The record of a frame at or below the head. */
LQ_MUST_CHECK enum lq_result lq_ledger_lookup_frame(lq_ledger_t *ledger, MDB_txn *txn,
                                                    struct lq_ledger_chain chain, uint64_t frame,
                                                    struct lq_view *record,
                                                    struct lq_record_header *header);

/* The places of `frame` and the frames after it, by the same way. */
LQ_MUST_CHECK enum lq_result lq_ledger_lookup_places(lq_ledger_t *ledger, MDB_txn *txn,
                                                     struct lq_ledger_chain chain, uint64_t frame,
                                                     uint64_t places[LQ_PLACES_MAX],
                                                     uint32_t *count);

/* A tenant's key; it dies with the next look-up of a key. LQ_ERR_KEY: destroyed, not under our
 * master key, or the ledger was opened without one. */
LQ_MUST_CHECK enum lq_result lq_ledger_lookup_key(lq_ledger_t *ledger, MDB_txn *txn,
                                                  uint64_t tenant_number, uint32_t generation,
                                                  const uint8_t **key);

/* The same as it is stored. */
LQ_MUST_CHECK enum lq_result lq_ledger_lookup_wrapped(lq_ledger_t *ledger, MDB_txn *txn,
                                                      uint64_t tenant_number, uint32_t generation,
                                                      struct lq_view *wrapped);

/* Whether that key was destroyed. */
bool lq_ledger_lookup_is_destroyed(lq_ledger_t *ledger, MDB_txn *txn, uint64_t tenant_number,
                                   uint32_t generation);

/* The newest generation of a tenant's key. */
LQ_MUST_CHECK enum lq_result lq_ledger_lookup_generation(lq_ledger_t *ledger, MDB_txn *txn,
                                                         uint64_t tenant_number,
                                                         uint32_t *generation);

#endif
