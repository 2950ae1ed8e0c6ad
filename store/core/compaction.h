// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* compaction.h - what of a session's chain may go now, and how much of that in one transaction.
 *
 *     first ... a keyframe ... another one ... head      of a session that is there: up to a
 *     |---------|                                        keyframe, if that is too old
 *     |--------------------------------------------|     of a deleted one: piece by piece, all
 *
 * A piece begins with the first record that is there and ends before a keyframe, so that what stays
 * can be read; it goes as a whole. It is the farthest one within LQ_COMPACTION_FRAMES, so that a
 * session of many keyframes is not looked at for each. So the tables say where to go on, and no
 * other state is kept: a writer that begins anew goes on with what its tables have.
 *
 * Pure; depends on base/.
 */
#ifndef LQ_COMPACTION_H
#define LQ_COMPACTION_H

#include "base/result.h"
#include "base/view.h"

/* A session as its tables have it. */
struct lq_compaction_session {
    bool is_deleted;
    uint64_t first_frame, head_frame; /* of what is there; first > head: nothing is */
    bool has_keyframe;      /* behind the first frame: the last within LQ_COMPACTION_FRAMES, or else
                        * the next */
    uint64_t keyframe;      /* its frame */
    uint64_t held_sequence; /* of that keyframe; without one, of the head */
    bool is_dated;          /* the keyframe's wall time is known */
    uint64_t wall_ns;
    uint64_t retention_s; /* of its tenant */
};

struct lq_compaction_now {
    bool believed; /* the wall clock is */
    uint64_t wall_ns;
    uint64_t passed_sequence; /* every feed has passed the records up to it; without a feed the
                               * largest number. The keyframe that is the first then is among
                               * them: so what a feed has come to is always there */
};

enum lq_compaction_verdict {
    LQ_COMPACTION_STAYS = 1, /* young, for ever, all that there is, or of no known age */
    LQ_COMPACTION_WAITS,     /* for a feed, or for a clock that may be believed */
    LQ_COMPACTION_GOES       /* the frames from the first up to *last */
};

enum lq_compaction_verdict lq_compaction_judge(const struct lq_compaction_session *session,
                                               const struct lq_compaction_now *now,
                                               uint64_t *last_frame);

/* What one transaction may still do. More goes than came with it, so that a ledger with too much in
 * it becomes smaller under any load; and few sessions are looked at, as most have nothing to drop.
 */
enum {
    LQ_COMPACTION_FRAMES = 64,
    LQ_COMPACTION_RECORDS_LEAST = 256,
    LQ_COMPACTION_RECORDS_PER_APPEND = 2,
    LQ_COMPACTION_APPENDS_PER_VISIT = 16,
    LQ_COMPACTION_BYTES_MAX = 1024 * 1024,
    LQ_COMPACTION_NS_MAX = 500 * 1000
};

struct lq_compaction_step {
    uint64_t visits_left, records_left, bytes_left;
    uint64_t end_ns; /* of the running clock */
};

void lq_compaction_step_begin(struct lq_compaction_step *step, uint64_t appended,
                              uint64_t running_ns);

/* Another piece may go. One that has begun ends: it is of few records. */
bool lq_compaction_step_goes_on(const struct lq_compaction_step *step, uint64_t running_ns);

/* Another session may be looked at; then that is counted. */
bool lq_compaction_step_visits(struct lq_compaction_step *step, uint64_t running_ns);

void lq_compaction_step_dropped(struct lq_compaction_step *step, uint64_t records, uint64_t bytes);

#endif
