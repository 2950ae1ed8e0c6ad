// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "world/canonical.h"

#include "world/canonical_layout.h"

/* Once something did not fit, `full` stays set and nothing more is written. */
struct writer {
    uint8_t *at;
    size_t left;
    bool full;
};

/* Room for `bytes` bytes, or NULL. */
static uint8_t *make_room(struct writer *writer, size_t bytes)
{
    uint8_t *room = writer->at;

    if (writer->full || bytes > writer->left) {
        writer->full = true;
        return NULL;
    }
    writer->at += bytes;
    writer->left -= bytes;
    return room;
}

static void put_column(struct writer *writer, const void *column, size_t count, size_t width)
{
    uint8_t *room = make_room(writer, count * width);

    if (room != NULL && count > 0) {
        lq_canonical_copy(room, column, count, width);
    }
}

static void put_u8(struct writer *writer, uint8_t value)
{
    put_column(writer, &value, 1, sizeof value);
}

static void put_u16(struct writer *writer, uint16_t value)
{
    put_column(writer, &value, 1, sizeof value);
}

static void put_u32(struct writer *writer, uint32_t value)
{
    put_column(writer, &value, 1, sizeof value);
}

static void put_u64(struct writer *writer, uint64_t value)
{
    put_column(writer, &value, 1, sizeof value);
}

static void put_f32(struct writer *writer, float value)
{
    put_column(writer, &value, 1, sizeof value);
}

static void put_f64(struct writer *writer, double value)
{
    put_column(writer, &value, 1, sizeof value);
}

static void put_bytes(struct writer *writer, const void *bytes, size_t count)
{
    put_column(writer, bytes, count, 1);
}

/* A length byte and the text. */
static void put_text(struct writer *writer, const char *text, size_t bytes_max)
{
    size_t bytes = strnlen(text, bytes_max + 1);

    LQ_ASSERT(bytes <= bytes_max);
    put_u8(writer, (uint8_t)bytes);
    put_bytes(writer, text, bytes);
}

/* A short column: how many entries are written, and those. */
static void put_rows(struct writer *writer, const void *column, size_t rows, size_t width)
{
    size_t written = lq_column_shorten(column, rows, width);

    if (rows > LQ_CANONICAL_NARROW_ROWS_MAX) {
        put_u16(writer, (uint16_t)written);
    } else if (rows > 0) {
        put_u8(writer, (uint8_t)written);
    }
    if (rows > 0) {
        put_column(writer, column, written, width);
    }
}

/* Ids ascend, so what is written are the steps from one to the next, the first one from 0. */
static void put_ids(struct writer *writer, const uint32_t *ids, size_t rows)
{
    uint32_t steps[LQ_IDS_MAX];
    uint32_t before = 0;

    LQ_ASSERT(rows <= LQ_IDS_MAX);
    for (size_t row = 0; row < rows; row++) {
        steps[row] = ids[row] - before;
        before = ids[row];
    }
    put_rows(writer, steps, rows, sizeof steps[0]);
}

/* Targets are bodies of this world: their rows, from 1, are shorter than their ids. A target that
 * is not there gets a row that is not there, and is refused like any other bad world. */
static void put_targets(struct writer *writer, const struct lq_world *world,
                        const uint32_t *targets, size_t count)
{
    uint16_t rows[LQ_AGENTS_MAX];

    LQ_ASSERT(count <= LQ_AGENTS_MAX);
    for (size_t row = 0; row < count; row++) {
        uint32_t target = targets[row];

        rows[row] = target == 0 ? 0 : (uint16_t)(lq_world_find_body(world, target) + 1);
        if (target != 0 && rows[row] == 0) {
            rows[row] = UINT16_MAX;
        }
    }
    put_rows(writer, rows, count, sizeof rows[0]);
}

static void put_config(struct writer *writer, const struct lq_session_config *config)
{
    put_u64(writer, config->seed);
    put_u32(writer, config->rate_numerator);
    put_u32(writer, config->rate_denominator);
    put_u32(writer, config->steps_per_command);
    put_f64(writer, config->width);
    put_f64(writer, config->height);
    put_f32(writer, config->restitution);
    if (config->attended) {
        put_u8(writer, LQ_CANONICAL_ATTENDED);
    }
}

static void put_heading(struct writer *writer, const struct lq_tick *tick)
{
    LQ_ASSERT(tick->stage_count <= LQ_STAGES_MAX);
    put_u32(writer, tick->config.attended ? LQ_CANONICAL_VERSION_WITH_FLAGS : LQ_CANONICAL_VERSION);
    put_text(writer, tick->tenant, LQ_TENANT_NAME_BYTES_MAX);
    put_text(writer, tick->session, LQ_SESSION_NAME_BYTES_MAX);
    put_u64(writer, tick->frame);
    put_u32(writer, tick->steps);
    put_u64(writer, tick->step_count);
    put_u64(writer, tick->missed_count);
    put_u64(writer, tick->wall_time_ns);
    put_bytes(writer, tick->pipeline_hash, sizeof tick->pipeline_hash);
    put_config(writer, &tick->config);
    put_u16(writer, (uint16_t)tick->stage_count);
    for (uint32_t index = 0; index < tick->stage_count; index++) {
        put_text(writer, tick->stages[index].name, LQ_STAGE_NAME_BYTES_MAX);
        put_u32(writer, tick->stages[index].version);
    }
}

