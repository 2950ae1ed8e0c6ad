// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "examples/arena/arena_world.h"

/* A body has a cell of 5 by 5 metres; it is at most 0.8 m large and at most 1.5 m off its middle.
 */
static const double CELL_METRES = 5.0;
static const double SHAKE_METRES = 1.5;

/* splitmix64 */
static uint64_t draw(uint64_t *state)
{
    uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);

    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

/* Uniform in [least, most), on a grid of 2^-24 of the range. */
static double draw_between(uint64_t *state, double least, double most)
{
    return least + (most - least) * ((double)(draw(state) >> 40) / 16777216.0);
}

static uint32_t cells_a_side(uint32_t body_count)
{
    uint32_t side = 4;

    while (side * side < body_count) {
        side++;
    }
    return side;
}

void lq_arena_world_config(const struct lq_arena_plan *plan, uint32_t index,
                           struct lq_session_config *config)
{
    double side = cells_a_side(plan->body_count) * CELL_METRES;

    *config = (struct lq_session_config){
        .seed = plan->seed + index,
        .rate_numerator = plan->rate_numerator,
        .rate_denominator = plan->rate_denominator,
        .steps_per_command = 1,
        .width = side,
        .height = side,
        .restitution = 0.9F,
    };
}

static enum lq_result add_bodies(uint32_t count, uint64_t *state, struct lq_world *world)
{
    uint32_t side = cells_a_side(count);

    for (uint32_t index = 0; index < count; index++) {
        double x = (index % side + 0.5) * CELL_METRES;
        double y = (index / side + 0.5) * CELL_METRES;
        x += draw_between(state, -SHAKE_METRES, SHAKE_METRES);
        y += draw_between(state, -SHAKE_METRES, SHAKE_METRES);
        float radius = (float)draw_between(state, 0.3, 0.8);
        uint32_t body = lq_world_add_body(world, (uint8_t)(index % 4), x, y, radius);
        if (body == LQ_BODY_NONE) {
            return LQ_ERR_LIMIT;
        }
        world->vx[body] = (float)draw_between(state, -2.0, 2.0);
        world->vy[body] = (float)draw_between(state, -2.0, 2.0);
    }
    return LQ_OK;
}

/* The first bodies get agents: every third one hunts, flees or wanders, after and from bodies near
 * in number, so that chases begin at once. */
static enum lq_result add_agents(uint32_t count, uint32_t body_count, uint64_t *state,
                                 struct lq_world *world)
{
    static const uint8_t behaviors[] = {LQ_BEHAVIOR_SEEK, LQ_BEHAVIOR_FLEE, LQ_BEHAVIOR_WANDER};

    for (uint32_t index = 0; index < count; index++) {
        uint8_t behavior = behaviors[index % 3];
        uint32_t target = behavior == LQ_BEHAVIOR_WANDER || body_count < 2
                              ? 0
                              : world->body_id[(index + 1) % body_count];
        enum lq_result rc = lq_world_set_agent(world, world->body_id[index], behavior, target,
                                               (float)draw_between(state, 0.5, 3.0));
        if (rc != LQ_OK) {
            return LQ_ERR_LIMIT;
        }
    }
    return LQ_OK;
}

enum lq_result lq_arena_world_make(const struct lq_arena_plan *plan,
                                   const struct lq_session_config *config, struct lq_world *world)
{
    uint64_t state = config->seed;

    if (plan->body_count > LQ_BODIES_MAX || plan->agent_count > plan->body_count) {
        return LQ_ERR_LIMIT;
    }
    lq_world_clear(world);
    enum lq_result rc = add_bodies(plan->body_count, &state, world);
    return rc == LQ_OK ? add_agents(plan->agent_count, plan->body_count, &state, world) : rc;
}
