// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "proto/play_codec.h"

#include "proto/event_codec.h"
#include "proto/wire_in.h"
#include "proto/wire_limits.h"
#include "world/world_limits.h"

#include "ledgerquest/v1/client.pb-c.h"

enum lq_result lq_play_encode(const struct lq_play *play, uint8_t *to, size_t bytes_max,
                              size_t *written)
{
    const struct lq_play_command *commands = play->commands;
    struct lq_wire_out out;

    LQ_ASSERT(play->event_count <= LQ_EVENTS_PER_TICK_MAX);
    LQ_ASSERT(play->command_count <= LQ_COMMANDS_PER_TICK_MAX);
    lq_wire_out_open(&out, to, bytes_max);
    lq_event_codec_put(&out, 1, play->events, play->event_count);
    if (play->command_count > 0) {
        lq_wire_out_gather_bytes(&out, 2, commands->client.bytes, LQ_CLIENT_ID_BYTES,
                                 sizeof *commands, play->command_count);
        lq_wire_out_gather_fixed64(&out, 3, &commands->sequence, sizeof *commands,
                                   play->command_count);
        lq_wire_out_gather_uint8(&out, 4, &commands->outcome, sizeof *commands,
                                 play->command_count);
    }
    lq_wire_out_fixed64(&out, 5, play->frame);
    return lq_wire_out_close(&out, written);
}

static bool take_command(const Ledgerquest__V1__Play *from, size_t index,
                         struct lq_play_command *command, const char **where)
{
    uint32_t outcome = from->outcome[index];

    memcpy(command->client.bytes, from->clients.data + index * LQ_CLIENT_ID_BYTES,
           LQ_CLIENT_ID_BYTES);
    command->sequence = from->sequence[index];
    command->outcome = (uint8_t)outcome;
    return lq_wire_in_require(outcome == LQ_OUTCOME_APPLIED || outcome == LQ_OUTCOME_REFUSED,
                              "outcome", where);
}

static enum lq_result take_commands(const Ledgerquest__V1__Play *from, struct lq_arena *arena,
                                    struct lq_play *play, const char **where)
{
    size_t count = from->n_sequence;

    if (!lq_wire_in_require(from->clients.len == count * LQ_CLIENT_ID_BYTES, "clients", where) ||
        !lq_wire_in_require(from->n_outcome == count, "outcome", where)) {
        return LQ_ERR_MALFORMED;
    }
    struct lq_play_command *commands = lq_arena_take(arena, count * sizeof *commands);
    if (!lq_wire_in_require(count <= LQ_COMMANDS_PER_TICK_MAX && commands != NULL, "sequence",
                            where)) {
        return LQ_ERR_LIMIT;
    }
    for (size_t index = 0; index < count; index++) {
        if (!take_command(from, index, &commands[index], where)) {
            return LQ_ERR_MALFORMED;
        }
    }
    play->commands = commands;
    play->command_count = (uint32_t)count;
    return LQ_OK;
}

enum lq_result lq_play_decode(struct lq_view from, struct lq_arena *arena, struct lq_play *play,
                              const char **where)
{
    ProtobufCMessage *unpacked;
    struct lq_tick_event *events;
    enum lq_result result =
        lq_wire_unpack(&ledgerquest__v1__play__descriptor, from, arena, &unpacked, where);

    if (result != LQ_OK) {
        return result;
    }
    const Ledgerquest__V1__Play *message = (const Ledgerquest__V1__Play *)unpacked;
    result = lq_event_codec_take(message->events, message->n_events, arena, &events,
                                 &play->event_count, where);
    if (result != LQ_OK) {
        return result;
    }
    play->events = events;
    play->frame = message->frame;
    return take_commands(message, arena, play, where);
}
