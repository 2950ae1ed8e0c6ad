// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* base_reader.h - the pieces of a base, in their order, become the records of a session again.
 *
 *     start --take ... take--> all are there --next ... next--> LQ_ERR_NOT_FOUND
 *
 * Pure; the memory is the caller's. Depends on base/, store/core/ and base_item.h.
 */
#ifndef LQ_BASE_READER_H
#define LQ_BASE_READER_H

#include "mirror/domain/base_item.h"

struct lq_base_reader {
    lq_digest_fn digest;
    uint8_t *base; /* the caller's, base_max bytes */
    size_t base_max;
    size_t bytes;                 /* put together so far; then, read so far */
    uint32_t pieces;              /* taken */
    uint32_t records;             /* read */
    struct lq_base_header header; /* of piece 0 */
    uint64_t frame, sequence;     /* of the record read last */
    const char *why;              /* of the last error; static */
};

void lq_base_reader_start(struct lq_base_reader *reader, lq_digest_fn digest, uint8_t *base,
                          size_t base_max);

/* The next piece, from 0 on. LQ_OK: all are there, and they are what their headers say;
 * lq_base_reader_next() may be called. LQ_ERR_NOT_FOUND: the next one is wanted (normal).
 * LQ_ERR_LIMIT: the base is longer than the memory. LQ_ERR_VERSION, LQ_ERR_CORRUPT: `why` says it;
 * a piece of another base, too, which is what a slot has while it is written anew. */
LQ_MUST_CHECK enum lq_result lq_base_reader_take(struct lq_base_reader *reader,
                                                 struct lq_view header, struct lq_view body);

/* The next record; it points into the memory. LQ_ERR_NOT_FOUND: that was all, and the last one was
 * the head. LQ_ERR_CORRUPT: a record that does not follow the one before, or is not this session's;
 * or the last one is not the head that the header names. */
LQ_MUST_CHECK enum lq_result lq_base_reader_next(struct lq_base_reader *reader,
                                                 struct lq_view *record);

#endif
