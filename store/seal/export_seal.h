// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* export_seal.h - frames of a session outside of its ledger, sealed under a key of their own.
 *
 *     offset  bytes  what
 *          0      8  LQEXPORT
 *          8      4  format version, 1
 *         12      4  zero
 *         16      8  frame of the first record
 *         24      8  frame of the last
 *         32     32  H of the last
 *         64     40  a sealed box of nothing; associated: bytes 0 to 63
 *        104     ..  for each record: u32 its length, the record
 *
 * A record here is
 *
 *     offset  bytes  what
 *          0     80  clear header, as in the ledger (store/core/record.h)
 *         80     32  D
 *        112     32  H
 *        144     24  nonce
 *        168   32+n  sealed: salt, the whole content; associated: bytes 0 to 143
 *      200+n     16  tag of the seal
 *
 * Integers are little endian. Header, D, H, salt and content are those of the ledger, whether that
 * keeps the content or a delta, so D and the chain of H are checked as they are there, up to the H
 * that the header vouches for. docs/ledger-format.md has the same; to change it, raise the version,
 * keep reading the ones before, add a golden file.
 */
#ifndef LQ_EXPORT_SEAL_H
#define LQ_EXPORT_SEAL_H

#include "base/result.h"
#include "store/core/record.h"
#include "store/seal/sealed_box.h"

#define LQ_EXPORT_VERSION 1u

enum {
    LQ_EXPORT_HEADER_BYTES = 104,
    LQ_EXPORT_LENGTH_BYTES = 4,
    /* of a record */
    LQ_EXPORT_DIGEST_AT = LQ_RECORD_HEADER_BYTES,
    LQ_EXPORT_HASH_AT = LQ_EXPORT_DIGEST_AT + LQ_HASH_BYTES,
    LQ_EXPORT_CLEAR_BYTES = LQ_EXPORT_HASH_AT + LQ_HASH_BYTES,
    LQ_EXPORT_RECORD_EXTRA_BYTES =
        LQ_EXPORT_CLEAR_BYTES + LQ_SEALED_BOX_EXTRA_BYTES + LQ_RECORD_SALT_BYTES
};

struct lq_export_header {
    uint64_t first, last;
    uint8_t hash[LQ_HASH_BYTES]; /* H of the last record */
};

void lq_export_seal_write_header(const uint8_t key[LQ_SEAL_KEY_BYTES],
                                 const struct lq_export_header *header,
                                 uint8_t to[LQ_EXPORT_HEADER_BYTES]);

/* LQ_ERR_MALFORMED: it is no export. LQ_ERR_VERSION: of another version. LQ_ERR_KEY: changed, or
 * under another key. LQ_ERR_CORRUPT: its frames are none. */
LQ_MUST_CHECK enum lq_result lq_export_seal_read_header(const uint8_t key[LQ_SEAL_KEY_BYTES],
                                                        const uint8_t from[LQ_EXPORT_HEADER_BYTES],
                                                        struct lq_export_header *header);

/* Seal a record of the ledger anew: `clear` is its header, D and H, `plain` its salt and its whole
 * content. `to`, which may be `clear`, has LQ_EXPORT_CLEAR_BYTES + plain.bytes +
 * LQ_SEALED_BOX_EXTRA_BYTES. */
void lq_export_seal_write_record(const uint8_t key[LQ_SEAL_KEY_BYTES],
                                 const uint8_t clear[LQ_EXPORT_CLEAR_BYTES], struct lq_view plain,
                                 uint8_t *to);

/* Open one into `plain`, record.bytes - LQ_EXPORT_RECORD_EXTRA_BYTES + LQ_RECORD_SALT_BYTES of it:
 * salt and content. And check all that it says of itself: that it is of `frame`, its seal, D, and
 * that its H follows from `previous_hash` (NULL: of a first record, where that of frame 0 alone is
 * known). LQ_ERR_VERSION, LQ_ERR_CORRUPT: *what names the check (static). */
LQ_MUST_CHECK enum lq_result lq_export_seal_open_record(const uint8_t key[LQ_SEAL_KEY_BYTES],
                                                        struct lq_view record, uint64_t frame,
                                                        const uint8_t *previous_hash,
                                                        uint8_t *plain, const char **what);

#endif
