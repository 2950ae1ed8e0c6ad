// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "actors/ai/ai_handler.h"

#include "actors/ai/domain/ai_v1.h"

enum lq_result lq_ai_handler_step(struct lq_tick *tick, struct lq_stage_failure *failure)
{
    (void)failure;
    lq_ai_v1_step(tick);
    return LQ_OK;
}
