// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* segment_reader.h - segments, in the order of their numbers, become the entries of a stream again.
 *
 *     start --take--> a segment is at hand --next ... next--> LQ_ERR_NOT_FOUND --take--> ...
 *
 * Everything is checked that the table says of itself: numbers without gap, the chain of digests,
 * that each segment begins where the one before ended, claims that rise and the writer that made
 * each, pieces that belong together, and of each record that its header fits the place it has.
 * What it proves is that one chain was read; seals are for whoever has keys.
 *
 * A stream whose oldest segments have expired is read from its oldest on: a rest of an entry that
 * began before is passed over.
 *
 * Pure; the memory is the caller's. Depends on base/, store/core/ and segment.h.
 */
#ifndef LQ_SEGMENT_READER_H
#define LQ_SEGMENT_READER_H

#include "mirror/domain/segment_packer.h"

struct lq_segment_reader {
    lq_digest_fn digest;
    uint32_t partition;
    uint64_t tenant_number;
    uint8_t *buffer; /* an entry in more than one piece is put together here */
    size_t buffer_max;
    uint64_t first_number;           /* of the segments taken; 0: none */
    struct lq_segment_header header; /* of the newest segment taken */
    struct lq_view rest;             /* of its body */
    bool unfinished;                 /* buffer has `buffer_bytes` of the entry `kind`, `sequence` */
    bool passing; /* a rest of an entry whose beginning has expired comes along */
    enum lq_segment_entry_kind kind;
    uint64_t sequence;
    size_t buffer_bytes;
    const char *why; /* of the last error; static */
};

/* buffer  borrowed for as long as the reader is used. LQ_SEGMENT_ENTRY_BYTES_MAX suffices for
 *         every entry, lq_record_bytes(LQ_TICK_BYTES_MAX) for those of a tenant's stream without
 *         notes. */
void lq_segment_reader_start(struct lq_segment_reader *reader, lq_digest_fn digest,
                             uint32_t partition, uint64_t tenant_number, uint8_t *buffer,
                             size_t buffer_max);

/* The next segment. The one before has been read to its end; `body` is borrowed until the next
 * take. LQ_ERR_VERSION; LQ_ERR_CORRUPT: `why` says what does not fit. The reader is unchanged but
 * for `why`. */
LQ_MUST_CHECK enum lq_result lq_segment_reader_take(struct lq_segment_reader *reader,
                                                    struct lq_view header, struct lq_view body);

/* The next whole entry of the segment at hand; its bytes live until the next call. Of identities
 * only a record's is filled in, others are zeros: their readers know them.
 *
 * LQ_ERR_NOT_FOUND  no more in this segment (normal).
 * LQ_ERR_LIMIT      an entry is longer than the buffer.
 * LQ_ERR_CORRUPT    a record that does not fit its place; `why` says it. */
LQ_MUST_CHECK enum lq_result lq_segment_reader_next(struct lq_segment_reader *reader,
                                                    struct lq_segment_entry *entry);

#endif
