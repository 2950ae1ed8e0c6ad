// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "proto/tick_codec.h"
#include "proto/wire_in.h"
#include "proto/wire_limits.h"
#include "proto/world_codec.h"

#include "ledgerquest/v1/tick.pb-c.h"

void lq_command_codec_put(struct lq_wire_out *out, const struct lq_command *command)
{
    lq_wire_out_uint32(out, 1, command->kind);
    lq_wire_out_fixed32(out, 2, command->body_id);
    lq_wire_out_uint32(out, 3, command->body_kind);
    lq_wire_out_double(out, 4, command->x);
    lq_wire_out_double(out, 5, command->y);
    lq_wire_out_float(out, 6, command->radius);
    lq_wire_out_float(out, 7, command->vx);
    lq_wire_out_float(out, 8, command->vy);
    lq_wire_out_uint32(out, 9, command->behavior);
    lq_wire_out_fixed32(out, 10, command->target_id);
    lq_wire_out_float(out, 11, command->strength);
    lq_wire_out_view(out, 12, command->custom);
}

enum lq_result lq_command_codec_take(const struct Ledgerquest__V1__Command *message,
                                     struct lq_command *command, const char **where)
{
    if (!lq_wire_in_require(message->kind <= UINT8_MAX, "kind", where) ||
        !lq_wire_in_require(message->body_kind <= UINT8_MAX, "body_kind", where) ||
        !lq_wire_in_require(message->behavior <= UINT8_MAX, "behavior", where)) {
        return LQ_ERR_MALFORMED;
    }
    if (!lq_wire_in_require(message->custom.len <= LQ_CUSTOM_BYTES_MAX, "custom", where)) {
        return LQ_ERR_LIMIT;
    }
    command->kind = (uint8_t)message->kind;
    command->body_id = message->body_id;
    command->body_kind = (uint8_t)message->body_kind;
    command->x = message->x;
    command->y = message->y;
    command->radius = message->radius;
    command->vx = message->vx;
    command->vy = message->vy;
    command->behavior = (uint8_t)message->behavior;
    command->target_id = message->target_id;
    command->strength = message->strength;
    command->custom = lq_view_of(message->custom.data, message->custom.len);
    return LQ_OK;
}

enum lq_result lq_command_encode(const struct lq_command *command, uint8_t *to, size_t bytes_max,
                                 size_t *written)
{
    struct lq_wire_out out;

    lq_wire_out_open(&out, to, bytes_max);
    lq_command_codec_put(&out, command);
    return lq_wire_out_close(&out, written);
}

enum lq_result lq_command_decode(struct lq_view body, struct lq_arena *arena,
                                 struct lq_command *command, const char **where)
{
    ProtobufCMessage *unpacked;

    command->kind = 0;
    enum lq_result result =
        lq_wire_unpack(&ledgerquest__v1__command__descriptor, body, arena, &unpacked, where);
    if (result != LQ_OK) {
        return result;
    }
    result = lq_command_codec_take((const Ledgerquest__V1__Command *)unpacked, command, where);
    if (result == LQ_OK && (command->kind == 0 || command->kind > LQ_COMMAND_KIND_LAST)) {
        command->kind = 0;
        *where = "kind";
        result = LQ_ERR_MALFORMED;
    }
    return result;
}
