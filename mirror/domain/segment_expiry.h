// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* segment_expiry.h - when a segment may expire: get a `ttl`, after which the service removes it.
 *
 * Never the newest segment of a stream: its number is the fence. Never before it is
 * LQ_STREAM_LOG_EXPIRY_MIN_S old: a late put still has to meet it. Never one of the control stream:
 * names and letters have no base. And only when nothing is lost: every session with a record, or a
 * piece of one, in it has a whole base at or above its frames there, and all its events have left.
 * Both are said by a number: what is settled, of records and of each outbox, up to a sequence.
 *
 * Segments get their ttl in the order of their numbers, so that what is left of a stream, once the
 * service has removed them in any order, is a run without gap up to the newest, and before that
 * only segments that have a ttl. A gap behind a segment without one is damage.
 *
 * Pure. Depends on base/, segment.h and stream_log.h.
 */
#ifndef LQ_SEGMENT_EXPIRY_H
#define LQ_SEGMENT_EXPIRY_H

#include "mirror/domain/segment.h"
#include "mirror/domain/stream_log.h"

/* What has to be known of a segment. */
struct lq_segment_expiry {
    uint64_t tenant_number;
    uint64_t number;
    uint64_t made_s;                      /* its wall time */
    uint64_t highest[LQ_SEGMENT_SOURCES]; /* of each kind of entry, the highest sequence of which it
                                           * has a piece; the place of a kind is kind - 1 */
};

struct lq_segment_expiry_facts {
    uint64_t newest_number;   /* of the stream */
    uint64_t expiring_number; /* up to which all have a ttl, or are gone; 0: none */
    /* Of records: the ledger sequence up to which every session has a whole base at or above. Of
     * the outboxes: the sequence up to which all events have left. */
    uint64_t settled[LQ_SEGMENT_SOURCES];
    uint32_t history_days; /* of the tenant; 0: all of it is kept */
    uint64_t now_s;
};

/* Fill it in from a segment as it lies in the table. LQ_ERR_CORRUPT: the body is not what the
 * header says. */
LQ_MUST_CHECK enum lq_result lq_segment_expiry_read(const struct lq_segment_header *header,
                                                    lq_digest_fn digest, struct lq_view body,
                                                    struct lq_segment_expiry *segment);

/* The ttl of a segment, in seconds since 1970; 0: it gets none yet. */
uint64_t lq_segment_expiry_at(const struct lq_segment_expiry *segment,
                              const struct lq_segment_expiry_facts *facts);

#endif
