// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* stream_log.h - how a writer comes to write one stream, and learns that it does no longer.
 *
 *   NEW --LOOK--> LOOKING --newest--> COMPARING --same--> LOOKED --CLAIM--> FINDING
 *                    |                    |                                    | newest
 *                    | nothing there: LOOKED     behind, different             v
 *                    v                    +-----------> REFUSED <--------- MATCHING
 *                  LOOKED                                                      | same, or nothing
 *                                                                              v
 *   OPEN <--put, or found to be ours-- CLAIMING --somebody's is there--> FINDING, bounded times
 *    |  ^
 *    |  +--put, or found to be ours: DURABLE--+
 *    +--SEGMENT--> PUTTING --no answer--> the same put again
 *                     |
 *                     +--somebody's is there--> ENDED, for good
 *
 * Segments are put under the next number on the condition that nothing is there: that is the fence.
 * A claim is an empty segment, so from its success on every put of an earlier writer, also one that
 * was long on its way, meets an item. docs/cloud.md, "The next number is the fence".
 *
 * No answer (cut, timed out, throttled, a fault of the service) may mean that it was written: the
 * same put is made again, and if an item is there, it is looked at. Ours is what tells of the same
 * step (lq_segment_same_step); its digest is taken from the table. Any other ends the writer.
 *
 * Old segments expire, so "nothing is there" is only proof near the newest segment. A writer that
 * has not been sure of being the newest for LQ_STREAM_LOG_SURE_S looks at the newest segment before
 * it puts, and no put may be signed after `not_after_s`. No segment expires before it is
 * LQ_STREAM_LOG_EXPIRY_MIN_S old, nor ever the newest one (segment_expiry.h).
 *
 * Events come in, effects go out, in order; every request has a token, and answers to another token
 * are LQ_ERR_STALE. One request is under way at a time. Back-off is the shell's (retry_rule.h).
 *
 * Pure: the random writer id and the time are arguments. Depends on base/ and segment.h.
 */
#ifndef LQ_STREAM_LOG_H
#define LQ_STREAM_LOG_H

#include "mirror/domain/segment.h"

enum {
    LQ_STREAM_LOG_SURE_S = 3600,
    LQ_STREAM_LOG_PUT_S = 3600,         /* from the decision to put until it must be signed */
    LQ_STREAM_LOG_SIGNED_S = 900,       /* how long the service takes a signature, at most */
    LQ_STREAM_LOG_EXPIRY_MIN_S = 86400, /* above the three before together */
    LQ_STREAM_LOG_CLAIMS_MAX = 16,      /* claims lost to others before it gives up */
    LQ_STREAM_LOG_EFFECTS_MAX = 4       /* of one step */
};

enum lq_stream_log_state {
    LQ_STREAM_LOG_NEW = 1,
    LQ_STREAM_LOG_LOOKING,
    LQ_STREAM_LOG_COMPARING,
    LQ_STREAM_LOG_LOOKED, /* the store fits what the table has; nothing was written */
    LQ_STREAM_LOG_FINDING,
    LQ_STREAM_LOG_MATCHING,
    LQ_STREAM_LOG_CLAIMING,
    LQ_STREAM_LOG_OPEN,
    LQ_STREAM_LOG_CHECKING, /* a segment waits for the newest one to be looked at */
    LQ_STREAM_LOG_PUTTING,
    LQ_STREAM_LOG_REFUSED, /* the store is behind or different; see why */
    LQ_STREAM_LOG_ENDED    /* another writer has the stream; see why */
};

enum lq_stream_log_event_kind {
    LQ_STREAM_LOG_ON_LOOK = 1,  /* NEW: compare the store with the table, write nothing */
    LQ_STREAM_LOG_ON_CLAIM,     /* LOOKED: claim it */
    LQ_STREAM_LOG_ON_COMPARED,  /* the answer to COMPARE */
    LQ_STREAM_LOG_ON_READ,      /* the answer to READ_NEWEST or READ_ITEM */
    LQ_STREAM_LOG_ON_PUT,       /* it was written */
    LQ_STREAM_LOG_ON_CONDITION, /* it was not: an item is there */
    LQ_STREAM_LOG_ON_NO_ANSWER, /* to a read or a put: whether it was done is not known */
    LQ_STREAM_LOG_ON_SEGMENT    /* OPEN: the next segment is made */
};

/* What lies in the table under a number, or is the newest. */
enum lq_stream_log_found {
    LQ_STREAM_LOG_NOTHING = 1,
    LQ_STREAM_LOG_A_SEGMENT,
    LQ_STREAM_LOG_UNREADABLE, /* an item that lq_segment_decode_header does not take */
    LQ_STREAM_LOG_NOT_SHOWN   /* ON_CONDITION from a service that does not return the item */
};

enum lq_stream_log_verdict {
    LQ_STREAM_LOG_SAME = 1, /* the store has what the table has, and maybe more */
    LQ_STREAM_LOG_BEHIND,   /* the table tells of entries that the store has not */
    LQ_STREAM_LOG_DIFFERENT /* the store has others in their place */
};

