// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* output_queue.h - bytes that wait to be sent. An empty one holds no memory. */
#ifndef LQ_OUTPUT_QUEUE_H
#define LQ_OUTPUT_QUEUE_H

#include "base/view.h"

/* Zeroed: empty. */
struct lq_output_queue {
    uint8_t *memory;
    size_t start, end, capacity;
};

static inline size_t lq_output_queue_bytes(const struct lq_output_queue *queue)
{
    return queue->end - queue->start;
}

void lq_output_queue_add(struct lq_output_queue *queue, struct lq_view bytes);

/* What waits; valid until the next call. */
struct lq_view lq_output_queue_view(const struct lq_output_queue *queue);

void lq_output_queue_sent(struct lq_output_queue *queue, size_t bytes);
void lq_output_queue_clear(struct lq_output_queue *queue);

#endif
