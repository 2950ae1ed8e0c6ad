// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "proto/client_codec.h"

#include "proto/wire_in.h"
#include "proto/wire_limits.h"
#include "proto/wire_out.h"

#include "ledgerquest/v1/client.pb-c.h"

#define HASH_BYTES 32u

enum lq_result lq_hello_encode(const struct lq_client_id *client, uint8_t *to, size_t bytes_max,
                               size_t *written)
{
    struct lq_wire_out out;

    lq_wire_out_open_framed(&out, LQ_MESSAGE_HELLO, to, bytes_max);
    lq_wire_out_bytes(&out, 1, client->bytes, LQ_CLIENT_ID_BYTES);
    return lq_wire_out_close(&out, written);
}

enum lq_result lq_hello_decode(struct lq_view from, struct lq_arena *arena,
                               struct lq_client_id *client, const char **where)
{
    ProtobufCMessage *unpacked;
    enum lq_result result =
        lq_wire_unpack(&ledgerquest__v1__hello__descriptor, from, arena, &unpacked, where);

    if (result != LQ_OK) {
        return result;
    }
    const Ledgerquest__V1__Hello *hello = (const Ledgerquest__V1__Hello *)unpacked;
    return lq_wire_in_require(lq_wire_in_client(client, hello->client.data, hello->client.len),
                              "client", where)
               ? LQ_OK
               : LQ_ERR_MALFORMED;
}

enum lq_result lq_submit_encode(const struct lq_submit *message, uint8_t *to, size_t bytes_max,
                                size_t *written)
{
    struct lq_wire_out out;
    const struct lq_submit_command *commands = message->commands;
    size_t count = message->command_count;

    LQ_ASSERT(count <= LQ_SUBMIT_COMMANDS_MAX);
    lq_wire_out_open_framed(&out, LQ_MESSAGE_SUBMIT, to, bytes_max);
    lq_wire_out_fixed64(&out, 1, message->epoch);
    lq_wire_out_bytes(&out, 2, message->client.bytes, LQ_CLIENT_ID_BYTES);
    lq_wire_out_view(&out, 3, message->tenant);
    for (size_t index = 0; index < count; index++) {
        lq_wire_out_entry(&out, 4, commands[index].session);
    }
    if (count > 0) {
        lq_wire_out_gather_fixed64(&out, 5, &commands->sequence, sizeof *commands, count);
        lq_wire_out_gather_fixed64(&out, 6, &commands->tag, sizeof *commands, count);
        lq_wire_out_gather_uint32(&out, 7, &commands->command_bytes, sizeof *commands, count);
    }
    lq_wire_out_uint32(&out, 8, message->round);
    return lq_wire_out_close(&out, written);
}

static bool submit_columns_match(const Ledgerquest__V1__Submit *from, const char **where)
{
    size_t count = from->n_session;

    return lq_wire_in_require(from->n_sequence == count, "sequence", where) &&
           lq_wire_in_require(from->n_tag == count, "tag", where) &&
           lq_wire_in_require(from->n_command_bytes == count, "command_bytes", where);
}

/* Names are checked for length only: the broker refuses a name that is none with a reason. */
static bool take_submit(const Ledgerquest__V1__Submit *from, struct lq_submit *message,
                        const char **where)
{
    uint64_t total_bytes = 0;

    if (!lq_wire_in_require(
            lq_wire_in_client(&message->client, from->client.data, from->client.len), "client",
            where) ||
        !lq_wire_in_require(
            lq_wire_in_view(&message->tenant, LQ_TENANT_NAME_BYTES_MAX, from->tenant), "tenant",
            where)) {
        return false;
    }
    for (uint32_t index = 0; index < message->command_count; index++) {
        struct lq_submit_command *command = &message->commands[index];
        if (!lq_wire_in_require(
                lq_wire_in_view(&command->session, LQ_SESSION_NAME_BYTES_MAX, from->session[index]),
                "session", where)) {
            return false;
        }
        command->sequence = from->sequence[index];
        command->tag = from->tag[index];
        command->command_bytes = from->command_bytes[index];
        total_bytes += command->command_bytes;
    }
    return lq_wire_in_require(total_bytes <= LQ_BODY_BYTES_MAX, "command_bytes", where);
}

