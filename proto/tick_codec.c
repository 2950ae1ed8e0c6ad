// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "proto/tick_codec.h"

#include "base/little_endian.h"
#include "proto/event_codec.h"
#include "proto/schema_enum.h"
#include "proto/wire_cursor.h"
#include "proto/wire_in.h"
#include "proto/world_codec.h"

#include "ledgerquest/v1/tick.pb-c.h"

LQ_SCHEMA_ENUM(LQ_OUTCOME_PENDING, OUTCOME__OUTCOME_PENDING);
LQ_SCHEMA_ENUM(LQ_OUTCOME_APPLIED, OUTCOME__OUTCOME_APPLIED);
LQ_SCHEMA_ENUM(LQ_OUTCOME_REFUSED, OUTCOME__OUTCOME_REFUSED);
LQ_SCHEMA_ENUM(LQ_OUTCOME_DUPLICATE, OUTCOME__OUTCOME_DUPLICATE);
LQ_SCHEMA_ENUM(LQ_OUTCOME_UNUSED, OUTCOME__OUTCOME_UNUSED);
LQ_SCHEMA_ENUM(LQ_OUTCOME_DEAD_LETTERED, OUTCOME__OUTCOME_DEAD_LETTERED);

#define WINDOW_BYTES 40u
#define HASH_BYTES 32u

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

static void put_stages(struct lq_wire_out *out, const struct lq_tick *tick)
{
    LQ_ASSERT(tick->stage_count <= LQ_STAGES_MAX);
    for (uint32_t index = 0; index < tick->stage_count; index++) {
        uint8_t *content = lq_wire_out_begin(out, 10, 0);
        lq_wire_out_text(out, 1, tick->stages[index].name);
        lq_wire_out_uint32(out, 2, tick->stages[index].version);
        lq_wire_out_end(out, content, 0);
    }
}

static void put_command(struct lq_wire_out *out, const struct lq_command *command)
{
    size_t bytes_expected = 64 + command->custom.bytes + strlen(command->reason);
    uint8_t *content = lq_wire_out_begin(out, 11, bytes_expected);

    lq_wire_out_bytes(out, 1, command->client.bytes, LQ_CLIENT_ID_BYTES);
    lq_wire_out_fixed64(out, 2, command->sequence);
    lq_wire_out_fixed64(out, 3, command->letter_id);
    uint8_t *body = lq_wire_out_begin(out, 4, command->custom.bytes);
    lq_command_codec_put(out, command);
    lq_wire_out_end(out, body, command->custom.bytes);
    lq_wire_out_uint32(out, 5, command->outcome);
    lq_wire_out_text(out, 6, command->reason);
    lq_wire_out_fixed64(out, 7, command->duplicate_of_frame);
    lq_wire_out_end(out, content, bytes_expected);
}

static void put_windows(struct lq_wire_out *out, const struct lq_client_windows *windows)
{
    LQ_ASSERT(windows->count <= LQ_CLIENTS_MAX);
    if (windows->count == 0) {
        return;
    }
    uint8_t *to = lq_wire_out_reserve(out, 13, (size_t)windows->count * WINDOW_BYTES);
    for (uint32_t index = 0; to != NULL && index < windows->count; index++, to += WINDOW_BYTES) {
        const struct lq_client_window *window = &windows->entries[index];
        memcpy(to, window->client.bytes, LQ_CLIENT_ID_BYTES);
        lq_put_u64(to + 16, window->highest);
        lq_put_u64(to + 24, window->used_map);
        lq_put_u64(to + 32, window->last_frame);
    }
}

