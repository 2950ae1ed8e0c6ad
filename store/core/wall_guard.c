// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "store/core/wall_guard.h"

#define DRIFT_PART 1000 /* of the time that ran */

/* Differences of two moments; they fit for some centuries around either. */
static int64_t since(uint64_t then_ns, uint64_t now_ns)
{
    return (int64_t)(now_ns - then_ns);
}

static void doubt(struct lq_wall_guard *guard, enum lq_wall_verdict verdict, int64_t off_ns)
{
    if (guard->verdict == LQ_WALL_BELIEVED) {
        guard->verdict = verdict;
        guard->off_ns = off_ns;
    }
}

void lq_wall_guard_begin(struct lq_wall_guard *guard, enum lq_wall_verdict before,
                         uint64_t committed_ns, struct lq_clock_pair now)
{
    *guard = (struct lq_wall_guard){.verdict = before, .begun = now};
    if (committed_ns > 0 && now.wall_ns > committed_ns &&
        now.wall_ns - committed_ns > LQ_WALL_GUARD_FAR_NS) {
        doubt(guard, LQ_WALL_FAR, since(committed_ns, now.wall_ns));
    }
}

enum lq_wall_verdict lq_wall_guard_look(struct lq_wall_guard *guard, struct lq_clock_pair now)
{
    LQ_ASSERT(now.running_ns >= guard->begun.running_ns);
    uint64_t ran_ns = now.running_ns - guard->begun.running_ns;
    int64_t off_ns = since(guard->begun.wall_ns, now.wall_ns) - (int64_t)ran_ns;
    uint64_t off = off_ns < 0 ? (uint64_t)-off_ns : (uint64_t)off_ns;

    if (off > LQ_WALL_GUARD_STEP_NS_MAX + ran_ns / DRIFT_PART) {
        doubt(guard, LQ_WALL_JUMPED, off_ns);
    }
    return guard->verdict;
}

void lq_wall_guard_accept(struct lq_wall_guard *guard, struct lq_clock_pair now)
{
    *guard = (struct lq_wall_guard){.verdict = LQ_WALL_BELIEVED, .begun = now};
}
