// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "world/canonical.h"

#include "world/canonical_layout.h"

/* `fault` names the first field that was not there or not right; from then on readers yield zeros.
 */
struct reader {
    const uint8_t *at;
    size_t left;
    const char *fault;
};

static void blame(struct reader *reader, const char *field)
{
    if (reader->fault == NULL) {
        reader->fault = field;
    }
}

/* The next `bytes` bytes, or NULL. */
static const uint8_t *take(struct reader *reader, size_t bytes, const char *field)
{
    const uint8_t *taken = reader->at;

    if (reader->fault != NULL) {
        return NULL;
    }
    if (bytes > reader->left) {
        reader->fault = field;
        return NULL;
    }
    reader->at += bytes;
    reader->left -= bytes;
    return taken;
}

static void get_column(struct reader *reader, void *column, size_t count, size_t width,
                       const char *field)
{
    const uint8_t *from = take(reader, count * width, field);

    if (from != NULL && count > 0) {
        lq_canonical_copy(column, from, count, width);
    }
}

static uint8_t get_u8(struct reader *reader, const char *field)
{
    uint8_t value = 0;

    get_column(reader, &value, 1, sizeof value, field);
    return value;
}

static uint16_t get_u16(struct reader *reader, const char *field)
{
    uint16_t value = 0;

    get_column(reader, &value, 1, sizeof value, field);
    return value;
}

static uint32_t get_u32(struct reader *reader, const char *field)
{
    uint32_t value = 0;

    get_column(reader, &value, 1, sizeof value, field);
    return value;
}

static uint64_t get_u64(struct reader *reader, const char *field)
{
    uint64_t value = 0;

    get_column(reader, &value, 1, sizeof value, field);
    return value;
}

static float get_f32(struct reader *reader, const char *field)
{
    float value = 0.0f;

    get_column(reader, &value, 1, sizeof value, field);
    return value;
}

static double get_f64(struct reader *reader, const char *field)
{
    double value = 0.0;

    get_column(reader, &value, 1, sizeof value, field);
    return value;
}

static void get_bytes(struct reader *reader, void *to, size_t count, const char *field)
{
    get_column(reader, to, count, 1, field);
}

/* A number of entries; 0 once something failed, so that loops over it end. */
static uint32_t get_count(struct reader *reader, uint32_t max, const char *field)
{
    uint32_t count = get_u16(reader, field);

    if (count > max) {
        blame(reader, field);
    }
    return reader->fault == NULL ? count : 0;
}

/* A length byte and the text; `text` has room for `bytes_max` bytes and a NUL. */
static void get_text(struct reader *reader, char *text, size_t bytes_max, const char *field)
{
    size_t bytes = get_u8(reader, field);

    text[0] = '\0';
    if (bytes > bytes_max) {
        blame(reader, field);
        return;
    }
    const uint8_t *from = take(reader, bytes, field);
    if (from == NULL || bytes == 0) {
        return;
    }
    if (memchr(from, '\0', bytes) != NULL) {
        blame(reader, field);
        return;
    }
    memcpy(text, from, bytes);
    text[bytes] = '\0';
}

static void get_config(struct reader *reader, uint32_t version, struct lq_session_config *config)
{
    char reason[LQ_REASON_BYTES_MAX];

    config->seed = get_u64(reader, "seed");
    config->rate_numerator = get_u32(reader, "rate_numerator");
    config->rate_denominator = get_u32(reader, "rate_denominator");
    config->steps_per_command = get_u32(reader, "steps_per_command");
    config->width = get_f64(reader, "width");
    config->height = get_f64(reader, "height");
    config->restitution = get_f32(reader, "restitution");
    config->attended = version == LQ_CANONICAL_VERSION_WITH_FLAGS;
    if (config->attended && get_u8(reader, "flags") != LQ_CANONICAL_ATTENDED) {
        blame(reader, "flags");
    }
    if (reader->fault == NULL && lq_session_config_check(config, reason) != LQ_OK) {
        blame(reader, "config");
    }
}

static void get_names(struct reader *reader, struct lq_tick *tick)
{
    get_text(reader, tick->tenant, LQ_TENANT_NAME_BYTES_MAX, "tenant");
    get_text(reader, tick->session, LQ_SESSION_NAME_BYTES_MAX, "session");
    if (!lq_tenant_name_valid(lq_view_text(tick->tenant))) {
        blame(reader, "tenant");
    }
    if (!lq_session_name_valid(lq_view_text(tick->session))) {
        blame(reader, "session");
    }
}

