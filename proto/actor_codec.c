// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* READY, PAUSED, HEARTBEAT, GOODBYE, WELCOME: the messages that keep broker and actors in touch.
 * The batches are in dispatch_codec.c and result_codec.c. */
#include "proto/actor_codec.h"

#include "proto/counts_codec.h"
#include "proto/wire_in.h"
#include "proto/wire_limits.h"
#include "proto/wire_out.h"

#include "ledgerquest/v1/actor.pb-c.h"

enum lq_result lq_ready_encode(const struct lq_ready *message, uint8_t *to, size_t bytes_max,
                               size_t *written)
{
    struct lq_wire_out out;

    LQ_ASSERT(message->partition_count <= sizeof message->partitions / sizeof(uint32_t));
    lq_wire_out_open_framed(&out, LQ_MESSAGE_READY, to, bytes_max);
    lq_wire_out_fixed64(&out, 1, message->epoch);
    lq_wire_out_text(&out, 2, message->stage);
    lq_wire_out_uint32(&out, 3, message->version);
    lq_wire_out_gather_uint32(&out, 4, message->partitions, sizeof(uint32_t),
                              message->partition_count);
    lq_wire_out_text(&out, 5, message->instance);
    lq_wire_out_uint32(&out, 6, message->pid);
    lq_wire_out_uint32(&out, 7, message->credit);
    lq_wire_out_uint32(&out, 8, message->items_max);
    lq_wire_out_uint32(&out, 9, message->bytes_max);
    lq_wire_out_fixed64(&out, 10, message->suspect.epoch);
    lq_wire_out_fixed64(&out, 11, message->suspect.counter);
    lq_wire_out_fixed64(&out, 12, message->writer_epoch);
    return lq_wire_out_close(&out, written);
}

enum lq_result lq_ready_decode(struct lq_view from, struct lq_arena *arena,
                               struct lq_ready *message, const char **where)
{
    ProtobufCMessage *unpacked;
    enum lq_result result =
        lq_wire_unpack(&ledgerquest__v1__ready__descriptor, from, arena, &unpacked, where);

    if (result != LQ_OK) {
        return result;
    }
    const Ledgerquest__V1__Ready *ready = (const Ledgerquest__V1__Ready *)unpacked;
    bool fits =
        lq_wire_in_require(ready->stage[0] != '\0' &&
                               lq_wire_in_text(message->stage, sizeof message->stage, ready->stage),
                           "stage", where) &&
        lq_wire_in_require(
            ready->instance[0] != '\0' &&
                lq_wire_in_text(message->instance, sizeof message->instance, ready->instance),
            "instance", where) &&
        lq_wire_in_require(ready->n_partitions <= sizeof message->partitions / sizeof(uint32_t),
                           "partitions", where);
    if (!fits) {
        return LQ_ERR_MALFORMED;
    }
    message->epoch = ready->epoch;
    message->version = ready->version;
    message->partition_count = (uint32_t)ready->n_partitions;
    lq_wire_in_column(message->partitions, ready->partitions, ready->n_partitions, 4);
    message->pid = ready->pid;
    message->credit = ready->credit;
    message->items_max = ready->items_max;
    message->bytes_max = ready->bytes_max;
    message->suspect = (struct lq_execution_id){ready->suspect_epoch, ready->suspect_counter};
    message->writer_epoch = ready->writer_epoch;
    return LQ_OK;
}

enum lq_result lq_paused_encode(const struct lq_paused *message, uint8_t *to, size_t bytes_max,
                                size_t *written)
{
    struct lq_wire_out out;

    lq_wire_out_open_framed(&out, LQ_MESSAGE_PAUSED, to, bytes_max);
    lq_wire_out_fixed64(&out, 1, message->epoch);
    lq_wire_out_uint32(&out, 2, message->paused);
    lq_wire_out_view(&out, 3, message->reason);
    lq_wire_out_uint32(&out, 4, message->retiring);
    return lq_wire_out_close(&out, written);
}

enum lq_result lq_paused_decode(struct lq_view from, struct lq_arena *arena,
                                struct lq_paused *message, const char **where)
{
    ProtobufCMessage *unpacked;
    enum lq_result result =
        lq_wire_unpack(&ledgerquest__v1__paused__descriptor, from, arena, &unpacked, where);

    if (result != LQ_OK) {
        return result;
    }
    const Ledgerquest__V1__Paused *paused = (const Ledgerquest__V1__Paused *)unpacked;
    *message = (struct lq_paused){.epoch = paused->epoch,
                                  .paused = paused->paused != 0,
                                  .retiring = paused->retiring != 0,
                                  .reason = lq_view_text(paused->reason)};
    return lq_wire_in_require(message->reason.bytes < LQ_REASON_BYTES_MAX, "reason", where)
               ? LQ_OK
               : LQ_ERR_LIMIT;
}

