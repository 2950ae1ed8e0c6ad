// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "proto/schema_enum.h"
#include "proto/tick_codec.h"
#include "proto/wire_cursor.h"
#include "proto/wire_in.h"
#include "proto/world_codec.h"

#include "ledgerquest/v1/tick.pb-c.h"

LQ_SCHEMA_ENUM(LQ_COMMAND_JOIN, COMMAND_KIND__COMMAND_KIND_JOIN);
LQ_SCHEMA_ENUM(LQ_COMMAND_LEAVE, COMMAND_KIND__COMMAND_KIND_LEAVE);
LQ_SCHEMA_ENUM(LQ_COMMAND_SPAWN, COMMAND_KIND__COMMAND_KIND_SPAWN);
LQ_SCHEMA_ENUM(LQ_COMMAND_DESPAWN, COMMAND_KIND__COMMAND_KIND_DESPAWN);
LQ_SCHEMA_ENUM(LQ_COMMAND_SET_THRUST, COMMAND_KIND__COMMAND_KIND_SET_THRUST);
LQ_SCHEMA_ENUM(LQ_COMMAND_APPLY_IMPULSE, COMMAND_KIND__COMMAND_KIND_APPLY_IMPULSE);
LQ_SCHEMA_ENUM(LQ_COMMAND_SET_BEHAVIOR, COMMAND_KIND__COMMAND_KIND_SET_BEHAVIOR);
LQ_SCHEMA_ENUM(LQ_COMMAND_CUSTOM, COMMAND_KIND__COMMAND_KIND_CUSTOM);
LQ_SCHEMA_ENUM(LQ_BEHAVIOR_IDLE, BEHAVIOR__BEHAVIOR_IDLE);
LQ_SCHEMA_ENUM(LQ_BEHAVIOR_SEEK, BEHAVIOR__BEHAVIOR_SEEK);
LQ_SCHEMA_ENUM(LQ_BEHAVIOR_FLEE, BEHAVIOR__BEHAVIOR_FLEE);
LQ_SCHEMA_ENUM(LQ_BEHAVIOR_WANDER, BEHAVIOR__BEHAVIOR_WANDER);

void lq_command_codec_put(struct lq_wire_out *out, const struct lq_command *command)
{
    lq_wire_out_uint32(out, 1, command->kind);
    lq_wire_out_fixed32(out, 2, command->body_id);
    lq_wire_out_uint32(out, 3, command->body_kind);
    lq_wire_out_double(out, 4, command->x);
    lq_wire_out_double(out, 5, command->y);
    lq_wire_out_float(out, 6, command->radius);
    lq_wire_out_float(out, 7, command->vx);
    lq_wire_out_float(out, 8, command->vy);
    lq_wire_out_uint32(out, 9, command->behavior);
    lq_wire_out_fixed32(out, 10, command->target_id);
    lq_wire_out_float(out, 11, command->strength);
    lq_wire_out_view(out, 12, command->custom);
}

/* Static names: they end up in refusals. */
static const char *const field_names[] = {
    "unknown field", "kind",      "body_id",  "body_kind", "x", "y", "radius", "vx", "vy",
    "behavior",      "target_id", "strength", "custom",
};

static bool take_field(const struct lq_wire_field *field, struct lq_command *command)
{
    switch (field->number) {
    case 1:
        return lq_wire_field_uint8(field, &command->kind);
    case 2:
        return lq_wire_field_fixed32(field, &command->body_id);
    case 3:
        return lq_wire_field_uint8(field, &command->body_kind);
    case 4:
        return lq_wire_field_double(field, &command->x);
    case 5:
        return lq_wire_field_double(field, &command->y);
    case 6:
        return lq_wire_field_float(field, &command->radius);
    case 7:
        return lq_wire_field_float(field, &command->vx);
    case 8:
        return lq_wire_field_float(field, &command->vy);
    case 9:
        return lq_wire_field_uint8(field, &command->behavior);
    case 10:
        return lq_wire_field_fixed32(field, &command->target_id);
    case 11:
        return lq_wire_field_float(field, &command->strength);
    case 12:
        return field->bytes <= LQ_CUSTOM_BYTES_MAX && lq_wire_field_view(field, &command->custom);
    default:
        return false;
    }
}

static void clear_body(struct lq_command *command)
{
    command->kind = 0;
    command->body_kind = 0;
    command->behavior = 0;
    command->body_id = 0;
    command->target_id = 0;
    command->x = 0.0;
    command->y = 0.0;
    command->radius = 0.0f;
    command->vx = 0.0f;
    command->vy = 0.0f;
    command->strength = 0.0f;
    command->custom = lq_view_of(NULL, 0);
}

/* Custom bytes live as long as the arena, not as long as the message. */
static bool keep_custom(struct lq_command *command, struct lq_arena *arena)
{
    size_t bytes = command->custom.bytes;

    if (bytes > 0) {
        uint8_t *copy = lq_arena_take(arena, bytes);
        if (copy == NULL) {
            return false;
        }
        memcpy(copy, command->custom.data, bytes);
        command->custom.data = copy;
    }
    return true;
}

enum lq_result lq_command_codec_take(struct lq_view message, struct lq_arena *arena,
                                     struct lq_command *command, const char **where)
{
    struct lq_wire_cursor cursor = lq_wire_cursor_open(message);
    struct lq_wire_field field;

    clear_body(command);
    while (lq_wire_cursor_next(&cursor, &field)) {
        if (!take_field(&field, command)) {
            bool known = field.number < sizeof field_names / sizeof field_names[0];
            *where = field_names[known ? field.number : 0];
            return LQ_ERR_MALFORMED;
        }
    }
    if (!lq_wire_in_require(!cursor.broken, "command", where)) {
        return LQ_ERR_MALFORMED;
    }
    return lq_wire_in_require(keep_custom(command, arena), "custom", where) ? LQ_OK : LQ_ERR_LIMIT;
}

enum lq_result lq_command_encode(const struct lq_command *command, uint8_t *to, size_t bytes_max,
                                 size_t *written)
{
    struct lq_wire_out out;

    lq_wire_out_open(&out, to, bytes_max);
    lq_command_codec_put(&out, command);
    return lq_wire_out_close(&out, written);
}

enum lq_result lq_command_decode(struct lq_view body, struct lq_arena *arena,
                                 struct lq_command *command, const char **where)
{
    enum lq_result result = lq_command_codec_take(body, arena, command, where);

    if (result == LQ_OK && (command->kind == 0 || command->kind > LQ_COMMAND_KIND_LAST)) {
        *where = "kind";
        result = LQ_ERR_MALFORMED;
    }
    if (result != LQ_OK) {
        command->kind = 0;
    }
    return result;
}
