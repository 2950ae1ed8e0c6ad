// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "proto/world_codec.h"

#include "proto/tick_codec.h"
#include "proto/wire_in.h"
#include "proto/wire_limits.h"

#include "ledgerquest/v1/tick.pb-c.h"

/* Bytes of the columns, which is what a world's length is made of. */
static size_t world_bytes_expected(const struct lq_world *world)
{
    return 49 * (size_t)world->body_count + 13 * (size_t)world->agent_count +
           20 * (size_t)world->player_count + world->tenant_bytes_count + 64;
}

/* The fields of message World. */
static void put_world_fields(struct lq_wire_out *out, const struct lq_world *world)
{
    size_t bodies = world->body_count;
    size_t agents = world->agent_count;
    size_t players = world->player_count;

    lq_wire_out_fixed32(out, 1, world->next_body_id);
    lq_wire_out_column32(out, 2, world->body_id, bodies);
    lq_wire_out_bytes(out, 3, world->body_kind, bodies);
    lq_wire_out_column64(out, 4, world->x, bodies);
    lq_wire_out_column64(out, 5, world->y, bodies);
    lq_wire_out_column32(out, 6, world->angle, bodies);
    lq_wire_out_column32(out, 7, world->vx, bodies);
    lq_wire_out_column32(out, 8, world->vy, bodies);
    lq_wire_out_column32(out, 9, world->spin, bodies);
    lq_wire_out_column32(out, 10, world->radius, bodies);
    lq_wire_out_column32(out, 11, world->thrust_x, bodies);
    lq_wire_out_column32(out, 12, world->thrust_y, bodies);
    lq_wire_out_column32(out, 13, world->agent_body, agents);
    lq_wire_out_bytes(out, 14, world->agent_behavior, agents);
    lq_wire_out_column32(out, 15, world->agent_target, agents);
    lq_wire_out_column32(out, 16, world->agent_strength, agents);
    lq_wire_out_bytes(out, 17, world->player_client, players * LQ_CLIENT_ID_BYTES);
    lq_wire_out_column32(out, 18, world->player_body, players);
    lq_wire_out_bytes(out, 19, world->tenant_bytes, world->tenant_bytes_count);
}

static bool bodies_match(const Ledgerquest__V1__World *message, const char **where)
{
    size_t count = message->n_body_id;

    return lq_wire_in_require(message->body_kind.len == count, "body_kind", where) &&
           lq_wire_in_require(message->n_x == count, "x", where) &&
           lq_wire_in_require(message->n_y == count, "y", where) &&
           lq_wire_in_require(message->n_angle == count, "angle", where) &&
           lq_wire_in_require(message->n_vx == count, "vx", where) &&
           lq_wire_in_require(message->n_vy == count, "vy", where) &&
           lq_wire_in_require(message->n_spin == count, "spin", where) &&
           lq_wire_in_require(message->n_radius == count, "radius", where) &&
           lq_wire_in_require(message->n_thrust_x == count, "thrust_x", where) &&
           lq_wire_in_require(message->n_thrust_y == count, "thrust_y", where);
}

static bool agents_and_players_match(const Ledgerquest__V1__World *message, const char **where)
{
    size_t agents = message->n_agent_body;
    size_t players = message->n_player_body;

    return lq_wire_in_require(message->agent_behavior.len == agents, "agent_behavior", where) &&
           lq_wire_in_require(message->n_agent_target == agents, "agent_target", where) &&
           lq_wire_in_require(message->n_agent_strength == agents, "agent_strength", where) &&
           lq_wire_in_require(message->player_client.len == players * LQ_CLIENT_ID_BYTES,
                              "player_client", where);
}

static bool counts_in_bounds(const Ledgerquest__V1__World *message, const char **where)
{
    return lq_wire_in_require(message->n_body_id <= LQ_BODIES_MAX, "body_id", where) &&
           lq_wire_in_require(message->n_agent_body <= LQ_AGENTS_MAX, "agent_body", where) &&
           lq_wire_in_require(message->n_player_body <= LQ_PLAYERS_MAX, "player_body", where) &&
           lq_wire_in_require(message->tenant_bytes.len <= LQ_TENANT_BYTES_MAX, "tenant_bytes",
                              where);
}

