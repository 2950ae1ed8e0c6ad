// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* entry_copy.h - entries of one database, copied out a run at a time: a short read transaction
 * each, so that a reader which then computes, or is stopped, holds no pages of the writer.
 *
 * Each entry is reached in two ways, by walking on from the one before and by a look-up of its key:
 * a damaged page shows in one of them. Keys ascend strictly, so a walk ends.
 */
#ifndef LQ_ENTRY_COPY_H
#define LQ_ENTRY_COPY_H

#include "store/lmdb/ledger_handle.h"

enum { LQ_ENTRIES_PER_COPY = 1024, LQ_ENTRY_KEY_BYTES_MAX = 511 };

struct lq_copied_entry {
    struct lq_view key;
    struct lq_view value;     /* data NULL: longer than any value may be, not copied */
    struct lq_view reference; /* front of the record whose sequence the value names; empty: none */
    bool found;               /* a look-up of the key leads here too */
};

/* Which entries, and what to copy along with them. */
struct lq_entry_range {
    enum lq_ledger_database database;
    struct lq_view prefix;     /* only keys that begin so; empty: all. Not of integer keys */
    uint64_t after;            /* of integer keys: only greater ones */
    const uint64_t *sequences; /* instead of a walk: these keys, `sequence_count` of them */
    uint64_t sequence_count;
    int32_t reference_at; /* where in a value a ledger sequence stands; -1: nowhere */
};

struct lq_entry_copy {
    lq_ledger_t *ledger;
    struct lq_entry_range range;
    uint8_t *bytes; /* of what was copied */
    size_t bytes_used;
    uint8_t last_key[LQ_ENTRY_KEY_BYTES_MAX];
    size_t last_key_bytes; /* 0: at the start */
    uint64_t sequence_index;
    bool ended;
    struct lq_copied_entry entries[LQ_ENTRIES_PER_COPY];
    uint32_t count;
};

/* Allocates the room for runs; destroyer: lq_entry_copy_destroy(). `ledger` outlives it. */
struct lq_entry_copy *lq_entry_copy_new(lq_ledger_t *ledger);
void lq_entry_copy_destroy(struct lq_entry_copy **copy);

/* Begin a walk. What `range` points to stays borrowed. */
void lq_entry_copy_begin(struct lq_entry_copy *copy, const struct lq_entry_range *range);

/* Copy the next run; copy->count is 0 at the end. Views live until the next call.
 * LQ_ERR_CORRUPT: keys do not ascend, or a page is damaged; the walk is over. LQ_ERR_NOT_FOUND:
 * there is no entry of the next of `sequences`; copy->sequence_index is its place. */
LQ_MUST_CHECK enum lq_result lq_entry_copy_next(struct lq_entry_copy *copy);

#endif
