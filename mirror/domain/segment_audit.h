// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* segment_audit.h - which frames of which sessions a segment of the table has made durable: what is
 * told on the bus instead of an event a frame.
 *
 *     begin --add a record--> ... --> set
 *
 * Pure; the memory is the caller's. Depends on base/, store/core/ and cloud_event.h.
 */
#ifndef LQ_SEGMENT_AUDIT_H
#define LQ_SEGMENT_AUDIT_H

#include "mirror/domain/cloud_event.h"
#include "store/core/record.h"

enum {
    /* A body is full of the shortest records, and one that began before it ends in it. */
    LQ_SEGMENT_AUDIT_SESSIONS_MAX =
        LQ_SEGMENT_BODY_BYTES_MAX / (LQ_SEGMENT_PIECE_HEADER_BYTES + LQ_RECORD_EXTRA_BYTES) + 1
};

struct lq_segment_audit {
    struct lq_cloud_event_frames sessions[LQ_SEGMENT_AUDIT_SESSIONS_MAX];
    uint32_t session_count;
};

static inline void lq_segment_audit_begin(struct lq_segment_audit *audit)
{
    audit->session_count = 0;
}

/* A record that the segment has whole, or the last piece of, in the order of the ledger. `hash`:
 * its H. */
void lq_segment_audit_add(struct lq_segment_audit *audit, const struct lq_record_header *record,
                          const uint8_t hash[LQ_HASH_BYTES]);

/* The event. False: the segment has no record, and there is none. `event` borrows from `audit`. */
bool lq_segment_audit_set(const struct lq_segment_audit *audit,
                          const struct lq_segment_header *segment, struct lq_view tenant,
                          lq_digest_fn digest, struct lq_cloud_event *event);

#endif
