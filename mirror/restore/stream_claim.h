// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* stream_claim.h - claims one stream of the table by the rules of stream_log.h, waiting for each
 * answer. Who claims restores: whatever the stream has is what he takes over, so no store is
 * compared. From then on every put of an earlier writer meets the claim. */
#ifndef LQ_STREAM_CLAIM_H
#define LQ_STREAM_CLAIM_H

#include "mirror/domain/stream_log.h"
#include "mirror/restore/table_walk.h"

struct lq_stream_claim {
    uint32_t partition;
    uint8_t writer[LQ_SEGMENT_WRITER_BYTES]; /* drawn for this life */
    uint64_t claim;      /* of the control stream, for all others; 0: one above the newest */
    uint64_t number;     /* out: the segment that is the claim */
    bool covers_nothing; /* out: no entry is whole in the segments before it */
};

/* claim->claim is filled in when it was 0. LQ_ERR_CONFLICT: another writer is there; LQ_ERR_IO;
 * `message`. */
LQ_MUST_CHECK enum lq_result lq_stream_claim(struct lq_table_asker *asker,
                                             const struct lq_table_stream *stream,
                                             struct lq_stream_claim *claim,
                                             struct lq_error_message *message);

#endif
