// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* physics_v1.h - stage physics, version 1: circles in a walled box, seen from above.
 *
 * First the commands Join, Leave, Spawn, Despawn, SetThrust and ApplyImpulse, in order. Then
 * tick->steps steps; with none, no time passes. One step:
 *
 *     velocity += thrust * dt;  position += velocity * dt      (semi-implicit Euler)
 *     walls; then every pair of circles that overlaps, by ascending ids; then walls again
 *     store: rounded to the columns' types, clamped, never non-finite, never a negative zero
 *
 * Frozen: a change of any number it yields is a version 2 beside it. Pure; depends on world/. */
#ifndef LQ_PHYSICS_V1_H
#define LQ_PHYSICS_V1_H

#include "world/tick.h"

/* Emits PlayerJoined and PlayerLeft. Commands of other kinds stay pending. */
void lq_physics_v1_step(struct lq_tick *tick);

#endif
