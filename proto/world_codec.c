// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "proto/world_codec.h"

#include "proto/tick_codec.h"
#include "proto/wire_cursor.h"
#include "proto/wire_in.h"
#include "world/column.h"

/* Bytes of the columns, which is what a world's length is made of. */
static size_t world_bytes_expected(const struct lq_world *world)
{
    return 49 * (size_t)world->body_count + 13 * (size_t)world->agent_count +
           20 * (size_t)world->player_count + world->tenant_bytes_count + 64;
}

static void put_short_bytes(struct lq_wire_out *out, uint32_t number, const uint8_t *column,
                            size_t rows)
{
    lq_wire_out_bytes(out, number, column, lq_column_shorten(column, rows, 1));
}

static void put_short32(struct lq_wire_out *out, uint32_t number, const void *column, size_t rows)
{
    lq_wire_out_column32(out, number, column, lq_column_shorten(column, rows, 4));
}

static void put_short64(struct lq_wire_out *out, uint32_t number, const void *column, size_t rows)
{
    lq_wire_out_column64(out, number, column, lq_column_shorten(column, rows, 8));
}

/* The fields of message World. Ids are written whole: they say how many rows there are. */
static void put_world_fields(struct lq_wire_out *out, const struct lq_world *world)
{
    size_t bodies = world->body_count;
    size_t agents = world->agent_count;
    size_t players = world->player_count;

    lq_wire_out_fixed32(out, 1, world->next_body_id);
    lq_wire_out_column32(out, 2, world->body_id, bodies);
    put_short_bytes(out, 3, world->body_kind, bodies);
    put_short64(out, 4, world->x, bodies);
    put_short64(out, 5, world->y, bodies);
    put_short32(out, 6, world->angle, bodies);
    put_short32(out, 7, world->vx, bodies);
    put_short32(out, 8, world->vy, bodies);
    put_short32(out, 9, world->spin, bodies);
    put_short32(out, 10, world->radius, bodies);
    put_short32(out, 11, world->thrust_x, bodies);
    put_short32(out, 12, world->thrust_y, bodies);
    lq_wire_out_column32(out, 13, world->agent_body, agents);
    put_short_bytes(out, 14, world->agent_behavior, agents);
    put_short32(out, 15, world->agent_target, agents);
    put_short32(out, 16, world->agent_strength, agents);
    lq_wire_out_bytes(out, 17, world->player_client, players * LQ_CLIENT_ID_BYTES);
    lq_wire_out_column32(out, 18, world->player_body, players);
    lq_wire_out_bytes(out, 19, world->tenant_bytes, world->tenant_bytes_count);
}

/* Field numbers of message World, which also index the counts of its columns. */
enum world_field {
    NEXT_BODY_ID = 1,
    BODY_ID,
    BODY_KIND,
    X,
    Y,
    ANGLE,
    VX,
    VY,
    SPIN,
    RADIUS,
    THRUST_X,
    THRUST_Y,
    AGENT_BODY,
    AGENT_BEHAVIOR,
    AGENT_TARGET,
    AGENT_STRENGTH,
    PLAYER_CLIENT,
    PLAYER_BODY,
    TENANT_BYTES,
    WORLD_FIELDS
};

static const char *const world_field_names[WORLD_FIELDS] = {
    [0] = "unknown field",
    [NEXT_BODY_ID] = "next_body_id",
    [BODY_ID] = "body_id",
    [BODY_KIND] = "body_kind",
    [X] = "x",
    [Y] = "y",
    [ANGLE] = "angle",
    [VX] = "vx",
    [VY] = "vy",
    [SPIN] = "spin",
    [RADIUS] = "radius",
    [THRUST_X] = "thrust_x",
    [THRUST_Y] = "thrust_y",
    [AGENT_BODY] = "agent_body",
    [AGENT_BEHAVIOR] = "agent_behavior",
    [AGENT_TARGET] = "agent_target",
    [AGENT_STRENGTH] = "agent_strength",
    [PLAYER_CLIENT] = "player_client",
    [PLAYER_BODY] = "player_body",
    [TENANT_BYTES] = "tenant_bytes",
};

