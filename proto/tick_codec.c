// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "proto/tick_codec.h"

#include "base/little_endian.h"
#include "proto/wire_in.h"
#include "proto/wire_limits.h"
#include "proto/world_codec.h"

#include "ledgerquest/v1/tick.pb-c.h"

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

static void put_event_fields(struct lq_wire_out *out, const struct lq_tick_event *event)
{
    lq_wire_out_text(out, 1, event->type);
    lq_wire_out_fixed32(out, 2, event->body_id);
    lq_wire_out_bytes(out, 3, event->client.bytes, LQ_CLIENT_ID_BYTES);
}

static void put_events(struct lq_wire_out *out, const struct lq_tick *tick)
{
    LQ_ASSERT(tick->event_count <= LQ_EVENTS_PER_TICK_MAX);
    for (uint32_t index = 0; index < tick->event_count; index++) {
        uint8_t *content = lq_wire_out_begin(out, 12, 0);
        put_event_fields(out, &tick->events[index]);
        lq_wire_out_end(out, content, 0);
    }
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
    put_events(&out, tick);
    put_windows(&out, &tick->windows);
    lq_world_codec_put(&out, 14, &tick->world);
    return lq_wire_out_close(&out, written);
}

static bool take_stages(const Ledgerquest__V1__Tick *message, struct lq_tick *tick,
                        const char **where)
{
    if (!lq_wire_in_require(message->n_stages <= LQ_STAGES_MAX, "stages", where)) {
        return false;
    }
    tick->stage_count = (uint32_t)message->n_stages;
    for (uint32_t index = 0; index < tick->stage_count; index++) {
        const Ledgerquest__V1__StageVersion *from = message->stages[index];
        struct lq_stage_version *stage = &tick->stages[index];
        if (!lq_wire_in_require(lq_wire_in_text(stage->name, sizeof stage->name, from->name) &&
                                    stage->name[0] != '\0',
                                "stages.name", where)) {
            return false;
        }
        stage->version = from->version;
    }
    return true;
}

static enum lq_result take_command(const Ledgerquest__V1__TickCommand *message,
                                   struct lq_command *command, const char **where)
{
    if (!lq_wire_in_require(
            lq_wire_in_client(&command->client, message->client.data, message->client.len),
            "commands.client", where) ||
        !lq_wire_in_require(message->body != NULL, "commands.body", where) ||
        !lq_wire_in_require(message->outcome >= LQ_OUTCOME_PENDING &&
                                message->outcome <= LQ_OUTCOME_UNUSED,
                            "commands.outcome", where) ||
        !lq_wire_in_require(
            lq_wire_in_text(command->reason, sizeof command->reason, message->reason),
            "commands.reason", where)) {
        return LQ_ERR_MALFORMED;
    }
    command->sequence = message->sequence;
    command->letter_id = message->letter_id;
    command->outcome = (uint8_t)message->outcome;
    command->duplicate_of_frame = message->duplicate_of_frame;
    return lq_command_codec_take(message->body, command, where);
}

static enum lq_result take_commands(const Ledgerquest__V1__Tick *message, struct lq_tick *tick,
                                    const char **where)
{
    enum lq_result result = LQ_OK;

    if (!lq_wire_in_require(message->n_commands <= LQ_COMMANDS_PER_TICK_MAX, "commands", where)) {
        return LQ_ERR_LIMIT;
    }
    tick->command_count = (uint32_t)message->n_commands;
    for (uint32_t index = 0; result == LQ_OK && index < tick->command_count; index++) {
        result = take_command(message->commands[index], &tick->commands[index], where);
    }
    return result;
}

static bool take_events(const Ledgerquest__V1__Tick *message, struct lq_tick *tick,
                        const char **where)
{
    if (!lq_wire_in_require(message->n_events <= LQ_EVENTS_PER_TICK_MAX, "events", where)) {
        return false;
    }
    tick->event_count = (uint32_t)message->n_events;
    for (uint32_t index = 0; index < tick->event_count; index++) {
        const Ledgerquest__V1__TickEvent *from = message->events[index];
        struct lq_tick_event *event = &tick->events[index];
        if (!lq_wire_in_require(lq_wire_in_text(event->type, sizeof event->type, from->type),
                                "events.type", where) ||
            !lq_wire_in_require(
                lq_wire_in_client(&event->client, from->client.data, from->client.len),
                "events.client", where)) {
            return false;
        }
        event->body_id = from->body_id;
    }
    return true;
}

static bool take_windows(const Ledgerquest__V1__Tick *message, struct lq_client_windows *windows,
                         const char **where)
{
    size_t count = message->windows.len / WINDOW_BYTES;
    const uint8_t *from = message->windows.data;

    if (!lq_wire_in_require(message->windows.len % WINDOW_BYTES == 0 && count <= LQ_CLIENTS_MAX,
                            "windows", where)) {
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
    return lq_wire_in_require(lq_client_windows_valid(windows), "windows", where);
}

static bool take_names(const Ledgerquest__V1__Tick *message, struct lq_tick *tick,
                       const char **where)
{
    return lq_wire_in_require(lq_wire_in_text(tick->tenant, sizeof tick->tenant, message->tenant) &&
                                  lq_tenant_name_valid(lq_view_text(tick->tenant)),
                              "tenant", where) &&
           lq_wire_in_require(
               lq_wire_in_text(tick->session, sizeof tick->session, message->session) &&
                   lq_session_name_valid(lq_view_text(tick->session)),
               "session", where) &&
           lq_wire_in_require(message->pipeline_hash.len == HASH_BYTES, "pipeline_hash", where) &&
           lq_wire_in_require(message->config != NULL, "config", where) &&
           lq_wire_in_require(message->world != NULL, "world", where);
}

enum lq_result lq_tick_decode(struct lq_view payload, struct lq_arena *arena, struct lq_tick *tick,
                              const char **where)
{
    char reason[LQ_REASON_BYTES_MAX];
    ProtobufCMessage *unpacked;

    if (!lq_wire_in_require(payload.bytes <= LQ_TICK_BYTES_MAX, "tick", where)) {
        return LQ_ERR_LIMIT;
    }
    enum lq_result result =
        lq_wire_unpack(&ledgerquest__v1__tick__descriptor, payload, arena, &unpacked, where);
    if (result != LQ_OK) {
        return result;
    }
    const Ledgerquest__V1__Tick *message = (const Ledgerquest__V1__Tick *)unpacked;
    if (!take_names(message, tick, where) || !take_stages(message, tick, where) ||
        !take_events(message, tick, where) || !take_windows(message, &tick->windows, where)) {
        return LQ_ERR_MALFORMED;
    }
    tick->frame = message->frame;
    tick->steps = message->steps;
    tick->step_count = message->step_count;
    tick->missed_count = message->missed_count;
    tick->wall_time_ns = message->wall_time_ns;
    memcpy(tick->pipeline_hash, message->pipeline_hash.data, HASH_BYTES);
    lq_world_codec_take_config(message->config, &tick->config);
    if (!lq_wire_in_require(lq_session_config_check(&tick->config, reason) == LQ_OK, "config",
                            where)) {
        return LQ_ERR_MALFORMED;
    }
    result = take_commands(message, tick, where);
    return result == LQ_OK ? lq_world_codec_take(message->world, &tick->world, where) : result;
}

enum lq_result lq_tick_event_encode(const struct lq_tick_event *event, uint8_t *to,
                                    size_t bytes_max, size_t *written)
{
    struct lq_wire_out out;

    lq_wire_out_open(&out, to, bytes_max);
    put_event_fields(&out, event);
    return lq_wire_out_close(&out, written);
}