enum lq_result lq_tick_encode(const struct lq_tick *tick, uint8_t *to, size_t bytes_max,
                              size_t *written)
{
    struct lq_wire_out out;

    LQ_ASSERT(tick->command_count <= LQ_COMMANDS_PER_TICK_MAX);
    LQ_ASSERT(tick->event_count <= LQ_EVENTS_PER_TICK_MAX);
    lq_wire_out_open(&out, to, smaller(bytes_max, LQ_TICK_BYTES_MAX));
    lq_wire_out_text(&out, 1, tick->tenant);
    lq_wire_out_text(&out, 2, tick->session);
    lq_wire_out_fixed64(&out, 3, tick->frame);
    lq_wire_out_uint32(&out, 4, tick->steps);
    lq_wire_out_fixed64(&out, 5, tick->step_count);
    lq_wire_out_fixed64(&out, 6, tick->missed_count);
    lq_wire_out_fixed64(&out, 7, tick->wall_time_ns);
    lq_wire_out_bytes(&out, 8, tick->pipeline_hash, HASH_BYTES);
    lq_world_codec_put_config(&out, 9, &tick->config);
    put_stages(&out, tick);
    for (uint32_t index = 0; index < tick->command_count; index++) {
        put_command(&out, &tick->commands[index]);
    }
    lq_event_codec_put(&out, 12, tick->events, tick->event_count);
    put_windows(&out, &tick->windows);
    lq_world_codec_put(&out, 14, &tick->world);
    return lq_wire_out_close(&out, written);
}

static bool take_stage(struct lq_view message, struct lq_stage_version *stage)
{
    struct lq_wire_cursor cursor = lq_wire_cursor_open(message);
    struct lq_wire_field field;
    bool taken = true;

    stage->name[0] = '\0';
    stage->version = 0;
    while (taken && lq_wire_cursor_next(&cursor, &field)) {
        taken = field.number == 1
                    ? lq_wire_field_text(&field, stage->name, sizeof stage->name)
                    : field.number == 2 && lq_wire_field_uint32(&field, &stage->version);
    }
    return taken && !cursor.broken && stage->name[0] != '\0';
}

static bool take_event(struct lq_view message, struct lq_tick_event *event)
{
    struct lq_wire_cursor cursor = lq_wire_cursor_open(message);
    struct lq_wire_field field;
    bool taken = true;

    *event = (struct lq_tick_event){.body_id = 0};
    while (taken && lq_wire_cursor_next(&cursor, &field)) {
        switch (field.number) {
        case 1:
            taken = lq_wire_field_text(&field, event->type, sizeof event->type);
            break;
        case 2:
            taken = lq_wire_field_fixed32(&field, &event->body_id);
            break;
        case 3:
            taken = lq_wire_field_bytes(&field, event->client.bytes, LQ_CLIENT_ID_BYTES);
            break;
        case 4:
            taken = lq_wire_field_fixed32(&field, &event->other_id);
            break;
        case 5:
            taken = lq_wire_field_double(&field, &event->x);
            break;
        case 6:
            taken = lq_wire_field_double(&field, &event->y);
            break;
        case 7:
            taken = lq_wire_field_float(&field, &event->impulse);
            break;
        case 8:
            taken = lq_wire_field_uint32(&field, &event->count);
            break;
        case 9:
            taken = lq_wire_field_bool(&field, &event->is_passing);
            break;
        default:
            taken = false;
        }
    }
    return taken && !cursor.broken;
}

static bool take_windows(const struct lq_wire_field *field, struct lq_client_windows *windows)
{
    size_t count = field->bytes / WINDOW_BYTES;
    const uint8_t *from = field->data;

    if (field->type != LQ_WIRE_TYPE_LENGTH || field->bytes % WINDOW_BYTES != 0 ||
        count > LQ_CLIENTS_MAX) {
        return false;
    }
    windows->count = (uint32_t)count;
    for (size_t index = 0; index < count; index++, from += WINDOW_BYTES) {
        struct lq_client_window *window = &windows->entries[index];
        memcpy(window->client.bytes, from, LQ_CLIENT_ID_BYTES);
        window->highest = lq_get_u64(from + 16);
        window->used_map = lq_get_u64(from + 24);
        window->last_frame = lq_get_u64(from + 32);
    }
    return lq_client_windows_valid(windows);
}

