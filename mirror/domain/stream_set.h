// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* stream_set.h - all streams of one writer: in which order they are claimed, and what waits for
 * what.
 *
 *     look at all --every one fits--> claim the control stream --open--> claim the others, each
 *                                                                        with the control's claim
 *
 * Nothing is written before each stream was compared: a store that is behind in one tenant's stream
 * claims none. The claim of the control stream is the writer's rank everywhere: claims there are
 * made one behind the other, so no two writers have the same, and a writer that meets a higher one
 * in a tenant's stream is over. Without that an earlier writer, slow at its start, could claim a
 * tenant's stream behind a later one.
 *
 * When one stream is refused or has ended, the writer is over: none is stepped any more.
 *
 * What waits for what: a tenant's segment for the control segments that name what it tells of
 * (lq_stream_set_may_put), an event for the segments that have it and its frame
 * (lq_stream_set_may_publish).
 *
 * Pure; the memory is the caller's. Depends on base/ and stream_log.h.
 */
#ifndef LQ_STREAM_SET_H
#define LQ_STREAM_SET_H

#include "mirror/domain/stream_log.h"

enum { LQ_STREAM_SET_CONTROL = 0 }; /* the place of the control stream */

enum lq_stream_set_turn {
    LQ_STREAM_SET_WAIT = 1, /* for others, or for an answer */
    LQ_STREAM_SET_LOOK,     /* step it with ON_LOOK */
    LQ_STREAM_SET_CLAIM,    /* with ON_CLAIM; event.claim is filled in by the set */
    LQ_STREAM_SET_PUT,      /* it is open: ON_SEGMENT, when there is one */
    LQ_STREAM_SET_OVER      /* the writer is over */
};

struct lq_stream_set {
    struct lq_stream_log *streams; /* the caller's, stream_max of them */
    uint32_t stream_count, stream_max;
    uint32_t looked_count; /* streams that were looked at */
    bool control_claimed;
    bool over;
    uint32_t over_at; /* over: the stream, whose `why` tells the rest */
};

void lq_stream_set_init(struct lq_stream_set *set, struct lq_stream_log *streams,
                        uint32_t stream_max);

/* One more stream, initialised at streams[stream_count] by the caller; the first is the control
 * stream. A tenant may come at any time, and is looked at and claimed as the others. LQ_ERR_FULL:
 * no room. */
LQ_MUST_CHECK enum lq_result lq_stream_set_add(struct lq_stream_set *set);

/* What the stream may do now. The answer changes with a step of that stream, and for all streams
 * when the last of them was looked at, when the control stream is open, when the set is over. */
enum lq_stream_set_turn lq_stream_set_turn(const struct lq_stream_set *set, uint32_t stream);

/* lq_stream_log_step() of that stream. LQ_ERR_STATE also for what is not its turn, and for all
 * once the set is over. */
LQ_MUST_CHECK enum lq_result lq_stream_set_step(struct lq_stream_set *set, uint32_t stream,
                                                const struct lq_stream_log_event *event,
                                                struct lq_stream_log_effects *out);

/* How far a stream is known to be in the table, by kind of entry; all 0 before it is open. */
void lq_stream_set_durable(const struct lq_stream_set *set, uint32_t stream,
                           uint64_t sequence[LQ_SEGMENT_SOURCES]);

/* Whether a stream is in the table up to `needed`, all of it. */
bool lq_stream_set_covers(const struct lq_stream_set *set, uint32_t stream,
                          const uint64_t needed[LQ_SEGMENT_SOURCES]);

/* Whether the segment of a stream may be put: the control stream covers `names`, the newest of its
 * entries that one of the segment's entries needs to be understood (the name of its tenant, its
 * session). The control stream itself waits for nobody. */
bool lq_stream_set_may_put(const struct lq_stream_set *set, uint32_t stream,
                           const uint64_t names[LQ_SEGMENT_SOURCES]);

/* Whether an event may leave: its own stream covers it, and the frame that it tells of. */
struct lq_stream_set_event {
    uint32_t stream;                 /* that has the event's entry */
    enum lq_segment_entry_kind kind; /* of the entry: OUTBOX or BROKER */
    uint64_t sequence;
    uint32_t frame_stream; /* that has the frame's record */
    uint64_t frame_ledger; /* ledger sequence of that record; 0: it tells of no frame */
};

bool lq_stream_set_may_publish(const struct lq_stream_set *set,
                               const struct lq_stream_set_event *event);

#endif
