// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* physics_v2.h - stage physics, version 2: circles in a walled box (physics_step.h); a player is
 * the first half of a client id, so that it keeps its body in all its incarnations. Frozen. Pure;
 * depends on world/. */
#ifndef LQ_PHYSICS_V2_H
#define LQ_PHYSICS_V2_H

#include "world/tick.h"

void lq_physics_v2_step(struct lq_tick *tick);

#endif
