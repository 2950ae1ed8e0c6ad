// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* websocket_link.h - frames of one connection to messages, by wslay's frame layer, and back.
 *
 * wslay takes heads of frames apart and unmasks; it keeps nothing of a message. What may follow
 * what, and how large it may be, is decided in websocket_message.h. A message that comes in one
 * piece is handed on from a buffer that all connections of the thread share; only one that has
 * begun and waits for more has memory of its own.
 */
#ifndef LQ_WEBSOCKET_LINK_H
#define LQ_WEBSOCKET_LINK_H

#include "gateway/domain/websocket_message.h"
#include "gateway/infrastructure/output_queue.h"

#define LQ_WEBSOCKET_LINK_SCRATCH_BYTES (LQ_WEBSOCKET_MESSAGE_BYTES_MAX + 4096u)

typedef struct lq_websocket_link lq_websocket_link_t;

/* Read at most bytes_max bytes: their count, 0: none now, below 0: the end. */
typedef long (*lq_websocket_link_read_fn)(void *context, uint8_t *to, size_t bytes_max);

lq_websocket_link_t *lq_websocket_link_new(lq_websocket_link_read_fn read, void *context);
void lq_websocket_link_destroy(lq_websocket_link_t **link);

enum lq_websocket_progress {
    LQ_WEBSOCKET_AGAIN = 1, /* no more bytes now */
    LQ_WEBSOCKET_EVENT,
    LQ_WEBSOCKET_FAILED, /* close with *code */
    LQ_WEBSOCKET_ENDED,  /* read() said so */
};

/* Go on until something is whole. `event->payload` of a text or binary message is its bytes, in
 * `scratch` (LQ_WEBSOCKET_LINK_SCRATCH_BYTES) or the link; valid until the next call. */
enum lq_websocket_progress lq_websocket_link_read(lq_websocket_link_t *link, uint8_t *scratch,
                                                  struct lq_websocket_event *event, uint16_t *code);

/* Add a whole frame to what is sent. */
void lq_websocket_link_write(lq_websocket_link_t *link, struct lq_output_queue *queue,
                             uint8_t opcode, struct lq_view payload);

#endif
