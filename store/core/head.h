// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* head.h - where a session stands: the value that the database `heads` holds for its number.
 *
 *     offset  bytes  what                      offset  bytes  what
 *          0      8  frame                         40     16  execution id: epoch, counter
 *          8      8  ledger sequence               56     32  H of the newest record
 *         16      8  keyframe sequence             88     32  D of the newest record
 *         24      8  keyframe's frame             120     32  rolling digest
 *         32      8  record count                 152      1  state
 *                                                 153      7  zero
 *
 * The D is there so that a writer knows, without reading, what a delta that was made ahead is
 * against.
 *
 * The rolling digest is the sum (digest_sum.h) of all H of the session: a record that vanished
 * shows, in whatever order the records are read. The layout's version is that of the partition
 * (partition_state.h).
 *
 * Pure; depends on base/ and world/.
 */
#ifndef LQ_HEAD_H
#define LQ_HEAD_H

#include "base/result.h"
#include "store/core/digest_sum.h"
#include "world/identity.h"

enum { LQ_HEAD_LIFE_AT = 152, LQ_HEAD_BYTES = 160 };

/* A deleted session: its last frame and H stay, nothing is written for it any more. */
enum lq_head_life { LQ_HEAD_THERE = 0, LQ_HEAD_DELETED = 1 };

struct lq_head_state {
    uint64_t frame;
    uint64_t ledger_sequence;   /* of the newest record */
    uint64_t keyframe_sequence; /* the newest keyframe */
    uint64_t keyframe_frame;
    uint64_t record_count;            /* that are there: of a deleted session none in the end */
    struct lq_execution_id execution; /* the one that made this frame */
    uint8_t hash[LQ_HASH_BYTES];      /* H of the newest record */
    uint8_t digest[LQ_HASH_BYTES];    /* D of the newest record */
    enum lq_head_life life;
    struct lq_digest_sum rolling;
};

/* The frame that the session's records begin with: 0, unless older ones were dropped, or it was
 * restored without them. Without any record the one behind the head. */
static inline uint64_t lq_head_first_frame(const struct lq_head_state *head)
{
    return head->record_count > head->frame ? 0 : head->frame + 1 - head->record_count;
}

void lq_head_encode(const struct lq_head_state *head, uint8_t to[LQ_HEAD_BYTES]);

/* LQ_ERR_CORRUPT: not LQ_HEAD_BYTES long, an unknown state, or a head without a record or
 * keyframe. */
LQ_MUST_CHECK enum lq_result lq_head_decode(struct lq_view value, struct lq_head_state *head);

#endif