static void get_heading(struct reader *reader, uint32_t version, struct lq_tick *tick)
{
    get_names(reader, tick);
    tick->frame = get_u64(reader, "frame");
    tick->steps = get_u32(reader, "steps");
    if (tick->steps > LQ_STEPS_PER_TICK_MAX) {
        blame(reader, "steps");
    }
    tick->step_count = get_u64(reader, "step_count");
    tick->missed_count = get_u64(reader, "missed_count");
    tick->wall_time_ns = get_u64(reader, "wall_time_ns");
    get_bytes(reader, tick->pipeline_hash, sizeof tick->pipeline_hash, "pipeline_hash");
    get_config(reader, version, &tick->config);
    tick->stage_count = get_count(reader, LQ_STAGES_MAX, "stages");
    for (uint32_t index = 0; index < tick->stage_count; index++) {
        get_text(reader, tick->stages[index].name, LQ_STAGE_NAME_BYTES_MAX, "stage name");
        if (tick->stages[index].name[0] == '\0') {
            blame(reader, "stage name");
        }
        tick->stages[index].version = get_u32(reader, "stage version");
    }
}

static void get_custom(struct reader *reader, struct lq_command *command)
{
    uint32_t bytes = get_count(reader, LQ_CUSTOM_BYTES_MAX, "custom");
    const uint8_t *data = take(reader, bytes, "custom");

    command->custom = lq_view_of(data, data != NULL ? bytes : 0);
}

static void get_command_fields(struct reader *reader, struct lq_command *command)
{
    uint8_t fields = lq_canonical_fields[command->kind];

    if (fields & LQ_FIELD_BODY_KIND) {
        command->body_kind = get_u8(reader, "body_kind");
    }
    if (fields & LQ_FIELD_BEHAVIOR) {
        command->behavior = get_u8(reader, "behavior");
    }
    if (fields & LQ_FIELD_BODY_ID) {
        command->body_id = get_u32(reader, "body_id");
    }
    if (fields & LQ_FIELD_TARGET_ID) {
        command->target_id = get_u32(reader, "target_id");
    }
    if (fields & LQ_FIELD_PLACE) {
        command->x = get_f64(reader, "x");
        command->y = get_f64(reader, "y");
        command->radius = get_f32(reader, "radius");
    }
    if (fields & LQ_FIELD_VECTOR) {
        command->vx = get_f32(reader, "vx");
        command->vy = get_f32(reader, "vy");
    }
    if (fields & LQ_FIELD_STRENGTH) {
        command->strength = get_f32(reader, "strength");
    }
    if (fields & LQ_FIELD_CUSTOM) {
        get_custom(reader, command);
    }
}

static void get_command(struct reader *reader, struct lq_command *command)
{
    memset(command, 0, sizeof *command);
    get_bytes(reader, command->client.bytes, LQ_CLIENT_ID_BYTES, "client");
    command->sequence = get_u64(reader, "sequence");
    command->kind = get_u8(reader, "kind");
    command->outcome = get_u8(reader, "outcome");
    if ((command->kind & LQ_CANONICAL_OF_LETTER) != 0) {
        command->kind &= (uint8_t)~LQ_CANONICAL_OF_LETTER;
        command->letter_id = get_u64(reader, "letter_id");
        if (command->letter_id == 0) {
            blame(reader, "letter_id"); /* that is written without */
        }
    }
    if (command->kind > LQ_COMMAND_KIND_LAST) {
        blame(reader, "kind");
        return;
    }
    if (command->outcome != LQ_OUTCOME_REFUSED &&
        (command->outcome != LQ_OUTCOME_APPLIED || command->kind == 0)) {
        blame(reader, "outcome");
        return;
    }
    get_command_fields(reader, command);
    if (command->outcome == LQ_OUTCOME_REFUSED) {
        get_text(reader, command->reason, LQ_REASON_BYTES_MAX - 1, "reason");
    }
}

static void get_windows(struct reader *reader, struct lq_client_windows *windows)
{
    windows->count = get_count(reader, LQ_CLIENTS_MAX, "windows");
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    get_bytes(reader, windows->entries, (size_t)windows->count * LQ_CANONICAL_WINDOW_BYTES,
              "windows");
#else
    for (uint32_t index = 0; index < windows->count; index++) {
        get_bytes(reader, windows->entries[index].client.bytes, LQ_CLIENT_ID_BYTES, "windows");
        windows->entries[index].highest = get_u64(reader, "windows");
        windows->entries[index].used_map = get_u64(reader, "windows");
        windows->entries[index].last_frame = get_u64(reader, "windows");
    }
#endif
    if (reader->fault == NULL && !lq_client_windows_valid(windows)) {
        blame(reader, "windows");
    }
}

