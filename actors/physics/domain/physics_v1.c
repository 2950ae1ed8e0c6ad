// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "actors/physics/domain/physics_v1.h"

#include "actors/physics/domain/physics_step.h"

void lq_physics_v1_step(struct lq_tick *tick)
{
    lq_physics_step(tick, LQ_PLAYER_WHOLE_ID);
}
