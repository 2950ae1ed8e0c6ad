// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "proto/tick_codec.h"
#include "proto/wire_in.h"
#include "proto/wire_limits.h"
#include "proto/wire_out.h"

#include "ledgerquest/v1/tick.pb-c.h"

#define HASH_BYTES 32u

static void put_bodies(struct lq_wire_out *out, const struct lq_tick_request *request)
{
    uint32_t count = request->command_count;
    size_t total = 0;

    uint8_t *lengths = lq_wire_out_begin(out, 8, count);
    for (uint32_t index = 0; index < count; index++) {
        lq_wire_out_varint(out, (uint32_t)request->bodies[index].bytes);
        total += request->bodies[index].bytes;
    }
    lq_wire_out_end(out, lengths, count);
    uint8_t *to = lq_wire_out_reserve(out, 9, total);
    for (uint32_t index = 0; to != NULL && index < count; index++) {
        struct lq_view body = request->bodies[index];
        lq_wire_in_column(to, body.data, body.bytes, 1);
        to += body.bytes;
    }
}

enum lq_result lq_tick_request_encode(const struct lq_tick_request *request, uint8_t *to,
                                      size_t bytes_max, size_t *written)
{
    struct lq_wire_out out;
    uint32_t count = request->command_count;

    LQ_ASSERT(count <= LQ_COMMANDS_PER_TICK_MAX);
    lq_wire_out_open(&out, to, bytes_max);
    lq_wire_out_uint32(&out, 1, request->steps);
    lq_wire_out_fixed64(&out, 2, request->missed);
    lq_wire_out_fixed64(&out, 3, request->wall_time_ns);
    lq_wire_out_bytes(&out, 4, request->pipeline_hash, HASH_BYTES);
    if (count > 0) {
        lq_wire_out_bytes(&out, 5, request->clients, (size_t)count * LQ_CLIENT_ID_BYTES);
        lq_wire_out_column64(&out, 6, request->sequences, count);
        lq_wire_out_column64(&out, 7, request->letter_ids, count);
        put_bodies(&out, request);
    }
    lq_wire_out_uint32(&out, 10, request->rate.numerator);
    lq_wire_out_uint32(&out, 11, request->rate.denominator);
    return lq_wire_out_close(&out, written);
}

/* Cut the bodies, which lie back to back, by their lengths. */
static bool take_bodies(const Ledgerquest__V1__TickRequest *message,
                        struct lq_tick_request *request)
{
    size_t offset = 0;

    for (uint32_t index = 0; index < request->command_count; index++) {
        size_t bytes = message->command_bytes[index];
        if (bytes > message->command_bodies.len - offset) {
            return false;
        }
        request->bodies[index] =
            lq_view_of(bytes > 0 ? message->command_bodies.data + offset : NULL, bytes);
        offset += bytes;
    }
    return offset == message->command_bodies.len;
}

enum lq_result lq_tick_request_decode(struct lq_view payload, struct lq_arena *arena,
                                      struct lq_tick_request *request, const char **where)
{
    ProtobufCMessage *unpacked;
    enum lq_result result = lq_wire_unpack(&ledgerquest__v1__tick_request__descriptor, payload,
                                           arena, &unpacked, where);

    if (result != LQ_OK) {
        return result;
    }
    const Ledgerquest__V1__TickRequest *message = (const Ledgerquest__V1__TickRequest *)unpacked;
    size_t count = message->n_sequence;
    if (!lq_wire_in_require(count <= LQ_COMMANDS_PER_TICK_MAX, "sequence", where)) {
        return LQ_ERR_LIMIT;
    }
    if (!lq_wire_in_require(message->pipeline_hash.len == HASH_BYTES, "pipeline_hash", where) ||
        !lq_wire_in_require(message->clients.len == count * LQ_CLIENT_ID_BYTES, "clients", where) ||
        !lq_wire_in_require(message->n_letter_id == count, "letter_id", where) ||
        !lq_wire_in_require(message->n_command_bytes == count, "command_bytes", where)) {
        return LQ_ERR_MALFORMED;
    }
    request->steps = message->steps;
    request->missed = message->missed;
    request->wall_time_ns = message->wall_time_ns;
    memcpy(request->pipeline_hash, message->pipeline_hash.data, HASH_BYTES);
    request->rate = (struct lq_session_rate){message->rate_numerator, message->rate_denominator};
    request->command_count = (uint32_t)count;
    lq_wire_in_column(request->clients, message->clients.data, count, LQ_CLIENT_ID_BYTES);
    lq_wire_in_column(request->sequences, message->sequence, count, 8);
    lq_wire_in_column(request->letter_ids, message->letter_id, count, 8);
    return lq_wire_in_require(take_bodies(message, request), "command_bodies", where)
               ? LQ_OK
               : LQ_ERR_MALFORMED;
}
