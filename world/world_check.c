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

/* Each above the one before, the first above 0. */
static bool ascends(const uint32_t *ids, uint32_t count)
{
    uint32_t before = 0;

    for (uint32_t index = 0; index < count; index++) {
        if (ids[index] <= before) {
            return false;
        }
        before = ids[index];
    }
    return true;
}

static bool all_known(const uint8_t *column, uint32_t count, uint8_t last)
{
    for (uint32_t index = 0; index < count; index++) {
        if (column[index] < 1 || column[index] > last) {
            return false;
        }
    }
    return true;
}

/* Both columns ascend: one walk over the bodies finds every row's, and strictly. */
static bool all_owners(const struct lq_world *world, const uint32_t *ids, uint32_t count)
{
    uint32_t body = 0;

    for (uint32_t index = 0; index < count; index++) {
        while (body < world->body_count && world->body_id[body] < ids[index]) {
            body++;
        }
        if (body == world->body_count || world->body_id[body] != ids[index]) {
            return false;
        }
        body++;
    }
    return true;
}

static bool all_bodies(const struct lq_world *world, const uint32_t *ids, uint32_t count,
                       bool or_none)
{
    for (uint32_t index = 0; index < count; index++) {
        if ((ids[index] != 0 || !or_none) &&
            lq_world_find_body(world, ids[index]) == LQ_BODY_NONE) {
            return false;
        }
    }
    return true;
}

static bool clients_ordered(const struct lq_client_id *clients, uint32_t count)
{
    for (uint32_t index = 1; index < count; index++) {
        if (memcmp(clients[index - 1].bytes, clients[index].bytes, LQ_CLIENT_ID_BYTES) >= 0) {
            return false;
        }
    }
    return true;
}

/* The rules of columns.def. Those about bodies come behind the bodies' own. */
#define RULE_ANY(column, count, limit) true
#define RULE_ASCENDING(column, count, limit) ascends(column, count)
#define RULE_WITHIN(column, count, limit)                                                          \
    _Generic((column)[0], float : f32_column_valid, double : f64_column_valid)(column, count, limit)
#define RULE_ABOVE_ZERO(column, count, limit) positive_column_valid(column, count, 1, limit)
#define RULE_FROM_ZERO(column, count, limit) positive_column_valid(column, count, 0, limit)
#define RULE_KNOWN(column, count, limit) all_known(column, count, limit)
#define RULE_OWNERS(column, count, limit) all_owners(world, column, count)
#define RULE_BODY(column, count, limit) all_bodies(world, column, count, false)
#define RULE_BODY_OR_NONE(column, count, limit) all_bodies(world, column, count, true)
#define RULE_ORDERED(column, count, limit) clients_ordered(column, count)

/* The first column that breaks its rule, or NULL. */
static const char *fault_of_columns(const struct lq_world *world)
{
#define LQ_COLUMN(group, name, type, form, rule, limit, ...)                                       \
    if (!(RULE_##rule(world->name, world->group##_count, limit))) {                                \
        return #name;                                                                              \
    }
#include "world/columns.def"
    if (world->body_count > 0 && world->next_body_id <= world->body_id[world->body_count - 1]) {
        return "next_body_id";
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
        fault = fault_of_columns(world);
    }
    if (fault != NULL) {
        *where = fault;
        return LQ_ERR_INVALID;
    }
    return LQ_OK;
}
