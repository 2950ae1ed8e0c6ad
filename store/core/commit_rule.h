// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* commit_rule.h - whether an execution may make a frame: the condition that makes a repeated, late
 * or duplicated commit harmless.
 *
 *     asked for head + 1            APPEND
 *     the head, by the same         ALREADY
 *     the head, by another          CONFLICT
 *     below the head                LOOK_BACK: who made that frame? then ALREADY or CONFLICT
 *     above head + 1                CONFLICT
 *
 * Pure; depends on base/ and world/.
 */
#ifndef LQ_COMMIT_RULE_H
#define LQ_COMMIT_RULE_H

#include "store/core/head.h"

enum lq_commit_step {
    LQ_COMMIT_STEP_APPEND = 1,
    LQ_COMMIT_STEP_ALREADY,
    LQ_COMMIT_STEP_CONFLICT,
    LQ_COMMIT_STEP_EXISTS,
    LQ_COMMIT_STEP_LOOK_BACK
};

/* A frame upon `head`. */
enum lq_commit_step lq_commit_rule_frame(const struct lq_head_state *head, uint64_t frame,
                                         struct lq_execution_id execution);

/* After LOOK_BACK: `recorded` made the frame asked for. */
enum lq_commit_step lq_commit_rule_past(struct lq_execution_id recorded,
                                        struct lq_execution_id execution);

/* A tenant or session to be created. `recorded` created it before; NULL: nobody did. */
enum lq_commit_step lq_commit_rule_create(const struct lq_execution_id *recorded,
                                          struct lq_execution_id execution);

#endif
