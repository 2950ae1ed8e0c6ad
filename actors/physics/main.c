// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* lq-physics: serves stage physics. */
#include "actors/physics/domain/physics_v1.h"
#include "actors/physics/physics_handler.h"

int main(int argc, char **argv)
{
    return lq_actor_run_tick_stage(argc, argv, LQ_PHYSICS_V1_NAME, LQ_PHYSICS_V1_VERSION,
                                   lq_physics_handler_step);
}
