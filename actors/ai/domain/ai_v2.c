// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "actors/ai/domain/ai_v2.h"

#include "actors/ai/domain/ai_step.h"

void lq_ai_v2_step(struct lq_tick *tick)
{
    lq_ai_step(tick, LQ_PLAYER_FIRST_HALF);
}
