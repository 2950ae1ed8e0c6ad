// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "gateway/infrastructure/websocket_link.h"

#include "base/alloc.h"
#include "base/contract.h"

#include <stdlib.h>
#include <wslay/wslay.h>

struct lq_websocket_link {
    wslay_frame_context_ptr frames;
    lq_websocket_link_read_fn read;
    void *context;
    struct lq_output_queue *queue; /* while it writes */
    long read_result;              /* of the last read() that gave no bytes */
    uint8_t *kept;                 /* of a message that has begun; NULL: nothing */
    size_t kept_capacity;
    bool is_delivered; /* the last event was a message: the next call begins a new one */
    struct lq_websocket_message message;
};

static ssize_t receive(uint8_t *to, size_t bytes_max, int flags, void *context)
{
    lq_websocket_link_t *link = context;
    (void)flags;

    long bytes = link->read(link->context, to, bytes_max);
    link->read_result = bytes;
    return bytes > 0 ? bytes : -1;
}

static ssize_t transmit(const uint8_t *from, size_t bytes, int flags, void *context)
{
    lq_websocket_link_t *link = context;
    (void)flags;

    lq_output_queue_add(link->queue, lq_view_of(from, bytes));
    return (ssize_t)bytes;
}

lq_websocket_link_t *lq_websocket_link_new(lq_websocket_link_read_fn read, void *context)
{
    static const struct wslay_frame_callbacks callbacks = {transmit, receive, NULL};
    lq_websocket_link_t *link = lq_alloc(1, sizeof *link);
    int failed = wslay_frame_context_init(&link->frames, &callbacks, link);

    LQ_ASSERT(failed == 0);
    link->read = read;
    link->context = context;
    lq_websocket_message_begin(&link->message);
    return link;
}

static void forget_kept(lq_websocket_link_t *link)
{
    free(link->kept);
    link->kept = NULL;
    link->kept_capacity = 0;
}

void lq_websocket_link_destroy(lq_websocket_link_t **link)
{
    if (*link != NULL) {
        wslay_frame_context_free((*link)->frames);
        forget_kept(*link);
        free(*link);
        *link = NULL;
    }
}

static void keep_capacity(lq_websocket_link_t *link, size_t bytes)
{
    size_t capacity = link->kept_capacity == 0 ? 1024 : link->kept_capacity;

    while (capacity < bytes) {
        capacity *= 2;
    }
    if (capacity != link->kept_capacity) {
        link->kept = lq_realloc(link->kept, capacity, 1);
        link->kept_capacity = capacity;
    }
}

/* One piece of a frame. *event has opcode 0 when nothing is whole. */
static uint16_t take_piece(lq_websocket_link_t *link, const struct wslay_frame_iocb *head,
                           uint8_t *scratch, struct lq_websocket_event *event)
{
    struct lq_websocket_message *message = &link->message;
    struct lq_websocket_frame frame = {.fin = head->fin != 0,
                                       .masked = head->mask != 0,
                                       .reserved = head->rsv,
                                       .opcode = head->opcode,
                                       .payload_bytes = head->payload_length};
    struct lq_view piece = lq_view_of(head->data, head->data_length);
    bool has_kept = message->bytes > 0;

    if (has_kept) {
        keep_capacity(link, message->bytes + piece.bytes);
    }
    uint16_t code =
        lq_websocket_message_take(message, &frame, piece, has_kept ? link->kept : scratch, event);
    if (code != 0) {
        return code;
    }
    if (event->opcode == LQ_WEBSOCKET_TEXT || event->opcode == LQ_WEBSOCKET_BINARY) {
        event->payload = lq_view_of(has_kept ? link->kept : scratch, message->bytes);
        link->is_delivered = true;
    } else if (!has_kept && message->bytes > 0) {
        keep_capacity(link, message->bytes);
        memcpy(link->kept, scratch, message->bytes);
    }
    return 0;
}

enum lq_websocket_progress lq_websocket_link_read(lq_websocket_link_t *link, uint8_t *scratch,
                                                  struct lq_websocket_event *event, uint16_t *code)
{
    if (link->is_delivered) {
        link->is_delivered = false;
        lq_websocket_message_begin(&link->message);
        forget_kept(link);
    }
    for (;;) {
        struct wslay_frame_iocb head;
        memset(&head, 0, sizeof head);
        link->read_result = 0;
        ssize_t bytes = wslay_frame_recv(link->frames, &head);
        if (bytes == WSLAY_ERR_PROTO) {
            *code = LQ_WEBSOCKET_PROTOCOL;
            return LQ_WEBSOCKET_FAILED;
        }
        if (bytes < 0) {
            return link->read_result < 0 ? LQ_WEBSOCKET_ENDED : LQ_WEBSOCKET_AGAIN;
        }
        *code = take_piece(link, &head, scratch, event);
        if (*code != 0) {
            return LQ_WEBSOCKET_FAILED;
        }
        if (event->opcode != 0) {
            return LQ_WEBSOCKET_EVENT;
        }
    }
}

void lq_websocket_link_write(lq_websocket_link_t *link, struct lq_output_queue *queue,
                             uint8_t opcode, struct lq_view payload)
{
    struct wslay_frame_iocb frame = {.fin = 1,
                                     .opcode = opcode,
                                     .payload_length = payload.bytes,
                                     .data = payload.data,
                                     .data_length = payload.bytes};

    link->queue = queue;
    ssize_t sent = wslay_frame_send(link->frames, &frame);
    LQ_ASSERT(sent == (ssize_t)payload.bytes);
    link->queue = NULL;
}
