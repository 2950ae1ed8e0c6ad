// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "actors/ai/domain/ai_step.h"

#include "actors/ai/domain/philox.h"
#include "world/body_control.h"
#include "world/float_mode.h"

#include <inttypes.h>
#include <math.h>

/* The last word of a counter: what the draw is for, and which attempt it is. */
#define STREAM_WANDER 0x10000u
#define WANDER_ATTEMPTS_MAX 8u

struct direction {
    double x, y;
};

static void take_set_behavior(struct lq_tick *tick, struct lq_command *command,
                              enum lq_player_rule rule)
{
    struct lq_world *world = &tick->world;
    uint32_t target = command->target_id;
    uint32_t body = lq_body_control_find_by(world, command, rule);

    if (body == LQ_BODY_NONE) {
        return;
    }
    if (target != 0 && lq_world_find_body(world, target) == LQ_BODY_NONE) {
        lq_command_refuse(command, "target_id: there is no body %" PRIu32, target);
        return;
    }
    if (lq_world_set_agent(world, world->body_id[body], command->behavior, target,
                           command->strength) != LQ_OK) {
        lq_command_refuse(command, "world: full, it has %" PRIu32 " agents", world->agent_count);
        return;
    }
    command->outcome = LQ_OUTCOME_APPLIED;
}

static void take_commands(struct lq_tick *tick, enum lq_player_rule rule)
{
    for (uint32_t index = 0; index < tick->command_count; index++) {
        struct lq_command *command = &tick->commands[index];

        if (command->outcome == LQ_OUTCOME_PENDING && command->kind == LQ_COMMAND_SET_BEHAVIOR) {
            take_set_behavior(tick, command, rule);
        }
    }
}

static struct direction unit_direction(double dx, double dy)
{
    double distance = sqrt(dx * dx + dy * dy);

    if (!(distance > 0.0)) {
        return (struct direction){0.0, 0.0};
    }
    return (struct direction){dx / distance, dy / distance};
}

/* A random direction: a point of the unit disc, drawn from the square around it until it lies in
 * the disc (0.785 a try, 16 tries), brought to length 1. No trigonometry, so the same on every
 * machine. */
static struct direction wander_direction(const struct lq_tick *tick, uint32_t body_id)
{
    uint64_t now = tick->step_count + tick->steps;

    for (uint32_t attempt = 0; attempt < WANDER_ATTEMPTS_MAX; attempt++) {
        struct lq_philox_words counter = {
            {(uint32_t)now, (uint32_t)(now >> 32), body_id, STREAM_WANDER | attempt}};
        struct lq_philox_words drawn = lq_philox_draw(tick->config.seed, counter);

        for (uint32_t pair = 0; pair < 4; pair += 2) {
            double x = (double)(int32_t)drawn.word[pair] * 0x1p-31;
            double y = (double)(int32_t)drawn.word[pair + 1] * 0x1p-31;
            double square = x * x + y * y;

            if (square <= 1.0 && square > 0.0) {
                return unit_direction(x, y);
            }
        }
    }
    return (struct direction){1.0, 0.0};
}

static struct direction target_direction(const struct lq_world *world, uint32_t body,
                                         uint32_t target_id)
{
    uint32_t target = target_id != 0 ? lq_world_find_body(world, target_id) : LQ_BODY_NONE;

    if (target == LQ_BODY_NONE) {
        return (struct direction){0.0, 0.0};
    }
    return unit_direction(world->x[target] - world->x[body], world->y[target] - world->y[body]);
}

static struct direction agent_direction(const struct lq_tick *tick, uint32_t agent, uint32_t body)
{
    const struct lq_world *world = &tick->world;
    struct direction towards;

    switch (world->agent_behavior[agent]) {
    case LQ_BEHAVIOR_SEEK:
        return target_direction(world, body, world->agent_target[agent]);
    case LQ_BEHAVIOR_FLEE:
        towards = target_direction(world, body, world->agent_target[agent]);
        return (struct direction){-towards.x, -towards.y};
    case LQ_BEHAVIOR_WANDER:
        return wander_direction(tick, world->agent_body[agent]);
    default:
        return (struct direction){0.0, 0.0};
    }
}

/* The one place where this stage writes numbers: in range, finite, no negative zero. */
static float thrust_of(double value)
{
    double max = (double)LQ_ACCELERATION_MAX;

    value = isfinite(value) ? value : 0.0;
    value = value > max ? max : value;
    value = value < -max ? -max : value;
    return (float)value + 0.0f;
}

static __attribute__((noinline)) void steer_agents(struct lq_tick *tick)
{
    struct lq_world *world = &tick->world;
    uint32_t body = 0;

    for (uint32_t agent = 0; agent < world->agent_count; agent++) {
        double strength = (double)world->agent_strength[agent];
        struct direction direction;

        /* Both columns ascend, and an agent's body is always there. */
        while (body < world->body_count && world->body_id[body] < world->agent_body[agent]) {
            body++;
        }
        LQ_ASSERT(body < world->body_count);
        direction = agent_direction(tick, agent, body);
        world->thrust_x[body] = thrust_of(direction.x * strength);
        world->thrust_y[body] = thrust_of(direction.y * strength);
    }
}

void lq_ai_step(struct lq_tick *tick, enum lq_player_rule rule)
{
    uint64_t mode = lq_float_mode_enter();

    take_commands(tick, rule);
    if (tick->steps > 0) {
        steer_agents(tick);
    }
    lq_float_mode_leave(mode);
}