enum lq_result lq_welcome_encode(const struct lq_welcome *message, uint8_t *to, size_t bytes_max,
                                 size_t *written)
{
    struct lq_wire_out out;

    lq_wire_out_open_framed(&out, LQ_MESSAGE_WELCOME, to, bytes_max);
    lq_wire_out_fixed64(&out, 1, message->epoch);
    lq_wire_out_uint32(&out, 2, message->commands_per_message_max);
    lq_wire_out_uint32(&out, 3, message->message_bytes_max);
    lq_wire_out_uint32(&out, 4, message->mailbox_commands_max);
    lq_wire_out_view(&out, 5, message->refused);
    lq_wire_out_view(&out, 6, message->history);
    return lq_wire_out_close(&out, written);
}

enum lq_result lq_welcome_decode(struct lq_view from, struct lq_arena *arena,
                                 struct lq_welcome *message, const char **where)
{
    ProtobufCMessage *unpacked;
    enum lq_result result =
        lq_wire_unpack(&ledgerquest__v1__welcome__descriptor, from, arena, &unpacked, where);

    if (result != LQ_OK) {
        return result;
    }
    const Ledgerquest__V1__Welcome *welcome = (const Ledgerquest__V1__Welcome *)unpacked;
    message->epoch = welcome->epoch;
    message->commands_per_message_max = welcome->commands_per_message_max;
    message->message_bytes_max = welcome->message_bytes_max;
    message->mailbox_commands_max = welcome->mailbox_commands_max;
    message->history = lq_view_of(welcome->history.data, welcome->history.len);
    return lq_wire_in_require(
               lq_wire_in_view(&message->refused, LQ_REASON_BYTES_MAX - 1, welcome->refused),
               "refused", where) &&
                   lq_wire_in_require(message->history.bytes == 0 ||
                                          message->history.bytes == LQ_WELCOME_HISTORY_BYTES,
                                      "history", where)
               ? LQ_OK
               : LQ_ERR_MALFORMED;
}

enum lq_result lq_heartbeat_encode(enum lq_message_kind kind, const struct lq_heartbeat *message,
                                   uint8_t *to, size_t bytes_max, size_t *written)
{
    struct lq_wire_out out;

    LQ_ASSERT(kind == LQ_MESSAGE_HEARTBEAT || kind == LQ_MESSAGE_GOODBYE);
    LQ_ASSERT(message->batch_count <= LQ_BATCHES_HELD_MAX);
    lq_wire_out_open_framed(&out, kind, to, bytes_max);
    lq_wire_out_fixed64(&out, 1, message->epoch);
    if (message->tells) {
        lq_wire_out_uint32(&out, 2, 1);
        lq_wire_out_fixed64(&out, 3, message->newest_batch);
        lq_wire_out_gather_fixed64(&out, 4, message->batches, sizeof(uint64_t),
                                   message->batch_count);
        lq_wire_out_uint32(&out, 5, message->paused);
        lq_wire_out_view(&out, 6, message->reason);
        lq_wire_out_uint32(&out, 7, message->retiring);
        lq_counts_codec_put(&out, 8, &message->counts);
    }
    return lq_wire_out_close(&out, written);
}

enum lq_result lq_heartbeat_decode(struct lq_view from, struct lq_arena *arena,
                                   struct lq_heartbeat *message, const char **where)
{
    ProtobufCMessage *unpacked;
    enum lq_result result =
        lq_wire_unpack(&ledgerquest__v1__heartbeat__descriptor, from, arena, &unpacked, where);

    if (result != LQ_OK) {
        return result;
    }
    const Ledgerquest__V1__Heartbeat *beat = (const Ledgerquest__V1__Heartbeat *)unpacked;
    if (!lq_wire_in_require(beat->n_batches <= LQ_BATCHES_HELD_MAX, "batches", where)) {
        return LQ_ERR_LIMIT;
    }
    *message = (struct lq_heartbeat){.epoch = beat->epoch,
                                     .tells = beat->tells != 0,
                                     .newest_batch = beat->newest_batch,
                                     .batch_count = (uint32_t)beat->n_batches,
                                     .paused = beat->paused != 0,
                                     .retiring = beat->retiring != 0,
                                     .reason = lq_view_text(beat->reason)};
    lq_wire_in_column(message->batches, beat->batches, beat->n_batches, sizeof(uint64_t));
    lq_counts_codec_take(beat->counts, &message->counts);
    return lq_wire_in_require(message->reason.bytes < LQ_REASON_BYTES_MAX, "reason", where)
               ? LQ_OK
               : LQ_ERR_LIMIT;
}
