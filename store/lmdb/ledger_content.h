// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* ledger_content.h - the content of a record, whether it is a keyframe or a delta; for the ledger's
 * readers, its verification and its restore.
 *
 *     content known of a frame before:  cached --deltas behind it, each proven by H--> content
 *     else:               keyframe, opened --deltas behind it, each proven by H--> content
 *
 * The newest content that was read of a session is kept (store/core/content_cache.h), apart for
 * those who follow a session's head and for those who read its past. An entry is used only where
 * the record that is read, or the first delta behind the entry, has the H that follows from the
 * entry's: what the ledger does not lead to is dropped. All entries go when the table of keys
 * changes, like the keys themselves.
 */
#ifndef LQ_LEDGER_CONTENT_H
#define LQ_LEDGER_CONTENT_H

#include "store/core/content_cache.h"
#include "store/lmdb/ledger_lookup.h"
#include "world/tick_delta.h"

enum {
    LQ_CONTENT_KEY_BYTES = 1 + 8,
    LQ_CONTENT_RECORD_BYTES_MAX = LQ_RECORD_EXTRA_BYTES + LQ_TICK_BYTES_MAX
};

/* Memory for one content at a time. */
struct lq_ledger_rebuild {
    struct lq_content_cache cache;
    void *cache_memory;
    struct lq_tick ticks[2];
    struct lq_tick_delta_scratch scratch;
    uint8_t content[LQ_TICK_BYTES_MAX];
    uint8_t copied[LQ_CONTENT_RECORD_BYTES_MAX]; /* a record outside of its transaction */
};

/* What went wrong with a record, for its reader. */
struct lq_record_fault {
    enum lq_result result;
    const char *what; /* static */
};

/* Who keeps a content of his own of a session. */
enum lq_content_reader {
    LQ_CONTENT_OF_HEADS = 1, /* whoever reads the newest record, tick by tick */
    LQ_CONTENT_OF_RECORDS    /* whoever reads any record, and often the next one after it */
};

/* Under which key the cache has it. */
void lq_ledger_content_key(enum lq_content_reader reader, uint64_t session_number,
                           uint8_t key[LQ_CONTENT_KEY_BYTES]);

/* The record whose content is wanted: decoded, and known to be the one of its place. */
struct lq_content_wanted {
    enum lq_content_reader reader;
    MDB_txn *txn; /* to read what it needs; NULL: transactions of its own, ended before it computes
                   */
    const struct lq_record_header *header;
    struct lq_view record; /* outlives the call */
    bool proven;           /* check D too, beyond what seals and chain prove */
    struct lq_tick *tick;  /* where to leave what the content holds; NULL: nowhere */
};

struct lq_content_found {
    struct lq_view content; /* until the next one is read */
    const uint8_t *salt;    /* of D, likewise; only if it was to be proven */
};

/* LQ_ERR_CORRUPT, LQ_ERR_KEY (fault.what names the check), LQ_ERR_NOT_FOUND: what the content
 * consists of was dropped. */
LQ_MUST_CHECK struct lq_record_fault lq_ledger_content_read(lq_ledger_t *ledger,
                                                            const struct lq_content_wanted *wanted,
                                                            struct lq_content_found *found);

/* Whether that would take a step or none: it is a keyframe, or the content before it is at hand. */
bool lq_ledger_content_is_near(lq_ledger_t *ledger, enum lq_content_reader reader,
                               const struct lq_record_header *header);

/* Forget what was read. */
void lq_ledger_content_forget(lq_ledger_t *ledger);

void lq_ledger_content_free(struct lq_ledger_rebuild **rebuild);

#endif
