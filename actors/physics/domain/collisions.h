// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* collisions.h - which bodies ran into each other in a tick, as events for others.
 *
 * A pair is told of when it is resolved and came together at the beginning of the step already,
 * along the line between both, faster by LQ_COLLISION_SPEED_MIN than thrust makes what touches:
 * than three times what the strongest in the world gives in a step. So what rests against each
 * other, or is pressed together, is told of when it meets and not again while it stays, though no
 * tick knows of the one before: it has parted by the end of each step. (A row of bodies that is
 * pressed hard jitters; now and then one of its pairs is told of.)
 *
 *     Collision          both bodies, the lower id first; where they touched, and the impulse
 *     CollisionsDropped  how many more there were than LQ_COLLISIONS_PER_TICK_MAX
 *
 * Of a tick the first ones are told, in the order in which pairs are resolved. Events do not go
 * into records, so no number that physics yields depends on this file. Pure; depends on world/.
 */
#ifndef LQ_COLLISIONS_H
#define LQ_COLLISIONS_H

#include "world/tick.h"

#define LQ_COLLISIONS_PER_TICK_MAX 16u
#define LQ_COLLISION_SPEED_MIN 0.5 /* metres per second */

/* Two bodies, by index, as they are resolved. */
struct lq_collision {
    uint32_t a, b;
    double nx, ny; /* of length 1, from a to b */
    double x, y;   /* metres */
    double impulse;
};

struct lq_collisions {
    const struct lq_world *world; /* as it was at the beginning of the step */
    double speed_min;             /* metres per second */
    uint32_t count, dropped;
    struct lq_tick_event events[LQ_COLLISIONS_PER_TICK_MAX];
};

/* Of a tick whose steps have `dt` seconds and whose thrust does not change any more. */
void lq_collisions_begin(struct lq_collisions *collisions, const struct lq_world *world, double dt);

/* One that approaches; kept if it is worth telling. */
void lq_collisions_add(struct lq_collisions *collisions, const struct lq_collision *collision);

void lq_collisions_emit(const struct lq_collisions *collisions, struct lq_tick *tick);

#endif
