// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* base_comparison.h - whether bases in the table are what the ledger has: of each session's newest
 * whole one, every record. For table_comparison.c, which asks afterwards what bases have. */
#ifndef LQ_BASE_COMPARISON_H
#define LQ_BASE_COMPARISON_H

#include "mirror/restore/table_bases.h"
#include "mirror/restore/table_comparison.h"

/* How far a session's base goes. */
struct lq_compared_base {
    uint64_t session_number;
    uint64_t frame; /* of its head */
    bool is_missed; /* something older is nowhere: said once */
};

struct lq_base_comparison {
    struct lq_compared_base *bases;
    uint64_t count, room;
    bool is_ordered;
};

struct lq_base_comparison_options {
    struct lq_table_asker *asker;
    lq_ledger_t *ledger;
    const struct lq_table_stream *stream; /* the tenant's */
    uint32_t partition;
    uint64_t gapless; /* a record below this sequence may be one that a restore has left out */
    uint8_t *memory;  /* LQ_FEED_RUN_BYTES_MIN */
    struct lq_compared_stream *told;
    void (*on_fault)(void *context, const char *what); /* what it gets dies with the call */
    void *context;
};

/* The bases of one tenant. As lq_table_bases_read(), and what reading the ledger says. */
LQ_MUST_CHECK enum lq_result
lq_base_comparison_run(struct lq_base_comparison *comparison,
                       const struct lq_base_comparison_options *options,
                       struct lq_error_message *message);

/* Whether a base has that frame or a later one; true also where that was answered before with no.
 */
bool lq_base_comparison_covers(struct lq_base_comparison *comparison, uint64_t session_number,
                               uint64_t frame);

void lq_base_comparison_forget(struct lq_base_comparison *comparison);

#endif