static void copy_bodies(const Ledgerquest__V1__World *message, struct lq_world *world)
{
    size_t count = message->n_body_id;

    world->body_count = (uint32_t)count;
    lq_wire_in_column(world->body_id, message->body_id, count, 4);
    lq_wire_in_column(world->body_kind, message->body_kind.data, count, 1);
    lq_wire_in_column(world->x, message->x, count, 8);
    lq_wire_in_column(world->y, message->y, count, 8);
    lq_wire_in_column(world->angle, message->angle, count, 4);
    lq_wire_in_column(world->vx, message->vx, count, 4);
    lq_wire_in_column(world->vy, message->vy, count, 4);
    lq_wire_in_column(world->spin, message->spin, count, 4);
    lq_wire_in_column(world->radius, message->radius, count, 4);
    lq_wire_in_column(world->thrust_x, message->thrust_x, count, 4);
    lq_wire_in_column(world->thrust_y, message->thrust_y, count, 4);
}

static void copy_agents_and_players(const Ledgerquest__V1__World *message, struct lq_world *world)
{
    size_t agents = message->n_agent_body;
    size_t players = message->n_player_body;

    world->agent_count = (uint32_t)agents;
    lq_wire_in_column(world->agent_body, message->agent_body, agents, 4);
    lq_wire_in_column(world->agent_behavior, message->agent_behavior.data, agents, 1);
    lq_wire_in_column(world->agent_target, message->agent_target, agents, 4);
    lq_wire_in_column(world->agent_strength, message->agent_strength, agents, 4);
    world->player_count = (uint32_t)players;
    lq_wire_in_column(world->player_client, message->player_client.data, players,
                      LQ_CLIENT_ID_BYTES);
    lq_wire_in_column(world->player_body, message->player_body, players, 4);
}

void lq_world_codec_put(struct lq_wire_out *out, uint32_t number, const struct lq_world *world)
{
    size_t bytes_expected = world_bytes_expected(world);
    uint8_t *content = lq_wire_out_begin(out, number, bytes_expected);

    put_world_fields(out, world);
    lq_wire_out_end(out, content, bytes_expected);
}

void lq_world_codec_put_config(struct lq_wire_out *out, uint32_t number,
                               const struct lq_session_config *config)
{
    uint8_t *content = lq_wire_out_begin(out, number, 64);

    lq_wire_out_fixed64(out, 1, config->seed);
    lq_wire_out_uint32(out, 2, config->rate_numerator);
    lq_wire_out_uint32(out, 3, config->rate_denominator);
    lq_wire_out_uint32(out, 4, config->steps_per_command);
    lq_wire_out_double(out, 5, config->width);
    lq_wire_out_double(out, 6, config->height);
    lq_wire_out_float(out, 7, config->restitution);
    lq_wire_out_end(out, content, 64);
}

enum lq_result lq_world_codec_take(const struct Ledgerquest__V1__World *message,
                                   struct lq_world *world, const char **where)
{
    if (!counts_in_bounds(message, where)) {
        return LQ_ERR_LIMIT;
    }
    if (!bodies_match(message, where) || !agents_and_players_match(message, where)) {
        return LQ_ERR_MALFORMED;
    }
    world->next_body_id = message->next_body_id;
    copy_bodies(message, world);
    copy_agents_and_players(message, world);
    world->tenant_bytes_count = (uint32_t)message->tenant_bytes.len;
    lq_wire_in_column(world->tenant_bytes, message->tenant_bytes.data, message->tenant_bytes.len,
                      1);
    return lq_world_check(world, where) == LQ_OK ? LQ_OK : LQ_ERR_MALFORMED;
}

void lq_world_codec_take_config(const struct Ledgerquest__V1__SessionConfig *message,
                                struct lq_session_config *config)
{
    *config = (struct lq_session_config){.seed = message->seed,
                                         .rate_numerator = message->rate_numerator,
                                         .rate_denominator = message->rate_denominator,
                                         .steps_per_command = message->steps_per_command,
                                         .width = message->width,
                                         .height = message->height,
                                         .restitution = message->restitution};
}

enum lq_result lq_world_encode(const struct lq_world *world, uint8_t *to, size_t bytes_max,
                               size_t *written)
{
    struct lq_wire_out out;

    lq_wire_out_open(&out, to, bytes_max);
    put_world_fields(&out, world);
    return lq_wire_out_close(&out, written);
}

enum lq_result lq_world_decode(struct lq_view message, struct lq_arena *arena,
                               struct lq_world *world, const char **where)
{
    ProtobufCMessage *unpacked;
    enum lq_result result =
        lq_wire_unpack(&ledgerquest__v1__world__descriptor, message, arena, &unpacked, where);

    return result != LQ_OK
               ? result
               : lq_world_codec_take((const Ledgerquest__V1__World *)unpacked, world, where);
}
