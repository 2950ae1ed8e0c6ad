// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "world/tick_delta.h"

#include "world/tick_delta_layout.h"

#include <string.h>

static double take_f64(struct lq_delta_in *in, const char *field)
{
    uint64_t bits = lq_delta_stream_take_number(in, sizeof bits, field);
    double value;

    memcpy(&value, &bits, sizeof value);
    return value;
}

static float take_f32(struct lq_delta_in *in, const char *field)
{
    uint32_t bits = (uint32_t)lq_delta_stream_take_number(in, sizeof bits, field);
    float value;

    memcpy(&value, &bits, sizeof value);
    return value;
}

/* `text` has room for `bytes_max` bytes and a NUL. */
static void take_text(struct lq_delta_in *in, char *text, size_t bytes_max, const char *field)
{
    size_t bytes = lq_delta_stream_take_u8(in, field);

    text[0] = '\0';
    if (bytes > bytes_max) {
        lq_delta_stream_blame(in, field);
    }
    const uint8_t *from = lq_delta_stream_take(in, bytes, field);
    if (from == NULL || bytes == 0) {
        return;
    }
    if (memchr(from, '\0', bytes) != NULL) {
        lq_delta_stream_blame(in, field);
        return;
    }
    memcpy(text, from, bytes);
    text[bytes] = '\0';
}

static void take_config(struct lq_delta_in *in, struct lq_session_config *config)
{
    char reason[LQ_REASON_BYTES_MAX];

    config->seed = lq_delta_stream_take_number(in, 8, "seed");
    config->rate_numerator = (uint32_t)lq_delta_stream_take_number(in, 4, "rate_numerator");
    config->rate_denominator = (uint32_t)lq_delta_stream_take_number(in, 4, "rate_denominator");
    config->steps_per_command = (uint32_t)lq_delta_stream_take_number(in, 4, "steps_per_command");
    config->width = take_f64(in, "width");
    config->height = take_f64(in, "height");
    config->restitution = take_f32(in, "restitution");
    uint8_t flags = lq_delta_stream_take_u8(in, "flags");
    config->attended = flags == LQ_CANONICAL_ATTENDED;
    if (flags > LQ_CANONICAL_ATTENDED) {
        lq_delta_stream_blame(in, "flags");
    }
    if (in->fault == NULL && lq_session_config_check(config, reason) != LQ_OK) {
        lq_delta_stream_blame(in, "config");
    }
}

static void take_stages(struct lq_delta_in *in, struct lq_tick *tick)
{
    tick->stage_count = (uint32_t)lq_delta_stream_take_number(in, 2, "stages");
    if (tick->stage_count > LQ_STAGES_MAX) {
        lq_delta_stream_blame(in, "stages");
    }
    for (uint32_t index = 0; index < tick->stage_count && in->fault == NULL; index++) {
        struct lq_stage_version *stage = &tick->stages[index];

        take_text(in, stage->name, LQ_STAGE_NAME_BYTES_MAX, "stage name");
        if (stage->name[0] == '\0') {
            lq_delta_stream_blame(in, "stage name");
        }
        stage->version = (uint32_t)lq_delta_stream_take_number(in, 4, "stage version");
    }
}

/* ---- commands ---- */

static void take_fields(struct lq_delta_in *in, struct lq_command *command)
{
    uint8_t fields = lq_canonical_fields[command->kind];

    if (fields & LQ_FIELD_BODY_KIND) {
        command->body_kind = lq_delta_stream_take_u8(in, "body_kind");
    }
    if (fields & LQ_FIELD_BEHAVIOR) {
        command->behavior = lq_delta_stream_take_u8(in, "behavior");
    }
    if (fields & LQ_FIELD_BODY_ID) {
        command->body_id = (uint32_t)lq_delta_stream_take_varint(in, UINT32_MAX, "body_id");
    }
    if (fields & LQ_FIELD_TARGET_ID) {
        command->target_id = (uint32_t)lq_delta_stream_take_varint(in, UINT32_MAX, "target_id");
    }
    if (fields & LQ_FIELD_PLACE) {
        command->x = take_f64(in, "x");
        command->y = take_f64(in, "y");
        command->radius = take_f32(in, "radius");
    }
    if (fields & LQ_FIELD_VECTOR) {
        command->vx = take_f32(in, "vx");
        command->vy = take_f32(in, "vy");
    }
    if (fields & LQ_FIELD_STRENGTH) {
        command->strength = take_f32(in, "strength");
    }
    if (fields & LQ_FIELD_CUSTOM) {
        size_t bytes = lq_delta_stream_take_varint(in, LQ_CUSTOM_BYTES_MAX, "custom");
        const uint8_t *data = lq_delta_stream_take(in, bytes, "custom");

        command->custom = lq_view_of(data, data != NULL ? bytes : 0);
    }
}

