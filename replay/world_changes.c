// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "replay/world_changes.h"

#include <stddef.h>
#include <string.h>

enum width { U8 = 1, U32, I32, F32, F64 };

/* A column of struct lq_world that has a field of each row. */
struct column {
    const char *name;
    size_t offset;
    enum width width;
    enum lq_field_type type;
};

/* Of world/columns.def: all but the keys, by which rows are matched. */
#define AS_U8 U8, LQ_FIELD_INTEGER
#define AS_U32 U32, LQ_FIELD_INTEGER
#define AS_I32 I32, LQ_FIELD_INTEGER
#define AS_F32 F32, LQ_FIELD_NUMBER
#define AS_F64 F64, LQ_FIELD_NUMBER
#define AS_BEHAVIOR U8, LQ_FIELD_BEHAVIOR
#define ROW_KEY(...)
#define ROW_MOVES(member, json, ...) {json, offsetof(struct lq_world, member), __VA_ARGS__},
#define ROW_STAYS ROW_MOVES
#define COLUMN(name, TYPE, FORM, RULE, limit, initial, PREDICTOR, rate, wire, VIEW, json, text)    \
    ROW_##VIEW(name, json, AS_##TYPE)

static const struct column body_columns[] = {
#define LQ_BODY_COLUMN COLUMN
#include "world/columns.def"
};

static const struct column agent_columns[] = {
#define LQ_AGENT_COLUMN COLUMN
#include "world/columns.def"
};

static const struct column player_columns[] = {
#define LQ_PLAYER_COLUMN COLUMN
#include "world/columns.def"
};

/* Telling, until whoever hears has heard enough. */
struct telling {
    const struct lq_world *before, *after;
    lq_world_changes_fn each;
    void *context;
    uint32_t count;
    bool over;
};

/* A kind of rows: how many there are, and in which order they stand. */
struct rows {
    enum lq_difference_of of;
    const struct column *columns;
    size_t column_count;
    uint32_t (*count)(const struct lq_world *world);
    int (*compare)(const struct lq_world *a, uint32_t row, const struct lq_world *b,
                   uint32_t other_row);
    void (*name)(const struct lq_world *world, uint32_t row, struct lq_world_change *to);
};

static int compare_ids(uint32_t a, uint32_t b)
{
    return a < b ? -1 : a > b;
}

static uint32_t count_bodies(const struct lq_world *world)
{
    return world->body_count;
}

static int compare_bodies(const struct lq_world *a, uint32_t row, const struct lq_world *b,
                          uint32_t other_row)
{
    return compare_ids(a->body_id[row], b->body_id[other_row]);
}

static void name_body(const struct lq_world *world, uint32_t row, struct lq_world_change *to)
{
    to->body = world->body_id[row];
}

static uint32_t count_agents(const struct lq_world *world)
{
    return world->agent_count;
}

static int compare_agents(const struct lq_world *a, uint32_t row, const struct lq_world *b,
                          uint32_t other_row)
{
    return compare_ids(a->agent_body[row], b->agent_body[other_row]);
}

static void name_agent(const struct lq_world *world, uint32_t row, struct lq_world_change *to)
{
    to->body = world->agent_body[row];
}

static uint32_t count_players(const struct lq_world *world)
{
    return world->player_count;
}

static int compare_players(const struct lq_world *a, uint32_t row, const struct lq_world *b,
                           uint32_t other_row)
{
    return memcmp(a->player_client[row].bytes, b->player_client[other_row].bytes,
                  LQ_CLIENT_ID_BYTES);
}

static void name_player(const struct lq_world *world, uint32_t row, struct lq_world_change *to)
{
    to->client = world->player_client[row];
}

#define COLUMNS(array) (array), sizeof(array) / sizeof(array)[0]

static const struct rows all_rows[] = {
    {LQ_DIFFERENCE_OF_BODY, COLUMNS(body_columns), count_bodies, compare_bodies, name_body},
    {LQ_DIFFERENCE_OF_AGENT, COLUMNS(agent_columns), count_agents, compare_agents, name_agent},
    {LQ_DIFFERENCE_OF_PLAYER, COLUMNS(player_columns), count_players, compare_players, name_player},
};

static void tell(struct telling *telling, const struct lq_world_change *difference)
{
    if (!telling->over) {
        telling->count++;
        telling->over = !telling->each(telling->context, difference);
    }
}

