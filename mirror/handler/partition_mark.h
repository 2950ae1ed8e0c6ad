// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* partition_mark.h - the item `M` of the table: what it is a copy of, whose claim is the newest,
 * and how far the mirror has come.
 *
 *     n        claim                 h   partition_item.h
 *     u        how often it was moved on since that claim
 *     l, o, q  all records, entries of the outbox and entries of the broker's outbox up to these
 *              are in the table
 *     s        up to this record every session has a base
 *     e, f, a  once there is a bus: the events of all entries of the outbox and of the broker's up
 *              to these have left, and the audits of all records up to that one
 *
 * It is read at the start, put once the control stream is claimed, and moved on by updates that
 * demand our claim and a lower `u`: one that was long on its way moves nothing back. */
#ifndef LQ_PARTITION_MARK_H
#define LQ_PARTITION_MARK_H

#include "mirror/handler/mirror_streams.h"
#include "mirror/infrastructure/dynamodb_gateway.h"

enum lq_mark_state {
    LQ_MARK_UNREAD, /* it has to be read */
    LQ_MARK_READING,
    LQ_MARK_READ, /* what it says is known; it may be put when the control stream is ours */
    LQ_MARK_PUTTING,
    LQ_MARK_SET,
    LQ_MARK_MOVING
};

/* How far events have left: those of the ledger's outbox, of the broker's, and the audits of
 * records. */
struct lq_event_marks {
    bool is_there;
    uint64_t outbox, broker, audited;
};

static inline bool lq_event_marks_equal(const struct lq_event_marks *a,
                                        const struct lq_event_marks *b)
{
    return a->is_there == b->is_there && a->outbox == b->outbox && a->broker == b->broker &&
           a->audited == b->audited;
}

struct lq_mark_positions {
    struct lq_feed_position feed; /* l, o */
    uint64_t broker;              /* q */
    uint64_t based;               /* s */
    struct lq_event_marks left;   /* e, f, a */
};

struct lq_partition_mark {
    lq_dynamodb_gateway_t *gateway;
    const struct lq_mirror_streams *streams;
    const struct lq_feed_state *store; /* of the ledger, when it was opened */
    enum lq_mark_state state;
    struct lq_mark_positions says;  /* what it says */
    struct lq_mark_positions wants; /* what it should say */
    struct lq_mark_positions asked; /* MOVING: what it is about to say */
    uint64_t retry_ns;              /* not before; 0: at once */
    uint64_t updates;               /* u of the newest update */
    uint64_t left_ns;               /* moved on for events alone not before */
    uint64_t requests;
    const char *over; /* NULL, or why this mirror may write no more */
};

/* What it says is known: the table has this history. */
static inline bool lq_partition_mark_is_read(const struct lq_partition_mark *mark)
{
    return mark->state >= LQ_MARK_READ;
}

/* Ask what can be asked now. */
void lq_partition_mark_turn(struct lq_partition_mark *mark, uint64_t now_ns, bool ends);

/* When to turn though nobody wakes it; UINT64_MAX: never. */
uint64_t lq_partition_mark_next_ns(const struct lq_partition_mark *mark);

/* An answer with a tag of the kind MARK. */
void lq_partition_mark_hear(struct lq_partition_mark *mark, const struct lq_dynamodb_answer *answer,
                            uint64_t now_ns);

#endif
