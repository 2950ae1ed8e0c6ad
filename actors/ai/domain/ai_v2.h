// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* ai_v2.h - stage ai, version 2: agents that steer their bodies (ai_step.h); a player is the
 * first half of a client id, so that it keeps its body in all its incarnations. Frozen. Pure;
 * depends on world/. */
#ifndef LQ_AI_V2_H
#define LQ_AI_V2_H

#include "world/tick.h"

void lq_ai_v2_step(struct lq_tick *tick);

#endif
