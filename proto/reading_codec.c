// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "proto/reading_codec.h"

#include "proto/event_codec.h"
#include "proto/schema_enum.h"
#include "proto/wire_in.h"
#include "world/world_limits.h"

#include "ledgerquest/v1/client.pb-c.h"

LQ_SCHEMA_ENUM(LQ_COMMAND_IN_MAILBOX, COMMAND_PLACE__COMMAND_PLACE_MAILBOX);
LQ_SCHEMA_ENUM(LQ_COMMAND_UNDER_WAY, COMMAND_PLACE__COMMAND_PLACE_UNDER_WAY);
LQ_SCHEMA_ENUM(LQ_COMMAND_HELD, COMMAND_PLACE__COMMAND_PLACE_HELD);
LQ_SCHEMA_ENUM(LQ_COMMAND_IN_LETTER, COMMAND_PLACE__COMMAND_PLACE_LETTER);

#define HASH_BYTES 32u

void lq_reading_codec_put_range(struct lq_wire_out *out, uint32_t number,
                                const struct lq_read_range *range)
{
    uint8_t *content = lq_wire_out_begin(out, number, 0);

    lq_wire_out_uint32(out, 1, range->head);
    lq_wire_out_fixed64(out, 2, range->from);
    lq_wire_out_uint32(out, 3, range->count);
    lq_wire_out_uint32(out, 4, range->bytes);
    lq_wire_out_uint32(out, 5, range->without_worlds);
    lq_wire_out_end(out, content, 0);
}

void lq_reading_codec_take_range(const Ledgerquest__V1__ReadRange *from,
                                 struct lq_read_range *range)
{
    *range = (struct lq_read_range){.head = from->head != 0,
                                    .from = from->from,
                                    .count = from->count,
                                    .bytes = from->bytes,
                                    .without_worlds = from->without_worlds != 0};
}

static void put_command(struct lq_wire_out *out, const struct lq_frame_command *command)
{
    size_t bytes_expected = 32 + command->reason.bytes + command->body.bytes;
    uint8_t *content = lq_wire_out_begin(out, 8, bytes_expected);

    lq_wire_out_bytes(out, 1, command->client.bytes, LQ_CLIENT_ID_BYTES);
    lq_wire_out_fixed64(out, 2, command->sequence);
    lq_wire_out_uint32(out, 3, command->outcome);
    lq_wire_out_view(out, 4, command->reason);
    lq_wire_out_uint32(out, 5, command->kind);
    lq_wire_out_view(out, 6, command->body);
    lq_wire_out_end(out, content, bytes_expected);
}

void lq_reading_codec_put_frame(struct lq_wire_out *out, uint32_t number,
                                const struct lq_frame_entry *frame)
{
    uint8_t *content = lq_wire_out_begin(out, number, 256);

    LQ_ASSERT(frame->command_count <= LQ_COMMANDS_PER_TICK_MAX);
    LQ_ASSERT(frame->event_count <= LQ_EVENTS_PER_TICK_MAX);
    lq_wire_out_fixed64(out, 1, frame->frame);
    lq_wire_out_bytes(out, 2, frame->hash, HASH_BYTES);
    lq_wire_out_uint32(out, 3, frame->steps);
    lq_wire_out_fixed64(out, 4, frame->step_count);
    lq_wire_out_fixed64(out, 5, frame->missed_count);
    lq_wire_out_fixed64(out, 6, frame->wall_time_ns);
    lq_wire_out_uint32(out, 7, frame->world_bytes);
    for (uint32_t index = 0; index < frame->command_count; index++) {
        put_command(out, &frame->commands[index]);
    }
    lq_wire_out_uint32(out, 9, frame->without_bodies);
    lq_event_codec_put(out, 10, frame->events, frame->event_count);
    lq_wire_out_uint32(out, 11, frame->events_known);
    lq_wire_out_uint32(out, 12, frame->record_bytes);
    lq_wire_out_end(out, content, 256);
}

static bool take_command(const Ledgerquest__V1__FrameCommand *from,
                         struct lq_frame_command *command, const char **where)
{
    uint32_t outcome = from->outcome;
    uint32_t kind = from->kind;

    *command = (struct lq_frame_command){.sequence = from->sequence,
                                         .outcome = (uint8_t)outcome,
                                         .kind = (uint8_t)kind,
                                         .body = lq_view_of(from->body.data, from->body.len)};
    return lq_wire_in_require(
               lq_wire_in_client(&command->client, from->client.data, from->client.len),
               "frames.commands.client", where) &&
           lq_wire_in_require(outcome == LQ_OUTCOME_APPLIED || outcome == LQ_OUTCOME_REFUSED,
                              "frames.commands.outcome", where) &&
           lq_wire_in_require(kind <= LQ_COMMAND_KIND_LAST, "frames.commands.kind", where) &&
           lq_wire_in_require(
               lq_wire_in_view(&command->reason, LQ_REASON_BYTES_MAX - 1, from->reason),
               "frames.commands.reason", where);
}

