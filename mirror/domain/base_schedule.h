// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* base_schedule.h - which sessions have frames that no base of theirs has, when each is due to get
 * one, and up to which record of the ledger all have.
 *
 *     saw, found --> waiting --due: take--> under way --based--> forgotten, or waiting for the rest
 *                       ^                       |
 *                       +----- postpone --------+
 *
 * A session is due when it has been quiet for a while, or some time after the first frame that its
 * base has not, or at once when all hurry. A session whose base has all its frames is not listed:
 * what is listed is bounded, and what has no room is found again by a walk over the heads of the
 * ledger, which goes on when there is room:
 *
 *     a head above `from` whose session is not listed may lack a base; below it none does.
 *
 * The same walk finds after a restart what the one before had not done: `from` is then what the
 * table's item of the partition says (lq_base_schedule_covered(), as it was kept there).
 *
 * Pure; the memory is the caller's. Depends on base/.
 */
#ifndef LQ_BASE_SCHEDULE_H
#define LQ_BASE_SCHEDULE_H

#include "base/result.h"

#include <stdbool.h>
#include <stdint.h>

/* While all hurry, one that makes frames on is not due again at once. */
#define LQ_BASE_SCHEDULE_AGAIN_NS UINT64_C(1000000000)

struct lq_base_session {
    uint64_t number;
    uint64_t first;    /* ledger sequence from which on records have no base; none is before it */
    uint64_t newest;   /* of the newest record that was seen */
    uint64_t seen_ns;  /* when that was */
    uint64_t since_ns; /* when the first without a base was */
    uint64_t retry_ns; /* not before */
    uint64_t key_ns;   /* its place in the heap: never later than it is due */
    uint32_t heap_at;
    uint32_t next; /* of its bucket, or of the free ones; session_max: the last */
    bool is_under_way;
};

struct lq_base_walk {
    bool is_open;
    uint64_t from;  /* records up to this one have bases */
    uint64_t after; /* the session that was looked at last */
};

struct lq_base_schedule {
    struct lq_base_session *sessions; /* the caller's; session_max of them */
    uint32_t *buckets;                /* likewise */
    uint32_t *heap;                   /* likewise; those that wait */
    uint32_t session_max, session_count, heap_count, free;
    uint64_t quiet_ns, every_ns;
    struct lq_base_walk walk;
    uint64_t missed; /* the lowest record without a base of the sessions that found no room and that
                      * the walk has passed; 0: none */
    bool hurries;
    uint64_t changes; /* how often covered() may have risen */
};

struct lq_base_schedule_memory {
    struct lq_base_session *sessions;
    uint32_t *buckets;
    uint32_t *heap;
    uint32_t session_max; /* entries of each; at least 8 */
};

/* quiet_ns: a session that made no frame for so long is due. every_ns: and so is one that many
 * after its first frame that no base has. Nothing is known yet: lq_base_schedule_begin(). */
void lq_base_schedule_init(struct lq_base_schedule *schedule,
                           const struct lq_base_schedule_memory *memory, uint64_t quiet_ns,
                           uint64_t every_ns);

/* Records up to `covered` have bases; walk over what is above it. */
void lq_base_schedule_begin(struct lq_base_schedule *schedule, uint64_t covered);

/* A record came. Records come in the order of their sequences. */
void lq_base_schedule_saw(struct lq_base_schedule *schedule, uint64_t session_number,
                          uint64_t sequence, uint64_t now_ns);

/* The walk came to a session, whose newest record is `sequence`. `spread`: a draw, by which those
 * that are found at one time are due at different times. LQ_ERR_FULL: there is no room, the walk
 * stands before it. */
LQ_MUST_CHECK enum lq_result lq_base_schedule_found(struct lq_base_schedule *schedule,
                                                    uint64_t session_number, uint64_t sequence,
                                                    uint64_t now_ns, uint64_t spread);

/* Whether the walk should go on now, and that it came to the end: another one begins if something
 * was missed. */
bool lq_base_schedule_should_walk(const struct lq_base_schedule *schedule);
void lq_base_schedule_walked(struct lq_base_schedule *schedule);

/* The next session that is due, which is under way from now on. False: none is. */
bool lq_base_schedule_take(struct lq_base_schedule *schedule, uint64_t now_ns,
                           uint64_t *session_number, uint64_t *first);

/* It is not under way any more, and is due again at `until_ns` at the earliest. */
void lq_base_schedule_postpone(struct lq_base_schedule *schedule, uint64_t session_number,
                               uint64_t until_ns);

/* It has a base with all its records up to `sequence`, and is not under way any more. */
void lq_base_schedule_based(struct lq_base_schedule *schedule, uint64_t session_number,
                            uint64_t sequence, uint64_t now_ns);

/* All are due. */
void lq_base_schedule_hurry(struct lq_base_schedule *schedule);

/* The record up to which all have bases, given that all up to `read` were seen. */
uint64_t lq_base_schedule_covered(const struct lq_base_schedule *schedule, uint64_t read);

/* When take has something, perhaps; UINT64_MAX: not by time. */
uint64_t lq_base_schedule_next_ns(const struct lq_base_schedule *schedule);

/* Nothing is listed, and nothing has to be looked for. */
bool lq_base_schedule_is_empty(const struct lq_base_schedule *schedule);

#endif
