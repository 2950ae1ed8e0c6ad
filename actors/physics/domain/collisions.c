// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "actors/physics/domain/collisions.h"

#include <math.h>

/* The largest along an axis. */
static double thrust_max(const struct lq_world *world)
{
    float most = 0.0f;

    for (uint32_t index = 0; index < world->body_count; index++) {
        float x = fabsf(world->thrust_x[index]);
        float y = fabsf(world->thrust_y[index]);
        most = x > most ? x : most;
        most = y > most ? y : most;
    }
    return (double)most;
}

void lq_collisions_begin(struct lq_collisions *collisions, const struct lq_world *world, double dt)
{
    collisions->world = world;
    collisions->speed_min = LQ_COLLISION_SPEED_MIN + 3.0 * thrust_max(world) * dt;
    collisions->count = 0;
    collisions->dropped = 0;
}

/* Along the line between both, by the velocities of the step before. */
static double closing_speed(const struct lq_world *world, const struct lq_collision *collision)
{
    double vx = (double)world->vx[collision->b] - (double)world->vx[collision->a];
    double vy = (double)world->vy[collision->b] - (double)world->vy[collision->a];

    return -(vx * collision->nx + vy * collision->ny);
}

void lq_collisions_add(struct lq_collisions *collisions, const struct lq_collision *collision)
{
    const struct lq_world *world = collisions->world;
    float impulse = (float)collision->impulse;

    if (!(closing_speed(world, collision) >= collisions->speed_min) || !isfinite(collision->x) ||
        !isfinite(collision->y) || !isfinite(impulse)) {
        return;
    }
    if (collisions->count == LQ_COLLISIONS_PER_TICK_MAX) {
        collisions->dropped++;
        return;
    }
    collisions->events[collisions->count++] =
        (struct lq_tick_event){.type = "Collision",
                               .body_id = world->body_id[collision->a],
                               .other_id = world->body_id[collision->b],
                               .x = collision->x + 0.0, /* no negative zero */
                               .y = collision->y + 0.0,
                               .impulse = impulse,
                               .is_passing = true};
}

void lq_collisions_emit(const struct lq_collisions *collisions, struct lq_tick *tick)
{
    const struct lq_tick_event dropped = {
        .type = "CollisionsDropped", .count = collisions->dropped, .is_passing = true};

    for (uint32_t index = 0; index < collisions->count; index++) {
        lq_tick_emit_event(tick, &collisions->events[index]);
    }
    if (collisions->dropped > 0) {
        lq_tick_emit_event(tick, &dropped);
    }
}
