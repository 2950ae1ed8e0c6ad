// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* wall_guard.h - whether the wall clock may be believed by what drops frames for their age.
 *
 *     BELIEVED --jumped against the running clock--> JUMPED
 *     BELIEVED --at a start, far past the newest commit--> FAR
 *     JUMPED, FAR --accepted by an operator--> BELIEVED
 *
 * The running clock is one that nobody sets and that counts a sleep of the machine too. It drifts
 * by less than a thousandth, so what the wall clock may be off grows with the time that ran.
 *
 * Pure: both clocks are arguments. Depends on base/.
 */
#ifndef LQ_WALL_GUARD_H
#define LQ_WALL_GUARD_H

#include "base/result.h"

#include <stdint.h>

/* As the state of the partition has it. */
enum lq_wall_verdict {
    LQ_WALL_BELIEVED = 0,
    LQ_WALL_JUMPED,
    LQ_WALL_FAR,
    LQ_WALL_VERDICT_LAST = LQ_WALL_FAR
};

#define LQ_WALL_GUARD_STEP_NS_MAX (UINT64_C(60) * 1000000000)
#define LQ_WALL_GUARD_FAR_NS (UINT64_C(30) * 86400 * 1000000000)

struct lq_clock_pair {
    uint64_t wall_ns;    /* since 1970 */
    uint64_t running_ns; /* since some moment of this boot */
};

struct lq_wall_guard {
    enum lq_wall_verdict verdict;
    struct lq_clock_pair begun; /* when it was last believed anew */
    int64_t off_ns;             /* JUMPED, FAR: by so much; 0: by an earlier process */
};

/* At the start of a writer: what its partition says, `committed_ns` 0 where nothing was committed
 * yet. Goes on in the verdict of before. */
void lq_wall_guard_begin(struct lq_wall_guard *guard, enum lq_wall_verdict before,
                         uint64_t committed_ns, struct lq_clock_pair now);

/* Look at the clocks; the verdict. */
enum lq_wall_verdict lq_wall_guard_look(struct lq_wall_guard *guard, struct lq_clock_pair now);

/* The wall clock is right as it is now. */
void lq_wall_guard_accept(struct lq_wall_guard *guard, struct lq_clock_pair now);

#endif
