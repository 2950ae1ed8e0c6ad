// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* limit_store.h - the least that a durable ledger costs: one LMDB transaction and one fsync a
 * batch, integer keys, records appended, heads updated in key order. The flags are those of
 * store/lmdb. */
#ifndef LQ_LIMIT_STORE_H
#define LQ_LIMIT_STORE_H

#include "bench/limit_plan.h"

typedef struct lq_limit_store lq_limit_store_t;

lq_limit_store_t *lq_limit_store_open(const char *folder);
void lq_limit_store_close(lq_limit_store_t **store);

/* Append record_bytes of every item (bytes each, back to back in `body`) and make it its session's
 * head. On disk on return. `entries` may be reordered. */
void lq_limit_store_commit(lq_limit_store_t *store, const struct lq_limit_entry *entries,
                           uint32_t count, const uint8_t *body, size_t record_bytes);

#endif
