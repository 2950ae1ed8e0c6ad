// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "cli/letter_text.h"

#include "cli/command_fields.h"
#include "cli/json_output.h"
#include "cli/letter_input.h"
#include "cli/letter_selection.h"
#include "cli/text_output.h"
#include "proto/tick_codec.h"

#include <inttypes.h>
#include <stdlib.h>

enum { ARENA_BYTES = 64 * 1024 };

/* The decoded body, or what cannot be decoded as bytes: a poison command must be visible too. */
static json_t *command_json(const struct lq_letter_command *command)
{
    uint8_t memory[ARENA_BYTES];
    struct lq_arena arena = {.memory = memory, .bytes = sizeof memory};
    struct lq_command decoded = {.kind = 0};
    const char *where = NULL;
    json_t *document = json_pack("{s:o,s:I}", "client",
                                 lq_json_output_hex(command->client.bytes, LQ_CLIENT_ID_BYTES),
                                 "sequence", (json_int_t)command->sequence);

    if (lq_command_decode(command->body, &arena, &decoded, &where) == LQ_OK) {
        json_object_set_new(document, "command", lq_command_fields_to_json(&decoded));
    }
    json_object_set_new(document, "body_hex",
                        lq_json_output_hex(command->body.data, command->body.bytes));
    return document;
}

static json_t *rounds_json(const struct lq_letter *letter)
{
    json_t *rounds = json_array();

    for (uint32_t index = 0; index < letter->round_count; index++) {
        const struct lq_letter_round *round = &letter->rounds[index];
        json_array_append_new(
            rounds,
            json_pack("{s:I,s:o,s:I,s:o,s:o,s:I,s:I}", "round", (json_int_t)round->round, "stage",
                      lq_json_output_text(round->stage), "version", (json_int_t)round->version,
                      "error", lq_json_output_text(round->error), "cause",
                      lq_json_output_text(round->cause), "tries", (json_int_t)round->tries,
                      "wall_ns", (json_int_t)round->wall_ns));
    }
    return rounds;
}

json_t *lq_letter_text_json(const struct lq_letter *letter, bool whole)
{
    json_t *document = json_pack(
        "{s:o,s:s,s:I,s:o,s:o,s:o,s:I,s:o,s:o,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:b,s:I}", "id",
        lq_json_output_letter_id(letter->id), "state",
        lq_letter_selection_state_name(letter->state), "round", (json_int_t)letter->round, "tenant",
        lq_json_output_text(letter->tenant), "session", lq_json_output_text(letter->session),
        "stage", lq_json_output_text(letter->stage), "version", (json_int_t)letter->version,
        "error", lq_json_output_text(letter->error), "cause", lq_json_output_text(letter->cause),
        "tries", (json_int_t)letter->tries, "first_wall_ns", (json_int_t)letter->first_wall_ns,
        "last_wall_ns", (json_int_t)letter->last_wall_ns, "command_count",
        (json_int_t)letter->command_count, "payload_bytes", (json_int_t)letter->payload_bytes,
        "steps", (json_int_t)letter->steps, "done_frame", (json_int_t)letter->done_frame, "parked",
        (int)letter->parked, "kind", (json_int_t)letter->kind);

    if (whole) {
        json_t *commands = json_array();
        for (uint32_t index = 0; index < letter->command_count; index++) {
            json_array_append_new(commands, command_json(&letter->commands[index]));
        }
        json_object_set_new(document, "commands", commands);
        json_object_set_new(document, "died_round", lq_json_output_number(letter->died_round));
        json_object_set_new(document, "rounds", rounds_json(letter));
        json_object_set_new(document, "input", lq_letter_input_json(letter));
        json_object_set_new(document, "payload_hex",
                            lq_json_output_hex(letter->payload.data, letter->payload.bytes));
    }
    return document;
}

/* What it died of in the rounds before; what it died of last stands above. */
static void print_rounds(const struct lq_letter *letter)
{
    char time[32];

    for (uint32_t index = 0; index < letter->round_count; index++) {
        const struct lq_letter_round *round = &letter->rounds[index];
        printf("round %-4u %s: %.*s version %u, %u tries, %.*s: %.*s\n", round->round,
               lq_text_output_time(round->wall_ns, time), (int)round->stage.bytes,
               (const char *)round->stage.data, round->version, round->tries,
               (int)round->error.bytes, (const char *)round->error.data, (int)round->cause.bytes,
               round->cause.bytes > 0 ? (const char *)round->cause.data : "");
    }
    if (letter->round_count > 0) {
        printf("round %-4u %s: as above\n", letter->died_round,
               lq_text_output_time(letter->last_wall_ns, time));
    }
}

void lq_letter_text_print(const struct lq_letter *letter)
{
    char first[32];
    char last[32];

    printf("letter     dlq_%016" PRIx64 "\n", letter->id);
    printf("state      %s, round %u%s\n", lq_letter_selection_state_name(letter->state),
           letter->round, letter->parked ? "; parked its session" : "");
    printf("session    %.*s/%.*s\n", (int)letter->tenant.bytes, (const char *)letter->tenant.data,
           (int)letter->session.bytes, (const char *)letter->session.data);
    printf("stage      %.*s version %u\n", (int)letter->stage.bytes,
           (const char *)letter->stage.data, letter->version);
    printf("error      %.*s\n", (int)letter->error.bytes, (const char *)letter->error.data);
    printf("cause      %.*s\n", (int)letter->cause.bytes,
           letter->cause.bytes > 0 ? (const char *)letter->cause.data : "");
    printf("tries      %u, from %s to %s\n", letter->tries,
           lq_text_output_time(letter->first_wall_ns, first),
           lq_text_output_time(letter->last_wall_ns, last));
    printf("payload    %u bytes, %u steps\n", letter->payload_bytes, letter->steps);
    if (letter->state == LQ_LETTER_DONE) {
        printf("done       in frame %" PRIu64 "\n", letter->done_frame);
    }
    print_rounds(letter);
    printf("commands   %u\n", letter->command_count);
    for (uint32_t index = 0; index < letter->command_count; index++) {
        json_t *document = command_json(&letter->commands[index]);
        char *text = json_dumps(document, JSON_COMPACT);
        printf("  %s\n", text);
        free(text);
        json_decref(document);
    }
    lq_letter_input_print(letter);
}
