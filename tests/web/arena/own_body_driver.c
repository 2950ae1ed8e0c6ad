// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* Physics version 1 of a body that is alone, driven by lines: x y vx vy radius thrust_x thrust_y
 * width height restitution seconds steps. Each is answered with x y vx vy after the steps.
 * own_body.test.mjs asks web/arena/own_body.js the same. */
#include "actors/physics/domain/motion_v1.h"

#include <stdio.h>

static struct lq_world world;
static struct lq_motion_v1 motion;

int main(void)
{
    double x, y, width, height, restitution, seconds;
    float vx, vy, radius, thrust_x, thrust_y;
    int steps;

    world.body_count = 1;
    while (scanf("%lf %lf %f %f %f %f %f %lf %lf %lf %lf %d", &x, &y, &vx, &vy, &radius, &thrust_x,
                 &thrust_y, &width, &height, &restitution, &seconds, &steps) == 12) {
        world.x[0] = x;
        world.y[0] = y;
        world.vx[0] = vx;
        world.vy[0] = vy;
        world.radius[0] = radius;
        world.thrust_x[0] = thrust_x;
        world.thrust_y[0] = thrust_y;
        for (int step = 0; step < steps; step++) {
            lq_motion_v1_integrate(&motion, &world, seconds);
            lq_motion_v1_bounce(&motion, width, height, restitution);
            lq_motion_v1_bounce(&motion, width, height, restitution);
            lq_motion_v1_store(&motion, &world, seconds);
        }
        printf("%.17g %.17g %.17g %.17g\n", world.x[0], world.y[0], (double)world.vx[0],
               (double)world.vy[0]);
    }
    return 0;
}
