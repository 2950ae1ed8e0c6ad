// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "broker/io/payload_buffers.h"

#include "base/alloc.h"
#include "base/contract.h"

#include <stdlib.h>

struct buffer {
    struct lq_message_part part;
    uint32_t references; /* 0: free */
    uint32_t next;
};

struct lq_payload_buffers {
    struct buffer **blocks; /* never moved: a part may hold its bytes inline */
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
            lq_message_part_close(&find(self, number)->part);
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

uint32_t lq_payload_buffers_keep(lq_payload_buffers_t *buffers, struct lq_message_part *part)
{
    uint32_t number = take(buffers);
    struct buffer *buffer = find(buffers, number);

    lq_message_part_init(&buffer->part);
    lq_message_part_move(&buffer->part, part);
    buffer->references = 1;
    return number;
}

uint32_t lq_payload_buffers_copy(lq_payload_buffers_t *buffers, struct lq_view bytes)
{
    struct lq_message_part part;

    lq_message_part_init_copy(&part, bytes);
    uint32_t number = lq_payload_buffers_keep(buffers, &part);
    lq_message_part_close(&part);
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
        lq_message_part_close(&buffer->part);
        buffer->next = buffers->free_first;
        buffers->free_first = number;
    }
}

struct lq_view lq_payload_buffers_view(const lq_payload_buffers_t *buffers,
                                       const struct lq_payload *payload)
{
    struct buffer *buffer = find(buffers, payload->buffer);

    struct lq_view part = lq_message_part_view(&buffer->part);

    LQ_ASSERT((size_t)payload->offset + payload->bytes <= part.bytes);
    return lq_view_of(part.data + payload->offset, payload->bytes);
}