static enum lq_result take_rows(const Ledgerquest__V1__FrameEntry *from, struct lq_arena *arena,
                                struct lq_frame_entry *frame, const char **where)
{
    frame->commands = lq_arena_take(arena, from->n_commands * sizeof *frame->commands);
    if (!lq_wire_in_require(from->n_commands <= LQ_COMMANDS_PER_TICK_MAX && frame->commands != NULL,
                            "frames.commands", where)) {
        return LQ_ERR_LIMIT;
    }
    frame->command_count = (uint32_t)from->n_commands;
    for (uint32_t index = 0; index < frame->command_count; index++) {
        if (!take_command(from->commands[index], &frame->commands[index], where)) {
            return LQ_ERR_MALFORMED;
        }
    }
    return lq_event_codec_take(from->events, from->n_events, arena, &frame->events,
                               &frame->event_count, where);
}

enum lq_result lq_reading_codec_take_frame(const Ledgerquest__V1__FrameEntry *from,
                                           struct lq_arena *arena, struct lq_frame_entry *frame,
                                           const char **where)
{
    *frame = (struct lq_frame_entry){.frame = from->frame,
                                     .steps = from->steps,
                                     .step_count = from->step_count,
                                     .missed_count = from->missed_count,
                                     .wall_time_ns = from->wall_time_ns,
                                     .world_bytes = from->world_bytes,
                                     .without_bodies = from->without_bodies != 0,
                                     .events_known = from->events_known != 0,
                                     .record_bytes = from->record_bytes};
    if (!lq_wire_in_require(from->hash.len == HASH_BYTES, "frames.hash", where)) {
        return LQ_ERR_MALFORMED;
    }
    memcpy(frame->hash, from->hash.data, HASH_BYTES);
    return take_rows(from, arena, frame, where);
}

void lq_reading_codec_put_window(struct lq_wire_out *out, uint32_t number,
                                 const struct lq_window_entry *window)
{
    uint8_t *content = lq_wire_out_begin(out, number, 0);

    lq_wire_out_fixed64(out, 1, window->frame);
    if (window->known) {
        lq_wire_out_uint32(out, 2, 1);
        lq_wire_out_bytes(out, 3, window->client.bytes, LQ_CLIENT_ID_BYTES);
        lq_wire_out_fixed64(out, 4, window->highest);
        lq_wire_out_fixed64(out, 5, window->used_map);
        lq_wire_out_fixed64(out, 6, window->last_frame);
    }
    lq_wire_out_uint32(out, 7, window->count);
    lq_wire_out_fixed64(out, 8, window->lowest_incarnation);
    lq_wire_out_end(out, content, 0);
}

enum lq_result lq_reading_codec_take_window(const Ledgerquest__V1__WindowEntry *from,
                                            struct lq_window_entry *window, const char **where)
{
    *window = (struct lq_window_entry){.frame = from->frame,
                                       .known = from->known != 0,
                                       .highest = from->highest,
                                       .used_map = from->used_map,
                                       .last_frame = from->last_frame,
                                       .count = from->count,
                                       .lowest_incarnation = from->lowest_incarnation};
    return !window->known ||
                   lq_wire_in_require(
                       lq_wire_in_client(&window->client, from->client.data, from->client.len),
                       "window.client", where)
               ? LQ_OK
               : LQ_ERR_MALFORMED;
}

void lq_reading_codec_put_name(struct lq_wire_out *out, uint32_t number,
                               const struct lq_command_name *name)
{
    uint8_t *content = lq_wire_out_begin(out, number, 0);

    lq_wire_out_bytes(out, 1, name->client.bytes, LQ_CLIENT_ID_BYTES);
    lq_wire_out_fixed64(out, 2, name->sequence);
    lq_wire_out_end(out, content, 0);
}

enum lq_result lq_reading_codec_take_name(const Ledgerquest__V1__CommandName *from,
                                          struct lq_command_name *name, const char **where)
{
    name->sequence = from->sequence;
    return lq_wire_in_require(lq_wire_in_client(&name->client, from->client.data, from->client.len),
                              "command.client", where) &&
                   lq_wire_in_require(name->sequence > 0, "command.sequence", where)
               ? LQ_OK
               : LQ_ERR_MALFORMED;
}

void lq_reading_codec_put_sighting(struct lq_wire_out *out, uint32_t number,
                                   const struct lq_command_sighting *sighting)
{
    uint8_t *content = lq_wire_out_begin(out, number, 0);

    lq_wire_out_uint32(out, 1, sighting->place);
    lq_wire_out_uint32(out, 2, sighting->ahead);
    lq_wire_out_view(out, 3, sighting->stage);
    lq_wire_out_view(out, 4, sighting->parked_by);
    lq_wire_out_fixed64(out, 5, sighting->letter_id);
    lq_wire_out_end(out, content, 0);
}

enum lq_result lq_reading_codec_take_sighting(const Ledgerquest__V1__CommandSighting *from,
                                              struct lq_command_sighting *sighting,
                                              const char **where)
{
    uint32_t place = from->place;

    *sighting = (struct lq_command_sighting){
        .place = (uint8_t)place, .ahead = from->ahead, .letter_id = from->letter_id};
    return lq_wire_in_require(place <= LQ_COMMAND_PLACE_LAST, "sighting.place", where) &&
                   lq_wire_in_require(
                       lq_wire_in_view(&sighting->stage, LQ_STAGE_NAME_BYTES_MAX, from->stage),
                       "sighting.stage", where) &&
                   lq_wire_in_require(lq_wire_in_view(&sighting->parked_by, LQ_STAGE_NAME_BYTES_MAX,
                                                      from->parked_by),
                                      "sighting.parked_by", where)
               ? LQ_OK
               : LQ_ERR_MALFORMED;
}
