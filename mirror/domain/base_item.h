// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* base_item.h - the base of a session in the table, version 1: its records from the newest keyframe
 * to the head, so that it can be restored when the segments that had them have expired.
 *
 * The records stand one after the other, each as u32 bytes, record. That run is cut into pieces, an
 * item each, whose header is, little endian:
 *
 *     offset  bytes  what                          offset  bytes  what
 *          0      2  base version, 1                   80      4  records in the base
 *          2      2  zero                              84      4  bytes of this piece
 *          4      4  partition                         88      8  bytes of the base
 *          8      8  tenant number                     96     32  H of the head
 *         16      8  session number                   128     32  digest of the base
 *         24      8  frame of the head                160     32  digest of this piece
 *         32      8  frame of the first record        192     32  digest of bytes 0 to 191
 *         40      8  ledger sequence of the head
 *         48      8  ledger sequence of the first record
 *         56      8  segment: the stream was in the table up to it, head included, before this
 *         64      8  wall time in nanoseconds; data only
 *         72      4  piece, from 0
 *         76      4  pieces
 *
 * Each piece is put on the condition that nothing is there, or a piece of a base whose segment is
 * below this one's: the item has that number as its attribute `n`. A base is made only of frames
 * that are in the table, so one that arrives late is old, and never wrong.
 *
 * Pieces are written one after the other, and a writer may die between two. So a session has two
 * slots, and a base is never written over the newest whole one: lq_base_item_slot().
 *
 * To change the layout, go through the list in store/core/record.h; the page is docs/cloud.md.
 *
 * Pure; the memory is the caller's. Depends on base/, store/core/ and segment.h.
 */
#ifndef LQ_BASE_ITEM_H
#define LQ_BASE_ITEM_H

#include "mirror/domain/segment.h"
#include "mirror/domain/segment_key.h"

#define LQ_BASE_ITEM_VERSION 2u /* 1 held records of the partition format before */

enum {
    LQ_BASE_ITEM_HEADER_BYTES = 224,
    LQ_BASE_ITEM_DIGEST_AT = 192,
    LQ_BASE_ITEM_PIECE_BYTES_MAX = LQ_SEGMENT_BODY_BYTES_MAX,
    LQ_BASE_ITEM_RECORD_EXTRA_BYTES = 4 /* in front of each record */
};

struct lq_base_header {
    uint32_t partition;
    uint64_t tenant_number, session_number;
    uint64_t frame, first_frame;       /* of the head, of the first record */
    uint64_t sequence, first_sequence; /* ledger sequences, likewise */
    uint64_t segment;
    uint64_t wall_ns;
    uint32_t piece, piece_count;
    uint32_t record_count;
    uint32_t piece_bytes;
    uint64_t base_bytes;
    uint8_t hash[LQ_HASH_BYTES];         /* H of the head */
    uint8_t base_digest[LQ_HASH_BYTES];  /* of the whole run */
    uint8_t piece_digest[LQ_HASH_BYTES]; /* encode computes it */
};

/* Append a record to the run in `base`, of base_max bytes. The first record fills in what a base
 * says of its beginning, each what it says of its head. Zero the header before, but for the
 * partition, tenant, session, segment and wall time.
 *
 * LQ_ERR_FULL     no room in `base`.
 * LQ_ERR_CORRUPT  no record, or of another session, or not the frame after the one before. */
LQ_MUST_CHECK enum lq_result lq_base_item_add(struct lq_base_header *header, struct lq_view record,
                                              uint8_t *base, size_t base_max);

/* Cut the run into pieces of at most piece_max bytes: fill in piece_count and the digest of the
 * base. LQ_ERR_LIMIT: more than LQ_SEGMENT_KEY_BASE_PIECES_MAX pieces. */
LQ_MUST_CHECK enum lq_result lq_base_item_cut(struct lq_base_header *header, lq_digest_fn digest,
                                              const uint8_t *base, size_t piece_max);

/* Piece `piece` of the run: its body, which points into `base`, and its header, written to `to`. */
struct lq_view lq_base_item_piece(struct lq_base_header *header, lq_digest_fn digest,
                                  const uint8_t *base, uint32_t piece,
                                  uint8_t to[LQ_BASE_ITEM_HEADER_BYTES]);

/* Read the header of a piece. LQ_ERR_VERSION; LQ_ERR_CORRUPT: lengths, counts or numbers that
 * cannot be, or its digest. */
LQ_MUST_CHECK enum lq_result lq_base_item_decode(struct lq_view from, lq_digest_fn digest,
                                                 struct lq_base_header *header);

/* Whether a record is of this session and may stand behind the one with `frame` and `sequence`;
 * `first`: it is the first of its base, and stands behind none. */
struct lq_record_header;
bool lq_base_item_follows(const struct lq_base_header *header, bool first, uint64_t frame,
                          uint64_t sequence, const struct lq_record_header *record);

/* Whether two pieces are of one base: all is equal but what is about the piece, and the wall time.
 * A put whose condition failed on a piece of the same base and number is its own earlier success;
 * on another one, a newer base is there, and this one is not needed any more. */
bool lq_base_item_same(const struct lq_base_header *one, const struct lq_base_header *other);

/* The slot to write a base into: not that of the newest whole one. `newest` is piece 0 of that, in
 * slot `newest_slot`; NULL: there is none. */
uint32_t lq_base_item_slot(const struct lq_base_header *newest, uint32_t newest_slot);

#endif