static void take_client(struct lq_delta_in *in, uint8_t head, struct lq_command *command,
                        const struct lq_client_windows *windows)
{
    bool is_next = (head & LQ_TICK_DELTA_NEXT_NUMBER) != 0;

    if ((head & LQ_TICK_DELTA_STRANGER) != 0) {
        const uint8_t *client = lq_delta_stream_take(in, LQ_CLIENT_ID_BYTES, "client");

        if (client != NULL) {
            memcpy(command->client.bytes, client, LQ_CLIENT_ID_BYTES);
        }
        if (is_next) {
            lq_delta_stream_blame(in, "sequence");
        }
        command->sequence = lq_delta_stream_take_varint(in, UINT64_MAX, "sequence");
        return;
    }
    uint64_t row = lq_delta_stream_take_varint(in, LQ_CLIENTS_MAX, "client");
    if (row >= windows->count) {
        lq_delta_stream_blame(in, "client");
        return;
    }
    uint64_t difference =
        is_next
            ? 1
            : lq_delta_stream_unfolded(lq_delta_stream_take_varint(in, UINT64_MAX, "sequence"), 64);
    command->client = windows->entries[row].client;
    command->sequence = windows->entries[row].highest + difference;
}

static void take_command(struct lq_delta_in *in, struct lq_command *command,
                         const struct lq_client_windows *windows)
{
    uint8_t head = lq_delta_stream_take_u8(in, "kind");

    memset(command, 0, sizeof *command);
    command->kind = head & LQ_TICK_DELTA_KIND;
    command->outcome =
        (head & LQ_TICK_DELTA_REFUSED) != 0 ? LQ_OUTCOME_REFUSED : LQ_OUTCOME_APPLIED;
    if (command->kind > LQ_COMMAND_KIND_LAST) {
        lq_delta_stream_blame(in, "kind");
        return;
    }
    if (command->kind == 0 && command->outcome != LQ_OUTCOME_REFUSED) {
        lq_delta_stream_blame(in, "outcome");
        return;
    }
    take_client(in, head, command, windows);
    if ((head & LQ_TICK_DELTA_LETTER) != 0) {
        command->letter_id = lq_delta_stream_take_number(in, 8, "letter_id");
        if (command->letter_id == 0) {
            lq_delta_stream_blame(in, "letter_id"); /* that is written without */
        }
    }
    take_fields(in, command);
    if (command->outcome == LQ_OUTCOME_REFUSED) {
        take_text(in, command->reason, LQ_REASON_BYTES_MAX - 1, "reason");
    }
}

static void take_commands(struct lq_delta_in *in, struct lq_tick *tick)
{
    tick->command_count =
        (uint32_t)lq_delta_stream_take_varint(in, LQ_COMMANDS_PER_TICK_MAX, "commands");
    for (uint32_t index = 0; index < tick->command_count && in->fault == NULL; index++) {
        struct lq_command *command = &tick->commands[index];

        take_command(in, command, &tick->windows);
        if (in->fault == NULL) {
            lq_tick_delta_use(&tick->windows, command, tick->frame);
        }
    }
}

static void take_windows(struct lq_delta_in *in, struct lq_client_windows *windows)
{
    windows->count = (uint32_t)lq_delta_stream_take_number(in, 2, "windows");
    if (windows->count > LQ_CLIENTS_MAX) {
        lq_delta_stream_blame(in, "windows");
    }
    for (uint32_t index = 0; index < windows->count && in->fault == NULL; index++) {
        struct lq_client_window *window = &windows->entries[index];
        const uint8_t *client = lq_delta_stream_take(in, LQ_CLIENT_ID_BYTES, "windows");

        if (client != NULL) {
            memcpy(window->client.bytes, client, LQ_CLIENT_ID_BYTES);
        }
        window->highest = lq_delta_stream_take_number(in, 8, "windows");
        window->used_map = lq_delta_stream_take_number(in, 8, "windows");
        window->last_frame = lq_delta_stream_take_number(in, 8, "windows");
    }
    if (in->fault == NULL && !lq_client_windows_valid(windows)) {
        lq_delta_stream_blame(in, "windows");
    }
}

/* ---- the tick ---- */

