// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* websocket_message.h - messages out of the frames of a client (RFC 6455, 5 and 7): what may
 * follow what, and how large a message may be.
 *
 *     none --text, binary--> message --continuation, fin--> whole --> none
 *       ping, pong and close may stand between its frames
 *
 * Frames come in pieces. Pure: the message's bytes go to a buffer that the caller lends and may
 * grow between calls; nothing is set aside for what a frame only announces.
 */
#ifndef LQ_WEBSOCKET_MESSAGE_H
#define LQ_WEBSOCKET_MESSAGE_H

#include "base/view.h"
#include "gateway/domain/utf8_check.h"

#define LQ_WEBSOCKET_MESSAGE_BYTES_MAX 65536u
#define LQ_WEBSOCKET_FRAGMENTS_MAX 64u
#define LQ_WEBSOCKET_CONTROL_BYTES_MAX 125u

enum { /* opcodes */
       LQ_WEBSOCKET_CONTINUATION = 0,
       LQ_WEBSOCKET_TEXT = 1,
       LQ_WEBSOCKET_BINARY = 2,
       LQ_WEBSOCKET_CLOSE = 8,
       LQ_WEBSOCKET_PING = 9,
       LQ_WEBSOCKET_PONG = 10
};

enum { /* close codes */
       LQ_WEBSOCKET_NORMAL = 1000,
       LQ_WEBSOCKET_GOING_AWAY = 1001,
       LQ_WEBSOCKET_PROTOCOL = 1002,
       LQ_WEBSOCKET_UNSUPPORTED = 1003,
       LQ_WEBSOCKET_NO_CODE = 1005,  /* of a close without one; never sent */
       LQ_WEBSOCKET_NO_CLOSE = 1006, /* the connection ended without a close; never sent */
       LQ_WEBSOCKET_NO_UTF8 = 1007,
       LQ_WEBSOCKET_TOO_BIG = 1009
};

/* The head of a frame. */
struct lq_websocket_frame {
    bool fin, masked;
    uint8_t reserved; /* three bits */
    uint8_t opcode;
    uint64_t payload_bytes;
};

struct lq_websocket_message {
    struct lq_websocket_frame frame; /* under way, if in_frame */
    bool in_frame;
    uint8_t opcode; /* of the message under way; 0: none */
    uint8_t control_bytes;
    uint32_t fragments;
    size_t bytes; /* in the caller's buffer */
    uint64_t frame_left;
    struct lq_utf8_check utf8;
    uint8_t control[LQ_WEBSOCKET_CONTROL_BYTES_MAX];
};

/* What a piece has made whole: opcode 0: nothing; text or binary: message->bytes of the buffer;
 * ping, pong: `payload`, which lies in the message until the next piece; close: likewise its
 * reason, and close_code. */
struct lq_websocket_event {
    uint8_t opcode;
    uint16_t close_code;
    struct lq_view payload;
};

void lq_websocket_message_begin(struct lq_websocket_message *message);

/* Take a piece of a frame's payload, unmasked; `frame` is its head, the same for all its pieces. A
 * frame without payload is one empty piece. `buffer` has room for message->bytes + piece.bytes.
 * Returns 0, or the close code with which the connection must be ended. After an event of text or
 * binary the caller calls lq_websocket_message_begin() when it has used the bytes. */
uint16_t lq_websocket_message_take(struct lq_websocket_message *message,
                                   const struct lq_websocket_frame *frame, struct lq_view piece,
                                   uint8_t *buffer, struct lq_websocket_event *event);

/* Whether a peer may send this code in a close. */
bool lq_websocket_message_code_valid(uint16_t code);

#endif
