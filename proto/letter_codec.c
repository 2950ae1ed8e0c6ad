// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "proto/letter_codec.h"

#include "proto/schema_enum.h"
#include "proto/wire_in.h"
#include "proto/wire_limits.h"

#include "ledgerquest/v1/client.pb-c.h"

LQ_SCHEMA_ENUM(LQ_LETTER_OPEN, LETTER_STATE__LETTER_STATE_OPEN);
LQ_SCHEMA_ENUM(LQ_LETTER_REDRIVING, LETTER_STATE__LETTER_STATE_REDRIVING);
LQ_SCHEMA_ENUM(LQ_LETTER_DONE, LETTER_STATE__LETTER_STATE_DONE);

static void put_command(struct lq_wire_out *out, const struct lq_letter_command *command)
{
    size_t bytes_expected = 32 + command->body.bytes;
    uint8_t *content = lq_wire_out_begin(out, 13, bytes_expected);

    lq_wire_out_bytes(out, 1, command->client.bytes, LQ_CLIENT_ID_BYTES);
    lq_wire_out_fixed64(out, 2, command->sequence);
    lq_wire_out_view(out, 3, command->body);
    lq_wire_out_end(out, content, bytes_expected);
}

static void put_round(struct lq_wire_out *out, const struct lq_letter_round *round)
{
    size_t bytes_expected = 64 + round->stage.bytes + round->error.bytes + round->cause.bytes;
    uint8_t *content = lq_wire_out_begin(out, 21, bytes_expected);

    lq_wire_out_uint32(out, 1, round->round);
    lq_wire_out_view(out, 2, round->stage);
    lq_wire_out_uint32(out, 3, round->version);
    lq_wire_out_view(out, 4, round->error);
    lq_wire_out_view(out, 5, round->cause);
    lq_wire_out_uint32(out, 6, round->tries);
    lq_wire_out_fixed64(out, 7, round->wall_ns);
    lq_wire_out_end(out, content, bytes_expected);
}

static void put_letter_fields(struct lq_wire_out *out, const struct lq_letter *letter)
{
    LQ_ASSERT(letter->command_count <= LQ_COMMANDS_PER_TICK_MAX);
    lq_wire_out_fixed64(out, 1, letter->id);
    lq_wire_out_uint32(out, 2, letter->state);
    lq_wire_out_uint32(out, 3, letter->round);
    lq_wire_out_view(out, 4, letter->tenant);
    lq_wire_out_view(out, 5, letter->session);
    lq_wire_out_view(out, 6, letter->stage);
    lq_wire_out_uint32(out, 7, letter->version);
    lq_wire_out_view(out, 8, letter->error);
    lq_wire_out_view(out, 9, letter->cause);
    lq_wire_out_uint32(out, 10, letter->tries);
    lq_wire_out_fixed64(out, 11, letter->first_wall_ns);
    lq_wire_out_fixed64(out, 12, letter->last_wall_ns);
    for (uint32_t index = 0; index < letter->command_count; index++) {
        put_command(out, &letter->commands[index]);
    }
    lq_wire_out_view(out, 14, letter->payload);
    lq_wire_out_uint32(out, 15, letter->steps);
    lq_wire_out_fixed64(out, 16, letter->done_frame);
    lq_wire_out_uint32(out, 17, letter->parked);
    lq_wire_out_uint32(out, 18, letter->kind);
    lq_wire_out_uint32(out, 19, letter->payload_bytes);
    lq_wire_out_uint32(out, 20, letter->died_round);
    LQ_ASSERT(letter->round_count <= LQ_LETTER_ROUNDS_MAX);
    for (uint32_t index = 0; index < letter->round_count; index++) {
        put_round(out, &letter->rounds[index]);
    }
}

void lq_letter_codec_put(struct lq_wire_out *out, uint32_t number, const struct lq_letter *letter)
{
    size_t bytes_expected = 256 + letter->payload.bytes;
    uint8_t *content = lq_wire_out_begin(out, number, bytes_expected);

    put_letter_fields(out, letter);
    lq_wire_out_end(out, content, bytes_expected);
}

