// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "world/world.h"

#include <string.h>

/* Numbers are compared by their bits: without the sign bit, the order of IEEE numbers is the order
 * of their bit patterns, and NaN and infinity lie above every limit. The loops have no branches. */
static bool f32_column_valid(const float *column, uint32_t count, float max)
{
    uint32_t max_bits;
    uint32_t bad = 0;

    memcpy(&max_bits, &max, sizeof max_bits);
    for (uint32_t index = 0; index < count; index++) {
        uint32_t bits;

        memcpy(&bits, &column[index], sizeof bits);
        bad |= (uint32_t)((bits & 0x7fffffffu) > max_bits) | (uint32_t)(bits == 0x80000000u);
    }
    return bad == 0;
}

static bool f64_column_valid(const double *column, uint32_t count, double max)
{
    uint64_t max_bits;
    uint64_t bad = 0;

    memcpy(&max_bits, &max, sizeof max_bits);
    for (uint32_t index = 0; index < count; index++) {
        uint64_t bits;

        memcpy(&bits, &column[index], sizeof bits);
        bad |= (uint64_t)((bits & UINT64_C(0x7fffffffffffffff)) > max_bits) |
               (uint64_t)(bits == UINT64_C(0x8000000000000000));
    }
    return bad == 0;
}

/* `lowest` is the lowest bit pattern allowed: 0 for zero and above, 1 for above zero. A set sign
 * bit is above every limit. */
static bool positive_column_valid(const float *column, uint32_t count, uint32_t lowest, float max)
{
    uint32_t max_bits;
    uint32_t bad = 0;

    memcpy(&max_bits, &max, sizeof max_bits);
    for (uint32_t index = 0; index < count; index++) {
        uint32_t bits;

        memcpy(&bits, &column[index], sizeof bits);
        bad |= (uint32_t)(bits < lowest) | (uint32_t)(bits > max_bits);
    }
    return bad == 0;
}

static const char *fault_of_bodies(const struct lq_world *world)
{
    uint32_t count = world->body_count;
    uint32_t previous = 0;

    for (uint32_t index = 0; index < count; index++) {
        if (world->body_id[index] <= previous) {
            return "body_id";
        }
        previous = world->body_id[index];
    }
    if (world->next_body_id <= previous) {
        return "next_body_id";
    }
    if (!f64_column_valid(world->x, count, LQ_POSITION_MAX)) {
        return "x";
    }
    if (!f64_column_valid(world->y, count, LQ_POSITION_MAX)) {
        return "y";
    }
    if (!f32_column_valid(world->vx, count, LQ_SPEED_MAX)) {
        return "vx";
    }
    if (!f32_column_valid(world->vy, count, LQ_SPEED_MAX)) {
        return "vy";
    }
    if (!f32_column_valid(world->spin, count, LQ_SPIN_MAX)) {
        return "spin";
    }
    if (!positive_column_valid(world->radius, count, 1, LQ_RADIUS_MAX)) {
        return "radius";
    }
    if (!f32_column_valid(world->thrust_x, count, LQ_ACCELERATION_MAX)) {
        return "thrust_x";
    }
    if (!f32_column_valid(world->thrust_y, count, LQ_ACCELERATION_MAX)) {
        return "thrust_y";
    }
    return NULL;
}

static const char *fault_of_agents(const struct lq_world *world)
{
    uint32_t body = 0;

    for (uint32_t index = 0; index < world->agent_count; index++) {
        uint32_t target = world->agent_target[index];
        uint8_t behavior = world->agent_behavior[index];

        /* Both columns ascend: one walk over the bodies finds every agent's, and strictly. */
        while (body < world->body_count && world->body_id[body] < world->agent_body[index]) {
            body++;
        }
        if (body == world->body_count || world->body_id[body] != world->agent_body[index]) {
            return "agent_body";
        }
        body++;
        if (behavior < LQ_BEHAVIOR_IDLE || behavior > LQ_BEHAVIOR_LAST) {
            return "agent_behavior";
        }
        if (target != 0 && lq_world_find_body(world, target) == LQ_BODY_NONE) {
            return "agent_target";
        }
    }
    if (!positive_column_valid(world->agent_strength, world->agent_count, 0, LQ_ACCELERATION_MAX)) {
        return "agent_strength";
    }
    return NULL;
}

static const char *fault_of_players(const struct lq_world *world)
{
    for (uint32_t index = 0; index < world->player_count; index++) {
        if (index > 0 && memcmp(world->player_client[index - 1].bytes,
                                world->player_client[index].bytes, LQ_CLIENT_ID_BYTES) >= 0) {
            return "player_client";
        }
        if (lq_world_find_body(world, world->player_body[index]) == LQ_BODY_NONE) {
            return "player_body";
        }
    }
    return NULL;
}

static const char *fault_of_counts(const struct lq_world *world)
{
    if (world->next_body_id == 0) {
        return "next_body_id";
    }
    if (world->body_count > LQ_BODIES_MAX) {
        return "body_count";
    }
    if (world->agent_count > LQ_AGENTS_MAX) {
        return "agent_count";
    }
    if (world->player_count > LQ_PLAYERS_MAX) {
        return "player_count";
    }
    if (world->tenant_bytes_count > LQ_TENANT_BYTES_MAX) {
        return "tenant_bytes";
    }
    return NULL;
}

enum lq_result lq_world_check(const struct lq_world *world, const char **where)
{
    const char *fault = fault_of_counts(world);

    if (fault == NULL) {
        fault = fault_of_bodies(world);
    }
    if (fault == NULL) {
        fault = fault_of_agents(world);
    }
    if (fault == NULL) {
        fault = fault_of_players(world);
    }
    if (fault != NULL) {
        *where = fault;
        return LQ_ERR_INVALID;
    }
    return LQ_OK;
}
