// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* Whether the wall clock is believed lies in the state of the partition: a doubt outlives the
 * writer that had it. */
#include "store/lmdb/commit_group.h"

static void note(struct lq_commit_group *group)
{
    group->state.wall_verdict = group->ledger->wall_guard.verdict;
    if (group->state.wall_verdict == LQ_WALL_BELIEVED) {
        group->state.committed_wall_ns = group->now.wall_ns;
    }
}

void lq_commit_clock_look(struct lq_commit_group *group)
{
    group->now = group->ledger->clock();
    (void)lq_wall_guard_look(&group->ledger->wall_guard, group->now);
    note(group);
}

void lq_commit_clock_accept(struct lq_commit_group *group, struct lq_commit *item)
{
    bool believed = group->ledger->wall_guard.verdict == LQ_WALL_BELIEVED;

    lq_wall_guard_accept(&group->ledger->wall_guard, group->now);
    note(group);
    lq_commit_group_decide(item, believed ? LQ_COMMIT_ALREADY : LQ_COMMIT_DONE, 0, NULL);
}
