// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "actors/physics/physics_handler.h"

#include "actors/physics/domain/physics_v1.h"

enum lq_result lq_physics_handler_step(struct lq_tick *tick, struct lq_stage_failure *failure)
{
    (void)failure;
    lq_physics_v1_step(tick);
    return LQ_OK;
}