struct lq_stream_log_event {
    enum lq_stream_log_event_kind kind;
    uint64_t token;                          /* of answers: that of the request */
    uint64_t now_s;                          /* seconds since 1970; see step */
    uint64_t claim;                          /* ON_CLAIM: 0 for one above the newest, else it */
    enum lq_stream_log_verdict verdict;      /* ON_COMPARED */
    enum lq_stream_log_found found;          /* ON_READ, ON_CONDITION */
    const struct lq_segment_header *segment; /* A_SEGMENT, and ON_SEGMENT: borrowed for the call */
};

enum lq_stream_log_effect_kind {
    LQ_STREAM_LOG_READ_NEWEST = 1, /* consistently, the segment with the highest number */
    LQ_STREAM_LOG_READ_ITEM,       /* consistently, segment `number` */
    LQ_STREAM_LOG_COMPARE,         /* the store with `table.after`: lq_stream_log_compare() */
    LQ_STREAM_LOG_PUT_CLAIM,       /* `put_header` as the header, without a body, under `number` */
    LQ_STREAM_LOG_PUT_SEGMENT, /* the bytes that ON_SEGMENT told of, under `number`; keep them until
                                      DURABLE or ENDED: the same may be asked for again */
    LQ_STREAM_LOG_TELL_LOOKED,
    LQ_STREAM_LOG_TELL_OPEN,    /* pack what lies behind `table.after` */
    LQ_STREAM_LOG_TELL_DURABLE, /* all up to `table.after`; the next segment may come */
    LQ_STREAM_LOG_TELL_REFUSED, /* see `why`; before LOOKED, nothing was written by this writer */
    LQ_STREAM_LOG_TELL_ENDED    /* nothing more may be put; see `why` */
};

struct lq_stream_log_effect {
    enum lq_stream_log_effect_kind kind;
    uint64_t token;
    uint64_t number;
    uint64_t not_after_s; /* of a put: drop it, and answer NO_ANSWER, if it is not signed by then */
};

struct lq_stream_log_effects {
    uint32_t count;
    struct lq_stream_log_effect list[LQ_STREAM_LOG_EFFECTS_MAX];
};

struct lq_stream_log {
    enum lq_stream_log_state state;
    lq_digest_fn digest;
    uint32_t partition;
    uint64_t tenant_number; /* 0: the control stream */
    uint8_t writer[LQ_SEGMENT_WRITER_BYTES];
    uint64_t claim;       /* wanted, then held; 0: one above the newest */
    uint32_t lost_claims; /* times that somebody else was there first */
    uint64_t token;       /* of the request under way, or the newest */
    uint64_t sure_s;      /* when this writer last knew itself newest: when that put left */
    uint64_t put_s;       /* when the put under way was decided */
    uint64_t asked_s;     /* when the newest segment was last asked for */
    bool found;           /* `table` is filled */
    struct lq_segment_header table; /* the newest segment that is known to be in the table */
    struct lq_segment_header put;   /* the one that is being put */
    uint8_t put_header[LQ_SEGMENT_HEADER_BYTES]; /* CLAIMING: its bytes */
    const char *why;                             /* REFUSED, ENDED: a static text */
};

/* writer  LQ_SEGMENT_WRITER_BYTES of randomness, drawn anew each time that a process starts; the
 *         same for all its streams. */
void lq_stream_log_init(struct lq_stream_log *log, lq_digest_fn digest, uint32_t partition,
                        uint64_t tenant_number, const uint8_t writer[LQ_SEGMENT_WRITER_BYTES]);

/* Apply one event; `out` is emptied first, then has what must be done, in order.
 *
 * event->now_s  of a clock that also counts while the machine sleeps. Where it goes back, the
 *               newest segment is looked at before the next put.
 *
 * LQ_ERR_STALE  an answer to a request that is no longer awaited (normal after NO_ANSWER).
 * LQ_ERR_STATE  not legal in this state. On both, nothing changed and `out` is empty. */
LQ_MUST_CHECK enum lq_result lq_stream_log_step(struct lq_stream_log *log,
                                                const struct lq_stream_log_event *event,
                                                struct lq_stream_log_effects *out);

/* OPEN: fill in what the log knows of the next segment: stream, number, claim, writer, digest of
 * the one before. lq_segment_packer_finish() does the rest; ON_SEGMENT then tells of it. */
void lq_stream_log_stamp(const struct lq_stream_log *log, uint64_t wall_ns,
                         struct lq_segment_header *header);

/* What a store says of the positions of a stream: of each kind of entry, the next sequence that the
 * store will give, and the identity of the entry that the table names, where the store has it still
 * (an outbox may be trimmed below the mirror's cursor). */
struct lq_stream_log_store {
    uint64_t next[LQ_SEGMENT_SOURCES];
    bool known[LQ_SEGMENT_SOURCES];
    uint8_t identity[LQ_SEGMENT_SOURCES][LQ_HASH_BYTES];
};

/* The comparison of COMPARE. Of a record the store must have the identity: one that it does not
 * have, below its next sequence, is DIFFERENT (another tenant's record lies there). */
enum lq_stream_log_verdict lq_stream_log_compare(const struct lq_segment_position *table,
                                                 const struct lq_stream_log_store *store);

#endif
