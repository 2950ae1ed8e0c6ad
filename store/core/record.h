// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* record.h - the bytes of one ledger record, version 1. All integers are little endian.
 *
 *     offset  bytes  what
 *          0     80  clear header (struct lq_record_header, offsets below)
 *         80     32  D, the salted digest of the content
 *        112     32  H, the hash chain up to here
 *        144     24  nonce
 *        168   32+n  sealed: salt, content
 *      200+n     16  tag of the seal
 *
 * The first 144 bytes lie in clear and are the seal's associated data.
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

#define LQ_RECORD_VERSION 1u

enum {
    LQ_RECORD_HEADER_BYTES = 80,
    LQ_RECORD_DIGEST_AT = 80,
    LQ_RECORD_HASH_AT = 112,
    LQ_RECORD_CLEAR_BYTES = 144, /* header, D and H: the associated data */
    LQ_RECORD_NONCE_AT = 144,
    LQ_RECORD_NONCE_BYTES = 24,
    LQ_RECORD_SEALED_AT = 168,
    LQ_RECORD_SALT_BYTES = 32,
    LQ_RECORD_TAG_BYTES = 16,
    /* what a record has beside its content */
    LQ_RECORD_EXTRA_BYTES = LQ_RECORD_SEALED_AT + LQ_RECORD_SALT_BYTES + LQ_RECORD_TAG_BYTES
};

enum lq_record_kind { LQ_RECORD_KEYFRAME = 1 /* the content holds the whole world */ };

struct lq_record_header {
    enum lq_record_kind kind;
    uint32_t partition;
    uint32_t key_generation; /* of the tenant's key that seals it */
    uint32_t content_bytes;
    uint64_t ledger_sequence; /* from 1 */
    uint64_t tenant_number;
    uint64_t session_number;
    uint64_t frame;
    uint64_t previous_sequence; /* of the same session; 0: none */
    uint64_t keyframe_sequence; /* the newest keyframe at or before this record */
    struct lq_execution_id execution;
};

/* The whole length of a record with this content. */
static inline size_t lq_record_bytes(size_t content_bytes)
{
    return LQ_RECORD_EXTRA_BYTES + content_bytes;
}

void lq_record_encode_header(const struct lq_record_header *header,
                             uint8_t to[LQ_RECORD_HEADER_BYTES]);

/* Read the clear header of a whole record. LQ_ERR_VERSION: another record version. LQ_ERR_CORRUPT:
 * an unknown kind, a reserved byte that is set, or a length that does not fit. */
LQ_MUST_CHECK enum lq_result lq_record_decode_header(struct lq_view record,
                                                     struct lq_record_header *header);

#endif
