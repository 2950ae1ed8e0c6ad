// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* ai_step.h - a tick of stage ai: agents that steer their bodies.
 *
 * First the SetBehavior commands, in order. Then, if the tick has steps, each agent sets the thrust
 * of its body, which acts from the next step on: idle none, seek and flee along the line to the
 * target (none without one), wander in a direction drawn anew. Everything an agent knows stands in
 * the record.
 *
 * Versions 1 and 2 are both this, and differ in whose a body is. Frozen: a change of any number it
 * yields is another file beside it. Pure; depends on world/. */
#ifndef LQ_AI_STEP_H
#define LQ_AI_STEP_H

#include "world/tick.h"

/* Commands of other kinds stay pending. */
void lq_ai_step(struct lq_tick *tick, enum lq_player_rule rule);

#endif
