// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* motion_v1.h - the bodies of one step as doubles: integration, walls, and the way back into the
 * world. Everything that physics version 1 writes into a world's columns of numbers goes through
 * the put functions below. Pure; depends on world/. */
#ifndef LQ_MOTION_V1_H
#define LQ_MOTION_V1_H

#include "world/world.h"

/* Columns of `count` entries, in the order of the world's bodies. */
struct lq_motion_v1 {
    uint32_t count;
    double x[LQ_BODIES_MAX];
    double y[LQ_BODIES_MAX];
    double vx[LQ_BODIES_MAX];
    double vy[LQ_BODIES_MAX];
    double radius[LQ_BODIES_MAX];
};

/* Fill `motion` with the world's bodies, moved on by `dt` seconds. */
void lq_motion_v1_integrate(struct lq_motion_v1 *motion, const struct lq_world *world, double dt);

/* Bring every body inside the walls and turn round what moves into them. */
void lq_motion_v1_bounce(struct lq_motion_v1 *motion, double width, double height,
                         double restitution);

/* Write places and velocities back, and turn the bodies by `dt` seconds of their spin. */
void lq_motion_v1_store(const struct lq_motion_v1 *motion, struct lq_world *world, double dt);

/* A body's velocity, clamped; a non-finite one becomes rest. */
void lq_motion_v1_put_velocity(struct lq_world *world, uint32_t index, double vx, double vy);

/* A body's thrust, likewise. */
void lq_motion_v1_put_thrust(struct lq_world *world, uint32_t index, double tx, double ty);

#endif
