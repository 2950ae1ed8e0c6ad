// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "world/world.h"

#include <string.h>

void lq_world_clear(struct lq_world *world)
{
    world->next_body_id = 1;
    world->body_count = 0;
    world->agent_count = 0;
    world->player_count = 0;
    world->tenant_bytes_count = 0;
}

void lq_world_copy(struct lq_world *to, const struct lq_world *from)
{
    uint32_t body_rows = from->body_count;
    uint32_t agent_rows = from->agent_count;
    uint32_t player_rows = from->player_count;
    uint32_t tenant_bytes_rows = from->tenant_bytes_count;

    LQ_ASSERT(body_rows <= LQ_BODIES_MAX);
    LQ_ASSERT(agent_rows <= LQ_AGENTS_MAX);
    LQ_ASSERT(player_rows <= LQ_PLAYERS_MAX);
    LQ_ASSERT(tenant_bytes_rows <= LQ_TENANT_BYTES_MAX);
    to->next_body_id = from->next_body_id;
    to->body_count = body_rows;
    to->agent_count = agent_rows;
    to->player_count = player_rows;
    to->tenant_bytes_count = tenant_bytes_rows;
#define LQ_COLUMN(group, name, ...) memcpy(to->name, from->name, group##_rows * sizeof to->name[0]);
#include "world/columns.def"
}

