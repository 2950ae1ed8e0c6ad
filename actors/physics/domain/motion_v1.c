// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "actors/physics/domain/motion_v1.h"

#include <math.h>

void lq_motion_v1_integrate(struct lq_motion_v1 *motion, const struct lq_world *world, double dt)
{
    uint32_t count = world->body_count;

    LQ_ASSERT(count <= LQ_BODIES_MAX);
    motion->count = count;
    for (uint32_t index = 0; index < count; index++) {
        double vx = (double)world->vx[index] + (double)world->thrust_x[index] * dt;
        double vy = (double)world->vy[index] + (double)world->thrust_y[index] * dt;

        motion->vx[index] = vx;
        motion->vy[index] = vy;
        motion->x[index] = world->x[index] + vx * dt;
        motion->y[index] = world->y[index] + vy * dt;
        motion->radius[index] = (double)world->radius[index];
    }
}

/* One axis of one body between a wall at 0 and a wall at `length`. */
static inline void bounce_axis(double *place, double *velocity, double radius, double length,
                               double restitution)
{
    double low = radius;
    double high = length - radius;

    if (high < low) { /* wider than the box: it rests in the middle */
        *place = length * 0.5;
        *velocity = 0.0;
    } else if (*place < low) {
        *place = low;
        *velocity = *velocity < 0.0 ? -restitution * *velocity : *velocity;
    } else if (*place > high) {
        *place = high;
        *velocity = *velocity > 0.0 ? -restitution * *velocity : *velocity;
    }
}

void lq_motion_v1_bounce(struct lq_motion_v1 *motion, double width, double height,
                         double restitution)
{
    for (uint32_t index = 0; index < motion->count; index++) {
        double radius = motion->radius[index];

        bounce_axis(&motion->x[index], &motion->vx[index], radius, width, restitution);
        bounce_axis(&motion->y[index], &motion->vy[index], radius, height, restitution);
    }
}

/* Adding zero turns a negative zero into a positive one. Comparisons, not fmin(): their result is
 * specified for every input. */
static inline double clamp(double value, double max)
{
    value = value > max ? max : value;
    value = value < -max ? -max : value;
    return value + 0.0;
}

/* Rounding to float can make a negative zero of a tiny negative number. */
static inline float round_to_float(double value)
{
    return (float)value + 0.0f;
}

void lq_motion_v1_put_velocity(struct lq_world *world, uint32_t index, double vx, double vy)
{
    if (!isfinite(vx) || !isfinite(vy)) {
        vx = 0.0;
        vy = 0.0;
    }
    world->vx[index] = round_to_float(clamp(vx, (double)LQ_SPEED_MAX));
    world->vy[index] = round_to_float(clamp(vy, (double)LQ_SPEED_MAX));
}

void lq_motion_v1_put_thrust(struct lq_world *world, uint32_t index, double tx, double ty)
{
    if (!isfinite(tx) || !isfinite(ty)) {
        tx = 0.0;
        ty = 0.0;
    }
    world->thrust_x[index] = round_to_float(clamp(tx, (double)LQ_ACCELERATION_MAX));
    world->thrust_y[index] = round_to_float(clamp(ty, (double)LQ_ACCELERATION_MAX));
}

/* Whole turns do not show, so only the fraction is kept: it makes the angle's arithmetic exact
 * integers that wrap. The bounds on spin and on a step's length keep every conversion in range. */
static inline int32_t turned(int32_t angle, double turns)
{
    double fraction = turns - (double)(int64_t)turns;
    int64_t units = (int64_t)(fraction * 4294967296.0);

    return (int32_t)((uint32_t)angle + (uint32_t)(uint64_t)units);
}

void lq_motion_v1_store(const struct lq_motion_v1 *motion, struct lq_world *world, double dt)
{
    LQ_ASSERT(motion->count == world->body_count);
    for (uint32_t index = 0; index < motion->count; index++) {
        double x = motion->x[index];
        double y = motion->y[index];

        if (isfinite(x) && isfinite(y)) {
            world->x[index] = clamp(x, LQ_POSITION_MAX);
            world->y[index] = clamp(y, LQ_POSITION_MAX);
            lq_motion_v1_put_velocity(world, index, motion->vx[index], motion->vy[index]);
        } else { /* frozen where it was */
            lq_motion_v1_put_velocity(world, index, 0.0, 0.0);
        }
        if (world->spin[index] != 0.0f) {
            world->angle[index] = turned(world->angle[index], (double)world->spin[index] * dt);
        }
    }
}