enum lq_result lq_submit_decode(struct lq_view from, struct lq_arena *arena,
                                struct lq_submit *message, const char **where)
{
    ProtobufCMessage *unpacked;
    enum lq_result result =
        lq_wire_unpack(&ledgerquest__v1__submit__descriptor, from, arena, &unpacked, where);

    if (result != LQ_OK) {
        return result;
    }
    const Ledgerquest__V1__Submit *submit = (const Ledgerquest__V1__Submit *)unpacked;
    size_t count = submit->n_session;
    if (!submit_columns_match(submit, where)) {
        return LQ_ERR_MALFORMED;
    }
    message->commands = lq_arena_take(arena, count * sizeof *message->commands);
    if (!lq_wire_in_require(count <= LQ_SUBMIT_COMMANDS_MAX && message->commands != NULL, "session",
                            where)) {
        return LQ_ERR_LIMIT;
    }
    message->epoch = submit->epoch;
    message->round = submit->round;
    message->command_count = (uint32_t)count;
    return take_submit(submit, message, where) ? LQ_OK : LQ_ERR_MALFORMED;
}

/* What few answers have. */
static void put_detail(struct lq_wire_out *out, uint32_t index,
                       const struct lq_receipt_answer *answer)
{
    struct lq_view reason = answer->reason;

    if (reason.bytes == 0 && answer->letter_id == 0 && answer->last_tag == 0 &&
        answer->again_ms == 0) {
        return;
    }
    uint8_t *content = lq_wire_out_begin(out, 6, reason.bytes);
    lq_wire_out_uint32(out, 1, index);
    lq_wire_out_view(out, 2, reason);
    lq_wire_out_fixed64(out, 3, answer->letter_id);
    lq_wire_out_fixed64(out, 4, answer->last_tag);
    lq_wire_out_uint32(out, 5, answer->again_ms);
    lq_wire_out_end(out, content, reason.bytes);
}

enum lq_result lq_receipt_encode(const struct lq_receipt *message, uint8_t *to, size_t bytes_max,
                                 size_t *written)
{
    struct lq_wire_out out;
    const struct lq_receipt_answer *answers = message->answers;
    size_t count = message->answer_count;

    LQ_ASSERT(count <= LQ_RECEIPT_ANSWERS_MAX);
    lq_wire_out_open_framed(&out, LQ_MESSAGE_RECEIPT, to, bytes_max);
    lq_wire_out_fixed64(&out, 1, message->epoch);
    if (count == 0) {
        return lq_wire_out_close(&out, written);
    }
    lq_wire_out_gather_fixed64(&out, 2, &answers->tag, sizeof *answers, count);
    lq_wire_out_gather_uint8(&out, 3, &answers->outcome, sizeof *answers, count);
    lq_wire_out_gather_fixed64(&out, 4, &answers->frame, sizeof *answers, count);
    lq_wire_out_gather_bytes(&out, 5, answers->hash, HASH_BYTES, sizeof *answers, count);
    for (uint32_t index = 0; index < count; index++) {
        put_detail(&out, index, &answers[index]);
    }
    return lq_wire_out_close(&out, written);
}

static bool receipt_columns_match(const Ledgerquest__V1__Receipt *from, const char **where)
{
    size_t count = from->n_tag;

    return lq_wire_in_require(from->n_outcome == count, "outcome", where) &&
           lq_wire_in_require(from->n_frame == count, "frame", where) &&
           lq_wire_in_require(from->hash.len == count * HASH_BYTES, "hash", where);
}

