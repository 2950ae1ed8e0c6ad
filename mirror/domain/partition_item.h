// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* partition_item.h - the item `M` of a partition in the table: what it is a copy of, and whose
 * claim is the newest. Little endian:
 *
 *     offset  bytes  what                           offset  bytes  what
 *          0      2  version, 1                         32      8  wall time in ns; data only
 *          2      2  zero                               40     16  writer
 *          4      4  partition                          56     16  history id of its store
 *          8      4  format of the ledger               72     32  digest of the master key
 *         12      4  zero                              104     32  digest of bytes 0 to 103
 *         16      8  claim
 *         24      8  segment of that claim
 *
 * It is put once the control stream is claimed, on the condition that nothing is there, or a claim
 * below this one: the item has it as its attribute `n`. It fences nothing, the streams do that; it
 * spares whoever restores or starts with another master key from reading all streams first.
 *
 * Pure. Depends on base/ and segment.h.
 */
#ifndef LQ_PARTITION_ITEM_H
#define LQ_PARTITION_ITEM_H

#include "mirror/domain/segment.h"

#define LQ_PARTITION_ITEM_VERSION 1u

enum {
    LQ_PARTITION_ITEM_BYTES = 136,
    LQ_PARTITION_ITEM_DIGEST_AT = 104,
    LQ_PARTITION_ITEM_HISTORY_BYTES = 16
};

struct lq_partition_item {
    uint32_t partition;
    uint32_t ledger_format; /* LQ_PARTITION_FORMAT of store/core/partition_state.h */
    uint64_t claim;
    uint64_t segment; /* of the control stream, the one that is the claim */
    uint64_t wall_ns;
    uint8_t writer[LQ_SEGMENT_WRITER_BYTES];
    uint8_t history[LQ_PARTITION_ITEM_HISTORY_BYTES]; /* drawn when a store is made or restored */
    uint8_t master_digest[LQ_HASH_BYTES];
};

void lq_partition_item_encode(const struct lq_partition_item *item, lq_digest_fn digest,
                              uint8_t to[LQ_PARTITION_ITEM_BYTES]);

/* LQ_ERR_VERSION; LQ_ERR_CORRUPT: a length, a reserved byte, no claim, the digest. */
LQ_MUST_CHECK enum lq_result lq_partition_item_decode(struct lq_view from, lq_digest_fn digest,
                                                      struct lq_partition_item *item);

#endif