/* A column with an entry a body. */
static bool take_body_column(const struct lq_wire_field *field, struct lq_world *world,
                             uint32_t *count)
{
    switch (field->number) {
    case BODY_ID:
        return lq_wire_field_column(field, world->body_id, 4, LQ_BODIES_MAX, count);
    case BODY_KIND:
        return lq_wire_field_byte_column(field, world->body_kind, 1, LQ_BODIES_MAX, count);
    case X:
        return lq_wire_field_column(field, world->x, 8, LQ_BODIES_MAX, count);
    case Y:
        return lq_wire_field_column(field, world->y, 8, LQ_BODIES_MAX, count);
    case ANGLE:
        return lq_wire_field_column(field, world->angle, 4, LQ_BODIES_MAX, count);
    case VX:
        return lq_wire_field_column(field, world->vx, 4, LQ_BODIES_MAX, count);
    case VY:
        return lq_wire_field_column(field, world->vy, 4, LQ_BODIES_MAX, count);
    case SPIN:
        return lq_wire_field_column(field, world->spin, 4, LQ_BODIES_MAX, count);
    case RADIUS:
        return lq_wire_field_column(field, world->radius, 4, LQ_BODIES_MAX, count);
    case THRUST_X:
        return lq_wire_field_column(field, world->thrust_x, 4, LQ_BODIES_MAX, count);
    default:
        return lq_wire_field_column(field, world->thrust_y, 4, LQ_BODIES_MAX, count);
    }
}

static bool take_world_field(const struct lq_wire_field *field, struct lq_world *world,
                             uint32_t *count)
{
    switch (field->number) {
    case NEXT_BODY_ID:
        return lq_wire_field_fixed32(field, &world->next_body_id);
    case AGENT_BODY:
        return lq_wire_field_column(field, world->agent_body, 4, LQ_AGENTS_MAX, count);
    case AGENT_BEHAVIOR:
        return lq_wire_field_byte_column(field, world->agent_behavior, 1, LQ_AGENTS_MAX, count);
    case AGENT_TARGET:
        return lq_wire_field_column(field, world->agent_target, 4, LQ_AGENTS_MAX, count);
    case AGENT_STRENGTH:
        return lq_wire_field_column(field, world->agent_strength, 4, LQ_AGENTS_MAX, count);
    case PLAYER_CLIENT:
        return lq_wire_field_byte_column(field, world->player_client, LQ_CLIENT_ID_BYTES,
                                         LQ_PLAYERS_MAX, count);
    case PLAYER_BODY:
        return lq_wire_field_column(field, world->player_body, 4, LQ_PLAYERS_MAX, count);
    case TENANT_BYTES:
        return lq_wire_field_byte_column(field, world->tenant_bytes, 1, LQ_TENANT_BYTES_MAX, count);
    default:
        return take_body_column(field, world, count);
    }
}

/* A column may end with the entry that stands for all rows after it. */
static bool fill_column(void *column, uint32_t written, uint32_t rows, size_t width)
{
    if (written > rows || (written == 0 && rows > 0)) {
        return false;
    }
    if (written < rows) {
        lq_column_fill(column, written, rows, width);
    }
    return true;
}

/* Every column of a group gets as many entries as its first one; the field of one that cannot, or
 * 0. */