static bool take_answers(const Ledgerquest__V1__Receipt *from, struct lq_receipt *message,
                         const char **where)
{
    for (size_t index = 0; index < message->answer_count; index++) {
        struct lq_receipt_answer *answer = &message->answers[index];
        uint32_t outcome = from->outcome[index];
        if (!lq_wire_in_require(outcome >= LQ_OUTCOME_PENDING && outcome <= LQ_OUTCOME_LAST,
                                "outcome", where)) {
            return false;
        }
        *answer = (struct lq_receipt_answer){
            .tag = from->tag[index], .outcome = (uint8_t)outcome, .frame = from->frame[index]};
        memcpy(answer->hash, from->hash.data + index * HASH_BYTES, HASH_BYTES);
    }
    for (size_t index = 0; index < from->n_details; index++) {
        const Ledgerquest__V1__ReceiptDetail *detail = from->details[index];
        if (!lq_wire_in_require(detail->index < message->answer_count, "details.index", where)) {
            return false;
        }
        struct lq_receipt_answer *answer = &message->answers[detail->index];
        answer->letter_id = detail->letter_id;
        answer->last_tag = detail->last_tag;
        answer->again_ms = detail->again_ms;
        if (!lq_wire_in_require(
                lq_wire_in_view(&answer->reason, LQ_REASON_BYTES_MAX - 1, detail->reason),
                "details.reason", where)) {
            return false;
        }
    }
    return true;
}

enum lq_result lq_receipt_decode(struct lq_view from, struct lq_arena *arena,
                                 struct lq_receipt *message, const char **where)
{
    ProtobufCMessage *unpacked;
    enum lq_result result =
        lq_wire_unpack(&ledgerquest__v1__receipt__descriptor, from, arena, &unpacked, where);

    if (result != LQ_OK) {
        return result;
    }
    const Ledgerquest__V1__Receipt *receipt = (const Ledgerquest__V1__Receipt *)unpacked;
    size_t count = receipt->n_tag;
    if (!receipt_columns_match(receipt, where)) {
        return LQ_ERR_MALFORMED;
    }
    message->answers = lq_arena_take(arena, count * sizeof *message->answers);
    if (!lq_wire_in_require(count <= LQ_RECEIPT_ANSWERS_MAX && message->answers != NULL, "tag",
                            where)) {
        return LQ_ERR_LIMIT;
    }
    message->epoch = receipt->epoch;
    message->answer_count = (uint32_t)count;
    return take_answers(receipt, message, where) ? LQ_OK : LQ_ERR_MALFORMED;
}

enum lq_result lq_watch_request_encode(const struct lq_watch_request *message, uint8_t *to,
                                       size_t bytes_max, size_t *written)
{
    struct lq_wire_out out;

    lq_wire_out_open_framed(&out, LQ_MESSAGE_WATCH, to, bytes_max);
    lq_wire_out_fixed64(&out, 1, message->tag);
    lq_wire_out_view(&out, 2, message->names.tenant);
    lq_wire_out_view(&out, 3, message->names.session);
    lq_wire_out_uint32(&out, 4, message->world);
    lq_wire_out_uint32(&out, 5, message->stop);
    lq_wire_out_uint32(&out, 6, message->play);
    return lq_wire_out_close(&out, written);
}

/* Names are checked for length only: the broker refuses a name that is none with a reason. */
enum lq_result lq_watch_request_decode(struct lq_view from, struct lq_arena *arena,
                                       struct lq_watch_request *message, const char **where)
{
    ProtobufCMessage *unpacked;
    enum lq_result result =
        lq_wire_unpack(&ledgerquest__v1__watch_request__descriptor, from, arena, &unpacked, where);

