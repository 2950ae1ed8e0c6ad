// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* ai_v1.h - stage ai, version 1: agents that steer their bodies.
 *
 * First the SetBehavior commands, in order. Then, if the tick has steps, each agent sets the thrust
 * of its body, which acts from the next step on: idle none, seek and flee along the line to the
 * target (none without one), wander in a direction drawn anew. Everything an agent knows stands in
 * the record.
 *
 * Frozen: a change of any number it yields is a version 2 beside it. Pure; depends on world/. */
#ifndef LQ_AI_V1_H
#define LQ_AI_V1_H

#include "world/tick.h"

/* Commands of other kinds stay pending. */
void lq_ai_v1_step(struct lq_tick *tick);

#endif
