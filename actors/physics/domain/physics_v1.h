// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* physics_v1.h - stage physics, version 1: circles in a walled box (physics_step.h); every client
 * id is a player of its own. Frozen. Pure; depends on world/. */
#ifndef LQ_PHYSICS_V1_H
#define LQ_PHYSICS_V1_H

#include "world/tick.h"

void lq_physics_v1_step(struct lq_tick *tick);

#endif