    if (result != LQ_OK) {
        return result;
    }
    const Ledgerquest__V1__WatchRequest *watch = (const Ledgerquest__V1__WatchRequest *)unpacked;
    if (!lq_wire_in_require(
            lq_wire_in_view(&message->names.tenant, LQ_TENANT_NAME_BYTES_MAX, watch->tenant),
            "tenant", where) ||
        !lq_wire_in_require(
            lq_wire_in_view(&message->names.session, LQ_SESSION_NAME_BYTES_MAX, watch->session),
            "session", where)) {
        return LQ_ERR_MALFORMED;
    }
    message->tag = watch->tag;
    message->world = watch->world;
    message->stop = watch->stop;
    message->play = watch->play;
    return LQ_OK;
}

enum lq_result lq_watching_encode(const struct lq_watching *message, uint8_t *to, size_t bytes_max,
                                  size_t *written)
{
    struct lq_wire_out out;

    lq_wire_out_open_framed(&out, LQ_MESSAGE_WATCHING, to, bytes_max);
    lq_wire_out_fixed64(&out, 1, message->epoch);
    lq_wire_out_fixed64(&out, 2, message->tag);
    lq_wire_out_uint32(&out, 3, message->result);
    lq_wire_out_view(&out, 4, message->message);
    lq_wire_out_uint32(&out, 5, message->began);
    lq_wire_out_fixed64(&out, 6, message->frame);
    return lq_wire_out_close(&out, written);
}

enum lq_result lq_watching_decode(struct lq_view from, struct lq_arena *arena,
                                  struct lq_watching *message, const char **where)
{
    ProtobufCMessage *unpacked;
    enum lq_result result =
        lq_wire_unpack(&ledgerquest__v1__watching__descriptor, from, arena, &unpacked, where);

    if (result != LQ_OK) {
        return result;
    }
    const Ledgerquest__V1__Watching *watching = (const Ledgerquest__V1__Watching *)unpacked;
    if (!lq_wire_in_require(
            lq_wire_in_view(&message->message, LQ_WATCHING_MESSAGE_BYTES_MAX, watching->message),
            "message", where)) {
        return LQ_ERR_MALFORMED;
    }
    message->epoch = watching->epoch;
    message->tag = watching->tag;
    message->result = watching->result;
    message->began = watching->began;
    message->frame = watching->frame;
    return LQ_OK;
}

enum lq_result lq_frame_notice_encode(const struct lq_frame_notice *message, uint8_t *to,
                                      size_t bytes_max, size_t *written)
{
    struct lq_wire_out out;

    lq_wire_out_open_framed(&out, LQ_MESSAGE_FRAME, to, bytes_max);
    lq_wire_out_fixed64(&out, 1, message->epoch);
    lq_wire_out_fixed64(&out, 2, message->frame);
    lq_wire_out_bytes(&out, 3, message->hash, HASH_BYTES);
    lq_wire_out_uint32(&out, 4, message->steps);
    lq_wire_out_uint32(&out, 5, message->command_count);
    lq_wire_out_fixed64(&out, 6, message->tag);
    lq_wire_out_uint32(&out, 7, message->world_bytes);
    return lq_wire_out_close(&out, written);
}

enum lq_result lq_frame_notice_decode(struct lq_view from, struct lq_arena *arena,
                                      struct lq_frame_notice *message, const char **where)
{
    ProtobufCMessage *unpacked;
    enum lq_result result =
        lq_wire_unpack(&ledgerquest__v1__frame_notice__descriptor, from, arena, &unpacked, where);

    if (result != LQ_OK) {
        return result;
    }
    const Ledgerquest__V1__FrameNotice *notice = (const Ledgerquest__V1__FrameNotice *)unpacked;
    if (!lq_wire_in_require(notice->hash.len == HASH_BYTES, "hash", where)) {
        return LQ_ERR_MALFORMED;
    }
    message->epoch = notice->epoch;
    message->frame = notice->frame;
    memcpy(message->hash, notice->hash.data, HASH_BYTES);
    message->steps = notice->steps;
    message->command_count = notice->command_count;
    message->tag = notice->tag;
    message->world_bytes = notice->world_bytes;
    return LQ_OK;
}