/* What stays unless the delta says otherwise. */
static void begin_tick(const struct lq_tick *before, struct lq_tick *after)
{
    memcpy(after->tenant, before->tenant, sizeof after->tenant);
    memcpy(after->session, before->session, sizeof after->session);
    after->frame = before->frame + 1;
    after->step_count = before->step_count + before->steps;
    after->missed_count = before->missed_count;
    memcpy(after->pipeline_hash, before->pipeline_hash, sizeof after->pipeline_hash);
    after->config = before->config;
    after->stage_count = before->stage_count;
    memcpy(after->stages, before->stages, sizeof after->stages);
    after->command_count = 0;
    after->event_count = 0;
    lq_tick_delta_begin_windows(&after->windows, &before->windows);
    after->world.next_body_id = before->world.next_body_id;
}

static void take_heading(struct lq_delta_in *in, uint8_t parts, const struct lq_tick *before,
                         struct lq_tick *after)
{
    after->steps = (uint32_t)lq_delta_stream_take_varint(in, LQ_STEPS_PER_TICK_MAX, "steps");
    uint64_t wall_time = lq_delta_stream_take_varint(in, UINT64_MAX, "wall_time_ns");
    if ((parts & LQ_TICK_DELTA_MISSED) != 0) {
        after->missed_count += lq_delta_stream_take_varint(in, UINT64_MAX, "missed_count");
    }
    if ((parts & LQ_TICK_DELTA_PIPELINE) != 0) {
        const uint8_t *hash =
            lq_delta_stream_take(in, sizeof after->pipeline_hash, "pipeline_hash");

        if (hash != NULL) {
            memcpy(after->pipeline_hash, hash, sizeof after->pipeline_hash);
        }
    }
    if ((parts & LQ_TICK_DELTA_CONFIG) != 0) {
        take_config(in, &after->config);
    }
    if ((parts & LQ_TICK_DELTA_STAGES) != 0) {
        take_stages(in, after);
    }
    if (in->fault == NULL) {
        after->wall_time_ns =
            lq_tick_delta_wall_time(before, after) + lq_delta_stream_unfolded(wall_time, 64);
    }
}

static void take_rest(struct lq_delta_in *in, uint8_t parts, const struct lq_tick *before,
                      struct lq_tick *after, struct lq_tick_delta_scratch *scratch)
{
    const char *fault = NULL;

    if ((parts & LQ_TICK_DELTA_COMMANDS) != 0) {
        take_commands(in, after);
    }
    if ((parts & LQ_TICK_DELTA_WINDOWS) != 0) {
        take_windows(in, &after->windows);
    }
    if ((parts & LQ_TICK_DELTA_IDS) != 0) {
        after->world.next_body_id += (uint32_t)lq_delta_stream_unfolded(
            lq_delta_stream_take_varint(in, UINT32_MAX, "next_body_id"), 32);
    }
    if (in->fault != NULL) {
        return;
    }
    lq_world_delta_take(in, &before->world, &after->world, lq_tick_delta_clock(after),
                        &scratch->world);
    if (in->left > 0) {
        lq_delta_stream_blame(in, "trailing bytes");
    }
    if (in->fault == NULL && lq_world_check(&after->world, &fault) != LQ_OK) {
        lq_delta_stream_blame(in, fault);
    }
}

enum lq_result lq_tick_delta_decode(struct lq_view delta, const struct lq_tick *before,
                                    struct lq_tick *after, struct lq_tick_delta_scratch *scratch,
                                    const char **where)
{
    struct lq_delta_in in = {.at = delta.data, .left = delta.bytes, .fault = NULL};
    uint8_t version = lq_delta_stream_take_u8(&in, "version");

    LQ_ASSERT(before != after);
    if (in.fault == NULL && version != LQ_TICK_DELTA_VERSION) {
        *where = "version";
        return LQ_ERR_VERSION;
    }
    uint64_t frame = lq_delta_stream_take_number(&in, 2, "frame");
    if (in.fault == NULL && frame != (uint16_t)(before->frame + 1)) {
        *where = "frame";
        return LQ_ERR_STATE;
    }
    uint8_t parts = lq_delta_stream_take_u8(&in, "parts");
    if ((parts & ~(unsigned)LQ_TICK_DELTA_PARTS) != 0) {
        lq_delta_stream_blame(&in, "parts");
    }
    if (in.fault == NULL) {
        begin_tick(before, after);
        take_heading(&in, parts, before, after);
        take_rest(&in, parts, before, after, scratch);
    }
    if (in.fault != NULL) {
        *where = in.fault;
        return LQ_ERR_MALFORMED;
    }
    return LQ_OK;
}
