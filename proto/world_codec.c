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
    size_t bytes = 64;

#define LQ_COLUMN(group, name, ...) bytes += world->group##_count * sizeof world->name[0];
#include "world/columns.def"
    return bytes;
}

/* Field numbers of message World, which also index the counts of its columns. */
enum world_field {
    NEXT_BODY_ID = 1,
#define LQ_COLUMN(group, name, type, form, rule, limit, initial, predictor, rate, wire, ...)       \
    FIELD_##name = (wire),
#include "world/columns.def"
};

/* One above the highest: the numbers have no gap. */
enum {
    WORLD_FIELDS = NEXT_BODY_ID + 1
#define LQ_COLUMN(...) +1
#include "world/columns.def"
};

/* The field that says how many rows a group has. */
#define ROWS_OF_body FIELD_body_id
#define ROWS_OF_agent FIELD_agent_body

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

/* Columns as the forms and types of columns.def have them on the wire. Ids are written whole: they
 * say how many rows there are. */
#define PUT_STEPS(number, column, type, rows) lq_wire_out_column32(out, number, column, rows)
#define PUT_WHOLE(number, column, type, rows) lq_wire_out_column32(out, number, column, rows)
#define PUT_BODY_ROWS(number, column, type, rows) put_short32(out, number, column, rows)
#define PUT_BYTES(number, column, type, rows)                                                      \
    lq_wire_out_bytes(out, number, (const uint8_t *)(column), (rows) * sizeof(column)[0])
#define PUT_SHORT(number, column, type, rows) PUT_SHORT_##type(out, number, column, rows)
#define PUT_SHORT_U8 put_short_bytes
#define PUT_SHORT_BEHAVIOR put_short_bytes
#define PUT_SHORT_I32 put_short32
#define PUT_SHORT_F32 put_short32
#define PUT_SHORT_F64 put_short64

/* The fields of message World. */
static void put_world_fields(struct lq_wire_out *out, const struct lq_world *world)
{
    lq_wire_out_fixed32(out, NEXT_BODY_ID, world->next_body_id);
#define LQ_COLUMN(group, name, type, form, rule, limit, initial, predictor, rate, wire, ...)       \
    PUT_##form(wire, world->name, type, (size_t)world->group##_count);
#include "world/columns.def"
}

static const char *const world_field_names[WORLD_FIELDS] = {
    [0] = "unknown field",
    [NEXT_BODY_ID] = "next_body_id",
#define LQ_COLUMN(group, name, type, form, rule, limit, initial, predictor, rate, wire, ...)       \
    [wire] = #name,
#include "world/columns.def"
};

#define TAKE_NUMBERS(column, max) lq_wire_field_column(field, column, sizeof(column)[0], max, count)
#define TAKE_BYTES(column, max)                                                                    \
    lq_wire_field_byte_column(field, (uint8_t *)(column), sizeof(column)[0], max, count)
#define TAKE_U8 TAKE_BYTES
#define TAKE_BEHAVIOR TAKE_BYTES
#define TAKE_CLIENT TAKE_BYTES
#define TAKE_U32 TAKE_NUMBERS
#define TAKE_I32 TAKE_NUMBERS
#define TAKE_F32 TAKE_NUMBERS
#define TAKE_F64 TAKE_NUMBERS

static bool take_world_field(const struct lq_wire_field *field, struct lq_world *world,
                             uint32_t *count)
{
    switch (field->number) {
    case NEXT_BODY_ID:
        return lq_wire_field_fixed32(field, &world->next_body_id);
#define LQ_COLUMN(group, name, type, form, rule, limit, initial, predictor, rate, wire, ...)       \
    case wire:                                                                                     \
        return TAKE_##type(world->name, sizeof world->name / sizeof world->name[0]);
#include "world/columns.def"
    default:
        return false;
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
#define ROW_SHORT(group, name) {FIELD_##name, ROWS_OF_##group, world->name, sizeof world->name[0]},
#define ROW_BODY_ROWS ROW_SHORT
#define ROW_STEPS(group, name)
#define ROW_WHOLE(group, name)
#define ROW_BYTES(group, name)
#define LQ_COLUMN(group, name, type, form, ...) ROW_##form(group, name)
#include "world/columns.def"
    };

    for (size_t index = 0; index < sizeof columns / sizeof columns[0]; index++) {
        if (!fill_column(columns[index].column, counts[columns[index].field],
                         counts[columns[index].rows_of], columns[index].width)) {
            return columns[index].field;
        }
    }
    return counts[FIELD_player_client] == counts[FIELD_player_body] ? 0 : FIELD_player_client;
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
    world->body_count = counts[FIELD_body_id];
    world->agent_count = counts[FIELD_agent_body];
    world->player_count = counts[FIELD_player_body];
    world->tenant_bytes_count = counts[FIELD_tenant_bytes];
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
