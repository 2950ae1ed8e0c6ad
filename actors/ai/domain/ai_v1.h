// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* ai_v1.h - stage ai, version 1: agents that steer their bodies (ai_step.h); every client id is a
 * player of its own. Frozen. Pure; depends on world/. */
#ifndef LQ_AI_V1_H
#define LQ_AI_V1_H

#include "world/tick.h"

void lq_ai_v1_step(struct lq_tick *tick);

#endif
