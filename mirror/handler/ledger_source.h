// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* ledger_source.h - the ledger as the mirror reads it: its feed, its tenants, and what it says of a
 * position that a table tells of. Opens read-only, in short transactions. */
#ifndef LQ_LEDGER_SOURCE_H
#define LQ_LEDGER_SOURCE_H

#include "config/config_file.h"
#include "mirror/domain/stream_log.h"
#include "store/lmdb/ledger_feed.h"

struct lq_ledger_source {
    lq_ledger_t *ledger;
    struct lq_feed_run run;     /* the entries at hand; memory of its own */
    uint32_t next;              /* of them, the one to be packed next */
    struct lq_feed_run probe;   /* for comparisons, likewise */
    struct lq_feed_state state; /* when it was opened */
};

/* LQ_ERR_NOT_FOUND: there is no ledger yet. `message` for the operator. Closed by
 * lq_ledger_source_close(), also after an error. */
LQ_MUST_CHECK enum lq_result lq_ledger_source_open(struct lq_ledger_source *source,
                                                   const struct lq_cluster_config *cluster,
                                                   struct lq_error_message *message);
void lq_ledger_source_close(struct lq_ledger_source *source);

/* As the ledger is now. */
LQ_MUST_CHECK enum lq_result lq_ledger_source_state(struct lq_ledger_source *source,
                                                    struct lq_feed_state *state);

/* Called with each tenant, outside of any transaction. */
typedef void (*lq_ledger_source_tenant_fn)(void *context, struct lq_view name, uint64_t number);
LQ_MUST_CHECK enum lq_result lq_ledger_source_tenants(struct lq_ledger_source *source,
                                                      lq_ledger_source_tenant_fn each,
                                                      void *context);

/* What this store says of the record and the entry that a table names, for lq_stream_log_compare().
 * The broker's entry is for lq_broker_source_describe(). */
LQ_MUST_CHECK enum lq_result lq_ledger_source_describe(struct lq_ledger_source *source,
                                                       const struct lq_segment_position *table,
                                                       struct lq_stream_log_store *store);

/* What stays the same of an entry of the outbox when it is sealed again. False: it is none. */
bool lq_ledger_source_outbox_identity(struct lq_view value, uint8_t identity[LQ_HASH_BYTES]);

/* Read on behind `after`, when the run at hand is done; no entry comes if nothing has happened.
 * As lq_ledger_feed_read(). */
LQ_MUST_CHECK enum lq_result lq_ledger_source_read(struct lq_ledger_source *source,
                                                   struct lq_feed_position after);

/* The entry to be packed next; NULL: the run is done. */
const struct lq_feed_entry *lq_ledger_source_entry(const struct lq_ledger_source *source);

#endif
