// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* physics_step.h - a tick of stage physics: circles in a walled box, seen from above.
 *
 * First the commands Join, Leave, Spawn, Despawn, SetThrust and ApplyImpulse, in order. Then
 * tick->steps steps; with none, no time passes. One step:
 *
 *     velocity += thrust * dt;  position += velocity * dt      (semi-implicit Euler)
 *     walls; then every pair of circles that overlaps, by ascending ids; then walls again
 *     store: rounded to the columns' types, clamped, never non-finite, never a negative zero
 *
 * Versions 1 and 2 are both this, and differ in who is a player. Frozen: a change of any number it
 * yields is another file beside it. Events are none of them: no record has them (collisions.h).
 * Pure; depends on world/. */
#ifndef LQ_PHYSICS_STEP_H
#define LQ_PHYSICS_STEP_H

#include "world/tick.h"

/* Emits PlayerJoined and PlayerLeft. Commands of other kinds stay pending. */
void lq_physics_step(struct lq_tick *tick, enum lq_player_rule rule);

#endif
