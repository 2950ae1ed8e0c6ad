// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* table_comparison.h - whether the table has what the ledger has: every entry of every stream is
 * looked up in the ledger, and every record of every base, then the ledger's are counted, stream by
 * stream: what is in no segment any more has to be in a base. Both may be at work meanwhile: what
 * the ledger has beyond the end of a stream is behind, not missing.
 *
 * Memory: some bytes for each tenant and session, whatever the length of the streams. */
#ifndef LQ_TABLE_COMPARISON_H
#define LQ_TABLE_COMPARISON_H

#include "base/error_message.h"
#include "store/lmdb/ledger_feed.h"

/* A stream, compared. */
struct lq_compared_stream {
    const char *pk;
    const char *tenant; /* "": the control stream */
    uint64_t segments, claim;
    uint64_t records, entries;               /* of the table, found equal in the ledger */
    uint64_t broker_entries;                 /* of the broker's outbox: not compared */
    uint64_t trimmed;                        /* entries that the ledger's outbox has no longer */
    uint64_t left_out;                       /* that a restore of the ledger has left out */
    uint64_t ledger_sequence;                /* of the newest record */
    uint64_t outbox_sequence;                /* and of the newest entry of the ledger's outbox */
    uint64_t records_behind, entries_behind; /* that the ledger has beyond these */
    uint64_t bases;                          /* whole ones, record by record as in the ledger */
    uint64_t bases_at_head;                  /* of those: of their sessions' newest frame */
    uint64_t bases_unfinished;               /* slots with pieces that make no base */
    bool is_shredded;                        /* the tenant's keys were destroyed */
};

struct lq_table_comparison_options {
    const char *table;
    lq_ledger_t *ledger; /* opened for reading */
    uint32_t partition;
    /* What they get dies with the call. */
    void (*on_stream)(void *context, const struct lq_compared_stream *stream);
    void (*on_fault)(void *context, const char *what);
    void *context;
};

/* LQ_OK: it was compared, *faults says with what result. LQ_ERR_NOT_FOUND: the table has no such
 * partition. LQ_ERR_VERSION, LQ_ERR_IO and what reading the ledger says; `message`. */
LQ_MUST_CHECK enum lq_result
lq_table_comparison_run(const struct lq_table_comparison_options *options, uint64_t *faults,
                        struct lq_error_message *message);

#endif
