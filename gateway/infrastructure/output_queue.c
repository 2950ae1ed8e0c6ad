// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "gateway/infrastructure/output_queue.h"

#include "base/alloc.h"
#include "base/contract.h"

#include <stdlib.h>

enum { CAPACITY_LEAST = 512 };

static void make_room(struct lq_output_queue *queue, size_t bytes)
{
    size_t waiting = lq_output_queue_bytes(queue);
    size_t capacity = queue->capacity < CAPACITY_LEAST ? CAPACITY_LEAST : queue->capacity;

    if (queue->start > 0 && waiting > 0) {
        memmove(queue->memory, queue->memory + queue->start, waiting);
    }
    queue->start = 0;
    queue->end = waiting;
    while (capacity - waiting < bytes) {
        capacity *= 2;
    }
    if (capacity != queue->capacity) {
        queue->memory = lq_realloc(queue->memory, capacity, 1);
        queue->capacity = capacity;
    }
}

void lq_output_queue_add(struct lq_output_queue *queue, struct lq_view bytes)
{
    if (bytes.bytes == 0) {
        return;
    }
    if (queue->capacity - queue->end < bytes.bytes) {
        make_room(queue, bytes.bytes);
    }
    memcpy(queue->memory + queue->end, bytes.data, bytes.bytes);
    queue->end += bytes.bytes;
}

struct lq_view lq_output_queue_view(const struct lq_output_queue *queue)
{
    return lq_output_queue_bytes(queue) == 0
               ? lq_view_of(NULL, 0)
               : lq_view_of(queue->memory + queue->start, lq_output_queue_bytes(queue));
}

void lq_output_queue_sent(struct lq_output_queue *queue, size_t bytes)
{
    LQ_ASSERT(bytes <= lq_output_queue_bytes(queue));
    queue->start += bytes;
    if (queue->start == queue->end) {
        lq_output_queue_clear(queue);
    }
}

void lq_output_queue_clear(struct lq_output_queue *queue)
{
    free(queue->memory);
    *queue = (struct lq_output_queue){.memory = NULL};
}