static void put_command_fields(struct writer *writer, const struct lq_command *command)
{
    uint8_t fields = lq_canonical_fields[command->kind];

    if (fields & LQ_FIELD_BODY_KIND) {
        put_u8(writer, command->body_kind);
    }
    if (fields & LQ_FIELD_BEHAVIOR) {
        put_u8(writer, command->behavior);
    }
    if (fields & LQ_FIELD_BODY_ID) {
        put_u32(writer, command->body_id);
    }
    if (fields & LQ_FIELD_TARGET_ID) {
        put_u32(writer, command->target_id);
    }
    if (fields & LQ_FIELD_PLACE) {
        put_f64(writer, command->x);
        put_f64(writer, command->y);
        put_f32(writer, command->radius);
    }
    if (fields & LQ_FIELD_VECTOR) {
        put_f32(writer, command->vx);
        put_f32(writer, command->vy);
    }
    if (fields & LQ_FIELD_STRENGTH) {
        put_f32(writer, command->strength);
    }
    if (fields & LQ_FIELD_CUSTOM) {
        put_u16(writer, (uint16_t)command->custom.bytes);
        put_bytes(writer, command->custom.data, command->custom.bytes);
    }
}

static bool put_commands(struct writer *writer, const struct lq_tick *tick)
{
    uint32_t count = 0;

    LQ_ASSERT(tick->command_count <= LQ_COMMANDS_PER_TICK_MAX);
    for (uint32_t index = 0; index < tick->command_count; index++) {
        count += lq_canonical_is_recorded(&tick->commands[index]);
    }
    put_u16(writer, (uint16_t)count);
    for (uint32_t index = 0; index < tick->command_count; index++) {
        const struct lq_command *command = &tick->commands[index];

        if (!lq_canonical_is_recorded(command)) {
            continue;
        }
        if (!lq_canonical_is_recordable(command)) {
            return false;
        }
        put_bytes(writer, command->client.bytes, LQ_CLIENT_ID_BYTES);
        put_u64(writer, command->sequence);
        put_u8(writer,
               (uint8_t)(command->kind | (command->letter_id != 0 ? LQ_CANONICAL_OF_LETTER : 0)));
        put_u8(writer, command->outcome);
        if (command->letter_id != 0) {
            put_u64(writer, command->letter_id);
        }
        put_command_fields(writer, command);
        if (command->outcome == LQ_OUTCOME_REFUSED) {
            put_text(writer, command->reason, LQ_REASON_BYTES_MAX - 1);
        }
    }
    return true;
}

static void put_windows(struct writer *writer, const struct lq_client_windows *windows)
{
    LQ_ASSERT(windows->count <= LQ_CLIENTS_MAX);
    put_u16(writer, (uint16_t)windows->count);
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    put_bytes(writer, windows->entries, (size_t)windows->count * LQ_CANONICAL_WINDOW_BYTES);
#else
    for (uint32_t index = 0; index < windows->count; index++) {
        put_bytes(writer, windows->entries[index].client.bytes, LQ_CLIENT_ID_BYTES);
        put_u64(writer, windows->entries[index].highest);
        put_u64(writer, windows->entries[index].used_map);
        put_u64(writer, windows->entries[index].last_frame);
    }
#endif
}

/* The forms of columns.def. */
#define PUT_STEPS(column, rows) put_ids(writer, column, rows)
#define PUT_SHORT(column, rows) put_rows(writer, column, rows, sizeof(column)[0])
#define PUT_BODY_ROWS(column, rows) put_targets(writer, world, column, rows)
#define PUT_WHOLE(column, rows) put_column(writer, column, rows, sizeof(column)[0])
#define PUT_BYTES(column, rows) put_bytes(writer, column, (rows) * sizeof(column)[0])

static void put_world(struct writer *writer, const struct lq_world *world)
{
    size_t bodies = world->body_count;
    size_t agents = world->agent_count;
    size_t players = world->player_count;
    size_t tenant_bytes = world->tenant_bytes_count;

    LQ_ASSERT(bodies <= LQ_BODIES_MAX);
    LQ_ASSERT(agents <= LQ_AGENTS_MAX);
    LQ_ASSERT(players <= LQ_PLAYERS_MAX);
    LQ_ASSERT(tenant_bytes <= LQ_TENANT_BYTES_MAX);
    put_u32(writer, world->next_body_id);
    put_u16(writer, (uint16_t)bodies);
#define LQ_BODY_COLUMN(name, type, form, ...) PUT_##form(world->name, bodies);
#include "world/columns.def"
    put_u16(writer, (uint16_t)agents);
#define LQ_AGENT_COLUMN(name, type, form, ...) PUT_##form(world->name, agents);
#include "world/columns.def"
    put_u16(writer, (uint16_t)players);
#define LQ_PLAYER_COLUMN(name, type, form, ...) PUT_##form(world->name, players);
#include "world/columns.def"
    put_u16(writer, (uint16_t)tenant_bytes);
#define LQ_TENANT_COLUMN(name, type, form, ...) PUT_##form(world->name, tenant_bytes);
#include "world/columns.def"
}

enum lq_result lq_canonical_encode(const struct lq_tick *tick, uint8_t *to, size_t bytes_max,
                                   size_t *written)
{
    struct writer writer = {.at = to, .left = bytes_max, .full = false};

    if (tick->steps > LQ_STEPS_PER_TICK_MAX) {
        return LQ_ERR_INVALID;
    }
    put_heading(&writer, tick);
    if (!put_commands(&writer, tick)) {
        return LQ_ERR_INVALID;
    }
    put_windows(&writer, &tick->windows);
    put_world(&writer, &tick->world);
    if (writer.full) {
        return LQ_ERR_LIMIT;
    }
    *written = bytes_max - writer.left;
    return LQ_OK;
}
