// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* segment_expiry.h - when a segment may expire: get a `ttl`, after which the service removes it.
 *
 * Never the newest segment of a stream: its number is the fence. Never before it is
 * LQ_STREAM_LOG_EXPIRY_MIN_S old: a late put still has to meet it. Never one of the control stream:
 * names and letters have no base. And only when nothing is lost: every session with an entry, or a
 * piece of one, in it has a whole base at or above its frames there, and all its events have left.
 *
 * Segments get their ttl in the order of their numbers, so that what is left of a stream, once the
 * service has removed them in any order, is a run without gap up to the newest, and before that
 * only segments that have a ttl. A gap behind a segment without one is damage.
 *
 * Pure. Depends on base/, base_item.h and stream_log.h.
 */
#ifndef LQ_SEGMENT_EXPIRY_H
#define LQ_SEGMENT_EXPIRY_H

#include "mirror/domain/base_item.h"
#include "mirror/domain/stream_log.h"

/* A session with entries in the segment, pieces included. */
struct lq_segment_expiry_session {
    uint64_t session_number;
    uint64_t frame;                    /* the highest in the segment */
    const struct lq_base_header *base; /* the newest whole one in the table; NULL: none */
};

struct lq_segment_expiry_facts {
    uint64_t newest_number;    /* of the stream */
    uint64_t expiring_number;  /* up to which all have a ttl, or are gone; 0: none */
    uint64_t published_outbox; /* outbox sequence up to which all events have left */
    uint32_t history_days;     /* of the tenant; 0: all of it is kept */
    uint64_t now_s;
    const struct lq_segment_expiry_session *sessions;
    uint32_t session_count;
};

/* The ttl of a segment, in seconds since 1970; 0: it gets none yet. */
uint64_t lq_segment_expiry_at(const struct lq_segment_header *segment,
                              const struct lq_segment_expiry_facts *facts);

#endif
