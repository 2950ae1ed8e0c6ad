// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "store/core/commit_rule.h"

enum lq_commit_step lq_commit_rule_frame(const struct lq_head_state *head, uint64_t frame,
                                         struct lq_execution_id execution)
{
    LQ_ASSERT(head != NULL);
    LQ_ASSERT(head->record_count > 0 || head->life == LQ_HEAD_DELETED);
    if (frame == head->frame + 1) {
        return LQ_COMMIT_STEP_APPEND;
    }
    if (frame == head->frame) {
        return lq_commit_rule_past(head->execution, execution);
    }
    return frame < head->frame ? LQ_COMMIT_STEP_LOOK_BACK : LQ_COMMIT_STEP_CONFLICT;
}

enum lq_commit_step lq_commit_rule_past(struct lq_execution_id recorded,
                                        struct lq_execution_id execution)
{
    return lq_execution_id_equal(recorded, execution) ? LQ_COMMIT_STEP_ALREADY
                                                      : LQ_COMMIT_STEP_CONFLICT;
}

enum lq_commit_step lq_commit_rule_create(const struct lq_execution_id *recorded,
                                          struct lq_execution_id execution)
{
    if (recorded == NULL) {
        return LQ_COMMIT_STEP_APPEND;
    }
    return lq_execution_id_equal(*recorded, execution) ? LQ_COMMIT_STEP_ALREADY
                                                       : LQ_COMMIT_STEP_EXISTS;
}
