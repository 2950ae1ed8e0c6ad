// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "broker/io/payload_buffers.h"

#include "base/alloc.h"
#include "base/contract.h"

#include <stdlib.h>

struct buffer {
    zmq_msg_t part;
    uint32_t references; /* 0: free */
    uint32_t next;
};

struct lq_payload_buffers {
    struct buffer **blocks; /* never moved: a zmq_msg_t may hold its bytes inline */
    uint32_t count, count_max;
    uint32_t free_first;
};

#define BLOCK_BUFFERS 1024u

lq_payload_buffers_t *lq_payload_buffers_new(void)
{
    lq_payload_buffers_t *buffers = lq_alloc(1, sizeof *buffers);

    buffers->count = 1; /* number 0 means none */
    return buffers;
}

static struct buffer *find(const lq_payload_buffers_t *buffers, uint32_t number)
{
    LQ_ASSERT(number > 0);
    LQ_ASSERT(number < buffers->count);
    return &buffers->blocks[number / BLOCK_BUFFERS][number % BLOCK_BUFFERS];
}

void lq_payload_buffers_destroy(lq_payload_buffers_t **buffers)
{
    lq_payload_buffers_t *self = *buffers;

    if (self == NULL) {
        return;
    }
    for (uint32_t number = 1; number < self->count; number++) {
        if (find(self, number)->references > 0) {
            zmq_msg_close(&find(self, number)->part);
        }
    }
    for (uint32_t block = 0; block * BLOCK_BUFFERS < self->count_max; block++) {
        free(self->blocks[block]);
    }
    free(self->blocks);
    free(self);
    *buffers = NULL;
}

static uint32_t take(lq_payload_buffers_t *buffers)
{
    uint32_t number = buffers->free_first;

    if (number != 0) {
        buffers->free_first = find(buffers, number)->next;
        return number;
    }
    if (buffers->count >= buffers->count_max) {
        uint32_t block = buffers->count_max / BLOCK_BUFFERS;
        buffers->blocks = lq_realloc(buffers->blocks, block + 1, sizeof *buffers->blocks);
        buffers->blocks[block] = lq_alloc(BLOCK_BUFFERS, sizeof **buffers->blocks);
        buffers->count_max += BLOCK_BUFFERS;
    }
    return buffers->count++;
}

uint32_t lq_payload_buffers_keep(lq_payload_buffers_t *buffers, zmq_msg_t *part)
{
    uint32_t number = take(buffers);
    struct buffer *buffer = find(buffers, number);

    zmq_msg_init(&buffer->part);
    zmq_msg_move(&buffer->part, part);
    buffer->references = 1;
    return number;
}

uint32_t lq_payload_buffers_copy(lq_payload_buffers_t *buffers, struct lq_view bytes)
{
    zmq_msg_t part;

    LQ_ASSERT(zmq_msg_init_size(&part, bytes.bytes) == 0);
    if (bytes.bytes > 0) {
        memcpy(zmq_msg_data(&part), bytes.data, bytes.bytes);
    }
    uint32_t number = lq_payload_buffers_keep(buffers, &part);
    zmq_msg_close(&part);
    return number;
}

void lq_payload_buffers_retain(lq_payload_buffers_t *buffers, uint32_t number)
{
    LQ_ASSERT(find(buffers, number)->references > 0);
    find(buffers, number)->references++;
}

void lq_payload_buffers_release(lq_payload_buffers_t *buffers, uint32_t number)
{
    struct buffer *buffer = find(buffers, number);

    LQ_ASSERT(buffer->references > 0);
    if (--buffer->references == 0) {
        zmq_msg_close(&buffer->part);
        buffer->next = buffers->free_first;
        buffers->free_first = number;
    }
}

struct lq_view lq_payload_buffers_view(const lq_payload_buffers_t *buffers,
                                       const struct lq_payload *payload)
{
    struct buffer *buffer = find(buffers, payload->buffer);

    LQ_ASSERT((size_t)payload->offset + payload->bytes <= zmq_msg_size(&buffer->part));
    return lq_view_of((const uint8_t *)zmq_msg_data(&buffer->part) + payload->offset,
                      payload->bytes);
}