/* What a TickCommand has of its own; *body is its Command, whose data is NULL until it comes. */
static bool take_command_field(const struct lq_wire_field *field, struct lq_command *command,
                               bool *has_client, struct lq_view *body)
{
    switch (field->number) {
    case 1:
        *has_client = true;
        return lq_wire_field_bytes(field, command->client.bytes, LQ_CLIENT_ID_BYTES);
    case 2:
        return lq_wire_field_fixed64(field, &command->sequence);
    case 3:
        return lq_wire_field_fixed64(field, &command->letter_id);
    case 4:
        return body->data == NULL && lq_wire_field_view(field, body);
    case 5:
        return lq_wire_field_uint8(field, &command->outcome);
    case 6:
        return lq_wire_field_text(field, command->reason, sizeof command->reason);
    case 7:
        return lq_wire_field_fixed64(field, &command->duplicate_of_frame);
    default:
        return false;
    }
}

static enum lq_result take_command(struct lq_view message, struct lq_arena *arena,
                                   struct lq_command *command, const char **where)
{
    struct lq_wire_cursor cursor = lq_wire_cursor_open(message);
    struct lq_wire_field field;
    struct lq_view body = {NULL, 0};
    bool has_client = false;
    bool taken = true;

    command->sequence = 0;
    command->letter_id = 0;
    command->outcome = 0;
    command->reason[0] = '\0';
    command->duplicate_of_frame = 0;
    while (taken && lq_wire_cursor_next(&cursor, &field)) {
        taken = take_command_field(&field, command, &has_client, &body);
    }
    if (!lq_wire_in_require(taken && !cursor.broken, "commands", where) ||
        !lq_wire_in_require(has_client, "commands.client", where) ||
        !lq_wire_in_require(body.data != NULL, "commands.body", where) ||
        !lq_wire_in_require(command->outcome >= LQ_OUTCOME_PENDING &&
                                command->outcome <= LQ_OUTCOME_UNUSED,
                            "commands.outcome", where)) {
        return LQ_ERR_MALFORMED;
    }
    return lq_command_codec_take(body, arena, command, where);
}

/* One more entry of a repeated message: its place, NULL when the array is full or it is no message.
 */
static void *next_entry(const struct lq_wire_field *field, void *entries, size_t entry_bytes,
                        uint32_t count_max, uint32_t *count)
{
    if (field->type != LQ_WIRE_TYPE_LENGTH || *count == count_max) {
        return NULL;
    }
    return (uint8_t *)entries + entry_bytes * (*count)++;
}

/* Parts of a tick that must come exactly once; they are read when all fields have been seen. */
struct tick_parts {
    struct lq_view config, world;
    bool has_pipeline_hash;
};

static bool take_entry(const struct lq_wire_field *field, struct lq_tick *tick)
{
    struct lq_view message = lq_view_of(field->data, field->bytes);

    if (field->number == 10) {
        struct lq_stage_version *stage = next_entry(field, tick->stages, sizeof tick->stages[0],
                                                    LQ_STAGES_MAX, &tick->stage_count);
        return stage != NULL && take_stage(message, stage);
    }
    struct lq_tick_event *event = next_entry(field, tick->events, sizeof tick->events[0],
                                             LQ_EVENTS_PER_TICK_MAX, &tick->event_count);
    return event != NULL && take_event(message, event);
}

/* Every field but the commands. */
static bool take_tick_field(const struct lq_wire_field *field, struct lq_tick *tick,
                            struct tick_parts *parts)
{
    switch (field->number) {
    case 1:
        return lq_wire_field_text(field, tick->tenant, sizeof tick->tenant);
    case 2:
        return lq_wire_field_text(field, tick->session, sizeof tick->session);
    case 3:
        return lq_wire_field_fixed64(field, &tick->frame);
    case 4:
        return lq_wire_field_uint32(field, &tick->steps) && tick->steps <= LQ_STEPS_PER_TICK_MAX;
    case 5:
        return lq_wire_field_fixed64(field, &tick->step_count);
    case 6:
        return lq_wire_field_fixed64(field, &tick->missed_count);
    case 7:
        return lq_wire_field_fixed64(field, &tick->wall_time_ns);
    case 8:
        parts->has_pipeline_hash = true;
        return lq_wire_field_bytes(field, tick->pipeline_hash, HASH_BYTES);
    case 9:
        return parts->config.data == NULL && lq_wire_field_view(field, &parts->config);
    case 10:
    case 12:
        return take_entry(field, tick);
    case 13:
        return take_windows(field, &tick->windows);
    case 14:
        return parts->world.data == NULL && lq_wire_field_view(field, &parts->world);
    default:
        return false;
    }
}