/* A short column. One that is longer than it need be is refused: else two byte strings would stand
 * for one world. */
static void get_rows(struct reader *reader, void *column, size_t rows, size_t width,
                     const char *field)
{
    if (rows == 0) {
        return;
    }
    size_t written =
        rows > LQ_CANONICAL_NARROW_ROWS_MAX ? get_u16(reader, field) : get_u8(reader, field);
    if (written == 0 || written > rows) {
        blame(reader, field);
    }
    get_column(reader, column, written, width, field);
    if (reader->fault != NULL) {
        return;
    }
    if (written > 1 && lq_column_alike(column, written - 1, width)) {
        blame(reader, field);
        return;
    }
    lq_column_fill(column, written, rows, width);
}

static void get_ids(struct reader *reader, uint32_t *ids, size_t rows, const char *field)
{
    uint32_t before = 0;

    get_rows(reader, ids, rows, sizeof ids[0], field);
    for (size_t row = 0; row < rows && reader->fault == NULL; row++) {
        before += ids[row];
        ids[row] = before;
    }
}

static void get_targets(struct reader *reader, const struct lq_world *world, uint32_t *targets,
                        size_t count, const char *field)
{
    uint16_t rows[LQ_AGENTS_MAX];

    get_rows(reader, rows, count, sizeof rows[0], field);
    for (size_t row = 0; row < count && reader->fault == NULL; row++) {
        if (rows[row] > world->body_count) {
            blame(reader, field);
            return;
        }
        targets[row] = rows[row] == 0 ? 0 : world->body_id[rows[row] - 1];
    }
}

/* The forms of columns.def. */
#define GET_STEPS(column, rows, field) get_ids(reader, column, rows, field)
#define GET_SHORT(column, rows, field) get_rows(reader, column, rows, sizeof(column)[0], field)
#define GET_BODY_ROWS(column, rows, field) get_targets(reader, world, column, rows, field)
#define GET_WHOLE(column, rows, field) get_column(reader, column, rows, sizeof(column)[0], field)
#define GET_BYTES(column, rows, field) get_bytes(reader, column, (rows) * sizeof(column)[0], field)

static void get_world(struct reader *reader, struct lq_world *world)
{
    size_t rows;

    world->next_body_id = get_u32(reader, "next_body_id");
    rows = world->body_count = get_count(reader, LQ_BODIES_MAX, "body_count");
#define LQ_BODY_COLUMN(name, type, form, ...) GET_##form(world->name, rows, #name);
#include "world/columns.def"
    rows = world->agent_count = get_count(reader, LQ_AGENTS_MAX, "agent_count");
#define LQ_AGENT_COLUMN(name, type, form, ...) GET_##form(world->name, rows, #name);
#include "world/columns.def"
    rows = world->player_count = get_count(reader, LQ_PLAYERS_MAX, "player_count");
#define LQ_PLAYER_COLUMN(name, type, form, ...) GET_##form(world->name, rows, #name);
#include "world/columns.def"
    rows = world->tenant_bytes_count = get_count(reader, LQ_TENANT_BYTES_MAX, "tenant_bytes");
#define LQ_TENANT_COLUMN(name, type, form, ...) GET_##form(world->name, rows, #name);
#include "world/columns.def"
    if (reader->fault == NULL) {
        const char *fault = NULL;

        if (lq_world_check(world, &fault) != LQ_OK) {
            blame(reader, fault);
        }
    }
}

enum lq_result lq_canonical_decode(struct lq_view content, struct lq_tick *tick, const char **where)
{
    struct reader reader = {.at = content.data, .left = content.bytes, .fault = NULL};
    uint32_t version = get_u32(&reader, "version");

    if (reader.fault == NULL && version != LQ_CANONICAL_VERSION &&
        version != LQ_CANONICAL_VERSION_WITH_FLAGS) {
        *where = "version";
        return LQ_ERR_VERSION;
    }
    get_heading(&reader, version, tick);
    tick->command_count = get_count(&reader, LQ_COMMANDS_PER_TICK_MAX, "commands");
    for (uint32_t index = 0; index < tick->command_count; index++) {
        get_command(&reader, &tick->commands[index]);
    }
    tick->event_count = 0;
    get_windows(&reader, &tick->windows);
    get_world(&reader, &tick->world);
    if (reader.left > 0) {
        blame(&reader, "trailing bytes");
    }
    if (reader.fault != NULL) {
        *where = reader.fault;
        return LQ_ERR_MALFORMED;
    }
    return LQ_OK;
}
