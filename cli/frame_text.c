// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "cli/frame_text.h"

#include "base/alloc.h"
#include "cli/command_fields.h"
#include "cli/event_numbers.h"
#include "cli/json_output.h"
#include "cli/text_output.h"
#include "proto/tick_codec.h"

#include <inttypes.h>
#include <stdlib.h>

enum { ARENA_BYTES = 64 * 1024 };

const char *lq_frame_text_name(const struct lq_client_id *client, uint64_t sequence, char *to)
{
    char digits[LQ_TEXT_HASH_BYTES];

    lq_text_output_hash(client->bytes, LQ_CLIENT_ID_BYTES * 2, digits);
    snprintf(to, LQ_FRAME_TEXT_NAME_BYTES, "%s:%" PRIu64, digits, sequence);
    return to;
}

const char *lq_frame_text_kind(const struct lq_frame_command *command)
{
    return command->kind == 0 ? "Unreadable" : lq_command_kind_name(command->kind);
}

const char *lq_frame_text_outcome(uint8_t outcome)
{
    return outcome == LQ_OUTCOME_APPLIED ? "applied" : "refused";
}

void lq_frame_text_print(const struct lq_frame_entry *frame, const struct lq_frame_labels *labels)
{
    char name[LQ_FRAME_TEXT_NAME_BYTES];

    for (uint32_t index = 0; index < frame->command_count; index++) {
        const struct lq_frame_command *command = &frame->commands[index];
        printf("%s%s %s %s%s%.*s\n", labels->command,
               lq_frame_text_name(&command->client, command->sequence, name),
               lq_frame_text_kind(command), lq_frame_text_outcome(command->outcome),
               command->reason.bytes > 0 ? ": " : "", (int)command->reason.bytes,
               command->reason.bytes > 0 ? (const char *)command->reason.data : "");
    }
    for (uint32_t index = 0; index < frame->event_count; index++) {
        printf("%s%s of body %u\n", labels->event, frame->events[index].type,
               frame->events[index].body_id);
    }
    if (!frame->events_known) {
        printf("%snot kept any more\n", labels->events);
    }
}

/* The fields of a command whose body came along and can be read; else NULL. */
static json_t *fields_json(const struct lq_frame_command *command)
{
    uint8_t *memory = lq_alloc(ARENA_BYTES, 1);
    struct lq_arena arena = {.memory = memory, .bytes = ARENA_BYTES};
    struct lq_command decoded = {.kind = 0};
    const char *where = "";
    bool readable = command->body.bytes > 0 &&
                    lq_command_decode(command->body, &arena, &decoded, &where) == LQ_OK;
    json_t *fields = readable ? lq_command_fields_to_json(&decoded) : NULL;

    free(memory);
    return fields;
}

static json_t *commands_json(const struct lq_frame_entry *frame)
{
    json_t *array = json_array();

    for (uint32_t index = 0; index < frame->command_count; index++) {
        const struct lq_frame_command *command = &frame->commands[index];
        json_t *object =
            json_pack("{s:o,s:I,s:s,s:s}", "client",
                      lq_json_output_hex(command->client.bytes, LQ_CLIENT_ID_BYTES), "sequence",
                      (json_int_t)command->sequence, "kind", lq_frame_text_kind(command), "outcome",
                      lq_frame_text_outcome(command->outcome));
        json_t *fields = fields_json(command);
        if (command->reason.bytes > 0) {
            json_object_set_new(object, "reason", lq_json_output_text(command->reason));
        }
        if (fields != NULL) {
            json_object_set_new(object, "command", fields);
        }
        json_array_append_new(array, object);
    }
    return array;
}

static json_t *events_json(const struct lq_frame_entry *frame)
{
    json_t *array = json_array();

    for (uint32_t index = 0; index < frame->event_count; index++) {
        const struct lq_tick_event *event = &frame->events[index];
        json_t *object =
            json_pack("{s:o,s:I,s:o}", "type", lq_json_output_text(lq_view_text(event->type)),
                      "body", (json_int_t)event->body_id, "client",
                      lq_json_output_hex(event->client.bytes, LQ_CLIENT_ID_BYTES));
        lq_event_numbers_put(object, event);
        json_array_append_new(array, object);
    }
    return array;
}

json_t *lq_frame_text_json(const struct lq_session_path *path, const struct lq_frame_entry *frame)
{
    return json_pack("{s:s,s:s,s:I,s:o,s:I,s:I,s:I,s:I,s:I,s:o,s:o}", "tenant", path->tenant,
                     "session", path->session, "frame", (json_int_t)frame->frame, "hash",
                     lq_json_output_hex(frame->hash, sizeof frame->hash), "steps",
                     (json_int_t)frame->steps, "step_count", (json_int_t)frame->step_count,
                     "missed", (json_int_t)frame->missed_count, "wall_time_ns",
                     (json_int_t)frame->wall_time_ns, "record_bytes",
                     (json_int_t)frame->record_bytes, "commands", commands_json(frame), "events",
                     frame->events_known ? events_json(frame) : json_null());
}
