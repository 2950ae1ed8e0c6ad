// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "gateway/domain/websocket_message.h"

#include "base/contract.h"

void lq_websocket_message_begin(struct lq_websocket_message *message)
{
    message->in_frame = false;
    message->opcode = 0;
    message->fragments = 0;
    message->bytes = 0;
    message->utf8 = (struct lq_utf8_check){0};
}

static bool is_control(uint8_t opcode)
{
    return (opcode & 8) != 0;
}

static uint16_t begin_control(struct lq_websocket_message *message,
                              const struct lq_websocket_frame *frame)
{
    if (frame->opcode > LQ_WEBSOCKET_PONG || !frame->fin ||
        frame->payload_bytes > LQ_WEBSOCKET_CONTROL_BYTES_MAX) {
        return LQ_WEBSOCKET_PROTOCOL;
    }
    message->control_bytes = 0;
    return 0;
}

static uint16_t begin_data(struct lq_websocket_message *message,
                           const struct lq_websocket_frame *frame)
{
    bool continues = frame->opcode == LQ_WEBSOCKET_CONTINUATION;

    if (frame->opcode > LQ_WEBSOCKET_BINARY || continues != (message->opcode != 0)) {
        return LQ_WEBSOCKET_PROTOCOL;
    }
    if (!continues) {
        lq_websocket_message_begin(message);
        message->opcode = frame->opcode;
    }
    message->fragments++;
    if (message->fragments > LQ_WEBSOCKET_FRAGMENTS_MAX ||
        frame->payload_bytes > LQ_WEBSOCKET_MESSAGE_BYTES_MAX - message->bytes) {
        return LQ_WEBSOCKET_TOO_BIG;
    }
    return 0;
}

static uint16_t begin_frame(struct lq_websocket_message *message,
                            const struct lq_websocket_frame *frame)
{
    if (frame->reserved != 0 || !frame->masked) {
        return LQ_WEBSOCKET_PROTOCOL;
    }
    uint16_t code =
        is_control(frame->opcode) ? begin_control(message, frame) : begin_data(message, frame);
    message->frame = *frame;
    message->frame_left = frame->payload_bytes;
    message->in_frame = code == 0;
    return code;
}

bool lq_websocket_message_code_valid(uint16_t code)
{
    return (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014) ||
           (code >= 3000 && code <= 4999);
}

static uint16_t read_close(const struct lq_websocket_message *message,
                           struct lq_websocket_event *event)
{
    struct lq_utf8_check utf8 = {0};

    event->close_code = LQ_WEBSOCKET_NO_CODE;
    if (message->control_bytes == 0) {
        return 0;
    }
    if (message->control_bytes == 1) {
        return LQ_WEBSOCKET_PROTOCOL;
    }
    event->close_code = (uint16_t)(message->control[0] << 8 | message->control[1]);
    event->payload = lq_view_of(message->control + 2, message->control_bytes - 2u);
    if (!lq_websocket_message_code_valid(event->close_code)) {
        return LQ_WEBSOCKET_PROTOCOL;
    }
    if (!lq_utf8_check_add(&utf8, event->payload) || !lq_utf8_check_complete(&utf8)) {
        return LQ_WEBSOCKET_NO_UTF8;
    }
    return 0;
}

static uint16_t end_frame(struct lq_websocket_message *message, struct lq_websocket_event *event)
{
    message->in_frame = false;
    if (is_control(message->frame.opcode)) {
        event->opcode = message->frame.opcode;
        event->payload = lq_view_of(message->control, message->control_bytes);
        return event->opcode == LQ_WEBSOCKET_CLOSE ? read_close(message, event) : 0;
    }
    if (!message->frame.fin) {
        return 0;
    }
    if (message->opcode == LQ_WEBSOCKET_TEXT && !lq_utf8_check_complete(&message->utf8)) {
        return LQ_WEBSOCKET_NO_UTF8;
    }
    event->opcode = message->opcode;
    return 0;
}

uint16_t lq_websocket_message_take(struct lq_websocket_message *message,
                                   const struct lq_websocket_frame *frame, struct lq_view piece,
                                   uint8_t *buffer, struct lq_websocket_event *event)
{
    *event = (struct lq_websocket_event){0};
    if (!message->in_frame) {
        uint16_t code = begin_frame(message, frame);
        if (code != 0) {
            return code;
        }
    }
    LQ_ASSERT(piece.bytes <= message->frame_left);
    message->frame_left -= piece.bytes;
    if (piece.bytes > 0) {
        if (is_control(message->frame.opcode)) {
            memcpy(message->control + message->control_bytes, piece.data, piece.bytes);
            message->control_bytes = (uint8_t)(message->control_bytes + piece.bytes);
        } else {
            memcpy(buffer + message->bytes, piece.data, piece.bytes);
            message->bytes += piece.bytes;
            if (message->opcode == LQ_WEBSOCKET_TEXT && !lq_utf8_check_add(&message->utf8, piece)) {
                return LQ_WEBSOCKET_NO_UTF8;
            }
        }
    }
    return message->frame_left == 0 ? end_frame(message, event) : 0;
}