static enum lq_result take_commands(const Ledgerquest__V1__Letter *message,
                                    struct lq_letter *letter, const char **where)
{
    if (!lq_wire_in_require(message->n_commands <= LQ_COMMANDS_PER_TICK_MAX, "commands", where)) {
        return LQ_ERR_LIMIT;
    }
    letter->command_count = (uint32_t)message->n_commands;
    for (uint32_t index = 0; index < letter->command_count; index++) {
        const Ledgerquest__V1__LetterCommand *from = message->commands[index];
        struct lq_letter_command *command = &letter->commands[index];
        if (!lq_wire_in_require(
                lq_wire_in_client(&command->client, from->client.data, from->client.len),
                "commands.client", where)) {
            return LQ_ERR_MALFORMED;
        }
        command->sequence = from->sequence;
        command->body = lq_view_of(from->body.data, from->body.len);
    }
    return LQ_OK;
}

static enum lq_result take_rounds(const Ledgerquest__V1__Letter *message, struct lq_letter *letter,
                                  const char **where)
{
    if (!lq_wire_in_require(message->n_rounds <= LQ_LETTER_ROUNDS_MAX, "rounds", where)) {
        return LQ_ERR_LIMIT;
    }
    letter->round_count = (uint32_t)message->n_rounds;
    for (uint32_t index = 0; index < letter->round_count; index++) {
        const Ledgerquest__V1__LetterRound *from = message->rounds[index];
        letter->rounds[index] = (struct lq_letter_round){.round = from->round,
                                                         .version = from->version,
                                                         .tries = from->tries,
                                                         .stage = lq_view_text(from->stage),
                                                         .error = lq_view_text(from->error),
                                                         .cause = lq_view_text(from->cause),
                                                         .wall_ns = from->wall_ns};
    }
    return LQ_OK;
}

enum lq_result lq_letter_codec_take(const struct Ledgerquest__V1__Letter *message,
                                    struct lq_letter *letter, const char **where)
{
    uint32_t state = message->state;
    if (!lq_wire_in_require(state >= LQ_LETTER_OPEN && state <= LQ_LETTER_DONE, "state", where)) {
        return LQ_ERR_MALFORMED;
    }
    letter->id = message->id;
    letter->state = (uint8_t)state;
    letter->round = message->round;
    letter->tenant = lq_view_text(message->tenant);
    letter->session = lq_view_text(message->session);
    letter->stage = lq_view_text(message->stage);
    letter->version = message->version;
    letter->error = lq_view_text(message->error);
    letter->cause = lq_view_text(message->cause);
    letter->tries = message->tries;
    letter->first_wall_ns = message->first_wall_ns;
    letter->last_wall_ns = message->last_wall_ns;
    letter->payload = lq_view_of(message->payload.data, message->payload.len);
    letter->payload_bytes = message->payload_bytes;
    letter->steps = message->steps;
    letter->done_frame = message->done_frame;
    letter->parked = message->parked != 0;
    letter->kind = message->kind;
    letter->died_round = message->died_round;
    enum lq_result result = take_rounds(message, letter, where);
    return result == LQ_OK ? take_commands(message, letter, where) : result;
}

enum lq_result lq_letter_encode(const struct lq_letter *message, uint8_t *to, size_t bytes_max,
                                size_t *written)
{
    struct lq_wire_out out;

    lq_wire_out_open(&out, to, bytes_max);
    put_letter_fields(&out, message);
    return lq_wire_out_close(&out, written);
}

enum lq_result lq_letter_decode(struct lq_view from, struct lq_arena *arena,
                                struct lq_letter *message, const char **where)
{
    ProtobufCMessage *unpacked;
    enum lq_result result =
        lq_wire_unpack(&ledgerquest__v1__letter__descriptor, from, arena, &unpacked, where);

    return result != LQ_OK
               ? result
               : lq_letter_codec_take((const Ledgerquest__V1__Letter *)unpacked, message, where);
}
