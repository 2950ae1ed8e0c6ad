// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* earlier_state.h - the state of a partition as the formats before this one wrote it: 1 to 4, for
 * who converts one (store/lmdb/ledger_conversion.h).
 *
 *     format  bytes  has, beside what the format before it had
 *          1     48  the next numbers, and no proof of anything
 *          2    368  LMDB's transaction, counts and sums of most tables, tag and check
 *          3    464  counts and sums of all tables but names, the outbox's first entry, a history
 *          4    504  a count of names, numbers from which on there is no gap
 *
 * Pure; depends on base/.
 */
#ifndef LQ_EARLIER_STATE_H
#define LQ_EARLIER_STATE_H

#include "store/core/partition_state.h"

#define LQ_EARLIER_STATE_FORMATS 4u /* 1 to so many */

struct lq_earlier_state {
    uint32_t format;
    /* What it says, and of what it does not say what follows from its numbers. Of format 1 there
     * are no digest of the key, no sums, and no counts of keys, frames and letters. */
    struct lq_partition_state state;
    bool has_proof; /* all but format 1: a transaction, sums, a tag at tag_at */
    bool has_history;
    size_t tag_at;
};

/* LQ_ERR_VERSION: none of these formats; `earlier->format` is what it says. LQ_ERR_CORRUPT: a wrong
 * length or check, or numbers that contradict each other. Leaves the tag to whoever has the key. */
LQ_MUST_CHECK enum lq_result lq_earlier_state_decode(struct lq_view value, lq_digest_fn digest,
                                                     struct lq_earlier_state *earlier);

#endif