static struct lq_field_value read_field(const struct column *column, const struct lq_world *world,
                                        uint32_t row)
{
    const uint8_t *at = (const uint8_t *)world + column->offset;
    struct lq_field_value value = {.type = column->type};
    uint32_t u32;
    int32_t i32;
    float f32;

    switch (column->width) {
    case U8:
        value.integer = at[row];
        break;
    case U32:
        memcpy(&u32, at + row * sizeof u32, sizeof u32);
        value.integer = u32;
        break;
    case I32:
        memcpy(&i32, at + row * sizeof i32, sizeof i32);
        value.integer = i32;
        break;
    case F32:
        memcpy(&f32, at + row * sizeof f32, sizeof f32);
        value.number = (double)f32;
        value.is_float = true;
        break;
    case F64:
        memcpy(&value.number, at + row * sizeof value.number, sizeof value.number);
        break;
    }
    return value;
}

static bool is_same(const struct lq_field_value *a, const struct lq_field_value *b)
{
    return a->integer == b->integer && memcmp(&a->number, &b->number, sizeof a->number) == 0;
}

static void compare_row(struct telling *telling, const struct rows *rows, uint32_t row,
                        uint32_t other_row)
{
    struct lq_world_change difference = {.of = rows->of, .kind = LQ_DIFFERENCE_CHANGED};

    rows->name(telling->before, row, &difference);
    for (size_t index = 0; index < rows->column_count; index++) {
        const struct column *column = &rows->columns[index];
        difference.field = column->name;
        difference.before = read_field(column, telling->before, row);
        difference.after = read_field(column, telling->after, other_row);
        if (!is_same(&difference.before, &difference.after)) {
            tell(telling, &difference);
        }
    }
}

static void tell_row(struct telling *telling, const struct rows *rows, enum lq_difference_kind kind,
                     uint32_t row)
{
    struct lq_world_change difference = {.of = rows->of, .kind = kind};

    rows->name(kind == LQ_DIFFERENCE_ADDED ? telling->after : telling->before, row, &difference);
    tell(telling, &difference);
}

/* Both stand in one order: a walk over the two. */
static void compare_rows(struct telling *telling, const struct rows *rows)
{
    uint32_t count = rows->count(telling->before);
    uint32_t other_count = rows->count(telling->after);
    uint32_t row = 0;
    uint32_t other_row = 0;

    while (!telling->over && (row < count || other_row < other_count)) {
        int order = row == count ? 1
                    : other_row == other_count
                        ? -1
                        : rows->compare(telling->before, row, telling->after, other_row);
        if (order < 0) {
            tell_row(telling, rows, LQ_DIFFERENCE_REMOVED, row++);
        } else if (order > 0) {
            tell_row(telling, rows, LQ_DIFFERENCE_ADDED, other_row++);
        } else {
            compare_row(telling, rows, row++, other_row++);
        }
    }
}

static void compare_rest(struct telling *telling)
{
    const struct lq_world *before = telling->before;
    const struct lq_world *after = telling->after;
    struct lq_view old = lq_view_of(before->tenant_bytes, before->tenant_bytes_count);
    struct lq_view new = lq_view_of(after->tenant_bytes, after->tenant_bytes_count);

    if (before->next_body_id != after->next_body_id) {
        const struct lq_world_change difference = {
            .of = LQ_DIFFERENCE_OF_WORLD,
            .kind = LQ_DIFFERENCE_CHANGED,
            .field = "next_body_id",
            .before = {.type = LQ_FIELD_INTEGER, .integer = before->next_body_id},
            .after = {.type = LQ_FIELD_INTEGER, .integer = after->next_body_id}};
        tell(telling, &difference);
    }
    if (!lq_view_equal(old, new)) {
        const struct lq_world_change difference = {.of = LQ_DIFFERENCE_OF_WORLD,
                                                   .kind = LQ_DIFFERENCE_CHANGED,
                                                   .field = "tenant_bytes",
                                                   .before = {.type = LQ_FIELD_BYTES, .bytes = old},
                                                   .after = {.type = LQ_FIELD_BYTES, .bytes = new}};
        tell(telling, &difference);
    }
}

uint32_t lq_world_changes_each(const struct lq_world *before, const struct lq_world *after,
                               lq_world_changes_fn each, void *context)
{
    struct telling telling = {.before = before, .after = after, .each = each, .context = context};

    for (size_t index = 0; index < sizeof all_rows / sizeof all_rows[0]; index++) {
        compare_rows(&telling, &all_rows[index]);
    }
    compare_rest(&telling);
    return telling.count;
}
