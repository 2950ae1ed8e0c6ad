// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "actors/physics/domain/body_commands.h"

#include "actors/physics/domain/motion_v1.h"
#include "world/body_control.h"

#include <inttypes.h>

/* A new body where the command says, or LQ_BODY_NONE and a refusal. */
static uint32_t make_body(struct lq_tick *tick, struct lq_command *command)
{
    const struct lq_session_config *config = &tick->config;
    double diameter = 2.0 * (double)command->radius;
    uint32_t body;

    if (!(command->x >= 0.0 && command->x <= config->width)) {
        lq_command_refuse(command, "x: outside the walls");
        return LQ_BODY_NONE;
    }
    if (!(command->y >= 0.0 && command->y <= config->height)) {
        lq_command_refuse(command, "y: outside the walls");
        return LQ_BODY_NONE;
    }
    if (!(diameter > 0.0 && diameter <= config->width && diameter <= config->height)) {
        lq_command_refuse(command, "radius: does not fit between the walls");
        return LQ_BODY_NONE;
    }
    body = lq_world_add_body(&tick->world, command->body_kind, command->x, command->y,
                             command->radius);
    if (body == LQ_BODY_NONE) {
        lq_command_refuse(command, "world: full, it has %" PRIu32 " bodies",
                          tick->world.body_count);
    }
    return body;
}

static void take_join(struct lq_tick *tick, struct lq_command *command, enum lq_player_rule rule)
{
    struct lq_world *world = &tick->world;
    uint32_t player = lq_world_find_player_by(world, &command->client, rule);
    uint32_t body;
    uint32_t id;

    if (player != LQ_BODY_NONE) {
        lq_command_refuse(command, "client: has joined already, with body %" PRIu32,
                          world->player_body[player]);
        return;
    }
    if (world->player_count == LQ_PLAYERS_MAX) {
        lq_command_refuse(command, "world: full, it has %" PRIu32 " players", world->player_count);
        return;
    }
    body = make_body(tick, command);
    if (body == LQ_BODY_NONE) {
        return;
    }
    id = world->body_id[body];
    enum lq_result added = lq_world_add_player_by(world, &command->client, id, rule);
    LQ_ASSERT(added == LQ_OK);
    lq_tick_emit(tick, "PlayerJoined", id, &command->client);
    command->outcome = LQ_OUTCOME_APPLIED;
}

/* A body goes, and a player whose body it is. */
static void remove_body(struct lq_tick *tick, uint32_t body)
{
    uint32_t id = tick->world.body_id[body];
    uint32_t owner = lq_world_find_owner(&tick->world, id);

    if (owner != LQ_BODY_NONE) {
        lq_tick_emit(tick, "PlayerLeft", id, &tick->world.player_client[owner]);
    }
    lq_world_remove_body(&tick->world, body);
}

static void take_leave(struct lq_tick *tick, struct lq_command *command, enum lq_player_rule rule)
{
    uint32_t player = lq_world_find_player_by(&tick->world, &command->client, rule);

    if (player == LQ_BODY_NONE) {
        lq_command_refuse(command, "client: has not joined");
        return;
    }
    uint32_t body = lq_world_find_body(&tick->world, tick->world.player_body[player]);
    LQ_ASSERT(body != LQ_BODY_NONE);
    remove_body(tick, body);
    command->outcome = LQ_OUTCOME_APPLIED;
}

static void take_spawn(struct lq_tick *tick, struct lq_command *command)
{
    uint32_t body = make_body(tick, command);

    if (body != LQ_BODY_NONE) {
        lq_motion_v1_put_velocity(&tick->world, body, (double)command->vx, (double)command->vy);
        command->outcome = LQ_OUTCOME_APPLIED;
    }
}

static void take_despawn(struct lq_tick *tick, struct lq_command *command, enum lq_player_rule rule)
{
    uint32_t body = lq_body_control_find_by(&tick->world, command, rule);

    if (body != LQ_BODY_NONE) {
        remove_body(tick, body);
        command->outcome = LQ_OUTCOME_APPLIED;
    }
}

static void take_set_thrust(struct lq_tick *tick, struct lq_command *command,
                            enum lq_player_rule rule)
{
    uint32_t body = lq_body_control_find_by(&tick->world, command, rule);

    if (body != LQ_BODY_NONE) {
        lq_motion_v1_put_thrust(&tick->world, body, (double)command->vx, (double)command->vy);
        command->outcome = LQ_OUTCOME_APPLIED;
    }
}

static void take_apply_impulse(struct lq_tick *tick, struct lq_command *command,
                               enum lq_player_rule rule)
{
    struct lq_world *world = &tick->world;
    uint32_t body = lq_body_control_find_by(world, command, rule);

    if (body != LQ_BODY_NONE) {
        double mass = (double)world->radius[body] * (double)world->radius[body];

        lq_motion_v1_put_velocity(world, body, (double)world->vx[body] + (double)command->vx / mass,
                                  (double)world->vy[body] + (double)command->vy / mass);
        command->outcome = LQ_OUTCOME_APPLIED;
    }
}

static void take_command(struct lq_tick *tick, struct lq_command *command, enum lq_player_rule rule)
{
    switch (command->kind) {
    case LQ_COMMAND_JOIN:
        take_join(tick, command, rule);
        break;
    case LQ_COMMAND_LEAVE:
        take_leave(tick, command, rule);
        break;
    case LQ_COMMAND_SPAWN:
        take_spawn(tick, command);
        break;
    case LQ_COMMAND_DESPAWN:
        take_despawn(tick, command, rule);
        break;
    case LQ_COMMAND_SET_THRUST:
        take_set_thrust(tick, command, rule);
        break;
    case LQ_COMMAND_APPLY_IMPULSE:
        take_apply_impulse(tick, command, rule);
        break;
    default:
        break; /* another stage's */
    }
}

void lq_body_commands_take(struct lq_tick *tick, enum lq_player_rule rule)
{
    for (uint32_t index = 0; index < tick->command_count; index++) {
        if (tick->commands[index].outcome == LQ_OUTCOME_PENDING) {
            take_command(tick, &tick->commands[index], rule);
        }
    }
}
