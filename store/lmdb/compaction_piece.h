// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* compaction_piece.h - a piece of a session is dropped: its records, the entries of the index that
 * lead to them; and what proves them, and the head, is put. For commit_compaction.c. */
#ifndef LQ_COMPACTION_PIECE_H
#define LQ_COMPACTION_PIECE_H

#include "store/core/compaction.h"
#include "store/lmdb/commit_group.h"

/* One session that is looked at. */
struct lq_compaction_visit {
    uint64_t session_number;
    struct lq_head_state head;
    struct lq_compaction_session seen;
    uint64_t last_sequence; /* of the record that would go last */
};

/* The entry of `frames` that a cursor has come to. LQ_ERR_NOT_FOUND: it is of another session. */
LQ_MUST_CHECK enum lq_result lq_compaction_piece_read_entry(const struct lq_compaction_visit *visit,
                                                            int code, MDB_val key, MDB_val value,
                                                            uint64_t *frame, uint64_t *sequence);

/* From the first frame that is there to `last_frame`, which visit->last_sequence is the record of.
 * How many records that were, and bytes. LQ_ERR_CORRUPT: the session is damaged; nothing was
 * changed. */
LQ_MUST_CHECK enum lq_result lq_compaction_piece_drop(struct lq_commit_group *group,
                                                      struct lq_compaction_visit *visit,
                                                      uint64_t last_frame, uint64_t *records,
                                                      uint64_t *bytes);

#endif
