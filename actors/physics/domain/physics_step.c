// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "actors/physics/domain/physics_step.h"

#include "actors/physics/domain/body_commands.h"
#include "actors/physics/domain/contact_v1.h"
#include "actors/physics/domain/motion_v1.h"
#include "world/float_mode.h"

/* Up to this many bodies, looking at every pair costs less than sorting. Both find the same pairs.
 */
#define ALL_PAIRS_BODIES_MAX 64u

static void advance_step(struct lq_tick *tick, double dt, struct lq_collisions *collisions)
{
    const struct lq_session_config *config = &tick->config;
    double restitution = (double)config->restitution;
    struct lq_motion_v1 motion;
    enum lq_contact_v1_search search = tick->world.body_count <= ALL_PAIRS_BODIES_MAX
                                           ? LQ_CONTACT_V1_ALL_PAIRS
                                           : LQ_CONTACT_V1_SWEEP;

    lq_motion_v1_integrate(&motion, &tick->world, dt);
    lq_motion_v1_bounce(&motion, config->width, config->height, restitution);
    lq_contact_v1_resolve(&motion, restitution, search, collisions);
    lq_motion_v1_bounce(&motion, config->width, config->height, restitution);
    lq_motion_v1_store(&motion, &tick->world, dt);
}

/* Not inlined: between the two changes of the float mode it must stay a call. */
static __attribute__((noinline)) void step_strictly(struct lq_tick *tick, enum lq_player_rule rule)
{
    double dt = lq_tick_step_seconds(tick);
    uint32_t steps = tick->steps < LQ_STEPS_PER_TICK_MAX ? tick->steps : LQ_STEPS_PER_TICK_MAX;
    struct lq_collisions collisions;

    LQ_ASSERT(tick->world.body_count <= LQ_BODIES_MAX);
    lq_body_commands_take(tick, rule);
    lq_collisions_begin(&collisions, &tick->world, dt);
    for (uint32_t step = 0; step < steps; step++) {
        advance_step(tick, dt, &collisions);
    }
    lq_collisions_emit(&collisions, tick);
}

void lq_physics_step(struct lq_tick *tick, enum lq_player_rule rule)
{
    uint64_t mode = lq_float_mode_enter();

    step_strictly(tick, rule);
    lq_float_mode_leave(mode);
}
