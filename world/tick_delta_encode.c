// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "world/tick_delta.h"

#include "world/tick_delta_layout.h"

#include <string.h>

static void put_f64(struct lq_delta_out *out, double value)
{
    uint64_t bits;

    memcpy(&bits, &value, sizeof bits);
    lq_delta_stream_put_number(out, bits, sizeof bits);
}

static void put_f32(struct lq_delta_out *out, float value)
{
    uint32_t bits;

    memcpy(&bits, &value, sizeof bits);
    lq_delta_stream_put_number(out, bits, sizeof bits);
}

static void put_text(struct lq_delta_out *out, const char *text, size_t bytes_max)
{
    size_t bytes = strnlen(text, bytes_max + 1);

    LQ_ASSERT(bytes <= bytes_max);
    lq_delta_stream_put_u8(out, (uint8_t)bytes);
    lq_delta_stream_put(out, text, bytes);
}

static bool same_config(const struct lq_session_config *a, const struct lq_session_config *b)
{
    return a->seed == b->seed && a->rate_numerator == b->rate_numerator &&
           a->rate_denominator == b->rate_denominator &&
           a->steps_per_command == b->steps_per_command &&
           memcmp(&a->width, &b->width, sizeof a->width) == 0 &&
           memcmp(&a->height, &b->height, sizeof a->height) == 0 &&
           memcmp(&a->restitution, &b->restitution, sizeof a->restitution) == 0 &&
           a->attended == b->attended;
}

static void put_config(struct lq_delta_out *out, const struct lq_session_config *config)
{
    lq_delta_stream_put_number(out, config->seed, 8);
    lq_delta_stream_put_number(out, config->rate_numerator, 4);
    lq_delta_stream_put_number(out, config->rate_denominator, 4);
    lq_delta_stream_put_number(out, config->steps_per_command, 4);
    put_f64(out, config->width);
    put_f64(out, config->height);
    put_f32(out, config->restitution);
    lq_delta_stream_put_u8(out, config->attended ? LQ_CANONICAL_ATTENDED : 0);
}

static bool same_stages(const struct lq_tick *a, const struct lq_tick *b)
{
    bool same = a->stage_count == b->stage_count;

    for (uint32_t index = 0; same && index < a->stage_count; index++) {
        same = a->stages[index].version == b->stages[index].version &&
               strcmp(a->stages[index].name, b->stages[index].name) == 0;
    }
    return same;
}

static void put_stages(struct lq_delta_out *out, const struct lq_tick *tick)
{
    lq_delta_stream_put_number(out, tick->stage_count, 2);
    for (uint32_t index = 0; index < tick->stage_count; index++) {
        put_text(out, tick->stages[index].name, LQ_STAGE_NAME_BYTES_MAX);
        lq_delta_stream_put_number(out, tick->stages[index].version, 4);
    }
}

static void put_fields(struct lq_delta_out *out, const struct lq_command *command)
{
    uint8_t fields = lq_canonical_fields[command->kind];

    if (fields & LQ_FIELD_BODY_KIND) {
        lq_delta_stream_put_u8(out, command->body_kind);
    }
    if (fields & LQ_FIELD_BEHAVIOR) {
        lq_delta_stream_put_u8(out, command->behavior);
    }
    if (fields & LQ_FIELD_BODY_ID) {
        lq_delta_stream_put_varint(out, command->body_id);
    }
    if (fields & LQ_FIELD_TARGET_ID) {
        lq_delta_stream_put_varint(out, command->target_id);
    }
    if (fields & LQ_FIELD_PLACE) {
        put_f64(out, command->x);
        put_f64(out, command->y);
        put_f32(out, command->radius);
    }
    if (fields & LQ_FIELD_VECTOR) {
        put_f32(out, command->vx);
        put_f32(out, command->vy);
    }
    if (fields & LQ_FIELD_STRENGTH) {
        put_f32(out, command->strength);
    }
    if (fields & LQ_FIELD_CUSTOM) {
        lq_delta_stream_put_varint(out, command->custom.bytes);
        lq_delta_stream_put(out, command->custom.data, command->custom.bytes);
    }
}

static void put_command(struct lq_delta_out *out, const struct lq_command *command,
                        const struct lq_client_windows *windows)
{
    bool known = false;
    uint32_t row = lq_client_windows_place(windows, &command->client, &known);
    uint64_t highest = known ? windows->entries[row].highest : 0;
    bool is_next = known && command->sequence == highest + 1;
    uint8_t head = command->kind;

    head |= command->outcome == LQ_OUTCOME_REFUSED ? LQ_TICK_DELTA_REFUSED : 0;
    head |= command->letter_id != 0 ? LQ_TICK_DELTA_LETTER : 0;
    head |= known ? 0 : LQ_TICK_DELTA_STRANGER;
    head |= is_next ? LQ_TICK_DELTA_NEXT_NUMBER : 0;
    lq_delta_stream_put_u8(out, head);
    if (known) {
        lq_delta_stream_put_varint(out, row);
    } else {
        lq_delta_stream_put(out, command->client.bytes, LQ_CLIENT_ID_BYTES);
    }
    if (known && !is_next) {
        lq_delta_stream_put_varint(out, lq_delta_stream_folded(command->sequence - highest, 64));
    } else if (!known) {
        lq_delta_stream_put_varint(out, command->sequence);
    }
    if (command->letter_id != 0) {
        lq_delta_stream_put_number(out, command->letter_id, 8);
    }
    put_fields(out, command);
    if (command->outcome == LQ_OUTCOME_REFUSED) {
        put_text(out, command->reason, LQ_REASON_BYTES_MAX - 1);
    }
}