/* The first index whose entry is not below `id`. */
static uint32_t lower_bound(const uint32_t *column, uint32_t count, uint32_t id)
{
    uint32_t low = 0;
    uint32_t high = count;

    while (low < high) {
        uint32_t middle = low + (high - low) / 2;

        if (column[middle] < id) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

uint32_t lq_world_find_body(const struct lq_world *world, uint32_t id)
{
    uint32_t index = lower_bound(world->body_id, world->body_count, id);

    return index < world->body_count && world->body_id[index] == id ? index : LQ_BODY_NONE;
}

uint32_t lq_world_find_agent(const struct lq_world *world, uint32_t body_id)
{
    uint32_t index = lower_bound(world->agent_body, world->agent_count, body_id);

    return index < world->agent_count && world->agent_body[index] == body_id ? index : LQ_BODY_NONE;
}

uint32_t lq_world_find_player_by(const struct lq_world *world, const struct lq_client_id *client,
                                 enum lq_player_rule rule)
{
    for (uint32_t index = 0; index < world->player_count; index++) {
        if (lq_client_id_same_by(&world->player_client[index], client, rule)) {
            return index;
        }
    }
    return LQ_BODY_NONE;
}

uint32_t lq_world_find_player(const struct lq_world *world, const struct lq_client_id *client)
{
    return lq_world_find_player_by(world, client, LQ_PLAYER_FIRST_HALF);
}

uint32_t lq_world_find_owner(const struct lq_world *world, uint32_t body_id)
{
    for (uint32_t index = 0; index < world->player_count; index++) {
        if (world->player_body[index] == body_id) {
            return index;
        }
    }
    return LQ_BODY_NONE;
}

uint32_t lq_world_add_body(struct lq_world *world, uint8_t kind, double x, double y, float radius)
{
    uint32_t index = world->body_count;

    LQ_ASSERT(index <= LQ_BODIES_MAX);
    LQ_ASSERT(world->next_body_id > 0);
    /* The last id stays unused, so that the next one is always a number greater than all. */
    if (index == LQ_BODIES_MAX || world->next_body_id == UINT32_MAX) {
        return LQ_BODY_NONE;
    }
#define LQ_BODY_COLUMN(name, type, form, rule, limit, initial, ...) world->name[index] = initial;
#include "world/columns.def"
    world->body_id[index] = world->next_body_id++;
    world->body_kind[index] = kind;
    world->x[index] = x + 0.0; /* no negative zero */
    world->y[index] = y + 0.0;
    world->radius[index] = radius;
    world->body_count = index + 1;
    return index;
}

#define OPEN_ENTRY(column, index, behind)                                                          \
    memmove(&(column)[(index) + 1], &(column)[index], (behind) * sizeof(column)[0])

enum lq_result lq_world_add_player_by(struct lq_world *world, const struct lq_client_id *client,
                                      uint32_t body_id, enum lq_player_rule rule)
{
    uint32_t at = 0;
    uint32_t behind;

    LQ_ASSERT(world->player_count <= LQ_PLAYERS_MAX);
    if (lq_world_find_body(world, body_id) == LQ_BODY_NONE) {
        return LQ_ERR_NOT_FOUND;
    }
    if (lq_world_find_player_by(world, client, rule) != LQ_BODY_NONE) {
        return LQ_ERR_EXISTS;
    }
    if (world->player_count == LQ_PLAYERS_MAX) {
        return LQ_ERR_FULL;
    }
    while (at < world->player_count &&
           memcmp(world->player_client[at].bytes, client->bytes, LQ_CLIENT_ID_BYTES) < 0) {
        at++;
    }
    behind = world->player_count - at;
#define LQ_PLAYER_COLUMN(name, ...) OPEN_ENTRY(world->name, at, behind);
#include "world/columns.def"
    world->player_client[at] = *client;
    world->player_body[at] = body_id;
    world->player_count++;
    return LQ_OK;
}

enum lq_result lq_world_add_player(struct lq_world *world, const struct lq_client_id *client,
                                   uint32_t body_id)
{
    return lq_world_add_player_by(world, client, body_id, LQ_PLAYER_FIRST_HALF);
}

#define DROP_ENTRY(column, index, count)                                                           \
    memmove(&(column)[index], &(column)[(index) + 1], ((count) - (index)-1) * sizeof(column)[0])

static void drop_agent(struct lq_world *world, uint32_t index)
{
    uint32_t count = world->agent_count;

#define LQ_AGENT_COLUMN(name, ...) DROP_ENTRY(world->name, index, count);
#include "world/columns.def"
    world->agent_count = count - 1;
}

static void drop_player(struct lq_world *world, uint32_t index)
{
    uint32_t count = world->player_count;

#define LQ_PLAYER_COLUMN(name, ...) DROP_ENTRY(world->name, index, count);
#include "world/columns.def"
    world->player_count = count - 1;
}

static void drop_body(struct lq_world *world, uint32_t index)
{
    uint32_t count = world->body_count;

#define LQ_BODY_COLUMN(name, ...) DROP_ENTRY(world->name, index, count);
#include "world/columns.def"
    world->body_count = count - 1;
}

void lq_world_remove_body(struct lq_world *world, uint32_t index)
{
    uint32_t id;
    uint32_t agent;

    LQ_ASSERT(index < world->body_count);
    id = world->body_id[index];
    agent = lq_world_find_agent(world, id);
    if (agent != LQ_BODY_NONE) {
        drop_agent(world, agent);
    }
    for (uint32_t at = 0; at < world->agent_count; at++) {
        if (world->agent_target[at] == id) {
            world->agent_target[at] = 0;
        }
    }
    for (uint32_t at = world->player_count; at-- > 0;) {
        if (world->player_body[at] == id) {
            drop_player(world, at);
        }
    }
    drop_body(world, index);
}

enum lq_result lq_world_set_agent(struct lq_world *world, uint32_t body_id, uint8_t behavior,
                                  uint32_t target, float strength)
{
    uint32_t count = world->agent_count;
    uint32_t at = lower_bound(world->agent_body, count, body_id);

    LQ_ASSERT(behavior >= LQ_BEHAVIOR_IDLE);
    LQ_ASSERT(behavior <= LQ_BEHAVIOR_LAST);
    if (lq_world_find_body(world, body_id) == LQ_BODY_NONE) {
        return LQ_ERR_NOT_FOUND;
    }
    if (at == count || world->agent_body[at] != body_id) {
        uint32_t behind = count - at;

        if (count == LQ_AGENTS_MAX) {
            return LQ_ERR_FULL;
        }
#define LQ_AGENT_COLUMN(name, ...) OPEN_ENTRY(world->name, at, behind);
#include "world/columns.def"
        world->agent_body[at] = body_id;
        world->agent_count = count + 1;
    }
    world->agent_behavior[at] = behavior;
    world->agent_target[at] = target;
    world->agent_strength[at] = strength + 0.0f; /* no negative zero */
    return LQ_OK;
}