static uint32_t fill_columns(struct lq_world *world, const uint32_t *counts)
{
    const struct {
        enum world_field field, rows_of;
        void *column;
        size_t width;
    } columns[] = {
        {BODY_KIND, BODY_ID, world->body_kind, 1},
        {X, BODY_ID, world->x, 8},
        {Y, BODY_ID, world->y, 8},
        {ANGLE, BODY_ID, world->angle, 4},
        {VX, BODY_ID, world->vx, 4},
        {VY, BODY_ID, world->vy, 4},
        {SPIN, BODY_ID, world->spin, 4},
        {RADIUS, BODY_ID, world->radius, 4},
        {THRUST_X, BODY_ID, world->thrust_x, 4},
        {THRUST_Y, BODY_ID, world->thrust_y, 4},
        {AGENT_BEHAVIOR, AGENT_BODY, world->agent_behavior, 1},
        {AGENT_TARGET, AGENT_BODY, world->agent_target, 4},
        {AGENT_STRENGTH, AGENT_BODY, world->agent_strength, 4},
    };

    for (size_t index = 0; index < sizeof columns / sizeof columns[0]; index++) {
        if (!fill_column(columns[index].column, counts[columns[index].field],
                         counts[columns[index].rows_of], columns[index].width)) {
            return columns[index].field;
        }
    }
    return counts[PLAYER_CLIENT] == counts[PLAYER_BODY] ? 0 : PLAYER_CLIENT;
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
    lq_wire_out_uint32(out, 8, config->attended);
    lq_wire_out_end(out, content, 64);
}

enum lq_result lq_world_codec_take(struct lq_view message, struct lq_world *world,
                                   const char **where)
{
    struct lq_wire_cursor cursor = lq_wire_cursor_open(message);
    struct lq_wire_field field;
    uint32_t counts[WORLD_FIELDS] = {0};

    world->next_body_id = 0;
    while (lq_wire_cursor_next(&cursor, &field)) {
        uint32_t number = field.number < WORLD_FIELDS ? field.number : 0;
        if (number == 0 || !take_world_field(&field, world, &counts[number])) {
            *where = world_field_names[number];
            return LQ_ERR_MALFORMED;
        }
    }
    if (!lq_wire_in_require(!cursor.broken, "world", where)) {
        return LQ_ERR_MALFORMED;
    }
    uint32_t fault = fill_columns(world, counts);
    if (fault != 0) {
        *where = world_field_names[fault];
        return LQ_ERR_MALFORMED;
    }
    world->body_count = counts[BODY_ID];
    world->agent_count = counts[AGENT_BODY];
    world->player_count = counts[PLAYER_BODY];
    world->tenant_bytes_count = counts[TENANT_BYTES];
    return lq_world_check(world, where) == LQ_OK ? LQ_OK : LQ_ERR_MALFORMED;
}

static bool take_config_field(const struct lq_wire_field *field, struct lq_session_config *config)
{
    switch (field->number) {
    case 1:
        return lq_wire_field_fixed64(field, &config->seed);
    case 2:
        return lq_wire_field_uint32(field, &config->rate_numerator);
    case 3:
        return lq_wire_field_uint32(field, &config->rate_denominator);
    case 4:
        return lq_wire_field_uint32(field, &config->steps_per_command);
    case 5:
        return lq_wire_field_double(field, &config->width);
    case 6:
        return lq_wire_field_double(field, &config->height);
    case 7:
        return lq_wire_field_float(field, &config->restitution);
    case 8:
        return lq_wire_field_bool(field, &config->attended);
    default:
        return false;
    }
}

enum lq_result lq_world_codec_take_config(struct lq_view message, struct lq_session_config *config,
                                          const char **where)
{
    struct lq_wire_cursor cursor = lq_wire_cursor_open(message);
    struct lq_wire_field field;
    bool taken = true;

    *config = (struct lq_session_config){0};
    while (taken && lq_wire_cursor_next(&cursor, &field)) {
        taken = take_config_field(&field, config);
    }
    return lq_wire_in_require(taken && !cursor.broken, "config", where) ? LQ_OK : LQ_ERR_MALFORMED;
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
    (void)arena; /* nothing of a world is borrowed */
    return lq_world_codec_take(message, world, where);
}
