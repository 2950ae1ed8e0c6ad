// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* segment_packer.h - entries of a stream, in the order of the feed, become segments.
 *
 *     start --begin--> filling --add ... add--> finish --begin--> filling ...
 *                                   or close --begin--> ...; complete, when its turn comes
 *
 * Segments may be filled while the one before is on its way: number, claim and the digest of that
 * are asked for in finish, or in complete, alone. An entry that finds no room is split: add says
 * LQ_ERR_FULL, and after finish and begin the same entry is added again and goes on.
 *
 * Pure; the body's memory is the caller's. Depends on base/ and segment.h.
 */
#ifndef LQ_SEGMENT_PACKER_H
#define LQ_SEGMENT_PACKER_H

#include "mirror/domain/segment.h"

/* Below this an entry is not begun in what is left of a body. */
enum { LQ_SEGMENT_PACKER_PIECE_BYTES_MIN = 64 };

struct lq_segment_entry {
    enum lq_segment_entry_kind kind;
    uint64_t sequence;
    struct lq_view bytes;
    uint8_t identity[LQ_HASH_BYTES]; /* lq_segment_record_identity() and so on */
};

struct lq_segment_packer {
    lq_digest_fn digest;
    uint8_t *body;   /* being filled; the caller's. NULL: none */
    size_t body_max; /* bytes that a body may have */
    size_t body_bytes;
    uint32_t piece_count;
    uint64_t before[LQ_SEGMENT_SOURCES];
    struct lq_segment_position at; /* with the entries that are whole in the segment at hand */
    uint8_t content[LQ_HASH_BYTES];
    bool unfinished; /* of an entry, `taken` bytes are packed and more have to come */
    enum lq_segment_entry_kind kind;
    uint64_t sequence;
    size_t taken, entry_bytes;
};

/* The stream goes on behind `position`: where its log stands after the claim. Nothing is unfinished
 * any more.
 *
 * body_max  at most LQ_SEGMENT_BODY_BYTES_MAX, and room for a piece at least. */
void lq_segment_packer_start(struct lq_segment_packer *packer, lq_digest_fn digest, size_t body_max,
                             const struct lq_segment_position *position);

/* Fill `body`, which has body_max bytes and stays the caller's; lent until finish. */
void lq_segment_packer_begin(struct lq_segment_packer *packer, uint8_t *body);

/* Add an entry, 1 to LQ_SEGMENT_ENTRY_BYTES_MAX bytes long.
 *
 * LQ_OK         it is whole now.
 * LQ_ERR_FULL   the segment is full, and has a part of the entry or nothing of it. Finish it, begin
 *               the next, and add the same entry: the very same bytes, since a part of one sealing
 *               and a part of another make no entry.
 * LQ_ERR_STALE  the stream covers that sequence already: nothing to do (normal after a start).
 * LQ_ERR_LIMIT  longer than an entry may be. */
LQ_MUST_CHECK enum lq_result lq_segment_packer_add(struct lq_segment_packer *packer,
                                                   const struct lq_segment_entry *entry);

/* Whether the body at hand has anything in it. */
static inline bool lq_segment_packer_is_empty(const struct lq_segment_packer *packer)
{
    return packer->piece_count == 0;
}

/* End the segment at hand, which is not empty, before anybody knows what it comes behind: of
 * `header` all is filled in but what lq_stream_log_stamp() does. The body is the caller's again. */
void lq_segment_packer_close(struct lq_segment_packer *packer, struct lq_segment_header *header);

/* What was closed, with the stamp that it then gets: `header` and its bytes. */
void lq_segment_packer_complete(const struct lq_segment_header *closed, lq_digest_fn digest,
                                const uint8_t *body, struct lq_segment_header *header,
                                uint8_t to[LQ_SEGMENT_HEADER_BYTES]);

/* Both at once.
 *
 * header  with what lq_stream_log_stamp() fills in; the rest is filled in here.
 * to      the header's bytes; the body's are where begin was told, header->body_bytes long. */
void lq_segment_packer_finish(struct lq_segment_packer *packer, struct lq_segment_header *header,
                              uint8_t to[LQ_SEGMENT_HEADER_BYTES]);

#endif