/* Those that a content has: the others left no trace. LQ_ERR_INVALID: one that none can have. */
static enum lq_result put_commands(struct lq_delta_out *out, const struct lq_tick *tick,
                                   struct lq_client_windows *windows)
{
    uint32_t count = 0;

    for (uint32_t index = 0; index < tick->command_count; index++) {
        count += lq_canonical_is_recorded(&tick->commands[index]);
    }
    if (count == 0) {
        return LQ_OK;
    }
    lq_delta_stream_put_varint(out, count);
    for (uint32_t index = 0; index < tick->command_count; index++) {
        const struct lq_command *command = &tick->commands[index];

        if (!lq_canonical_is_recorded(command)) {
            continue;
        }
        if (!lq_canonical_is_recordable(command)) {
            return LQ_ERR_INVALID;
        }
        put_command(out, command, windows);
        lq_tick_delta_use(windows, command, tick->frame);
    }
    return LQ_OK;
}

static bool same_windows(const struct lq_client_windows *a, const struct lq_client_windows *b)
{
    return a->count == b->count &&
           memcmp(a->entries, b->entries, a->count * sizeof a->entries[0]) == 0;
}

static void put_windows(struct lq_delta_out *out, const struct lq_client_windows *windows)
{
    lq_delta_stream_put_number(out, windows->count, 2);
    for (uint32_t index = 0; index < windows->count; index++) {
        const struct lq_client_window *window = &windows->entries[index];

        lq_delta_stream_put(out, window->client.bytes, LQ_CLIENT_ID_BYTES);
        lq_delta_stream_put_number(out, window->highest, 8);
        lq_delta_stream_put_number(out, window->used_map, 8);
        lq_delta_stream_put_number(out, window->last_frame, 8);
    }
}

static bool is_next_frame(const struct lq_tick *before, const struct lq_tick *after)
{
    return after->frame == before->frame + 1 &&
           after->step_count == before->step_count + before->steps &&
           strcmp(after->tenant, before->tenant) == 0 &&
           strcmp(after->session, before->session) == 0;
}

/* What of the heading is not as it was, in the order of the parts. */
static uint8_t put_heading(struct lq_delta_out *out, const struct lq_tick *before,
                           const struct lq_tick *after)
{
    uint8_t parts = 0;

    lq_delta_stream_put_varint(out, after->steps);
    lq_delta_stream_put_varint(
        out,
        lq_delta_stream_folded(after->wall_time_ns - lq_tick_delta_wall_time(before, after), 64));
    if (after->missed_count != before->missed_count) {
        parts |= LQ_TICK_DELTA_MISSED;
        lq_delta_stream_put_varint(out, after->missed_count - before->missed_count);
    }
    if (memcmp(after->pipeline_hash, before->pipeline_hash, sizeof after->pipeline_hash) != 0) {
        parts |= LQ_TICK_DELTA_PIPELINE;
        lq_delta_stream_put(out, after->pipeline_hash, sizeof after->pipeline_hash);
    }
    if (!same_config(&after->config, &before->config)) {
        parts |= LQ_TICK_DELTA_CONFIG;
        put_config(out, &after->config);
    }
    if (!same_stages(after, before)) {
        parts |= LQ_TICK_DELTA_STAGES;
        put_stages(out, after);
    }
    return parts;
}

enum lq_result lq_tick_delta_encode(const struct lq_tick *before, const struct lq_tick *after,
                                    struct lq_tick_delta_scratch *scratch,
                                    struct lq_tick_delta_room room, size_t *written)
{
    struct lq_delta_out out = {.at = room.to, .left = room.bytes_max, .full = false};
    uint32_t ids = after->world.next_body_id - before->world.next_body_id;

    LQ_ASSERT(before != after);
    if (!is_next_frame(before, after)) {
        return LQ_ERR_STATE;
    }
    if (after->steps > LQ_STEPS_PER_TICK_MAX) {
        return LQ_ERR_INVALID;
    }
    lq_delta_stream_put_u8(&out, LQ_TICK_DELTA_VERSION);
    lq_delta_stream_put_number(&out, after->frame, 2);
    uint8_t *parts_at = lq_delta_stream_room(&out, 1);
    uint8_t parts = put_heading(&out, before, after);
    size_t left = out.left;
    lq_tick_delta_begin_windows(&scratch->windows, &before->windows);
    enum lq_result rc = put_commands(&out, after, &scratch->windows);
    if (rc != LQ_OK) {
        return rc;
    }
    parts |= out.left != left ? LQ_TICK_DELTA_COMMANDS : 0;
    if (!same_windows(&scratch->windows, &after->windows)) {
        parts |= LQ_TICK_DELTA_WINDOWS;
        put_windows(&out, &after->windows);
    }
    if (ids != 0) {
        parts |= LQ_TICK_DELTA_IDS;
        lq_delta_stream_put_varint(&out, lq_delta_stream_folded(ids, 32));
    }
    lq_world_delta_put(&out, &before->world, &after->world, lq_tick_delta_clock(after),
                       &scratch->world);
    if (out.full || parts_at == NULL) {
        return LQ_ERR_LIMIT;
    }
    *parts_at = parts;
    *written = room.bytes_max - out.left;
    return LQ_OK;
}
