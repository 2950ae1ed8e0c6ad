// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* record.h - the bytes of one value of `ledger`, record version 2. All integers are little endian.
 *
 *     offset  bytes  what
 *          0      8  seal prefix: u16 seal version, u8 form, u8 zero, u32 key generation
 *          8     80  clear header (struct lq_record_header, offsets in record.c)
 *         88     32  D, the salted digest of the whole content
 *        120     32  H, the hash chain up to here
 *        152     24  nonce
 *        176   32+m  sealed: salt, body
 *      208+m     16  tag of the seal
 *
 * The body of a keyframe is the content; that of a delta says what changed against the content of
 * the frame before (world/tick_delta.h). D and the header's content bytes are of the whole content
 * in both, so H is the same whichever is stored.
 *
 * The first 152 bytes lie in clear and are the seal's associated data. The prefix is no part of
 * what H covers: a record can be sealed anew. A record that was converted from partition format 4
 * has record version 1 and, until it is sealed anew, seal version 0: its seal does not cover the
 * prefix, which then says nothing of its own.
 *
 * To change a layout, in this order:
 *   1. raise LQ_RECORD_VERSION, and keep decoding the versions before it;
 *   2. add the new layout to docs/ledger-format.md; the old one stays there;
 *   3. add a golden file tests/golden/ledger_record_vN.hex; the old ones stay and must still
 * decode;
 *   4. teach examples/verify_in_python the new version;
 *   5. write it into CHANGELOG.md.
 *
 * Pure; depends on base/ and world/.
 */
#ifndef LQ_RECORD_H
#define LQ_RECORD_H

#include "base/result.h"
#include "store/core/hash_chain.h"
#include "world/identity.h"

#define LQ_RECORD_VERSION 2u
#define LQ_RECORD_VERSION_CONVERTED 1u /* all of it are keyframes */
#define LQ_RECORD_SEAL_VERSION 1u
#define LQ_RECORD_SEAL_VERSION_CONVERTED 0u

enum {
    LQ_RECORD_PREFIX_BYTES = 8,
    LQ_RECORD_HEADER_AT = 8,
    LQ_RECORD_HEADER_BYTES = 80,
    LQ_RECORD_DIGEST_AT = 88,
    LQ_RECORD_HASH_AT = 120,
    LQ_RECORD_CLEAR_BYTES = 152, /* prefix, header, D and H: the associated data */
    LQ_RECORD_NONCE_AT = 152,
    LQ_RECORD_NONCE_BYTES = 24,
    LQ_RECORD_SEALED_AT = 176,
    LQ_RECORD_SALT_BYTES = 32,
    LQ_RECORD_TAG_BYTES = 16,
    /* what a record has beside its body */
    LQ_RECORD_EXTRA_BYTES = LQ_RECORD_SEALED_AT + LQ_RECORD_SALT_BYTES + LQ_RECORD_TAG_BYTES
};

/* Records from a keyframe to the last delta on it, both counted, at most: so many steps rebuild any
 * content. A writer may take less. */
#define LQ_RECORD_SPAN_MAX 64u

enum lq_record_kind {
    LQ_RECORD_KEYFRAME = 1, /* the whole content */
    LQ_RECORD_DELTA = 2     /* what changed against the session's frame before */
};

/* What of the body is there. */
enum lq_record_form {
    LQ_RECORD_WHOLE = 1, /* what the kind says */
    LQ_RECORD_INPUTS = 2 /* of a content only what stands before its world: the rest was dropped */
};

struct lq_record_header {
    /* the seal prefix */
    uint32_t seal_version;
    enum lq_record_form form;
    uint32_t seal_generation; /* of the tenant's key that seals it now */
    /* the clear header */
    uint32_t version; /* of the record */
    enum lq_record_kind kind;
    uint32_t partition;
    uint32_t key_generation;  /* of the tenant's key that sealed it first */
    uint32_t content_bytes;   /* of the whole content */
    uint64_t ledger_sequence; /* from 1 */
    uint64_t tenant_number;
    uint64_t session_number;
    uint64_t frame;
    uint64_t previous_sequence; /* of the same session; 0: none */
    uint64_t keyframe_sequence; /* the newest keyframe at or before this record */
    struct lq_execution_id execution;
    /* from the length of the record */
    uint32_t body_bytes;
};

/* The whole length of a record with this body. */
static inline size_t lq_record_bytes(size_t body_bytes)
{
    return LQ_RECORD_EXTRA_BYTES + body_bytes;
}

/* Whether a delta is small enough to be stored instead of its content. */
static inline bool lq_record_delta_pays(size_t delta_bytes, size_t content_bytes)
{
    return (uint64_t)delta_bytes * 10 <= (uint64_t)content_bytes * 9;
}

/* Whether the index of frames has an entry for this record: each keyframe has one, but of those
 * that were converted only each 64th frame. */
bool lq_record_is_indexed(const struct lq_record_header *header);

/* Write the prefix and the clear header. */
void lq_record_encode_header(const struct lq_record_header *header,
                             uint8_t to[LQ_RECORD_HEADER_AT + LQ_RECORD_HEADER_BYTES]);

/* Read prefix and clear header of a whole record. LQ_ERR_VERSION: another record or seal version.
 * LQ_ERR_CORRUPT: an unknown kind or form, a reserved byte that is set, or a length that does not
 * fit. */
LQ_MUST_CHECK enum lq_result lq_record_decode_header(struct lq_view record,
                                                     struct lq_record_header *header);

/* Read a clear header alone; what stands in the prefix and follows from the length is left 0. */
LQ_MUST_CHECK enum lq_result lq_record_decode_clear(const uint8_t from[LQ_RECORD_HEADER_BYTES],
                                                    struct lq_record_header *header);

#endif
