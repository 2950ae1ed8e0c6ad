// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* segment.h - the bytes of one segment of a stream, version 1. All integers are little endian.
 *
 * A stream is the log of one tenant in a partition, or of the partition itself (the control stream,
 * tenant number 0), in the table: segments numbered from 1, each an item with a header and a body.
 *
 *     header  offset  bytes  what
 *                  0      2  segment version, 1
 *                  2      1  kind: 1 claim (no entries), 2 data
 *                  3      1  zero
 *                  4      4  partition
 *                  8      8  tenant number; 0: the control stream
 *                 16      8  segment number
 *                 24      8  claim of its writer
 *                 32     16  writer: random, drawn anew for each life of a writer
 *                 48     24  covered before this segment: ledger, outbox, broker sequence
 *                 72     24  covered with this segment, likewise
 *                 96      4  pieces in the body
 *                100      4  body bytes
 *                104      8  wall time in nanoseconds when it was made; data only
 *                112     96  identities of the entries that "covered with" names, likewise
 *                208     32  identity of what this segment holds
 *                240     32  digest of the body
 *                272     32  digest of the segment before; of segment 1, zeros
 *                304     32  digest of bytes 0 to 303
 *
 *     body    pieces, one after the other:
 *                  0      1  kind: 1 record, 2 entry of the outbox, 3 entry of the broker's outbox
 *                  1      1  bit 0: the first piece of its entry; bit 1: the last
 *                  2      2  zero
 *                  4      4  bytes: n
 *                  8      8  sequence of the entry among those of its kind
 *                 16      n  the piece
 *
 * An entry that no segment has room for goes on in the next ones, and counts when it is whole: a
 * segment covers those entries of its stream whose last piece it has. A claim drops what is
 * unfinished before it.
 *
 * The identity of an entry is what stays the same when it is sealed again: of a record its H, which
 * covers the clear header and D; of others what lq_segment_event_identity(),
 * lq_segment_broker_identity() or lq_segment_plain_identity() makes. The identity of a segment
 * chains, from 32 zero bytes on,
 * digest(identity so far || the piece's 16 bytes || identity of its entry).
 *
 * To change a layout, go through the list in store/core/record.h; the page is docs/cloud.md.
 *
 * Pure: the digest (BLAKE2b-256, store/seal/digest.h) comes in as a function. Depends on base/ and
 * store/core/.
 */
#ifndef LQ_SEGMENT_H
#define LQ_SEGMENT_H

#include "base/result.h"
#include "store/core/hash_chain.h"

#define LQ_SEGMENT_VERSION 2u /* 1 held records of the partition format before */

enum {
    LQ_SEGMENT_HEADER_BYTES = 336,
    LQ_SEGMENT_DIGEST_AT = 304,
    LQ_SEGMENT_WRITER_BYTES = 16,
    LQ_SEGMENT_PIECE_HEADER_BYTES = 16,
    LQ_SEGMENT_SOURCES = 3, /* an entry kind each; the place of a kind is kind - 1 */

    /* Of an item, with its keys and the names of its attributes (300 bytes are enough for those):
     * below the service's 409,600, so that a ttl and an estimate of its size find room. */
    LQ_SEGMENT_ITEM_BYTES_MAX = 350 * 1024,
    LQ_SEGMENT_BODY_BYTES_MAX = LQ_SEGMENT_ITEM_BYTES_MAX - LQ_SEGMENT_HEADER_BYTES - 300,

    /* The longest entry: a value of the broker's store, its key, and what names it. */
    LQ_SEGMENT_ENTRY_BYTES_MAX = 4 * 1024 * 1024 + 4096
};

enum lq_segment_kind { LQ_SEGMENT_CLAIM = 1, LQ_SEGMENT_DATA };

enum lq_segment_entry_kind {
    LQ_SEGMENT_RECORD = 1, /* sequence: the ledger's */
    LQ_SEGMENT_OUTBOX,     /* a sealed event or a note; sequence: the outbox's */
    LQ_SEGMENT_BROKER      /* sequence: that of the broker's outbox */
};

enum { LQ_SEGMENT_FIRST_PIECE = 1, LQ_SEGMENT_LAST_PIECE = 2 };

/* How far a stream has come: of each kind of entry, the sequence and the identity of the newest
 * one. 0 and zeros: none. The place of a kind is kind - 1. */
struct lq_segment_position {
    uint64_t sequence[LQ_SEGMENT_SOURCES];
    uint8_t identity[LQ_SEGMENT_SOURCES][LQ_HASH_BYTES];
};

struct lq_segment_header {
    enum lq_segment_kind kind;
    uint32_t partition;
    uint64_t tenant_number; /* 0: the control stream */
    uint64_t number;        /* from 1 */
    uint64_t claim;         /* from 1 */
    uint8_t writer[LQ_SEGMENT_WRITER_BYTES];
    uint64_t before[LQ_SEGMENT_SOURCES]; /* sequences covered by the segments before it */
    struct lq_segment_position after;    /* what is covered with it */
    uint32_t piece_count;
    uint32_t body_bytes;
    uint64_t wall_ns;                   /* since 1970; data only, never compared */
    uint8_t content[LQ_HASH_BYTES];     /* identity of what it holds */
    uint8_t body_digest[LQ_HASH_BYTES]; /* encode computes it */
    uint8_t previous[LQ_HASH_BYTES];    /* digest of the segment before */
    uint8_t digest[LQ_HASH_BYTES]; /* encode computes it: what the next segment calls previous */
};

struct lq_segment_piece {
    enum lq_segment_entry_kind kind;
    bool first, last; /* of its entry */
    uint64_t sequence;
    struct lq_view bytes; /* points into the body; at least one byte */
};

/* Write a header, and its two computed digests into the struct.
 *
 * body  header->body_bytes long; empty for a claim. */
void lq_segment_encode(struct lq_segment_header *header, lq_digest_fn digest, struct lq_view body,
                       uint8_t to[LQ_SEGMENT_HEADER_BYTES]);

/* Read a header and check all that it says of itself; this needs no body.
 * LQ_ERR_VERSION: another segment version. LQ_ERR_CORRUPT: a length, kind or reserved byte that
 * cannot be, a number or claim 0, a position that goes back, a position without an
 * identity, a claim with entries, data without, the digest. */
LQ_MUST_CHECK enum lq_result lq_segment_decode_header(struct lq_view from, lq_digest_fn digest,
                                                      struct lq_segment_header *header);

/* Check a body against its header: the digest, then a walk over all pieces: their lengths, flags,
 * order and count, and that they lead from `before` to `after`. LQ_ERR_CORRUPT. */
LQ_MUST_CHECK enum lq_result lq_segment_check_body(const struct lq_segment_header *header,
                                                   lq_digest_fn digest, struct lq_view body);

/* Take the next piece from the front of `rest`, a body or what is left of it. LQ_ERR_NOT_FOUND: it
 * is empty. LQ_ERR_CORRUPT: no piece; `rest` is unchanged. */
LQ_MUST_CHECK enum lq_result lq_segment_next_piece(struct lq_view *rest,
                                                   struct lq_segment_piece *piece);

/* Write the 16 bytes in front of a piece. */
void lq_segment_encode_piece(const struct lq_segment_piece *piece,
                             uint8_t to[LQ_SEGMENT_PIECE_HEADER_BYTES]);

/* The identity of a segment goes on over a piece; `piece_header` is what encode_piece wrote. */
void lq_segment_add_identity(lq_digest_fn digest, const uint8_t *piece_header,
                             const uint8_t entry_identity[LQ_HASH_BYTES],
                             uint8_t content[LQ_HASH_BYTES]);

/* Whether two headers tell of the same step of the same writer: partition, stream, number, kind,
 * claim, writer, both positions with their identities, pieces, body bytes and content. Left out is
 * what may differ between two tries of one put: wall time, and the digests, which are over seals:
 * a record or event that was sealed again under a newer key has other bytes and the same identity.
 */
bool lq_segment_same_step(const struct lq_segment_header *one,
                          const struct lq_segment_header *other);

/* Identities. Of a whole record (store/core/record.h), its H; false: too short for one. */
LQ_MUST_CHECK bool lq_segment_record_identity(struct lq_view record,
                                              uint8_t identity[LQ_HASH_BYTES]);

/* Of a sealed event (store/core/outbox_entry.h): the digest of its clear header without the key
 * generation, which with nonce and seal is all that changes when it is sealed again. False: too
 * short for one. */
LQ_MUST_CHECK bool lq_segment_event_identity(lq_digest_fn digest, struct lq_view event,
                                             uint8_t identity[LQ_HASH_BYTES]);

/* Of an entry of the broker's outbox as it leaves that store: the digest of all its bytes; where it
 * has a letter, which is sealed under a key that may be destroyed, of its clear header alone. */
void lq_segment_broker_identity(lq_digest_fn digest, struct lq_view sealed,
                                uint8_t identity[LQ_HASH_BYTES]);

/* Of any other entry: the digest of all its bytes. */
void lq_segment_plain_identity(lq_digest_fn digest, struct lq_view entry,
                               uint8_t identity[LQ_HASH_BYTES]);

#endif