static const char *tick_field_name(uint32_t number)
{
    static const char *const names[] = {
        "unknown field", "tenant",       "session",      "frame",         "steps",
        "step_count",    "missed_count", "wall_time_ns", "pipeline_hash", "config",
        "stages",        "commands",     "events",       "windows",       "world",
    };

    return names[number < sizeof names / sizeof names[0] ? number : 0];
}

static enum lq_result take_fields(struct lq_view payload, struct lq_arena *arena,
                                  struct lq_tick *tick, struct tick_parts *parts,
                                  const char **where)
{
    struct lq_wire_cursor cursor = lq_wire_cursor_open(payload);
    struct lq_wire_field field;

    while (lq_wire_cursor_next(&cursor, &field)) {
        if (field.number == 11) {
            struct lq_command *command =
                next_entry(&field, tick->commands, sizeof tick->commands[0],
                           LQ_COMMANDS_PER_TICK_MAX, &tick->command_count);
            if (!lq_wire_in_require(command != NULL, "commands", where)) {
                return LQ_ERR_MALFORMED;
            }
            enum lq_result result =
                take_command(lq_view_of(field.data, field.bytes), arena, command, where);
            if (result != LQ_OK) {
                return result;
            }
        } else if (!take_tick_field(&field, tick, parts)) {
            *where = tick_field_name(field.number);
            return LQ_ERR_MALFORMED;
        }
    }
    return lq_wire_in_require(!cursor.broken, "tick", where) ? LQ_OK : LQ_ERR_MALFORMED;
}

/* What a tick has when none of its fields came. */
static void clear_head(struct lq_tick *tick)
{
    tick->tenant[0] = '\0';
    tick->session[0] = '\0';
    tick->frame = 0;
    tick->steps = 0;
    tick->step_count = 0;
    tick->missed_count = 0;
    tick->wall_time_ns = 0;
    tick->stage_count = 0;
    tick->command_count = 0;
    tick->event_count = 0;
    tick->windows.count = 0;
}

enum lq_result lq_tick_decode(struct lq_view payload, struct lq_arena *arena, struct lq_tick *tick,
                              const char **where)
{
    struct tick_parts parts = {.has_pipeline_hash = false};
    char reason[LQ_REASON_BYTES_MAX];

    if (!lq_wire_in_require(payload.bytes <= LQ_TICK_BYTES_MAX, "tick", where)) {
        return LQ_ERR_LIMIT;
    }
    clear_head(tick);
    enum lq_result result = take_fields(payload, arena, tick, &parts, where);
    if (result != LQ_OK) {
        return result;
    }
    bool whole =
        lq_wire_in_require(lq_tenant_name_valid(lq_view_text(tick->tenant)), "tenant", where) &&
        lq_wire_in_require(lq_session_name_valid(lq_view_text(tick->session)), "session", where) &&
        lq_wire_in_require(parts.has_pipeline_hash, "pipeline_hash", where) &&
        lq_wire_in_require(parts.config.data != NULL, "config", where) &&
        lq_world_codec_take_config(parts.config, &tick->config, where) == LQ_OK &&
        lq_wire_in_require(lq_session_config_check(&tick->config, reason) == LQ_OK, "config",
                           where) &&
        lq_wire_in_require(parts.world.data != NULL, "world", where);
    return whole ? lq_world_codec_take(parts.world, &tick->world, where) : LQ_ERR_MALFORMED;
}

enum lq_result lq_tick_event_encode(const struct lq_tick_event *event, uint8_t *to,
                                    size_t bytes_max, size_t *written)
{
    struct lq_wire_out out;

    lq_wire_out_open(&out, to, bytes_max);
    lq_event_codec_put_fields(&out, event);
    return lq_wire_out_close(&out, written);
}

enum lq_result lq_tick_event_decode(struct lq_view message, struct lq_tick_event *event)
{
    return take_event(message, event) ? LQ_OK : LQ_ERR_MALFORMED;
}
